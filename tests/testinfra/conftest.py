"""Look at the nodes of a running lab through testinfra.

A test module names its inventory group in GROUP; its tests take `host` and run once for each node of that group.
A group that the topology leaves out gives skipped tests.
"""

import lab
import pytest


def pytest_generate_tests(metafunc):
    if "host" in metafunc.fixturenames:
        metafunc.parametrize("host", lab.members(metafunc.module.GROUP), indirect=True)


@pytest.fixture
def name(request):
    return request.node.callspec.params["host"]


@pytest.fixture
def host(request):
    return lab.connect(request.param)


@pytest.fixture
def access():
    return lab.way_in()


@pytest.fixture
def nodes():
    """Every node of a group: nodes("harbor_server") -> {name: host}."""
    return lambda group: {name: lab.connect(name) for name in lab.members(group)}
