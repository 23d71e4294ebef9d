# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compare what is wanted with what is. Pure: one function decides, one builds the body that carries the decision."""

from __future__ import annotations

from dataclasses import dataclass, field as attribute

from ansible_collections.anchorage.harbor.plugins.module_utils.description import get, put
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import InputError

HIDDEN = "********"


@dataclass
class Step:
    """One create, update or delete, with what changes in the words of the user."""

    resource: object
    action: str
    name: str
    wanted: dict = attribute(default_factory=dict)
    current: dict | None = None  # decoded, with "id"
    changes: dict = attribute(default_factory=dict)  # option: (before, after)

    @property
    def title(self):
        return "%s %s %s" % (self.action, self.resource.kind, self.name)

    def shown(self):
        """The step without secrets, for results."""
        return {"action": self.action, "kind": self.resource.kind, "name": self.name,
                "changes": {name: {"before": before, "after": after} for name, (before, after) in sorted(self.changes.items())}}


def current_of(resource, document, names):
    """Harbor's answer in the words of the user. `names` turns (kind, id) into the name of a referred item."""
    found = {"id": document["id"]}
    for field in resource.fields:
        if field.secret:
            continue
        value = get(document, field.place)
        found[field.name] = (names(field.ref, value) or "") if field.ref else field.decode(value)
    return found


def decide(resource, wanted, current, send_secrets=False):
    """The step from `current` (None: not there) to `wanted`, or None when nothing is to do.

    What `wanted` leaves out (None) is left alone. Secrets are not compared: they are part of a create, and of an update when `send_secrets`.
    """
    name = wanted[resource.key]
    if wanted.get("state") == "absent":
        return Step(resource, "delete", name, wanted, current, {"state": ("present", "absent")}) if current else None
    given = [field for field in resource.fields if wanted.get(field.name) is not None]
    if current is None:
        missing = [field.name for field in resource.fields if field.required and wanted.get(field.name) is None]
        if missing:
            raise InputError("%s %s does not exist, and to create it option %s is needed." % (resource.kind, name, " and ".join(missing)))
        return Step(resource, "create", name, wanted, None, {field.name: (None, HIDDEN if field.secret else wanted[field.name]) for field in given})
    changes = {}
    for field in given:
        if field.secret:
            if send_secrets:
                changes[field.name] = (HIDDEN, HIDDEN)
        elif differs(field, wanted[field.name], current[field.name]):
            if field.create_only:
                raise InputError("%s %s: option %s is %r and Harbor cannot change it to %r: remove the item (state: absent) and create it anew." % (
                    resource.kind, name, field.name, current[field.name], wanted[field.name]))
            changes[field.name] = (current[field.name], wanted[field.name])
    for field in given:
        if field.goes_with in changes and field.secret:
            changes[field.name] = (HIDDEN, HIDDEN)
    return Step(resource, "update", name, wanted, current, changes) if changes else None


def differs(field, wanted, current):
    """Whether two values mean something else. Of a dict only the named keys count."""
    ours, theirs = field.canonical(wanted), field.canonical(current)
    if field.type == "dict":
        return any(ours[name] != theirs[name] for name, value in wanted.items() if value is not None)
    return ours != theirs


def body_of(step, ident):
    """The JSON of a step. `ident` turns (kind, name) into Harbor's id."""
    resource, body = step.resource, {}
    groups = {resource.field(name).together for name in step.changes} - {""}
    for field in resource.fields:
        value = step.wanted.get(field.name)
        if step.action == "create":
            if value is None or field.after_create:
                continue
            place = field.wire_create or field.place
        else:
            if field.part or field.create_only and resource.write == "merge" or field.secret and field.name not in step.changes:
                continue
            if resource.write == "merge" and field.name not in step.changes and field.together not in groups:
                continue
            place = field.wire_update or field.place
            if field.name not in step.changes:
                value = step.current.get(field.name, field.default)
            elif field.type == "dict":
                value = dict(step.current[field.name] or {}, **{key: given for key, given in value.items() if given is not None})
        put_value(body, field, place, value, ident)
    return body


def put_value(body, field, place, value, ident):
    if field.ref:
        if value:
            put(body, place, ident(field.ref, value))
    elif value is not None:
        put(body, place, field.encode(value))
