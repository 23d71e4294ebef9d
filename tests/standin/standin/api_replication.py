# Replication policies, their executions and tasks. A policy is replaced as a whole; what runs and when stands in
# replication.py.

import re

from sqlalchemy import delete, func, select
from werkzeug.wrappers import Response

from . import cron, replication
from .api import lean, shown, system, times
from .api_registries import found_registry, show_by_id
from .app import routes
from .store import Execution, Policy, Task, now
from .web import JSON, Refused, answer, bad, compact, created, listed, missing

NAMESPACE = re.compile(r"[a-z0-9]+(?:[._/-]+[a-z0-9]+)*")
DIRECTION = "either src_registry or dest_registry should be empty and the other one shouldn't be empty"
DONE = {"succeed": "Succeed", "failed": "Failed", "stopped": "Stopped"}


# --- policies ---------------------------------------------------------------------------------------------------------

def show_policy(request, db, row: Policy) -> dict:
    body = row.body
    fixed = ("copy_by_chunk", "dest_namespace_replace_count", "filters", "single_active_replication", "speed")
    return {"id": row.id, "name": row.name, **{key: body[key] for key in fixed}, **times(row),
            "src_registry": show_by_id(request, db, row.src_registry_id),
            "dest_registry": show_by_id(request, db, row.dest_registry_id),
            **lean({key: body[key] for key in ("description", "dest_namespace", "override", "deletion")}),
            **lean({"enabled": row.enabled, "replicate_deletion": body["deletion"]}),
            **({"trigger": body["trigger"]} if body["trigger"] else {})}


def clean_filter(one: dict) -> dict:
    kind, value, decoration = one.get("type") or "", one.get("value"), one.get("decoration") or ""
    if kind not in ("name", "tag", "label", "resource"):
        raise bad("invalid filter type")
    if kind == "label":
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise bad("the type of label filter value isn't string slice")
    elif not isinstance(value, str):
        raise bad("the type of filter value isn't string")
    if kind == "resource" and value not in ("image", "artifact"):
        raise bad(f"invalid resource filter: {value}")
    if decoration and kind not in ("tag", "label"):
        raise bad("only tag and label filter support decoration")
    if decoration not in ("", "matches", "excludes"):
        raise bad(f"invalid filter decoration, :{decoration}")
    return {"type": kind, "value": value, **lean({"decoration": decoration})}


def clean_trigger(trigger: dict | None) -> dict | None:
    if trigger is None:
        return None
    kind, settings = trigger.get("type") or "", trigger.get("trigger_settings")
    if kind not in ("manual", "event_based", "scheduled"):
        raise bad("invalid trigger type")
    if kind == "scheduled":
        text = (settings or {}).get("cron") or ""
        if not text:
            raise bad("the cron string cannot be empty when the trigger type is scheduled")
        try:
            cron.parse(text)
        except ValueError:
            raise bad(f"invalid cron string for scheduled trigger: {text}") from None
        if text.split()[0] != "0":
            raise bad("the 1st field (indicating Seconds of time) of the cron setting must be 0")
        if text.split()[1] == "*":
            raise bad("* is not allowed for the Minutes field of the cron setting of replication policy")
    return {"type": kind, **({"trigger_settings": lean(settings)} if settings is not None else {})}


def fill(db, row: Policy, body: dict) -> None:
    """The whole policy from the body: what it does not name is gone."""
    if not body.get("name"):
        raise bad("empty name")
    source, target = ((body.get(key) or {}).get("id") or 0 for key in ("src_registry", "dest_registry"))
    if bool(source) == bool(target):
        raise bad(DIRECTION)
    filters = [clean_filter(one) for one in body.get("filters") or []]
    trigger, single = clean_trigger(body.get("trigger")), bool(body.get("single_active_replication"))
    namespace = body.get("dest_namespace") or ""
    if namespace and not NAMESPACE.fullmatch(namespace):
        raise bad(f"invalid destination namespace: {namespace}")
    if single and (trigger or {}).get("type") == "event_based":
        raise Refused("UNKNOWN")
    found_registry(db, source or target)
    if db.scalar(select(Policy.id).where(Policy.name == body["name"], Policy.id != (row.id or 0))):
        raise Refused("CONFLICT", f"replication policy {body['name']} already exists")
    count = body.get("dest_namespace_replace_count")
    row.name, row.src_registry_id, row.dest_registry_id = body["name"], source, target
    row.enabled = bool(body.get("enabled"))
    row.body = {"description": body.get("description") or "", "dest_namespace": namespace, "filters": filters or None,
                "trigger": trigger,
                "dest_namespace_replace_count": -1 if count is None else count, "deletion": bool(body.get("deletion")),
                "override": bool(body.get("override")), "speed": max(body.get("speed") or 0, 0),
                "copy_by_chunk": bool(body.get("copy_by_chunk")), "single_active_replication": single}
    row.last_tick = now()


def found_policy(db, number: int) -> Policy:
    row = db.get(Policy, number) if 0 < number < 2 ** 31 else None
    if row is None:
        raise missing(f"replication policy {number}")
    return row


@routes.add("GET", "/replication/policies", paged=True)
def list_policies(request, db):
    system(request, "replication-policy", "list")
    where = [Policy.name.icontains(request.args["name"], autoescape=True)] if request.args.get("name") else []
    return listed(request, db, Policy, lambda row: show_policy(request, db, row), *where)


