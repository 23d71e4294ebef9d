# What the stand-in runs has an effect: garbage collection, retention, purging, scanning, preheating, and queues that
# wait.

import datetime
import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from client import API, DOCKER, PASSWORD, Harbor, start
from standin import cron, executions, services, settings
from standin.app import Application
from standin.store import Execution, Schedule, Store
from werkzeug.test import Client

REPORT = "application/vnd.security.vulnerability.report; version=1.1"
METADATA = {"scanner": {"name": "Sample", "vendor": "Example", "version": "1.0"},
            "capabilities": [{"type": "vulnerability", "consumes_mime_types": [DOCKER],
                              "produces_mime_types": [REPORT]}]}
FOUND = {"severity": "High", "scanner": METADATA["scanner"],
         "vulnerabilities": [{"id": "CVE-2024-0001", "package": "pack", "version": "1",
                              "fix_version": "2", "severity": "High", "cwe_ids": ["CWE-1"]}]}
ANSWERS = {"GET /api/v1/metadata": (200, METADATA), "POST /api/v1/scan": (202, {"id": "one"}),
           "GET /api/v1/scan/one/report": (200, FOUND), "GET /health": (200, {}),
           "POST /registry/notifications": (200, {})}


def tags(harbor: Harbor, project: str) -> list:
    """Of each artifact of its repository `app`; empty for one without."""
    return sorted([tag["name"] for tag in row["tags"] or []] for row in harbor.artifacts(f"{project}/app"))


@pytest.fixture(scope="module")
def harbor(tmp_path_factory):
    process, url = start(tmp_path_factory.mktemp("runs"))
    yield Harbor(url)
    process.terminate()
    process.wait(10)


@pytest.fixture
def project(harbor, request):
    name = re.sub("[^a-z0-9]+", "-", request.node.name).strip("-")
    harbor.ask("POST", "/projects", {"project_name": name})
    return name


@pytest.fixture
def third():
    """A scanner's adapter and a network for preheating: its address, and what it was told."""
    told = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.append((self.path, json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "{}")))
            status, body = ANSWERS.get(f"{self.command} {self.path}", (404, {}))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        do_POST = do_GET

        def log_message(self, *dummy) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", told
    server.shutdown()
    server.server_close()


def over(row: dict) -> bool:
    return row.get("job_status", row.get("status")) in ("Success", "Error", "Stopped")


def retention(harbor, project: str, **rule) -> str:
    number = harbor.get(f"/projects/{project}")["project_id"]
    every = [{"kind": "doublestar", "decoration": "matches", "pattern": "**"}]
    rule = {"action": "retain", "template": "latestPushedK", "params": {"latestPushedK": 1}, "tag_selectors": every,
            "scope_selectors": {"repository": [every[0] | {"decoration": "repoMatches"}]}} | rule
    return harbor.make("/retentions", {"algorithm": "or", "scope": {"level": "project", "ref": number}, "rules": [rule],
                                       "trigger": {"kind": "Schedule", "settings": {"cron": ""}}})


# --- runs -------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("parameters", "left"), [({"delete_untagged": True, "dry_run": True}, [[], ["v1"]]),
                                                  ({"delete_untagged": False}, [[], ["v1"]]),
                                                  ({"delete_untagged": True}, [["v1"]])])
def test_garbage_is_what_has_no_tag(harbor, project, parameters, left):
    for seed in ("one", "two"):
        harbor.push(f"{project}/app", "v1", f"{project} {seed}")
    run = harbor.make("/system/gc/schedule", {"schedule": {"type": "Manual"}, "parameters": parameters})
    row = harbor.until(f"/system/gc/{run}", over)
    assert row["job_status"] == "Success"
    assert json.loads(row["job_parameters"])["purged_manifests"] == (1 if parameters.get("dry_run") else 0)
    assert "gc" in harbor.ask("GET", f"/system/gc/{run}/log").text
    assert tags(harbor, project) == left


def test_retention_deletes_what_no_rule_keeps(harbor, project):
    for tag in ("old", "frozen", "new"):
        harbor.push(f"{project}/app", tag, f"{project} {tag}")
    harbor.ask("POST", f"/projects/{project}/immutabletagrules", {
        "tag_selectors": [{"kind": "doublestar", "decoration": "matches", "pattern": "frozen"}],
        "scope_selectors": {"repository": [{"kind": "doublestar", "decoration": "repoMatches", "pattern": "**"}]},
        "action": "immutable", "template": "immutable_template"})
    policy = retention(harbor, project)
    for dry, left in ((True, [["frozen"], ["new"], ["old"]]), (False, [["frozen"], ["new"]])):
        run = harbor.make(f"/retentions/{policy}/executions", {"dry_run": dry})
        rows = harbor.until(f"/retentions/{policy}/executions", lambda rows: over(rows[0]))
        assert (rows[0]["id"], rows[0]["status"]) == (run, "Success")
        task = harbor.get(f"/retentions/{policy}/executions/{run}/tasks")[0]
        assert (task["repository"], task["total"], task["retained"]) == ("app", 3, 2)
        log = harbor.ask("GET", f"/retentions/{policy}/executions/{run}/tasks/{task['id']}").text
        assert [line.split("|")[-2].strip() for line in log.splitlines() if "sha256" in line] == [
            "DEL", "IMMUTABLE", "RETAIN"]
        assert tags(harbor, project) == left


