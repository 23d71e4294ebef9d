# Tag retention: one policy for a project, kept nearly as sent, and its runs.

from werkzeug.wrappers import Response

from . import cron, executions
from .app import routes
from .chores import RETENTION
from .executions import begin, launched
from .facts import CODES, RETENTION as FACTS
from .store import Document, Execution, Project, Task, first, now
from .web import Broken, Refused, allow, bad, created, lean, listed, missing, need, refuse_if

ONE = "/retentions/{id#}"
RUNS = f"{ONE}/executions"
RUN = f"{RUNS}/{{eid#}}"


# --- the policy -------------------------------------------------------------------------------------------------------

def reach(request, db, policy: dict, action: str) -> Project | None:
    """The project of a policy, if the caller may do this there."""
    scope, caller = need(policy.get("scope"), Broken()), request.caller
    refuse_if(scope.get("level") != "project", bad(f"bad request: scope {scope.get('level') or ''} is not support"))
    project = db.get(Project, scope["ref"]) if 0 < (scope.get("ref") or 0) < 2 ** 31 else None
    allow(request, caller.admin or project and caller.may_in(db, project, "tag-retention", action), "forbidden")
    return project


def found(request, db, number: int, action: str, absent: Refused | None = None) -> tuple[Document, Project]:
    row = first(db, Document, kind="retention", id=number) if 0 < number < 2 ** 31 else None
    need(row, absent or bad(f"bad request: no such Retention policy with id {number}"))
    return row, reach(request, db, row.body, action)


def check_rules(body: dict) -> None:
    rules = [lean({**rule, "id": 0}) for rule in body.get("rules") or []]
    refuse_if(len(rules) > 15, bad("bad request: only 15 rules are allowed at most"))
    for number, earlier in enumerate(rules.index(rule) for rule in rules):
        refuse_if(earlier < number, Refused(
            "CONFLICT", f"resource conflict: rule {number} is conflict with rule {earlier}"))


def times_of(policy: dict) -> tuple[str, str | None]:
    """The kind of its trigger, and its cron: empty where that is no schedule, None in one that lacks it."""
    trigger = need(policy.get("trigger"), Broken())
    kind, settings = trigger.get("kind") or "", trigger.get("settings") or {}
    text = settings.get("cron") if kind == "Schedule" else ""
    refuse_if(not isinstance(text, str | None), Broken())
    if text:
        cron.check(text, "tag retention")
    return kind, text


@routes.add("POST", "/retentions", needs="login", body="policy RetentionPolicy")
def create_policy(request, db, body):
    check_rules(body)
    project = reach(request, db, body, "create")
    need(project, bad(f"bad request: invalid Project id {body['scope'].get('ref') or 0}"))
    known = project.meta.get("retention_id")
    refuse_if(known, bad(f"bad request: project {project.id} already has retention policy {known}"))
    return created(request, store(db, project, body).id)


def store(db, project: Project, body: dict) -> Document:
    row = Document(kind="retention", project_id=project.id, body=body)
    db.add(row)
    db.flush()
    if text := times_of(body)[1]:
        executions.schedule(db, RETENTION, row.id, text)
    project.meta = project.meta | {"retention_id": str(row.id)}
    return row


def keep_pulled(db, project: Project) -> None:
    """What a new project gets that is a cache of another registry."""
    store(db, project, FACTS["cached"] | {"scope": {"level": "project", "ref": project.id}})


@routes.add("GET", ONE, needs="login")
def read_policy(request, db, id):
    row, dummy = found(request, db, id, "read", Refused("UNKNOWN"))
    body, text = row.body, times_of(row.body)[1]
    trigger = lean({key: body["trigger"].get(key) for key in ("kind", "settings")})
    if text:
        trigger["settings"] = trigger["settings"] | {"next_scheduled_time": exact(cron.following(text, now()))}
    rules = body.get("rules") and [lean({**rule, "params": rule.get("params") or None}) | {
        "tag_selectors": rule.get("tag_selectors")} for rule in body["rules"]]
    return {"id": id, **lean({"algorithm": body.get("algorithm")}), "rules": rules, "scope": body["scope"],
            "trigger": trigger}


