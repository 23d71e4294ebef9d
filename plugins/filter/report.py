# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filters for role harbor_replication: what artifact_diff found becomes a page, a file for Prometheus, and history."""

from __future__ import annotations

from ansible.errors import AnsibleFilterError
from ansible_collections.anchorage.harbor.plugins.plugin_utils import report_history
from ansible_collections.anchorage.harbor.plugins.plugin_utils.report_metrics import metrics
from ansible_collections.anchorage.harbor.plugins.plugin_utils.report_page import page


def looks_of(history):
    try:
        return report_history.read(history)
    except ValueError as error:
        raise AnsibleFilterError("the history of the report: %s." % error) from error


def report_history_lines(result, history, cap=2000):
    """The history with this result."""
    looks_of(history)
    return report_history.added(history, result, int(cap))


def report_metrics(result, history):
    """The file for Prometheus."""
    return metrics(result, looks_of(history)[-1]["proved_at"])


def report_page(result, history, title, projects=20):
    """The page."""
    return page(result, looks_of(history), title, projects)


class FilterModule:
    """Names of the filters."""

    def filters(self):
        return {"report_history": report_history_lines, "report_metrics": report_metrics, "report_page": report_page}
