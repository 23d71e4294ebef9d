# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filter for role harbor_config: one wanted state for all sites, with what is otherwise at this one."""

from __future__ import annotations

DOCUMENTATION = r"""
name: with_exceptions
short_description: Items with what is otherwise at one site
version_added: 0.1.0
author: ["anchorage.harbor contributors (@anchorage)"]
description:
  - Lays items over those of the same name, option by option. One of a name that is not there yet is added.
  - Role P(anchorage.harbor.harbor_config#role) does so with C(harbor_config_exceptions).
positional: kind, exceptions
options:
  _input:
    description: Items of one kind, or the dictionary of what there is only one of.
    type: raw
    required: true
  kind:
    description: The kind, as an option of M(anchorage.harbor.apply) is called.
    type: str
    required: true
  exceptions:
    description: What is otherwise, by kind.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- anchorage.harbor.apply:
    projects: "{{ projects | anchorage.harbor.with_exceptions('projects', {'projects': [{'name': 'team', 'storage_limit': '10GiB'}]}) }}"
"""

RETURN = r"""
_value:
  description: Items as M(anchorage.harbor.apply) takes them.
  type: raw
"""

from ansible.errors import AnsibleFilterError
from ansible_collections.anchorage.harbor.plugins.module_utils.resources import RESOURCES

BY_PLURAL = {resource.plural: resource for resource in RESOURCES}


def with_exceptions(wanted, kind, exceptions=None):
    """Items of one kind, with what is otherwise laid over them."""
    if kind not in BY_PLURAL:
        raise AnsibleFilterError("there is no kind %s, use %s." % (kind, ", ".join(BY_PLURAL)))
    given, resource = (exceptions or {}).get(kind) or [], BY_PLURAL[kind]
    if not given:
        return wanted
    if resource.singleton:
        return dict(wanted, **given)
    found = {resource.identity(item): item for item in wanted}
    for item in given:
        found[resource.identity(item)] = dict(found.get(resource.identity(item), {}), **item)
    return list(found.values())


class FilterModule:
    """Names of the filters."""

    def filters(self):
        return {"with_exceptions": with_exceptions}
