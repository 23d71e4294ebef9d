"""What a difference between two sites means: a row for each case, decided from what each side once had."""

from types import SimpleNamespace

import pytest
from ansible_collections.anchorage.harbor.plugins.module_utils.flows import Flow, pairs_of
from ansible_collections.anchorage.harbor.plugins.module_utils.history import History, Silent
from ansible_collections.anchorage.harbor.plugins.module_utils.inventory import Image, Inventory
from ansible_collections.anchorage.harbor.plugins.module_utils.ledger import Page
from ansible_collections.anchorage.harbor.plugins.module_utils.verdict import compare

KEY = "team/api", "1"
BOTH = [Flow("a", "b"), Flow("b", "a")]
FORTH = [Flow("a", "b")]


def stock(digest="", **more):
    found = Inventory(projects={"team": {}}, repositories={"team/api"}, **more)
    if digest:
        found.tags[KEY] = Image(digest)
    return found


def log(had="", deleted=(), undated=False, whole=True):
    """A history: digests that the tag had, what was deleted, rows without a digest, and whether it is whole."""
    found = History()
    found.had = {KEY: set(had)} if had or undated else {}
    found.undated = {KEY} if undated else set()
    found.deleted, found.whole, found.known = set(deleted), {"team": whole}, {"team/api"}
    return found


def ledger(digest=None, known=True):
    return Page({"team/api": {"1": digest}} if digest is not None else {"team/web": {"1": "x"}} if known else {})


NO = log(whole=False)  # nobody knows
NONE = ledger(known=False)

# title: flows, digest at a, at b, log of a, log of b, ledger -> state, source
CASES = {
    "equal": (BOTH, "1", "1", log(), log(), NONE, None),
    "missing at b": (BOTH, "1", "", log("1"), log(), NONE, ("missing", "a")),
    "missing at a": (BOTH, "", "1", log(), log("1"), NONE, ("missing", "b")),
    "deleted at b by its tag": (BOTH, "1", "", log("1"), log("1", [KEY]), NONE, ("deleted", "a")),
    "deleted at b by its digest": (BOTH, "1", "", log("1"), log("1", [("team/api", "1")]), NONE, ("deleted", "a")),
    "deleted at b with its repository": (BOTH, "1", "", log("1"), log("1", ["team/api"]), NONE, ("deleted", "a")),
    "deleted at b with its project": (BOTH, "1", "", log("1"), log("", ["team"]), NONE, ("deleted", "a")),
    "b deleted an older one, and never had this": (BOTH, "2", "", log("12"), log("1", [KEY]), NONE, ("missing", "a")),
    "b had it, and no row says how it went": (BOTH, "1", "", log("1"), log("1"), NONE, ("unknown", "a")),
    "b had a tag of that name, its digest is not told": (BOTH, "1", "", log("1"), log(undated=True), NONE,
                                                         ("unknown", "a")),
    "the log of b is cut": (BOTH, "1", "", log("1"), NO, NONE, ("unknown", "a")),
    "no log, but the ledger covers the project": (BOTH, "1", "", NO, NO, ledger(), ("missing", "a")),
    "no log, the ledger had it on both": (BOTH, "1", "", NO, NO, ledger("1"), ("deleted", "a")),
    "no log, the ledger had another": (BOTH, "2", "", NO, NO, ledger("1"), ("missing", "a")),
    "no log, undecided since the ledger was begun": (BOTH, "1", "", NO, NO, ledger(""), ("unknown", "a")),
    "undecided once, but the log is whole": (BOTH, "1", "", log("1"), log(), ledger(""), ("missing", "a")),
    "b deleted its tag, no row says what it was": (BOTH, "1", "", log("1"), log("", [KEY]), NONE, ("unknown", "a")),
    "b deleted its digest, no row says that it had it": (BOTH, "1", "", log("1"), log("", [("team/api", "1")]), NONE,
                                                         ("unknown", "a")),
    "a is newer": (BOTH, "2", "1", log("12"), log("1"), NONE, ("newer", "a")),
    "b is newer": (BOTH, "1", "2", log("1"), log("12"), NONE, ("newer", "b")),
    "neither had the other's": (BOTH, "1", "2", log("1"), log("2"), NONE, ("conflict", "a")),
    "each had the other's": (BOTH, "1", "2", log("12"), log("12"), NONE, ("conflict", "a")),
    "a had it, what b had is not known": (BOTH, "2", "1", log("12"), log("1", whole=False), NONE, ("unknown", "a")),
    "a had it, b has a row without a digest": (BOTH, "2", "1", log("12"), log("1", undated=True), NONE,
                                               ("unknown", "a")),
    "no log, by the ledger a is newer": (BOTH, "2", "1", NO, NO, ledger("1"), ("newer", "a")),
    "no log, by the ledger b is newer": (BOTH, "1", "2", NO, NO, ledger("1"), ("newer", "b")),
    "no log, both differ from the ledger": (BOTH, "1", "2", NO, NO, ledger("3"), ("unknown", "a")),
    "no log, undecided by the ledger": (BOTH, "1", "2", NO, NO, ledger(""), ("unknown", "a")),
    "no log, no ledger": (BOTH, "1", "2", NO, NO, NONE, ("unknown", "a")),
    "one way, missing": (FORTH, "1", "", log("1"), log(), NONE, ("missing", "a")),
    "one way, made at the far end": (FORTH, "", "1", log(), log("1"), NONE, ("extra", "b")),
    "one way, deleted at the source": (FORTH, "", "1", log("1", [KEY]), log("1"), NONE, ("deleted", "b")),
    "one way, newer": (FORTH, "2", "1", log("12"), log("1"), NONE, ("newer", "a")),
    "one way, changed at the far end": (FORTH, "1", "2", log("1"), log("12"), NONE, ("conflict", "a")),
    "a project that flows nowhere": ([Flow("a", "b", exclude=("team",))], "1", "", log("1"), log(), NONE, None),
}


