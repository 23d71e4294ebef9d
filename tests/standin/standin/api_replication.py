# Replication policies, their executions and tasks. A policy is replaced as a whole; what runs and when stands in
# replication.py.

import re

from sqlalchemy import String, cast, select
from werkzeug.wrappers import Response

from . import cron, executions, replication
from .api import lean, shown, system, times
from .api_registries import registries, registry_of
from .app import routes
from .documents import Kind, register
from .replication import VENDOR
from .store import Execution, Policy, Task
from .web import JSON, Refused, bad, compact, created, listed, refuse_if

NAMESPACE = re.compile(r"[a-z0-9]+(?:[._/-]+[a-z0-9]+)*")
DIRECTION = "either src_registry or dest_registry should be empty and the other one shouldn't be empty"
MOST_FILTERS = 1024
# What this part of the API calls them, as in old times.
STATUS = {"Running": "InProgress", "Scheduled": "InProgress", "Success": "Succeed", "Error": "Failed"}
TRIGGERS = {"MANUAL": "manual", "SCHEDULE": "scheduled", "EVENT": "event_based"}


# --- policies ---------------------------------------------------------------------------------------------------------

class Policies(Kind):
    def view(self, request, db, row):
        fixed = ("copy_by_chunk", "dest_namespace_replace_count", "filters", "single_active_replication", "speed")
        maybe = ("description", "dest_namespace", "override", "deletion")
        body = row.body
        return {"id": row.id, "name": row.name, **{key: body[key] for key in fixed}, **times(row),
                **{f"{end}_registry": registries.view(request, db, registry_of(request, db, number)) for end, number in
                   (("src", row.src_registry_id), ("dest", row.dest_registry_id))},
                **lean({key: body[key] for key in maybe}), **({"trigger": body["trigger"]} if body["trigger"] else {}),
                **lean({"enabled": row.enabled, "replicate_deletion": body["deletion"]})}

    def done(self, db, row):
        trigger = row.body["trigger"] or {}
        executions.unschedule(db, VENDOR, row.id)
        if row.enabled and trigger.get("type") == "scheduled":
            executions.schedule(db, VENDOR, row.id, trigger["trigger_settings"]["cron"])

    def drop(self, request, db, row):
        if db.scalar(replication.running(row.id)):
            raise Refused("PRECONDITION", f"the policy {row.id} has running executions, can not be deleted")
        executions.forget(db, VENDOR, row.id)
        db.delete(row)


def clean_filter(one: dict) -> dict:
    kind, value, decoration = one.get("type") or "", one.get("value"), one.get("decoration") or ""
    refuse_if(kind not in ("name", "tag", "label", "resource"), bad("invalid filter type"))
    if kind == "label":
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise bad("the type of label filter value isn't string slice")
    elif not isinstance(value, str):
        raise bad("the type of filter value isn't string")
    refuse_if(kind == "resource" and value not in ("image", "artifact"), bad(f"invalid resource filter: {value}"))
    refuse_if(decoration and kind not in ("tag", "label"), bad("only tag and label filter support decoration"))
    refuse_if(decoration not in ("", "matches", "excludes"), bad(f"invalid filter decoration, :{decoration}"))
    return {"type": kind, "value": value, **lean({"decoration": decoration})}


def clean_trigger(trigger: dict | None) -> dict | None:
    if trigger is None:
        return None
    kind, settings = trigger.get("type") or "", trigger.get("trigger_settings")
    refuse_if(kind not in ("manual", "event_based", "scheduled"), bad("invalid trigger type"))
    if kind == "scheduled":
        text = (settings or {}).get("cron") or ""
        refuse_if(not text, bad("the cron string cannot be empty when the trigger type is scheduled"))
        try:
            cron.parse(text)
        except ValueError:
            raise bad(f"invalid cron string for scheduled trigger: {text}") from None
        if text.split()[0] != "0":
            raise bad("the 1st field (indicating Seconds of time) of the cron setting must be 0")
        if text.split()[1] == "*":
            raise bad("* is not allowed for the Minutes field of the cron setting of replication policy")
    return {"type": kind, **({"trigger_settings": lean(settings)} if settings is not None else {})}


