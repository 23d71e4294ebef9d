"""Do actions start what they say, wait for it and tell what came of it? Each one against a Harbor; what the states of
runs mean is in tests/unit/test_acting.py.
"""

import json
import os
import re
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
import yaml
from ansible_collections.anchorage.harbor.plugins.module_utils.resources import RESOURCES

ROOT = Path(__file__).resolve().parents[2]
PROJECT, FAR = "it-act", "it-act-far"
GONE = {"username": "it-act", "email": "it-act@example.org", "realname": "Gone", "password": "Given-1pass"}
BY_KIND = {resource.kind: resource for resource in RESOURCES}
REPORT = "application/vnd.security.vulnerability.report; version=1.1"


class Helper(BaseHTTPRequestHandler):
    """A scanner that finds nothing, and a Dragonfly that fetches everything at once."""

    scans = 0

    def do_GET(self):
        if self.path.endswith("/metadata"):
            manifests = ["application/vnd.oci.image.manifest.v1+json",
                         "application/vnd.docker.distribution.manifest.v2+json"]
            can = {"type": "vulnerability", "consumes_mime_types": manifests, "produces_mime_types": [REPORT]}
            self.answer(200, {"scanner": {"name": "Test", "vendor": "Test", "version": "1"}, "capabilities": [can],
                              "properties": {}}, "application/vnd.scanner.adapter.metadata+json; version=1.0")
        elif self.path.endswith("/report"):
            self.answer(200, {"generated_at": "2026-01-31T10:00:00Z", "severity": "None", "vulnerabilities": [],
                              "scanner": {"name": "Test", "vendor": "Test", "version": "1"}}, REPORT)
        else:
            self.answer(200, {"id": 1, "state": "SUCCESS"})

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.endswith("/scan"):
            Helper.scans += 1
            self.answer(202, {"id": "one"}, "application/vnd.scanner.adapter.scan.response+json; version=1.0")
        else:
            self.answer(200, {"id": 1, "state": "PENDING"})

    def answer(self, status, body, kind="application/json"):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        """Nobody reads it."""


@pytest.fixture(name="helper", scope="module")
def fixture_helper():
    host = os.environ.get("HARBOR_TESTER", "127.0.0.1")
    with ThreadingHTTPServer((host, 0), Helper) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{host}:{server.server_port}"
        server.shutdown()


@pytest.fixture(name="project", scope="module")
def fixture_project(harbor, helper):
    """A project with two images and with all that can be run; everything goes afterwards."""
    everything = {
        "projects": [{"name": PROJECT}, {"name": FAR}],
        "registries": [{"name": PROJECT, "type": "harbor", "url": harbor.peer, "access_key": harbor.username,
                        "access_secret": harbor.password},
                       {"name": f"{PROJECT}-gone", "type": "harbor", "url": harbor.url, "access_key": GONE["username"],
                        "access_secret": GONE["password"]}],
        "replication_policies": [
            {"name": PROJECT, "dest_registry": PROJECT, "dest_namespace": FAR, "enabled": True,
             "filters": [{"type": "name", "value": f"{PROJECT}/**"}]},
            {"name": f"{PROJECT}-off", "dest_registry": PROJECT, "enabled": False},
            {"name": f"{PROJECT}-gone", "dest_registry": f"{PROJECT}-gone", "dest_namespace": f"{PROJECT}-gone",
             "enabled": True, "filters": [{"type": "name", "value": f"{PROJECT}/**"}]}],
        "retention_policies": [{"project": PROJECT, "rules": [
            {"template": "latestPushedK", "count": 1, "tag_selectors": [{"pattern": "**"}]}]}],
        "preheat_instances": [{"name": PROJECT, "vendor": "dragonfly", "endpoint": helper, "enabled": True}],
        "preheat_policies": [{"project": PROJECT, "name": "all", "provider": PROJECT, "enabled": True,
                              "filters": [{"type": "repository", "value": "**"}, {"type": "tag", "value": "**"}]}],
    }
    harbor.ok("user", **GONE)
    harbor.ok("apply", **everything)
    harbor.ok("user", username=GONE["username"], state="absent")
    digests = [harbor.push(f"{PROJECT}/app:v1"), harbor.push(f"{PROJECT}/app:v2")]
    yield digests
    for name in (PROJECT, FAR):
        for found in harbor.api.list(f"/projects/{name}/repositories"):
            harbor.ok("repository", project=name, name=found["name"].split("/", 1)[1], state="absent")
    wait_until_settled(harbor)
    keys = ("name", "project")
    harbor.ok("apply", **{
        plural: [dict({key: item[key] for key in keys if key in item}, state="absent") for item in items]
        for plural, items in everything.items()})


def wait_until_settled(harbor):
    """Harbor deletes no policy while it calls a run running, which it does for half a minute after its last task."""
    policy, deadline = harbor.number(BY_KIND["replication_policy"], {"name": PROJECT}), time.monotonic() + 90
    query = {"policy_id": policy, "status": "InProgress"}
    while harbor.api.list("/replication/executions", query) and time.monotonic() < deadline:
        harbor.api.pause(1)


