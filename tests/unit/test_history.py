"""What an audit log tells of a site, and when it is believed. The rows are those of a real Harbor 2.15.2."""

import pytest
from ansible_collections.anchorage.harbor.plugins.module_utils import history
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import ApiError
from ansible_collections.anchorage.harbor.plugins.module_utils.inventory import Image, Inventory

TAG = "team/api", "1"


def row(operation, kind, resource, digest="", good=True):
    said = {"artifact": f"push artifact: team/api@{digest}"}.get(kind, "") if digest else f"{operation} {resource}"
    return {"operation": operation, "resource_type": kind, "resource": resource, "operation_description": said,
            "operation_result": good, "username": "admin"}


PUSHED, MOVED = row("create", "artifact", "team/api:1", "sha256:1"), row("create", "artifact", "team/api:1", "sha256:2")
TAGGED = row("create", "tag", "team/api:1")


class Log:
    """A Harbor with nothing but an audit log; a status in place of rows is an answer of that status."""

    def __init__(self, rows, begun=(1,), removed=(), purges=(), version="v2.15.2-0"):
        self.rows, self.begun, self.removed, self.purges, self.version = rows, begun, removed, purges, version

    def list(self, path, query=None):
        words = (query or {}).get("q", "")
        found = (self.purges if path == "/system/purgeaudit" else self.removed if path == "/auditlog-exts"
                 else self.begun if "operation=create,resource=" in words else self.rows)
        if isinstance(found, int):
            raise ApiError("GET", path, found, "no")
        return list(found)

    @staticmethod
    def map(function, items):
        return [function(item) for item in items]


def read(log, digest="", project="team"):
    held = Inventory(projects={project: {}} if project else {})
    if digest:
        held.tags[TAG] = Image(digest)
    return history.read(log, held, {"team/api"})


def test_rows_tell_what_was_there():
    rows = [PUSHED, MOVED, row("delete", "tag", "team/api:1"), row("create", "artifact", "team/api:2", "x", False)]
    found = read(Log(rows))
    assert found.had == {TAG: {"sha256:1", "sha256:2"}} and found.lost(TAG) and found.whole["team"]


@pytest.mark.parametrize("resource, kind", [
    ("team/api:1", "tag"), ("team/api@sha256:1", "artifact"), ("team/api", "repository")])
def test_each_way_to_go(resource, kind):
    assert read(Log([PUSHED, row("delete", kind, resource)])).lost(TAG)
    assert not read(Log([PUSHED, row("delete", kind, resource.replace("api", "web"))])).lost(TAG)


def test_a_tag_that_was_set_by_hand_tells_no_digest():
    found = read(Log([TAGGED]), "sha256:1")
    assert found.undated == {TAG} and found.had[TAG] == set() and found.whole["team"]


@pytest.mark.parametrize("log, digest", [
    (Log([]), "sha256:1"),  # what is there has no row
    (Log([PUSHED]), "sha256:2"),  # what is there has another row
    (Log([PUSHED], begun=()), "sha256:1"),  # it does not reach back
    (Log(403), ""), (Log([PUSHED], version="v2.12.4-0"), "sha256:1"),
])
def test_a_log_that_is_not_believed(log, digest):
    assert not read(log, digest).whole["team"]


@pytest.mark.parametrize("removed, whole, gone", [((), True, False), ((1,), True, True), (403, False, False)])
def test_a_project_that_is_not_there(removed, whole, gone):
    found = read(Log([], removed=removed), project="")
    assert found.whole["team"] == whole and found.lost(TAG) == gone


@pytest.mark.parametrize("purges, whole", [((), True), ((1,), False), (403, False)])
def test_nobody_made_the_first_project(purges, whole):
    held = Inventory(projects={"library": {}})
    found = history.read(Log([], begun=(), purges=purges), held, {"library/api"})
    assert found.whole["library"] == whole
