# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A registry that is no Harbor, seen through the API of Docker Distribution. A password is sent as basic
authentication; registries that hand out tokens are not known here.
"""

from __future__ import annotations

import time
from urllib.parse import parse_qsl, urlsplit

from ansible_collections.anchorage.harbor.plugins.module_utils.errors import ApiError, Unwelcome
from ansible_collections.anchorage.harbor.plugins.module_utils.pool import parsed
from ansible_collections.anchorage.harbor.plugins.module_utils.transport import Transport

MANY = 1000  # names a page; a registry may give fewer
MISSING, UNAUTHORISED = 404, 401
MANIFESTS = ", ".join("application/vnd." + kind for kind in (
    "oci.image.index.v1+json", "oci.image.manifest.v1+json", "docker.distribution.manifest.list.v2+json",
    "docker.distribution.manifest.v2+json"))


class Plain(Transport):
    """Its catalogue, its tags, its digests."""

    prefix = ""

    def __init__(self, connection, pause=time.sleep):
        super().__init__(dict(connection, auth="basic"), pause)

    def log_in(self):
        self.session.headers["Accept"] = MANIFESTS
        if self.username:
            self.session.log_in_each_time(*self.credentials)
        try:
            self.request("GET", "/v2/")
        except ApiError as error:
            if error.status == UNAUTHORISED:
                raise Unwelcome("%s does not take username %s with this password." % (
                    self.url, self.username or "(none)")) from None
            raise
        return ""

    def names(self, path, key):
        """All names of a list, page after page."""
        query, found = {"n": MANY}, []
        while query:
            try:
                answer = self.request("GET", path, query=query)
            except ApiError as error:
                if error.status == MISSING:  # a repository without a single tag
                    return found
                raise
            found += parsed(answer, path)[key] or []
            link = answer.headers.get("Link", "").partition(">")[0].lstrip("<")
            query = dict(parse_qsl(urlsplit(link).query))
        return found

    def digest(self, repository, tag):
        """What a tag leads to; empty when there is none."""
        try:
            answer = self.request("HEAD", "/v2/%s/manifests/%s" % (repository, tag))
            return answer.headers.get("Docker-Content-Digest", "")
        except ApiError as error:
            if error.status != MISSING:
                raise
            return ""
