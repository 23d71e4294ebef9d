# The env files: Harbor's own variable names, one dictionary a service. Secrets in them are new in every run.

import secrets
import string

CACHE_TYPES = ("docker-hub,harbor,azure-acr,ali-acr,aws-ecr,google-gcr,docker-registry,github-ghcr,jfrog-artifactory")
REPLICATION_TYPES = CACHE_TYPES + ",huawei-SWR,tencent-tcr,volcengine-cr"
REGISTRY_USER = "harbor_registry_user"


def random(length: int) -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for dummy in range(length))


def draw() -> dict:
    """Fresh secrets; nothing in harbor.yml can set them."""
    lengths = {"CORE_SECRET": 16, "JOBSERVICE_SECRET": 16, "CSRF_KEY": 32, "ROBOT_SCANNER_NAME_PREFIX": 8,
               "REGISTRY_CREDENTIAL_PASSWORD": 32}
    return {name: random(length) for name, length in lengths.items()}


def all_files(wanted: dict) -> dict[str, dict]:
    """File below common/config -> its variables. `wanted` holds the settings and the drawn secrets."""
    both = {name: wanted["secrets"][name] for name in ("CORE_SECRET", "JOBSERVICE_SECRET")}
    files = {"core/env": core(wanted), "jobservice/env": both | jobservice(wanted), "registryctl/env": both,
             "db/env": {"POSTGRES_PASSWORD": wanted["db"]["password"]}}
    if wanted["metric"]["enabled"]:
        files["exporter/env"] = exporter(wanted)
    if wanted["with_trivy"]:
        files["trivy-adapter/env"] = trivy(wanted)
    return files


def database(wanted: dict, prefix: str, **names: str) -> dict:
    return {prefix + names.get(key, key.upper()): value for key, value in wanted["db"].items()}


def core(wanted: dict) -> dict:
    found = {
        "CONFIG_PATH": "/etc/core/app.conf", "UAA_CA_ROOT": "/etc/core/certificates/uaa_ca.pem",
        "LOG_LEVEL": wanted["log"]["level"], "EXT_ENDPOINT": wanted["public_url"], "PORT": 8080,
        "CORE_URL": "http://core:8080", "CORE_LOCAL_URL": "http://127.0.0.1:8080",
        "TOKEN_SERVICE_URL": "http://core:8080/service/token", "JOBSERVICE_URL": "http://jobservice:8080",
        "PORTAL_URL": "http://portal:8080", "REGISTRY_URL": "http://registry:5000",
        "REGISTRY_CONTROLLER_URL": "http://registryctl:8080", "TRIVY_ADAPTER_URL": "http://trivy-adapter:8080",
        "WITH_TRIVY": wanted["with_trivy"], "HARBOR_ADMIN_PASSWORD": wanted["admin_password"],
        "MAX_JOB_WORKERS": wanted["max_job_workers"], "REGISTRY_STORAGE_PROVIDER_NAME": wanted["driver"],
        "REGISTRY_CREDENTIAL_USERNAME": REGISTRY_USER, "READ_ONLY": "false", "RELOAD_KEY": "",
        "QUOTA_UPDATE_PROVIDER": wanted["quota_provider"], "PERMITTED_REGISTRY_TYPES_FOR_PROXY_CACHE": CACHE_TYPES,
        "REPLICATION_ADAPTER_WHITELIST": REPLICATION_TYPES, "_REDIS_URL_CORE": wanted["redis_url"]["core"],
        "_REDIS_URL_REG": wanted["redis_url"]["registry"], "DATABASE_TYPE": "postgresql",
        **database(wanted, "POSTGRESQL_", db_name="DATABASE", ssl_mode="SSLMODE"), **wanted["secrets"],
        **wanted["proxy"]["core"],
    }
    if wanted["redis_url"]["harbor"]:
        found["_REDIS_URL_HARBOR"] = wanted["redis_url"]["harbor"]
    if wanted["metric"]["enabled"]:
        metric = wanted["metric"]
        found |= {"METRIC_ENABLE": "true", "METRIC_PATH": metric["path"], "METRIC_PORT": metric["port"]}
    return found | metric_names(wanted, "core") | cache_layer(wanted)


