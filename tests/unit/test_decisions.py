"""What is done about a difference, and what is refused."""

import pytest
from ansible_collections.anchorage.harbor.plugins.module_utils.decisions import Copy, Decisions, Deletion
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import InputError
from ansible_collections.anchorage.harbor.plugins.module_utils.flows import Flow, pairs_of
from ansible_collections.anchorage.harbor.plugins.module_utils.inventory import Image
from ansible_collections.anchorage.harbor.plugins.module_utils.verdict import STATES, Difference

OLD, NEW, NOTHING = Image("old", "2026-01-01T00:00:00Z"), Image("new", "2026-01-02T00:00:00Z"), Image("")
RULES = {"on_conflict": "report", "prefer": None, "decisions": []}


def both(deletion="never", override=True):
    return pairs_of([Flow("a", "b", deletion=deletion, override=override), Flow("b", "a", deletion=deletion)])[0]


def one(state, here=NEW, there=OLD):
    return Difference(state, "a", "b", "team/api", "1", here, there, "because")


def by_hand(keep, digest=None):
    return dict(RULES, decisions=[{"repository": "team/api", "tag": "1", "keep": keep, "delete_digest": digest}])


def decided(rules, difference, pair=None):
    return Decisions(rules, ("a", "b", "c")).of(pair or both(), difference)


@pytest.mark.parametrize("state", STATES)
def test_without_a_rule_only_what_is_certain_is_done(state):
    found = decided(RULES, one(state))
    assert isinstance(found, Copy) == (state in ("missing", "newer", "accessory"))
    assert found is None or (found.source, found.target, found.override) == ("a", "b", state == "newer")


def test_a_flow_that_may_not_overwrite_leaves_what_is_newer():
    assert decided(RULES, one("newer"), both(override=False)) is None


@pytest.mark.parametrize("rules, winner", [
    (dict(RULES, on_conflict="newest"), "a"), (dict(RULES, on_conflict="prefer", prefer="b"), "b"),
    (dict(RULES, on_conflict="prefer", prefer="c"), None), (by_hand("b"), "b"), (by_hand("c"), None)])
def test_a_conflict(rules, winner):
    found = decided(rules, one("conflict"))
    assert (found and found.source) == winner
    assert found is None or found.override and found.replaces == (OLD if winner == "a" else NEW).digest


def test_the_newest_needs_times():
    assert decided(dict(RULES, on_conflict="newest"), one("conflict", Image("new"), OLD)) is None


@pytest.mark.parametrize("state", ["deleted", "unknown"])
def test_a_deletion_is_undone_or_carried_by_hand(state):
    gone = one(state, NEW, NOTHING)
    restored = decided(by_hand("a"), gone)
    assert (restored.source, restored.target, restored.override, restored.replaces) == ("a", "b", False, "")
    assert decided(by_hand("b", "new"), gone, both("reviewed")) == Deletion("a", ("team/api", "1"), "new", "because")


@pytest.mark.parametrize("rules, pair, words", [
    (by_hand("b", "new"), both("never"), "carries no deletions"),
    (by_hand("b"), both("reviewed"), "say delete_digest new"),
    (by_hand("b", "old"), both("reviewed"), "say delete_digest new"),
    (by_hand("b", "new"), pairs_of([Flow("a", "b")])[0], "nothing flows from b to a"),
])
def test_a_deletion_that_was_not_meant(rules, pair, words):
    with pytest.raises(InputError, match=words):
        decided(rules, one("deleted", NEW, NOTHING), pair)


@pytest.mark.parametrize("rules, words", [
    (dict(RULES, prefer="a"), "option prefer"), (dict(RULES, on_conflict="prefer"), "option prefer"),
    (dict(RULES, on_conflict="prefer", prefer="z"), "no site z"), (by_hand("z"), "entry 1: there is no site z")])
def test_rules_that_cannot_be(rules, words):
    with pytest.raises(InputError, match=words):
        Decisions(rules, ("a", "b"))


def test_what_is_newer_can_be_taken_back_by_hand():
    found = decided(by_hand("b"), one("newer"))
    assert (found.source, found.target, found.override, found.replaces) == ("b", "a", True, "new")


def test_what_never_arrived_can_be_deleted_by_name_and_digest():
    missing = one("missing", NEW, NOTHING)
    assert decided(by_hand("b", "new"), missing, both("reviewed")) == Deletion("a", ("team/api", "1"), "new", "because")
    for earlier in (by_hand("b", "old"), by_hand("b"), by_hand("a", "new")):
        assert decided(earlier, missing, both("reviewed")).target == "b"


def test_a_signature_that_was_deleted_is_restored_by_hand():
    found = decided(by_hand("a"), one("deleted", NEW, NEW))
    assert (found.source, found.target, found.override, found.replaces) == ("a", "b", False, "")
    with pytest.raises(InputError, match="by its own digest, or keep a"):
        decided(by_hand("b", "new"), one("deleted", NEW, NEW), both("reviewed"))
