"""HAProxy and keepalived: who is in rotation, and who holds the address."""

import pytest
from lab import members, variables

GROUP = "harbor_balancer"
SHARED = any(variables()[name].get("harbor_site_virtual_address") for name in members(GROUP))
shared = pytest.mark.skipif(not SHARED, reason="no shared address")


@pytest.mark.parametrize("unit", ["haproxy", pytest.param("keepalived", marks=shared)])
def test_runs_now_and_after_a_reboot(host, unit):
    assert host.service(unit).is_running and host.service(unit).is_enabled


def test_haproxy_accepts_its_settings(host):
    assert host.run("haproxy -c -q -f /etc/haproxy/haproxy.cfg").rc == 0


def test_health_is_matched_by_its_good_end(host):
    settings = host.file("/etc/haproxy/haproxy.cfg").content_string
    assert '],"status":"healthy"' in settings.replace("\\", "")
    assert "redispatch" in settings


@shared
def test_address_is_on_exactly_one_balancer(host, nodes, access):
    address = access["url"].split("//")[1].split(":")[0]
    holders = [name for name, node in nodes(GROUP).items() if f" {address}/" in node.check_output("ip -4 -o address")]
    assert len(holders) == 1, holders


def test_any_balancer_answers(host):
    probe = "import urllib.request as u;print(u.urlopen('http://127.0.0.1/api/v2.0/ping', timeout=5).read().decode())"
    assert host.check_output("python3 -c %s", probe) == "Pong"
