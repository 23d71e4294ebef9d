"""One address in front of several sites: tokens come from it, each client stays at one site, and a site can be kept out."""

import json
import subprocess

import pytest
from lab import ROOT, feed, members, registry, sites, topology, variables, way_in

GROUP = "harbor_balancer"
CLIENT = way_in()["client"]
FETCH = """
import base64, json, sys, urllib.request, urllib.error
way = json.load(sys.stdin)
request = urllib.request.Request(way["url"])
if way.get("username"):
    login = base64.b64encode((way["username"] + ":" + way["password"]).encode()).decode()
    request.add_header("Authorization", "Basic " + login)
try:
    with urllib.request.urlopen(request, timeout=20) as answer:
        print(answer.read().decode())
except urllib.error.HTTPError as error:
    print(error.headers["WWW-Authenticate"])
"""
pytestmark = pytest.mark.skipif(not sites() or not members(GROUP), reason="nothing stands in front of several sites")


def ask(url, **login):
    return feed(CLIENT, f"python3 -c '{FETCH}'", json.dumps({"url": url, **login}))


def serving():
    """The site that answers this client: each names its own address."""
    way = way_in()
    info = json.loads(ask(f"{way['url']}/api/v2.0/systeminfo", username=way["username"], password=way["password"]))
    return next(name for name, address in sites().items() if info["registry_url"].split("//")[-1] == address)


def play(playbook, site):
    command = ["ansible-playbook", "-i", f"inventories/{topology()}", f"playbooks/{playbook}.yml", "-e", f"harbor_balancer_site={site}"]
    subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)


def test_clients_are_sent_to_this_address_for_their_tokens():
    assert f'realm="http://{registry()}/service/token"' in ask(f"http://{registry()}/v2/")
    for address in sites().values():
        assert f'realm="http://{address}/service/token"' in ask(f"http://{address}/v2/"), "its peers need its own"


def test_client_stays_at_one_site():
    preferred = variables()[members(GROUP)[0]].get("harbor_balancer_preferred")
    assert {serving() for _again in range(20)} == {preferred or serving()}


def test_site_is_kept_out_and_let_in_again():
    first = serving()
    play("keep_out", first)
    try:
        assert serving() != first
        for balancer in members(GROUP):
            feed(balancer, "systemctl restart haproxy", "")
        assert serving() != first
    finally:
        play("let_in", first)
    assert serving() == first


def test_health_of_each_site_is_watched(host):
    lines = host.file("/etc/haproxy/haproxy.cfg").content_string.splitlines()
    assert len([line for line in lines if line.strip().startswith("server ")]) == 2 * len(sites())
