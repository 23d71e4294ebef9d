# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The only file that knows AnsibleModule: a plan out of options, a result out of it."""

from __future__ import annotations

import atexit
import gc
import itertools
import traceback
from concurrent.futures import ThreadPoolExecutor

from ansible.module_utils.basic import AnsibleModule, env_fallback, missing_required_lib

from ansible_collections.anchorage.harbor.plugins.module_utils.errors import HarborError
from ansible_collections.anchorage.harbor.plugins.module_utils.executor import Executor
from ansible_collections.anchorage.harbor.plugins.module_utils.planner import Planner
from ansible_collections.anchorage.harbor.plugins.module_utils.pool import requests
from ansible_collections.anchorage.harbor.plugins.module_utils.progress import Progress
from ansible_collections.anchorage.harbor.plugins.module_utils.prune import Prune
from ansible_collections.anchorage.harbor.plugins.module_utils.resources import RESOURCES
from ansible_collections.anchorage.harbor.plugins.module_utils.results import lines, result_of
from ansible_collections.anchorage.harbor.plugins.module_utils.spec import SECRET_POLICIES, spec_of
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
MANY = 100  # items or steps of which more do not repeat what was given, unless somebody asks with -vvv


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
    patterns = {"type": "list", "elements": "str", "default": []}
    spec["prune_keep"] = {"type": "dict", "default": {}, "options": {name: patterns for name in prunable}}
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
        {kinds[name]: patterns for name, patterns in params["prune_keep"].items()},
    )
    return {"wanted": lists, "prune": prune, "update_secret": params["update_secret"]}


def run(spec, arguments):
    """Plan with these arguments of the planner, and do it. The input is checked while Harbor takes its time to let us
    in.
    """

    def prepare(connect, params, warn):
        planner = Planner(RESOURCES, **arguments(params))
        with ThreadPoolExecutor(1) as pool:
            arrival = pool.submit(connect)
            planner.check()
        transport = arrival.result()
        steps = planner.plan(transport)
        for text in planner.warnings:
            warn(text)

        def act(tell):
            Executor(transport, planner, counter(len(steps), tell)).execute(steps)

        return result_of(steps), act

    run_connected(spec, prepare)


def counter(total, tell):
    """Tells after each step how many are done."""
    done = itertools.count(1)

    def count(step, dummy):
        number = next(done)
        tell(lambda: "%s of %s steps done, the last: %s" % (number, total, step.title))

    return count


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
    gc.set_threshold(100_000)  # thousands of items are made and stay: looking them through again and again is vain
    atexit.register(gc.freeze)  # and so is doing it once more when Python ends
    module = Module(argument_spec=spec, supports_check_mode=True)
    if requests is None:
        module.fail_json(msg=missing_required_lib("requests"))
    try:
        result, act = prepare(module.params, module.warn)
        if module._diff and "steps" in result:
            result["diff"] = {side: lines(result["steps"], side) for side in ("before", "after")}
        if not module.check_mode:
            result.update(act(Progress()) or {})
        module.exit_json(**module.brief(result), **module.echo())
    except HarborError as error:
        module.fail_json(msg=str(error), **error.facts, **module.echo())
    except Exception:  # pylint: disable=broad-exception-caught
        # Ansible prints an uncaught exception unmasked, secrets and all; this text is masked.
        module.fail_json(msg="This is a fault of the module, please report it: %s" % traceback.format_exc())


class Module(AnsibleModule):
    """Ansible copies the arguments into the system's log and into each result, and searches each value for each secret
    before; of thousands of items that takes longer than to ask Harbor about them.
    """

    def short(self):
        """The arguments without long lists."""
        return {name: "%s items" % len(value) if isinstance(value, list) and len(value) > MANY else value
                for name, value in self.params.items()}

    def echo(self):
        asked = self._verbosity > 2 or self.short() == self.params
        return {} if asked else {"invocation": {"module_args": self.short()}}

    def brief(self, result):
        """The result; what a long plan creates stands in the arguments, value by value."""
        steps = result.get("steps", ())
        for step in steps if len(steps) > MANY and self._verbosity < 3 else ():
            if step["action"] == "create":
                step["changes"] = {}
        return result

    def _log_invocation(self):
        if self.short() == self.params:
            super()._log_invocation()
