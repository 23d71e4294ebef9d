"""Secrets of every kind that has some: set, kept, rotated, looked after (when_stale), and never in an output."""

import base64
import json
import os
import subprocess
import sys
import threading
from http.server import ThreadingHTTPServer

import pytest
import requests
import yaml
from ansible_collections.anchorage.harbor.plugins.module_utils import stored_secret, transport
from ansible_collections.anchorage.harbor.plugins.module_utils.resources import RESOURCES

from conftest import ROOT, Adapter
from lives import names_of

BY_KIND = {resource.kind: resource for resource in RESOURCES}
OLD, NEW = "0ld-secret-Value", "N3w-secret-Value"


@pytest.fixture(autouse=True, name="soon")
def fixture_soon(harbor, monkeypatch):
    """The stand-in locks nobody out for long."""
    if harbor.counts:
        monkeypatch.setattr(transport, "LOCKED", 0.1)
        monkeypatch.setattr(stored_secret, "LOCKED", 0.1)


def kinds(harbor, scanner):
    """kind: an item without its secret, the option, and the secret as a value of it."""
    endpoint = {"name": "it-secret", "type": "harbor", "url": harbor.peer, "access_key": "it-secret-far"}
    return {
        "user": ({"username": "it-secret", "email": "it-secret@example.org", "realname": "It"}, "password", str),
        "robot": (
            {
                "name": "it-secret",
                "permissions": [
                    {"kind": "system", "namespace": "/", "access": [{"resource": "project", "action": "list"}]}
                ],
            },
            "secret",
            str,
        ),
        "registry": (endpoint, "access_secret", str),
        "scanner": ({"name": "it-secret", "url": scanner + "/secret", "auth": "Bearer"}, "access_credential", str),
        "preheat_instance": (
            {"name": "it-secret", "vendor": "dragonfly", "endpoint": "http://127.0.0.1:65009", "auth_mode": "BASIC"},
            "auth_info",
            lambda value: {"jo": value},
        ),
        "configuration": ({"ldap_search_dn": "cn=it,dc=example,dc=org"}, "ldap_search_password", str),
        "webhook_policy": (
            {"project": "it-secrets", "name": "it-secret", "event_types": ["PUSH_ARTIFACT"]},
            "targets",
            lambda value: [{"type": "http", "address": "https://ci.example.org", "auth_header": value}],
        ),
    }


KINDS = ("user", "robot", "registry", "scanner", "preheat_instance", "configuration", "webhook_policy")


@pytest.fixture(name="place", params=KINDS)
def fixture_place(harbor, scanner, request):
    """A kind, its item, and a function that gives it a secret; nothing stays behind."""
    item, option, value = kinds(harbor, scanner)[request.param]
    resource, scope = BY_KIND[request.param], harbor.api.get("/configurations")["ldap_scope"]["value"]
    harbor.ok(
        "apply",
        projects=[{"name": "it-secrets"}],
        users=[{"username": "it-secret-far", "email": "it-far@example.org", "realname": "It", "password": OLD}],
    )
    yield resource, item, lambda secret: dict(item, **{option: value(secret)}), option
    if resource.singleton:
        harbor.ok("configuration", ldap_search_dn="", ldap_scope=scope)
    else:
        harbor.ok(resource.kind, **names_of(resource.plural, item), state="absent")
    harbor.ok(
        "apply",
        projects=[{"name": "it-secrets", "state": "absent"}],
        users=[{"username": "it-secret-far", "state": "absent"}],
    )


def silent(harbor, kind, **arguments):
    """The result of a module in whose words no secret stands."""
    result = harbor.run(kind, **arguments)
    assert not result.get("failed"), result["msg"]
    assert OLD not in json.dumps(result) and NEW not in json.dumps(result)
    return result


def far_end_changes(harbor, kind):
    """Whoever checks a registry's password is somebody else: it changes there first."""
    if kind == "registry":
        harbor.ok("user", username="it-secret-far", password=NEW, update_secret="always")


def holds(harbor, kind, item, secret):
    """Whether Harbor has this secret, as far as anybody can tell from outside; None when nobody can."""
    if kind == "user":
        return harbor.api.welcomes(item["username"], secret)
    if kind == "robot":
        return harbor.api.welcomes(harbor.document(BY_KIND[kind], item)["full_name"], secret)
    if kind == "webhook_policy":
        return harbor.document(BY_KIND[kind], item)["targets"][0].get("auth_header") == secret
    if kind == "registry":
        number = harbor.number(BY_KIND[kind], item)
        return (
            requests.post(
                f"{harbor.url}/api/v2.0/registries/ping",
                json={"id": number},
                auth=(harbor.username, harbor.password),
                timeout=30,
            ).status_code
            == 200
        )
    return None


