# Projects with their settings and quotas.

import re

from sqlalchemy import String, cast, delete, false, func, or_, select, true

from . import audit, executions
from .api import NAME, allow, allowlist_of, check_limit, lean, project_of, shown, signed_in, times
from .api_retention import keep_pulled
from .app import routes
from .documents import Kind, register
from .facts import TYPES
from .rights import ROLES
from .store import Document, Member, Project, Registry, Repository, Robot, User, setting
from .web import Refused, bad, created, listed, missing, refuse_if, terms_of

PROXIED = {"docker-hub", "harbor", "azure-acr", "ali-acr", "aws-ecr", "google-gcr", "docker-registry", "github-ghcr",
           "jfrog-artifactory"}
KEYS = set(TYPES["ProjectMetadata"])
BOOLEANS = KEYS - {"severity", "retention_id", "proxy_speed_kb", "max_upstream_conn"}
SEVERITIES = {"none": "none", "negligible": "none", "low": "low", "medium": "medium", "high": "high",
              "critical": "critical"}
BOOLEAN = {**dict.fromkeys(("1", "t", "T", "true", "True", "TRUE"), "true"),
           **dict.fromkeys(("0", "f", "F", "false", "False", "FALSE"), "false")}
PROXY_ONLY = {"proxy_speed_kb", "max_upstream_conn"}


# --- showing ----------------------------------------------------------------------------------------------------------

def visible(request, db, searching: bool = False):
    """Which projects the caller may know of."""
    caller = request.caller
    if caller.admin or caller.may("project", "list") and not searching:
        return Project.id > 0
    public = Project.meta["public"].as_string() == "true"
    if caller.robot:
        if "/project/*" in caller.robot.permissions:
            return true()
        numbers = [int(scope.rsplit("/", 1)[1]) for scope in caller.robot.permissions if scope != "/system"]
        return or_(public, Project.id.in_(numbers))
    number = caller.user.id if caller.user else 0
    return or_(public, Project.id.in_(select(Member.project_id).where(Member.entity_type == "u",
                                                                      Member.entity_id == number)))


def show_project(request, db, project: Project, brief: bool = False) -> dict:
    role = request.caller.role(db, project.id)
    nothing = {"creation_time": shown(None), "update_time": shown(None)}
    allowlist = nothing | {"items": None}
    if not brief:
        allowlist |= {"id": project.id, "project_id": project.id, "items": project.allowlist.get("items", [])}
        allowlist |= lean({"expires_at": project.allowlist.get("expires_at")})
    found = {"project_id": project.id, "name": project.name, "owner_id": project.owner_id,
             "current_user_role_ids": [role] if role else None,
             "repo_count": repositories(db, project), "cve_allowlist": allowlist, **times(project)}
    found |= lean({"current_user_role_id": role, "registry_id": project.registry_id})
    if not brief or request.path_sent.endswith("/search"):
        meta = {key: value for key, value in project.meta.items() if key in KEYS}
        if "severity" in meta:
            meta["severity"] = SEVERITIES.get(meta["severity"].lower(), "unknown")
        found["metadata"] = meta
    return found if brief else found | {"owner_name": db.get(User, project.owner_id).username}


def repositories(db, project: Project) -> int:
    return db.scalar(select(func.count()).select_from(Repository).where(Repository.project_id == project.id))


# --- projects ---------------------------------------------------------------------------------------------------------

@routes.add("GET", "/projects", paged=True)
def list_projects(request, db):
    where, brief = [visible(request, db)], request.args.get("with_detail") == "false"
    if name := request.args.get("name"):
        where.append(Project.name.icontains(name, autoescape=True))
    terms = {key.lower(): value for key, value in terms_of(request).items()}
    for public in (terms.get("public"), request.args.get("public")):
        if public:
            word = "true" if public.lower() in ("true", "1", "t", "yes", "y", "on", "ok") else "false"
            where.append(Project.meta["public"].as_string() == word)
    if owner := request.args.get("owner") or terms.get("owner"):
        where.append(Project.owner_id.in_(select(User.id).where(User.username == owner)))
    return listed(request, db, Project, lambda row: show_project(request, db, row, brief), *where, sort="name",
                  keys={"project_id": "id", "id": ""}, skip=("public", "Public", "owner", "Owner"))


@routes.add("HEAD", "/projects")
def exists(request, db):
    refuse_if(not request.args.get("project_name"), Refused("UNPROCESSABLE_ENTITY"))
    signed_in(request)
    refuse_if(not db.scalar(select(Project).where(Project.name == request.args["project_name"])), missing("project"))