def test_a_rule_of_unknown_kind_fails(harbor, project):
    harbor.push(f"{project}/app", "v1", project)
    policy = retention(harbor, project, template="nonsense")
    harbor.ask("POST", f"/retentions/{policy}/executions", {"dry_run": False})
    assert harbor.until(f"/retentions/{policy}/executions", lambda rows: over(rows[0]))[0]["status"] == "Error"
    assert tags(harbor, project) == [["v1"]]


def test_purging_takes_only_the_named_events(harbor, project):
    def events() -> set:
        rows = harbor.get("/auditlog-exts?page_size=100")
        return {f"{row['operation']}_{row['resource_type']}" for row in rows}

    harbor.push(f"{project}/app", "v1", project)
    assert {"create_project", "create_artifact"} <= events()
    for dry in (True, False):
        # Less than no hours: also what happens just now is old enough.
        run = harbor.make("/system/purgeaudit/schedule", {"schedule": {"type": "Manual"}, "parameters": {
            "audit_retention_hour": -2, "include_event_types": "create_artifact", "dry_run": dry}})
        assert harbor.until(f"/system/purgeaudit/{run}", over)["job_status"] == "Success"
        assert ("create_artifact" in events()) is dry
    assert "create_project" in events()


def test_everything_is_scanned_and_exported_once(harbor, project, third):
    digest = harbor.push(f"{project}/app", "v1", project)
    number = harbor.get(f"/projects/{project}")["project_id"]
    scanner = harbor.make("/scanners", {"name": "sample", "url": third[0]})
    harbor.ask("POST", "/system/scanAll/schedule", {"schedule": {"type": "Manual"}})
    metrics = harbor.until("/scans/all/metrics", lambda found: not found["ongoing"])
    assert metrics["total"] == metrics["completed"] == metrics["metrics"]["Success"] > 0
    assert digest in {told["artifact"]["digest"] for path, told in third[1] if path == "/api/v1/scan"}
    one = f"/projects/{project}/repositories/app/artifacts/{digest}"
    report = harbor.get(f"{one}/additions/vulnerabilities")[REPORT]
    assert [found["id"] for found in report["vulnerabilities"]] == ["CVE-2024-0001"]
    asked = len(third[1])
    harbor.ask("POST", f"{one}/scan")
    deadline = time.monotonic() + 20
    while not any(path == "/api/v1/scan/one/report" for path, dummy in third[1][asked:]):
        assert time.monotonic() < deadline
    run = harbor.ask("POST", "/export/cve", {"projects": [number]}, headers={"X-Scan-Data-Type": REPORT}).json()["id"]
    assert harbor.until(f"/export/cve/execution/{run}", over)["file_present"]
    sheet = harbor.ask("GET", f"/export/cve/download/{run}").text.splitlines()
    assert sheet[1:] == [f"{project}/app,{digest},CVE-2024-0001,pack,1,2,High,CWE-1,,sample"]
    assert not harbor.get("/export/cve/executions")["items"]
    harbor.ask("DELETE", f"/scanners/{scanner}")


@pytest.mark.parametrize("trigger", ["manual", "event_based"])
def test_preheating_tells_the_network(harbor, project, third, trigger):
    harbor.ask("POST", "/p2p/preheat/instances", {"name": project, "vendor": "kraken", "endpoint": third[0],
                                                  "auth_mode": "NONE", "enabled": True})
    harbor.ask("POST", f"/projects/{project}/preheat/policies", {
        "name": "policy", "provider_id": harbor.get(f"/p2p/preheat/instances/{project}")["id"], "enabled": True,
        "filters": json.dumps([{"type": "repository", "value": "**"}, {"type": "tag", "value": "v*"}]),
        "trigger": json.dumps({"type": trigger})})
    digests = [harbor.push(f"{project}/app", tag, f"{project} {tag}") for tag in ("other", "v1")]
    runs = f"/projects/{project}/preheat/policies/policy/executions"
    if trigger == "manual":
        harbor.ask("POST", runs.removesuffix("/executions"), {})
    row = harbor.until(runs, lambda rows: rows and over(rows[0]))[0]
    assert (row["status"], row["metrics"]["success_task_count"]) == ("Success", 1)
    told = [body["events"][0]["target"]["digest"] for path, body in third[1] if path == "/registry/notifications"]
    assert told == digests[1:]


