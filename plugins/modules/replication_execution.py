#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One run of a replication policy, started and waited for."""

from __future__ import annotations

DOCUMENTATION = r"""
module: replication_execution
short_description: Run a replication policy and wait for it
version_added: 0.1.0
description:
  - Runs the whole policy, whatever its trigger is, and returns what became of it. An event-based policy copies all
    that is missing, and deletes nothing.
  - Runs that an event began are about one image and are never joined.
  - Harbor tries a failed task twice again, after up to 109 seconds. So a run has failed for good when nothing has
    changed for 120 seconds; one that could not even list its images is not tried again, and fails at once.
  - Harbor's own state of a run lags its tasks by up to 30 seconds. The tasks are believed, once they are over for
    three seconds.

author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment:
  - anchorage.harbor.action
  - anchorage.harbor.connection
  - anchorage.harbor.attributes
options:
  policy:
    description: Name of the replication policy. It must be enabled.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Bring the other site up to date
  anchorage.harbor.replication_execution:
    policy: to-shanghai
    timeout: 7200

- name: Begin, and let it run
  anchorage.harbor.replication_execution:
    policy: to-shanghai
    wait: false
"""

RETURN = r"""
execution:
  description: The run as it was seen last. In check mode the one that would be joined, else empty.
  returned: success, and failure of the run
  type: dict
  contains:
    id:
      description: Number of the execution.
      type: int
      returned: always
    status:
      description: V(running), V(succeeded), V(failed) or V(stopped).
      type: str
      returned: always
    trigger:
      description: What began it, such as V(manual) or V(schedule).
      type: str
      returned: always
    start_time:
      description: When it began, as Harbor writes it. Empty where Harbor does not tell.
      type: str
      returned: always
    end_time:
      description: When it ended, as Harbor writes it. Empty or the year 1 where Harbor does not tell.
      type: str
      returned: always
    message:
      description: What Harbor says of it. Often empty.
      type: str
      returned: always
    total:
      description: Tasks that it has by now, one repository each.
      type: int
      returned: always
    succeeded:
      description: Tasks that went well.
      type: int
      returned: always
    failed:
      description: Tasks that failed.
      type: int
      returned: always
    stopped:
      description: Tasks that were stopped.
      type: int
      returned: always
  sample: {id: 17, status: succeeded, trigger: manual, start_time: "2026-01-31T10:00:00.000Z", end_time: "",
           message: "", total: 2, succeeded: 2, failed: 0, stopped: 0}
joined:
  description: Whether the same was already running, so that nothing was started and C(changed) is false.
  returned: success
  type: bool
  sample: false
log:
  description: The last lines of the log of the first task that failed.
  returned: failure of the run
  type: list
  elements: str
  sample: ["2026-01-31T10:00:09Z [ERROR] no space left on device"]
tasks:
  description: What was moved, a row for each repository.
  returned: when the run went well and was waited for
  type: list
  elements: dict
  contains:
    operation:
      description: V(copy), V(deletion) or V(tag deletion).
      type: str
      returned: always
    source:
      description: Repository that was read, and how many items of it.
      type: str
      returned: always
    destination:
      description: Repository that was written, and how many items of it.
      type: str
      returned: always
  sample:
    - {operation: copy, source: "web/api [2 item(s) in total]", destination: "web/api [2 item(s) in total]"}
"""

from ansible_collections.anchorage.harbor.plugins.module_utils.acting import acting
from ansible_collections.anchorage.harbor.plugins.module_utils.actions import REPLICATION
from ansible_collections.anchorage.harbor.plugins.module_utils.runner import run_module


def main():
    run_module(*acting(REPLICATION))


if __name__ == "__main__":
    main()