@pytest.mark.parametrize("title", CASES)
def test_a_tag(title):
    flows, here, there, log_a, log_b, page, expected = CASES[title]
    (pair,) = pairs_of(flows)
    found = compare(pair, {"a": stock(here), "b": stock(there)}, {"a": log_a, "b": log_b}, page)
    assert [(one.state, one.source) for one in found.differences] == ([expected] if expected else [])
    for one in found.differences:
        digests = {"a": here, "b": there}
        assert (one.here.digest, one.there.digest) == (digests[one.source], digests[one.target]) and one.reason
    assert sum(found.equal.values()) == (title == "equal")


def test_a_plain_registry_has_no_history_and_needs_none():
    (pair,) = pairs_of(FORTH)
    silent = Silent({"team"})
    missing = compare(pair, {"a": stock("1"), "b": stock()}, {"a": log("1"), "b": silent}, NONE).differences
    newer = compare(pair, {"a": stock("2"), "b": stock("1")}, {"a": log("12"), "b": silent}, NONE).differences
    foreign = compare(pair, {"a": stock("2"), "b": stock("1")}, {"a": log("2"), "b": silent}, NONE).differences
    assert [one.state for found in (missing, newer, foreign) for one in found] == ["missing", "newer", "conflict"]


SIGNED = {("team/api", "1"): {"s": "signature.cosign"}}


@pytest.mark.parametrize("flows, deleted, state", [
    (BOTH, (), "accessory"), (FORTH, (), "accessory"), (BOTH, [("team/api", "s")], "deleted")])
def test_a_signature_that_is_missing_under_an_equal_tag(flows, deleted, state):
    (pair,) = pairs_of(flows)
    stocks = {"a": stock("1", accessories=SIGNED), "b": stock("1")}
    found = compare(pair, stocks, {"a": log("1"), "b": log("1", deleted)}, NONE)
    assert [(one.state, one.source, one.tag) for one in found.differences] == [(state, "a", "1")]
    assert sum(found.equal.values()) == 1


def test_a_signature_at_the_far_end_only_is_nobodys_fault():
    (pair,) = pairs_of(FORTH)
    stocks = {"a": stock("1"), "b": stock("1", accessories=SIGNED)}
    assert [one.state for one in compare(pair, stocks, {}, NONE).differences] == ["extra"]


@pytest.mark.parametrize("flows, state", [(BOTH, "untagged"), (FORTH, "untagged")])
def test_images_without_a_tag(flows, state):
    (pair,) = pairs_of(flows)
    only_there = {("team/api", "9"): Image("9")}
    found = compare(pair, {"a": stock("1", untagged=only_there), "b": stock("1")}, {}, NONE).differences
    assert [(one.state, one.source, one.tag, one.here.digest) for one in found] == [(state, "a", "", "9")]
    tagged = stock("9")
    found = compare(pair, {"a": stock("", untagged=only_there), "b": tagged}, {"a": log(), "b": log("9")}, NONE)
    assert [one.tag for one in found.differences] == ["1"]  # its tag tells, and that once


def test_what_is_told_of_a_difference_is_whole():
    (pair,) = pairs_of(BOTH)
    held = Inventory(tags={KEY: Image("1", "2026-01-31T10:00:00.000Z", 7)}, projects={"team": {}})
    (one,) = compare(pair, {"a": held, "b": stock()}, {"a": log("1"), "b": log()}, NONE).differences
    assert SimpleNamespace(**one.shown()) == SimpleNamespace(**{
        "state": "missing", "from": "a", "to": "b", "repository": "team/api", "tag": "1", "digest_from": "1",
        "digest_to": "", "pushed_from": "2026-01-31T10:00:00.000Z", "pushed_to": "", "size": 7,
        "reason": "b never had it"})
