# The application: takes a request through the same stations as Harbor's core, in the same order.

import contextlib
import functools
import posixpath
import re
import traceback
from urllib.parse import quote, unquote

from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Request, Response

from . import audit, registry
from .control import WRITES, Control
from .security import Caller, Gate
from .settings import Settings
from .store import Store, setting
from .web import API, Broken, Call, Refused, Routes, admin, answer, bad, project_of, refuse_if, signed_in, system

routes = Routes()
# Writes that pass in the read-only mode.
ALWAYS = {("PUT", f"{API}/configurations"), ("POST", "/c/login"), ("POST", "/service/token")}


class Application:
    """`control` is there in one process only; in a cluster each write of the API is a line of the log."""

    def __init__(self, settings: Settings, store: Store, health) -> None:
        self.settings, self.store, self.health = settings, store, health
        self.gate = Gate(settings)
        self.control = Control() if settings.embedded else None

    def __call__(self, environ, start_response):
        request = Call(environ)
        sent, dummy, query = environ.get("REQUEST_URI", environ.get("RAW_URI", request.path)).partition("?")
        request.path_sent = as_nginx(sent) if self.settings.embedded else sent
        path = re.sub("/{2,}", "/", request.path_sent)
        request.route = next((name for name in ("api", "v2", "service", "c", "_standin")
                              if path.startswith(f"/{name}/")), "")
        request.app, request.events, request.caller = self, [], Caller()
        work = functools.partial(self.guard, self.pass_csrf, request, path, query)
        response = self.control.pass_on(request, path, work) if self.control else work()
        if request.route == "api" and request.method in WRITES and not self.control:
            print(f"{request.method} {path} {response.status_code} {request.caller.name or '-'}", flush=True)
        return response(environ, start_response)

    def guard(self, work, *values) -> Response:
        """Any trouble as an answer."""
        try:
            return work(*values)
        except Refused as error:
            return error.response()
        except Broken:
            return answer(status=500)
        except Exception:
            traceback.print_exc()
            return Refused("UNKNOWN").response()

    def pass_csrf(self, request: Request, path: str, query: str) -> Response:
        refuse_if(";" in query, bad("invalid semicolon separator in query"))
        headers, refused = {}, None
        if request.cookies.get("sid") or request.route not in ("api", "v2", "service"):
            headers, refused = self.gate.check_csrf(request)
        response = refused.response() if refused else self.guard(self.pass_mode, request, path)
        if not refused:
            audit.note_request(self, request, path, response)
        for name, value in headers.items():
            response.headers.add(name, value)
        return response

    def pass_mode(self, request: Request, path: str) -> Response:
        if request.method in WRITES and (request.method, path) not in ALWAYS:
            # Without a database nobody knows; whoever comes further hears of it.
            with contextlib.suppress(OperationalError), self.store.session(write=False) as db:
                refuse_if(setting(db, "read_only"),
                          Refused("DENIED", "The system is in read only mode. Any modification is prohibited."))
        known = self.gate.sessions.get(request.cookies.get("sid", ""))
        request.new_sid = self.gate.sessions.start() if known is None else ""
        response = self.guard(self.dispatch, request, path)
        if response.status_code == 422 and request.route == "api" and "Authorization" not in request.headers:
            # Whoever sends neither a good request nor a password is asked for the password too.
            response.headers["WWW-Authenticate"] = 'Basic realm="API"'
        if request.new_sid:
            response.headers.add("Set-Cookie", f"sid={request.new_sid}; Path=/; HttpOnly")
        if response.status_code < 300:
            for event in request.events:
                event()
        return response

    def dispatch(self, request: Request, path: str) -> Response:
        if path.startswith(API + "/"):
            return self.call(request, path.removeprefix(API))
        if request.route == "v2" or path == "/v2":
            request.route = "v2"
            try:
                return registry.answer_v2(self, request, path)
            except OperationalError as error:
                # Clients are told the database's own words, as an authentication failure.
                raise registry.refused(str(error), "") from None
        if (request.method, path) in OUTSIDE:
            with self.store.session(write=False) as db:
                return OUTSIDE[request.method, path](self, request, db)
        if path == "/service/token":
            return Response("Method Not Allowed\n", 405)
        return answer(status=404)

    def call(self, request: Request, path: str) -> Response:
        route, values = routes.find(request, path)
        request.route_path = path
        if not route.database:
            return answer(route.function(request))
        with self.store.session(write=request.method not in ("GET", "HEAD")) as db:
            request.caller = self.gate.caller(request, db)
            check_needs(request, db, route.needs, values)
            found = route.function(request, db, **values)
            db.flush()
        return answer(found)


def check_needs(request: Request, db, needs: str, values: dict) -> None:
    """Whether the caller may; the project that the path names is found on the way."""
    resource, dummy, action = needs.partition(":")
    if needs == "admin":
        admin(request)
    elif needs == "login":
        signed_in(request)
    elif needs and "name" in values:
        values["project"] = project_of(request, db, values.pop("name"), resource, action)
    elif needs:
        system(request, resource, action)


def as_nginx(path: str) -> str:
    """What the path looks like behind nginx: decoded once, without dots and double slashes, encoded again."""
    plain = re.sub("/{2,}", "/", unquote(path))
    clean = posixpath.normpath(plain) + ("/" if plain.endswith("/") and plain != "/" else "")
    return quote(clean, safe="/:@!$&'()*+,;=~")


def login(app: Application, request: Request, db) -> Response:
    # Kept for the audit log, which wants to see it as it was sent.
    request.get_data()
    found = app.gate.login(db, request.form.get("principal", ""), request.form.get("password", ""))
    if not found:
        return answer(status=401)
    # A new name for the session: whoever knew the old one has gained nothing.
    app.gate.sessions.drop(request.cookies.get("sid", ""))
    request.new_sid = app.gate.sessions.start({"user": found.user.id})
    return answer()


def log_out(app: Application, request: Request, db) -> Response:
    request.caller = app.gate.caller(request, db)
    app.gate.sessions.drop(request.cookies.get("sid", ""))
    request.new_sid = app.gate.sessions.start()
    return answer()


OUTSIDE = {("POST", "/c/login"): login, ("GET", "/c/log_out"): log_out, ("GET", "/service/token"): registry.token,
           ("GET", "/api/version"): lambda *dummy: Response('{"version":"v2.0"}\n', content_type=registry.TEXT)}
