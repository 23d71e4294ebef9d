# Writes everything: directories, configuration with its owners and modes, keys that are kept, docker-compose.yml.

import os
import secrets
import shutil
from pathlib import Path

import bcrypt
import jinja2
import yaml

from . import compose, environment, keys

HARBOR, POSTGRES = 10000, 999

# Directories below common/config and their owners.
CONFIG = {"core/certificates": 0, "db": 0, "jobservice": HARBOR, "log": 0, "nginx": 0, "nginx/conf.d": HARBOR,
          "portal": HARBOR, "registry": 0, "registryctl": 0, "shared/trust-certificates": 0}
# Directories below data_volume.
DATA = {"ca_download": HARBOR, "database": POSTGRES, "job_logs": HARBOR, "redis": POSTGRES, "registry": HARBOR,
        "secret": 0, "secret/core": 0, "secret/keys": 0, "secret/registry": 0}
TRIVY = {"trivy-adapter": HARBOR, "trivy-adapter/reports": HARBOR, "trivy-adapter/trivy": HARBOR}
# Files below common/config and their templates.
TEMPLATES = {
    "core/app.conf": "app.conf",
    "jobservice/config.yml": "jobservice.yml",
    "log/logrotate.conf": "logrotate.conf",
    "log/rsyslog_docker.conf": "rsyslog.conf",
    "nginx/nginx.conf": "nginx.conf",
    "portal/nginx.conf": "portal.conf",
    "registry/config.yml": "registry.yml",
    "registryctl/config.yml": "registryctl.yml",
}

templates = jinja2.Environment(loader=jinja2.PackageLoader(__package__), trim_blocks=True, lstrip_blocks=True)


class Plain(yaml.SafeDumper):
    """Without &anchors: people read the file."""

    def ignore_aliases(self, data) -> bool:
        return True


def everything(wanted: dict, root: Path) -> None:
    config, data, host = root / "config", root / "data", root / "hostfs"
    directories(config, data, wanted)
    configuration(config, wanted | {"secrets": environment.draw()})
    certificates = {"storage_ca_bundle.crt": wanted["ca_bundle"], "redis_tls_ca.crt": wanted["redis_ca"]}
    for name, source in certificates.items():
        if source:
            copy(host / source.lstrip("/"), config / "shared/trust-certificates" / name, 0o644)
    if wanted["https_port"]:
        directory(data / "secret/cert")
        copy(host / wanted["certificate"].lstrip("/"), data / "secret/cert/server.crt", 0o600)
        copy(host / wanted["private_key"].lstrip("/"), data / "secret/cert/server.key", 0o600)
    kept(data / "secret")
    services = compose.document(wanted, os.environ.get("HARBOR_VERSION", "v2.15.2"))
    text = yaml.dump(services, Dumper=Plain, sort_keys=False, width=200)
    write(root / "compose_location/docker-compose.yml", text, mode=0o644)


def directories(config: Path, data: Path, wanted: dict) -> None:
    more = {"exporter": HARBOR} if wanted["metric"]["enabled"] else {}
    more |= {"trivy-adapter": 0} if wanted["with_trivy"] else {}
    for name, owner in (CONFIG | more).items():
        directory(config / name, owner)
    for name, owner in (DATA | (TRIVY if wanted["with_trivy"] else {})).items():
        directory(data / name, owner, 0o700 if name == "database" else 0o755)


def configuration(config: Path, wanted: dict) -> None:
    for name, template in TEMPLATES.items():
        write(config / name, templates.get_template(f"{template}.jinja").render(wanted) + "\n", HARBOR)
    for name, variables in environment.all_files(wanted).items():
        write(config / name, "".join(f"{key}={value}\n" for key, value in variables.items()))
    # Cost 5 as htpasswd -B has it: the registry computes it in each request.
    password = wanted["secrets"]["REGISTRY_CREDENTIAL_PASSWORD"].encode()
    line = bcrypt.hashpw(password, bcrypt.gensalt(5)).decode().replace("$2b$", "$2y$", 1)
    write(config / "registry/passwd", f"{environment.REGISTRY_USER}:{line}\n", mode=0o644)


def kept(secret: Path) -> None:
    """What survives each run: the key that seals stored passwords, and the pair that signs tokens."""
    secret_key = secret / "keys/secretkey"
    if not secret_key.exists():
        write(secret_key, secrets.token_hex(8), HARBOR, 0o600)
    length = len(secret_key.read_bytes())
    if length != 16:
        raise Exception(f"secret key's length has to be 16 chars, current length: {length}")
    pair = secret / "core/private_key.pem", secret / "registry/root.crt"
    # Losing either half replaces both.
    if not all(path.is_file() for path in pair):
        for path, content in zip(pair, keys.pair(), strict=True):
            write(path, content, HARBOR, 0o600)
    if "BEGIN RSA PRIVATE KEY" not in pair[0].read_text():
        print("WARNING: private_key.pem is not PKCS#1: Harbor cannot sign tokens with it")


def directory(path: Path, owner: int = 0, mode: int = 0o755) -> None:
    """One that is right already is left alone; any other is chowned with all below it, as Harbor does."""
    path.mkdir(parents=True, exist_ok=True)
    found = path.stat()
    if (found.st_mode & 0o7777, found.st_uid, found.st_gid) == (mode, owner, owner):
        return
    path.chmod(mode)
    for below in (path, *path.rglob("*")):
        own(below, owner)


def write(path: Path, content: str, owner: int = 0, mode: int = 0o640) -> None:
    path.write_text(content)
    finish(path, owner, mode)


def copy(source: Path, target: Path, mode: int) -> None:
    shutil.copyfile(source, target)
    finish(target, HARBOR, mode)


def finish(path: Path, owner: int, mode: int) -> None:
    path.chmod(mode)
    own(path, owner)
    print(f"Generated {path}")


def own(path: Path, owner: int) -> None:
    # Tests may run as anybody; the image runs as root.
    if os.geteuid() == 0:
        os.chown(path, owner, owner)
