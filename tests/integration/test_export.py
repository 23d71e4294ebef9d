"""Is what is there what the export says? A Harbor full of every kind, of odd values made by hand and of many projects:
applied to itself, its export changes nothing.
"""

import json

import pytest
import requests
import yaml
from ansible_collections.anchorage.harbor.plugins.module_utils.resources import RESOURCES

from lives import KINDS, filled, names_of

BY_KIND = {resource.kind: resource for resource in RESOURCES}
MANY = 250


@pytest.fixture(name="full", scope="module")
def fixture_full(harbor, scanner):
    """Every kind's item of kinds.yml, what it needs, and what people make by hand; all of it goes afterwards."""
    data = {kind: filled(harbor, scanner, kind) for kind in KINDS if BY_KIND[kind].listed}
    before = {kind: harbor.current(BY_KIND[kind], {}) for kind in data if BY_KIND[kind].singleton}
    wanted = {}
    for kind, life in data.items():
        for plural, items in life.get("needs", {}).items():
            wanted.setdefault(plural, {}).update({json.dumps(names_of(plural, item)): item for item in items})
        if not BY_KIND[kind].singleton and not life.get("images"):
            wanted.setdefault(BY_KIND[kind].plural, {})[json.dumps(names_of(BY_KIND[kind].plural, life["item"]))] = life["item"]
    lists = {plural: list(items.values()) for plural, items in wanted.items()}
    lists["projects"] += [{"name": f"it-many-{number:03}", "public": number % 2 == 0} for number in range(MANY)]
    ones = {kind: data[kind]["item"] for kind in before}
    # What is pushed to a project that was made without a quota can never be deleted.
    ones["configuration"] = dict(ones["configuration"], quota_per_project_enable=True)
    harbor.ok("apply", **lists, **ones)
    for kind, life in data.items():
        for image in life.get("images", []):
            harbor.push(image)
            harbor.ok(kind, **life["item"])
    by_hand(harbor)
    yield lists
    for kind, old in before.items():
        back = {name: old[name] for name in data[kind]["item"] if old.get(name) not in (None, "")}
        harbor.ok(kind, **({"cron": ""} if BY_KIND[kind].idle_without and not old["cron"] else back))
    everything = harbor.ok("export")["items"]
    gone = {
        plural: [dict(names_of(plural, item), state="absent") for item in items if item.get("name") not in ("library", "Trivy")]
        for plural, items in everything.items()
        if isinstance(items, list) and plural not in ("project_members", "users")
    }
    gone["users"] = [{"username": item["username"], "state": "absent"} for item in lists["users"]]
    gone["project_members"] = []
    harbor.ok("apply", **gone)


def by_hand(harbor):
    """What no module would make, and Harbor takes."""
    api = harbor.api
    project = harbor.number(BY_KIND["project"], {"name": "it-web"})
    registry = harbor.number(BY_KIND["registry"], {"name": "it-a"})
    api.write("PUT", f"/projects/{project}", {
        "metadata": {"severity": "", "auto_scan": "TRUE", "proxy_speed_kb": "0"},
        "cve_allowlist": {"items": [{"cve_id": " CVE with blanks "}, {"cve_id": "Ünï-1"}], "expires_at": 0}})
    for name in ("100 % ünï", " blank at both ends ", "a,b", "~tilde", "[x]"):
        api.post("/labels", {"name": name, "scope": "g"})
        api.post("/labels", {"name": name, "scope": "p", "project_id": project, "color": "no colour"})
        api.post("/replication/policies", {
            "name": name + " policy", "dest_registry": {"id": registry}, "dest_namespace_replace_count": -9,
            "trigger": {"type": "scheduled", "trigger_settings": {"cron": "0  5 * * *  * "}},
            "filters": [{"type": "tag", "value": ""}, {"type": "name", "value": "[a"},
                        {"type": "label", "value": ["z", "a", "z"]}]})
        api.post(f"/projects/{project}/webhook/policies", {
            "name": name, "event_types": ["PUSH_ARTIFACT", "PUSH_ARTIFACT"],
            "targets": [{"type": "http", "address": "nope", "auth_header": "By-hand-1secret"}]})
        selectors = [{"kind": "doublestar", "decoration": "matches", "pattern": name}]
        scope = {"repository": [{"kind": "doublestar", "decoration": "repoMatches", "pattern": "**"}]}
        api.post(f"/projects/{project}/immutabletagrules", {
            "action": "immutable", "template": "immutable_template", "tag_selectors": selectors, "scope_selectors": scope})
    api.post("/labels", {"name": "", "scope": "g"})
    api.post("/retentions", {
        "algorithm": "or", "scope": {"level": "project", "ref": project},
        "trigger": {"kind": "Schedule", "settings": {"cron": "0  0 0 * *  *"}, "references": {}},
        "rules": [{"action": "retain", "template": "latestPushedK", "params": {"latestPushedK": 0},
                   "tag_selectors": [{"kind": "doublestar", "decoration": "matches", "pattern": "**"}],
                   "scope_selectors": {"repository": [
                       {"kind": "doublestar", "decoration": "repoMatches", "pattern": "**"}]}}]})


