#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One preheat policy of a project of Harbor, kept as wanted."""

from __future__ import annotations

DOCUMENTATION = r"""
module: preheat_policy
short_description: Keep a preheat policy of a project of Harbor
version_added: 0.1.0
description:
  - Creates, changes or removes one rule by which Harbor hands images of a project to a peer-to-peer network before
    anybody asks for them. One that exists is taken over by its name within O(project); Harbor replaces a policy
    whole on each write, and the module sends back what is not given as it was.
  - Facts about Harbor's behaviour were seen on a running Harbor 2.15.2.
author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment: [anchorage.harbor.connection, anchorage.harbor.attributes]
notes:
  - Where the project demands signatures of Notation or refuses vulnerable images, only images that satisfy that are
    handed on, whatever O(filters) says.
options:
  project:
    description: Name of the project.
    type: str
    required: true
  name:
    description: Name of the policy, 1 to 255 characters without blanks, C(%), C(+) and C(/); upper and lower case
      differ.
    type: str
    required: true
  description:
    description: Text for people.
    type: str
  provider:
    description: Name of the instance that gets the images, as in M(anchorage.harbor.preheat_instance). Needed to create
      a policy.
    type: str
  filters:
    description:
      - Which images are handed on, all filters, in any order. All of them must match.
      - A policy that is created without takes each tag of each repository. With an empty list each of its runs fails.
    type: list
    elements: dict
    suboptions:
      type:
        description: What the filter looks at. Harbor stores V(signature) and V(vulnerability) and then takes what the
          project says instead.
        type: str
        required: true
        choices: [repository, tag, label, signature, vulnerability]
      value:
        description: For V(repository) and V(tag) a pattern such as V(backend/**) or V({v*,main}), repositories without
          their project. For V(label) names of labels with commas between them, an image needs all of them. For
          V(signature) a boolean, for V(vulnerability) a number from V(0) to V(5).
        type: raw
        required: true
  trigger:
    description: When it runs.
    type: dict
    suboptions:
      type:
        description: V(manual), V(scheduled) by O(trigger.cron), or V(event_based) on pushes, scans and new labels.
          A policy that is created without is V(manual).
        type: str
        choices: [manual, scheduled, event_based]
      cron:
        description:
          - Second, minute, hour, day, month, weekday, such as V(0 0 2 * * *). Times are UTC. Needed by V(scheduled).
          - The second is 0, and the day must exist.
        type: str
  enabled:
    description: Let the policy run. Harbor's own default is V(false).
    type: bool
  extra_attrs:
    description: Hints for the provider, all of them. Dragonfly knows C(scope), which is C(single_seed_peer),
      C(all_seed_peers) or C(all_peers), and C(cluster_ids), a list of numbers. From Harbor 2.13.
    type: dict
  state:
    description: V(absent) removes the policy. Harbor refuses while an execution of it runs.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: Hand on releases as they come
  anchorage.harbor.preheat_policy:
    project: web
    name: releases
    provider: dragonfly
    filters:
      - {type: repository, value: "**"}
      - {type: tag, value: "v*"}
    trigger: {type: event_based}
    enabled: true

- name: Hand on what is needed in the morning, to all peers
  anchorage.harbor.preheat_policy:
    project: web
    name: morning
    provider: dragonfly
    filters:
      - {type: repository, value: "backend/**"}
      - {type: tag, value: main}
    trigger: {type: scheduled, cron: 0 0 5 * * 1-5}
    extra_attrs: {scope: all_peers}
    enabled: true

- name: Do without it
  anchorage.harbor.preheat_policy:
    project: web
    name: morning
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
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.preheat_policy import PREHEAT_POLICY


def main():
    run_kind(PREHEAT_POLICY)


if __name__ == "__main__":
    main()
