# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The vocabulary of actions: what Harbor can be told to start, and how one sees what became of it. Pure.

Harbor has several words for the same states, and its word for a run of many tasks lags them by up to 30 s, while the
tasks are counted at once. Here a run is running, succeeded, failed or stopped.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Callable

RUNNING, SUCCEEDED, FAILED, STOPPED = "running", "succeeded", "failed", "stopped"
STATES = {"Succeed": SUCCEEDED, "Success": SUCCEEDED, "Failed": FAILED, "Error": FAILED, "Stopped": STOPPED}
CALM = 3  # seconds: a run may still be making tasks when those that it has are done
RETRIED = 120  # seconds: a failed task may be tried again after as long as 109


@dataclass(frozen=True)
class Run:
    """One execution, whatever it executes."""

    id: int  # 0 where Harbor shows the last one only, without its number
    word: str  # Harbor's own word for its state
    trigger: str = ""
    start_time: str = ""
    end_time: str = ""
    message: str = ""
    total: int = 0  # tasks
    succeeded: int = 0
    failed: int = 0
    stopped: int = 0
    document: dict = field(default_factory=dict, compare=False, repr=False)

    @property
    def ended(self):
        return self.succeeded + self.failed + self.stopped

    @property
    def status(self):
        """What the tasks say, and where they do not, what Harbor says."""
        if self.total and self.ended == self.total:
            return FAILED if self.failed else STOPPED if self.stopped else SUCCEEDED
        said = STATES.get(self.word, RUNNING)
        return RUNNING if said == FAILED and self.total else said

    def patience(self, retried):
        """For how many seconds nothing must have changed until the status is final."""
        if self.status == FAILED and self.total and retried:
            return RETRIED
        return 0 if STATES.get(self.word) == self.status else CALM

    def shown(self):
        names = ("id", "status", "trigger", "start_time", "end_time", "message", "total", SUCCEEDED, FAILED, STOPPED)
        return {name: getattr(self, name) for name in names}

    def progress(self):
        """For people who wait."""
        if not self.total:
            return self.status
        failed = ", %s failed" % self.failed if self.failed else ""
        return "%s of %s tasks done%s" % (self.ended, self.total, failed)


def count(run, tasks):
    """The run with its tasks counted, where Harbor does not."""
    states = [STATES.get(task["status"], RUNNING) for task in tasks]
    return replace(run, total=len(states), **{name: states.count(name) for name in (SUCCEEDED, FAILED, STOPPED)})


@dataclass(frozen=True)
class Action:
    """What Harbor can be told to start. `place(transport, params)` is what the {places} of paths stand for, and refuses
    what cannot be started; {run} and {task} are numbers. `read` makes a Run of Harbor's document.
    """

    title: str  # for people, with {options}
    options: dict
    place: Callable
    start: str
    body: Callable  # (place, params) -> what is posted to `start`
    runs: str  # path of the list of runs, or of the only one that Harbor shows
    read: Callable
    query: dict = field(default_factory=dict)  # of the list
    one: str = ""  # path of one run; without it, one is looked for in the list
    tasks: str = ""  # path of its tasks
    log: str = ""  # path of the log of a run, or of a task
    count: Callable = None  # counts its tasks
    retried: bool = False  # Harbor tries a failed task again
    same: Callable = lambda run, place, params: True  # is what runs what would be started?
    manual: Callable = lambda run: run.trigger == "manual"
    result: Callable = lambda acting, run: {}  # what one wants to know of a run that went well
