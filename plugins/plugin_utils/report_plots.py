# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Plots of the report as inline SVG. The drawings stretch with the page, so that all words stand beside them in HTML
and keep their size on a telephone. Each group has a colour, a pattern and a line of its own. Pure.
"""

from __future__ import annotations

from markupsafe import Markup

from ansible_collections.anchorage.harbor.plugins.plugin_utils.report_figures import (
    GROUPS,
    clock,
    duration,
    moment,
    number,
)

LEAST = 2.5  # percent of a bar, so that three of three thousand can be seen
BARS = ("equal", *GROUPS)
PATTERNS = Markup("""<svg class="defs" width="0" height="0" aria-hidden="true" focusable="false"><defs>
<pattern id="waiting" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<rect class="soft waiting" width="7" height="7"/><rect class="solid waiting" width="3.5" height="7"/></pattern>
<pattern id="conflicting" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<rect class="solid conflicting" width="6" height="6"/><path class="gap" d="M0 0H6M0 0V6"/></pattern>
<pattern id="extra" width="6" height="6" patternUnits="userSpaceOnUse">
<rect class="soft extra" width="6" height="6"/><circle class="solid extra" cx="3" cy="3" r="1.6"/></pattern>
</defs></svg>""")
SECONDS = (10, 30, 60, 300, 900, 1800, 3600, 10800, 21600, 43200, 86400, 172800, 604800, 1209600)


def element(name, *inside, **attributes):
    """One element; text is escaped, attributes as well. `class_` is class, aria_label aria-label."""
    told = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), value)
        for key, value in attributes.items()
        if value is not None
    )
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(name), told, Markup("").join(inside))


def share_bar(row):
    """One row as a bar over the whole width. What there is little of is drawn wider than it is."""
    counts = {"equal": row.equal, **row.groups}
    if not row.total:
        return Markup("")
    widths = {name: max(LEAST, 100 * count / row.total) for name, count in counts.items() if count}
    scale, left, parts = 100 / sum(widths.values()), 0.0, []
    for name in BARS:
        if name in widths:
            width = widths[name] * scale
            parts.append(
                element("rect", class_="part " + name, x="%.2f%%" % left, width="%.2f%%" % width, height="100%")
            )
            left += width
    label = ", ".join("%s %s" % (number(count), name) for name, count in counts.items() if count)
    return element("svg", element("title", label), *parts, class_="bar", role="img", aria_label=label)


def swatch(name):
    """What a group looks like in a bar."""
    return element(
        "svg", element("rect", class_="part " + name, width="100%", height="100%"), class_="swatch", aria_hidden="true"
    )


def over_time(title, about, looks, lines, words=number, steps=None):
    """A figure of lines over time. `lines` are (group, label, one value for each look, None where nobody knows)."""
    times = [moment(look["scanned_at"]).timestamp() for look in looks]
    span = max(times) - min(times)
    across = [100 * (time - min(times)) / span if span else 50.0 for time in times]
    top = nice(max((value or 0 for _g, _l, values in lines for value in values), default=0), steps)
    drawn = [Markup('<path class="grid" d="M0 0H100M0 50H100M0 100H100"/>')]
    drawn += [element("path", class_="away", d="M%.2f 0V100" % x) for x, look in zip(across, looks) if look["away"]]
    for group, _label, values in lines:
        drawn.append(element("path", class_="line " + group + ("" if span else " dot"), d=path(across, values, top)))
    last = [
        "%s: %s" % (label, words(values[-1]) if values[-1] is not None else "not known") for _g, label, values in lines
    ]
    drawing = element(
        "svg",
        *drawn,
        viewBox="0 0 100 100",
        preserveAspectRatio="none",
        role="img",
        aria_label="%s. At last %s." % (title, "; ".join(last)),
    )
    half = element("span", words(top // 2)) if top % 2 == 0 else element("span")
    marks = element(
        "div", element("span", words(top)), half, element("span", words(0)), class_="up", aria_hidden="true"
    )
    ends = [
        element("span", clock(look["scanned_at"])[:16]) for look in (looks[:1] if not span else (looks[0], looks[-1]))
    ]
    keys = [element("li", stroke(group), text) for (group, _l, _v), text in zip(lines, last)]
    if any(look["away"] for look in looks):
        keys.append(element("li", stroke("away"), "a site did not answer"))
    return element(
        "figure",
        element("figcaption", element("strong", title), " ", about),
        element("div", marks, drawing, class_="plot"),
        element("div", *ends, class_="along" if span else "along alone"),
        element("ul", *keys, class_="keys"),
    )


def path(across, values, top):
    """A line with gaps where nothing is known; a value between two gaps is a dot."""
    told, pen = [], "M"
    for place, (x, value) in enumerate(zip(across, values)):
        if value is None:
            pen = "M"
            continue
        y = 100 - 100 * value / top
        alone = pen == "M" and (place + 1 == len(values) or values[place + 1] is None)
        told.append("%s%.2f %.2f%s" % (pen, x, y, "h0.01" if alone else ""))
        pen = "L"
    return "".join(told)


def stroke(group):
    """What a line looks like."""
    return Markup(
        '<svg class="key" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<path class="{}" d="{}"/></svg>'
    ).format(*(("away", "M50 0V10") if group == "away" else ("line " + group, "M0 5H100")))


def nice(highest, steps=None):
    """A round number at or above, never 0, so that a line of nothing lies at the bottom."""
    for step in steps or ():
        if step >= highest:
            return step
    power = 1
    while True:
        for digit in (1, 2, 4, 6, 8):
            if digit * power >= highest:
                return digit * power
        power *= 10


def lag_plot(looks):
    """The oldest that waited, at each look."""
    values = [max((flow["lag_seconds"] for flow in look["flows"]), default=None) for look in looks]
    return over_time(
        "Lag",
        "Age of the oldest image that waited to be copied.",
        looks,
        [("waiting", "oldest waiting", values)],
        duration,
        SECONDS,
    )


def summed(looks, key):
    return [sum(flow[key] for flow in look["flows"]) if look["flows"] else None for look in looks]
