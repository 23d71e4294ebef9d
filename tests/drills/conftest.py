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
    return drill.push()
