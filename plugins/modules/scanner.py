#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One scanner of Harbor, kept as wanted."""

from __future__ import annotations

DOCUMENTATION = r"""
module: scanner
short_description: Keep a scanner of Harbor
version_added: 0.1.0
description:
  - Registers, changes or removes one scanner, which looks for vulnerabilities in images. One that exists is taken over
    by its name; Harbor replaces it whole on each write, and the module sends back what is not given as it was.
  - Harbor asks the scanner when it is registered, so one that is down cannot be. Changes need no answer of it.
  - Facts about Harbor's behaviour were seen on a running Harbor 2.15.2.
author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment: [anchorage.harbor.connection, anchorage.harbor.attributes]
notes:
  - The scanner V(Trivy) that Harbor ships can be made the default one, but be neither changed nor removed. Nobody else
    can have its name.
  - Projects use the default scanner, unless M(anchorage.harbor.project) says another one.
options:
  name:
    description: Name of the scanner, 1 to 128 characters; upper and lower case differ.
    type: str
    required: true
  url:
    description: Address of the scanner's adapter, without user, query or blanks. Slashes at its end do not count. No
      two scanners have the same one. Needed to register one.
    type: str
  description:
    description: Text for people.
    type: str
  auth:
    description: How Harbor logs in to the scanner. Harbor's own default is V(none).
    type: str
    choices: [none, Basic, Bearer, APIKey]
  access_credential:
    description:
      - Secret of O(auth) - user and password with a colon between them for V(Basic), a token for V(Bearer), a key for
        V(APIKey). At most 512 characters. Needed to register a scanner with O(auth).
      - Harbor never shows it again; O(update_secret) says when it is sent. Before Harbor 2.14.4 and 2.15.1 it showed
        it, and forgot it with each change of a scanner that came without.
    type: str
  update_secret:
    description:
      - When O(access_credential) is sent to a scanner that exists. V(on_create) never, V(always) on each run,
        V(when_stale) when the scanner refuses the one that Harbor has stored; Harbor is asked for that also in check
        mode, and remembers an answer for 30 s.
      - It is always sent together with a change of O(auth). By default V(on_create).
    type: str
    choices: [on_create, always, when_stale]
  skip_cert_verify:
    description: Accept any certificate of the scanner. Harbor's own default is V(false).
    type: bool
  use_internal_addr:
    description: Let the scanner fetch images from Harbor's internal address. Harbor's own default is V(false).
    type: bool
  disabled:
    description: Switch the scanner off. Harbor cannot do that with the default one. Harbor's own default is V(false).
    type: bool
  default:
    description: V(true) makes the scanner the default one, instead of the one that was. V(false) is refused, make
      another one the default instead. The first scanner of a Harbor becomes the default by itself.
    type: bool
  state:
    description: V(absent) removes the scanner. When it was the default one there is none, until another becomes it.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: A scanner of our own, for everybody
  anchorage.harbor.scanner:
    name: grype
    url: https://grype.example.org
    auth: Bearer
    access_credential: "{{ vault_grype_token }}"
    default: true

- name: Let it fetch images within the cluster
  anchorage.harbor.scanner:
    name: grype
    use_internal_addr: true

- name: Do without it
  anchorage.harbor.scanner:
    name: grype
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
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.scanner import SCANNER


def main():
    run_kind(SCANNER)


if __name__ == "__main__":
    main()
