"""The shared store as the Harbor nodes see it, and the guard that keeps Harbor off a local disk."""

import pytest

from lab import address, members

GROUP = "harbor_server"
STORE = "/data/registry"
MARKER = f"{STORE}/.harbor-share"


@pytest.fixture(autouse=True)
def shared():
    if not members("harbor_storage"):
        pytest.skip("images lie on the local disk")


def test_store_is_mounted_over_the_network(host):
    mount = host.mount_point(STORE)
    assert mount.exists
    assert mount.filesystem == "fuse.glusterfs"
    assert mount.device == f"{address(members('harbor_storage')[0])}:/harbor"


def test_nothing_is_answered_from_a_cache(host):
    options = host.check_output(f"findmnt --fstab -no OPTIONS {STORE}").split(",")
    assert {"attribute-timeout=0", "entry-timeout=0", "negative-timeout=0", "nofail", "_netdev"} <= set(options)
    command = host.check_output("pgrep -af /usr/sbin/glusterfs")
    assert all(f"--{kind}-timeout=0" in command for kind in ("attribute", "entry", "negative"))


def test_marker_and_owner(host):
    assert host.file(MARKER).exists
    assert (host.file(STORE).uid, host.file(STORE).gid) == (10000, 10000)


def test_docker_waits_for_the_mount(host):
    assert STORE in host.check_output("systemctl show docker -p RequiresMountsFor --value").split()


@pytest.mark.parametrize("unit", ["docker", "harbor"])
def test_another_share_is_refused(host, unit):
    assert f"AssertPathExists={MARKER}" in host.check_output("systemctl cat %s", unit).splitlines()


def test_both_nodes_see_one_store(host, name, nodes):
    probe = f"{STORE}/.seen-by-{name}"
    host.check_output(f"touch {probe}")
    seen = {other: node.file(probe).exists for other, node in nodes(GROUP).items()}
    host.check_output(f"rm {probe}")
    assert all(seen.values()), seen
