# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Registries (endpoints). Harbor takes credentials nested when one is created and flat when one is changed, and asks
the endpoint each time.
"""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils.codecs import PEM, URL
from ansible_collections.anchorage.harbor.plugins.module_utils.description import Field, Probe, Resource

TYPES = ("harbor", "docker-hub", "docker-registry", "aws-ecr", "azure-acr", "google-gcr", "ali-acr", "huawei-SWR",
         "tencent-tcr", "volcengine-cr", "jfrog-artifactory", "quay", "gitlab", "dtr", "github-ghcr")


def keyless(item):
    """Harbor throws away all credentials that come without a key."""
    alone = item.get("access_secret") or (item.get("credential_type") or "basic") != "basic"
    return "option access_secret and credential_type need access_key" if alone and not item.get("access_key") else ""


def foreign_key(item):
    """What Tencent's adapter insists on, with an error that says nothing."""
    return "option access_key of type tencent-tcr begins with AKID" if (
        item.get("type") == "tencent-tcr" and not (item.get("access_key") or "").startswith("AKID")) else ""


REGISTRY = Resource("registry", "registries", "/registries", (
    Field("name", pattern=r"(?s).{1,64}", says="give a name of 1 to 64 characters"),
    Field("type", required=True, create_only=True, choices=TYPES),
    Field("url", required=True, codec=URL),
    Field("description", default=""),
    Field("insecure", "bool", default=False),
    Field("credential_type", wire="credential.type", wire_update="credential_type", default="basic",
          choices=("basic", "oauth", "secret")),
    Field("access_key", wire="credential.access_key", wire_update="access_key", default=""),
    Field("access_secret", wire="credential.access_secret", wire_update="access_secret",
          secret=True, goes_with="access_key", probe=Probe("/registries/ping", {"id": "id"})),
    Field("ca_certificate", codec=PEM, default="", since="2.15.0"),
), rules=(keyless, foreign_key))
