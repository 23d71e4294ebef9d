# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Scanners. The default one is switched by a request of its own, and can only be switched to another."""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils.codecs import AUTH, URL, Codec
from ansible_collections.anchorage.harbor.plugins.module_utils.description import Field, Part, Probe, Resource


def chosen(value):
    """Harbor takes the default away from a scanner only when another one gets it."""
    if not value:
        raise ValueError("only true can be wanted: set it to true for another scanner instead")
    return True


def credited(item):
    return "option auth %s needs access_credential" % item["auth"] if (
        (item.get("auth") or "none") != "none" and "id" not in item and not item.get("access_credential")) else ""


# Harbor answers with its masked error when the scanner refuses, and also when nobody is there.
STILL_WORKS = Probe(
    "/scanners/{id}/metadata", fails=(), unclear=(500,), wanted="/scanners/ping",
    wanted_body={name: name for name in ("name", "url", "auth", "access_credential")})


SCANNER = Resource("scanner", "scanners", "/scanners", (
    Field("name", pattern=r"(?s).{1,128}", says="give a name of 1 to 128 characters"),
    Field("url", required=True, codec=URL),
    Field("description", default=""),
    Field("auth", default="none", codec=AUTH, choices=("none", "Basic", "Bearer", "APIKey")),
    Field("access_credential", secret=True, goes_with="auth", probe=STILL_WORKS),
    Field("skip_cert_verify", "bool", "skip_certVerify", default=False),
    Field("use_internal_addr", "bool", default=False),
    Field("disabled", "bool", default=False),
    Field("default", "bool", "is_default", after_create=True, codec=Codec(chosen, lambda value: value or None),
          part=Part("/scanners/{id}", "is_default", method="PATCH")),
), ident="uuid", sort="", write="replace", protected=("Trivy",), rules=(credited,))
