"""Drills break a running lab (`make up`) on purpose and measure. Each begins and ends with a whole site."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "testinfra"))

import drill  # noqa: E402 pylint: disable=wrong-import-position
import lab  # noqa: E402 pylint: disable=wrong-import-position
import pytest  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "ha: needs several Harbor nodes behind balancers")


def pytest_collection_modifyitems(items):
    for item in items:
        if item.get_closest_marker("ha") and lab.topology() != "ha":
            item.add_marker(pytest.mark.skip(reason="needs the topology ha"))


@pytest.fixture(autouse=True)
def whole_site():
    drill.whole()
    yield
    drill.whole()


@pytest.fixture
def image():
    """An image in the site's registry: its name and digest."""
    client = lab.members("harbor_client")[0]
    name = f"{lab.registry()}/library/drill:1"
    lab.log_in(client)
    drill.inside(client, f"head -c 3000000 /dev/urandom >/tmp/new && tar -cC /tmp new | docker import - {name}")
    digest = drill.inside(client, f"docker push {name}").split("digest: ")[1].split()[0]
    return name, digest