@routes.add("POST", "/replication/policies", body="policy ReplicationPolicy")
def create_policy(request, db, body):
    system(request, "replication-policy", "create")
    row = Policy()
    fill(db, row, body)
    db.add(row)
    db.flush()
    return created(request, row.id)


@routes.add("GET", "/replication/policies/{id#}")
def read_policy(request, db, id):
    system(request, "replication-policy", "read")
    return answer(show_policy(request, db, found_policy(db, id)))


@routes.add("PUT", "/replication/policies/{id#}", body="policy ReplicationPolicy")
def change_policy(request, db, id, body):
    system(request, "replication-policy", "update")
    row = found_policy(db, id)
    fill(db, row, body)
    row.update_time = now()
    return answer()


@routes.add("DELETE", "/replication/policies/{id#}")
def delete_policy(request, db, id):
    system(request, "replication-policy", "delete")
    row = found_policy(db, id)
    runs = select(Execution.id).where(Execution.policy_id == id)
    if db.scalar(runs.where(Execution.status == "InProgress").limit(1)):
        raise Refused("PRECONDITION", f"the policy {id} has running executions, can not be deleted")
    db.execute(delete(Task).where(Task.execution_id.in_(runs)))
    db.execute(delete(Execution).where(Execution.policy_id == id))
    db.delete(row)
    return answer()


@routes.add("GET", "/schedules", paged=True)
def schedules(request, db):
    system(request, "jobservice-monitor", "list")
    rows = [{"id": 1, "vendor_type": "SYSTEM_ARTIFACT_CLEANUP", "cron": "0 0 0 * * *"},
            {"id": 2, "vendor_type": "EXECUTION_SWEEP", "vendor_id": -1, "cron": "0 0 0 * * *"}]
    for policy in db.scalars(select(Policy).order_by(Policy.id)):
        if (policy.body["trigger"] or {}).get("type") == "scheduled":
            rows.append({"id": policy.id + 2, "vendor_type": "REPLICATION", "vendor_id": policy.id,
                         "cron": policy.body["trigger"]["trigger_settings"]["cron"]})
    moment = shown(now())
    return answer([{**row, "update_time": moment} for row in rows], x_total_count=len(rows))


# --- executions and tasks ---------------------------------------------------------------------------------------------

def show_execution(db, row: Execution) -> dict:
    states = select(Task.status, func.count()).where(Task.execution_id == row.id).group_by(Task.status)
    counts = dict(db.execute(states).all())
    total, ended = sum(counts.values()), {key: counts.get(status, 0) for key, status in DONE.items()}
    return {"id": row.id, "policy_id": row.policy_id, "trigger": row.trigger, "status": row.status,
            "status_text": row.status_text,
            "start_time": shown(row.creation_time), "total": total, **ended, "in_progress": total - sum(ended.values()),
            **({"end_time": shown(row.end_time)} if row.end_time else {})}


def show_task(row: Task) -> dict:
    return {"id": row.id, "execution_id": row.execution_id, "job_id": row.job_id, "status": row.status,
            "operation": row.operation,
            "resource_type": row.resource_type, "src_resource": row.src_resource, "dst_resource": row.dst_resource,
            "start_time": shown(row.start_time), **({"end_time": shown(row.end_time)} if row.end_time else {})}


def found_execution(request, db, number: int, action: str = "read") -> Execution:
    system(request, "replication", action)
    row = db.get(Execution, number) if 0 < number < 2 ** 31 else None
    if row is None:
        raise missing(f"replication execution {number}")
    return row


def narrowed(request, model, *names: str) -> list:
    given = {name: request.args[name] for name in names if request.args.get(name)}
    return [getattr(model, name) == (int(value) if name.endswith("_id") else value) for name, value in given.items()]


@routes.add("GET", "/replication/executions", paged=True)
def list_executions(request, db):
    system(request, "replication", "list")
    where = narrowed(request, Execution, "policy_id", "status", "trigger")
    return listed(request, db, Execution, lambda row: show_execution(db, row), *where, sort="-id",
                  keys={"starttime": "creation_time"})


@routes.add("POST", "/replication/executions", body="execution StartReplicationExecution")
def start(request, db, body):
    system(request, "replication", "create")
    policy = found_policy(db, body.get("policy_id") or 0)
    if not policy.enabled:
        raise Refused("PRECONDITION", f"the policy {policy.id} is disabled")
    row = replication.begin(db, policy, request.args.get("trigger") or "manual")
    request.events.append(lambda: replication.launch(request.app, row.id))
    return created(request, row.id)


@routes.add("GET", "/replication/executions/{id#}")
def read_execution(request, db, id):
    return answer(show_execution(db, found_execution(request, db, id)))


@routes.add("PUT", "/replication/executions/{id#}")
def stop(request, db, id):
    replication.stop(db, found_execution(request, db, id, "create"))
    return Response(compact(None), content_type=JSON)


@routes.add("GET", "/replication/executions/{id#}/tasks", paged=True)
def list_tasks(request, db, id):
    row = found_execution(request, db, id, "list")
    return listed(request, db, Task, show_task, Task.execution_id == row.id,
                  *narrowed(request, Task, "status", "resource_type"), sort="-id")


@routes.add("GET", "/replication/executions/{id#}/tasks/{task_id#}/log", produces="text/plain")
def read_log(request, db, id, task_id):
    found_execution(request, db, id)
    task = db.get(Task, task_id) if 0 < task_id < 2 ** 31 else None
    if task is None or task.execution_id != id:
        raise missing(f"replication task {task_id}")
    return Response(task.log, content_type="text/plain; charset=utf-8")
