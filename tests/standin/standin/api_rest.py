# Kinds that nobody keeps here yet: their doors have the right locks, behind them is nothing.

from sqlalchemy import select

from .api import admin, allowlist_of, signed_in, system, times
from .app import routes
from .store import Document, now
from .web import Broken, Refused, answer, cut, missing

# Path -> what of the system one must be allowed, and what an empty server shows.
EMPTY = {
    "/system/gc": ("garbage-collection", "list", []),
    "/system/gc/schedule": ("garbage-collection", "read", None),
    "/system/purgeaudit": ("purge-audit", "list", []),
    "/system/purgeaudit/schedule": ("purge-audit", "read", None),
    "/system/scanAll/schedule": ("scan-all", "read", None),
    "/scanners": ("scanner", "list", []),
}
# Path of a single one -> what must be allowed.
NONE = {"/scanners/{name}": "scanner"}


def empty(path: str, resource: str, action: str, shape) -> None:
    @routes.add("GET", path, paged=shape == [])
    def show(request, db):
        system(request, resource, action)
        return cut(request, []) if shape == [] else answer(shape)


def none(path: str, resource: str) -> None:
    @routes.add("GET", path)
    def show(request, db, name):
        system(request, resource, "read")
        raise missing(f"{resource} {name}")


LIST = select(Document).where(Document.kind == "CVEAllowlist")

for known, facts in EMPTY.items():
    empty(known, *facts)
for known, needed in NONE.items():
    none(known, needed)


@routes.add("GET", "/jobservice/pools")
def pools(request, db):
    system(request, "jobservice-monitor", "list")
    return answer([])


@routes.add("POST", "/retentions", body="policy RetentionPolicy")
def create_retention(request, db, body):
    signed_in(request)
    if not body:
        raise Broken
    raise Refused("UNKNOWN")


@routes.add("GET", "/retentions/{id#}")
def read_retention(request, db, id):
    signed_in(request)
    raise Refused("UNKNOWN")


@routes.add("GET", "/system/CVEAllowlist")
def read_allowlist(request, db):
    signed_in(request)
    found = db.scalar(LIST) or Document(id=1, creation_time=now(), update_time=now(), body={"items": []})
    return answer({"id": found.id, **times(found), **found.body})


@routes.add("PUT", "/system/CVEAllowlist", body="allowlist? CVEAllowlist")
def write_allowlist(request, db, body):
    admin(request)
    row = db.scalar(LIST) or Document(kind="CVEAllowlist", name="")
    row.body, row.update_time = allowlist_of(body), now()
    db.add(row)
    return answer()
