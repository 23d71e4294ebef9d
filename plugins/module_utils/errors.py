# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The faults that a user can meet, each one sentence that says what to do."""

from __future__ import annotations


class HarborError(Exception):
    """Anything that ends a module with one clear sentence. Never holds a secret."""

    facts: dict = {}  # what a module returns beside the sentence


class InputError(HarborError):
    """The wanted state cannot be: found while planning, before any write."""


class Unwelcome(HarborError):
    """Harbor does not take these credentials."""


class ApiError(HarborError):
    """Harbor refused a request, or could not be reached (status 0)."""

    def __init__(self, method, path, status, message):
        self.method, self.path, self.status, self.message = method, path, status, message
        super().__init__("%s %s: %s%s" % (method, path, "%s " % status if status else "", message))


class LostAnswer(ApiError):
    """A POST was sent and its answer never came: it may have been carried out. Look before sending it again."""


class PlanFailed(HarborError):
    """Some steps of a plan failed; what was done, what failed and what was not tried are told apart."""

    def __init__(self, done, failed, not_tried):
        self.done, self.failed, self.not_tried = done, failed, not_tried
        self.facts = {
            "changed": bool(done),
            "done": [step.title for step in done],
            "failed_steps": [step.title for step, error in failed],
            "not_tried": [step.title for step in not_tried],
        }
        super().__init__(
            "%s. Done before: %d steps; not tried: %d."
            % ("; ".join("%s failed: %s" % (step.title, error) for step, error in failed), len(done), len(not_tried))
        )


class RunFailed(HarborError):
    """What was started did not end well, or not in time."""

    def __init__(self, text, facts):
        super().__init__(text)
        self.facts = facts
