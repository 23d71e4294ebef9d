# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a difference between two sites means, decided from what each of them once had, never from clocks. Pure.

`missing`, `newer` and `accessory` can be copied; `deleted`, `conflict` and `unknown` are for a human, or for a rule
that one chose; `extra` stands at the far end of a flow of one direction and is nobody's fault; `untagged` is told only.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ansible_collections.anchorage.harbor.plugins.module_utils.inventory import Image, project_of

MISSING, NEWER, ACCESSORY, UNTAGGED = "missing", "newer", "accessory", "untagged"
DELETED, CONFLICT, UNKNOWN, EXTRA = "deleted", "conflict", "unknown", "extra"
STATES = (MISSING, NEWER, DELETED, CONFLICT, UNKNOWN, EXTRA, ACCESSORY, UNTAGGED)
WAITING = (MISSING, NEWER, ACCESSORY, UNTAGGED)
ASKED = (DELETED, CONFLICT, UNKNOWN)
NOTHING = Image("")


@dataclass(frozen=True)
class Difference:
    """One tag (or, without one, an untagged image), and the way that it would go."""

    state: str
    source: str
    target: str
    repository: str
    tag: str
    here: Image  # at the source
    there: Image  # at the target
    reason: str

    @property
    def key(self):
        return self.repository, self.tag

    @property
    def witnesses(self):
        """The sites whose history decides: that of one where the tag is missing tells whether it ever was there."""
        ends = {self.source: self.here, self.target: self.there}
        return [name for name, image in ends.items() if image is NOTHING] or list(ends)

    @property
    def title(self):
        return "%s:%s" % self.key if self.tag else "%s@%s" % (self.repository, self.here.digest or self.there.digest)

    def shown(self):
        return {"state": self.state, "from": self.source, "to": self.target, "repository": self.repository,
                "tag": self.tag, "digest_from": self.here.digest, "digest_to": self.there.digest,
                "pushed_from": self.here.pushed, "pushed_to": self.there.pushed,
                "size": self.here.size or self.there.size, "reason": self.reason}


@dataclass
class Comparison:
    """Two sites side by side."""

    pair: object
    equal: Counter = field(default_factory=Counter)  # project: tags
    differences: list = field(default_factory=list)


def compare(pair, stocks, histories, ledger):
    """Everything that flows between two sites. `stocks` and `histories` are by site; a history may be missing, since
    nobody reads those of equal sites. `ledger` holds what was equal at the last proof.
    """
    found = Comparison(pair)
    a, b = stocks[pair.a], stocks[pair.b]
    judge = Judge(pair, histories, ledger)
    for key in sorted(a.tags.keys() | b.tags.keys()):
        if pair.carries(project_of(key[0])):
            here, there = a.tags.get(key, NOTHING), b.tags.get(key, NOTHING)
            if here.digest != there.digest:
                found.differences.append(judge.tag(key, here, there))
                continue
            found.equal[project_of(key[0])] += 1
            found.differences += judge.accessories(key, here, there, a, b)
    for repository, digest in sorted(a.untagged.keys() ^ b.untagged.keys()):
        if pair.carries(project_of(repository)):
            found.differences += judge.untagged(repository, digest, stocks)
    return found