def policy(request, db, kind, body, row):
    """The whole policy from the body: what it does not name is gone."""
    refuse_if(not body.get("name"), bad("empty name"))
    source, target = ((body.get(key) or {}).get("id") or 0 for key in ("src_registry", "dest_registry"))
    refuse_if(bool(source) == bool(target), bad(DIRECTION))
    filters = [clean_filter(one) for one in body.get("filters") or []]
    trigger, single = clean_trigger(body.get("trigger")), bool(body.get("single_active_replication"))
    namespace = body.get("dest_namespace") or ""
    refuse_if(namespace and not NAMESPACE.fullmatch(namespace), bad(f"invalid destination namespace: {namespace}"))
    refuse_if(single and (trigger or {}).get("type") == "event_based", Refused("UNKNOWN"))
    registries.one(db, source or target)
    # That is what the column takes; the database's complaint is nobody's business.
    refuse_if(len(compact(filters).rstrip()) > MOST_FILTERS, Refused("UNKNOWN"))
    if db.scalar(select(Policy.id).where(Policy.name == body["name"], Policy.id != (row.id or 0))):
        raise Refused("CONFLICT", f"replication policy {body['name']} already exists")
    count = body.get("dest_namespace_replace_count")
    flags = {key: bool(body.get(key)) for key in ("deletion", "override", "copy_by_chunk", "single_active_replication")}
    return {"name": body["name"], "src_registry_id": source, "dest_registry_id": target,
            "enabled": bool(body.get("enabled")),
            "body": flags | {"description": body.get("description") or "", "dest_namespace": namespace,
                             "filters": filters or None, "trigger": trigger, "speed": max(body.get("speed") or 0, 0),
                             "dest_namespace_replace_count": -1 if count is None else count}}


policies = register(Policies("/replication/policies", "id#", "policy ReplicationPolicy", "replication-policy", policy,
                             "replication policy {} not found", filters=("name",), model=Policy))


# --- executions and tasks ---------------------------------------------------------------------------------------------

def show_execution(db, row: Execution) -> dict:
    counts = executions.metrics(db, row)
    ended = {STATUS.get(status, status).lower(): counts.pop(status, 0) for status in executions.FINAL}
    return {"id": row.id, "policy_id": row.vendor_id, "trigger": TRIGGERS.get(row.trigger, row.trigger),
            "status": STATUS.get(row.status, row.status), "status_text": row.status_message,
            "start_time": shown(row.creation_time), "total": sum(ended.values()) + sum(counts.values()), **ended,
            "in_progress": sum(counts.values()), **({"end_time": shown(row.end_time)} if row.end_time else {})}


def show_task(row: Task) -> dict:
    return {"id": row.id, "execution_id": row.execution_id, "job_id": row.job_id, **row.attrs,
            "status": STATUS.get(row.status, row.status),
            "start_time": shown(row.start_time), **({"end_time": shown(row.end_time)} if row.end_time else {})}


def found_execution(request, db, number: int, action: str = "read") -> Execution:
    system(request, "replication", action)
    return executions.found(db, number, VENDOR, "replication execution {}")


def narrowed(request, **columns) -> list:
    """By parameters, in the words that we show."""
    words = {word: kept for table in (STATUS, TRIGGERS) for kept, word in reversed(table.items())}
    return [column == words.get(request.args[name], request.args[name]) for name, column in columns.items()
            if request.args.get(name)]


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


@routes.add("GET", "/replication/executions/{id#}")
def read_execution(request, db, id):
    return show_execution(db, found_execution(request, db, id))


@routes.add("PUT", "/replication/executions/{id#}")
def stop(request, db, id):
    executions.stop(db, found_execution(request, db, id, "create"))
    return Response(compact(None), content_type=JSON)


@routes.add("GET", "/replication/executions/{id#}/tasks", paged="sorted")
def list_tasks(request, db, id):
    row = found_execution(request, db, id, "list")
    return listed(request, db, Task, show_task, Task.execution_id == row.id,
                  *narrowed(request, status=Task.status, resource_type=Task.attrs["resource_type"].as_string()),
                  sort="-id")


@routes.add("GET", "/replication/executions/{id#}/tasks/{task_id#}/log", produces="text/plain")
def read_log(request, db, id, task_id):
    row = found_execution(request, db, id)
    log = executions.task_of(db, row, task_id, "replication task {}").log
    return Response(log, content_type="text/plain; charset=utf-8")
