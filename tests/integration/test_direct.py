"""Does it make no difference whether Ansible runs a module itself or starts another Python for it? Both ways side by side,
and which of them is taken when.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECRET = "Far-3nd-Secret"
DIRECT = "Direct execution of"
LABELS = [{"name": "it-direct {{ 1 }}ü"}, {"name": "it-direct-2", "color": "#0065AB"}]
ROBOT = {"name": "it-direct", "secret": SECRET, "disabled": True, "permissions": [
    {"kind": "system", "namespace": "/", "access": [{"resource": "label", "action": "read"}]}]}
TASKS = [
    {"anchorage.harbor.apply": {"labels": LABELS}, "check_mode": True, "diff": True},
    {"anchorage.harbor.apply": {"labels": LABELS}},
    {"anchorage.harbor.apply": {"labels": LABELS}},
    {"anchorage.harbor.label": {"name": "it-direct-2", "color": "{{ item }}"}, "loop": ["#000000", "#FFFFFF", "#FFFFFF"]},
    {"anchorage.harbor.registry": {"name": "it-direct", "type": "harbor", "url": "https://192.0.2.1", "access_key": "a",
                                   "access_secret": SECRET}, "check_mode": True},
    {"anchorage.harbor.label": {"name": "it-direct-2", "color": "nonsense"}, "ignore_errors": True},
    {"anchorage.harbor.label": {"nme": "it-direct-2"}, "ignore_errors": True},
    {"anchorage.harbor.label": {"name": "it-direct-2", "harbor_password": SECRET}, "ignore_errors": True},
    {"anchorage.harbor.info": {"about": "labels"}, "environment": {"HARBOR_URL": "http://127.0.0.1:9"},
     "ignore_errors": True},
    {"anchorage.harbor.info": {"about": "users", "filters": {"username": "admin"}}, "delegate_to": "localhost"},
    {"anchorage.harbor.label": {"name": "it-direct-2"}, "no_log": True},
    {"anchorage.harbor.robot": ROBOT},
    {"anchorage.harbor.robot": dict(ROBOT, update_secret="when_stale")},
    {"anchorage.harbor.robot": {"name": "it-direct", "state": "absent"}},
    {"anchorage.harbor.label": {"name": "{{ item.name }}", "state": "absent"}, "loop": LABELS},
]


def run(harbor, tmp_path, tasks, *options, **variables):
    """What ansible-playbook says, with the tasks' results between marks."""
    steps = []
    for number, task in enumerate(tasks):
        found = "RESULT {{ found%d | to_json }} END" % number
        steps += [dict(task, register="found%d" % number), {"ansible.builtin.debug": {"msg": found}}]
    book = tmp_path / "play.yml"
    book.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": steps}]))
    environment = dict(os.environ, ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"), ANSIBLE_NOCOLOR="1", ANSIBLE_LOCALHOST_WARNING="0",
                       HARBOR_URL=harbor.url, HARBOR_USERNAME=harbor.username, HARBOR_PASSWORD=harbor.password)
    done = subprocess.run([Path(sys.executable).with_name("ansible-playbook"), "-e", json.dumps(variables), *options, book],
                          cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_both_ways_tell_the_same(harbor, tmp_path):
    told = [run(harbor, tmp_path, TASKS, "-vvv", harbor_direct_execution=way) for way in (True, False)]
    assert [text.count(DIRECT) for text in told] == [18, 0]
    for text in told:
        assert SECRET not in text
    found = [[json.loads(json.loads('"%s"' % one)) for one in re.findall(r'"msg": "RESULT (.*) END"', text)] for text in told]
    assert len(found[0]) == len(TASKS)
    assert [one.get("changed") for one in found[0]] == [True, True, False, True, True, False, False, False, False, False, False, True, False, True, True]
    assert [one.get("failed", False) for one in found[0]] == [False] * 5 + [True] * 4 + [False] * 6
    assert found[0] == found[1]
    assert "nobody can tell now" in str(found[0][-3]["warnings"])


@pytest.mark.parametrize("task, variables", [
    ({}, {"ansible_python_interpreter": f"{sys.prefix}/bin/../bin/python"}),
    ({"async": 30, "poll": 1}, {}),
    ({"become": True, "become_method": "su"}, {}),
    ({}, {"harbor_direct_execution": "no"}),
])
def test_what_asks_for_another_process_has_one(harbor, tmp_path, task, variables):
    variables = dict({"ansible_python_interpreter": sys.executable}, **variables)
    text = run(harbor, tmp_path, [dict({"anchorage.harbor.health": {}}, **task)], "-vvv", **variables)
    assert DIRECT not in text and '"healthy": true' in text
