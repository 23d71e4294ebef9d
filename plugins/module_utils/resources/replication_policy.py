# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Replication policies. Harbor replaces a policy whole, so what is not wanted otherwise is sent back as it was."""

from __future__ import annotations

import json

from ansible_collections.anchorage.harbor.plugins.module_utils.codecs import REPLICATION_CRON
from ansible_collections.anchorage.harbor.plugins.module_utils.description import Field, Resource

LONGEST = 1024  # Harbor's column
FILTER = (
    Field("type", required=True, choices=("name", "tag", "label", "resource")),
    Field("value", "raw", required=True),
    Field("decoration", default="matches", choices=("matches", "excludes")),
)
TRIGGER = (
    Field("type", choices=("manual", "scheduled", "event_based"), default="manual"),
    Field("cron", wire="trigger_settings.cron", codec=REPLICATION_CRON, default=""),
)


def one_far_end(item):
    """Harbor copies from itself or to itself."""
    return "" if bool(item.get("src_registry")) != bool(item.get("dest_registry")) else (
        "give either src_registry (to pull from it) or dest_registry (to push to it), and empty the other one")


def runs_when(item):
    trigger = item.get("trigger") or {}
    if trigger.get("type") == "scheduled" and not trigger.get("cron"):
        return "option trigger.type scheduled needs trigger.cron"
    if trigger.get("type") == "event_based" and item.get("single_active_replication"):
        return "option single_active_replication does not go with trigger.type event_based"
    return ""


def filters_hold(item):
    """What Harbor refuses, or stores and never matches."""
    for entry in item.get("filters") or []:
        sort, value = entry.get("type"), entry.get("value")
        listed = isinstance(value, list) and value and all(isinstance(name, str) for name in value)
        if sort == "label" and not listed:
            return "option filters of type label needs a list of labels as its value"
        if sort != "label" and not (isinstance(value, str) and value):
            return "option filters of type %s needs a text as its value" % sort
        if sort == "resource" and value not in ("image", "artifact"):
            return "option filters of type resource takes image or artifact"
        if entry.get("decoration") and sort not in ("tag", "label"):
            return "option filters of type %s takes no decoration, Harbor has that for tag and label only" % sort
    stored = json.dumps(item.get("filters") or [], separators=(",", ":"), ensure_ascii=False)
    if len(stored) > LONGEST:
        return "option filters is too long, Harbor holds %d characters of it: write fewer or shorter patterns" % LONGEST
    return ""


REPLICATION_POLICY = Resource("replication_policy", "replication_policies", "/replication/policies", (
    Field("name", pattern=r"(?s).{1,256}", says="give a name of 1 to 256 characters"),
    Field("description", default=""),
    Field("src_registry", ref="registry", wire="src_registry.id"),
    Field("dest_registry", ref="registry", wire="dest_registry.id"),
    Field("dest_namespace", default="", pattern=r"([a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*)?",
          says="use lower-case letters and digits, with . _ - / between them"),
    Field("dest_namespace_replace_count", "int", default=-1, minimum=-1, maximum=127),
    Field("filters", "list", elements="dict", options=FILTER, default=(), unordered=True),
    Field("single_active_replication", "bool", default=False, since="2.14.0"),
    Field("trigger", "dict", options=TRIGGER, default={"type": "manual"}),
    Field("deletion", "bool", default=False),
    Field("override", "bool", default=False),
    Field("enabled", "bool", default=False),
    Field("speed", "int", default=0, minimum=0, maximum=2**31 - 1),
    Field("copy_by_chunk", "bool", default=False),
), write="replace", after=("project", "robot"), rules=(one_far_end, runs_when, filters_hold))
