# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Immutable tag rules. They have no name: what a rule says is its key. Harbor makes them switched on."""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils.description import Field, Resource

DOUBLESTAR = (("kind", "doublestar"),)
TAGS = (
    Field("decoration", default="matches", initial="matches", choices=("matches", "excludes")),
    Field("pattern", required=True),
)
REPOSITORIES = (
    Field("decoration", default="repoMatches", initial="repoMatches", choices=("repoMatches", "repoExcludes")),
    Field("pattern", required=True),
)


def single(item):
    """Harbor stores many, and looks at the first one only."""
    for name in ("tag_selectors", "repository_selectors"):
        if len(item.get(name) or []) > 1:
            return "option %s: give one entry, and what needs another one a rule of its own" % name
    return ""


IMMUTABLE_TAG_RULE = Resource("immutable_tag_rule", "immutable_tag_rules", "/projects/{parent}/immutabletagrules", (
    Field("tag_selectors", "list", elements="dict", options=TAGS, always=DOUBLESTAR, required=True),
    Field("repository_selectors", "list", "scope_selectors.repository", elements="dict", options=REPOSITORIES,
          always=DOUBLESTAR, required=True),
    Field("disabled", "bool", default=False, after_create=True),
), key=("repository_selectors", "tag_selectors"), parent="project", sort="", write="replace", echo=("id", "priority"),
    always=(("action", "immutable"), ("template", "immutable_template")), rules=(single,))
