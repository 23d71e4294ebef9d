"""What the leading peer gets wrong, case by case (the numbers are those of the list of its defects): here each
ends as wanted, or in one clear error.
"""

import json

import pytest
from ansible_collections.anchorage.harbor.plugins.module_utils.resources import RESOURCES

BY_KIND = {resource.kind: resource for resource in RESOURCES}
TEAM = "it-peer"
HOOK = {
    "project": TEAM,
    "name": "it-hook",
    "event_types": ["PUSH_ARTIFACT"],
    "targets": [
        {
            "type": "http",
            "address": "https://a.example.org",
            "auth_header": "Hook-1secret",
            "payload_format": "CloudEvents",
        },
        {"type": "http", "address": "https://b.example.org"},
    ],
}
LABEL = {"project": TEAM, "name": "it-label", "color": "#0065AB"}
RETENTION = {"project": TEAM, "cron": "0 0 0 * * *", "rules": [{"template": "latestPushedK", "count": 3}]}
USER = {
    "username": "it-peer-jo",
    "email": "it-peer-jo@example.org",
    "realname": "Jo",
    "password": "First-1pass",
    "comment": "by test",
}
ROBOT = {
    "project": TEAM,
    "name": "it-bot",
    "secret": "Robot-1secret",
    "disabled": True,
    "permissions": [{"namespace": TEAM, "access": [{"resource": "repository", "action": "pull"}]}],
}


@pytest.fixture(name="team")
def fixture_team(harbor):
    """A project with all that lies below one."""
    wanted = {
        "projects": [{"name": TEAM, "storage_limit": "5GiB", "severity": "none"}],
        "webhook_policies": [HOOK],
        "labels": [LABEL],
        "retention_policies": [RETENTION],
    }
    harbor.ok("apply", **wanted)
    yield wanted
    harbor.ok("apply", projects=[{"name": TEAM, "state": "absent"}])
    harbor.ok(
        "apply",
        replication_policies=[{"name": "it-peer", "state": "absent"}],
        registries=[{"name": "it-peer", "state": "absent"}],
        users=[{"username": USER["username"], "state": "absent"}],
    )


def delete(harbor, kind, item):
    harbor.api.delete(harbor.path(BY_KIND[kind], item))


def actions(result):
    return sorted((step["action"], step["kind"]) for step in result["steps"])


def same(harbor, **wanted):
    assert harbor.ok("apply", **wanted)["steps"] == []


def test_01_a_project_deleted_by_hand_gets_its_children_back(harbor, team):
    delete(harbor, "project", {"name": TEAM})
    assert actions(harbor.ok("apply", **team)) == [
        ("create", kind) for kind in ("label", "project", "retention_policy", "webhook_policy")
    ]
    for kind, item in ("webhook_policy", HOOK), ("label", LABEL), ("retention_policy", RETENTION):
        assert harbor.document(BY_KIND[kind], item)
    same(harbor, **team)


def test_02_a_retention_deleted_by_hand_is_made_again(harbor, team):
    delete(harbor, "retention_policy", RETENTION)
    assert actions(harbor.ok("apply", **team)) == [("create", "retention_policy")]
    same(harbor, **team)
    delete(harbor, "retention_policy", RETENTION)
    assert harbor.ok("retention_policy", project=TEAM, state="absent")["steps"] == []


def test_03_a_webhook_and_a_user_deleted_by_hand_are_made_again(harbor, team):
    harbor.ok("user", **USER)
    delete(harbor, "webhook_policy", HOOK)
    delete(harbor, "user", USER)
    assert actions(harbor.ok("apply", users=[USER], **team)) == [("create", "user"), ("create", "webhook_policy")]
    same(harbor, users=[USER], **team)


def quota_row(harbor):
    number = harbor.number(BY_KIND["project"], {"name": TEAM})
    return harbor.api.list("/quotas", {"reference": "project", "reference_id": number})[0]


def test_04_a_quota_changed_by_hand_is_seen_and_repaired(harbor, team):
    row = quota_row(harbor)
    harbor.api.write("PUT", f"/quotas/{row['id']}", {"hard": {"storage": 5}})
    assert harbor.ok("apply", **team)["steps"][0]["changes"] == {"storage_limit": {"before": "5", "after": "5GiB"}}
    assert quota_row(harbor)["hard"]["storage"] == 5 * 2**30


