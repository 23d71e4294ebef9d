#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The retention policy of one project of Harbor, kept as wanted."""

from __future__ import annotations

DOCUMENTATION = r"""
module: retention_policy
short_description: Keep the retention policy of a project of Harbor
version_added: 0.1.0
description:
  - Creates, changes or removes the rules that say which images of a project Harbor keeps. A project has at most
    one policy, so its project names it; Harbor replaces a policy whole on each write, and the module sends back
    what is not given as it was.
  - Each run deletes, in the repositories that a rule names, every image that B(no) rule keeps. Repositories that
    no rule names are left alone.
  - Facts about Harbor's behaviour were seen on a running Harbor 2.15.2.
author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment: [anchorage.harbor.connection, anchorage.harbor.attributes]
notes:
  - Harbor gives each new proxy cache a policy by itself, that keeps for 7 days what was pulled and runs daily. It is
    taken over.
  - Tags that an immutable tag rule holds are never deleted.
  - Between Harbors that replicate with deletions, what one deletes goes on the other too. Each knows only its own
    pulls, so rules by time of pull can delete what others still use.
options:
  project:
    description: Name of the project.
    type: str
    required: true
  cron:
    description:
      - When it runs - second, minute, hour, day, month, weekday, such as V(0 0 2 * * *). Times are UTC.
      - An empty text for never by itself, which is also what a policy is created with.
      - The second is 0, and the day must exist.
    type: str
  rules:
    description:
      - What is kept, all rules, at most 15 and no two alike. Their order does not count.
      - An empty list deletes nothing; a policy that is created without has none.
    type: list
    elements: dict
    suboptions:
      template:
        description:
          - What the rule keeps of what its selectors match.
          - V(always) all of it.
          - V(latestPushedK) the O(rules[].count) images of each repository that were pushed last, V(latestPulledN)
            those that were pulled last.
          - V(nDaysSinceLastPush) what was pushed within the last O(rules[].count) days, V(nDaysSinceLastPull) what was
            pulled within them.
        type: str
        required: true
        choices: [always, latestPushedK, latestPulledN, nDaysSinceLastPush, nDaysSinceLastPull]
      count:
        description: Number of images or days, 1 to 2147483647. Needed by each template but V(always), which has none.
        type: int
      tag_selectors:
        description: Which tags the rule looks at. All entries must match, in any order; not empty. When it is not
          given, each tag.
        type: list
        elements: dict
        suboptions:
          decoration:
            description: Whether tags of the pattern or all others are meant. When it is not given it is
              V(matches).
            type: str
            choices: [matches, excludes]
          pattern:
            description: Pattern of tags, such as V(v*), V({main,release-*}) or V(**).
            type: str
            required: true
          untagged:
            description:
              - Whether images without a tag count as having one of the pattern. With V(true) the rule keeps them
                when it V(matches) and not when it V(excludes); with V(false) the other way round.
              - When it is not given the rule keeps them, in both cases.
            type: bool
      repository_selectors:
        description: Which repositories the rule looks at. All entries must match, in any order; not empty. When it
          is not given, each repository.
        type: list
        elements: dict
        suboptions:
          decoration:
            description: Whether repositories of the pattern or all others are meant. When it is not given it is
              V(repoMatches).
            type: str
            choices: [repoMatches, repoExcludes]
          pattern:
            description: Pattern of repositories without their project, such as V(backend/**) or V({api,page}).
            type: str
            required: true
      disabled:
        description: Switch the rule off. When it is not given it is on.
        type: bool
  state:
    description: V(absent) removes the policy, and nothing is deleted any more.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: Each night keep releases, the last ten of everything else, and nothing without a tag
  anchorage.harbor.retention_policy:
    project: web
    cron: 0 0 2 * * *
    rules:
      - template: always
        tag_selectors:
          - {pattern: "v*", untagged: false}
      - template: latestPushedK
        count: 10
        tag_selectors:
          - {decoration: excludes, pattern: "v*", untagged: true}

- name: Another rule for builds alone
  anchorage.harbor.retention_policy:
    project: web
    rules:
      - template: nDaysSinceLastPush
        count: 30
        repository_selectors:
          - {pattern: "builds/**"}

- name: Keep everything
  anchorage.harbor.retention_policy:
    project: web
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
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.retention_policy import RETENTION_POLICY


def main():
    run_kind(RETENTION_POLICY)


if __name__ == "__main__":
    main()
