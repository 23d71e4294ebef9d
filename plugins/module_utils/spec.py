# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The argument spec of a kind, out of its description. Pure."""

from __future__ import annotations

SECRET_POLICIES = ["on_create", "always", "when_stale"]


def options_of(fields, nested=False):
    """The argument spec of fields. Defaults are never filled in: what a user does not write stays as it is."""
    spec = {}
    for field in fields:
        option = {"type": field.type}
        if field.elements:
            option["elements"] = field.elements
        if field.options:
            option["options"] = options_of(field.options, nested=True)
        if nested and field.required:
            option["required"] = True
        if field.choices:
            option["choices"] = list(field.choices)
        if field.secret:
            option["no_log"] = True
        elif any(word in field.name for word in ("key", "secret", "token", "password")):
            option["no_log"] = False
        spec[field.name] = option
    return spec


def spec_of(resource):
    """The options of one item: of a module for its kind, and of an entry in the lists of `apply`."""
    spec = options_of(resource.fields)
    for name in resource.key:
        if len(resource.key) == 1 or resource.field(name).required:
            spec[name]["required"] = True
    if resource.parent:
        spec[resource.parent] = {"type": "str", "required": True} if not resource.top else {"type": "str"}
    if not resource.singleton:
        spec["state"] = {"type": "str", "choices": ["present", "absent"], "default": "present"}
    if any(not field.readable for field in resource.secrets):
        spec["update_secret"] = {"type": "str", "choices": SECRET_POLICIES, "no_log": False}
    return spec