def test_set_kept_and_rotated(harbor, place):
    resource, item, with_secret, option = place
    kind, readable = resource.kind, resource.kind == "webhook_policy"
    assert silent(harbor, kind, **with_secret(OLD))["changed"]
    assert holds(harbor, kind, item, OLD) in (True, None)
    assert not silent(harbor, kind, **with_secret(OLD))["changed"]
    # Kept: by a run that does not name it, and by one that changes something else.
    assert not silent(harbor, kind, **item)["changed"]
    scope = harbor.api.get("/configurations")["ldap_scope"]["value"]
    if kind == "webhook_policy":
        other = {"event_types": ["PULL_ARTIFACT"], "targets": [{"type": "http", "address": "https://ci.example.org"}]}
    else:
        others = {"user": {"realname": "Other"}, "configuration": {"ldap_scope": 1 - min(scope, 1)}}
        other = others.get(kind, {"description": "other"})
    assert silent(harbor, kind, **dict(item, **other))["changed"]
    item = dict(item, **{name: value for name, value in other.items() if name != "targets"})
    assert holds(harbor, kind, item, OLD) in (True, None)
    # Another one is sent when it is asked for; where Harbor shows it, when it differs.
    far_end_changes(harbor, kind)
    new = dict(with_secret(NEW), **{name: value for name, value in other.items() if name != "targets"})
    if not readable:
        assert not silent(harbor, kind, **new)["changed"]
        rotated = silent(harbor, kind, update_secret="always", **new)
        assert list(rotated["steps"][0]["changes"]) == [option]
    else:
        assert silent(harbor, kind, **new)["changed"]
    assert holds(harbor, kind, item, NEW) in (True, None)


@pytest.mark.parametrize("place", ["user", "robot", "registry"], indirect=True)
def test_when_stale_asks_harbor(harbor, place):
    resource, item, with_secret, option = place
    kind = resource.kind
    silent(harbor, kind, **with_secret(OLD))
    assert not silent(harbor, kind, update_secret="when_stale", **with_secret(OLD))["changed"]
    far_end_changes(harbor, kind)
    assert list(silent(harbor, kind, update_secret="when_stale", **with_secret(NEW))["steps"][0]["changes"]) == [option]
    assert not silent(harbor, kind, update_secret="when_stale", **with_secret(NEW))["changed"]
    assert holds(harbor, kind, item, NEW)


@pytest.mark.parametrize("place", ["configuration", "preheat_instance"], indirect=True)
def test_when_nobody_answers_the_question(harbor, place):
    """A directory or a provider is away: the secret counts as stale, or stays with a warning; nothing is told of it."""
    resource, dummy, with_secret, dummy = place
    silent(harbor, resource.kind, **with_secret(OLD))
    result = silent(harbor, resource.kind, update_secret="when_stale", **with_secret(NEW))
    assert result["changed"] or "nobody can tell" in str(result.get("warnings"))


def test_a_disabled_robot_keeps_its_secret_with_a_warning(harbor):
    item = {
        "name": "it-off",
        "disabled": True,
        "secret": OLD,
        "permissions": [{"kind": "system", "namespace": "/", "access": [{"resource": "project", "action": "list"}]}],
    }
    harbor.ok("robot", **item)
    try:
        result = silent(harbor, "robot", update_secret="when_stale", **{**item, "secret": NEW})
        assert not result["changed"] and "it is disabled or has expired" in str(result["warnings"])
    finally:
        harbor.ok("robot", name="it-off", state="absent")


def test_errors_hold_no_secret(harbor, place):
    """Refused by us, and by Harbor."""
    resource, item, with_secret, dummy = place
    bad = {
        "user": {"email": "nobody"},
        "configuration": {"token_expiration": -1},
        "webhook_policy": {"event_types": ["NO"]},
    }
    for more in bad.get(resource.kind, {"description": 5, "state": "odd"}), {"harbor_url": "http://127.0.0.1:1"}:
        result = harbor.run(resource.kind, **dict(with_secret(OLD), **more))
        assert result["failed"] and OLD not in json.dumps(result)
    if not resource.singleton:
        result = harbor.run(
            "robot" if resource.kind == "robot" else resource.kind, **dict(with_secret(OLD), harbor_username="nobody")
        )
        assert result["failed"] and OLD not in json.dumps(result)


