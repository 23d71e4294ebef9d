#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One garbage collection, started and waited for."""

from __future__ import annotations

DOCUMENTATION = r"""
module: garbage_collection
short_description: Collect garbage now
version_added: 0.1.0
description:
  - Removes the layers that no image uses any more and returns how much was freed. Layers younger than two hours stay.
  - The schedule of M(anchorage.harbor.garbage_collection_schedule) stays as it is, and so do its parameters.
  - A run with other parameters is something else and is not joined; Harbor runs one after the other.

author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment:
  - anchorage.harbor.action
  - anchorage.harbor.connection
  - anchorage.harbor.attributes
options:
  delete_untagged:
    description: First delete artifacts without a tag.
    type: bool
    default: false
  delete_tag:
    description: Also remove the tags of what is deleted from the registry's store. From
      Harbor 2.15; on earlier ones it is refused.
    type: bool
    default: false
  workers:
    description: How many workers delete side by side, 1 to 10. Before Harbor 2.13 at most 5.
    type: int
    default: 1
  dry_run:
    description: Only find out what would be removed.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Collect garbage with untagged artifacts
  anchorage.harbor.garbage_collection:
    delete_untagged: true
    workers: 4
    timeout: 14400

- name: What would be removed?
  anchorage.harbor.garbage_collection:
    delete_untagged: true
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
  sample: {id: 5, status: succeeded, trigger: manual, start_time: "2026-01-31T10:00:00.000Z", end_time: "",
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
freed_space:
  description: Bytes that were freed, or would be.
  returned: when the run went well and was waited for
  type: int
  sample: 1048576
purged_blobs:
  description: Layers that were removed, or would be.
  returned: when the run went well and was waited for
  type: int
  sample: 12
purged_manifests:
  description: Manifests that were removed, or would be.
  returned: when the run went well and was waited for
  type: int
  sample: 3
"""

from ansible_collections.anchorage.harbor.plugins.module_utils.acting import acting
from ansible_collections.anchorage.harbor.plugins.module_utils.chores import GARBAGE_COLLECTION
from ansible_collections.anchorage.harbor.plugins.module_utils.runner import run_module


def main():
    run_module(*acting(GARBAGE_COLLECTION))


if __name__ == "__main__":
    main()
