"""What happens when something breaks on the way: each run ends in the wanted state, or in one error that says what was
done and what was not, after which the next run ends there. Never a second object, never a setting that stays lost.
"""

import pytest
import requests
from ansible_collections.anchorage.harbor.plugins.module_utils import transport
from ansible_collections.anchorage.harbor.plugins.module_utils.reader import Reader
from ansible_collections.anchorage.harbor.plugins.module_utils.resources import RESOURCES

from lives import names_of

BY_KIND = {resource.kind: resource for resource in RESOURCES}
API = "/api/v2.0"
TEAM = "it-faults"
# Kinds that a fault is tried on: at the top, below a project, with a second request, and one of which there is one.
SEVERAL = ("project", "user", "robot", "webhook_policy", "immutable_tag_rule", "retention_policy", "configuration")
# kind: what is wanted, and an option as somebody else left it.
ITEMS = {
    "project": (
        {"name": "it-fault", "public": True, "storage_limit": "1GiB", "cve_allowlist": ["CVE-1"]},
        {"public": False, "storage_limit": "5GiB"},
    ),
    "label": ({"name": "it-fault", "description": "by test"}, {"description": "by hand"}),
    "user": (
        {
            "username": "it-fault",
            "email": "it-fault@example.org",
            "realname": "It",
            "password": "First-1pass",
            "sysadmin": True,
        },
        {"realname": "Other", "sysadmin": False},
    ),
    "robot": (
        {
            "name": "it-fault",
            "secret": "Robot-1secret",
            "disabled": True,
            "duration": 30,
            "permissions": [{"kind": "system", "namespace": "/", "access": [{"resource": "label", "action": "read"}]}],
        },
        {"disabled": False, "duration": 9},
    ),
    "project_member": ({"project": TEAM, "user": "it-fault-member", "role": "developer"}, {"role": "guest"}),
    "webhook_policy": (
        {
            "project": TEAM,
            "name": "it-fault",
            "event_types": ["PUSH_ARTIFACT"],
            "enabled": True,
            "targets": [{"type": "http", "address": "https://ci.example.org"}],
        },
        {"enabled": False},
    ),
    "immutable_tag_rule": (
        {
            "project": TEAM,
            "tag_selectors": [{"pattern": "v*"}],
            "repository_selectors": [{"pattern": "**"}],
            "disabled": True,
        },
        {"disabled": False},
    ),
    "retention_policy": ({"project": TEAM, "cron": "0 0 2 * * *", "rules": [{"template": "always"}]}, {"cron": ""}),
    "configuration": ({"token_expiration": 31}, {"token_expiration": 30}),
    "cve_allowlist": ({"items": ["CVE-1"], "expires_at": 4102444800}, {"items": []}),
    "garbage_collection_schedule": ({"cron": "0 0 3 * * 6", "workers": 2}, {"workers": 1}),
}
MADE = [kind for kind in ITEMS if not BY_KIND[kind].singleton]


@pytest.fixture(autouse=True, name="soon")
def fixture_soon(harbor, monkeypatch):
    """Pauses are short; where nothing can be broken on purpose, nothing is tested."""
    if not harbor.counts:
        pytest.skip("breaks the stand-in only")
    monkeypatch.setattr(transport, "PAUSE", 0.01)
    monkeypatch.setattr(transport, "LOCKED", 0.01)


@pytest.fixture(name="team", scope="module")
def fixture_team(harbor):
    member = {"username": "it-fault-member", "email": "it-fm@example.org", "realname": "It", "password": "First-1pass"}
    harbor.ok("apply", projects=[{"name": TEAM}], users=[member])
    yield
    harbor.ok(
        "apply",
        projects=[{"name": TEAM, "state": "absent"}],
        users=[{"username": member["username"], "state": "absent"}],
    )


@pytest.fixture(name="gone")
def fixture_gone(harbor, team):
    """Nothing of these items is there, and nothing stays."""

    def clear():
        spoil(harbor)
        lists = {
            BY_KIND[kind].plural: [dict(names_of(BY_KIND[kind].plural, ITEMS[kind][0]), state="absent")]
            for kind in MADE
        }
        harbor.ok(
            "apply",
            configuration={"token_expiration": 30},
            cve_allowlist={"items": [], "expires_at": 0},
            garbage_collection_schedule={"cron": ""},
            **lists,
        )

    clear()
    yield
    clear()


