"""Bad input is refused before anything changes: each piece by one sentence that names the variable and the remedy.

INVENTORIES bend a whole inventory and go through playbooks/validate.yml; VARIABLES bend one role's variables and go through its entry point `validate`,
all in one run. No host is asked anything.
"""

import copy
import json
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECRET = "Long-enough-1"
HARBORS = {"harbor1": {"ansible_host": "192.0.2.21"}, "harbor2": {"ansible_host": "192.0.2.22"}}
GOOD = {
    "all": {
        "vars": {
            "harbor_site_virtual_address": "192.0.2.10", "harbor_site_admin_password": SECRET, "harbor_site_database_password": SECRET,
            "harbor_site_cache_password": SECRET, "harbor_server_installer": "/etc/hostname",
        },
        "children": {"harbor": {"children": {
            "harbor_server": {"hosts": HARBORS},
            "harbor_balancer": {"hosts": {"balancer1": {"ansible_host": "192.0.2.11"}, "balancer2": {"ansible_host": "192.0.2.12"}}},
            "harbor_storage": {"hosts": {"data1": {"ansible_host": "192.0.2.31"}}},
            "harbor_database": {"hosts": {"data1": {}}},
            "harbor_cache": {"hosts": {"data1": {}}},
        }}},
    },
}


def group(inventory, name):
    return inventory["all"]["children"]["harbor"]["children"][f"harbor_{name}"]["hosts"]


def put(**variables):
    return lambda inventory: inventory["all"]["vars"].update(variables)


def twins(inventory, **variables):
    """Two sites with a balancer in front of both, each a single node."""
    sites, harbor = {"north": "harbor1", "south": "harbor2"}, inventory["all"]["children"]["harbor"]["children"]
    for name, host in sites.items():
        harbor[name] = {"hosts": {host: {}}, "vars": {"harbor_site_hostname": f"{name}.example.org"}}
    for name in ("storage", "database", "cache"):
        group(inventory, name).clear()
    secrets = {name: {"catch-up": SECRET, "from-north": SECRET, "from-south": SECRET} for name in sites}
    put(harbor_site_sites={name: {} for name in sites}, harbor_replication_topology="twin", harbor_replication_secrets=secrets,
        **variables)(inventory)
    return harbor


# what is wrong: (how the inventory is bent, what the sentence must say)
INVENTORIES = {
    "two hosts with one address": (
        lambda inventory: group(inventory, "balancer").update(balancer2={"ansible_host": "192.0.2.21"}), "correct ansible_host or harbor_site_address"),
    "no Harbor node": (lambda inventory: group(inventory, "server").clear(), "Group harbor_server is empty: name at least one host"),
    "virtual address that is none": (put(harbor_site_virtual_address="192.0.2.300"), "harbor_site_virtual_address is '192.0.2.300': give a free"),
    "virtual address of a node": (put(harbor_site_virtual_address="192.0.2.21"), "harbor_site_virtual_address is '192.0.2.21': give a free IPv4 address"),
    "balancers without an address": (
        put(harbor_site_virtual_address="", harbor_site_hostname="192.0.2.11"), "Two balancers need one address in front: set harbor_site_virtual_address"),
    "nodes without a balancer": (
        lambda inventory: (group(inventory, "balancer").clear(), put(harbor_site_virtual_address="", harbor_site_hostname="192.0.2.21")(inventory)),
        "Several Harbor nodes need a balancer: put a host into group harbor_balancer"),
    "nodes without a common database": (
        lambda inventory: (group(inventory, "database").clear()), "Several Harbor nodes need one database and one cache"),
    "nodes without a common store": (lambda inventory: group(inventory, "storage").clear(), "Several Harbor nodes need one store: fill group harbor_storage"),
    "two databases": (lambda inventory: group(inventory, "database").update(harbor1={}), "Groups harbor_database and harbor_cache take one host each"),
    "balancer beside Harbor": (lambda inventory: group(inventory, "balancer").update(harbor1={}), "both want port 80: set harbor_site_port"),
    "site without an address": (
        lambda inventory: put(harbor_site_sites={"north": {}, "east": {}})(twins(inventory) and inventory),
        "harbor_site_sites: east has no address: name a group"),
    "site of an unknown type": (
        lambda inventory: put(harbor_site_sites={"north": {}, "hub": {"url": "https://hub.example.org", "type": "hub"}})(twins(inventory) and inventory),
        "harbor_site_sites takes type (harbor or docker-registry), url"),
    "host of two sites": (
        lambda inventory: twins(inventory)["north"]["hosts"].update(harbor2={}), "harbor2 is in several sites (north, south): leave it in one"),
    "secret that is missing": (
        lambda inventory: twins(inventory) and put(harbor_replication_secrets={})(inventory),
        "harbor_replication_secrets.north.catch-up is missing or unusable: give 8 to 128 characters"),
    "spread in front of sites": (
        lambda inventory: twins(inventory, harbor_balancer_algorithm="roundrobin"), "harbor_balancer_algorithm is 'roundrobin' in front of several sites"),
    "preferred site that is none": (
        lambda inventory: twins(inventory, harbor_balancer_preferred="east"), "harbor_balancer_preferred is 'east': name one of the Harbors"),
    "site to keep out that is none": (
        lambda inventory: twins(inventory, harbor_balancer_site="east"), "harbor_balancer_site is 'east': name one of the Harbors"),
    "no admin password": (put(harbor_site_admin_password=""), "harbor_site_admin_password is missing or unusable: give 8 or more"),
    "no database password": (put(harbor_site_database_password=""), "set harbor_site_database_password from a vault"),
    "no cache password": (put(harbor_site_cache_password=""), "set harbor_site_cache_password from a vault"),
}

