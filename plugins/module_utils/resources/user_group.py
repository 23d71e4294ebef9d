# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Groups of users, known to an external directory. Harbor can rename one and change nothing else."""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils.codecs import LOWER, numbered
from ansible_collections.anchorage.harbor.plugins.module_utils.description import Field, Resource

USER_GROUP = Resource("user_group", "user_groups", "/usergroups", (
    Field("name", wire="group_name", pattern=r"(?s).{1,255}", says="give a name of 1 to 255 characters"),
    Field("type", wire="group_type", required=True, create_only=True, codec=numbered(ldap=1, http=2, oidc=3),
          choices=("ldap", "http", "oidc")),
    Field("ldap_group_dn", default="", create_only=True, codec=LOWER),
), after=("configuration",), exact=False, sort="", rules=(
    lambda item: "option type ldap needs ldap_group_dn"
    if item.get("type") == "ldap" and not item.get("ldap_group_dn") else "",))
