"""Redis as harbor_cache leaves it: a queue that survives, not a cache that forgets."""

import pytest

from lab import address

GROUP = "harbor_cache"
# The password stays on the node and out of argv.
REDIS = "REDISCLI_AUTH=$(grep -rh '^requirepass' /etc/redis | tr -d '\"' | cut -d' ' -f2) redis-cli --no-auth-warning"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("appendonly", "yes"),
        ("maxmemory-policy", "noeviction"),
        ("protected-mode", "yes"),
        ("databases", "16"),
        ("tcp-keepalive", "60"),
    ],
)
def test_setting_is_in_force(host, name, value):
    assert host.check_output(f"{REDIS} config get {name}").split() == [name, value]


def test_listens_where_the_nodes_ask(host, name):
    assert host.socket(f"tcp://{address(name)}:6379").is_listening
    assert not host.socket("tcp://0.0.0.0:6379").is_listening


def test_nobody_enters_without_the_password(host):
    assert "NOAUTH" in host.run("redis-cli ping").stdout


def test_runs_after_a_reboot(host):
    assert host.service("redis-server").is_enabled and host.service("redis-server").is_running


def test_harbor_uses_it(host):
    assert "keys=" in host.check_output(f"{REDIS} info keyspace"), "sessions and jobs live here"
