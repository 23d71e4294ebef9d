# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a site holds, by digest. The digest of an index covers all of its children, so these are not looked at.

A Harbor is asked for its projects, and each project that is not empty for its artifacts, 100 a page: a second for
thousands of tags. A plain registry is asked for each tag.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote

from ansible_collections.anchorage.harbor.plugins.module_utils.errors import ApiError

MISSING = 404
FEW = 50  # repositories of a project that are looked at again one by one; more are found among all


@dataclass(frozen=True)
class Image:
    """What a tag leads to. Times are those of the site."""

    digest: str
    pushed: str = ""
    size: int = 0


@dataclass
class Inventory:
    """All that was asked for, as it was at one moment, more or less: pushes go on meanwhile."""

    tags: dict = field(default_factory=dict)  # (repository, tag): Image
    accessories: dict = field(default_factory=dict)  # (repository, digest of the subject): {digest: type}
    untagged: dict = field(default_factory=dict)  # (repository, digest): Image
    projects: dict = field(default_factory=dict)  # name: Harbor's document
    repositories: set = field(default_factory=set)
    error: str = ""  # why there is none

    def forget(self, names):
        """Leave out what is about to be read again: projects and repositories."""
        for kept in (self.tags, self.accessories, self.untagged):
            for key in [key for key in kept if key[0] in names or project_of(key[0]) in names]:
                del kept[key]
        self.repositories = {name for name in self.repositories if name not in names and project_of(name) not in names}


def project_of(repository):
    return repository.partition("/")[0]


def by_project(repositories):
    """Their names by project."""
    found = {}
    for name in sorted(repositories):
        found.setdefault(project_of(name), []).append(name)
    return found


def path_of(name):
    """A name within a path; Harbor's proxy decodes once, so what holds slashes is encoded twice."""
    return quote(quote(name, safe=""), safe="") if "/" in name else quote(name, safe="")


class HarborStock:
    """The inventory of a Harbor."""

    def __init__(self, transport, accessories, untagged):
        self.transport, self.untagged = transport, untagged
        self.query = {"with_tag": "true", "with_accessory": "true" if accessories else "false", "sort": "id"}
        if not untagged:
            self.query["q"] = "tags=*"

    def read(self, carries):
        """Of all projects that are carried. A proxy cache is somebody else's content."""
        found = Inventory()
        for project in self.transport.list("/projects"):
            if carries(project["name"]) and not project.get("registry_id"):
                found.projects[project["name"]] = project
        self.fill(found, [name for name, project in found.projects.items() if project.get("repo_count")])
        return found

    def again(self, found, repositories):
        """Some repositories once more."""
        names = [name for project, few in by_project(repositories).items()
                 for name in (few if len(few) <= FEW else [project])]
        found.forget(set(names))
        self.fill(found, names)

    def fill(self, found, names):
        """What projects and repositories hold."""
        for rows in self.transport.map(self.rows, names):
            for row in rows:
                self.note(found, row)

    def rows(self, name):
        project, slash, rest = name.partition("/")
        below = "/repositories/" + path_of(rest) if slash else ""
        try:
            return self.transport.list("/projects/%s%s/artifacts" % (quote(project, safe=""), below), self.query)
        except ApiError as error:
            if error.status != MISSING:
                raise
            return []  # deleted meanwhile

    def note(self, found, row):
        name, digest = row["repository_name"], row["digest"]
        found.repositories.add(name)
        for tag in row.get("tags") or []:
            found.tags[name, tag["name"]] = Image(digest, tag.get("push_time", ""), row.get("size", 0))
        if not row.get("tags"):
            found.untagged[name, digest] = Image(digest, row.get("push_time", ""), row.get("size", 0))
        if row.get("accessories"):
            found.accessories[name, digest] = {one["digest"]: one.get("type", "") for one in row["accessories"]}

    def digest(self, repository, tag):
        """What a tag leads to now; empty when there is none."""
        project, _slash, rest = repository.partition("/")
        try:
            found = self.transport.get("/projects/%s/repositories/%s/artifacts/%s" % (project, path_of(rest), tag))
            return found["digest"]
        except ApiError as error:
            if error.status != MISSING:
                raise
            return ""


class PlainStock:
    """The inventory of a registry that is no Harbor. It has neither projects nor times, and no accessories."""

    def __init__(self, plain):
        self.plain = plain

    def read(self, carries):
        found = Inventory()
        names = [name for name in self.plain.names("/v2/_catalog", "repositories") if carries(project_of(name))]
        self.fill(found, names)
        found.repositories = set(names)
        found.projects = {project_of(name): {} for name in names}
        return found

    def again(self, found, repositories):
        found.forget(repositories)
        self.fill(found, sorted(repositories))

    def fill(self, found, names):
        for name in names:
            keys = [(name, tag) for tag in self.plain.names("/v2/%s/tags/list" % name, "tags")]
            for key, digest in zip(keys, self.plain.map(lambda key: self.plain.digest(*key), keys)):
                if digest:
                    found.tags[key] = Image(digest)
                    found.repositories.add(name)

    def digest(self, repository, tag):
        return self.plain.digest(repository, tag)
