# What replication carries from one stand-in to another, and to a registry that takes tokens only.

import hashlib
import json
import time

import pytest
import requests
from standin.remote import Remote
from test_recorded import PASSWORD, start

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


class Harbor:
    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, method: str, path: str, **options):
        found = requests.request(method, self.url + path, auth=("admin", PASSWORD), timeout=30, **options)
        found.raise_for_status()
        return found

    def blob(self, name: str, text: str) -> dict:
        digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
        place = self.ask("POST", f"/v2/{name}/blobs/uploads/").headers["Location"].removeprefix(self.url)
        self.ask("PUT", f"{place}&digest={digest}", data=text)
        return {"mediaType": "application/octet-stream", "digest": digest, "size": len(text)}

    def push(self, name: str, reference: str, kind: str = MANIFEST, **content) -> dict:
        text = json.dumps({"schemaVersion": 2, "mediaType": kind, **content})
        reference = reference or f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
        found = self.ask("PUT", f"/v2/{name}/manifests/{reference}", data=text, headers={"Content-Type": kind})
        return {"mediaType": kind, "digest": found.headers["Docker-Content-Digest"], "size": len(text)}

    def shown(self, project: str, repository: str) -> list[dict]:
        place = f"/api/v2.0/projects/{project}/repositories/{repository}/artifacts"
        return self.ask("GET", place, params={"with_accessory": "true", "q": "base=*", "sort": "id"}).json()


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    place = tmp_path_factory.mktemp("pair")
    running = [start(place / name) for name in ("here", "there")]
    try:
        yield [Harbor(url) for dummy, url in running]
    finally:
        for process, dummy in running:
            process.kill()
            process.wait(10)


def signed_index(harbor: Harbor, name: str) -> None:
    """An index of one image, and a signature in cosign's older and in its newer form."""
    config = harbor.blob(name, '{"os":"linux"}') | {"mediaType": "application/vnd.oci.image.config.v1+json"}
    layer = harbor.blob(name, "layer")
    image = harbor.push(name, "", config=config, layers=[layer])
    index = harbor.push(name, "v1", INDEX, manifests=[image])
    signature = {**harbor.blob(name, "{}"), "mediaType": "application/vnd.dev.cosign.artifact.sig.v1+json"}
    harbor.push(name, "", config=signature, layers=[layer], subject=index)
    simple = [{**layer, "mediaType": "application/vnd.dev.cosign.simplesigning.v1+json"}]
    harbor.push(name, f"sha256-{index['digest'][7:]}.sig", config=config, layers=simple)


def test_full_runs_take_signatures_along(pair):
    here, there = pair
    here.ask("POST", "/api/v2.0/projects", json={"project_name": "signed"})
    signed_index(here, "signed/app")
    body = {"name": "there", "type": "harbor", "url": there.url,
            "credential": {"access_key": "admin", "access_secret": PASSWORD}}
    number = here.ask("POST", "/api/v2.0/registries", json=body).headers["Location"].rpartition("/")[2]
    policy = {"name": "all", "enabled": True, "dest_registry": {"id": int(number)},
              "filters": [{"type": "tag", "value": "v*"}]}
    number = here.ask("POST", "/api/v2.0/replication/policies", json=policy).headers["Location"].rpartition("/")[2]
    run = here.ask("POST", "/api/v2.0/replication/executions", json={"policy_id": int(number)}).headers["Location"]
    deadline = time.monotonic() + 30
    while (found := here.ask("GET", run).json())["status"] == "InProgress":
        assert time.monotonic() < deadline, found
    assert found["status"] == "Succeed"
    expected, copied = here.shown("signed", "app"), there.shown("signed", "app")
    assert [row["digest"] for row in copied] == [row["digest"] for row in expected]
    types = [[one["type"] for one in row["accessories"] or []] for row in copied]
    assert types == [[], ["signature.cosign", "signature.cosign"]]


def test_a_registry_that_wants_tokens_gets_them(pair):
    here = pair[0]
    layer = here.blob("library/free", "layer")
    pushed = here.push("library/free", "v1", config={**layer, "mediaType": "text/plain"}, layers=[])
    # Without a password the way is: 401, the realm that it names, a token for this repository.
    assert Remote("docker-registry", here.url).digest("library/free", "v1") == pushed["digest"]
