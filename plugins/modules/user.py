#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One user of Harbor, kept as wanted."""

from __future__ import annotations

DOCUMENTATION = r"""
module: user
short_description: Keep a user of Harbor
version_added: 0.1.0
description:
  - Creates, changes or removes one user whom Harbor keeps itself. One who exists is taken over by the name; Harbor
    replaces a profile whole on each write, and the module sends back what is not given as it was.
  - Harbor creates users, and changes their profiles, only while it keeps users itself (C(auth_mode) is C(db_auth)).
    With a directory they come with their first login, and only O(sysadmin) can be changed.
  - Facts about Harbor's behaviour were seen on a running Harbor 2.15.2.
author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment: [anchorage.harbor.connection, anchorage.harbor.attributes]
notes:
  - The user of the run, and V(admin), Harbor's first one, can be changed as well. But the module refuses to remove
    them or to take O(sysadmin) from them, since nobody could repair that through the API.
  - After a change of the password of the user of the run, later tasks need the new one as O(harbor_password).
options:
  username:
    description: Name of the user, 1 to 255 bytes without C(,) C(") C(~) C(#) C(%) C($) C(+); upper and lower case
      differ. Harbor cannot rename a user.
    type: str
    required: true
  email:
    description: Address of the user, such as V(jo@example.org). No two users have the same one. Needed to create one.
    type: str
  realname:
    description: Name of the person, 1 to 255 bytes without C(,) C(") C(~) C(#) C(%) C($) C(+). Needed to create one.
    type: str
  comment:
    description: Text for people, at most 30 bytes.
    type: str
  sysadmin:
    description: Let the user administrate the whole Harbor. Harbor's own default is V(false).
    type: bool
  password:
    description:
      - Password of the user, 8 to 128 characters with a lower-case letter, an upper-case letter and a digit. Needed
        to create one.
      - Harbor never shows it again; O(update_secret) says when it is sent.
    type: str
  update_secret:
    description:
      - When O(password) is sent for a user who exists. V(on_create) never, V(always) on each run, V(when_stale)
        when the user can no longer log in with it; that is tried also in check mode.
      - Each failed login lets Harbor wait 1.5 s, and refuse the user as long. By default V(on_create).
    type: str
    choices: [on_create, always, when_stale]
  state:
    description: V(absent) removes the user, with all memberships. Name and address are free again.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: A user
  anchorage.harbor.user:
    username: jo
    email: jo@example.org
    realname: Jo Doe
    password: "{{ vault_jo_password }}"

- name: An administrator, with a new password as soon as the vault has one
  anchorage.harbor.user:
    username: al
    email: al@example.org
    realname: Al Doe
    sysadmin: true
    password: "{{ vault_al_password }}"
    update_secret: when_stale

- name: Somebody who left
  anchorage.harbor.user:
    username: jo
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
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.user import USER


def main():
    run_kind(USER)


if __name__ == "__main__":
    main()
