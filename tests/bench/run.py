"""Measures apply and export against the least that any program needs, and beside what people do without them.

SIZES and LATENCY_MS are lists; HARBOR_URL, HARBOR_USERNAME, HARBOR_PASSWORD name a Harbor (HARBOR_PEER_URL: as it
reaches itself), else the stand-in is started. REPEAT: the lowest of so many runs counts. SAMPLE: projects for which
single calls are made, 0 for none; more are extrapolated. Every name begins with bench-, and goes at the end.
"""

import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import report
import requests
from floor import Floor
from plays import ROOT, Plays
from proxy import Proxy
from wanted import below, changed, dependent, independent, wanted

REPEAT, SAMPLE = int(os.environ.get("REPEAT", "3")), int(os.environ.get("SAMPLE", "30"))


@contextmanager
def harbor():
    """Address, user and password of a Harbor, and the address under which it reaches itself."""
    if os.environ.get("HARBOR_URL"):
        url, username, password = (os.environ[name] for name in ("HARBOR_URL", "HARBOR_USERNAME", "HARBOR_PASSWORD"))
        yield url.rstrip("/"), username, password, os.environ.get("HARBOR_PEER_URL", url)
        return
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    password = secrets.token_urlsafe(12) + "aA1"
    with subprocess.Popen([sys.executable, "-m", "standin", "serve", "--port", url.rpartition(":")[2]],
                          env=dict(os.environ, HARBOR_PASSWORD=password, PYTHONPATH=str(ROOT / "tests/standin")),
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            while server.poll() is None:
                try:
                    requests.get(url + "/api/v2.0/ping", timeout=5)
                    break
                except requests.ConnectionError:
                    time.sleep(0.1)
            yield url, "admin", password, url
        finally:
            server.terminate()


class Bench:
    """One size over one latency."""

    def __init__(self, place, size, proxy, directory):
        self.url, self.username, self.password, self.far = place
        self.size, self.proxy = size, proxy
        self.lists, self.plays = wanted(size, self.far), Plays(directory, proxy.url, self.username, self.password)
        self.environment = dict(os.environ, HARBOR_PASSWORD=self.password)

    def floor(self, verb, lists, url=None):
        """The bare client in a process of its own: it shares no interpreter with what it is compared to."""
        command = [sys.executable, Path(__file__).with_name("floor.py"), url or self.proxy.url, self.username, verb]
        done = subprocess.run(command, input=json.dumps(lists), env=self.environment, text=True, check=True,
                              stdout=subprocess.PIPE)
        return {"seconds": float(done.stdout)}

    def clean(self):
        self.floor("remove", {}, self.url)

    def lowest(self, act, before=lambda: None):
        """The best of REPEAT runs, since what else the machine does only adds; and what was counted meanwhile."""
        found = []
        for _turn in range(REPEAT):
            before()
            self.proxy.counted()
            found.append(act() | self.proxy.counted())
        return min(found, key=lambda one: one["seconds"])

    def row(self):
        """All columns but those of single calls."""
        lists, other = self.lists, changed(self.lists)
        start = self.lowest(self.plays.nothing)
        floor_first = self.lowest(lambda: self.floor("make", lists), self.clean)
        floor_noop = self.lowest(lambda: self.floor("look", lists))
        first = self.lowest(lambda: self.plays.apply(lists), self.clean)
        noop = self.lowest(lambda: self.plays.apply(lists))
        group_vars = self.lowest(lambda: self.plays.apply_group_vars(lists))
        assert first["changed"] and not noop["changed"]
        one = self.lowest(lambda: self.plays.apply(other), lambda: self.plays.apply(lists))
        assert one["changed"]
        export = self.lowest(self.plays.export)
        self.clean()
        return {
            "size": self.size, "latency_ms": None, "ansible_start_s": start["seconds"],
            "apply_first_s": first["seconds"], "apply_noop_s": noop["seconds"], "apply_one_s": one["seconds"],
            "export_s": export["seconds"], "floor_first_s": floor_first["seconds"],
            "floor_noop_s": floor_noop["seconds"], "requests_noop": noop["requests"],
            "connections": noop["connections"], "peak_mib": max(first["mib"], noop["mib"], one["mib"], export["mib"]),
            "noop_group_vars_s": group_vars["seconds"], "requests_first": first["requests"],
            "requests_one": one["requests"], "requests_export": export["requests"],
            "requests_floor_noop": floor_noop["requests"],
            "connections_floor": floor_noop["connections"], "peak_first_mib": first["mib"],
            "peak_export_mib": export["mib"],
        }

    def single_calls(self):
        """The same with a module call an object, and with uri, which looks nowhere before it writes."""
        self.clean()
        found = {"modules_first_s": self.plays.one_by_one(self.lists)["seconds"],
                 "modules_noop_s": self.plays.one_by_one(self.lists)["seconds"]}
        self.clean()
        early = self.plays.by_uri([("POST", path, body) for _kind, path, body in independent(self.lists)])
        direct = Floor(self.url, self.username, self.password)
        ids = {("project", row["name"]): row["project_id"] for row in direct.pages("/projects?")}
        ids |= {("registry", row["name"]): row["id"] for row in direct.pages("/registries?")}
        late = self.plays.by_uri([("POST", path, body) for _kind, path, body in dependent(self.lists, ids)])
        held = {row["project_id"]: row["metadata"].get("retention_id") for row in direct.pages("/projects?")}
        numbers = [ids["project", item["name"]] for item in self.lists["projects"]]
        paths = [path for number in numbers for path in below(number, held[number])]
        paths += [f"/projects/{number}" for number in numbers]
        paths += [f"/users/search?username={item['username']}" for item in self.lists["users"]]
        for name, place in (("registries", "/registries"), ("replication_policies", "/replication/policies")):
            paths += [f"{place}?q=name%3D{item['name']}" for item in self.lists[name]]
        found["uri_first_s"] = early["seconds"] + late["seconds"]
        found["uri_noop_s"] = self.plays.by_uri([("GET", path, None) for path in paths])["seconds"]
        self.clean()
        return found


def objects(size):
    return sum(map(len, wanted(size, "").values()))


def main():
    sizes = sorted(int(size) for size in os.environ.get("SIZES", "30 200 1000").split())
    rows = []
    with harbor() as place, tempfile.TemporaryDirectory() as directory:
        for latency in map(float, os.environ.get("LATENCY_MS", "0 5").split()):
            with Proxy(place[0], latency) as proxy:
                sampled = min(SAMPLE, sizes[0])
                single = Bench(place, sampled, proxy, Path(directory)).single_calls() if sampled else {}
                for size in sizes:
                    row = Bench(place, size, proxy, Path(directory)).row()
                    more = objects(size) / objects(sampled) if sampled else 0
                    row.update({name: seconds * more for name, seconds in single.items()}, latency_ms=latency)
                    rows.append(row)
                    report.save(rows, ROOT / ".lab/bench.json")
                    (ROOT / "docs/bench.svg").write_text(report.plot(rows), encoding="utf-8")
                    print(report.table(rows[-1:]), end="\n\n", flush=True)
    print(report.table(rows))


if __name__ == "__main__":
    main()
