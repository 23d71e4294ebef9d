"""A Harbor to test against: the one of HARBOR_URL, HARBOR_USERNAME, HARBOR_PASSWORD, else the stand-in, started for
the session.

Modules run as Ansible runs them, with their arguments as JSON and their result on standard output, but in this
process: that takes milliseconds.
"""

import contextlib
import importlib
import io
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import HarborError
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
        arguments = dict(self.connection, _ansible_check_mode=check, _ansible_diff=True, **arguments)
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
        return self.api.session.get(self.url + "/_standin/requests", timeout=10).json()["write"] if self.counts else 0

    def requests(self):
        return self.api.session.get(self.url + "/_standin/requests", timeout=10).json()

    def document(self, kind, name):
        """What Harbor itself says of an object, or None."""
        resource = BY_KIND[kind]
        return next(iter(self.api.find(resource.path, resource.key, name)), None)

    def path(self, kind, name):
        return "%s/%s" % (BY_KIND[kind].path, self.document(kind, name)[BY_KIND[kind].ident])


@pytest.fixture(scope="session", name="harbor")
def fixture_harbor(tmp_path_factory):
    if os.environ.get("HARBOR_URL"):
        yield Harbor(*(os.environ[name] for name in ("HARBOR_URL", "HARBOR_USERNAME", "HARBOR_PASSWORD")), counts=False)
        return
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
            yield Harbor(wait_for(f"http://127.0.0.1:{port}", server, log), "admin", PASSWORD, counts=True)
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
