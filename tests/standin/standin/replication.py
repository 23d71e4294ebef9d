# Runs of replication policies, as core sees them: it asks both sides what there is to do, hands jobs to the jobservice
# and notes what becomes of them. Events live in memory only: what cannot be handed over at once fails, and nobody tries
# it again.

import dataclasses
import json
import queue
import secrets
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

import requests
from sqlalchemy import delete, select, update
from werkzeug.wrappers import Request

from . import cron, jobs, matching
from .remote import HARBOR, Remote, Trouble
from .security import unseal
from .store import Execution, Policy, Registry, Task, now
from .web import answer

FINAL = ("Succeed", "Failed", "Stopped")
OPERATIONS = {"push": "copy", "delete": "deletion", "delete tag": "tag deletion"}
HOOK = "/service/notifications/tasks/"
# How often the status of an execution follows its tasks.
REFRESH = 30
POOL = ThreadPoolExecutor(10, "replication")


@dataclasses.dataclass
class Event:
    """Of kind push, delete or delete tag."""
    kind: str
    repository: str
    digest: str
    tags: list
    project_id: int = 0


# --- what starts a run ------------------------------------------------------------------------------------------------

def begin(db, policy: Policy, trigger: str) -> Execution:
    busy = policy.body["single_active_replication"] and db.scalar(
        select(Execution.id).where(Execution.policy_id == policy.id, Execution.status == "InProgress").limit(1))
    row = Execution(policy_id=policy.id, trigger=trigger)
    if busy:
        row.status, row.end_time = "Error", now()
        row.status_text = f"Execution skipped: active replication still in progress ({busy})."
    db.add(row)
    db.flush()
    return row


def launch(app, number: int, event: Event | None = None) -> None:
    POOL.submit(flow, app, number, event)


def react(app, event: Event) -> None:
    POOL.submit(match, app, event)


def match(app, event: Event) -> None:
    """One run for each policy that wants to know of it. Events say nothing of labels."""
    started = []
    with app.store.session(write=False) as db:
        rows = [row for row in db.scalars(select(Policy).where(Policy.enabled, Policy.src_registry_id == 0))
                if wants(row.body, event)]
    for row in rows:
        with app.store.session() as db:
            started.append(begin(db, row, "event_based").id)
    for number in started:
        launch(app, number, event)


def wants(body: dict, event: Event) -> bool:
    if (body["trigger"] or {}).get("type") != "event_based" or event.kind != "push" and not body["deletion"]:
        return False
    return bool(matching.chosen(body["filters"], *one_of(event)))


def one_of(event: Event) -> tuple[str, list[dict]]:
    return event.repository, [{"digest": event.digest, "tags": event.tags, "labels": []}]


def tick(app) -> None:
    """Scheduled policies; of several nodes the first that moves the mark runs the policy."""
    minute = now().replace(second=0, microsecond=0)
    with app.store.session(write=False) as db:
        rows = db.scalars(select(Policy).where(Policy.enabled, Policy.last_tick < minute)).all()
    for row in rows:
        trigger = row.body["trigger"] or {}
        if trigger.get("type") == "scheduled" and cron.fires(trigger["trigger_settings"]["cron"], minute):
            with app.store.session() as db:
                mark = update(Policy).where(Policy.id == row.id, Policy.last_tick < minute)
                moved = db.execute(mark.values(last_tick=now())).rowcount
                number = begin(db, row, "scheduled").id if moved else 0
            if number:
                launch(app, number)


# --- a run ------------------------------------------------------------------------------------------------------------

def flow(app, number: int, event: Event | None) -> None:
    try:
        with app.store.session(write=False) as db:
            execution = db.get(Execution, number)
            policy = db.get(Policy, execution.policy_id)
            source, target = end(app, db, policy.src_registry_id), end(app, db, policy.dest_registry_id)
        if execution.status != "InProgress":
            return
        found = plan(policy.body, source, target, event)
        if found:
            hand_over(app, number, found)
        else:
            finish(app, number, "Succeed", "no resources need to be replicated")
    except Exception as error:
        if not isinstance(error, Trouble):
            traceback.print_exc()
        finish(app, number, "Failed", str(error))


def end(app, db, number: int) -> dict:
    """One side as the arguments of Remote. The local one carries this node's own secret: jobs run on any node."""
    settings = app.settings
    if not number:
        return {"type": HARBOR, "url": settings.core, "secret": settings.jobservice_secret, "service": True}
    row = db.get(Registry, number)
    return {"type": row.type, "url": row.url, "key": row.access_key,
            "secret": unseal(row.access_secret, settings.secret_key),
            "insecure": row.insecure, "ca": row.ca_certificate}


