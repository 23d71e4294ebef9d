# Two Harbors that replicate to each other: what is carried, what is lost without a word, and what goes too far. Of two
# real ones too, given by HARBOR_URL and HARBOR_PEER_URL (and HARBOR_TESTER, the address here that they can reach), save
# what needs the door for tests; they keep what was made, under names that no other run uses.

import json
import os
import re
import time

import pytest
from client import CONFIG, DOCKER, INDEX, Harbor, answers, free_port, start
from standin import services
from standin.remote import Remote

REAL = bool(os.environ.get("HARBOR_PEER_URL"))
RUN = f"-{int(time.time()):x}" if REAL else ""
SIGNATURE = "application/vnd.dev.cosign.artifact.sig.v1+json"
# An execution at the source and its echo at the peer, where both have an event policy.
BOTH = (1, 1)


class Site(Harbor):
    """One of the two; `name` is that of its endpoint and of its robot at the other one."""
    name, data, process, other = "", None, None, None

    def life(self, **changes) -> None:
        self.ask("POST", "/_standin/life", changes)

    def faults(self, *rows: dict) -> None:
        self.ask("POST", "/_standin/faults", list(rows))

    def die(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def live(self) -> None:
        self.process, self.url = start(self.data, int(self.url.rsplit(":", 1)[-1]))

    # --- replication

    def connect(self) -> None:
        """An endpoint for the other one, with a robot there that may do no more than it must."""
        access = [{"resource": "repository", "action": action} for action in ("pull", "push", "delete")]
        access.append({"resource": "tag", "action": "delete"})
        body = {"name": f"from-{self.name}", "level": "system", "duration": -1, "permissions": [
            {"kind": "project", "namespace": "*", "access": access}]}
        robot = self.other.ask("POST", "/robots", body).json()
        self.endpoint = self.make("/registries", {
            "name": self.other.name, "type": "harbor", "url": self.other.url, "insecure": True,
            "credential": {"type": "basic", "access_key": robot["name"], "access_secret": robot["secret"]}})

    def policy(self, project: str, kind: str = "event_based", **changes) -> int:
        body = {"name": f"{project}-{kind}", "enabled": True, "dest_registry": {"id": self.endpoint},
                "trigger": {"type": kind}, "filters": [{"type": "name", "value": f"{project}/**"}], "override": True,
                "deletion": True, "dest_namespace_replace_count": -1} | changes
        return self.make("/replication/policies", body)

    def run(self, policy: int) -> int:
        return self.make("/replication/executions", {"policy_id": policy})

    def runs(self, policy: int) -> list:
        return self.get(f"/replication/executions?policy_id={policy}&page_size=100")

    def tasks(self, run: int) -> list:
        return self.get(f"/replication/executions/{run}/tasks")

    def log(self, run: int) -> str:
        task = self.tasks(run)[0]["id"]
        return self.ask("GET", f"/replication/executions/{run}/tasks/{task}/log").text

    def over(self, run: int) -> dict:
        """Once all its tasks are: the status comes later."""
        return self.until(f"/replication/executions/{run}", lambda row: row["total"] and row["total"] == (
            row["succeed"] + row["failed"] + row["stopped"]) or row["status"] in ("Failed", "Stopped", "Succeed"))

    def nth(self, policy: int, number: int) -> dict:
        """The run of this number, 1 for the first, when it is over."""
        self.until(f"/replication/executions?policy_id={policy}&page_size=100", lambda rows: len(rows) >= number)
        return self.over(sorted(row["id"] for row in self.runs(policy))[number - 1])

    def full_run(self, policy: int) -> dict:
        return self.over(self.run(policy))

    def queue(self, action: str = "") -> dict:
        if action:
            self.ask("PUT", "/jobservice/queues/REPLICATION", {"action": action})
        return next(row for row in self.get("/jobservice/queues") if row["job_type"] == "REPLICATION")

    def until_digests(self, project: str, wanted: dict) -> None:
        deadline = time.monotonic() + self.patience
        while (found := self.digests(project)) != wanted:
            assert time.monotonic() < deadline, found
            time.sleep(0.05)

    def rows(self, project: str, **terms) -> list:
        """Of the audit log, oldest first: (operation, type, resource, digest at the end of its words, who)."""
        query = ",".join(f"{key}={value}" for key, value in {"resource": f"~{project}/", **terms}.items())
        found = self.get(f"/projects/{project}/auditlog-exts?q={query}&sort=op_time&page_size=100")
        return [(row["operation"], row["resource_type"], row["resource"], *re.findall(
            "sha256:[0-9a-f]{64}$", row["operation_description"]), row["username"]) for row in found]


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    sites = []
    for name, variable in (("here", "HARBOR_URL"), ("there", "HARBOR_PEER_URL")):
        data = tmp_path_factory.mktemp(name)
        process, url = (None, os.environ[variable]) if REAL else start(data)
        site = Site(url, 60 if REAL else 20)
        site.name, site.data, site.process = name + RUN, data, process
        sites.append(site)
    try:
        sites[0].other, sites[1].other = sites[1], sites[0]
        for site in sites:
            site.connect()
        yield sites
    finally:
        for site in sites if not REAL else ():
            site.die()


@pytest.fixture
def team(pair, request):
    """A project of this test on both."""
    name = re.sub("[^a-z0-9]+", "-", request.node.name.removeprefix("test_").lower())[-60:].strip("-") + RUN
    for site in pair:
        site.ask("POST", "/projects", {"project_name": name})
    yield name
    if not REAL:
        for site in pair:
            site.faults()
            site.life(events="", working=True, refresh=0, pauses=[[0.2, 0.2]] * 2)


@pytest.fixture
def door():
    if REAL:
        pytest.skip("a real Harbor has no door for tests")


def children(site: Site, name: str):
    """Of an index."""
    return (site.image(name, "", f"{name} {arch}") for arch in ("amd64", "arm64"))


def index(site: Site, name: str, tag: str) -> dict:
    return site.put(name, tag, INDEX, manifests=list(children(site, name)))


def sign(site: Site, name: str, subject: dict) -> str:
    config = site.blob(name, "{}", SIGNATURE)
    return site.put(name, "", config=config, layers=[site.blob(name, "signed")], subject=subject)["digest"]


DEAD = {"path": "*", "status": 502, "times": -1}
CUT = {"method": "PUT", "path": "/v2/*/manifests/*", "status": 500}


# --- what is lost -----------------------------------------------------------------------------------------------------

def test_push_to_a_dead_peer_never_arrives(door, pair, team):
    here, there = pair
    policy = here.policy(team)
    there.faults(DEAD)
    first = here.push(f"{team}/app", "v1", "one")
    row = here.nth(policy, 1)
    assert (row["status"], row["total"]) == ("Failed", 0) and "502" in row["status_text"]
    # Its endpoint is the picture of health; only a ping tells.
    assert here.get(f"/registries/{here.endpoint}")["status"] == "healthy"
    here.ask("POST", "/registries/ping", {"id": here.endpoint}, good=502)
    there.faults()
    here.ask("POST", "/registries/ping", {"id": here.endpoint})
    second = here.push(f"{team}/app", "v2", "two")
    assert here.nth(policy, 2)["status"] == "Succeed"
    assert there.digests(team) == {f"{team}/app:v2": second}
    assert len(here.runs(policy)) == 2
    here.full_run(policy)
    assert there.digests(team) == {f"{team}/app:v1": first, f"{team}/app:v2": second}


def test_push_without_a_jobservice_never_arrives(door, pair, team):
    here, there = pair
    policy = here.policy(team)
    here.life(working=False)
    here.push(f"{team}/app", "v1", "one")
    row = here.nth(policy, 1)
    assert (row["status"], row["total"]) == ("Failed", 0) and "connection refused" in row["status_text"]
    sick = [one["name"] for one in here.get("/health")["components"] if one["status"] != "healthy"]
    assert sick == ["jobservice"]
    here.life(working=True)
    here.push(f"{team}/app", "v2", "two")
    here.nth(policy, 2)
    assert set(there.digests(team)) == {f"{team}/app:v2"} and here.get("/health")["status"] == "healthy"


def test_core_that_dies_after_its_answer_leaves_nothing_or_a_run_without_end(door, pair, team):
    here, there = pair
    policy = here.policy(team)
    here.life(events="lost")
    here.push(f"{team}/app", "v1", "one")
    here.life(events="stuck")
    here.push(f"{team}/app", "v2", "two")
    number = here.until(f"/replication/executions?policy_id={policy}", bool)[0]["id"]
    here.life(events="", refresh=0.1)
    here.push(f"{team}/app", "v3", "three")
    here.until(f"/replication/executions?policy_id={policy}&status=Succeed", bool)
    stuck, = [row for row in here.runs(policy) if row["id"] == number]
    assert (stuck["status"], stuck["total"]) == ("InProgress", 0) and len(here.runs(policy)) == 2
    assert set(there.digests(team)) == {f"{team}/app:v3"}
    here.ask("DELETE", f"/replication/policies/{policy}", good=412)
    here.ask("PUT", f"/replication/executions/{number}")
    assert here.get(f"/replication/executions/{number}")["status"] == "Stopped"
    here.ask("DELETE", f"/replication/policies/{policy}")


def test_jobs_that_wait_outlive_a_crash(door, pair, team):
    here, there = pair
    policy = here.policy(team)
    here.queue("pause")
    digest = here.push(f"{team}/app", "v1", "one")
    here.until(f"/replication/executions?policy_id={policy}", lambda rows: rows and rows[0]["in_progress"] == 1)
    here.die()
    here.live()
    assert (here.queue()["paused"], here.queue()["count"]) == (True, 1)
    here.queue("resume")
    assert here.nth(policy, 1)["succeed"] == 1
    assert there.digests(team) == {f"{team}/app:v1": digest}


# --- attempts ---------------------------------------------------------------------------------------------------------

def test_task_has_three_attempts(door, pair, team):
    here, there = pair
    policy = here.policy(team)
    there.faults({**CUT, "times": -1})
    before = there.get("/_standin/requests").get("v2 PUT", 0)
    here.push(f"{team}/app", "v1", "one")
    # Two blobs, and the manifest as often as it is tried.
    there.until("/_standin/requests", lambda found: found.get("v2 PUT", 0) - before == 2 + 3)
    row = here.until(f"/replication/executions?policy_id={policy}", lambda rows: rows[0]["status"] == "Failed")[0]
    assert (row["total"], row["failed"]) == (1, 1) and "500" in here.log(row["id"])
    assert there.digests(team) == {}


def test_failed_task_may_still_succeed(door, pair, team):
    here, there = pair
    policy = here.policy(team)
    here.life(pauses=[[2, 2], [2, 2]])
    there.faults(CUT)
    here.push(f"{team}/app", "v1", "one")
    row = here.until(f"/replication/executions?policy_id={policy}", lambda rows: rows and rows[0]["failed"])[0]
    assert (row["status"], here.tasks(row["id"])[0]["status"]) == ("Failed", "Failed")
    found = here.until(f"/replication/executions/{row['id']}", lambda row: row["status"] == "Succeed")
    assert (found["succeed"], found["failed"]) == (1, 0)
    # Only the last attempt has a log.
    assert "500" not in here.log(row["id"])


def test_blob_is_tried_again_within_an_attempt(door, pair, team):
    here, there = pair
    policy = here.policy(team)
    there.faults({"method": "POST", "path": "/v2/*/blobs/uploads/", "status": 500, "times": 4})
    here.push(f"{team}/app", "v1", "one")
    assert here.nth(policy, 1)["succeed"] == 1
    assert here.log(here.runs(policy)[0]["id"]).count("ERROR") == 0


@pytest.mark.parametrize("reason", ["immutable", "quota", "read_only"])
def test_peer_refuses_three_times(door, pair, team, reason):
    here, there = pair
    policy = here.policy(team)
    number = there.get(f"/projects/{team}")["project_id"]
    there.push(f"{team}/app", "v1", "its own")
    kept = there.digests(team)
    if reason == "immutable":
        every = {"kind": "doublestar", "pattern": "**"}
        there.ask("POST", f"/projects/{team}/immutabletagrules", {
            "tag_selectors": [every | {"decoration": "matches"}], "action": "immutable",
            "scope_selectors": {"repository": [every | {"decoration": "repoMatches"}]},
            "template": "immutable_template"})
    elif reason == "quota":
        there.ask("PUT", f"/quotas/{there.get(f'/quotas?reference=project&reference_id={number}')[0]['id']}",
                  {"hard": {"storage": 1}})
    else:
        there.ask("PUT", "/configurations", {"read_only": True})
    here.push(f"{team}/app", "v1", "one")
    row = here.until(f"/replication/executions?policy_id={policy}", lambda rows: rows and rows[0]["failed"])[0]
    log = here.log(row["id"])
    assert {"immutable": "412", "quota": "exceed the configured upper limit", "read_only": "read only"}[reason] in log
    assert there.digests(team) == kept
    if reason == "read_only":
        here.life(pauses=[[2, 2], [2, 2]])
        here.push(f"{team}/app", "v1", "two")
        row = here.until(f"/replication/executions?policy_id={policy}", lambda rows: rows[0]["failed"] and len(
            rows) == 2)[0]
        there.ask("PUT", "/configurations", {"read_only": False})
        here.until(f"/replication/executions/{row['id']}", lambda row: row["succeed"])
        assert there.digests(team)[f"{team}/app:v1"] == here.digests(team)[f"{team}/app:v1"]


# --- what a status says -----------------------------------------------------------------------------------------------

def test_status_follows_the_tasks_later_and_keeps_the_policy(door, pair, team):
    here, there = pair
    policy = here.policy(team)
    here.life(refresh=3600)
    here.push(f"{team}/app", "v1", "one")
    row = here.nth(policy, 1)
    assert (row["status"], row["total"], row["succeed"]) == ("InProgress", 1, 1)
    assert here.tasks(row["id"])[0]["status"] == "Succeed" and there.digests(team)
    assert "running executions" in here.ask("DELETE", f"/replication/policies/{policy}", good=412).text
    # Nothing is left to stop, so that does not help.
    here.ask("PUT", f"/replication/executions/{row['id']}")
    here.ask("DELETE", f"/replication/policies/{policy}", good=412)
    here.life(refresh=0.1)
    here.until(f"/replication/executions/{row['id']}", lambda row: row["status"] == "Succeed")
    here.ask("DELETE", f"/replication/policies/{policy}")
    here.ask("GET", f"/replication/executions/{row['id']}", good=404)


@pytest.mark.parametrize("override", [False, True])
def test_success_may_be_a_skip(pair, team, override):
    here, there = pair
    stale = there.push(f"{team}/app", "v1", "its own")
    policy = here.policy(team, override=override)
    digest = here.push(f"{team}/app", "v1", "one")
    row = here.nth(policy, 1)
    assert (row["succeed"], row["failed"]) == (1, 0)
    if override:
        # The old one loses its name.
        assert there.digests(team) == {f"{team}/app:v1": digest, f"{team}/app@{stale}": stale}
    else:
        assert there.digests(team) == {f"{team}/app:v1": stale}
        assert "skip" in here.log(row["id"])


def test_what_a_queue_holds_is_seen(pair, team):
    here, there = pair
    policy = here.policy(team)
    here.queue("pause")
    digest = here.push(f"{team}/app", "v1", "one")
    here.until("/jobservice/queues", lambda rows: any(row.get("count") for row in rows))
    assert (here.queue()["paused"], here.queue()["count"]) == (True, 1)
    here.until("/jobservice/queues", lambda rows: any(row.get("latency") for row in rows))
    assert there.digests(team) == {}
    queue = here.queue("resume")
    assert queue["paused"] is False
    here.nth(policy, 1)
    assert there.digests(team) == {f"{team}/app:v1": digest} and "count" not in here.queue()


# --- echoes -----------------------------------------------------------------------------------------------------------

def test_echoes_end_by_themselves(pair, team):
    here, there = pair
    ours, theirs = here.policy(team), there.policy(team)
    known = [0, 0]

    def expect(what: str, source: int, echo: int) -> list:
        known[0], known[1] = known[0] + source, known[1] + echo
        found = [here.nth(ours, known[0]), there.nth(theirs, known[1]) if known[1] else None]
        assert (len(here.runs(ours)), len(there.runs(theirs))) == tuple(known), what
        return found

    image = here.image(f"{team}/app", "v1", "one")
    assert [row["succeed"] for row in expect("new tag", *BOTH)] == [1, 1]
    newest = max(row["id"] for row in there.runs(theirs))
    assert "skip" in there.log(newest) and "copied" not in there.log(newest)
    here.ask("POST", f"/projects/{team}/repositories/app/artifacts/v1/tags", {"name": "v2"})
    expect("second tag of a digest", *BOTH)
    here.image(f"{team}/app", "v2", "two")
    expect("moved tag", *BOTH)
    here.image(f"{team}/app", "v2", "two")
    expect("pushed again", 1, 0)
    parts = []
    for part in children(here, f"{team}/multi"):
        parts.append(part)
        expect("part of an index", *BOTH)
    both = here.put(f"{team}/multi", "v1", INDEX, manifests=parts)
    expect("index", *BOTH)
    sign(here, f"{team}/multi", both)
    expect("signature", *BOTH)
    assert [one["type"] for one in there.artifacts(f"{team}/multi", "with_accessory=true")[0]["accessories"]] == [
        "signature.cosign"]
    here.ask("DELETE", f"/projects/{team}/repositories/multi/artifacts/v1")
    expect("deleted index and its signature, but not its parts", 2, 2)
    assert not [key for key in there.digests(team) if "/multi" in key]
    here.ask("DELETE", f"/projects/{team}/repositories/app/artifacts/v1/tags/v1")
    expect("deleted tag", *BOTH)
    here.ask("DELETE", f"/projects/{team}/repositories/app/artifacts/v2")
    expect("deleted artifact", *BOTH)
    here.image(f"{team}/app", "v3", "three")
    expect("new tag", *BOTH)
    assert image["digest"] in there.digests(team).values()
    here.ask("DELETE", f"/projects/{team}/repositories/app")
    expect("deleted repository of two artifacts", 2, 2)
    # Its record stays.
    assert there.get(f"/projects/{team}/repositories/app")["artifact_count"] == 0
    here.ask("GET", f"/projects/{team}/repositories/app", good=404)


def test_nothing_untagged_is_taken_by_a_filter_that_wants_a_name(pair, team):
    here, there = pair
    name = {"type": "name", "value": f"{team}/**"}
    policy = here.policy(team, filters=[name, {"type": "tag", "value": "?*"}])
    both = index(here, f"{team}/app", "v1")
    sign(here, f"{team}/app", both)
    here.nth(policy, 1)
    found, = there.artifacts(f"{team}/app", "with_accessory=true")
    assert len(found["references"]) == 2 and not found["accessories"] and len(here.runs(policy)) == 1


# --- audit rows -------------------------------------------------------------------------------------------------------

def test_audit_log_tells_who_had_what(pair, team):
    here, there = pair
    policy = here.policy(team)
    app, who, robot = f"{team}/app", "admin", f"robot$from-{here.name}"
    one = here.push(app, "v1", "one")
    here.nth(policy, 1)
    here.ask("POST", f"/projects/{team}/repositories/app/artifacts/v1/tags", {"name": "v2"})
    here.nth(policy, 2)
    here.push(app, "v2", "one")
    two = here.push(app, "v2", "two")
    here.nth(policy, 4)
    here.ask("DELETE", f"/projects/{team}/repositories/app/artifacts/v1/tags/v1")
    here.nth(policy, 5)
    here.ask("DELETE", f"/projects/{team}/repositories/app/artifacts/{one}")
    here.nth(policy, 6)
    here.ask("DELETE", f"/projects/{team}/repositories/app")
    here.nth(policy, 7)
    assert here.rows(team) == [
        ("create", "artifact", f"{app}:v1", one, who), ("create", "tag", f"{app}:v2", who),
        ("create", "artifact", f"{app}:v2", one, who), ("create", "artifact", f"{app}:v2", two, who),
        ("delete", "tag", f"{app}:v1", who), ("delete", "artifact", f"{app}@{one}", one, who),
        ("delete", "artifact", f"{app}@{two}", two, who), ("delete", "repository", app, who)]
    assert there.rows(team) == [
        ("create", "artifact", f"{app}:v1", one, robot), ("create", "artifact", f"{app}:v2", one, robot),
        ("create", "artifact", f"{app}:v2", two, robot), ("delete", "tag", f"{app}:v1", robot),
        ("delete", "artifact", f"{app}@{one}", one, robot), ("delete", "artifact", f"{app}@{two}", two, robot)]
    here.push(app, "v3", "three")
    rows = here.get(f"/projects/{team}/auditlog-exts?q=resource=~{team}/&sort=op_time&page_size=100")
    last = rows[-1]["op_time"]
    assert [row[2] for row in here.rows(team, op_time=f"[{last}~]")] == [f"{app}:v3"]
    assert here.rows(team, op_time="[~2000-01-01T00:00:00Z]") == []
    assert [row[1] for row in here.rows(team, operation="delete", resource_type="repository")] == ["repository"]
    page = here.ask("GET", f"/projects/{team}/auditlog-exts?q=resource=~{team}/&sort=op_time&page_size=4&page=2")
    assert page.headers["X-Total-Count"] == "9" and page.json() == rows[4:8]


# --- what goes too far ------------------------------------------------------------------------------------------------

# Each with what it costs, and what keeps it from happening: policies that do not carry deletions.

@pytest.mark.parametrize("deletion", [True, False])
def test_deletion_that_waits_takes_what_the_tag_has_become(pair, team, deletion):
    here, there = pair
    policy = here.policy(team, deletion=deletion)
    here.push(f"{team}/app", "v1", "one")
    here.nth(policy, 1)
    here.queue("pause")
    here.ask("DELETE", f"/projects/{team}/repositories/app/artifacts/v1")
    if deletion:
        here.until("/jobservice/queues", lambda rows: any(row.get("count") for row in rows))
    newer = there.push(f"{team}/app", "v1", "newer")
    there.push(f"{team}/app", "kept", "newer")
    here.queue("resume")
    if deletion:
        assert here.nth(policy, 2)["succeed"] == 1
    # With it goes whatever other names it had.
    assert (newer in there.digests(team).values()) is not deletion


@pytest.mark.parametrize("deletion", [True, False])
def test_echo_of_a_deletion_takes_what_was_pushed_again(pair, team, deletion):
    here, there = pair
    ours, theirs = here.policy(team, deletion=deletion), there.policy(team, deletion=deletion)
    digest = here.push(f"{team}/app", "v1", "one")
    there.nth(theirs, 1)
    there.queue("pause")
    here.ask("DELETE", f"/projects/{team}/repositories/app/artifacts/v1")
    if deletion:
        here.nth(ours, 2)
        there.until("/jobservice/queues", lambda rows: any(row.get("count") for row in rows))
    here.push(f"{team}/app", "v1", "one")
    here.nth(ours, 3 if deletion else 2)
    there.queue("resume")
    for site in pair:
        site.until_digests(team, {} if deletion else {f"{team}/app:v1": digest})


@pytest.mark.parametrize("deletion", [True, False])
def test_deletion_of_an_artifact_takes_all_its_tags_whatever_the_filter(pair, team, deletion):
    here, there = pair
    name = {"type": "name", "value": f"{team}/**"}
    policy = here.policy(team, deletion=deletion, filters=[name, {"type": "tag", "value": "v*"}])
    one = here.push(f"{team}/app", "v1", "one")
    here.push(f"{team}/app", "other", "one")
    here.nth(policy, 1)
    own = there.push(f"{team}/app", "other", "its own")
    here.ask("DELETE", f"/projects/{team}/repositories/app/artifacts/v1")
    if deletion:
        here.nth(policy, 2)
    assert there.digests(team) == ({} if deletion else {f"{team}/app:v1": one, f"{team}/app:other": own})


def test_full_run_revives_what_the_peer_has_deleted_and_deletes_nothing(pair, team):
    here, there = pair
    policy = here.policy(team, deletion=False)
    here.push(f"{team}/app", "v1", "one")
    here.push(f"{team}/app", "v2", "two")
    here.nth(policy, 2)
    both = there.digests(team)
    assert set(both) == {f"{team}/app:v1", f"{team}/app:v2"}
    there.ask("DELETE", f"/projects/{team}/repositories/app/artifacts/v1")
    here.ask("DELETE", f"/projects/{team}/repositories/app/artifacts/v2")
    other = here.policy(team, "manual", deletion=True)
    assert here.full_run(other)["succeed"] == 1
    assert there.digests(team) == both
    # Without the flag a deletion starts nothing.
    assert len(here.runs(policy)) == 2


def test_filters_are_a_cross_product(pair, team):
    here, there = pair
    for name in ("one", "two", "three"):
        for tag in ("v1", "v2", "v3"):
            here.push(f"{team}/{name}", tag, f"{name} {tag}")
    policy = here.policy(team, "manual", override=False, filters=[
        {"type": "name", "value": f"{team}/{{one,two}}"}, {"type": "tag", "value": "{v1,v2}"}])
    row = here.full_run(policy)
    # A task for each repository, with all its tags.
    assert sorted(task["src_resource"] for task in here.tasks(row["id"])) == [
        f"{team}/{name} [2 item(s) in total]" for name in ("one", "two")]
    assert set(there.digests(team)) == {f"{team}/{name}:{tag}" for name in ("one", "two") for tag in ("v1", "v2")}


def test_filters_that_are_too_long_for_the_database_are_an_error_without_words(pair, team):
    body = {"name": team, "dest_registry": {"id": pair[0].endpoint}}
    for length, status in ((1024, 201), (1025, 500)):
        filters = [{"type": "name", "value": "*" * (length - len('[{"type":"name","value":""}]'))}]
        pair[0].ask("POST", "/replication/policies", {**body, "name": f"{team}-{length}", "filters": filters},
                    good=status)


def test_policy_that_is_changed_does_not_change_what_waits(pair, team):
    here, there = pair
    here.push(f"{team}/one", "v1", "one")
    here.push(f"{team}/two", "v1", "two")
    one, two = ([{"type": "name", "value": f"{team}/{name}"}] for name in ("one", "two"))
    policy = here.policy(team, "manual", filters=one)
    body = here.get(f"/replication/policies/{policy}")
    here.queue("pause")
    run = here.run(policy)
    here.until(f"/replication/executions/{run}", lambda row: row["in_progress"])
    here.ask("PUT", f"/replication/policies/{policy}", body | {"filters": two})
    here.queue("resume")
    here.over(run)
    assert set(there.digests(team)) == {f"{team}/one:v1"}


# --- projects, signatures, other registries ---------------------------------------------------------------------------

@pytest.mark.parametrize("creators", ["everyone", "adminonly"])
def test_missing_project_is_made_by_whoever_may(pair, creators):
    here, there = pair
    team = f"made-by-{creators}{RUN}"
    here.ask("POST", "/projects", {"project_name": team, "metadata": {"public": "true"}})
    policy = here.policy(team)
    there.ask("PUT", "/configurations", {"project_creation_restriction": creators})
    try:
        here.push(f"{team}/app", "v1", "one")
        row = here.nth(policy, 1)
    finally:
        there.ask("PUT", "/configurations", {"project_creation_restriction": "everyone"})
    if creators == "adminonly":
        assert (row["status"], row["total"]) == ("Failed", 0) and "403" in row["status_text"]
        there.ask("HEAD", f"/projects?project_name={team}", good=404)
    else:
        assert row["succeed"] == 1
        made = there.get(f"/projects/{team}")
        assert (made["metadata"]["public"], made["owner_name"]) == ("true", "admin")


def test_project_that_is_a_cache_takes_nothing(pair):
    here, there = pair
    team = f"cached{RUN}"
    here.ask("POST", "/projects", {"project_name": team})
    there.ask("POST", "/projects", {"project_name": team, "registry_id": there.endpoint})
    policy = here.policy(team)
    here.push(f"{team}/app", "v1", "one")
    row = here.nth(policy, 1)
    assert (row["status"], row["total"]) == ("Succeed", 0)


def test_full_run_takes_signatures_along(pair, team):
    here, there = pair
    name = f"{team}/app"
    both = index(here, name, "v1")
    child = here.artifacts(name)[0]["references"][0]["child_digest"]
    signed = [sign(here, name, both), sign(here, name, {**both, "mediaType": DOCKER, "digest": child})]
    # In cosign's older form: by its tag.
    simple = [{**here.blob(name, "signed"), "mediaType": "application/vnd.dev.cosign.simplesigning.v1+json"}]
    old = here.put(name, f"sha256-{both['digest'][7:]}.sig", config=here.blob(name, "{}", CONFIG), layers=simple)
    policy = here.policy(team, "manual", filters=[
        {"type": "name", "value": f"{team}/**"}, {"type": "tag", "value": "v*"}])
    for _again in range(2):
        assert here.full_run(policy)["failed"] == 0

        def shown(site: Site) -> dict:
            rows = site.artifacts(name, "with_accessory=true&q=base%3D*&page_size=100")
            return {row["digest"]: {(one["digest"], one["type"]) for one in row["accessories"] or []} for row in rows}
        assert shown(there) == shown(here)
        assert shown(there)[both["digest"]] == {(one, "signature.cosign") for one in (signed[0], old["digest"])}
        # A tag can be equal and its signature missing.
        there.ask("DELETE", f"/projects/{team}/repositories/app/artifacts/{signed[0]}")


@pytest.fixture
def plain(tmp_path):
    """A Docker registry without anything around it."""
    host, port = os.environ.get("HARBOR_TESTER", "127.0.0.1"), free_port()
    process = services.distribution(tmp_path, port, host)
    try:
        registry = Site(f"http://{host}:{port}")
        assert answers(f"{registry.url}/v2/")
        yield registry
    finally:
        process.kill()
        process.wait(10)


def test_plain_registry_can_be_pushed_to_and_pulled_from(pair, team, plain):
    here = pair[0]
    endpoint = {"id": here.make("/registries", {"name": team, "type": "docker-registry", "url": plain.url})}
    policy = here.policy(team, dest_registry=endpoint)

    def held(tag: str) -> str:
        return Remote("docker-registry", plain.url).digest(f"{team}/app", tag)

    one, two = here.push(f"{team}/app", "v1", "one"), here.push(f"{team}/app", "v2", "two")
    here.nth(policy, 2)
    assert (held("v1"), held("v2")) == (one, two)
    # It knows no names that go alone.
    here.ask("DELETE", f"/projects/{team}/repositories/app/artifacts/v1/tags/v1")
    assert here.nth(policy, 3)["failed"] == 1 and held("v1") == one
    here.ask("DELETE", f"/projects/{team}/repositories/app/artifacts/v2")
    assert here.nth(policy, 4)["succeed"] == 1 and held("v2") == ""
    # Its catalogue is not asked for a repository that is named.
    back = here.policy(team, "manual", dest_registry=None, src_registry=endpoint,
                       filters=[{"type": "name", "value": f"{team}/app"}])
    assert here.full_run(back)["succeed"] == 1
    assert here.digests(team) == {f"{team}/app:v1": one}


def test_a_registry_that_wants_tokens_gets_them(pair):
    here = pair[0]
    pushed = here.image("library/free", "v1", "one")
    # Without a password the way is: 401, the realm that it names, a token for this repository.
    assert Remote("docker-registry", here.url).digest("library/free", "v1") == pushed["digest"]
    assert json.loads(Remote("docker-registry", here.url).manifest("library/free", "v1").content)["config"]
