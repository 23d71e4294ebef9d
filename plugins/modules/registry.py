#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One registry (endpoint) of Harbor, kept as wanted."""

from __future__ import annotations

DOCUMENTATION = r"""
module: registry
short_description: Keep a registry (endpoint) of Harbor
version_added: 0.1.0
description:
  - Creates, changes or removes one registry, the far end of replication or of a proxy cache. One that
    exists is taken over by its name.
  - Harbor asks the registry on each write, so one that is down can be neither created nor changed.
  - Facts about Harbor's behaviour were seen on a running Harbor 2.15.2.
author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment: [anchorage.harbor.connection, anchorage.harbor.attributes]
options:
  name:
    description: Name of the registry, at most 64 characters.
    type: str
    required: true
  state:
    description: V(absent) removes the registry. Harbor refuses while a replication policy or a proxy cache
      uses it.
    type: str
    choices: [present, absent]
    default: present
  type:
    description: Sort of the registry. Needed to create one; Harbor cannot change it afterwards.
    type: str
    choices:
      - harbor
      - docker-hub
      - docker-registry
      - aws-ecr
      - azure-acr
      - google-gcr
      - ali-acr
      - huawei-SWR
      - tencent-tcr
      - volcengine-cr
      - jfrog-artifactory
      - quay
      - gitlab
      - dtr
      - github-ghcr
  url:
    description:
      - Address of the registry, without user, query or blanks. Slashes at its end do not count, and
        V(http://) is added.
      - Needed to create one.
    type: str
  description:
    description: Text for people.
    type: str
  insecure:
    description: Accept any certificate. Harbor's own default is V(false).
    type: bool
  credential_type:
    description: How the credentials are used. Counts with O(access_key) only. Harbor's own default is V(basic).
    type: str
    choices: [basic, oauth, secret]
  access_key:
    description: User or key. An empty text removes the credentials, O(access_secret) with them. For
      V(tencent-tcr) it begins with C(AKID).
    type: str
  access_secret:
    description:
      - Password, secret or JSON key of O(access_key).
      - Harbor never shows it again; O(update_secret) says when it is sent.
    type: str
  update_secret:
    description:
      - When O(access_secret) is sent to a registry that exists. V(on_create) never, V(always) on each run,
        V(when_stale) when Harbor
        finds that the stored one no longer works; Harbor is asked for that also in check mode.
      - It is always sent together with a change of O(access_key). By default V(on_create).
    type: str
    choices: [on_create, always, when_stale]
  ca_certificate:
    description: CA of the registry in PEM form. From Harbor 2.15. An empty text removes it.
    type: str
"""

EXAMPLES = r"""
- name: Another Harbor, through a robot of its own
  anchorage.harbor.registry:
    name: shanghai
    type: harbor
    url: https://harbor.shanghai.example.org
    access_key: robot$replication
    access_secret: "{{ vault_shanghai_secret }}"
    update_secret: when_stale

- name: Docker Hub
  anchorage.harbor.registry:
    name: docker-hub
    type: docker-hub
    url: https://hub.docker.com
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
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.registry import REGISTRY


def main():
    run_kind(REGISTRY)


if __name__ == "__main__":
    main()