@routes.add("POST", "/projects", needs="login", body="project ProjectReq")
def create_project(request, db, body):
    caller, name, meta = request.caller, body.get("project_name") or "", dict(body.get("metadata") or {})
    leads = caller.may("project", "create")
    if caller.robot and caller.robot.project_id:
        allow(request, False, "Only system level robot can create project")
    allow(request, leads or setting(db, "project_creation_restriction") == "everyone",
          "Only system admin can create project")
    allow(request, leads or body.get("registry_id") is None, "Only system admin can create proxy cache project")
    limit = (body.get("storage_limit") if leads else 0) or setting(db, "storage_per_project")
    limit = limit if setting(db, "quota_per_project_enable") else None
    meta["public"] = meta.get("public") or ("true" if body.get("public") else "false")
    if meta["public"] not in ("true", "false"):
        raise bad(f"metadata.public should only be 'true' or 'false', but got: '{meta['public']}'")
    if meta.pop("retention_id", None):
        raise bad("bad request: the retention_id in the request's payload when creating a project should be omitted, "
                  "alternatively passing an empty string")
    for key in ("enable_content_trust",) if body.get("registry_id") is not None else PROXY_ONLY:
        meta.pop(key, None)
    if body.get("registry_id") is not None:
        check_proxy(db, body["registry_id"], meta)
    check_limit(-1 if limit is None else limit, "bad request: ")
    if not 1 <= len(name) <= 255:
        raise bad(f"Project name {name} is illegal in length. (greater than 255 or less than 1)")
    refuse_if(not re.fullmatch(NAME, name), bad("project name is not in lower case or contains illegal characters"))
    if db.scalar(select(Project).where(Project.name == name)):
        raise Refused("CONFLICT", f"The project named {name} already exists")
    # What nobody with a name has made belongs to the first administrator.
    owner = caller.user.id if caller.user else db.scalar(select(func.min(User.id)).where(User.sysadmin_flag))
    project = Project(name=name, owner_id=owner, meta=meta, registry_id=body.get("registry_id"), storage=limit)
    db.add(project)
    db.flush()
    db.add(Member(project_id=project.id, entity_id=owner, role=1))
    if project.registry_id:
        keep_pulled(db, project)
    audit.note(request, "create", "project", name, project_id=project.id)
    return created(request, name if request.headers.get("X-Resource-Name-In-Location") == "true" else project.id)


def check_proxy(db, number: int, meta: dict) -> None:
    refuse_if(number <= 0, bad(f"bad request: {number} is invalid value of registry_id, it should be geater than 0"))
    registry = db.get(Registry, number)
    refuse_if(registry is None, Refused("UNKNOWN"))
    refuse_if(registry.type not in PROXIED, bad(f"bad request: unsupported registry type {registry.type}"))
    for key, words in (("proxy_speed_kb", "by an int32, but got:"), ("max_upstream_conn", "be an int, but got")):
        if meta.get(key) is not None and not re.fullmatch(r"[+-]?\d{1,10}", meta[key]):
            error = f'strconv.ParseInt: parsing "{meta[key]}": invalid syntax'
            raise bad(f"metadata.{key} should {words} '{meta[key]}', err: {error}")


@routes.add("GET", "/projects/{name}")
def read_project(request, db, name):
    return show_project(request, db, project_of(request, db, name, "project", "read"))


@routes.add("PUT", "/projects/{name}", needs="project:update", body="project ProjectReq")
def change_project(request, db, project, body):
    meta, allowlist = body.get("metadata") or {}, body.get("cve_allowlist")
    if meta.get("retention_id", project.meta.get("retention_id", "")) != project.meta.get("retention_id", ""):
        raise bad("the retention_id in the request's payload when updating a project should be omitted, alternatively "
                  "passing the one that has already been associated to this project")
    if allowlist is not None:
        other = allowlist.get("project_id") or project.id
        refuse_if(other != project.id, bad(f"project_id in cve_allowlist must be {project.id} but it's {other}"))
        project.allowlist = allowlist_of(allowlist)
    # What is not named stays; nothing but the shape is checked.
    project.meta = project.meta | {key: value for key, value in meta.items() if value is not None
                                   and (key not in PROXY_ONLY or project.registry_id) and (key != "public" or value)}


@routes.add("DELETE", "/projects/{name}", needs="project:delete")
def delete_project(request, db, project):
    if repositories(db, project):
        raise Refused("PRECONDITION", "precondition failed: the project contains repositories, can not be deleted")
    executions.forget_all(db, project.id)
    for model in (Member, Robot, Document):
        db.execute(delete(model).where(model.project_id == project.id))
    db.delete(project)
    audit.note(request, "delete", "project", project.name, project_id=project.id)


