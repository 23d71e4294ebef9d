# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lets a Harbor copy exactly these tags along one flow. It does so by one policy of its own, which starts by hand and
carries no deletions; its filters are written anew for each run. Harbor refuses to delete a policy that just ran, so it
stays.
"""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils.acting import Acting
from ansible_collections.anchorage.harbor.plugins.module_utils.action import FAILED, RUNNING
from ansible_collections.anchorage.harbor.plugins.module_utils.actions import REPLICATION
from ansible_collections.anchorage.harbor.plugins.module_utils.batches import batches
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import InputError, RunFailed
from ansible_collections.anchorage.harbor.plugins.module_utils.traffic import queue

POLICIES = "/replication/policies"
DESCRIPTION = "Used by catch-up, which writes its filters. Do not start it by hand."


class Mover:
    """One flow. `site` is the one whose Harbor works, `other` the name of its endpoint for the far end."""

    def __init__(self, flow, sites, timeout):
        self.flow, self.timeout = flow, timeout
        self.site = sites[flow.target if flow.pulled else flow.source]
        self.held = sites[flow.source].inventory.tags
        self.other = flow.source if flow.pulled else flow.target
        self.name = "catch-up-%s-%s" % ("from" if flow.pulled else "to", self.other)
        self.endpoint = self.policy = None

    def find(self):
        """What is needed, before anything is changed."""
        found = self.site.way.find("/registries", "name", self.other)
        if not found:
            raise InputError("%s has no endpoint named %s: make one, its name is that of the site (role "
                             "harbor_replication does so)." % (self.site.name, self.other))
        self.endpoint = found[0]["id"]
        self.policy = next(iter(self.site.way.find(POLICIES, "name", self.name)), None)
        if queue(self.site.way).get("paused"):
            raise InputError("%s: the queue of replication is paused, nothing would be copied: resume it (module "
                             "job_queue)." % self.site.name)

    def write(self, batch):
        """The policy for one run. Harbor replaces it whole."""
        ends = {"src_registry" if self.flow.pulled else "dest_registry": {"id": self.endpoint}}
        body = {
            "name": self.name, "description": DESCRIPTION, "enabled": True, "trigger": {"type": "manual"},
            "filters": batch.filters(), "override": batch.override, "deletion": False, "replicate_deletion": False,
            "speed": self.flow.speed, "copy_by_chunk": self.flow.copy_by_chunk, **ends}
        if self.policy is None:
            self.policy = {"id": self.site.way.post(POLICIES, body)}
        else:
            self.site.way.write("PUT", "%s/%s" % (POLICIES, self.policy["id"]), body)

    def move(self, wanted, override, unwanted, tell):
        """Copy these keys. Returns what went wrong, in sentences."""
        found = batches(wanted, override, self.held, unwanted)
        runs = []
        for number, batch in enumerate(found):
            self.write(batch)
            acting = Acting(REPLICATION, self.site.way, {
                "policy": self.name, "timeout": self.timeout, "wait": True, "when_running": "queue"})
            runs.append((acting, acting.start(), len(batch.names)))
            if number == 0:
                # When the far end is down, the first run says so at once.
                self.begun(*runs[0][:2])
            tell("%s: %d of %d runs begun" % (self.flow.title, number + 1, len(found)))
        faults = []
        for number, (acting, run, repositories) in enumerate(runs):
            try:
                ended = acting.wait(run, True, lambda text, part=number + 1: tell(
                    "%s: run %d of %d, %s" % (self.flow.title, part, len(runs), text)), repositories)
                if ended.status == FAILED:
                    faults.append(str(acting.failure(ended, True)))
            except RunFailed as error:
                faults.append(str(error))
        return faults

    def begun(self, acting, number):
        """Wait until a run has its tasks, or is over."""
        run = acting.look(number)
        while run.status == RUNNING and not run.total and acting.clock() < acting.deadline:
            self.site.way.pause(0.2)
            run = acting.look(number)
        if run.status == FAILED and not run.total:
            raise acting.failure(run, True)
