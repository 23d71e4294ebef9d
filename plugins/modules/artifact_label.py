#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One label on an image in Harbor, kept as wanted."""

from __future__ import annotations

DOCUMENTATION = r"""
module: artifact_label
short_description: Keep a label on an image in Harbor
version_added: 0.1.0
description:
  - Puts a label on one image that is in Harbor, or takes it off.
  - It is found by O(project), O(repository), O(reference) and O(label) together.
  - Facts about Harbor's behaviour were seen on a running Harbor 2.15.2.
author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment: [anchorage.harbor.connection, anchorage.harbor.attributes]
notes:
  - A label stays on its image when a tag moves. With a tag as O(reference) it is put on what bears the tag now, and
    the image that bore it before keeps its own.
  - Replication never takes labels along.
options:
  project:
    description: Name of the project.
    type: str
    required: true
  repository:
    description: Name of the repository without its project, such as V(backend/api) for C(web/backend/api).
    type: str
    required: true
  reference:
    description: Image that bears the label, as one of its tags or as its digest, V(sha256:) and 64 hexadecimal
      digits.
    type: str
    required: true
  label:
    description: Name of the label, as in M(anchorage.harbor.label). That of the project if it has one of this name,
      else that of the whole Harbor.
    type: str
    required: true
  state:
    description: V(absent) takes the label off the image. The label itself stays.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: This version is in use by customers
  anchorage.harbor.artifact_label:
    project: web
    repository: backend/api
    reference: v1.0
    label: released

- name: No longer
  anchorage.harbor.artifact_label:
    project: web
    repository: backend/api
    reference: v1.0
    label: released
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
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.artifact_label import ARTIFACT_LABEL


def main():
    run_kind(ARTIFACT_LABEL)


if __name__ == "__main__":
    main()
