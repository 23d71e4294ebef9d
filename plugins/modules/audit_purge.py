#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One purge of the audit log, started and waited for."""

from __future__ import annotations

DOCUMENTATION = r"""
module: audit_purge
short_description: Purge the audit log now
version_added: 0.1.0
description:
  - Deletes old rows of the audit log and returns how many.
  - The schedule of M(anchorage.harbor.audit_purge_schedule) stays as it is.
  - A run with other parameters is something else and is not joined.
  - Before Harbor 2.13 events are called otherwise, and this module refuses to start.

author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment:
  - anchorage.harbor.action
  - anchorage.harbor.connection
  - anchorage.harbor.attributes
options:
  retention_hours:
    description: Rows that are younger than so many hours stay, 1 to 240000.
    type: int
    required: true
  event_types:
    description: Events whose rows go, at least one. V(other) stands for all that have nothing to do with artifacts.
    type: list
    elements: str
    required: true
    choices:
      - create_artifact
      - delete_artifact
      - pull_artifact
      - create_project
      - delete_project
      - delete_repository
      - login_user
      - logout_user
      - create_user
      - delete_user
      - update_user
      - create_robot
      - delete_robot
      - update_configuration
      - other
  dry_run:
    description: Only count.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Forget pulls of more than 30 days ago
  anchorage.harbor.audit_purge:
    retention_hours: 720
    event_types: [pull_artifact]

- name: How many would go?
  anchorage.harbor.audit_purge:
    retention_hours: 720
    event_types: [pull_artifact, create_artifact]
    dry_run: true
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
      description: Always 0, Harbor counts nothing of it.
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
  sample: {id: 6, status: succeeded, trigger: manual, start_time: "2026-01-31T10:00:00.000Z", end_time: "",
           message: "", total: 0, succeeded: 0, failed: 0, stopped: 0}
joined:
  description: Whether the same was already running, so that nothing was started and C(changed) is false.
  returned: success
  type: bool
  sample: false
log:
  description: The last lines of the log of the run.
  returned: failure of the run
  type: list
  elements: str
  sample: ["2026-01-31T10:00:09Z [ERROR] no space left on device"]
purged:
  description: Rows that were deleted, or would be. Read from the log of the run.
  returned: when the run went well and was waited for
  type: int
  sample: 1200
"""

from ansible_collections.anchorage.harbor.plugins.module_utils.acting import acting
from ansible_collections.anchorage.harbor.plugins.module_utils.chores import AUDIT_PURGE
from ansible_collections.anchorage.harbor.plugins.module_utils.runner import run_module


def main():
    run_module(*acting(AUDIT_PURGE))


if __name__ == "__main__":
    main()