def jobservice(wanted: dict) -> dict:
    found = {
        "LOG_LEVEL": wanted["log"]["level"], "CORE_URL": "http://core:8080", "REGISTRY_URL": "http://registry:5000",
        "REGISTRY_CONTROLLER_URL": "http://registryctl:8080", "REGISTRY_CREDENTIAL_USERNAME": REGISTRY_USER,
        "REGISTRY_CREDENTIAL_PASSWORD": wanted["secrets"]["REGISTRY_CREDENTIAL_PASSWORD"],
        "JOBSERVICE_WEBHOOK_JOB_MAX_RETRY": wanted["webhook_job_max_retry"],
        "JOBSERVICE_WEBHOOK_JOB_HTTP_CLIENT_TIMEOUT": wanted["webhook_job_http_client_timeout"],
        **wanted["proxy"]["jobservice"],
    }
    if wanted["cache_layer"].get("enabled"):
        found["_REDIS_URL_CORE"] = wanted["redis_url"]["core"]
    return found | metric_names(wanted, "jobservice") | cache_layer(wanted)


def metric_names(wanted: dict, service: str) -> dict:
    return {"METRIC_NAMESPACE": "harbor", "METRIC_SUBSYSTEM": service} if wanted["metric"]["enabled"] else {}


def cache_layer(wanted: dict) -> dict:
    if not wanted["cache_layer"].get("enabled"):
        return {}
    url = wanted["redis_url"]["cache_layer"]
    layer = {"_REDIS_URL_CACHE_LAYER": url} if url else {}
    return {"CACHE_ENABLED": "true", "CACHE_EXPIRE_HOURS": wanted["cache_layer"]["expire_hours"], **layer}


def exporter(wanted: dict) -> dict:
    return {
        "LOG_LEVEL": wanted["log"]["level"], "HARBOR_EXPORTER_PORT": 8080, "HARBOR_EXPORTER_METRICS_PATH": "/metrics",
        "HARBOR_EXPORTER_METRICS_ENABLED": "true", "HARBOR_EXPORTER_MAX_REQUESTS": 30, "HARBOR_EXPORTER_CACHE_TIME": 23,
        "HARBOR_EXPORTER_CACHE_CLEAN_INTERVAL": 14400, "HARBOR_METRIC_NAMESPACE": "harbor",
        "HARBOR_METRIC_SUBSYSTEM": "exporter", "HARBOR_SERVICE_HOST": "core", "HARBOR_SERVICE_PORT": 8080,
        "HARBOR_SERVICE_SCHEME": "http", "HARBOR_REDIS_URL": wanted["redis_url"]["jobservice"],
        "HARBOR_REDIS_NAMESPACE": "harbor_job_service_namespace", "HARBOR_REDIS_TIMEOUT": 3600,
        **database(wanted, "HARBOR_DATABASE_", db_name="DBNAME", ssl_mode="SSLMODE"),
    }


def trivy(wanted: dict) -> dict:
    url = wanted["redis_url"]["trivy"]
    defaults = {
        "ignore_unfixed": False, "skip_update": False, "skip_java_db_update": False, "offline_scan": False,
        "insecure": False, "timeout": "5m0s", "github_token": "", "db_repository": "ghcr.io/aquasecurity/trivy-db",
        "java_db_repository": "ghcr.io/aquasecurity/trivy-java-db",
    }
    options = {f"SCANNER_TRIVY_{key.upper()}": wanted["trivy"].get(key) or defaults[key] for key in defaults}
    return {
        "SCANNER_LOG_LEVEL": wanted["log"]["level"], "SCANNER_REDIS_URL": url, "SCANNER_STORE_REDIS_URL": url,
        "SCANNER_STORE_REDIS_NAMESPACE": "harbor.scanner.trivy:store", "SCANNER_JOB_QUEUE_REDIS_URL": url,
        "SCANNER_JOB_QUEUE_REDIS_NAMESPACE": "harbor.scanner.trivy:job-queue",
        "SCANNER_TRIVY_CACHE_DIR": "/home/scanner/.cache/trivy",
        "SCANNER_TRIVY_REPORTS_DIR": "/home/scanner/.cache/reports",
        "SCANNER_TRIVY_SECURITY_CHECKS": wanted["trivy"].get("security_check") or "vuln", **options,
        **wanted["proxy"]["trivy"],
    }
