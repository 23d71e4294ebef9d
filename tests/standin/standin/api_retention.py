# Tag retention: one policy for a project, kept nearly as sent, and its runs.

import json

from sqlalchemy import select
from werkzeug.wrappers import Response

from . import cron, executions
from .api import allow, lean, signed_in
from .app import routes
from .chores import RETENTION
from .executions import begin, launched
from .store import Document, Execution, Project, Task, now
from .web import Broken, Refused, bad, created, listed, missing, refuse_if

TEMPLATES = [("latestPushedK", "the most recently pushed # artifacts", "COUNT"),
             ("latestPulledN", "the most recently pulled # artifacts", "COUNT"),
             ("nDaysSinceLastPush", "pushed within the last # days", "DAYS"),
             ("nDaysSinceLastPull", "pulled within the last # days", "DAYS"), ("always", "always", "")]
CODES = {"Scheduled": 1, "Running": 2, "Success": 3, "Error": 3, "Stopped": 3}
ONE = "/retentions/{id#}"
RUNS = f"{ONE}/executions"


# --- the policy -------------------------------------------------------------------------------------------------------

def reach(request, db, policy: dict, action: str) -> Project | None:
    """The project of a policy, if the caller may do this there."""
    signed_in(request)
    scope, caller = policy.get("scope"), request.caller
    refuse_if(scope is None, Broken())
    if scope.get("level") != "project":
        allow(request, caller.may("tag-retention", action))
        return None
    number = scope.get("ref") or 0
    project = db.get(Project, number) if 0 < number < 2 ** 31 else None
    allow(request, caller.admin or project and caller.may_in(db, project, "tag-retention", action), "forbidden")
    return project


def checked(body: dict) -> dict:
    rules, seen = body.get("rules") or [], {}
    refuse_if(len(rules) > 15, bad("bad request: only 15 rules are allowed at most"))
    for number, rule in enumerate(rules):
        content = json.dumps(lean({**rule, "id": 0}), sort_keys=True)
        if content in seen:
            raise Refused("CONFLICT", f"resource conflict: rule {number} is conflict with rule {seen[content]}")
        seen[content] = number
    return body


def times_of(policy: dict) -> tuple[str, object]:
    """The kind of the trigger and its cron, which may be no text at all."""
    trigger = policy.get("trigger")
    refuse_if(trigger is None or not isinstance(trigger.get("settings"), (dict, type(None))), Broken())
    return trigger.get("kind") or "", (trigger.get("settings") or {}).get("cron")


def scheduled(policy: dict) -> tuple[str, str]:
    """The same for what Harbor takes for a text without looking."""
    kind, text = times_of(policy)
    refuse_if(kind == "Schedule" and not isinstance(text, str), Broken())
    return kind, text if kind == "Schedule" else ""


def check_times(policy: dict) -> None:
    kind, text = times_of(policy)
    if kind == "Schedule" and "cron" in (policy["trigger"].get("settings") or {}):
        refuse_if(not isinstance(text, str), Broken())
        if text:
            cron.check(text, "tag retention")


def policy_of(db, number: int, refuse=None) -> Document:
    row = db.scalar(select(Document).where(Document.kind == "retention", Document.id == number)) \
        if 0 < number < 2 ** 31 else None
    refuse_if(row is None, refuse or bad(f"bad request: no such Retention policy with id {number}"))
    return row


def bound(project: Project | None, number: int) -> None:
    if project is None or project.meta.get("retention_id") != str(number):
        raise missing(f"resource not found: the retention policy id {number}", " does not match")


@routes.add("GET", "/retentions/metadatas", needs="login")
def read_metadata(request, db):
    return {
 "templates": [{"rule_template": name, "display_text": text, "action": "retain",
                "params": [{"type": "int", "unit": unit, "required": True}] if unit else []}
               for name, text, unit in TEMPLATES],
 "scope_selectors": [{"display_text": "Repositories", "kind": "doublestar",
                      "decorations": ["repoMatches", "repoExcludes"]}],
 "tag_selectors": [{"display_text": "Tags", "kind": "doublestar", "decorations": ["matches", "excludes"]}]}


@routes.add("POST", "/retentions", needs="login", body="policy RetentionPolicy")
def create_policy(request, db, body):
    project = reach(request, db, checked(body), "create")
    kind, text = times_of(body)
    scope = body["scope"]
    refuse_if(scope.get("level") != "project", bad(f"bad request: scope {scope.get('level') or ''} is not support"))
    refuse_if(project is None, bad(f"bad request: invalid Project id {scope.get('ref') or 0}"))
    if known := project.meta.get("retention_id"):
        raise bad(f"bad request: project {project.id} already has retention policy {known}")
    check_times(body)
    return created(request, store(db, project, body, str(text or "") if kind == "Schedule" else "").id)


def store(db, project: Project, body: dict, cron_text: str) -> Document:
    row = Document(kind="retention", name="", project_id=project.id, body=body)
    db.add(row)
    db.flush()
    if cron_text:
        executions.schedule(db, RETENTION, row.id, cron_text)
    project.meta = project.meta | {"retention_id": str(row.id)}
    return row


def keep_pulled(db, project: Project) -> None:
    """What a new project gets that is a cache of another registry."""
    rule = {"id": 1, "priority": 1, "action": "retain", "template": "nDaysSinceLastPull",
            "params": {"nDaysSinceLastPull": 7},
            "tag_selectors": [{"kind": "doublestar", "decoration": "matches", "pattern": "**"}],
            "scope_selectors": {"repository": [{"kind": "doublestar", "decoration": "repoMatches", "pattern": "**"}]}}
    time = "0 0 0 * * *"
    store(db, project, {"algorithm": "or", "rules": [rule], "scope": {"level": "project", "ref": project.id},
                        "trigger": {"kind": "Schedule", "settings": {"cron": time}}}, time)


