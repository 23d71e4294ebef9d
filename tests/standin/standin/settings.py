# Where everything is: read from Harbor's own variables in a container, or set up in a directory for one process.

import dataclasses
import json
import os
import secrets
from pathlib import Path
from urllib.parse import quote

import redis
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from .facts import HEALTH, VARIABLES


@dataclasses.dataclass
class Settings:
    database: str
    redis: str = ""
    registry: str = "http://registry:5000"
    registry_username: str = ""
    registry_password: str = ""
    core: str = "http://core:8080"
    # Component -> where its health is asked; none for one process, which is all of them.
    health: dict = dataclasses.field(default_factory=dict)
    external_url: str = ""
    admin_password: str = ""
    private_key: str = ""
    secret_key: bytes = b""
    csrf_key: bytes = b""
    jobservice_secret: str = ""
    core_secret: str = ""
    storage: str = "filesystem"
    version: str = "v2.15.2"
    # Settings that nobody can change through the API any more, as Harbor's variable gives them.
    overwritten: dict = dataclasses.field(default_factory=dict)
    quick: bool = False
    embedded: bool = False
    # How it lives. Seconds after which the status of an execution follows its tasks, 0 for at once; seconds before the
    # second and the third attempt of a job, from and to, as seen on a real one.
    refresh: float = 30
    pauses: list = dataclasses.field(default_factory=lambda: [(26, 44), (40, 109)])
    # Whether the jobservice is there, and what comes of events: "lost", as if core died before it heard of them, or
    # "stuck", as if it died when the run was noted.
    working: bool = True
    events: str = ""

    def __post_init__(self) -> None:
        if self.quick:
            self.refresh, self.pauses = 0, [(0.2, 0.2)] * 2


def from_environment() -> Settings:
    env = os.environ
    user, password = (quote(env.get(f"POSTGRESQL_{name}", ""), safe="") for name in ("USERNAME", "PASSWORD"))
    place = f"{env.get('POSTGRESQL_HOST')}:{env.get('POSTGRESQL_PORT')}/{env.get('POSTGRESQL_DATABASE')}"
    trivy = env.get("WITH_TRIVY") in ("True", "true")
    return Settings(
        database=f"postgresql+psycopg://{user}:{password}@{place}?sslmode={env.get('POSTGRESQL_SSLMODE', 'disable')}",
        health={name: env.get(variable, "") + path for name, (variable, path) in HEALTH.items()
                if name != "trivy" or trivy},
        private_key=read("/etc/core/private_key.pem"), secret_key=read("/etc/core/key").encode(),
        csrf_key=env.get("CSRF_KEY", "").encode(), overwritten=json.loads(env.get("CONFIG_OVERWRITE_JSON") or "{}"),
        quick=bool(env.get("STANDIN_QUICK")), **{key: env[name] for key, name in VARIABLES.items() if name in env})


def read(path: str) -> str:
    """Empty where the file is not mounted: not every service has every secret."""
    return Path(path).read_text() if Path(path).is_file() else ""


def embedded(directory: Path, port: int, registry_port: int, password: str) -> Settings:
    directory.mkdir(parents=True, exist_ok=True)
    kept = directory / "secrets.json"
    if not kept.exists():
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
        drawn = {name: secrets.token_hex(16) for name in ("csrf_key", "jobservice_secret", "core_secret")}
        kept.write_text(json.dumps(drawn | {"private_key": key.decode()}))
    drawn, url = json.loads(kept.read_text()), f"http://127.0.0.1:{port}"
    return Settings(database=f"sqlite:///{directory}/standin.db", registry=f"http://127.0.0.1:{registry_port}",
                    core=url, external_url=url, admin_password=password, secret_key=b"0123456789abcdef", quick=True,
                    embedded=True, **drawn | {"csrf_key": drawn["csrf_key"].encode()})


def redis_client(url: str, **options) -> redis.Redis:
    """Harbor's own parameters of the address are none that the library knows."""
    return redis.Redis.from_url(url.partition("?")[0], **options)
