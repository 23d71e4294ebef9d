"""Run ansible-test sanity on a copy of the checkout, at the kind of path that it insists on. There is no ignore file.

Everything lies under .cache/sanity: the copy, and a home of its own with ansible-test's environments, so that a second run takes seconds.
ansible-test would fetch a bootstrap script for pip from the internet; the same job is done by Python's own ensurepip.
"""
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".cache" / "sanity"
COPY = HOME / "ansible_collections" / "anchorage" / "harbor"
BOOTSTRAP_NAME = "get_pip_24_2.py"  # the name that ansible-core 2.19 looks for; another release, another name
BOOTSTRAP = """
import subprocess, sys
packages = [word for word in sys.argv[1:] if not word.startswith("-")]
subprocess.check_call([sys.executable, "-m", "ensurepip"], stdout=subprocess.DEVNULL)
subprocess.check_call([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages])
"""


def copy_checkout() -> None:
    """Copy what git knows or would add, but not the link by which the checkout finds itself."""
    shutil.rmtree(COPY, ignore_errors=True)
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        source, target = ROOT / name, COPY / name
        if source.is_file() and not name.startswith("collections/ansible_collections/"):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    # ansible-test asks git what belongs to it; without a repository of its own it would ask ours, which ignores .cache.
    subprocess.run(["git", "init", "--quiet"], cwd=COPY, check=True)


def main() -> int:
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    copy_checkout()
    bootstrap = HOME / ".ansible/test/cache" / BOOTSTRAP_NAME
    bootstrap.parent.mkdir(parents=True, exist_ok=True)
    bootstrap.write_text(BOOTSTRAP)
    environment = dict(os.environ, HOME=str(HOME), PATH=f"{ROOT}/.venv/bin:/usr/bin:/bin:/usr/sbin:/sbin")
    command = ["ansible-test", "sanity", "--python", python, "--color", "no", *sys.argv[1:]]
    return subprocess.run(command, cwd=COPY, env=environment, check=False).returncode


sys.exit(main())
