"""Is it shown how far a module is while it runs? ansible-playbook itself, against a Harbor that is slow to answer; only
the ten seconds until the first look are made shorter.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "bench"))
from proxy import Proxy

ROOT = Path(__file__).resolve().parents[2]
IMPATIENT = """
from ansible.cli.playbook import main
from ansible.plugins.loader import init_plugin_loader
init_plugin_loader()
from ansible_collections.anchorage.harbor.plugins.action import apply
apply.FIRST, apply.READY, apply.BETWEEN = 0.5, 0.4, 0.1
main()
"""


def play(tmp_path, **task):
    """What is said, line by line."""
    book = tmp_path / "play.yml"
    book.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [dict(task, name="Labels")]}]))
    done = subprocess.run(
        [sys.executable, "-c", IMPATIENT, str(book)], cwd=ROOT, text=True, check=False, capture_output=True, timeout=120,
        env=dict(os.environ, ANSIBLE_COLLECTIONS_PATH=str(ROOT / "collections"), ANSIBLE_LOCALHOST_WARNING="0",
                 ANSIBLE_PYTHON_INTERPRETER=sys.executable))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_how_far_it_is_is_shown_while_it_runs(harbor, tmp_path):
    labels = [{"name": f"it-far-{number}"} for number in range(80)]
    told = re.compile(r"Labels: \[localhost\] [0-9]+ of 80 steps done, the last: create label it-far-[0-9]+ \([0-9]+ s\)")
    try:
        with Proxy(harbor.url, 100) as slow:
            arguments = dict(harbor.connection, harbor_url=slow.url, labels=labels)
            said = play(tmp_path, **{"anchorage.harbor.apply": arguments})
            lines = [line for line in said if told.fullmatch(line)]
            assert lines and said.index(lines[-1]) < said.index("changed: [localhost]")
            assert not any("steps done" in line for line in play(tmp_path, no_log=True, **{
                "anchorage.harbor.apply": dict(arguments, labels=[dict(label, color="#0065AB") for label in labels])}))
    finally:
        harbor.ok("apply", labels=[dict(label, state="absent") for label in labels])