def spoil(harbor, *faults):
    """What shall go wrong from now on."""
    paths = [dict(fault, path=API + fault.get("path", "/*")) for fault in faults]
    requests.post(harbor.url + "/_standin/faults", json=paths, timeout=10).raise_for_status()


def how_many(harbor, resource, item):
    """How many objects have the name of an item."""
    reader = Reader(harbor.api, RESOURCES)
    above = resource.identity(item)[0]
    reader.read({resource.parent: {above}} if above else {}, {})
    parent = reader.parent_of(resource, above)
    if resource.singleton or resource.via:
        return 1
    return [reader.identity(resource, row, parent) for row in reader.rows(resource, parent)].count(
        resource.identity(item)
    )


def as_wanted(harbor, kind, item):
    """Nothing is left to do, nothing is there twice, and its secret is the one that was given."""
    spoil(harbor)
    assert harbor.ok(kind, **item)["steps"] == []
    assert how_many(harbor, BY_KIND[kind], item) == 1
    if kind == "user":
        assert harbor.api.welcomes(item["username"], item["password"])
    if kind == "robot":
        harbor.ok(kind, **dict(item, disabled=False))
        assert harbor.api.welcomes(harbor.document(BY_KIND[kind], item)["full_name"], item["secret"])


# what breaks: the faults that a run outlasts
OUTLASTED = {
    "502 twice on each read": [{"method": "GET", "status": 502, "times": 2}],
    "503 on a read": [{"method": "GET", "status": 503}],
    "a read that is cut": [{"method": "GET", "cut": True, "times": 2}],
    "429 on a change": [{"method": method, "status": 429} for method in ("PUT", "PATCH", "DELETE")],
    "502 after a change was made": [
        {"method": method, "status": 502, "after": True} for method in ("PUT", "PATCH", "DELETE")
    ],
    "a change that is cut after it was made": [
        {"method": method, "cut": True, "after": True} for method in ("PUT", "PATCH", "DELETE")
    ],
    "401 while locked, on a read": [{"method": "GET", "path": "/systeminfo", "status": 401}],
    "401 while locked, on a write": [
        {"method": method, "status": 401} for method in ("POST", "PUT", "PATCH", "DELETE")
    ],
    "a POST that is cut after it was taken": [{"method": "POST", "cut": True, "after": True}],
    "a POST that never arrives": [{"method": "POST", "cut": True}],
    "502 after a POST was taken": [{"method": "POST", "status": 502, "after": True}],
    "503 before a POST": [{"method": "POST", "status": 503}],
    "504 after a POST was taken": [{"method": "POST", "status": 504, "after": True}],
    "a POST that is cut and a look that fails": [
        {"method": "POST", "cut": True, "after": True},
        {"method": "GET", "status": 503, "times": 2},
    ],
}


@pytest.mark.parametrize("kind", SEVERAL)
@pytest.mark.parametrize("fault", OUTLASTED)
def test_what_a_run_outlasts(harbor, gone, kind, fault):
    item, other = ITEMS[kind]
    spoil(harbor, *OUTLASTED[fault])
    assert harbor.ok(kind, **item)["changed"]
    as_wanted(harbor, kind, item)
    harbor.ok(kind, **dict(item, **other))
    spoil(harbor, *OUTLASTED[fault])
    assert harbor.ok(kind, **item)["steps"][0]["action"] == "update"
    as_wanted(harbor, kind, item)
    if kind in MADE:
        spoil(harbor, *OUTLASTED[fault])
        assert harbor.ok(kind, state="absent", **names_of(BY_KIND[kind].plural, item))["changed"]
        assert harbor.document(BY_KIND[kind], item) is None


@pytest.mark.parametrize("kind", ["project", "webhook_policy", "robot"])
def test_a_post_that_takes_too_long(harbor, gone, kind):
    item = ITEMS[kind][0]
    spoil(harbor, {"method": "POST", "delay": 1.5})
    harbor.run(kind, harbor_timeout=1, **item)
    harbor.run(kind, **item)
    as_wanted(harbor, kind, item)


