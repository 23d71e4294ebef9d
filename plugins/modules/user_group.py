#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One user group of Harbor, kept as wanted."""

from __future__ import annotations

DOCUMENTATION = r"""
module: user_group
short_description: Keep a user group of Harbor
version_added: 0.1.0
description:
  - Makes a group of an external directory known to Harbor, or forgets it. Who is in it, the directory says.
  - One that exists is taken over by its name, of which there is one among groups of all types.
  - Facts about Harbor's behaviour were seen on a running Harbor 2.15.2.
author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment: [anchorage.harbor.connection, anchorage.harbor.attributes]
notes:
  - Harbor makes the groups of a user known by itself when the user logs in. So there may be more than anybody wrote
    down.
  - While Harbor's C(auth_mode) is C(ldap_auth) or C(http_auth), it shows groups of that type only.
options:
  name:
    description: Name of the group, 1 to 255 characters; upper and lower case differ. For O(type=oidc) the one that the
      provider sends.
    type: str
    required: true
  type:
    description: Sort of its directory. Needed to create one; Harbor cannot change it afterwards.
    type: str
    choices: [ldap, http, oidc]
  ldap_group_dn:
    description: Distinguished name of the group, needed by O(type=ldap). Harbor looks it up when the group is created,
      and cannot change it afterwards. Upper and lower case do not differ.
    type: str
  state:
    description: V(absent) makes Harbor forget the group, and takes it out of all projects.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: A group of the OIDC provider, before any of its users has logged in
  anchorage.harbor.user_group:
    name: web-team
    type: oidc

- name: A group that nobody needs any more
  anchorage.harbor.user_group:
    name: web-team
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
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.user_group import USER_GROUP


def main():
    run_kind(USER_GROUP)


if __name__ == "__main__":
    main()
