# docker-compose.yml: which services there are, what each mounts and waits for. The same settings give the same bytes.

CHANGE_USER = ["CHOWN", "SETGID", "SETUID"]
CONFIG = "./common/config"


def document(wanted: dict, version: str) -> dict:
    data, metric = wanted["data_volume"], wanted["metric"]
    redis = [] if wanted["external_redis"] else ["redis"]
    database = [] if wanted["external_database"] else ["postgresql"]
    gcs = [bind(wanted["gcs_keyfile"], "/etc/registry/gcs.key")] if wanted["gcs_keyfile"] else []
    uaa = [bind(wanted["uaa_ca_file"], "/etc/core/certificates/uaa_ca.pem")] if wanted["uaa_ca_file"] else []
    trust = bind(f"{CONFIG}/shared/trust-certificates", "/harbor_cust_cert")
    store = [f"{data}/registry:/storage:z", f"{CONFIG}/registry/:/etc/registry/:z"]
    services = {}

    def add(name: str, image: str, container: str, volumes: list, needs=("log",), add_caps=(), env="", **more) -> None:
        found = {"image": f"goharbor/{image}:{version}", "container_name": container, "restart": "always"}
        found |= {"cap_drop": ["ALL"]} | ({"cap_add": list(add_caps)} if add_caps else {})
        found |= {"env_file": [f"{CONFIG}/{env}/env"]} if env else {}
        found |= {"volumes": volumes, "networks": ["harbor"], **more}
        if name != "log":
            # Literally localhost, though it is published over IPv4 only: part of what a host has to get right.
            options = {"syslog-address": "tcp://localhost:1514", "tag": name}
            found |= {"depends_on": list(needs), "logging": {"driver": "syslog", "options": options}}
        services[name] = found

    add("log", "harbor-log", "harbor-log", ports=["127.0.0.1:1514:10514"], add_caps=["DAC_OVERRIDE", *CHANGE_USER],
        volumes=[f"{wanted['log']['location']}/:/var/log/docker/:z",
                 bind(f"{CONFIG}/log/logrotate.conf", "/etc/logrotate.d/logrotate.conf"),
                 bind(f"{CONFIG}/log/rsyslog_docker.conf", "/etc/rsyslog.d/rsyslog_docker.conf")])
    add("registry", "registry-photon", "registry", add_caps=CHANGE_USER, volumes=[
        *store, bind(f"{data}/secret/registry/root.crt", "/etc/registry/root.crt"), trust, *gcs])
    add("registryctl", "harbor-registryctl", "registryctl", env="registryctl", add_caps=CHANGE_USER, volumes=[
        *store, bind(f"{CONFIG}/registryctl/config.yml", "/etc/registryctl/config.yml"), trust, *gcs])
    if database:
        add("postgresql", "harbor-db", "harbor-db", env="db", add_caps=["DAC_OVERRIDE", *CHANGE_USER], shm_size="1gb",
            volumes=[f"{data}/database:/var/lib/postgresql/data:z"])
    add("core", "harbor-core", "harbor-core", env="core", needs=["log", "registry", *redis, *database],
        add_caps=["SETGID", "SETUID"], volumes=[
            f"{data}/ca_download/:/etc/core/ca/:z", f"{data}/:/data/:z",
            f"{CONFIG}/core/certificates/:/etc/core/certificates/:z",
            bind(f"{CONFIG}/core/app.conf", "/etc/core/app.conf"),
            bind(f"{data}/secret/core/private_key.pem", "/etc/core/private_key.pem"),
            bind(f"{data}/secret/keys/secretkey", "/etc/core/key"), trust, *uaa])
    add("portal", "harbor-portal", "harbor-portal", add_caps=[*CHANGE_USER, "NET_BIND_SERVICE"],
        volumes=[bind(f"{CONFIG}/portal/nginx.conf", "/etc/nginx/nginx.conf")])
    add("jobservice", "harbor-jobservice", "harbor-jobservice", env="jobservice", needs=["core"], add_caps=CHANGE_USER,
        volumes=[f"{data}/job_logs:/var/log/jobs:z",
                 bind(f"{CONFIG}/jobservice/config.yml", "/etc/jobservice/config.yml"), trust])
    if redis:
        add("redis", "valkey-photon", "redis", add_caps=CHANGE_USER, volumes=[f"{data}/redis:/var/lib/redis"])
    ports = {wanted["http_port"]: 8080, wanted["https_port"]: 8443, metric["enabled"] and metric["port"]: 9090}
    certificate = [f"{data}/secret/cert:/etc/cert:z"] if wanted["https_port"] else []
    add("proxy", "nginx-photon", "nginx", needs=["registry", "core", "portal", "log"],
        add_caps=[*CHANGE_USER, "NET_BIND_SERVICE"], ports=[f"{out}:{inside}" for out, inside in ports.items() if out],
        volumes=[f"{CONFIG}/nginx:/etc/nginx:z", *certificate, trust])
    if wanted["with_trivy"]:
        add("trivy-adapter", "trivy-adapter-photon", "trivy-adapter", env="trivy-adapter", needs=["log", *redis],
            volumes=[bind(f"{data}/trivy-adapter/trivy", "/home/scanner/.cache/trivy"),
                     bind(f"{data}/trivy-adapter/reports", "/home/scanner/.cache/reports"), trust])
    if metric["enabled"]:
        add("exporter", "harbor-exporter", "harbor-exporter", env="exporter", needs=["core", *database],
            volumes=[trust])
        del services["exporter"]["cap_drop"]
    return {"services": services, "networks": {"harbor": {"external": False}}}


def bind(source: str, target: str) -> dict:
    """A mount that, unlike the short form, fails when the source is not there."""
    return {"type": "bind", "source": source, "target": target}
