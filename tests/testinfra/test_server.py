"""Harbor itself on its nodes: containers, unit, guard, health."""

import json

import yaml

from lab import deployment, registry, site_of, sites, together

GROUP = "harbor_server"
OWN = {"harbor-log", "registry", "registryctl", "harbor-core", "harbor-portal", "harbor-jobservice", "nginx"}
BUNDLED = {"harbor-db", "redis"}


def containers(host):
    lines = host.check_output("docker compose -p harbor ps -a --format json").splitlines()
    return {entry["Name"]: entry for entry in map(json.loads, lines)}


def test_every_container_runs(host, nodes):
    wanted = OWN if nodes("harbor_database") else OWN | BUNDLED
    found = containers(host)
    assert wanted <= set(found)
    assert {entry["State"] for entry in found.values()} == {"running"}


def test_bundled_services_are_there_only_when_needed(host, nodes):
    assert bool(BUNDLED & set(containers(host))) == (not nodes("harbor_database"))


def test_settings_are_for_root_only(host, name):
    settings = host.file(f"{deployment(name)}/harbor.yml")
    assert settings.mode & 0o077 == 0
    assert settings.user == "root"


def test_settings_are_the_same_everywhere_at_a_site(nodes):
    prints = {name: node.file(f"{deployment(name)}/harbor.yml").sha256sum for name, node in nodes(GROUP).items()}
    for names in together(GROUP):
        assert len({prints[name] for name in names}) == 1, prints


def test_settings_speak_of_this_site(host, name):
    settings = yaml.safe_load(host.file(f"{deployment(name)}/harbor.yml").content_string)
    assert settings["hostname"] in sites().get(site_of(name), registry())
    assert settings["data_volume"] == "/data"


def test_unit_brings_harbor_back_after_a_reboot(host):
    harbor = host.service("harbor")
    assert harbor.is_enabled and harbor.is_running
    shown = host.check_output("systemctl show harbor -p Requires --value").split()
    assert "docker.service" in shown, "Wants would leave it active over dead containers"
    started = host.check_output("systemctl show harbor -p ExecStart")
    assert "harbor-settle" in started, "a proxy that asks the wrong container would do so for good"
    assert host.check_output("systemctl show harbor -p Restart --value") == "on-failure"


def test_node_is_healthy(host):
    answer = json.loads(
        host.check_output(
            "python3 -c %s",
            "import urllib.request as u;print(u.urlopen('http://127.0.0.1/api/v2.0/health').read().decode())",
        )
    )
    assert answer["status"] == "healthy", answer