def test_05_a_quota_above_the_limit_is_refused(harbor, team):
    writes = harbor.writes()
    result = harbor.run("project", name=TEAM, storage_limit="2048TiB")
    assert result["failed"] and "option storage_limit" in result["msg"] and harbor.writes() == writes
    assert quota_row(harbor)["hard"]["storage"] == 5 * 2**30


def test_06_a_refused_change_of_a_role_is_an_error(harbor, team):
    member = {"project": TEAM, "user": USER["username"]}
    other = dict(USER, username="it-peer-al", email="it-peer-al@example.org")
    harbor.ok(
        "apply",
        users=[USER, other],
        project_members=[dict(member, role="guest"), {"project": TEAM, "user": other["username"], "role": "guest"}],
    )
    try:
        result = harbor.run(
            "project_member",
            role="project_admin",
            **member,
            harbor_username=other["username"],
            harbor_password=other["password"],
        )
        assert (
            result["failed"]
            and not result.get("changed")
            and ("403" in result["msg"] or "neither exists" in result["msg"])
        ), result["msg"]
        assert harbor.document(BY_KIND["project_member"], member)["role_id"] == 3
    finally:
        harbor.ok("user", username=other["username"], state="absent")


def test_07_drift_of_everything_is_seen(harbor, team):
    policy = {
        "name": "it-peer",
        "description": "all of it",
        "dest_registry": "it-peer",
        "speed": 9,
        "filters": [{"type": "name", "value": "a/**"}],
    }
    harbor.ok(
        "apply", registries=[{"name": "it-peer", "type": "harbor", "url": harbor.peer}], replication_policies=[policy]
    )
    drifts = [
        ("webhook_policy", HOOK, {"event_types": ["PULL_ARTIFACT"]}, ["event_types"]),
        (
            "webhook_policy",
            HOOK,
            {"targets": harbor.document(BY_KIND["webhook_policy"], HOOK)["targets"][:1]},
            ["targets"],
        ),
        (
            "replication_policy",
            policy,
            {"speed": 0, "description": "", "filters": []},
            ["description", "filters", "speed"],
        ),
        (
            "project",
            {"name": TEAM, "reuse_sys_cve_allowlist": True},
            {"metadata": {"reuse_sys_cve_allowlist": "false"}},
            ["reuse_sys_cve_allowlist"],
        ),
    ]
    for kind, item, over, options in drifts:
        body = over if kind == "project" else {**harbor.raw(BY_KIND[kind], item), **over}
        harbor.api.write("PUT", harbor.path(BY_KIND[kind], item), body)
        assert [sorted(step["changes"]) for step in harbor.ok(kind, **item)["steps"]] == [options]
        assert harbor.ok(kind, **item)["steps"] == []


def test_08_what_means_the_same_is_no_difference(harbor, team):
    harbor.ok("registry", name="it-peer", type="harbor", url=harbor.peer + "/")
    harbor.ok("user", **USER)
    same(harbor, users=[USER], registries=[{"name": "it-peer", "type": "harbor", "url": harbor.peer + "/"}], **team)
    assert (
        harbor.ok("user", **dict(USER, comment=""))["changed"]
        and harbor.ok("user", **dict(USER, comment=""))["steps"] == []
    )


def test_09_a_member_of_a_project_whose_name_is_a_number(harbor):
    wanted = {
        "projects": [{"name": "20261"}],
        "users": [USER],
        "project_members": [{"project": 20261, "user": USER["username"], "role": "guest"}],
    }
    try:
        harbor.ok("apply", **wanted)
        number = harbor.number(BY_KIND["project_member"], dict(wanted["project_members"][0], project="20261"))
        same(harbor, **wanted)
        assert harbor.number(BY_KIND["project_member"], dict(wanted["project_members"][0], project="20261")) == number
    finally:
        harbor.ok(
            "apply",
            projects=[{"name": "20261", "state": "absent"}],
            users=[{"username": USER["username"], "state": "absent"}],
        )


