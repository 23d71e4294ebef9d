# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a Harbor holds, as items that `apply` accepts: applied again they change nothing."""

from __future__ import annotations

from fnmatch import fnmatchcase

from ansible_collections.anchorage.harbor.plugins.module_utils.description import full_name
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import ApiError, InputError
from ansible_collections.anchorage.harbor.plugins.module_utils.reader import Reader
from ansible_collections.anchorage.harbor.plugins.module_utils.release import release

MISSING = 404
TRIES = 4


class Export:
    """Collects items by kind. `names` and `projects` are patterns; without any, all are taken."""

    def __init__(self, transport, resources, names=None, projects=None):
        self.transport, self.resources = transport, resources
        self.names, self.projects = names or None, projects or None
        self.begin()

    def begin(self):
        self.reader = Reader(self.transport, self.resources)
        self.items = {}  # plural: items, or the item of which there is one
        self.secrets = []  # what no export can hold
        self.left_out = []  # what a Harbor holds and would not take again

    def export(self, chosen):
        """Items of the chosen kinds, in the order in which they are applied. What somebody deletes meanwhile is read
        in vain, and what referred to it has changed too: then everything is read anew.
        """
        for number in range(TRIES):
            try:
                return self.collect(chosen)
            except ApiError as error:
                if error.status != MISSING or number == TRIES - 1:
                    raise
                self.begin()
        return self

    def collect(self, chosen):
        needed = {resource.kind for resource in chosen}
        for resource in chosen:
            needed |= {kind for kind in resource.references if kind not in resource.after} | {resource.parent} - {""}
        self.reader.read({resource.kind: None for resource in self.resources
                          if resource.kind in needed and resource.top}, {})
        below = {resource.kind: {name for above, *key in self.reader.found[resource.parent]
                                 for name in key[-1:] if matches(name, self.projects)}
                 for resource in chosen if resource.parent}
        apart = [(resource, identity, field) for resource in chosen for field in resource.apart if self.is_known(field)
                 for identity in self.reader.found[resource.kind] if self.is_chosen(resource, identity)]
        self.reader.read({}, {kind: parents for kind, parents in below.items() if parents}, apart=apart)
        for resource in chosen:
            found = self.reader.found[resource.kind]
            listed = [identity for identity in found if self.is_chosen(resource, identity)]
            items = self.transport.map(lambda one, kind=resource: self.item(kind, one), listed)
            items = [item for item in items if item]
            if items:
                self.items[resource.plural] = items[0] if resource.singleton else items
        self.secrets.sort()
        self.left_out.sort()
        return self

    def is_chosen(self, resource, identity):
        above, *key = identity
        project = identity[-1] if resource.kind == "project" else above
        title = full_name(identity)
        return (not project or matches(project, self.projects)) and (
            not key or matches(title, self.names) or matches(key[-1], self.names))

    def item(self, resource, identity):
        """One object in the words of the user, without what Harbor would refuse to take again."""
        current = self.reader.current(resource, identity)
        item = {resource.parent: identity[0]} if resource.parent and identity[0] else {}
        title = " ".join(dict.fromkeys((resource.kind, full_name(identity)))).strip()
        for field in resource.fields:
            if field.secret:
                if field.readable and not current[field.name]:
                    continue
                self.secrets.append("%s: %s" % (title, field.name))
                continue
            if not self.is_known(field):
                continue
            value = current[field.name]
            if value is None or value == "" and field.name in resource.key:
                continue
            value = without_secrets(field, value, title, self.secrets)
            wrong = field.check(value)
            if not wrong:
                item[field.name] = value
            elif value != field.default:
                self.left_out.append("%s: option %s is %r, and %s" % (title, field.name, value, wrong))
        if resource.idle_without and not item[resource.idle_without]:
            item = {resource.idle_without: ""}
        try:
            resource.validate(item)
        except InputError as error:
            self.left_out.append(str(error))
            return None
        return item

    def is_known(self, field):
        """Whether this Harbor has it."""
        return not field.since or release(self.transport.version) >= release(field.since)


def matches(name, patterns):
    return patterns is None or any(fnmatchcase(name, pattern) for pattern in patterns)


def without_secrets(field, value, title, secrets):
    """A value whose entries hold no secrets; where there was one is noted."""
    hidden = {option.name for option in field.options if option.secret}
    if not hidden:
        return sorted(value) if isinstance(value, tuple) else value
    found = []
    for number, entry in enumerate(value):
        secrets.extend("%s: %s[%d].%s" % (title, field.name, number, name) for name in sorted(hidden & set(entry)))
        found.append({name: part for name, part in entry.items() if name not in hidden})
    return found
