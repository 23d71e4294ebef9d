"""PostgreSQL as harbor_database leaves it."""

import pytest

from lab import address

GROUP = "harbor_database"


def ask(host, query):
    return host.check_output("runuser -u postgres -- psql -XAtc %s", query)


def test_listens_where_the_nodes_ask(host, name):
    assert host.socket(f"tcp://{address(name)}:5432").is_listening
    assert not host.socket("tcp://0.0.0.0:5432").is_listening


def test_settings_are_in_force(host, nodes):
    assert int(ask(host, "show max_connections")) >= 100 * len(nodes("harbor_server"))
    assert ask(host, "show ssl") == "on"
    assert ask(host, "show password_encryption") == "scram-sha-256"
    assert ask(host, "select count(*) from pg_settings where pending_restart") == "0"


@pytest.mark.parametrize(
    ("name", "value"), [("tcp_keepalives_idle", 60), ("tcp_keepalives_interval", 10), ("tcp_keepalives_count", 6)]
)
def test_dead_node_is_noticed(host, name, value):
    # Asked for by its file: `show` answers 0 over a Unix socket.
    assert ask(host, f"select setting from pg_file_settings where name='{name}' and applied") == str(value)


def test_harbor_owns_its_database_and_nothing_more(host):
    assert (
        ask(
            host,
            "select pg_get_userbyid(datdba), pg_encoding_to_char(encoding) from pg_database where datname='registry'",
        )
        == "harbor|UTF8"
    )
    assert ask(host, "select rolsuper or rolcreaterole or rolcreatedb from pg_roles where rolname='harbor'") == "f"


def test_nobody_enters_without_a_password_from_outside(host):
    assert ask(host, "select count(*) from pg_hba_file_rules where auth_method='trust' and type<>'local'") == "0"


def test_nodes_speak_encrypted(host):
    assert (
        ask(host, "select bool_and(ssl) from pg_stat_ssl join pg_stat_activity using (pid) where usename='harbor'")
        == "t"
    )
