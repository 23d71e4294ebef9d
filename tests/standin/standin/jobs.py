# The work of a jobservice: copy and delete between two registries, in three attempts. It knows no database; what comes
# of it is reported, and what needs the database is left to core.

import random
import time

from .remote import Remote, Trouble

# Seconds before another look at a job whose queue is paused.
PAUSED = 0.5
# How often a blob is tried in each attempt, with twice the pause each time.
TRIES = 5
FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"


class Failed(Exception):
    """A job of core's went wrong; this is its log."""


def work(job: dict, report, perform, pauses: list) -> float | None:
    """One attempt; answers with the seconds to wait before the next one, if there is to be one. `report(status, log)`
    answers with the status that counts: Stopped when somebody has stopped it, Paused when it is to wait. `perform()`
    is for what only core can do: it answers with the log."""
    if (status := report("Running", "")) != "Running":
        return PAUSED if status == "Paused" else None
    log: list[str] = []
    try:
        if "operation" in job:
            OPERATIONS[job["operation"]](job, Remote(**job["source"]), Remote(**job["target"]), log.append, pauses)
        else:
            log.append(perform().rstrip())
    except Exception as error:
        log.append(str(error) if isinstance(error, Failed) else f"[ERROR] {error}")
        report("Error", "\n".join(log) + "\n")
        job["attempt"] = job.get("attempt", 0) + 1
        if "operation" in job and job["attempt"] <= len(pauses):
            return random.uniform(*pauses[job["attempt"] - 1])
    else:
        report("Success", "\n".join(log) + "\n")
    return None


def copy(job: dict, source: Remote, target: Remote, say, pauses: list) -> None:
    """One that fails does not keep the others back."""
    troubles = []
    for artifact in job["artifacts"]:
        for reference in artifact["tags"] or [artifact["digest"]]:
            try:
                copy_one(job, source, target, reference, job["override"], say, pauses)
            except Trouble as error:
                say(f"[ERROR] {error}")
                troubles.append(error)
    if troubles:
        raise Trouble("got error during the whole transfer period, mark the job failure")


def copy_one(job: dict, source: Remote, target: Remote, reference: str, override: bool, say, pauses: list) -> None:
    """By tag as it is now: it may have moved since the push."""
    here, there = job["source_repository"], job["target_repository"]
    found = source.manifest(here, reference)
    digest, existing = found.headers["Docker-Content-Digest"], target.digest(there, reference)
    if existing == digest:
        say(f"[INFO] the artifact {there}:{reference} already exists on the destination registry, skip")
        return
    if existing and not override:
        say(f"[WARNING] the artifact {there}:{reference} exists on the destination registry but with a different "
            "digest, skip")
        return
    content = found.json()
    for child in content.get("manifests", []):
        copy_one(job, source, target, child["digest"], True, say, pauses)
    for blob in [content["config"], *content.get("layers", [])] if "config" in content else []:
        if blob.get("mediaType") != FOREIGN:
            take_blob(source, here, target, there, blob, pauses)
    target.put_manifest(there, reference, found.content, found.headers["Content-Type"])
    say(f"[INFO] copied {here}:{reference} to {there}")


def take_blob(source: Remote, here: str, target: Remote, there: str, blob: dict, pauses: list) -> None:
    # In proportion: 2 s for the pauses of a real one.
    pause = pauses[0][0] / 13
    for number in range(TRIES):
        try:
            return target.take_blob(there, blob, source, here)
        except Trouble:
            if number == TRIES - 1:
                raise
            time.sleep(pause * 2 ** number)


def remove(job: dict, source: Remote, target: Remote, say, pauses: list) -> None:
    """Whatever the tag points to at the destination goes, with all its other tags."""
    for artifact in job["artifacts"]:
        for reference in artifact["tags"] or [artifact["digest"]]:
            digest = target.digest(job["target_repository"], reference)
            if digest:
                target.delete_manifest(job["target_repository"], digest)
            say(f"[INFO] {job['target_repository']}:{reference} " + (f"was {digest}, deleted" if digest else
                                                                     "is not there, skip"))


def remove_tag(job: dict, source: Remote, target: Remote, say, pauses: list) -> None:
    for tag in [tag for artifact in job["artifacts"] for tag in artifact["tags"]]:
        target.delete_tag(job["target_repository"], tag)
        say(f"[INFO] deleted the tag {job['target_repository']}:{tag}")


OPERATIONS = {"copy": copy, "deletion": remove, "tag deletion": remove_tag}
