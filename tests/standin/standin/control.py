# The door for tests, open in one process only: GET /_standin/requests counts what was asked, GET /_standin/writes lists
# [method, path], and POST /_standin/faults takes a list of what shall go wrong: {method, path (with * and ?), times (-1
# for good), status | cut | delay, after}. What somebody else does meanwhile stands in first: [{method, path, json,
# auth}]. POST /_standin/life changes how it lives: refresh, pauses, working, events of settings.py.

import collections
import errno
import threading
import time
from fnmatch import fnmatchcase

from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from .web import answer

WRITES = ("POST", "PUT", "PATCH", "DELETE")


class Control:
    def __init__(self) -> None:
        self.asked, self.writes, self.faults, self.lock = collections.Counter(), [], [], threading.Lock()

    def pass_on(self, request: Request, path: str, work) -> Response:
        """Its own doors, or the answer of `work` if nobody wished for another."""
        if request.route != "_standin":
            self.note(request, path)
            return self.spoil(request, path, work)
        if path == "/_standin/faults" and request.method == "POST":
            self.faults = [{"method": "*", "times": 1, **fault} for fault in request.get_json()]
            return answer()
        if path == "/_standin/life" and request.method == "POST":
            vars(request.app.settings).update(request.get_json())
            return answer()
        return answer({"/_standin/requests": {**self.asked, "write": len(self.writes)},
                       "/_standin/writes": self.writes}[path])

    def note(self, request: Request, path: str) -> None:
        if request.route in ("api", "v2"):
            self.asked[("v2 " if request.route == "v2" else "") + request.method] += 1
        if request.route == "api" and request.method in WRITES:
            self.writes.append([request.method, path])

    def spoil(self, request: Request, path: str, work) -> Response:
        """With `after` the work is done, only its answer is lost."""
        with self.lock:
            fault = next((row for row in self.faults if row["times"] and fnmatchcase(path, row["path"])
                          and row["method"] in ("*", request.method)), {"times": 0, "delay": 0})
            fault["times"] -= 1
        for other in fault.get("first", ()):
            Client(request.app).open(**{**other, "auth": tuple(other["auth"])}).close()
        if "delay" in fault or "first" in fault:
            time.sleep(fault.get("delay", 0))
            return work()
        if fault.get("after"):
            work()
        if fault.get("cut"):
            # The web server closes the connection without a word when it hears this.
            raise ConnectionResetError(errno.ECONNRESET, "cut on demand")
        return Response(status=fault["status"])
