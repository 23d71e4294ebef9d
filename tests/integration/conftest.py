"""A Harbor to test against: the one of HARBOR_URL, HARBOR_USERNAME, HARBOR_PASSWORD, else the stand-in, started for
the session.

Modules run as Ansible runs them, with their arguments as JSON and their result on standard output, but in this
process: that takes milliseconds.
"""

import contextlib
import hashlib
import importlib
import io
import json
import os
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urljoin

import pytest
import requests
from ansible.module_utils.testing import patch_module_args
from ansible_collections.anchorage.harbor.plugins.module_utils.engine import current_of
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import ApiError, HarborError
from ansible_collections.anchorage.harbor.plugins.module_utils.reader import Reader
from ansible_collections.anchorage.harbor.plugins.module_utils.resources import RESOURCES
from ansible_collections.anchorage.harbor.plugins.module_utils.transport import Transport

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "Standin-" + "Passw0rd"
BY_KIND = {resource.kind: resource for resource in RESOURCES}


class Harbor:
    """One Harbor: runs modules against it, and looks at it past them."""

    def __init__(self, url, username, password, counts):
        self.connection = {"harbor_url": url, "harbor_username": username, "harbor_password": password}
        self.url, self.username, self.password, self.counts = url, username, password, counts
        # The address under which Harbor reaches itself, as the far end of replication.
        self.peer = os.environ.get("HARBOR_PEER_URL", url)
        self.api = Transport({"url": url, "username": username, "password": password})

    def run(self, module, check=False, **arguments):
        """The result of a module; with `failed` when it failed. Its text must never hold the password."""
        main = importlib.import_module(f"ansible_collections.anchorage.harbor.plugins.modules.{module}").main
        connection = {} if "sites" in arguments else self.connection
        arguments = dict(connection, _ansible_check_mode=check, **{"_ansible_diff": True, **arguments})
        output = io.StringIO()
        with patch_module_args(arguments), contextlib.redirect_stdout(output), contextlib.suppress(SystemExit):
            main()
        assert self.password not in output.getvalue()
        return json.loads(output.getvalue())

    def ok(self, module, check=False, **arguments):
        """The result of a module that must not fail, and in check mode must not write."""
        before = self.writes() if check else None
        result = self.run(module, check, **arguments)
        assert not result.get("failed"), result["msg"]
        if check or not result["changed"]:
            assert before is None or self.writes() == before
        return result

    def writes(self):
        """How many writing requests it has seen, where it counts them."""
        return requests.get(self.url + "/_standin/requests", timeout=10).json()["write"] if self.counts else 0

    def requests(self):
        return requests.get(self.url + "/_standin/requests", timeout=10).json()

    # What Harbor itself says of an object

    def place(self, resource, item):
        """Its document, and the name and id of what it lies under."""
        reader, identity = Reader(self.api, RESOURCES), resource.identity(item)
        above, kind = identity[0], resource.kind
        if resource.lookup:
            reader.read({resource.parent: None}, {}, [(resource, item)])
        else:
            reader.read({resource.parent: None} if above else {kind: None}, {kind: {above}} if above else {})
        return reader.found[kind].get(identity), reader.parent_of(resource, above)

    def document(self, resource, item):
        return self.place(resource, item)[0]

    def current(self, resource, item):
        """The same in the words of the user."""
        return current_of(resource, self.document(resource, item), lambda kind, number: number)

    def number(self, resource, item):
        return self.document(resource, item).get(resource.ident)

    def path(self, resource, item):
        found, parent = self.place(resource, item)
        return resource.item_path(parent, found.get(resource.ident), item)

    def raw(self, resource, item):
        """The document as Harbor shows it alone, where it does."""
        try:
            return self.api.get(self.path(resource, item))
        except ApiError as error:
            assert error.status == 405
            return self.document(resource, item)

    def push(self, image, content=None):
        """A small image goes to the registry; its digest."""
        name, tag = image.split(":")
        auth, url = (self.username, self.password), f"{self.url}/v2/{name}"
        blobs = [json.dumps({"architecture": "amd64", "os": "linux", "name": content or image}).encode(),
                 (content or image).encode()]
        for blob in blobs:
            begun = requests.post(f"{url}/blobs/uploads/", auth=auth, timeout=30)
            begun.raise_for_status()
            place = urljoin(self.url, begun.headers["Location"])
            place += ("&" if "?" in place else "?") + "digest=" + digest(blob)
            requests.put(place, data=blob, auth=auth, timeout=30).raise_for_status()
        kinds = ("container.image.v1+json", "image.rootfs.diff.tar.gzip")
        about = [
            {"mediaType": f"application/vnd.docker.{kind}", "size": len(blob), "digest": digest(blob)}
            for kind, blob in zip(kinds, blobs)
        ]
        media = "application/vnd.docker.distribution.manifest.v2+json"
        manifest = json.dumps({"schemaVersion": 2, "mediaType": media, "config": about[0], "layers": about[1:]}).encode()
        headers = {"Content-Type": media}
        sent = requests.put(f"{url}/manifests/{tag}", data=manifest, headers=headers, auth=auth, timeout=30)
        sent.raise_for_status()
        return digest(manifest)


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Adapter(BaseHTTPRequestHandler):
    """A scanner that says what it can do, and nothing else."""

    def do_GET(self):
        produces = "application/vnd.security.vulnerability.report; version=1.1"
        consumes = ["application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"]
        about = {
            "scanner": {"name": "Test", "vendor": "Test", "version": "1"},
            "capabilities": [
                {"type": "vulnerability", "consumes_mime_types": consumes, "produces_mime_types": [produces]}
            ],
            "properties": {"harbor.scanner-adapter/scanner-type": "os-package-vulnerability"},
        }
        body = json.dumps(about).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.scanner.adapter.metadata+json; version=1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        """Nobody reads it."""


