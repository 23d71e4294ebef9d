# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From wanted items to a plan, and from a plan to writes. Reads what the plan needs, once; knows no HTTP but the verbs of a transport."""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils import engine
from ansible_collections.anchorage.harbor.plugins.module_utils.description import get, put
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import ApiError, HarborError, InputError, LostAnswer, PlanFailed


class Planner:
    """`wanted` maps kinds to lists of items. `resources` are all kinds in the order of their references: a kind stands after what it refers to."""

    def __init__(self, transport, resources, wanted, prune=(), prune_limit=10, update_secret="on_create"):
        self.transport, self.resources, self.wanted = transport, resources, wanted
        self.prune, self.prune_limit, self.update_secret = prune, prune_limit, update_secret
        self.found = {}  # kind: {name: document of Harbor}
        self.made = {}  # kind: {name: id} of this run
        self.steps = []

    # Planning

    def plan(self):
        """Check everything, read what is, decide. Nothing is written; every fault of the input is found here."""
        for resource in self.resources:
            self.check(resource)
        self.read()
        for resource in self.resources:
            for item in self.wanted.get(resource.kind, []):
                self.check_references(resource, item)
            current = self.current(resource)
            for item in self.wanted.get(resource.kind, []):
                now = current.get(item[resource.key])
                step = engine.decide(resource, item, now, now is not None and self.sends_secrets(resource, item, now))
                if step:
                    self.steps.append(step)
        self.plan_prune()
        return self.steps

    def check(self, resource):
        seen = set()
        for item in self.wanted.get(resource.kind, []):
            name = item[resource.key]
            where = "%s %s" % (resource.kind, name)
            if name in seen:
                raise InputError("%s stands twice in the list: keep one." % where)
            seen.add(name)
            resource.validate(item, where)
            for field in resource.fields:
                if field.since and item.get(field.name) is not None and self.release() < release(field.since):
                    raise InputError("%s: option %s came with Harbor %s and this is %s: leave it out, or upgrade." % (
                        where, field.name, field.since, self.transport.version))

    def release(self):
        return release(self.transport.version)

    def read(self):
        """Each collection once, side by side: the kinds that are named, and those that they refer to."""
        named = [resource for resource in self.resources if self.wanted.get(resource.kind) or resource.kind in self.prune]
        referred = {kind for resource in named for kind in resource.references}
        needed = [resource for resource in self.resources if resource in named or resource.kind in referred]
        for resource, documents in zip(needed, self.transport.map(self.collection, needed)):
            self.found[resource.kind] = {document[resource.key]: document for document in documents}

    def collection(self, resource):
        items = self.wanted.get(resource.kind, [])
        if len(items) == 1 and resource.kind not in self.prune and not self.is_referred(resource):
            return self.look_up(resource, items[0][resource.key])
        return self.transport.list(resource.path, {"sort": "id"})

    def look_up(self, resource, name):
        """The documents of one name, none or one. Harbor ignores a query that it does not know and answers with everything: compared again here."""
        query = {"sort": "id"} if "," in name else {"q": "%s=%s" % (resource.key, quoted(name))}
        return [document for document in self.transport.list(resource.path, query) if document[resource.key] == name]

    def is_referred(self, resource):
        return any(resource.kind in other.references and self.wanted.get(other.kind) for other in self.resources)

    def current(self, resource):
        """What is, in the words of the user, of the items that are wanted."""
        found = {item[resource.key]: self.found[resource.kind][item[resource.key]] for item in self.wanted.get(resource.kind, [])
                 if item[resource.key] in self.found.get(resource.kind, {})}
        current = {name: engine.current_of(resource, document, self.name_of) for name, document in found.items()}
        for field in resource.fields:
            if field.part:
                asked = [name for name in found if self.item(resource, name).get(field.name) is not None]
                values = self.transport.map(lambda name: self.transport.get(field.part.read.format(id=found[name]["id"])), asked)
                for name, value in zip(asked, values):
                    current[name][field.name] = field.decode(get(value, field.part.at))
        return current

    def item(self, resource, name):
        return next(item for item in self.wanted[resource.kind] if item[resource.key] == name)

    def check_references(self, resource, item):
        for field in resource.fields:
            name = item.get(field.name)
            if field.ref and name and item.get("state") != "absent":
                planned = {other["name"]: other.get("state") for other in self.wanted.get(field.ref, [])}
                if planned.get(name) == "absent" or name not in planned and name not in self.found.get(field.ref, {}):
                    raise InputError("%s %s: option %s names %s %s, which neither exists nor is wanted: correct the name, or add it." % (
                        resource.kind, item[resource.key], field.name, field.ref, name))

    def sends_secrets(self, resource, item, current):
        """Whether an item that exists is sent its secrets: always, never, or when what Harbor has stored no longer works."""
        policy = item.get("update_secret") or self.update_secret
        if policy != "when_stale" or not resource.probe or not any(item.get(field.name) for field in resource.secrets):
            return policy == "always"
        try:
            self.transport.request("POST", resource.probe, json={"id": current["id"]})
        except ApiError as error:
            if error.status == 400:
                return True
            raise HarborError("%s %s: whether its stored secret still works cannot be told: %s" % (resource.kind, item[resource.key], error)) from None
        return False

    def plan_prune(self):
        """Delete what is not in the list, of the kinds that were named, and never more than the limit."""
        for resource in self.resources:
            if resource.kind in self.prune:
                keep = {item[resource.key] for item in self.wanted.get(resource.kind, [])}
                if not keep:
                    raise InputError("prune names %s but its list is empty: that would delete all of them; list at least one to keep." % resource.plural)
                extra = sorted(set(self.found[resource.kind]) - keep - set(resource.protected))
                if len(extra) > self.prune_limit:
                    raise InputError("prune would delete %d %s (%s, ...) and prune_limit is %d: check the list, or raise the limit." % (
                        len(extra), resource.plural, ", ".join(extra[:3]), self.prune_limit))
                for name in extra:
                    current = {"id": self.found[resource.kind][name]["id"]}
                    self.steps.append(engine.decide(resource, {resource.key: name, "state": "absent"}, current))

    # Names and ids

    def name_of(self, kind, number):
        return next((name for name, document in self.found.get(kind, {}).items() if document["id"] == number), None)

    def id_of(self, kind, name):
        made = self.made.get(kind, {})
        return made[name] if name in made else self.found[kind][name]["id"]

    # Executing

    def execute(self):
        """Carry out the plan in waves: kinds after what they refer to, deletions the other way round. Stops behind the wave that failed."""
        order = {resource.kind: depth(resource, self.resources) for resource in self.resources}
        waves = {}
        for step in self.steps:
            rank = order[step.resource.kind]
            waves.setdefault((1, -rank) if step.action == "delete" else (0, rank), []).append(step)
        # Deletions that others stand in the way of come last; what a create needs comes first.
        done, queue = [], [waves[rank] for rank in sorted(waves)]
        for number, wave in enumerate(queue):
            results = self.transport.map(self.attempt, wave)
            done += [step for step, error in zip(wave, results) if error is None]
            failed = [(step, error) for step, error in zip(wave, results) if error is not None]
            if failed:
                raise PlanFailed(done, failed, [step for later in queue[number + 1:] for step in later])
        return done

    def attempt(self, step):
        try:
            getattr(self, step.action)(step)
        except HarborError as error:
            return error
        return None

    def create(self, step):
        resource = step.resource
        try:
            number = self.transport.post(resource.path, engine.body_of(step, self.id_of))
        except LostAnswer:
            # It may have been taken: look before anything is sent again.
            rows = self.look_up(resource, step.name)
            if not rows:
                raise
            number = rows[0]["id"]
        self.made.setdefault(resource.kind, {})[step.name] = number
        later = {field.name: step.changes[field.name] for field in resource.fields if field.after_create and field.name in step.changes}
        if later:
            follow = engine.Step(resource, "update", step.name, step.wanted, {"id": number}, later)
            self.transport.put("%s/%s" % (resource.path, number), engine.body_of(follow, self.id_of))

    def update(self, step):
        resource, number = step.resource, step.current["id"]
        if any(not resource.field(name).part for name in step.changes):
            self.transport.put("%s/%s" % (resource.path, number), engine.body_of(step, self.id_of))
        for name in step.changes:
            part = resource.field(name).part
            if part:
                rows = self.transport.list(part.rows, {key: value.format(id=number) for key, value in part.query.items()})
                rows = [row for row in rows if get(row, part.owner) == number]
                if not rows:
                    raise HarborError("%s %s: option %s cannot be kept, Harbor has no row for it." % (resource.kind, step.name, name))
                body = {}
                put(body, part.into, resource.field(name).encode(step.wanted[name]))
                self.transport.put("%s/%s" % (part.rows, rows[0]["id"]), body)

    def delete(self, step):
        try:
            self.transport.delete("%s/%s" % (step.resource.path, step.current["id"]))
        except ApiError as error:
            if error.status != 404:
                raise


def depth(resource, resources):
    """How many waves of references lie below a kind."""
    return 1 + max((depth(other, resources) for other in resources if other.kind in resource.references), default=0)


def release(version):
    """A release as numbers: v2.15.2-0abc1234 is (2, 15, 2)."""
    return tuple(int(number) for number in version.lstrip("v").split("-")[0].split("."))


def quoted(value):
    """Harbor unescapes a query twice: what is special in it is escaped once here, and once more by the HTTP library."""
    return "".join(letter if letter.isalnum() or letter in "-._~" else "".join("%%%02X" % byte for byte in letter.encode()) for letter in value)
