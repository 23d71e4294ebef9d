# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Retention policies, at most one in a project, which holds its id. Harbor checks next to nothing, and a policy
without a schedule's text can neither be changed nor deleted any more.
"""

from __future__ import annotations

import json

from ansible_collections.anchorage.harbor.plugins.module_utils.codecs import CRON, Codec, unpacked
from ansible_collections.anchorage.harbor.plugins.module_utils.description import Field, Resource

TEMPLATES = ("always", "latestPushedK", "latestPulledN", "nDaysSinceLastPush", "nDaysSinceLastPull")
EVERY_TAG = [{"decoration": "matches", "pattern": "**"}]
EVERY_REPOSITORY = [{"decoration": "repoMatches", "pattern": "**"}]
DOUBLESTAR = (("kind", "doublestar"),)


def keeps_untagged(text):
    """Not said is neither yes nor no: Harbor then keeps what has no tag, whether the pattern matches or excludes."""
    extras = unpacked(text)
    return bool(extras.get("untagged")) if isinstance(extras, dict) else None


UNTAGGED = Codec(lambda value: json.dumps({"untagged": value}), keeps_untagged)
TAGS = (
    Field("decoration", default="matches", initial="matches", choices=("matches", "excludes")),
    Field("pattern", required=True),
    Field("untagged", "bool", "extras", codec=UNTAGGED),
)
REPOSITORIES = (
    Field("decoration", default="repoMatches", initial="repoMatches", choices=("repoMatches", "repoExcludes")),
    Field("pattern", required=True),
)
RULE = (
    Field("template", required=True, choices=TEMPLATES),
    Field("count", "int", default=0, minimum=0, maximum=2**31 - 1),
    Field("tag_selectors", "list", elements="dict", options=TAGS, always=DOUBLESTAR, unordered=True,
          default=EVERY_TAG, initial=EVERY_TAG),
    Field("repository_selectors", "list", "scope_selectors.repository", elements="dict", options=REPOSITORIES,
          always=DOUBLESTAR, unordered=True, default=EVERY_REPOSITORY, initial=EVERY_REPOSITORY),
    Field("disabled", "bool", default=False),
)


def mended(document):
    """Deleting a policy whose schedule has no text ends Harbor's core, when it goes along with its project. Harbor
    takes the text only together with another kind of trigger.
    """
    trigger = document.get("trigger") or {}
    broken = trigger.get("kind") == "Schedule" and "cron" not in (trigger.get("settings") or {})
    return dict(document, trigger={"kind": "", "settings": {"cron": ""}, "references": {}}) if broken else None


def counted(document, context):
    """The number of a rule lies under the name of its template. None for a policy that Harbor cannot work with."""
    trigger = document.get("trigger") or {}
    if trigger.get("kind") != "Schedule" or "cron" not in (trigger.get("settings") or {}):
        return None
    rules = [dict(rule, count=(rule.get("params") or {}).get(rule.get("template"))) for rule in document["rules"] or []]
    return dict(document, rules=rules)


def whole(body, step, parent):
    body["scope"]["ref"] = parent[1]
    for rule in body.get("rules") or []:
        count = rule.pop("count", 0)
        rule["params"] = {} if rule["template"] == "always" else {rule["template"]: count}
    return body


def sensible(item):
    rules = item.get("rules") or []
    if len(rules) > 15:
        return "option rules: Harbor takes 15 at most"
    for rule in rules:
        # Harbor leaves a rule without tag selectors out, and deletes what only that would have kept.
        if [] in (rule.get("tag_selectors"), rule.get("repository_selectors")):
            return "option rules: an empty list of selectors matches nothing, leave it out to match everything"
        if (rule.get("template") == "always") == bool(rule.get("count")):
            return "option rules: template always has no count, each other one needs it"
    texts = [json.dumps(rule, sort_keys=True) for rule in rules]
    return "option rules: two of them are the same" if len(set(texts)) < len(texts) else ""


RETENTION_POLICY = Resource("retention_policy", "retention_policies", "/retentions", (
    Field("cron", wire="trigger.settings.cron", default="", initial="", codec=CRON),
    Field("rules", "list", elements="dict", options=RULE, always=(("action", "retain"),), unordered=True, default=(),
          initial=()),
), key=(), parent="project", via="metadata.retention_id", one="/retentions/{id}", write="replace",
    always=(("algorithm", "or"), ("scope.level", "project"), ("trigger.kind", "Schedule"), ("trigger.references", {})),
    taken=(400, 409), leftover="/projects/{parent}/metadatas/retention_id", read_with=counted, send_with=whole,
    mended=mended, rules=(sensible,))
