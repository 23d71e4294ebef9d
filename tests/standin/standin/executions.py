# Executions and their tasks, of whatever kind: how they begin, how tasks go to the jobservice and what it reports of
# them, how they stop. And the clock, which begins what is scheduled.

import json
import queue
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

import requests
from sqlalchemy import delete, func, select, update
from werkzeug.wrappers import Request

from . import cron, jobs
from .store import Document, Execution, Schedule, Task, now
from .web import answer, bad, missing, refuse_if

FINAL = ("Error", "Stopped", "Success")
HOOK = "/service/notifications/tasks/"
POOL = ThreadPoolExecutor(10, "executions")
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
    db.flush()
    return row


def submit(app, number: int) -> None:
    """Once it is kept: a worker may be faster than we are."""
    with app.store.session(write=False) as db:
        found = db.execute(select(Task.id, Task.vendor_type).where(Task.execution_id == number).order_by(Task.id)).all()
    for task, vendor in found:
        app.submit({"task": task, "vendor": vendor})


def launch(app, row: Execution) -> None:
    LAUNCH.get(row.vendor_type, submit)(app, row.id)


def plan(app, number: int, vendor: str, find, message: str) -> None:
    """In the background: `find()` tells the tasks of a run that has begun; `message` is for none."""
    def work() -> None:
        try:
            tasks = find()
            with app.store.session() as db:
                if db.get(Execution, number).status == "Running":
                    db.add_all(Task(execution_id=number, vendor_type=vendor, attrs=one) for one in tasks)
            submit(app, number) if tasks else finish(app, number, "Success", message)
        except Exception as error:
            traceback.print_exc()
            finish(app, number, "Error", str(error))
    POOL.submit(work)


def launched(request, row: Execution) -> Execution:
    """As soon as it is kept."""
    request.events.append(lambda: launch(request.app, row))
    return row


def found(db, number: int, vendor: str = "", message: str = "execution {}") -> Execution:
    row = db.get(Execution, number) if 0 < number < 2 ** 31 else None
    refuse_if(row is None or vendor and row.vendor_type != vendor, missing(message.format(number)))
    return row


def task_of(db, row: Execution, number: int, absent: str = "task {}", foreign: str = "") -> Task:
    """One of this run; one of another run may have a refusal of its own."""
    task = db.get(Task, number) if 0 < number < 2 ** 31 else None
    if task is None or task.execution_id != row.id:
        raise missing((foreign if task and foreign else absent).format(number))
    return task


def finish(app, number: int, status: str, message: str) -> None:
    with app.store.session() as db:
        row = db.get(Execution, number)
        if row and row.status == "Running":
            row.status, row.status_message, row.end_time = status, message, now()


def metrics(db, row: Execution) -> dict:
    """How many tasks there are of each status."""
    states = select(Task.status, func.count()).where(Task.execution_id == row.id).group_by(Task.status)
    return dict(db.execute(states).all())


def forget_all(db, project_id: int) -> None:
    """Of a project that goes."""
    for row in db.scalars(select(Document).where(Document.project_id == project_id, Document.kind.in_(OWNED))):
        forget(db, OWNED[row.kind], row.id)


def forget(db, vendor: str, number: int) -> None:
    """All executions of a policy, and its schedule."""
    runs = select(Execution.id).where(Execution.vendor_type == vendor, Execution.vendor_id == number)
    db.execute(delete(Task).where(Task.execution_id.in_(runs)))
    db.execute(delete(Execution).where(Execution.id.in_(runs)))
    unschedule(db, vendor, number)


# --- schedules --------------------------------------------------------------------------------------------------------

def unschedule(db, vendor: str, number: int) -> None:
    db.execute(delete(Schedule).where(Schedule.vendor_type == vendor, Schedule.vendor_id == number))


def schedule(db, vendor: str, number: int, text: str, **facts) -> None:
    try:
        cron.parse(text)
    except ValueError as error:
        raise bad(f"invalid cron {text}: {error}") from None
    db.add(Schedule(vendor_type=vendor, vendor_id=number, cron=text, **facts))


def tick(app) -> None:
    """Of several nodes the first that moves the mark begins what is due."""
    minute = now().replace(second=0, microsecond=0)
    with app.store.session(write=False) as db:
        rows = db.scalars(select(Schedule).where(Schedule.last_tick < minute)).all()
        if "SCHEDULER" in db.scalars(PAUSED).all():
            return
    for row in rows:
        if row.vendor_type in STARTERS and cron.fires(row.cron, minute):
            with app.store.session() as db:
                mark = update(Schedule).where(Schedule.id == row.id, Schedule.last_tick < minute)
                moved = db.execute(mark.values(last_tick=now())).rowcount
                begun = STARTERS[row.vendor_type](db, row) if moved else None
            if begun:
                launch(app, begun)


# --- what becomes of them ---------------------------------------------------------------------------------------------

