# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All kinds, each after those that it refers to."""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils.resources.artifact_label import ARTIFACT_LABEL
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.configuration import CONFIGURATION
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.cve_allowlist import CVE_ALLOWLIST
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.immutable_tag_rule import IMMUTABLE_TAG_RULE
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.label import LABEL
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.preheat_instance import PREHEAT_INSTANCE
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.preheat_policy import PREHEAT_POLICY
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.project import PROJECT
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.project_member import PROJECT_MEMBER
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.registry import REGISTRY
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.replication_policy import REPLICATION_POLICY
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.repository import REPOSITORY
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.retention_policy import RETENTION_POLICY
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.robot import ROBOT
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.scanner import SCANNER
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.tag import TAG
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.user import USER
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.user_group import USER_GROUP
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.webhook_policy import WEBHOOK_POLICY
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.schedules import (
    AUDIT_PURGE_SCHEDULE, GARBAGE_COLLECTION_SCHEDULE, SCAN_ALL_SCHEDULE)

RESOURCES = (
    CONFIGURATION,
    CVE_ALLOWLIST,
    SCANNER,
    REGISTRY,
    USER,
    USER_GROUP,
    PREHEAT_INSTANCE,
    PROJECT,
    PROJECT_MEMBER,
    LABEL,
    ROBOT,
    RETENTION_POLICY,
    IMMUTABLE_TAG_RULE,
    WEBHOOK_POLICY,
    PREHEAT_POLICY,
    REPOSITORY,
    TAG,
    ARTIFACT_LABEL,
    REPLICATION_POLICY,
    GARBAGE_COLLECTION_SCHEDULE,
    SCAN_ALL_SCHEDULE,
    AUDIT_PURGE_SCHEDULE,
)
