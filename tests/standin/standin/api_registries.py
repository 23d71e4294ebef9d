# Remote registries: nothing is stored that does not answer well at that moment. Secrets go in and never come out.

from urllib.parse import urlsplit

from cryptography import x509

from .app import routes
from .documents import Kind, register
from .facts import REGISTRIES
from .remote import CLIENT, HARBOR, Remote, Trouble
from .security import seal, unseal
from .store import Policy, Project, Registry, first
from .web import Refused, bad, lean, refuse_if, system, times

STARS = "*****"
# What of a registry can be set.
SET = (*CLIENT, "name", "description", "credential_type")


class Registries(Kind):
    def reach(self, request, db, values, action):
        if action == "read" and values["id"] == 0:
            system(request, "registry", "read")
            return registry_of(request, db, 0)
        return super().reach(request, db, values, action)

    def drop(self, request, db, row):
        both = (Policy.src_registry_id == row.id) | (Policy.dest_registry_id == row.id)
        for who, found in (("replication policies", first(db, Policy, both)),
                           ("proxy cache projects", first(db, Project, registry_id=row.id))):
            refuse_if(found, Refused("PRECONDITION",
                                     f"the registry {row.id} is referenced by {who}, cannot delete it"))
        db.delete(row)

    def shown(self, row):
        secret = {"access_secret": STARS} if row.access_secret else {}
        credential = {"type": row.credential_type, **lean({"access_key": row.access_key}), **secret}
        return {"id": row.id, "name": row.name, "type": row.type, "url": row.url, "status": row.status, **times(row),
                "credential": credential if row.credential_type else {},
                **lean({key: getattr(row, key) for key in ("description", "insecure", "ca_certificate")})}


def registry_of(request, db, number: int) -> Registry:
    """Number 0 is this Harbor itself."""
    return db.get(Registry, number) if number else Registry(
        id=0, name="Local", type=HARBOR, url=request.app.settings.core, status="healthy", insecure=True,
        credential_type="secret", access_secret=STARS)


# --- checks -----------------------------------------------------------------------------------------------------------

def clean_url(text: str) -> str:
    text = text.strip()
    refuse_if(not text, bad("empty string"))
    text = text if "://" in text else f"http://{text}"
    parts = urlsplit(text)
    host = parts.netloc.rpartition("@")[2]
    port = host.rpartition("]")[2].partition(":")[2]
    refuse_if(port and not port.isdigit(), bad(f'invalid URL: parse "{text}": invalid port ":{port}" after host'))
    refuse_if(parts.scheme not in ("http", "https"), bad(f"invalid HTTP scheme: {parts.scheme}"))
    return f"{parts.scheme}://{host}{parts.path}".rstrip("/")


def merged(request, row: Registry, body: dict) -> dict:
    """The body's keys over the row's, where null keeps."""
    held = {key: getattr(row, key) or "" for key in SET} | {"insecure": bool(row.insecure)}
    held["access_secret"] = unseal(held["access_secret"], request.app.settings.secret_key)
    return held | {key: body[key] for key in SET if body.get(key) is not None}


def prove(wanted: dict) -> None:
    """By asking the other side."""
    wanted["url"] = clean_url(wanted["url"])
    try:
        if wanted["ca_certificate"]:
            x509.load_pem_x509_certificate(wanted["ca_certificate"].encode())
    except ValueError:
        raise bad("invalid CA certificate: no valid certificates found in PEM data") from None
    refuse_if(wanted["type"] not in REGISTRIES["adapters"] + REGISTRIES["unnamed"], Refused("UNKNOWN"))
    remote = Remote(**{key: wanted[key] for key in CLIENT})
    try:
        remote.check()
    except Trouble as error:
        # The words of the other side are not shown, its status is.
        status = getattr(error.response, "status_code", 500)
        raise Refused("UNAUTHORIZED" if status == 401 else "UNKNOWN", status=status) from None
    try:
        remote.ask("GET", "/v2/", (200,) if remote.own else (200, 401))
    except Trouble:
        raise bad("the registry is unhealthy") from None


def registry(request, db, kind, body, row):
    if row.id is None:
        credential = body.get("credential") or {}
        body = body | credential | {"credential_type": credential.get("type"), "type": body.get("type")}
    wanted = merged(request, row, body)
    refuse_if(not wanted["name"], bad("name cannot be empty"))
    refuse_if(len(wanted["name"]) > 64, bad("the max length of name is 64"))
    prove(wanted)
    refuse_if(first(db, Registry, Registry.id != (row.id or 0), name=wanted["name"]),
              Refused("CONFLICT", f"registry {wanted['name']} already exists"))
    # A secret without a key is thrown away.
    secret, sort = wanted["access_secret"], wanted["credential_type"] or "basic"
    return wanted | ({"credential_type": sort, "access_secret": seal(secret, request.app.settings.secret_key)}
                     if wanted["access_key"] else {"credential_type": "", "access_secret": ""})


registries = register(Registries("/registries", "id#", "registry Registry, registry RegistryUpdate", "registry",
                                 registry, "registry {} not found", filters=("name",), model=Registry))


@routes.add("POST", "/registries/ping", needs="registry:read", body="registry RegistryPing")
def ping(request, db, body):
    number = body.get("id")
    if number != 0:
        row = Registry() if number is None else registries.one(db, number)
        wanted = merged(request, row, body | {"type": body.get("type") or None})
        refuse_if(not (wanted["type"] and wanted["url"]), bad("type or url cannot be empty"))
        prove(wanted)


@routes.add("GET", "/registries/{id#}/info")
def info(request, db, id):
    kind = registries.reach(request, db, {"id": id}, "read").type
    return {"type": kind, "supported_copy_by_chunk": True,
            "supported_resource_filters": REGISTRIES["filters"][:4 if kind == HARBOR else 2],
            "supported_triggers": ["manual", "scheduled"] + ([] if id else ["event_based"])}
