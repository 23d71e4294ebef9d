# Executions and their tasks, of whatever kind: how they begin, how tasks go to the jobservice and what becomes of
# them, how they stop. And the clock, which begins what is scheduled.

import functools
import random
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

import requests
from sqlalchemy import delete, func, select, update
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.wrappers import Request

from . import cron, jobs
from .remote import Trouble
from .store import Document, Execution, Schedule, Task, chosen, now
from .web import answer, bad, missing, refuse_if

FINAL = ("Error", "Stopped", "Success")
POOL = ThreadPoolExecutor(10, "executions")
# In one process so many jobs are worked on at a time.
WORKERS = threading.Semaphore(4)
# Seconds before another look at a job whose queue is paused.
PAUSE = 0.5
# What each kind of task does here, in core: (app, task's number, say); which execution its schedule begins: (db,
# schedule); and, where the tasks are found only then, what begins to look for them: (app, execution's number).
WORK: dict = {}
STARTERS: dict = {}
LAUNCH: dict = {}
# Kinds of documents that are policies, and what their runs are to the jobservice.
OWNED: dict = {}
# Of queues that are paused.
PAUSED = select(Document.name).where(Document.kind == "paused queue")


# --- beginning --------------------------------------------------------------------------------------------------------

def begin(db, vendor: str, number: int, trigger: str, attrs: dict, tasks: list[dict] | None = None,
          message: str = "") -> Execution:
    """With a task for each of `tasks`; an empty list is done at once, for the reason that `message` gives."""
    row = Execution(vendor_type=vendor, vendor_id=number, trigger=trigger, attrs=attrs)
    if tasks == []:
        row.status, row.status_message, row.end_time = "Success", message, now()
    db.add(row)
    db.flush()
    db.add_all(Task(execution_id=row.id, vendor_type=vendor, attrs=one) for one in tasks or [])
    return row


def launch(app, row: Execution) -> None:
    """Once it is kept: a worker may be faster than we are."""
    if row.vendor_type in LAUNCH:
        POOL.submit(LAUNCH[row.vendor_type], app, row.id)
    else:
        submit(app, row.id)


def launched(request, row: Execution) -> Execution:
    request.events.append(lambda: launch(request.app, row))
    return row


def submit(app, number: int) -> None:
    with app.store.session(write=False) as db:
        tasks = db.scalars(select(Task.id).where(Task.execution_id == number).order_by(Task.id)).all()
    for task in tasks:
        app.submit({"task": task})


def plan(app, number: int, vendor: str, find, message: str) -> None:
    """`find()` tells the tasks of a run that has begun; `message` is for none."""
    try:
        tasks = find()
        with app.store.session() as db:
            if db.get(Execution, number).status == "Running":
                db.add_all(Task(execution_id=number, vendor_type=vendor, attrs=one) for one in tasks)
        submit(app, number) if tasks else finish(app, number, "Success", message)
    except Exception as error:
        traceback.print_exc()
        finish(app, number, "Error", str(error))


def finish(app, number: int, status: str, message: str) -> None:
    with app.store.session() as db:
        row = db.get(Execution, number)
        if row and row.status == "Running":
            row.status, row.status_message, row.end_time = status, message, now()


# --- what there is ----------------------------------------------------------------------------------------------------

def found(db, number: int, vendor: str = "", message: str = "execution {}") -> Execution:
    row = db.get(Execution, number) if 0 < number < 2 ** 31 else None
    refuse_if(row is None or vendor and row.vendor_type != vendor, missing(message.format(number)))
    return row


def task_of(db, row: Execution, number: int, absent: str = "task {}", foreign: str = "") -> Task:
    """One of this run; one of another run may have a refusal of its own."""
    task = db.get(Task, number) if 0 < number < 2 ** 31 else None
    if task and task.execution_id == row.id:
        return task
    raise missing((foreign if task and foreign else absent).format(number))


def metrics(db, row: Execution) -> dict:
    """How many tasks there are of each status."""
    states = select(Task.status, func.count()).where(Task.execution_id == row.id).group_by(Task.status)
    return dict(db.execute(states).all())


def forget_all(db, project_id: int) -> None:
    """Of a project that goes."""
    for row in db.scalars(chosen(Document, Document.kind.in_(OWNED), project_id=project_id)):
        forget(db, OWNED[row.kind], row.id)


def forget(db, vendor: str, number: int) -> None:
    """All executions of a policy, and its schedule."""
    runs = select(Execution.id).filter_by(vendor_type=vendor, vendor_id=number)
    db.execute(delete(Task).where(Task.execution_id.in_(runs)))
    db.execute(delete(Execution).where(Execution.id.in_(runs)))
    unschedule(db, vendor, number)


# --- schedules --------------------------------------------------------------------------------------------------------

def unschedule(db, vendor: str, number: int) -> None:
    db.execute(delete(Schedule).filter_by(vendor_type=vendor, vendor_id=number))


def schedule(db, vendor: str, number: int, text: str, **facts) -> None:
    """In the place of what was scheduled before."""
    unschedule(db, vendor, number)
    try:
        cron.parse(text)
    except ValueError as error:
        raise bad(f"invalid cron {text}: {error}") from None
    db.add(Schedule(vendor_type=vendor, vendor_id=number, cron=text, **facts))


