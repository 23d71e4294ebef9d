# The programs: core, jobservice, registryctl, exporter in containers of their own, or all of them in one process.

import functools
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import requests
import yaml
from cheroot import wsgi
from werkzeug.wrappers import Request, Response

from . import executions, jobs, settings as settings_module
from .security import hashed
from .store import Member, Project, Schedule, Store, User


class Health:
    """The verdict on every component, found in the background: an answer shows the last one. One process is all of
    them, and looks when it is asked."""

    def __init__(self, settings, store: Store, sessions) -> None:
        self.settings = settings
        self.checks = {"core": lambda: None, "database": store.ping, "redis": sessions.client.ping}
        self.checks |= {name: functools.partial(ask, url) for name, url in settings.health.items()}
        self.found = dict.fromkeys(self.checks, "unknown status")
        if settings.embedded:
            self.checks |= dict.fromkeys(("portal", "registry", "registryctl"), lambda: None)
            self.checks["jobservice"] = self.jobservice
        else:
            jobs.background(jobs.again_and_again, self.look, 1 if settings.quick else 10)

    def jobservice(self) -> None:
        if not self.settings.working:
            raise ConnectionError("connection refused")

    def look(self) -> None:
        for name, check in self.checks.items():
            try:
                check()
                self.found[name] = ""
            except Exception as error:
                self.found[name] = f"failed to check health: {error}"

    def report(self) -> dict:
        if self.settings.embedded:
            self.look()
        rows = [{"name": name, "status": "unhealthy", "error": error} if error else {"name": name, "status": "healthy"}
                for name, error in sorted(self.found.items())]
        return {"components": rows, "status": "unhealthy" if any(self.found.values()) else "healthy"}


def ask(url: str) -> None:
    requests.get(url, timeout=5).raise_for_status()


def seed(store: Store, password: str) -> None:
    """What a fresh Harbor has: the administrator and one public project. The password counts only now."""
    with store.session() as db:
        store.alone(db)
        if db.get(User, 1):
            return
        db.add_all([User(username="admin", realname="system admin", comment="admin user", password=hashed(password),
                         sysadmin_flag=True),
                    Project(name="library", owner_id=1, meta={"public": "true"}, storage=-1),
                    Member(project_id=1, entity_id=1, role=1),
                    Schedule(vendor_type="SYSTEM_ARTIFACT_CLEANUP", cron="0 0 0 * * *"),
                    Schedule(vendor_type="EXECUTION_SWEEP", vendor_id=-1, cron="0 0 0 * * *")])


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
        jobs.background(wsgi.Server(("0.0.0.0", int(port)), pages).safe_start)


def embedded(port: int, data: Path) -> None:
    password = os.environ.get("HARBOR_PASSWORD") or settings_module.secrets.token_urlsafe(12) + "Aa1"
    try:
        with socket.create_server(("127.0.0.1", port)), socket.create_server(("127.0.0.1", 0)) as probe:
            registry_port = probe.getsockname()[1]
    except (OSError, OverflowError) as error:
        raise SystemExit(f"port {port}: give a free one from 1 to 65535 ({error})") from None
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


def distribution(data: Path, port: int, host: str = "127.0.0.1"):
    """Docker Distribution as a child; without it only images are missing."""
    config = data / "registry.yml"
    config.write_text(json.dumps({
        "version": 0.1, "log": {"level": "error", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": f"{data}/registry"}, "delete": {"enabled": True}},
        "http": {"addr": f"{host}:{port}", "secret": "placeholder"}}))
    try:
        return subprocess.Popen(["docker-registry", "serve", config], stderr=subprocess.DEVNULL)
    except OSError:
        print("No docker-registry here (Debian's package of that name): images cannot be pushed", flush=True)
        return None


def small(answers: dict):
    """A service that answers fixed paths."""
    def app(environ, start_response):
        found = answers.get(Request(environ).path)
        return Response(found or "", 200 if found else 404)(environ, start_response)
    return app


# The programs that only ever say one thing.
SMALL = {"registryctl": {"/api/health": "healthy"}, "exporter": {"/metrics": "# TYPE harbor_up gauge\nharbor_up 1\n"}}


def jobservice() -> None:
    wanted = yaml.safe_load(settings_module.read("/etc/jobservice/config.yml")) or {}
    metrics("jobservice", wanted.get("metric", {}).get("port"), wanted.get("metric", {}).get("path"))
    from . import jobservice as program
    serve(program.application(), 8080)
