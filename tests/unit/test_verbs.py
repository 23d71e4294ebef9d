"""Does `make down` reach every lab that is up, and only those? Is a topology refused that there is not?"""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("up, said, gone", [
    ((), (), ["ha"]),
    (("single",), (), ["single"]),
    (("ha", "twin"), (), ["ha", "twin"]),
    (("twin",), ("TOPOLOGY=tree",), ["tree"]),
])
def test_make_down_removes_what_is_up(tmp_path, up, said, gone):
    (tmp_path / "Makefile").write_text((ROOT / "Makefile").read_text())
    (tmp_path / "requirements-dev.txt").touch()
    for path in ROOT.glob("inventories/*"):
        (tmp_path / "inventories" / path.name).mkdir(parents=True)
    for name in up:
        (tmp_path / ".lab" / name).mkdir(parents=True)
    (tmp_path / ".lab").mkdir(exist_ok=True)
    (tmp_path / ".lab/access.json").touch()
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv/.done").touch()
    # `make test` hands its own words down to what it starts.
    told = subprocess.run(["make", "-n", "down", *said], cwd=tmp_path, env={"PATH": os.environ["PATH"]}, check=True,
                          capture_output=True, text=True).stdout
    labs = re.search(r"for lab in (.*?);", told)[1].split()
    assert sorted(labs) == gone and "inventories/$lab molecule/shared/destroy.yml" in told


@pytest.mark.parametrize("word", ["nothing", "ha/..", ""])
def test_topology_that_is_none_is_refused(word):
    told = subprocess.run(["make", "-n", "up", f"TOPOLOGY={word}"], cwd=ROOT, env={"PATH": os.environ["PATH"]}, check=False,
                          capture_output=True, text=True)
    assert told.returncode and not told.stdout
    assert f"TOPOLOGY={word} is none: give one of fanout ha mesh registry single tree twin" in told.stderr
