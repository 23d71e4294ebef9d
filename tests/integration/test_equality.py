"""Two Harbors that should hold the same: what differs is told for what it means, copied exactly, and proved."""

import json
import os
import re
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.anchorage.harbor.plugins.module_utils import action, plain
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import ApiError, RunFailed
from ansible_collections.anchorage.harbor.plugins.module_utils.site import Site
from ansible_collections.anchorage.harbor.plugins.module_utils.sites import SPEC as SITES
from ansible_collections.anchorage.harbor.plugins.modules import replication_catchup
from standin import services

from conftest import Harbor, digest

NAMES = "east", "west"
MODULES = Path(__file__).resolve().parents[2] / "plugins/modules"


class Twins:
    """Two Harbors, and one project of its own that flows both ways unless a test says otherwise."""

    def __init__(self, harbors, project, directory):
        self.harbors, self.project, self.directory = dict(zip(NAMES, harbors)), project, directory
        self.flows = [{"from": "east", "to": "west", "include": [project]},
                      {"from": "west", "to": "east", "include": [project]}]

    def sites(self, **more):
        return [{"name": name, "url": harbor.url, "username": harbor.username, "password": harbor.password,
                 **more.get(name, {})} for name, harbor in self.harbors.items()]

    def push(self, site, image, content=None):
        return self.harbors[site].push(f"{self.project}/{image}", content)

    def remove(self, site, image):
        name, tag = image.split(":")
        path = f"/projects/{self.project}/repositories/{name}/artifacts/{tag}/tags/{tag}"
        self.harbors[site].api.delete(path)

    def hold(self, site):
        """What a site holds, past the modules: image: digest."""
        path = f"/projects/{self.project}/artifacts"
        rows = self.harbors[site].api.list(path, {"with_tag": "true"})
        return {f"{row['repository_name'].partition('/')[2]}:{tag['name']}": row["digest"]
                for row in rows for tag in row["tags"] or []}

    def run(self, module, check=False, **more):
        more.setdefault("flows", self.flows)
        return self.harbors["east"].run(module, check, **{"sites": self.sites(), **more})

    def diff(self, **more):
        return self.run("artifact_diff", **{"recheck": 0, **more})

    def catch_up(self, check=False, **more):
        return self.run("replication_catchup", check, **more)

    def states(self, **more):
        """Differences by image."""
        found = self.diff(**more)
        assert not found.get("failed"), found["msg"]
        return {f"{one['repository'].partition('/')[2]}:{one['tag']}": (one["state"], one["from"])
                for one in found["differences"]}

    def writes(self):
        return sum(harbor.writes() for harbor in self.harbors.values())


@pytest.fixture(name="twins")
def fixture_twins(harbor, peer, request, tmp_path):
    """Each test has a project of its own, on both."""
    project = "eq-" + request.node.originalname.removeprefix("test_").replace("_", "-")
    both = harbor, peer
    for one in both:
        one.ok("project", name=project)
    for one, other, name in ((harbor, peer, "west"), (peer, harbor, "east")):
        one.ok("registry", name=name, type="harbor", url=other.url, access_key=other.username,
               access_secret=other.password)
    yield Twins(both, project, tmp_path)
    for one in both:
        for repository in one.api.list(f"/projects/{project}/repositories"):
            one.api.delete(f"/projects/{project}/repositories/{repository['name'].partition('/')[2]}")
        one.ok("project", name=project, state="absent")


def mix(twins):
    """One of each sort, and what each is expected to be."""
    for site in NAMES:
        twins.push(site, "same:1")
        twins.push(site, "kept:1", "old")
        twins.push(site, "moved:1", "old")
        twins.push(site, "gone:1")
    twins.push("east", "missing:1")
    twins.push("west", "missing:2")
    twins.push("west", "moved:1", "new")
    twins.push("east", "fight:1", "one")
    twins.push("west", "fight:1", "two")
    twins.remove("west", "gone:1")
    return {"missing:1": ("missing", "east"), "missing:2": ("missing", "west"), "moved:1": ("newer", "west"),
            "fight:1": ("conflict", "east"), "gone:1": ("deleted", "east")}


