"""Is the decision right? Tables of wanted, current and what must follow."""

import pytest
from ansible_collections.anchorage.harbor.plugins.module_utils import engine
from ansible_collections.anchorage.harbor.plugins.module_utils.body import body_of
from ansible_collections.anchorage.harbor.plugins.module_utils.description import TOP
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import InputError
from ansible_collections.anchorage.harbor.plugins.module_utils.resources import RESOURCES

BY_KIND = {resource.kind: resource for resource in RESOURCES}
IDS = {("registry", "shanghai"): 7, ("registry", "berlin"): 8}
NAMES = {(kind, number): name for (kind, name), number in IDS.items()}

PROJECT = {
    "project_id": 3,
    "name": "web",
    "metadata": {"public": "true"},
    "cve_allowlist": {"items": [{"cve_id": "CVE-1"}], "expires_at": 99},
}
REGISTRY = {
    "id": 7,
    "name": "shanghai",
    "type": "harbor",
    "url": "https://sh.example.org",
    "credential": {"type": "basic", "access_key": "robot$a", "access_secret": "*****"},
}
POLICY = {
    "id": 5,
    "name": "nightly",
    "description": "by hand",
    "src_registry": {"id": 0},
    "dest_registry": {"id": 7},
    "dest_namespace_replace_count": -1,
    "filters": [{"type": "name", "value": "web/**"}, {"type": "label", "value": ["b", "a"], "decoration": "excludes"}],
    "enabled": True,
    "speed": 9,
    "trigger": {"type": "scheduled", "trigger_settings": {"cron": "0 0  2 * * *"}},
}
DOCUMENTS = {"project": PROJECT, "registry": REGISTRY, "replication_policy": POLICY}


def current(kind, **more):
    found = engine.current_of(BY_KIND[kind], DOCUMENTS[kind], lambda ref, number: NAMES.get((ref, number), number))
    return dict(found, **more)


def ident(kind, name, above=""):
    return IDS[kind, name]


SAME = [
    ("project", {"name": "web"}),
    (
        "project",
        {"name": "web", "public": True, "auto_scan": False, "severity": "none", "reuse_sys_cve_allowlist": True},
    ),
    ("project", {"name": "web", "cve_allowlist": ["CVE-1"], "cve_allowlist_expires_at": 99}),
    ("registry", {"name": "shanghai", "url": "https://sh.example.org//", "insecure": False, "ca_certificate": ""}),
    ("registry", {"name": "shanghai", "access_secret": "new"}),
    ("replication_policy", {"name": "nightly", "trigger": {"type": "scheduled", "cron": "0 0 2 *  * *"}}),
    ("replication_policy", {"name": "nightly", "trigger": {"type": "scheduled"}}),
    ("replication_policy", {"name": "nightly", "src_registry": "", "deletion": False, "dest_namespace": ""}),
    (
        "replication_policy",
        {
            "name": "nightly",
            "filters": [
                {"type": "label", "value": ["a", "b"], "decoration": "excludes"},
                {"type": "name", "value": "web/**", "decoration": "matches"},
            ],
        },
    ),
]


@pytest.mark.parametrize("kind, wanted", SAME)
def test_what_means_the_same_is_no_step(kind, wanted):
    assert engine.decide(BY_KIND[kind], wanted, current(kind)) is None


UPDATES = [
    ("project", {"public": False}, {"metadata": {"public": "false"}}),
    ("project", {"cve_allowlist": []}, {"cve_allowlist": {"items": [], "expires_at": 99}}),
    (
        "project",
        {"cve_allowlist_expires_at": 0},
        {"cve_allowlist": {"items": [{"cve_id": "CVE-1"}], "expires_at": None}},
    ),
    ("registry", {"description": "Asia"}, {"description": "Asia"}),
    ("registry", {"access_key": "robot$b", "access_secret": "new"}, {"access_key": "robot$b", "access_secret": "new"}),
    ("registry", {"ca_certificate": "PEM\r\n"}, {"ca_certificate": "PEM"}),
]


@pytest.mark.parametrize("kind, wanted, body", UPDATES)
def test_a_partial_write_carries_only_the_change(kind, wanted, body):
    resource = BY_KIND[kind]
    step = engine.decide(resource, dict(wanted, **{resource.key[0]: DOCUMENTS[kind]["name"]}), current(kind))
    assert step.action == "update"
    assert body_of(step, ident, TOP) == body


