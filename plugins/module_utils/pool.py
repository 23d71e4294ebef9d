# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A pool of connections to one host, as the user's options and the environment want it, and what an answer's status
means.

Proxies and trust are found as requests finds them, once; each call goes to urllib3 beneath it, since what requests does
around a call costs more than the call.
"""

from __future__ import annotations

import json
import threading
import warnings
from base64 import b64encode
from os.path import isdir
from urllib.parse import urlencode, urlsplit

from ansible_collections.anchorage.harbor.plugins.module_utils.errors import ApiError, LostAnswer

try:
    import requests
    import urllib3
    from requests.adapters import HTTPAdapter
except ImportError:
    requests = urllib3 = None

WORKERS = 8  # more gain nothing on any Harbor that was measured
BUSY = (429, 502, 503, 504)


class Answer:
    """Status, headers and body."""

    def __init__(self, answer):
        self.status_code, self.headers, self.content = answer.status, answer.headers, answer.data

    def json(self):
        return json.loads(self.content)


class Pool:
    """Connections to one host. `headers` go along with every call, and so do cookies, unless they are refused."""

    def __init__(self, connection, url):
        place, proxy, trust = urlsplit(url), *surroundings(connection, url)
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=WORKERS, pool_block=True)
        manager = adapter.proxy_manager_for(proxy) if proxy else adapter.poolmanager
        options = dict(trust, retries=False, timeout=connection.get("timeout") or 30)
        self.lines = manager.connection_from_host(
            place.hostname, place.port or urllib3.connectionpool.port_by_scheme[place.scheme], place.scheme, options)
        self.headers, self.cookies = dict(connection.get("headers") or {}), {}
        self.sent, self.counting = 0, threading.Lock()
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
        """The answer to one call; errors are those of urllib3."""
        with self.counting:
            self.sent += 1
        headers = dict(self.headers)
        if self.cookies:
            headers["Cookie"] = "; ".join("%s=%s" % pair for pair in list(self.cookies.items()))
        data = None
        if form is not None:
            data, headers["Content-Type"] = urlencode(form), "application/x-www-form-urlencoded"
        elif body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        target = self.before + path + ("?" + urlencode(query) if query else "")
        answer = self.lines.request(
            method, target, body=data, headers=headers, retries=False, redirect=False, assert_same_host=False)
        for cookie in answer.headers.getlist("Set-Cookie") if self.cookies is not None else ():
            self.keep(cookie)
        return Answer(answer)

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
        warnings.filterwarnings("ignore", message="Unverified HTTPS request")
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
