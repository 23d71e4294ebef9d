# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Looks at sites and compares them: a proof of equality, or what differs and why."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

from ansible_collections.anchorage.harbor.plugins.module_utils.flows import pairs_of
from ansible_collections.anchorage.harbor.plugins.module_utils.inventory import by_project, project_of
from ansible_collections.anchorage.harbor.plugins.module_utils.site import Site
from ansible_collections.anchorage.harbor.plugins.module_utils.verdict import ASKED, STATES, WAITING, compare

FORMAT = "%Y-%m-%dT%H:%M:%SZ"


class Comparing:
    """All sites and all pairs."""

    def __init__(self, given, flows, ledger, accessories=True, untagged=False):
        self.flows, self.pairs, self.ledger = flows, pairs_of(flows), ledger
        named = {end for pair in self.pairs for end in (pair.a, pair.b)}
        self.sites = {one["name"]: Site(one, accessories, untagged) for one in given if one["name"] in named}

    # Looking

    def read(self):
        """All inventories, side by side."""
        self.each(lambda site: site.read(lambda project: self.is_carried(site.name, project)), self.sites.values())
        return self.results()

    def is_carried(self, name, project):
        return any(pair.carries(project) for pair in self.pairs if name in (pair.a, pair.b))

    def again(self, results):
        """What differed, looked at once more: a push that was under way has arrived by now. What is new is not told."""
        wanted, before = {}, {(one.repository, one.tag) for result in results for one in result.differences}
        for result in results:
            for end in (result.pair.a, result.pair.b):
                wanted.setdefault(end, set()).update(one.repository for one in result.differences)
        # A project that is not known at a site may be there by now, and one that was empty may not be.
        for name, repositories in wanted.items():
            for project in by_project(repositories):
                self.sites[name].inventory.projects.setdefault(project, {})
        self.each(lambda site: site.again(wanted[site.name]), [self.sites[name] for name in wanted if wanted[name]])
        found = self.results()
        for result in found:
            result.differences = [one for one in result.differences if one.key in before]
        return found

    def results(self):
        """Compared, with the history of what differs."""
        first = self.compared({})
        wanted = {}
        for one in [one for result in first for one in result.differences]:
            for name in one.witnesses:
                wanted.setdefault(name, set()).add(one.repository)
        if not wanted:
            return first
        self.each(lambda site: site.remember(wanted[site.name]), [self.sites[name] for name in wanted])
        return self.compared({name: self.sites[name].history for name in wanted})

    def compared(self, histories):
        stocks = {name: site.inventory for name, site in self.sites.items()}
        return [compare(pair, stocks, histories, self.ledger.page(pair)) for pair in self.pairs
                if not (self.sites[pair.a].error or self.sites[pair.b].error)]

    def each(self, function, sites):
        sites = list(sites)
        with ThreadPoolExecutor(max(len(sites), 1)) as pool:
            list(pool.map(function, sites))

    def note(self, results):
        """Write down what is equal, and what a human must decide."""
        for result in results:
            undecided = {one.key for one in result.differences if one.state in ASKED}
            ends = (self.sites[end].inventory for end in (result.pair.a, result.pair.b))
            self.ledger.note(result.pair, *ends, undecided)
        self.ledger.save()

    # Telling

    def shown(self, results, limit):
        """The result of a module: figures of each flow and the first differences of each sort."""
        now = datetime.now(timezone.utc)
        flows = [self.flow(flow, results, now) for flow in self.flows]
        told, seen = [], Counter()
        for one in sorted((one for result in results for one in result.differences),
                          key=lambda one: STATES.index(one.state)):
            seen[one.source, one.target, one.state] += 1
            if seen[one.source, one.target, one.state] <= limit:
                told.append(one.shown())
        return {
            "equal": all(not site.error for site in self.sites.values()) and all(
                one.state == "extra" for result in results for one in result.differences),
            "scanned_at": now.strftime(FORMAT), "sites": {name: site.shown() for name, site in self.sites.items()},
            "flows": flows, "differences": told}

    def flow(self, flow, results, now):
        """One direction. What no direction carries is told with the one that there is."""
        found = {"from": flow.source, "to": flow.target, "equal": 0, "counts": dict.fromkeys(STATES, 0),
                 "lag_seconds": 0, "projects": {}}
        for result in results:
            if {flow.source, flow.target} == {result.pair.a, result.pair.b}:
                self.count(found, flow, result, now)
        return found

    def count(self, found, flow, result, now):
        for project, equal in sorted(result.equal.items()):
            if flow.carries(project):
                found["equal"] += equal
                found["projects"].setdefault(project, {"equal": 0})["equal"] += equal
        alone = result.pair.flow(flow.target) is None
        oldest = [now]
        for one in result.differences:
            if one.source != flow.source and not alone:
                continue
            found["counts"][one.state] += 1
            project = found["projects"].setdefault(project_of(one.repository), {"equal": 0})
            project[one.state] = project.get(one.state, 0) + 1
            if one.state in WAITING and one.here.pushed:
                oldest.append(moment(one.here.pushed))
        found["lag_seconds"] = max(0, int((now - min(oldest)).total_seconds()))


def moment(text):
    """A time of Harbor's, 2026-01-31T10:00:00.123Z."""
    return datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
