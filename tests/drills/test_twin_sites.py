"""Twin sites are hurt in every way that is known, and end equal, or with exactly what a human has to decide."""

import contextlib
import threading

import drill
import lab
import pytest
import twins
from twins import PROJECT, TIMER, UNIT, ask, catch_up, connect, node

pytestmark = pytest.mark.twin


@pytest.fixture(name="pair")
def fixture_pair(tmp_path):
    """Both sites, equal, and nobody who catches up meanwhile."""
    for site in twins.names():
        drill.inside(node(site), f"systemctl stop {TIMER}")
    found = twins.Twins(tmp_path)
    assert not catch_up().get("failed")
    yield found
    for site in twins.names():
        drill.inside(node(site), f"systemctl start {TIMER}")


@pytest.fixture(name="here")
def fixture_here():
    return twins.names()[0]


@pytest.fixture(name="there")
def fixture_there():
    return twins.names()[1]


@contextlib.contextmanager
def without(site, part):
    """A container of a site is killed, and started again."""
    drill.inside(node(site), f"docker kill {part}")
    try:
        yield
    finally:
        drill.inside(node(site), f"docker start {part}")
        drill.eventually(lambda: drill.health(node(site)) == "healthy", 120, f"{site} is healthy")


def test_the_peer_is_down_for_the_whole_push(pair, here, there):
    drill.inside(node(there), f"systemctl stop {UNIT}")
    for number in range(3):
        pair.push(here, f"down:{number}")
    drill.inside(node(there), f"systemctl start {UNIT}")
    drill.whole()
    pair.push(here, "down:after")
    drill.eventually(lambda: f"{PROJECT}/down:after" not in pair.missing(), 60, "the next push arrives")
    assert pair.missing() == [f"{PROJECT}/down:{number}" for number in range(3)], "Harbor copied by itself what it had lost"
    assert pair.equal()["copied"] == 3


def test_a_site_that_is_back_is_caught_up_by_itself(pair, here, there):
    drill.inside(node(there), f"systemctl stop {UNIT}")
    pair.push(here, "back:1")
    drill.inside(node(here), "systemctl start --wait harbor-catch-up.service")
    drill.inside(node(here), f"systemctl start {TIMER}")
    drill.inside(node(there), f"systemctl start {UNIT}")
    drill.whole()
    took = drill.eventually(lambda: pair.missing() == [], 150, "the timer copied it")
    drill.say(f"copied by the timer {took:.0f} s after the site was whole again")
    assert f"{there} is back" in drill.inside(node(here), "journalctl -u harbor-catch-up.service")
    assert pair.equal()["copied"] == 0


def test_the_peer_is_cut_off_in_the_middle_of_a_copy(pair, here, there):
    pair.push(here, "cut:1", size=400_000_000)
    path = "/api/v2.0/replication/executions?page_size=1&sort=-start_time"
    drill.eventually(lambda: ask(here, "GET", path)[0]["in_progress"], 30, "the copy has begun")
    drill.engine("kill", node(there))
    drill.engine("start", node(there))
    drill.whole()
    pair.equal()


def test_the_core_of_the_source_dies_right_after_the_push(pair, here):
    for number in range(4):
        pair.push(here, f"core:{number}")
        with without(here, "harbor-core"):
            pass
    lost = pair.missing()
    drill.say(f"{len(lost)} of 4 pushes were lost with the core")
    pair.equal()


def test_the_job_service_is_dead(pair, here):
    with without(here, "harbor-jobservice"):
        for number in range(2):
            pair.push(here, f"jobs:{number}")
    assert pair.missing(), "nothing was lost"
    pair.equal()


def test_the_disk_of_the_peer_is_full(pair, here, there):
    victim = node(there)
    drill.inside(victim, """set -e; used=$(du -sm /data/registry | cut -f1); mkdir /data/aside; cp -a /data/registry/. /data/aside
        mount -t tmpfs -o size=$((used + 8))m tmpfs /data/registry; cp -a /data/aside/. /data/registry; docker restart registry""")
    try:
        drill.whole()
        pair.push(here, "full:1", size=40_000_000)
        found = catch_up()
        assert found["failed"] and "full:1" in found["msg"], found
        drill.say(f"a full disk reads so: {found['msg'][:300]}")
        drill.inside(victim, "mount -o remount,size=2g /data/registry")
        pair.equal()
    finally:
        drill.inside(victim, """set -e; rm -rf /data/aside; mkdir /data/aside; cp -a /data/registry/. /data/aside; docker stop -t 5 registry
            umount /data/registry; cp -a /data/aside/. /data/registry; rm -rf /data/aside; docker start registry""")
        drill.whole()


def test_the_peer_is_read_only(pair, here, there):
    ask(there, "PUT", "/api/v2.0/configurations", {"read_only": True})
    try:
        pair.push(here, "frozen:1")
        found = catch_up()
        assert found["failed"] and "frozen:1" in found["msg"], found
    finally:
        ask(there, "PUT", "/api/v2.0/configurations", {"read_only": False})
    pair.equal()


