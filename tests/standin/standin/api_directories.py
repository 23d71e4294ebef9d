# What other servers know of people: LDAP and OIDC. There is none here: one can ask whether they are there, and no more.
# A search fails as it does in a Harbor whose directory is down.

import re
import socket

import requests

from .app import routes
from .store import setting
from .web import Refused, bad


@routes.add("POST", "/ldap/ping", needs="admin", body="ldapconf? LdapConf")
def ping_ldap(request, db, body):
    known = re.fullmatch(r"(?:(ldaps?)://([^:/]*)(?::(\d+))?(?:/.*)?|([^:/]*))", body.get("ldap_url") or "")
    stored = setting(db, "auth_mode") == "ldap_auth" and setting(db, "ldap_search_password")
    if not (body.get("ldap_search_password") or stored):
        return {"message": "error: empty password"}
    if not known:
        return {"message": "error: fail to ping LDAP server"}
    try:
        port = int(known[3] or (636 if known[1] == "ldaps" else 389))
        socket.create_connection((known[2] or known[4] or "", port), body.get("ldap_connection_timeout") or 5).close()
    except (OSError, OverflowError):
        return {"message": "error: ldap server network timeout"}
    return {"success": True}


@routes.add("GET", "/ldap/users/search", needs="ldap-user:list")
def search_people(request, db):
    raise Refused("UNKNOWN")


@routes.add("GET", "/ldap/groups/search", needs="ldap-user:list")
def search_groups(request, db):
    raise Refused("UNKNOWN")


@routes.add("POST", "/ldap/users/import", needs="ldap-user:create", body="uidList LdapImportUsers")
def take_people(request, db, body):
    raise Refused("UNKNOWN")


@routes.add("POST", "/system/oidc/ping", needs="admin", body="endpoint PingOIDCBody")
def ping_oidc(request, db, body):
    try:
        place = (body.get("url") or "").rstrip("/") + "/.well-known/openid-configuration"
        requests.get(place, timeout=10, verify=bool(body.get("verify_cert"))).raise_for_status()
    except (requests.RequestException, ValueError):
        raise bad("failed to verify connection") from None