def test_a_playbook_that_says_everything_says_no_secret(harbor, scanner, tmp_path):
    """ansible-playbook -vvv --diff, for all kinds at once and with one item that Harbor refuses."""
    lists = {}
    for kind, (item, option, value) in kinds(harbor, scanner).items():
        if kind not in ("registry", "configuration"):
            lists[BY_KIND[kind].plural] = [dict(item, **{option: value(OLD)})]
    lists["projects"] = [{"name": "it-secrets"}]
    refused = {
        "registries": [
            {
                "name": "it-dead",
                "type": "docker-registry",
                "url": "http://127.0.0.1:1",
                "access_key": "jo",
                "access_secret": NEW,
            }
        ]
    }
    tasks = [
        {"name": "Apply", "anchorage.harbor.apply": dict(harbor.connection, **arguments), "ignore_errors": True}
        for arguments in (lists, refused)
    ]
    book = tmp_path / "play.yml"
    book.write_text(
        yaml.safe_dump(
            [
                {
                    "hosts": "localhost",
                    "gather_facts": False,
                    "vars": {"ansible_python_interpreter": sys.executable},
                    "tasks": tasks,
                }
            ]
        )
    )
    try:
        done = subprocess.run(
            [sys.executable, "-m", "ansible", "playbook", "-vvv", "--diff", str(book)],
            cwd=ROOT,
            text=True,
            check=False,
            timeout=300,
            capture_output=True,
            env=dict(os.environ, ANSIBLE_COLLECTIONS_PATH=str(ROOT / "collections"), ANSIBLE_LOCALHOST_WARNING="0"),
        )
        said = done.stdout + done.stderr
        assert harbor.document(BY_KIND["robot"], lists["robots"][0]) and "create registry it-dead failed" in said, said
        assert not [secret for secret in (OLD, NEW, harbor.password) if secret in said]
    finally:
        harbor.ok(
            "apply",
            **{
                plural: [dict(names_of(plural, item), state="absent") for item in items]
                for plural, items in reversed(lists.items())
            },
        )


class Guarded(Adapter):
    """A far end that wants one certain header."""

    takes = ""

    def do_GET(self):
        if self.headers.get("Authorization") == self.takes:
            super().do_GET()
        else:
            self.send_error(401)


@pytest.fixture(name="guarded")
def fixture_guarded():
    """A class of far ends whose secret can change, and the address of one."""
    far_end = type("FarEnd", (Guarded,), {})
    host = os.environ.get("HARBOR_TESTER", "127.0.0.1")
    with ThreadingHTTPServer((host, 0), far_end) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield far_end, f"http://{host}:{server.server_port}"
        server.shutdown()


FAR_ENDS = {
    "preheat_instance": (
        {"vendor": "kraken", "auth_mode": "BASIC"},
        lambda secret: {"auth_info": {"jo": secret}},
        "endpoint",
        lambda secret: "Basic " + base64.b64encode(f"jo:{secret}".encode()).decode(),
    ),
    "scanner": ({"auth": "Bearer"}, lambda secret: {"access_credential": secret}, "url", lambda secret: "Bearer " + secret),
}


@pytest.mark.parametrize("kind", FAR_ENDS)
def test_a_secret_that_the_far_end_changed_is_sent_anew(harbor, guarded, kind):
    """Harbor says the same of a far end that refuses and of one that is not there."""
    if kind == "scanner" and not harbor.counts:
        pytest.skip("a real Harbor remembers for 30 s what a scanner said")
    more, secret, place, header = FAR_ENDS[kind]
    far_end, url = guarded
    item = {"name": "it-guarded", place: url, **more}
    far_end.takes = header(OLD)
    harbor.ok(kind, **item, **secret(OLD))
    try:
        assert not harbor.run(kind, **item, **secret(OLD), update_secret="when_stale")["changed"]
        far_end.takes = header(NEW)
        for check, changed in ((True, True), (False, True), (False, False)):
            assert harbor.run(kind, check, **item, **secret(NEW), update_secret="when_stale")["changed"] is changed
        far_end.takes = header("nobody knows it")
        left = harbor.run(kind, **item, **secret(NEW), update_secret="when_stale")
        assert not left["changed"] and "nobody can tell" in str(left["warnings"])
    finally:
        harbor.ok(kind, name="it-guarded", state="absent")