def test_a_replaced_policy_is_sent_back_whole():
    step = engine.decide(BY_KIND["replication_policy"], {"name": "nightly", "speed": 10}, current("replication_policy"))
    assert step.changes == {"speed": (9, 10)}
    assert body_of(step, ident, TOP) == {
        "name": "nightly",
        "description": "by hand",
        "dest_registry": {"id": 7},
        "dest_namespace": "",
        "dest_namespace_replace_count": -1,
        "filters": [
            {"type": "name", "value": "web/**"},
            {"type": "label", "value": ["b", "a"], "decoration": "excludes"},
        ],
        "trigger": {"type": "scheduled", "trigger_settings": {"cron": "0 0 2 * * *"}},
        "deletion": False,
        "override": False,
        "enabled": True,
        "speed": 10,
        "copy_by_chunk": False,
        "single_active_replication": False,
    }


def test_a_partial_trigger_keeps_its_other_half():
    step = engine.decide(
        BY_KIND["replication_policy"],
        {"name": "nightly", "trigger": {"cron": "0 30 2 * * *"}},
        current("replication_policy"),
    )
    assert body_of(step, ident, TOP)["trigger"] == {"type": "scheduled", "trigger_settings": {"cron": "0 30 2 * * *"}}


def test_a_policy_changes_direction():
    step = engine.decide(
        BY_KIND["replication_policy"],
        {"name": "nightly", "src_registry": "berlin", "dest_registry": ""},
        current("replication_policy"),
    )
    body = body_of(step, ident, TOP)
    assert body["src_registry"] == {"id": 8} and "dest_registry" not in body


def test_a_create_uses_the_places_of_a_post():
    step = engine.decide(
        BY_KIND["registry"],
        {"name": "s", "type": "harbor", "url": "sh.example.org/", "access_key": "a", "access_secret": "b"},
        None,
    )
    assert step.action == "create"
    credential = {"access_key": "a", "access_secret": "b"}
    assert body_of(step, ident, TOP) == {
        "name": "s",
        "type": "harbor",
        "url": "http://sh.example.org",
        "credential": credential,
    }
    step = engine.decide(
        BY_KIND["project"],
        {"name": "p", "storage_limit": "2GiB", "cve_allowlist": ["CVE-1"], "registry": "berlin", "proxy_speed_kb": 5},
        None,
    )
    assert body_of(step, ident, TOP) == {
        "project_name": "p",
        "storage_limit": 2 * 2**30,
        "registry_id": 8,
        "metadata": {"proxy_speed_kb": "5"},
    }


def test_secrets_are_sent_only_when_asked_and_never_shown():
    wanted = {"name": "shanghai", "access_secret": "n3w"}
    step = engine.decide(BY_KIND["registry"], wanted, current("registry"), send={"access_secret"})
    assert body_of(step, ident, TOP) == {"access_secret": "n3w"}
    assert "n3w" not in str(step.shown())
    wanted = {"name": "x", "type": "quay", "url": "u", "access_key": "a", "access_secret": "b3"}
    assert "b3" not in str(engine.decide(BY_KIND["registry"], wanted, None).shown())


def test_absent_removes_what_is_there_and_nothing_else():
    wanted = {"name": "web", "state": "absent"}
    assert engine.decide(BY_KIND["project"], wanted, current("project")).action == "delete"
    assert engine.decide(BY_KIND["project"], wanted, None) is None


def test_what_cannot_be_is_refused():
    with pytest.raises(InputError, match="option type and url is needed"):
        engine.decide(BY_KIND["registry"], {"name": "s"}, None)
    with pytest.raises(InputError, match="option type is 'harbor' and Harbor cannot change it to 'quay'"):
        engine.decide(BY_KIND["registry"], {"name": "shanghai", "type": "quay"}, current("registry"))


