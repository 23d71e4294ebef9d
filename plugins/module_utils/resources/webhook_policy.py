# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Webhooks of projects. Harbor replaces one whole, and blanks what it is not given back."""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils.description import Field, Resource

EVENTS = ("PUSH_ARTIFACT", "PULL_ARTIFACT", "DELETE_ARTIFACT", "QUOTA_EXCEED", "QUOTA_WARNING", "SCANNING_FAILED",
          "SCANNING_STOPPED", "SCANNING_COMPLETED", "REPLICATION", "TAG_RETENTION")
TARGET = (
    Field("type", required=True, choices=("http", "slack")),
    Field("address", required=True, pattern=r"(?i)https?://\S+", says="give an address with http:// or https://"),
    Field("auth_header", secret=True, readable=True, default=""),
    Field("skip_cert_verify", "bool", default=False),
    Field("payload_format", default="Default", choices=("Default", "CloudEvents")),
)


def plain_slack(item):
    """Harbor refuses a format for these."""
    return "option targets: type slack takes no payload_format" if any(
        target.get("type") == "slack" and target.get("payload_format") for target in item.get("targets") or []) else ""


WEBHOOK_POLICY = Resource("webhook_policy", "webhook_policies", "/projects/{parent}/webhook/policies", (
    Field("name", pattern=r"(?s).{1,255}", says="give a name of 1 to 255 characters"),
    Field("description", default=""),
    Field("enabled", "bool", default=False),
    Field("event_types", "list", elements="str", required=True, unordered=True, choices=EVENTS, default=()),
    Field("targets", "list", elements="dict", options=TARGET, required=True, unordered=True, default=()),
), parent="project", write="replace", echo=("creation_time", "creator"), rules=(plain_slack,))
