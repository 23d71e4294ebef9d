"""Rows of measurements as a table, as JSON and as a plot."""

import json
from math import log

SHOWN = ("size", "latency_ms", "ansible_start_s", "apply_first_s", "apply_noop_s", "apply_one_s", "export_s",
         "floor_first_s", "floor_noop_s", "requests_noop", "connections", "peak_mib")
BESIDE = ("modules_first_s", "modules_noop_s", "uri_first_s", "uri_noop_s")
MORE = ("noop_group_vars_s", "requests_first", "requests_one", "requests_export", "requests_floor_noop",
        "connections_floor", "peak_first_mib", "peak_export_mib")
LINES = (("apply_first_s", "apply, first", "#0065ab", ""), ("floor_first_s", "its floor", "#0065ab", "5 4"),
         ("apply_noop_s", "apply, nothing to do", "#c4561b", ""), ("floor_noop_s", "its floor", "#c4561b", "5 4"),
         ("export_s", "export", "#3c8a3f", ""), ("modules_first_s", "a module call an object, first", "#777777", ""),
         ("uri_first_s", "ansible.builtin.uri, first", "#777777", "2 3"))
ABOUT = "Seconds over projects, each with quota, 2 members, robot, label, retention and webhook"
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 860, 420, 60, 40, 370


def table(rows):
    """Columns side by side, one line a row."""
    parts = []
    for names in (SHOWN, ("size", "latency_ms", *BESIDE), ("size", "latency_ms", *MORE)):
        lines = [[text(row.get(name)) for name in names] for row in rows]
        widths = [max(map(len, column)) for column in zip(names, *lines)]
        parts.append("\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths))
                               for line in (names, *lines)))
    return "\n\n".join(parts)


def text(value):
    return "-" if value is None else f"{value:.2f}" if isinstance(value, float) else str(value)


def save(rows, path):
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


def plot(rows):
    """An SVG: seconds over sizes, both logarithmic, for the lowest latency."""
    rows = [row for row in rows if row["latency_ms"] == min(row["latency_ms"] for row in rows)]
    values = [row[name] for row in rows for name, *_rest in LINES if row.get(name)]
    across = scale([row["size"] for row in rows], LEFT, 600)
    up = scale(values, BOTTOM, TOP)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
             'font-size="12">', f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
             f'<text x="{LEFT}" y="20" font-size="14">{ABOUT}</text>']
    for exponent in range(-1, 6):
        for digit in (1, 3):
            mark = digit * 10**exponent
            if min(values) <= mark <= max(values):
                parts.append(f'<line x1="{LEFT}" x2="600" y1="{up(mark):.1f}" y2="{up(mark):.1f}" stroke="#dddddd"/>')
                parts.append(f'<text x="{LEFT - 8}" y="{up(mark) + 4:.1f}" text-anchor="end">{mark:g} s</text>')
    for row in rows:
        parts.append(f'<text x="{across(row["size"]):.1f}" y="{BOTTOM + 20}" text-anchor="middle">{row["size"]}</text>')
    parts.append(f'<text x="{(LEFT + 600) / 2}" y="{BOTTOM + 38}" text-anchor="middle">projects</text>')
    below = 0.0
    named = [line for line in LINES if rows[-1].get(line[0])]
    for name, label, colour, dashes in sorted(named, key=lambda line: -rows[-1][line[0]]):
        points = [(across(row["size"]), up(row[name])) for row in rows if row.get(name)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" '
                     f'stroke-dasharray="{dashes or "none"}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        below = max(below + 16, points[-1][1] + 4)  # names do not lie on each other
        parts.append(f'<text x="612" y="{below:.1f}" fill="{colour}">{label}: {rows[-1][name]:.3g} s</text>')
    return "\n".join([*parts, "</svg>", ""])


def scale(values, start, end):
    """A function from values to places, logarithmic."""
    low, high = log(min(values)), log(max(values))
    return lambda value: start + (end - start) * ((log(value) - low) / (high - low) if high > low else 0.5)
