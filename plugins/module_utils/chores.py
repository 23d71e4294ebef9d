# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Harbor does for the whole of itself when told to, each as an Action."""

from __future__ import annotations

import json
import re

from ansible_collections.anchorage.harbor.plugins.module_utils.action import Action, Run
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import InputError
from ansible_collections.anchorage.harbor.plugins.module_utils.release import release

DRY_RUN = {"type": "bool", "default": False}


def needs(transport, since, used, what):
    """Refuse what this Harbor would quietly ignore."""
    if used and release(transport.version) < release(since):
        raise InputError("%s needs Harbor %s, this one is %s." % (what, since, transport.version))


def manual(kept):
    """Now, with these parameters."""
    return lambda place, params: {"schedule": {"type": "Manual"}, "parameters": kept(params)}


# What the system does for itself: one task, parameters and figures in a text

def chore_run(found):
    ended = found.get("job_status") in ("Success", "Error", "Stopped")
    return Run(found["id"], found.get("job_status", ""), found.get("job_kind", "").lower(),
               found.get("creation_time", ""), found.get("update_time", "") if ended else "", document=found)


def parameters(run):
    """The text holds null where none were given."""
    return json.loads(run.document.get("job_parameters") or "{}") or {}


def as_asked(kept):
    """Runs with other parameters are something else."""
    return lambda run, place, params: all(
        (parameters(run).get(name) or 0) == (value or 0) for name, value in kept(params).items())


def collected(params):
    kept = {name: params[name] for name in ("delete_untagged", "delete_tag", "dry_run")}
    return dict(kept, workers=params["workers"])


def collecting(transport, params):
    if not 1 <= params["workers"] <= 10:
        raise InputError("option workers is %s: give 1 to 10." % params["workers"])
    needs(transport, "2.15.0", params["delete_tag"], "option delete_tag")
    return {}


def freed(acting, run):
    found = parameters(run)
    return {name: found.get(name, 0) for name in ("freed_space", "purged_blobs", "purged_manifests")}


GARBAGE_COLLECTION = Action(
    "garbage collection",
    {"delete_untagged": {"type": "bool", "default": False}, "delete_tag": {"type": "bool", "default": False},
     "workers": {"type": "int", "default": 1}, "dry_run": DRY_RUN},
    collecting, "/system/gc/schedule", manual(collected), "/system/gc", chore_run, one="/system/gc/{run}",
    log="/system/gc/{run}/log", same=as_asked(collected), result=freed)


def purged_with(params):
    return {"audit_retention_hour": params["retention_hours"], "include_event_types": ",".join(params["event_types"]),
            "dry_run": params["dry_run"]}


def purging(transport, params):
    if not 1 <= params["retention_hours"] <= 240000:
        raise InputError("option retention_hours is %s: give 1 to 240000." % params["retention_hours"])
    if not params["event_types"]:
        raise InputError("option event_types is empty: name at least one.")
    needs(transport, "2.13.0", True, "this module")
    return {}


def purged(acting, run):
    found = re.findall(r"Purged (\d+) rows", acting.log(run))
    return {"purged": sum(map(int, found))}


EVENTS = (
    "create_artifact", "delete_artifact", "pull_artifact", "create_project", "delete_project", "delete_repository",
    "login_user", "logout_user", "create_user", "delete_user", "update_user", "create_robot", "delete_robot",
    "update_configuration", "other")
AUDIT_PURGE = Action(
    "audit purge",
    {"retention_hours": {"type": "int", "required": True}, "dry_run": DRY_RUN,
     "event_types": {"type": "list", "elements": "str", "required": True, "choices": list(EVENTS)}},
    purging, "/system/purgeaudit/schedule", manual(purged_with), "/system/purgeaudit", chore_run,
    one="/system/purgeaudit/{run}", log="/system/purgeaudit/{run}/log", same=as_asked(purged_with), result=purged)


# Scanning everything: Harbor shows the last run only

def scan_run(found):
    states = found.get("metrics") or {}
    word = "Running" if found.get("ongoing") else "Error" if states.get("Error") else (
        "Stopped" if states.get("Stopped") else "Success")
    return Run(0, word, found.get("trigger", "").lower(), total=found.get("total", 0),
               succeeded=states.get("Success", 0), failed=states.get("Error", 0), stopped=states.get("Stopped", 0))


SCAN_ALL = Action(
    "scan of everything", {}, lambda transport, params: {}, "/system/scanAll/schedule", manual(lambda params: {}),
    "/scans/all/metrics", scan_run)
