# Command line. Exit codes: 0 done, 1 whatever broke (a missing key is a KeyError), 2 usage, 255 settings not valid.

import argparse
import sys
from pathlib import Path

from . import render, settings


def main(arguments: list[str], root: Path = Path("/")) -> int:
    parser = argparse.ArgumentParser(prog="prepare")
    command = parser.add_subparsers(dest="command", required=True).add_parser("prepare")
    command.add_argument("--conf", type=Path, default=root / "input/harbor.yml")
    command.add_argument("--with-trivy", action="store_true")
    options = parser.parse_args(arguments)

    # The old configuration goes first: a mistake in harbor.yml leaves a live node without any, as with Harbor.
    for path in (root / "config").rglob("*"):
        if not path.is_dir() or path.is_symlink():
            path.unlink()
            print(f"Cleared {path}")
    wanted = settings.read(options.conf, options.with_trivy)
    try:
        settings.validate(wanted, root)
    except settings.Invalid as error:
        print(f"Error happened in config validation...\nERROR: {error}", file=sys.stderr)
        return 255
    render.everything(wanted, root)
    print("Done: the configuration files are in common/config")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