def test_10_an_admin_and_a_disabled_robot_need_one_run(harbor, team):
    wanted = {"users": [dict(USER, sysadmin=True)], "robots": [ROBOT]}
    assert actions(harbor.ok("apply", **wanted)) == [("create", "robot"), ("create", "user")]
    assert (
        harbor.document(BY_KIND["user"], USER)["sysadmin_flag"] and harbor.document(BY_KIND["robot"], ROBOT)["disable"]
    )
    same(harbor, **wanted)


def test_11_a_project_that_exists_keeps_what_nobody_mentions(harbor, team):
    before = harbor.document(BY_KIND["project"], {"name": TEAM})
    assert [list(step["changes"]) for step in harbor.ok("project", name=TEAM, auto_scan=True)["steps"]] == [
        ["auto_scan"]
    ]
    now = harbor.document(BY_KIND["project"], {"name": TEAM})
    assert now["project_id"] == before["project_id"] and quota_row(harbor)["hard"]["storage"] == 5 * 2**30
    assert now["metadata"] == dict(before["metadata"], auto_scan="true")


def test_12_a_wrong_password_and_a_public_project_is_an_error(harbor):
    for auth in ("basic", "session"):
        result = harbor.run("project", check=True, name="library", harbor_password="Wrong-1pass", harbor_auth=auth)
        assert result["failed"] and "does not take harbor_username" in result["msg"]


def test_13_no_secret_is_shown(harbor, team):
    results = [
        harbor.ok("apply", check=True, webhook_policies=[dict(HOOK, targets=HOOK["targets"][1:])]),
        harbor.ok("robot", **ROBOT),
        harbor.ok("webhook_policy", **dict(HOOK, targets=[dict(HOOK["targets"][0], auth_header="Hook-2secret")])),
        harbor.ok("export", projects=[TEAM]),
    ]
    for secret in ("Hook-1secret", "Hook-2secret", "Robot-1secret"):
        assert secret not in json.dumps(results)


def test_14_a_label_without_a_colour(harbor, team):
    bare = {"project": TEAM, "name": "it-bare"}
    harbor.ok("label", **bare)
    assert (
        harbor.document(BY_KIND["label"], bare).get("color") in (None, "", "#FFFFFF")
        and harbor.ok("label", **bare)["steps"] == []
    )
    assert harbor.run("label", **bare, color="false")["failed"]


def test_15_a_tencent_registry_is_one_clear_error(harbor):
    item = {"name": "it-tcr", "type": "tencent-tcr", "url": "https://it.tencentcloudcr.com"}
    assert "begins with AKID" in harbor.run("registry", **item, access_key="jo", access_secret="Tcr-1secret")["msg"]
    result = harbor.run("registry", **item, access_key="AKID1", access_secret="Tcr-1secret")
    assert not result.get("failed") or result["msg"].startswith("create registry it-tcr failed: POST /registries: ")
    harbor.ok("registry", name="it-tcr", state="absent")


def counted(harbor, before):
    now = harbor.requests()
    return {verb: now.get(verb, 0) - before.get(verb, 0) for verb in ("GET", "PUT", "POST", "write")}


def test_16_a_quota_is_looked_up_exactly(harbor, team):
    if not harbor.counts:
        pytest.skip("counts requests where Harbor counts them")
    before = harbor.requests()
    harbor.ok("project", name=TEAM, storage_limit="6GiB")
    # Two to log in and one to be told the version; the project, its summary, and the row of its quota.
    assert counted(harbor, before) == {"GET": 6, "PUT": 1, "POST": 0, "write": 1}


def test_17_a_session_sends_each_write_once(harbor, team):
    if not harbor.counts:
        pytest.skip("counts requests where Harbor counts them")
    before = harbor.requests()
    harbor.ok("apply", harbor_auth="session", labels=[dict(LABEL, name=f"it-label-{number}") for number in range(9)])
    assert counted(harbor, before)["write"] == 9


def test_18_connections_are_kept(harbor, team):
    """At most one a worker, and another for each that Harbor itself ends."""
    before = harbor.api.session.made
    answers = harbor.api.map(lambda number: harbor.api.request("GET", "/systeminfo"), range(40))
    ended = sum(answer.headers.get("Connection") == "close" for answer in answers)
    assert harbor.api.session.made <= before + 8 + ended and harbor.api.session.made
