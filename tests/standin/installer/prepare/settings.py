# harbor.yml becomes one flat dictionary. What is required is read with [...]: when it is missing, Harbor's program too
# dies of a KeyError.

import os
import stat
from pathlib import Path
from urllib.parse import quote

import yaml

DRIVERS = ("filesystem", "azure", "gcs", "s3", "swift", "oss")
LEVELS = ("debug", "info", "warning", "error", "fatal")
# Never reached through a proxy.
INSIDE = {"127.0.0.1", "localhost", ".local", ".internal", "core", "db", "exporter", "jobservice", "log", "portal",
          "postgresql", "proxy", "redis", "registry", "registryctl", "trivy-adapter"}


class Invalid(Exception):
    """The settings can be read but not be used."""


def read(path: Path, with_trivy: bool) -> dict:
    given = yaml.safe_load(path.read_text())
    if (given.get("internal_tls") or {}).get("enabled") or (given.get("trace") or {}).get("enabled"):
        raise NotImplementedError("the stand-in knows neither internal_tls nor trace")
    metric = given.get("metric")
    wanted = {
        "with_trivy": with_trivy,
        "admin_password": given["harbor_admin_password"],
        "data_volume": given["data_volume"],
        "metric": {key: metric[key] for key in ("enabled", "port", "path")} if metric else {"enabled": False},
        "purge": given.get("upload_purging") or {"enabled": False},
        "cache_layer": given.get("cache") or {"enabled": False},
        "quota_provider": (given.get("core") or {}).get("quota_update_provider") or "db",
        "uaa_ca_file": (given.get("uaa") or {}).get("ca_file"),
        "trivy": given.get("trivy") or {},
    }
    wanted |= address(given) | database(given) | storage(given.get("storage_service") or {}) | cache(given)
    return wanted | logs(given["log"]) | jobs(given) | {"proxy": proxy(given.get("proxy") or {})}


def address(given: dict) -> dict:
    found = {"hostname": given["hostname"], "http_port": (given.get("http") or {}).get("port", 80), "https_port": None}
    scheme, port = "http", found["http_port"]
    if https := given.get("https"):
        scheme, port = "https", https.get("port", 443)
        found |= {"https_port": port, "certificate": https["certificate"], "private_key": https["private_key"]}
    end = "" if str(port) in ("80", "443") else f":{port}"
    return found | {"public_url": given.get("external_url") or f"{scheme}://{given['hostname']}{end}"}


def database(given: dict) -> dict:
    external = (given.get("external_database") or {}).get("harbor")
    if not external and not given.get("database"):
        raise KeyError("harbor_db_password")
    bundled = {"host": "postgresql", "port": 5432, "db_name": "registry", "username": "postgres", "password": "",
               "ssl_mode": "disable"}
    source = external or bundled | given["database"]
    pool = {"max_idle_conns": 2, "max_open_conns": 0, "conn_max_lifetime": "5m", "conn_max_idle_time": "0"}
    found = {key: source[key] for key in bundled} | {key: source.get(key) or pool[key] for key in pool}
    return {"db": found, "external_database": bool(external)}


def storage(given: dict) -> dict:
    """An unknown driver is not refused but becomes the local file system, as with Harbor."""
    driver = next((name for name in DRIVERS if given.get(name)), "filesystem")
    options = ({"rootdirectory": "/storage"} if driver == "filesystem" else {}) | (given.get(driver) or {})
    key_file = options.get("keyfile") if driver == "gcs" else None
    if key_file:
        options["keyfile"] = "/etc/registry/gcs.key"
    # Values are pasted into YAML as they are. 1 == True in Python, so a number 1 turns into true.
    lines = [f"    {key}: {'true' if value in (True,) else value}" for key, value in options.items()]
    redirect = given["redirect"]["disable"] if given.get("redirect") else False
    return {"driver": driver, "driver_text": "\n".join([f"{driver}:", *lines]), "redirect_disabled": redirect,
            "gcs_keyfile": key_file, "ca_bundle": given.get("ca_bundle")}


