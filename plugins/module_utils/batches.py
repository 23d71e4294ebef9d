# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which tags one run of a policy can copy together. Pure.

A policy's filters are a cross product: a run for {r1,r2} and {t1,t2} also looks at r1:t2. So tags go together only
where the rest of the product is absent or equal, and a run that may overwrite holds exactly what is wanted.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

LONGEST = 1024  # characters that Harbor's column for the filters holds
MUCH = 3  # a run looks at no more than so many times the tags that are wanted


@dataclass(frozen=True)
class Batch:
    """Repositories side by side, and tags."""

    place: str  # what stands before the last slash of their names
    names: frozenset  # what stands behind it
    tags: frozenset
    override: bool

    def covers(self, key):
        place, _slash, name = key[0].rpartition("/")
        return place == self.place and name in self.names and key[1] in self.tags

    def joined(self, other):
        return Batch(self.place, self.names | other.names, self.tags | other.tags, self.override)

    def is_short(self):
        return len(json.dumps(self.filters(), separators=(",", ":"))) <= LONGEST

    def cut(self):
        """Itself, or pieces of which Harbor can hold the filters."""
        if self.is_short():
            return [self]
        word = "names" if len(self.names) > 1 else "tags"
        whole = sorted(getattr(self, word))
        halves = whole[: len(whole) // 2], whole[len(whole) // 2 :]
        return [piece for half in halves for piece in replace(self, **{word: frozenset(half)}).cut()]

    def filters(self):
        """As Harbor's filters; braces hold no slash there."""
        return [{"type": "name", "value": "%s/%s" % (self.place, one_of(self.names))},
                {"type": "tag", "value": one_of(self.tags)}]


def one_of(names):
    names = sorted(names)
    return names[0] if len(names) == 1 else "{%s}" % ",".join(names)


def batches(wanted, override, held, unwanted):
    """Runs that copy the keys of `wanted`. `held` is what the source has, `unwanted` what of it must not move."""
    tags = {}
    for repository, tag in sorted(wanted):
        tags.setdefault(repository, set()).add(tag)
    wanted, held, unwanted = set(wanted), set(held), set(unwanted)
    if override:
        return [piece for name, some in tags.items() for piece in Batch(*parts(name), frozenset(some), True).cut()]
    alike = {}
    for name, found in tags.items():
        alike.setdefault((name.rpartition("/")[0], frozenset(found)), set()).add(name.rpartition("/")[2])
    found = []
    for (place, some), names in alike.items():
        batch = Batch(place, frozenset(names), some, False)
        for number, other in enumerate(found):
            if other.place == place and fits(other.joined(batch), wanted, held, unwanted):
                found[number] = other.joined(batch)
                break
        else:
            found.append(batch)
    return [piece for batch in found for piece in batch.cut()]


def parts(name):
    place, _slash, last = name.rpartition("/")
    return place, frozenset([last])


def fits(batch, wanted, held, unwanted):
    """Whether a run would move nothing else, and look at little else. What is too long is not even begun: cut to
    pieces, most of its product would be empty.
    """
    if not batch.is_short():
        return False
    keys = {("%s/%s" % (batch.place, name), tag) for name in batch.names for tag in batch.tags}
    return keys.isdisjoint(unwanted) and len(keys & held) <= MUCH * len(keys & wanted)
