# The jobservice: takes jobs from its own core into the Redis that all nodes share, and what comes out of it back to its
# own core, which does the work. So a job meets the secrets of whichever node takes it, and fails where they differ.

import functools
import json
import time
from pathlib import Path

import redis
import requests
import yaml
from requests.adapters import HTTPAdapter
from urllib3.util import Retry
from werkzeug.wrappers import Request, Response

from . import jobs, settings

QUEUE = "{harbor_job_service_namespace}:jobs"
POOLS = "{harbor_job_service_namespace}:worker_pools"
# Seconds after which a job service that says nothing is gone.
GONE = 15
CONFIG = "/etc/jobservice/config.yml"
# While core does not answer well: for two minutes.
PATIENCE = Retry(60, status_forcelist=range(400, 600), backoff_factor=1, backoff_max=2)


def application():
    """Waits for core, as Harbor's does: without its settings there is nothing to do."""
    own, core = settings.from_environment(), requests.Session()
    core.mount(own.core, HTTPAdapter(max_retries=PATIENCE))
    core.get(f"{own.core}/api/v2.0/internalconfig", timeout=5,
             headers={"Authorization": f"Harbor-Secret {own.jobservice_secret}"})
    pool = yaml.safe_load(Path(CONFIG).read_text())["worker_pool"]
    client = settings.redis_client(pool["redis_pool"]["redis_url"], socket_connect_timeout=5)
    line = Line(client, min(int(pool["workers"]), 10))
    jobs.background(jobs.again_and_again, line.keep, 1)
    for _each in range(line.own["concurrency"]):
        jobs.background(jobs.again_and_again, functools.partial(work, line, own.core + jobs.DOOR), 0)
    return Request.application(functools.partial(serve, line, own.core_secret))


def work(line: "Line", door: str) -> None:
    """It may take a while. Where core is starting anew the job comes again."""
    if taken := line.take():
        job, pause = json.loads(taken), 2
        try:
            answer = requests.post(door, json=job, timeout=3600)
            answer.raise_for_status()
            pause = answer.json()["pause"]
        finally:
            line.done(taken, job, pause)


class Line:
    """The jobs of all nodes: those that wait, those that wait for another attempt, and what each job service has in its
    hands. What one had that is gone is put back into the line."""

    def __init__(self, client: redis.Redis, workers: int) -> None:
        self.redis, self.own = client, jobs.pool(workers)
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


def serve(line: Line, secret: str, request: Request) -> Response:
    """Without Redis it breaks, and then it is not healthy."""
    if request.path == "/api/v1/stats":
        return Response(json.dumps({"worker_pools": line.pools()}))
    if request.headers.get("Authorization") != f"Harbor-Secret {secret}":
        return Response(status=401)
    line.redis.lpush(QUEUE, request.get_data())
    return Response(status=202)
