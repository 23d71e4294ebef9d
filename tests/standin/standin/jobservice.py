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
from .settings import Settings, redis_location

QUEUE = "{harbor_job_service_namespace}:jobs"
POOLS = "{harbor_job_service_namespace}:worker_pools"
# Seconds after which a job service that says nothing is gone.
GONE = 15
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
    client = redis.Redis(**redis_location(pool["redis_pool"]["redis_url"]), socket_connect_timeout=5)
    line = Line(client, min(int(pool["workers"]), 10))
    threading.Thread(target=keeper, args=(line,), daemon=True).start()
    for _each in range(line.own["concurrency"]):
        threading.Thread(target=worker, args=(line, core), daemon=True).start()
    return lambda environ, start_response: serve(line, Request(environ))(environ, start_response)


class Line:
    """The jobs of all nodes: those that wait, those that wait for another attempt, and what each job service has in its
    hands. What one had that is gone is put back into the line."""

    def __init__(self, client: redis.Redis, workers: int) -> None:
        self.redis = client
        self.own = {"worker_pool_id": secrets.token_hex(12), "pid": os.getpid(), "started_at": time.time(),
                    "concurrency": workers}
        self.mine, self.later = f"{QUEUE}:taken:{self.own['worker_pool_id']}", f"{QUEUE}:later"

    def pools(self) -> list[dict]:
        found = [json.loads(pool) for pool in self.redis.hvals(POOLS)]
        return [pool for pool in found if time.time() - pool["heartbeat_at"] < GONE]

    def take(self, seconds: float = 5) -> bytes | None:
        return self.redis.blmove(QUEUE, self.mine, seconds, "RIGHT", "LEFT")

    def done(self, taken: bytes, job: dict, pause: float | None) -> None:
        with self.redis.pipeline() as both:
            if pause is not None:
                both.zadd(self.later, {json.dumps(job): time.time() + pause})
            both.lrem(self.mine, 1, taken)
            both.execute()

    def keep(self) -> None:
        self.redis.hset(POOLS, self.own["worker_pool_id"], json.dumps(self.own | {"heartbeat_at": time.time()}))
        for job in self.redis.zrangebyscore(self.later, 0, time.time()):
            # Of several that look at the same moment one gets it.
            if self.redis.zrem(self.later, job):
                self.redis.lpush(QUEUE, job)
        alive = {pool["worker_pool_id"] for pool in self.pools()}
        for key in self.redis.scan_iter(f"{QUEUE}:taken:*"):
            if key.decode().rpartition(":")[2] not in alive:
                while self.redis.lmove(key, QUEUE, "RIGHT", "RIGHT"):
                    pass


def keeper(line: Line) -> None:
    while True:
        try:
            line.keep()
        except redis.RedisError as error:
            print(f"jobs: {error}", flush=True)
        time.sleep(1)


def serve(line: Line, request: Request) -> Response:
    try:
        if request.path == "/api/v1/stats":
            return Response(json.dumps({"worker_pools": line.pools()}))
        if request.path == "/api/v1/jobs" and request.method == "POST":
            if request.headers.get("Authorization") != f"Harbor-Secret {os.environ['CORE_SECRET']}":
                return Response(status=401)
            line.redis.lpush(QUEUE, request.get_data())
            return Response("{}", 202)
    except redis.RedisError as error:
        return Response(str(error), 500)
    return Response(status=404)


def worker(line: Line, core: str) -> None:
    pauses = Settings("", quick=bool(os.environ.get("STANDIN_QUICK"))).pauses
    while True:
        try:
            if taken := line.take():
                job = json.loads(taken)
                pause = jobs.work(job, lambda status, log, job=job: report(core, job["task"], status, log),
                                  lambda job=job: perform(core, job["task"]), pauses)
                line.done(taken, job, pause)
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
