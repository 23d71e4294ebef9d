"""A retention policy that others made without the text of a schedule: Harbor answers 500 to whoever wants to change it,
and its core dies when the project is deleted.
"""

import pytest
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import ApiError

NAME = "it-broken"


@pytest.fixture(name="broken")
def fixture_broken(harbor):
    """The id of such a policy, in a project of its own."""
    harbor.ok("project", name=NAME)
    number = harbor.api.get(f"/projects/{NAME}")["project_id"]
    yield harbor.api.post("/retentions", {
        "algorithm": "or", "scope": {"level": "project", "ref": number}, "rules": [],
        "trigger": {"kind": "Schedule", "settings": {}, "references": {}}})
    harbor.ok("project", name=NAME, state="absent")


def test_its_project_is_deleted_when_it_is_mended(harbor, broken):
    before = harbor.requests() if harbor.counts else None
    assert harbor.ok("project", name=NAME, state="absent")["changed"]
    if before:
        assert harbor.requests().get("PUT", 0) == before.get("PUT", 0) + 1
    assert harbor.api.get("/systeminfo")["harbor_version"]


def test_it_is_replaced_and_not_left_behind(harbor, broken):
    item = {"project": NAME, "cron": "0 0 3 * * *", "rules": [{"template": "latestPushedK", "count": 3}]}
    assert harbor.ok("retention_policy", **item)["changed"]
    assert not harbor.ok("retention_policy", **item)["changed"]
    with pytest.raises(ApiError):
        harbor.api.get(f"/retentions/{broken}")


def test_one_that_is_well_is_not_touched(harbor):
    harbor.ok("project", name=NAME)
    harbor.ok("retention_policy", project=NAME, cron="", rules=[])
    before = harbor.requests() if harbor.counts else None
    assert harbor.ok("project", name=NAME, state="absent")["changed"]
    assert not before or harbor.requests().get("PUT", 0) == before.get("PUT", 0)
