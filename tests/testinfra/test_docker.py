"""What harbor_docker leaves on the Harbor nodes."""

import json

GROUP = "harbor_server"


def test_engine_runs_now_and_after_a_reboot(host):
    docker = host.service("docker")
    assert docker.is_running and docker.is_enabled


def test_compose_is_the_plugin(host):
    assert host.check_output("docker compose version --short").lstrip("v").startswith("2.")


def test_daemon_settings(host):
    settings = json.loads(host.file("/etc/docker/daemon.json").content_string)
    assert settings["log-opts"]["max-size"]
    assert not settings.get("live-restore", False)
    assert (
        host.check_output("docker info -f '{{.LoggingDriver}} {{.LiveRestoreEnabled}}'")
        == f"{settings['log-driver']} false"
    )
