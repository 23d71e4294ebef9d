"""Drift made by hand: check mode names exactly it and writes nothing, the next run repairs exactly it (done 2)."""

import collections

import drill
import lab
import pytest

# Where, how it is made, how it is seen, and words that its difference must show.
Case = collections.namedtuple("Case", "node make see words")
PROJECT = "/api/v2.0/projects/team"


def edited(node, path, was, now, words):
    return Case(node, f"grep -q '{was}' {path} && sed -i 's/{was}/{now}/' {path}", f"sha256sum {path}", words)


def cases():
    last = lab.members("harbor_server")[-1]
    client = lab.way_in()["client"]
    where = lab.deployment(last)
    return {
        "daemon.json": edited(client, "/etc/docker/daemon.json", '"20m"', '"10m"', ["10m", "20m"]),
        "sysctl": Case(
            client,
            "sysctl -qw net.ipv4.tcp_keepalive_time=7200",
            "sysctl -n net.ipv4.tcp_keepalive_time",
            ["tcp_keepalive_time"],
        ),
        "harbor.yml": edited(last, f"{where}/harbor.yml", "level: info", "level: debug", ["level: debug"]),
        "pinned secret": edited(
            last, f"{where}/common/config/core/env", "^CSRF_KEY=.*", "CSRF_KEY=" + 16 * "ab", ["CSRF_KEY"]
        ),
    }


def look():
    found = {name: drill.inside(case.node, case.see) for name, case in cases().items()}
    return found | {"project": drill.api("GET", PROJECT)["metadata"]}


def explained(change):
    """Does this change answer one of the drifts, or the project's? What names nothing is a restart that follows from one."""
    for case in cases().values():
        if change.host == case.node and all(word in change.diff for word in case.words):
            return True
    return "public" in change.diff


def consequences(run):
    return {change.host for change in run.changes() if change.diff == "[]"}


@pytest.fixture(scope="module")
def story():
    """Look, make all drift at once, look, let check mode say what it sees, look again, repair, look."""
    told = {"sound": look()}
    for case in cases().values():
        drill.inside(case.node, case.make)
    drill.api("PUT", PROJECT, {"metadata": {"public": "true"}})
    told["drifted"], writes, starts = look(), drill.writes(), drill.starts()
    told["check"] = drill.Run("--check", "--diff")
    told["after check"] = look()
    told["untouched"] = drill.writes() == writes and drill.starts() == starts
    told["repair"] = drill.Run("--diff")
    told["repaired"] = look()
    return told


def test_check_mode_names_exactly_the_drift(story):
    check = story["check"]
    drill.say("check mode named: " + "; ".join(f"{change.host}: {change.task}" for change in check.changes()))
    assert check.code == 0, check.text[-3000:]
    for name, case in cases().items():
        named = [
            change
            for change in check.changes()
            if change.host == case.node and all(word in change.diff for word in case.words)
        ]
        assert len(named) == 1, f"{name}: {check.changes()}"
    assert [change for change in check.changes() if not explained(change) and change.diff != "[]"] == []
    assert consequences(check) <= {case.node for case in cases().values()}


def test_check_mode_touches_nothing(story):
    assert all(story["drifted"][name] != story["sound"][name] for name in story["sound"])
    assert story["after check"] == story["drifted"]
    assert story["untouched"]


def test_next_run_repairs_exactly_it(story):
    repair = story["repair"]
    drill.say("repaired: " + "; ".join(f"{change.host}: {change.task}" for change in repair.changes()))
    assert repair.code == 0, repair.text[-3000:]
    assert story["repaired"] == story["sound"]
    named = {(change.host, change.task) for change in story["check"].changes() if explained(change)}
    assert named == {(change.host, change.task) for change in repair.changes() if explained(change)}
    assert {change.host for change in repair.changes()} <= {change.host for change in story["check"].changes()}


def test_nothing_is_left(story):
    assert story["repair"].code == 0
    assert drill.Run("--check").changes() == []
