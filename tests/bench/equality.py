"""Measures the proof that two Harbors hold the same, and a catch-up, against the least that any program needs.

TAGS tags (3000) lie at both, EACH (3) in a repository; then MISSING more (20) at the first one only, TURNS times (3).
Told are seconds, requests and what arrived: of the proof and of its floor (a bare pooled http.client that asks the
same), of each catch-up, and of the whole policy by hand. The lowest of three proofs counts, and the middle one of
catch-ups: most of their time a job waits for a worker of Harbor, and each sleeps up to five seconds before it looks.
Workers that have just been started do so in step. After a day's work they do not, so before each catch-up LIFE pushes
(20; 0 for none) travel by themselves, at odd moments. HARBOR_URL, HARBOR_PEER_URL, HARBOR_USERNAME, HARBOR_PASSWORD
name two Harbors that reach each other, else two stand-ins are started.
"""

import contextlib
import hashlib
import importlib
import io
import json
import os
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urljoin

import requests
from ansible.module_utils.testing import patch_module_args
from floor import WIDTH, Floor
from run import harbor

TIMES, TURNS, LIFE = 3, int(os.environ.get("TURNS", "3")), int(os.environ.get("LIFE", "20"))
TAGS, MISSING = int(os.environ.get("TAGS", "3000")), int(os.environ.get("MISSING", "20"))
EACH, PROJECT, RUN = int(os.environ.get("EACH", "3")), "proof-equality", os.urandom(4).hex()
ODD = 3  # seconds at most between two pushes of a day's work
MEDIA = "application/vnd.oci.image.manifest.v1+json"
ROBOT = "Bench-" + "1robot"


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Site:
    """One Harbor, filled past the modules."""

    def __init__(self, name, place):
        self.name, (self.url, self.username, self.password, _far) = name, place
        with contextlib.suppress(SystemExit):
            self.floor.call("POST", "/projects", {"project_name": PROJECT})
        self.session = requests.Session()
        # A cookie would switch on the check against forged forms.
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    @property
    def floor(self):
        """A new one each time: idle connections are closed while thousands of tags are pushed."""
        return Floor(self.url, self.username, self.password)

    def robot(self):
        """It pushes: its requests cost the server little."""
        access = [{"resource": "repository", "action": action} for action in ("push", "pull")]
        body = {"name": PROJECT, "level": "system", "duration": -1,
                "permissions": [{"kind": "project", "namespace": PROJECT, "access": access}]}
        answer, made = self.floor.call("POST", "/robots", body)
        self.session.auth = made["name"], made["secret"]
        return answer.headers["Location"].rpartition("/")[2]

    def fill(self):
        """The same on both sites."""
        with ThreadPoolExecutor(WIDTH) as pool:
            list(pool.map(lambda number: self.repository(f"app-{number:04}", [f"t{tag}" for tag in range(EACH)]), range(TAGS // EACH)))

    def more(self, turn):
        """One new tag, each of another name, in so many repositories."""
        for number in range(MISSING):
            self.repository(f"app-{number * TAGS // EACH // MISSING:04}", [f"new-{turn}-{number}"])

    def live(self, turn, other):
        """Pushes that arrive at the other one by themselves."""
        before, deadline = other.inventory(), time.monotonic() + 60 + LIFE * ODD
        for number in range(LIFE):
            self.repository("life", [f"t{turn}-{number}"])
            time.sleep(random.uniform(0, ODD))
        while other.inventory() < before + LIFE:
            if time.monotonic() > deadline:
                raise SystemExit(f"{other.url}: what was pushed to {self.url} does not arrive by itself.")
            time.sleep(1)

    def repository(self, name, tags):
        name, blob = f"{PROJECT}/{name}", b"{}"
        begun = self.session.post(f"{self.url}/v2/{name}/blobs/uploads/", timeout=60)
        place = urljoin(self.url, begun.headers["Location"])
        sign = "&" if "?" in place else "?"
        self.session.put(f"{place}{sign}digest={digest(blob)}", data=blob, timeout=60).raise_for_status()
        part = {"mediaType": "application/vnd.oci.image.config.v1+json", "size": len(blob), "digest": digest(blob)}
        for tag in tags:
            body = json.dumps({"schemaVersion": 2, "mediaType": MEDIA, "config": part, "layers": [dict(
                part, mediaType="application/vnd.oci.image.layer.v1.tar")], "annotations": {"name": name + tag + RUN}})
            self.session.put(f"{self.url}/v2/{name}/manifests/{tag}", data=body, timeout=60,
                             headers={"Content-Type": MEDIA}).raise_for_status()

    def given(self):
        return {"name": self.name, "url": self.url, "username": self.username, "password": self.password}

    def inventory(self):
        """The floor of the proof: a login, the projects, their artifacts."""
        floor = self.floor
        floor.pages("/projects?")
        query = "with_tag=true&with_accessory=true&q=tags%3D%2A&sort=id&"
        return len(floor.pages(f"/projects/{PROJECT}/artifacts?{query}"))

    def empty(self):
        floor = self.floor
        rows = floor.pages(f"/projects/{PROJECT}/repositories?")
        for _answer in floor.pool.map(lambda row: floor.call(
                "DELETE", f"/projects/{PROJECT}/repositories/{row['name'].partition('/')[2]}"), rows):
            pass
        for row in floor.pages("/robots?"):
            if row["name"].endswith("$" + PROJECT):
                floor.call("DELETE", f"/robots/{row['id']}")


def module(called, **arguments):
    main = importlib.import_module(f"ansible_collections.anchorage.harbor.plugins.modules.{called}").main
    output = io.StringIO()
    with patch_module_args(arguments), contextlib.redirect_stdout(output), contextlib.suppress(SystemExit):
        main()
    found = json.loads(output.getvalue())
    if found.get("failed"):
        raise SystemExit(found["msg"])
    return found


def seconds(work):
    begun = time.monotonic()
    return work(), time.monotonic() - begun


def connect(one, other):
    """An endpoint under the other's name, entered as a robot as role harbor_replication does it; a policy for the whole
    project, started by hand; and one that lets a day's work travel.
    """
    robot, secret = other.session.auth
    login = {"harbor_url": one.url, "harbor_username": one.username, "harbor_password": one.password}
    module("registry", **login, name=other.name, type="harbor", url=other.url, access_key=robot,
           access_secret=secret, update_secret="always")
    module("replication_policy", **login, name=PROJECT, dest_registry=other.name, enabled=True,
           filters=[{"type": "name", "value": PROJECT + "/**"}])
    module("replication_policy", **login, name=PROJECT + "-life", dest_registry=other.name, enabled=True,
           trigger={"type": "event_based"}, filters=[{"type": "name", "value": PROJECT + "/life"}])
    return login


def measure(east, west):
    for site in (east, west):
        site.robot()
        site.fill()
    both = {"sites": [east.given(), west.given()], "recheck": 0, "flows": [
        {"from": "east", "to": "west", "include": [PROJECT]}, {"from": "west", "to": "east", "include": [PROJECT]}]}
    proofs, floors = [], []
    for _time in range(TIMES):
        proofs.append(seconds(lambda: module("artifact_diff", **both)))
        with ThreadPoolExecutor(2) as pool:
            floors.append(seconds(lambda pool=pool: list(pool.map(Site.inventory, (east, west)))))
    found, proof = min(proofs, key=lambda one: one[1])
    rows, floor = min(floors, key=lambda one: one[1])
    assert found["equal"] and found["flows"][0]["equal"] == TAGS == rows[0], found["flows"]
    told = {name: site["requests"] for name, site in found["sites"].items()}
    print(f"proof of {TAGS} tags, {EACH} in a repository: {proof:.2f} s, floor {floor:.2f} s, ratio {proof / floor:.2f}; requests {told}", flush=True)
    connect(east, west)
    both.pop("recheck")
    caught = []
    for turn in range(TURNS):
        east.live(turn, west)
        east.more(turn)
        before = west.inventory()
        done, took = seconds(lambda: module("replication_catchup", **both))
        arrived = west.inventory() - before
        print(f"catch-up: {took:.2f} s, planned {done['planned']['copies']}, arrived {arrived}, equal {done['equal']}", flush=True)
        assert arrived == MISSING == done["copied"] and done["equal"]
        caught.append(took)
    took = sorted(caught)[TURNS // 2]
    login = {"harbor_url": east.url, "harbor_username": east.username, "harbor_password": east.password}
    _done, whole = seconds(lambda: module("replication_execution", **login, policy=PROJECT))
    print(f"the whole policy by hand: {whole:.1f} s, a catch-up takes {took / whole:.1%} of that", flush=True)


def main():
    with contextlib.ExitStack() as stack:
        if os.environ.get("HARBOR_PEER_URL"):
            places = [(os.environ[name].rstrip("/"), os.environ["HARBOR_USERNAME"], os.environ["HARBOR_PASSWORD"], "")
                      for name in ("HARBOR_URL", "HARBOR_PEER_URL")]
        else:
            places = [stack.enter_context(harbor()) for _site in "12"]
        sites = [Site(name, place) for name, place in zip(("east", "west"), places)]
        try:
            measure(*sites)
        finally:
            for site in sites:
                site.empty()


if __name__ == "__main__":
    sys.exit(main())
