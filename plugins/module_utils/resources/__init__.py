# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All kinds, each after those that it refers to."""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils.resources.project import PROJECT
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.registry import REGISTRY
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.replication_policy import REPLICATION_POLICY

RESOURCES = (REGISTRY, PROJECT, REPLICATION_POLICY)
