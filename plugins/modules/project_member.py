#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One member of a project of Harbor, kept as wanted."""

from __future__ import annotations

DOCUMENTATION = r"""
module: project_member
short_description: Keep a member of a project of Harbor
version_added: 0.1.0
description:
  - Gives a user or a group a role in a project, changes that role or takes it away.
  - A member is found by its project and its O(user) or O(group).
  - Facts about Harbor's behaviour were seen on a running Harbor 2.15.2.
author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment: [anchorage.harbor.connection, anchorage.harbor.attributes]
notes:
  - Harbor makes who creates a project its admin, as an ordinary member that can be removed.
options:
  project:
    description: Name of the project.
    type: str
    required: true
  user:
    description:
      - Name of the user, as Harbor writes it; upper and lower case differ. Either this or O(group) is needed,
        not both.
      - With LDAP or UAA, Harbor looks in its directory for a name that it does not know yet. Otherwise the user
        exists already, with OIDC since the first login.
    type: str
  group:
    description: Name of the user group, as in M(anchorage.harbor.user_group); upper and lower case differ. It
      exists already. Either this or O(user) is needed, not both.
    type: str
  role:
    description: What the member may do. Needed to create one.
    type: str
    choices: [project_admin, maintainer, developer, guest, limited_guest]
  state:
    description: V(absent) takes the role away. The user or the group itself stays.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: A user who pushes
  anchorage.harbor.project_member:
    project: web
    user: jo
    role: developer

- name: A group that runs the project
  anchorage.harbor.project_member:
    project: web
    group: web-team
    role: project_admin

- name: Nobody's guest any more
  anchorage.harbor.project_member:
    project: web
    user: jo
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
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.project_member import PROJECT_MEMBER


def main():
    run_kind(PROJECT_MEMBER)


if __name__ == "__main__":
    main()
