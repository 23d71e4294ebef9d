#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One immutable tag rule of a project of Harbor, kept as wanted."""

from __future__ import annotations

DOCUMENTATION = r"""
module: immutable_tag_rule
short_description: Keep an immutable tag rule of a project of Harbor
version_added: 0.1.0
description:
  - Creates, switches or removes one rule that holds tags, which then can neither be moved nor deleted.
  - A rule has no name. What it says, its O(tag_selectors) and O(repository_selectors), is what it is found by
    within O(project). So other selectors are another rule, and the old one stays until O(state=absent) with what
    it said removes it.
  - Facts about Harbor's behaviour were seen on a running Harbor 2.15.2.
author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment: [anchorage.harbor.connection, anchorage.harbor.attributes]
notes:
  - Images with such a tag cannot be deleted, nor can their repository, also not by retention or by replication.
    A push that would move such a tag fails, so replication to this project can fail because of a rule.
  - Of each list of selectors Harbor looks at the first entry only. So this module takes one, and what needs two is
    a pattern such as V({v*,release-*}), or two rules.
options:
  project:
    description: Name of the project.
    type: str
    required: true
  tag_selectors:
    description: Which tags the rule holds, in one entry.
    type: list
    elements: dict
    required: true
    suboptions:
      decoration:
        description: Whether tags of the pattern or all others are meant. When it is not given it is V(matches).
        type: str
        choices: [matches, excludes]
      pattern:
        description: Pattern of tags, such as V(v*), V({v*,release-*}) or V(**).
        type: str
        required: true
  repository_selectors:
    description: In which repositories it holds them, in one entry.
    type: list
    elements: dict
    required: true
    suboptions:
      decoration:
        description: Whether repositories of the pattern or all others are meant. When it is not given it is
          V(repoMatches).
        type: str
        choices: [repoMatches, repoExcludes]
      pattern:
        description: Pattern of repositories without their project, such as V(backend/**) or V(**).
        type: str
        required: true
  disabled:
    description: Switch the rule off. Harbor creates rules switched on.
    type: bool
  state:
    description: V(absent) removes the rule with these selectors. Its tags can be moved and deleted again.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: Releases stay as they are, everywhere in the project
  anchorage.harbor.immutable_tag_rule:
    project: web
    tag_selectors:
      - {pattern: "{v*,release-*}"}
    repository_selectors:
      - {pattern: "**"}

- name: Switch that rule off for a while
  anchorage.harbor.immutable_tag_rule:
    project: web
    tag_selectors:
      - {pattern: "{v*,release-*}"}
    repository_selectors:
      - {pattern: "**"}
    disabled: true

- name: Remove it
  anchorage.harbor.immutable_tag_rule:
    project: web
    tag_selectors:
      - {pattern: "{v*,release-*}"}
    repository_selectors:
      - {pattern: "**"}
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
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.immutable_tag_rule import IMMUTABLE_TAG_RULE


def main():
    run_kind(IMMUTABLE_TAG_RULE)


if __name__ == "__main__":
    main()
