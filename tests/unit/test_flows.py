"""Sites and flows as users write them."""

import pytest
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import InputError
from ansible_collections.anchorage.harbor.plugins.module_utils.flows import Flow, flows_of, pairs_of

SITES = [{"name": name, "type": kind} for name, kind in (("a", "harbor"), ("b", "harbor"), ("c", "docker-registry"))]
WHOLE = {"include": ["*"], "exclude": [], "override": True, "deletion": "never", "speed": 0, "copy_by_chunk": False}


def flow(source, target, **more):
    return dict(WHOLE, **{"from": source, "to": target}, **more)


def test_without_flows_each_harbor_goes_to_each_other():
    assert [(one.source, one.target) for one in flows_of(SITES, [])] == [("a", "b"), ("b", "a")]


def test_what_comes_from_a_plain_registry_is_pulled():
    found = flows_of(SITES, [flow("c", "a"), flow("a", "c")])
    assert [one.pulled for one in found] == [True, False]


@pytest.mark.parametrize("sites, flows, words", [
    (SITES[:1], [], "at least two"),
    (SITES[:1] * 2, [], "two of them are named a"),
    (SITES, [flow("a", "z")], "there is no site z"),
    (SITES, [flow("a", "a")], "between two sites"),
    (SITES, [flow("a", "b"), flow("a", "b")], "entry 2"),
    (SITES + [{"name": "d", "type": "docker-registry"}], [flow("c", "d")], "neither c nor d is a Harbor"),
    (SITES, [flow("a", "b", include=[])], "include"),
])
def test_what_cannot_be(sites, flows, words):
    with pytest.raises(InputError, match=words):
        flows_of(sites, flows)


def test_pairs():
    found = pairs_of([Flow("b", "a", include=("team",)), Flow("a", "b", exclude=("tmp*",)), Flow("a", "c")])
    assert [(pair.a, pair.b, bool(pair.forth), bool(pair.back)) for pair in found] == [
        ("b", "a", True, True), ("a", "c", True, False)]
    twin = found[0]
    asked = ("b", "team"), ("b", "web"), ("a", "web"), ("a", "tmp1")
    assert [twin.is_open(*one) for one in asked] == [True, False, True, False]
    assert twin.carries("web") and twin.carries("team") and not twin.carries("tmp1")
    assert twin.other("a") == "b" and twin.flow("a").target == "b"
