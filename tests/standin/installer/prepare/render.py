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
DIRECTORIES = [("core/certificates", 0), ("jobservice", HARBOR), ("registry", 0), ("registryctl", 0), ("db", 0), ("log", 0), ("nginx", 0),
               ("nginx/conf.d", HARBOR), ("portal", HARBOR), ("shared/trust-certificates", 0)]
DATA = [("registry", HARBOR, 0o755), ("ca_download", HARBOR, 0o755), ("job_logs", HARBOR, 0o755), ("database", POSTGRES, 0o700),
        ("redis", POSTGRES, 0o755), ("secret", 0, 0o755), ("secret/keys", 0, 0o755), ("secret/core", 0, 0o755), ("secret/registry", 0, 0o755)]
TEMPLATES = {"core/app.conf": "app.conf", "jobservice/config.yml": "jobservice.yml", "registry/config.yml": "registry.yml",
             "registryctl/config.yml": "registryctl.yml", "log/logrotate.conf": "logrotate.conf", "log/rsyslog_docker.conf": "rsyslog.conf",
             "nginx/nginx.conf": "nginx.conf", "portal/nginx.conf": "portal.conf"}

class Plain(yaml.SafeDumper):
    """Without &anchors: people read the file."""

    def ignore_aliases(self, data) -> bool:
        return True


templates = jinja2.Environment(loader=jinja2.PackageLoader(__package__), trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)


def everything(wanted: dict, root: Path) -> None:
    config, data = root / "config", root / "data"
    trivy = [("trivy-adapter", HARBOR, 0o755), ("trivy-adapter/trivy", HARBOR, 0o755), ("trivy-adapter/reports", HARBOR, 0o755)]
    for name, owner in DIRECTORIES + ([("exporter", HARBOR)] if wanted["metric"]["enabled"] else []):
        directory(config / name, owner)
    for name, owner, mode in DATA + (trivy if wanted["with_trivy"] else []):
        directory(data / name, owner, mode)
    if wanted["with_trivy"]:
        directory(config / "trivy-adapter")

    wanted = wanted | {"secrets": environment.draw()}
    for name, template in TEMPLATES.items():
        write(config / name, templates.get_template(template + ".jinja").render(wanted), HARBOR)
    for name, variables in environment.all_files(wanted).items():
        write(config / name, "".join(f"{key}={value}\n" for key, value in variables.items()))
    # Cost 5 as htpasswd -B has it: the registry computes it in each request.
    password = bcrypt.hashpw(wanted["secrets"]["REGISTRY_CREDENTIAL_PASSWORD"].encode(), bcrypt.gensalt(5)).decode()
    write(config / "registry/passwd", f"harbor_registry_user:{password.replace('$2b$', '$2y$', 1)}\n", mode=0o644)

    trust = config / "shared/trust-certificates"
    for source, name in ((wanted["ca_bundle"], "storage_ca_bundle.crt"), (wanted["redis"]["ca"], "redis_tls_ca.crt")):
        if source:
            copy(root / "hostfs" / source.lstrip("/"), trust / name, 0o644)
    if wanted["https_port"]:
        directory(data / "secret/cert")
        for key, name in (("certificate", "server.crt"), ("private_key", "server.key")):
            copy(root / "hostfs" / wanted[key].lstrip("/"), data / "secret/cert" / name, 0o600)

    secret_key = data / "secret/keys/secretkey"
    if not secret_key.exists():
        write(secret_key, secrets.token_hex(8), HARBOR, 0o600)
    if len(secret_key.read_bytes()) != 16:
        raise Exception(f"secret key's length has to be 16 chars, current length: {len(secret_key.read_bytes())}")
    pair = data / "secret/core/private_key.pem", data / "secret/registry/root.crt"
    # Losing either half replaces both.
    if not all(path.is_file() for path in pair):
        for path, content in zip(pair, keys.pair(), strict=True):
            write(path, content, HARBOR, 0o600)
    if "BEGIN RSA PRIVATE KEY" not in pair[0].read_text():
        print("WARNING: private_key.pem is not PKCS#1: Harbor cannot sign tokens with it")

    services = yaml.dump(compose.document(wanted, os.environ.get("HARBOR_VERSION", "v2.15.2")), Dumper=Plain, sort_keys=False, width=200)
    write(root / "compose_location/docker-compose.yml", services, mode=0o644)


def directory(path: Path, owner: int = 0, mode: int = 0o755) -> None:
    """One that is right already is left alone; any other is chowned with all below: over NFS with root_squash that fails, as with Harbor."""
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
