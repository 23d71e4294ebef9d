# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Repositories: their description. Harbor makes one with its first push."""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils.codecs import HTML
from ansible_collections.anchorage.harbor.plugins.module_utils.description import Field, Resource


def without_project(document, context):
    return dict(document, name=document["name"].partition("/")[2])


REPOSITORY = Resource("repository", "repositories", "/projects/{parent_name}/repositories", (
    Field("name", pattern=r"[a-z0-9]+(?:[._/-]+[a-z0-9]+)*", says="give the name of a repository without its project"),
    Field("description", default="", codec=HTML),
), parent="project", one="/projects/{parent_name}/repositories/{name_path}", sort="name", fixed=True,
    read_with=without_project)
