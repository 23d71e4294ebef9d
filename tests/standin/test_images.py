# The archive of the installer: what `docker load` would find in it.

import io
import json
import sys
import tarfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent / "installer"))
import images  # noqa: E402

NAMES = """prepare harbor-log harbor-portal harbor-core harbor-jobservice harbor-registryctl harbor-exporter harbor-db
    registry-photon nginx-photon trivy-adapter-photon valkey-photon""".split()


@pytest.fixture
def layers(tmp_path):
    for name in ("base", "code"):
        with tarfile.open(tmp_path / f"{name}.tar", "w") as tar:
            images.add(tar, name, name.encode())
    return [tmp_path / "base.tar", tmp_path / "code.tar"]


def pack(layers) -> bytes:
    output = io.BytesIO()
    images.archive(output, layers, "v2.15.2", {})
    return output.getvalue()


def test_all_of_harbors_images_share_two_layers(layers):
    with tarfile.open(fileobj=io.BytesIO(pack(layers))) as tar:
        names = tar.getnames()
        manifest = json.load(tar.extractfile("manifest.json"))
        configurations = {entry["RepoTags"][0]: json.load(tar.extractfile(entry["Config"])) for entry in manifest}
    assert set(configurations) == {f"goharbor/{name}:v2.15.2" for name in NAMES}
    assert sum(name.endswith("/layer.tar") for name in names) == 2
    assert all(set(entry["Layers"]) <= set(names) for entry in manifest)
    assert {len(found["rootfs"]["diff_ids"]) for found in configurations.values()} == {2}


def test_only_the_log_starts_as_root_and_only_the_exporter_has_no_health_check(layers):
    runs = {name: images.configuration(name, image, [], "v2.15.2", {}) for name, image in images.IMAGES.items()}
    found = {name: json.loads(text)["config"] for name, text in runs.items()}
    assert {name for name in found if found[name]["User"] == "0"} == {"prepare", "harbor-log"}
    assert {name for name in found if "Healthcheck" not in found[name]} == {"prepare", "harbor-exporter"}


def test_same_layers_give_the_same_bytes(layers):
    assert pack(layers) == pack(layers)