def test_catch_up_copies_exactly_what_is_certain(twins):
    expected = mix(twins)
    assert twins.states() == expected
    before = {name: twins.hold(name) for name in NAMES}
    writes = twins.writes()
    plan = twins.catch_up(check=True)
    assert twins.writes() == writes and {name: twins.hold(name) for name in NAMES} == before
    assert plan["changed"] and plan["planned"]["copies"] == 3 and plan["planned"]["left"] == 2
    done = twins.catch_up()
    assert not done.get("failed"), done["msg"]
    assert (done["copied"], done["copies"], done["planned"]) == (3, plan["copies"], plan["planned"])
    assert done["diff"] == plan["diff"]
    left = {"fight:1": ("conflict", "east"), "gone:1": ("deleted", "east")}
    assert twins.states() == left
    east, west = twins.hold("east"), twins.hold("west")
    assert east["moved:1"] == west["moved:1"] == before["west"]["moved:1"]
    assert east["fight:1"] != west["fight:1"] and "gone:1" not in west and "gone:1" in east
    writes = twins.writes()
    again = twins.catch_up()
    assert not again["changed"] and twins.writes() == writes and again["copied"] == 0


def test_equal_sites_are_proved_equal(twins):
    for site in NAMES:
        for number in range(5):
            twins.push(site, f"app:{number}")
    found = twins.diff(fail=True)
    assert found["equal"] and found["differences"] == [] and not found["changed"]
    assert [flow["equal"] for flow in found["flows"]] == [5, 5]
    assert found["flows"][0]["projects"] == {twins.project: {"equal": 5}}
    assert found["sites"]["west"]["tags"] == 5 and found["sites"]["west"]["reachable"]


def test_what_differs_fails_when_that_is_wanted(twins):
    twins.push("east", "app:1")
    found = twins.diff(fail=True)
    assert found["failed"] and found["msg"] == "The sites are not equal: east to west: 1 missing."
    assert found["differences"][0]["reason"] == "west never had it" and found["flows"][0]["lag_seconds"] >= 0


@pytest.mark.parametrize("more, winner", [
    ({"on_conflict": "newest"}, "west"), ({"on_conflict": "prefer", "prefer": "east"}, "east"),
    ({"decisions": [{"repository": "{project}/fight", "tag": "1", "keep": "east"}]}, "east")])
def test_a_conflict_ends_by_a_rule(twins, more, winner):
    twins.push("east", "fight:1", "one")
    twins.push("west", "fight:1", "two")
    digest = twins.hold(winner)["fight:1"]
    done = twins.catch_up(**json.loads(json.dumps(more).replace("{project}", twins.project)))
    assert not done.get("failed"), done["msg"]
    assert done["equal"] and done["copied"] == 1
    assert twins.hold("east") == twins.hold("west") == {"fight:1": digest}


def prepared(twins, **more):
    """A run that has decided and has not begun: what it would do, and the rest of it."""
    checked = ArgumentSpecValidator({**SITES, **replication_catchup.SPEC}).validate(
        {"sites": twins.sites(), "flows": twins.flows, **more})
    assert not checked.error_messages
    return replication_catchup.prepare(checked.validated_parameters, print)


def test_a_push_between_decision_and_copy_is_not_overwritten(twins):
    for site in NAMES:
        twins.push(site, "app:1", "old")
    twins.push("east", "app:1", "new")
    plan, act = prepared(twins)
    assert plan["planned"]["copies"] == 1
    later = twins.push("west", "app:1", "later")
    with pytest.raises(RunFailed, match="was changed meanwhile, and was left alone"):
        act(print)
    assert twins.hold("west") == {"app:1": later}
    assert twins.states() == {"app:1": ("conflict", "east")}


