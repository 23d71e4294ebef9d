#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One label of Harbor, kept as wanted."""

from __future__ import annotations

DOCUMENTATION = r"""
module: label
short_description: Keep a label of Harbor
version_added: 0.1.0
description:
  - Creates, changes or removes one label, of a project or of the whole Harbor. One that exists is taken over
    by its name, within O(project).
  - Facts about Harbor's behaviour were seen on a running Harbor 2.15.2.
author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment: [anchorage.harbor.connection, anchorage.harbor.attributes]
notes:
  - Replication never takes labels along.
options:
  name:
    description: Name of the label, 1 to 128 characters; upper and lower case differ. Harbor could rename a label,
      this module takes another name for another label.
    type: str
    required: true
  project:
    description: Name of the project whose label it is. Without it, the label is one of the whole Harbor.
    type: str
  description:
    description: Text for people.
    type: str
  color:
    description: Colour as C(#) and six hexadecimal digits, such as V(#0065AB). An empty text for none, which is
      Harbor's own default.
    type: str
  state:
    description: V(absent) removes the label, also from all artifacts that bear it.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: A label for everybody
  anchorage.harbor.label:
    name: released
    description: In use by customers
    color: "#0065AB"

- name: A label of one project
  anchorage.harbor.label:
    project: web
    name: reviewed

- name: Remove it, also from what bears it
  anchorage.harbor.label:
    project: web
    name: reviewed
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
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.label import LABEL


def main():
    run_kind(LABEL)


if __name__ == "__main__":
    main()
