#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One robot account of Harbor, kept as wanted."""

from __future__ import annotations

DOCUMENTATION = r"""
module: robot
short_description: Keep a robot account of Harbor
version_added: 0.1.0
description:
  - Creates, changes or removes one robot account, of a project or of the whole Harbor. One that exists is taken
    over by its short name, within O(project).
  - A robot logs in under its full name - Harbor's prefix, then C(project+name) for the robot of a project and
    C(name) for one of the whole Harbor, such as V(robot$web+ci) and V(robot$replication).
  - The prefix is the setting C(robot_name_prefix) of Harbor, C(robot$) unless somebody changed it. To change it
    renames all robots at once. Only an administrator can read it, others are taken to have C(robot$).
  - Facts about Harbor's behaviour were seen on a running Harbor 2.15.2.
author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment: [anchorage.harbor.connection, anchorage.harbor.attributes]
notes:
  - Harbor lets robots create and remove robots since release 2.12, but never change them or set a secret. So
    this module wants a user with the rights for it.
  - A robot that only pulls needs C(pull) of C(repository). One that pushes needs C(pull) as well, C(push) alone
    fails.
  - A Harbor that pushes here by replication needs C(pull) and C(push) of C(repository) and no right of the system.
    To delete tags here it needs C(delete) of C(tag), to delete images C(delete) of C(repository).
    When only administrators may create projects, it needs C(create) of C(project) of the system for those that
    are missing here.
  - A Harbor that pulls from here by replication needs C(pull) and C(list) of C(repository), C(read) and C(list)
    of C(artifact).
options:
  name:
    description:
      - Short name of the robot, without Harbor's prefix and without the project - lower-case letters and digits,
        with single C(.), C(_) or C(-) between them, at most 255 characters together with O(project).
      - Harbor cannot rename a robot.
    type: str
    required: true
  project:
    description: Name of the project whose robot it is. Without it, the robot is one of the whole Harbor, which
      may have rights in many projects and in the system.
    type: str
  description:
    description: Text for people.
    type: str
  permissions:
    description:
      - All that the robot may do, in any order. Needed to create one, and not empty.
      - A robot of O(project) has one entry, for that project.
    type: list
    elements: dict
    suboptions:
      kind:
        description: V(system) for rights of the whole Harbor, V(project) for rights in O(permissions[].namespace). When
          it is not given it is V(project).
        type: str
        choices: [system, project]
      namespace:
        description: Name of a project, or V(*) for all of them. V(/) goes with O(permissions[].kind=system).
        type: str
        required: true
      access:
        description: Rights there, in any order, at least one.
        type: list
        elements: dict
        required: true
        suboptions:
          resource:
            description: What the right is about, such as V(repository), V(artifact), V(tag). Harbor lists all pairs
              that it takes at C(/api/v2.0/permissions) and refuses others.
            type: str
            required: true
          action:
            description: What may be done with it, such as V(pull), V(push), V(list), V(delete). From Harbor 2.10 V(*)
              is refused.
            type: str
            required: true
          effect:
            description: V(deny) takes the right away. When it is not given it is V(allow).
            type: str
            choices: [allow, deny]
  duration:
    description: Days that the robot lives, counted from its creation also when this changes later; V(-1) for ever.
      At most 2147483647, and not V(0). When a robot is created without it, it lives for ever.
    type: int
  disabled:
    description: Switch the robot off. Harbor's own default is V(false).
    type: bool
  secret:
    description:
      - Secret with which the robot logs in, 8 to 128 characters with a lower-case letter, an upper-case letter and
        a digit. Needed to create one.
      - Harbor never shows it again; O(update_secret) says when it is sent.
    type: str
  update_secret:
    description:
      - When O(secret) is sent to a robot that exists. V(on_create) never, V(always) on each run, V(when_stale) when
        the robot can no longer log in with it; that is tried also in check mode.
      - A robot that is disabled or has expired cannot log in at all, so V(when_stale) warns and sends nothing.
        Each failed login lets Harbor wait 1.5 s.
      - By default V(on_create).
    type: str
    choices: [on_create, always, when_stale]
  state:
    description: V(absent) removes the robot. Robots that it created itself stay.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: The least to pull, for robot$web+cluster
  anchorage.harbor.robot:
    project: web
    name: cluster
    secret: "{{ vault_cluster_secret }}"
    permissions:
      - namespace: web
        access:
          - {resource: repository, action: pull}

- name: The least to push and pull, for robot$web+ci, a new secret as soon as the vault has one
  anchorage.harbor.robot:
    project: web
    name: ci
    secret: "{{ vault_ci_secret }}"
    update_secret: when_stale
    duration: 365
    permissions:
      - namespace: web
        access:
          - {resource: repository, action: push}
          - {resource: repository, action: pull}

- name: The least for another Harbor that replicates to this one, deletions too, for robot$replication
  anchorage.harbor.robot:
    name: replication
    secret: "{{ vault_replication_secret }}"
    update_secret: when_stale
    permissions:
      - namespace: "*"
        access:
          - {resource: repository, action: pull}
          - {resource: repository, action: push}
          - {resource: repository, action: delete}
          - {resource: tag, action: delete}
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
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.robot import ROBOT


def main():
    run_kind(ROBOT)


if __name__ == "__main__":
    main()
