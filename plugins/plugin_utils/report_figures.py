# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a result of module artifact_diff says: the groups of its states, its figures by direction and project, and the
verdict in one sentence. Pure.
"""

from __future__ import annotations

from datetime import datetime, timezone

GROUPS = {
    "waiting": ("missing", "newer", "accessory", "untagged"),
    "conflicting": ("conflict", "unknown", "deleted"),
    "extra": ("extra",),
}
STATES = tuple(state for group in GROUPS.values() for state in group)
EQUAL, UNEQUAL, UNKNOWN = "equal", "unequal", "unknown"
UNITS = (("day", 86400), ("h", 3600), ("min", 60), ("s", 1))


class Row:
    """One bar: what is equal, and what differs, by state."""

    def __init__(self, flow, project, equal, counts, away):
        self.source, self.target, self.project = flow["from"], flow["to"], project
        self.equal, self.counts, self.away = equal, counts, away
        self.lag = flow["lag_seconds"]
        self.groups = {group: sum(counts.get(state, 0) for state in states) for group, states in GROUPS.items()}

    @property
    def total(self):
        return self.equal + sum(self.groups.values())

    @property
    def badness(self):
        """For sorting, the worst first: what needs a human, what waits, what is merely there."""
        return (
            -self.groups["conflicting"],
            -self.groups["waiting"],
            -self.groups["extra"],
            -self.equal,
            self.project,
            self.source,
            self.target,
        )

    def parts(self, group):
        """The states of a group that there are, such as 12 missing, 3 newer."""
        found = [(state, self.counts.get(state, 0)) for state in GROUPS[group]]
        return ", ".join("%s\u00a0%s" % (number(count), state) for state, count in found if count)


def away(result):
    """The sites that did not answer."""
    return [name for name, site in result["sites"].items() if not site["reachable"]]


def flow_rows(result):
    """One for each direction; one with an end that did not answer was not compared, whatever its figures say."""
    gone = away(result)
    return [
        Row(flow, "", flow["equal"], flow["counts"], [end for end in (flow["from"], flow["to"]) if end in gone])
        for flow in result["flows"]
    ]


def project_rows(result):
    """One for each project and direction that was compared, the worst first."""
    gone = away(result)
    rows = [
        Row(flow, name, counts["equal"], counts, [])
        for flow in result["flows"]
        if flow["from"] not in gone and flow["to"] not in gone
        for name, counts in flow["projects"].items()
    ]
    return sorted(rows, key=lambda row: row.badness)


def totals(rows):
    """What differs in all of them together."""
    return {group: sum(row.groups[group] for row in rows) for group in GROUPS}


def is_proof(result):
    """Whether this look proved something. Where nothing flows nothing is proved."""
    return bool(result["equal"] and result["flows"])


def verdict(result):
    """What it is, and one sentence."""
    rows, gone = flow_rows(result), away(result)
    if not rows:
        return UNKNOWN, "Nothing is compared, since nothing flows between these sites."
    compared = [row for row in rows if not row.away]
    found = totals(compared)
    open_ends = needs(found)
    if gone:
        sentence = "Not proved: %s not answer, so %s of %s could not be compared" % (
            named(gone) + (" does" if len(gone) == 1 else " do"),
            number(len(rows) - len(compared)),
            many(len(rows), "direction"),
        )
        if not compared:
            return UNKNOWN, sentence + "."
        return UNKNOWN, "%s; in the others %s." % (sentence, open_ends or "nothing differs")
    if not result["equal"]:
        return UNEQUAL, "Not equal: %s." % (open_ends or "something differs that is in no direction")
    tags = max(site["tags"] for site in result["sites"].values())
    if not tags:
        return EQUAL, "Equal, and empty: there is no tag at any site."
    sentence = "Equal: all that flows between %s is the same, digest by digest" % named(result["sites"])
    if found["extra"]:
        sentence += "; %s at a far end only, where nothing flows back" % are(found["extra"], "more is", "more are")
    return EQUAL, sentence + "."


def needs(found):
    """What is left to do."""
    words = []
    if found["waiting"]:
        words.append(are(found["waiting"], "image waits to be copied", "images wait to be copied"))
    if found["conflicting"]:
        words.append(are(found["conflicting"], "needs a decision", "need a decision"))
    return " and ".join(words)


# Words


def number(count):
    return "{:,}".format(count)


def many(count, word):
    return "%s %s%s" % (number(count), word, "" if count == 1 else "s")


def are(count, one, more):
    return "%s %s" % (number(count), one if count == 1 else more)


def named(names):
    """a, b and c."""
    *first, last = names
    return "%s and %s" % (", ".join(first), last) if first else last


def duration(seconds):
    """The two largest units: 2 days 4 h, 5 min 40 s."""
    words, left = [], int(seconds)
    for unit, length in UNITS:
        if left >= length and len(words) < 2:
            count, left = divmod(left, length)
            words.append("%d %s%s" % (count, unit, "s" if unit == "day" and count > 1 else ""))
        elif words:
            break
    return " ".join(words) or "0 s"


def size(count):
    """Bytes for people."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024 or unit == "GiB":
            return "%.3g %s" % (count, unit) if count < 1000 else "%.0f %s" % (count, unit)
        count /= 1024
    return ""


def moment(text):
    """A time of a result or of Harbor's, 2026-01-31T10:00:00Z, with or without parts of a second."""
    return datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)


def clock(text):
    """For people; empty stays empty."""
    return "%s UTC" % text[:19].replace("T", " ") if text else ""
