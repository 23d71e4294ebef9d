# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What earlier looks found, one JSON line each, the oldest first: what the plots over time show, and when equality was
proved last. Pure.
"""

from __future__ import annotations

import json

from ansible_collections.anchorage.harbor.plugins.plugin_utils.report_figures import away, flow_rows, is_proof, totals


def read(text):
    """All looks. A line that is not ours is refused: whoever wrote it did not mean to lose it."""
    looks = []
    for count, line in enumerate(text.splitlines(), 1):
        try:
            look = json.loads(line)
            looks.append({key: look[key] for key in ("scanned_at", "proved_at", "away", "flows")})
        except (ValueError, KeyError, TypeError):
            raise ValueError(
                "line %d is not a look of this report: move the file away, or mend the line" % count
            ) from None
    return looks


def look_of(result, proved_at):
    """What is remembered of one result. Directions that were not compared have no figures."""
    rows = flow_rows(result)
    return {
        "scanned_at": result["scanned_at"],
        "proved_at": result["scanned_at"] if is_proof(result) else proved_at,
        "away": away(result),
        "flows": [
            dict({"from": row.source, "to": row.target, "equal": row.equal, "lag_seconds": row.lag}, **totals([row]))
            for row in rows
            if not row.away
        ],
    }


def added(text, result, cap):
    """The text with this result, without the oldest lines above the cap. The same look is not written twice."""
    looks = read(text)
    if looks and looks[-1]["scanned_at"] == result["scanned_at"]:
        looks.pop()
    looks.append(look_of(result, looks[-1]["proved_at"] if looks else ""))
    return "".join(json.dumps(look, sort_keys=True) + "\n" for look in looks[-cap:])


def thinned(looks, count):
    """At most so many of them: of neighbours the one in which most differs, since a plot must not hide that."""
    if len(looks) <= count:
        return looks
    bounds = [len(looks) * index // count for index in range(count + 1)]
    return [max(looks[start:end], key=differing) for start, end in zip(bounds, bounds[1:])]


def differing(look):
    """How bad a look was; a site that did not answer counts above all."""
    return bool(look["away"]), sum(flow["waiting"] + flow["conflicting"] for flow in look["flows"])
