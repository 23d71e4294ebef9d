# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Carries a plan out, in waves: kinds after what they refer to, deletions the other way round. Stops behind the wave
in which something failed.
"""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils import engine
from ansible_collections.anchorage.harbor.plugins.module_utils.body import body_of
from ansible_collections.anchorage.harbor.plugins.module_utils.description import TOP, get, put
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import (
    ApiError, HarborError, LostAnswer, PlanFailed)
from ansible_collections.anchorage.harbor.plugins.module_utils.mending import clear, mend_below

MISSING = 404
GONE = (400, 404, 500)  # what Harbor says, by kind, of an object that it no longer has


class Executor:
    """Executes the steps of a planner, whose reader knows what was there before."""

    def __init__(self, transport, planner, progress=lambda done, total: None):
        self.transport, self.planner, self.reader, self.progress = transport, planner, planner.reader, progress
        self.made = {}  # (kind, parent's name, name): id of this run

    def execute(self, steps):
        done, waves = [], in_waves(steps, self.planner.resources)
        for number, wave in enumerate(waves):
            results = self.transport.map(lambda step, total=len(steps): self.attempt(step, total), wave)
            done += [step for step, error in zip(wave, results) if error is None]
            failed = [(step, error) for step, error in zip(wave, results) if error is not None]
            if failed:
                raise PlanFailed(done, failed, [step for later in waves[number + 1 :] for step in later])

    def attempt(self, step, total):
        try:
            getattr(self, step.action)(step, self.parent_of(step))
        except HarborError as error:
            return error
        self.progress(step, total)
        return None

    def create(self, step, parent):
        """Harbor refuses a second object of a name, so after a lost answer, or when somebody else was faster, one
        look tells what to do.
        """
        resource = step.resource
        path = resource.collection(parent, step.wanted)[0]
        above = self.reader.found[resource.parent].get(("", parent[0]), {}) if resource.leftover else {}
        if get(above, resource.via):
            clear(self.transport, resource, above, parent)
            self.remove(resource.leftover.format(parent=parent[1]))
        try:
            number = self.transport.post(path, body_of(step, self.id_of, parent))
        except ApiError as error:
            if not isinstance(error, LostAnswer) and error.status not in resource.taken:
                raise
            found = self.reader.look(resource, step.wanted, parent)
            if found:
                self.take_over(step, found, parent)
                return
            if not isinstance(error, LostAnswer):
                raise
            number = self.transport.post(path, body_of(step, self.id_of, parent))
        if resource.unnumbered:
            number = get(self.reader.look(resource, step.wanted, parent) or {}, resource.ident)
        self.made[(resource.kind, *resource.identity(step.wanted))] = number
        later = {
            field.name: step.changes[field.name] for field in resource.fields
            if field.after_create
            and field.name in step.changes
            and (field.secret or engine.differs(field, step.wanted[field.name], field.default))
        }
        if later:
            more = engine.Step(resource, "update", step.wanted, {"id": number}, later)
            self.complete(self.finish, more, parent, "it was made")

    def finish(self, step, parent):
        """What the POST that creates would have ignored. A PUT that replaces needs the object as it is by now."""
        resource = step.resource
        if step.sends_object and (resource.write == "replace" or resource.echo):
            found = self.reader.look(resource, step.wanted, parent)
            if found is None:
                raise HarborError("it was made, and is gone again: somebody else removed it.")
            step.current = engine.current_of(resource, found, self.reader.name_of)
        self.update(step, parent)

    def complete(self, work, step, parent, said):
        """The rest of a create. The next run would not miss a secret, since these are not compared."""
        try:
            work(step, parent)
        except HarborError as error:
            lost = any(field.name in step.changes for field in step.resource.secrets if not field.readable)
            remedy = " - run again with update_secret: always" if lost else ""
            raise HarborError("%s, but %s may be missing: %s%s" % (
                said, " and ".join(step.changes), error, remedy)) from None

    def take_over(self, step, document, parent):
        """Make what now exists what was wanted. The POST may have been another's, so quotas, secrets and the like are
        written without a look.
        """
        resource = step.resource
        current = engine.current_of(resource, document, self.reader.name_of)
        self.made[(resource.kind, *resource.identity(step.wanted))] = current["id"]
        unseen = {field.name: None for field in resource.apart}
        secrets = {field.name for field in resource.secrets}
        again = engine.decide(resource, step.wanted, dict(current, **unseen), secrets)
        if again:
            self.complete(self.update, again, parent, "it is there now")

    def update(self, step, parent):
        resource, number = step.resource, step.current["id"]
        if any(resource.field(name).remade for name in step.changes):
            self.delete(step, parent)
            self.create(engine.Step(resource, "create", step.wanted, None, step.changes), parent)
            return
        if step.sends_object:
            path = resource.item_path(parent, number, step.wanted)
            self.transport.write("PUT", path, body_of(step, self.id_of, parent))
            if resource.singleton:
                self.reader.prefixes.clear()
        for name in step.changes:
            if resource.field(name).part:
                self.update_part(step, resource.field(name), number)
        if resource.unsure and not self.reader.look(resource, step.wanted, parent):
            raise HarborError("it is gone: somebody else removed it.")

    def update_part(self, step, field, number):
        part, value, body, row = field.part, step.wanted[field.name], {}, 0
        if part.clear and not value:
            self.remove(part.clear.format(id=number))
            return
        if part.rows:
            rows = self.transport.list(part.rows, {key: text.format(id=number) for key, text in part.query.items()})
            rows = [found["id"] for found in rows if get(found, part.owner) == number]
            if len(rows) != 1:
                raise HarborError("option %s cannot be kept, Harbor has no row for it in %s." % (field.name, part.rows))
            row = rows[0]
        put(body, part.into, self.id_of(field.ref, value) if field.ref else field.encode(value))
        if part.myself and step.name == self.transport.username:
            put(body, part.myself, self.transport.credentials[1])
        try:
            self.transport.write(part.method, part.write.format(id=number, row=row), body)
        except ApiError as error:
            if not part.same or part.same not in error.message:
                raise

    def delete(self, step, parent):
        """Somebody else may have been faster. But Harbor also answers 404 when it misses something else, such as the
        quota of a project that was made while quotas were off.
        """
        resource = step.resource
        mend_below(self.transport, self.planner.resources, resource, step)
        try:
            self.transport.delete(resource.item_path(parent, step.current["id"], step.wanted))
        except ApiError as error:
            if error.status not in GONE or self.reader.look(resource, step.wanted, parent):
                raise
        if resource.leftover:
            self.remove(resource.leftover.format(parent=parent[1]))

    def remove(self, path):
        """Delete what may be gone."""
        try:
            self.transport.delete(path)
        except ApiError as error:
            if error.status != MISSING:
                raise

    def parent_of(self, step):
        """Name and id of what an item lies under, by now."""
        resource = step.resource
        name = resource.identity(step.wanted)[0]
        return (name, self.id_of(resource.parent, name)) if name else TOP

    def id_of(self, kind, name, above=""):
        """The id of a name; an id that nobody had a name for stays itself."""
        if isinstance(name, int):
            return name
        for identity in ((above, name), ("", name)):
            if (kind, *identity) in self.made:
                return self.made[(kind, *identity)]
            if identity in self.reader.found[kind]:
                return get(self.reader.found[kind][identity], self.reader.by_kind[kind].ident)
        raise HarborError("%s %s is gone: somebody else removed it." % (kind, name))


def in_waves(steps, resources):
    """Steps that do not depend on each other, wave by wave. What is in the way of a deletion is changed before it."""
    order = {}
    for resource in resources:
        order[resource.kind] = 1 + max((order[kind] for kind in resource.references if kind in order), default=0)
    waves = {}
    for step in steps:
        rank = order[step.resource.kind]
        place = (1, -rank) if step.action == "delete" else (0, rank)
        place = {"first": (-1, 0), "last": (2, 0)}.get(step.when, place)
        waves.setdefault(place, []).append(step)
    return [waves[place] for place in sorted(waves)]
