# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The only file that speaks HTTP: one pool of connections, a login, pages, retries, and errors in words. Knows no kind.

What is retried: GET and PUT on broken connections and on 429, 502, 503, 504, with growing pauses; a 401 once, since Harbor locks a user for 1.5 s after
somebody's failed login. A POST is never sent twice: when its answer is lost, `LostAnswer` says so and the caller looks first.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from http.cookiejar import DefaultCookiePolicy

from ansible_collections.anchorage.harbor.plugins.module_utils.errors import ApiError, HarborError, LostAnswer

try:
    import requests
    from requests.adapters import HTTPAdapter
except ImportError:
    requests = None

API = "/api/v2.0"
PAGE = 100  # Harbor's limit
WORKERS = 8  # more gain nothing on any Harbor that was measured
TRIES = 4
BUSY = (429, 502, 503, 504)
PAUSE = 0.5  # seconds before the second try; doubled before each further one
LOCKED = 2.0  # seconds after which a user that was locked by a failed login is free again


class Transport:
    """One Harbor, seen through its API. `connection` holds the options harbor_* without their prefix."""

    def __init__(self, connection, pause=time.sleep):
        self.url = connection["url"].rstrip("/")
        self.timeout = connection.get("timeout") or 30
        self.credentials = (connection["username"], connection["password"])
        self.pause = pause
        self.session = requests.Session()
        pool = HTTPAdapter(pool_connections=1, pool_maxsize=WORKERS, pool_block=True)
        self.session.mount("http://", pool)
        self.session.mount("https://", pool)
        self.session.headers.update(connection.get("headers") or {})
        self.session.verify = connection.get("ca_path") or True if connection.get("validate_certs", True) else False
        if connection.get("client_cert"):
            self.session.cert = (connection["client_cert"], connection["client_key"]) if connection.get("client_key") else connection["client_cert"]
        # Looked up once: on every request it would cost more than the request.
        self.session.proxies = {"http": connection["proxy"], "https": connection["proxy"]} if connection.get("proxy") else (
            requests.utils.get_environ_proxies(self.url))
        self.session.trust_env = False
        self.version = self.log_in(connection.get("auth") or "auto")

    # Who we are

    def log_in(self, auth):
        """Prove the credentials and return Harbor's version. A wrong password would else read as an emptier Harbor: much is public."""
        if auth == "session" or auth == "auto" and "$" not in self.credentials[0]:
            self.open_session()
        else:
            # A cookie would switch on the check against forged forms, and every write would fail.
            self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            self.session.auth = self.credentials
        version = self.get("/systeminfo").get("harbor_version")
        if not version:
            self.pause(LOCKED)
            version = self.get("/systeminfo").get("harbor_version")
        if not version:
            raise HarborError("%s does not take harbor_username %s with this harbor_password: correct them (for robots the name begins with robot$)." % (
                self.url, self.credentials[0]))
        return version

    def open_session(self):
        """Log in as the web page does: from 2.15.2 on each request with a password costs the server 0.1 s, one with a session 2 ms."""
        self.get("/systeminfo")
        token = self.answer("GET", API + "/systeminfo").headers.get("X-Harbor-CSRF-Token", "")
        self.session.headers["X-Harbor-CSRF-Token"] = token
        form = dict(zip(("principal", "password"), self.credentials))
        answer = self.answer("POST", "/c/login", data=form)
        if answer.status_code == 401:
            # Locked by somebody's failed login, for 1.5 s: also a right password is refused meanwhile.
            self.pause(LOCKED)
            answer = self.answer("POST", "/c/login", data=form)
        if answer.status_code == 401:
            raise HarborError("%s does not take harbor_username %s with this harbor_password: correct them." % (self.url, self.credentials[0]))
        self.refuse(answer, "POST", "/c/login")

    # Verbs

    def get(self, path, query=None):
        """The JSON of a GET; {} where Harbor answers with nothing."""
        answer = self.request("GET", path, params=query)
        return answer.json() if answer.content else {}

    def list(self, path, query=None):
        """All rows of a collection: the first page tells how many there are, the others come side by side."""
        query = dict(query or {}, page_size=PAGE)
        first = self.request("GET", path, params=dict(query, page=1))
        pages = -(-int(first.headers.get("X-Total-Count") or 0) // PAGE)
        rest = self.map(lambda page: self.request("GET", path, params=dict(query, page=page)).json(), range(2, pages + 1))
        return first.json() + [row for rows in rest for row in rows]

    def post(self, path, body):
        """Create; the id is the last piece of Location."""
        answer = self.request("POST", path, json=body)
        last = answer.headers.get("Location", "").rstrip("/").rpartition("/")[2]
        return int(last) if last.isdigit() else last

    def put(self, path, body):
        self.request("PUT", path, json=body)

    def delete(self, path):
        self.request("DELETE", path)

    def map(self, function, items):
        """`function` of each item, at most WORKERS at a time, in order; the first error is raised."""
        items = list(items)
        if len(items) < 2:
            return [function(item) for item in items]
        with ThreadPoolExecutor(min(WORKERS, len(items))) as pool:
            return list(pool.map(function, items))

    # One request

    def request(self, method, path, **more):
        """Send until there is an answer worth having; raise ApiError for anything but success."""
        relogged = False
        for attempt in range(1, TRIES + 1):
            try:
                answer = self.answer(method, API + path, **more)
            except ApiError:
                if method == "POST":
                    raise
                if attempt == TRIES or method == "DELETE" and attempt > 1:
                    raise
            else:
                if answer.status_code == 401 and not relogged:
                    relogged = True
                    self.pause(LOCKED)
                    continue
                if answer.status_code not in BUSY or method == "POST" or attempt == TRIES:
                    self.refuse(answer, method, path)
                    return answer
            self.pause(PAUSE * 2 ** (attempt - 1))
        return self.refuse(answer, method, path) or answer

    def answer(self, method, path, **more):
        try:
            return self.session.request(method, self.url + path, timeout=self.timeout, allow_redirects=False, **more)
        except requests.exceptions.SSLError:
            raise HarborError("The certificate of %s is not trusted: name its CA in harbor_ca_path (or, knowing the risk, set harbor_validate_certs "
                              "to false)." % self.url) from None
        except requests.exceptions.ConnectTimeout:
            raise ApiError(method, path, 0, "no connection within %s s" % self.timeout) from None
        except requests.exceptions.Timeout:
            raise (LostAnswer if method == "POST" else ApiError)(method, path, 0, "no answer within %s s" % self.timeout) from None
        except requests.exceptions.RequestException as error:
            # The text of such an error may hold the address but never the credentials: they are in headers.
            lost = method == "POST" and "refused" not in str(error) and "resolve" not in str(error)
            raise (LostAnswer if lost else ApiError)(method, path, 0, "no answer (%s)" % type(error).__name__) from None

    def refuse(self, answer, method, path):
        """Turn a status of failure into words; bodies may be JSON, HTML or empty."""
        if answer.status_code < 400:
            return
        try:
            message = "; ".join(error.get("message") or error.get("code", "") for error in answer.json()["errors"])
        except (ValueError, KeyError, TypeError, AttributeError):
            message = "no reason given"
        raise ApiError(method, path, answer.status_code, message)
