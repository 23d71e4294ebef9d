# The contract of the installer's `prepare`, run in a directory of its own instead of inside its image: what it wipes,
# keeps, draws and refuses.

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

INSTALLER = Path(__file__).resolve().parent / "installer"
sys.path.insert(0, str(INSTALLER))
from prepare.__main__ import main  # noqa: E402

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="owners need root")
SETTINGS = {
    "hostname": "harbor.example", "http": {"port": 80}, "harbor_admin_password": "Adm1nPassw0rd",
    "data_volume": "/data",
    "database": {"password": "dbpassword"}, "jobservice": {"max_job_workers": 10, "job_loggers": ["STD_OUTPUT", "DB"],
                                                           "logger_sweeper_duration": 1},
    "notification": {"webhook_job_max_retry": 3, "webhook_job_http_client_timeout": 3},
    "log": {"level": "info", "local": {"rotate_count": 50, "rotate_size": "200M", "location": "/var/log/harbor"}},
}
DATABASE = {"harbor": {"host": "data1", "port": 5432, "db_name": "registry", "username": "harbor", "password": "pw",
                       "ssl_mode": "require"}}
SECRETS = {"CORE_SECRET": 16, "JOBSERVICE_SECRET": 16, "CSRF_KEY": 32, "ROBOT_SCANNER_NAME_PREFIX": 8,
           "REGISTRY_CREDENTIAL_PASSWORD": 32}


@pytest.fixture(scope="session")
def pair(tmp_path_factory):
    """A key pair of prepare's own making, once: 4096 bits take a second."""
    root = tmp_path_factory.mktemp("pair")
    run(root)
    return root / "data/secret"


@pytest.fixture
def root(tmp_path, pair):
    for half in ("core/private_key.pem", "registry/root.crt"):
        target = tmp_path / "data/secret" / half
        target.parent.mkdir(parents=True)
        shutil.copy(pair / half, target)
    return tmp_path


def run(root: Path, *flags: str, without=(), **changes) -> int:
    for name in ("input", "config", "data", "compose_location"):
        (root / name).mkdir(exist_ok=True)
    settings = {key: value for key, value in (SETTINGS | changes).items() if key not in without}
    (root / "input/harbor.yml").write_text(yaml.safe_dump(settings))
    return main(["prepare", *flags], root)


def variables(root: Path, service: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in (root / f"config/{service}/env").read_text().splitlines())


def services(root: Path) -> dict:
    return yaml.safe_load((root / "compose_location/docker-compose.yml").read_text())["services"]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_second_run_draws_new_secrets_and_changes_nothing_else(root):
    run(root)
    before, keys, compose = contents(root / "config"), contents(root / "data"), contents(root / "compose_location")
    run(root)
    after = contents(root / "config")
    assert {name for name in before | after if before.get(name) != after.get(name)} == {
        "core/env", "jobservice/env", "registryctl/env", "registry/passwd"}
    assert contents(root / "data") == keys and contents(root / "compose_location") == compose


def test_secrets_have_their_lengths_and_agree_within_the_node(root):
    run(root)
    core, jobs, controller = (variables(root, name) for name in ("core", "jobservice", "registryctl"))
    assert {name: len(core[name]) for name in SECRETS} == SECRETS and all(core[name].isalnum() for name in SECRETS)
    assert core["CORE_SECRET"] == jobs["CORE_SECRET"] == controller["CORE_SECRET"]
    assert core["JOBSERVICE_SECRET"] == jobs["JOBSERVICE_SECRET"] == controller["JOBSERVICE_SECRET"]
    assert core["REGISTRY_CREDENTIAL_PASSWORD"] == jobs["REGISTRY_CREDENTIAL_PASSWORD"]
    assert re.fullmatch(r"harbor_registry_user:\$2y\$05\$\S{53}\n", (root / "config/registry/passwd").read_text())


def test_every_variable_stands_once_in_a_file(root):
    run(root, "--with-trivy", metric={"enabled": True, "port": 9090, "path": "/metrics"},
        cache={"enabled": True, "expire_hours": 24})
    for path in (root / "config").rglob("env"):
        names = [line.partition("=")[0] for line in path.read_text().splitlines()]
        assert len(names) == len(set(names)), path


