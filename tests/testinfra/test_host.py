"""What harbor_host leaves on every node."""

import pytest

from lab import address, members, neighbours

GROUP = "harbor"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("net.ipv4.tcp_keepalive_time", 300),
        ("net.ipv4.tcp_keepalive_intvl", 30),
        ("net.ipv4.tcp_keepalive_probes", 5),
        ("net.ipv4.tcp_slow_start_after_idle", 0),
        ("kernel.panic", 10),
    ],
)
def test_kernel_setting(host, setting, value):
    assert host.sysctl(setting) == value
    assert host.file("/etc/sysctl.d/60-harbor.conf").contains(f"^{setting} *= *{value}$")


def test_clock_is_kept(host):
    chrony = host.service("chrony")
    assert chrony.is_running and chrony.is_enabled


def test_clock_asks_the_time_server_of_the_site(host, name):
    servers = [address(server) for server in members("harbor_time")]
    if not servers or name in members("harbor_time"):
        pytest.skip("no time server of our own, or this is it")
    assert all(server in host.check_output("chronyc -n sources") for server in servers)


def test_nodes_of_a_site_know_each_other_by_name(host, name):
    for other in neighbours(name):
        assert address(other) in host.check_output("getent ahostsv4 %s", other)
