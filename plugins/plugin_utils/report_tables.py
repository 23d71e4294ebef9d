# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tables of the report: the first differences with what to do about them, and what was seen of each site."""

from __future__ import annotations

from markupsafe import Markup

from ansible_collections.anchorage.harbor.plugins.plugin_utils.report_figures import GROUPS, clock, many, number, size
from ansible_collections.anchorage.harbor.plugins.plugin_utils.report_plots import element, swatch

DECIDE = "Say which site is right in harbor_replication_decisions and run playbooks/catch_up.yml%s."
WORDS = {
    "conflict": (
        "Conflict",
        "Both sites have this tag with another image each, and neither is known to be the newer one. "
        + DECIDE % "; harbor_replication_on_conflict can be a rule for all of them",
    ),
    "unknown": ("Unknown", "Nothing tells how this came about, so nothing is done by itself. " + DECIDE % ""),
    "deleted": (
        "Deleted on one side",
        "One site had it and deleted it, the other still has it. "
        + DECIDE % (": the one that has it to restore it, the other one, with delete_digest, to delete it everywhere"),
    ),
    "missing": ("Missing", "One site never got it. The next catch-up copies it; nothing is left to you."),
    "newer": (
        "Newer",
        "The tag was moved, and the other site still has the older image. The next catch-up copies it, unless "
        "override is false for this direction; then " + DECIDE[0].lower() + DECIDE[1:] % "",
    ),
    "accessory": (
        "Accessory missing",
        "The image is equal, but a signature, SBOM or the like is at one site only. The next catch-up copies it.",
    ),
    "untagged": (
        "Untagged",
        "An image without a tag is at one site only. A catch-up passes it over: tag it if it matters, or "
        "let garbage collection remove it.",
    ),
    "extra": (
        "Extra",
        "At a far end only, and nothing flows back from there. Nothing has to be done; delete it there, or add "
        "a direction, if you want to.",
    ),
}
ORDER = ("conflict", "unknown", "deleted", "missing", "newer", "accessory", "untagged", "extra")
HEX = 12  # of a digest, as Docker shows it
TRAFFIC = {"waiting": "Jobs waiting", "failed": "Failed for good", "stuck": "Stuck"}


def differences(result):
    """The first of each state; how many there are is told with them."""
    found = {state: [one for one in result["differences"] if one["state"] == state] for state in ORDER}
    parts = [group(state, ones, result) for state, ones in found.items() if ones]
    if not parts:
        return Markup("")
    return element("section", element("h2", "What differs", id="differences"), *parts, aria_labelledby="differences")


def group(state, ones, result):
    title, todo = WORDS[state]
    total = sum(flow["counts"].get(state, 0) for flow in result["flows"])
    shown = number(total) if total <= len(ones) else "%s, the first %s are shown" % (number(total), number(len(ones)))
    kind = next(name for name, states in GROUPS.items() if state in states)
    head = element("tr", *[element("th", name, scope="col") for name in ("Image", "Has it", "The other site", "Why")])
    parts = [element("h3", swatch(kind), " %s (%s)" % (title, shown)), element("p", todo)]
    if state in GROUPS["conflicting"]:
        parts.append(element("pre", example(ones[0])))
    return Markup("").join(
        [*parts, element("table", element("thead", head), element("tbody", *map(line, ones)), class_="fold")]
    )


def example(one):
    """The first of them, decided for the site that comes first."""
    return 'harbor_replication_decisions:\n  - {repository: %s, tag: "%s", keep: %s}' % (
        one["repository"],
        one["tag"],
        one["from"],
    )


def line(one):
    name = "%s:%s" % (one["repository"], one["tag"]) if one["tag"] else one["repository"]
    return element(
        "tr",
        element("td", element("strong", name), element("small", size(one["size"])), class_="image"),
        at(one["from"], one["digest_from"], one["pushed_from"]),
        at(one["to"], one["digest_to"], one["pushed_to"]),
        element("td", one["reason"], data_name="Why"),
    )


def at(site, digest, pushed):
    """What one site has."""
    if not digest:
        return element("td", "%s: not there" % site, class_="at")
    algorithm, _colon, digits = digest.partition(":")
    short = element("abbr", element("code", "%s:%s" % (algorithm, digits[:HEX])), title=digest)
    return element(
        "td", site, ": ", short, element("small", "pushed %s" % clock(pushed)) if pushed else "", class_="at"
    )


def sites(result):
    """What was seen of each site, and what it has in hand."""
    names = ("Projects", "Repositories", "Tags", *TRAFFIC.values())
    head = element(
        "tr",
        element("th", "Site", scope="col"),
        element("th", "Seen", scope="col"),
        *[element("th", name, scope="col", class_="n") for name in names],
    )
    rows = [site_row(name, site) for name, site in result["sites"].items()]
    about = (
        "Jobs that wait are of the site's replication queue, the other two of its runs of the last day. What was lost "
        "before it became a job is in none of them, only in the comparison above."
    )
    return element(
        "section",
        element("h2", "The sites", id="sites"),
        element("p", about, class_="mute"),
        element("table", element("thead", head), element("tbody", *rows), class_="fold"),
        aria_labelledby="sites",
    )


def site_row(name, site):
    title = element("th", name, scope="row")
    if not site["reachable"]:
        return element(
            "tr",
            title,
            element(
                "td", element("strong", "does not answer", class_="bad"), element("small", site["error"]), colspan="7"
            ),
        )
    seen = "%s, %s in %.1f s" % (
        site["version"] or "plain registry",
        many(site["requests"], "request"),
        site["seconds"],
    )
    traffic = site["replication"]
    cells = [
        count(label, site[key])
        for key, label in (("projects", "Projects"), ("repositories", "Repositories"), ("tags", "Tags"))
    ]
    for key, label in TRAFFIC.items():
        bad = key != "waiting" and traffic.get(key)
        cells.append(
            element(
                "td",
                number(traffic[key]) if key in traffic else "not known",
                element("small", " queue paused") if key == "waiting" and traffic.get("paused") else "",
                class_="n bad" if bad else "n",
                data_name=label,
            )
        )
    return element("tr", title, element("td", "answers: " + seen), *cells)


def count(label, value):
    return element("td", number(value), class_="n", data_name=label)
