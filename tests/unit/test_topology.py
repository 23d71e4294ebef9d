"""Sites and a shape become flows, and flows become what each site must hold."""

import pytest
from ansible_collections.anchorage.harbor.plugins.filter.topology import flow_faults
from ansible_collections.anchorage.harbor.plugins.filter.with_exceptions import with_exceptions
from ansible_collections.anchorage.harbor.plugins.module_utils.flows import flows_of
from ansible_collections.anchorage.harbor.plugins.module_utils.site_objects import objects_of, sites_of
from ansible_collections.anchorage.harbor.plugins.module_utils.topology import flows_for

SECRET = "Long-en0ugh"
OPTIONS = {"robot_prefix": "robot$", "pull_cron": "0 */10 * * * *", "ca": {}}
ALL = ("a", "b", "c")


def sites(*names, plain=()):
    return [
        {"name": name, "type": "docker-registry" if name in plain else "harbor", "url": f"https://{name}.example.org",
         "validate_certs": True, "ca_path": "", "username": "", "password": ""}
        for name in (*names, *plain)
    ]


def ends(flows):
    return [(flow["from"], flow["to"]) for flow in flows]


def secrets(flows):
    found = {}
    for flow in flows:
        for end in (flow["from"], flow["to"]):
            found.setdefault(end, {"catch-up": SECRET})
        found[flow["to"]]["from-" + flow["from"]] = SECRET
    return found


def held(name, given, flows, away=()):
    return objects_of(name, given, flows, secrets(flows), OPTIONS, away)


@pytest.mark.parametrize(
    ("topology", "given", "tree", "expected"),
    [
        ("twin", sites("a", "b"), {}, [("a", "b"), ("b", "a")]),
        ("twin", sites("a", "b", plain=["r"]), {}, [("a", "b"), ("b", "a")]),
        ("mesh", sites(*ALL), {}, [("a", "b"), ("a", "c"), ("b", "a"), ("b", "c"), ("c", "a"), ("c", "b")]),
        ("fanout", sites(*ALL), {}, [("a", "b"), ("a", "c")]),
        ("fanout", sites("a", plain=["r"]), {}, [("a", "r")]),
        ("tree", sites(*ALL), {"a": ["b"], "b": ["c"]}, [("a", "b"), ("b", "c")]),
        ("registry", sites("a", plain=["r"]), {}, [("a", "r"), ("r", "a")]),
        ("custom", sites(*ALL), {}, []),
    ],
)
def test_shapes(topology, given, tree, expected):
    flows = flows_for(given, topology, {}, [], tree)
    assert ends(flows) == expected
    assert not flows or len(flows_of(given, flows)) == len(expected), "the modules take them as they are"


def test_what_holds_for_all_and_what_differs_in_one_direction():
    common, other = {"exclude": ["tmp*"], "speed": 10}, {"from": "b", "to": "a", "speed": 0, "override": False}
    flows = flows_for(sites("a", "b"), "twin", common, [other], {})
    assert flows[0] == {"from": "a", "to": "b", "include": ["*"], "exclude": ["tmp*"], "override": True,
                        "deletion": "never", "speed": 10, "copy_by_chunk": False}
    assert flows[1] == dict(flows[0], **other)
    only = flows_for(sites(*ALL), "custom", {}, [{"from": "c", "to": "a", "include": ["web"]}], {})
    assert ends(only) == [("c", "a")] and only[0]["include"] == ["web"]


BOTH_DELETE = {"deletion": "event"}
DIVIDED = [{"from": "a", "to": "b", "include": ["a-*"]}, {"from": "b", "to": "a", "include": ["b-*"]}]


def test_deletions_both_ways_are_taken_where_each_project_is_written_at_one_site():
    flows = flows_for(sites("a", "b"), "twin", BOTH_DELETE, DIVIDED, {})
    assert [flow["deletion"] for flow in flows] == ["event", "event"]
    but = [{"from": "a", "to": "b", "exclude": ["b*"]}, {"from": "b", "to": "a", "include": ["b-1", "b*"]}]
    assert len(flows_for(sites("a", "b"), "twin", BOTH_DELETE, but, {})) == 2