TWO = [{"pattern": "a"}, {"pattern": "b"}]
ACCESS = {"namespace": "web", "access": [{"resource": "repository", "action": "pull"}]}
ROBOT = {"secret": "Robot-1secret"}
PREHEAT = {"vendor": "kraken", "endpoint": "http://k"}
TOGETHER = [
    ("project", {"proxy_speed_kb": 5}, "proxy_speed_kb is for proxy caches"),
    ("registry", {"type": "harbor", "url": "https://h", "access_secret": "b"}, "need access_key"),
    (
        "registry",
        {"type": "tencent-tcr", "url": "https://h", "access_key": "x", "access_secret": "b"},
        "begins with AKID",
    ),
    ("replication_policy", {}, "either src_registry"),
    ("replication_policy", {"src_registry": "a", "dest_registry": "b"}, "either src_registry"),
    ("replication_policy", {"src_registry": "a", "trigger": {"type": "scheduled"}}, "needs trigger.cron"),
    (
        "replication_policy",
        {"src_registry": "a", "trigger": {"type": "event_based"}, "single_active_replication": True},
        "does not go with",
    ),
    ("replication_policy", {"src_registry": "a", "filters": [{"type": "label", "value": "x"}]}, "list of labels"),
    ("replication_policy", {"src_registry": "a", "filters": [{"type": "name", "value": ["x"]}]}, "needs a text"),
    (
        "replication_policy",
        {"src_registry": "a", "filters": [{"type": "resource", "value": "chart"}]},
        "takes image or artifact",
    ),
    (
        "replication_policy",
        {"src_registry": "a", "filters": [{"type": "name", "value": "x", "decoration": "excludes"}]},
        "no decoration",
    ),
    (
        "immutable_tag_rule",
        {"tag_selectors": TWO, "repository_selectors": TWO[:1]},
        "tag_selectors: give one entry",
    ),
    (
        "immutable_tag_rule",
        {"tag_selectors": TWO[:1], "repository_selectors": TWO},
        "repository_selectors: give one entry",
    ),
    ("retention_policy", {"rules": [{"template": "always", "tag_selectors": []}]}, "empty list of selectors"),
    ("retention_policy", {"rules": [{"template": "always", "repository_selectors": []}]}, "empty list of selectors"),
    ("retention_policy", {"rules": [{"template": "always", "count": 1}]}, "always has no count"),
    ("retention_policy", {"rules": [{"template": "latestPushedK"}]}, "each other one needs it"),
    ("retention_policy", {"rules": [{"template": "always"}] * 2}, "two of them are the same"),
    ("retention_policy", {"rules": [{"template": "always"}] * 16}, "15 at most"),
    ("robot", dict(ROBOT, permissions=[dict(ACCESS, namespace="/")]), "goes with namespace /"),
    ("robot", dict(ROBOT, permissions=[dict(ACCESS, kind="system")]), "goes with namespace /"),
    ("robot", dict(ROBOT, permissions=[dict(ACCESS, access=[])]), "each entry needs access"),
    ("robot", dict(ROBOT, project="team", permissions=[ACCESS]), "has one entry"),
    ("robot", dict(ROBOT, permissions=[ACCESS], duration=0), "-1 for ever"),
    (
        "webhook_policy",
        {
            "event_types": ["REPLICATION"],
            "targets": [{"type": "slack", "address": "http://s", "payload_format": "Default"}],
        },
        "takes no payload_format",
    ),
    ("preheat_policy", {"provider": "p", "trigger": {"type": "scheduled"}}, "needs trigger.cron"),
    (
        "preheat_instance",
        dict(PREHEAT, auth_mode="BASIC", auth_info={"username": "jo", "password": "x"}),
        "BASIC needs one entry",
    ),
    ("preheat_instance", dict(PREHEAT, auth_mode="CUSTOM", auth_info={"a": "1", "b": "2"}), "CUSTOM header"),
    ("preheat_instance", dict(PREHEAT, auth_mode="OAUTH", auth_info={"jo": "x"}), "OAUTH token"),
]


@pytest.mark.parametrize("kind, item, said", TOGETHER)
def test_options_that_do_not_go_together_are_refused(kind, item, said):
    with pytest.raises(InputError, match=said):
        engine.decide(BY_KIND[kind], dict(item, name="n"), None)


def test_what_somebody_else_put_together_badly_does_not_stand_in_the_way():
    odd = current("replication_policy", filters=[{"type": "name"}, {"type": "name", "value": "["}])
    step = engine.decide(BY_KIND["replication_policy"], {"name": "nightly", "speed": 1}, odd)
    assert body_of(step, ident, TOP)["filters"] == [{"type": "name"}, {"type": "name", "value": "["}]
    with pytest.raises(InputError, match="empty the other one"):
        engine.decide(
            BY_KIND["replication_policy"], {"name": "nightly", "src_registry": "berlin"}, current("replication_policy")
        )


