# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A pool of connections to one host, as the user's options and the environment want it, and what an answer's status
means.

Proxies and trust are found as requests finds them, once; urllib3 makes the connections. Each call goes to http.client
beneath both: at thousands of small calls what they do around each costs as much of the processor as the call.
"""

from __future__ import annotations

import json
import queue
import ssl
import threading
from base64 import b64encode
from http.client import HTTPConnection, HTTPException
from os.path import isdir
from urllib.parse import quote, urlencode, urlsplit

from ansible_collections.anchorage.harbor.plugins.module_utils.errors import ApiError, InputError, LostAnswer

try:
    import requests
    import urllib3
    from requests.adapters import HTTPAdapter
except ImportError:
    requests = urllib3 = None

WORKERS = 8  # more gain nothing on any Harbor that was measured
BUSY = (429, 502, 503, 504)
STAYS = "!#$%&'()*+,/:;=?@[]~"  # of what stands in an address, beside letters and digits


class NoAnswer(Exception):
    """`sent` says whether the other side may have taken the call."""

    def __init__(self, reason, sent):
        super().__init__(reason)
        self.sent = sent


class Untrusted(Exception):
    """The other side's certificate, or its way to encrypt, is not what was wanted."""


class Answer:
    """Status, headers and body."""

    def __init__(self, answer):
        self.status_code, self.headers, self.content = answer.status, answer.headers, answer.read()

    def json(self):
        return json.loads(self.content)


class Pool:
    """Connections to one host. `headers` go along with every call, and so do cookies, unless they are refused."""

    def __init__(self, connection, url):
        place, proxy, trust = urlsplit(url), *surroundings(connection, url)
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=WORKERS)
        manager = adapter.proxy_manager_for(proxy) if proxy else adapter.poolmanager
        self.url, self.timeout = url, connection.get("timeout") or 30
        port = urllib3.connectionpool.port_by_scheme[place.scheme]
        self.maker = manager.connection_from_host(
            place.hostname, place.port or port, place.scheme, dict(trust, timeout=self.timeout))
        self.lines, self.made = queue.LifoQueue(), 0
        for _number in range(WORKERS):
            self.lines.put(None)
        self.sent, self.counting = 0, threading.Lock()
        self.headers, self.cookies = dict(connection.get("headers") or {}), {}
        if any(not str(part).isprintable() for pair in self.headers.items() for part in pair):
            raise InputError("harbor_headers: a name or a value holds what no header may: remove line breaks.")
        self.host = place.netloc.removesuffix(":%s" % port)
        self.encrypted = place.scheme == "https"
        # A proxy is told the whole address, except where it only passes an encrypted connection on.
        self.before = url if proxy and not self.encrypted and not proxy.startswith("socks") else ""
        if self.before:
            self.headers.update(adapter.proxy_headers(proxy))

    def log_in_each_time(self, username, password):
        """Basic authentication. A cookie would switch on the check against forged forms, and every write would fail."""
        self.cookies = None
        login = b64encode(("%s:%s" % (username, password)).encode()).decode()
        self.headers["Authorization"] = "Basic " + login

    def request(self, method, path, query=None, body=None, form=None):
        """The answer to one call."""
        headers, data = {"Host": self.host, **self.headers}, None
        if self.cookies:
            headers["Cookie"] = "; ".join("%s=%s" % pair for pair in list(self.cookies.items()))
        if form is not None:
            data, headers["Content-Type"] = urlencode(form).encode(), "application/x-www-form-urlencoded"
        elif body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        target = self.before + quote(path, safe=STAYS) + ("?" + urlencode(query) if query else "")
        with self.counting:
            self.sent += 1
        answer = self.call(method, target, data, headers)
        for cookie in answer.headers.get_all("Set-Cookie", ()) if self.cookies is not None else ():
            self.keep(cookie)
        return answer

    def call(self, method, target, data, headers):
        """Over a connection that nobody else uses meanwhile."""
        line = self.lines.get()
        good = False
        try:
            # Nobody speaks without being asked: what can be read now is that the other side hung up.
            if line and (line.sock is None or urllib3.util.wait_for_read(line.sock, timeout=0)):
                line.close()
                line = None
            line = line or self.connect()
            try:
                line.request(method, target, data, headers)
            except (BrokenPipeError, ConnectionResetError):
                """The other side may have answered before it took all."""
            answer = Answer(line.getresponse())
            good = True
            return answer
        except TimeoutError:
            raise NoAnswer("no answer within %s s" % self.timeout, True) from None
        except (OSError, HTTPException) as error:
            # The reason may name hosts and ports but never credentials: those are in headers and bodies.
            raise NoAnswer("no answer from %s (%s)" % (self.url, type(error).__name__), True) from None
        finally:
            if line and not good:
                line.close()
            self.lines.put(line)

    def connect(self):
        """A new connection. What fails here has carried nothing."""
        made = self.maker._new_conn()
        try:
            if self.maker.proxy and self.encrypted:
                self.maker._prepare_proxy(made)
            else:
                made.connect()
        except (ssl.SSLError, urllib3.exceptions.SSLError):
            raise Untrusted() from None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            if "timed out" in str(error):
                raise NoAnswer("no connection within %s s" % self.timeout, False) from None
            raise NoAnswer("no answer from %s (%s)" % (self.url, type(error).__name__), False) from None
        with self.counting:
            self.made += 1
        line = HTTPConnection(self.maker.host)
        line.sock = made.sock
        return line

    def keep(self, cookie):
        """A cookie that is meant for https does not go over anything else."""
        pair, *about = cookie.split(";")
        if self.encrypted or "secure" not in [word.strip().lower() for word in about]:
            name, _equals, value = pair.partition("=")
            self.cookies[name.strip()] = value.strip()


def surroundings(connection, url):
    """The proxy to take, or None, and whom to trust: the user's word, else that of the environment."""
    found = requests.Session().merge_environment_settings(url, {}, None, None, None)
    proxy = connection.get("proxy") or requests.utils.select_proxy(url, found["proxies"])
    trust = {"cert_file": connection.get("client_cert"), "key_file": connection.get("client_key")}
    if not connection.get("validate_certs", True):
        return proxy, dict(trust, cert_reqs="CERT_NONE")
    bundle = connection.get("ca_path") or found["verify"]
    bundle = requests.certs.where() if bundle is True else str(bundle)
    return proxy, dict(trust, cert_reqs="CERT_REQUIRED", **{"ca_cert_dir" if isdir(bundle) else "ca_certs": bundle})


def refuse(answer, method, path):
    """Turn a status of failure into words; bodies may be JSON, HTML or empty."""
    status = answer.status_code
    if status < 300:
        return
    if status < 400:
        raise ApiError(
            method,
            path,
            status,
            "it points to %s: write that address in harbor_url" % answer.headers.get("Location", "nowhere"),
        )
    try:
        message = "; ".join(error.get("message") or error.get("code", "") for error in answer.json()["errors"])
    except (ValueError, KeyError, TypeError, AttributeError):
        message = "no reason given"
    # A gateway that gave up may have passed a POST on.
    raise (LostAnswer if method == "POST" and status in BUSY else ApiError)(
        method, path, status, message or "no reason given"
    )


def parsed(answer, path):
    """The JSON of an answer."""
    try:
        return answer.json()
    except ValueError:
        said = "the answer is no JSON: does harbor_url lead to a Harbor, or to its web page alone?"
        raise ApiError("GET", path, answer.status_code, said) from None
