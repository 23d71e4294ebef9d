# The settings of the whole Harbor. What there is to set, and how it is checked, stands in facts.yml.

import json
import socket

from .app import routes
from .bodies import check, parsed
from .facts import ACCEPTED, FILLED, GROUPS, HIDDEN, POSITIVE, SETTINGS
from .security import seal
from .store import Property, User, first, setting
from .web import Refused, bad, check_limit, refuse_if

MOST = 9_999_999_999
# Holds an object of texts, and is shown sorted.
TEXTS = "oidc_extra_redirect_parms"


def alone(db) -> bool:
    """Nobody is there but the first administrator: until then the way of logging in can be chosen."""
    return first(db, User, User.id > 1, deleted=False) is None


def shown(key: str, value):
    if key == TEXTS:
        found = json.loads(value)
        plain = found and {name: text or "" for name, text in found.items()}
        return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return value


@routes.add("GET", "/configurations", needs="admin")
def read_settings(request, db):
    free = not request.app.settings.overwritten
    found = {key: {"editable": free, "value": shown(key, setting(db, key))} for key in SETTINGS if key not in HIDDEN}
    found["auth_mode"]["editable"] = free and alone(db)
    return found | {"scan_all_policy": {}}


@routes.add("PUT", "/configurations", needs="admin", body="configurations Configurations")
def write_settings(request, db, body):
    refuse_if(request.app.settings.overwritten, Refused(
        "FORBIDDEN", "current config is init by env variable: CONFIG_OVERWRITE_JSON, it cannot be updated"))
    wanted = {key: value for key, value in body.items() if value is not None}
    check_each(db, wanted)
    check_together(db, wanted)
    place = wanted.get("audit_log_forward_endpoint")
    if place and not answers(place):
        # Not stored, but not forgotten either.
        db.info["refused"].update(wanted)
        raise bad(f"bad request: could not connect to the audit endpoint: {place}")
    for key, value in wanted.items():
        if key in HIDDEN:
            value = seal(value, request.app.settings.secret_key)
        if key == "ldap_group_admin_dn":
            value = value.strip().lower()
        db.merge(Property(k=key, v=json.dumps(value)))


def check_each(db, wanted: dict) -> None:
    mode = setting(db, "auth_mode")
    refuse_if(wanted.get("auth_mode", mode) != mode and not alone(db),
              bad("the auth mode cannot be modified as new users have been inserted into database"))
    for key, value in wanted.items():
        accepted, words = ACCEPTED.get(key, ([value], ""))
        if key in FILLED and not value.strip():
            words, accepted = "the configure value can not be empty", []
        if key == TEXTS:
            try:
                check(parsed(value, whole=True), "map string", "", "", [])
            except (ValueError, TypeError) as error:
                words, accepted = f"{'json: ' if isinstance(error, TypeError) else ''}{error}", []
        refuse_if(value not in accepted, bad(f"bad request: item name {key}: {words}"))
    check_limit(wanted.get("storage_per_project", -1), "bad request: ")


def check_together(db, wanted: dict) -> None:
    """What depends on another setting, sent along or set before."""
    def final(key: str):
        return wanted.get(key, setting(db, key))
    if {"ldap_group_search_filter", *GROUPS} & set(wanted) and final("ldap_group_search_filter"):
        for key, message in GROUPS.items():
            refuse_if(not final(key), bad(f"bad request: {message}"))
    skip, place = "skip_audit_log_database", "audit_log_forward_endpoint"
    refuse_if({skip, place} & set(wanted) and final(skip) and not final(place), bad(
        "bad request: audit log forward endpoint should be configured before enable skip audit log in database"))
    for key in wanted.keys() & POSITIVE:
        refuse_if(wanted[key] <= 0, bad(f"the {key} value must be positive"))
        refuse_if(wanted[key] > MOST, bad(f"the {key} value is over the limit value: {MOST}"))


def answers(place: str) -> bool:
    host, dummy, port = place.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=10).close()
    except (OSError, ValueError, OverflowError):
        return False
    return True
