# What jobservice and core share, and the work that needs no database: copy and delete between two registries.

import os
import secrets
import threading
import time
import traceback

from .facts import JOBS
from .remote import Remote, Trouble
from .web import refuse_if

# Where core takes jobs out of the hands of its jobservice.
DOOR = "/service/notifications/jobs"
# How often a blob is tried in each attempt, with twice the pause each time.
TRIES = 5


def pool(workers: int) -> dict:
    """What a jobservice says of itself."""
    return {"worker_pool_id": secrets.token_hex(12), "pid": os.getpid(), "started_at": time.time(),
            "concurrency": workers}


def background(function, *values) -> None:
    threading.Thread(target=function, args=values, daemon=True).start()


def again_and_again(step, pause: float) -> None:
    """Whatever happens."""
    while True:
        try:
            step()
            time.sleep(pause)
        except Exception:
            traceback.print_exc(limit=-1, chain=False)
            time.sleep(2)


class Transfer:
    """From one repository to another."""

    def __init__(self, job: dict, say, pauses: list) -> None:
        self.source, self.target, self.override = Remote(**job["source"]), Remote(**job["target"]), job["override"]
        self.here, self.there, self.say = job["source_repository"], job["target_repository"], say
        self.references = [reference for artifact in job["artifacts"]
                           for reference in artifact["tags"] or [artifact["digest"]]]
        # Between two attempts at a blob, in proportion: 2 s for the pauses of a real one.
        self.pause = pauses[0][0] / 13

    def run(self, operation: str) -> None:
        """One artifact that fails does not keep the others back."""
        step, failed = getattr(self, operation.replace(" ", "_")), []
        for reference in self.references:
            try:
                step(reference)
            except Trouble as error:
                failed.append(self.say(error, "ERROR"))
        refuse_if(failed, Trouble("got error during the whole transfer period, mark the job failure"))

    def copy(self, reference: str) -> None:
        """By tag as it is now: it may have moved since the push."""
        found, existing = self.source.manifest(self.here, reference), self.target.digest(self.there, reference)
        if existing == found.headers["Docker-Content-Digest"]:
            return self.say(JOBS["same"].format(self.there, reference))
        if existing and not self.override:
            return self.say(JOBS["different"].format(self.there, reference), "WARNING")
        content = found.json()
        for child in content.get("manifests", []):
            self.copy(child["digest"])
        for blob in [content["config"], *content.get("layers", [])] if "config" in content else []:
            self.copy_blob(blob)
        self.target.put_manifest(self.there, reference, found.content, found.headers["Content-Type"])
        self.say(f"copied {self.here}:{reference} to {self.there}")

    def copy_blob(self, blob: dict, tried: int = 1) -> None:
        try:
            self.target.take_blob(self.there, blob, self.source, self.here)
        except Trouble:
            if tried == TRIES:
                raise
            time.sleep(self.pause * 2 ** (tried - 1))
            self.copy_blob(blob, tried + 1)

    def deletion(self, reference: str) -> None:
        """Whatever the tag points to at the destination goes, with all its other tags."""
        if digest := self.target.digest(self.there, reference):
            self.target.delete_manifest(self.there, digest)
        self.say(f"{self.there}:{reference} {f'was {digest}, deleted' if digest else 'is not there, skip'}")

    def tag_deletion(self, tag: str) -> None:
        self.target.delete_tag(self.there, tag)
        self.say(f"deleted the tag {self.there}:{tag}")
