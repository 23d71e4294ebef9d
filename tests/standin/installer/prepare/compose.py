# docker-compose.yml: which services there are, what each mounts and waits for. The same settings give the same bytes.

CHANGE_USER = ("CHOWN", "SETGID", "SETUID")


def document(wanted: dict, version: str) -> dict:
    data, config = wanted["data_volume"], "./common/config"
    services = {}

    def service(name, image, container, volumes, needs=("log",), capabilities=(), env=False, **more) -> None:
        services[name] = {"image": f"goharbor/{image}:{version}", "container_name": container, "restart": "always", "cap_drop": ["ALL"]}
        if capabilities:
            services[name]["cap_add"] = list(capabilities)
        if env:
            services[name]["env_file"] = [f"{config}/{name}/env" if env is True else env]
        services[name] |= {"volumes": volumes, "networks": ["harbor"], "depends_on": list(needs), **more}
        # Literally localhost, and only over IPv4 is it published: part of what a host has to get right.
        services[name]["logging"] = {"driver": "syslog", "options": {"syslog-address": "tcp://localhost:1514", "tag": name}}

    def bind(source: str, target: str) -> dict:
        """A file: unlike a directory it has to exist."""
        return {"type": "bind", "source": source, "target": target}

    trust = bind(f"{config}/shared/trust-certificates", "/harbor_cust_cert")
    gcs = [bind(wanted["gcs_keyfile"], "/etc/registry/gcs.key")] if wanted["gcs_keyfile"] else []
    redis = [] if wanted["external_redis"] else ["redis"]
    database = [] if wanted["external_database"] else ["postgresql"]

    service("log", "harbor-log", "harbor-log", capabilities=("CHOWN", "DAC_OVERRIDE", "SETGID", "SETUID"), ports=["127.0.0.1:1514:10514"], volumes=[
        f"{wanted['log']['location']}/:/var/log/docker/:z", bind(f"{config}/log/logrotate.conf", "/etc/logrotate.d/logrotate.conf"),
        bind(f"{config}/log/rsyslog_docker.conf", "/etc/rsyslog.d/rsyslog_docker.conf")])
    # Its own output cannot go through itself.
    del services["log"]["logging"], services["log"]["depends_on"]
    store = [f"{data}/registry:/storage:z", f"{config}/registry/:/etc/registry/:z"]
    service("registry", "registry-photon", "registry", capabilities=CHANGE_USER,
            volumes=[*store, bind(f"{data}/secret/registry/root.crt", "/etc/registry/root.crt"), trust, *gcs])
    service("registryctl", "harbor-registryctl", "registryctl", env=True, capabilities=CHANGE_USER,
            volumes=[*store, bind(f"{config}/registryctl/config.yml", "/etc/registryctl/config.yml"), trust, *gcs])
    if database:
        service("postgresql", "harbor-db", "harbor-db", env=f"{config}/db/env", capabilities=("CHOWN", "DAC_OVERRIDE", "SETGID", "SETUID"),
                volumes=[f"{data}/database:/var/lib/postgresql/data:z"], shm_size="1gb")
    uaa = [bind(wanted["uaa_ca_file"], "/etc/core/certificates/uaa_ca.pem")] if wanted["uaa_ca_file"] else []
    service("core", "harbor-core", "harbor-core", env=True, needs=["log", "registry", *redis, *database], capabilities=("SETGID", "SETUID"), volumes=[
        f"{data}/ca_download/:/etc/core/ca/:z", f"{data}/:/data/:z", f"{config}/core/certificates/:/etc/core/certificates/:z",
        bind(f"{config}/core/app.conf", "/etc/core/app.conf"), bind(f"{data}/secret/core/private_key.pem", "/etc/core/private_key.pem"),
        bind(f"{data}/secret/keys/secretkey", "/etc/core/key"), trust, *uaa])
    service("portal", "harbor-portal", "harbor-portal", capabilities=(*CHANGE_USER, "NET_BIND_SERVICE"),
            volumes=[bind(f"{config}/portal/nginx.conf", "/etc/nginx/nginx.conf")])
    service("jobservice", "harbor-jobservice", "harbor-jobservice", env=True, needs=["core"], capabilities=CHANGE_USER, volumes=[
        f"{data}/job_logs:/var/log/jobs:z", bind(f"{config}/jobservice/config.yml", "/etc/jobservice/config.yml"), trust])
    if redis:
        service("redis", "valkey-photon", "redis", capabilities=CHANGE_USER, volumes=[f"{data}/redis:/var/lib/redis"])
    ports = [f"{wanted['http_port']}:8080"]
    ports += [f"{wanted['https_port']}:8443"] if wanted["https_port"] else []
    ports += [f"{wanted['metric']['port']}:9090"] if wanted["metric"]["enabled"] else []
    certificate = [f"{data}/secret/cert:/etc/cert:z"] if wanted["https_port"] else []
    service("proxy", "nginx-photon", "nginx", needs=["registry", "core", "portal", "log"], ports=ports,
            capabilities=(*CHANGE_USER, "NET_BIND_SERVICE"), volumes=[f"{config}/nginx:/etc/nginx:z", *certificate, trust])
    if wanted["with_trivy"]:
        service("trivy-adapter", "trivy-adapter-photon", "trivy-adapter", env=True, needs=["log", *redis], volumes=[
            bind(f"{data}/trivy-adapter/trivy", "/home/scanner/.cache/trivy"),
            bind(f"{data}/trivy-adapter/reports", "/home/scanner/.cache/reports"), trust])
    if wanted["metric"]["enabled"]:
        service("exporter", "harbor-exporter", "harbor-exporter", env=True, needs=["core", *database], volumes=[trust])
        del services["exporter"]["cap_drop"]
    return {"services": services, "networks": {"harbor": {"external": False}}}
