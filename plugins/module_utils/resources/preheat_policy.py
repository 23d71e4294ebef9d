# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Preheat policies of projects. Harbor keeps filters and trigger as texts, and never looks into them."""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils.codecs import CRON
from ansible_collections.anchorage.harbor.plugins.module_utils.description import Field, Resource

FILTER = (
    Field("type", required=True, choices=("repository", "tag", "label", "signature", "vulnerability")),
    Field("value", "raw", required=True),
)
TRIGGER = (
    Field("type", default="manual", initial="manual", choices=("manual", "scheduled", "event_based")),
    Field("cron", wire="trigger_setting.cron", default="", codec=CRON),
)
EVERYTHING = [{"type": "repository", "value": "**"}, {"type": "tag", "value": "**"}]


def runs_when(item):
    trigger = item.get("trigger") or {}
    return "option trigger.type scheduled needs trigger.cron" if (
        trigger.get("type") == "scheduled" and not trigger.get("cron")) else ""


PREHEAT_POLICY = Resource("preheat_policy", "preheat_policies", "/projects/{parent_name}/preheat/policies", (
    Field("name", pattern=r"[^\s%+/]{1,255}", says="give 1 to 255 characters without blanks % + /"),
    Field("description", default=""),
    Field("provider", ref="preheat_instance", wire="provider_id", required=True),
    Field("filters", "list", elements="dict", options=FILTER, packed=True, unordered=True, default=(),
          initial=EVERYTHING),
    Field("trigger", "dict", options=TRIGGER, packed=True, default={"type": "manual"}, initial={"type": "manual"}),
    Field("enabled", "bool", default=False),
    Field("extra_attrs", "dict", default={}, packed=True, since="2.13.0"),
), parent="project", one="/projects/{parent_name}/preheat/policies/{name}", write="replace",
    echo=("id", "creation_time", "project_id"), unnumbered=True, rules=(runs_when,))
