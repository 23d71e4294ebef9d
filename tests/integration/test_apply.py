"""Does the whole behave? Many kinds at once, adoption, refusals before any write, failures in the middle, secrets,
and how many requests it takes.
"""

import pytest
from ansible_collections.anchorage.harbor.plugins.module_utils.resources import RESOURCES

BY_KIND = {resource.kind: resource for resource in RESOURCES}
NEEDED = "it-far"


@pytest.fixture(name="far_end")
def fixture_far_end(harbor):
    """A registry that is Harbor itself."""
    item = {
        "name": NEEDED,
        "type": "harbor",
        "url": harbor.peer,
        "access_key": harbor.username,
        "access_secret": harbor.password,
    }
    harbor.ok("registry", **item)
    yield item
    harbor.ok("registry", name=NEEDED, state="absent")


@pytest.fixture(name="gone_afterwards")
def fixture_gone_afterwards(harbor):
    """Names of projects that a test leaves behind."""
    names = []
    yield names
    harbor.ok("apply", projects=[{"name": name, "state": "absent"} for name in names])


def test_everything_at_once(harbor):
    wanted = {
        "registries": [
            {
                "name": "it-r",
                "type": "harbor",
                "url": harbor.peer,
                "access_key": harbor.username,
                "access_secret": harbor.password,
            }
        ],
        "projects": [
            {"name": "it-a"},
            {
                "name": "it-cache",
                "registry": "it-r",
                "proxy_speed_kb": 100,
                "max_upstream_conn": 3,
                "proxy_cache_local_on_not_found": True,
            },
        ],
        "replication_policies": [{"name": "it-p", "dest_registry": "it-r", "enabled": True}],
    }
    checked = harbor.ok("apply", check=True, **wanted)
    assert [step["name"] for step in checked["steps"]] == ["it-r", "it-a", "it-cache", "it-p"]
    assert harbor.ok("apply", **wanted)["steps"] == checked["steps"]
    assert harbor.ok("apply", **wanted)["steps"] == []
    # The same list in another order, and a policy turned round.
    harbor.ok("replication_policy", name="it-p", src_registry="it-r", dest_registry="")
    turned = harbor.document(BY_KIND["replication_policy"], {"name": "it-p"})
    assert turned["src_registry"]["name"] == "it-r" and turned["enabled"] and not turned["dest_registry"].get("id")
    gone = harbor.ok(
        "apply",
        **{plural: [{"name": item["name"], "state": "absent"} for item in items] for plural, items in wanted.items()},
    )
    assert {step["action"] for step in gone["steps"]} == {"delete"} and len(gone["steps"]) == 4
    assert harbor.document(BY_KIND["registry"], {"name": "it-r"}) is None


def test_what_exists_is_adopted_and_keeps_what_nobody_named(harbor, gone_afterwards):
    gone_afterwards.append("it-old")
    number = harbor.api.post(
        "/projects",
        {"project_name": "it-old", "storage_limit": 5000, "metadata": {"public": "true", "auto_scan": "true"}},
    )
    assert [list(step["changes"]) for step in harbor.ok("project", name="it-old", severity="high")["steps"]] == [
        ["severity"]
    ]
    now = harbor.document(BY_KIND["project"], {"name": "it-old"})
    assert (
        now["project_id"] == number and now["metadata"]["auto_scan"] == "true" and now["metadata"]["public"] == "true"
    )
    assert harbor.api.get(f"/projects/{number}/summary")["quota"]["hard"]["storage"] == 5000


def test_what_was_deleted_by_hand_is_made_again(harbor, gone_afterwards):
    gone_afterwards.append("it-again")
    harbor.ok("project", name="it-again", storage_limit="1GiB")
    harbor.api.delete(harbor.path(BY_KIND["project"], {"name": "it-again"}))
    assert harbor.ok("project", name="it-again", storage_limit="1GiB")["steps"][0]["action"] == "create"
    assert not harbor.ok("project", name="it-again", storage_limit="1GiB")["changed"]


def test_a_quota_changed_by_hand_is_seen(harbor, gone_afterwards):
    gone_afterwards.append("it-quota")
    harbor.ok("project", name="it-quota", storage_limit="1GiB")
    number = harbor.document(BY_KIND["project"], {"name": "it-quota"})["project_id"]
    row = harbor.api.list("/quotas", {"reference": "project", "reference_id": number})[0]["id"]
    harbor.api.write("PUT", f"/quotas/{row}", {"hard": {"storage": 5}})
    repaired = harbor.ok("project", name="it-quota", storage_limit="1GiB")
    assert repaired["steps"][0]["changes"] == {"storage_limit": {"before": "5", "after": "1GiB"}}


