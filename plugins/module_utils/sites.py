# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Modules that talk to several sites: each entry of their option `sites` is a connection of its own."""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils.comparing import Comparing
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import InputError
from ansible_collections.anchorage.harbor.plugins.module_utils.flows import FLOW, HARBOR, PLAIN, flows_of
from ansible_collections.anchorage.harbor.plugins.module_utils.ledger import Ledger
from ansible_collections.anchorage.harbor.plugins.module_utils.runner import CONNECTION, run_any


def site_spec():
    """The options of a connection without their prefix, and without the environment, which knows one Harbor only."""
    spec = {name[len("harbor_") :]: {word: value for word, value in option.items() if word != "fallback"}
            for name, option in CONNECTION.items()}
    for name in ("username", "password"):
        spec[name]["required"] = False  # a plain registry may let everybody in
    return dict(spec, name={"type": "str", "required": True},
                type={"type": "str", "choices": [HARBOR, PLAIN], "default": HARBOR})


SPEC = {
    "sites": {"type": "list", "elements": "dict", "required": True, "options": site_spec()},
    "flows": {"type": "list", "elements": "dict", "default": [], "options": FLOW},
    "ledger": {"type": "path"},
    "accessories": {"type": "bool", "default": True},
    "limit": {"type": "int", "default": 20},
}


def comparing_of(params, untagged=False):
    """Checked options as something that compares."""
    for site in params["sites"]:
        if site["type"] == HARBOR and not (site["username"] and site["password"]):
            raise InputError("option sites: %s needs username and password." % site["name"])
    if params["limit"] < 0:
        raise InputError("option limit is %s: give 0 or more." % params["limit"])
    flows = flows_of(params["sites"], params["flows"])
    return Comparing(params["sites"], flows, Ledger(params["ledger"]), params["accessories"], untagged)


def run_sites(spec, prepare):
    """A module for sites: `prepare(params, warn)` returns the result and what makes it true."""
    run_any(dict(SPEC, **spec), prepare)