def test_what_is_pushed_meanwhile_is_not_told_and_not_overwritten(twins):
    twins.push("east", "app:1")
    twins.push("east", "app:2", "east")
    _plan, act = prepared(twins)
    taken = twins.push("west", "app:2", "west")
    twins.push("west", "new:1")
    with pytest.raises(RunFailed, match="1 of 2 tags did not arrive: .*/app:2") as failed:
        act(print)
    assert [one["repository"].partition("/")[2] for one in failed.value.facts["differences"]] == ["app"]
    assert twins.hold("west")["app:2"] == taken and "app:1" in twins.hold("west")


def test_a_far_end_that_dies_after_the_decision_is_said(twins):
    """Nothing is called copied that nobody could look at."""
    twins.push("east", "app:1")
    _plan, act = prepared(twins)
    if not twins.writes():
        pytest.skip("only the stand-in can be told to die")
    west = twins.harbors["west"].url
    requests.post(west + "/_standin/faults", json=[{"path": "*", "status": 502, "times": -1}], timeout=10)
    try:
        with pytest.raises(RunFailed, match="1 of 1 tags did not arrive: .*/app:1.*west does not answer any more") as failed:
            act(print)
    finally:
        requests.post(west + "/_standin/faults", json=[], timeout=10)
    assert (failed.value.facts["copied"], failed.value.facts["equal"]) == (0, False)
    assert twins.catch_up()["copied"] == 1


def test_a_second_look_that_is_refused_is_said(twins, monkeypatch):
    twins.push("east", "app:1")
    _plan, act = prepared(twins)

    def refused(site, _repositories):
        with site.listening():
            raise ApiError("GET", "/projects", 403, "forbidden")

    monkeypatch.setattr(Site, "again", refused)
    with pytest.raises(RunFailed, match="1 copies were begun and 0 tags deleted.*site (east|west): GET /projects: 403 forb") as failed:
        act(print)
    assert failed.value.facts == {"changed": True, "faults": []}
    monkeypatch.undo()
    assert twins.diff()["equal"]


def test_a_deletion_of_what_was_moved_meanwhile_is_not_done(twins):
    digest = [twins.push(site, "gone:1") for site in NAMES][0]
    twins.remove("west", "gone:1")
    flows = [dict(flow, deletion="reviewed") for flow in twins.flows]
    plan, act = prepared(twins, flows=flows, decisions=decision(twins, "west", digest))
    assert plan["planned"]["deletions"] == 1
    later = twins.push("east", "gone:1", "later")
    assert act(print)["deleted"] == 0 and twins.hold("east") == {"gone:1": later}


def test_a_site_does_its_own_part_only(twins):
    twins.push("east", "app:1")
    twins.push("west", "app:2")
    done = twins.catch_up(at=["west"])
    assert done["copied"] == 1 and not done["equal"]
    assert sorted(twins.hold("east")) == ["app:1", "app:2"] and sorted(twins.hold("west")) == ["app:2"]


def test_a_paused_queue_is_said_before_anything(twins):
    twins.push("east", "app:1")
    assert twins.catch_up()["copied"] == 1  # a queue is listed once it had a job
    twins.push("east", "app:2")
    east = twins.harbors["east"].api
    east.write("PUT", "/jobservice/queues/REPLICATION", {"action": "pause"})
    try:
        before = twins.writes()
        found = twins.catch_up()
        assert found["failed"] and "east: the queue of replication is paused" in found["msg"]
        assert twins.writes() == before and sorted(twins.hold("west")) == ["app:1"]
    finally:
        east.write("PUT", "/jobservice/queues/REPLICATION", {"action": "resume"})
    assert twins.catch_up()["equal"]


@pytest.fixture(name="registry")
def fixture_registry(tmp_path):
    """A Docker registry without anything around it, and as a place to push to."""
    host = os.environ.get("HARBOR_TESTER", "127.0.0.1")
    with socket.socket() as free:
        free.bind((host, 0))
        port = free.getsockname()[1]
    process = services.distribution(tmp_path, port, host)
    try:
        place = SimpleNamespace(url=f"http://{host}:{port}", username="anybody", password="any" + "thing")
        plain.Plain({"url": place.url, "username": "", "password": ""})  # it asks until there is an answer
        yield place
    finally:
        process.kill()
        process.wait(10)


