# python -m standin serve --port 8080 [--data DIR] | core | jobservice | registryctl | exporter

import argparse
import tempfile
from pathlib import Path

from . import services

parser = argparse.ArgumentParser(prog="standin", description="A small Harbor for tests")
parser.add_argument("service", choices=["serve", "core", "jobservice", "registryctl", "exporter"])
parser.add_argument("--port", type=int, default=8080)
parser.add_argument("--data", type=Path, help="where everything is kept (default: a directory that goes away)")
options = parser.parse_args()

if options.service in services.SMALL:
    services.serve(services.small(services.SMALL[options.service]), 8080)
elif options.service != "serve":
    getattr(services, options.service)()
else:
    with tempfile.TemporaryDirectory() as passing:
        services.embedded(options.port, (options.data or Path(passing)).resolve())
