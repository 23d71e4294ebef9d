# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Members of projects: a user or a group, and a role."""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils.codecs import numbered
from ansible_collections.anchorage.harbor.plugins.module_utils.description import Field, Resource

ROLES = numbered(project_admin=1, maintainer=4, developer=2, guest=3, limited_guest=5)


def told_apart(document, context):
    """Harbor has one name for both, and beside it a letter that says which."""
    kind = {"u": "user", "g": "group"}.get(document.get("entity_type"), "user")
    return dict(document, **{kind: document.get("entity_name")})


PROJECT_MEMBER = Resource("project_member", "project_members", "/projects/{parent}/members", (
    Field("user", ref="user", reads_name=True, sends_name=True, onboards=True, wire_create="member_user.username",
          default="", create_only=True),
    Field("group", ref="user_group", reads_name=True, wire_create="member_group.id", default="", create_only=True),
    Field("role", wire="role_id", required=True, codec=ROLES,
          choices=("project_admin", "maintainer", "developer", "guest", "limited_guest")),
), key=("user", "group"), parent="project", sort="", unsure=True, read_with=told_apart)
