# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a site once held, read from its audit log: who had a digest once and who never did decides which side of a
difference is the older one. No clock is compared.

The log may be switched off, cut or younger than the images. It is believed for a project when it has a row for each
tag that is there, and reaches back to the project's beginning.
"""

from __future__ import annotations

from urllib.parse import quote

from ansible_collections.anchorage.harbor.plugins.module_utils.errors import ApiError
from ansible_collections.anchorage.harbor.plugins.module_utils.inventory import by_project, project_of
from ansible_collections.anchorage.harbor.plugins.module_utils.release import release

SINCE = (2, 13, 0)  # earlier rows hold no digests
FEW = 50  # repositories of a project that are asked for one by one; a log is much longer than what is there
WRITES = "operation={create delete},resource_type={artifact tag repository}"
NOBODY = (403, 404)


class History:
    """Tags that were there, with their digests, and what was deleted."""

    def __init__(self):
        self.had = {}  # (repository, tag): digests
        self.undated = set()  # (repository, tag) that a row without a digest names
        self.deleted = set()  # tags, (repository, digest), repositories and projects
        self.whole = {}  # project: does the log hold all of it?
        self.known = set()  # repositories that were asked for

    def lost(self, key):
        """Whether a tag was deleted here, as far as rows tell."""
        repository, _tag = key
        return key in self.deleted or repository in self.deleted or project_of(repository) in self.deleted or any(
            (repository, digest) in self.deleted for digest in self.had.get(key, ()))

    def misses(self, key, digest):
        """Whether a row tells of a deletion and none of what was there before: then others may be missing too."""
        return key not in self.had and (key in self.deleted or (key[0], digest) in self.deleted)

    def note(self, row):
        if not row.get("operation_result", True):
            return
        name = row["resource"]
        repository, at, digest = name.partition("@")
        if not at:
            repository, _colon, tag = name.partition(":")
        if row["operation"] == "delete":
            self.deleted.add((repository, digest) if at else (repository, tag) if tag else repository)
        elif not at and tag:
            text = row.get("operation_description", "")
            digest = text.rpartition("@")[2] if "@sha256:" in text else ""
            self.had.setdefault((repository, tag), set())
            if digest:
                self.had[repository, tag].add(digest)
            else:
                self.undated.add((repository, tag))

    def explains(self, inventory, project):
        """Whether each tag that is there has its row."""
        return all(image.digest in self.had.get(key, ()) or key in self.undated
                   for key, image in inventory.tags.items()
                   if project_of(key[0]) == project and key[0] in self.known)


class Silent(History):
    """A registry without a log: what is not there was never there, as far as anybody knows."""

    def __init__(self, projects):
        super().__init__()
        self.whole = dict.fromkeys(projects, True)


def read(transport, inventory, repositories):
    """The history of these repositories; projects that the log does not cover are marked so."""
    found = History()
    found.known = set(repositories)
    wanted = by_project(repositories)
    present = [project for project in wanted if project in inventory.projects]
    found.whole = dict.fromkeys(wanted, False)
    if release(transport.version) < SINCE:
        return found
    for project in set(wanted) - set(present):
        removed = was_removed(transport, project)
        found.whole[project] = removed is not None
        if removed:
            found.deleted.add(project)
    for project, rows in zip(present, transport.map(lambda name: rows_of(transport, name, wanted[name]), present)):
        for row in rows or ():
            found.note(row)
        found.whole[project] = rows is not None and found.explains(inventory, project)
    begun = [project for project in present if found.whole[project]]
    for project, is_whole in zip(begun, transport.map(lambda name: reaches_back(transport, name), begun)):
        found.whole[project] = is_whole
    return found


def rows_of(transport, project, repositories):
    """The rows about images; None where nobody may read them."""
    path = "/projects/%s/auditlog-exts" % quote(project, safe="")
    words = ["resource=~%s," % name for name in repositories] if len(repositories) <= FEW else [""]
    try:
        found = transport.map(lambda word: transport.list(path, {"q": word + WRITES, "sort": "op_time"}), words)
        return [row for rows in found for row in rows]
    except ApiError as error:
        if error.status not in NOBODY:
            raise
        return None


def was_removed(transport, project):
    """Whether a project that is not there was there once; None where nobody may ask."""
    query = {"q": "resource_type=project,operation=delete,resource=%s" % project}
    try:
        return bool(transport.list("/auditlog-exts", query))
    except ApiError as error:
        if error.status not in NOBODY:
            raise
        return None


def reaches_back(transport, project):
    """Whether the log begins with the project. Nobody made the first one: there, nothing must have been purged."""
    query = {"q": "resource_type=project,operation=create,resource=%s" % project}
    if transport.list("/projects/%s/auditlog-exts" % quote(project, safe=""), query):
        return True
    try:
        return project == "library" and not transport.list("/system/purgeaudit")
    except ApiError as error:
        if error.status not in NOBODY:
            raise
        return False