# (group, role, variables, what the sentence must say). Where two stand together, the second rule of the same variable is meant.
VARIABLES = [
    ("server", "site", {"harbor_site_version": "2.10.3"}, "harbor_site_version is '2.10.3': give a release from 2.11.0 to 2.15"),
    ("server", "site", {"harbor_site_version": "2.12.3"}, "not 2.12.3, whose web login fails over http"),
    ("server", "site", {"harbor_site_hostname": "http://harbor.example.org"}, "harbor_site_hostname is 'http://harbor.example.org': give the name"),
    ("server", "site", {"harbor_site_hostname": "localhost"}, "not localhost: Harbor refuses it"),
    ("server", "site", {"harbor_site_url": "https://harbor.example.org/"}, "harbor_site_url is 'https://harbor.example.org/': write scheme://host"),
    ("server", "site", {"harbor_site_admin_password": "has a blank"}, "harbor_site_admin_password is missing or unusable"),
    ("server", "site", {"harbor_site_data": '"/data"'}, "harbor_site_data is '\"/data\"': give an absolute path without blanks, quotes"),
    ("server", "site", {"harbor_site_data": "/data/"}, "or a slash at its end"),
    ("server", "site", {"harbor_site_port": 5000}, "harbor_site_port is '5000': give a whole number from 1 to 65535"),
    ("server", "site", {"harbor_site_certificate": "/nowhere.pem"}, "harbor_site_certificate is '/nowhere.pem': give a PEM file on the controller"),
    ("server", "site", {"harbor_site_database": {"host": "db"}}, "harbor_site_database needs exactly host, port, name"),
    ("server", "site", {"harbor_site_store": {"type": "floppy", "source": "a:/b"}}, "harbor_site_store needs type (glusterfs, nfs"),
    ("server", "site", {"harbor_site_ready_seconds": 5}, "harbor_site_ready_seconds is '5': give a whole number of seconds, 30 or more"),
    ("server", "keys", {"harbor_keys_secretkey": "short"}, "harbor_keys_secretkey must be exactly 16 letters and digits"),
    ("server", "keys", {"harbor_keys_secretkey": "0123456789abcdef\n"}, "without a line end"),
    ("server", "keys", {"harbor_keys_csrf_key": "x" * 31}, "harbor_keys_csrf_key must be exactly 32 letters and digits"),
    ("server", "keys", {"harbor_keys_private_key": "-----BEGIN PRIVATE KEY-----", "harbor_keys_root_crt": "x"}, "must be an RSA key in PKCS#1 form"),
    ("server", "keys", {"harbor_keys_root_crt": "x"}, "harbor_keys_root_crt and harbor_keys_private_key are a pair: give both or none"),
    ("server", "keys", {"harbor_keys_jobservice_secret": "has blank 123456"}, "harbor_keys_jobservice_secret must be exactly 16 letters and digits"),
    ("server", "server", {"harbor_server_installer": "/nowhere.tgz"}, "harbor_server_installer is '/nowhere.tgz': give the address of a .tgz"),
    ("server", "server", {"harbor_server_installer": "https://mirror.example.org/h.tgz"}, "harbor_server_installer_checksum is missing: give sha256:"),
    ("server", "server", {"harbor_server_installer": ""}, "harbor_server_installer_checksum is missing: give sha256:"),
    ("server", "server", {"harbor_server_directory": "/opt/my harbor"}, "harbor_server_directory is '/opt/my harbor': give an absolute path"),
    ("server", "server", {"hostname": "x"}, "harbor_server_settings sets hostname, external_url"),
    ("server", "server", {"http": {"port": 81}}, "set the harbor_site_ variable"),
    ("server", "server", {"redis": {"registry_db_index": 1}}, "harbor_server_settings has redis beside an external cache: remove it"),
    ("server", "server", {"storage_service": {"s3": {"region": "x"}, "swift": {"authurl": "x"}}}, "names s3 and swift: keep one"),
    ("server", "server", {"storage_service": {"minio": {"region": "x"}}}, "harbor_server_settings.storage_service has an unknown key (minio)"),
    ("server", "server", {"storage_service": {"s3": {"region": "x"}, "redirect": {"disabled": True}}}, "redirect lacks disable"),
    ("server", "server", {"external_redis": {"registry_db_index": 0}}, "database numbers that are not different whole numbers from 1"),
    ("server", "server", {"external_redis": {"registry_db_index": 2, "jobservice_db_index": 2}}, "database numbers that are not different"),
    ("server", "server", {"external_redis": {"tlsOptions": {"enable": True}}}, "external_redis.tlsOptions needs Harbor 2.13 or newer and the key rootCA"),
    ("server", "server", {"ip_family": {"ipv6": {"enabled": True}}}, "harbor_server_settings.ip_family needs both ipv4 and ipv6"),
    ("server", "server", {"metric": {"enabled": True}}, "harbor_server_settings.metric needs exactly enabled, port and path"),
    ("server", "server", {"metric": {"enabled": True, "port": 8080, "path": "/metrics"}}, "harbor_server_settings.metric.port is 8080: take one"),
    ("server", "server", {"log": {"level": "loud"}}, "harbor_server_settings.log.level must be debug, info"),
    ("server", "server", {"jobservice": {"job_loggers": ["FILE"]}}, "with several nodes DB must be one"),
    ("server", "server", {"upload_purging": {"age": "7d"}}, "write age and interval in hours, 2h or more"),
    ("server", "server", {"trace": {"enabled": True, "jaeger": {}, "otel": {}}}, "harbor_server_settings.trace needs exactly one of jaeger and otel"),
    ("server", "server", {"https": {"port": 443}}, "harbor_server_settings.https needs certificate and private_key"),
    ("server", "server", {"core": {"quota_update_provider": "file"}}, "quota_update_provider must be db or redis"),
    ("server", "server", {"cache": {"enabled": True, "expire_hours": 0}}, "cache.expire_hours must be a whole number of hours, 1 or more"),
    ("balancer", "balancer", {"harbor_balancer_algorithm": "random"}, "value of harbor_balancer_algorithm must be one of: roundrobin, leastconn, source"),
    ("balancer", "balancer", {"harbor_balancer_idle_seconds": 5}, "harbor_balancer_idle_seconds is '5': give a whole number of seconds, 60 or more"),
    ("balancer", "balancer", {"harbor_balancer_group": 300}, "harbor_balancer_group is '300': give a number from 1 to 255"),
    ("balancer", "balancer", {"harbor_balancer_settings": {"server": []}}, "harbor_balancer_settings takes lists of HAProxy's own lines"),
    ("server", "replication", {"harbor_replication_topology": "twin"}, "twin takes two Harbors, harbor_site_sites has 0"),
    ("server", "replication", {"harbor_replication_topology": "ring"}, "harbor_replication_topology is 'ring': give one of"),
    ("server", "replication", {"harbor_replication_update_secret": "no"}, "harbor_replication_update_secret is 'no': give on_create, always"),
    ("server", "replication", {"harbor_replication_pull_cron": "*/10 * * * *"}, "harbor_replication_pull_cron is '*/10 * * * *': give six fields"),
    ("server", "replication", {"harbor_replication_pull_cron": "0 * * * * *"}, "of which the first is 0 and the second not *"),
    ("server", "replication", {"harbor_replication_url": "north"}, "harbor_replication_url is 'north': write scheme://host"),
    ("server", "config", {"harbor_config_prune_keep": {"robot": ["a"]}}, "for each kind, which is one of scanners"),
    ("server", "config", {"harbor_config_prune_keep": {"robots": "a"}}, 'harbor_config_prune_keep is {"robots": "a"}: give a list'),
    ("server", "config", {"harbor_config_exceptions": {"project": []}}, "harbor_config_exceptions names project: use scanners"),
    ("server", "docker", {"harbor_docker_daemon": {"live-restore": True}}, "harbor_docker_daemon sets live-restore on harbor1: remove it"),
    ("server", "docker", {"harbor_docker_daemon": {"hosts": ["tcp://0.0.0.0"]}}, "harbor_docker_daemon sets hosts"),
    ("storage", "host", {"harbor_host_sysctl": {"vm.drop_caches": 3}}, "harbor_host_sysctl sets vm.drop_caches (an action, no setting)"),
    ("storage", "storage", {"harbor_storage_brick": "brick"}, "harbor_storage_brick is 'brick': give an absolute path"),
    ("database", "database", {"harbor_database_settings": {"max_connections": 5}}, "harbor_database_settings sets max_connections"),
    ("cache", "cache", {"harbor_cache_settings": {"maxmemory-policy": "allkeys-lru"}}, "harbor_cache_settings sets maxmemory-policy"),
]


