"""The robot as which catch-up works has each right that it needs, and none that it does not."""

import pytest
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import ApiError
from ansible_collections.anchorage.harbor.plugins.module_utils.site_objects import DELETE_REVIEWED, LOOK, RUN, SEE, robot
from ansible_collections.anchorage.harbor.plugins.module_utils.transport import Transport

import test_equality
from test_equality import NAMES, decision

fixture_twins = test_equality.fixture_twins  # pytest finds it by being here
PROJECT, SYSTEM = (*LOOK, *DELETE_REVIEWED), (*SEE, *RUN)
# What no run of these tests depends on: it answers what became of a project that is gone, whether the log of project
# library is whole, and whether jobs wait.
ASKED = {"audit-log:list": "/auditlog-exts", "purge-audit:list": "/system/purgeaudit",
         "jobservice-monitor:list": "/jobservice/queues"}
SECRET = "Catch-up-" + "r0bot"
ROBOT = {"username": "robot$rights-of-catch-up", "password": SECRET}


@pytest.fixture(name="enter", autouse=True)
def fixture_enter(twins):
    """Makes the robot at both sites, with all rights but one; it goes at the end."""

    def enter(without=""):
        rights = [[right for right in rights if right != without] for rights in (PROJECT, SYSTEM)]
        for harbor in twins.harbors.values():
            harbor.ok("robot", update_secret="always", **robot("rights-of-catch-up", SECRET, *rights))

    yield enter
    for harbor in twins.harbors.values():
        harbor.ok("robot", name="rights-of-catch-up", state="absent")


def work(twins, enter, without=""):
    """What came of a run that copies a new tag and a newer one and carries a deletion."""
    for site in NAMES:  # both get the policy that role harbor_replication makes
        twins.push(site, f"made-at-{site}:1")
        twins.push(site, "app:1", "old")
    digest = [twins.push(site, "gone:1") for site in NAMES][0]
    assert twins.catch_up()["copied"] == 2
    twins.remove("west", "gone:1")
    twins.push("east", "app:1", "new")
    twins.push("east", "app:2")
    enter(without)
    flows = [dict(flow, deletion="reviewed") for flow in twins.flows]
    done = twins.catch_up(sites=twins.sites(east=ROBOT, west=ROBOT), flows=flows, decisions=decision(twins, "west", digest))
    assert not done.get("later"), done
    return done.get("failed", False), done.get("copied"), done.get("deleted"), done.get("equal")


def test_the_rights_are_enough(twins, enter):
    assert work(twins, enter) == (False, 2, 1, True)


@pytest.mark.parametrize("right", [right for right in PROJECT + SYSTEM if right not in ASKED])
def test_each_right_is_needed_for_the_run(twins, enter, right):
    assert work(twins, enter, right) != (False, 2, 1, True)


@pytest.mark.parametrize("right, path", ASKED.items())
def test_each_right_is_needed_for_an_answer(twins, enter, right, path):
    def answer():
        try:
            return Transport(dict(ROBOT, url=twins.harbors["east"].url)).get(path)
        except ApiError as error:
            assert error.status == 403
            return None

    twins.push("east", "app:1")
    twins.catch_up()  # there is something to tell
    enter()
    assert answer() is not None
    enter(right)
    assert not answer()