# --- queues and schedules ---------------------------------------------------------------------------------------------

def test_a_paused_queue_waits_and_a_stopped_one_forgets(harbor, project):
    harbor.push(f"{project}/app", "v1", project)
    policy = retention(harbor, project)

    def began() -> str:
        run = harbor.make(f"/retentions/{policy}/executions", {"dry_run": True})
        harbor.until(f"/retentions/{policy}/executions/{run}/tasks", bool)
        return f"/retentions/{policy}/executions/{run}/tasks"

    def queue() -> dict:
        return next(row for row in harbor.get("/jobservice/queues") if row["job_type"] == "RETENTION")

    harbor.ask("PUT", "/jobservice/queues/RETENTION", {"action": "pause"})
    stopped = began()
    assert (queue()["paused"], queue()["count"]) == (True, 1)
    harbor.ask("PUT", "/jobservice/queues/RETENTION", {"action": "stop"})
    assert harbor.get(stopped)[0]["status"] == "Stopped"
    waiting = began()
    # A job of another kind overtakes it.
    run = harbor.make("/system/gc/schedule", {"schedule": {"type": "Manual"}, "parameters": {"dry_run": True}})
    harbor.until(f"/system/gc/{run}", over)
    assert harbor.get(waiting)[0]["status"] == "Pending"
    harbor.ask("PUT", "/jobservice/queues/RETENTION", {"action": "resume"})
    assert harbor.until(waiting, lambda rows: over(rows[0]))[0]["status"] == "Success"
    assert harbor.get(stopped)[0]["status"] == "Stopped"


@pytest.mark.parametrize("paused", [False, True])
def test_the_clock_begins_what_is_due_unless_it_is_paused(tmp_path, paused):
    node = settings.embedded(tmp_path, 80, 5000, PASSWORD)
    store = Store(node.database)
    services.seed(store, PASSWORD)
    # All routes are known once a whole one was made.
    services.application(node, store)
    app = Application(node, store, None)
    app.submit = lambda job: None
    web, admin = Client(app, use_cookies=False), ("admin", PASSWORD)
    web.post(f"{API}/system/gc/schedule", auth=admin,
             json={"schedule": {"type": "Custom", "cron": "0 * * * * *"}, "parameters": {"workers": 2}})
    if paused:
        assert web.put(f"{API}/jobservice/queues/SCHEDULER", json={"action": "pause"}, auth=admin).status_code == 200
    with store.session() as db:
        row = db.query(Schedule).filter(Schedule.vendor_type == "GARBAGE_COLLECTION").one()
        row.last_tick = datetime.datetime.min
    executions.tick(app)
    with store.session(write=False) as db:
        runs = db.query(Execution).all()
    assert [(row.trigger, row.attrs["workers"]) for row in runs] == ([] if paused else [("SCHEDULE", 2)])


@pytest.mark.parametrize(("text", "words"), [
    ("0 0 25 * * *", "end of range (25) above maximum (23): 25"),
    ("0 a 0 * * *", 'failed to parse int from a: strconv.Atoi: parsing "a": invalid syntax'),
    ("0 5-1 0 * * *", "beginning of range (5) beyond end of range (1): 5-1"),
    ("0 */0 0 * * *", "step of range should be a positive number: */0"),
    ("@daily", "parser does not accept descriptors: @daily"),
    ("0 0 * * *", "expected exactly 6 fields, found 5: [0 0 * * *]"),
    ("TZ=No/Where 0 0 0 * * *", "provided bad location No/Where: unknown time zone No/Where"),
])
def test_what_is_wrong_with_a_schedule(text, words):
    with pytest.raises(ValueError) as error:
        cron.parse(text)
    assert str(error.value) == words


@pytest.mark.parametrize(("text", "next_time"), [
    ("0 0 0 * * *", "2026-03-01T00:00:00"), ("0 30 12 31 * *", "2026-03-31T12:30:00"),
    ("0 0 0 29 2 *", "2028-02-29T00:00:00"), ("CRON_TZ=UTC 5 0 0 1 1 *", "2027-01-01T00:00:05"),
    ("0 0 0 31 2 *", None),
])
def test_when_a_schedule_fires_next(text, next_time):
    found = cron.following(text, datetime.datetime(2026, 2, 28, 12))
    assert (found and found.isoformat()) == next_time
