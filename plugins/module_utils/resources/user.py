# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Users that Harbor keeps itself. Profile, rights and password have requests of their own."""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils.codecs import PASSWORD, Codec
from ansible_collections.anchorage.harbor.plugins.module_utils.description import Field, Part, Probe, Resource

NO_SIGNS = r"[^,\"~#%$+]"


def at_most(size):
    """Harbor counts bytes, and letters beyond ASCII have several."""
    def short(value):
        if len(value.encode()) > size:
            raise ValueError("give %d bytes at most" % size)
        return value

    return Codec(short)


USER = Resource("user", "users", "/users", (
    Field("username", codec=at_most(255), pattern=NO_SIGNS + "+", says='give 1 to 255 bytes without , " ~ # % $ +'),
    Field("email", required=True, pattern=r"[^@\s,]+@[^@\s,]+\.[^@\s,]+",
          says="give an address such as jo@example.org"),
    Field("realname", required=True, codec=at_most(255), pattern=NO_SIGNS + "+",
          says='give 1 to 255 bytes without , " ~ # % $ +'),
    Field("comment", default="", codec=at_most(30)),
    Field("sysadmin", "bool", "sysadmin_flag", default=False, after_create=True,
          part=Part("/users/{id}/sysadmin", "sysadmin_flag")),
    Field("password", secret=True, required=True, codec=PASSWORD, probe=Probe(login="username"),
          part=Part("/users/{id}/password", "new_password", myself="old_password", same="identical")),
), key=("username",), ident="user_id", sort="user_id", write="replace", hidden={"admin": "/users/1"},
    protected=("admin",), myself="sysadmin", unsure=True, after=("configuration",))
