#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether sites hold the same images, digest by digest."""

from __future__ import annotations

DOCUMENTATION = r"""
module: artifact_diff
short_description: Prove that sites hold the same images, or tell what differs
version_added: 0.1.0
description:
  - Compares two or more sites by digest, which is the only proof there is. That executions succeeded proves nothing,
    since skips count as success and some losses leave no execution at all.
  - Says of each difference what it means, from what the audit logs tell that each side once had, and from a O(ledger)
    if there is one. Clocks are never compared.
  - The digest of an index covers its children, so that multi-architecture images are compared whole. Signatures, SBOMs
    and other accessories are compared too.
  - Changes nothing.
author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment: [anchorage.harbor.sites, anchorage.harbor.attributes]
options:
  untagged:
    description: Whether images without a tag must be the same too.
    type: bool
    default: false
  recheck:
    description: Seconds after which what differs is looked at once more, and told only when it differs still. Pushes that
      are on their way do not count so. V(0) does not look again.
    type: int
    default: 10
  fail:
    description: Whether the task fails when something differs, or a site does not answer.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Prove that both sites hold the same
  anchorage.harbor.artifact_diff:
    sites:
      - {name: east, url: "https://east.example.com", username: admin, password: "{{ vault_east }}"}
      - {name: west, url: "https://west.example.com", username: admin, password: "{{ vault_west }}"}
    fail: true

- name: See what a copy lacks of the projects that flow there
  anchorage.harbor.artifact_diff:
    sites:
      - {name: east, url: "https://east.example.com", username: admin, password: "{{ vault_east }}"}
      - {name: west, url: "https://west.example.com", username: admin, password: "{{ vault_west }}"}
    flows:
      - {from: east, to: west, include: ["team-*"], exclude: [team-scratch]}
    limit: 100
  register: found
"""