@pytest.fixture(name="scanner_of_all", scope="module")
def fixture_scanner_of_all(harbor, helper):
    before = next((row["name"] for row in harbor.api.list("/scanners") if row.get("is_default")), None)
    harbor.ok("scanner", name=PROJECT, url=helper, default=True)
    yield
    if before:
        harbor.ok("scanner", name=before, default=True)
    harbor.ok("scanner", name=PROJECT, state="absent")


def faults(harbor, *rows):
    if not harbor.counts:
        pytest.skip("only the stand-in can be told to fail")
    requests.post(f"{harbor.url}/_standin/faults", json=list(rows), timeout=10).raise_for_status()


def started(harbor, module, **arguments):
    """Predicted first, then done; it went well."""
    predicted = harbor.ok(module, check=True, **arguments)
    assert predicted["changed"] and not predicted["joined"] and predicted["execution"] == {}
    result = harbor.ok(module, **arguments)
    assert result["changed"] and not result["joined"]
    assert result["execution"]["status"] == "succeeded"
    return result


def test_replication(harbor, project):
    result = started(harbor, "replication_execution", policy=PROJECT)
    moved = [(task["operation"], task["source"].split(" ")[0]) for task in result["tasks"]]
    assert moved == [("copy", f"{PROJECT}/app")]
    assert result["execution"]["total"] == result["execution"]["succeeded"] == 1
    found = harbor.api.list(f"/projects/{FAR}/repositories/app/artifacts")
    assert {row["digest"] for row in found} == set(project)


@pytest.mark.usefixtures("project")
def test_replication_that_nobody_waits_for(harbor):
    result = harbor.ok("replication_execution", policy=PROJECT, wait=False)
    number = result["execution"]["id"]
    assert result["changed"] and number > 0 and "tasks" not in result
    again = harbor.ok("replication_execution", policy=PROJECT)
    assert again["joined"] is not again["changed"]
    assert again["execution"]["id"] == number if again["joined"] else again["execution"]["id"] > number


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("module, arguments, text", [
    ("replication_execution", {"policy": f"{PROJECT}-off"}, "is disabled"),
    ("replication_execution", {"policy": f"{PROJECT}-none"}, "has no replication policy"),
    ("retention_execution", {"project": FAR}, "has no retention policy"),
    ("retention_execution", {"project": f"{PROJECT}-none"}, "has no project"),
    ("preheat_execution", {"project": PROJECT, "policy": "none"}, "has no preheat policy none"),
    ("garbage_collection", {"workers": 11}, "workers is 11"),
    ("audit_purge", {"retention_hours": 0, "event_types": ["pull_artifact"]}, "retention_hours is 0"),
    ("audit_purge", {"retention_hours": 1, "event_types": []}, "event_types is empty"),
    ("scan_all", {"timeout": 0}, "timeout is 0"),
])
def test_what_cannot_be_is_refused_before_anything_starts(harbor, module, arguments, text):
    before = harbor.writes()
    for check in (True, False):
        result = harbor.run(module, check, **arguments)
        assert result.get("failed") and text in result["msg"], result
    assert harbor.writes() == before


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("fault", [
    {"cut": True, "after": True}, {"cut": True}, {"status": 502, "after": True}, {"status": 502}])
def test_a_lost_answer_starts_nothing_twice(harbor, fault):
    path = "/api/v2.0/replication/executions"
    policy = harbor.number(BY_KIND["replication_policy"], {"name": PROJECT})
    before = len(harbor.api.list("/replication/executions", {"policy_id": policy}))
    faults(harbor, dict(fault, method="POST", path=path))
    assert harbor.ok("replication_execution", policy=PROJECT)["changed"]
    assert len(harbor.api.list("/replication/executions", {"policy_id": policy})) == before + 1


@pytest.mark.usefixtures("project")
def test_a_far_end_that_takes_no_login(harbor):
    """Harbor fails before the first task, and says why."""
    policy = harbor.number(BY_KIND["replication_policy"], {"name": f"{PROJECT}-gone"})
    result = harbor.run("replication_execution", policy=f"{PROJECT}-gone", timeout=300)
    newest = harbor.api.get("/replication/executions", {"policy_id": policy, "page_size": 1})[0]
    assert result["failed"] and result["changed"] and result["execution"]["id"] == newest["id"]
    assert result["msg"].startswith(f"replication {PROJECT}-gone failed (execution {newest['id']}): ")
    assert newest["status_text"] and newest["status_text"] in result["msg"]


def test_garbage_collection(harbor):
    result = started(harbor, "garbage_collection", dry_run=True, workers=2)
    assert {name: type(result[name]) for name in ("freed_space", "purged_blobs", "purged_manifests")} == {
        "freed_space": int, "purged_blobs": int, "purged_manifests": int}
    kept = json.loads(harbor.api.get(f"/system/gc/{result['execution']['id']}")["job_parameters"])
    assert (kept["dry_run"], kept["workers"], kept["delete_untagged"]) == (True, 2, False)


