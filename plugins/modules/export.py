#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a Harbor holds, written down as what apply accepts."""

from __future__ import annotations

DOCUMENTATION = r"""
module: export
short_description: Write down what Harbor holds
version_added: 0.1.0
description:
  - Reads everything that the kinds of M(anchorage.harbor.apply) describe and returns it as lists of items, which
    applied to the same Harbor change nothing.
  - Secrets are left out and listed, since Harbor does not show most of them and nobody wants the others in a file.
  - What Harbor holds and would refuse to take again, for example a schedule without a date, is left out and listed.
  - Changes nothing in Harbor. Only O(directory) writes, and only files that differ.
author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment: [anchorage.harbor.connection, anchorage.harbor.attributes]
options:
  kinds:
    description: Kinds to export, named as the lists of M(anchorage.harbor.apply). By default all but tags and labels of
      artifacts, which Harbor does not list.
    type: list
    elements: str
  names:
    description:
      - Patterns of names, such as C(web-*); C(*), C(?) and C([...]) mean what they mean to a shell.
      - Compared with an item's name and, of what lies in a project, with C(project/name). Kinds of which there is
        only one are always taken. By default all names.
    type: list
    elements: str
  projects:
    description: Patterns of projects; of others neither the project nor what lies in it is exported. By default all.
    type: list
    elements: str
  directory:
    description:
      - Directory that exists, into which a file for each kind is written, ready for an inventory, such as
        C(group_vars/harbor). Files of kinds of which nothing is found are neither written nor removed.
      - Files get the mode 0640.
    type: path
  prefix:
    description: Begin of the name of the variable in a file; the name of the kind's list follows.
    type: str
    default: harbor_config_
"""

EXAMPLES = r"""
- name: All that Harbor holds
  anchorage.harbor.export:
  register: harbor

- name: Applied again, it changes nothing
  anchorage.harbor.apply: "{{ harbor['items'] }}"

- name: Projects of one team and their robots, as files for an inventory
  anchorage.harbor.export:
    kinds: [projects, robots, project_members]
    projects: ["web-*"]
    directory: "{{ inventory_dir }}/group_vars/harbor"
"""

RETURN = r"""
items:
  description: By kind a list of items, or the one item; each is what M(anchorage.harbor.apply) takes under that name.
  returned: success
  type: dict
  sample: {projects: [{name: web, public: false}], cve_allowlist: {items: [], expires_at: 0}}
secrets:
  description: Items and options that Harbor holds a secret for, or may hold one, which is not part of the export.
  returned: success
  type: list
  elements: str
  sample: ["registry shanghai: access_secret"]
left_out:
  description: What Harbor holds and M(anchorage.harbor.apply) would refuse, with the reason.
  returned: success
  type: list
  elements: str
  sample: []
files:
  description: Files of O(directory) that were written, or would be in check mode, because they differed.
  returned: when O(directory) is given
  type: list
  elements: str
  sample: [projects.yml]
"""

from ansible_collections.anchorage.harbor.plugins.module_utils import files
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import InputError
from ansible_collections.anchorage.harbor.plugins.module_utils.exporter import Export
from ansible_collections.anchorage.harbor.plugins.module_utils.resources import RESOURCES
from ansible_collections.anchorage.harbor.plugins.module_utils.runner import run_module

PLURALS = [resource.plural for resource in RESOURCES if resource.listed]
SPEC = {
    "kinds": {"type": "list", "elements": "str"},
    "names": {"type": "list", "elements": "str"},
    "projects": {"type": "list", "elements": "str"},
    "directory": {"type": "path"},
    "prefix": {"type": "str", "default": "harbor_config_"},
}


def prepare(transport, params, warn):
    """What is there, and the files that it makes."""
    unknown = sorted(set(params["kinds"] or ()) - set(PLURALS))
    if unknown:
        raise InputError("option kinds: there is no %s; there are %s." % (", ".join(unknown), ", ".join(PLURALS)))
    chosen = [resource for resource in RESOURCES if resource.plural in (params["kinds"] or PLURALS)]
    found = Export(transport, RESOURCES, params["names"], params["projects"]).export(chosen)
    result = {"changed": False, "items": found.items, "secrets": found.secrets, "left_out": found.left_out}
    if not params["directory"]:
        return result, lambda tell: None
    different = files.different(params["directory"], files.texts(found.items, params["prefix"]))
    result.update(changed=bool(different), files=sorted(different))
    return result, lambda tell: files.write(params["directory"], different)


def main():
    run_module(SPEC, prepare)


if __name__ == "__main__":
    main()
