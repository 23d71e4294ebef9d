# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs a module and displays meanwhile how far it is: on the terminal, and wherever else Ansible's display goes.

A module's output arrives at its end only. So the module writes a line to a file in its temporary directory (see
module_utils/progress.py), and a thread here reads that over the same connection.
"""

from __future__ import annotations

import threading
import time

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.anchorage.harbor.plugins.module_utils.progress import FILE

FIRST = 10  # seconds until the first look: what is done by then needs no words
BETWEEN = 5  # seconds from one look to the next

display = Display()


class ActionModule(ActionBase):
    """Stands in for Ansible's own `normal` for apply and for the modules that meta/runtime.yml names."""

    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        if self._task.async_val:
            wrap = not self._connection.has_native_async
            return dict(result, **self._execute_module(task_vars=task_vars, wrap_async=wrap))
        if self._connection._shell.tmpdir is None:
            self._make_tmp_path()
        over = threading.Event()
        host = (task_vars or {}).get("inventory_hostname")
        watcher = threading.Thread(target=self.watch, args=(over, host), daemon=True)
        if not self._task.no_log:
            watcher.start()
        try:
            result.update(self._execute_module(task_vars=task_vars))
        finally:
            over.set()
            if watcher.is_alive():
                watcher.join()
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return result

    def watch(self, over, host):
        """Display each line that is new."""
        begun, before = time.monotonic(), ""
        path = self._connection._shell.join_path(self._connection._shell.tmpdir, FILE)
        pause = FIRST
        while not over.wait(pause):
            pause = BETWEEN
            # As the user of the connection, since a second sudo beside the first may ask for its password again.
            found = self._low_level_execute_command("cat %s" % path, sudoable=False)
            text = found["stdout"].strip()
            if found["rc"] == 0 and text and text != before:
                before = text
                seconds = int(time.monotonic() - begun)
                display.display("%s: [%s] %s (%s s)" % (self._task.get_name(), host, text, seconds))