RETURN = r"""
equal:
  description: Whether all sites answered and nothing differs but what no flow carries.
  returned: success, and failure because of O(fail)
  type: bool
  sample: false
scanned_at:
  description: When this was so, UTC.
  returned: success
  type: str
  sample: "2026-01-31T10:00:00Z"
sites:
  description: What was seen of each site, by its name.
  returned: success
  type: dict
  contains:
    reachable:
      description: Whether it answered. Otherwise only RV(sites.error) stands beside.
      type: bool
      returned: always
    error:
      description: Why it did not answer. Empty when it did.
      type: str
      returned: always
    version:
      description: Its release, empty for a plain registry.
      type: str
      returned: when it answered
    projects:
      description: Projects that flow.
      type: int
      returned: when it answered
    repositories:
      description: Repositories with at least one tag, of these projects.
      type: int
      returned: when it answered
    tags:
      description: Tags of these projects.
      type: int
      returned: when it answered
    requests:
      description: Requests that were sent to it.
      type: int
      returned: when it answered
    seconds:
      description: Seconds that its inventory took.
      type: float
      returned: when it answered
    replication:
      description: What it has in hand (RV(sites.replication.waiting) jobs, the oldest for C(latency_seconds) seconds; whether
        the queue is C(paused)), and of its newest 100 runs of the last day those that C(failed) for good and those that are
        C(stuck). Empty when the user may not read it.
      type: dict
      returned: when it answered
      contains:
        waiting:
          description: Jobs that wait.
          type: int
          returned: with the rights
  sample: {east: {reachable: true, error: "", version: v2.15.2, projects: 2, repositories: 30, tags: 3000, requests: 36,
                  seconds: 0.9, replication: {waiting: 0, latency_seconds: 0, paused: false, failed: 0, stuck: 0}}}
flows:
  description: Figures of each direction.
  returned: success
  type: list
  elements: dict
  contains:
    from:
      description: Site that is copied from.
      type: str
      returned: always
    to:
      description: Site that is copied to.
      type: str
      returned: always
    equal:
      description: Tags of its projects that are equal at both.
      type: int
      returned: always
    counts:
      description: Differences by state. V(missing), V(newer) and V(accessory) wait to be copied; V(deleted), V(conflict)
        and V(unknown) wait for a decision; V(extra) is at the far end only, and nothing flows back; V(untagged) has no
        tag.
      type: dict
      returned: always
    lag_seconds:
      description: Age of the oldest image that waits to be copied, by the clock of the site that has it.
      type: int
      returned: always
    projects:
      description: By project, the number of tags that are V(equal), and of the differences by state.
      type: dict
      returned: always
  sample:
    - {from: east, to: west, equal: 2998, lag_seconds: 340, projects: {team: {equal: 2998, missing: 2}},
       counts: {missing: 2, newer: 0, deleted: 0, conflict: 0, unknown: 0, extra: 0, accessory: 0, untagged: 0}}
differences:
  description: The first O(limit) differences of each state and direction.
  returned: success
  type: list
  elements: dict
  contains:
    state:
      description: One of the states of RV(flows[].counts).
      type: str
      returned: always
    from:
      description: Site that has it, or has the newer one. For V(conflict) and V(unknown) one of both.
      type: str
      returned: always
    to:
      description: The other site.
      type: str
      returned: always
    repository:
      description: Repository with its project.
      type: str
      returned: always
    tag:
      description: Tag, empty for an image without one.
      type: str
      returned: always
    digest_from:
      description: Digest at RV(differences[].from). Empty when it has none.
      type: str
      returned: always
    digest_to:
      description: Digest at RV(differences[].to). Empty when it has none.
      type: str
      returned: always
    pushed_from:
      description: When it was pushed at RV(differences[].from), by the clock there. A copy has the time of copying.
      type: str
      returned: always
    pushed_to:
      description: The same of RV(differences[].to).
      type: str
      returned: always
    size:
      description: Bytes, as Harbor shows them.
      type: int
      returned: always
    reason:
      description: What it was decided from, for people.
      type: str
      returned: always
  sample:
    - {state: missing, from: east, to: west, repository: team/api, tag: "1.2", digest_from: "sha256:4bcff639...",
       digest_to: "", pushed_from: "2026-01-31T09:54:20.000Z", pushed_to: "", size: 5242880,
       reason: west never had it}
"""

import time

from ansible_collections.anchorage.harbor.plugins.module_utils.errors import InputError, RunFailed
from ansible_collections.anchorage.harbor.plugins.module_utils.sites import comparing_of, run_sites

SPEC = {
    "untagged": {"type": "bool", "default": False},
    "recheck": {"type": "int", "default": 10},
    "fail": {"type": "bool", "default": False},
}


def prepare(params, warn):
    """Look, look again at what differs, and tell."""
    if params["recheck"] < 0:
        raise InputError("option recheck is %s: give 0 seconds or more." % params["recheck"])
    comparing = comparing_of(params, params["untagged"])
    results = comparing.read()
    if params["recheck"] and any(result.differences for result in results):
        time.sleep(params["recheck"])
        results = comparing.again(results)
    for name, site in comparing.sites.items():
        if site.error:
            warn("%s did not answer: %s" % (name, site.error))
    result = dict(comparing.shown(results, params["limit"]), changed=False)
    if params["fail"] and not result["equal"]:
        raise RunFailed(sentence(result), result)
    return result, lambda tell=None: None


def sentence(result):
    """What differs, in one."""
    words = ["%s does not answer" % name for name, site in result["sites"].items() if not site["reachable"]]
    for flow in result["flows"]:
        told = ["%d %s" % (count, state) for state, count in flow["counts"].items() if count and state != "extra"]
        if told:
            words.append("%s to %s: %s" % (flow["from"], flow["to"], ", ".join(told)))
    return "The sites are not equal: %s." % "; ".join(words)


def main():
    run_sites(SPEC, prepare)


if __name__ == "__main__":
    main()
