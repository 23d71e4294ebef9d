# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Registries (endpoints). Harbor takes credentials nested when one is created and flat when one is changed, and asks the endpoint each time."""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils.description import PEM, URL, Field, Resource

REGISTRY = Resource("registry", "registries", "/registries", (
    Field("name", pattern=r"(?s).{1,64}", says="give a name of 1 to 64 characters"),
    Field("type", required=True, create_only=True),
    Field("url", required=True, codec=URL, pattern=r"\s*([Hh][Tt][Tt][Pp][Ss]?://)?[^\s:/?#@][^\s?#@]*\s*",
          says="give an address such as https://registry.example.org, without user, query or blanks"),
    Field("description", default=""),
    Field("insecure", "bool", default=False),
    Field("credential_type", wire="credential.type", wire_update="credential_type", default="basic", choices=("basic", "oauth", "secret")),
    Field("access_key", wire="credential.access_key", wire_update="access_key", default=""),
    Field("access_secret", wire="credential.access_secret", wire_update="access_secret", secret=True, goes_with="access_key"),
    Field("ca_certificate", codec=PEM, default="", since="2.15.0"),
), probe="/registries/ping")