def test_a_plain_registry_gets_and_gives(twins, registry, monkeypatch):
    monkeypatch.setattr(plain, "MANY", 1)  # a page holds one name
    east, url = twins.harbors["east"], registry.url
    east.ok("registry", name="plain", type="docker-registry", url=url)
    sites = [*twins.sites()[:1], {"name": "plain", "url": url, "type": "docker-registry"}]
    forth, back = ({"from": source, "to": target, "include": [twins.project]}
                   for source, target in (("east", "plain"), ("plain", "east")))
    pushed = {"app:1": twins.push("east", "app:1"), "web:1": twins.push("east", "web:1")}
    done = twins.catch_up(sites=sites, flows=[forth])
    assert not done.get("failed"), done["msg"]
    assert done["equal"] and done["copied"] == 2
    pushed["own:1"] = Harbor.push(registry, f"{twins.project}/own:1")
    done = twins.catch_up(sites=sites, flows=[back])
    assert not done.get("failed"), done["msg"]
    assert done["equal"] and done["copied"] == 1 and twins.hold("east") == pushed
    last = twins.catch_up(sites=sites, flows=[forth, back])
    assert not last["changed"] and last["sites"]["plain"]["tags"] == 3


def decision(twins, keep, digest=None):
    return [{"repository": f"{twins.project}/gone", "tag": "1", "keep": keep, "delete_digest": digest}]


def test_a_deletion_is_carried_only_by_name_and_digest(twins):
    digest = [twins.push(site, "gone:1") for site in NAMES][0]
    twins.remove("west", "gone:1")
    flows = [dict(flow, deletion="reviewed") for flow in twins.flows]
    assert not twins.catch_up(flows=flows)["changed"]
    for refused, words in ((twins.catch_up(decisions=decision(twins, "west", digest)), "carries no deletions"),
                           (twins.catch_up(flows=flows, decisions=decision(twins, "west", "sha256:0")), digest),
                           (twins.catch_up(flows=flows, decisions=decision(twins, "west")), digest),
                           (twins.catch_up(flows=flows, decisions=decision(twins, "west", digest), delete_limit=0),
                            "delete_limit")):
        assert refused["failed"] and words in refused["msg"], refused
        assert twins.hold("east") == {"gone:1": digest}
    done = twins.catch_up(flows=flows, decisions=decision(twins, "west", digest))
    assert not done.get("failed"), done["msg"]
    assert (done["deleted"], done["equal"], twins.hold("east")) == (1, True, {})
    assert not twins.catch_up(flows=flows, decisions=decision(twins, "west", digest))["changed"]


def test_without_override_a_newer_image_waits_for_a_decision(twins):
    old = [twins.push(site, "app:1", "old") for site in NAMES][0]
    new = twins.push("east", "app:1", "new")
    flows = [dict(flow, override=False) for flow in twins.flows]
    left = twins.catch_up(flows=flows)
    assert not left["changed"] and left["planned"]["left"] == 1 and twins.hold("west") == {"app:1": old}
    chosen = [{"repository": f"{twins.project}/app", "tag": "1", "keep": "east"}]
    done = twins.catch_up(flows=flows, decisions=chosen)
    assert not done.get("failed"), done["msg"]
    assert (done["copied"], done["equal"], twins.hold("west")) == (1, True, {"app:1": new})


def test_a_deletion_is_undone(twins):
    digest = [twins.push(site, "gone:1") for site in NAMES][0]
    twins.remove("west", "gone:1")
    done = twins.catch_up(decisions=decision(twins, "east"))
    assert not done.get("failed"), done["msg"]
    assert (done["copied"], done["equal"], twins.hold("west")) == (1, True, {"gone:1": digest})


def test_nothing_that_was_deleted_comes_back_along_with_others(twins):
    for site in NAMES:
        twins.push(site, "one:2")
        twins.push(site, "two:1")
    twins.remove("west", "one:2")
    twins.remove("west", "two:1")
    twins.push("east", "one:1")
    twins.push("east", "two:2")
    done = twins.catch_up()
    assert not done.get("failed"), done["msg"]
    assert done["copied"] == 2 and sorted(twins.hold("west")) == ["one:1", "two:2"]