def cache(given: dict) -> dict:
    external = given.get("external_redis") or {}
    # A key below `redis` wins over external_redis, although then no service of that name is there.
    chosen = {key: value for key, value in (given.get("redis") or external).items() if value}
    redis = {"host": "redis:6379", "password": "", "registry_db_index": 1, "jobservice_db_index": 2,
             "trivy_db_index": 5, "idle_timeout_seconds": 30} | chosen
    tls = (redis.get("tlsOptions") or {}).get("enable")
    master = redis.get("sentinel_master_set")
    scheme = ("rediss" if tls else "redis") + ("+sentinel" if master else "")
    password = f":{quote(str(redis['password']), safe='')}@" if redis["password"] else ""
    start = f"{scheme}://{redis.get('username', '')}{password}{redis['host']}" + (f"/{master}" if master else "")
    end = f"?idle_timeout_seconds={redis['idle_timeout_seconds']}"
    urls = {"core": start + end, "harbor": "", "cache_layer": ""}
    for name in ("registry", "jobservice", "trivy", "harbor", "cache_layer"):
        if index := redis.get(f"{name}_db_index"):
            urls[name] = f"{start}/{index}{end}"
    return {"external_redis": bool(external), "redis": redis, "redis_url": urls,
            "redis_ca": redis["tlsOptions"]["rootCA"] if tls else None}


def logs(given: dict) -> dict:
    if given["level"] not in LEVELS:
        raise Exception(f"log level must be one of {', '.join(LEVELS)}")
    local, end = given.get("local") or {}, given.get("external_endpoint")
    found = {"level": given["level"], "rotate_count": local.get("rotate_count") or 50,
             "rotate_size": local.get("rotate_size") or "200M"}
    if local:
        found["location"] = local.get("location") or "/var/log/harbor"
    if end:
        found["endpoint"] = {key: end[key] for key in ("protocol", "host", "port")}
    return {"log": found}


def jobs(given: dict) -> dict:
    service, hooks = given.get("jobservice") or {}, given.get("notification") or {}
    found = {key: service[key] for key in ("max_job_workers", "job_loggers", "logger_sweeper_duration")}
    hours = service.get("max_job_duration_hours")
    found["max_job_duration_hours"] = max(hours, 24) if isinstance(hours, int) else 24
    return found | {key: hooks[key] for key in ("webhook_job_max_retry", "webhook_job_http_client_timeout")}


def proxy(given: dict) -> dict:
    """The proxy variables of each component. As in Harbor a set gives NO_PROXY another order in each run."""
    named = {"HTTP_PROXY": given.get("http_proxy") or "", "HTTPS_PROXY": given.get("https_proxy") or "",
             "NO_PROXY": ",".join(INSIDE | set((given.get("no_proxy") or "").split(",")) - {""})}
    components = given.get("components") or []
    return {name: named if name in components else dict.fromkeys(named, "") for name in ("core", "jobservice", "trivy")}


def validate(wanted: dict, root: Path) -> None:
    purge, layer, end = wanted["purge"], wanted["cache_layer"], wanted["log"].get("endpoint")
    hours = [str(purge.get(key)) for key in ("age", "interval") if purge.get("enabled")]
    rules = {
        "127.0.0.1 can not be the hostname": wanted["hostname"] == "127.0.0.1",
        "Please specify hostname": wanted["hostname"] == "reg.mydomain.com",
        "Error: The protocol is https but attribute ssl_cert is not set":
            wanted["https_port"] and wanted["certificate"] in (None, "", "/your/certificate/path"),
        "Protocol in external log endpoint must be one of 'udp' or 'tcp' ":
            end and end["protocol"] not in ("udp", "tcp"),
        "purge upload age should set with with nh, n at least 2":
            not all(text[-1:] == "h" and text[:-1].isdigit() and int(text[:-1]) >= 2 for text in hours),
        "cache expire hours should be positive number":
            layer.get("enabled") and not (layer.get("expire_hours") or 0) > 0,
        f"invalid quota update provider: {wanted['quota_provider']}": wanted["quota_provider"] not in ("db", "redis"),
    }
    for sentence, broken in rules.items():
        if broken:
            raise Invalid(sentence)
    if wanted["ca_bundle"]:
        readable(root / "hostfs" / wanted["ca_bundle"].lstrip("/"), wanted["ca_bundle"])


def readable(path: Path, shown: str) -> None:
    try:
        found = os.stat(path)
    except OSError as error:
        raise Invalid("Can not get file info") from error
    if not found.st_mode & (stat.S_IRUSR if found.st_uid == 10000 else stat.S_IROTH):
        raise Invalid(f"Cert File {shown} should be owned by user with uid 10000 or readable by others")