# what breaks and stays broken: the faults, and what the error says
STAYS = {
    "502 on every read": ([{"method": "GET", "status": 502, "times": 99}], "GET /systeminfo: 502"),
    "502 on every write": (
        [{"status": 502, "times": 99, "method": method} for method in ("POST", "PUT", "PATCH")],
        ": 502",
    ),
    "a server that is gone": (
        [{"cut": True, "times": 99, "method": method} for method in ("POST", "PUT", "PATCH")],
        "no answer from",
    ),
    "401 for good": ([{"status": 401, "times": 99, "method": method} for method in ("POST", "PUT", "PATCH")], ": 401"),
}


@pytest.mark.parametrize("kind", SEVERAL)
@pytest.mark.parametrize("fault", STAYS)
def test_what_stays_broken_is_one_error_and_the_next_run_mends_it(harbor, gone, kind, fault):
    item, other = ITEMS[kind]
    faults, said = STAYS[fault]
    for before in (None, dict(item, **other)):
        if before:
            harbor.ok(kind, **before)
        spoil(harbor, *faults)
        result = harbor.run(kind, **item)
        assert result["failed"] and said in result["msg"] and not result.get("done")
        spoil(harbor)
        harbor.ok(kind, **item)
        as_wanted(harbor, kind, item)


# kind: the request behind the POST that stays broken, what is told, and what has to be said the next time
SECOND = {
    "robot": (
        {"method": "PATCH", "path": "/robots/*"},
        "it was made, but disabled and secret may be missing: ",
        {"update_secret": "always"},
    ),
    "user": ({"method": "PUT", "path": "/users/*/sysadmin"}, "it was made, but sysadmin may be missing: ", {}),
    "project": ({"method": "PUT", "path": "/projects/*"}, "it was made, but cve_allowlist may be missing: ", {}),
    "immutable_tag_rule": ({"method": "PUT", "path": "/projects/*"}, "it was made, but disabled may be missing: ", {}),
}


@pytest.mark.parametrize("kind", SECOND)
def test_a_second_request_that_fails_tells_what_is_missing(harbor, gone, kind):
    fault, said, more = SECOND[kind]
    item = ITEMS[kind][0]
    spoil(harbor, dict(fault, status=500, times=9))
    result = harbor.run(kind, **item)
    assert (
        result["failed"]
        and said in result["msg"]
        and all(f"{name}: {value}" in result["msg"] for name, value in more.items())
    )
    spoil(harbor)
    harbor.ok(kind, **item, **more)
    as_wanted(harbor, kind, item)


# kind: what somebody else creates between our look and our POST
RACE = {
    "project": ("/projects", {"project_name": "it-fault", "storage_limit": 5}),
    "label": ("/labels", {"name": "it-fault", "scope": "g", "description": "by hand"}),
    "user": (
        "/users",
        {"username": "it-fault", "email": "other@example.org", "realname": "Other", "password": "Other-1pass"},
    ),
    "robot": (
        "/robots",
        {
            "name": "it-fault",
            "level": "system",
            "duration": 9,
            "permissions": [
                {"kind": "system", "namespace": "/", "access": [{"resource": "label", "action": "create"}]}
            ],
        },
    ),
    "webhook_policy": (
        "/projects/it-faults/webhook/policies",
        {
            "name": "it-fault",
            "event_types": ["PULL_ARTIFACT"],
            "targets": [{"type": "http", "address": "https://other.example.org"}],
        },
    ),
    "retention_policy": (
        "/retentions",
        {
            "algorithm": "or",
            "rules": [],
            "scope": {"level": "project", "ref": 0},
            "trigger": {"kind": "Schedule", "settings": {"cron": ""}, "references": {}},
        },
    ),
    "project_member": ("/projects/it-faults/members", {"role_id": 3, "member_user": {"username": "it-fault-member"}}),
}


def others(harbor, method, path, body=None):
    return {"method": method, "path": API + path, "json": body, "auth": [harbor.username, harbor.password]}


