#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One run of a preheat policy, started and waited for."""

from __future__ import annotations

DOCUMENTATION = r"""
module: preheat_execution
short_description: Run a preheat policy and wait for it
version_added: 0.1.0
description:
  - Runs a preheat policy of a project and returns which images went to the provider.
  - Runs of policies with the trigger V(event_based) are never joined, since Harbor does not tell what began them.

author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment:
  - anchorage.harbor.action
  - anchorage.harbor.connection
  - anchorage.harbor.attributes
options:
  project:
    description: Name of the project.
    type: str
    required: true
  policy:
    description: Name of the preheat policy. It must be enabled.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Warm the nodes up
  anchorage.harbor.preheat_execution:
    project: web
    policy: releases
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
      description: Tasks that it has by now, one image each.
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
  sample: {id: 23, status: succeeded, trigger: manual, start_time: "2026-01-31T10:00:00.000Z", end_time: "",
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
images:
  description: Images that the provider was told to fetch.
  returned: when the run went well and was waited for
  type: list
  elements: dict
  contains:
    artifact:
      description: Name of the image.
      type: str
      returned: always
    digest:
      description: Its digest.
      type: str
      returned: always
  sample:
    - {artifact: "web/api:v1", digest: "sha256:1b0a"}
"""

from ansible_collections.anchorage.harbor.plugins.module_utils.acting import acting
from ansible_collections.anchorage.harbor.plugins.module_utils.actions import PREHEAT
from ansible_collections.anchorage.harbor.plugins.module_utils.runner import run_module


def main():
    run_module(*acting(PREHEAT))


if __name__ == "__main__":
    main()
