# Replication policies, their executions and tasks. A policy is replaced as a whole; what runs and when stands in
# replication.py.

import re

from sqlalchemy import String, cast
from werkzeug.wrappers import Response

from . import cron, executions, replication
from .api_registries import registries, registry_of
from .app import routes
from .documents import Kind, register
from .facts import FLAGS, MAYBE, SAYS, WORDS
from .replication import VENDOR
from .store import Execution, Policy, Task, first
from .web import JSON, Refused, bad, compact, created, lean, listed, refuse_if, shown, times

NAMESPACE = re.compile(r"(?:[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)?")
# In the words of this part of the API.
KEPT = {word: kept for kept, word in WORDS.items()}


# --- policies ---------------------------------------------------------------------------------------------------------

class Policies(Kind):
    def view(self, request, db, row):
        source, target = (registries.view(request, db, registry_of(request, db, number))
                          for number in (row.src_registry_id, row.dest_registry_id))
        body = {key: value for key, value in row.body.items() if value or key not in MAYBE}
        return {"id": row.id, "name": row.name, **times(row), "src_registry": source, "dest_registry": target, **body,
                **lean({"enabled": row.enabled, "replicate_deletion": row.body["deletion"]})}

    def done(self, db, row):
        trigger = row.body["trigger"] or {}
        executions.unschedule(db, VENDOR, row.id)
        if row.enabled and trigger.get("type") == "scheduled":
            executions.schedule(db, VENDOR, row.id, trigger["trigger_settings"]["cron"])

    def drop(self, request, db, row):
        refuse_if(replication.running(db, row.id), Refused(
            "PRECONDITION", f"the policy {row.id} has running executions, can not be deleted"))
        executions.forget(db, VENDOR, row.id)
        db.delete(row)


def clean_filter(one: dict) -> dict:
    kind, value, decoration = one.get("type") or "", one.get("value"), one.get("decoration") or ""
    refuse_if(kind not in ("name", "tag", "label", "resource"), bad("invalid filter type"))
    texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
    refuse_if(kind == "label" and not texts, bad("the type of label filter value isn't string slice"))
    refuse_if(kind != "label" and not isinstance(value, str), bad("the type of filter value isn't string"))
    refuse_if(kind == "resource" and value not in ("image", "artifact"), bad(f"invalid resource filter: {value}"))
    refuse_if(decoration and kind not in ("tag", "label"), bad("only tag and label filter support decoration"))
    refuse_if(decoration not in ("", "matches", "excludes"), bad(f"invalid filter decoration, :{decoration}"))
    return {"type": kind, "value": value, **lean({"decoration": decoration})}


def clean_trigger(trigger: dict) -> dict:
    kind, settings = trigger.get("type") or "", trigger.get("trigger_settings")
    refuse_if(kind not in ("manual", "event_based", "scheduled"), bad("invalid trigger type"))
    if kind == "scheduled":
        text = (settings or {}).get("cron")
        refuse_if(not text, bad("the cron string cannot be empty when the trigger type is scheduled"))
        try:
            cron.parse(text)
        except ValueError:
            raise bad(f"invalid cron string for scheduled trigger: {text}") from None
        second, minute, *dummy = text.split()
        refuse_if(second != "0", bad("the 1st field (indicating Seconds of time) of the cron setting must be 0"))
        refuse_if(minute == "*", bad(
            "* is not allowed for the Minutes field of the cron setting of replication policy"))
    return {"type": kind, **({"trigger_settings": lean(settings)} if settings is not None else {})}


