#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One project of Harbor, kept as wanted."""

from __future__ import annotations

DOCUMENTATION = r"""
module: project
short_description: Keep a project of Harbor
version_added: 0.1.0
description:
  - Creates, changes or removes one project. A project that exists is taken over by its name; what is not
    given is left as it is.
  - Facts about Harbor's behaviour were seen on a running Harbor 2.15.2.
author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment: [anchorage.harbor.connection, anchorage.harbor.attributes]
options:
  name:
    description:
      - Name of the project - lower-case letters and digits, with single C(.), C(_) or C(-) between them.
      - Harbor cannot rename a project.
    type: str
    required: true
  state:
    description: V(absent) removes the project. Harbor refuses while it holds repositories.
    type: str
    choices: [present, absent]
    default: present
  public:
    description: Let everybody pull. Harbor's own default is V(false).
    type: bool
  storage_limit:
    description:
      - Most bytes that the images of the project may take, such as V(20GiB), V(500MiB) or a bare number;
        V(-1) for no limit. At most V(1024TiB).
      - Harbor's own default is its setting C(storage_per_project).
    type: str
  registry:
    description: Name of the registry whose proxy cache this project is. Harbor cannot change it afterwards.
    type: str
  scanner:
    description: Name of the scanner of this project, as in M(anchorage.harbor.scanner). Empty for the default one,
      whichever that is.
    type: str
  prevent_vul:
    description: Refuse pulls of images with vulnerabilities of O(severity) or worse. Harbor's own default
      is V(false).
    type: bool
  severity:
    description: Lowest severity that counts for O(prevent_vul). Harbor's own default is V(none).
    type: str
    choices: [none, low, medium, high, critical]
  auto_scan:
    description: Scan each image when it is pushed. Harbor's own default is V(false).
    type: bool
  auto_sbom_generation:
    description: Make a bill of materials of each image when it is pushed. From Harbor 2.11. Harbor's own
      default is V(false).
    type: bool
  enable_content_trust:
    description: Let only images with a Notation signature be pulled. Harbor drops it for proxy caches.
      Harbor's own default is V(false).
    type: bool
  enable_content_trust_cosign:
    description: Let only images with a Cosign signature be pulled. Harbor's own default is V(false).
    type: bool
  reuse_sys_cve_allowlist:
    description: Use the allowlist of the system instead of O(cve_allowlist). Harbor's own default is V(true).
    type: bool
  cve_allowlist:
    description: Vulnerabilities that do not count, all of them; an empty list clears it. Counts when
      O(reuse_sys_cve_allowlist) is false.
    type: list
    elements: str
  cve_allowlist_expires_at:
    description: When O(cve_allowlist) ends to count, in seconds since 1970; V(0) for never, which is
      Harbor's own default.
    type: int
  proxy_speed_kb:
    description: Most KB a second that a proxy cache fetches; V(-1) or V(0) for no limit. From Harbor 2.12,
      proxy caches only.
    type: int
  max_upstream_conn:
    description: Most connections of a proxy cache to its registry; V(-1) or V(0) for no limit. From Harbor
      2.14, proxy caches only.
    type: int
  proxy_cache_local_on_not_found:
    description: Serve what the cache holds when its registry no longer has it. From Harbor 2.15, proxy
      caches only. Harbor's own default is V(false).
    type: bool
"""

EXAMPLES = r"""
- name: A private project with a limit
  anchorage.harbor.project:
    name: web
    public: false
    storage_limit: 20GiB

- name: Refuse images with known holes, but for two
  anchorage.harbor.project:
    name: web
    prevent_vul: true
    severity: high
    reuse_sys_cve_allowlist: false
    cve_allowlist: [CVE-2024-0001, CVE-2024-0002]

- name: Remove a project
  anchorage.harbor.project:
    name: web
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
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.project import PROJECT


def main():
    run_kind(PROJECT)


if __name__ == "__main__":
    main()
