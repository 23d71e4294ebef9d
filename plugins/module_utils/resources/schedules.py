# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Harbor does to itself by the clock: garbage collection, scans of everything, and the purge of audit logs. There
is one schedule of each; an answer without a body means none.
"""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils.codecs import COMMAS, CRON, unpacked
from ansible_collections.anchorage.harbor.plugins.module_utils.description import Field, Resource

TYPES = {"0 0 * * * *": "Hourly", "0 0 0 * * *": "Daily", "0 0 0 * * 0": "Weekly", "": "None"}
EVENTS = ("create_artifact", "delete_artifact", "pull_artifact", "create_project", "delete_project",
          "delete_repository", "login_user", "logout_user", "create_user", "delete_user", "update_user",
          "create_robot", "delete_robot", "update_configuration", "other")


def unpacked_parameters(document, context):
    return dict(document, parameters=unpacked(document.get("job_parameters") or "{}") or {})


def typed(body, step, parent):
    """Harbor keeps a type beside the schedule and never compares them: the schedule is what counts."""
    cron = body["schedule"].get("cron") or ""
    body["schedule"] = {"type": TYPES.get(cron, "Custom"), "cron": cron}
    return body


def schedule(kind, path, *parameters, **more):
    """A schedule of six fields, empty for none, and what its runs are told."""
    return Resource(kind, kind, path, (
        Field("cron", wire="schedule.cron", default="", codec=CRON), *parameters,
    ), key=(), singleton=True, write="replace", idle_without="cron", read_with=unpacked_parameters, send_with=typed,
        **more)


GARBAGE_COLLECTION_SCHEDULE = schedule(
    "garbage_collection_schedule", "/system/gc/schedule",
    Field("delete_untagged", "bool", "parameters.delete_untagged", default=False),
    Field("delete_tag", "bool", "parameters.delete_tag", default=False, since="2.15.0"),
    Field("workers", "int", "parameters.workers", default=1, minimum=1, maximum=10))
SCAN_ALL_SCHEDULE = schedule(
    # Without a default scanner Harbor refuses even to be asked.
    "scan_all_schedule", "/system/scanAll/schedule", absent=(412,), after=("scanner",))
AUDIT_PURGE_SCHEDULE = schedule(
    "audit_purge_schedule", "/system/purgeaudit/schedule",
    Field("retention_hours", "int", "parameters.audit_retention_hour", default=24, minimum=1, maximum=240000),
    Field("event_types", "list", "parameters.include_event_types", elements="str", codec=COMMAS, default=(),
          choices=EVENTS, since="2.13.0"),
    Field("operations", "list", "parameters.include_operations", elements="str", codec=COMMAS, default=(),
          choices=("create", "delete", "pull")))
