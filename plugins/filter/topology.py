# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filters for role harbor_replication: sites and a shape become flows, flows become what each site must hold."""

from __future__ import annotations

from ansible.errors import AnsibleFilterError
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import InputError
from ansible_collections.anchorage.harbor.plugins.module_utils.site_objects import (
    check_secrets, objects_of, sites_of)
from ansible_collections.anchorage.harbor.plugins.module_utils.topology import flows_for


def flows(sites, topology, flow=None, directions=None, tree=None):
    """Each direction in full."""
    try:
        return flows_for(sites, topology, flow or {}, directions or [], tree or {})
    except InputError as error:
        raise AnsibleFilterError(str(error)) from error


def flow_faults(sites, topology, flow=None, directions=None, tree=None, secrets=None):
    """What is wrong with all of it, one sentence each; empty when nothing is."""
    try:
        check_secrets(sites, flows_for(sites, topology, flow or {}, directions or [], tree or {}), secrets or {})
    except InputError as error:
        return [str(error)]
    return []


def site_objects(flows_given, site, sites, secrets, robot_prefix="robot$", pull_cron="", ca=None, away=None):
    """What one site must hold."""
    options = {"robot_prefix": robot_prefix, "pull_cron": pull_cron, "ca": ca or {}}
    return objects_of(site, sites, flows_given, secrets, options, away or [])


def sites_of_flows(sites, flows_given, secrets=None, robot_prefix="robot$"):
    """What modules for several sites take."""
    return sites_of(sites, flows_given, secrets or {}, robot_prefix)


class FilterModule:
    """Names of the filters."""

    def filters(self):
        return {"flows": flows, "flow_faults": flow_faults, "site_objects": site_objects,
                "sites_of_flows": sites_of_flows}
