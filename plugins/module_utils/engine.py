# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compare what is wanted with what is. Pure: one function decides, one builds the body that carries the decision."""

from __future__ import annotations

from dataclasses import dataclass, field as attribute

from ansible_collections.anchorage.harbor.plugins.module_utils.description import Field, get, put
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import InputError

HIDDEN = "********"
SENT = "******** (sent anew)"


@dataclass
class Step:
    """One create, update or delete, with what changes in the words of the user."""

    resource: object
    action: str
    name: str
    wanted: dict = attribute(default_factory=dict)
    current: dict | None = None  # in the words of the user, and "id"
    changes: dict = attribute(default_factory=dict)  # option: (before, after)

    @property
    def title(self):
        return "%s %s %s" % (self.action, self.resource.kind, self.name)

    def shown(self):
        """The step for results; `changes` never holds a secret."""
        return {
            "action": self.action,
            "kind": self.resource.kind,
            "name": self.name,
            "changes": {
                name: {"before": before, "after": after} for name, (before, after) in sorted(self.changes.items())
            },
        }


def current_of(resource, document, names):
    """Harbor's answer in the words of the user. `names` turns (kind, id) into the name of a referred item, or an id
    it does not know into itself.
    """
    found = {"id": document[resource.ident]}
    for field in resource.fields:
        if not field.secret:
            value = get(document, field.place)
            found[field.name] = (names(field.ref, value) if value else "") if field.ref else field.decode(value)
    return found


def decide(resource, wanted, current, send_secrets=False):
    """The step from `current` (None: not there) to `wanted`, or None when nothing is to do.

    What `wanted` leaves out (None) is left alone. Secrets are not compared: they are part of a create, and of an
    update when `send_secrets`.
    """
    name = wanted[resource.key]
    if wanted.get("state") == "absent":
        return Step(resource, "delete", name, wanted, current, {"state": ("present", "absent")}) if current else None
    given = [field for field in resource.fields if wanted.get(field.name) is not None]
    whole = dict(current or {}, **{field.name: wanted[field.name] for field in given})
    if current is None:
        missing = [field.name for field in resource.fields if field.required and wanted.get(field.name) is None]
        if missing:
            raise InputError(
                "%s %s does not exist yet, and to create it option %s is needed."
                % (resource.kind, name, " and ".join(missing))
            )
        resource.validate_whole(whole, None)
        return Step(
            resource,
            "create",
            name,
            wanted,
            None,
            {field.name: (None, shown(field, wanted[field.name])) for field in given},
        )
    changes = {}
    for field in given:
        if not field.secret and differs(field, wanted[field.name], current[field.name]):
            if field.create_only:
                raise InputError(
                    "%s %s: option %s is %r and Harbor cannot change it to %r: remove the item (state: absent) and "
                    "create it anew."
                    % (resource.kind, name, field.name, current[field.name], wanted[field.name])
                )
            changes[field.name] = (shown(field, current[field.name]), shown(field, wanted[field.name]))
    for field in given:
        if field.secret and (send_secrets or field.goes_with in changes):
            changes[field.name] = (HIDDEN, SENT)
    if not changes:
        return None
    resource.validate_whole(whole, current)
    return Step(resource, "update", name, wanted, current, changes)


def shown(field, value):
    """A value as people may see it: secrets hidden, what was not given left out."""
    if field.secret:
        return HIDDEN
    if not field.options or value is None:
        return value
    if field.type == "list":
        return [shown(Field(field.name, options=field.options), entry) for entry in value]
    return {
        option.name: shown(option, value[option.name]) for option in field.options if value.get(option.name) is not None
    }


def differs(field, wanted, current):
    """Whether two values mean something else. Of a dict only the named keys count."""
    ours, theirs = field.canonical(wanted), field.canonical(current)
    if field.type == "dict":
        return any(ours[name] != theirs[name] for name, value in wanted.items() if value is not None)
    return ours != theirs


def body_of(step, ident):
    """The JSON that carries a step. `ident` turns (kind, name) into Harbor's id."""
    body = {}
    fields = created(step) if step.action == "create" else updated(step)
    for field, place, value in fields:
        if field.ref:
            if value:
                put(body, place, ident(field.ref, value))
        elif value is not None:
            put(body, place, field.encode(value))
    return body


def created(step):
    """What a POST carries: all that is given."""
    for field in step.resource.fields:
        if not field.after_create:
            yield field, field.wire_create or field.place, step.wanted.get(field.name)


def updated(step):
    """What a PUT carries: the changes and, where Harbor would reset what it is not given, everything else as it was."""
    groups = {step.resource.field(name).together for name in step.changes} - {""}
    for field in step.resource.fields:
        place, changed = field.wire_update or field.place, field.name in step.changes
        if field.part:
            continue
        if changed and field.type == "dict":
            given = {key: value for key, value in step.wanted[field.name].items() if value is not None}
            yield field, place, dict(step.current[field.name] or {}, **given)
        elif changed:
            yield field, place, step.wanted[field.name]
        elif field.secret:
            # Harbor keeps a secret as long as it has a key; to clear both it wants both empty.
            if field.goes_with in step.changes and not step.wanted[field.goes_with]:
                yield field, place, ""
        elif step.resource.write == "replace" or field.together in groups:
            yield field, place, step.current.get(field.name, field.default)