def test_applied_to_itself_it_changes_nothing(harbor, full):
    exported = harbor.ok("export")
    assert {resource.plural for resource in RESOURCES if resource.listed} == set(exported["items"])
    assert len(exported["items"]["projects"]) >= MANY
    text = json.dumps(exported)
    for secret in ("1secret", "1pass", "1token"):
        assert secret not in text
    applied = harbor.ok("apply", check=True, **exported["items"])
    assert applied["steps"] == []
    assert harbor.ok("apply", **exported["items"])["steps"] == []
    # What cannot be taken again is told.
    assert any("color is 'no colour'" in line for line in exported["left_out"])
    assert any("address" in line for line in exported["left_out"])
    assert "registry it-a: access_secret" in exported["secrets"]


def test_kinds_names_and_projects_choose(harbor, full):
    found = harbor.ok("export", kinds=["projects", "labels"], names=["it-web", "it *"], projects=["it-web", "it-team"])
    assert [item["name"] for item in found["items"]["projects"]] == ["it-web"]
    assert [item["name"] for item in found["items"]["labels"]] == ["it 100% + ünï"]
    assert set(found["items"]) == {"projects", "labels"}


def test_files_are_ready_for_an_inventory(harbor, full, tmp_path):
    arguments = {"kinds": ["projects", "cve_allowlist"], "directory": str(tmp_path)}
    checked = harbor.ok("export", check=True, **arguments)
    assert checked["changed"] and checked["files"] == ["cve_allowlist.yml", "projects.yml"] and not list(tmp_path.iterdir())
    written = harbor.ok("export", **arguments)
    assert written["files"] == checked["files"]
    assert yaml.safe_load((tmp_path / "projects.yml").read_text()) == {"harbor_config_projects": written["items"]["projects"]}
    assert all(path.stat().st_mode & 0o777 == 0o640 for path in tmp_path.iterdir())
    assert not harbor.ok("export", **arguments)["changed"]
    (tmp_path / "projects.yml").write_text("by hand")
    assert harbor.ok("export", **arguments)["files"] == ["projects.yml"]


def test_a_directory_that_is_none_is_refused(harbor, tmp_path):
    result = harbor.run("export", kinds=["projects"], directory=str(tmp_path / "nowhere"))
    assert result["failed"] and "make it first" in result["msg"]


def test_a_kind_that_is_none_is_refused(harbor):
    result = harbor.run("export", kinds=["project"])
    assert result["failed"] and "there is no project; there are" in result["msg"]


@pytest.mark.parametrize("times", [1, 3, 9])
def test_what_is_deleted_meanwhile_is_left_out(harbor, times):
    """A project that is gone when one looks into it; and one that seems to go again and again."""
    if not harbor.counts:
        pytest.skip("breaks the stand-in only")
    harbor.ok("project", name="it-going")
    path = "/api/v2.0/projects/%s/members" % harbor.api.get("/projects/it-going")["project_id"]
    try:
        requests.post(harbor.url + "/_standin/faults", json=[{"path": path, "status": 404, "times": times}], timeout=10)
        result = harbor.run("export", kinds=["projects", "project_members"])
        assert bool(result.get("failed")) == (times > 3)
        assert times > 3 or any(item["name"] == "it-going" for item in result["items"]["projects"])
    finally:
        requests.post(harbor.url + "/_standin/faults", json=[], timeout=10)
        harbor.ok("project", name="it-going", state="absent")
