# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How far a module is. What it prints is shown at its end only, so it writes one line to a file, which the action
plugin `apply` reads and displays while the module runs. The environment names the file's directory; it is made when a
run has become long enough.
"""

from __future__ import annotations

import os
import threading
import time

FILE = "progress"
DIRECTORY = "ANCHORAGE_HARBOR_PROGRESS"  # a variable of the environment
BETWEEN = 1  # seconds: nobody reads more often, and thousands of steps would each write a file


class Progress:
    """Call it from any thread with a text, or with a function that makes one, for who calls it thousands of times.
    Nobody may be there to read it, and that is no fault.
    """

    def __init__(self):
        directory = os.environ.get(DIRECTORY)
        self.path = os.path.join(directory, FILE) if directory else None
        self.lock = threading.Lock()
        self.next = 0

    def __call__(self, text):
        if not self.path or time.monotonic() < self.next:
            return
        with self.lock:
            self.next = time.monotonic() + BETWEEN
            try:
                with open(self.path + ".new", "w", encoding="utf-8") as file:
                    file.write(text() if callable(text) else text)
                os.replace(self.path + ".new", self.path)
            except FileNotFoundError:
                """The run is not long yet."""
            except OSError:
                # The directory may belong to another user than the one that the module became.
                self.path = None
