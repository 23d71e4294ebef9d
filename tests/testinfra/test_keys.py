"""What must be byte-equal on every Harbor node, compared by fingerprints: never by the values."""

import hashlib

import pytest

from lab import environment, together

GROUP = "harbor_server"
SECRET = "/data/secret"


@pytest.mark.parametrize(
    "path", [f"{SECRET}/keys/secretkey", f"{SECRET}/core/private_key.pem", f"{SECRET}/registry/root.crt"]
)
def test_key_is_the_same_everywhere_at_a_site_and_nowhere_else(nodes, path):
    prints = {name: node.file(path).sha256sum for name, node in nodes(GROUP).items()}
    sites = [{prints[name] for name in names} for names in together(GROUP)]
    assert [len(found) for found in sites] == [1] * len(sites), prints
    assert len(set().union(*sites)) == len(sites), prints


@pytest.mark.parametrize(
    ("service", "key"),
    [
        ("core", "JOBSERVICE_SECRET"),
        ("jobservice", "JOBSERVICE_SECRET"),
        ("core", "CSRF_KEY"),
        ("core", "ROBOT_SCANNER_NAME_PREFIX"),
    ],
)
def test_pinned_value_is_the_same_everywhere_at_a_site(service, key):
    for nodes in together(GROUP):
        prints = {}
        for node in nodes:
            values = [value for name, value in environment(node, service) if name == key]
            assert (
                len(values) == 1 and values[0]
            ), f"{key} stands {len(values)} times in the environment of {service} on {node}"
            prints[node] = hashlib.sha256(values[0].encode()).hexdigest()[:12]
        assert len(set(prints.values())) == 1, prints


@pytest.mark.parametrize("path", [f"{SECRET}/keys/secretkey", f"{SECRET}/core/private_key.pem"])
def test_key_is_readable_by_harbor_only(host, path):
    assert host.file(path).mode & 0o077 == 0
    assert host.file(path).uid == 10000
