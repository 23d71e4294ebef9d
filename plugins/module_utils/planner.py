# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From wanted items to a plan. Reads what the plan needs, once, and writes nothing; every fault of the input is found
here.
"""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils import engine
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import ApiError, InputError
from ansible_collections.anchorage.harbor.plugins.module_utils.prune import Prune
from ansible_collections.anchorage.harbor.plugins.module_utils.reader import Reader
from ansible_collections.anchorage.harbor.plugins.module_utils.release import release
from ansible_collections.anchorage.harbor.plugins.module_utils.stored_secret import works


class Planner:
    """`wanted` maps kinds to lists of items. `resources` are all kinds in the order of their references: a kind
    stands after what it refers to. First `check`, then `plan`.
    """

    def __init__(self, resources, wanted, prune=Prune(), update_secret="on_create"):
        self.resources, self.wanted = resources, wanted
        self.prune, self.update_secret = prune, update_secret
        self.items = {resource.kind: {} for resource in resources}  # kind: {identity: item}
        self.transport = self.reader = None
        self.warnings = []

    def check(self):
        """Refuse what can be seen to be wrong without a look at Harbor."""
        for resource in self.resources:
            items = self.items[resource.kind]
            for item in self.wanted.get(resource.kind, []):
                resource.validate(item)
                identity = resource.identity(item)
                if identity in items:
                    raise InputError("%s stands twice in the list: keep one." % (resource.called(item)))
                items[identity] = item

    def plan(self, transport):
        """The steps, in the order of references."""
        self.transport, self.reader = transport, Reader(transport, self.resources)
        for resource in self.resources:
            self.check_release(resource)
        self.read()
        steps = []
        for resource in self.resources:
            items = self.items[resource.kind]
            for item in items.values():
                self.check_references(resource, item)
                self.check_ourselves(resource, item)
            current = self.current(resource)
            asked = [identity for identity in current if self.policy(items[identity]) != "on_create"]
            stale = dict(zip(asked, self.transport.map(
                lambda identity, kind=resource, now=current: self.stale(kind, identity, now[identity]),
                asked if resource.secrets else ())))
            steps += [
                engine.decide(resource, item, current.get(identity), stale.get(identity, ()))
                for identity, item in items.items()
            ]
        return [part for step in steps if step for part in engine.split(step)] + self.prune.steps(self)

    def check_release(self, resource):
        ours = release(self.transport.version)
        newer = [field for field in resource.fields if field.since and ours < release(field.since)]
        for item in self.items[resource.kind].values() if newer else ():
            for field in newer:
                if item.get(field.name) is not None:
                    raise InputError(
                        "%s: option %s came with Harbor %s and this is %s: leave it out, or upgrade."
                        % (resource.called(item), field.name, field.since, self.transport.version)
                    )

    # What is there

    def read(self):
        """Each collection once: the kinds that are named, what items refer to, and what they lie under."""
        names = {resource.kind: set() for resource in self.resources}
        parents = {resource.kind: set() for resource in self.resources}
        for resource in self.resources:
            for item in self.items[resource.kind].values():
                above, *key = resource.identity(item)
                if above:
                    names[resource.parent].add(above)
                else:
                    names[resource.kind].update(key or [""])
                for kind, name, near in self.referred(resource, item):
                    names[kind].add(name)
                    if near:
                        parents[kind].add(above)
        for resource in self.resources:
            if resource.parent and resource.listed:
                above = {identity[0] for identity in self.items[resource.kind]} - {""}
                if resource.kind in self.prune.kinds:
                    above |= {identity[-1] for identity in self.items[resource.parent]}
                parents[resource.kind] |= above
        whole = {
            resource.kind for resource in self.resources if self.prune.looks_at_top(resource, self.items[resource.kind])
        }
        self.reader.read(
            {kind: None if kind in whole else found for kind, found in names.items() if found or kind in whole},
            {kind: found for kind, found in parents.items() if found},
            [
                (resource, item)
                for resource in self.resources
                if resource.lookup
                for item in self.items[resource.kind].values()
            ],
            [
                (resource, identity, field)
                for resource in self.resources
                for field in resource.apart
                for identity, item in self.items[resource.kind].items()
                if item.get(field.name) is not None and item.get("state") != "absent"
            ],
        )

    def referred(self, resource, item):
        """Kind and name of what an item refers to, and whether it may lie below the same parent."""
        for field in resource.fields if item.get("state") != "absent" else ():
            for kind, name, option in field.named(item.get(field.name)):
                yield kind, name, option.near

    def current(self, resource):
        """What is, in the words of the user, of the items that are wanted."""
        found = self.reader.found[resource.kind]
        return {identity: self.reader.current(resource, identity) for identity in self.items[resource.kind]
                if identity in found}

    # What is wanted

    def check_references(self, resource, item):
        if item.get("state") == "absent":
            return
        if resource.parent and item.get(resource.parent):
            self.check_reference(resource, item, resource.parent, resource.parent, item[resource.parent])
        for field in resource.fields:
            for kind, name, option in field.named(item.get(field.name)):
                if not option.onboards or self.transport.auth_mode == "db_auth":
                    above = item.get(resource.parent) if option.near else ""
                    self.check_reference(resource, item, field.name, kind, name, above)

    def check_reference(self, resource, item, option, kind, name, above=""):
        if not any(self.will_be(kind, identity) for identity in ((above, name), ("", name))):
            raise InputError(
                "%s: option %s names %s %s, which neither exists nor is wanted: correct the name, or add it."
                % (resource.called(item), option, kind, name)
            )

    def will_be(self, kind, identity):
        """Whether there is or will be such an item."""
        planned = self.items[kind].get(identity)
        return identity in self.reader.found[kind] if planned is None else planned.get("state") != "absent"

    def check_ourselves(self, resource, item):
        """Nobody could repair through the API what takes away the rights of the user who does it."""
        ours = resource.myself and item[resource.key[0]] in (self.transport.username, *resource.hidden)
        if ours and (item.get("state") == "absent" or item.get(resource.myself) is False):
            raise InputError(
                "%s: option %s would lock out the user of this run or Harbor's first one: leave it out."
                % (resource.called(item), "state" if item.get("state") == "absent" else resource.myself)
            )

    def policy(self, item):
        return item.get("update_secret") or self.update_secret

    def stale(self, resource, identity, current):
        """The secrets that an item which exists is sent: none, all, or those of which what Harbor has stored no longer
        works.
        """
        item = self.items[resource.kind][identity]
        given = [field for field in resource.secrets if item.get(field.name) and not field.readable]
        if self.policy(item) == "always":
            return {field.name for field in given}
        found = set()
        for field in given if self.policy(item) == "when_stale" else ():
            try:
                if field.probe and not works(self.transport, field, item, current):
                    found.add(field.name)
            except ApiError as error:
                self.warnings.append(
                    "%s: nobody can tell now whether its stored %s still works, so it stays: %s"
                    % (resource.called(item), field.name, error)
                )
        return found
