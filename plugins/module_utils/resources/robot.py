# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Robot accounts, of a project or of the whole Harbor. A POST ignores the secret and whether they are disabled, a
PUT wants them whole and under the long name that Harbor shows.
"""

from __future__ import annotations

import time

from ansible_collections.anchorage.harbor.plugins.module_utils.codecs import PASSWORD
from ansible_collections.anchorage.harbor.plugins.module_utils.description import Field, Part, Probe, Resource

ACCESS = (
    Field("resource", required=True),
    Field("action", required=True),
    Field("effect", default="allow", choices=("allow", "deny")),
)
PERMISSION = (
    Field("kind", default="project", initial="project", choices=("system", "project")),
    Field("namespace", required=True, ref="project", reads_name=True, sends_name=True, wild=("/", "*")),
    # Without an effect Harbor takes that of the permission which stood at this place before.
    Field("access", "list", elements="dict", options=ACCESS, required=True, unordered=True,
          always=(("effect", "allow"),)),
)


def short_name(document, context):
    """The name without Harbor's prefix and the project."""
    name, prefix = document["name"], context["prefix"]
    short = name[len(prefix):] if name.startswith(prefix) else name
    return dict(document, full_name=name, name=short[len(context["parent"]) + 1:] if context["parent"] else short,
                expired=0 < (document.get("expires_at") or 0) < time.time())


def long_name(body, step, parent):
    body["level"] = "project" if parent[0] else "system"
    return body if step.action == "create" else dict(body, name=step.current["document"]["full_name"])


def permitted(item):
    """What Harbor refuses with words that do not name the fault."""
    for entry in item.get("permissions") or []:
        if not entry.get("access"):
            return "option permissions: each entry needs access"
        if (entry.get("kind") == "system") != (entry.get("namespace") == "/"):
            return "option permissions: kind system goes with namespace /, kind project with the name of one, or *"
    named = [entry.get("namespace") for entry in item.get("permissions") or []]
    if item.get("project") and named and named != [item["project"]]:
        return "option permissions: a robot of project %s has one entry, and its namespace is that" % item["project"]
    return "option duration: give days, or -1 for ever" if item.get("duration") == 0 else ""


ROBOT = Resource("robot", "robots", "/robots", (
    Field("name", pattern=r"(?=.{1,255}$)[a-z0-9]+(?:[._-][a-z0-9]+)*",
          says="use lower-case letters and digits, with single . _ - between them, without Harbor's prefix"),
    Field("description", default=""),
    Field("permissions", "list", elements="dict", options=PERMISSION, required=True, unordered=True, default=()),
    Field("duration", "int", initial=-1, default=-1, minimum=-1, maximum=2**31 - 1),
    Field("disabled", "bool", "disable", default=False, after_create=True),
    Field("secret", secret=True, required=True, codec=PASSWORD, after_create=True,
          probe=Probe(login="full_name", unless=("disable", "expired")),
          part=Part("/robots/{id}", "secret", method="PATCH")),
), parent="project", under="/robots", under_query={"q": "Level=project,ProjectID={parent}"}, one="/robots/{id}",
    exact=False, write="replace", prefix="robot_name_prefix", read_with=short_name, send_with=long_name,
    rules=(permitted,))