@pytest.fixture(scope="session", name="scanner")
def fixture_scanner():
    """The address of a scanner that Harbor can reach; where that is not loopback, HARBOR_TESTER says it."""
    host = os.environ.get("HARBOR_TESTER", "127.0.0.1")
    with ThreadingHTTPServer((host, 0), Adapter) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{host}:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session", name="harbor")
def fixture_harbor(tmp_path_factory):
    if os.environ.get("HARBOR_URL"):
        yield Harbor(*(os.environ[name] for name in ("HARBOR_URL", "HARBOR_USERNAME", "HARBOR_PASSWORD")), counts=False)
        return
    with standin(tmp_path_factory) as url:
        yield Harbor(url, "admin", PASSWORD, counts=True)


@pytest.fixture(scope="session", name="peer")
def fixture_peer(tmp_path_factory):
    """A second Harbor, which the first one reaches: that of HARBOR_PEER_URL, with the same user and password."""
    if os.environ.get("HARBOR_URL"):
        if os.environ.get("HARBOR_PEER_URL", os.environ["HARBOR_URL"]) == os.environ["HARBOR_URL"]:
            pytest.skip("HARBOR_PEER_URL names no second Harbor")
        words = (os.environ[name] for name in ("HARBOR_PEER_URL", "HARBOR_USERNAME", "HARBOR_PASSWORD"))
        yield Harbor(*words, counts=False)
        return
    with standin(tmp_path_factory) as url:
        yield Harbor(url, "admin", PASSWORD, counts=True)


@contextlib.contextmanager
def standin(tmp_path_factory):
    """A stand-in of its own; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("standin") / "log"
    environment = dict(os.environ, HARBOR_PASSWORD=PASSWORD, PYTHONPATH=str(ROOT / "tests/standin"), STANDIN_QUICK="1")
    with log.open("wb") as output, subprocess.Popen(
        [sys.executable, "-m", "standin", "serve", "--port", str(port)],
        env=environment,
        stdout=output,
        stderr=subprocess.STDOUT,
    ) as server:
        try:
            yield wait_for(f"http://127.0.0.1:{port}", server, log)
        finally:
            server.terminate()


def wait_for(url, server, log):
    """The url once somebody answers there."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        try:
            Transport(
                {"url": url, "username": "admin", "password": PASSWORD, "timeout": 5},
                pause=lambda seconds: time.sleep(0.1),
            )
            return url
        except HarborError:
            continue
    raise AssertionError(f"the stand-in did not start: {log.read_text()}")
