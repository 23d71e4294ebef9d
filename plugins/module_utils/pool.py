# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A pool of connections to one host, as the user's options and the environment want it, and what an answer's status
means.
"""

from __future__ import annotations

import warnings

from ansible_collections.anchorage.harbor.plugins.module_utils.errors import ApiError, LostAnswer

try:
    import requests
    from requests.adapters import HTTPAdapter
except ImportError:
    requests = None

WORKERS = 8  # more gain nothing on any Harbor that was measured
BUSY = (429, 502, 503, 504)


def open_pool(connection, url):
    """A session of requests for one host. What the environment says is looked up once: on every request that would
    cost more than the request.
    """
    session = requests.Session()
    pool = HTTPAdapter(pool_connections=1, pool_maxsize=WORKERS, pool_block=True)
    session.mount("http://", pool)
    session.mount("https://", pool)
    surroundings = session.merge_environment_settings(url, {}, None, None, None)
    session.trust_env = False
    session.proxies = (
        {"http": connection["proxy"], "https": connection["proxy"]}
        if connection.get("proxy")
        else surroundings["proxies"]
    )
    session.headers.update(connection.get("headers") or {})
    session.verify = connection.get("ca_path") or surroundings["verify"]
    if not connection.get("validate_certs", True):
        session.verify = False
        warnings.filterwarnings("ignore", message="Unverified HTTPS request")
    if connection.get("client_cert"):
        session.cert = (
            (connection["client_cert"], connection["client_key"])
            if connection.get("client_key")
            else connection["client_cert"]
        )
    return session


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
