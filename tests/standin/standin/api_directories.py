# What other servers know of people: LDAP and OIDC. There is none here: one can ask whether they are there, and no more.
# A search fails as it does in a Harbor whose directory is down.

import re
import socket

import requests

from .api import admin, system
from .app import routes
from .store import setting
from .web import Refused, answer, bad


@routes.add("POST", "/ldap/ping", body="ldapconf? LdapConf")
def ping_ldap(request, db, body):
    admin(request)
    known = re.fullmatch(r"(?:(ldaps?)://([^:/]*)(?::(\d+))?(?:/.*)?|([^:/]*))", body.get("ldap_url") or "")
    stored = setting(db, "auth_mode") == "ldap_auth" and setting(db, "ldap_search_password")
    if not (body.get("ldap_search_password") or stored):
        return answer({"message": "error: empty password"})
    if not known:
        return answer({"message": "error: fail to ping LDAP server"})
    try:
        port = int(known[3] or (636 if known[1] == "ldaps" else 389))
        socket.create_connection((known[2] or known[4] or "", port), body.get("ldap_connection_timeout") or 5).close()
    except (OSError, OverflowError):
        return answer({"message": "error: ldap server network timeout"})
    return answer({"success": True})


@routes.add("GET", "/ldap/users/search")
def search_people(request, db):
    system(request, "ldap-user", "list")
    raise Refused("UNKNOWN")


@routes.add("GET", "/ldap/groups/search")
def search_groups(request, db):
    system(request, "ldap-user", "list")
    raise Refused("UNKNOWN")


@routes.add("POST", "/ldap/users/import", body="uidList LdapImportUsers")
def take_people(request, db, body):
    system(request, "ldap-user", "create")
    raise Refused("UNKNOWN")


@routes.add("POST", "/system/oidc/ping", body="endpoint PingOIDCBody")
def ping_oidc(request, db, body):
    admin(request)
    try:
        place = (body.get("url") or "").rstrip("/") + "/.well-known/openid-configuration"
        requests.get(place, timeout=10, verify=bool(body.get("verify_cert"))).raise_for_status()
    except (requests.RequestException, ValueError):
        raise bad("failed to verify connection") from None
    return answer()
