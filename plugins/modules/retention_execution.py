#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One run of the retention policy of a project, started and waited for."""

from __future__ import annotations

DOCUMENTATION = r"""
module: retention_execution
short_description: Apply the retention policy of a project now
version_added: 0.1.0
description:
  - Applies the retention policy of a project now and returns what was deleted, or with O(dry_run) what would be.
  - A dry run is something else than a run, so neither joins the other.
  - This is no check mode. In check mode nothing is started, not even a dry run.

author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment:
  - anchorage.harbor.action
  - anchorage.harbor.connection
  - anchorage.harbor.attributes
options:
  project:
    description: Name of the project. It must have a retention policy.
    type: str
    required: true
  dry_run:
    description: Only find out what would be deleted.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: What would go?
  anchorage.harbor.retention_execution:
    project: web
    dry_run: true

- name: Clean up
  anchorage.harbor.retention_execution:
    project: web
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
  sample: {id: 21, status: succeeded, trigger: manual, start_time: "2026-01-31T10:00:00.000Z", end_time: "",
           message: "", total: 1, succeeded: 1, failed: 0, stopped: 0}
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
repositories:
  description: What became of each repository that a rule is about, by name.
  returned: when the run went well and was waited for
  type: list
  elements: dict
  contains:
    repository:
      description: Name without its project.
      type: str
      returned: always
    total:
      description: Artifacts that were looked at.
      type: int
      returned: always
    retained:
      description: Artifacts that stay.
      type: int
      returned: always
    deleted:
      description: C(digest) and C(tags) of each artifact that was deleted, or would be. Read from the log of the task.
      type: list
      elements: dict
      returned: always
  sample:
    - repository: api
      total: 3
      retained: 2
      deleted: [{digest: "sha256:1b0a", tags: [v1]}]
"""

from ansible_collections.anchorage.harbor.plugins.module_utils.acting import acting
from ansible_collections.anchorage.harbor.plugins.module_utils.actions import RETENTION
from ansible_collections.anchorage.harbor.plugins.module_utils.runner import run_module


def main():
    run_module(*acting(RETENTION))


if __name__ == "__main__":
    main()
