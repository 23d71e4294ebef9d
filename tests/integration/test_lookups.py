"""Look-ups and switches that are no kind: info, health, job_queue, ldap_import."""

import pytest


@pytest.fixture(name="project")
def fixture_project(harbor):
    """A project with an image and a webhook that has a secret."""
    name = "it-look"
    hook = {"type": "http", "address": "https://ci.example.org", "auth_header": "Look-1secret"}
    harbor.ok(
        "apply",
        projects=[{"name": name, "public": True}],
        webhook_policies=[{"project": name, "name": "ci", "event_types": ["PUSH_ARTIFACT"], "targets": [hook]}],
    )
    digest = harbor.push(f"{name}/a/b:1")
    yield name, digest
    harbor.ok("apply", repositories=[{"project": name, "name": "a/b", "state": "absent"}])
    harbor.ok("project", name=name, state="absent")


def test_info_filters_and_queries(harbor, project):
    name, digest = project
    found = harbor.ok("info", about="projects", filters={"name": name, "metadata.public": "true"})
    assert [row["name"] for row in found["items"]] == [name]
    assert [row["name"] for row in harbor.ok("info", about="projects", filters={"name": "~IT-LO"})["items"]] == [name]
    query = "[].{digest: digest, tags: tags[].name}"
    for more in ({}, {"repository": "a/b"}):
        found = harbor.ok("info", about="artifacts", project=name, query=query, **more)
        assert found["result"] == [{"digest": digest, "tags": ["1"]}]
    hooks = harbor.ok("info", about="webhook_policies", project=name)["items"]
    assert hooks[0]["targets"][0]["address"] == "https://ci.example.org" and "1secret" not in str(hooks)
    for about in ("quotas", "statistics", "replication_executions"):
        assert isinstance(harbor.ok("info", about=about)["items"], list)


WRONG = [
    ({"about": "projects", "filters": {"nmae": "x"}}, "no object has a field nmae"),
    ({"about": "projects", "query": "[?"}, "option query: "),
    ({"about": "project_members"}, "needs a project"),
    ({"about": "registries", "project": "it-look"}, "do not lie in projects"),
    ({"about": "artifacts"}, "needs a project"),
    ({"about": "labels", "project": "nowhere"}, "there is no project nowhere"),
    ({"about": "labels", "repository": "x"}, "option repository goes with"),
]


@pytest.mark.parametrize("arguments, said", WRONG)
def test_info_refuses_what_finds_nothing_in_silence(harbor, arguments, said):
    result = harbor.run("info", **arguments)
    assert result["failed"] and said in result["msg"]


def test_health_reads_what_harbor_says(harbor):
    found = harbor.ok("health", timeout=60, components=["core", "registry"])
    assert found["healthy"] and found["components"]["core"] == "healthy"
    result = harbor.run("health", components=["warp-drive"])
    assert result["failed"] and "warp-drive: not there" in result["msg"]
    assert not harbor.ok("health", components=["warp-drive"], fail=False)["healthy"]


def test_a_harbor_that_does_not_answer_is_ill(harbor):
    result = harbor.run("health", harbor_url="http://127.0.0.1:1", harbor_timeout=1)
    assert result["failed"] and "Harbor is not well" in result["msg"]


def test_a_queue_is_paused_once_and_goes_on(harbor):
    try:
        assert harbor.ok("job_queue", check=True, queue="REPLICATION", state="paused")["changed"]
        assert harbor.ok("job_queue", queue="REPLICATION", state="paused")["changed"]
        assert not harbor.ok("job_queue", queue="REPLICATION", state="paused")["changed"]
        queues = {row["job_type"]: row for row in harbor.api.get("/jobservice/queues")}
        assert queues["REPLICATION"]["paused"] and not queues["GARBAGE_COLLECTION"].get("paused")
    finally:
        assert harbor.ok("job_queue", queue="REPLICATION")["changed"]
    assert not harbor.ok("job_queue", queue="all", state="running")["changed"]
    assert not harbor.ok("job_queue", queue="all", state="emptied")["changed"]


def test_a_queue_that_is_none_is_refused(harbor):
    result = harbor.run("job_queue", queue="REPLICATON")
    assert result["failed"] and "there is no REPLICATON" in result["msg"] and "REPLICATION" in result["msg"]


def test_users_whom_no_directory_knows_are_refused(harbor):
    """Without a directory Harbor cannot even be asked."""
    writes = harbor.writes()
    result = harbor.run("ldap_import", users=["nobody-here"])
    assert result["failed"] and "/ldap/users/search" in result["msg"]
    assert harbor.writes() == writes


def test_who_is_known_is_not_taken_over_again(harbor):
    harbor.ok("user", username="it-known", email="it-known@example.org", realname="Known", password="Known-1pass")
    try:
        assert not harbor.ok("ldap_import", users=["it-known"])["changed"]
    finally:
        harbor.ok("user", username="it-known", state="absent")