# (sites, topology, flow, directions, tree, what the sentence must say)
FAULTS = [
    (sites("a", "b"), "ring", {}, [], {}, "harbor_replication_topology is 'ring': give one of twin, mesh"),
    (sites(*ALL), "twin", {}, [], {}, "twin takes two Harbors, harbor_site_sites has 3: use mesh"),
    (sites("a", "b"), "registry", {}, [], {}, "registry needs a Harbor and a site of type docker-registry"),
    (sites("A", "b"), "twin", {}, [], {}, "harbor_site_sites: 'A' cannot name a robot of Harbor"),
    (sites(*ALL), "tree", {}, [], {}, "harbor_replication_tree is empty: write each parent"),
    (sites(*ALL), "tree", {}, [], {"a": ["d"]}, "harbor_replication_tree names d: write each parent"),
    (sites(*ALL), "tree", {}, [], {"a": ["c"], "b": ["c"]}, "c has two parents or is below itself"),
    (sites(*ALL), "tree", {}, [], {"a": ["b"], "b": ["a"]}, "has two parents or is below itself"),
    (sites("a", "b"), "twin", {"sped": 1}, [], {}, "harbor_replication_flow: there is no sped, use include, exclude"),
    (sites("a", "b"), "twin", {"from": "a"}, [], {}, "harbor_replication_flow: there is no from"),
    (sites("a", "b"), "twin", {"speed": -1}, [], {}, "speed is '-1': give a whole number, 0 or more"),
    (sites("a", "b"), "twin", {"deletion": "yes"}, [], {}, "deletion is 'yes': give never, event, reviewed"),
    (sites("a", "b"), "twin", {"include": "web"}, [], {}, "include is 'web': give a list of projects"),
    (sites("a", "b"), "twin", {"override": 1}, [], {}, "override is '1': give true or false"),
    (sites("a", "b"), "twin", {"include": ["web/*"]}, [], {}, "harbor_replication_flow, include: 'web/*' is no pattern"),
    (sites("a", "b"), "twin", {"include": ["web"], "exclude": ["w*"]}, [], {}, "leaves no project: name in include"),
    (sites("a", "b"), "twin", {"exclude": [f"p{n}x{n * 7919}" for n in range(99)]}, [], {}, "Harbor keeps 1024"),
    (sites("a", "b"), "twin", {}, [{"from": "a", "to": "d"}], {}, "entry 1: from 'a' to 'd': name two of the sites a, b"),
    (sites("a", "b"), "twin", {}, [{"from": "a"}], {}, "entry 1: from 'a' to '': name two of the sites"),
    (sites("a", "b"), "fanout", {}, [{"from": "b", "to": "a"}], {}, "nothing flows from b to a in topology fanout"),
    (sites("a", plain=["r", "s"]), "custom", {}, [{"from": "r", "to": "s"}], {}, "r to s: neither is a Harbor"),
    (sites("a", plain=["r"]), "registry", BOTH_DELETE, [], {}, "r to a: r tells of no deletions: set deletion"),
    (sites("a", "b"), "twin", BOTH_DELETE, [], {}, "a to b and back: deletion event both ways for the same projects"),
    (sites("a", "b"), "twin", dict(BOTH_DELETE, include=["x*"]), [{"from": "a", "to": "b", "include": ["xy"]}], {},
     "use never or reviewed, or divide the projects"),
]


@pytest.mark.parametrize("number", range(len(FAULTS)), ids=lambda number: FAULTS[number][-1][:40])
def test_what_cannot_be_is_refused(number):
    *given, sentence = FAULTS[number]
    (fault,) = flow_faults(*given)
    assert sentence in fault


def test_secrets_are_asked_for_by_their_name():
    given = sites("a", "b")
    flows = flows_for(given, "twin", {}, [], {})
    assert flow_faults(given, "twin", secrets=secrets(flows)) == []
    for bad in (None, "", "short", "all-lower-case-1", 7):
        wrong = dict(secrets(flows), b={"catch-up": SECRET, "from-a": bad})
        (fault,) = flow_faults(given, "twin", secrets=wrong)
        assert fault.startswith("harbor_replication_secrets.b.from-a is missing or unusable: give 8 to 128 characters")
        assert not bad or str(bad) not in fault.replace("give 8", "")
    assert "harbor_replication_secrets.a.catch-up" in flow_faults(given, "twin", secrets={})[0]


def rights(robot):
    return {f"{access['resource']}:{access['action']}" for entry in robot["permissions"] for access in entry["access"]}


def named(items):
    return {item["name"]: item for item in items}


