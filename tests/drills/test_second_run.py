"""A second run finds nothing to do, touches nothing, writes nothing to the API, and shows no secret (done 2, 8)."""

import base64
import os
import pathlib
import re
import subprocess
import threading

import drill
import lab


class Watch(threading.Thread):
    """Looks at the command line of every process of this machine, the nodes' included, as long as a run takes."""

    def __init__(self, values):
        super().__init__(daemon=True)
        self.values, self.found, self.looks, self.done = values, set(), 0, threading.Event()

    def run(self):
        while not self.done.wait(0.2):
            self.looks += 1
            for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    text = path.read_text(errors="replace")
                except OSError:
                    continue
                self.found |= {name for name, value in self.values.items() if value in text}


def encoded(values):
    """As they are, and as they would travel in a header or a result."""
    found = dict(values)
    for name, value in values.items():
        found[f"{name} as base64"] = base64.b64encode(value.encode()).decode().rstrip("=")
        found[f"{name} as login"] = base64.b64encode(f"admin:{value}".encode()).decode().rstrip("=")
    return found


def test_nothing_changes_and_nothing_leaks(tmp_path):
    starts, writes, values = drill.starts(), drill.writes(), encoded(lab.secrets())
    watch = Watch(values)
    watch.start()
    log = tmp_path / "run.log"
    with log.open("w") as file:
        done = subprocess.run(
            ["ansible-playbook", "-vvv", "--diff", "-i", f"inventories/{lab.topology()}", "site.yml"],
            cwd=lab.ROOT,
            env=os.environ | {"ANSIBLE_FORCE_COLOR": "0"},
            stdout=file,
            stderr=subprocess.STDOUT,
            check=False,
        )
    watch.done.set()
    watch.join()
    text = log.read_text()
    recap = dict(re.findall(r"^(\S+) +: ok=\d+ +changed=(\d+) ", text, re.M))
    leaked = sorted(name for name, value in values.items() if value in text)
    drill.say(
        f"second run: changed {recap}; {len(values)} secrets sought in {len(text)} characters "
        f"of -vvv output and {watch.looks} process lists"
    )
    assert done.returncode == 0, text[-3000:]
    assert set(recap) == set(lab.members("harbor")) and set(recap.values()) == {"0"}
    assert drill.starts() == starts, "a container was restarted"
    assert drill.writes() == writes, "something was written to the API"
    assert leaked == [], "secrets in -vvv output"
    assert watch.found == set(), "secrets in process lists"


def test_check_mode_finds_nothing():
    run = drill.Run("--check", "--diff")
    drill.say(f"check mode: changed {run.changed()}")
    assert run.code == 0, run.text[-3000:]
    assert run.changes() == []
