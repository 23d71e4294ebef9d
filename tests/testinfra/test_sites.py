"""Sites that keep each other equal: what is pushed to one is pulled from the other by the same digest within seconds, by robots that may do no more."""

import base64
import json
import re
import subprocess
import urllib.request
import uuid

import pytest
from lab import ROOT, feed, log_in, members, sites, topology, way_in

GROUP = "harbor_client"
FLOWS = way_in()["flows"]
HARBORS = [site["name"] for site in way_in()["sites"] if site["type"] == "harbor"]
SECONDS = 10
# A plain registry tells of nothing and is looked at every minute.
PATIENCE = 90
WRITE = re.compile(r'"(?:POST|PUT|PATCH|DELETE) /api/v2.0/(?!registries/ping)')


def title(flow):
    return f"{flow['from']}-{flow['to']}"


def carried(flow):
    return "library" if {"*", "library"} & set(flow["include"]) else flow["include"][0]


@pytest.fixture(name="push")
def fixture_push(host, name):
    """Pushes a new image to a site, past the address in front; its digest."""
    made = []

    def push(site, repository):
        image = f"{sites()[site]}/{repository}"
        made.append(image)
        if site in HARBORS:
            log_in(name, sites()[site])
        host.check_output(f"sh -c 'head -c 200000 /dev/urandom >/tmp/new && tar -cC /tmp new | docker import - {image}'")
        return host.check_output(f"docker push {image}").split("digest: ")[1].split()[0]

    yield push
    for image in made:
        host.check_output(f"docker rmi {image}")


def pull(host, name, site, repository, seconds):
    """The digest that a site gives for a tag, once it has it."""
    if site in HARBORS:
        log_in(name, sites()[site])
    image = f"{sites()[site]}/{repository}"
    out = host.run(f"timeout {seconds} sh -c 'until docker pull {image} 2>/dev/null; do :; done'").stdout
    host.run(f"docker rmi {image}")
    return re.findall(r"Digest: (sha256:[0-9a-f]{64})", out)


def tag(flow):
    return f"{title(flow)}-{uuid.uuid4()}"


@pytest.mark.parametrize("flow", FLOWS, ids=title)
def test_image_is_pulled_from_the_other_side_by_the_same_digest(host, name, push, flow):
    image = f"{carried(flow)}/probe:{tag(flow)}"
    digest = push(flow["from"], image)
    assert pull(host, name, flow["to"], image, SECONDS if flow["from"] in HARBORS else PATIENCE) == [digest]


@pytest.mark.parametrize("flow", [flow for flow in FLOWS if flow["from"] in HARBORS], ids=title)
def test_project_that_is_left_out_stays(host, name, push, flow):
    left_out, image = f"scratch/probe:{tag(flow)}", f"{carried(flow)}/probe:{tag(flow)}"
    push(flow["from"], left_out)
    digest = push(flow["from"], image)
    # Events are worked through in their order: when the second is there, the first would be, too.
    assert pull(host, name, flow["to"], image, SECONDS) == [digest]
    assert pull(host, name, flow["to"], left_out, 1) == []


def ask(site, path):
    way, request = way_in(), urllib.request.Request(f"http://{sites()[site]}/api/v2.0{path}?page_size=100")
    login = base64.b64encode(f"{way['username']}:{way['password']}".encode()).decode()
    request.add_header("Authorization", f"Basic {login}")
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


@pytest.mark.parametrize("site", HARBORS)
def test_robots_may_do_no_more_than_they_must(site):
    pushing = {flow["from"]: flow for flow in FLOWS if flow["to"] == site and flow["from"] in HARBORS}
    robots = {robot["name"].partition("$")[2]: robot for robot in ask(site, "/robots")}
    assert set(robots) == {"catch-up"} | {f"from-{other}" for other in pushing}
    for other, flow in pushing.items():
        rights = {(one["resource"], one["action"]) for part in robots[f"from-{other}"]["permissions"] for one in part["access"]}
        deletes = {("repository", "delete"), ("tag", "delete")} if flow["deletion"] == "event" else set()
        assert rights == {("repository", "pull"), ("repository", "push")} | deletes


@pytest.mark.parametrize("site", HARBORS)
def test_one_policy_for_each_direction(site):
    names = {policy["name"] for policy in ask(site, "/replication/policies")}
    sent = {f"{word}to-{flow['to']}" for flow in FLOWS if flow["from"] == site for word in ("", "catch-up-")}
    taken = {f"{word}from-{flow['from']}" for flow in FLOWS if flow["to"] == site and flow["from"] not in HARBORS
             for word in ("", "catch-up-")}
    assert names == sent | taken


def writes():
    return sum(len(WRITE.findall(feed(node, "cat /var/log/harbor/proxy.log", ""))) for node in members("harbor_server"))


@pytest.mark.skipif(not FLOWS, reason="one site")
def test_second_run_writes_nothing():
    before, recaps = writes(), []
    for playbook in ("configure", "replicate"):
        done = subprocess.run(
            ["ansible-playbook", "-i", f"inventories/{topology()}", f"playbooks/{playbook}.yml"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )
        recaps += re.findall(r"changed=(\d+)", done.stdout)
    assert set(recaps) == {"0"}
    assert writes() == before
