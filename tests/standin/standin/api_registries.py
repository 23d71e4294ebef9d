# Remote registries: nothing is stored that does not answer well at that moment. Secrets go in and never come out.

from urllib.parse import urlsplit

from cryptography import x509
from sqlalchemy import select

from .api import lean, shown, system, times
from .app import routes
from .remote import HARBOR, TYPES, Remote, Trouble
from .security import seal, unseal
from .store import Policy, Project, Registry, now
from .web import Refused, answer, bad, created, listed, missing

STARS = "*****"
ADAPTERS = ["ali-acr", "aws-ecr", "azure-acr", "docker-hub", "docker-registry", "github-ghcr", "google-gcr", "harbor",
            "huawei-SWR", "jfrog-artifactory", "tencent-tcr", "volcengine-cr"]
TEXT = [{"type": "name", "style": "input", "values": None}, {"type": "tag", "style": "input", "values": None}]
FILTERS = {HARBOR: [*TEXT, {"type": "label", "style": "list", "values": None},
                    {"type": "resource", "style": "radio", "values": ["image", "artifact"]}]}


def show_registry(row: Registry) -> dict:
    credential = {"type": row.credential_type, "access_key": row.access_key}
    credential |= {"access_secret": STARS} if row.access_secret else {}
    return {"id": row.id, "name": row.name, "type": row.type, "url": row.url, "status": row.status, **times(row),
            "credential": credential if row.access_key else {},
            **lean({"description": row.description, "insecure": row.insecure, "ca_certificate": row.ca_certificate})}


def show_local(settings) -> dict:
    return {"id": 0, "name": "Local", "type": HARBOR, "url": settings.core, "status": "healthy", "insecure": True,
            "credential": {"type": "secret", "access_secret": STARS}, "creation_time": shown(None),
            "update_time": shown(None)}


def show_by_id(request, db, number: int) -> dict:
    return show_registry(db.get(Registry, number)) if number else show_local(request.app.settings)


def found_registry(db, number: int) -> Registry:
    row = db.get(Registry, number) if 0 < number < 2 ** 31 else None
    if row is None:
        raise missing(f"registry {number}")
    return row


def remote(settings, row: Registry) -> Remote:
    return Remote(row.type, row.url, row.access_key, unseal(row.access_secret, settings.secret_key),
                  insecure=row.insecure, ca=row.ca_certificate)


# --- checks -----------------------------------------------------------------------------------------------------------

def clean_name(name: str) -> str:
    if not name:
        raise bad("name cannot be empty")
    if len(name) > 64:
        raise bad("the max length of name is 64")
    return name


def clean_url(text: str) -> str:
    text = text.strip()
    if not text:
        raise bad("empty string")
    text = text if "://" in text else f"http://{text}"
    parts = urlsplit(text)
    try:
        port = parts.port
    except ValueError:
        raise bad(f'invalid URL: parse "{text}": invalid port ":{parts.netloc.partition(":")[2]}" after host') from None
    if parts.scheme not in ("http", "https"):
        raise bad(f"invalid HTTP scheme: {parts.scheme}")
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}{parts.path}".rstrip("/")


def clean_ca(text: str) -> str:
    if text:
        try:
            x509.load_pem_x509_certificate(text.encode())
        except ValueError:
            raise bad("invalid CA certificate: no valid certificates found in PEM data") from None
    return text


def check_health(type: str, url: str, key: str, secret: str, insecure: bool, ca: str) -> None:
    if type not in TYPES:
        raise Refused("UNKNOWN")
    try:
        good = Remote(type, url, key, secret, insecure=insecure, ca=ca).healthy()
    except Trouble as error:
        # The words of the other side are not shown, its status is.
        raise Refused("UNKNOWN" if error.status in (0, 500) else "UNAUTHORIZED" if error.status == 401 else "UNKNOWN",
                      status=error.status or 500) from None
    if not good:
        raise bad("the registry is unhealthy")


def merged(settings, row: Registry, body: dict) -> dict:
    """What would be stored: the body's keys over the row's; null keeps."""
    stored = {"type": row.type, "url": row.url, "access_key": row.access_key,
              "access_secret": unseal(row.access_secret, settings.secret_key),
              "insecure": row.insecure, "ca_certificate": row.ca_certificate, "credential_type": row.credential_type}
    return stored | {key: value for key, value in body.items() if key in stored and value is not None}


