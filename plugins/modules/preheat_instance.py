#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One preheat instance of Harbor, kept as wanted."""

from __future__ import annotations

DOCUMENTATION = r"""
module: preheat_instance
short_description: Keep a preheat instance of Harbor
version_added: 0.1.0
description:
  - Registers, changes or removes one peer-to-peer network, to which M(anchorage.harbor.preheat_policy) hands images
    before anybody asks for them. One that exists is taken over by its name; Harbor replaces it whole on each write, and
    the module sends back what is not given as it was.
  - Harbor does not ask the network when it is registered, so it may be down.
  - Facts about Harbor's behaviour were seen on a running Harbor 2.15.2.
author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment: [anchorage.harbor.connection, anchorage.harbor.attributes]
options:
  name:
    description: Name of the instance, 1 to 255 characters without blanks, C(%), C(+) and C(/); upper and lower case
      differ.
    type: str
    required: true
  vendor:
    description: Sort of the network. Needed to create one; Harbor cannot change it afterwards.
    type: str
    choices: [dragonfly, kraken]
  endpoint:
    description: Address of the network, without user, query or blanks. Slashes at its end do not count, and V(http://)
      is added. No two instances are created with the same one. Needed to create one.
    type: str
  description:
    description: Text for people.
    type: str
  auth_mode:
    description: How Harbor logs in there. Harbor's own default is V(NONE).
    type: str
    choices: [NONE, BASIC, OAUTH, CUSTOM]
  auth_info:
    description:
      - Secrets of O(auth_mode). For V(BASIC) one entry, the user and the password; for V(OAUTH) the entry C(token) and
        the token; for V(CUSTOM) one entry, a header and its value.
      - Harbor never shows them again; O(update_secret) says when they are sent. Before Harbor 2.14.4 and 2.15.1 it
        showed them, and forgot them with each change of an instance that came without.
    type: dict
  update_secret:
    description:
      - When O(auth_info) is sent to an instance that exists. V(on_create) never, V(always) on each run, V(when_stale)
        when the network refuses those that Harbor has stored; Harbor is asked for that also in check mode.
      - They are always sent together with a change of O(auth_mode). By default V(on_create).
    type: str
    choices: [on_create, always, when_stale]
  enabled:
    description: Let policies use the instance. Harbor refuses to switch one off that policies use. Harbor's own default
      is V(false).
    type: bool
  default:
    description: Let the web page offer this instance first. Harbor's own default is V(false).
    type: bool
  insecure:
    description: Accept any certificate. Harbor's own default is V(false).
    type: bool
  state:
    description: V(absent) removes the instance. Harbor refuses while a preheat policy uses it.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: A Dragonfly network with an access token
  anchorage.harbor.preheat_instance:
    name: dragonfly
    vendor: dragonfly
    endpoint: https://dragonfly.example.org
    auth_mode: OAUTH
    auth_info:
      token: "{{ vault_dragonfly_token }}"
    enabled: true

- name: A Kraken network whose proxy asks for a password
  anchorage.harbor.preheat_instance:
    name: kraken
    vendor: kraken
    endpoint: http://kraken.example.org
    auth_mode: BASIC
    auth_info:
      harbor: "{{ vault_kraken_password }}"

- name: Do without it
  anchorage.harbor.preheat_instance:
    name: kraken
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
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.preheat_instance import PREHEAT_INSTANCE


def main():
    run_kind(PREHEAT_INSTANCE)


if __name__ == "__main__":
    main()
