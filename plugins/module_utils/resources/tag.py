# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tags of images that are there. Harbor cannot move one: it is removed and made again, and its image stays."""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils.description import Field, Resource


def bare(body, step, parent):
    return {"name": body["name"]}


TAG = Resource("tag", "tags", "/projects/{parent_name}/repositories/{repository_path}/artifacts/{digest}/tags", (
    Field("repository", required=True, pattern=r"[a-z0-9]+(?:[._/-]+[a-z0-9]+)*",
          says="give the name of a repository without its project"),
    Field("name", required=True, pattern=r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}",
          says="give letters, digits and _ . -, 128 at most, not beginning with . or -"),
    Field("digest", required=True, remade=True, pattern="sha256:[0-9a-f]{64}", says="give sha256: and 64 hex digits"),
), key=("repository", "name"), parent="project", ident="digest", send_with=bare,
    lookup="/projects/{parent_name}/repositories/{repository_path}/artifacts/{name}",
    one="/projects/{parent_name}/repositories/{repository_path}/artifacts/{name}/tags/{name}",
    read_with=lambda document, context: {**document, **context["item"], "digest": document["digest"]})
