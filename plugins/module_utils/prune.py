# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Deletions of what is not in the list: only of the kinds that were named, and never more than the limit. Below a
parent only where the list, or the parents' own list, names it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from ansible_collections.anchorage.harbor.plugins.module_utils import engine
from ansible_collections.anchorage.harbor.plugins.module_utils.description import full_name
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import InputError


@dataclass(frozen=True)
class Prune:
    """What the user allows."""

    kinds: tuple = ()
    limit: int = 10  # deletions of one kind
    empty: tuple = ()  # kinds whose list may be empty
    keep: dict = field(default_factory=dict)  # kind: patterns of what is somebody else's

    def looks_at_top(self, resource, items):
        """Whether all that lies below nothing has to be read: of a kind that may lie below something or not, only when
        the list has an item that does not.
        """
        return resource.kind in self.kinds and (
            not resource.parent or resource.top and any(not identity[0] for identity in items)
        )

    def steps(self, planner):
        """The deletions, from what the planner wants and has read."""
        found = []
        for resource in planner.resources:
            if resource.kind not in self.kinds:
                continue
            items, documents = planner.items[resource.kind], planner.reader.found[resource.kind]
            if not items and resource.kind not in self.empty:
                raise InputError(
                    "prune names %s but its list is empty, and that would delete all of them: list at least one, or "
                    "name it in prune_empty too." % resource.plural
                )
            extra = sorted(
                identity
                for identity in set(documents) - set(items)
                if identity[-1] not in resource.protected
                and not self.is_kept(resource, identity)
                and self.parent_stays(planner, resource, identity[0])
            )
            if len(extra) > self.limit:
                names = [full_name(identity) for identity in extra[:3]]
                raise InputError(
                    "prune would delete %d %s (%s, ...) and prune_limit is %d: check the list, or raise the limit."
                    % (len(extra), resource.plural, ", ".join(names), self.limit)
                )
            for identity in extra:
                current = planner.reader.current(resource, identity)
                item = {"state": "absent", **{name: current[name] for name in resource.key}}
                if resource.parent:
                    item[resource.parent] = identity[0]
                found.append(engine.decide(resource, item, current))
        return found

    def is_kept(self, resource, identity):
        """Whether its name, or that of its project, a slash and its name, is one of those to keep."""
        names = identity[-1], full_name(identity)
        return any(fnmatchcase(name, pattern) for name in names for pattern in self.keep.get(resource.kind, ()))

    def parent_stays(self, planner, resource, above):
        """What goes takes along what lies below it."""
        return not above or planner.items[resource.parent].get(("", above), {}).get("state") != "absent"
