# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From wanted items to a plan. Reads what the plan needs, once, and writes nothing; every fault of the input is found
here.
"""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils import engine
from ansible_collections.anchorage.harbor.plugins.module_utils.description import get
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import ApiError, InputError


class Planner:
    """`wanted` maps kinds to lists of items. `resources` are all kinds in the order of their references: a kind
    stands after what it refers to.
    """

    def __init__(self, transport, resources, wanted, prune=(), prune_limit=10, update_secret="on_create"):
        self.transport, self.resources, self.wanted = transport, resources, wanted
        self.prune, self.prune_limit, self.update_secret = prune, prune_limit, update_secret
        self.items = {resource.kind: {} for resource in resources}  # kind: {name: item}
        self.found = {}  # kind: {name: document of Harbor}
        self.names = {}  # kind: {id: name}
        self.warnings = []

    def plan(self):
        """The steps, in the order of references."""
        for resource in self.resources:
            self.check(resource)
        self.read()
        steps = []
        for resource in self.resources:
            items = self.items[resource.kind]
            for item in items.values():
                self.check_references(resource, item)
            current = self.current(resource)
            sent = dict(
                zip(
                    current,
                    self.transport.map(
                        lambda name, kind=resource, now=current: self.sends_secrets(kind, now[name], name), current
                    ),
                )
            )
            steps += [
                engine.decide(resource, item, current.get(name), sent.get(name, False)) for name, item in items.items()
            ]
        return [step for step in steps if step] + self.pruned()

    def check(self, resource):
        for item in self.wanted.get(resource.kind, []):
            name = item[resource.key]
            if name in self.items[resource.kind]:
                raise InputError("%s %s stands twice in the list: keep one." % (resource.kind, name))
            self.items[resource.kind][name] = item
            resource.validate(item)
            for field in resource.fields:
                if (
                    field.since
                    and item.get(field.name) is not None
                    and release(self.transport.version) < release(field.since)
                ):
                    raise InputError(
                        "%s %s: option %s came with Harbor %s and this is %s: leave it out, or upgrade."
                        % (resource.kind, name, field.name, field.since, self.transport.version)
                    )

    # What is there

    def read(self):
        """Each collection once, side by side: the kinds that are named, and those that an item refers to."""
        needed = [
            resource
            for resource in self.resources
            if self.items[resource.kind] or resource.kind in self.prune or self.is_referred(resource)
        ]
        for resource, documents in zip(needed, self.transport.map(self.collection, needed)):
            self.found[resource.kind] = {document[resource.key]: document for document in documents}
            self.names[resource.kind] = {document[resource.ident]: document[resource.key] for document in documents}

    def is_referred(self, resource):
        return any(
            field.ref == resource.kind and item.get(field.name)
            for other in self.resources
            for field in other.fields
            if field.ref
            for item in self.items[other.kind].values()
        )

    def collection(self, resource):
        names = list(self.items[resource.kind])
        if len(names) == 1 and resource.kind not in self.prune and not self.is_referred(resource):
            return self.transport.find(resource.path, resource.key, names[0])
        return self.transport.list(resource.path, {"sort": resource.sort})

    def current(self, resource):
        """What is, in the words of the user, of the items that are wanted."""
        items, documents = self.items[resource.kind], self.found.get(resource.kind, {})
        current = {
            name: engine.current_of(resource, documents[name], self.name_of) for name in items if name in documents
        }
        for field in resource.fields:
            if field.part:
                asked = [
                    name
                    for name in current
                    if items[name].get(field.name) is not None and items[name].get("state") != "absent"
                ]
                values = self.transport.map(
                    lambda name, part=field.part: self.transport.get(part.read.format(id=current[name]["id"])), asked
                )
                for name, value in zip(asked, values):
                    current[name][field.name] = field.decode(get(value, field.part.at))
        return current

    def name_of(self, kind, number):
        return self.names.get(kind, {}).get(number, number)

    # What is wanted

    def check_references(self, resource, item):
        for field in resource.fields:
            name = item.get(field.name)
            if field.ref and name and item.get("state") != "absent":
                planned = self.items[field.ref].get(name, {}).get("state")
                if (
                    planned == "absent"
                    or planned is None
                    and name not in self.items[field.ref]
                    and name not in self.found[field.ref]
                ):
                    raise InputError(
                        "%s %s: option %s names %s %s, which neither exists nor is wanted: correct the name, or add it."
                        % (resource.kind, item[resource.key], field.name, field.ref, name)
                    )

    def sends_secrets(self, resource, current, name):
        """Whether an item that exists is sent its secrets: never, always, or when what Harbor has stored no longer
        works.
        """
        item = self.items[resource.kind][name]
        policy = item.get("update_secret") or self.update_secret
        if policy != "when_stale" or not resource.probe or not any(item.get(field.name) for field in resource.secrets):
            return policy == "always"
        try:
            return not self.transport.probe(resource.probe, {"id": current["id"]})
        except ApiError as error:
            self.warnings.append(
                "%s %s: nobody can tell now whether its stored secret still works, so it stays: %s"
                % (resource.kind, item[resource.key], error)
            )
            return False

    def pruned(self):
        """Deletions of what is not in the list, of the kinds that were named, and never more than the limit."""
        steps = []
        for resource in self.resources:
            if resource.kind in self.prune:
                if not self.items[resource.kind]:
                    raise InputError(
                        "prune names %s but its list is empty, and that would delete all of them: list at least one."
                        % resource.plural
                    )
                extra = sorted(
                    set(self.found[resource.kind]) - set(self.items[resource.kind]) - set(resource.protected)
                )
                if len(extra) > self.prune_limit:
                    raise InputError(
                        "prune would delete %d %s (%s, ...) and prune_limit is %d: check the list, or raise the limit."
                        % (len(extra), resource.plural, ", ".join(extra[:3]), self.prune_limit)
                    )
                for name in extra:
                    current = {"id": self.found[resource.kind][name][resource.ident]}
                    steps.append(engine.decide(resource, {resource.key: name, "state": "absent"}, current))
        return steps


def release(version):
    """A release as numbers: v2.15.2-0abc1234 is (2, 15, 2)."""
    return tuple(int(number) for number in version.lstrip("v").split("-")[0].split("."))
