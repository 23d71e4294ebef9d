# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The only file that knows AnsibleModule: options out of descriptions, a plan out of options, a result out of it."""

from __future__ import annotations

import itertools
import json
import traceback

from ansible.module_utils.basic import AnsibleModule, env_fallback, missing_required_lib

from ansible_collections.anchorage.harbor.plugins.module_utils.errors import HarborError
from ansible_collections.anchorage.harbor.plugins.module_utils.executor import Executor
from ansible_collections.anchorage.harbor.plugins.module_utils.planner import Planner
from ansible_collections.anchorage.harbor.plugins.module_utils.pool import requests
from ansible_collections.anchorage.harbor.plugins.module_utils.progress import Progress
from ansible_collections.anchorage.harbor.plugins.module_utils.prune import Prune
from ansible_collections.anchorage.harbor.plugins.module_utils.resources import RESOURCES
from ansible_collections.anchorage.harbor.plugins.module_utils.transport import Transport


def from_environment(name, **spec):
    return dict(spec, fallback=(env_fallback, [name]))


CONNECTION = {
    "harbor_url": from_environment("HARBOR_URL", type="str", required=True),
    "harbor_username": from_environment("HARBOR_USERNAME", type="str", required=True),
    "harbor_password": from_environment("HARBOR_PASSWORD", type="str", required=True, no_log=True),
    "harbor_auth": {"type": "str", "choices": ["auto", "basic", "session"], "default": "auto"},
    "harbor_validate_certs": from_environment("HARBOR_VALIDATE_CERTS", type="bool", default=True),
    "harbor_ca_path": from_environment("HARBOR_CA_PATH", type="path"),
    "harbor_client_cert": {"type": "path"},
    "harbor_client_key": {"type": "path", "no_log": False},
    "harbor_proxy": {"type": "str"},
    "harbor_headers": {"type": "dict", "no_log": True},
    "harbor_timeout": {"type": "int", "default": 30},
}
SECRET_POLICIES = ["on_create", "always", "when_stale"]


def options_of(fields, nested=False):
    """The argument spec of fields. Defaults are never filled in: what a user does not write stays as it is."""
    spec = {}
    for field in fields:
        option = {"type": field.type}
        if field.elements:
            option["elements"] = field.elements
        if field.options:
            option["options"] = options_of(field.options, nested=True)
        if nested and field.required:
            option["required"] = True
        if field.choices:
            option["choices"] = list(field.choices)
        if field.secret:
            option["no_log"] = True
        elif any(word in field.name for word in ("key", "secret", "token", "password")):
            option["no_log"] = False
        spec[field.name] = option
    return spec


def spec_of(resource):
    """The options of one item: of a module for its kind, and of an entry in the lists of `apply`."""
    spec = options_of(resource.fields)
    for name in resource.key:
        if len(resource.key) == 1 or resource.field(name).required:
            spec[name]["required"] = True
    if resource.parent:
        spec[resource.parent] = {"type": "str", "required": True} if not resource.top else {"type": "str"}
    if not resource.singleton:
        spec["state"] = {"type": "str", "choices": ["present", "absent"], "default": "present"}
    if any(not field.readable for field in resource.secrets):
        spec["update_secret"] = {"type": "str", "choices": SECRET_POLICIES, "no_log": False}
    return spec


def run_kind(resource):
    """A module for one kind: `apply` with one item."""
    spec = spec_of(resource)
    run(spec, lambda params: {"wanted": {resource.kind: [{name: params[name] for name in spec}]}})


def run_apply():
    """The module for everything: a list for each kind, and a dictionary for that of which there is one."""
    spec = {}
    for resource in RESOURCES:
        options = {"options": spec_of(resource)}
        if resource.singleton:
            spec[resource.plural] = dict(options, type="dict")
        else:
            spec[resource.plural] = dict(options, type="list", elements="dict", default=[])
    prunable = [resource.plural for resource in RESOURCES if resource.prunable]
    for name in ("prune", "prune_empty"):
        spec[name] = {"type": "list", "elements": "str", "default": [], "choices": prunable}
    spec["prune_limit"] = {"type": "int", "default": 10}
    spec["update_secret"] = {"type": "str", "choices": SECRET_POLICIES, "default": "on_create", "no_log": False}
    run(spec, wanted_of)


def wanted_of(params):
    """The options of `apply` in the planner's words."""
    kinds = {resource.plural: resource.kind for resource in RESOURCES}
    lists = {}
    for resource in RESOURCES:
        given = params[resource.plural]
        if resource.singleton:
            given = [given] if given and any(value is not None for value in given.values()) else []
        if given:
            lists[resource.kind] = given
    prune = Prune(
        tuple(kinds[name] for name in params["prune"]),
        params["prune_limit"],
        tuple(kinds[name] for name in params["prune_empty"]),
    )
    return {"wanted": lists, "prune": prune, "update_secret": params["update_secret"]}


def run(spec, arguments):
    """Plan with these arguments of the planner, and do it."""

    def prepare(transport, params, warn):
        planner = Planner(transport, RESOURCES, **arguments(params))
        steps = planner.plan()
        for text in planner.warnings:
            warn(text)

        def act(tell):
            Executor(transport, planner, counter(len(steps), tell)).execute(steps)

        return result_of(steps), act

    run_module(spec, prepare)


def counter(total, tell):
    """Tells after each step how many are done."""
    done = itertools.count(1)
    return lambda step, dummy: tell("%s of %s steps done, the last: %s" % (next(done), total, step.title))


def run_module(spec, prepare):
    """A module that talks to a Harbor. `prepare(transport, params, warn)` changes nothing and returns the result and
    a function that makes it true, which check mode does not call; what that returns is added to the result. It is
    called with a function that takes a text: how far it is.
    """
    run_connected(spec, lambda connect, params, warn: prepare(connect(), params, warn))


def run_connected(spec, prepare):
    """The same for a module that also lives with a Harbor which does not answer: `connect()` gives the transport."""

    def begin(params, warn):
        connection = {name[len("harbor_") :]: params[name] for name in CONNECTION}
        return prepare(lambda: Transport(connection), params, warn)

    run_any(dict(CONNECTION, **spec), begin)


def run_any(spec, prepare):
    """A module: `prepare(params, warn)` as above."""
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    if requests is None:
        module.fail_json(msg=missing_required_lib("requests"))
    try:
        result, act = prepare(module.params, module.warn)
        if not module.check_mode:
            result.update(act(Progress(module._tmpdir)) or {})
        module.exit_json(**result)
    except HarborError as error:
        module.fail_json(msg=str(error), **error.facts)
    except Exception:  # pylint: disable=broad-exception-caught
        # Ansible prints an uncaught exception unmasked, secrets and all; this text is masked.
        module.fail_json(msg="This is a fault of the module, please report it: %s" % traceback.format_exc())


def result_of(steps):
    shown = [step.shown() for step in steps]
    return {
        "changed": bool(steps),
        "steps": shown,
        "diff": {"before": lines(shown, "before"), "after": lines(shown, "after")},
    }


def lines(steps, side):
    """One line for each option that changes, for people who read a diff."""
    found = []
    for step in steps:
        if step["action"] == ("create" if side == "before" else "delete"):
            continue
        for name, change in step["changes"].items():
            if name != "state":
                found.append(
                    "%s %s: %s: %s\n" % (step["kind"], step["name"], name, json.dumps(change[side], ensure_ascii=False))
                )
        if step["action"] == "delete" or not step["changes"]:
            found.append("%s %s\n" % (step["kind"], step["name"]))
    return "".join(found)
