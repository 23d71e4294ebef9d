#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Users of a directory become users of Harbor before they log in."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ldap_import
short_description: Take users of an LDAP directory over into Harbor
version_added: 0.1.0
description:
  - Users who are known to Harbor can be members and administrators before they have ever logged in.
  - Everybody is looked for in the directory first; one who is not there fails the task before anybody is taken over.
    Harbor itself would take over nobody, and not say why.
author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment: [anchorage.harbor.connection, anchorage.harbor.attributes]
options:
  users:
    description: Names of the users in the directory, as the attribute C(ldap_uid) of M(anchorage.harbor.configuration)
      holds them.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Two who will work on a project
  anchorage.harbor.ldap_import:
    users: [alice, bob]
"""

RETURN = r"""
imported:
  description: Users that were taken over, or would be in check mode.
  returned: success
  type: list
  elements: str
  sample: [alice]
"""

from ansible_collections.anchorage.harbor.plugins.module_utils.errors import InputError
from ansible_collections.anchorage.harbor.plugins.module_utils.runner import run_module

SPEC = {"users": {"type": "list", "elements": "str", "required": True}}


def prepare(transport, params, warn):
    """Whom Harbor does not know yet, and the directory does."""
    missing = [name for name in dict.fromkeys(params["users"]) if not is_known(transport, name)]
    for name in missing:
        found = transport.get("/ldap/users/search", {"username": name})
        if not any(user.get("username") == name for user in found or []):
            raise InputError("option users: the directory has no %s: correct the name, or leave it out." % name)

    def act(tell=None):
        # One at a time: of several Harbor takes over none when one fails.
        for name in missing:
            transport.request("POST", "/ldap/users/import", body={"ldap_uid_list": [name]})

    return {"changed": bool(missing), "imported": missing}, act


def is_known(transport, name):
    """Harbor keeps a comma in a name as an underscore."""
    return bool(transport.find("/users", "username", name.replace(",", "_")))


def main():
    run_module(SPEC, prepare)


if __name__ == "__main__":
    main()
