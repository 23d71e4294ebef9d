# What the system does for itself, now or at set times: garbage collection, purging the audit log, scanning everything.
# And the jobservice as an administrator sees it: pools of workers, queues that can be paused, jobs, what is scheduled.

import json
import time

import requests
from sqlalchemy import delete, func, select
from werkzeug.wrappers import Response

from . import cron, executions, jobs, scanning
from .app import routes
from .executions import PAUSED
from .facts import JOBS
from .store import Document, Execution, Schedule, Task, chosen, first, now
from .web import API, Broken, Refused, answer, bad, lean, listed, missing, need, payload, refuse_if, shown, times

SCHEDULED = ("Hourly", "Daily", "Weekly", "Custom")
SCAN = "/system/scanAll/schedule"
# Of one process, which is its own jobservice.
OWN = jobs.pool(10)
LIST, STOP = "jobservice-monitor:list", "jobservice-monitor:stop"


def wanted(body: dict) -> tuple[str, str]:
    """Which kind of schedule, and its times."""
    refuse_if(body.get("schedule") is None, Broken())
    return body["schedule"].get("type") or "", body["schedule"].get("cron") or ""


def is_a(value, kind: type) -> bool:
    return isinstance(value, kind) and isinstance(value, bool) == (kind is bool)


def typed(sent: dict, **kinds: type) -> dict:
    """What is of another kind counts as nothing, save a number that is not whole."""
    for key, kind in kinds.items():
        refuse_if(kind is int and isinstance(sent.get(key), float), bad(f"bad request: {key} should be integer format"))
    return {key: sent[key] if is_a(sent.get(key), kind) else kind() for key, kind in kinds.items()}


def shown_schedule(row: Schedule, following=None) -> dict:
    return {"id": row.id, **times(row), "schedule": lean({"cron": row.cron, "type": row.cron_type}) | {
        "next_scheduled_time": shown(following)}}


# --- garbage collection and purging -----------------------------------------------------------------------------------

def gc_facts(body: dict) -> tuple[dict, dict]:
    """What is kept for show, and what for the run."""
    sent = body.get("parameters") or {}
    kept = typed(sent, delete_tag=bool, delete_untagged=bool)
    if wanted(body)[0] in (*SCHEDULED, "Manual"):
        kept |= typed(sent, workers=int)
        if is_a(sent.get("workers"), int) and not 1 <= kept["workers"] <= 10:
            raise bad(JOBS["workers"].format(kept["workers"]))
    return kept, kept | typed(sent, dry_run=bool) | {"time_window": 2}


def purge_facts(body: dict) -> tuple[dict, dict]:
    """The same."""
    sent = body.get("parameters") or {}
    refuse_if(body.get("schedule") is None, bad("bad request: schedule cann't be empty"))
    refuse_if(not sent, bad("bad request: schedule parameter cann't be empty"))
    refuse_if("audit_retention_hour" not in sent, bad("bad request: audit_retention_hour should provide"))
    kept = typed(sent, audit_retention_hour=int, dry_run=bool, include_event_types=str)
    refuse_if(kept["audit_retention_hour"] > 240000, bad(JOBS["hours"]))
    refuse_if("include_event_types" not in sent, bad("bad request: include_event_types should provide"))
    return sent, kept


