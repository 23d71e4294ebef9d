#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When Harbor purges its audit log, kept as wanted."""

from __future__ import annotations

DOCUMENTATION = r"""
module: audit_purge_schedule
short_description: Keep the schedule of the purge of the audit log
version_added: 0.1.0
description:
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
  retention_hours:
    description: Hours after which a row is purged, V(1) to V(240000). V(24) when none is given.
    type: int
  event_types:
    description:
      - Events whose rows are purged, in any order. From Harbor 2.13. Without any, nothing is purged.
      - V(other) stands for all but the three of artifacts; it is what Harbor's web page stores for its other events.
    type: list
    elements: str
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
  operations:
    description: The same for Harbor before 2.13, which knows three operations only; newer ones ignore it.
    type: list
    elements: str
    choices: [create, delete, pull]
"""

EXAMPLES = r"""
- name: Each night, pulls that are older than a week
  anchorage.harbor.audit_purge_schedule:
    cron: 0 0 2 * * *
    retention_hours: 168
    event_types: [pull_artifact]

- name: Keep all
  anchorage.harbor.audit_purge_schedule:
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
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.schedules import AUDIT_PURGE_SCHEDULE


def main():
    run_kind(AUDIT_PURGE_SCHEDULE)


if __name__ == "__main__":
    main()
