# The jobservice as an administrator sees it: pools of workers, queues that can be paused, jobs, and what is scheduled.

import datetime
import os
import secrets
import time

import requests
from sqlalchemy import delete, func, select
from werkzeug.wrappers import Response

from . import executions
from .api import lean, shown, system
from .app import routes
from .executions import PAUSED
from .store import Document, Schedule, Task, now
from .web import Refused, bad, listed, refuse_if

TYPES = ("AUDIT_LOGS_GDPR_COMPLIANT", "EXECUTION_SWEEP", "GARBAGE_COLLECTION", "IMAGE_SCAN", "P2P_PREHEAT",
         "PURGE_AUDIT_LOG", "REPLICATION", "RETENTION", "SCAN_DATA_EXPORT", "SCHEDULER", "SLACK",
         "SYSTEM_ARTIFACT_CLEANUP", "WEBHOOK")
# Of one process, which is its own jobservice.
OWN = {"worker_pool_id": secrets.token_hex(12), "pid": os.getpid(), "started_at": time.time(), "concurrency": 10}


def monitor(request, action: str = "list") -> None:
    system(request, "jobservice-monitor", action)


def pools(app) -> list[dict]:
    if app.settings.embedded:
        return [OWN | {"heartbeat_at": time.time()}]
    return requests.get(app.settings.health["jobservice"], timeout=5).json()["worker_pools"]


def second(stamp: float) -> str:
    return shown(datetime.datetime.fromtimestamp(int(stamp), datetime.timezone.utc).replace(tzinfo=None))


@routes.add("GET", "/jobservice/pools")
def list_pools(request, db):
    monitor(request)
    return [{"pid": pool["pid"], "worker_pool_id": pool["worker_pool_id"], "concurrency": pool["concurrency"],
             "start_at": second(pool["started_at"]), "heartbeat_at": second(pool["heartbeat_at"])}
            for pool in pools(request.app)]


@routes.add("GET", "/jobservice/pools/{pool_id}/workers")
def list_workers(request, db, pool_id):
    monitor(request)
    running = list(db.scalars(select(Task).where(Task.status == "Running").order_by(Task.id)))
    workers = [{"id": f"{pool['worker_pool_id'][:20]}{number:04x}", "pool_id": pool["worker_pool_id"]}
               for pool in pools(request.app) for number in range(pool["concurrency"])]
    for worker, task in zip(workers, running):
        worker |= {"job_name": task.vendor_type, "job_id": task.job_id, "start_at": shown(task.start_time)}
    return [worker for worker in workers if pool_id in ("all", worker["pool_id"])]


@routes.add("GET", "/jobservice/queues")
def list_queues(request, db):
    monitor(request)
    waiting = select(Task.vendor_type, func.count(), func.min(Task.creation_time)).where(Task.status == "Pending")
    found = {vendor: {"count": count, "latency": int((now() - oldest).total_seconds())}
             for vendor, count, oldest in db.execute(waiting.group_by(Task.vendor_type))}
    paused = set(db.scalars(PAUSED))
    return [{"job_type": name, **lean(found.get(name, {})), "paused": name in paused} for name in TYPES]


@routes.add("PUT", "/jobservice/queues/{job_type}", body="actionRequest ActionRequest")
def change_queue(request, db, job_type, body):
    monitor(request, "stop")
    action, names = body.get("action") or "", TYPES if job_type.lower() == "all" else (job_type.upper(),)
    refuse_if(not action, bad("bad request: the action is not supported"))
    if action == "stop":
        waiting = select(Task).where(Task.vendor_type.in_(names), Task.status == "Pending")
        executions.stop_tasks(db, list(db.scalars(waiting)), ended=False)
    else:
        db.execute(delete(Document).where(Document.kind == "paused queue", Document.name.in_(names)))
        db.add_all(Document(kind="paused queue", name=name) for name in names if action == "pause")


def of_job(db, job_id: str) -> list[Task]:
    status = (Task.status == "Running") if job_id == "all" else (Task.job_id == job_id)
    return list(db.scalars(select(Task).where(status, Task.status.not_in(executions.FINAL))))


@routes.add("PUT", "/jobservice/jobs/{job_id}")
def stop_job(request, db, job_id):
    monitor(request, "stop")
    executions.stop_tasks(db, of_job(db, job_id))


@routes.add("GET", "/jobservice/jobs/{job_id}/log", produces="text/plain")
def read_job_log(request, db, job_id):
    monitor(request)
    found = db.scalar(select(Task).where(Task.job_id == job_id))
    refuse_if(found is None, Refused("UNKNOWN"))
    return Response(found.log, content_type="text/plain")


@routes.add("GET", "/schedules", paged="plain")
def list_schedules(request, db):
    monitor(request)
    return listed(request, db, Schedule, lambda row: {
        "id": row.id, "vendor_type": row.vendor_type, **lean({"vendor_id": row.vendor_id}), "cron": row.cron,
        "update_time": shown(row.update_time)})


@routes.add("GET", "/schedules/{job_type}/paused", needs="login")
def scheduler_paused(request, db, job_type):
    refuse_if(job_type.lower() != "all", bad("job_type can only be 'all'"))
    return {"paused": "SCHEDULER" in db.scalars(PAUSED).all()}
