"""Does it work as people run it? Role harbor_config through ansible-playbook, and no secret in what it prints."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.anchorage.harbor.plugins.module_utils.resources import RESOURCES

ROOT = Path(__file__).resolve().parents[2]
SECRET = "Far-3nd-Secret"
SITE = {
    "harbor_site_version": "2.15.2",
    "harbor_config_registries": [
        {"name": "it-site", "type": "harbor", "access_key": "it-site", "access_secret": SECRET}
    ],
    "harbor_config_projects": [{"name": "it-site", "public": False, "storage_limit": "20GiB"}],
    "harbor_config_replication_policies": [
        {"name": "it-site", "dest_registry": "it-site", "enabled": True, "trigger": {"type": "event_based"}}
    ],
}


@pytest.fixture(name="play")
def fixture_play(harbor, tmp_path):
    """Runs plays on a host of group harbor_server that nobody can reach: all is done by the controller."""
    inventory = {
        "all": {
            "children": {
                "harbor": {"children": {"harbor_server": {"hosts": {"harbor1": {"ansible_host": "192.0.2.1"}}}}}
            }
        }
    }
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump(inventory))

    def play(tasks, variables, *options):
        (tmp_path / "play.yml").write_text(
            yaml.safe_dump([dict(tasks, gather_facts=False, hosts=tasks.get("hosts", "harbor_server[0]"))])
        )
        (tmp_path / "variables.yml").write_text(yaml.safe_dump(variables))
        command = [
            Path(sys.executable).parent / "ansible-playbook",
            "-i",
            tmp_path / "hosts.yml",
            "-e",
            f"@{tmp_path}/variables.yml",
            *options,
            tmp_path / "play.yml",
        ]
        environment = dict(
            os.environ,
            ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"),
            ANSIBLE_NOCOLOR="1",
            HARBOR_URL=harbor.url,
            HARBOR_USERNAME=harbor.username,
            HARBOR_PASSWORD=harbor.password,
        )
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    return play


@pytest.fixture(name="site")
def fixture_site(harbor):
    """The variables of a site, and the user that its registry speaks as."""
    user = {"username": "it-site", "password": SECRET, "email": "it-site@example.org", "realname": "site"}
    number = harbor.api.post("/users", user)
    registries = [dict(SITE["harbor_config_registries"][0], url=harbor.peer)]
    yield dict(
        SITE,
        harbor_config_registries=registries,
        harbor_site_hostname="harbor.invalid",
        harbor_config_url=harbor.url,
        harbor_site_admin_password=harbor.password,
    )
    gone = [{"name": "it-site", "state": "absent"}]
    harbor.ok("apply", replication_policies=gone, projects=gone, registries=gone)
    harbor.api.delete(f"/users/{number}")


def test_the_role(harbor, play, site):
    role = {"roles": ["anchorage.harbor.harbor_config"]}
    writes = harbor.writes()
    assert "changed=1" in play(role, site, "--check", "--diff")
    assert harbor.writes() == writes
    made = play(role, site, "--diff", "-vvv")
    assert 'project it-site: storage_limit: "20GiB"' in made
    writes = harbor.writes()
    again = play(role, site, "--diff", "-vvv")
    assert "changed=0" in again and harbor.writes() == writes
    project = next(kind for kind in RESOURCES if kind.kind == "project")
    harbor.api.write("PUT", harbor.path(project, {"name": "it-site"}), {"metadata": {"public": "true"}})
    drift = play(role, site, "--check", "--diff")
    assert re.findall(r"^[-+][^-+].*", drift, re.MULTILINE) == [
        "-project it-site: public: true",
        "+project it-site: public: false",
    ]
    for output in (made, again, drift):
        assert SECRET not in output and harbor.password not in output


def test_what_was_exported_is_an_inventory(harbor, play, site, tmp_path):
    """The files of an export, put into an inventory, change nothing."""
    role = {"roles": ["anchorage.harbor.harbor_config"]}
    play(role, site)
    place = tmp_path / "group_vars" / "harbor"
    place.mkdir(parents=True)
    task = {"ansible.builtin.include_role": {"name": "anchorage.harbor.harbor_config", "tasks_from": "export"}}
    where = {"harbor_config_export_directory": str(place), "harbor_config_export_kinds": ["projects", "registries"]}
    said = play({"tasks": [task]}, dict(site, **where))
    assert "registry it-site: access_secret" in said and SECRET not in said
    assert {path.name for path in place.iterdir()} == {"projects.yml", "registries.yml"}
    connection = {name: value for name, value in site.items() if name not in SITE or name == "harbor_site_version"}
    writes = harbor.writes()
    assert "changed=0" in play(role, connection) and harbor.writes() == writes


def test_an_export_to_nowhere_is_refused(play, site):
    task = {"ansible.builtin.include_role": {"name": "anchorage.harbor.harbor_config", "tasks_from": "export"}}
    with pytest.raises(AssertionError, match="harbor_config_export_directory is not set"):
        play({"tasks": [task]}, site)
