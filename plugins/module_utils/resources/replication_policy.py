# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Replication policies. Harbor replaces a policy whole, so what is not wanted otherwise is sent back as it was."""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils.description import CRON, CRON_PATTERN, Field, Resource

FILTER = (
    Field("type", choices=("name", "tag", "label", "resource")),
    Field("value", "raw", default=""),
    Field("decoration", default="matches", choices=("matches", "excludes")),
)
TRIGGER = (
    Field("type", choices=("manual", "scheduled", "event_based"), default="manual"),
    Field("cron", wire="trigger_settings.cron", codec=CRON, default="", pattern=CRON_PATTERN,
          says="give six fields, the first (seconds) 0, such as 0 0 2 * * *"),
)

REPLICATION_POLICY = Resource("replication_policy", "replication_policies", "/replication/policies", (
    Field("name", pattern=r"(?s).{1,256}", says="give a name"),
    Field("description", default=""),
    Field("src_registry", ref="registry", wire="src_registry.id"),
    Field("dest_registry", ref="registry", wire="dest_registry.id"),
    Field("dest_namespace", default=""),
    Field("dest_namespace_replace_count", "int", default=-1, minimum=-1, maximum=127),
    Field("filters", "list", elements="dict", options=FILTER, default=[], unordered=True),
    Field("trigger", "dict", options=TRIGGER, default={"type": "manual", "cron": ""}),
    Field("deletion", "bool", default=False),
    Field("override", "bool", default=False),
    Field("enabled", "bool", default=False),
    Field("speed", "int", default=0, minimum=0, maximum=2**31 - 1),
    Field("copy_by_chunk", "bool", default=False),
    Field("single_active_replication", "bool", default=False, since="2.14.0"),
), write="replace")
