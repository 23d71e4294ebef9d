# Where everything is: read from Harbor's own variables in a container, or set up in a directory for one process. And
# what an administrator can set through the API: the table of all settings.

import dataclasses
import json
import os
import secrets
from collections.abc import Callable
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
        overwritten=json.loads(env.get("CONFIG_OVERWRITE_JSON") or "{}"),
        quick=bool(env.get("STANDIN_QUICK")),
    )


def read(path: str) -> str:
    """Empty where the file is not mounted: not every service has every secret."""
    return Path(path).read_text() if Path(path).is_file() else ""


def embedded(directory: Path, port: int, registry_port: int, password: str) -> Settings:
    directory.mkdir(parents=True, exist_ok=True)
    kept = directory / "secrets.json"
    if not kept.exists():
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        plain = serialization.NoEncryption()
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain)
        names = ("csrf", "jobservice", "core")
        kept.write_text(json.dumps({name: secrets.token_hex(16) for name in names} | {"key": pem.decode()}))
    drawn, url = json.loads(kept.read_text()), f"http://127.0.0.1:{port}"
    return Settings(
        database=f"sqlite:///{directory}/standin.db", registry=f"http://127.0.0.1:{registry_port}", core=url,
        external_url=url,
        admin_password=password, private_key=drawn["key"], secret_key=b"0123456789abcdef",
        csrf_key=drawn["csrf"].encode(), jobservice_secret=drawn["jobservice"], core_secret=drawn["core"], quick=True,
        embedded=True)


def redis_location(url: str) -> dict:
    """What the library needs of Harbor's form redis://[user]:password@host:port/index?idle_timeout_seconds=30."""
    parts = urlsplit(url)
    return {"host": parts.hostname, "port": parts.port or 6379, "db": int(parts.path.strip("/") or 0),
            "ssl": parts.scheme == "rediss",
            "username": parts.username or None, "password": unquote(parts.password) if parts.password else None}


# --- what the API can set ---------------------------------------------------------------------------------------------

@dataclasses.dataclass(frozen=True)
class Setting:
    value: str | int | bool = ""               # as shipped; its type is the setting's
    check: Callable = lambda value: None       # raises ValueError in Harbor's words
    keep: Callable = lambda value: value       # what becomes of it on its way to the database
    positive: bool = False                     # from 1 to ten nines
    texts: bool = False                        # holds an object of texts, shown sorted
    hidden: bool = False                       # written, never shown


def filled(value: str) -> None:
    if not value.strip():
        raise ValueError("the configure value can not be empty")


def scope(value: int) -> None:
    if value not in (0, 1, 2):
        raise ValueError("invalid scope, should be 0, 1 or 2")


def mode(value: str) -> None:
    modes = ("db_auth", "ldap_auth", "uaa_auth", "http_auth", "oidc_auth")
    if value not in modes:
        raise ValueError(f"invalid auth_mode, shoud be one of {', '.join(modes)}")


def creators(value: str) -> None:
    if value not in ("adminonly", "everyone"):
        raise ValueError("invalid project_creation_restriction, should be adminonly or everyone")


TEXT, YES, NO = Setting(), Setting(True), Setting(False)
CONFIGURATIONS = {
    "auth_mode": Setting("db_auth", mode), "primary_auth_mode": NO, "self_registration": NO, "read_only": NO,
    "project_creation_restriction": Setting("everyone", creators), "notification_enable": YES,
    "token_expiration": Setting(30, positive=True), "session_timeout": Setting(60, positive=True),
    "robot_token_duration": Setting(30, positive=True), "robot_name_prefix": Setting("robot$"),
    "quota_per_project_enable": YES, "storage_per_project": Setting(-1), "banner_message": TEXT,
    "skip_audit_log_database": NO, "audit_log_forward_endpoint": TEXT, "disabled_audit_log_event_types": TEXT,
    "scanner_skip_update_pulltime": NO,
    "ldap_url": Setting("", filled), "ldap_base_dn": Setting("", filled), "ldap_uid": Setting("cn", filled),
    "ldap_filter": TEXT, "ldap_scope": Setting(2, scope), "ldap_timeout": Setting(5), "ldap_verify_cert": YES,
    "ldap_search_dn": TEXT, "ldap_search_password": Setting(hidden=True), "ldap_group_base_dn": TEXT,
    "ldap_group_search_filter": TEXT, "ldap_group_search_scope": Setting(2, scope), "ldap_group_attribute_name": TEXT,
    "ldap_group_membership_attribute": Setting("memberof"), "ldap_group_attach_parallel": NO,
    "ldap_group_admin_dn": Setting("", keep=lambda value: value.strip().lower()),
    "oidc_name": TEXT, "oidc_endpoint": TEXT, "oidc_client_id": TEXT, "oidc_client_secret": Setting(hidden=True),
    "oidc_scope": TEXT, "oidc_groups_claim": TEXT, "oidc_admin_group": TEXT, "oidc_group_filter": TEXT,
    "oidc_user_claim": TEXT, "oidc_verify_cert": YES, "oidc_auto_onboard": NO, "oidc_logout": NO,
    "oidc_extra_redirect_parms": Setting("{}", texts=True),
    "uaa_client_id": TEXT, "uaa_client_secret": TEXT, "uaa_endpoint": TEXT, "uaa_verify_cert": NO,
    "http_authproxy_endpoint": TEXT, "http_authproxy_tokenreview_endpoint": TEXT, "http_authproxy_skip_search": NO,
    "http_authproxy_admin_groups": TEXT, "http_authproxy_admin_usernames": TEXT, "http_authproxy_verify_cert": YES,
    "http_authproxy_server_certificate": TEXT,
}