def keep(settings, row: Registry, wanted: dict) -> None:
    row.url, row.insecure, row.ca_certificate = wanted["url"], wanted["insecure"], wanted["ca_certificate"]
    row.status = "healthy"
    # A secret without a key is thrown away.
    named = bool(wanted["access_key"])
    row.access_key, row.credential_type = wanted["access_key"], (wanted["credential_type"] or "basic") if named else ""
    row.access_secret = seal(wanted["access_secret"], settings.secret_key) if named else ""


def prove(wanted: dict) -> dict:
    wanted["url"], wanted["ca_certificate"] = clean_url(wanted["url"] or ""), clean_ca(wanted["ca_certificate"] or "")
    check_health(wanted["type"], wanted["url"], wanted["access_key"], wanted["access_secret"], wanted["insecure"],
                 wanted["ca_certificate"])
    return wanted


def free_name(db, name: str, but: int = 0) -> None:
    if db.scalar(select(Registry).where(Registry.name == name, Registry.id != but)):
        raise Refused("CONFLICT", f"registry {name} already exists")


# --- doors ------------------------------------------------------------------------------------------------------------

@routes.add("GET", "/registries", paged=True)
def list_registries(request, db):
    system(request, "registry", "list")
    where = [Registry.name.icontains(request.args["name"], autoescape=True)] if request.args.get("name") else []
    return listed(request, db, Registry, show_registry, *where)


@routes.add("POST", "/registries", body="registry Registry")
def create_registry(request, db, body):
    system(request, "registry", "create")
    row = Registry(name=clean_name(body.get("name") or ""), description=body.get("description") or "",
                   type=body.get("type") or "", url="")
    credential = body.get("credential") or {}
    wanted = prove({"type": row.type, "url": body.get("url"), "insecure": bool(body.get("insecure")),
                    "ca_certificate": body.get("ca_certificate"), "access_key": credential.get("access_key") or "",
                    "access_secret": credential.get("access_secret") or "",
                    "credential_type": credential.get("type") or ""})
    free_name(db, row.name)
    keep(request.app.settings, row, wanted)
    db.add(row)
    db.flush()
    return created(request, row.id)


@routes.add("POST", "/registries/ping", body="registry RegistryPing")
def ping(request, db, body):
    system(request, "registry", "read")
    given, number = {key: value for key, value in body.items() if value is not None}, body.get("id")
    if number == 0:
        return answer()
    row = found_registry(db, number) if number is not None else Registry(
        type="", url="", access_key="", access_secret="", insecure=False, ca_certificate="", credential_type="")
    wanted = merged(request.app.settings, row, given)
    if not (wanted["type"] and wanted["url"]):
        raise bad("type or url cannot be empty")
    prove(wanted)
    return answer()


@routes.add("GET", "/registries/{id#}")
def read_registry(request, db, id):
    system(request, "registry", "read")
    return answer(show_registry(found_registry(db, id)) if id else show_local(request.app.settings))


@routes.add("PUT", "/registries/{id#}", body="registry RegistryUpdate")
def change_registry(request, db, id, body):
    system(request, "registry", "update")
    row, name = found_registry(db, id), body.get("name")
    wanted = prove(merged(request.app.settings, row, body))
    if name is not None:
        free_name(db, clean_name(name), row.id)
        row.name = name
    if body.get("description") is not None:
        row.description = body["description"]
    keep(request.app.settings, row, wanted)
    row.update_time = now()
    return answer()


@routes.add("DELETE", "/registries/{id#}")
def delete_registry(request, db, id):
    system(request, "registry", "delete")
    row = found_registry(db, id)
    for model, condition, who in ((Policy, (Policy.src_registry_id == id) | (Policy.dest_registry_id == id),
                                   "replication policies"),
                                  (Project, Project.registry_id == id, "proxy cache projects")):
        if db.scalar(select(model.id).where(condition).limit(1)):
            raise Refused("PRECONDITION", f"the registry {id} is referenced by {who}, cannot delete it")
    db.delete(row)
    return answer()


@routes.add("GET", "/registries/{id#}/info")
def info(request, db, id):
    system(request, "registry", "read")
    kind = found_registry(db, id).type if id else HARBOR
    return answer({"type": kind, "supported_copy_by_chunk": True, "supported_resource_filters": FILTERS.get(kind, TEXT),
                   "supported_triggers": ["manual", "scheduled"] + ([] if id else ["event_based"])})


@routes.add("GET", "/replication/adapters")
def adapters(request, db):
    system(request, "replication-adapter", "list")
    return answer(ADAPTERS)
