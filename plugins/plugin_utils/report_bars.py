# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bars of the report: what is equal, and what differs, of each direction and each project."""

from __future__ import annotations

from markupsafe import Markup

from ansible_collections.anchorage.harbor.plugins.plugin_utils.report_figures import (
    GROUPS,
    duration,
    flow_rows,
    many,
    named,
    needs,
    number,
    project_rows,
    totals,
)
from ansible_collections.anchorage.harbor.plugins.plugin_utils.report_plots import element, share_bar, swatch

MEANINGS = {
    "equal": "the same digest at both ends",
    "waiting": "will be copied by the next catch-up",
    "conflicting": "needs a decision of yours",
    "extra": "at a far end only, where nothing flows back",
}
COLUMNS = ("Equal", "Waiting", "Conflicting", "Extra")


def legend():
    return element(
        "ul", *[element("li", swatch(name), "%s: %s" % (name, text)) for name, text in MEANINGS.items()], class_="keys"
    )


def flows(result):
    """One bar for each direction."""
    rows = flow_rows(result)
    if not rows:
        return Markup("")
    told = "Bars show shares; what there is little of is drawn wider than it is."
    about = element("p", told, class_="mute") if any(row.total for row in rows) else Markup("")
    return section(
        "directions",
        "Each direction",
        legend(),
        table(
            ("Direction", "", *COLUMNS, "Oldest waiting"),
            [
                [
                    way(row),
                    *figures(row),
                    cell("Oldest waiting", "" if row.away else duration(row.lag) if row.lag else "none"),
                ]
                for row in rows
            ],
        ),
        about,
    )


def projects(result, most):
    """One bar for each project and direction, the worst first."""
    rows = project_rows(result)
    if not rows:
        return Markup("")
    shown, rest = rows[:most], rows[most:]
    left = totals(rest)
    more = Markup("")
    if rest:
        told = [needs(left)] if needs(left) else []
        if left["extra"]:
            told.append("%s at a far end only" % number(left["extra"]))
        more = element(
            "p",
            "%s not drawn: %s."
            % (
                many(len(rest), "more row") + (" is" if len(rest) == 1 else " are"),
                ("in them " + " and ".join(told)) if told else "nothing differs in them",
            ),
            class_="mute",
        )
    drawn = "Each project in each direction"
    if rest:
        drawn += ", the first %s of %s" % (number(len(shown)), many(len(rows), "row"))
    return section(
        "projects",
        "Each project",
        element("p", drawn + "; the worst come first.", class_="mute"),
        table(("Project", "", *COLUMNS), [[way(row, row.project), *figures(row)] for row in shown]),
        more,
    )


def way(row, project=""):
    ends = "%s to %s" % (row.source, row.target)
    if project:
        return element("th", project, " ", element("small", ends), scope="row")
    return element("th", ends, scope="row")


def figures(row):
    """A bar and its numbers; a direction that was not compared has neither."""
    if row.away:
        return [
            element("td", "not compared, since %s did not answer" % named(row.away), class_="wide bad"),
            *[element("td", class_="n") for _name in COLUMNS],
        ]
    return [
        element("td", share_bar(row), class_="wide"),
        cell("Equal", number(row.equal)),
        *[
            cell(name.capitalize(), number(row.groups[name]), row.parts(name) if len(GROUPS[name]) > 1 else "")
            for name in GROUPS
        ],
    ]


def cell(name, text, more=""):
    return element("td", text, *([" ", element("small", more)] if more else []), class_="n", data_name=name)


def table(names, rows):
    head = element(
        "thead",
        element(
            "tr",
            *[
                element("th", name, scope="col", class_="n" if place > 1 else None) if name else element("td")
                for place, name in enumerate(names)
            ],
        ),
    )
    return element("table", head, element("tbody", *[element("tr", *row) for row in rows]), class_="fold")


def section(name, title, *inside):
    return element("section", element("h2", title, id=name), *inside, aria_labelledby=name)