@pytest.mark.parametrize("kind", RACE)
def test_who_creates_it_first_does_not_win(harbor, gone, kind):
    item, (path, body) = ITEMS[kind][0], RACE[kind]
    if kind == "retention_policy":
        body["scope"]["ref"] = harbor.number(BY_KIND["project"], {"name": TEAM})
    spoil(harbor, {"method": "POST", "path": path, "first": [others(harbor, "POST", path, body)]})
    assert harbor.ok(kind, **item)["changed"]
    as_wanted(harbor, kind, item)


@pytest.mark.parametrize("kind", MADE)
def test_what_is_gone_between_read_and_write(harbor, gone, kind):
    """A change ends in an error, or is made; a deletion has nothing left to do. The next run makes it again."""
    (item, other), resource = ITEMS[kind], BY_KIND[kind]
    if kind == "user":
        # Harbor writes into the row of a user who is gone, and from then on nobody else can have that address.
        item = dict(item, email="it-gone@example.org")
    for wanted in (dict(names_of(resource.plural, item), state="absent"), item):
        harbor.ok(kind, **dict(item, **other))
        path = harbor.path(resource, item)
        spoil(
            harbor,
            *(
                {"method": method, "path": place, "first": [others(harbor, "DELETE", path)]}
                for method in ("PUT", "DELETE")
                for place in sorted({path, path + "/*", "/quotas/*" if kind == "project" else path})
            ),
        )
        result = harbor.run(kind, **wanted)
        spoil(harbor)
        if wanted is item:
            assert result.get("failed") and f"update {kind} " in result["msg"], result
            harbor.ok(kind, **ITEMS[kind][0])
            as_wanted(harbor, kind, ITEMS[kind][0])
        else:
            assert result["changed"] and not result.get("failed")
            assert harbor.document(resource, item) is None


def test_what_is_above_is_gone_before_a_child_is_made(harbor, gone):
    path = harbor.path(BY_KIND["project"], {"name": TEAM})
    item = ITEMS["webhook_policy"][0]
    spoil(harbor, {"method": "POST", "path": path + "/*", "first": [others(harbor, "DELETE", path)]})
    result = harbor.run("webhook_policy", **item)
    assert (
        result["failed"]
        and "create webhook_policy it-faults/it-fault failed: POST " in result["msg"]
        and "404" in result["msg"]
    )
    harbor.ok("apply", projects=[{"name": TEAM}], webhook_policies=[item])
    as_wanted(harbor, "webhook_policy", item)


@pytest.mark.parametrize("kind", [kind for kind in ITEMS if kind != "configuration"])
def test_a_harbor_that_is_read_only(harbor, gone, kind):
    item = ITEMS[kind][0]
    harbor.ok("configuration", read_only=True)
    try:
        result = harbor.run(kind, **item)
        assert result["failed"] and "403 The system is in read only mode" in result["msg"] and result["done"] == []
        assert harbor.run(kind, check=True, **item)["steps"]
        # Who lifts it in the same run can write at once, and who sets it does so behind everything else.
        plural = BY_KIND[kind].plural
        harbor.ok("apply", configuration={"read_only": False}, **{plural: item if BY_KIND[kind].singleton else [item]})
        as_wanted(harbor, kind, item)
    finally:
        harbor.ok("configuration", read_only=False)


@pytest.mark.parametrize("kind", ITEMS)
def test_a_robot_with_too_few_rights(harbor, gone, kind):
    item, name = ITEMS[kind][0], "it-weak"
    access = [{"resource": resource, "action": "list"} for resource in ("project", "user", "robot", "registry")]
    harbor.ok(
        "robot", name=name, secret="Weak-1secret", permissions=[{"kind": "system", "namespace": "/", "access": access}]
    )
    try:
        result = harbor.run(kind, **item, harbor_username="robot$" + name, harbor_password="Weak-1secret")
        assert result["failed"] and ("403" in result["msg"] or "neither exists" in result["msg"]), result["msg"]
        assert "Weak-1secret" not in str(result) and not result.get("done")
        # Anybody may make a project, and then not be allowed the rest.
        assert kind == "project" or kind not in MADE or harbor.document(BY_KIND[kind], item) is None
        harbor.ok(kind, **item)
        as_wanted(harbor, kind, item)
    finally:
        harbor.ok("robot", name=name, state="absent")