@pytest.mark.parametrize(("code", "changes"), [
    (255, {"hostname": "127.0.0.1"}), (255, {"hostname": "reg.mydomain.com"}),
    (255, {"https": {"port": 443, "certificate": "/your/certificate/path", "private_key": "/your/private/key/path"}}),
    (255, {"upload_purging": {"enabled": True, "age": "168", "interval": "24h"}}),
    (255, {"upload_purging": {"enabled": True, "age": "1h", "interval": "24h"}}),
    (255, {"cache": {"enabled": True, "expire_hours": 0}}), (255, {"core": {"quota_update_provider": "file"}}),
    (255, {"storage_service": {"ca_bundle": "/nowhere.crt"}}),
    (255, {"log": SETTINGS["log"] | {"external_endpoint": {"protocol": "http", "host": "h", "port": 1}}}),
    *((1, {"without": (key,)}) for key in ("hostname", "harbor_admin_password", "data_volume", "jobservice",
                                           "notification", "log", "database")),
    (1, {"log": {"level": "loud"}}), (1, {"log": {"level": "info"}}), (1, {"https": {"port": 443}}),
    (1, {"storage_service": {"redirect": {"disabled": True}}}),
    (1, {"external_database": {"harbor": {"host": "data1"}}}),
    (1, {"external_redis": {"host": "r:6379", "tlsOptions": {"enable": True}}}), (1, {"metric": {"enabled": True}}),
])
def test_bad_settings_leave_a_live_node_without_configuration(root, code, changes):
    run(root)
    old = services(root)
    if code == 255:
        assert run(root, **changes) == 255
    else:
        # An exception is what Python leaves with code 1 for.
        with pytest.raises(Exception):  # noqa: B017
            run(root, **changes)
    left = contents(root / "config")
    # Only a missing log location shows after most files have been written.
    assert not left or changes == {"log": {"level": "info"}}
    assert (root / "config/core/certificates").is_dir() and (root / "input/harbor.yml").exists()
    assert services(root) == old


def test_broken_yaml_wipes_too(root):
    run(root)
    (root / "input/harbor.yml").write_text("hostname: [")
    with pytest.raises(yaml.YAMLError):
        main(["prepare"], root)
    assert not contents(root / "config")


def test_usage_is_code_2(root):
    with pytest.raises(SystemExit) as left:
        run(root, "--with-notary")
    assert left.value.code == 2


def test_files_added_by_hand_are_gone_and_directories_stay(root):
    run(root)
    (root / "config/nginx/conf.d/harbor.http.mine.conf").write_text("#")
    run(root)
    assert not contents(root / "config/nginx/conf.d") and (root / "config/nginx/conf.d").is_dir()


@pytest.mark.parametrize("lost", ["core/private_key.pem", "registry/root.crt"])
def test_half_a_pair_costs_the_whole_pair(root, lost):
    run(root)
    old = contents(root / "data/secret")
    (root / "data/secret" / lost).unlink()
    run(root)
    new = contents(root / "data/secret")
    assert {name for name in new if new[name] != old[name]} == {"core/private_key.pem", "registry/root.crt"}
    assert new["core/private_key.pem"].startswith(b"-----BEGIN RSA PRIVATE KEY")


def test_secretkey_with_a_newline_is_refused(root):
    run(root)
    (root / "data/secret/keys/secretkey").write_text("0123456789abcdef\n")
    with pytest.raises(Exception, match="has to be 16 chars, current length: 17"):
        run(root)


@AS_ROOT
def test_owners_and_modes(root):
    run(root, "--with-trivy", metric={"enabled": True, "port": 9090, "path": "/metrics"})
    rooted = ["core/env", "jobservice/env", "registryctl/env", "db/env", "exporter/env", "trivy-adapter/env"]
    harbors = ["core/app.conf", "jobservice/config.yml", "log/logrotate.conf", "log/rsyslog_docker.conf",
               "nginx/nginx.conf", "portal/nginx.conf", "registry/config.yml", "registryctl/config.yml"]
    wanted = {f"config/{name}": (0, 0o640) for name in rooted} | {f"config/{name}": (10000, 0o640) for name in harbors}
    wanted |= {f"config/{name}": (10000, 0o755) for name in ("jobservice", "portal", "exporter", "nginx/conf.d")}
    wanted |= {f"config/{name}": (0, 0o755) for name in ("core", "core/certificates", "registry", "nginx", "shared")}
    ours = ("registry", "ca_download", "job_logs", "trivy-adapter", "trivy-adapter/reports")
    wanted |= {f"data/{name}": (10000, 0o755) for name in ours}
    wanted |= {
        "config/registry/passwd": (0, 0o644), "compose_location/docker-compose.yml": (0, 0o644),
        "data/database": (999, 0o700), "data/redis": (999, 0o755),
        "data/secret/keys": (0, 0o755), "data/secret/keys/secretkey": (10000, 0o600),
    }
    assert {name: ((root / name).stat().st_uid, (root / name).stat().st_mode & 0o7777) for name in wanted} == wanted


