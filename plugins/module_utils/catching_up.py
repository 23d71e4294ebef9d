# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Makes sites equal again: looks, decides, copies exactly the difference, and looks again. Cut off at any moment, the
next run finds what is left.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from ansible_collections.anchorage.harbor.plugins.module_utils.decisions import Copy, once
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import (
    ApiError, HarborError, InputError, RunFailed)
from ansible_collections.anchorage.harbor.plugins.module_utils.inventory import path_of
from ansible_collections.anchorage.harbor.plugins.module_utils.moving import Mover
from ansible_collections.anchorage.harbor.plugins.module_utils.traffic import queue

CALM = 60  # seconds that are given to jobs which wait, before anything is overwritten or deleted
MISSING = 404


class CatchUp:
    """One run over all pairs."""

    def __init__(self, comparing, decisions, params):
        self.comparing, self.sites, self.decisions = comparing, comparing.sites, decisions
        self.timeout, self.delete_limit, self.limit = params["timeout"], params["delete_limit"], params["limit"]
        self.at = params["at"] or list(self.sites)
        for name in self.at:
            if name not in self.sites:
                raise InputError("option at: there is no site %s, option sites has %s." % (name, ", ".join(self.sites)))
        self.copies, self.deletions, self.left, self.faults, self.movers = [], [], [], [], {}
        self.results, self.deleted = [], []

    # What is to be done

    def plan(self):
        """Look and decide. Everything that would be refused is refused here."""
        self.results = self.comparing.read()
        decided = [(one, self.decisions.of(result.pair, one)) for result in self.results for one in result.differences]
        for one, step in once(decided, self.is_mine):
            if step is None:
                self.left.append(one)
            elif self.is_mine(step):
                (self.copies if isinstance(step, Copy) else self.deletions).append(step)
        if len(self.deletions) > self.delete_limit:
            raise InputError("%d tags would be deleted, delete_limit allows %d: name fewer, or raise it." % (
                len(self.deletions), self.delete_limit))
        for step in self.deletions:
            if self.sites[step.site].is_plain:
                raise InputError("%s:%s: %s is no Harbor, delete it there by hand." % (*step.key, step.site))
        for flow in self.comparing.flows:
            if any((step.source, step.target) == (flow.source, flow.target) for step in self.copies):
                mover = self.movers[flow.source, flow.target] = Mover(flow, self.sites, self.timeout)
                mover.find()

    def is_mine(self, step):
        """Whether the Harbor that does it is one of those that are to work."""
        if isinstance(step, Copy):
            return (step.target if self.sites[step.source].is_plain else step.source) in self.at
        return step.site in self.at

    def shown(self):
        """What was or would be done."""
        steps = [*self.copies, *self.deletions]
        away = [name for name, site in self.sites.items() if site.error]
        later = ["%s: %s does not answer" % (flow.title, name) for flow in self.comparing.flows for name in away
                 if name in (flow.source, flow.target)]
        before = ["%s: %s:%s: %s\n" % (one.target, *one.key, one.replaces or "-") for one in self.copies]
        after = ["%s: %s:%s: %s\n" % (one.target, *one.key, one.image.digest) for one in self.copies]
        before += ["%s: %s:%s: %s\n" % (one.site, *one.key, one.digest) for one in self.deletions]
        after += ["%s: %s:%s: -\n" % (one.site, *one.key) for one in self.deletions]
        told = self.comparing.shown(self.results, self.limit)
        return dict(
            told, changed=bool(steps), later=later,
            planned={"copies": len(self.copies), "bytes": sum(one.image.size for one in self.copies),
                     "deletions": len(self.deletions), "left": len(self.left)},
            copies=[one.shown() for one in self.copies[: self.limit]],
            deletions=[one.shown() for one in self.deletions],
            diff={"before": "".join(before), "after": "".join(after)})

    # Doing it

    def act(self, tell):
        """Missing ones first, then newer ones, then deletions, then the proof."""
        self.side_by_side([one for one in self.copies if not one.override], tell)
        risky = [one for one in self.copies if one.override]
        if (risky or self.deletions) and self.is_calm(tell):
            self.side_by_side([one for one in risky if self.still(one)], tell)
            self.deleted = [step for step in self.deletions if self.delete(step)]
        if self.copies or self.deletions:
            tell("looking again")
            self.results = self.again()
        self.comparing.note(self.results)
        return self.proof()

    def side_by_side(self, copies, tell):
        """Each flow for itself; override tells one kind of copy from the other."""
        flows = {}
        for one in copies:
            flows.setdefault((one.source, one.target), []).append(one)
        with ThreadPoolExecutor(max(len(flows), 1)) as pool:
            for found in pool.map(lambda ends: self.move(ends, flows[ends], tell), flows):
                self.faults += found

    def move(self, ends, copies, tell):
        moved = {one.key for one in copies}
        unwanted = {one.key for result in self.results for one in result.differences if set(ends) == {
            result.pair.a, result.pair.b}} - moved
        try:
            return self.movers[ends].move(moved, copies[0].override, unwanted, tell)
        except HarborError as error:
            return ["%s: %s" % (self.movers[ends].flow.title, error)]

    def is_calm(self, tell):
        """Whether no job waits that could undo what is done now, or be undone by it."""
        for site in self.sites.values():
            if site.error or site.is_plain:
                continue
            try:
                waited, waiting = 0, queue(site.way)
                while waiting.get("count") and not waiting.get("paused") and waited < CALM:
                    tell("%s: %d jobs of replication wait" % (site.name, waiting["count"]))
                    site.way.pause(2)
                    waited, waiting = waited + 2, queue(site.way)
            except ApiError as error:
                self.faults.append("%s: %s, so nothing was overwritten or deleted" % (site.name, error))
                return False
            if waiting.get("count") or waiting.get("paused"):
                self.faults.append("%s: %d jobs of replication wait%s, so nothing was overwritten or deleted" % (
                    site.name, waiting.get("count", 0), " and the queue is paused" if waiting.get("paused") else ""))
                return False
        return True

    def still(self, one):
        """Whether both sides are as they were when it was decided."""
        now = [self.sites[end].stock.digest(*one.key) for end in (one.source, one.target)]
        if now == [one.image.digest, one.replaces]:
            return True
        self.faults.append("%s:%s was changed meanwhile, and was left alone" % one.key)
        return False

    def delete(self, step):
        """By digest: a tag that leads elsewhere by now is not touched. Says whether it was deleted."""
        project, _slash, rest = step.key[0].partition("/")
        path = "/projects/%s/repositories/%s/artifacts/%s/tags/%s" % (project, path_of(rest), step.digest, step.key[1])
        try:
            self.sites[step.site].way.delete(path)
        except ApiError as error:
            if error.status != MISSING:
                self.faults.append("%s:%s was not deleted at %s: %s" % (*step.key, step.site, error))
            return False
        return True

    # Proving it

    def again(self):
        """The second look. Where a site refuses it, nobody can tell what arrived."""
        try:
            return self.comparing.again(self.results)
        except HarborError as error:
            text = "%d copies were begun and %d tags deleted; what came of it cannot be told, run again later: %s" % (
                len(self.copies), len(self.deleted), error)
            raise RunFailed(" ".join([text, *self.faults]), {"changed": True, "faults": self.faults}) from None

    def proof(self):
        """What came of it. Whatever was planned and is not so is a failure."""
        still = {(*sorted((one.source, one.target)), *one.key) for result in self.results for one in result.differences}
        away = {name for name, site in self.sites.items() if site.error}
        gone = [one for one in self.copies if (*sorted((one.source, one.target)), *one.key) in still
                or away & {one.source, one.target}]
        self.faults += ["%s does not answer any more: %s" % (name, self.sites[name].error) for name in sorted(
            away & {end for one in self.copies for end in (one.source, one.target)})]
        done = {"copied": len(self.copies) - len(gone), "deleted": len(self.deleted)}
        result = dict(self.comparing.shown(self.results, self.limit), **done)
        if gone or self.faults:
            names = ", ".join("%s:%s" % one.key for one in gone[:5])
            why = " ".join(self.faults) or "Harbor gives no reason."
            raise RunFailed(
                "%d of %d tags did not arrive%s. %s" % (len(gone), len(self.copies), names and ": " + names, why),
                dict(self.shown(), **result, faults=self.faults, changed=bool(self.copies or self.deletions)))
        return dict(result, faults=[])
