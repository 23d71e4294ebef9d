# The stand-in breaks where Harbor breaks: two cores over one database, equal or not in the secrets of a cluster.

import dataclasses
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from werkzeug.test import Client

sys.path.insert(0, str(Path(__file__).resolve().parent))
from standin import security, services, settings  # noqa: E402
from standin.store import SCHEMA, Accessory, Artifact, Reference, Repository, Store, Tag, Version  # noqa: E402

ADMIN = ("admin", "Harbor12345")


@pytest.fixture
def node(tmp_path):
    return settings.embedded(tmp_path / "one", 80, 5000, ADMIN[1])


@pytest.fixture
def store(node):
    store = Store(node.database)
    services.seed(store, ADMIN[1])
    return store


def core(node, store, **changes) -> Client:
    return Client(services.application(dataclasses.replace(node, **changes), store))


def token(client: Client) -> str:
    query = {"service": "harbor-registry", "scope": "repository:library/app:pull"}
    return client.get("/service/token", query_string=query, auth=ADMIN).json["token"]


def bearer(client: Client, text: str) -> int:
    return client.get("/v2/", headers={"Authorization": f"Bearer {text}"}).status_code


def test_token_of_one_core_is_good_at_the_other_with_the_same_key(node, store):
    one, two = core(node, store), core(node, store)
    assert bearer(two, token(one)) == 200


def test_token_is_refused_with_another_key(node, store, tmp_path, capsys):
    other = settings.embedded(tmp_path / "two", 80, 5000, ADMIN[1])
    assert bearer(core(node, store, private_key=other.private_key), token(core(node, store))) == 401
    assert "crypto/rsa: verification error" in capsys.readouterr().out


def test_key_in_the_newer_form_signs_nothing(node, store):
    key = load_pem_private_key(node.private_key.encode(), None)
    newer = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    query = {"service": "harbor-registry"}
    assert core(node, store, private_key=newer).get("/service/token", query_string=query).status_code == 500


@pytest.mark.parametrize(("key", "status"), [(None, 201), (b"x" * 32, 403), (b"short", 500)])
def test_csrf_token_of_one_core_at_the_other(node, store, key, status):
    one, two = core(node, store), core(node, store, csrf_key=key or node.csrf_key)
    one.get("/api/v2.0/systeminfo")
    answer = one.get("/api/v2.0/systeminfo")
    for name in ("sid", "_gorilla_csrf"):
        two.set_cookie(name, one.get_cookie(name).value)
    headers = {"X-Harbor-CSRF-Token": answer.headers["X-Harbor-Csrf-Token"]}
    answer = two.post("/api/v2.0/projects", json={"project_name": "team"}, auth=ADMIN, headers=headers)
    assert answer.status_code == status


def test_what_one_key_has_sealed_another_opens_to_rubbish(node):
    sealed = security.seal("Secret12345", b"0123456789abcdef")
    assert security.unseal(sealed, b"0123456789abcdef") == "Secret12345"
    assert security.unseal(sealed, b"fedcba9876543210") != "Secret12345"


@pytest.mark.parametrize(("change", "words"), [
    ({"version": SCHEMA + 10}, "no migration found"), ({"dirty": True}, "Dirty database")])
def test_core_refuses_a_database_that_is_newer_or_broken(node, store, change, words):
    with store.engine.begin() as connection:
        connection.execute(sa.update(Version).values(**change))
    with pytest.raises(SystemExit, match=words):
        Store(node.database)


def test_password_counts_only_at_the_first_start(node, store):
    services.seed(store, "Other12345")
    client = core(node, store)
    assert client.get("/api/v2.0/users/current", auth=ADMIN).status_code == 200
    assert client.get("/api/v2.0/users/current", auth=("admin", "Other12345")).status_code == 401


def test_a_failed_login_locks_the_user_as_long_as_it_is_held(node, store):
    application, path, begun = services.application(node, store), "/api/v2.0/users/current", time.monotonic()

    def enter(login) -> int:
        return Client(application).get(path, auth=login).status_code

    with ThreadPoolExecutor(1) as pool:
        failed = pool.submit(enter, ("admin", "Wrong12345"))
        while enter(ADMIN) == 200:
            assert not failed.done(), "nobody was locked"
        assert core(node, store).get(path, auth=ADMIN).status_code == 200, "another core knows nothing of it"
        assert failed.result() == 401 and time.monotonic() - begun >= 1.5
    assert enter(ADMIN) == 200


@pytest.mark.parametrize("path, status, total, link", [
    ("projects?page_size=1&page_size=2", 200, "3", '</api/v2.0/projects?page=2&page_size=2>; rel="next"'),
    ("projects?page_size=2&sort=name&sort=-name", 200, "3",
     '</api/v2.0/projects?page=2&page_size=2&sort=name&sort=-name>; rel="next"'),
    ("projects?q=id%3Dx", 200, "3", None),
    ("schedules?q=name", 200, "2", None),
    ("labels?scope=g&q=name", 400, None, None),
    ("projects?page=99999999999999999999", 422, None, None),
])
def test_parameters_of_lists(node, store, path, status, total, link):
    client = core(node, store)
    for name in ("one", "two"):
        core(node, store).post("/api/v2.0/projects", json={"project_name": name}, auth=ADMIN)
    found = client.get(f"/api/v2.0/{path}", auth=ADMIN)
    assert (found.status_code, found.headers.get("X-Total-Count"), found.headers.get("Link")) == (status, total, link)


