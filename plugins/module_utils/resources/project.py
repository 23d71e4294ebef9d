# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Projects. Their settings are texts in `metadata`, their storage limit is a row of its own among the quotas."""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils.codecs import (
    CVE_IDS, EXPIRY, SIZE, TEXT_BOOLEAN, TEXT_INTEGER)
from ansible_collections.anchorage.harbor.plugins.module_utils.description import Field, Part, Resource

# A page of quotas costs the server 17 ms a row; the summary of a project 2 ms, and they come side by side.
QUOTA = Part("/quotas/{row}", "hard.storage", read="/projects/{id}/summary", at="quota.hard.storage",
             rows="/quotas", query={"reference": "project", "reference_id": "{id}"}, owner="ref.id")
# What is asked for a project's scanner answers with the default one; only its metadata tell them apart.
SCANNER = Part("/projects/{id}/scanner", "uuid", read="/projects/{id}/metadatas/", at="projectScanner",
               clear="/projects/{id}/metadatas/projectScanner")
LARGEST = 2**31 - 1


def limit(name, since):
    place = "metadata.%s" % name
    return Field(name, "int", place, default=0, codec=TEXT_INTEGER, minimum=-1, maximum=LARGEST, since=since)


def setting(name, default=False, **more):
    return Field(name, "bool", "metadata.%s" % name, default=default, codec=TEXT_BOOLEAN, **more)


def for_proxies(item):
    """Harbor drops these for other projects, so they would never be as wanted."""
    given = [name for name in ("proxy_speed_kb", "max_upstream_conn") if (item.get(name) or 0) > 0]
    return "option %s is for proxy caches, name its registry" % given[0] if given and not item.get("registry") else ""


PROJECT = Resource("project", "projects", "/projects", (
    Field("name", wire_create="project_name", pattern=r"(?=.{1,255}$)[a-z0-9]+(?:[._-][a-z0-9]+)*",
          says="use lower-case letters and digits, with single . _ - between them, 255 at most"),
    setting("public"),
    Field("storage_limit", codec=SIZE, default="-1", part=QUOTA),
    Field("registry", ref="registry", wire="registry_id", create_only=True),
    Field("scanner", ref="scanner", default="", part=SCANNER, after_create=True),
    setting("prevent_vul"),
    Field("severity", wire="metadata.severity", default="none", choices=("none", "low", "medium", "high", "critical")),
    setting("auto_scan"),
    setting("auto_sbom_generation", since="2.11.0"),
    setting("enable_content_trust"),
    setting("enable_content_trust_cosign"),
    setting("reuse_sys_cve_allowlist", default=True),
    Field("cve_allowlist", "list", "cve_allowlist.items", elements="str", codec=CVE_IDS, default=(),
          after_create=True, together="allowlist"),
    Field("cve_allowlist_expires_at", "int", "cve_allowlist.expires_at", codec=EXPIRY, default=0, minimum=0,
          after_create=True, together="allowlist"),
    limit("proxy_speed_kb", since="2.12.0"),
    limit("max_upstream_conn", since="2.14.0"),
    setting("proxy_cache_local_on_not_found", since="2.15.0"),
), ident="project_id", sort="name", protected=("library",), after=("configuration",), rules=(for_proxies,))
