"""A running lab (`make up`) as .lab/access.json and the inventory tell it, for tests that look and drills that break."""

import functools
import json
import pathlib
import subprocess

import pytest
import testinfra

ROOT = pathlib.Path(__file__).resolve().parents[2]
ACCESS = ROOT / ".lab" / "access.json"


@functools.cache
def way_in():
    if not ACCESS.exists():
        pytest.exit(f"{ACCESS} is missing: run `make up` first", returncode=2)
    return json.loads(ACCESS.read_text())


def members(group):
    groups = way_in()["groups"]
    if group == "harbor":
        return sorted({name for names in groups.values() for name in names})
    return groups.get(group, [])


def topology():
    return way_in()["topology"]


def sites():
    """{name: its own address, as Docker clients type it} of the sites of this lab; empty when there is but one."""
    return {site["name"]: site["url"].split("//")[1] for site in way_in()["sites"]}


def site_of(name):
    """The site of a host; empty in front of several, and where there is but one."""
    return next((site for site in sites() if name in way_in()["groups"].get(site, [])), "")


def neighbours(name):
    """The hosts of the site of a host, and in front of several sites those there."""
    return [host for host in members("harbor") if site_of(host) == site_of(name)]


def together(group):
    """The hosts of a group, those of one site in one list."""
    return [[host for host in members(group) if site_of(host) == site] for site in {site_of(name): 0 for name in members(group)}]


def registry():
    """The site's address as Docker clients type it."""
    return way_in()["url"].split("//")[1]


@functools.cache
def variables():
    """{name of a node: its variables as the inventory writes them}."""
    listing = subprocess.run(
        ["ansible-inventory", "-i", f"inventories/{topology()}", "--list"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(listing.stdout)["_meta"]["hostvars"]


def address(name):
    return variables()[name]["ansible_host"]


@functools.cache
def connect(name):
    return testinfra.get_host(f"docker://{name}")


def feed(name, command, text):
    """Run a command on a node with text on its standard input: the way for secrets, argv is for everybody to read."""
    return subprocess.run(
        ["docker", "exec", "-i", name, "sh", "-c", command], input=text, capture_output=True, text=True, check=True
    ).stdout


def log_in(client, where=None):
    access = way_in()
    feed(client, f"docker login -u {access['username']} --password-stdin {where or registry()}", access["password"])


@functools.cache
def deployment(name):
    """Where the Harbor of a node lives: Compose knows it."""
    projects = json.loads(connect(name).check_output("docker compose ls --all --format json"))
    files = {project["Name"]: project["ConfigFiles"].split(",")[0] for project in projects}
    return str(pathlib.PurePosixPath(files["harbor"]).parent)


def environment(name, service):
    """The variables that Harbor's installer wrote for one service, as (name, value) pairs."""
    text = connect(name).check_output(f"cat {deployment(name)}/common/config/{service}/env")
    return [tuple(line.split("=", 1)) for line in text.splitlines() if "=" in line]


@functools.cache
def secrets():
    """Every secret of this lab by what it is: those of the inventory, and those that Harbor's first node holds."""
    found = {
        f"secrets/{path.name}": path.read_text().strip()
        for path in (ROOT / ".lab" / topology() / "secrets").iterdir()
        if path.is_file()
    }
    first = members("harbor_server")[0]
    for service in ("core", "jobservice", "registryctl"):
        for name, value in environment(first, service):
            if name.endswith(("_SECRET", "_KEY", "PASSWORD")) and len(value) >= 8 and not value.startswith("/"):
                found[f"{service}/{name}"] = value
    found["secretkey"] = connect(first).check_output("cat /data/secret/keys/secretkey").strip()
    return found
