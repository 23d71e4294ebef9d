#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Harbor's own CVE allowlist, kept as wanted."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cve_allowlist
short_description: Keep the CVE allowlist of the whole Harbor
version_added: 0.1.0
description:
  - Vulnerabilities that do not stop a pull, in all projects that reuse this list. A project has its own list
    in M(anchorage.harbor.project).
  - Facts about Harbor's behaviour were seen on a running Harbor 2.15.2.
author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment: [anchorage.harbor.connection, anchorage.harbor.attributes]
options:
  items:
    description: Identifiers such as V(CVE-2024-3094), in any order. An empty list empties it.
    type: list
    elements: str
  expires_at:
    description: Seconds since 1970 at which the list ends; V(0) for never.
    type: int
"""

EXAMPLES = r"""
- name: Two that were looked into, until the end of 2030
  anchorage.harbor.cve_allowlist:
    items: [CVE-2024-3094, CVE-2023-44487]
    expires_at: 1924991999

- name: None
  anchorage.harbor.cve_allowlist:
    items: []
    expires_at: 0
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
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.cve_allowlist import CVE_ALLOWLIST


def main():
    run_kind(CVE_ALLOWLIST)


if __name__ == "__main__":
    main()
