"""The shared store is not there: Harbor does not start and writes nothing to the local disk (done 4, 5).

When the store returns, Harbor comes up by itself.
"""

import contextlib

import drill
import lab
import pytest

pytestmark = pytest.mark.ha
STORE = "/data/registry"


@contextlib.contextmanager
def store_refused(address):
    server = lab.members("harbor_storage")[0]
    drill.inside(server, f"gluster --mode=script volume set harbor auth.reject {address}")
    try:
        yield
    finally:
        drill.inside(server, "gluster --mode=script volume reset harbor auth.reject")


def state(name, unit):
    return lab.connect(name).run(f"systemctl is-active {unit}").stdout.strip()


@pytest.mark.parametrize("how", ["restart", "kill"])
def test_store_comes_late(how):
    name = lab.members("harbor_server")[1]
    with store_refused(lab.address(name)):
        drill.engine(how, name)
        if how == "kill":
            drill.engine("start", name)
        drill.eventually(lambda: state(name, "ssh") == "active", 60, "the boot went on without the store")
        drill.eventually(
            lambda: state(name, "harbor") in ("inactive", "failed", "activating")
            and state(name, "docker") == "inactive",
            60,
            "no Docker",
        )
        assert drill.inside(name, f"findmnt -no FSTYPE {STORE} || true").strip() == ""
        assert drill.inside(name, f"find {STORE} -mindepth 1").strip() == "", "something was written to the local disk"
        assert (
            drill.inside(name, "pgrep -c containerd-shim || true").strip() == "0"
        ), "containers run without their store"
    took = drill.eventually(lambda: drill.health(name) == "healthy", 180, f"{name} came up when the store returned")
    assert drill.inside(name, f"findmnt -no FSTYPE {STORE}").strip() == "fuse.glusterfs"
    drill.say(
        f"{name} booted without the store ({how}): no container, nothing written; "
        f"healthy {took:.0f} s after the store's return"
    )
