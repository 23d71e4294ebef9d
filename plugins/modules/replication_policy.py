#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One replication policy of Harbor, kept as wanted."""

from __future__ import annotations

DOCUMENTATION = r"""
module: replication_policy
short_description: Keep a replication policy of Harbor
version_added: 0.1.0
description:
  - Creates, changes or removes one rule that copies images to or from another registry. One that exists is
    taken over by its name; Harbor replaces a policy
    whole on each write, and the module sends back what is not given as it was.
  - A policy pushes when O(dest_registry) is given and pulls when O(src_registry) is. The other side is this
    Harbor.
  - Facts about Harbor's behaviour were seen on a running Harbor 2.15.2.
author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment: [anchorage.harbor.connection, anchorage.harbor.attributes]
options:
  name:
    description: Name of the policy, at most 256 characters.
    type: str
    required: true
  state:
    description: V(absent) removes the policy. Harbor refuses while an execution of it runs.
    type: str
    choices: [present, absent]
    default: present
  description:
    description: Text for people.
    type: str
  src_registry:
    description: Name of the registry to pull from. Empty for this Harbor.
    type: str
  dest_registry:
    description: Name of the registry to push to. Empty for this Harbor.
    type: str
  dest_namespace:
    description: Namespace at the destination; empty keeps that of the source.
    type: str
  dest_namespace_replace_count:
    description:
      - How many leading pieces of a repository's path O(dest_namespace) replaces.
      - V(0) puts it in front, V(-1) keeps only the last piece of the path.
      - Harbor's own default is V(-1).
    type: int
  filters:
    description: What flows; everything when the list is empty. All of them must match. Their order does not
      count.
    type: list
    elements: dict
    suboptions:
      type:
        description: What the filter looks at.
        type: str
        choices: [name, tag, label, resource]
        required: true
      value:
        description: Pattern such as V(library/**) or V({1.*,2.*}); for V(label) a list of labels; for
          V(resource) C(image) or C(artifact).
        type: raw
        required: true
      decoration:
        description: Whether to take or to leave what matches; for V(tag) and V(label) only. Harbor's own
          default is V(matches).
        type: str
        choices: [matches, excludes]
  trigger:
    description: When it runs.
    type: dict
    suboptions:
      type:
        description: V(manual), V(scheduled) by O(trigger.cron), or V(event_based) on each push. Harbor's
          own default is V(manual).
        type: str
        choices: [manual, scheduled, event_based]
      cron:
        description:
          - Second, minute, hour, day, month, weekday, such as V(0 0 2 * * *). Times are UTC.
          - The second is 0, the minute is not V(*), and the day must exist.
        type: str
  deletion:
    description: Delete at the destination what is deleted at the source. Harbor's own default is V(false).
    type: bool
  override:
    description: Replace a tag of the same name at the destination. Harbor's own default is V(false).
    type: bool
  enabled:
    description: Let the policy run. Harbor's own default is V(false).
    type: bool
  speed:
    description: Most KB a second for each task; V(0) for no limit, which is Harbor's own default.
    type: int
  copy_by_chunk:
    description: Copy layers in pieces. Harbor's own default is V(false).
    type: bool
  single_active_replication:
    description: Skip a run while an earlier one goes on; not with V(event_based). From Harbor 2.14.
      Harbor's own default is V(false).
    type: bool
"""

EXAMPLES = r"""
- name: Push what is released, as it comes
  anchorage.harbor.replication_policy:
    name: released-to-shanghai
    dest_registry: shanghai
    filters:
      - {type: name, value: "team/**"}
      - {type: tag, value: "v*"}
    trigger: {type: event_based}
    override: true
    enabled: true

- name: Pull base images each night
  anchorage.harbor.replication_policy:
    name: base-images
    src_registry: docker-hub
    filters:
      - {type: name, value: "library/{alpine,debian}"}
    trigger: {type: scheduled, cron: 0 0 2 * * *}
    enabled: true
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
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.replication_policy import REPLICATION_POLICY


def main():
    run_kind(REPLICATION_POLICY)


if __name__ == "__main__":
    main()
