#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One tag of an image in Harbor, kept as wanted."""

from __future__ import annotations

DOCUMENTATION = r"""
module: tag
short_description: Keep a tag of an image in Harbor
version_added: 0.1.0
description:
  - Gives an image that is in Harbor one more tag, moves that tag to another image of the repository, or removes
    it. Images are neither pushed nor deleted.
  - A tag is found by its name within O(project) and O(repository).
  - Facts about Harbor's behaviour were seen on a running Harbor 2.15.2.
author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment: [anchorage.harbor.connection, anchorage.harbor.attributes]
notes:
  - Harbor cannot move a tag. So it is removed and made again, and for a moment there is none. Replication policies with
    deletion remove it at their destinations in between.
  - Harbor refuses to move or remove a tag that an immutable tag rule holds.
options:
  project:
    description: Name of the project.
    type: str
    required: true
  repository:
    description: Name of the repository without its project, such as V(backend/api) for C(web/backend/api).
    type: str
    required: true
  name:
    description: Name of the tag - letters, digits, C(_), C(.) and C(-), at most 128, not beginning with C(.) or C(-).
    type: str
    required: true
  digest:
    description: Image that bears the tag, as V(sha256:) and 64 hexadecimal digits. It is in the repository already.
      Needed to create a tag.
    type: str
  state:
    description: V(absent) removes the tag. Its image stays, if need be without a tag, until retention deletes it.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: The image that was tested is the stable one
  anchorage.harbor.tag:
    project: web
    repository: backend/api
    name: stable
    digest: "{{ tested_digest }}"

- name: There is no stable one
  anchorage.harbor.tag:
    project: web
    repository: backend/api
    name: stable
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
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.tag import TAG


def main():
    run_kind(TAG)


if __name__ == "__main__":
    main()
