# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Starts what an action describes, or joins what already runs, waits for its end, and tells what came of it."""

from __future__ import annotations

import time

from ansible_collections.anchorage.harbor.plugins.module_utils.action import FAILED, RUNNING, STATES, SUCCEEDED
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import (
    ApiError, HarborError, InputError, LostAnswer, RunFailed)

OPTIONS = {
    "wait": {"type": "bool", "default": True},
    "timeout": {"type": "int", "default": 3600},
    "when_running": {"type": "str", "choices": ["join", "queue", "fail"], "default": "join"},
}
SHORTEST, LONGEST, GROWTH = 0.2, 5, 0.03  # seconds from one look to the next, growing by this part of the time so far
LOOKS = 3  # so often is looked for a run whose POST had no answer, before it is sent again
LAST_LINES = 15  # of a log
MANY = 100  # the newest runs, a page of them
CONFLICT, API = 409, "/api/v2.0"


class Acting:
    """One action with the options of a user."""

    def __init__(self, action, transport, params, clock=time.monotonic):
        self.action, self.transport, self.params, self.clock = action, transport, params, clock
        if params["timeout"] < 1:
            raise InputError("option timeout is %s: give seconds, at least 1." % params["timeout"])
        self.place = action.place(transport, params)
        self.title = action.title.format(**params)
        self.deadline = clock() + params["timeout"]

    # Looking

    def path(self, template, **more):
        return template.format(**self.place, **more)

    def runs(self):
        """The newest ones, newest first."""
        query = dict({key: self.path(value) for key, value in self.action.query.items()}, page_size=MANY)
        found = self.transport.get(self.path(self.action.runs), query)
        documents = found if isinstance(found, list) else [found]
        return sorted((self.action.read(document) for document in documents if document), key=lambda run: -run.id)

    def look(self, number):
        """One run as it is now."""
        if self.action.one:
            run = self.action.read(self.transport.get(self.path(self.action.one, run=number)))
        else:
            run = next((run for run in self.runs() if run.id == number), None)
        if run is None:
            raise HarborError("%s: run %s is gone from Harbor's list." % (self.title, number))
        return self.counted(run)

    def counted(self, run):
        return self.action.count(run, self.tasks(run)) if self.action.count else run

    def tasks(self, run):
        return self.transport.list(self.path(self.action.tasks, run=run.id)) if self.action.tasks else []

    def log(self, run, task=None):
        return self.transport.request("GET", self.log_path(run, task)).content.decode("utf-8", "replace")

    def log_path(self, run, task=None):
        return self.path(self.action.log, run=run.id, task=task["id"] if task else 0)

    # Doing

    def running(self):
        """What runs and is the same as what is to be started. Its tasks tell: Harbor's word says so for 30 s longer."""
        found = [run for run in self.runs() if run.status == RUNNING and self.action.same(run, self.place, self.params)]
        return next((run for run in map(self.counted, found) if run.status == RUNNING), None)

    def prepare(self):
        """What would happen, and the function that does it."""
        run = self.running()
        if run and self.params["when_running"] == "fail":
            raise RunFailed("%s already runs%s: wait for it, or set when_running to join or queue."
                            % (self.title, number_of(run)), {"execution": run.shown(), "changed": False})
        joined = bool(run) and self.params["when_running"] == "join"
        result = {"changed": not joined, "joined": joined, "execution": run.shown() if joined else {}}
        return result, lambda tell=lambda text: None: self.act(run, joined, tell)

    def act(self, run, joined, tell):
        if run and not joined:
            self.wait(run.id, False, lambda text: tell("the one before: " + text))
        number = run.id if joined else self.start()
        if number is None:
            # Somebody was faster.
            run = self.running()
            number, joined = run.id if run else 0, True
        if not self.params["wait"]:
            return {"changed": not joined, "joined": joined, "execution": self.look(number).shown()}
        run = self.wait(number, not joined, tell)
        if run.status != SUCCEEDED:
            raise self.failure(run, not joined)
        return dict(self.action.result(self, run), changed=not joined, joined=joined, execution=run.shown())

    def start(self):
        """The number of the new run; None when Harbor says that one runs already. A POST whose answer is lost may have
        begun one: that is looked for before another one is begun. Harbor may also say so of one whose tasks are over.
        """
        before = self.runs()[:1]
        path, body = self.path(self.action.start), self.action.body(self.place, self.params)
        try:
            return self.transport.post(path, body) or 0
        except LostAnswer:
            for pause in range(LOOKS):
                self.transport.pause(pause)
                after = [run for run in self.runs() if self.action.manual(run) and is_newer(run, before)]
                if after:
                    return after[-1].id
        except ApiError as error:
            if error.status != CONFLICT or self.clock() >= self.deadline:
                raise
            if self.running():
                return None
            self.transport.pause(LONGEST)
            return self.start()
        return self.transport.post(path, body) or 0

    def wait(self, number, started, tell, expected=0):
        """The run once it is over for good. One that has as many tasks as are expected makes no further ones."""
        begun, seen = self.clock(), None
        while True:
            run, now = self.look(number), self.clock()
            if run != seen:
                seen, since = run, now
            whole = run.status == SUCCEEDED and 0 < expected <= run.total
            if run.status != RUNNING and (whole or now - since >= run.patience(self.action.retried)):
                return run
            tell(run.progress() if run.status != FAILED else run.progress() + ", Harbor may try again")
            if now >= self.deadline:
                raise RunFailed(
                    "%s is not over after %s s (%s): the run%s goes on in Harbor. Give a longer timeout, or set wait "
                    "to false." % (self.title, self.params["timeout"], run.progress(), number_of(run)),
                    {"execution": run.shown(), "changed": started})
            pause = min(SHORTEST + (now - begun) * GROWTH, LONGEST)
            self.transport.pause(max(min(pause, self.deadline - now), 0.1))

    def failure(self, run, started):
        """One sentence, where the log is, and its end."""
        said = [run.message] if run.message else []
        if run.total:
            said.append("%s of %s tasks failed" % (run.failed, run.total) if run.failed
                        else "%s of %s tasks were stopped" % (run.stopped, run.total))
        text = "%s %s%s: %s." % (self.title, "failed" if run.status == FAILED else "was stopped", number_of(run),
                                 "; ".join(said) or "Harbor gives no reason")
        facts = {"execution": run.shown(), "changed": started, "log": []}
        if self.action.log and run.id:
            task = next((task for task in self.tasks(run) if STATES.get(task["status"]) == FAILED), None)
            if task or not self.action.tasks:
                text += " Its log is at GET %s%s" % (API, self.log_path(run, task))
                try:
                    lines = [line.rstrip() for line in self.log(run, task).splitlines() if line.strip()]
                    facts["log"] = lines[-LAST_LINES:]
                    text += ", its last lines:\n" + "\n".join(facts["log"])
                except ApiError as error:
                    text += " (%s)." % error
        return RunFailed(text, facts)


def number_of(run):
    return " (execution %s)" % run.id if run.id else ""


def is_newer(run, before):
    """Whether it began after the newest one that was there before. Where runs have no numbers, a difference tells."""
    return not before or (run.id > before[0].id if run.id else run != before[0])


def acting(action):
    """What runner.run_module wants to know of an action: its options, and how it prepares."""
    return dict(OPTIONS, **action.options), lambda transport, params, warn: Acting(action, transport, params).prepare()
