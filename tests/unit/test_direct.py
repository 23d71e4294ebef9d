"""When does a module run in Ansible's own process? (integration/test_direct.py: that it makes no difference.)"""

import sys
from types import SimpleNamespace

import pytest
from ansible.errors import AnsibleError
from ansible_collections.anchorage.harbor.plugins.plugin_utils import direct

OTHER = {"ansible_python_interpreter": "/opt/python/bin/python3"}
OWN = {"ansible_python_interpreter": sys.executable}


def action(transport="local", become=None, delegate_to=None):
    """As much of an action as is looked at."""
    return SimpleNamespace(
        _connection=SimpleNamespace(transport=transport, become=become), _task=SimpleNamespace(delegate_to=delegate_to),
        _templar=SimpleNamespace(template=lambda value: value))


@pytest.mark.parametrize("asked, variables, expected", [
    ({}, {}, True),
    ({}, OWN, True),
    ({}, OTHER, False),
    ({}, {"ansible_python_interpreter": "auto_silent"}, True),
    ({}, {"harbor_direct_execution": "false"}, False),
    ({"transport": "ssh"}, {}, False),
    ({"become": object()}, {}, False),
    ({"delegate_to": "here"}, dict(OTHER, ansible_delegated_vars={"here": OWN}), True),
    ({"delegate_to": "here"}, dict(OWN, ansible_delegated_vars={"here": OTHER}), False),
])
def test_what_the_task_asks_for(asked, variables, expected):
    assert direct.DirectExecution.may_be_direct(action(**asked), variables) is expected


def test_a_word_that_is_no_answer_is_refused():
    with pytest.raises(AnsibleError, match="harbor_direct_execution is perhaps: write true or false"):
        direct.DirectExecution.may_be_direct(action(), {"harbor_direct_execution": "perhaps"})


@pytest.mark.parametrize("place, value, expected", [
    ("__version__", "2.19.14", True),
    ("__version__", "2.99.1", False),
    ("NEEDED", "no_library_of_this_name", False),
    ("sys.platform", "darwin", False),
    ("C.DEFAULT_KEEP_REMOTE_FILES", True, False),
])
def test_what_there_is(monkeypatch, place, value, expected):
    monkeypatch.setattr(f"{direct.__name__}.{place}", value)
    assert direct.DirectExecution.may_be_direct(action(), {}) is expected