def test_what_is_only_at_the_far_end_of_one_direction_is_let_be(twins):
    twins.push("west", "own:1")
    twins.push("east", "app:1")
    flows = twins.flows[:1]
    assert twins.states(flows=flows) == {"own:1": ("extra", "west"), "app:1": ("missing", "east")}
    done = twins.catch_up(flows=flows)
    assert done["copied"] == 1 and done["equal"] and sorted(twins.hold("west")) == ["app:1", "own:1"]


def test_a_site_that_does_not_answer_is_left_for_later(twins):
    twins.push("east", "app:1")
    sites = twins.sites(west={"url": "http://127.0.0.1:9", "timeout": 1})
    found = twins.catch_up(sites=sites)
    assert not found.get("failed"), found["msg"]
    assert not found["changed"] and not found["equal"]
    assert found["later"] == ["east to west: west does not answer", "west to east: west does not answer"]
    assert "Left for later" in str(found["warnings"])
    assert not found["sites"]["west"]["reachable"] and "127.0.0.1:9" in found["sites"]["west"]["error"]
    assert twins.catch_up()["copied"] == 1


def test_the_ledger_decides_where_no_log_tells(twins):
    path = str(twins.directory / "ledger.json")
    for site in NAMES:
        twins.push(site, "gone:1")
        twins.push(site, "stays:1")
    assert not twins.catch_up(ledger=path)["changed"]
    pages = json.loads((twins.directory / "ledger.json").read_text())["pairs"]
    assert sorted(pages["east|west"]) == [f"{twins.project}/gone", f"{twins.project}/stays"]
    assert twins.catch_up(check=True, ledger=path)["planned"]["copies"] == 0


@pytest.mark.parametrize("more, words", [
    ({"flows": [{"from": "east", "to": "nowhere"}]}, "there is no site nowhere"),
    ({"flows": [{"from": "east", "to": "west", "include": ["Bad Name"]}]}, "Bad Name"),
    ({"on_conflict": "prefer"}, "option prefer"), ({"at": ["north"]}, "option at"), ({"timeout": 0}, "option timeout"),
    ({"delete_limit": -1}, "option delete_limit"), ({"limit": -1}, "option limit"),
    ({"ledger": "/nowhere/at/all"}, "option ledger"),
    ({"sites": [{"name": "east", "url": "http://127.0.0.1:9"}] * 2}, "option sites"),
    ({"sites": [{"name": name, "url": "http://127.0.0.1:9"} for name in NAMES]}, "needs username and password")])
def test_bad_input_is_refused_before_anything(twins, more, words):
    before = twins.writes()
    found = twins.catch_up(**{"flows": [], **more})
    assert found["failed"] and words in found["msg"] and "\n" not in found["msg"]
    assert twins.writes() == before


def test_an_endpoint_of_another_name_is_asked_for(twins):
    twins.push("east", "app:1")
    sites = [dict(site, name=site["name"] + "-2") for site in twins.sites()]
    flows = [{"from": "east-2", "to": "west-2", "include": [twins.project]}]
    found = twins.catch_up(sites=sites, flows=flows)
    assert found["failed"] and "no endpoint named west-2" in found["msg"]


def test_a_wrong_password_is_no_site_that_is_away(twins):
    found = twins.catch_up(sites=twins.sites(west={"password": "Wrong-" + "Passw0rd"}))
    assert found["failed"] and "site west" in found["msg"] and "Wrong-" not in json.dumps(found)


