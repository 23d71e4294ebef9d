# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which projects flow: a project's name, or the beginning of one and an asterisk. Pure."""

from __future__ import annotations


def matches(pattern, project):
    return project.startswith(pattern[:-1]) if pattern.endswith("*") else project == pattern


def flows_through(include, exclude, project):
    """Whether a project is among those that are included and not among those that are excluded."""
    return any(matches(pattern, project) for pattern in include) and not any(
        matches(pattern, project) for pattern in exclude)
