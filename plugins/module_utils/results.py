# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A plan as the result of a module, and as a diff for people. Pure."""

from __future__ import annotations

import json


def result_of(steps):
    return {"changed": bool(steps), "steps": [step.shown() for step in steps]}


def lines(steps, side):
    """One line for each option that changes, for people who read a diff."""
    found = []
    for step in steps:
        if step["action"] == ("create" if side == "before" else "delete"):
            continue
        for name, change in step["changes"].items():
            if name != "state":
                found.append(
                    "%s %s: %s: %s\n" % (step["kind"], step["name"], name, json.dumps(change[side], ensure_ascii=False))
                )
        if step["action"] == "delete" or not step["changes"]:
            found.append("%s %s\n" % (step["kind"], step["name"]))
    return "".join(found)