@routes.add("GET", ONE, needs="login")
def read_policy(request, db, id):
    row = policy_of(db, id, Refused("UNKNOWN"))
    reach(request, db, row.body, "read")
    body, (kind, text) = row.body, times_of(row.body)
    trigger = {key: body["trigger"][key] for key in ("kind", "settings")
               if body["trigger"].get(key) not in (None, "")}
    if kind == "Schedule" and isinstance(text, str) and text:
        moment = cron.following(text, now())
        trigger["settings"] = trigger["settings"] | {"next_scheduled_time": exact(moment)}
    rules = body.get("rules") and [lean({**rule, "params": rule.get("params") or None}) | {
        "tag_selectors": rule.get("tag_selectors")} for rule in body["rules"]]
    return {"id": row.id, **lean({"algorithm": body.get("algorithm")}), "rules": rules, "scope": body["scope"],
            "trigger": trigger}


@routes.add("PUT", ONE, needs="login", body="policy RetentionPolicy")
def change_policy(request, db, id, body):
    project = reach(request, db, checked(body), "update")
    bound(project, id)
    check_times(body)
    row = policy_of(db, id, Refused("UNKNOWN"))
    before, after = times_of(row.body), times_of(body)
    again = before[0] != after[0]
    refuse_if(not again and after[0] not in ("Schedule", ""), Refused("UNKNOWN"))
    if not again and before != after:
        # Here it takes both for texts.
        before, after = scheduled(row.body), scheduled(body)
    if before != after:
        executions.unschedule(db, RETENTION, id)
    if after[0] == "Schedule" and (again or before != after and after[1]):
        executions.schedule(db, RETENTION, id, scheduled(body)[1])
    row.body = body


@routes.add("DELETE", ONE, needs="login")
def delete_policy(request, db, id):
    row = policy_of(db, id)
    project = reach(request, db, row.body, "delete")
    scheduled(row.body)
    executions.forget(db, RETENTION, id)
    db.delete(row)
    project.meta = {key: value for key, value in project.meta.items() if key != "retention_id"}


# --- runs -------------------------------------------------------------------------------------------------------------

def exact(moment) -> str:
    """With all its digits."""
    return f"{moment.isoformat()}Z" if moment else "0001-01-01T00:00:00Z"


def show_run(row: Execution) -> dict:
    return {"id": row.id, "policy_id": row.vendor_id, "start_time": exact(row.creation_time),
            "end_time": exact(row.end_time), "status": row.status, "trigger": row.trigger,
            **lean({"dry_run": row.attrs["dry_run"]})}


def show_task(row: Task) -> dict:
    return {"id": row.id, "execution_id": row.execution_id, "repository": row.attrs["repository"],
            "job_id": row.job_id, "status": row.status, "status_code": CODES.get(row.status, 0),
            "start_time": exact(row.start_time), "end_time": exact(row.end_time),
            "total": row.attrs.get("total", 0), "retained": row.attrs.get("retained", 0)}


def run_of(request, db, id: int, eid: int, action: str) -> Execution:
    signed_in(request)
    row = policy_of(db, id)
    project = reach(request, db, row.body, action)
    bound(project, id)
    found = executions.found(db, eid)
    if (found.vendor_type, found.vendor_id) != (RETENTION, id):
        raise missing(f"project: {project.id}, execution id {eid}")
    return found


def run(db, row: Document, trigger: str, dry: bool) -> Execution:
    return begin(db, RETENTION, row.id, trigger, {"dry_run": dry})


executions.STARTERS[RETENTION] = lambda db, row: run(db, policy_of(db, row.vendor_id), "SCHEDULE", False)


@routes.add("POST", RUNS, needs="login", body="body RetentionRun")
def start_run(request, db, id, body):
    row = policy_of(db, id)
    reach(request, db, row.body, "update")
    return created(request, launched(request, run(db, row, "MANUAL", bool(body.get("dry_run")))).id)


@routes.add("GET", RUNS, needs="login", paged="bare")
def list_runs(request, db, id):
    reach(request, db, policy_of(db, id).body, "list")
    return listed(request, db, Execution, show_run, Execution.vendor_type == RETENTION, Execution.vendor_id == id,
                  sort="-id")


@routes.add("PATCH", f"{RUNS}/{{eid#}}", needs="login", body="body RetentionStop")
def stop_run(request, db, id, eid, body):
    refuse_if(body.get("action") != "stop", bad("bad request: action should be 'stop'"))
    executions.stop(db, run_of(request, db, id, eid, "update"))


@routes.add("GET", f"{RUNS}/{{eid#}}/tasks", paged="bare")
def list_tasks(request, db, id, eid):
    row = run_of(request, db, id, eid, "list")
    return listed(request, db, Task, show_task, Task.execution_id == row.id, sort="-id")


@routes.add("GET", f"{RUNS}/{{eid#}}/tasks/{{tid#}}", produces="text/plain")
def read_log(request, db, id, eid, tid):
    row = run_of(request, db, id, eid, "read")
    foreign = f"project: {policy_of(db, id).project_id}, execution id {eid}"
    return Response(executions.task_of(db, row, tid, foreign=foreign).log, content_type="text/plain")
