# Runs of replication policies, as core sees them: it asks both sides what there is to do and hands jobs to the
# jobservice. Events live in memory only: what cannot be handed over at once fails, and nobody tries it again.

import functools
import traceback
from concurrent.futures import Future
from typing import NamedTuple

from sqlalchemy import delete

from . import executions, matching
from .executions import POOL, finish
from .remote import CLIENT, HARBOR, Remote, Trouble
from .security import unseal
from .store import Execution, Policy, Registry, Task, chosen, first, now

VENDOR = "REPLICATION"
OPERATIONS = {"push": "copy", "delete": "deletion", "delete tag": "tag deletion"}


class Event(NamedTuple):
    """Of kind push, delete or delete tag."""
    kind: str
    repository: str
    digest: str
    tags: list
    project_id: int = 0
    fate: str = ""  # what comes of it, as it was when it happened: one of settings.events

    def artifacts(self) -> list[dict]:
        return [{"digest": self.digest, "tags": self.tags, "labels": []}]


# --- what starts a run ------------------------------------------------------------------------------------------------

def running(db, number: int) -> Execution | None:
    return first(db, Execution, vendor_type=VENDOR, vendor_id=number, status="Running")


def begin(db, policy: Policy, trigger: str) -> Execution:
    busy = policy.body["single_active_replication"] and running(db, policy.id)
    row = executions.begin(db, VENDOR, policy.id, trigger, {})
    if busy:
        row.status, row.end_time = "Error", now()
        row.status_message = f"Execution skipped: active replication still in progress ({busy.id})."
    return row


def react(app, event: Event) -> None:
    event = event._replace(fate=app.settings.events)
    for listener in LISTENERS:
        # Nobody waits for what comes of it: its trouble would be silent.
        POOL.submit(listener, app, event).add_done_callback(Future.result)


def match(app, event: Event) -> None:
    """One run for each policy that wants to know of it. Events say nothing of labels."""
    if event.fate == "lost":
        return
    with app.store.session() as db:
        rows = db.scalars(chosen(Policy, enabled=True, src_registry_id=0)).all()
        started = [begin(db, row, "EVENT").id for row in rows if wants(row.body, event)]
    for number in started if event.fate != "stuck" else ():
        POOL.submit(flow, app, number, event)


def wants(body: dict, event: Event) -> bool:
    return ((body["trigger"] or {}).get("type") == "event_based" and (event.kind == "push" or body["deletion"])
            and bool(matching.chosen(body["filters"], event.repository, event.artifacts())))


LISTENERS = [match]
executions.STARTERS[VENDOR] = lambda db, row: begin(db, db.get(Policy, row.vendor_id), "SCHEDULE")


# --- a run ------------------------------------------------------------------------------------------------------------

def flow(app, number: int, event: Event | None = None) -> None:
    try:
        with app.store.session(write=False) as db:
            execution = db.get(Execution, number)
            policy = db.get(Policy, execution.vendor_id)
            source, target = end(app, db, policy.src_registry_id), end(app, db, policy.dest_registry_id)
        if execution.status != "Running":
            return
        if found := plan(policy.body, source, target, event):
            hand_over(app, number, found)
        else:
            finish(app, number, "Success", "no resources need to be replicated")
    except Exception as error:
        if not isinstance(error, Trouble):
            traceback.print_exc()
        finish(app, number, "Error", str(error))


executions.LAUNCH[VENDOR] = functools.partial(POOL.submit, flow)


def end(app, db, number: int) -> dict:
    """One side as the arguments of Remote. The local one carries this node's own secret: jobs run on any node."""
    settings = app.settings
    if not number:
        return {"type": HARBOR, "url": settings.core, "access_secret": settings.jobservice_secret, "service": True}
    row = db.get(Registry, number)
    secret = unseal(row.access_secret, settings.secret_key)
    return {key: getattr(row, key) for key in CLIENT} | {"access_secret": secret}


def plan(body: dict, source: dict, target: dict, event: Event | None) -> list[dict]:
    """The tasks. An event is taken as it is, with all its tags, once the filters have let one of them through."""
    here, there, filters = Remote(**source), Remote(**target), body["filters"]
    # A side that does not answer ends the run.
    here.check()
    there.check()
    sought = [(event.repository, event.artifacts())] if event else [
        (name, matching.chosen(filters, name, here.artifacts(name)))
        for name in here.repositories(matching.spelt(filters, 1), matching.spelt(filters))
        if matching.named(filters, name)]
    operation, found = OPERATIONS[event.kind] if event else "copy", []
    for name, artifacts in sought:
        if artifacts:
            other = matching.renamed(name, body["dest_namespace"], body["dest_namespace_replace_count"])
            found.append({"operation": operation, "source": source, "target": target, "override": body["override"],
                          "source_repository": name, "target_repository": other, "artifacts": artifacts})
    if found and operation == "copy":
        homes = {job["target_repository"].split("/")[0]: job["source_repository"].split("/")[0] for job in found}
        caches = there.prepare(homes, here)
        found = [job for job in found if job["target_repository"].split("/")[0] not in caches]
    return found


def hand_over(app, number: int, found: list[dict]) -> None:
    with app.store.session() as db:
        tasks = [Task(execution_id=number, vendor_type=VENDOR, attrs={
            "operation": job["operation"], "resource_type": "artifact",
            "src_resource": matching.titled(job["source_repository"], job["artifacts"]),
            "dst_resource": matching.titled(job["target_repository"], job["artifacts"])}) for job in found]
        db.add_all(tasks)
    try:
        for task, job in zip(tasks, found):
            app.submit({**job, "task": task.id, "vendor": VENDOR})
    except Trouble as error:
        with app.store.session() as db:
            db.execute(delete(Task).where(Task.execution_id == number))
        raise Trouble(f"failed to submit the job: {error}") from None
