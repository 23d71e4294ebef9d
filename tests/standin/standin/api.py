# What all handlers share: permission checks, times, omitted zero values.

import datetime

from sqlalchemy import select

from .store import Project
from .web import Refused, bad, missing, refuse_if

BIGGEST = 1 << 50
NAME = r"[a-z0-9]+(?:[._-][a-z0-9]+)*"


def signed_in(request) -> None:
    refuse_if(not request.caller.kind, Refused("UNAUTHORIZED", "unauthorized"))


def allow(request, allowed: bool, message: str | None = None) -> None:
    signed_in(request)
    refuse_if(not allowed, Refused("FORBIDDEN", request.caller.name if message is None else message))


def system(request, resource: str, action: str) -> None:
    allow(request, request.caller.may(resource, action))


def admin(request) -> None:
    allow(request, request.caller.admin)


def shown(time: datetime.datetime | None) -> str:
    return f"{time.isoformat(timespec='milliseconds')}Z" if time else "0001-01-01T00:00:00.000Z"


def times(row) -> dict:
    return {"creation_time": shown(row.creation_time), "update_time": shown(row.update_time)}


def lean(fields: dict) -> dict:
    """Without false, 0 and empty: Harbor leaves them out."""
    return {key: value for key, value in fields.items() if value or isinstance(value, dict)}


def project_of(request, db, name: str, resource: str = "", action: str = "read") -> Project:
    """By name, or by id where the header does not say that it is a name. Who may not know of it learns nothing."""
    by_id = name.isdigit() and request.headers.get("X-Is-Resource-Name", "false") != "true"
    found = None
    if not by_id or int(name) < 2 ** 31:
        found = db.scalar(select(Project).where(Project.id == int(name) if by_id else Project.name == name))
    refuse_if(" " in name, bad(f"invalid project name: '{name}'"))
    if resource:
        within(request, db, found, resource, action)
    refuse_if(by_id and int(name) >= 2 ** 31, Refused("UNKNOWN"))
    refuse_if(found is None, missing(f"project {name}"))
    return found


def within(request, db, project: Project | None, resource: str, action: str) -> None:
    if not request.caller.may_in(db, project, resource, action):
        allow(request, False, "forbidden")


def check_limit(limit: int, prefix: str = "") -> None:
    """Of a quota, in bytes."""
    refuse_if(limit != -1 and limit <= 0, bad(f"{prefix}invalid non-positive value for quota limit, value={limit}"))
    refuse_if(limit > BIGGEST, bad(f"{prefix}exceeded 1024TB, which is {BIGGEST} Bytes, value={limit}"))


def allowlist_of(body: dict) -> dict:
    items = body.get("items") or []
    ids = [(item.get("cve_id") or "").strip() for item in items]
    refuse_if(len(set(ids)) < len(ids) or "" in ids, Refused("UNKNOWN"))
    return {"items": items} | ({} if body.get("expires_at") is None else {"expires_at": body["expires_at"]})