REFUSED = [
    ("project", {"name": "it-x", "storage_limit": "2048TiB"}, "option storage_limit: give a size up to 1024TiB"),
    ("project", {"name": "It_X"}, "option name: use lower-case"),
    ("project", {"name": "it-x", "colour": "red"}, "colour"),
    ("apply", {"projects": [{"name": "it-x", "colour": "red"}]}, "colour"),
    (
        "apply",
        {"projects": [{"name": "it-x"}], "replication_policies": [{"name": "p", "dest_registry": "nowhere"}]},
        "names registry nowhere, which neither",
    ),
    ("apply", {"projects": [{"name": "it-x"}], "registries": [{"name": "r"}]}, "option type and url is needed"),
    (
        "replication_policy",
        {"name": "p", "src_registry": NEEDED, "trigger": {"type": "scheduled", "cron": "0 0 0 30 2 *"}},
        "would never run",
    ),
    ("registry", {"name": NEEDED, "type": "quay"}, "Harbor cannot change it"),
    ("apply", {"prune": ["projects"]}, "its list is empty"),
    ("apply", {"prune": ["projects"], "prune_keep": {"project": ["a"]}}, "prune_keep.project. Supported parameters include: immutable_tag_rules"),
]


@pytest.mark.parametrize("module, arguments, said", REFUSED)
@pytest.mark.parametrize("check", [True, False])
def test_what_cannot_be_is_refused_before_any_write(harbor, far_end, module, arguments, said, check):
    writes = harbor.writes()
    result = harbor.run(module, check, **arguments)
    assert result["failed"] and said in result["msg"]
    assert harbor.writes() == writes and harbor.document(BY_KIND["project"], {"name": "it-x"}) is None


def test_a_step_that_fails_tells_what_was_done(harbor, gone_afterwards):
    gone_afterwards.append("it-done")
    dead = {"name": "it-dead", "type": "docker-registry", "url": "http://127.0.0.1:1"}
    result = harbor.run(
        "apply",
        projects=[{"name": "it-done"}],
        registries=[dead],
        replication_policies=[{"name": "it-p", "dest_registry": "it-dead"}],
    )
    assert result["failed"] and "create registry it-dead failed: POST /registries: 400" in result["msg"]
    assert result["failed_steps"] == ["create registry it-dead"]
    assert sorted(result["done"] + result["not_tried"]) == ["create project it-done", "create replication_policy it-p"]


def test_a_wrong_password_is_an_error_even_where_much_is_public(harbor):
    for auth in ("basic", "session"):
        result = harbor.run("project", check=True, name="library", harbor_password="wrong-1Aa", harbor_auth=auth)
        assert result["failed"] and "does not take harbor_username" in result["msg"]


def test_secrets_are_sent_when_asked(harbor, far_end):
    assert not harbor.ok("registry", **far_end)["changed"]
    always = harbor.ok("registry", update_secret="always", **far_end)
    assert always["steps"][0]["changes"] == {"access_secret": {"before": "********", "after": "******** (sent anew)"}}


def test_a_secret_that_no_longer_works_is_replaced(harbor):
    user = {"username": "it-peer", "password": "First-1pass", "email": "it-peer@example.org", "realname": "peer"}
    number = harbor.api.post("/users", user)
    item = {
        "name": "it-stale",
        "type": "harbor",
        "url": harbor.peer,
        "access_key": "it-peer",
        "update_secret": "when_stale",
    }
    try:
        harbor.ok("registry", access_secret="First-1pass", **item)
        assert not harbor.run("registry", access_secret="First-1pass", **item)["changed"]
        harbor.api.write("PUT", f"/users/{number}/password", {"new_password": "Second-2pass"})
        assert harbor.run("registry", access_secret="Second-2pass", **item)["steps"][0]["action"] == "update"
        assert not harbor.run("registry", access_secret="Second-2pass", **item)["changed"]
    finally:
        harbor.ok("registry", name="it-stale", state="absent")
        harbor.api.delete(f"/users/{number}")


def test_many_take_few_requests(harbor, gone_afterwards):
    """Formula: login 4; 1 a hundred projects; 1 a quota; writes 1 a create and 3 a quota that changed."""
    if not harbor.counts:
        pytest.skip("counts requests where Harbor counts them")
    wanted = [{"name": f"it-many-{number:03}", "storage_limit": "1GiB"} for number in range(130)]
    gone_afterwards.extend(item["name"] for item in wanted)
    start = harbor.requests()
    assert len(harbor.ok("apply", projects=wanted)["steps"]) == 130
    made = harbor.requests()
    assert made["write"] - start["write"] == 130
    assert not harbor.ok("apply", projects=wanted)["changed"]
    idle = harbor.requests()
    assert idle["write"] == made["write"] and idle["GET"] - made["GET"] <= 4 + 2 + 130 + 2
    wanted[7]["storage_limit"] = "2GiB"
    assert [step["name"] for step in harbor.ok("apply", projects=wanted)["steps"]] == ["it-many-007"]
    assert harbor.requests()["write"] - idle["write"] == 1


