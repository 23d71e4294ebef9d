"""What the stand-in's replication takes, how it is called on the other side, and when a schedule fires."""

import datetime

import pytest
from standin import cron, matching
from standin.remote import Trouble


@pytest.mark.parametrize(
    ("pattern", "value", "taken"),
    [
        ("library/**", "library/app", True),
        ("library/**", "library/team/app", True),
        ("library/**", "libraries/app", False),
        ("library/*", "library/app", True),
        ("library/*", "library/team/app", False),
        ("**", "any/thing", True),
        ("v?", "v1", True),
        ("v?", "v10", False),
        ("{library,team}/app", "team/app", True),
        ("{library,team}/app", "other/app", False),
        ("a,b", "a,b", True),
        ("v1.0", "v1x0", False),
        ("?*", "", False),
        ("**", "", True),
        ("abc**", "abc/b", False),
        ("abc**", "abcd", True),
        ("a/**/b", "a/b", True),
        ("a/**/b", "a/x/y/b", True),
        ("**/c", "c", True),
        ("library/**", "library", False),
        ("v[0-9]", "v7", True),
        ("v[^0-9]", "v7", False),
        (r"v\*", "v*", True),
        (r"v\*", "v1", False),
        ("{a,b{1,2}}/c", "b2/c", True),
        ("[a", "a", False),
        ("", "anything", True),
    ],
)
def test_patterns(pattern, value, taken):
    assert matching.takes(pattern, value) is taken


ARTIFACTS = [
    {"digest": "sha256:a", "tags": ["v1", "latest"], "labels": ["good"]},
    {"digest": "sha256:b", "tags": [], "labels": []},
]


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        (None, [("sha256:a", ["v1", "latest"]), ("sha256:b", [])]),
        ([{"type": "name", "value": "other/**"}], []),
        ([{"type": "tag", "value": "v*"}], [("sha256:a", ["v1"])]),
        ([{"type": "tag", "value": "v*", "decoration": "excludes"}], [("sha256:a", ["latest"]), ("sha256:b", [])]),
        ([{"type": "tag", "value": "**"}], [("sha256:a", ["v1", "latest"]), ("sha256:b", [])]),
        ([{"type": "label", "value": ["good"]}], [("sha256:a", ["v1", "latest"])]),
        ([{"type": "label", "value": ["good"], "decoration": "excludes"}], [("sha256:b", [])]),
        ([{"type": "name", "value": "team/*"}, {"type": "tag", "value": "latest"}], [("sha256:a", ["latest"])]),
    ],
)
def test_filters(filters, left):
    assert [(row["digest"], row["tags"]) for row in matching.chosen(filters, "team/app", ARTIFACTS)] == left


@pytest.mark.parametrize(
    ("repository", "namespace", "count", "name"),
    [
        ("team/a/b", "", 1, "team/a/b"),
        ("team/a/b", "copy", -1, "copy/b"),
        ("team/a/b", "copy", 0, "copy/team/a/b"),
        ("team/a/b", "copy", 1, "copy/a/b"),
        ("team/a/b", "copy/deep", 2, "copy/deep/b"),
    ],
)
def test_names_on_the_other_side(repository, namespace, count, name):
    assert matching.renamed(repository, namespace, count) == name


def test_too_short_a_name_ends_the_run():
    with pytest.raises(Trouble):
        matching.renamed("team/app", "copy", 2)


@pytest.mark.parametrize(
    ("text", "time", "fires"),
    [
        ("0 0 2 * * *", "2026-03-01T02:00", True),
        ("0 0 2 * * *", "2026-03-01T03:00", False),
        ("0 */15 * * * *", "2026-03-01T03:45", True),
        ("0 10-20/5 * * * *", "2026-03-01T03:15", True),
        ("0 10-20/5 * * * *", "2026-03-01T03:25", False),
        ("0 0 0 * jan,MAR *", "2026-03-01T00:00", True),
        ("0 0 0 ? * sun", "2026-03-01T00:00", True),
        ("0 0 0 * * mon-fri", "2026-03-01T00:00", False),
        ("0 0 0 13 * sun", "2026-03-01T00:00", True),
    ],
)
def test_schedules(text, time, fires):
    assert cron.fires(text, datetime.datetime.fromisoformat(time)) is fires


@pytest.mark.parametrize("text", ["nonsense", "0 2 * * *", "0 60 * * * *", "0 0 0 0 * *", "0 5-1 * * * *", "0 */0 * * * *", "@daily"])
def test_what_is_no_schedule(text):
    with pytest.raises(ValueError):
        cron.parse(text)
