# What the system does for itself, now or at set times: garbage collection, purging the audit log, scanning everything.

import json

from sqlalchemy import select
from werkzeug.wrappers import Response

from . import cron, executions, scanning
from .api import lean, shown, system, times
from .app import routes
from .store import Execution, Schedule, Task, now
from .web import API, Broken, Refused, answer, bad, listed, missing, payload, refuse_if

SCHEDULED = ("Hourly", "Daily", "Weekly", "Custom")
# Path -> what it is to the jobservice, what one must be allowed, and its name in messages.
GC, PURGE, SCAN = "/system/gc", "/system/purgeaudit", "/system/scanAll"
FACTS = {GC: ("GARBAGE_COLLECTION", "garbage-collection", "gc"),
         PURGE: ("PURGE_AUDIT_LOG", "purge-audit", "log rotation purge")}


def text(value) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def integer(parameters: dict, key: str) -> int | None:
    """Anything but a number counts as nothing."""
    value = parameters.get(key)
    refuse_if(isinstance(value, float), bad(f"bad request: {key} should be integer format"))
    return value if isinstance(value, int) and not isinstance(value, bool) else None


# --- what may be asked: (kept for show, kept for the run) ------------------------------------------------------------

def gc_facts(kind: str, sent: dict) -> tuple[dict, dict]:
    workers = integer(sent, "workers") if kind in (*SCHEDULED, "Manual") else None
    if workers is not None and not 1 <= workers <= 10:
        raise bad(f"Error: Invalid number of workers:{workers}. Workers must be greater than 0 and less than or equal "
                  "to 10.")
    kept = {key: sent.get(key) is True for key in ("delete_tag", "delete_untagged")} | {"workers": workers or 0}
    return kept, kept | {"dry_run": sent.get("dry_run") is True, "time_window": 2}


def purge_facts(kind: str, sent: dict) -> tuple[dict, dict]:
    hours, events = integer(sent, "audit_retention_hour") or 0, sent.get("include_event_types")
    return sent, {"audit_retention_hour": hours, "dry_run": sent.get("dry_run") is True,
                  "include_event_types": events if isinstance(events, str) else ""}


def check_purge(body: dict) -> None:
    sent = body.get("parameters") or {}
    refuse_if(body.get("schedule") is None, bad("bad request: schedule cann't be empty"))
    refuse_if(not sent, bad("bad request: schedule parameter cann't be empty"))
    refuse_if("audit_retention_hour" not in sent, bad("bad request: audit_retention_hour should provide"))
    if (integer(sent, "audit_retention_hour") or 0) > 240000:
        raise bad("bad request: audit_retention_hour should be less than 240000")
    refuse_if("include_event_types" not in sent, bad("bad request: include_event_types should provide"))


# --- garbage collection and purging ----------------------------------------------------------------------------------

def begin(db, vendor: str, trigger: str, params: dict) -> Execution:
    return executions.begin(db, vendor, -1, trigger, params, [{}])


def kick(request, db, path: str, body: dict) -> int:
    """The number of the run that begins, 0 for none."""
    vendor, dummy, what = FACTS[path]
    if path == PURGE:
        check_purge(body)
    refuse_if(body.get("schedule") is None, Broken())
    kind, time = body["schedule"].get("type") or "", body["schedule"].get("cron") or ""
    attrs, params = (gc_facts if path == GC else purge_facts)(kind, body.get("parameters") or {})
    if kind == "Manual":
        return executions.launched(request, begin(db, vendor, "MANUAL", params)).id
    if kind in SCHEDULED:
        cron.check(time, what)
    if kind in (*SCHEDULED, "None"):
        executions.unschedule(db, vendor, -1)
    if kind in SCHEDULED:
        executions.schedule(db, vendor, -1, time, cron_type=kind, attrs=attrs, params=params)
    return 0


def times_of(row: Schedule, following) -> dict:
    return lean({"cron": row.cron, "type": row.cron_type}) | {"next_scheduled_time": shown(following)}


def history(row: Execution) -> dict:
    return {"id": row.id, "job_name": row.vendor_type, "job_kind": row.trigger, "job_parameters": text(row.attrs),
            "job_status": row.status, **times(row),
            "schedule": {"type": row.trigger.title(), "next_scheduled_time": shown(None)}}


