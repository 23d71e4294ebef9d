# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What one site must hold so that the flows flow, as items for module apply. Pure.

Names are part of the contract: an endpoint is called like its site; `from-<site>` is the robot as which a site pushes
here, and nobody else works as it, so the audit log tells copies from what people did; `to-<site>` is the policy that
follows events, `from-<site>` the one that pulls, `catch-up-to-<site>` the one whose filters module replication_catchup
writes.
"""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils.codecs import PASSWORD
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import InputError
from ansible_collections.anchorage.harbor.plugins.module_utils.flows import HARBOR
from ansible_collections.anchorage.harbor.plugins.module_utils.patterns import name_filter

CATCH_UP = "catch-up"
PUSH = ("repository:pull", "repository:push")
# What Harbor asks of a robot whose events carry deletions; the right to delete artifacts does not help.
DELETE = ("repository:delete", "tag:delete")
LOOK = ("artifact:list", "artifact:read", "log:list")
DELETE_REVIEWED = ("tag:delete",)
SEE = ("audit-log:list", "jobservice-monitor:list", "purge-audit:list", "registry:list", "replication:list")
RUN = ("replication-policy:list", "replication-policy:update", "replication:create", "replication:read")


def objects_of(name, sites, flows, secrets, options, away):
    """Robots, endpoints and policies of one site. `options` has robot_prefix, pull_cron and ca (names of sites with the
    text of their CA); towards sites that are `away` nothing can be made: Harbor asks them first.
    """
    kinds = {site["name"]: site for site in sites}
    found = {"robots": [], "registries": [], "replication_policies": [], "later": []}
    if kinds[name]["type"] != HARBOR or not any(name in (flow["from"], flow["to"]) for flow in flows):
        return found
    found["robots"].append(robot(CATCH_UP, secrets[name][CATCH_UP], *looking(name, kinds, flows)))
    for other in [site for site in sites if site["name"] != name]:
        sent = direction(flows, name, other["name"])
        taken = direction(flows, other["name"], name)
        pulled = None if other["type"] == HARBOR else taken
        label = "from-" + other["name"]
        if other["type"] == HARBOR:
            found["robots"].append(pusher(label, secrets[name][label], taken) if taken else gone(label))
        if (sent or pulled) and other["name"] in away:
            found["later"] += ["%s to %s: %s does not answer" % (flow["from"], flow["to"], other["name"])
                               for flow in (sent, pulled) if flow]
            continue
        if sent or pulled:
            found["registries"].append(endpoint(name, other, secrets, options))
        found["replication_policies"] += [
            *policies("to", "dest_registry", other["name"], sent, {"type": "event_based"}),
            *policies("from", "src_registry", other["name"], pulled, {
                "type": "scheduled", "cron": options["pull_cron"]})]
    return found


def direction(flows, start, end):
    return next((flow for flow in flows if (flow["from"], flow["to"]) == (start, end)), None)


def gone(name):
    return {"name": name, "state": "absent"}


def robot(name, secret, project, system=()):
    """A robot of the whole Harbor with these rights in every project, and these of the system."""
    found = [{"kind": "project", "namespace": "*", "access": [access(right) for right in project]}]
    if system:
        found.append({"kind": "system", "namespace": "/", "access": [access(right) for right in system]})
    return {"name": name, "secret": secret, "permissions": found}


def access(right):
    return dict(zip(("resource", "action"), right.split(":")))


def pusher(name, secret, flow):
    return robot(name, secret, PUSH + (DELETE if flow["deletion"] == "event" else ()))


def looking(name, kinds, flows):
    """What catch-up may do at a site: look, delete where that is reviewed, and copy where this site's Harbor copies."""
    reviewed = any(flow["to"] == name and flow["deletion"] == "reviewed" for flow in flows)
    works = any(flow["from"] == name or flow["to"] == name and kinds[flow["from"]]["type"] != HARBOR for flow in flows)
    return LOOK + (DELETE_REVIEWED if reviewed else ()), SEE + (RUN if works else ())


def endpoint(name, other, secrets, options):
    """Another site, seen from this one."""
    found = {"name": other["name"], "type": other["type"], "url": other["url"], "insecure": not other["validate_certs"]}
    if other["type"] == HARBOR:
        label = "from-" + name
        found.update(access_key=options["robot_prefix"] + label, access_secret=secrets[other["name"]][label])
    elif other.get("username"):
        found.update(access_key=other["username"], access_secret=other["password"])
    if options["ca"].get(other["name"]):
        found["ca_certificate"] = options["ca"][other["name"]]
    return found


def policies(word, end, other, flow, trigger):
    """The policy of a direction and that of its catch-up; without the direction, neither."""
    names = "%s-%s" % (word, other), "%s-%s-%s" % (CATCH_UP, word, other)
    if not flow:
        return [gone(name) for name in names]
    pattern = name_filter(flow["include"], flow["exclude"])
    usual = {end: other, "enabled": True, "speed": flow["speed"], "copy_by_chunk": flow["copy_by_chunk"]}
    return [
        dict(usual, name=names[0], trigger=trigger, override=flow["override"],
             filters=[] if pattern == "**" else [{"type": "name", "value": pattern}],
             deletion=flow["deletion"] == "event"),
        dict(usual, name=names[1], trigger={"type": "manual"}, deletion=False)]


def check_secrets(sites, flows, secrets):
    """Each robot's secret is there and fit to be one. It is never shown."""
    kinds = {site["name"]: site["type"] for site in sites}
    wanted = {(end, CATCH_UP): None for flow in flows for end in (flow["from"], flow["to"]) if kinds[end] == HARBOR}
    wanted.update({(flow["to"], "from-" + flow["from"]): None for flow in flows
                   if kinds[flow["from"]] == HARBOR == kinds[flow["to"]]})
    for site, name in wanted:
        secret = (secrets.get(site) or {}).get(name)
        if not is_strong(secret):
            raise InputError("harbor_replication_secrets.%s.%s is missing or unusable: give 8 to 128 characters with "
                             "upper and lower case letters and digits, from a vault." % (site, name))


def is_strong(secret):
    try:
        return isinstance(secret, str) and bool(PASSWORD.encode(secret))
    except ValueError:
        return False


def sites_of(sites, flows, secrets, prefix):
    """The sites of the flows as the modules that look at several take them: entered as the robot for that."""
    used = {end for flow in flows for end in (flow["from"], flow["to"])}
    names = ("name", "type", "url", "username", "password", "validate_certs", "ca_path")
    entered = [dict(site, username=prefix + CATCH_UP, password=(secrets.get(site["name"]) or {}).get(CATCH_UP, ""))
               if site["type"] == HARBOR else site for site in sites if site["name"] in used]
    return [{name: site[name] for name in names if site.get(name) not in (None, "")} for site in entered]
