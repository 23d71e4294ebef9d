# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What two sites both held at the last proof, kept outside of them: {pair: {repository: {tag: digest}}} in a file. It
needs no audit log, but does not see what happened and was undone between two proofs.
"""

from __future__ import annotations

import json
import os
import tempfile

from ansible_collections.anchorage.harbor.plugins.module_utils.errors import InputError
from ansible_collections.anchorage.harbor.plugins.module_utils.inventory import project_of

MODE = 0o600  # names of images are nobody else's business


class Page:
    """The part of one pair of sites."""

    def __init__(self, repositories=None):
        self.repositories = repositories or {}
        self.projects = {project_of(name) for name in self.repositories}

    def get(self, key):
        return self.repositories.get(key[0], {}).get(key[1])

    def covers(self, project):
        """Whether what is not here was at neither site at the last proof."""
        return project in self.projects

    def renewed(self, a, b, carries, undecided=()):
        """After a look at both: what is equal is noted, what differs keeps its last word, what is gone is dropped. What
        waits for a human without a word gets an empty one: absent here would mean that it came later, and be copied.
        """
        found = {}
        for key in a.tags.keys() | b.tags.keys() | set(self.keys()):
            if not carries(project_of(key[0])):
                continue
            here, there = a.tags.get(key), b.tags.get(key)
            if here and there and here.digest == there.digest:
                found.setdefault(key[0], {})[key[1]] = here.digest
            elif (here or there) and (self.get(key) is not None or key in undecided):
                found.setdefault(key[0], {})[key[1]] = self.get(key) or ""
        return Page(found)

    def keys(self):
        return [(name, tag) for name, tags in self.repositories.items() for tag in tags]


class Ledger:
    """The file. Without a path there is none, and nothing is known."""

    def __init__(self, path):
        self.path, self.pages = path, {}
        if path and os.path.exists(path):
            try:
                with open(path, encoding="utf-8") as file:
                    self.pages = {name: Page(page) for name, page in json.load(file)["pairs"].items()}
            except (ValueError, KeyError, TypeError, AttributeError):
                raise InputError("option ledger: %s is none: move it away, a new one is begun then." % path) from None
        elif path and not os.path.isdir(os.path.dirname(os.path.abspath(path))):
            raise InputError("option ledger: there is no directory %s: make it first." % os.path.dirname(path))

    def page(self, pair):
        return self.pages.get(name_of(pair), Page())

    def note(self, pair, a, b, undecided=()):
        self.pages[name_of(pair)] = self.page(pair).renewed(a, b, pair.carries, undecided)

    def save(self):
        """Replaced whole, so that nobody reads half of it; left alone when nothing changed."""
        if not self.path:
            return
        text = json.dumps({"pairs": {name: page.repositories for name, page in self.pages.items()}}, sort_keys=True)
        if os.path.exists(self.path):
            with open(self.path, encoding="utf-8") as file:
                if file.read() == text:
                    return
        handle, path = tempfile.mkstemp(dir=os.path.dirname(os.path.abspath(self.path)), prefix=".ledger.")
        with open(handle, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), MODE)
            file.write(text)
        os.replace(path, self.path)


def name_of(pair):
    return "|".join(sorted((pair.a, pair.b)))
