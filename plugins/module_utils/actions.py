# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What can be started for one policy, each as an Action."""

from __future__ import annotations

import re
from urllib.parse import quote

from ansible_collections.anchorage.harbor.plugins.module_utils.action import (
    FAILED, STOPPED, SUCCEEDED, Action, Run, count)
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import ApiError, InputError

MISSING = 404
NAME = {"type": "str", "required": True}
DRY_RUN = {"type": "bool", "default": False}


def one_named(transport, path, name, title):
    """The object of a name."""
    found = transport.find(path, "name", name)
    if not found:
        raise InputError("Harbor has no %s %s." % (title, name))
    return found[0]


# Replication: tasks of repositories

def replication_place(transport, params):
    policy = one_named(transport, "/replication/policies", params["policy"], "replication policy")
    if not policy.get("enabled"):
        raise InputError("The replication policy %s is disabled: Harbor runs it only when it is enabled."
                         % params["policy"])
    return {"policy": policy["id"]}


def replication_run(found):
    return Run(found["id"], found["status"], found.get("trigger", ""), found.get("start_time", ""),
               found.get("end_time", ""), found.get("status_text", ""), found.get("total", 0), found.get("succeed", 0),
               found.get("failed", 0), found.get("stopped", 0), found)


def replicated(acting, run):
    names = {"operation": "operation", "source": "src_resource", "destination": "dst_resource"}
    return {"tasks": [{name: task.get(key, "") for name, key in names.items()} for task in acting.tasks(run)]}


REPLICATION = Action(
    "replication {policy}", {"policy": NAME}, replication_place, "/replication/executions",
    lambda place, params: {"policy_id": place["policy"]}, "/replication/executions", replication_run,
    query={"policy_id": "{policy}"}, one="/replication/executions/{run}", tasks="/replication/executions/{run}/tasks",
    log="/replication/executions/{run}/tasks/{task}/log", retried=True,
    # What an event began is about one image.
    same=lambda run, place, params: run.trigger != "event_based", result=replicated)


# Retention: tasks of repositories; what is deleted stands in their logs only

def retention_place(transport, params):
    project = one_named(transport, "/projects", params["project"], "project")
    number = (project.get("metadata") or {}).get("retention_id")
    if not number:
        raise InputError("The project %s has no retention policy." % params["project"])
    return {"policy": number}


def retention_run(found):
    return Run(found["id"], found["status"], found.get("trigger", "").lower(), found.get("start_time", ""),
               found.get("end_time", ""), document=found)


DELETED = re.compile(r"\|\s*(sha256:\w+)\s*\|([^|]*)\|.*\|\s*DEL\s*\|\s*$", re.MULTILINE)


def retained(acting, run):
    """By repository. A log is read only where something goes."""
    found = []
    for task in sorted(acting.tasks(run), key=lambda task: task["repository"]):
        total, kept = task.get("total", 0), task.get("retained", 0)
        gone = DELETED.findall(acting.log(run, task)) if total > kept else []
        found.append({
            "repository": task["repository"], "total": total, "retained": kept,
            "deleted": [{"digest": digest, "tags": [tag for tag in tags.strip().split(",") if tag]}
                        for digest, tags in gone]})
    return {"repositories": found}


RETENTION = Action(
    "retention of project {project}", {"project": NAME, "dry_run": DRY_RUN}, retention_place,
    "/retentions/{policy}/executions", lambda place, params: {"dry_run": params["dry_run"]},
    "/retentions/{policy}/executions", retention_run, tasks="/retentions/{policy}/executions/{run}/tasks",
    log="/retentions/{policy}/executions/{run}/tasks/{task}", count=count, result=retained,
    same=lambda run, place, params: bool(run.document.get("dry_run")) == params["dry_run"])


# Preheating: tasks of images

def preheat_place(transport, params):
    place = {"project": quote(params["project"], safe=""), "policy": quote(params["policy"], safe="")}
    try:
        policy = transport.get("/projects/{project}/preheat/policies/{policy}".format(**place))
    except ApiError as error:
        if error.status != MISSING:
            raise
        raise InputError("The project %s has no preheat policy %s." % (params["project"], params["policy"])) from None
    if not policy.get("enabled"):
        raise InputError("The preheat policy %s is disabled: Harbor runs it only when it is enabled."
                         % params["policy"])
    return place


def preheat_run(found):
    counts = found.get("metrics") or {}
    keys = {"total": "task_count", SUCCEEDED: "success_task_count", FAILED: "error_task_count",
            STOPPED: "stopped_task_count"}
    return Run(found["id"], found["status"], found.get("trigger", "").lower(), found.get("start_time", ""),
               found.get("end_time", ""), found.get("status_message", ""), document=found,
               **{name: counts.get(key, 0) for name, key in keys.items()})


def preheated(acting, run):
    rows = [task.get("extra_attrs") or {} for task in acting.tasks(run)]
    return {"images": [{name: row.get(name, "") for name in ("artifact", "digest")} for row in rows]}


PREHEATS = "/projects/{project}/preheat/policies/{policy}"
PREHEAT = Action(
    "preheating {project}/{policy}", {"project": NAME, "policy": NAME}, preheat_place, PREHEATS,
    lambda place, params: {}, PREHEATS + "/executions", preheat_run, one=PREHEATS + "/executions/{run}",
    tasks=PREHEATS + "/executions/{run}/tasks", log=PREHEATS + "/executions/{run}/tasks/{task}/logs",
    # A run bears the trigger of its policy, however it began.
    manual=lambda run: True, same=lambda run, place, params: run.trigger != "event_based", result=preheated)
