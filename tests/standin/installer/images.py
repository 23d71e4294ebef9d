# The images under Harbor's names and a writer of the archive that `docker load` takes. All share two layers and differ
# in what they run. The archive is written without a Docker Engine, in seconds, and the same input gives the same ids.

import dataclasses
import hashlib
import io
import json
import tarfile
from pathlib import Path

APP = "/usr/src/app"


@dataclasses.dataclass
class Image:
    """What one image runs: `check` is the shell command of its health check, as Harbor has them."""
    user: str = "10000"
    check: str = ""
    entrypoint: tuple[str, ...] = ("start",)


def web(path: str, port: int = 8080) -> str:
    return f"curl -fsS -o /dev/null http://127.0.0.1:{port}{path}"


IMAGES = {
    "prepare": Image("0", entrypoint=("python3", "-m", "prepare")),
    "harbor-log": Image("0", "bash -c '</dev/tcp/127.0.0.1/10514'"),
    "harbor-portal": Image(check=web("/")),
    "harbor-core": Image(check=web("/api/v2.0/ping")),
    "harbor-jobservice": Image(check=web("/api/v1/stats")),
    "harbor-registryctl": Image(check=web("/api/health")),
    "harbor-exporter": Image(),
    "harbor-db": Image("999", "pg_isready -h 127.0.0.1"),
    "registry-photon": Image(check=web("/", 5000)),
    "nginx-photon": Image(check=web("/")),
    "trivy-adapter-photon": Image(check=web("/probe/healthy")),
    "valkey-photon": Image("999", "redis-cli ping"),
}


def configuration(name: str, image: Image, layers: list[str], version: str, variables: dict[str, str]) -> bytes:
    path = "/usr/local/bin:/usr/bin:/usr/sbin:/usr/lib/postgresql/17/bin"
    environment = {"HARBOR_VERSION": version, "LANG": "C.UTF-8", "PATH": path, "PYTHONPATH": APP,
                   "PYTHONUNBUFFERED": "1"} | variables
    run = {
        "User": image.user,
        "WorkingDir": APP,
        "Env": [f"{key}={value}" for key, value in environment.items()],
        "Entrypoint": list(image.entrypoint),
        "Cmd": [name] if image.entrypoint == ("start",) else [],
    }
    if image.check:
        run["Healthcheck"] = {"Test": ["CMD-SHELL", image.check]}
    if name == "harbor-db":
        # Fast shutdown: do not wait for clients to leave.
        run["StopSignal"] = "SIGINT"
    system = {"type": "layers", "diff_ids": [f"sha256:{layer}" for layer in layers]}
    machine = {"architecture": "amd64", "os": "linux", "created": "2026-01-01T00:00:00Z"}
    return json.dumps(machine | {"config": run, "rootfs": system}, sort_keys=True).encode()


def archive(output: io.IOBase, layers: list[Path], version: str, variables: dict[str, str]) -> None:
    """Write the tar of all images; each layer is in it once."""
    digests, manifest = [], []
    with tarfile.open(fileobj=output, mode="w|") as tar:
        for layer in layers:
            with layer.open("rb") as file:
                digests.append(hashlib.file_digest(file, "sha256").hexdigest())
            tar.add(layer, f"{digests[-1]}/layer.tar", filter=anonymous)
        for name, image in IMAGES.items():
            content = configuration(name, image, digests, version, variables)
            entry = f"{hashlib.sha256(content).hexdigest()}.json"
            add(tar, entry, content)
            manifest.append({"Config": entry, "RepoTags": [f"goharbor/{name}:{version}"],
                             "Layers": [f"{digest}/layer.tar" for digest in digests]})
        add(tar, "manifest.json", json.dumps(manifest).encode())


def add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


def anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mtime, member.mode, member.uid, member.gid, member.uname, member.gname = 0, 0o644, 0, 0, "", ""
    return member