@routes.add("PUT", ONE, needs="login", body="policy RetentionPolicy")
def change_policy(request, db, id, body):
    check_rules(body)
    project = reach(request, db, body, "update")
    refuse_if(project is None or project.meta.get("retention_id") != str(id),
              missing(f"resource not found: the retention policy id {id}", " does not match"))
    row = db.get(Document, id)
    (was, old), (kind, text) = times_of(row.body), times_of(body)
    refuse_if(was == kind and kind not in ("Schedule", ""), Refused("UNKNOWN"))
    if (was, old) != (kind, text):
        # Of a schedule that changes it takes both for texts.
        refuse_if(text is None or was == kind and old is None, Broken())
        executions.unschedule(db, RETENTION, id)
        if kind == "Schedule" and (text or was != kind):
            executions.schedule(db, RETENTION, id, text)
    row.body = body


@routes.add("DELETE", ONE, needs="login")
def delete_policy(request, db, id):
    row, project = found(request, db, id, "delete")
    refuse_if(times_of(row.body)[1] is None, Broken())
    executions.forget(db, RETENTION, id)
    db.delete(row)
    project.meta = {key: value for key, value in project.meta.items() if key != "retention_id"}


# --- runs -------------------------------------------------------------------------------------------------------------

def exact(moment) -> str:
    """With all its digits."""
    return f"{moment.isoformat()}Z" if moment else "0001-01-01T00:00:00Z"


def show_run(row: Execution) -> dict:
    return {"id": row.id, "policy_id": row.vendor_id, "start_time": exact(row.creation_time),
            "end_time": exact(row.end_time), "status": row.status, "trigger": row.trigger, **lean(row.attrs)}


def show_task(row: Task) -> dict:
    counts = {key: row.attrs.get(key, 0) for key in ("total", "retained")}
    return {"id": row.id, "execution_id": row.execution_id, "repository": row.attrs["repository"], **counts,
            "job_id": row.job_id, "status": row.status, "status_code": CODES.get(row.status, 0),
            "start_time": exact(row.start_time), "end_time": exact(row.end_time)}


def run_of(request, db, number: int, eid: int, action: str) -> Execution:
    dummy, project = found(request, db, number, action)
    row = executions.found(db, eid)
    refuse_if((row.vendor_type, row.vendor_id) != (RETENTION, number),
              missing(f"project: {project.id}, execution id {eid}"))
    return row


executions.STARTERS[RETENTION] = lambda db, row: begin(db, RETENTION, row.vendor_id, "SCHEDULE", {"dry_run": False})


@routes.add("POST", RUNS, needs="login", body="body RetentionRun")
def start_run(request, db, id, body):
    found(request, db, id, "update")
    row = begin(db, RETENTION, id, "MANUAL", {"dry_run": bool(body.get("dry_run"))})
    return created(request, launched(request, row).id)


@routes.add("GET", RUNS, needs="login", paged="bare")
def list_runs(request, db, id):
    found(request, db, id, "list")
    return listed(request, db, Execution, show_run, Execution.vendor_type == RETENTION, Execution.vendor_id == id,
                  sort="-id")


@routes.add("PATCH", RUN, needs="login", body="body RetentionStop")
def stop_run(request, db, id, eid, body):
    refuse_if(body.get("action") != "stop", bad("bad request: action should be 'stop'"))
    executions.stop(db, run_of(request, db, id, eid, "update"))


@routes.add("GET", f"{RUN}/tasks", needs="login", paged="bare")
def list_tasks(request, db, id, eid):
    row = run_of(request, db, id, eid, "list")
    return listed(request, db, Task, show_task, Task.execution_id == row.id, sort="-id")


@routes.add("GET", f"{RUN}/tasks/{{tid#}}", needs="login", produces="text/plain")
def read_log(request, db, id, eid, tid):
    row = run_of(request, db, id, eid, "read")
    foreign = f"project: {db.get(Document, id).project_id}, execution id {eid}"
    return Response(executions.task_of(db, row, tid, foreign=foreign).log, content_type="text/plain")
