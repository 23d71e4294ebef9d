# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The JSON that carries a decision to Harbor. Pure."""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils.description import get, put


def body_of(step, ident, parent):
    """The JSON that carries a step. `ident` turns (kind, name, parent's name) into Harbor's id; `parent` is the name
    and the id of what the item lies under.
    """
    resource, body = step.resource, {}
    for place, value in resource.always:
        put(body, place, value)
    if step.action == "update":
        for place in resource.echo:
            put(body, place, get(step.current["document"], place))
    for field, place, value in created(step) if step.action == "create" else updated(step):
        if field.ref and not field.sends_name:
            if value:
                put(body, place, ident(field.ref, value, parent[0] if field.near else ""))
        elif value is not None:
            put(body, place, encoded(step, field, value))
    return resource.send_with(body, step, parent) if resource.send_with else body


def encoded(step, field, value):
    """A value for Harbor; one that nobody changes may be such as we would refuse, and goes back as it came."""
    try:
        return field.encode(value)
    except ValueError:
        return get(step.current["document"], field.place)


def created(step):
    """What a POST carries: all that is given."""
    for field in step.resource.fields:
        if not field.after_create:
            value = step.wanted.get(field.name)
            yield field, field.wire_create or field.place, field.initial if value is None else value


def updated(step):
    """What a PUT carries: the changes and, where Harbor would reset what it is not given, everything else as it was."""
    groups = {step.resource.field(name).together for name in step.changes} - {""}
    for field in step.resource.fields:
        place, changed = field.wire_update or field.place, field.name in step.changes
        before = step.current.get(field.name)
        if field.part:
            continue
        if changed and field.type == "dict" and field.options:
            given = {key: value for key, value in step.wanted[field.name].items() if value is not None}
            yield field, place, dict(before or {}, **given)
        elif changed:
            yield field, place, step.wanted[field.name]
        elif field.secret and not field.readable:
            # Harbor keeps a secret as long as it has a key; to clear both it wants both empty.
            if field.goes_with in step.changes and not step.wanted[field.goes_with]:
                yield field, place, ""
        elif step.resource.write == "replace" or field.together in groups:
            yield field, place, field.default if before is None else before
