# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Labels on images: of the image's project, or else of the whole Harbor."""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils.description import Field, Resource


def attached(document, context):
    """The label among those of the image; None when it is not there."""
    for label in document.get("labels") or []:
        if label["name"] == context["item"]["label"]:
            return dict(context["item"], id=label["id"])
    return None


def bare(body, step, parent):
    return {"id": body["id"]}


ARTIFACT_LABEL = Resource(
    "artifact_label", "artifact_labels",
    "/projects/{parent_name}/repositories/{repository_path}/artifacts/{reference}/labels", (
        Field("repository", required=True, pattern=r"[a-z0-9]+(?:[._/-]+[a-z0-9]+)*",
              says="give the name of a repository without its project"),
        Field("reference", required=True, pattern=r"sha256:[0-9a-f]{64}|[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}",
              says="give a tag or a digest"),
        Field("label", required=True, ref="label", near=True, wire="label", wire_create="id", reads_name=True),
    ), key=("repository", "reference", "label"), parent="project", send_with=bare, read_with=attached,
    lookup="/projects/{parent_name}/repositories/{repository_path}/artifacts/{reference}?with_label=true")