@routes.add("GET", "/projects/{name}/_deletable", needs="project:delete")
def deletable(request, db, project):
    if repositories(db, project):
        return {"message": "the project contains repositories, can not be deleted"}
    return {"deletable": True}


@routes.add("GET", "/projects/{name}/summary", needs="project:read")
def summary(request, db, project):
    mine = select(Member.role, func.count()).where(Member.project_id == project.id)
    rows = db.execute(mine.group_by(Member.role)).all()
    words = {1: "project_admin", 2: "developer", 3: "guest", 4: "maintainer", 5: "limited_guest"}
    counts = {f"{words[role]}_count": number for role, number in rows if role in ROLES}
    may, found = request.caller.may_in, {"repo_count": repositories(db, project)}
    if setting(db, "quota_per_project_enable") and project.storage is not None and may(db, project, "quota", "read"):
        found["quota"] = {"hard": {"storage": project.storage}, "used": {"storage": project.used}}
    return found | (counts if may(db, project, "member", "list") else {})


# --- single settings of a project -------------------------------------------------------------------------------------

def normal(key: str, value: str) -> str:
    refuse_if(key not in KEYS - {"retention_id"}, bad(f"invalid key: {key}"))
    known = BOOLEAN if key in BOOLEANS else {value: SEVERITIES.get(value.lower()) if key == "severity" else value}
    number = re.fullmatch(r"[+-]?\d+", value) and -2 ** 31 <= int(value) < 2 ** 31
    refuse_if(not known.get(value) or key in PROXY_ONLY and not number, bad(f"invalid value: {value}"))
    return known[value]


def single(body: dict) -> tuple[str, str]:
    refuse_if(len(body) != 1, bad("only allow one key/value pair"))
    key, value = next(iter(body.items()))
    return key, normal(key, value or "")


@routes.add("GET", "/projects/{name}/metadatas")
def list_metadata(request, db, name):
    return project_of(request, db, name, "metadata", "list").meta


@routes.add("POST", "/projects/{name}/metadatas", body="metadata map string")
def add_metadata(request, db, name, body):
    project, (key, value) = project_of(request, db, name, "metadata", "create"), single(body)
    refuse_if(key in project.meta, Refused("CONFLICT", f"metadata {key} already exists for project {project.id}"))
    project.meta = project.meta | {key: value}


@routes.add("GET", "/projects/{name}/metadatas/{key}", needs="metadata:read")
def read_metadata(request, db, project, key):
    return {key: project.meta[key]} if key in project.meta else {}


@routes.add("PUT", "/projects/{name}/metadatas/{key}", needs="metadata:update", body="metadata~ map string")
def change_metadata(request, db, project, key, body):
    value = normal(key, (body or {}).get(key, ""))
    if key in project.meta:
        project.meta = project.meta | {key: value}


@routes.add("DELETE", "/projects/{name}/metadatas/{key}", needs="metadata:delete")
def delete_metadata(request, db, project, key):
    project.meta = {other: value for other, value in project.meta.items() if other != key}


# --- quotas: one for each project, under its number -------------------------------------------------------------------

class Quotas(Kind):
    def rows(self, project_id: int = 0):
        return select(Project).where(Project.storage.is_not(None))

    def where(self, request, db, values):
        where = super().where(request, db, values)
        if request.args.get("reference", "project") != "project":
            return false()
        number = request.args.get("reference_id")
        return where & (cast(Project.id, String) == number) if number else where

    def view(self, request, db, row):
        owner = db.get(User, row.owner_id)
        shown = owner.id != 1 and not owner.deleted
        ref = {"id": row.id, "name": row.name, "owner_name": owner.username if shown else ""}
        return {"id": row.id, **times(row), "ref": ref, "hard": {"storage": row.storage}, "used": {"storage": row.used}}

    def reach(self, request, db, values, action):
        row = super().reach(request, db, values, action)
        if action == "read":
            # By number its time of change is not read.
            db.expunge(row)
            row.update_time = None
        return row


def quota(request, db, kind, body, row):
    hard = body.get("hard") or {}
    refuse_if(not hard, bad("hard required in body"))
    if other := set(hard) - {"storage"}:
        raise bad(f"resource {other.pop()} not support")
    check_limit(hard["storage"])
    # The time is the project's, which this does not change.
    return {"storage": hard["storage"], "update_time": row.update_time}


quotas = register(Quotas("/quotas", "id#", "hard QuotaUpdateReq", "quota", quota, "quota {} not found", model=Project,
                         verbs=("list", "read", "update"), sort="-creation_time", paged="sorted",
                         keys={"hard.storage": "storage", "used.storage": "used", "id": ""}))