def chore(path: str, key: str, vendor: str, resource: str, facts, what: str, no_log: str) -> None:
    """`key` is the number of a run, `what` the name in messages."""
    one, times_of = f"{path}/{{{key}#}}", f"{path}/schedule"
    executions.STARTERS[vendor] = lambda db, row: begin(db, "SCHEDULE", row.params)

    def begin(db, trigger: str, params: dict) -> Execution:
        return executions.begin(db, vendor, -1, trigger, params, [{}])

    def parameters(row) -> dict:
        return {"job_parameters": json.dumps(row.attrs, separators=(",", ":"), sort_keys=True)}

    def history(row: Execution) -> dict:
        return {"id": row.id, "job_name": vendor, "job_kind": row.trigger, "job_status": row.status, **times(row),
                **parameters(row), "schedule": {"type": row.trigger.title(), "next_scheduled_time": shown(None)}}

    @routes.add("GET", times_of, needs=f"{resource}:read")
    def read_schedule(request, db):
        row = first(db, Schedule, vendor_type=vendor)
        return payload(row and {**shown_schedule(row, cron.following(row.cron, now())), **parameters(row),
                                "job_kind": row.cron, "job_status": "Running"})

    @routes.add("PUT", times_of, needs=f"{resource}:update", body="schedule Schedule")
    @routes.add("POST", times_of, needs=f"{resource}:create", body="schedule Schedule")
    def change_schedule(request, db, body):
        """The answer names the run that begins, 0 for none."""
        attrs, params = facts(body)
        (kind, text), number = wanted(body), 0
        if kind == "Manual":
            number = executions.launched(request, begin(db, "MANUAL", params)).id
        elif kind in SCHEDULED:
            cron.check(text, what)
            executions.schedule(db, vendor, -1, text, cron_type=kind, attrs=attrs, params=params)
        elif kind == "None":
            executions.unschedule(db, vendor, -1)
        return answer(status=201, location=f"{API}{path}/{number}") if request.method == "POST" else None

    @routes.add("GET", path, needs=f"{resource}:list", paged=True)
    def list_history(request, db):
        return listed(request, db, Execution, history, Execution.vendor_type == vendor, sort="-creation_time",
                      keys={"start_time": "creation_time"})

    @routes.add("GET", one, needs=f"{resource}:read")
    def read_run(request, db, **values):
        if key == "purge_id":
            # Here it does not look whether there is one.
            row = need(first(db, Execution, id=values[key]), Broken())
            refuse_if(row.vendor_type != vendor, Refused("UNKNOWN"))
        return history(executions.found(db, values[key], vendor, "garbage collection execution {}"))

    @routes.add("PUT", one, needs=f"{resource}:stop")
    def stop_run(request, db, **values):
        executions.stop(db, executions.found(db, values[key]))

    @routes.add("GET", f"{one}/log", needs=f"{resource}:read", produces="text/plain")
    def read_log(request, db, **values):
        task = first(db, Task, execution_id=values[key], vendor_type=vendor)
        return Response(need(task, missing(no_log.format(values[key]))).log, content_type="text/plain")


chore("/system/gc", "gc_id", "GARBAGE_COLLECTION", "garbage-collection", gc_facts, "gc", "garbage collection {} log is")
chore("/system/purgeaudit", "purge_id", "PURGE_AUDIT_LOG", "purge-audit", purge_facts, "log rotation purge",
      "purge job with execution ID: {} taskLog is")


# --- scanning everything ----------------------------------------------------------------------------------------------

def latest(db, **same) -> Execution | None:
    """The last run. Nobody asks without a scanner."""
    need(scanning.default(db), Refused("PRECONDITION", "no scanner is configured, it's not possible to scan"))
    return db.scalar(chosen(Execution, vendor_type=scanning.ALL, **same).order_by(Execution.id.desc()).limit(1))


@routes.add("GET", SCAN, needs="scan-all:read")
def read_scan_schedule(request, db):
    latest(db)
    row = first(db, Schedule, vendor_type=scanning.ALL)
    return payload(row and {**shown_schedule(row), "status": "Running"})


@routes.add("PUT", SCAN, needs="scan-all:update", body="schedule Schedule")
@routes.add("POST", SCAN, needs="scan-all:create", body="schedule Schedule")
def change_scan_schedule(request, db, body):
    last, new = latest(db, trigger="MANUAL"), request.method == "POST"
    (kind, text), before = wanted(body), first(db, Schedule, vendor_type=scanning.ALL)
    if kind == "Manual":
        refuse_if(not new, bad(f"fail to update scan all schedule as wrong schedule type: {kind}"))
        refuse_if(last and last.status == "Running", Refused("CONFLICT", JOBS["running"]))
        executions.launched(request, scanning.scan_all(db, "MANUAL"))
    elif kind != "None":
        refuse_if(new and before, Refused("PRECONDITION", JOBS["scheduled"]))
        cron.check(text, "scan all")
        if before is None or (before.cron_type, before.cron) != (kind, text):
            executions.schedule(db, scanning.ALL, 0, text, cron_type=kind)
    elif not new:
        executions.unschedule(db, scanning.ALL, 0)
    return answer(status=201) if new else None


@routes.add("POST", "/system/scanAll/stop", needs="scan-all:stop")
def stop_scan(request, db):
    executions.stop(db, need(latest(db), bad("no scan all job is found currently")))
    return answer(status=202)


