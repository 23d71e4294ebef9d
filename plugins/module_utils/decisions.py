# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is to be done about each difference: copy, delete, or leave it to a human. Pure.

Nobody's image is overwritten or deleted because of a guess: a conflict needs a rule that the user chose, and a deletion
needs to be named with its digest.
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.anchorage.harbor.plugins.module_utils.errors import InputError
from ansible_collections.anchorage.harbor.plugins.module_utils.inventory import project_of
from ansible_collections.anchorage.harbor.plugins.module_utils.verdict import (
    ACCESSORY, CONFLICT, DELETED, MISSING, NEWER, UNKNOWN)

REPORT, NEWEST, PREFER = "report", "newest", "prefer"
DECISION = {
    "repository": {"type": "str", "required": True},
    "tag": {"type": "str", "required": True},
    "keep": {"type": "str", "required": True},
    "delete_digest": {"type": "str"},
}


@dataclass(frozen=True)
class Copy:
    """One tag, from one site to another."""

    source: str
    target: str
    key: tuple
    image: object
    replaces: str  # digest at the target, empty when there is none
    override: bool
    reason: str

    def shown(self):
        return {"from": self.source, "to": self.target, "repository": self.key[0], "tag": self.key[1],
                "digest": self.image.digest, "replaces": self.replaces, "size": self.image.size, "reason": self.reason}


@dataclass(frozen=True)
class Deletion:
    """One tag at one site, while it leads to this digest."""

    site: str
    key: tuple
    digest: str
    reason: str

    def shown(self):
        return {"site": self.site, "repository": self.key[0], "tag": self.key[1], "digest": self.digest,
                "reason": self.reason}


class Decisions:
    """The rules of a user: `on_conflict`, `prefer`, and what was decided by hand."""

    def __init__(self, params, sites):
        self.on_conflict, self.prefer = params["on_conflict"], params["prefer"]
        if (self.on_conflict == PREFER) != bool(self.prefer):
            raise InputError("option prefer names the site that wins, and goes with on_conflict: prefer only.")
        if self.prefer and self.prefer not in sites:
            raise InputError("option prefer: there is no site %s." % self.prefer)
        self.by_hand = {}
        for number, one in enumerate(params["decisions"]):
            if one["keep"] not in sites:
                raise InputError("option decisions, entry %d: there is no site %s, option sites has %s." % (
                    number + 1, one["keep"], ", ".join(sites)))
            self.by_hand[one["repository"], one["tag"]] = one

    def of(self, pair, one):
        """A Copy, a Deletion, or None: left to a human."""
        decided = self.by_hand.get(one.key) if one.tag else None
        if decided and decided["keep"] not in (pair.a, pair.b):
            decided = None
        if one.state in (MISSING, ACCESSORY):
            # A decision of earlier days must not stop a new image; one that names the digest is about this image.
            named = one.state == MISSING and decided and decided["delete_digest"] == one.here.digest
            return self.kept(pair, one, decided) if named else self.copy(one, one.source, False)
        if one.state == NEWER and not (decided and decided["keep"] != one.source):
            return self.copy(one, one.source, True) if pair.flow(one.source).override or decided else None
        if decided and one.state in (NEWER, DELETED, CONFLICT, UNKNOWN):
            return self.kept(pair, one, decided)
        if one.state == CONFLICT and self.on_conflict != REPORT:
            winner = self.winner(one)
            if winner and pair.is_open(winner, project_of(one.repository)):
                return self.copy(one, winner, True)
        return None

    def winner(self, one):
        if self.on_conflict == PREFER:
            return self.prefer if self.prefer in (one.source, one.target) else None
        if not (one.here.pushed and one.there.pushed):
            return None
        return one.source if one.here.pushed > one.there.pushed else one.target

    def kept(self, pair, one, decided):
        """What follows from the site that wins: its image is copied, or that it has none."""
        keep, loser = decided["keep"], pair.other(decided["keep"])
        mine, theirs = (one.here, one.there) if keep == one.source else (one.there, one.here)
        title = "option decisions, %s:%s" % one.key
        if not pair.is_open(keep, project_of(one.repository)):
            raise InputError("%s: nothing flows from %s to %s, so it cannot win." % (title, keep, loser))
        if mine.digest == theirs.digest:  # it is about a signature or the like
            if keep != one.source:
                raise InputError("%s: the tag is equal, and %s: delete that at %s by its own digest, or keep %s." % (
                    title, one.reason, one.source, one.source))
            return self.copy(one, keep, False)
        if mine.digest:
            return self.copy(one, keep, bool(theirs.digest))
        if pair.flow(keep).deletion == "never":
            raise InputError("%s: the flow from %s to %s carries no deletions; set its deletion to reviewed, or keep "
                             "%s." % (title, keep, loser, loser))
        if decided["delete_digest"] != theirs.digest:
            raise InputError("%s: %s has none, so the image at %s would be deleted: say delete_digest %s if that is "
                             "meant." % (title, keep, loser, theirs.digest))
        return Deletion(loser, one.key, theirs.digest, one.reason)

    @staticmethod
    def copy(one, source, override):
        here, there = (one.here, one.there) if source == one.source else (one.there, one.here)
        target = one.target if source == one.source else one.source
        replaces = there.digest if there.digest != here.digest else ""
        return Copy(source, target, one.key, here, replaces, override, one.reason)


def once(decided, mine):
    """Differences with their steps, where each image comes to a place from one site only: the first that is `mine`.
    While sites offer different images for one place, it waits until they agree. A signature is copied with all others
    of its image, so it waits while one of them is left to a human.
    """
    found = offers(decided)
    left = {(one.source, one.target, one.key) for one, step in decided if step is None}
    for one, step in decided:
        if not isinstance(step, Copy):
            yield one, step
            continue
        if one.state == ACCESSORY:
            yield one, None if (one.source, one.target, one.key) in left else step
            continue
        offered = found[step.target, step.key]
        if len({offer.image.digest for offer in offered}) > 1:
            yield one, None
        elif step is next(filter(mine, offered), None):
            yield one, step


def offers(decided):
    """The copies to each place. A site whose own image is about to be replaced offers it only where nobody else does.
    """
    copies = [step for one, step in decided if isinstance(step, Copy) and one.state != ACCESSORY]
    replaced = {(step.target, step.key) for step in copies if step.override}
    found = {}
    for step in copies:
        found.setdefault((step.target, step.key), []).append(step)
    return {place: [step for step in steps if (step.source, step.key) not in replaced] or steps
            for place, steps in found.items()}
