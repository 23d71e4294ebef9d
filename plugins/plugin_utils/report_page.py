# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report of a result of module artifact_diff as one page of HTML that needs nothing else. Every text of a site, an
image or an error goes through element(), which escapes it.
"""

from __future__ import annotations

from markupsafe import Markup

from ansible_collections.anchorage.harbor.plugins.plugin_utils.report_bars import flows, projects, section
from ansible_collections.anchorage.harbor.plugins.plugin_utils.report_figures import (
    EQUAL,
    GROUPS,
    UNEQUAL,
    UNKNOWN,
    clock,
    duration,
    many,
    moment,
    verdict,
)
from ansible_collections.anchorage.harbor.plugins.plugin_utils.report_history import thinned
from ansible_collections.anchorage.harbor.plugins.plugin_utils.report_plots import (
    PATTERNS,
    element,
    lag_plot,
    over_time,
    summed,
)
from ansible_collections.anchorage.harbor.plugins.plugin_utils.report_style import STYLE
from ansible_collections.anchorage.harbor.plugins.plugin_utils.report_tables import differences, sites

ICONS = {
    EQUAL: '<circle cx="12" cy="12" r="10"/><path d="M7 12.5l3.5 3.5L17 8.5"/>',
    UNEQUAL: '<circle cx="12" cy="12" r="10"/><path d="M8 8l8 8M16 8l-8 8"/>',
    UNKNOWN: '<path d="M12 2.5L22.5 21.5H1.5z"/><path d="M12 9.5V14.5M12 17.8V18"/>',
}
POINTS = 240


def page(result, looks, title, most):
    """The whole page. `looks` are those of report_history, this one being the last; `most` projects are drawn."""
    state, sentence = verdict(result)
    head = element(
        "head",
        Markup(
            '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
            '<meta name="color-scheme" content="light dark">'
        ),
        element("title", "%s: %s" % (title, {EQUAL: "equal", UNEQUAL: "not equal"}.get(state, "not proved"))),
        Markup("<style>%s</style>") % Markup(STYLE),
    )
    body = element(
        "body",
        PATTERNS,
        header(result, looks, state, sentence),
        element("main", flows(result), projects(result, most), times(looks), differences(result), sites(result)),
        element(
            "footer",
            title,
            ". Written by anchorage.harbor from a comparison of digests. That replications "
            "succeeded proves nothing, and is not counted here.",
        ),
    )
    text = str(element("html", head, body, lang="en"))
    return "<!DOCTYPE html>\n%s\n" % text.replace("<tr", "\n<tr").replace("<section", "\n<section")


def header(result, looks, state, sentence):
    proved, now = looks[-1]["proved_at"], result["scanned_at"]
    if proved == now:
        told = "This look is the proof."
    elif proved:
        age = (moment(now) - moment(proved)).total_seconds()
        told = "The last proof of equality is of %s, %s before." % (clock(proved), duration(age))
    else:
        told = "Equality was never proved so far."
    icon = Markup('<svg viewBox="0 0 24 24" aria-hidden="true">%s</svg>') % Markup(ICONS[state])
    return element(
        "header",
        element(
            "div",
            element("h1", icon, element("span", sentence)),
            element("p", "Looked at on %s. %s" % (clock(now), told)),
            class_="verdict " + state,
        ),
    )


def times(looks):
    """What earlier looks found."""
    points = thinned(looks, POINTS)
    first = clock(looks[0]["scanned_at"])[:16]
    told = (
        "One look so far; each further run of this report adds one."
        if len(looks) == 1
        else (
            "%s since %s UTC; of directions that could not be compared nothing is drawn."
            % (many(len(looks), "look"), first)
        )
    )
    plots = [
        over_time(
            "What differs", "All directions together.", points, [(name, name, summed(points, name)) for name in GROUPS]
        ),
        lag_plot(points),
        over_time(
            "What is equal", "Tags, all directions together.", points, [("equal", "equal", summed(points, "equal"))]
        ),
    ]
    return section("time", "Over time", element("p", told, class_="mute"), element("div", *plots, class_="plots"))
