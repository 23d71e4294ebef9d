# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Instances of P2P preheat providers. Harbor finds one by its name and changes the one whose id a PUT brings."""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils.codecs import URL
from ansible_collections.anchorage.harbor.plugins.module_utils.description import Field, Probe, Resource


def usable(item):
    """Harbor takes any, and of several entries one by chance."""
    given, mode = item.get("auth_info"), item.get("auth_mode")
    if given and (mode in ("BASIC", "CUSTOM") and len(given) != 1 or mode == "OAUTH" and "token" not in given):
        return "option auth_info: BASIC needs one entry, user: password, CUSTOM header: value, OAUTH token: value"
    return ""


# Harbor answers with its masked error when the provider refuses, and also when nobody is there.
STILL_WORKS = Probe(
    "/p2p/preheat/instances/ping", {"id": "id"}, unclear=(500,), wanted="/p2p/preheat/instances/ping",
    wanted_body={name: name for name in ("name", "vendor", "endpoint", "auth_mode", "auth_info", "insecure")})


PREHEAT_INSTANCE = Resource("preheat_instance", "preheat_instances", "/p2p/preheat/instances", (
    Field("name", pattern=r"[^\s%+/]{1,255}", says="give 1 to 255 characters without blanks % + /"),
    Field("vendor", required=True, create_only=True, choices=("dragonfly", "kraken")),
    Field("endpoint", required=True, codec=URL),
    Field("description", default=""),
    Field("auth_mode", default="NONE", initial="NONE", choices=("NONE", "BASIC", "OAUTH", "CUSTOM")),
    Field("auth_info", "dict", secret=True, goes_with="auth_mode",
          probe=STILL_WORKS),
    Field("enabled", "bool", default=False),
    Field("default", "bool", default=False),
    Field("insecure", "bool", default=False),
), one="/p2p/preheat/instances/{name}", write="replace", echo=("id", "setup_timestamp"), unnumbered=True,
    rules=(usable,))