def test_a_rule_at_the_far_end_that_refuses_is_named(twins, monkeypatch):
    """An immutable tag there: the copy fails for good, and the sentence holds Harbor's reason."""
    if twins.writes():  # the stand-in tries again within seconds, Harbor within minutes
        monkeypatch.setattr(action, "RETRIED", 4)
    for site in NAMES:
        twins.push(site, "app:1", "old")
    selector = {"kind": "doublestar", "decoration": "matches", "pattern": "**"}
    rule = {"template": "immutable_template", "action": "immutable", "disabled": False, "tag_selectors": [selector],
            "scope_selectors": {"repository": [dict(selector, decoration="repoMatches")]}}
    west = twins.harbors["west"]
    number = west.api.post(f"/projects/{twins.project}/immutabletagrules", rule)
    newer = twins.push("east", "app:1", "new")
    done = twins.catch_up()
    assert done["failed"] and f"{twins.project}/app:1" in done["msg"] and "412" in done["msg"] + " ".join(done["faults"])
    assert twins.states() == {"app:1": ("newer", "east")}
    west.api.delete(f"/projects/{twins.project}/immutabletagrules/{number}")
    assert twins.catch_up()["equal"] and twins.hold("west") == {"app:1": newer}


def test_a_signature_that_is_missing_is_copied_alone(twins):
    digest = [twins.push(site, "app:1") for site in NAMES][0]
    sign(twins.harbors["east"], f"{twins.project}/app", digest)
    assert twins.states() == {"app:1": ("accessory", "east")}
    assert twins.states(accessories=False) == {}
    done = twins.catch_up()
    assert not done.get("failed"), done["msg"]
    assert done["equal"] and done["copied"] == 1


def test_a_signature_waits_while_another_one_was_deleted(twins):
    name = f"{twins.project}/app"
    digest = [twins.push(site, "app:1") for site in NAMES][0]
    first = [sign(twins.harbors[site], name, digest, "first") for site in NAMES][0]
    twins.harbors["west"].api.delete(f"/projects/{twins.project}/repositories/app/artifacts/{first}")
    sign(twins.harbors["east"], name, digest, "second")
    done = twins.catch_up()
    assert not done["changed"] and done["planned"]["left"] == 2
    assert sorted(one["state"] for one in done["differences"]) == ["accessory", "deleted"]
    chosen = [{"repository": name, "tag": "1", "keep": "east"}]
    done = twins.catch_up(decisions=chosen)
    assert not done.get("failed"), done["msg"]
    assert done["equal"]


def sign(harbor, name, subject, note=""):
    """A signature in the form of OCI 1.1: a manifest with a subject, pushed by its digest."""
    auth, url = (harbor.username, harbor.password), f"{harbor.url}/v2/{name}"
    about = requests.get(f"{url}/manifests/{subject}", auth=auth, timeout=30, headers={
        "Accept": "application/vnd.docker.distribution.manifest.v2+json"})
    media = "application/vnd.oci.image.manifest.v1+json"
    old = about.json()["config"]
    config = {"mediaType": "application/vnd.dev.cosign.artifact.sig.v1+json", "digest": old["digest"], "size": old["size"]}
    body = json.dumps({
        "schemaVersion": 2, "mediaType": media, "config": config, "layers": about.json()["layers"], "annotations": {"note": note},
        "subject": {"mediaType": about.headers["Content-Type"], "digest": subject, "size": len(about.content)}}).encode()
    sent = requests.put(f"{url}/manifests/{digest(body)}", data=body, auth=auth, timeout=30,
                        headers={"Content-Type": media})
    sent.raise_for_status()
    return digest(body)


@pytest.mark.parametrize("module", ["artifact_diff", "replication_catchup"])
def test_every_example(twins, module):
    """As it stands in the manual, but for addresses and passwords. Nothing is copied, since it is about all projects."""
    text = re.search(r'EXAMPLES = r"""\n(.*?)"""', (MODULES / f"{module}.py").read_text(), re.DOTALL)[1]
    for name, harbor in twins.harbors.items():
        text = text.replace(f"https://{name}.example.com", harbor.url).replace(f"{{{{ vault_{name} }}}}", harbor.password)
    text = text.replace("/var/lib/harbor-catch-up/ledger.json", str(twins.directory / "ledger.json"))
    for task in yaml.safe_load(text):
        arguments = dict(task["anchorage.harbor." + module], **({"recheck": 0} if module == "artifact_diff" else {}))
        found = twins.harbors["east"].run(module, check=True, **arguments)
        assert found["sites"]["west"]["reachable"] and not (found.get("failed") and "not equal" not in found["msg"]), found