@AS_ROOT
def test_a_right_directory_is_left_alone_and_a_wrong_one_chowned_to_the_bottom(root):
    run(root)
    blob = root / "data/registry/blob"
    blob.touch()
    run(root)
    assert blob.stat().st_uid == 0
    (root / "data/registry").chmod(0o700)
    run(root)
    assert blob.stat().st_uid == 10000


def test_services_follow_the_settings(root):
    always = {"log", "registry", "registryctl", "core", "portal", "jobservice", "proxy"}
    run(root)
    assert set(services(root)) == always | {"postgresql", "redis"}
    run(root, external_database=DATABASE, external_redis={"host": "data1:6379"})
    assert set(services(root)) == always and services(root)["core"]["depends_on"] == ["log", "registry"]
    run(root, "--with-trivy", external_database=DATABASE, external_redis={"host": "data1:6379"},
        metric={"enabled": True, "port": 9090, "path": "/metrics"})
    assert set(services(root)) == always | {"trivy-adapter", "exporter"}
    assert "9090:9090" in services(root)["proxy"]["ports"]
    assert {name for name, service in services(root).items() if "logging" not in service} == {"log"}


def test_a_key_below_redis_defeats_the_external_one(root):
    run(root, external_redis={"host": "data1:6379", "password": "p/w"})
    assert variables(root, "core")["_REDIS_URL_REG"] == "redis://:p%2Fw@data1:6379/1?idle_timeout_seconds=30"
    run(root, external_redis={"host": "data1:6379"}, redis={"registry_db_index": 3})
    assert variables(root, "core")["_REDIS_URL_REG"].startswith("redis://redis:6379/3")
    assert "redis" not in services(root)


def test_database_index_zero_means_the_default(root):
    run(root, external_redis={"host": "data1:6379", "registry_db_index": 0, "jobservice_db_index": 7})
    assert "/1?" in variables(root, "core")["_REDIS_URL_REG"]
    assert "redis://data1:6379/7" in (root / "config/jobservice/config.yml").read_text()


@pytest.mark.parametrize(("given", "stored"), [
    ({"s3": {"region": "x", "multipartcopymaxconcurrency": 1, "secure": False}},
     {"s3": {"region": "x", "multipartcopymaxconcurrency": True, "secure": False}}),
    ({"filesystem": {"maxthreads": 100}}, {"filesystem": {"rootdirectory": "/storage", "maxthreads": 100}}),
    ({"minio": {"bucket": "b"}}, {"filesystem": {"rootdirectory": "/storage"}}),
    ({"s3": {"region": "x"}, "azure": {"container": "c"}}, {"azure": {"container": "c"}}),
])
def test_storage_driver_is_pasted_with_its_quirks(root, given, stored):
    run(root, storage_service=given)
    driver, options = next(iter(stored.items()))
    assert yaml.safe_load((root / "config/registry/config.yml").read_text())["storage"][driver] == options
    assert variables(root, "core")["REGISTRY_STORAGE_PROVIDER_NAME"] == driver


def test_proxy_exceptions_reach_only_the_named_components(root):
    run(root, proxy={"http_proxy": "http://p:3128", "no_proxy": "harbor.example", "components": ["core"]})
    assert {"harbor.example", "registry", "127.0.0.1"} <= set(variables(root, "core")["NO_PROXY"].split(","))
    assert variables(root, "jobservice")["NO_PROXY"] == ""


@pytest.mark.parametrize(("line", "path"), [
    ("data_volume: {}", "{}"), ("data_volume: '{}'", "'{}'"), ("data_volume: {} # where blobs live", "live"),
    ("# data_volume: /old\ndata_volume: {}", "{}"),
])
def test_wrapper_reads_the_last_word_as_data_volume(tmp_path, line, path):
    """A `docker` that only prints its arguments shows what the wrapper makes of the line."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "docker").write_text('#!/bin/sh\necho "$@"\nexit 1\n')
    (tools / "docker").chmod(0o755)
    shutil.copy(INSTALLER / "bundle/prepare", tmp_path)
    (tmp_path / "harbor.yml").write_text(line.format(tmp_path / "data") + "\n")
    result = subprocess.run([tmp_path / "prepare"], env={"PATH": f"{tools}:{os.environ['PATH']}"}, capture_output=True,
                            text=True, check=False)
    assert f"-v {path.format(tmp_path / 'data')}:/data " in result.stdout
    assert result.returncode == 1 and (tmp_path / "input/harbor.yml").exists() and "--privileged" not in result.stdout


def test_wrapper_needs_its_settings(tmp_path):
    shutil.copy(INSTALLER / "bundle/prepare", tmp_path)
    result = subprocess.run([tmp_path / "prepare"], capture_output=True, text=True, check=False)
    assert result.returncode == 1 and "no config file: " in result.stdout
