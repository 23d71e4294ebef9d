# harbor.yml becomes one flat dictionary. What is required is read with [...]: its absence is the KeyError that Harbor's program dies of.

import os
import stat
from pathlib import Path
from urllib.parse import quote

import yaml

DRIVERS = ("filesystem", "azure", "gcs", "s3", "swift", "oss")
LEVELS = ("debug", "info", "warning", "error", "fatal")
SERVICES = {"core", "portal", "registry", "registryctl", "jobservice", "postgresql", "redis", "proxy", "log", "trivy-adapter", "exporter",
            "127.0.0.1", "localhost", ".local", ".internal", "db"}


class Invalid(Exception):
    """The settings can be read but not be used."""


def read(path: Path, with_trivy: bool) -> dict:
    given = yaml.safe_load(path.read_text())
    wanted = {"with_trivy": with_trivy, "hostname": given["hostname"], "http_port": (given.get("http") or {}).get("port", 80), "https_port": None}
    if https := given.get("https"):
        wanted |= {"https_port": https.get("port", 443), "certificate": https["certificate"], "private_key": https["private_key"]}
    scheme, port = ("https", wanted["https_port"]) if https else ("http", wanted["http_port"])
    usual = str(port) in ("80", "443")
    wanted["public_url"] = given.get("external_url") or f"{scheme}://{given['hostname']}" + ("" if usual else f":{port}")
    wanted |= {"data_volume": given["data_volume"], "admin_password": given["harbor_admin_password"]}
    wanted |= database(given) | storage(given.get("storage_service") or {}) | cache(given) | logs(given["log"])
    jobs, hooks = given.get("jobservice") or {}, given.get("notification") or {}
    wanted |= {key: jobs[key] for key in ("max_job_workers", "job_loggers", "logger_sweeper_duration")}
    hours = jobs.get("max_job_duration_hours")
    wanted["max_job_duration_hours"] = max(hours, 24) if isinstance(hours, int) else 24
    wanted |= {key: hooks[key] for key in ("webhook_job_max_retry", "webhook_job_http_client_timeout")}
    wanted["metric"] = {key: given["metric"][key] for key in ("enabled", "port", "path")} if given.get("metric") else {"enabled": False}
    wanted["purge"] = given.get("upload_purging") or {"enabled": False}
    wanted["cache_layer"] = given.get("cache") or {"enabled": False}
    wanted["quota_provider"] = (given.get("core") or {}).get("quota_update_provider") or "db"
    wanted["trivy"], wanted["uaa_ca_file"] = given.get("trivy") or {}, (given.get("uaa") or {}).get("ca_file")
    if (given.get("internal_tls") or {}).get("enabled") or (given.get("trace") or {}).get("enabled"):
        raise NotImplementedError("the stand-in knows neither internal_tls nor trace")
    return wanted | {"proxy": proxy(given.get("proxy") or {})}


def database(given: dict) -> dict:
    external = (given.get("external_database") or {}).get("harbor")
    if not external and not given.get("database"):
        raise KeyError("harbor_db_password")
    source = external or {"host": "postgresql", "port": 5432, "db_name": "registry", "username": "postgres", "password": "", "ssl_mode": "disable",
                          **given["database"]}
    wanted = {key: source[key] for key in ("host", "port", "db_name", "username", "password", "ssl_mode")}
    wanted |= {key: source.get(key) or default for key, default in
               (("max_idle_conns", 2), ("max_open_conns", 0), ("conn_max_lifetime", "5m"), ("conn_max_idle_time", "0"))}
    return {"db": wanted, "external_database": bool(external)}


def storage(given: dict) -> dict:
    """An unknown driver is not refused but becomes the local file system, as with Harbor."""
    driver = next((name for name in DRIVERS if given.get(name)), "filesystem")
    options = dict(given.get(driver) or {})
    if driver == "filesystem":
        options = {"rootdirectory": "/storage"} | options
    key_file = options.pop("keyfile", None) if driver == "gcs" else None
    if key_file:
        options["keyfile"] = "/etc/registry/gcs.key"
    # Values are pasted into YAML as they are. 1 == True in Python, so a number 1 turns into true.
    lines = [f"    {key}: {'true' if value == True else value}" for key, value in options.items()]  # noqa: E712
    redirect = given["redirect"]["disable"] if "redirect" in given else False
    return {"driver": driver, "driver_text": "\n".join([f"{driver}:", *lines]), "redirect_disabled": redirect, "gcs_keyfile": key_file,
            "ca_bundle": given.get("ca_bundle")}


