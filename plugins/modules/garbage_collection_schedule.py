#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When Harbor collects garbage, kept as wanted."""

from __future__ import annotations

DOCUMENTATION = r"""
module: garbage_collection_schedule
short_description: Keep the schedule of garbage collection
version_added: 0.1.0
description:
  - Garbage collection deletes blobs that no image uses any more.
  - Harbor keeps the other options only with a schedule.
  - Facts about Harbor's behaviour were seen on a running Harbor 2.15.2.
author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment: [anchorage.harbor.connection, anchorage.harbor.attributes]
options:
  cron:
    description:
      - Six fields with blanks between them - second (V(0)), minute, hour, day, month, weekday - in the time
        of the server, such as V(0 0 3 * * 6). An empty text removes the schedule.
      - A schedule without a date, such as the 31st of February, is refused, since it makes Harbor's job
        service hang.
    type: str
  delete_untagged:
    description: Whether images without a tag are deleted too. Harbor's own default is V(false).
    type: bool
  delete_tag:
    description: Whether tags of deleted images are removed from the registry's storage too. From Harbor 2.15.
      Harbor's own default is V(false).
    type: bool
  workers:
    description: How many delete side by side, V(1) to V(10); before Harbor 2.13 up to V(5). Harbor's own default is
      V(1).
    type: int
"""

EXAMPLES = r"""
- name: Each Saturday at three
  anchorage.harbor.garbage_collection_schedule:
    cron: 0 0 3 * * 6
    delete_untagged: true
    workers: 2

- name: Never by itself
  anchorage.harbor.garbage_collection_schedule:
    cron: ""
"""

RETURN = r"""
steps:
  description: What was done, or would be in check mode, in the order of the plan. Empty when nothing is to do.
  returned: success
  type: list
  elements: dict
  contains:
    action:
      description: V(create), V(update) or V(delete).
      type: str
      returned: always
    kind:
      description: Sort of the item.
      type: str
      returned: always
    name:
      description: Name of the item; behind the name of its project, where it lies in one.
      type: str
      returned: always
    changes:
      description: By option, its value C(before) and C(after). Secrets are hidden.
      type: dict
      returned: always
  sample:
    - {action: update, kind: project, name: web, changes: {severity: {before: none, after: high}}}
done:
  description: Steps that were carried out before another one failed.
  returned: failure of a step
  type: list
  elements: str
  sample: []
failed_steps:
  description: Steps that failed.
  returned: failure of a step
  type: list
  elements: str
  sample: ["update project web"]
not_tried:
  description: Steps that were left alone because an earlier one failed.
  returned: failure of a step
  type: list
  elements: str
  sample: []
"""

from ansible_collections.anchorage.harbor.plugins.module_utils.runner import run_kind
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.schedules import GARBAGE_COLLECTION_SCHEDULE


def main():
    run_kind(GARBAGE_COLLECTION_SCHEDULE)


if __name__ == "__main__":
    main()
