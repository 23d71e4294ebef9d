# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One site: the way in, what is there, and what once was. A site may stop to answer at any moment."""

from __future__ import annotations

import time
from contextlib import contextmanager

from ansible_collections.anchorage.harbor.plugins.module_utils import history
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import ApiError, HarborError
from ansible_collections.anchorage.harbor.plugins.module_utils.flows import PLAIN
from ansible_collections.anchorage.harbor.plugins.module_utils.inventory import (
    HarborStock, Inventory, PlainStock, project_of)
from ansible_collections.anchorage.harbor.plugins.module_utils.plain import Plain
from ansible_collections.anchorage.harbor.plugins.module_utils.traffic import traffic
from ansible_collections.anchorage.harbor.plugins.module_utils.transport import Transport

FORBIDDEN = 403


class Site:
    """One site as its user wrote it, its way in, and what was seen there."""

    def __init__(self, given, accessories, untagged):
        self.name, self.given, self.error, self.seconds = given["name"], given, "", 0
        self.accessories, self.untagged = accessories, untagged
        self.way = self.stock = None
        self.inventory, self.history = Inventory(), None

    @property
    def is_plain(self):
        return self.given["type"] == PLAIN

    def connect(self):
        if self.way is None:
            self.way = (Plain if self.is_plain else Transport)(self.given)
            self.stock = PlainStock(self.way) if self.is_plain else HarborStock(
                self.way, self.accessories, self.untagged)

    def answers(self):
        """Whether it can be asked now."""
        try:
            self.connect()
        except HarborError:
            return False
        return True

    def read(self, carries):
        """Its inventory; a site that does not answer has an error instead."""
        begun = time.monotonic()
        with self.listening():
            self.connect()
            self.inventory = self.stock.read(carries)
        self.seconds = round(time.monotonic() - begun, 3)

    @contextmanager
    def listening(self):
        """A site that stops to answer is away from then on; what it refuses is somebody's fault."""
        try:
            yield
        except HarborError as error:
            if not isinstance(error, ApiError) or error.status == FORBIDDEN:
                raise HarborError("site %s: %s" % (self.name, error)) from None
            self.error = str(error)

    def again(self, repositories):
        """These once more."""
        with self.listening():
            self.stock.again(self.inventory, repositories)

    def remember(self, repositories):
        """Read the history of some repositories."""
        if self.is_plain:
            self.history = history.Silent({project_of(name) for name in repositories})
            return
        with self.listening():
            self.history = history.read(self.way, self.inventory, repositories)

    def shown(self):
        if self.error:
            return {"reachable": False, "error": self.error}
        return {"reachable": True, "error": "", "version": self.way.version,
                "projects": len(self.inventory.projects), "repositories": len(self.inventory.repositories),
                "tags": len(self.inventory.tags), "requests": self.way.session.sent, "seconds": self.seconds,
                "replication": {} if self.is_plain else traffic(self.way)}
