# The programs: core, jobservice, registryctl, exporter in containers of their own, or all of them in one process.

import importlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import requests
import yaml
from cheroot import wsgi
from sqlalchemy import select
from werkzeug.wrappers import Request, Response

from . import executions, settings as settings_module
from .security import hashed
from .store import Member, Project, Schedule, Store, User

PERIOD = 10


class Health:
    """The verdict on every component, found in the background: an answer shows the last one."""

    def __init__(self, settings, store: Store, sessions) -> None:
        self.checks = {"core": lambda: None, "database": store.ping, "redis": sessions.ping}
        self.checks |= {name: lambda url=url: ask(url) for name, url in settings.health.items()}
        self.found, self.settings = dict.fromkeys(self.checks, "unknown status"), settings
        if settings.embedded:
            # One process is all of them.
            names = ("core", "database", "jobservice", "portal", "redis", "registry", "registryctl")
            self.found = dict.fromkeys(names, "")
            return
        threading.Thread(target=self.watch, args=(1 if settings.quick else PERIOD,), daemon=True).start()

    def watch(self, period: float) -> None:
        while True:
            time.sleep(period)
            for name, check in self.checks.items():
                try:
                    check()
                    self.found[name] = ""
                except Exception as error:
                    self.found[name] = f"failed to check health: {error}"

    def report(self) -> dict:
        if self.settings.embedded:
            self.found["jobservice"] = "" if self.settings.working else "failed to check health: connection refused"
        rows = [{"name": name, "status": "unhealthy", "error": error} if error else {"name": name, "status": "healthy"}
                for name, error in sorted(self.found.items())]
        good = all(row["status"] == "healthy" for row in rows)
        return {"components": rows, "status": "healthy" if good else "unhealthy"}


def ask(url: str) -> None:
    requests.get(url, timeout=5).raise_for_status()


def seed(store: Store, password: str) -> None:
    """What a fresh Harbor has: the administrator and one public project. The password counts only now."""
    with store.session() as db:
        store.alone(db)
        if db.scalar(select(User.id).where(User.id == 1)):
            return
        db.add(User(username="admin", realname="system admin", comment="admin user", password=hashed(password),
                    sysadmin_flag=True))
        db.flush()
        db.add(Project(name="library", owner_id=1, meta={"public": "true"}, storage=-1))
        db.flush()
        db.add(Member(project_id=1, entity_id=1, role=1))
        db.add_all(Schedule(vendor_type=vendor, vendor_id=number, cron="0 0 0 * * *")
                   for vendor, number in (("SYSTEM_ARTIFACT_CLEANUP", 0), ("EXECUTION_SWEEP", -1)))


def application(settings, store: Store):
    """With all doors: a module opens its own when it is loaded."""
    for name in sorted(path.stem for path in Path(__file__).parent.glob("*.py")):
        if name.startswith("api_") or name in ("kinds", "chores"):
            importlib.import_module(f".{name}", __package__)
    from .app import Application
    app = Application(settings, store, None)
    app.health = Health(settings, store, app.gate.sessions)
    return executions.start(app)


def serve(app, port: int, host: str = "0.0.0.0") -> None:
    server = wsgi.Server((host, port), app, numthreads=16, request_queue_size=128, timeout=60)
    server.max_request_body_size = 0
    signal.signal(signal.SIGTERM, lambda *ignored: sys.exit(0))
    try:
        server.safe_start()
    finally:
        server.stop()


def core() -> None:
    settings = settings_module.from_environment()
    store = Store(settings.database, 60, settings.overwritten)
    seed(store, settings.admin_password)
    metrics("core", os.environ.get("METRIC_PORT"), os.environ.get("METRIC_PATH"))
    serve(application(settings, store), 8080)


def metrics(name: str, port, path: str | None) -> None:
    """On a port of their own, where they are wanted."""
    if port:
        pages = small({path: f"# TYPE harbor_{name}_up gauge\nharbor_{name}_up 1\n"})
        threading.Thread(target=wsgi.Server(("0.0.0.0", int(port)), pages).safe_start, daemon=True).start()


def embedded(port: int, data: Path) -> None:
    password = os.environ.get("HARBOR_PASSWORD") or settings_module.secrets.token_urlsafe(12) + "Aa1"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        registry_port = probe.getsockname()[1]
    settings = settings_module.embedded(data, port, registry_port, password)
    store = Store(settings.database)
    seed(store, password)
    child = distribution(data, registry_port)
    shown = "of HARBOR_PASSWORD" if os.environ.get("HARBOR_PASSWORD") else password
    print(f"Harbor stand-in on http://127.0.0.1:{port}, user admin, password {shown}", flush=True)
    try:
        serve(application(settings, store), port, "127.0.0.1")
    finally:
        if child:
            child.terminate()


def registry_program() -> str:
    """Docker Distribution: installed, or taken out of Debian's package, which would start a service of its own."""
    cached = Path(__file__).parents[3] / ".cache/docker-registry"
    if found := shutil.which("docker-registry"):
        return found
    if not cached.exists():
        with tempfile.TemporaryDirectory() as directory:
            subprocess.run(["apt-get", "-qq", "download", "docker-registry"], cwd=directory, check=True)
            package = next(Path(directory).glob("*.deb"))
            subprocess.run(["dpkg-deb", "-x", package, directory], check=True)
            cached.parent.mkdir(exist_ok=True)
            shutil.copy(Path(directory) / "usr/bin/docker-registry", cached)
    return str(cached)


def distribution(data: Path, port: int, host: str = "127.0.0.1"):
    """Docker Distribution as a child; without it only images are missing."""
    config = data / "registry.yml"
    config.write_text(json.dumps({
        "version": 0.1, "log": {"level": "error", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": f"{data}/registry"}, "delete": {"enabled": True}},
        "http": {"addr": f"{host}:{port}", "secret": "placeholder"}}))
    try:
        return subprocess.Popen([registry_program(), "serve", config], stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        print("No docker-registry here (Debian's package of that name): images cannot be pushed", flush=True)
        return None


def small(answers: dict):
    """A service that answers fixed paths."""
    def app(environ, start_response):
        found = answers.get(Request(environ).path)
        return Response(found or "", 200 if found else 404)(environ, start_response)
    return app


def registryctl() -> None:
    serve(small({"/api/health": "healthy"}), 8080)


def exporter() -> None:
    serve(small({"/metrics": "# TYPE harbor_up gauge\nharbor_up 1\n"}), 8080)


def jobservice() -> None:
    wanted = yaml.safe_load(settings_module.read("/etc/jobservice/config.yml")) or {}
    metrics("jobservice", wanted.get("metric", {}).get("port"), wanted.get("metric", {}).get("path"))
    from . import jobservice as program
    serve(program.application(), 8080)
