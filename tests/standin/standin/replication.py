# Runs of replication policies, as core sees them: it asks both sides what there is to do and hands jobs to the
# jobservice. Events live in memory only: what cannot be handed over at once fails, and nobody tries it again.

import dataclasses
import traceback

import requests
from sqlalchemy import delete, select

from . import executions, matching
from .executions import POOL, finish
from .remote import HARBOR, Remote, Trouble
from .security import unseal
from .store import Execution, Policy, Registry, Task, now

VENDOR = "REPLICATION"
OPERATIONS = {"push": "copy", "delete": "deletion", "delete tag": "tag deletion"}


@dataclasses.dataclass
class Event:
    """Of kind push, delete or delete tag."""
    kind: str
    repository: str
    digest: str
    tags: list
    project_id: int = 0
    fate: str = ""  # what comes of it, as it was when it happened: one of settings.events


# --- what starts a run ------------------------------------------------------------------------------------------------

def begin(db, policy: Policy, trigger: str) -> Execution:
    busy = policy.body["single_active_replication"] and db.scalar(running(policy.id))
    row = executions.begin(db, VENDOR, policy.id, trigger, {})
    if busy:
        row.status, row.end_time = "Error", now()
        row.status_message = f"Execution skipped: active replication still in progress ({busy})."
    return row


def running(number: int):
    return select(Execution.id).where(Execution.vendor_type == VENDOR, Execution.vendor_id == number,
                                      Execution.status == "Running").limit(1)


def launch(app, number: int, event: Event | None = None) -> None:
    POOL.submit(flow, app, number, event)


def react(app, event: Event) -> None:
    event = dataclasses.replace(event, fate=app.settings.events)
    for listener in LISTENERS:
        POOL.submit(told, listener, app, event)


def told(listener, app, event: Event) -> None:
    """Nobody waits for what comes of it: its trouble would be silent."""
    try:
        listener(app, event)
    except Exception:
        traceback.print_exc()


def match(app, event: Event) -> None:
    """One run for each policy that wants to know of it. Events say nothing of labels."""
    if event.fate == "lost":
        return
    started = []
    with app.store.session(write=False) as db:
        rows = [row for row in db.scalars(select(Policy).where(Policy.enabled, Policy.src_registry_id == 0))
                if wants(row.body, event)]
    for row in rows:
        with app.store.session() as db:
            started.append(begin(db, row, "EVENT").id)
    for number in started if event.fate != "stuck" else ():
        launch(app, number, event)


def wants(body: dict, event: Event) -> bool:
    if (body["trigger"] or {}).get("type") != "event_based" or event.kind != "push" and not body["deletion"]:
        return False
    return bool(matching.chosen(body["filters"], *one_of(event)))


def one_of(event: Event) -> tuple[str, list[dict]]:
    return event.repository, [{"digest": event.digest, "tags": event.tags, "labels": []}]


LISTENERS = [match]
executions.STARTERS[VENDOR] = lambda db, row: begin(db, db.get(Policy, row.vendor_id), "SCHEDULE")
executions.LAUNCH[VENDOR] = launch


# --- a run ------------------------------------------------------------------------------------------------------------

def flow(app, number: int, event: Event | None) -> None:
    try:
        with app.store.session(write=False) as db:
            execution = db.get(Execution, number)
            policy = db.get(Policy, execution.vendor_id)
            source, target = end(app, db, policy.src_registry_id), end(app, db, policy.dest_registry_id)
        if execution.status != "Running":
            return
        found = plan(policy.body, source, target, event)
        if found:
            hand_over(app, number, found)
        else:
            finish(app, number, "Success", "no resources need to be replicated")
    except Exception as error:
        if not isinstance(error, Trouble):
            traceback.print_exc()
        finish(app, number, "Error", str(error))


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
    """The tasks. An event is taken as it is, with all its tags, once the filters have let one of them through."""
    here, there, found = Remote(**source), Remote(**target), []
    # An adapter is made first: a side that does not answer ends the run.
    for side in (here, there):
        if side.type == HARBOR:
            side.ask("GET", "/api/version")
    everything = ((name, matching.chosen(body["filters"], name, here.artifacts(name)))
                  for name in here.repositories(matching.spelt(body["filters"], 1), matching.spelt(body["filters"]))
                  if matching.named(body["filters"], name))
    for name, artifacts in [one_of(event)] if event else everything:
        if artifacts:
            other = matching.renamed(name, body["dest_namespace"], body["dest_namespace_replace_count"])
            found.append({"operation": OPERATIONS[event.kind] if event else "copy", "source": source, "target": target,
                          "override": body["override"],
                          "source_repository": name, "target_repository": other, "artifacts": artifacts})
    if found and found[0]["operation"] == "copy":
        homes = {job["target_repository"].split("/")[0]: job["source_repository"].split("/")[0] for job in found}
        caches = there.prepare({after: here.public(before) for after, before in homes.items()})
        found = [job for job in found if job["target_repository"].split("/")[0] not in caches]
    return found


def hand_over(app, number: int, found: list[dict]) -> None:
    with app.store.session() as db:
        tasks = [Task(execution_id=number, vendor_type=VENDOR, attrs={
            "operation": job["operation"], "resource_type": "artifact",
            "src_resource": matching.titled(job["source_repository"], job["artifacts"]),
            "dst_resource": matching.titled(job["target_repository"], job["artifacts"])}) for job in found]
        db.add_all(tasks)
        db.flush()
    try:
        for task, job in zip(tasks, found):
            app.submit({**job, "task": task.id, "vendor": VENDOR})
    except requests.RequestException as error:
        with app.store.session() as db:
            db.execute(delete(Task).where(Task.execution_id == number))
        raise Trouble(f"failed to submit the job: {error}") from None