class Judge:
    """Decides between two sites."""

    def __init__(self, pair, histories, ledger):
        self.pair, self.histories, self.ledger = pair, histories, ledger

    def told(self, state, source, key, images, reason):
        """`images` are those of the pair's sites in their order."""
        here, there = images if source == self.pair.a else images[::-1]
        return Difference(state, source, self.pair.other(source), *key, here, there, reason)

    def tag(self, key, here, there):
        images = here, there
        if here is NOTHING or there is NOTHING:
            return self.one_side(key, self.pair.b if here is NOTHING else self.pair.a, images)
        return self.both_sides(key, images)

    def one_side(self, key, holder, images):
        """Never arrived, or deleted?"""
        other, project = self.pair.other(holder), project_of(key[0])
        digest = (images[0] if holder == self.pair.a else images[1]).digest
        history, proved = self.histories.get(other), self.ledger.get(key)
        had = history is not None and (digest in history.had.get(key, ()) or project in history.deleted)
        if had and history.lost(key):
            return self.told(DELETED, holder, key, images, "%s had it and deleted it" % other)
        if had or history is not None and key in history.undated:
            return self.told(UNKNOWN, holder, key, images, "%s had this tag once, and how it went is not known" % other)
        if proved == digest:
            return self.told(DELETED, holder, key, images, "both had it at the last proof of equality")
        told = history is not None and history.whole.get(project) and not history.misses(key, digest)
        if not told and (proved == "" or not self.ledger.covers(project)):
            reason = "the audit log of %s does not tell whether it ever was there" % other
            return self.told(UNKNOWN, holder, key, images, reason)
        if self.pair.is_open(holder, project):
            return self.told(MISSING, holder, key, images, "%s never had it" % other)
        return self.told(EXTRA, holder, key, images, "nothing flows from %s to %s" % (holder, other))

    def both_sides(self, key, images):
        """Who is the newer one: the one that had the other's digest before."""
        a, b, project = self.pair.a, self.pair.b, project_of(key[0])
        before = {a: self.once(a, key, images[1].digest), b: self.once(b, key, images[0].digest)}
        proved = self.ledger.get(key)
        newer = None
        if before[a] and before[b] is False:
            newer = a
        elif before[b] and before[a] is False:
            newer = b
        elif before[a] is before[b] is True:
            return self.told(CONFLICT, self.first(project), key, images, "each had the digest of the other before")
        elif before[a] is before[b] is False:
            return self.told(CONFLICT, self.first(project), key, images, "neither ever had the digest of the other")
        elif proved in (images[0].digest, images[1].digest):
            newer = a if proved == images[1].digest else b
        if newer is None:
            return self.told(UNKNOWN, self.first(project), key, images, "the audit logs do not tell which one is newer")
        if self.pair.is_open(newer, project):
            reason = "%s had the digest of %s before" % (newer, self.pair.other(newer))
            return self.told(NEWER, newer, key, images, reason)
        reason = "it was changed at %s, from where nothing flows back" % newer
        return self.told(CONFLICT, self.pair.other(newer), key, images, reason)

    def once(self, site, key, digest):
        """Whether a site had this digest under this tag: True, False, or None when nobody knows."""
        history = self.histories.get(site)
        if history is None:
            return None
        if digest in history.had.get(key, ()):
            return True
        return False if history.whole.get(project_of(key[0])) and key not in history.undated else None

    def first(self, project):
        """Where a copy that somebody asks for would start."""
        return self.pair.a if self.pair.is_open(self.pair.a, project) else self.pair.b

    def accessories(self, key, here, there, a, b):
        """Signatures and the like of an image that is equal."""
        project, spot = project_of(key[0]), (key[0], here.digest)
        sets = {self.pair.a: a.accessories.get(spot, {}), self.pair.b: b.accessories.get(spot, {})}
        for site, found in sets.items():
            other = self.pair.other(site)
            history = self.histories.get(other)
            for digest in sorted(found.keys() - sets[other].keys()):
                what = found[digest] or "accessory"
                images = (here, there)
                if history is not None and (key[0], digest) in history.deleted:
                    yield self.told(DELETED, site, key, images, "%s %s was deleted at %s" % (what, digest, other))
                elif self.pair.is_open(site, project):
                    yield self.told(ACCESSORY, site, key, images, "%s %s is missing at %s" % (what, digest, other))
                else:
                    yield self.told(EXTRA, site, key, images, "%s %s is at %s only" % (what, digest, site))

    def untagged(self, repository, digest, stocks):
        """An image without a tag; it may have one at the other site, which the tag's own difference tells."""
        a, b = stocks[self.pair.a].untagged, stocks[self.pair.b].untagged
        holder = self.pair.a if (repository, digest) in a else self.pair.b
        other = self.pair.other(holder)
        if any(image.digest == digest for key, image in stocks[other].tags.items() if key[0] == repository):
            return
        images = a.get((repository, digest), NOTHING), b.get((repository, digest), NOTHING)
        state = UNTAGGED if self.pair.is_open(holder, project_of(repository)) else EXTRA
        yield self.told(state, holder, (repository, ""), images, "without a tag, at %s only" % holder)