def test_the_secret_of_a_robot_was_changed_at_one_side(pair, here, there):
    robot = next(one for one in ask(there, "GET", "/api/v2.0/robots?page_size=100") if one["name"].endswith(f"from-{here}"))
    ask(there, "PATCH", f"/api/v2.0/robots/{robot['id']}", {"secret": "Foreign-" + "Passw0rd"})
    pair.push(here, "rotated:1")
    found = catch_up()
    assert found["failed"] and "rotated:1" in found["msg"], found
    connect()
    pair.equal()


def rule_at(site):
    selector = {"kind": "doublestar", "decoration": "matches", "pattern": "**"}
    scope = dict(selector, decoration="repoMatches", pattern="ruled")
    ask(site, "POST", f"/api/v2.0/projects/{PROJECT}/immutabletagrules", {
        "template": "immutable_template", "action": "immutable", "disabled": False, "tag_selectors": [selector],
        "scope_selectors": {"repository": [scope]}})


def test_a_rule_of_the_peer_refuses(pair, here, there):
    pair.push(here, "ruled:1")
    drill.eventually(lambda: pair.missing() == [], 60, "it is on both")
    rule_at(there)
    pair.push(here, "ruled:1")
    found = catch_up()
    rules = f"/api/v2.0/projects/{PROJECT}/immutabletagrules"
    try:
        assert found["failed"] and "ruled:1" in found["msg"], found
        left = pair.prove()["differences"]
        assert [(one["state"], one["repository"], one["tag"]) for one in left] == [("newer", f"{PROJECT}/ruled", "1")]
    finally:
        for rule in ask(there, "GET", rules):
            ask(there, "DELETE", f"{rules}/{rule['id']}")
    pair.equal()


def test_a_quota_of_the_peer_refuses(pair, here, there):
    number = ask(there, "GET", f"/api/v2.0/projects/{PROJECT}")["project_id"]
    quota = ask(there, "GET", f"/api/v2.0/quotas?reference=project&reference_id={number}")[0]
    path = f"/api/v2.0/quotas/{quota['id']}"
    ask(there, "PUT", path, {"hard": {"storage": quota["used"]["storage"] + 1000}})
    try:
        pair.push(here, "quota:1", size=5_000_000)
        found = catch_up()
        assert found["failed"] and "quota:1" in found["msg"], found
    finally:
        ask(there, "PUT", path, {"hard": quota["hard"]})
    pair.equal()


def test_two_projects_of_one_name_were_made_apart(pair, here, there):
    for site in (here, there):
        drill.inside(node(site), f"systemctl stop {UNIT}")
        other = there if site == here else here
        ask(other, "POST", "/api/v2.0/projects", {"project_name": "clash", "metadata": {"public": str(site == here).lower()}})
        pair.push(other, "app:1", project="clash")
        pair.push(other, f"only-{other}:1", project="clash")
        drill.inside(node(site), f"systemctl start {UNIT}")
        drill.whole()
    done = catch_up()
    assert not done.get("failed"), done["msg"]
    assert (done["copied"], done["planned"]["left"]) == (2, 1)
    (left,) = pair.prove()["differences"]
    assert (left["state"], left["repository"], left["tag"]) == ("conflict", "clash/app", "1")
    assert left["digest_from"] != left["digest_to"] and left["pushed_from"] and left["pushed_to"]
    assert not catch_up("-e", "harbor_replication_on_conflict=newest").get("failed")
    pair.equal()


def test_both_sides_push_the_same_tags_at_once(pair, here, there):
    told = []

    def busy(site):
        for number in range(20):
            told.append(pair.push(site, f"race:{number % 5}"))

    askers = [threading.Thread(target=busy, args=(site,)) for site in (here, there)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert len(told) == 40
    done = catch_up()
    left = [one for one in done["differences"] if one["state"] not in ("extra",)]
    drill.say(f"40 pushes to 5 tags: {done.get('copied')} copied, {len(left)} conflicts")
    assert {one["state"] for one in left} <= {"conflict", "unknown"} and all(one["digest_from"] and one["digest_to"] for one in left)
    decided = [{"repository": one["repository"], "tag": one["tag"], "keep": one["from"]} for one in left]
    final = catch_up("-e", str({"harbor_replication_decisions": decided}))
    assert not final.get("failed"), final["msg"]
    pair.equal()


def test_the_address_in_front_outlives_a_site(pair, here, there):
    """A client of the address in front pulls on while either site is away."""
    client, name = lab.way_in()["client"], f"{lab.registry()}/{PROJECT}/front:1"
    digest = pair.push(here, "front:1")
    drill.eventually(lambda: pair.missing() == [], 60, "it is on both")
    lab.log_in(client)
    for site in (here, there):
        drill.inside(node(site), f"systemctl stop {UNIT}")
        drill.eventually(lambda: digest in drill.inside(client, f"docker pull {name}"), 60, f"pulled without {site}")
        drill.inside(client, f"docker rmi {name}")
        drill.inside(node(site), f"systemctl start {UNIT}")
        drill.whole()
