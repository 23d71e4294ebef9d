"""Write what is the same in every module of a kind (RETURN and the last lines), and the documentation of `apply` out of
theirs. Run by `make docs`; a test says when something is stale.
"""

import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / "plugins" / "modules"
sys.path.insert(0, str(ROOT / "collections"))

from ansible_collections.anchorage.harbor.plugins.module_utils.resources import (  # noqa: E402 pylint: disable=wrong-import-position
    RESOURCES,
)

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
      - Of kinds that lie in projects, only what lies in projects that the list, or O(projects), names. Of labels and
        robots of the whole Harbor, only when the list names at least one such.
      - A kind whose list is empty is refused, unless O(prune_empty) names it too.
    type: list
    elements: str
    choices:%(prunable)s
    default: []
  prune_empty:
    description: Kinds of O(prune) of which the list may be empty, so that all of them are removed.
    type: list
    elements: str
    choices:%(prunable)s
    default: []
  prune_limit:
    description: Most items of one kind that O(prune) may remove; more is refused before anything is written.
    type: int
    default: 10
  prune_keep:
    description: What O(prune) leaves alone though no list names it, because something else keeps it, by kind. Names, in
      which C(*), C(?) and C([...]) are patterns. Of what lies in projects, the name, or that of the project, a slash and
      the name.
    type: dict
    default: {}
    suboptions:%(kept)s
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

- name: Only this label, beside those that another tool looks after
  anchorage.harbor.apply:
    labels: [{name: approved}]
    prune: [labels]
    prune_keep: {labels: ["scan-*"]}
"""

'''

RETURN = '''RETURN = r"""
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
      description: By option, its value C(before) and C(after). Secrets are hidden.%s
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

'''

LONG = """
        Of more than 100 steps those that create have none without C(-vvv), since the arguments hold the same."""
TAIL = '''from ansible_collections.anchorage.harbor.plugins.module_utils.runner import %(run)s
%(imported)s

def main():
    %(run)s(%(resource)s)


if __name__ == "__main__":
    main()
'''


def block(source: str, name: str) -> str:
    """The text of a documentation variable."""
    return re.search(rf'{name} = r"""\n(.*?)"""', source, re.DOTALL)[1]


def kind_module(resource, source: str) -> str:
    """A kind's module: its author's part ends with the examples."""
    written = re.match(r'.*?EXAMPLES = r"""\n.*?"""\n', source, re.DOTALL)[0]
    file = next((MODULES.parent / "module_utils/resources").glob(f"{resource.kind}.py"), Path("schedules.py")).stem
    line = "from ansible_collections.anchorage.harbor.plugins.module_utils.resources.%s import %s\n"
    imported = line % (file, resource.kind.upper())
    tail = TAIL % {"run": "run_kind", "resource": resource.kind.upper(), "imported": imported}
    return written + "\n" + RETURN % "" + tail


def apply_module(sources: dict) -> str:
    """The module for everything, out of the documentation of the kinds."""
    text = HEAD
    for resource in RESOURCES:
        documentation = block(sources[resource.kind], "DOCUMENTATION")
        assert yaml.safe_load(documentation)["module"] == resource.kind
        options = documentation.split("\noptions:\n")[1].rstrip("\n")
        # In apply an item's options are one level down, and a link to one says so.
        above = resource.plural if resource.singleton else f"{resource.plural}[]"
        options = re.sub(r"O\(([\w.\[\]]+(?:=[^)]*)?)\)", rf"O({above}.\1)", options)
        what = "The item" if resource.singleton else "Items"
        about = f"{what} of kind {resource.kind}; see M(anchorage.harbor.{resource.kind})."
        text += f"  {resource.plural}:\n    description: {about}\n"
        text += "    type: dict\n" if resource.singleton else "    type: list\n    elements: dict\n    default: []\n"
        text += "    suboptions:\n" + "".join(f"    {line}\n" if line else "\n" for line in options.split("\n"))
    names = [resource.plural for resource in RESOURCES if resource.prunable]
    text += MIDDLE % {"prunable": "".join(f"\n      - {name}" for name in names), "kept": "".join(
        f"\n      {name}:\n        description: Names and patterns.\n        type: list\n        elements: str\n"
        "        default: []" for name in names)}
    return text + RETURN % LONG + TAIL % {"run": "run_apply", "resource": "", "imported": ""}


def generate() -> dict:
    """Each file and what it should hold."""
    files = {resource.kind: MODULES / f"{resource.kind}.py" for resource in RESOURCES}
    sources = {kind: path.read_text() for kind, path in files.items()}
    wanted = {files[resource.kind]: kind_module(resource, sources[resource.kind]) for resource in RESOURCES}
    return {**wanted, MODULES / "apply.py": apply_module(sources)}


if __name__ == "__main__":
    stale = {path: text for path, text in generate().items() if path.read_text() != text}
    if "--check" in sys.argv:
        sys.exit(bool(stale) and f"stale, run make docs: {', '.join(path.name for path in stale)}")
    for path, text in stale.items():
        path.write_text(text)
