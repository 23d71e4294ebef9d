"""The storage host: a GlusterFS volume whose caches are off."""

import pytest

from lab import address, members

GROUP = "harbor_storage"


@pytest.mark.parametrize(
    "cache", ["stat-prefetch", "quick-read", "open-behind", "write-behind", "io-cache", "read-ahead"]
)
def test_cache_is_off(host, cache):
    assert f"performance.{cache}: off" in host.check_output("gluster volume info harbor")


def test_volume_is_for_the_nodes_only(host):
    allowed = host.check_output("gluster volume get harbor auth.allow").split()[-1].split(",")
    assert {address(name) for name in members("harbor_server")} <= set(allowed)
    assert "*" not in allowed


def test_volume_is_served_after_a_reboot(host):
    assert "Status: Started" in host.check_output("gluster volume info harbor")
    assert host.service("glusterd").is_enabled
