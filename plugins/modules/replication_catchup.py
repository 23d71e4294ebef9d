#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Makes sites equal again after whatever happened to them."""

from __future__ import annotations

DOCUMENTATION = r"""
module: replication_catchup
short_description: Copy exactly what sites miss of each other, and prove it
version_added: 0.1.0
description:
  - Harbor copies an image when it is pushed. What was pushed while the other side was down, or just before a core died,
    never arrives, and nothing says so. This compares all sites by digest, decides of each difference what it means, copies
    what is missing or newer, and compares again.
  - What it copies is exactly the difference. To run the whole policy instead takes many times as long, and brings deleted
    images back.
  - Of more than two sites, one copies what several hold. While they hold different images under a tag, a site that has none
    gets none. A signature waits while another one of its image waits for a decision, since Harbor copies both together.
  - Cut off at any moment, the next run finds what is left.
  - A site that does not answer is left for later, see RV(later).
  - A run fails when something that it copied did not arrive, and tells what and why.
  - In check mode nothing is copied, and RV(planned) tells how much it would be.
author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment: [anchorage.harbor.sites, anchorage.harbor.attributes]
notes:
  - Each site that copies needs an endpoint for each other one, named like that site. It works by a policy
    C(catch-up-to-<site>), made when it is not there, of which each run writes the filters.
  - A user or robot that copies must be able to list and update replication policies (and to create them, unless role
    P(anchorage.harbor.harbor_replication#role) made them), to list, create and read replications, and to list registries.
options:
  on_conflict:
    description: What becomes of a tag that leads to another digest at each site, where neither ever had the other's. V(report)
      leaves it to you. V(newest) keeps the one that was pushed later, by the clocks of the sites. V(prefer) keeps that of the
      site O(prefer). The other image stays there without a tag.
    type: str
    choices: [report, newest, prefer]
    default: report
  prefer:
    description: Site that wins a conflict.
    type: str
  decisions:
    description: What you decided of single tags. One that is decided and equal by now does no harm here.
    type: list
    elements: dict
    default: []
    suboptions:
      repository:
        description: Repository with its project.
        type: str
        required: true
      tag:
        description: Tag.
        type: str
        required: true
      keep:
        description: Site whose state is right. When it has the tag, that is copied to the others; when it has none, the tag
          is deleted at the others, where the flow's O(flows[].deletion) allows that.
        type: str
        required: true
      delete_digest:
        description: Digest that you saw, and that shall be deleted. Needed for a deletion only. A tag that leads elsewhere by
          then stays.
        type: str
  at:
    description: Sites that do their part, by default all of them. Each copies what it owes the others, and deletes what is
      to be deleted there; with a timer at each site, each names itself.
    type: list
    elements: str
    default: []
  delete_limit:
    description: More deletions than this are refused, before anything is done.
    type: int
    default: 10
  timeout:
    description: Seconds after which a run of a policy is not waited for any longer. It goes on in Harbor.
    type: int
    default: 3600
"""

EXAMPLES = r"""
- name: Bring both sites up to date
  anchorage.harbor.replication_catchup:
    sites:
      - {name: east, url: "https://east.example.com", username: admin, password: "{{ vault_east }}"}
      - {name: west, url: "https://west.example.com", username: admin, password: "{{ vault_west }}"}
    ledger: /var/lib/harbor-catch-up/ledger.json

- name: Restore one image that was deleted by mistake, and carry the deletion of another one
  anchorage.harbor.replication_catchup:
    sites:
      - {name: east, url: "https://east.example.com", username: admin, password: "{{ vault_east }}"}
      - {name: west, url: "https://west.example.com", username: admin, password: "{{ vault_west }}"}
    flows:
      - {from: east, to: west, deletion: reviewed}
      - {from: west, to: east, deletion: reviewed}
    decisions:
      - {repository: team/api, tag: "1.2", keep: east}
      - repository: team/web
        tag: "3"
        keep: west
        delete_digest: sha256:74f82c1b6aaee36c588325f7af8d0d7deffaede6760b98e5aa5ac325e90986a3
"""

