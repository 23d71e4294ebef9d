# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Harbor's own CVE allowlist, which counts in all projects that reuse it. Harbor replaces it whole."""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils.codecs import CVE_IDS, EXPIRY
from ansible_collections.anchorage.harbor.plugins.module_utils.description import Field, Resource

CVE_ALLOWLIST = Resource("cve_allowlist", "cve_allowlist", "/system/CVEAllowlist", (
    Field("items", "list", elements="str", codec=CVE_IDS, default=()),
    Field("expires_at", "int", codec=EXPIRY, default=0, minimum=0),
), key=(), singleton=True, write="replace")