def plan(body: dict, source: dict, target: dict, event: Event | None) -> list[dict]:
    here, there, found = Remote(**source), Remote(**target), []
    # An adapter is made first: a side that does not answer ends the run.
    for side in (here, there):
        if side.type == HARBOR:
            side.ask("GET", "/api/version")
    everything = ((name, here.artifacts(name)) for name in here.repositories() if matching.named(body["filters"], name))
    for name, artifacts in [one_of(event)] if event else everything:
        if artifacts := matching.chosen(body["filters"], name, artifacts):
            other = matching.renamed(name, body["dest_namespace"], body["dest_namespace_replace_count"])
            found.append({"operation": OPERATIONS[event.kind] if event else "copy", "source": source, "target": target,
                          "override": body["override"],
                          "source_repository": name, "target_repository": other, "artifacts": artifacts})
    if not event or event.kind == "push":
        for before, after in sorted({(job["source_repository"].split("/")[0], job["target_repository"].split("/")[0])
                                     for job in found}):
            there.make_project(after, here.public(before))
    return found


def hand_over(app, number: int, found: list[dict]) -> None:
    with app.store.session() as db:
        tasks = [Task(execution_id=number, job_id=secrets.token_hex(12), operation=job["operation"],
                      src_resource=matching.titled(job["source_repository"], job["artifacts"]),
                      dst_resource=matching.titled(job["target_repository"], job["artifacts"])) for job in found]
        db.add_all(tasks)
        db.flush()
    try:
        for task, job in zip(tasks, found):
            app.submit({**job, "task": task.id})
    except requests.RequestException as error:
        with app.store.session() as db:
            db.execute(delete(Task).where(Task.execution_id == number))
        raise Trouble(f"failed to submit the job: {error}") from None


def finish(app, number: int, status: str, text: str) -> None:
    with app.store.session() as db:
        row = db.get(Execution, number)
        if row and row.status == "InProgress":
            row.status, row.status_text, row.end_time = status, text, now()


# --- what becomes of it -----------------------------------------------------------------------------------------------

def report(app, number: int, status: str, log: str) -> str:
    with app.store.session() as db:
        task = db.get(Task, number)
        if task is None or task.status == "Stopped":
            return "Stopped"
        task.status, task.end_time = status, now() if status in FINAL else None
        task.log = log or task.log
        if app.settings.quick:
            settle(db, db.get(Execution, task.execution_id))
        return status


def settle(db, row: Execution) -> None:
    tasks = db.execute(select(Task.status, Task.end_time).where(Task.execution_id == row.id)).all()
    found = {status for status, dummy in tasks}
    if found and row.status != "Stopped":
        row.status = next((status for status in ("Failed", "Stopped", "Succeed") if status in found), "")
        row.status = row.status if found <= set(FINAL) else "InProgress"
        # The end of the last task, so that a later look at it changes nothing.
        row.end_time = max(time for dummy, time in tasks) if row.status in FINAL else None


def stop(db, row: Execution) -> None:
    waiting = list(db.scalars(select(Task).where(Task.execution_id == row.id, Task.status.not_in(FINAL))))
    for task in waiting:
        task.status, task.end_time = "Stopped", now()
    if row.status == "InProgress" and (waiting
                                       or not db.scalar(select(Task.id).where(Task.execution_id == row.id).limit(1))):
        row.status, row.end_time = "Stopped", now()


def refresh(app) -> None:
    with app.store.session() as db:
        for row in db.scalars(select(Execution).where(Execution.status.in_(("InProgress", "Failed")))):
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
        body = json.loads(request.get_data())
        status = report(app, int(request.path.removeprefix(HOOK)), body["status"], body["log"])
        return answer({"status": status})(environ, start_response)
    return with_hooks


def clock(app) -> None:
    refreshed = time.monotonic()
    while True:
        time.sleep(2)
        try:
            tick(app)
            if time.monotonic() - refreshed > REFRESH and not app.settings.quick:
                refresh(app)
                refreshed = time.monotonic()
        except Exception:
            traceback.print_exc()


def submit_here(app):
    """One process: a queue and a few threads of its own."""
    waiting: queue.Queue = queue.Queue()

    def worker() -> None:
        while True:
            job = waiting.get()
            try:
                jobs.work(job, lambda status, log: report(app, job["task"], status, log), app.settings.quick)
            except Exception:
                traceback.print_exc()
    for _each in range(4):
        threading.Thread(target=worker, daemon=True).start()
    return waiting.put


def submit_there(app):
    settings = app.settings
    place = settings.health["jobservice"].removesuffix("/api/v1/stats") + "/api/v1/jobs"

    def submit(job: dict) -> None:
        headers = {"Authorization": f"Harbor-Secret {settings.core_secret}"}
        requests.post(place, json=job, headers=headers, timeout=10).raise_for_status()
    return submit
