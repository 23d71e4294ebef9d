"""Each node is rebooted in turn, cleanly and by a kill: all of Harbor comes back without a hand (done 5)."""

import time

import drill
import lab
import pytest


def reboot(name, how):
    if how == "clean":
        drill.engine("restart", name)
    else:
        drill.engine("kill", name)
        drill.engine("start", name)


def running(name):
    return set(drill.inside(name, "docker ps --format '{{.Names}}'").split())


def up(name):
    return lab.connect(name).run("systemctl is-system-running").stdout.strip() == "running"


@pytest.mark.parametrize("how", ["clean", "kill"])
@pytest.mark.parametrize("name", lab.members("harbor"))
def test_all_is_back(name, how):
    before = {node: running(node) for node in lab.members("harbor_server")}
    begin = time.monotonic()
    reboot(name, how)
    drill.eventually(lambda: up(name), 180, f"{name} has booted, and no unit failed")
    for node, containers in before.items():
        drill.eventually(
            lambda: running(node) == containers and drill.health(node) == "healthy", 180, f"all of {node} is back"
        )
    drill.eventually(drill.push, 60, "an image goes in and comes back")
    drill.say(
        f"{name} rebooted ({how}): all of Harbor back, push and pull done, after {time.monotonic() - begin:.0f} s"
    )


@pytest.mark.parametrize("name", lab.members("harbor_server"))
def test_log_container_comes_last(name):
    """The others cannot start without it and Docker never tries them again; the unit does."""
    before = running(name)
    drill.inside(name, "docker update --restart=no harbor-log")
    try:
        reboot(name, "kill")
        took = drill.eventually(
            lambda: running(name) == before and drill.health(name) == "healthy", 180, f"all of {name} is back"
        )
    finally:
        drill.inside(name, "docker update --restart=always harbor-log")
    drill.say(f"{name} rebooted with its log container last: back after {took:.0f} s")
