# The jobservice: takes jobs from its own core into the Redis that all nodes share, works on what comes out of it, and
# reports to its own core. So a job meets the secrets of whichever node takes it, and fails where they differ.

import json
import os
import secrets
import sys
import threading
import time
import traceback
from pathlib import Path

import redis
import requests
import yaml
from werkzeug.wrappers import Request, Response

from . import jobs
from .settings import redis_location

QUEUE = "{harbor_job_service_namespace}:jobs"
POOLS = "{harbor_job_service_namespace}:worker_pools"
# Seconds after which a pool that says nothing is gone.
GONE = 60
CONFIG = "/etc/jobservice/config.yml"


def application():
    """Waits for core, as Harbor's does: without its settings there is nothing to do."""
    core, headers = os.environ["CORE_URL"], {"Authorization": f"Harbor-Secret {os.environ['JOBSERVICE_SECRET']}"}
    last = None
    for _each in range(60):
        try:
            requests.get(f"{core}/api/v2.0/internalconfig", headers=headers, timeout=5).raise_for_status()
            break
        except requests.RequestException as error:
            last = error
            time.sleep(2)
    else:
        sys.exit(f"failed to load rest config: {last}")
    pool = yaml.safe_load(Path(CONFIG).read_text())["worker_pool"]
    waiting = redis.Redis(**redis_location(pool["redis_pool"]["redis_url"]), socket_connect_timeout=5)
    own = {"worker_pool_id": secrets.token_hex(12), "pid": os.getpid(), "started_at": time.time(),
           "concurrency": min(int(pool["workers"]), 10)}
    for _each in range(own["concurrency"]):
        threading.Thread(target=worker, args=(waiting, core, own), daemon=True).start()
    return lambda environ, start_response: serve(waiting, Request(environ))(environ, start_response)


def serve(waiting: redis.Redis, request: Request) -> Response:
    try:
        if request.path == "/api/v1/stats":
            found = [json.loads(pool) for pool in waiting.hvals(POOLS)]
            return Response(json.dumps({"worker_pools": [pool for pool in found
                                                         if time.time() - pool["heartbeat_at"] < GONE]}))
        if request.path == "/api/v1/jobs" and request.method == "POST":
            if request.headers.get("Authorization") != f"Harbor-Secret {os.environ['CORE_SECRET']}":
                return Response(status=401)
            waiting.lpush(QUEUE, request.get_data())
            return Response("{}", 202)
    except redis.RedisError as error:
        return Response(str(error), 500)
    return Response(status=404)


def worker(waiting: redis.Redis, core: str, pool: dict) -> None:
    while True:
        try:
            waiting.hset(POOLS, pool["worker_pool_id"], json.dumps(pool | {"heartbeat_at": time.time()}))
            found = waiting.brpop([QUEUE], timeout=5)
            if found:
                job = json.loads(found[1])
                if jobs.work(job, lambda status, log, job=job: report(core, job["task"], status, log),
                             lambda job=job: perform(core, job["task"]),
                             bool(os.environ.get("STANDIN_QUICK"))) == "Paused":
                    time.sleep(jobs.PAUSED)
                    waiting.lpush(QUEUE, found[1])
        except redis.RedisError:
            time.sleep(2)
        except Exception:
            traceback.print_exc()


def report(core: str, task: int, status: str, log: str) -> str:
    """Until core has heard it: it may be starting anew."""
    while True:
        try:
            answer = requests.post(f"{core}/service/notifications/tasks/{task}", json={"status": status, "log": log},
                                   timeout=10)
            if answer.status_code == 200:
                return answer.json()["status"]
        except requests.RequestException:
            pass
        time.sleep(2)


def perform(core: str, task: int) -> str:
    """What only core can do, in core: it may take a while."""
    answer = requests.post(f"{core}/service/notifications/tasks/{task}/run", timeout=3600)
    answer.raise_for_status()
    if answer.json()["status"] != "Success":
        raise jobs.Failed(answer.json()["log"])
    return answer.json()["log"]