@routes.add("GET", "/scans/all/metrics", needs="scan-all:read")
@routes.add("GET", "/scans/schedule/metrics", needs="scan-all:read")
def read_metrics(request, db):
    row = latest(db, **{"trigger": "SCHEDULE"} if "schedule" in request.route_path else {})
    if row is None:
        return {"total": 0, "completed": 0, "ongoing": False}
    counts = dict.fromkeys(("Pending", "Running", *executions.FINAL), 0) | executions.metrics(db, row)
    total, ended = sum(counts.values()), sum(counts[status] for status in executions.FINAL)
    return {"total": total, "completed": ended, "metrics": counts, "trigger": row.trigger.title(),
            "ongoing": row.status == "Running" or total != ended}


# --- the jobservice ---------------------------------------------------------------------------------------------------

def pools(app) -> list[dict]:
    if app.settings.embedded:
        return [OWN | {"heartbeat_at": time.time()}]
    return requests.get(app.settings.health["jobservice"], timeout=5).json()["worker_pools"]


def second(stamp: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(stamp))


@routes.add("GET", "/jobservice/pools", needs=LIST)
def list_pools(request, db):
    return [{"pid": pool["pid"], "worker_pool_id": pool["worker_pool_id"], "concurrency": pool["concurrency"],
             "start_at": second(pool["started_at"]), "heartbeat_at": second(pool["heartbeat_at"])}
            for pool in pools(request.app)]


@routes.add("GET", "/jobservice/pools/{pool_id}/workers", needs=LIST)
def list_workers(request, db, pool_id):
    workers = [{"id": f"{pool['worker_pool_id'][:20]}{number:04x}", "pool_id": pool["worker_pool_id"]}
               for pool in pools(request.app) for number in range(pool["concurrency"])]
    for worker, task in zip(workers, db.scalars(chosen(Task, status="Running").order_by(Task.id))):
        worker |= {"job_name": task.vendor_type, "job_id": task.job_id, "start_at": shown(task.start_time)}
    return [worker for worker in workers if pool_id in ("all", worker["pool_id"])]


@routes.add("GET", "/jobservice/queues", needs=LIST)
def list_queues(request, db):
    waiting = select(Task.vendor_type, func.count(), func.min(Task.creation_time)).where(Task.status == "Pending")
    found = {vendor: {"count": count, "latency": int((now() - oldest).total_seconds())}
             for vendor, count, oldest in db.execute(waiting.group_by(Task.vendor_type))}
    paused = db.scalars(PAUSED).all()
    return [{"job_type": name, **lean(found.get(name, {})), "paused": name in paused} for name in JOBS["queues"]]


@routes.add("PUT", "/jobservice/queues/{job_type}", needs=STOP, body="actionRequest ActionRequest")
def change_queue(request, db, job_type, body):
    action, names = body.get("action"), JOBS["queues"] if job_type.lower() == "all" else (job_type.upper(),)
    refuse_if(not action, bad("bad request: the action is not supported"))
    if action == "stop":
        executions.stop_tasks(db, Task.vendor_type.in_(names), Task.status == "Pending", ended=False)
    else:
        db.execute(delete(Document).where(Document.kind == "paused queue", Document.name.in_(names)))
        db.add_all(Document(kind="paused queue", name=name) for name in names if action == "pause")


@routes.add("PUT", "/jobservice/jobs/{job_id}", needs=STOP)
def stop_job(request, db, job_id):
    executions.stop_tasks(db, Task.status == "Running" if job_id == "all" else Task.job_id == job_id)


@routes.add("GET", "/jobservice/jobs/{job_id}/log", needs=LIST, produces="text/plain")
def read_job_log(request, db, job_id):
    return Response(need(first(db, Task, job_id=job_id), Refused("UNKNOWN")).log, content_type="text/plain")


@routes.add("GET", "/schedules", needs=LIST, paged="plain")
def list_schedules(request, db):
    return listed(request, db, Schedule, lambda row: {
        "id": row.id, "vendor_type": row.vendor_type, **lean({"vendor_id": row.vendor_id}), "cron": row.cron,
        "update_time": shown(row.update_time)})


@routes.add("GET", "/schedules/{job_type}/paused", needs="login")
def scheduler_paused(request, db, job_type):
    refuse_if(job_type.lower() != "all", bad("job_type can only be 'all'"))
    return {"paused": "SCHEDULER" in db.scalars(PAUSED).all()}
