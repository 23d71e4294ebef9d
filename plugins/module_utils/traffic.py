# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What replication has in hand at a Harbor, and what it gave up. None of it proves that anything arrived: skips count
as success, and some losses leave no trace at all.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from ansible_collections.anchorage.harbor.plugins.module_utils.errors import ApiError

QUEUE = "REPLICATION"
NEWEST = {"page_size": 100, "sort": "-start_time"}
FINAL = timedelta(minutes=4)  # three attempts are over by then
DEAD = timedelta(minutes=5)  # without a single task: core died before it made one
DAY = timedelta(days=1)
FORBIDDEN = 403


def traffic(transport):
    """Waiting jobs, the age of the oldest in seconds, and of the last day's newest 100 runs those that failed for good
    and those that hang; {} where Harbor does not tell, be it for missing rights.
    """
    now = datetime.now(timezone.utc)
    try:
        mine = queue(transport)
        failed = [run for run in runs(transport, "Failed", now, DAY)
                  if not run.get("total") or now - begun(run) > FINAL]
        stuck = [run for run in runs(transport, "InProgress", now, DAY)
                 if not run.get("total") and now - begun(run) > DEAD]
    except ApiError:
        return {}
    return {"waiting": mine.get("count", 0), "latency_seconds": mine.get("latency", 0),
            "paused": bool(mine.get("paused")), "failed": len(failed), "stuck": len(stuck)}


def queue(transport):
    """Harbor's queue of replication jobs; {} while there never was one, and where it is nobody's business."""
    try:
        found = transport.get("/jobservice/queues") or []
    except ApiError as error:
        if error.status != FORBIDDEN:
            raise
        return {}
    return next((one for one in found if one.get("job_type") == QUEUE), {})


def runs(transport, status, now, age):
    found = transport.get("/replication/executions", dict(NEWEST, status=status)) or []
    return [run for run in found if now - begun(run) < age]


def begun(run):
    return datetime.strptime(run["start_time"][:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