def report(app, number: int, status: str, log: str) -> str:
    """What the jobservice says of a task; the answer is the status that counts."""
    with app.store.session() as db:
        task = db.get(Task, number)
        if task is None or task.status == "Stopped":
            return "Stopped"
        if status == "Running" and task.vendor_type in db.scalars(PAUSED).all():
            return "Paused"
        if status == "Running":
            task.run_count, task.start_time = task.run_count + 1, now()
        task.status, task.end_time, task.update_time = status, now() if status in FINAL else None, now()
        task.log = log or task.log
        if not app.settings.refresh:
            settle(db, db.get(Execution, task.execution_id))
        return status


def perform(app, number: int) -> str:
    """The work of a task that needs the database; its log, or an error that holds it."""
    with app.store.session(write=False) as db:
        vendor = db.get(Task, number).vendor_type
    log: list[str] = []
    try:
        WORK[vendor](app, number, lambda line: log.append(f"{now().isoformat(timespec='seconds')}Z [INFO] {line}"))
    except Exception as error:
        traceback.print_exc()
        raise jobs.Failed("\n".join([*log, f"{now().isoformat(timespec='seconds')}Z [ERROR] {error}"]) + "\n") from None
    return "\n".join(log) + "\n"


def settle(db, row: Execution) -> None:
    tasks = db.execute(select(Task.status, Task.end_time).where(Task.execution_id == row.id)).all()
    states = {status for status, dummy in tasks}
    if not tasks:
        return
    status = next(one for one in FINAL if one in states) if states <= set(FINAL) else "Running"
    if status != row.status or row.end_time is None:
        row.status, row.update_time = status, now()
        # The end of the last task, so that a later look at it changes nothing.
        row.end_time = max((time for dummy, time in tasks if time), default=None) if status in FINAL else None


def stop(db, row: Execution) -> None:
    waiting = select(Task).where(Task.execution_id == row.id, Task.status.not_in(FINAL))
    stop_tasks(db, list(db.scalars(waiting)))
    if row.status == "Running" and not metrics(db, row):
        row.status, row.end_time = "Stopped", now()


def stop_tasks(db, tasks: list[Task], ended: bool = True) -> None:
    """Those that are only taken from a queue have no end."""
    for task in tasks:
        task.status, task.end_time, task.update_time = "Stopped", now() if ended else None, now()
    db.flush()
    for number in {task.execution_id for task in tasks}:
        settle(db, db.get(Execution, number))


def refresh(app) -> None:
    with app.store.session() as db:
        for row in db.scalars(select(Execution).where(Execution.status.in_(("Running", "Error")))):
            settle(db, row)


# --- in the background ------------------------------------------------------------------------------------------------

def start(app):
    """The clock, the way to the jobservice, and the door through which it reports."""
    app.submit = submit_here(app) if app.settings.embedded else submit_there(app)
    threading.Thread(target=clock, args=(app,), daemon=True).start()

    def with_hooks(environ, start_response):
        request = Request(environ)
        if not request.path.startswith(HOOK):
            return app(environ, start_response)
        number, dummy, verb = request.path.removeprefix(HOOK).partition("/")
        if not verb:
            body = json.loads(request.get_data())
            return answer({"status": report(app, int(number), body["status"], body["log"])})(environ, start_response)
        try:
            found = {"status": "Success", "log": perform(app, int(number))}
        except jobs.Failed as error:
            found = {"status": "Error", "log": str(error)}
        return answer(found)(environ, start_response)
    return with_hooks


def clock(app) -> None:
    refreshed = time.monotonic()
    while True:
        time.sleep(2)
        try:
            tick(app)
            if app.settings.refresh and time.monotonic() - refreshed > app.settings.refresh:
                refresh(app)
                refreshed = time.monotonic()
        except Exception:
            traceback.print_exc()


def submit_here(app):
    """One process: a line and a few threads of its own. What waits is kept, as it would be in Redis."""
    waiting: queue.Queue = queue.Queue()

    def kept(job: dict):
        return (Document.kind == "job") & (Document.name == str(job["task"]))

    def submit_job(job: dict) -> None:
        refuse_if(not app.settings.working, requests.ConnectionError("connection refused"))
        with app.store.session() as db:
            db.add(Document(kind="job", name=str(job["task"]), body=job))
        waiting.put(job)

    def worker() -> None:
        while True:
            job = waiting.get()
            try:
                while not app.settings.working:
                    time.sleep(0.05)
                pause = jobs.work(job, lambda status, log: report(app, job["task"], status, log),
                                  lambda: perform(app, job["task"]), app.settings.pauses)
                if pause is not None:
                    again = threading.Timer(pause, waiting.put, [job])
                    again.daemon = True
                    again.start()
                    continue
                with app.store.session() as db:
                    db.execute(delete(Document).where(kept(job)))
            except Exception:
                traceback.print_exc()
    with app.store.session(write=False) as db:
        for row in db.scalars(select(Document).where(Document.kind == "job").order_by(Document.id)):
            waiting.put(row.body)
    for _each in range(4):
        threading.Thread(target=worker, daemon=True).start()
    return submit_job


def submit_there(app):
    settings = app.settings
    place = settings.health["jobservice"].removesuffix("/api/v1/stats") + "/api/v1/jobs"

    def submit_job(job: dict) -> None:
        headers = {"Authorization": f"Harbor-Secret {settings.core_secret}"}
        requests.post(place, json=job, headers=headers, timeout=10).raise_for_status()
    return submit_job
