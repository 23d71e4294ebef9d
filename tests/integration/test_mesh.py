"""Three Harbors that all push to each other: a tag comes to each of them once, also where two hold it already."""

import os
from itertools import permutations

import pytest

from conftest import PASSWORD, Harbor, standin

NAMES = "east", "north", "west"
PROJECT = "mesh"
FLOWS = [{"from": source, "to": target, "include": [PROJECT]} for source, target in permutations(NAMES, 2)]
pytestmark = pytest.mark.skipif("HARBOR_URL" in os.environ, reason="there are two real ones, not three")


@pytest.fixture(name="mesh", scope="module")
def fixture_mesh(harbor, peer, tmp_path_factory):
    with standin(tmp_path_factory) as url:
        found = dict(zip(NAMES, (harbor, Harbor(url, "admin", PASSWORD, counts=True), peer)))
        for name, one in found.items():
            one.ok("project", name=PROJECT)
            for other in set(NAMES) - {name}:
                one.ok("registry", name=other, type="harbor", url=found[other].url, access_key="admin", access_secret=PASSWORD)
        yield found


def catch_up(mesh, **more):
    sites = [{"name": name, "url": one.url, "username": one.username, "password": one.password} for name, one in mesh.items()]
    done = mesh["east"].run("replication_catchup", sites=sites, flows=FLOWS, **more)
    assert not done.get("failed"), done["msg"]
    return done


def digests(mesh, tag):
    """Of an image, by site."""
    rows = {name: one.api.list(f"/projects/{PROJECT}/artifacts", {"with_tag": "true"}) for name, one in mesh.items()}
    return {name: row["digest"] for name, found in rows.items() for row in found for one in row["tags"] or ()
            if f"{row['repository_name']}:{one['name']}" == f"{PROJECT}/{tag}"}


def test_a_tag_comes_to_each_site_once(mesh):
    pushed = mesh["east"].push(f"{PROJECT}/one:1")
    for name in ("east", "north"):
        held = mesh[name].push(f"{PROJECT}/two:1")
    done = catch_up(mesh)
    assert [(copy["repository"], copy["from"], copy["to"]) for copy in done["copies"]] == [
        (f"{PROJECT}/one", "east", "north"), (f"{PROJECT}/one", "east", "west"), (f"{PROJECT}/two", "east", "west")]
    assert done["copied"] == done["planned"]["copies"] == 3 and done["equal"]
    assert digests(mesh, "one:1") == dict.fromkeys(NAMES, pushed) and digests(mesh, "two:1") == dict.fromkeys(NAMES, held)
    assert not catch_up(mesh)["changed"]


def test_while_two_disagree_the_third_one_waits(mesh):
    first, second = (mesh[name].push(f"{PROJECT}/fight:1", name) for name in ("east", "north"))
    assert not catch_up(mesh)["changed"] and digests(mesh, "fight:1") == {"east": first, "north": second}
    done = catch_up(mesh, on_conflict="prefer", prefer="north")
    assert digests(mesh, "fight:1") == dict.fromkeys(NAMES, second)
    assert done["copied"] == 2 and done["equal"]
