"""Is the order right? The planner against a Harbor made of dictionaries: waves, references, prune, failure in the
middle, lost answers.
"""

import pytest
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import (
    ApiError,
    InputError,
    LostAnswer,
    PlanFailed,
)
from ansible_collections.anchorage.harbor.plugins.module_utils.executor import Executor
from ansible_collections.anchorage.harbor.plugins.module_utils.planner import Planner
from ansible_collections.anchorage.harbor.plugins.module_utils.prune import Prune
from ansible_collections.anchorage.harbor.plugins.module_utils.resources import RESOURCES


class Answer:
    """An answer of 200."""

    def json(self):
        return {}


class Dictionaries:
    """Collections by path; every write is noted. `refuse` maps (verb, name) to an error that is raised instead;
    `lose` names POSTs that are carried out but get no answer, `drop` some that are not; `race` names items that
    somebody else makes just before.
    """

    def __init__(self, version="v2.15.2-abc", refuse=None, lose=(), drop=(), race=(), stale=True):
        self.version, self.refuse, self.lose, self.drop, self.race, self.stale = (
            version,
            refuse or {},
            list(lose),
            list(drop),
            list(race),
            stale,
        )
        self.rows = {resource.path: [] for resource in RESOURCES}
        self.quotas, self.writes, self.reads = {}, [], []

    def add(self, path, **row):
        number = 1 + sum(len(rows) for rows in self.rows.values())
        self.rows[path].append(dict(row, id=number, project_id=number))
        self.quotas[number] = row.get("storage_limit", -1)
        return number

    def list(self, path, query=None):
        self.reads.append(path)
        if path == "/quotas":
            return [{"id": 1000 + number, "ref": {"id": number}} for number in self.quotas]
        return list(self.rows[path])

    def find(self, path, key, value, query=None):
        return [row for row in self.list(path) if row[key] == value]

    def get(self, path, query=None):
        return {"quota": {"hard": {"storage": self.quotas[int(path.split("/")[2])]}}}

    def post(self, path, body):
        name = body.get("project_name") or body["name"]
        if ("POST", name) in self.refuse:
            raise self.refuse["POST", name]
        self.writes.append(("POST", path, name))
        if name in self.drop:
            self.drop.remove(name)
            raise LostAnswer("POST", path, 0, "no answer")
        if name in self.race:
            self.race.remove(name)
            self.add(path, name=name)
            raise ApiError("POST", path, 409, "The project named web already exists")
        number = self.add(path, **dict(body, name=name))
        if name in self.lose:
            raise LostAnswer("POST", path, 0, "no answer")
        return number

    def write(self, method, path, body):
        self.writes.append((method, path, body))

    def delete(self, path):
        self.writes.append(("DELETE", path, None))

    def request(self, method, path, body=None):
        """Harbor's own test of a stored secret."""
        if self.stale:
            raise self.stale if isinstance(self.stale, Exception) else ApiError(method, path, 400, "unhealthy")
        return Answer()

    def pause(self, seconds):
        """Nobody waits here."""

    @staticmethod
    def map(function, items):
        return [function(item) for item in items]

    each = map


REGISTRY = {"name": "shanghai", "type": "harbor", "url": "https://sh.example.org"}
WANTED = {
    "replication_policy": [{"name": "nightly", "dest_registry": "shanghai"}],
    "project": [{"name": "web", "registry": "shanghai"}],
    "registry": [REGISTRY],
}


def run(harbor, wanted, **more):
    planner = Planner(RESOURCES, wanted, **more)
    planner.check()
    steps = planner.plan(harbor)
    assert not harbor.writes, "planning wrote"
    Executor(harbor, planner).execute(steps)
    return steps


def test_what_others_refer_to_comes_first():
    harbor = Dictionaries()
    run(harbor, WANTED)
    assert [name for verb, path, name in harbor.writes] == ["shanghai", "web", "nightly"]
    assert harbor.rows["/replication/policies"][0]["dest_registry"] == {"id": 1}


def test_deletions_go_the_other_way_round():
    harbor = Dictionaries()
    run(harbor, WANTED)
    harbor.writes.clear()
    run(harbor, {kind: [{"name": items[0]["name"], "state": "absent"}] for kind, items in WANTED.items()})
    paths = [path for verb, path, body in harbor.writes]
    assert paths[-1] == "/registries/1" and len(paths) == 3


def test_a_reference_that_leads_nowhere_is_refused_before_any_write():
    harbor = Dictionaries()
    with pytest.raises(
        InputError, match="option dest_registry names registry berlin, which neither exists nor is wanted"
    ):
        run(harbor, {"replication_policy": [{"name": "p", "dest_registry": "berlin"}], "project": [{"name": "web"}]})
    assert not harbor.writes


def test_only_the_kinds_that_are_named_are_read():
    harbor = Dictionaries()
    run(harbor, {"project": [{"name": "web"}, {"name": "team"}]})
    assert set(harbor.reads) == {"/projects"}


def test_a_storage_limit_is_written_to_its_row():
    harbor = Dictionaries()
    harbor.add("/projects", name="other")
    number = harbor.add("/projects", name="web", storage_limit=5)
    run(harbor, {"project": [{"name": "web", "storage_limit": "2KiB"}]})
    assert harbor.writes == [("PUT", f"/quotas/{1000 + number}", {"hard": {"storage": 2048}})]