def policy(request, db, kind, body, row):
    """The whole policy from the body: what it does not name is gone."""
    refuse_if(not body.get("name"), bad("empty name"))
    source, target = ((body.get(key) or {}).get("id") or 0 for key in ("src_registry", "dest_registry"))
    refuse_if(bool(source) == bool(target), bad(SAYS["direction"]))
    filters = [clean_filter(one) for one in body.get("filters") or []]
    trigger = None if body.get("trigger") is None else clean_trigger(body["trigger"])
    namespace, count = body.get("dest_namespace") or "", body.get("dest_namespace_replace_count")
    refuse_if(not NAMESPACE.fullmatch(namespace), bad(f"invalid destination namespace: {namespace}"))
    refuse_if(trigger and trigger["type"] == "event_based" and body.get("single_active_replication"),
              Refused("UNKNOWN"))
    registries.one(db, source or target)
    # That is what the column takes; the database's complaint is nobody's business.
    refuse_if(len(compact(filters).rstrip()) > 1024, Refused("UNKNOWN"))
    refuse_if(first(db, Policy, Policy.id != (row.id or 0), name=body["name"]),
              Refused("CONFLICT", f"replication policy {body['name']} already exists"))
    kept = {key: bool(body.get(key)) for key in FLAGS} | {
        "description": body.get("description") or "", "dest_namespace": namespace, "filters": filters or None,
        "dest_namespace_replace_count": -1 if count is None else count, "trigger": trigger,
        "speed": max(body.get("speed") or 0, 0)}
    return {"name": body["name"], "src_registry_id": source, "dest_registry_id": target,
            "enabled": bool(body.get("enabled")), "body": kept}


policies = register(Policies("/replication/policies", "id#", "policy ReplicationPolicy", "replication-policy", policy,
                             "replication policy {} not found", filters=("name",), model=Policy))


# --- executions and tasks ---------------------------------------------------------------------------------------------

def view(row: Execution | Task, started) -> dict:
    return {"id": row.id, "status": WORDS.get(row.status, row.status), "start_time": shown(started),
            **({"end_time": shown(row.end_time)} if row.end_time else {})}


def show_execution(db, row: Execution) -> dict:
    counts = executions.metrics(db, row)
    total = sum(counts.values())
    ended = {WORDS.get(status, status).lower(): counts.pop(status, 0) for status in executions.FINAL}
    return {**view(row, row.creation_time), "policy_id": row.vendor_id, "trigger": WORDS.get(row.trigger, row.trigger),
            "status_text": row.status_message, "total": total, **ended, "in_progress": sum(counts.values())}


def show_task(row: Task) -> dict:
    return {**view(row, row.start_time), "execution_id": row.execution_id, "job_id": row.job_id, **row.attrs}


def found_execution(db, number: int) -> Execution:
    return executions.found(db, number, VENDOR, "replication execution {}")


def narrowed(request, **columns) -> list:
    """By parameters, in the words that we show."""
    return [column == KEPT.get(word, word) for name, column in columns.items() if (word := request.args.get(name))]


@routes.add("GET", "/replication/executions", needs="replication:list", paged="sorted")
def list_executions(request, db):
    where = narrowed(request, policy_id=cast(Execution.vendor_id, String), status=Execution.status,
                     trigger=Execution.trigger)
    return listed(request, db, Execution, lambda row: show_execution(db, row), Execution.vendor_type == VENDOR, *where,
                  sort="-id", keys={"start_time": "creation_time", "policy_id": "vendor_id"})


@routes.add("POST", "/replication/executions", needs="replication:create", body="execution StartReplicationExecution")
def start(request, db, body):
    policy = policies.one(db, body.get("policy_id"))
    refuse_if(not policy.enabled, Refused("PRECONDITION", f"the policy {policy.id} is disabled"))
    row = replication.begin(db, policy, "SCHEDULE" if request.args.get("trigger") == "scheduled" else "MANUAL")
    return created(request, executions.launched(request, row).id)


@routes.add("GET", "/replication/executions/{id#}", needs="replication:read")
def read_execution(request, db, id):
    return show_execution(db, found_execution(db, id))


@routes.add("PUT", "/replication/executions/{id#}", needs="replication:create")
def stop(request, db, id):
    executions.stop(db, found_execution(db, id))
    return Response(compact(None), content_type=JSON)


@routes.add("GET", "/replication/executions/{id#}/tasks", needs="replication:list", paged="sorted")
def list_tasks(request, db, id):
    where = narrowed(request, status=Task.status, resource_type=Task.attrs["resource_type"].as_string())
    return listed(request, db, Task, show_task, Task.execution_id == found_execution(db, id).id, *where, sort="-id")


@routes.add("GET", "/replication/executions/{id#}/tasks/{task_id#}/log", needs="replication:read",
            produces="text/plain")
def read_log(request, db, id, task_id):
    task = executions.task_of(db, found_execution(db, id), task_id, "replication task {}")
    return Response(task.log, content_type="text/plain; charset=utf-8")