def meant(role, variables):
    """Keys of harbor.yml stand in the table as they are."""
    return variables if role != "server" or next(iter(variables)).startswith("harbor_") else {"harbor_server_settings": variables}


def play(tmp_path, inventory, playbook):
    """What one run of ansible-playbook said, task by task."""
    path = tmp_path / "hosts.json"
    path.write_text(json.dumps(inventory))
    environment = os.environ | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json"}
    program = str(pathlib.Path(sys.executable).parent / "ansible-playbook")
    done = subprocess.run([program, "-i", str(path), str(playbook)], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("bend", [dict, twins], ids=["cluster", "twins"])
def test_good_inventory_is_taken(tmp_path, bend):
    inventory = copy.deepcopy(GOOD)
    bend(inventory)
    code, said = play(tmp_path, inventory, "playbooks/validate.yml")
    assert code == 0, said[-3000:]


@pytest.mark.parametrize("fault", INVENTORIES)
def test_inventory_is_refused(tmp_path, fault):
    inventory, (bend, sentence) = copy.deepcopy(GOOD), INVENTORIES[fault]
    bend(inventory)
    code, said = play(tmp_path, inventory, "playbooks/validate.yml")
    assert code != 0
    assert sentence in said, said[-3000:]


@pytest.fixture(scope="module")
def refused(tmp_path_factory):
    """What each role said of its case: all of them in one run, each in a block that catches the refusal."""
    place = tmp_path_factory.mktemp("variables")
    plays = []
    for number, (name, role, variables, sentence) in enumerate(VARIABLES):
        validate = {"ansible.builtin.include_role": {"name": f"anchorage.harbor.harbor_{role}", "tasks_from": "validate"}, "vars": meant(role, variables)}
        caught = {"name": f"case {number}", "ansible.builtin.debug": {"msg": "{{ ansible_failed_result }}"}}
        plays.append({"hosts": f"harbor_{name}[0]", "gather_facts": False, "tasks": [{"block": [validate], "rescue": [caught]}]})
    (place / "cases.yml").write_text(json.dumps(plays))
    code, said = play(place, GOOD, place / "cases.yml")
    report = json.loads(said[said.index("{\n"):])
    tasks = [task for one in report["plays"] for task in one["tasks"] if task["task"]["name"].startswith("case ")]
    return {task["task"]["name"]: json.dumps(next(iter(task["hosts"].values()))["msg"]) for task in tasks}


@pytest.mark.parametrize("number", range(len(VARIABLES)), ids=lambda number: "-".join([str(number), *VARIABLES[number][2]]))
def test_variable_is_refused(refused, number):
    assert f"case {number}" in refused, "was taken"
    assert json.dumps(VARIABLES[number][3])[1:-1] in refused[f"case {number}"]
