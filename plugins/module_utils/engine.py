# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compare what is wanted with what is, and decide. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field as attribute, replace

from ansible_collections.anchorage.harbor.plugins.module_utils.description import Field, get
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import InputError

HIDDEN = "********"
SENT = "******** (sent anew)"


@dataclass
class Step:
    """One create, update or delete, with what changes in the words of the user."""

    resource: object
    action: str
    wanted: dict
    current: dict | None = None  # in the words of the user, with its "id" and Harbor's "document"
    changes: dict = attribute(default_factory=dict)  # option: (before, after)
    when: str = ""  # "first" of all, or "last"

    @property
    def name(self):
        return self.resource.title(self.wanted)

    @property
    def title(self):
        return "%s %s" % (self.action, self.resource.called(self.wanted))

    @property
    def sends_object(self):
        """Whether the object itself is written, and not only pieces that have requests of their own."""
        return any(not self.resource.field(name).part for name in self.changes)

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
    found = {"id": get(document, resource.ident), "document": document}
    for field in resource.fields:
        if not field.secret or field.readable:
            found[field.name] = in_words(field, get(document, field.place), names)
    return found


def in_words(field, value, names):
    """What Harbor says in one field, in the words of the user."""
    if field.ref and not field.reads_name:
        return names(field.ref, value) if value else ""
    return field.decode(value)


def decide(resource, wanted, current, send=()):
    """The step from `current` (None: not there) to `wanted`, or None when nothing is to do.

    What `wanted` leaves out (None) is left alone. Secrets are not compared unless Harbor shows them: they are part of
    a create, and of an update when `send` names them.
    """
    if wanted.get("state") == "absent":
        changes = {"state": ("present", "absent")}
        return Step(resource, "delete", wanted, current, changes) if current else None
    given = [field for field in resource.fields if wanted.get(field.name) is not None]
    if current is None:
        refuse_incomplete(resource, wanted)
        resource.validate_whole(wanted)
        changes = {field.name: (None, shown(field, wanted[field.name])) for field in given}
        return Step(resource, "create", wanted, None, changes)
    wanted = dict(wanted, **{field.name: kept(field, wanted[field.name], current.get(field.name)) for field in given})
    changes = {}
    for field in given:
        before, after = current.get(field.name), wanted[field.name]
        if field.secret and not field.readable:
            continue
        if differs(field, after, before):
            if field.create_only:
                raise InputError(
                    "%s: option %s is %r and Harbor cannot change it to %r: remove the item (state: absent) and "
                    "create it anew." % (resource.called(wanted), field.name, before, after)
                )
            changes[field.name] = (HIDDEN, SENT) if field.secret else (shown(field, before), shown(field, after))
    for field in given:
        if field.secret and not field.readable and (field.name in send or field.goes_with in changes):
            changes[field.name] = (HIDDEN, SENT)
    if not changes:
        return None
    refuse_locked(resource, changes, current)
    if resource.idle_without and not (wanted.get(resource.idle_without) or current[resource.idle_without]):
        resource.refuse_idle(changes)
    resource.validate_whole(dict(current, **{field.name: wanted[field.name] for field in given}), current, changes)
    return Step(resource, "update", wanted, current, changes)


def refuse_incomplete(resource, wanted):
    title = resource.title(wanted)
    if resource.fixed:
        raise InputError(
            "%s %s does not exist, and nobody but Harbor can make it: push to it first." % (resource.kind, title)
        )
    missing = [field.name for field in resource.fields if field.required and wanted.get(field.name) is None]
    if missing:
        raise InputError(
            "%s %s does not exist yet, and to create it option %s is needed."
            % (resource.kind, title, " and ".join(missing))
        )


def refuse_locked(resource, changes, current):
    for name in changes if resource.locked else ():
        place = resource.field(name).place.rpartition(".")[0] or name
        if get(current["document"], resource.locked.format(wire=place)) is False:
            raise InputError(
                "%s: option %s cannot be changed on this Harbor (it says so itself): leave it out."
                % (resource.kind, name)
            )


def kept(field, wanted, current):
    """A wanted list in which entries that name no secret have the one that Harbor shows for them."""
    secrets = [option.name for option in field.options if option.secret]
    if field.type != "list" or not secrets:
        return wanted
    same = [option for option in field.options if option.required]
    stored = {str([option.canonical(entry.get(option.name)) for option in same]): entry for entry in current or []}
    found = []
    for entry in wanted:
        before = stored.get(str([option.canonical(entry.get(option.name)) for option in same]), {})
        found.append(dict(entry, **{name: before.get(name) for name in secrets if entry.get(name) is None}))
    return found


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
    if field.type == "dict" and field.options:
        return any(ours[name] != theirs[name] for name, value in wanted.items() if value is not None)
    return ours != theirs


def split(step):
    """A step, apart from what must come behind everything else, such as the switch to read-only, and from its undoing,
    which must come before.
    """
    ends = {field.name: field.last_when for field in step.resource.fields if field.last_when is not None}
    parts = {"first": {}, "": {}, "last": {}}
    for name, change in step.changes.items():
        parts["" if name not in ends else "last" if step.wanted[name] == ends[name] else "first"][name] = change
    for when, changes in parts.items():
        if changes or not (when or step.changes):
            yield replace(step, changes=changes, when=when)
