# Scanners: their registrations, and which one a project uses.

import uuid

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError

from . import scanning
from .api import shown
from .api_registries import clean_url
from .app import routes
from .store import Scanner, now
from .web import API, Refused, answer, bad, listed, missing, payload, refuse_if

TEXTS = ("description", "auth", "access_credential")
FLAGS = ("skip_certVerify", "use_internal_addr", "disabled")
PATH, ONE = "/scanners", "/scanners/{registration_id}"
KEYS = {"create_time": "creation_time"}


def show(row: Scanner, told: dict | None) -> dict:
    able = {one.get("type") for one in told["capabilities"]} if told else set()
    # One that does not say what it can do is of the time when there was only one thing to do.
    words = {f"support_{kind}": True for kind in ("vulnerability", "sbom") if kind in able}
    words = words if able - {None, ""} else {"support_sbom": False, "support_vulnerability": True}
    return {"uuid": row.uuid, "name": row.name, "url": row.url, "description": row.description, "auth": row.auth,
            "access_credential": "", **{key: getattr(row, key) for key in FLAGS}, "is_default": row.is_default,
            "create_time": shown(row.creation_time), "update_time": shown(row.update_time),
            "capabilities": words if told else None}


def whole(row: Scanner | None) -> dict | None:
    return row and show(row, scanning.metadata(row))


def fill(row: Scanner, body: dict) -> Scanner:
    kept = row.access_credential
    row.name = body["name"]
    for key in TEXTS:
        setattr(row, key, body.get(key) or "")
    for key in FLAGS:
        setattr(row, key, bool(body.get(key)))
    if row.id and row.auth in ("Basic", "Bearer", "APIKey"):
        row.access_credential = row.access_credential or kept
    refuse_if(not row.name, bad("missing registration name"))
    refuse_if(len(row.name) > 128 or len(row.description) > 1024, Refused("UNKNOWN"))
    try:
        row.url = clean_url(body["url"])
    except Refused as error:
        raise bad(f"scanner registration validate: {error.message}") from None
    refuse_if(row.auth not in ("", "Basic", "Bearer", "APIKey"), bad(f"auth type {row.auth} is not supported"))
    refuse_if(row.auth and not row.access_credential, bad(f"access_credential is required for auth type {row.auth}"))
    return row


def unreserved(body: dict) -> None:
    refuse_if(body["name"] == "Trivy", bad('name "Trivy" is reserved, please try a different name'))


def found(db, key: str, what: str = "scanner") -> Scanner:
    row = db.scalar(select(Scanner).where(Scanner.uuid == key))
    refuse_if(row is None, missing(f"{what} {key}"))
    return row


def changeable(row: Scanner, what: str) -> Scanner:
    if row.immutable:
        raise Refused("FORBIDDEN", f"registration {row.name} is not allowed to {what} as it is immutable: scanner API: "
                                   f"{what}")
    return row


def list_rows(request, db):
    plain = [getattr(Scanner, key).icontains(request.args[key], autoescape=True)
             for key in ("name", "description", "url") if request.args.get(key)]
    exact = [getattr(Scanner, key) == request.args[f"ex_{key}"] for key in ("name", "url")
             if request.args.get(f"ex_{key}")]
    return listed(request, db, Scanner, whole, *plain, *exact, keys=KEYS,
                  sort="-is_default,-creation_time", fixed=True)


@routes.add("GET", PATH, needs="scanner:list", paged=True)
def list_scanners(request, db):
    return list_rows(request, db)


@routes.add("POST", PATH, needs="scanner:create", body="registration ScannerRegistrationReq")
def create_scanner(request, db, body):
    row = fill(Scanner(uuid=str(uuid.uuid4()), access_credential=""), body)
    unreserved(body)
    scanning.ping(row)
    row.is_default = db.scalar(select(Scanner.id).limit(1)) is None
    if db.scalar(select(Scanner.id).where(or_(Scanner.name == row.name, Scanner.url == row.url))):
        raise Refused("UNKNOWN", "dao: create registration: registration name or url already exists", 409)
    db.add(row)
    return answer(status=201, location=f"{API}{PATH}/{row.uuid}")


@routes.add("POST", f"{PATH}/ping", needs="scanner:read", body="settings ScannerRegistrationSettings")
def ping_scanner(request, db, body):
    scanning.ping(fill(Scanner(access_credential=""), body))


@routes.add("GET", ONE, needs="scanner:read")
def read_scanner(request, db, registration_id):
    return whole(found(db, registration_id))


@routes.add("PUT", ONE, needs="scanner:update", body="registration ScannerRegistrationReq")
def change_scanner(request, db, registration_id, body):
    row = fill(changeable(found(db, registration_id), "update"), body)
    unreserved(body)
    refuse_if(row.is_default and row.disabled, Refused("UNKNOWN"))
    row.update_time = now()
    try:
        db.flush()
    except IntegrityError:
        raise Refused("UNKNOWN") from None


@routes.add("PATCH", ONE, needs="scanner:update", body="payload IsDefault")
def choose_scanner(request, db, registration_id, body):
    if body.get("is_default"):
        row = found(db, registration_id, "registration")
        refuse_if(row.disabled, missing(f"registration {registration_id}"))
        db.execute(update(Scanner).values(is_default=False))
        row.is_default = True


@routes.add("DELETE", ONE, needs="scanner:delete")
def delete_scanner(request, db, registration_id):
    row = changeable(found(db, registration_id), "delete")
    db.delete(row)
    return show(row, None)


@routes.add("GET", f"{ONE}/metadata", needs="scanner:read")
def read_metadata(request, db, registration_id):
    return scanning.ping(found(db, registration_id, "registration"))


@routes.add("GET", "/projects/{name}/scanner", needs="scanner:read")
def read_project_scanner(request, db, project):
    row, chosen = scanning.of_project(db, project), project.meta.get("projectScanner")
    if chosen and (row is None or row.uuid != chosen):
        # It is gone, and so is the choice.
        project.meta = {key: value for key, value in project.meta.items() if key != "projectScanner"}
    if row is None:
        return payload(None)
    told = scanning.metadata(row)
    said = {"adapter": "name", "vendor": "vendor", "version": "version"} if told else {}
    return payload(show(row, told) | {"health": "healthy" if told else "unhealthy"}
                   | {key: told["scanner"][name] for key, name in said.items()})


@routes.add("PUT", "/projects/{name}/scanner", needs="scanner:create", body="payload ProjectScanner")
def choose_project_scanner(request, db, project, body):
    refuse_if(not body["uuid"], Refused("UNKNOWN"))
    project.meta = project.meta | {"projectScanner": body["uuid"]}


@routes.add("GET", "/projects/{name}/scanner/candidates", needs="scanner:create", paged=True)
def list_candidates(request, db, project):
    return list_rows(request, db)
