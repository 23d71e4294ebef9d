"""The report as people run it: playbooks/report.yml over two sites, its files, and what they say when one of them is down."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from client import PASSWORD, Harbor, free_port, start

ROOT = Path(__file__).resolve().parents[2]
FILES = ["harbor_replication.prom", "harbor_replication.rules.yml", "history.jsonl", "report.html"]
SECRETS = {"north": {"from-south": "North-from-s0uth", "catch-up": "North-catch-9p"},
           "south": {"from-north": "South-from-n0rth", "catch-up": "South-catch-9p"}}
pytestmark = pytest.mark.skipif("HARBOR_URL" in os.environ, reason="stops one of the two, which are its own")


class Reported:
    """Two stand-ins, and the place of their report."""

    def __init__(self, place):
        self.place, self.report, self.running, self.urls = place, place / "out" / "report", {}, {}
        for name in ("north", "south"):
            self.running[name], self.urls[name] = start(place / name, free_port())

    def stop(self, *names):
        for name in names or self.running:
            self.running[name].kill()
            self.running[name].wait(10)

    def run(self, *options, **variables):
        """How it ended, and its words."""
        sites = [{"name": name, "type": "harbor", "url": url, "username": "admin", "password": PASSWORD} for name, url in self.urls.items()]
        given = {"harbor_site_admin_password": PASSWORD, "harbor_site_sites": {"north": {}, "south": {}}, "harbor_replication_topology": "twin",
                 "harbor_replication_secrets": SECRETS, "harbor_replication_sites": sites,
                 "harbor_replication_report_directory": str(self.report)} | variables
        children = {name: {"hosts": {f"{name}1": {}}, "vars": {"harbor_site_hostname": f"{name}.invalid"}} for name in self.urls}
        nodes = {"harbor_server": {"hosts": {"north1": {}, "south1": {}}}}
        (self.place / "hosts.yml").write_text(yaml.safe_dump({"all": {"children": {"harbor": {"children": children | nodes, "vars": given}}}}))
        command = [Path(sys.executable).parent / "ansible-playbook", "-i", self.place / "hosts.yml", "playbooks/report.yml", *options]
        environment = os.environ | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
        text = done.stdout + done.stderr
        assert PASSWORD not in text
        return done.returncode, text

    def texts(self):
        return {path.name: path.read_text() for path in sorted(self.report.iterdir())} if self.report.exists() else {}


@pytest.fixture(name="reported")
def fixture_reported(tmp_path):
    found = Reported(tmp_path)
    yield found
    found.stop()


def test_a_report_is_written_and_tells_the_truth(reported):
    north = Harbor(reported.urls["north"])
    north.push("library/app", "1", "one")
    assert reported.run("--check")[0] == 0 and reported.texts() == {}

    code, text = reported.run()
    assert code == 0, text[-3000:]
    first = reported.texts()
    assert sorted(first) == FILES
    assert "Not equal: 1 image waits to be copied." in first["report.html"] and "library/app:1" in first["report.html"]
    assert 'harbor_replication_differences{from="north",to="south",state="missing"} 1' in first["harbor_replication.prom"]
    assert [path.stat().st_mode & 0o777 for path in sorted(reported.report.iterdir())] == [0o644] * 4

    code, text = reported.run(harbor_replication_report_fail=True)
    assert code == 2 and "The sites are not proved equal" in text
    assert len(reported.texts()["history.jsonl"].splitlines()) == 2

    Harbor(reported.urls["south"]).push("library/app", "1", "one")
    code, text = reported.run(harbor_replication_report_fail=True, harbor_replication_report_metrics=str(reported.place / "own.prom"))
    assert code == 0, text[-3000:]
    assert "Equal: all that flows between north and south is the same" in reported.texts()["report.html"]
    assert "harbor_replication_equal 1" in (reported.place / "own.prom").read_text()
    assert reported.texts()["harbor_replication.rules.yml"] == first["harbor_replication.rules.yml"]

    reported.stop("south")
    code, text = reported.run()
    assert code == 0, text[-3000:]
    told = reported.texts()
    assert "Not proved: south does not answer" in told["report.html"] and "The last proof of equality is of" in told["report.html"]
    assert 'harbor_replication_site_up{site="south"} 0' in told["harbor_replication.prom"]
    assert "differences" not in told["harbor_replication.prom"]


def test_rules_name_metrics_that_there_are(reported):
    assert reported.run()[0] == 0
    path = reported.report / "harbor_replication.rules.yml"
    rules = yaml.safe_load(path.read_text())["groups"][0]["rules"]
    told = (reported.report / "harbor_replication.prom").read_text()
    named = set(re.findall(r"harbor_replication_\w+", " ".join(rule["expr"] for rule in rules)))
    # What a site has in hand is told where Harbor tells it, which the stand-in does.
    assert named and named <= set(re.findall(r"^# TYPE (\S+) gauge$", told, re.MULTILINE))
    assert len({rule["alert"] for rule in rules}) == len(rules) == 7
    assert all(rule["annotations"]["summary"].endswith(".") for rule in rules)
    if shutil.which("promtool"):
        done = subprocess.run(["promtool", "check", "rules", path], check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("variables, said", [
    ({"harbor_replication_report_directory": ""}, "harbor_replication_report_directory is not set"),
    ({"harbor_replication_report_metrics": "/tmp/x.txt"}, "name a file that ends in .prom"),
    ({"harbor_replication_report_looks": 0}, "give whole numbers, 1 or more"),
])
def test_bad_input_is_refused_in_one_sentence(reported, variables, said):
    code, text = reported.run(**variables)
    assert code == 2 and said in " ".join(text.split()) and reported.texts() == {}
