# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Carries a plan out, in waves: kinds after what they refer to, deletions the other way round. Stops behind the wave
in which something failed.
"""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils import engine
from ansible_collections.anchorage.harbor.plugins.module_utils.description import get, put
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import (
    ApiError,
    HarborError,
    LostAnswer,
    PlanFailed,
)

CONFLICT = 409


class Executor:
    """Executes the steps of a planner, whose documents tell the ids of what was there before."""

    def __init__(self, transport, planner):
        self.transport, self.planner = transport, planner
        self.made = {}  # (kind, name): id of this run

    def execute(self, steps):
        done, waves = [], in_waves(steps, self.planner.resources)
        for number, wave in enumerate(waves):
            results = self.transport.map(self.attempt, wave)
            done += [step for step, error in zip(wave, results) if error is None]
            failed = [(step, error) for step, error in zip(wave, results) if error is not None]
            if failed:
                raise PlanFailed(done, failed, [step for later in waves[number + 1 :] for step in later])

    def attempt(self, step):
        try:
            getattr(self, step.action)(step)
        except HarborError as error:
            return error
        return None

    def create(self, step):
        """Harbor refuses a second object of a name, so after a lost answer, or when somebody else was faster, one
        look tells what to do.
        """
        resource = step.resource
        try:
            number = self.transport.post(resource.path, engine.body_of(step, self.id_of))
        except ApiError as error:
            if not isinstance(error, LostAnswer) and error.status != CONFLICT:
                raise
            found = self.transport.find(resource.path, resource.key, step.name)
            if found:
                self.take_over(step, found[0])
                return
            if not isinstance(error, LostAnswer):
                raise
            number = self.transport.post(resource.path, engine.body_of(step, self.id_of))
        self.made[(resource.kind, step.name)] = number
        later = {
            field.name: step.changes[field.name]
            for field in resource.fields
            if field.after_create and field.name in step.changes
        }
        if later:
            self.update(engine.Step(resource, "update", step.name, step.wanted, {"id": number}, later))

    def take_over(self, step, document):
        """Make what now exists what was wanted. The POST may have been another's, so quotas, secrets and the like are
        written without a look.
        """
        resource = step.resource
        current = engine.current_of(resource, document, self.planner.name_of)
        self.made[(resource.kind, step.name)] = current["id"]
        unseen = {field.name: None for field in resource.fields if field.part}
        again = engine.decide(resource, step.wanted, dict(current, **unseen), send_secrets=True)
        if again:
            self.update(again)

    def update(self, step):
        resource, number = step.resource, step.current["id"]
        if any(not resource.field(name).part for name in step.changes):
            self.transport.put("%s/%s" % (resource.path, number), engine.body_of(step, self.id_of))
        for name in step.changes:
            if resource.field(name).part:
                self.update_part(step, resource.field(name), number)

    def update_part(self, step, field, number):
        part = field.part
        rows = self.transport.list(part.rows, {key: value.format(id=number) for key, value in part.query.items()})
        rows = [row for row in rows if get(row, part.owner) == number]
        if len(rows) != 1:
            raise HarborError("option %s cannot be kept, Harbor has no row for it in %s." % (field.name, part.rows))
        body = {}
        put(body, part.into, field.encode(step.wanted[field.name]))
        self.transport.put("%s/%s" % (part.rows, rows[0]["id"]), body)

    def delete(self, step):
        try:
            self.transport.delete("%s/%s" % (step.resource.path, step.current["id"]))
        except ApiError as error:
            # Somebody else was faster.
            if error.status != 404:
                raise

    def id_of(self, kind, name):
        """The id of a name; an id that nobody had a name for stays itself."""
        if isinstance(name, int):
            return name
        if (kind, name) in self.made:
            return self.made[(kind, name)]
        resource = next(resource for resource in self.planner.resources if resource.kind == kind)
        return self.planner.found[kind][name][resource.ident]


def in_waves(steps, resources):
    """Steps that do not depend on each other, wave by wave. What stands in the way of a deletion is changed before
    it.
    """
    order = {resource.kind: depth(resource, resources) for resource in resources}
    waves = {}
    for step in steps:
        rank = order[step.resource.kind]
        waves.setdefault((1, -rank) if step.action == "delete" else (0, rank), []).append(step)
    return [waves[rank] for rank in sorted(waves)]


def depth(resource, resources):
    """How many layers of references lie below a kind."""
    return 1 + max((depth(other, resources) for other in resources if other.kind in resource.references), default=0)