def test_what_a_site_of_twins_holds():
    given = sites("a", "b")
    found = held("a", given, flows_for(given, "twin", {"exclude": ["x*"], "speed": 5}, [], {}))
    assert list(named(found["robots"])) == ["catch-up", "from-b"]
    assert rights(named(found["robots"])["from-b"]) == {"repository:pull", "repository:push"}
    assert not {"tag:delete", "repository:push"} & rights(named(found["robots"])["catch-up"])
    (endpoint,) = found["registries"]
    assert endpoint == {"name": "b", "type": "harbor", "url": "https://b.example.org", "insecure": False,
                        "access_key": "robot$from-a", "access_secret": SECRET}
    event, by_hand = found["replication_policies"][:2]
    assert event == {"name": "to-b", "dest_registry": "b", "enabled": True, "speed": 5, "copy_by_chunk": False,
                     "trigger": {"type": "event_based"}, "override": True, "deletion": False,
                     "filters": [{"type": "name", "value": "[^x]*/**"}]}
    assert by_hand["name"] == "catch-up-to-b" and by_hand["trigger"] == {"type": "manual"}
    assert not {"filters", "override"} & set(by_hand), "module replication_catchup writes these"
    assert found["replication_policies"][2:] == [{"name": name, "state": "absent"} for name in ("from-b", "catch-up-from-b")]


@pytest.mark.parametrize(
    ("deletion", "robot", "more"),
    [("event", "from-a", {"repository:delete", "tag:delete"}), ("reviewed", "catch-up", {"tag:delete"})],
)
def test_deletions_need_more_rights_and_only_where_they_are_done(deletion, robot, more):
    given = sites("a", "b")
    at = {name: named(held(name, given, flows_for(given, "fanout", {"deletion": deletion}, [], {}))["robots"]) for name in "ab"}
    without = named(held("b", given, flows_for(given, "fanout", {}, [], {}))["robots"])
    assert rights(at["b"][robot]) - rights(without[robot]) == more
    assert not more & rights(at["a"]["catch-up"]), "a only sends"


def test_a_copy_at_the_far_end_holds_no_policy_and_may_start_none():
    given = sites("a", "b")
    found = held("b", given, flows_for(given, "fanout", {}, [], {}))
    assert found["registries"] == [] and {item.get("state") for item in found["replication_policies"]} == {"absent"}
    assert "replication:create" not in rights(named(found["robots"])["catch-up"])


def test_a_plain_registry_is_pushed_to_and_pulled_from():
    given = sites("a", plain=["r"])
    given[1].update(username="me", password=SECRET)
    flows = flows_for(given, "registry", {}, [], {})
    found = held("a", given, flows)
    assert list(named(found["robots"])) == ["catch-up"]
    assert found["registries"][0]["type"] == "docker-registry" and found["registries"][0]["access_key"] == "me"
    policies = named(found["replication_policies"])
    assert list(policies) == ["to-r", "catch-up-to-r", "from-r", "catch-up-from-r"]
    assert policies["from-r"]["src_registry"] == "r" and policies["from-r"]["filters"] == []
    assert policies["from-r"]["trigger"] == {"type": "scheduled", "cron": "0 */10 * * * *"}
    assert held("r", given, flows) == {"robots": [], "registries": [], "replication_policies": [], "later": []}


def test_what_needs_a_site_that_is_away_is_left_for_later():
    given = sites(*ALL)
    found = held("a", given, flows_for(given, "mesh", {}, [], {}), away=["b"])
    assert found["later"] == ["a to b: b does not answer"]
    assert list(named(found["robots"])) == ["catch-up", "from-b", "from-c"]
    assert list(named(found["registries"])) == ["c"] and "to-b" not in named(found["replication_policies"])


def test_modules_enter_as_the_robot_for_that():
    given = sites("a", "b", "c", plain=["r"])
    flows = flows_for(given, "custom", {}, [{"from": "a", "to": "b"}, {"from": "a", "to": "r"}], {})
    found = sites_of(given, flows, secrets(flows), "robot$")
    assert [site["name"] for site in found] == ["a", "b", "r"]
    assert found[0]["username"] == "robot$catch-up" and found[0]["password"] == SECRET
    assert found[2] == {"name": "r", "type": "docker-registry", "url": "https://r.example.org", "validate_certs": True}


def test_exceptions_are_laid_over_items_of_the_same_name():
    labels = [{"project": "web", "name": "old", "color": "#fff"}, {"project": "api", "name": "old"}]
    laid = with_exceptions(labels, "labels", {"labels": [{"project": "api", "name": "old", "color": "#000"}, {"name": "new"}]})
    assert laid == [labels[0], {"project": "api", "name": "old", "color": "#000"}, {"name": "new"}]
    assert with_exceptions({"read_only": False}, "configuration", {"configuration": {"read_only": True}}) == {"read_only": True}
    assert with_exceptions(labels, "labels", {"projects": [{"name": "x"}]}) == labels
