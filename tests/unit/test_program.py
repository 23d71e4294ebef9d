"""The program that catches up by itself is made of the files that its role copies, and works with these alone."""

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
UTILS, PROGRAM = ROOT / "plugins/module_utils", ROOT / "roles/harbor_replication/files/harbor-catch-up"
PREFIX = "ansible_collections.anchorage.harbor.plugins.module_utils"
PARTS = yaml.safe_load((ROOT / "roles/harbor_replication/vars/main.yml").read_text())["__harbor_replication_parts"]
SITES = [{"name": name, "type": "harbor", "url": "http://127.0.0.1:9", "username": "u", "password": "p", "timeout": 1}
         for name in ("east", "west")]
WHOLE = {"every": 900, "at": ["east"], "sites": SITES, "flows": [], "on_conflict": "report", "prefer": None,
         "decisions": [], "delete_limit": 0, "timeout": 60, "limit": 20}


def needed(path):
    """Names of the files that a file imports, and so on."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PREFIX):
            inside = node.module.removeprefix(PREFIX).strip(".")
            found |= {inside} if inside else {one.name for one in node.names}
    return found


def test_the_role_copies_what_is_needed_and_nothing_else():
    found, wanted = set(), needed(PROGRAM)
    while wanted - found:
        name = (wanted - found).pop()
        found.add(name)
        wanted |= needed(UTILS / f"{name}.py")
    assert sorted(found) == PARTS


@pytest.fixture(name="call")
def fixture_call(tmp_path):
    """Runs it as a node does: without this collection's own path."""
    place = tmp_path / "lib" / PREFIX.replace(".", "/")
    place.mkdir(parents=True)
    for part in PARTS:
        shutil.copy(UTILS / f"{part}.py", place)
    shutil.copy(PROGRAM, tmp_path)

    def call(*words, **settings):
        (tmp_path / "settings.json").write_text(json.dumps({**WHOLE, "ledger": str(tmp_path / "ledger.json"), **settings}))
        command = [sys.executable, str(tmp_path / PROGRAM.name), *words, str(tmp_path / "settings.json")]
        return subprocess.run(command, check=False, capture_output=True, text=True, env={}, cwd=tmp_path)

    return call


def test_sites_that_are_away_are_said_and_asked_again(call, tmp_path):
    done = call()
    assert done.returncode == 3, done.stderr
    assert done.stdout.splitlines()[0] == "left for later: east to west: east does not answer"
    assert json.loads((tmp_path / "state.json").read_text())["away"] == ["east", "west"]
    quiet = call()
    assert (quiet.returncode, quiet.stdout) == (3, "")  # said once, asked each time
    assert call("--now").returncode == 3


@pytest.mark.parametrize("settings, words", [({"prefer": "east"}, "option prefer"), ({"at": ["north"]}, "option at")])
def test_settings_that_cannot_be_used(call, settings, words):
    done = call(**settings)
    assert done.returncode == 2 and words in done.stdout and "Traceback" not in done.stderr
