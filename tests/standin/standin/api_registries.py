# Remote registries: nothing is stored that does not answer well at that moment. Secrets go in and never come out.

from urllib.parse import urlsplit

from cryptography import x509
from sqlalchemy import select

from .api import lean, system, times
from .app import routes
from .documents import Kind, register
from .remote import HARBOR, TYPES, Remote, Trouble
from .security import seal, unseal
from .store import Policy, Project, Registry
from .web import Refused, bad, refuse_if

STARS = "*****"
ADAPTERS = ["ali-acr", "aws-ecr", "azure-acr", "docker-hub", "docker-registry", "github-ghcr", "google-gcr", "harbor",
            "huawei-SWR", "jfrog-artifactory", "tencent-tcr", "volcengine-cr"]
TEXT = [{"type": "name", "style": "input", "values": None}, {"type": "tag", "style": "input", "values": None}]
FILTERS = {HARBOR: [*TEXT, {"type": "label", "style": "list", "values": None},
                    {"type": "resource", "style": "radio", "values": ["image", "artifact"]}]}


class Registries(Kind):
    def reach(self, request, db, values, action):
        if action == "read" and values["id"] == 0:
            system(request, "registry", "read")
            return registry_of(request, db, 0)
        return super().reach(request, db, values, action)

    def drop(self, request, db, row):
        both = (Policy.src_registry_id == row.id) | (Policy.dest_registry_id == row.id)
        for model, condition, who in ((Policy, both, "replication policies"),
                                      (Project, Project.registry_id == row.id, "proxy cache projects")):
            if db.scalar(select(model.id).where(condition).limit(1)):
                raise Refused("PRECONDITION", f"the registry {row.id} is referenced by {who}, cannot delete it")
        db.delete(row)

    def shown(self, row):
        credential = {"type": row.credential_type, **lean({"access_key": row.access_key}),
                      **({"access_secret": STARS} if row.access_secret else {})}
        return {"id": row.id, "name": row.name, "type": row.type, "url": row.url, "status": row.status, **times(row),
                "credential": credential if row.credential_type else {},
                **lean({"description": row.description, "insecure": row.insecure,
                        "ca_certificate": row.ca_certificate})}


def registry_of(request, db, number: int) -> Registry:
    """Number 0 is this Harbor itself."""
    return db.get(Registry, number) if number else Registry(
        id=0, name="Local", type=HARBOR, url=request.app.settings.core, status="healthy", insecure=True,
        credential_type="secret", access_secret=STARS)


def remote(settings, row: Registry) -> Remote:
    return Remote(row.type, row.url, row.access_key, unseal(row.access_secret, settings.secret_key),
                  insecure=row.insecure, ca=row.ca_certificate)


# --- checks -----------------------------------------------------------------------------------------------------------

def clean_name(name: str) -> str:
    refuse_if(not name, bad("name cannot be empty"))
    refuse_if(len(name) > 64, bad("the max length of name is 64"))
    return name


def clean_url(text: str) -> str:
    text = text.strip()
    refuse_if(not text, bad("empty string"))
    text = text if "://" in text else f"http://{text}"
    parts = urlsplit(text)
    try:
        port = parts.port
    except ValueError:
        raise bad(f'invalid URL: parse "{text}": invalid port ":{parts.netloc.partition(":")[2]}" after host') from None
    refuse_if(parts.scheme not in ("http", "https"), bad(f"invalid HTTP scheme: {parts.scheme}"))
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
    refuse_if(type not in TYPES, Refused("UNKNOWN"))
    try:
        good = Remote(type, url, key, secret, insecure=insecure, ca=ca).healthy()
    except Trouble as error:
        # The words of the other side are not shown, its status is.
        raise Refused("UNKNOWN" if error.status in (0, 500) else "UNAUTHORIZED" if error.status == 401 else "UNKNOWN",
                      status=error.status or 500) from None
    refuse_if(not good, bad("the registry is unhealthy"))


def registry(request, db, kind, body, row):
    """The body's keys over the row's, where null keeps; proven by asking the other side."""
    fresh, settings = row.id is None, request.app.settings
    if fresh:
        clean_name(body.get("name") or "")
        row.type = body.get("type") or ""
        credential = body.get("credential") or {}
        body = body | {"access_key": credential.get("access_key"), "access_secret": credential.get("access_secret"),
                       "credential_type": credential.get("type")}
    wanted = prove(merged(settings, row, body))
    if (name := body.get("name")) is not None:
        clean_name(name)
        if db.scalar(select(Registry).where(Registry.name == name, Registry.id != (row.id or 0))):
            raise Refused("CONFLICT", f"registry {name} already exists")
    kept = {key: wanted[key] for key in ("url", "insecure", "ca_certificate", "access_key")}
    kept |= {key: body[key] for key in ("name", "description") if body.get(key) is not None} | {"status": "healthy"}
    # A secret without a key is thrown away.
    named = bool(wanted["access_key"])
    return kept | {"credential_type": (wanted["credential_type"] or "basic") if named else "",
                   "access_secret": seal(wanted["access_secret"], settings.secret_key) if named else ""}


def merged(settings, row: Registry, body: dict) -> dict:
    stored = {key: getattr(row, key) or "" for key in ("type", "url", "access_key", "ca_certificate",
                                                       "credential_type")}
    stored |= {"insecure": bool(row.insecure), "access_secret": unseal(row.access_secret or "", settings.secret_key)}
    return stored | {key: value for key, value in body.items() if key in stored and key != "type" and value is not None}


def prove(wanted: dict) -> dict:
    wanted["url"], wanted["ca_certificate"] = clean_url(wanted["url"]), clean_ca(wanted["ca_certificate"])
    check_health(wanted["type"], wanted["url"], wanted["access_key"], wanted["access_secret"], wanted["insecure"],
                 wanted["ca_certificate"])
    return wanted


registries = register(Registries("/registries", "id#", "registry Registry, registry RegistryUpdate", "registry",
                                 registry, "registry {} not found", filters=("name",), model=Registry))


@routes.add("POST", "/registries/ping", needs="registry:read", body="registry RegistryPing")
def ping(request, db, body):
    number = body.get("id")
    if number == 0:
        return None
    row = registries.one(db, number) if number is not None else Registry()
    wanted = merged(request.app.settings, row, body) | lean({"type": body.get("type")})
    refuse_if(not (wanted["type"] and wanted["url"]), bad("type or url cannot be empty"))
    prove(wanted)


@routes.add("GET", "/registries/{id#}/info")
def info(request, db, id):
    kind = registries.reach(request, db, {"id": id}, "read").type
    return {"type": kind, "supported_copy_by_chunk": True, "supported_resource_filters": FILTERS.get(kind, TEXT),
            "supported_triggers": ["manual", "scheduled"] + ([] if id else ["event_based"])}


@routes.add("GET", "/replication/adapters", needs="replication-adapter:list")
def adapters(request, db):
    return ADAPTERS
