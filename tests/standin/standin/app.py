# The application: takes a request through the same stations as Harbor's core, in the same order.

import collections
import posixpath
import re
import traceback
from urllib.parse import quote, unquote

from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Request, Response

from . import registry
from .security import Gate
from .settings import Settings
from .store import Store
from .web import API, Broken, Refused, Routes, answer, bad

routes = Routes()


class Application:
    def __init__(self, settings: Settings, store: Store, health) -> None:
        self.settings, self.store, self.health = settings, store, health
        self.gate = Gate(settings)
        self.counted = collections.Counter()
        self.after: list = []

    def __call__(self, environ, start_response):
        request = Request(environ)
        request.path_sent, dummy, query = environ.get("REQUEST_URI",
                                                      environ.get("RAW_URI", request.path)).partition("?")
        if self.settings.embedded:
            request.path_sent = as_nginx(request.path_sent)
        request.app, request.events = self, []
        try:
            response = self.pass_csrf(request, query)
        except Broken:
            response = answer(status=500)
        except Exception:
            traceback.print_exc()
            response = Refused("UNKNOWN").response()
        return response(environ, start_response)

    def pass_csrf(self, request: Request, query: str) -> Response:
        path = re.sub("/{2,}", "/", request.path_sent)
        request.route = next((name for name in ("api", "v2", "service", "c") if path.startswith(f"/{name}/")), "")
        if path == "/_standin/requests":
            return answer({**self.counted, "write": sum(self.counted[verb] for verb in ("POST", "PUT", "PATCH",
                                                                                        "DELETE"))})
        self.counted[request.method] += request.route == "api"
        if ";" in query:
            return bad("invalid semicolon separator in query").response()
        headers, refused = {}, None
        if request.cookies.get("sid") or request.route not in ("api", "v2", "service"):
            headers, refused = self.gate.check_csrf(request)
        response = refused.response() if refused else self.pass_session(request, path)
        for name, value in headers.items():
            response.headers.add(name, value)
        return response

    def pass_session(self, request: Request, path: str) -> Response:
        known = bool(request.cookies.get("sid")) and self.gate.sessions.load(request.cookies["sid"]) is not None
        request.new_sid = "" if known else self.gate.sessions.start()
        try:
            response = self.dispatch(request, path)
        except Refused as error:
            response = error.response()
        except Broken:
            response = answer(status=500)
        except Exception:
            traceback.print_exc()
            response = Refused("UNKNOWN").response()
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
        facts, values = routes.find(request, path)
        request.route_path = path
        if not facts["database"]:
            return facts["function"](request, **values)
        with self.store.session(write=request.method not in ("GET", "HEAD")) as db:
            request.caller = self.gate.caller(request, db)
            response = facts["function"](request, db, **values)
            db.flush()
        return response


def as_nginx(path: str) -> str:
    """What the path looks like behind nginx: decoded once, without dots and double slashes, encoded again."""
    plain = re.sub("/{2,}", "/", unquote(path))
    clean = posixpath.normpath(plain) + ("/" if plain.endswith("/") and plain != "/" else "")
    return quote(clean, safe="/:@!$&'()*+,;=~")


def api_version(app: Application, request: Request, db) -> Response:
    return Response('{"version":"v2.0"}\n', content_type="text/plain; charset=utf-8")


def login(app: Application, request: Request, db) -> Response:
    found = app.gate.login(db, request.form.get("principal", ""), request.form.get("password", ""))
    if not found:
        return answer(status=401)
    # A new name for the session: whoever knew the old one has gained nothing.
    app.gate.sessions.drop(request.cookies.get("sid", ""))
    request.new_sid = app.gate.sessions.start({"user": found.user.id})
    return answer()


def log_out(app: Application, request: Request, db) -> Response:
    app.gate.sessions.drop(request.cookies.get("sid", ""))
    request.new_sid = app.gate.sessions.start()
    return answer()


OUTSIDE = {("GET", "/api/version"): api_version, ("POST", "/c/login"): login, ("GET", "/c/log_out"): log_out,
           ("GET", "/service/token"): registry.token}
