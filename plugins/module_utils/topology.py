# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A shape over named sites becomes flows: who copies what to whom. Pure."""

from __future__ import annotations

import re
from itertools import permutations

from ansible_collections.anchorage.harbor.plugins.module_utils.errors import InputError
from ansible_collections.anchorage.harbor.plugins.module_utils.flows import FLOW, HARBOR, PLAIN
from ansible_collections.anchorage.harbor.plugins.module_utils.patterns import check_patterns, name_filter, overlaps

SHAPES = ("twin", "mesh", "fanout", "tree", "registry", "custom")
NAME = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
ENDS = ("from", "to")


def flows_for(sites, topology, common, directions, tree):
    """All directions in full, in the order of the sites. `sites` are dictionaries with name and type."""
    kinds = {site["name"]: site["type"] for site in sites}
    for name in kinds:
        if not NAME.fullmatch(name):
            raise InputError("harbor_site_sites: '%s' cannot name a robot of Harbor, use lower-case letters and "
                             "digits, with single . _ - between them." % name)
    if topology not in SHAPES:
        raise InputError("harbor_replication_topology is '%s': give one of %s." % (topology, ", ".join(SHAPES)))
    usual = dict({name: option["default"] for name, option in FLOW.items() if name not in ENDS},
                 **checked("harbor_replication_flow", common))
    found = {ends: dict(zip(ENDS, ends), **usual) for ends in shaped(kinds, topology, tree)}
    for number, entry in enumerate(directions):
        option = "harbor_replication_directions, entry %d" % (number + 1)
        ends = tuple(entry.get(end, "") for end in ENDS)
        rest = checked(option, {name: value for name, value in entry.items() if name not in ENDS})
        if ends[0] == ends[1] or set(ends) - set(kinds):
            raise InputError("%s: from '%s' to '%s': name two of the sites %s." % (option, *ends, ", ".join(kinds)))
        if ends not in found and topology != "custom":
            raise InputError("%s: nothing flows from %s to %s in topology %s, set harbor_replication_topology to "
                             "custom to name each direction yourself." % (option, *ends, topology))
        found[ends] = dict(found.get(ends) or dict(zip(ENDS, ends), **usual), **rest)
    for flow in found.values():
        check_flow(flow, kinds)
    for flow in found.values():
        check_deletions(flow, found.get((flow["to"], flow["from"])))
    return list(found.values())


def shaped(kinds, topology, tree):
    """(from, to) of all directions of a shape."""
    harbors = [name for name, kind in kinds.items() if kind == HARBOR]
    plain = [name for name, kind in kinds.items() if kind == PLAIN]
    if topology == "custom":
        return []
    if topology == "twin" and len(harbors) != 2:
        raise InputError("harbor_replication_topology twin takes two Harbors, harbor_site_sites has %d: use mesh, "
                         "fanout or tree for more." % len(harbors))
    if topology in ("twin", "mesh"):
        return list(permutations(harbors, 2))
    if topology == "registry":
        if not plain or not harbors:
            raise InputError("harbor_replication_topology registry needs a Harbor and a site of type docker-registry "
                             "in harbor_site_sites.")
        return [ends for harbor in harbors for other in plain for ends in ((harbor, other), (other, harbor))]
    if topology == "fanout":
        return [(next(iter(kinds)), name) for name in list(kinds)[1:]]
    return branches(kinds, tree)


def branches(kinds, tree):
    """A tree is written as parents with their children."""
    found = [(parent, child) for parent, children in tree.items() for child in children]
    strange = [name for ends in found for name in ends if name not in kinds]
    if not found or strange:
        raise InputError("harbor_replication_tree %s: write each parent with the list of its children, sites are "
                         "%s." % ("names %s" % strange[0] if strange else "is empty", ", ".join(kinds)))
    children = [child for _parent, child in found]
    for child in children:
        above, seen = dict((child, parent) for parent, child in found), {child}
        while children.count(child) == 1 and above.get(child) and above[child] not in seen:
            child = above[child]
            seen.add(child)
        if children.count(child) > 1 or child in above:
            raise InputError("harbor_replication_tree: %s has two parents or is below itself, give each site one "
                             "parent." % child)
    return found


def checked(option, given):
    """Settings of a flow, refused where they cannot be."""
    for name, value in given.items():
        kind = FLOW.get(name, {}).get("type")
        known = FLOW if name in FLOW and name not in ENDS else None
        if not known:
            names = ", ".join(other for other in FLOW if other not in ENDS)
            raise InputError("%s: there is no %s, use %s." % (option, name, names))
        fits = {"bool": lambda v: isinstance(v, bool), "list": lambda v: isinstance(v, list),
                "int": lambda v: isinstance(v, int) and not isinstance(v, bool) and v >= 0,
                "str": lambda v: v in FLOW["deletion"]["choices"]}[kind]
        if not fits(value):
            words = {"bool": "true or false", "list": "a list of projects", "int": "a whole number, 0 or more",
                     "str": ", ".join(FLOW["deletion"]["choices"])}[kind]
            raise InputError("%s: %s is '%s': give %s." % (option, name, value, words))
        if kind == "list":
            check_patterns("%s, %s" % (option, name), value)
    return given


def check_flow(flow, kinds):
    """What could never work."""
    title = "%s to %s" % (flow["from"], flow["to"])
    if PLAIN == kinds[flow["from"]] == kinds[flow["to"]]:
        raise InputError("%s: neither is a Harbor, so nobody would copy: take one of them out." % title)
    name_filter(flow["include"], flow["exclude"])
    if flow["deletion"] == "event" and kinds[flow["from"]] == PLAIN:
        raise InputError("%s: %s tells of no deletions: set deletion of this direction to never." % (
            title, flow["from"]))


def check_deletions(flow, back):
    """What would lose images."""
    if flow["deletion"] == "event" and back and back["deletion"] == "event" and overlaps(flow, back):
        raise InputError("%s to %s and back: deletion event both ways for the same projects removes images that were "
                         "pushed meanwhile, on both sides: use never or reviewed, or divide the projects by include "
                         "and exclude so that each is written at one site." % (flow["from"], flow["to"]))