def tick(app) -> None:
    """What is due begins, on the first of several nodes that moves the mark; now and then executions follow their
    tasks."""
    minute = now().replace(second=0, microsecond=0)
    due = Schedule.last_tick < minute
    with app.store.session(write=False) as db:
        rows = [] if "SCHEDULER" in db.scalars(PAUSED).all() else db.scalars(chosen(Schedule, due)).all()
    for row in rows:
        if row.vendor_type in STARTERS and cron.fires(row.cron, minute):
            with app.store.session() as db:
                moved = db.execute(update(Schedule).where(Schedule.id == row.id, due).values(last_tick=now())).rowcount
                begun = STARTERS[row.vendor_type](db, row) if moved else None
            if begun:
                launch(app, begun)
    if app.settings.refresh and time.monotonic() - app.refreshed > app.settings.refresh:
        app.refreshed = time.monotonic()
        with app.store.session() as db:
            for row in db.scalars(chosen(Execution, Execution.status.in_(("Running", "Error")))):
                settle(db, row)


# --- what becomes of them ---------------------------------------------------------------------------------------------

def work(app, job: dict) -> float | None:
    """One attempt at a task; answers with the seconds to wait before another one, if there is to be one."""
    number, log, pauses, at_once = job["task"], [], app.settings.pauses, not app.settings.refresh
    with app.store.session() as db:
        task = db.get(Task, number)
        if task is None or task.status == "Stopped":
            return None
        if task.vendor_type in db.scalars(PAUSED).all():
            return PAUSE
        task.run_count, task.start_time = task.run_count + 1, now()
        turn(db, task, "Running", at_once)

    def say(line, level: str = "INFO") -> None:
        log.append(f"{now().isoformat(timespec='seconds')}Z [{level}] {line}\n")
    try:
        if "operation" in job:
            jobs.Transfer(job, say, pauses).run(job["operation"])
        else:
            WORK[task.vendor_type](app, number, say)
        status = "Success"
    except Exception as error:
        if not isinstance(error, Trouble):
            traceback.print_exc()
        say(error, "ERROR")
        status = "Error"
    with app.store.session() as db:
        task = db.get(Task, number)
        if task is None or task.status == "Stopped":
            return None
        task.log = "".join(log)
        turn(db, task, status, at_once)
    again = status == "Error" and "operation" in job and task.run_count <= len(pauses)
    return random.uniform(*pauses[task.run_count - 1]) if again else None


def turn(db, task: Task, status: str, at_once: bool = True, ended: bool = True) -> None:
    """Its execution may follow `at_once`."""
    task.status, task.end_time, task.update_time = status, now() if ended and status in FINAL else None, now()
    if at_once:
        settle(db, db.get(Execution, task.execution_id))


def settle(db, row: Execution) -> None:
    """Its status follows from those of its tasks."""
    tasks = db.execute(select(Task.status, Task.end_time).where(Task.execution_id == row.id)).all()
    states = {status for status, dummy in tasks}
    status = next((one for one in FINAL if one in states), "") if states <= set(FINAL) else "Running"
    if status and (status != row.status or row.end_time is None):
        row.status, row.update_time = status, now()
        # The end of the last task, so that a later look at it changes nothing.
        row.end_time = max((time for dummy, time in tasks if time), default=None) if status in FINAL else None


def stop(db, row: Execution) -> None:
    stop_tasks(db, Task.execution_id == row.id)
    if row.status == "Running" and not metrics(db, row):
        row.status, row.end_time = "Stopped", now()


def stop_tasks(db, *where, ended: bool = True) -> None:
    """Those that are only taken from a queue have no end."""
    for task in db.scalars(chosen(Task, Task.status.not_in(FINAL), *where)).all():
        turn(db, task, "Stopped", ended=ended)


# --- in the background ------------------------------------------------------------------------------------------------

def start(app):
    """The clock, the way to the jobservice, and the door through which its jobs come back."""
    app.refreshed, app.submit = time.monotonic(), functools.partial(keep if app.settings.embedded else send, app)
    jobs.background(jobs.again_and_again, functools.partial(tick, app), 2)
    with app.store.session(write=False) as db:
        for row in db.scalars(chosen(Document, kind="job").order_by(Document.id)):
            jobs.background(work_here, app, row.body)
    door = Request.application(lambda request: answer({"pause": work(app, request.json)}))
    return DispatcherMiddleware(app, {jobs.DOOR: door})


def send(app, job: dict) -> None:
    place = app.settings.health["jobservice"].removesuffix("/stats") + "/jobs"
    headers = {"Authorization": f"Harbor-Secret {app.settings.core_secret}"}
    requests.post(place, json=job, headers=headers, timeout=10).raise_for_status()


def keep(app, job: dict) -> None:
    """One process is its own jobservice. What waits is kept, as it would be in Redis."""
    refuse_if(not app.settings.working, requests.ConnectionError("connection refused"))
    with app.store.session() as db:
        db.add(Document(kind="job", name=str(job["task"]), body=job))
    jobs.background(work_here, app, job)


def work_here(app, job: dict) -> None:
    pause: float | None = 0
    while pause is not None:
        time.sleep(pause)
        with WORKERS:
            pause = work(app, job) if app.settings.working else PAUSE
    with app.store.session() as db:
        db.execute(delete(Document).filter_by(kind="job", name=str(job["task"])))