def chore(path: str, vendor: str, resource: str) -> None:
    one = f"{path}/{{{'gc' if path == GC else 'purge'}_id#}}"
    executions.STARTERS[vendor] = lambda db, row: begin(db, vendor, "SCHEDULE", row.params)

    @routes.add("GET", f"{path}/schedule")
    def read_schedule(request, db):
        system(request, resource, "read")
        row = db.scalar(select(Schedule).where(Schedule.vendor_type == vendor))
        return payload(row and {
            "id": row.id, "job_kind": row.cron, "job_parameters": text(row.attrs), "job_status": "Running",
            **times(row), "schedule": times_of(row, cron.following(row.cron, now()))})

    @routes.add("POST", f"{path}/schedule", body="schedule Schedule")
    def create_schedule(request, db, body):
        system(request, resource, "create")
        return answer(status=201, location=f"{API}{path}/{kick(request, db, path, body)}")

    @routes.add("PUT", f"{path}/schedule", body="schedule Schedule")
    def change_schedule(request, db, body):
        system(request, resource, "update")
        kick(request, db, path, body)

    @routes.add("GET", path, paged=True)
    def list_history(request, db):
        system(request, resource, "list")
        return listed(request, db, Execution, history, Execution.vendor_type == vendor, sort="-creation_time",
                      keys={"start_time": "creation_time"})

    @routes.add("GET", one)
    def read_run(request, db, **values):
        system(request, resource, "read")
        number = next(iter(values.values()))
        row = db.get(Execution, number) if 0 < number < 2 ** 31 else None
        if path == PURGE and (row is None or row.vendor_type != vendor):
            raise Broken if row is None else Refused("UNKNOWN")
        return history(executions.found(db, number, vendor, "garbage collection execution {}"))

    @routes.add("PUT", one)
    def stop_run(request, db, **values):
        system(request, resource, "stop")
        executions.stop(db, executions.found(db, next(iter(values.values()))))

    @routes.add("GET", f"{one}/log", produces="text/plain")
    def read_log(request, db, **values):
        system(request, resource, "read")
        number = next(iter(values.values()))
        task = db.scalar(select(Task).where(Task.execution_id == number, Task.vendor_type == vendor))
        if task is None:
            raise missing(f"garbage collection {number} log is" if path == GC else
                          f"purge job with execution ID: {number} taskLog is")
        return Response(task.log, content_type="text/plain")


for known, (its_vendor, its_resource, _word) in FACTS.items():
    chore(known, its_vendor, its_resource)


# --- scanning everything ---------------------------------------------------------------------------------------------

def scan(request, db, action: str) -> None:
    system(request, "scan-all", action)
    if scanning.default(db) is None:
        raise Refused("PRECONDITION", "no scanner is configured, it's not possible to scan")


def latest(db, *where) -> Execution | None:
    return db.scalar(select(Execution).where(Execution.vendor_type == scanning.ALL, *where)
                     .order_by(Execution.id.desc()).limit(1))


def scan_schedule(db) -> Schedule | None:
    return db.scalar(select(Schedule).where(Schedule.vendor_type == scanning.ALL))


def keep_scan_schedule(db, kind: str, time: str, before: Schedule | None) -> None:
    cron.check(time, "scan all")
    if before is None or (before.cron_type, before.cron) != (kind, time):
        executions.unschedule(db, scanning.ALL, 0)
        executions.schedule(db, scanning.ALL, 0, time, cron_type=kind)


def wanted(body: dict) -> tuple[str, str]:
    refuse_if(body.get("schedule") is None, Broken())
    return body["schedule"].get("type") or "", body["schedule"].get("cron") or ""


@routes.add("GET", f"{SCAN}/schedule")
def read_scan_schedule(request, db):
    scan(request, db, "read")
    row = scan_schedule(db)
    return payload(row and {"id": row.id, "status": "Running", **times(row), "schedule": times_of(row, None)})


@routes.add("POST", f"{SCAN}/schedule", body="schedule Schedule")
def create_scan_schedule(request, db, body):
    scan(request, db, "create")
    kind, time = wanted(body)
    if kind == "Manual":
        row = latest(db, Execution.trigger == "MANUAL")
        if row and row.status == "Running":
            raise Refused("CONFLICT", f"a previous scan all job aleady exits, its status is {row.status}")
        executions.launched(request, scanning.scan_all(db, "MANUAL"))
    elif kind != "None":
        if scan_schedule(db):
            raise Refused("PRECONDITION", "fail to set schedule for scan all as always had one, please delete it "
                                          "firstly then to re-schedule")
        keep_scan_schedule(db, kind, time, None)
    return answer(status=201)


@routes.add("PUT", f"{SCAN}/schedule", body="schedule Schedule")
def change_scan_schedule(request, db, body):
    scan(request, db, "update")
    kind, time = wanted(body)
    refuse_if(kind == "Manual", bad(f"fail to update scan all schedule as wrong schedule type: {kind}"))
    if kind == "None":
        executions.unschedule(db, scanning.ALL, 0)
    else:
        keep_scan_schedule(db, kind, time, scan_schedule(db))


@routes.add("POST", f"{SCAN}/stop")
def stop_scan(request, db):
    scan(request, db, "stop")
    row = latest(db)
    refuse_if(row is None, bad("no scan all job is found currently"))
    executions.stop(db, row)
    return answer(status=202)


def scan_metrics(path: str, *where) -> None:
    @routes.add("GET", path)
    def read_metrics(request, db):
        scan(request, db, "read")
        row = latest(db, *where)
        if row is None:
            return {"total": 0, "completed": 0, "ongoing": False}
        counts = dict.fromkeys(("Pending", "Running", "Success", "Error", "Stopped"), 0) | executions.metrics(db, row)
        total, ended = sum(counts.values()), sum(counts[status] for status in executions.FINAL)
        return {"total": total, "completed": ended, "metrics": counts, "trigger": row.trigger.title(),
                "ongoing": row.status == "Running" or total != ended}


scan_metrics("/scans/all/metrics")
scan_metrics("/scans/schedule/metrics", Execution.trigger == "SCHEDULE")
