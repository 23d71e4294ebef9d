# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Direct execution: a module that is meant for this machine, this user and this Python runs in Ansible's own process.

Else Ansible packs a module with all that it imports, starts another Python and compiles each file anew, which takes
longer than Harbor takes for most of what it is asked. Collections for network devices have long done the same; what
they learned holds here: what runs asynchronously, or under another Python, has a process of its own.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.util
import io
import json
import os
import sys

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.module_utils import basic
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.release import __version__
from ansible.utils.display import Display

TRIED = ("2.19", "2.20", "2.21")  # ansible-core: how modules take arguments and tell results is no promise of it
PROFILE = "legacy"  # how Ansible calls the way in which arguments and results of modules are written
SWITCH = "harbor_direct_execution"  # a variable: false for a process of its own in any case
NEEDED = "requests"

display = Display()


class DirectExecution(ActionBase):
    """An action that runs its module directly where that makes no difference."""

    def execute(self, task_vars):
        """The module's result."""
        if self.may_be_direct(task_vars):
            return self.directly(task_vars)
        gc.disable()  # to look through all that Ansible holds again and again takes as long as to pack the module
        try:
            return self._execute_module(task_vars=task_vars)
        finally:
            gc.enable()

    def may_be_direct(self, task_vars):
        """Whether the module would run here, as this user, under this Python or whichever Ansible finds."""
        if __version__.rpartition(".")[0] not in TRIED:
            return False
        # macOS does not let a process that was forked ask for its proxies.
        if self._connection.transport != "local" or self._connection.become or sys.platform != "linux":
            return False
        if C.DEFAULT_KEEP_REMOTE_FILES or not importlib.util.find_spec(NEEDED):
            return False
        if not switched_on(self._templar.template(task_vars.get(SWITCH, True))):
            return False
        if self._task.delegate_to:
            task_vars = task_vars["ansible_delegated_vars"][self._task.delegate_to]
        python = self._templar.template(C.config.get_config_value("INTERPRETER_PYTHON", variables=task_vars))
        return python.startswith("auto") or python == sys.executable

    def directly(self, task_vars):
        """What Ansible's own `_execute_module` does, in this process."""
        name, output, environment = self._task.resolved_action, io.StringIO(), {}
        module = importlib.import_module("ansible_collections.%s.%s.plugins.modules.%s" % tuple(name.split(".")))
        display.vvv("Direct execution of %s" % module.__file__, host=task_vars.get("inventory_hostname"))
        arguments = dict(self._task.args)
        self._update_module_args(name, arguments, task_vars)
        form = importlib.import_module("ansible.module_utils.common.json")
        encoder = form.get_module_encoder(PROFILE, form.Direction.CONTROLLER_TO_MODULE)
        basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}, cls=encoder).encode()
        basic._ANSIBLE_PROFILE = PROFILE
        self._compute_environment_string(environment)
        with surroundings(environment), contextlib.redirect_stdout(output), contextlib.suppress(SystemExit):
            module.main()
        found = self._parse_returned_data({"stdout": output.getvalue(), "stderr": "", "rc": 0}, PROFILE)
        return found if isinstance(found, dict) else found.as_result_dict(for_round_trip=True)


def switched_on(value):
    """Whether the user wants it."""
    try:
        return boolean(value)
    except TypeError:
        raise AnsibleError("%s is %s: write true or false." % (SWITCH, value)) from None


@contextlib.contextmanager
def surroundings(environment):
    """The variables of a task, as long as it runs: in a loop the next item has its own."""
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update({name: str(value) for name, value in environment.items()})
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
