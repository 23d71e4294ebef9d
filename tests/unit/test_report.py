"""The report says what the result of artifact_diff says, no more and no less, and nothing in a result can break the page."""

import json
import re
from html.parser import HTMLParser

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.anchorage.harbor.plugins.filter.report import report_history_lines, report_metrics, report_page
from ansible_collections.anchorage.harbor.plugins.plugin_utils.report_figures import duration, verdict
from ansible_collections.anchorage.harbor.plugins.plugin_utils.report_history import thinned
from ansible_collections.anchorage.harbor.plugins.plugin_utils.report_plots import nice
from prometheus_client.parser import text_string_to_metric_families
from results import HOSTILE, STATES, away, difference, flow, result, site, twin

WORST = {"team-003": {"missing": 12, "newer": 3, "conflict": 2, "deleted": 1}, "team-011": {"missing": 4, "accessory": 1}}
LATER = "2026-01-31T10:15:00Z"
VOID = {"meta"}


class Reader(HTMLParser):
    """Rows of cells as text, all elements with their attributes; fails where elements do not close in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.rows, self.words = [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)
        if ("td" in self.open or "th" in self.open) and "svg" not in self.open:
            self.rows[-1][-1] += data.replace("\u00a0", " ")


def page(found, history="", projects=20):
    text = report_page(found, report_history_lines(found, history), "Our registries", projects)
    return text, Reader(text)


def metrics(found, history=""):
    text = report_metrics(found, report_history_lines(found, history))
    return {(sample.name.removeprefix("harbor_replication_"), *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(text) for sample in family.samples}


def gone(found, name="south"):
    """The same with a site that did not answer, as the module tells it."""
    for one in found["flows"]:
        if name in (one["from"], one["to"]):
            one.update(equal=0, lag_seconds=0, projects={}, counts=dict.fromkeys(STATES, 0))
    found["sites"][name] = away()
    return dict(found, equal=False, differences=[])


ALONE = result([flow("north", "copy", {"team": {"equal": 9, "extra": 2}})], {"north": site(9, 1), "copy": site(11, 1)})


@pytest.mark.parametrize("found, state, sentence", [
    (twin(), "equal", "Equal: all that flows between north and south is the same, digest by digest."),
    (twin(count=0), "equal", "Equal, and empty: there is no tag at any site."),
    (twin(worst=WORST), "unequal", "Not equal: 20 images wait to be copied and 3 need a decision."),
    (twin(worst={"team-000": {"unknown": 1}}), "unequal", "Not equal: 1 needs a decision."),
    (gone(twin()), "unknown", "Not proved: south does not answer, so 2 of 2 directions could not be compared."),
    (ALONE, "equal", "Equal: all that flows between north and copy is the same, digest by digest; 2 more are at a far end only, "
     "where nothing flows back."),
    (result([], {}), "unknown", "Nothing is compared, since nothing flows between these sites."),
])
def test_the_verdict_is_one_sentence(found, state, sentence):
    assert verdict(found) == (state, sentence)
    assert sentence in page(found)[1].words


def test_a_site_that_is_away_does_not_hide_what_differs_elsewhere():
    flows = [flow("a", "b", {"team": {"equal": 5, "missing": 1}}), flow("a", "c")]
    found = result(flows, {"a": site(6, 1), "b": site(5, 1), "c": away("it said <b>no</b>")})
    text, read = page(found)
    assert verdict(found)[1] == ("Not proved: c does not answer, so 1 of 2 directions could not be compared; in the others "
                                 "1 image waits to be copied.")
    assert ["a to c", "not compared, since c did not answer", "", "", "", "", ""][:2] in [row[:2] for row in read.rows]
    assert "it said <b>no</b>" in read.words and "<b>no" not in text
    told = metrics(found)
    assert told["flow_compared", "a", "c"] == 0 and told["flow_compared", "a", "b"] == 1
    assert told["site_up", "c"] == 0 and told["equal",] == 0
    assert [key for key in told if "c" in key[1:]] == [("site_up", "c"), ("flow_compared", "a", "c")]


def test_numbers_of_the_page_are_those_of_the_result():
    found = twin(worst=WORST, lag=340)
    _text, read = page(found)
    rows = {row[0]: row for row in read.rows if row}
    assert rows["north to south"][2:] == ["2,977", "20 16 missing, 3 newer, 1 accessory", "3 2 conflict, 1 deleted", "0", "5 min 40 s"]
    assert rows["south to north"][2:] == ["2,977", "0", "0", "0", "none"]
    assert rows["team-003 north to south"][2:] == ["132", "15 12 missing, 3 newer", "3 2 conflict, 1 deleted", "0"]
    listed = [row for row in read.rows if row and re.match(r"team-\d+/api:", row[0])]
    assert len(listed) == len(found["differences"]) == 23
    assert {attrs["title"] for tag, attrs in read.elements if tag == "abbr"} == {
        one[key] for one in found["differences"] for key in ("digest_from", "digest_to") if one[key]}


def test_the_worst_projects_come_first_and_the_rest_is_counted():
    found = twin(500, 6, {f"team-{number:03d}": {"missing": 1 + number % 3} for number in range(400, 430)} | {"team-007": {"unknown": 1}})
    text, read = page(found)
    rows = [row[0] for row in read.rows if row and re.match(r"team-\d+ ", row[0])]
    assert rows[0] == "team-007 north to south" and len(rows) == 20
    left = 60 - sum(sorted((1 + number % 3 for number in range(400, 430)), reverse=True)[:19])
    assert f"980 more rows are not drawn: in them {left} images wait to be copied." in text
    assert len(text) < 200_000
    assert len([row for row in page(found, projects=1000)[1].rows if row and re.match(r"team-\d+ ", row[0])]) == 1000


def test_names_and_errors_cannot_become_elements():
    found = result([flow(HOSTILE, "b", {HOSTILE: {"equal": 1, "conflict": 1, "extra": 1}})], {HOSTILE: site(2, version=HOSTILE), "b": away(HOSTILE)},
                   [difference("conflict", HOSTILE, "b", HOSTILE, HOSTILE, reason=HOSTILE, digest_from=HOSTILE)])
    found["sites"]["b"] = site(1)
    for one in (found, gone(json.loads(json.dumps(found)), "b")):
        text, read = page(one)
        assert "script" not in {tag for tag, _attrs in read.elements} and "<script" not in text
        assert HOSTILE in "".join(read.words)
        assert not [name for _tag, attrs in read.elements for name in attrs if name.startswith("on")]
    assert metrics(found)["site_up", HOSTILE] == 1


@pytest.mark.parametrize("found", [twin(), twin(count=0), twin(worst=WORST), gone(twin()), ALONE, result([], {})])
def test_the_page_needs_nothing_else(found):
    text, read = page(found)
    names = {name for _tag, attrs in read.elements for name in attrs}
    assert not names & {"src", "href", "xlink:href", "srcset", "onload"} and "@import" not in text
    assert set(re.findall(r"url\((.*?)\)", text)) <= {"#waiting", "#conflicting", "#extra"}
    assert all(attrs.get("aria-label") or attrs.get("aria-hidden") for tag, attrs in read.elements if tag == "svg")
    assert [attrs["lang"] for tag, attrs in read.elements if tag == "html"] == ["en"]
    assert [tag for tag, _attrs in read.elements].count("h1") == 1


def test_what_there_is_little_of_can_be_seen():
    found = twin(1, 100_000, {"team-000": {"missing": 1, "conflict": 1}})
    widths = [float(attrs["width"][:-1]) for tag, attrs in page(found)[1].elements
              if tag == "rect" and attrs["class"].startswith("part") and "x" in attrs][:3]
    assert widths[0] > 90 and min(widths) > 2 and sum(widths) == pytest.approx(100, abs=0.1)


def test_every_honest_number_is_told():
    found = twin(worst=WORST, lag=340)
    found["sites"]["north"]["replication"] = {"waiting": 3, "latency_seconds": 12, "paused": True, "failed": 2, "stuck": 1}
    found["sites"]["south"]["replication"] = {}
    told = metrics(found, report_history_lines(twin(scanned_at="2026-01-31T09:00:00Z"), ""))
    assert told["equal",] == 0 and told["scan_timestamp_seconds",] - told["proof_timestamp_seconds",] == 3600
    assert [told[key, "north"] for key in ("jobs_waiting", "jobs_oldest_seconds", "queue_paused", "runs_failed", "runs_stuck")] == [3, 12, 1, 2, 1]
    assert [key for key in told if key[1:] == ("south",)] == [("site_up", "south")]
    assert told["lag_seconds", "north", "south"] == 340 and told["equal_tags", "north", "south"] == 2977
    for one in found["flows"]:
        for state, count in one["counts"].items():
            assert told["differences", one["from"], one["to"], state] == count
    assert metrics(twin())["equal",] == 1 and metrics(found)["proof_timestamp_seconds",] == 0


def test_history_is_capped_and_remembers_the_last_proof():
    text = report_history_lines(twin(), "")
    assert report_history_lines(twin(), text) == text
    for minute in range(5):
        text = report_history_lines(twin(worst=WORST, scanned_at=f"2026-01-31T11:0{minute}:00Z"), text, 3)
    looks = [json.loads(line) for line in text.splitlines()]
    assert [look["scanned_at"][14:16] for look in looks] == ["02", "03", "04"]
    assert {look["proved_at"] for look in looks} == {"2026-01-31T10:00:00Z"}
    assert looks[0]["flows"][0] == {"from": "north", "to": "south", "equal": 2977, "waiting": 20, "conflicting": 3, "extra": 0, "lag_seconds": 0}
    assert json.loads(report_history_lines(result([], {}), ""))["proved_at"] == ""


@pytest.mark.parametrize("line", ["{", "[]", '{"scanned_at": "x"}', "7"])
def test_a_history_that_is_not_ours_is_refused(line):
    with pytest.raises(AnsibleFilterError, match="line 2 is not a look of this report"):
        report_history_lines(twin(), report_history_lines(twin(), "") + line + "\n")


def test_lines_over_time_have_gaps_and_keep_the_worst():
    text = report_history_lines(twin(), "")
    text = report_history_lines(gone(twin(scanned_at=LATER)), text)
    last = twin(worst=WORST, scanned_at="2026-01-31T10:30:00Z")
    drawn, read = page(last, text)
    lines = [attrs["d"] for tag, attrs in read.elements if tag == "path" and attrs.get("class") == "line waiting" and "h0.01" in attrs["d"]]
    assert lines[0] == "M0.00 100.00h0.01M100.00 0.00h0.01"
    assert "3 looks since 2026-01-31 10:00 UTC" in drawn and "a site did not answer" in drawn
    looks = [{"away": [], "flows": [{"waiting": number == 701, "conflicting": 0}]} for number in range(1000)]
    kept = thinned(looks, 240)
    assert len(kept) == 240 and looks[701] in kept


@pytest.mark.parametrize("seconds, words", [(0, "0 s"), (59, "59 s"), (340, "5 min 40 s"), (3600, "1 h"), (90061, "1 day 1 h"), (172800, "2 days")])
def test_durations_have_two_units(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize("highest, top", [(0, 1), (1, 1), (3, 4), (11, 20), (47, 60), (3000, 4000)])
def test_axes_end_at_round_numbers(highest, top):
    assert nice(highest) == top