def test_everything_in_projects_takes_six_reads_each(harbor, gone_afterwards):
    """Formula: login 3 reads; 1 for the prefix of robots; 1 a hundred of each kind that has a list; 6 a project for its
    quota, members, labels, robots, retention and webhooks. Writes: 1 an item, and 1 more a robot for its secret.
    """
    if not harbor.counts:
        pytest.skip("counts requests where Harbor counts them")
    names = [f"it-full-{number:02}" for number in range(12)]
    people = [f"it-full-{number}" for number in range(3)]
    wanted = {
        "users": [{"username": name, "email": f"{name}@example.org", "realname": "Jo", "password": "It-1pass" + name}
                  for name in people],
        "registries": [{"name": name, "type": "harbor", "url": harbor.peer} for name in people],
        "projects": [{"name": name, "storage_limit": "1GiB"} for name in names],
        "project_members": [{"project": name, "user": user, "role": "guest"} for name in names for user in people[:2]],
        "labels": [{"project": name, "name": "stable"} for name in names],
        "robots": [{"project": name, "name": "ci", "secret": "It-1robot", "permissions": [
            {"namespace": name, "access": [{"resource": "repository", "action": "pull"}]}]} for name in names],
        "retention_policies": [{"project": name, "rules": [{"template": "latestPushedK", "count": 10}]}
                               for name in names],
        "webhook_policies": [{"project": name, "name": "ci", "event_types": ["PUSH_ARTIFACT"],
                              "targets": [{"type": "http", "address": "http://ci.example.org"}]} for name in names],
        "replication_policies": [{"name": name, "dest_registry": people[0]} for name in people],
    }
    gone_afterwards.extend(names)
    start = harbor.requests()
    made = harbor.ok("apply", **wanted)["steps"]
    first = harbor.requests()
    assert len(made) == 3 + 3 + 7 * 12 + 3 and first["write"] - start["write"] == len(made) + 12
    assert first["GET"] - start["GET"] == 3 + 4 + len(people)  # Harbor asks each registry that is made, here itself
    assert harbor.ok("apply", **wanted)["steps"] == []
    idle = harbor.requests()
    assert idle["write"] == first["write"] and idle["GET"] - first["GET"] == 3 + 1 + 4 + 6 * 12
    wanted["labels"][7]["color"] = "#0065AB"
    assert [step["name"] for step in harbor.ok("apply", **wanted)["steps"]] == ["it-full-07/stable"]
    one = harbor.requests()
    assert one["write"] - idle["write"] == 1 and one["GET"] - idle["GET"] == idle["GET"] - first["GET"]
    harbor.ok("apply", **{plural: [dict(item, state="absent") for item in wanted[plural]]
                          for plural in ("replication_policies", "registries", "users")})


def test_prune_removes_what_the_list_does_not_name(harbor):
    for name in ("it-keep", "it-drop"):
        harbor.ok("replication_policy", name=name, dest_registry=far(harbor))
    others = [
        {"name": row["name"]} for row in harbor.api.list("/replication/policies") if not row["name"].startswith("it-")
    ]
    result = harbor.ok("apply", replication_policies=[{"name": "it-keep"}, *others], prune=["replication_policies"])
    assert [(step["action"], step["name"]) for step in result["steps"]] == [("delete", "it-drop")]
    harbor.ok(
        "apply",
        replication_policies=[{"name": "it-keep", "state": "absent"}],
        registries=[{"name": "it-prune", "state": "absent"}],
    )


def far(harbor):
    harbor.ok("registry", name="it-prune", type="harbor", url=harbor.peer)
    return "it-prune"


def test_long_lists_are_repeated_for_who_asks_only(harbor):
    arguments = {"labels": [{"name": f"it-none-{number}", "state": "absent"} for number in range(101)],
                 "projects": [{"name": "it-none", "state": "absent"}]}
    told = [harbor.ok("apply", **arguments, _ansible_verbosity=level)["invocation"]["module_args"] for level in (0, 3)]
    assert [told[0]["labels"], len(told[1]["labels"])] == ["101 items", 101]
    assert told[0]["projects"] == told[1]["projects"] and told[0]["harbor_password"] != harbor.password


def test_a_long_plan_repeats_what_it_creates_for_who_asks_only(harbor):
    def told(number, level):
        found = harbor.ok("apply", check=True, labels=[{"name": f"it-long-{each}"} for each in range(number)],
                          _ansible_verbosity=level)["steps"]
        assert [step["name"] for step in found] == [f"it-long-{each}" for each in range(number)]
        return found[-1]["changes"]

    assert told(101, 0) == {}
    assert told(101, 3)["name"] == {"before": None, "after": "it-long-100"}
    assert told(100, 0)["name"] == {"before": None, "after": "it-long-99"}


def test_a_diff_is_for_who_asks(harbor):
    item = [{"name": "it-seen"}]
    assert "diff" not in harbor.ok("apply", check=True, projects=item, _ansible_diff=False)
    assert harbor.ok("apply", check=True, projects=item)["diff"]["after"]
