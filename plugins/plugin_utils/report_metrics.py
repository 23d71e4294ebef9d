# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A result of module artifact_diff as a text file for Prometheus. Only what is known is told: a direction that was not
compared has no figures, rather than zeros that look like health. Pure.
"""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.plugin_utils.report_figures import STATES, flow_rows, moment

HELP = {
    "equal": "1 when the last look proved that all sites hold the same, else 0.",
    "scan_timestamp_seconds": "When the sites were looked at last.",
    "proof_timestamp_seconds": "When it was proved last that all sites hold the same, 0 when it never was.",
    "site_up": "1 when the site answered at the last look, else 0.",
    "flow_compared": "1 when both ends of a direction answered, else 0; without it a direction has no other figures.",
    "equal_tags": "Tags that are equal at both ends of a direction.",
    "differences": "Differences at the last look, by state.",
    "lag_seconds": "Age of the oldest image that waits to be copied, 0 when none waits.",
    "jobs_waiting": "Replication jobs in the queue of a site. What was lost is not among them.",
    "jobs_oldest_seconds": "How long the oldest of these jobs waits.",
    "queue_paused": "1 when the replication queue of a site is paused, else 0.",
    "runs_failed": "Replication runs of the last day at a site that failed for good.",
    "runs_stuck": "Replication runs at a site without any task for minutes, since its core died.",
}
TRAFFIC = {
    "jobs_waiting": "waiting",
    "jobs_oldest_seconds": "latency_seconds",
    "queue_paused": "paused",
    "runs_failed": "failed",
    "runs_stuck": "stuck",
}


def samples(result, proved_at):
    """(metric, labels, value)."""
    yield "equal", {}, result["equal"]
    yield "scan_timestamp_seconds", {}, moment(result["scanned_at"]).timestamp()
    yield "proof_timestamp_seconds", {}, moment(proved_at).timestamp() if proved_at else 0
    for name, site in result["sites"].items():
        yield "site_up", {"site": name}, site["reachable"]
        for metric, key in TRAFFIC.items():
            if site["reachable"] and key in site["replication"]:
                yield metric, {"site": name}, site["replication"][key]
    for row in flow_rows(result):
        ends = {"from": row.source, "to": row.target}
        yield "flow_compared", ends, not row.away
        if not row.away:
            yield "equal_tags", ends, row.equal
            yield "lag_seconds", ends, row.lag
            for state in STATES:
                yield "differences", dict(ends, state=state), row.counts.get(state, 0)


def metrics(result, proved_at):
    """The file."""
    found = {}
    for metric, labels, value in samples(result, proved_at):
        told = ",".join('%s="%s"' % (name, escaped(text)) for name, text in labels.items())
        found.setdefault(metric, []).append("%s %d" % ("{%s}" % told if told else "", value))
    lines = []
    for metric, text in HELP.items():
        name = "harbor_replication_" + metric
        if metric in found:
            lines += ["# HELP %s %s" % (name, text), "# TYPE %s gauge" % name]
            lines += [name + sample for sample in found[metric]]
    return "\n".join(lines) + "\n"


def escaped(text):
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
