# Packs the stand-in as an offline installer of the official shape. Run as root: build.py [OUTPUT [VERSION]]
# Two layers: a small Debian, cached until base.py changes (20 s), and our own code (6 s). Unchanged: instant.
# STANDIN_QUICK=1 in the environment is baked in: Harbor is then green at once instead of after the usual 10 s.

import argparse
import fcntl
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import base
import images

VERSION = "2.15.2"
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
TAR = ["tar", "--sort=name", "--mtime=2026-01-01", "--numeric-owner", "--format=gnu"]
OURS = ["--owner=0", "--group=0"]


def digest(*inputs: Path | str) -> str:
    """Of names and contents; whatever Python leaves behind does not count."""
    sums = hashlib.sha256()
    for given in inputs:
        files = sorted(given.rglob("*")) if isinstance(given, Path) and given.is_dir() else [given]
        for item in files:
            if isinstance(item, str):
                sums.update(item.encode())
            elif item.is_file() and "__pycache__" not in item.parts:
                sums.update(f"{item.relative_to(ROOT)}\0".encode() + item.read_bytes())
    return sums.hexdigest()[:16]


def debian(cache: Path) -> tuple[Path, Path]:
    """The tree of the base and its layer."""
    tree = cache / f"base-{digest(HERE / 'base.py')}"
    layer = tree.with_suffix(".tar")
    if not layer.exists():
        for old in cache.glob("base-*"):
            shutil.rmtree(old) if old.is_dir() else old.unlink()
        say("unpacking the base of the images (20 s)")
        base.build(tree)
        partial = layer.with_suffix(".partial")
        subprocess.run([*TAR, "-C", tree, "-cf", partial, "."], check=True)
        partial.rename(layer)
    return tree, layer


def code(cache: Path, tree: Path) -> Path:
    """The layer of our own files, compiled by the Python that will run them."""
    stage = cache / "code"
    shutil.rmtree(stage, ignore_errors=True)
    app = stage / images.APP.lstrip("/")
    for source in (HERE / "prepare", HERE / "images", HERE.parent / "standin"):
        shutil.copytree(source, app / source.name, ignore=shutil.ignore_patterns("__pycache__"))
    for source, target in (("start", "usr/local/bin/start"), ("rsyslog.conf", "etc/rsyslog.conf")):
        (stage / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(app / "images" / source, stage / target)
    (stage / "usr/local/bin/start").chmod(0o755)
    inside = tree / "tmp/app"
    shutil.rmtree(inside, ignore_errors=True)
    shutil.copytree(app, inside)
    compile_all = ["python3", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", "-s", "/tmp/app"]
    subprocess.run(["chroot", tree, *compile_all, "-p", images.APP, "/tmp/app"], check=True)
    shutil.rmtree(app)
    shutil.move(inside, app)
    layer = cache / "code.tar"
    subprocess.run([*TAR, *OURS, "--mode=u+rw,go+rX", "-C", stage, "-cf", layer, "usr", "etc"], check=True)
    return layer


def pack(output: Path, version: str, cache: Path) -> None:
    variables = {"STANDIN_QUICK": os.environ["STANDIN_QUICK"]} if os.environ.get("STANDIN_QUICK") else {}
    stamp, wanted = cache / f"{output.name}.digest", digest(HERE, HERE.parent / "standin", version, str(variables))
    if output.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    tree, base_layer = debian(cache)
    say("packing the images (10 s)")
    bundle = cache / "harbor"
    shutil.rmtree(bundle, ignore_errors=True)
    shutil.copytree(HERE / "bundle", bundle)
    shutil.copy(ROOT / "LICENSE", bundle)
    wrapper = bundle / "prepare"
    wrapper.write_text(wrapper.read_text().replace("@VERSION@", f"v{version}"))
    # Nodes unpack it on slow machines: little compression, and only once.
    with gzip.GzipFile(bundle / f"harbor.v{version}.tar.gz", "wb", compresslevel=1, mtime=0) as file:
        images.archive(file, [base_layer, code(cache, tree)], f"v{version}", variables)
    partial = output.with_suffix(".partial")
    subprocess.run([*TAR, *OURS, "--use-compress-program=gzip -1", "-C", cache, "-cf", partial, "harbor"], check=True)
    partial.rename(output)
    with output.open("rb") as file:
        (output.parent / "md5sum").write_text(f"{hashlib.file_digest(file, 'md5').hexdigest()}  {output.name}\n")
    shutil.rmtree(bundle)
    stamp.write_text(wanted)
    print(f"built {output}, {output.stat().st_size >> 20} MB")


def say(text: str) -> None:
    print(f"stand-in: {text}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Pack the stand-in as an offline installer")
    parser.add_argument("output", nargs="?", type=Path)
    parser.add_argument("version", nargs="?", default=VERSION)
    parser.add_argument("--cache", type=Path, default=ROOT / ".lab/cache")
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("build.py needs root: the files in the images have real owners")
    options.cache.mkdir(parents=True, exist_ok=True)
    output = (options.output or ROOT / f".lab/harbor-offline-installer-v{options.version}.tgz").resolve()
    output.parent.mkdir(parents=True, exist_ok=True)
    with (options.cache / "lock").open("w") as lock:
        # One at a time: a second one finds all done.
        fcntl.flock(lock, fcntl.LOCK_EX)
        pack(output, options.version, options.cache.resolve())