def test_what_the_first_post_ignores_follows():
    harbor = Dictionaries()
    run(harbor, {"project": [{"name": "web", "cve_allowlist": ["CVE-1"]}]})
    assert harbor.writes[1] == (
        "PUT",
        "/projects/1",
        {"cve_allowlist": {"items": [{"cve_id": "CVE-1"}], "expires_at": None}},
    )


def test_a_lost_answer_is_looked_up_and_never_sent_twice():
    harbor = Dictionaries(lose=["web"])
    run(harbor, {"project": [{"name": "web"}]})
    assert harbor.writes == [("POST", "/projects", "web")]


def test_a_post_that_never_arrived_is_sent_again_after_a_look():
    harbor = Dictionaries(drop=["web"])
    run(harbor, {"project": [{"name": "web"}]})
    assert harbor.writes == [("POST", "/projects", "web")] * 2 and [
        row["name"] for row in harbor.rows["/projects"]
    ] == ["web"]


def test_what_a_faster_writer_made_is_taken_over():
    harbor = Dictionaries(race=["web"])
    run(harbor, {"project": [{"name": "web", "public": True, "storage_limit": "1KiB"}]})
    assert harbor.writes[1:] == [
        ("PUT", "/projects/1", {"metadata": {"public": "true"}}),
        ("PUT", "/quotas/1001", {"hard": {"storage": 1024}}),
    ]


def test_a_whole_plan_that_is_carried_out_leaves_nothing_to_do():
    harbor = Dictionaries()
    run(harbor, WANTED)
    harbor.writes.clear()
    for row in harbor.rows["/projects"]:
        row["registry_id"] = 1
    assert run(harbor, WANTED) == []


def test_a_failure_tells_what_was_done_and_what_was_not():
    harbor = Dictionaries(
        refuse={("POST", "shanghai"): ApiError("POST", "/registries", 400, "the registry is unhealthy")}
    )
    planner = Planner(RESOURCES, dict(WANTED, registry=[REGISTRY, dict(REGISTRY, name="berlin")]))
    planner.check()
    steps = planner.plan(harbor)
    with pytest.raises(
        PlanFailed,
        match="create registry shanghai failed: POST /registries: 400 the registry is unhealthy. Done before: 1",
    ) as caught:
        Executor(harbor, planner).execute(steps)
    assert [step.name for step in caught.value.done] == ["berlin"]
    assert [step.name for step in caught.value.not_tried] == ["web", "nightly"]


def test_prune_removes_only_what_was_named():
    harbor = Dictionaries()
    for name in ("library", "web", "old"):
        harbor.add("/projects", name=name)
    harbor.add("/registries", **REGISTRY)
    run(harbor, {"project": [{"name": "web"}]}, prune=Prune(("project",)))
    assert harbor.writes == [("DELETE", "/projects/3", None)]


@pytest.mark.parametrize("pattern", ["old", "ol?", "o*", "[o]ld"])
def test_prune_leaves_alone_what_is_kept(pattern):
    harbor = Dictionaries()
    for name in ("web", "old", "older"):
        harbor.add("/projects", name=name)
    run(harbor, {"project": [{"name": "web"}]}, prune=Prune(("project",), keep={"project": (pattern, "older")}))
    assert harbor.writes == []
    run(harbor, {"project": [{"name": "web"}]}, prune=Prune(("project",), keep={"project": (pattern,), "label": ("*",)}))
    assert harbor.writes == ([] if pattern == "o*" else [("DELETE", "/projects/3", None)])


def test_prune_has_a_cap_and_refuses_an_empty_list():
    harbor = Dictionaries()
    for number in range(4):
        harbor.add("/projects", name=f"p{number}")
    with pytest.raises(InputError, match="would delete 3 projects .* prune_limit is 2"):
        run(harbor, {"project": [{"name": "p0"}]}, prune=Prune(("project",), 2))
    with pytest.raises(InputError, match="its list is empty"):
        run(harbor, {}, prune=Prune(("project",)))


def test_a_newer_option_is_refused_on_an_older_harbor():
    with pytest.raises(InputError, match="ca_certificate came with Harbor 2.15.0"):
        run(Dictionaries("v2.14.4-abc"), {"registry": [dict(REGISTRY, ca_certificate="PEM")]})


def test_the_same_name_twice_is_refused():
    with pytest.raises(InputError, match="project web stands twice"):
        run(Dictionaries(), {"project": [{"name": "web"}, {"name": "web"}]})


UNREACHABLE = ApiError("POST", "/registries/ping", 500, "internal server error")


@pytest.mark.parametrize(
    "policy, stale, writes",
    [
        ("on_create", True, 0),
        ("when_stale", True, 1),
        ("when_stale", False, 0),
        ("when_stale", UNREACHABLE, 0),
        ("always", False, 1),
    ],
)
def test_when_a_secret_is_sent_again(policy, stale, writes):
    harbor = Dictionaries(stale=stale)
    harbor.add("/registries", **REGISTRY, credential={"access_key": "robot$a"})
    planner = Planner(RESOURCES, {"registry": [dict(REGISTRY, access_secret="s3cret", update_secret=policy)]})
    planner.check()
    Executor(harbor, planner).execute(planner.plan(harbor))
    assert len(harbor.writes) == writes
    assert bool(planner.warnings) == isinstance(stale, Exception)
