"""The use of it all: log in, push through the site's address, pull the same digest through it and every node."""

import pytest

from lab import address, log_in, members, registry, sites

GROUP = "harbor_client"


@pytest.fixture(scope="module")
def digests():
    return {}


@pytest.fixture
def pushed(host, name, digests):
    """The digest of an image of this run, pushed through the site's address once."""
    if name not in digests:
        image = f"{registry()}/library/probe:1"
        log_in(name)
        host.check_output(
            f"sh -c 'head -c 3000000 /dev/urandom >/tmp/new && tar -cC /tmp new | docker import - {image}'"
        )
        digests[name] = host.check_output(f"docker push {image}").split("digest: ")[1].split()[0]
        host.check_output(f"docker rmi {image}")
    return digests[name]


def test_pull_through_the_address(host, pushed):
    image = f"{registry()}/library/probe@{pushed}"
    assert pushed in host.check_output(f"docker pull {image}")
    host.check_output(f"docker rmi {image}")


# Nodes of one site only: what other sites get, and when, is test_sites's business.
@pytest.mark.parametrize("node", members("harbor_server") if not sites() else [])
def test_pull_through_each_node(host, name, node, pushed):
    image = f"{address(node)}/library/probe@{pushed}"
    log_in(name, address(node))
    assert pushed in host.check_output(f"docker pull {image}")
    host.check_output(f"docker rmi {image}")