RETURN = r"""
equal:
  description: Whether all sites answered and nothing differs any more. In check mode, whether it does now.
  returned: success
  type: bool
  sample: true
planned:
  description: How many tags were to be copied, their bytes as Harbor shows them, how many were to be deleted, and how many
    differences are left to you.
  returned: success, and failure of a copy
  type: dict
  sample: {copies: 20, bytes: 52428800, deletions: 0, left: 1}
copied:
  description: Tags that arrived.
  returned: when not in check mode
  type: int
  sample: 20
deleted:
  description: Tags that were deleted.
  returned: when not in check mode
  type: int
  sample: 0
copies:
  description: The first O(limit) copies.
  returned: success, and failure of a copy
  type: list
  elements: dict
  contains:
    from:
      description: Site that has it.
      type: str
      returned: always
    to:
      description: Site that gets it.
      type: str
      returned: always
    repository:
      description: Repository with its project.
      type: str
      returned: always
    tag:
      description: Tag.
      type: str
      returned: always
    digest:
      description: Digest.
      type: str
      returned: always
    replaces:
      description: Digest that the tag led to, empty when there was none.
      type: str
      returned: always
    size:
      description: Bytes, as Harbor shows them.
      type: int
      returned: always
    reason:
      description: Why.
      type: str
      returned: always
  sample:
    - {from: east, to: west, repository: team/api, tag: "1.2", digest: "sha256:4bcff639...", replaces: "", size: 5242880,
       reason: west never had it}
deletions:
  description: All deletions, with their site, repository, tag, digest and reason.
  returned: success, and failure of a copy
  type: list
  elements: dict
  sample: []
later:
  description: Flows that were left for the next run, and why.
  returned: success, and failure of a copy
  type: list
  elements: str
  sample: ["east to west: west does not answer"]
faults:
  description: What went wrong, each a sentence.
  returned: when not in check mode
  type: list
  elements: str
  sample: []
scanned_at:
  description: As RV(anchorage.harbor.artifact_diff#module:scanned_at).
  returned: success
  type: str
  sample: "2026-01-31T10:00:00Z"
sites:
  description: As RV(anchorage.harbor.artifact_diff#module:sites).
  returned: success
  type: dict
  sample: {}
flows:
  description: As RV(anchorage.harbor.artifact_diff#module:flows), after the copy.
  returned: success
  type: list
  elements: dict
  sample: []
differences:
  description: What is left, as RV(anchorage.harbor.artifact_diff#module:differences).
  returned: success
  type: list
  elements: dict
  sample: []
"""

from ansible_collections.anchorage.harbor.plugins.module_utils.catching_up import CatchUp
from ansible_collections.anchorage.harbor.plugins.module_utils.decisions import DECISION, NEWEST, PREFER, REPORT, Decisions
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import InputError
from ansible_collections.anchorage.harbor.plugins.module_utils.sites import comparing_of, run_sites

SPEC = {
    "on_conflict": {"type": "str", "choices": [REPORT, NEWEST, PREFER], "default": REPORT},
    "prefer": {"type": "str"},
    "decisions": {"type": "list", "elements": "dict", "default": [], "options": DECISION},
    "at": {"type": "list", "elements": "str", "default": []},
    "delete_limit": {"type": "int", "default": 10},
    "timeout": {"type": "int", "default": 3600},
}


def prepare(params, warn):
    """Look and decide; what is returned beside copies."""
    for name, least in (("timeout", 1), ("delete_limit", 0)):
        if params[name] < least:
            raise InputError("option %s is %s: give %s or more." % (name, params[name], least))
    comparing = comparing_of(params)
    run = CatchUp(comparing, Decisions(params, comparing.sites), params)
    run.plan()
    result = run.shown()
    for text in result["later"]:
        warn("Left for later: %s" % text)
    return result, run.act


def main():
    run_sites(SPEC, prepare)


if __name__ == "__main__":
    main()
