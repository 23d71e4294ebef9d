"""The least that any program can need: http.client, 8 connections, one login, the requests and nothing else.

python floor.py URL USER (look | make | remove) < wanted state; the password is HARBOR_PASSWORD. Prints seconds.
"""

import http.client
import json
import os
import ssl
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode, urlsplit

from wanted import PREFIX, below, dependent, independent

WIDTH = 8


class Floor:
    """One login, a connection for each thread."""

    def __init__(self, url, username, password):
        self.place, self.threads, self.headers = urlsplit(url), threading.local(), {}
        self.pool = ThreadPoolExecutor(WIDTH)
        cookies = {}
        for method, path, body in (("GET", "/api/v2.0/systeminfo", None), ("GET", "/api/v2.0/systeminfo", None),
                                   ("POST", "/c/login", urlencode({"principal": username, "password": password}))):
            answer = self.send(method, path, body, "application/x-www-form-urlencoded")[0]
            for cookie in answer.headers.get_all("Set-Cookie", []):
                name, _equals, value = cookie.partition(";")[0].partition("=")
                cookies[name] = value
            self.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
            self.headers.setdefault("X-Harbor-CSRF-Token", answer.headers.get("X-Harbor-CSRF-Token", ""))
            if not self.headers["X-Harbor-CSRF-Token"]:
                del self.headers["X-Harbor-CSRF-Token"]

    def connection(self):
        if not hasattr(self.threads, "connection"):
            kind, more = http.client.HTTPConnection, {}
            if self.place.scheme == "https":
                kind, more = http.client.HTTPSConnection, {"context": ssl._create_unverified_context()}
            self.threads.connection = kind(self.place.hostname, self.place.port, timeout=120, **more)
        return self.threads.connection

    def send(self, method, path, body=None, media="application/json"):
        connection = self.connection()
        connection.request(method, path, body, dict(self.headers, **{"Content-Type": media} if body else {}))
        answer = connection.getresponse()
        data = answer.read()
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {answer.status} {data[:300]}")
        return answer, data

    def call(self, method, path, body=None):
        answer, data = self.send(method, "/api/v2.0" + path, json.dumps(body) if body is not None else None)
        return answer, json.loads(data) if data else None

    def get(self, path):
        return self.call("GET", path)[1]

    def create(self, call):
        """Kind, name and id of what a POST made. A robot's secret wants a request of its own."""
        kind, path, body = call
        number = self.call("POST", path, body)[0].headers["Location"].rpartition("/")[2]
        if kind == "robot":
            self.call("PATCH", f"/robots/{number}", {"secret": "Bench-" + "1robot"})
        name = body.get("project_name") or body.get("username") or body.get("name")
        return kind, name, int(number)

    def pages(self, path):
        """All rows of a collection."""
        answer, rows = self.call("GET", f"{path}page_size=100&page=1")
        last = -(-int(answer.headers.get("X-Total-Count") or 0) // 100)
        for more in self.pool.map(lambda page: self.get(f"{path}page_size=100&page={page}"), range(2, last + 1)):
            rows += more
        return rows

    # What is measured

    def make(self, lists):
        ids = {(kind, name): number for kind, name, number in self.pool.map(self.create, independent(lists))}
        for _made in self.pool.map(self.create, dependent(lists, ids)):
            pass

    def look(self, lists):
        for path in ("/users?", "/registries?sort=id&", "/replication/policies?sort=id&"):
            self.pages(path)
        self.get("/configurations")
        names = {item["name"] for item in lists["projects"]}
        rows = [row for row in self.pages("/projects?sort=name&") if row["name"] in names]
        paths = [path for row in rows for path in below(row["project_id"], row["metadata"]["retention_id"])]
        for _answer in self.pool.map(self.get, paths):
            pass

    def remove(self, _lists):
        """Everything that any run of any size left behind."""
        for path, key, number in (("/replication/policies", "name", "id"), ("/projects", "name", "project_id"),
                                  ("/registries", "name", "id"), ("/users", "username", "user_id")):
            rows = [row[number] for row in self.pages(path + "?") if row[key].startswith(PREFIX + "-")]
            for _answer in self.pool.map(lambda one, path=path: self.call("DELETE", f"{path}/{one}"), rows):
                pass


if __name__ == "__main__":
    state = json.load(sys.stdin)
    begun = time.monotonic()
    getattr(Floor(sys.argv[1], sys.argv[2], os.environ["HARBOR_PASSWORD"]), sys.argv[3])(state)
    print(time.monotonic() - begun, flush=True)
    os._exit(0)  # the pool's threads have nothing to tell
