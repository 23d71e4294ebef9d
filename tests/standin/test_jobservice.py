# The line of jobs that all nodes share, in a real Redis: nothing gets lost with a jobservice that is killed.

import json
import shutil
import socket
import subprocess
import time

import pytest
import redis
from standin.jobservice import GONE, POOLS, QUEUE, Line

pytestmark = pytest.mark.skipif(not shutil.which("redis-server"), reason="there is no redis-server")
JOB = {"task": 7, "operation": "copy"}


@pytest.fixture
def client(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(["redis-server", "--port", str(port), "--save", "", "--dir", tmp_path],
                               stdout=subprocess.DEVNULL)
    found, deadline = redis.Redis(port=port), time.monotonic() + 10
    while True:
        try:
            found.ping()
            break
        except redis.ConnectionError:
            assert time.monotonic() < deadline
    yield found
    process.kill()
    process.wait(10)


def put(client) -> None:
    client.lpush(QUEUE, json.dumps(JOB))


def silent(client, line: Line) -> None:
    """As if it had said nothing for so long."""
    client.hset(POOLS, line.own["worker_pool_id"], json.dumps(line.own | {"heartbeat_at": time.time() - GONE}))


def test_what_a_dead_jobservice_had_is_done_by_another(client):
    here, there = Line(client, 2), Line(client, 2)
    here.keep()
    there.keep()
    put(client)
    taken = here.take(0.1)
    there.keep()
    assert there.take(0.1) is None
    silent(client, here)
    there.keep()
    assert [pool["worker_pool_id"] for pool in there.pools()] == [there.own["worker_pool_id"]]
    assert there.take(0.1) == taken


def test_another_attempt_is_not_made_before_its_time(client):
    line = Line(client, 2)
    put(client)
    line.done(line.take(0.1), JOB, 60)
    line.keep()
    assert line.take(0.1) is None
    put(client)
    line.done(line.take(0.1), {**JOB, "attempt": 1}, 0)
    line.keep()
    assert json.loads(line.take(0.1)) == {**JOB, "attempt": 1}


def test_what_is_done_is_gone(client):
    line = Line(client, 2)
    put(client)
    line.done(line.take(0.1), JOB, None)
    silent(client, line)
    Line(client, 2).keep()
    assert line.take(0.1) is None
