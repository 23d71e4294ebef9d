#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Queues of Harbor's job service: running, paused, or emptied."""

from __future__ import annotations

DOCUMENTATION = r"""
module: job_queue
short_description: Pause, resume or empty queues of Harbor's job service
version_added: 0.1.0
description:
  - A paused queue keeps its jobs and starts none. To pause V(REPLICATION) holds replication during maintenance; to pause
    V(SCHEDULER) holds everything that runs by the clock.
author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment: [anchorage.harbor.connection, anchorage.harbor.attributes]
options:
  queue:
    description: Name of the queue, such as V(REPLICATION) or V(GARBAGE_COLLECTION), or V(all). A name that this Harbor does
      not have is refused; Harbor itself would accept it in silence.
    type: str
    required: true
  state:
    description: V(paused) starts no more jobs, V(running) goes on. V(emptied) stops the jobs that wait, once; they are
      lost.
    type: str
    choices: [running, paused, emptied]
    default: running
"""

EXAMPLES = r"""
- name: Hold replication
  anchorage.harbor.job_queue:
    queue: REPLICATION
    state: paused

- name: Go on
  anchorage.harbor.job_queue:
    queue: REPLICATION
"""

RETURN = r"""
queues:
  description: The queues that were asked for, as they were before.
  returned: success
  type: list
  elements: dict
  contains:
    job_type:
      description: Name of the queue.
      type: str
      returned: always
    count:
      description: Jobs that wait.
      type: int
      returned: always
    paused:
      description: Whether it is paused.
      type: bool
      returned: always
  sample: [{job_type: REPLICATION, count: 3, paused: false}]
"""

from ansible_collections.anchorage.harbor.plugins.module_utils.errors import InputError
from ansible_collections.anchorage.harbor.plugins.module_utils.runner import run_module

SPEC = {
    "queue": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["running", "paused", "emptied"], "default": "running"},
}
# By state: what Harbor calls it, and whether a queue needs it.
ACTIONS = {
    "running": ("resume", lambda queue: queue["paused"]),
    "paused": ("pause", lambda queue: not queue["paused"]),
    "emptied": ("stop", lambda queue: queue["count"] > 0),
}


def prepare(transport, params, warn):
    """Only queues that are not so yet are touched."""
    found = [
        {"job_type": queue["job_type"], "count": queue.get("count") or 0, "paused": bool(queue.get("paused"))}
        for queue in transport.get("/jobservice/queues")
    ]
    asked = [queue for queue in found if params["queue"] in ("all", queue["job_type"])]
    if not asked:
        names = ", ".join(sorted(queue["job_type"] for queue in found))
        raise InputError("option queue: there is no %s; there are %s and all." % (params["queue"], names))
    verb, needs = ACTIONS[params["state"]]
    wanted = [queue["job_type"] for queue in asked if needs(queue)]

    def act(tell=None):
        for name in wanted:
            transport.write("PUT", "/jobservice/queues/%s" % name, {"action": verb})

    return {"changed": bool(wanted), "queues": asked}, act


def main():
    run_module(SPEC, prepare)


if __name__ == "__main__":
    main()