def cache(given: dict) -> dict:
    external = given.get("external_redis") or {}
    # A key below `redis` wins over external_redis, although then no service of that name is there.
    own = given.get("redis") or {}
    redis = {"host": "redis:6379", "password": "", "registry_db_index": 1, "jobservice_db_index": 2, "trivy_db_index": 5, "idle_timeout_seconds": 30}
    redis |= {key: value for key, value in (own or external).items() if value}
    tls = redis.get("tlsOptions") or {}
    authority = {"ca": tls["rootCA"]} if tls.get("enable") else {"ca": None}
    master = redis.get("sentinel_master_set")
    scheme = ("rediss" if tls.get("enable") else "redis") + ("+sentinel" if master else "")
    password = f":{quote(str(redis['password']), safe='')}@" if redis["password"] else ""
    start = f"{scheme}://{redis.get('username', '')}{password}{redis['host']}" + (f"/{master}" if master else "")

    def url(index) -> str:
        return start + (f"/{index}" if index else "") + f"?idle_timeout_seconds={redis['idle_timeout_seconds']}"

    urls = {"core": url(0), "registry": url(redis["registry_db_index"]), "jobservice": url(redis["jobservice_db_index"]),
            "trivy": url(redis["trivy_db_index"]), "harbor": "", "cache_layer": ""}
    urls |= {name: url(redis[f"{name}_db_index"]) for name in ("harbor", "cache_layer") if redis.get(f"{name}_db_index")}
    return {"external_redis": bool(external), "redis": redis | authority | {"tls": bool(tls.get("enable"))}, "redis_url": urls}


def logs(given: dict) -> dict:
    if given["level"] not in LEVELS:
        raise Exception(f"log level must be one of {', '.join(LEVELS)}")
    local = given.get("local") or {}
    wanted = {"level": given["level"], "rotate_count": local.get("rotate_count") or 50, "rotate_size": local.get("rotate_size") or "200M"}
    if local:
        wanted["location"] = local.get("location") or "/var/log/harbor"
    if end := given.get("external_endpoint"):
        wanted["endpoint"] = {key: end[key] for key in ("protocol", "host", "port")}
    return {"log": wanted}


def proxy(given: dict) -> dict:
    """HTTP_PROXY and its sisters for each component. The set makes the order of NO_PROXY another one in each run, as with Harbor."""
    none = ",".join(SERVICES | set((given.get("no_proxy") or "").split(",")) - {""})
    empty = {"HTTP_PROXY": "", "HTTPS_PROXY": "", "NO_PROXY": ""}
    named = {"HTTP_PROXY": given.get("http_proxy") or "", "HTTPS_PROXY": given.get("https_proxy") or "", "NO_PROXY": none}
    return {component: named if component in (given.get("components") or []) else empty for component in ("core", "jobservice", "trivy")}


def validate(wanted: dict, root: Path) -> None:
    hours = [wanted["purge"].get(key) for key in ("age", "interval") if wanted["purge"].get("enabled")]
    end = wanted["log"].get("endpoint")
    rules = [
        (wanted["hostname"] == "127.0.0.1", "127.0.0.1 can not be the hostname"),
        (wanted["hostname"] == "reg.mydomain.com", "Please specify hostname"),
        (wanted["https_port"] and wanted.get("certificate") in (None, "", "/your/certificate/path"),
         "Error: The protocol is https but attribute ssl_cert is not set"),
        (end and end["protocol"] not in ("udp", "tcp"), "Protocol in external log endpoint must be one of 'udp' or 'tcp' "),
        (not all(str(value)[-1:] == "h" and str(value)[:-1].isdigit() and int(str(value)[:-1]) >= 2 for value in hours),
         "purge upload age should set with with nh, n is the number of hour and n should not be less than 2"),
        (wanted["cache_layer"].get("enabled") and not (wanted["cache_layer"].get("expire_hours") or 0) > 0, "cache expire hours should be positive number"),
        (wanted["quota_provider"] not in ("db", "redis"), f"invalid quota update provider: {wanted['quota_provider']}"),
    ]
    for broken, sentence in rules:
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
