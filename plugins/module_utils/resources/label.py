# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Labels, of a project or of the whole Harbor."""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils.description import Field, Resource


def scoped(body, step, parent):
    return dict(body, scope="p", project_id=parent[1]) if parent[0] else dict(body, scope="g")


LABEL = Resource("label", "labels", "/labels", (
    Field("name", pattern=r"(?s).{1,128}", says="give a name of 1 to 128 characters"),
    Field("description", default=""),
    Field("color", default="", pattern=r"(#[0-9A-Fa-f]{6})?", says="give a colour such as #0065AB"),
), query={"scope": "g"}, parent="project", under="/labels",
    under_query={"scope": "p", "project_id": "{parent}"}, one="/labels/{id}", write="replace", send_with=scoped)
