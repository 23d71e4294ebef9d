# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs a module that talks to Harbor's API, and displays meanwhile how far it is: on the terminal, and wherever else
Ansible's display goes.

A module's output arrives at its end only. So the module writes a line to a file (see module_utils/progress.py), and a
thread here, which makes the file's directory when a run is long enough, reads that over the same connection.
"""

from __future__ import annotations

import threading
import time
import uuid

from ansible.utils.display import Display
from ansible_collections.anchorage.harbor.plugins.module_utils.progress import DIRECTORY, FILE
from ansible_collections.anchorage.harbor.plugins.plugin_utils.direct import DirectExecution

FIRST = 10  # seconds until the first look: what is done by then needs no words
BETWEEN = 5  # seconds from one look to the next
READY = 2  # seconds before the first look at which there is a directory to write to

display = Display()


class ActionModule(DirectExecution):
    """Stands in for Ansible's own `normal` for apply and for the modules that meta/runtime.yml names."""

    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        if self._task.async_val:
            wrap = not self._connection.has_native_async
            return dict(result, **self._execute_module(task_vars=task_vars, wrap_async=wrap))
        if self._task.no_log:
            return dict(result, **self.execute(task_vars))
        shell, over = self._connection._shell, threading.Event()
        place = shell.join_path(shell.get_option("system_tmpdirs")[0], "anchorage-harbor-%s" % uuid.uuid4())
        self._task.environment = [*(self._task.environment or ()), {DIRECTORY: place}]
        host = (task_vars or {}).get("inventory_hostname")
        watcher = threading.Thread(target=self.watch, args=(over, place, host), daemon=True)
        watcher.start()
        try:
            return dict(result, **self.execute(task_vars))
        finally:
            over.set()
            watcher.join()

    def watch(self, over, place, host):
        """Display each line that is new."""
        begun, before, pause = time.monotonic(), "", READY
        if over.wait(FIRST - READY):
            return
        self.command("mkdir -m 700 %s" % place)
        while not over.wait(pause):
            pause = BETWEEN
            text = self.command("cat %s" % self._connection._shell.join_path(place, FILE))
            if text and text != before:
                before = text
                seconds = int(time.monotonic() - begun)
                display.display("%s: [%s] %s (%s s)" % (self._task.get_name(), host, text, seconds))
        self.command("rm -rf %s" % place)

    def command(self, text):
        """What it prints, nothing where it fails. As the user of the connection, since a second sudo beside the first
        may ask for its password again.
        """
        found = self._low_level_execute_command(text, sudoable=False)
        return found["stdout"].strip() if found["rc"] == 0 else ""
