"""Two sites that need each other are made in any order: role harbor_replication through its playbook, while one of them is down and when it is back."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from client import PASSWORD, Harbor, free_port, start

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {
    "north": {"from-south": "North-from-s0uth", "catch-up": "North-catch-9p"},
    "south": {"from-north": "South-from-n0rth", "catch-up": "South-catch-9p"},
}
pytestmark = pytest.mark.skipif("HARBOR_URL" in os.environ, reason="stops one of the two, which are its own")


class Pair:
    """Two stand-ins on loopback as the sites of an inventory whose hosts nobody can reach."""

    def __init__(self, place):
        self.place, self.running = place, {}
        self.ports = {"north": free_port(), "south": free_port()}
        self.urls = {name: f"http://127.0.0.1:{port}" for name, port in self.ports.items()}

    def start(self, name):
        self.running[name], _url = start(self.place / name, self.ports[name])

    def stop(self):
        for process in self.running.values():
            process.kill()
            process.wait(10)

    def at(self, name):
        return Harbor(self.urls[name])

    def named(self, name, path):
        return sorted(row["name"] for row in self.at(name).get(f"{path}?page_size=100"))

    def replicate(self, **variables):
        return self.play("replicate", **variables)

    def play(self, playbook, **variables):
        """What a run of a playbook said, and what it changed."""
        children = {
            name: {"hosts": {f"{name}1": {}}, "vars": {"harbor_site_hostname": f"{name}.invalid", "harbor_site_url": url}}
            for name, url in self.urls.items()
        }
        nodes = {"harbor_server": {"hosts": {"north1": {}, "south1": {}}}}
        shared = {
            "harbor_site_admin_password": PASSWORD,
            "harbor_site_sites": {"north": {}, "south": {}},
            "harbor_replication_topology": "twin",
            "harbor_replication_secrets": SECRETS,
        }
        path = self.place / "hosts.yml"
        path.write_text(yaml.safe_dump({"all": {"children": {"harbor": {"children": children | nodes, "vars": shared | variables}}}}))
        command = [Path(sys.executable).parent / "ansible-playbook", "-vvv", "--diff", "-i", path, "--skip-tags", "timer", f"playbooks/{playbook}.yml"]
        environment = os.environ | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
        text = done.stdout + done.stderr
        assert done.returncode == 0, text[-3000:]
        for secret in (PASSWORD, *(one for site in SECRETS.values() for one in site.values())):
            assert secret not in text
        return text, {name: int(count) for name, count in re.findall(r"^(\S+)1 +: ok=\d+ +changed=(\d+) ", text, re.MULTILINE)}

    def writes(self):
        return [(name, key, count) for name in self.running for key, count in sorted(
            self.at(name).get("/_standin/requests").items()) if re.match("(POST|PUT|PATCH|DELETE) /", key) and "ping" not in key]


@pytest.fixture(name="pair")
def fixture_pair(tmp_path):
    found = Pair(tmp_path)
    yield found
    found.stop()


def test_sites_are_connected_in_any_order(pair):
    pair.start("north")
    said, changed = pair.replicate()
    assert "Left for later: north to south: south does not answer" in said
    assert "nothing was done at south, which does not answer" in said
    assert changed == {"north": 1, "south": 0}
    assert pair.named("north", "/robots") == ["robot$catch-up", "robot$from-south"]
    assert pair.named("north", "/registries") == []

    pair.start("south")
    said, changed = pair.replicate()
    assert "Left for later" not in said and changed == {"north": 1, "south": 2}
    for here, there in (("north", "south"), ("south", "north")):
        assert pair.named(here, "/registries") == [there]
        assert pair.named(here, "/replication/policies") == [f"catch-up-to-{there}", f"to-{there}"]

    writes = pair.writes()
    assert pair.replicate()[1] == {"north": 0, "south": 0}
    assert pair.writes() == writes

    digest = pair.at("north").push("library/app", "1", "one")
    pair.at("south").until("/projects/library/repositories?page_size=100", lambda rows: [row for row in rows if row["artifact_count"]])
    assert pair.at("south").digests("library") == {"library/app:1": digest}


def test_a_secret_that_was_changed_at_one_side_is_mended(pair):
    for name in pair.ports:
        pair.start(name)
    pair.replicate()
    number = next(row["id"] for row in pair.at("south").get("/robots") if row["name"] == "robot$from-north")
    pair.at("south").ask("PATCH", f"/robots/{number}", {"secret": "Some-0ther-one"})
    assert pair.replicate()[1] == {"north": 0, "south": 1}
    endpoint = pair.at("north").get("/registries")[0]["id"]
    pair.at("north").ask("POST", "/registries/ping", {"id": endpoint})


def test_a_direction_that_is_gone_is_removed(pair):
    for name in pair.ports:
        pair.start(name)
    pair.replicate()
    pair.replicate(harbor_replication_topology="fanout")
    assert pair.named("south", "/replication/policies") == [] and pair.named("south", "/robots") == ["robot$catch-up", "robot$from-north"]
    assert pair.named("north", "/replication/policies") == ["catch-up-to-south", "to-south"]
    assert pair.named("north", "/robots") == ["robot$catch-up"]
    assert pair.replicate(harbor_replication_topology="fanout")[1] == {"north": 0, "south": 0}


def test_what_connects_the_sites_is_not_pruned(pair):
    for name in pair.ports:
        pair.start(name)
    pair.replicate()
    for name in pair.ports:
        for item in ("old", "mirror-a"):
            pair.at(name).ask("POST", "/registries", {"name": item, "type": "harbor", "url": pair.urls[name], "insecure": True})
    kinds = ["registries", "replication_policies", "robots"]
    lists = {"harbor_config_robots": [{"name": "ci", "secret": "Some-0ther-one", "permissions": [
        {"kind": "project", "namespace": "library", "access": [{"resource": "repository", "action": "pull"}]}]}]}
    said, changed = pair.play("configure", harbor_config_prune=kinds, harbor_config_prune_empty=kinds[:2],
                              harbor_config_prune_keep={"registries": ["mirror-*"]}, **lists)
    assert changed == {"north": 1, "south": 1} and "old" in said
    for here, there in (("north", "south"), ("south", "north")):
        assert pair.named(here, "/registries") == ["mirror-a", there]
        assert pair.named(here, "/robots") == ["robot$catch-up", "robot$ci", f"robot$from-{there}"]
    assert pair.replicate()[1] == {"north": 0, "south": 0}
