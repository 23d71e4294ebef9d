# A client of a Harbor for the tests: the stand-in, started here, or a real one.

import hashlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urljoin

import requests

HERE = Path(__file__).resolve().parent
API = "/api/v2.0"
PASSWORD = "Harbor12345"
DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(url: str) -> bool:
    """Once it does."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url).close()
            return True
        except OSError:
            time.sleep(0.1)
    return False


def start(data: Path, port: int = 0) -> tuple[subprocess.Popen, str]:
    port = port or free_port()
    environment = {**os.environ, "PYTHONPATH": str(HERE), "HARBOR_PASSWORD": PASSWORD}
    command = [sys.executable, "-m", "standin", "serve", "--port", str(port), "--data", str(data)]
    process, url = subprocess.Popen(command, env=environment), f"http://127.0.0.1:{port}"
    if not answers(f"{url}{API}/ping"):
        process.kill()
        raise AssertionError("the stand-in does not answer after 30 s")
    return process, url


class Harbor:
    def __init__(self, url: str, patience: float = 20) -> None:
        self.url, self.patience, self.session = url, patience, requests.Session()
        self.session.auth = ("admin", PASSWORD)

    def ask(self, method: str, path: str, body=None, good: int = 0, **options) -> requests.Response:
        """Any good answer will do, or the one that is named."""
        # With the cookie of the last answer a write would need a token.
        self.session.cookies.clear()
        place = urljoin(self.url, path if path.startswith(("/v2/", "/api/", "/_standin/", "http")) else API + path)
        answer = self.session.request(method, place, json=body, timeout=30, **options)
        assert answer.status_code == good or not good and answer.status_code < 300, (
            f"{method} {path}: {answer.status_code} {answer.text}")
        return answer

    def get(self, path: str):
        return self.ask("GET", path).json()

    def make(self, path: str, body: dict) -> int | str:
        key = self.ask("POST", path, body).headers["Location"].rsplit("/", 1)[-1]
        return int(key) if key.isdigit() else key

    def until(self, path: str, good):
        deadline = time.monotonic() + self.patience
        while not good(found := self.get(path)):
            assert time.monotonic() < deadline, found
            time.sleep(0.05)
        return found

    def blob(self, name: str, content: str, kind: str = LAYER) -> dict:
        place = self.ask("POST", f"/v2/{name}/blobs/uploads/").headers["Location"]
        digest = "sha256:" + hashlib.sha256(content.encode()).hexdigest()
        self.ask("PUT", f"{place}{'&' if '?' in place else '?'}digest={digest}", data=content,
                 headers={"Content-Type": "application/octet-stream"})
        return {"mediaType": kind, "digest": digest, "size": len(content)}

    def put(self, name: str, reference: str, kind: str = MANIFEST, **content) -> dict:
        """A manifest, by tag or, without one, by its digest."""
        text = json.dumps({"schemaVersion": 2, "mediaType": kind, **content})
        reference = reference or f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
        found = self.ask("PUT", f"/v2/{name}/manifests/{reference}", data=text, headers={"Content-Type": kind})
        return {"mediaType": kind, "digest": found.headers["Docker-Content-Digest"], "size": len(text)}

    def image(self, name: str, reference: str, seed: str) -> dict:
        parts = [self.blob(name, json.dumps({"author": seed}), CONFIG), self.blob(name, f"layer of {seed}")]
        return self.put(name, reference, DOCKER, config=parts[0], layers=parts[1:])

    def push(self, name: str, tag: str, seed: str) -> str:
        return self.image(name, tag, seed)["digest"]

    def artifacts(self, name: str, query: str = "page_size=100") -> list:
        """Of the repository; the first part of its name is the project."""
        project, rest = name.split("/", 1)
        return self.get(f"/projects/{project}/repositories/{rest}/artifacts?{query}")

    def digests(self, project: str) -> dict:
        """{repository:tag or repository@digest: digest} of all that stands for itself."""
        rows = self.get(f"/projects/{project}/artifacts?with_tag=true&sort=id&page_size=100")
        return {f"{row['repository_name']}{sign}{name}": row["digest"] for row in rows
                for sign, name in [(":", tag["name"]) for tag in row["tags"] or []] or [("@", row["digest"])]}
