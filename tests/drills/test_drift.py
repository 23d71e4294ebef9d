"""Drift made by hand: check mode names exactly it and writes nothing, the next run repairs exactly it (done 2)."""

import drill
import lab
import pytest


def edit(path, was, now):
    return f"grep -q '{was}' {path} && sed -i 's/{was}/{now}/' {path}"


def cases():
    last = lab.members("harbor_server")[-1]
    client = lab.way_in()["client"]
    where = lab.deployment(last)
    return {
        # name: (node, how it is made, how it is seen again, words that the difference must show)
        "daemon.json": (
            client,
            edit("/etc/docker/daemon.json", '"20m"', '"10m"'),
            "grep -c 20m /etc/docker/daemon.json",
            ["10m", "20m"],
        ),
        "sysctl": (
            client,
            "sysctl -qw net.ipv4.tcp_keepalive_time=7200",
            "sysctl -n net.ipv4.tcp_keepalive_time",
            ["tcp_keepalive_time"],
        ),
        "harbor.yml": (
            last,
            edit(f"{where}/harbor.yml", "level: info", "level: debug"),
            f"grep -c 'level: info' {where}/harbor.yml",
            ["level: debug"],
        ),
        "pinned secret": (
            last,
            edit(f"{where}/common/config/core/env", "^CSRF_KEY=.*", "CSRF_KEY=0123456789abcdef0123456789abcdef"),
            f"sha256sum {where}/common/config/core/env",
            ["CSRF_KEY"],
        ),
    }


@pytest.fixture(scope="module")
def drifted():
    """All drift at once, what check mode says of it, and what a real run did."""
    sound = {name: drill.inside(node, seen) for name, (node, _, seen, _) in cases().items()}
    project = drill.api("GET", "/api/v2.0/projects/team")
    for node, make, _, _ in cases().values():
        drill.inside(node, make)
    drill.api("PUT", "/api/v2.0/projects/team", {"metadata": {"public": "true"}})
    writes, starts = drill.writes(), drill.starts()
    check = drill.Run("--check", "--diff")
    still = {name: drill.inside(node, f"{seen} || true") for name, (node, _, seen, _) in cases().items()}
    untouched = drill.writes() == writes and drill.starts() == starts
    repair = drill.Run("--diff")
    repaired = {name: drill.inside(node, seen) for name, (node, _, seen, _) in cases().items()}
    after = drill.api("GET", "/api/v2.0/projects/team")
    return {
        "sound": sound,
        "check": check,
        "still": still,
        "untouched": untouched,
        "repair": repair,
        "repaired": repaired,
        "project": (project, after),
    }


def test_check_mode_names_each_drift(drifted):
    check = drifted["check"]
    assert check.code == 0, check.text[-3000:]
    drill.say("check mode named: " + "; ".join(f"{change.host}: {change.task}" for change in check.changes()))
    for name, (node, _, _, words) in cases().items():
        named = [
            change for change in check.changes() if change.host == node and all(word in change.diff for word in words)
        ]
        assert len(named) == 1, f"{name}: {named}"
    assert [change for change in check.changes() if "public" in change.diff]


def test_check_mode_names_nothing_else(drifted):
    hosts = {node for node, _, _, _ in cases().values()} | {lab.members("harbor_server")[0]}
    assert {change.host for change in drifted["check"].changes()} <= hosts
    assert not [change for change in drifted["check"].changes() if change.host == hosts and "public" not in change.diff]


def test_check_mode_touches_nothing(drifted):
    assert drifted["untouched"]
    assert all(drifted["still"][name] != drifted["sound"][name] for name in drifted["still"])


def test_next_run_repairs_it(drifted):
    repair = drifted["repair"]
    assert repair.code == 0, repair.text[-3000:]
    drill.say("repaired: " + "; ".join(f"{change.host}: {change.task}" for change in repair.changes()))
    assert drifted["repaired"] == drifted["sound"]
    before, after = drifted["project"]
    assert after["metadata"] == before["metadata"]
    named = {(change.host, change.task) for change in drifted["check"].changes()}
    assert named <= {(change.host, change.task) for change in repair.changes()}


def test_nothing_is_left(drifted):
    assert drifted["repair"].code == 0
    assert drill.Run("--check").changes() == []
