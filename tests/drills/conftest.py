"""Drills break a running lab (`make up`) on purpose and measure. Each begins and ends with a whole site."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "testinfra"))

import drill  # noqa: E402 pylint: disable=wrong-import-position
import lab  # noqa: E402 pylint: disable=wrong-import-position
import pytest  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "ha: needs several Harbor nodes behind balancers")
    config.addinivalue_line("markers", "twin: needs two sites")


def pytest_collection_modifyitems(items):
    for item in items:
        for marker in ("ha", "twin"):
            if item.get_closest_marker(marker) and lab.topology() != marker:
                item.add_marker(pytest.mark.skip(reason=f"needs the topology {marker}"))


@pytest.fixture(autouse=True)
def whole_site():
    drill.whole()
    yield
    drill.whole()


@pytest.fixture
def image():
    """An image in the site's registry: its name and digest."""
    return drill.push()