def test_what_is_wanted_must_be_right_also_where_it_was_wrong_before():
    kind, odd = BY_KIND["retention_policy"], {"id": 1, "document": {}, "cron": "", "rules": [{"template": "latestPushedK"}]}
    with pytest.raises(InputError, match="each other one needs it"):
        engine.decide(kind, {"project": "web", "rules": [{"template": "always", "count": 5}]}, odd)
    assert list(engine.decide(kind, {"project": "web", "cron": "0 0 0 * * *"}, odd).changes) == ["cron"]


def test_a_registry_that_nobody_named_goes_back_by_its_number():
    unknown = engine.current_of(BY_KIND["replication_policy"], POLICY, lambda ref, number: number)
    step = engine.decide(BY_KIND["replication_policy"], {"name": "nightly", "speed": 1}, unknown)
    assert body_of(step, lambda kind, value, above: value, TOP)["dest_registry"] == {"id": 7}


def test_an_empty_key_takes_the_secret_along():
    step = engine.decide(BY_KIND["registry"], {"name": "shanghai", "access_key": ""}, current("registry"))
    assert body_of(step, ident, TOP) == {"access_key": "", "access_secret": ""}


BAD = [
    ("user", {"username": "jo", "password": "Short1x"}, "password"),
    ("user", {"username": "jo", "password": "no-upper-case-1"}, "password"),
    ("user", {"username": "jo", "password": "NO-LOWER-CASE-1"}, "password"),
    ("robot", {"name": "ci", "secret": "No-digit-at-all"}, "secret"),
    ("robot", {"name": "ci", "secret": "Long-1" + "x" * 123}, "secret"),
    ("project_member", {"project": "web", "user": "jo", "group": "devs"}, "user and group name different items"),
    ("project", {"name": "Web"}, "name"),
    ("project", {"name": "a--b"}, "name"),
    ("project", {"name": "web", "storage_limit": "20 GB"}, "storage_limit"),
    ("project", {"name": "web", "storage_limit": "1025TiB"}, "storage_limit"),
    ("project", {"name": "web", "storage_limit": "-2"}, "storage_limit"),
    ("project", {"name": "web", "storage_limit": "0"}, "storage_limit"),
    ("project", {"name": "x" * 256}, "name"),
    ("project", {"name": "web", "severity": "urgent"}, "severity"),
    ("project", {"name": "web", "cve_allowlist": ["CVE-1", " "]}, "cve_allowlist"),
    ("project", {"name": "web", "max_upstream_conn": 2**31}, "max_upstream_conn"),
    ("project", {"name": "web", "cve_allowlist_expires_at": -1}, "cve_allowlist_expires_at"),
    ("registry", {"name": "x" * 65}, "name"),
    ("registry", {"name": "s", "url": "ftp://x"}, "url"),
    ("registry", {"name": "s", "url": "https://user@host"}, "url"),
    ("replication_policy", {"name": "p", "trigger": {"cron": "0 2 * * *"}}, "trigger"),
    ("replication_policy", {"name": "p", "trigger": {"cron": "5 0 2 * * *"}}, "trigger: cron"),
    ("replication_policy", {"name": "p", "trigger": {"cron": "0 * * * * *"}}, "trigger: cron: its minute"),
    ("replication_policy", {"name": "p", "trigger": {"cron": "0 0 0 31 2 *"}}, "trigger: cron: there is no day 31"),
    ("replication_policy", {"name": "p", "trigger": {"cron": "0 0 25 * * *"}}, "trigger: cron: its hour"),
    ("replication_policy", {"name": "p", "trigger": {"cron": "@daily"}}, "trigger: cron"),
    ("replication_policy", {"name": "p", "filters": [{"type": "repository", "value": "x"}]}, "filters: type"),
    ("replication_policy", {"name": "p", "filters": [{"type": "name"}]}, "filters: value: is needed"),
    ("replication_policy", {"name": "p", "dest_namespace": "UPPER/$"}, "dest_namespace"),
    ("replication_policy", {"name": "p", "dest_namespace_replace_count": -2}, "dest_namespace_replace_count"),
    ("replication_policy", {"name": "p", "speed": -1}, "speed"),
]


@pytest.mark.parametrize("kind, item, option", BAD)
def test_what_harbor_would_store_and_break_on_is_refused(kind, item, option):
    with pytest.raises(InputError, match=f"option {option}"):
        BY_KIND[kind].validate(item)
