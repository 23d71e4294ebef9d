"""Results in the shape of module artifact_diff's, of any size, for tests of the report."""

STATES = ("missing", "newer", "deleted", "conflict", "unknown", "extra", "accessory", "untagged")
TRAFFIC = {"waiting": 0, "latency_seconds": 0, "paused": False, "failed": 0, "stuck": 0}
HOSTILE = "<script>alert('\"&')</script>"


def digest(number):
    return "sha256:" + f"{number:02x}" * 32


def site(tags=0, projects=0, **more):
    return {"reachable": True, "error": "", "version": "v2.15.2", "projects": projects, "repositories": tags // 10, "tags": tags,
            "requests": 3 + tags // 100, "seconds": 0.9, "replication": dict(TRAFFIC)} | more


def away(error="GET /projects: connection refused"):
    return {"reachable": False, "error": error}


def difference(state, source="north", target="south", repository="team/api", tag="1.0", **more):
    missing = state in ("missing", "deleted", "extra", "untagged")
    return {"state": state, "from": source, "to": target, "repository": repository, "tag": tag, "digest_from": digest(17),
            "digest_to": "" if missing else digest(34), "pushed_from": "2026-01-31T09:54:20.123Z",
            "pushed_to": "" if missing else "2026-01-31T09:50:00.000Z", "size": 5242880, "reason": f"{target} never had it"} | more


def flow(source="north", target="south", projects=None, lag=0):
    """One direction; `projects` are {name: {equal: n, state: n}}."""
    projects = projects or {}
    return {"from": source, "to": target, "lag_seconds": lag, "projects": projects,
            "equal": sum(counts["equal"] for counts in projects.values()),
            "counts": {state: sum(counts.get(state, 0) for counts in projects.values()) for state in STATES}}


def result(flows, sites, differences=(), scanned_at="2026-01-31T10:00:00Z"):
    told = [state for one in flows for state, count in one["counts"].items() if count and state != "extra"]
    return {"equal": not told and all(one["reachable"] for one in sites.values()), "scanned_at": scanned_at, "sites": sites,
            "flows": list(flows), "differences": list(differences)}


def twin(count=20, tags=150, worst=None, lag=0, **more):
    """Two sites with `count` projects of `tags` tags each; `worst` is what differs in the first of them, from north to south."""
    names = [f"team-{number:03d}" for number in range(count)]
    there = {name: {"equal": tags} for name in names}
    back = {name: {"equal": tags} for name in names}
    for name, counts in (worst or {}).items():
        lost = sum(counts.values())
        there[name] = {"equal": tags - lost, **counts}
        back[name] = {"equal": tags - lost}
    found = [difference(state, repository=f"{name}/api", tag=f"1.{number}") for name, counts in (worst or {}).items()
             for state, many in counts.items() for number in range(many)]
    sites = {"north": site(count * tags, count), "south": site(count * tags, count)}
    return result([flow(projects=there, lag=lag), flow("south", "north", back)], sites, found, **more)
