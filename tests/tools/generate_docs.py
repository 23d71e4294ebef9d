"""Write the documentation of `apply` out of that of the kinds' modules. Run by `make docs`; a test says when it is stale."""

import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / "plugins" / "modules"
# In the order in which apply writes: the same as in plugins/module_utils/resources/__init__.py, which a test holds.
KINDS = {"registry": "registries", "project": "projects", "replication_policy": "replication_policies"}

HEAD = '''#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Everything that Harbor shall hold, in one task. The options are generated from the modules of the kinds: make docs."""

from __future__ import annotations

DOCUMENTATION = r"""
module: apply
short_description: Keep everything that Harbor holds
version_added: 0.1.0
description:
  - Takes lists of items by kind, reads what Harbor holds, and does what differs - kinds after those that they
    refer to, items that do not depend on each other side by side. Everything is checked before the first write.
  - The options of an item are those of the module for its kind, and mean the same. What an item does not name
    is left as it is.
  - When a step fails, the result tells what was done, what failed and what was not tried.
author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment: [anchorage.harbor.connection, anchorage.harbor.attributes]
options:
'''

MIDDLE = '''  prune:
    description:
      - Kinds of which everything is removed that its list does not name. What Harbor ships, such as project
        V(library), stays.
      - A kind whose list is empty is refused.
    type: list
    elements: str
    choices: [%s]
    default: []
  prune_limit:
    description: Most items of one kind that O(prune) may remove; more is refused before anything is written.
    type: int
    default: 10
  update_secret:
    description: For items that do not say it themselves, when their secrets are sent to what exists already.
      See M(anchorage.harbor.registry).
    type: str
    choices: [on_create, always, when_stale]
    default: on_create
"""

EXAMPLES = r"""
- name: A registry, a project and a rule between them
  anchorage.harbor.apply:
    registries:
      - name: shanghai
        type: harbor
        url: https://harbor.shanghai.example.org
        access_key: robot$replication
        access_secret: "{{ vault_shanghai_secret }}"
    projects:
      - name: web
        storage_limit: 20GiB
    replication_policies:
      - name: web-to-shanghai
        dest_registry: shanghai
        filters: [{type: name, value: "web/**"}]
        trigger: {type: event_based}
        enabled: true

- name: Only these projects, and nothing else
  anchorage.harbor.apply:
    projects: [{name: web}, {name: team}]
    prune: [projects]
"""

'''

TAIL = '''
from ansible_collections.anchorage.harbor.plugins.module_utils.runner import run_apply


def main():
    run_apply()


if __name__ == "__main__":
    main()
'''


def block(source: str, name: str) -> str:
    """The text of a documentation variable."""
    return re.search(rf'{name} = r"""\n(.*?)"""', source, re.DOTALL)[1]


def generate() -> str:
    """The whole file."""
    text = HEAD
    for kind, plural in KINDS.items():
        documentation = block((MODULES / f"{kind}.py").read_text(), "DOCUMENTATION")
        assert yaml.safe_load(documentation)["module"] == kind
        options = documentation.split("\noptions:\n")[1].rstrip("\n")
        # In apply an item's options are one level down, and a link to one says so.
        options = re.sub(r"O\((\w+(?:\.\w+)*)\)", rf"O({plural}[].\1)", options)
        text += f"  {plural}:\n    description: Items of kind {kind}; see M(anchorage.harbor.{kind}).\n"
        text += "    type: list\n    elements: dict\n    default: []\n    suboptions:\n"
        text += "".join(f"    {line}\n" if line else "\n" for line in options.split("\n"))
    text += MIDDLE % ", ".join(KINDS.values())
    returned = block((MODULES / "project.py").read_text(), "RETURN")
    return text + f'RETURN = r"""\n{returned}"""\n' + TAIL


if __name__ == "__main__":
    target = MODULES / "apply.py"
    if "--check" in sys.argv:
        sys.exit(target.read_text() != generate() and "plugins/modules/apply.py is stale: run make docs")
    target.write_text(generate())
