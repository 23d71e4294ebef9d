# Where everything is: read from Harbor's own variables in a container, or set up in a directory for one process.

import dataclasses
import os
import secrets
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


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
    with_trivy: bool = False
    quick: bool = False
    embedded: bool = False


def from_environment() -> Settings:
    env = os.environ
    user, password = (quote(env.get(f"POSTGRESQL_{name}", ""), safe="") for name in ("USERNAME", "PASSWORD"))
    place = f"{env.get('POSTGRESQL_HOST')}:{env.get('POSTGRESQL_PORT')}/{env.get('POSTGRESQL_DATABASE')}"
    health = {
        "jobservice": env.get("JOBSERVICE_URL", "") + "/api/v1/stats",
        "portal": env.get("PORTAL_URL", "") + "/",
        "registry": env.get("REGISTRY_URL", "") + "/",
        "registryctl": env.get("REGISTRY_CONTROLLER_URL", "") + "/api/health",
    }
    if env.get("WITH_TRIVY") in ("True", "true"):
        health["trivy"] = env.get("TRIVY_ADAPTER_URL", "") + "/probe/healthy"
    return Settings(
        database=f"postgresql+psycopg://{user}:{password}@{place}?sslmode={env.get('POSTGRESQL_SSLMODE', 'disable')}",
        redis=env.get("_REDIS_URL_CORE", ""),
        registry=env.get("REGISTRY_URL", ""),
        registry_username=env.get("REGISTRY_CREDENTIAL_USERNAME", ""),
        registry_password=env.get("REGISTRY_CREDENTIAL_PASSWORD", ""),
        core=env.get("CORE_URL", ""),
        health=health,
        external_url=env.get("EXT_ENDPOINT", ""),
        admin_password=env.get("HARBOR_ADMIN_PASSWORD", ""),
        private_key=read("/etc/core/private_key.pem"),
        secret_key=read("/etc/core/key").encode(),
        csrf_key=env.get("CSRF_KEY", "").encode(),
        jobservice_secret=env.get("JOBSERVICE_SECRET", ""),
        core_secret=env.get("CORE_SECRET", ""),
        storage=env.get("REGISTRY_STORAGE_PROVIDER_NAME", "filesystem"),
        version=env.get("HARBOR_VERSION", "v2.15.2"),
        with_trivy="trivy" in health,
        quick=bool(env.get("STANDIN_QUICK")),
    )


def read(path: str) -> str:
    """Empty where the file is not mounted: not every service has every secret."""
    return Path(path).read_text() if Path(path).is_file() else ""


def embedded(directory: Path, port: int, registry_port: int, password: str) -> Settings:
    directory.mkdir(parents=True, exist_ok=True)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain)
    url = f"http://127.0.0.1:{port}"
    return Settings(
        database=f"sqlite:///{directory}/standin.db", registry=f"http://127.0.0.1:{registry_port}", core=url,
        external_url=url,
        admin_password=password, private_key=pem.decode(), secret_key=b"0123456789abcdef",
        csrf_key=secrets.token_bytes(32),
        jobservice_secret=secrets.token_hex(8), core_secret=secrets.token_hex(8), quick=True, embedded=True)


def redis_location(url: str) -> dict:
    """What the library needs of Harbor's form redis://[user]:password@host:port/index?idle_timeout_seconds=30."""
    parts = urlsplit(url)
    return {"host": parts.hostname, "port": parts.port or 6379, "db": int(parts.path.strip("/") or 0),
            "ssl": parts.scheme == "rediss",
            "username": parts.username or None, "password": unquote(parts.password) if parts.password else None}
