# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sites and the flows between them, as users write them: who copies which projects to whom. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, permutations

from ansible_collections.anchorage.harbor.plugins.module_utils.errors import InputError
from ansible_collections.anchorage.harbor.plugins.module_utils.patterns import check_patterns, flows_through

HARBOR, PLAIN = "harbor", "docker-registry"
FLOW = {
    "from": {"type": "str", "required": True},
    "to": {"type": "str", "required": True},
    "include": {"type": "list", "elements": "str", "default": ["*"]},
    "exclude": {"type": "list", "elements": "str", "default": []},
    "override": {"type": "bool", "default": True},
    "deletion": {"type": "str", "choices": ["never", "event", "reviewed"], "default": "never"},
    "speed": {"type": "int", "default": 0},
    "copy_by_chunk": {"type": "bool", "default": False},
}


@dataclass(frozen=True)
class Flow:
    """One direction."""

    source: str
    target: str
    include: tuple = ("*",)
    exclude: tuple = ()
    override: bool = True
    deletion: str = "never"
    speed: int = 0
    copy_by_chunk: bool = False
    pulled: bool = False  # the target fetches, since the source is no Harbor

    def carries(self, project):
        return flows_through(self.include, self.exclude, project)

    @property
    def title(self):
        return "%s to %s" % (self.source, self.target)


@dataclass(frozen=True)
class Pair:
    """Two sites that are compared, and the flows between them. `a` is the source of the first flow."""

    a: str
    b: str
    forth: Flow | None
    back: Flow | None

    def flow(self, source):
        """The flow that starts at a site, or None."""
        return self.forth if source == self.a else self.back

    def other(self, site):
        return self.b if site == self.a else self.a

    def carries(self, project):
        return any(flow and flow.carries(project) for flow in (self.forth, self.back))

    def is_open(self, source, project):
        """Whether a project flows away from this site."""
        flow = self.flow(source)
        return bool(flow and flow.carries(project))

    @property
    def title(self):
        return "%s and %s" % (self.a, self.b)


def flows_of(sites, given):
    """The flows of a user; without any, everything flows from each Harbor to each other one."""
    kinds = {}
    for site in sites:
        if site["name"] in kinds:
            raise InputError("option sites: two of them are named %s, give each its own name." % site["name"])
        kinds[site["name"]] = site["type"]
    if len(kinds) < 2:
        raise InputError("option sites: name at least two.")
    if not given:
        return [Flow(*ends) for ends in permutations([name for name, kind in kinds.items() if kind == HARBOR], 2)]
    found = {}
    for number, flow in enumerate(given):
        ends = flow["from"], flow["to"]
        for end in ends:
            if end not in kinds:
                raise InputError("option flows, entry %d: there is no site %s, option sites has %s." % (
                    number + 1, end, ", ".join(kinds)))
        if ends[0] == ends[1] or ends in found:
            raise InputError("option flows, entry %d: %s to %s: write each direction once, between two sites." % (
                number + 1, *ends))
        if PLAIN == kinds[ends[0]] == kinds[ends[1]]:
            raise InputError("option flows, entry %d: neither %s nor %s is a Harbor, nobody could copy." % (
                number + 1, *ends))
        if not flow["include"]:
            raise InputError("option flows, entry %d, include is empty: leave it out for all projects, or name some."
                             % (number + 1))
        for option in ("include", "exclude"):
            check_patterns("option flows, entry %d, %s" % (number + 1, option), flow[option])
        found[ends] = Flow(*ends, tuple(flow["include"]), tuple(flow["exclude"]), flow["override"], flow["deletion"],
                           flow["speed"], flow["copy_by_chunk"], kinds[ends[0]] == PLAIN)
    return list(found.values())


def pairs_of(flows):
    """Each two sites between which something flows, once."""
    ends = {(flow.source, flow.target): flow for flow in flows}
    names = list(dict.fromkeys(end for flow in flows for end in (flow.source, flow.target)))
    found = []
    for a, b in combinations(names, 2):
        if (a, b) in ends or (b, a) in ends:
            first, second = (a, b) if (a, b) in ends else (b, a)
            found.append(Pair(first, second, ends.get((first, second)), ends.get((second, first))))
    return found
