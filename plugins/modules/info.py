#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Harbor says of its objects, with filters and a query."""

from __future__ import annotations

DOCUMENTATION = r"""
module: info
short_description: Look up what Harbor holds
version_added: 0.1.0
description:
  - Returns objects as Harbor shows them, with all its fields - ids, times, counts - where M(anchorage.harbor.export)
    returns what can be wanted of them.
  - Secrets that Harbor shows in clear are left out.
author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment: [anchorage.harbor.connection, anchorage.harbor.attributes]
options:
  about:
    description:
      - What is looked up. Beside the lists of M(anchorage.harbor.apply) V(artifacts), of O(project) or of one
        O(repository) in it, V(audit_logs) of Harbor 2.13 or later, V(quotas), V(replication_executions) and V(statistics).
    type: str
    required: true
    choices:
      - artifacts
      - audit_logs
      - immutable_tag_rules
      - labels
      - preheat_instances
      - preheat_policies
      - project_members
      - projects
      - quotas
      - registries
      - replication_executions
      - replication_policies
      - repositories
      - retention_policies
      - robots
      - scanners
      - statistics
      - user_groups
      - users
      - webhook_policies
  project:
    description: Name of the project whose objects are looked up. Needed for what lies in projects alone. Labels and
      robots without it are those of the whole Harbor.
    type: str
  repository:
    description: Name of the repository, without its project, whose artifacts are looked up.
    type: str
  filters:
    description:
      - Fields and values that objects have, all of them. A value that begins with C(~) is part of the field's text,
        upper or lower case; others are the whole of it.
      - Values are compared as texts, C(true) and C(false) in lower case. A field that lies deeper is named with dots,
        such as C(metadata.public). A field that no object has is refused, so that a wrong name does not find nothing
        in silence.
    type: dict
    default: {}
  query:
    description: JMESPath expression over the list of objects that O(filters) leave, whose result is returned as
      RV(result). Needs the Python library C(jmespath).
    type: str
"""

EXAMPLES = r"""
- name: Public projects and how many repositories they have
  anchorage.harbor.info:
    about: projects
    filters:
      metadata.public: "true"
    query: "[].{name: name, repositories: repo_count}"
  register: public

- name: Images of a project, by digest
  anchorage.harbor.info:
    about: artifacts
    project: web
    query: "[].{digest: digest, tags: tags[].name}"
"""

RETURN = r"""
items:
  description: The objects as Harbor shows them, in its order, that O(filters) leave.
  returned: success
  type: list
  elements: dict
  sample: [{name: library, project_id: 1, repo_count: 0}]
result:
  description: What O(query) makes of them.
  returned: when O(query) is given
  type: raw
  sample: [{name: library, repositories: 0}]
"""

from ansible_collections.anchorage.harbor.plugins.module_utils.errors import InputError
from ansible_collections.anchorage.harbor.plugins.module_utils.lookup import MORE, chosen, queried, rows_of
from ansible_collections.anchorage.harbor.plugins.module_utils.resources import RESOURCES
from ansible_collections.anchorage.harbor.plugins.module_utils.runner import run_module

KINDS = {resource.plural: resource for resource in RESOURCES if resource.listed and not resource.singleton}
SPEC = {
    "about": {"type": "str", "required": True, "choices": sorted([*KINDS, *MORE])},
    "project": {"type": "str"},
    "repository": {"type": "str"},
    "filters": {"type": "dict", "default": {}},
    "query": {"type": "str"},
}


def prepare(transport, params, warn):
    """All of it is looked up; nothing is left to do."""
    if params["repository"] and not (params["about"] == "artifacts" and params["project"]):
        raise InputError("option repository goes with about: artifacts and a project.")
    rows = rows_of(transport, RESOURCES, KINDS.get(params["about"]), params)
    items = chosen(rows, params["filters"])
    result = {"changed": False, "items": items}
    if params["query"]:
        result["result"] = queried(items, params["query"])
    return result, lambda tell=None: None


def main():
    run_module(SPEC, prepare)


if __name__ == "__main__":
    main()