def test_health_has_its_good_end_to_the_letter(node, store):
    assert core(node, store).get("/api/v2.0/health").text.endswith('],"status":"healthy"}\n')


def test_requests_are_counted(node, store):
    client = core(node, store)
    client.get("/api/v2.0/projects", auth=ADMIN)
    client.post("/api/v2.0/projects", json={"project_name": "team"}, auth=ADMIN)
    # Failed writes are writes, too.
    client.set_cookie("sid", "any")
    client.delete("/api/v2.0/projects/team", auth=ADMIN)
    assert client.get("/_standin/requests").json == {"GET": 1, "POST": 1, "DELETE": 1, "write": 2}
    place = "/api/v2.0/projects"
    assert client.get("/_standin/writes").json == [["POST", place], ["DELETE", f"{place}/team"]]


def test_faults_happen_as_often_as_told(node, store):
    client = core(node, store)
    client.post("/_standin/faults", json=[{"method": "POST", "path": "*/projects", "status": 502, "times": 2}])
    body = {"project_name": "team"}
    found = [client.post("/api/v2.0/projects", json=body, auth=ADMIN).status_code for _each in range(3)]
    assert found == [502, 502, 201]


def test_fault_loses_the_answer_of_work_that_is_done(node, store):
    client = core(node, store)
    client.post("/_standin/faults", json=[{"path": "*/projects", "cut": True, "after": True}])
    with pytest.raises(ConnectionResetError):
        client.post("/api/v2.0/projects", json={"project_name": "team"}, auth=ADMIN)
    assert client.get("/api/v2.0/projects/team", auth=ADMIN).status_code == 200


def test_cluster_has_no_door_for_tests_but_a_log_of_its_writes(node, store, capsys):
    client = core(node, store, embedded=False, health={"jobservice": ""})
    client.post("/api/v2.0/projects", json={"project_name": "team"}, auth=ADMIN)
    client.get("/api/v2.0/projects", auth=ADMIN)
    assert client.get("/_standin/writes").status_code == 404
    assert capsys.readouterr().out == "POST /api/v2.0/projects 201 admin\n"


def fill(store, repositories: int, tags: int) -> None:
    """Of each repository: images with a tag; the first one signed, and in an index that has none."""
    def artifact(home: int, number: int) -> Artifact:
        return Artifact(repository_id=home, repository_name=f"library/{home}", project_id=1, type="IMAGE",
                        digest=f"sha256:{home:032x}{number:032x}", media_type="", manifest_media_type="")

    with store.session() as db:
        for home in range(1, repositories + 1):
            rows = [artifact(home, number) for number in range(tags + 2)]
            db.add_all([Repository(name=f"library/{home}", project_id=1), *rows])
            db.flush()
            signature, above = rows[-2:]
            db.add_all(Tag(repository_id=home, artifact_id=row.id, name=f"v{number}")
                       for number, row in enumerate(rows[:tags]))
            db.add(Reference(parent_id=above.id, child_id=rows[0].id, body={"digest": rows[0].digest}))
            db.add(Accessory(artifact_id=signature.id, repository=f"library/{home}", subject=rows[0].digest,
                             digest=signature.digest, size=1, type="signature.cosign"))


@pytest.mark.parametrize(("query", "each"), [
    ("with_tag=true&with_accessory=false&q=tags%3D*&sort=id", 10), ("with_tag=true&with_accessory=true&sort=id", 11),
    ("q=tags%3Dnil", 1), ("q=base%3D*", 11)])
def test_inventory_is_whole_and_asks_the_database_no_more_for_many(node, store, query, each):
    fill(store, 300, 10)
    client, found, asked = core(node, store), {}, []
    sa.event.listen(store.engine, "before_cursor_execute", lambda *facts: asked.append(facts[2]))
    pages = 3 * each
    for page in range(1, pages + 1):
        path = f"/api/v2.0/projects/library/artifacts?{query}&page_size=100&page={page}"
        answer = client.get(path, auth=ADMIN)
        assert (answer.headers["X-Total-Count"], len(answer.json)) == (str(300 * each), 100)
        found |= {(row["repository_name"], row["digest"]): row for row in answer.json}
    assert len(found) == 300 * each and len(asked) <= 12 * pages
    tags = [tag["name"] for row in found.values() for tag in row["tags"] or []]
    assert len(tags) == (0 if each == 1 else 3000)
    accessories = [one for row in found.values() for one in row["accessories"] or []]
    assert len(accessories) == (300 if "with_accessory=true" in query else 0)
    assert len([row for row in found.values() if row["references"]]) == (0 if each == 10 else 300)


def test_a_port_that_there_is_not_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(SystemExit, match="port 99999: give a free one from 1 to 65535"):
        services.embedded(99999, tmp_path)
