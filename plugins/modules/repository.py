#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One repository of Harbor, kept as wanted."""

from __future__ import annotations

DOCUMENTATION = r"""
module: repository
short_description: Keep a repository of Harbor
version_added: 0.1.0
description:
  - Describes one repository, or removes it with all its images. It is found by its name within O(project).
  - Harbor makes a repository with the first push to it and nobody else can, so one that does not exist is an
    error, unless O(state=absent).
  - Facts about Harbor's behaviour were seen on a running Harbor 2.15.2.
author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment: [anchorage.harbor.connection, anchorage.harbor.attributes]
options:
  project:
    description: Name of the project.
    type: str
    required: true
  name:
    description: Name of the repository without its project, such as V(backend/api) for C(web/backend/api) - lower-case
      letters and digits, with C(.), C(_), C(-) and C(/) between them.
    type: str
    required: true
  description:
    description: Text for people. Harbor holds it with C(&), C(<), C(>) and quotes escaped; that counts as the same.
    type: str
  state:
    description:
      - V(absent) deletes the repository with B(all its images and tags). Garbage collection frees their space later.
      - Harbor refuses while an immutable tag rule holds one of its tags. Replication policies with deletion
        delete its images at their destinations as well.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: Say what a repository holds
  anchorage.harbor.repository:
    project: web
    name: backend/api
    description: The API of the shop; ask the web team

- name: Delete a repository with all its images
  anchorage.harbor.repository:
    project: web
    name: backend/api
    state: absent
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
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.repository import REPOSITORY


def main():
    run_kind(REPOSITORY)


if __name__ == "__main__":
    main()
