# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The only file that speaks HTTP (its pool of connections is next door): a login, pages, retries, and errors in
words. Knows no kind.

What is retried: GET, PUT and DELETE on broken connections and on 429, 502, 503, 504, with growing pauses; a 401 once,
since Harbor locks a user for 1.5 s after somebody's failed login, and since sessions end. A POST is never sent twice:
when its answer is lost, `LostAnswer` says so and the caller looks first.
"""

from __future__ import annotations

import random
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

from ansible_collections.anchorage.harbor.plugins.module_utils.errors import (
    ApiError, HarborError, InputError, LostAnswer, Unwelcome)
from ansible_collections.anchorage.harbor.plugins.module_utils.pool import (
    BUSY, WORKERS, NoAnswer, Pool, Untrusted, parsed, refuse)

API = "/api/v2.0"
PAGE = 100  # Harbor's limit
TRIES = 4
PAUSE = 0.5  # seconds before the second try; doubled before each further one
PIECES = 16  # for each worker, so that all end at about the same time
LOCKED = 2.0  # seconds after which a user that was locked by a failed login is free again
TOKEN = "X-Harbor-CSRF-Token"


class Transport:
    """One Harbor, seen through its API. `connection` holds the options harbor_* without their prefix."""

    prefix = API

    def __init__(self, connection, pause=time.sleep):
        self.url = connection["url"].rstrip("/")
        if not re.fullmatch(r"https?://[^\s/?#@]+", self.url):
            raise InputError("harbor_url is %s: write scheme://host or scheme://host:port, without a path." % self.url)
        self.connection, self.pause = connection, pause
        self.timeout = connection.get("timeout") or 30
        self.username = connection["username"]
        self.credentials = (self.username, connection["password"])
        self.session = Pool(connection, self.url)
        self.auth = connection.get("auth") or "auto"
        self.by_session = self.auth == "session" or self.auth == "auto" and "$" not in self.credentials[0]
        self.logins, self.login_lock = 0, threading.Lock()
        self.version = self.log_in()
        self.logins = 1

    # Who we are

    def log_in(self):
        """Prove the credentials and return Harbor's version. A wrong password would else read as an emptier Harbor:
        much is public.
        """
        if self.by_session:
            try:
                self.open_session()
            except ApiError as error:
                # The page's cookies are for https when Harbor thinks that it is reached so; past its balancer they
                # never come back.
                if self.auth == "session" or error.status != 403:
                    raise
                self.by_session, self.session = False, Pool(self.connection, self.url)
        if not self.by_session:
            self.session.log_in_each_time(*self.credentials)
        about = self.get("/systeminfo")
        if not about.get("harbor_version"):
            self.pause(LOCKED)
            about = self.get("/systeminfo")
        self.auth_mode = about.get("auth_mode")
        if not about.get("harbor_version"):
            raise self.unwelcome()
        return about["harbor_version"]

    def open_session(self):
        """Log in as the web page does: from 2.15.2 on each request with a password costs the server 0.1 s, one with a
        session 2 ms.
        """
        self.get("/systeminfo")
        self.session.headers[TOKEN] = self.request("GET", "/systeminfo").headers.get(TOKEN, "")
        form = dict(zip(("principal", "password"), self.credentials))
        answer = self.answer("POST", "/c/login", form=form)
        if answer.status_code == 401:
            # Locked by somebody's failed login: also a right password is refused meanwhile.
            self.pause(LOCKED)
            answer = self.answer("POST", "/c/login", form=form)
        if answer.status_code == 401:
            raise self.unwelcome()
        refuse(answer, "POST", "/c/login")

    def renew(self, logins):
        """After a 401: wait out a lock and, unless another thread did so since `logins` were counted, begin a new
        session.
        """
        self.pause(LOCKED)
        with self.login_lock:
            if self.by_session and 0 < logins == self.logins:
                self.session = Transport(self.connection, self.pause).session
                self.logins += 1

    def unwelcome(self):
        return Unwelcome(
            "%s does not take harbor_username %s with this harbor_password: correct them (the full name of a robot "
            "begins with robot$)." % (self.url, self.credentials[0]))

    # Verbs

    def get(self, path, query=None):
        """The JSON of a GET; {} where Harbor answers with nothing."""
        answer = self.request("GET", path, query=query)
        return parsed(answer, path) if answer.content else {}

    def list(self, path, query=None):
        """All rows of a collection: the first page tells how many there are, the others come side by side."""
        query = dict(query or {}, page_size=PAGE)
        first = self.request("GET", path, query=dict(query, page=1))
        pages = -(-int(first.headers.get("X-Total-Count") or 0) // PAGE)
        rest = self.map(lambda page: self.get(path, dict(query, page=page)), range(2, pages + 1))
        return parsed(first, path) + [row for rows in rest for row in rows]

    def find(self, path, key, value, query=None):
        """The rows whose `key` is exactly `value`. Harbor answers a query that it does not know with everything, so
        each row is compared again.
        """
        # A comma separates terms however it is escaped; a first letter may be an operator.
        escape = "\\" if value[:1] in "~[{(\\" else ""
        query = dict(query or {}, **{} if "," in value else {"q": "%s=%s%s" % (key, escape, quote(value, safe=""))})
        return [row for row in self.list(path, query) if row.get(key) == value]

    def post(self, path, body):
        """Create; the id is the last piece of Location."""
        answer = self.request("POST", path, body=body)
        last = answer.headers.get("Location", "").rstrip("/").rpartition("/")[2]
        return int(last) if last.isdigit() else last

    def welcomes(self, username, password):
        """Whether somebody can log in."""
        try:
            Transport(dict(self.connection, username=username, password=password, auth="basic"), self.pause)
        except Unwelcome:
            return False
        return True

    def write(self, method, path, body):
        """A PUT or a PATCH."""
        self.request(method, path, body=body)

    def delete(self, path):
        self.request("DELETE", path)

    def map(self, function, items):
        """`function` of each item, at most WORKERS at a time, in order; the first error is raised."""
        return list(self.each(function, items))

    def each(self, function, items):
        """The same for who can use what is there while the rest is under way."""
        items = list(items)
        if len(items) < 2:
            yield from map(function, items)
            return
        size = 1 + len(items) // (WORKERS * PIECES)  # to hand over each for itself costs a tenth of its call
        pieces = [items[start : start + size] for start in range(0, len(items), size)]
        with ThreadPoolExecutor(min(WORKERS, len(items))) as pool:
            for found in pool.map(lambda piece: [function(item) for item in piece], pieces):
                yield from found

    # One request

    def request(self, method, path, **more):
        """Send until there is an answer worth having; raise ApiError for anything but success."""
        renewed, tries = False, 0
        while True:
            logins, tries = self.logins, tries + 1
            try:
                answer = self.answer(method, self.prefix + path, **more)
                if answer.status_code == 401 and not renewed:
                    renewed = True
                    self.renew(logins)
                    continue
                refuse(answer, method, path)
                return answer
            except ApiError as error:
                if method == "POST" or tries == TRIES or error.status and error.status not in BUSY:
                    raise
            self.pause(PAUSE * 2 ** (tries - 1) * random.uniform(0.8, 1.2))

    def answer(self, method, path, **more):
        try:
            return self.session.request(method, path, **more)
        except Untrusted:
            raise HarborError("The certificate of %s is not trusted: name its CA in harbor_ca_path (or, knowing the "
                              "risk, set harbor_validate_certs to false)." % self.url) from None
        except NoAnswer as error:
            lost = method == "POST" and error.sent
            raise (LostAnswer if lost else ApiError)(method, path.removeprefix(API), 0, str(error)) from None