@pytest.mark.usefixtures("project")
def test_audit_purge(harbor):
    result = started(harbor, "audit_purge", retention_hours=240000, event_types=["create_project", "create_artifact"])
    assert result["purged"] == 0


@pytest.mark.usefixtures("project", "scanner_of_all")
def test_scan_all(harbor):
    result = started(harbor, "scan_all")
    assert result["execution"]["succeeded"] == result["execution"]["total"] >= 2
    assert Helper.scans == result["execution"]["total"]


def test_preheat(harbor, project):
    result = started(harbor, "preheat_execution", project=PROJECT, policy="all")
    assert {row["digest"] for row in result["images"]} == set(project)


@pytest.mark.usefixtures("project")
def test_the_terminal_shows_how_far_it_is(harbor, tmp_path):
    """While the queue is held, a replication runs: after ten seconds the display tells so, and long before its end."""
    task = {"anchorage.harbor.replication_execution": {"policy": PROJECT, "timeout": 14}, "failed_when": False}
    play = {"hosts": "localhost", "gather_facts": False, "tasks": [
        dict(task, name="Held"), dict(task, name="In the background", **{"async": 60, "poll": 1})],
        "module_defaults": {"group/anchorage.harbor.harbor": {
            "harbor_url": harbor.url, "harbor_username": harbor.username, "harbor_password": "{{ password }}"}}}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    environment = dict(os.environ, ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"), ANSIBLE_NOCOLOR="1")
    command = [Path(sys.executable).parent / "ansible-playbook", "-i", "localhost,", "-c", "local", "-v", "-e",
               f"password={harbor.password}", "-e", f"ansible_python_interpreter={sys.executable}",
               tmp_path / "play.yml"]
    harbor.api.write("PUT", "/jobservice/queues/REPLICATION", {"action": "pause"})
    try:
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
    finally:
        harbor.api.write("PUT", "/jobservice/queues/REPLICATION", {"action": "resume"})
    assert done.returncode == 0, done.stdout + done.stderr
    shown = re.search(r"^Held: \[localhost\] (running|0 of 1 tasks done) \(1\d s\)$", done.stdout, re.MULTILINE)
    assert shown, done.stdout
    assert shown.start() < done.stdout.index("not over after 14 s")
    assert "[WARNING]" not in done.stderr, done.stderr
    assert done.stdout.count("not over after 14 s") == 2
    assert harbor.ok("replication_execution", policy=PROJECT)["execution"]["status"] == "succeeded"


def test_retention(harbor, project):
    """The last one, since images go."""
    def images():
        return {row["digest"] for row in harbor.api.list(f"/projects/{PROJECT}/repositories/app/artifacts")}
    for dry, left in ((True, set(project)), (False, {project[1]})):
        result = started(harbor, "retention_execution", project=PROJECT, dry_run=dry)
        assert result["repositories"] == [{
            "repository": "app", "total": 2, "retained": 1, "deleted": [{"digest": project[0], "tags": ["v1"]}]}]
        assert images() == left


@pytest.fixture(name="readers", scope="module")
def fixture_readers(harbor, helper):
    """What the examples of the manuals speak of; all of it goes afterwards."""
    everything = {
        "projects": [{"name": "web"}],
        "registries": [{"name": "shanghai", "type": "harbor", "url": harbor.peer}],
        "replication_policies": [{"name": "to-shanghai", "dest_registry": "shanghai", "enabled": True,
                                  "filters": [{"type": "name", "value": "web/**"}]}],
        "retention_policies": [{"project": "web", "rules": [
            {"template": "always", "tag_selectors": [{"pattern": "**"}]}]}],
        "preheat_instances": [{"name": "dragonfly", "vendor": "dragonfly", "endpoint": helper + "/examples",
                               "enabled": True}],
        "preheat_policies": [{"project": "web", "name": "releases", "provider": "dragonfly", "enabled": True}],
    }
    harbor.ok("apply", **everything)
    yield
    harbor.ok("apply", **{
        plural: [dict({key: item[key] for key in ("name", "project") if key in item}, state="absent") for item in items]
        for plural, items in everything.items()})


@pytest.mark.usefixtures("readers", "scanner_of_all")
@pytest.mark.parametrize("module", ["audit_purge", "garbage_collection", "preheat_execution", "replication_execution",
                                    "retention_execution", "scan_all"])
def test_the_examples(harbor, module):
    if not harbor.counts:
        pytest.skip("they clean up what is not ours")
    source = (ROOT / "plugins" / "modules" / f"{module}.py").read_text()
    examples = yaml.safe_load(re.search(r'EXAMPLES = r"""\n(.*?)"""', source, re.DOTALL)[1])
    assert examples
    for task in examples:
        result = harbor.ok(module, **(task[f"anchorage.harbor.{module}"] or {}))
        assert result["changed"] is not result["joined"], task["name"]
