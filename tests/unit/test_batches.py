"""A run of a policy copies what is wanted and touches nothing that must stay."""

import json

from ansible_collections.anchorage.harbor.plugins.module_utils.batches import LONGEST, MUCH, batches
from hypothesis import given
from hypothesis import strategies as some

REPOSITORIES = some.sampled_from([f"{project}{middle}/{name}" for project in ("one", "two") for middle in ("", "/deep")
                                  for name in ("api", "web", "db")])
KEYS = some.sets(some.tuples(REPOSITORIES, some.sampled_from("12345")), max_size=25)


@given(KEYS, KEYS, KEYS)
def test_exactly_what_is_wanted_is_copied(wanted, unwanted, others):
    unwanted = unwanted - wanted
    held = wanted | unwanted | others
    found = batches(wanted, False, held, unwanted)
    assert all(sum(batch.covers(key) for batch in found) for key in wanted)
    assert [key for batch in found for key in unwanted if batch.covers(key)] == []
    for batch in found:
        assert sum(batch.covers(key) for key in held) <= MUCH * sum(batch.covers(key) for key in wanted)


@given(KEYS, KEYS)
def test_what_may_overwrite_holds_nothing_else(wanted, others):
    found = batches(wanted, True, wanted | others, others - wanted)
    assert {key for batch in found for key in wanted | others if batch.covers(key)} == wanted
    assert all(batch.override for batch in found)


def covered(filters):
    """What Harbor makes of a pair of filters: the product of names and tags."""
    name, tag = (one["value"] for one in filters)
    place, _slash, names = name.rpartition("/")
    return {(f"{place}/{one}", other) for one in names.strip("{}").split(",") for other in tag.strip("{}").split(",")}


@given(KEYS)
def test_filters_say_what_a_batch_covers(wanted):
    for batch in batches(wanted, False, wanted, set()):
        assert covered(batch.filters()) & wanted == {key for key in wanted if batch.covers(key)}


def test_few_runs_copy_much():
    wanted = {(f"team/app-{number}", tag) for number in range(10) for tag in ("1", "2")}
    assert len(batches(wanted, False, wanted, set())) == 1
    assert len(batches(wanted, False, wanted | {("team/app-1", "3")}, {("team/app-1", "3")})) == 1


def test_filters_fit_into_harbors_column():
    wanted = {("team/" + "n" * 90 + str(number), "t" * 100 + str(tag)) for number in range(40) for tag in range(9)}
    found = batches(wanted, False, wanted, set())
    assert {key for batch in found for key in covered(batch.filters())} == wanted
    assert max(len(json.dumps(batch.filters(), separators=(",", ":"))) for batch in found) <= LONGEST


def test_many_repositories_with_a_tag_each_of_its_own_need_few_runs():
    wanted = {(f"team/app-{number}", f"build-{number}") for number in range(300)}
    found = batches(wanted, False, wanted, set())
    assert {key for batch in found for key in covered(batch.filters())} >= wanted
    assert len(found) < 15
