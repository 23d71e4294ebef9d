"""A Harbor node dies while clients ask, push and pull through the site's address (done 6)."""

import subprocess
import time

import drill
import lab
import pytest
from load import Load

pytestmark = pytest.mark.ha


def in_flight(client, command):
    return subprocess.Popen(
        ["docker", "exec", client, "sh", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


@pytest.mark.parametrize("victim", lab.members("harbor_server"))
def test_nobody_notices_a_dead_node(victim, image):
    name, digest = image
    client, balancer = lab.way_in()["client"], drill.holders()[0]
    big = f"{lab.registry()}/library/drill:big-{victim}"
    drill.inside(
        client, f"head -c 150000000 /dev/urandom >/tmp/big && tar -cC /tmp big | docker import - {big}; rm /tmp/big"
    )
    pulls = f"for n in $(seq 20); do docker rmi -f {name}@{digest} >/dev/null; docker pull -q {name}@{digest} || echo FAILED; done"
    with Load() as load:
        push, pull = in_flight(client, f"docker push {big}"), in_flight(client, pulls)
        # In flight: the registry has begun to receive.
        drill.eventually(
            lambda: lab.connect(client).run(f"pgrep -f 'docker push {big}'").rc == 0, 20, "the push has begun"
        )
        begin = time.monotonic()
        drill.engine("kill", victim)
        try:
            drill.eventually(lambda: drill.rotation(balancer)[victim] != "UP", 30, f"{victim} is out of rotation")
            out_after = time.monotonic() - begin
            pushed, pulled = push.communicate(timeout=120)[0], pull.communicate(timeout=120)[0]
        finally:
            drill.engine("start", victim)
        back_after = drill.eventually(
            lambda: drill.rotation(balancer)[victim] == "UP", 120, f"{victim} is back in rotation"
        )
    drill.say(
        f"{victim} killed: {load.summary()}; out of rotation after {out_after:.1f} s, "
        f"back {back_after:.1f} s after its start; "
        f"push ended with {push.returncode}, {pulled.count('FAILED')} of 20 pulls failed"
    )
    assert load.failed() == []
    assert load.slowest() < 3
    assert out_after < 8
    assert push.returncode == 0, pushed
    assert "FAILED" not in pulled


def test_a_read_in_flight_is_asked_again():
    """Core stands still so that requests hang on their node at the moment in which it dies: by luck alone few would."""
    victim, balancer = lab.members("harbor_server")[1], drill.holders()[0]
    with Load() as load:
        drill.inside(victim, "docker kill -s STOP harbor-core")
        try:
            drill.eventually(lambda: drill.reads_in_flight(balancer, victim) > 1, 5, f"reads hang on {victim}")
        finally:
            drill.engine("kill", victim)
        try:
            drill.eventually(lambda: drill.rotation(balancer)[victim] != "UP", 30, f"{victim} is out of rotation")
        finally:
            drill.engine("start", victim)
        drill.eventually(lambda: drill.rotation(balancer)[victim] == "UP", 120, f"{victim} is back in rotation")
    drill.say(f"{victim} killed while reads hung on it: {load.summary()}")
    assert load.failed() == []
