# Projects with their settings, members and quotas, and the log of what happened in them.

import re
from operator import itemgetter

from sqlalchemy import String, and_, cast, delete, func, or_, select, true

from . import audit, executions
from .api_retention import keep_pulled
from .app import routes
from .documents import Kind, register
from .facts import COUNTED, LOGGED, PROXIED, PROXY_ONLY, ROLES, SAYS, SEVERITIES, TRUTHS, TYPES
from .kinds import groups
from .store import AuditLog, Document, Member, Project, Registry, Repository, Robot, User, chosen, first, setting
from .web import (NAME, Refused, allow, allowlist_of, bad, check_limit, created, cut, lean, listed, missing, need,
                  refuse_if, shown, signed_in, terms_of, times)

PUBLIC = Project.meta["public"].as_string()
KEYS = TYPES["ProjectMetadata"]
METADATA, MEMBERS = "/projects/{name}/metadatas", "/projects/{name}/members"


# --- showing ----------------------------------------------------------------------------------------------------------

def memberships(request, **same):
    """Numbers of the projects in which the caller has a role himself."""
    who = getattr(request.caller.user, "id", 0)
    return select(Member.project_id).filter_by(entity_type="u", entity_id=who, **same)


def visible(request, db, searching: bool = False):
    """Which projects the caller may know of."""
    caller, scopes = request.caller, request.caller.robot.permissions if request.caller.robot else {}
    if caller.admin or "/project/*" in scopes or caller.may("project", "list") and not searching:
        return true()
    numbers = [int(scope.removeprefix("/project/")) for scope in scopes if scope != "/system"]
    return or_(PUBLIC == "true", Project.id.in_(numbers or memberships(request)))


def show_project(request, db, project: Project, brief: bool = False) -> dict:
    role = request.caller.role(db, project.id)
    allowlist = {"creation_time": shown(None), "update_time": shown(None), "items": None}
    if not brief:
        allowlist |= {"id": project.id, "project_id": project.id, "items": []} | lean(project.allowlist)
    found = {"project_id": project.id, "name": project.name, "owner_id": project.owner_id, **times(project),
             "current_user_role_ids": [role] if role else None, "repo_count": repositories(db, project),
             "cve_allowlist": allowlist, **lean({"current_user_role_id": role, "registry_id": project.registry_id})}
    if not brief or request.path_sent.endswith("/search"):
        found["metadata"] = {key: SEVERITIES.get(value.lower(), "unknown") if key == "severity" else value
                             for key, value in project.meta.items() if key in KEYS}
    return found if brief else found | {"owner_name": db.get(User, project.owner_id).username}


def repositories(db, project: Project) -> int:
    return db.scalar(select(func.count(Repository.id)).filter_by(project_id=project.id))


# --- projects ---------------------------------------------------------------------------------------------------------

@routes.add("GET", "/projects", paged=True)
def list_projects(request, db):
    asked, terms = request.args, {key.lower(): value for key, value in terms_of(request).items()}
    where = [visible(request, db), Project.name.icontains(asked.get("name", ""), autoescape=True)]
    for public in filter(None, (terms.get("public"), asked.get("public"))):
        where.append(PUBLIC == ("true" if public.lower() in ("true", "1", "t", "yes", "y", "on", "ok") else "false"))
    if owner := asked.get("owner") or terms.get("owner"):
        where.append(Project.owner_id.in_(select(User.id).filter_by(username=owner)))
    return listed(request, db, Project,
                  lambda row: show_project(request, db, row, asked.get("with_detail") == "false"), *where, sort="name",
                  keys={"project_id": "id", "id": ""}, skip=("public", "Public", "owner", "Owner"))


@routes.add("HEAD", "/projects")
def exists(request, db):
    refuse_if(not request.args.get("project_name"), Refused("UNPROCESSABLE_ENTITY"))
    signed_in(request)
    need(first(db, Project, name=request.args["project_name"]), missing("project"))


@routes.add("POST", "/projects", needs="login", body="project ProjectReq")
def create_project(request, db, body):
    caller, name, meta = request.caller, body.get("project_name") or "", dict(body.get("metadata") or {})
    leads, number, limit = caller.may("project", "create"), body.get("registry_id"), None
    allow(request, not (caller.robot and caller.robot.project_id), "Only system level robot can create project")
    allow(request, leads or setting(db, "project_creation_restriction") == "everyone", SAYS["new project"])
    allow(request, leads or number is None, "Only system admin can create proxy cache project")
    if setting(db, "quota_per_project_enable"):
        limit = leads and body.get("storage_limit") or setting(db, "storage_per_project")
    meta["public"] = meta.get("public") or ("true" if body.get("public") else "false")
    refuse_if(meta["public"] not in ("true", "false"), bad(SAYS["public"].format(meta["public"])))
    refuse_if(meta.pop("retention_id", None), bad(SAYS["retention of a new project"]))
    foreign = PROXY_ONLY if number is None else ["enable_content_trust"]
    meta = {key: value for key, value in meta.items() if key not in foreign}
    if number is not None:
        check_proxy(db, number, meta)
    check_limit(-1 if limit is None else limit, "bad request: ")
    refuse_if(not 1 <= len(name) <= 255, bad(SAYS["project name"].format(name)))
    refuse_if(not re.fullmatch(NAME, name), bad("project name is not in lower case or contains illegal characters"))
    refuse_if(first(db, Project, name=name), Refused("CONFLICT", f"The project named {name} already exists"))
    # What nobody with a name has made belongs to the first administrator.
    owner = caller.user.id if caller.user else db.scalar(select(func.min(User.id)).where(User.sysadmin_flag))
    project = Project(name=name, owner_id=owner, meta=meta, registry_id=number, storage=limit)
    db.add(project)
    db.flush()
    db.add(Member(project_id=project.id, entity_id=owner, role=1))
    if number:
        keep_pulled(db, project)
    audit.note(request, "create", "project", name, project_id=project.id)
    return created(request, name if request.headers.get("X-Resource-Name-In-Location") == "true" else project.id)


def check_proxy(db, number: int, meta: dict) -> None:
    refuse_if(number <= 0, bad(f"bad request: {number} is invalid value of registry_id, it should be geater than 0"))
    registry = need(db.get(Registry, number), Refused("UNKNOWN"))
    refuse_if(registry.type not in PROXIED, bad(f"bad request: unsupported registry type {registry.type}"))
    for key in PROXY_ONLY:
        given = "0" if meta.get(key) is None else meta[key]
        refuse_if(not re.fullmatch(r"[+-]?\d{1,10}", given), bad(SAYS[key].format(given)))


@routes.add("GET", "/projects/{name}", needs="project:read")
def read_project(request, db, project):
    return show_project(request, db, project)


@routes.add("PUT", "/projects/{name}", needs="project:update", body="project ProjectReq")
def change_project(request, db, project, body):
    meta, allowlist, kept = body.get("metadata") or {}, body.get("cve_allowlist"), project.meta.get("retention_id", "")
    refuse_if(meta.get("retention_id", kept) != kept, bad(SAYS["retention"]))
    if allowlist is not None:
        other = allowlist.get("project_id") or project.id
        refuse_if(other != project.id, bad(f"project_id in cve_allowlist must be {project.id} but it's {other}"))
        project.allowlist = allowlist_of(allowlist)
    # What is not named stays; nothing but the shape is checked.
    project.meta = project.meta | {key: value for key, value in meta.items() if value is not None
                                   and (key not in PROXY_ONLY or project.registry_id) and (key != "public" or value)}


@routes.add("DELETE", "/projects/{name}", needs="project:delete")
def delete_project(request, db, project):
    refuse_if(repositories(db, project), Refused("PRECONDITION", f"precondition failed: {SAYS['repositories']}"))
    executions.forget_all(db, project.id)
    for model in (Member, Robot, Document):
        db.execute(delete(model).filter_by(project_id=project.id))
    db.delete(project)
    audit.note(request, "delete", "project", project.name, project_id=project.id)


@routes.add("GET", "/projects/{name}/_deletable", needs="project:delete")
def deletable(request, db, project):
    return {"message": SAYS["repositories"]} if repositories(db, project) else {"deletable": True}


@routes.add("GET", "/projects/{name}/summary", needs="project:read")
def summary(request, db, project):
    may, found = request.caller.may_in, {"repo_count": repositories(db, project)}
    if setting(db, "quota_per_project_enable") and project.storage is not None and may(db, project, "quota", "read"):
        found["quota"] = {"hard": {"storage": project.storage}, "used": {"storage": project.used}}
    if may(db, project, "member", "list"):
        counts = select(Member.role, func.count()).filter_by(project_id=project.id).group_by(Member.role)
        found |= {f"{COUNTED[role]}_count": number for role, number in db.execute(counts) if role in COUNTED}
    return found


# --- single settings of a project -------------------------------------------------------------------------------------

def normal(key: str, value: str) -> str:
    """The value as it is kept."""
    refuse_if(key not in KEYS or key == "retention_id", bad(f"invalid key: {key}"))
    found = SEVERITIES.get(value.lower()) if key == "severity" else TRUTHS.get(value)
    if key in PROXY_ONLY:
        found = value if re.fullmatch(r"[+-]?\d+", value) and -2 ** 31 <= int(value) < 2 ** 31 else None
    return need(found, bad(f"invalid value: {value}"))


@routes.add("GET", METADATA, needs="metadata:list")
@routes.add("GET", f"{METADATA}/{{key}}", needs="metadata:read")
def read_metadata(request, db, project, key=None):
    return {name: value for name, value in project.meta.items() if key in (None, name)}


@routes.add("POST", METADATA, needs="metadata:create", body="metadata map string")
def add_metadata(request, db, project, body):
    refuse_if(len(body) != 1, bad("only allow one key/value pair"))
    [(key, value)] = body.items()
    value = normal(key, value or "")
    refuse_if(key in project.meta, Refused("CONFLICT", f"metadata {key} already exists for project {project.id}"))
    project.meta = project.meta | {key: value}


@routes.add("PUT", f"{METADATA}/{{key}}", needs="metadata:update", body="metadata~ map string")
def change_metadata(request, db, project, key, body):
    value = normal(key, (body or {}).get(key, ""))
    project.meta = project.meta | ({key: value} if key in project.meta else {})


@routes.add("DELETE", f"{METADATA}/{{key}}", needs="metadata:delete")
def delete_metadata(request, db, project, key):
    project.meta = {other: value for other, value in project.meta.items() if other != key}


# --- members: users and groups, each with a role ----------------------------------------------------------------------

def show_member(db, row: Member) -> dict:
    name = db.get(User, row.entity_id).username if row.entity_type == "u" else db.get(Document, row.entity_id).name
    return {key: getattr(row, key) for key in ("id", "project_id", "entity_id", "entity_type")} | {
        "role_id": row.role, "role_name": ROLES[row.role], "entity_name": name}


@routes.add("GET", MEMBERS, needs="member:list", paged=True)
def list_members(request, db, project):
    known, wanted = list(db.scalars(chosen(Member, project_id=project.id))), request.args.get("entityname")
    # A role that nobody knows hides the row, but it counts; so does what the filter leaves out.
    rows = sorted((show_member(db, row) for row in known if row.role in ROLES), key=itemgetter("entity_name"))
    return cut(request, [row for row in rows if wanted in (None, "", row["entity_name"])], len(known))


@routes.add("POST", MEMBERS, needs="member:create", body="projectMember ProjectMember")
def create_member(request, db, project, body):
    kind, number = entity(db, body.get("member_user") or {}, body.get("member_group") or {})
    place = {"project_id": project.id, "entity_id": number, "entity_type": kind}
    refuse_if(first(db, Member, **place), Refused("CONFLICT", "The project member specified already exist"))
    refuse_if(body.get("role_id") not in ROLES, bad("Failed to update project member, role is not in 1,2,3"))
    member = Member(**place, role=body["role_id"])
    db.add(member)
    db.flush()
    return created(request, member.id)


def entity(db, user: dict, group: dict) -> tuple[str, int]:
    """Who it is, by the first of five ways to say it."""
    if number := user.get("user_id"):
        return "u", need(first(db, User, id=number, deleted=False), bad(SAYS["member user"].format(number))).id
    if number := group.get("id"):
        return "g", need(first(db, Document, id=number, kind=groups.name), bad(f"Group {number} not found")).id
    if name := user.get("username"):
        return "u", need(first(db, User, username=name, deleted=False), missing(f"user {name} is")).id
    name = group.get("ldap_group_dn") or group.get("group_name")
    refuse_if(not name, Refused("UNKNOWN"))
    kind = Document.body["group_type"].as_integer() == (group.get("group_type") or 0)
    found = None if group.get("ldap_group_dn") else first(db, Document, kind, kind=groups.name, name=name)
    return "g", need(found, missing(name, " not found: not supported")).id


@routes.add("GET", f"{MEMBERS}/{{mid#}}", needs="member:read")
def read_member(request, db, project, mid):
    refuse_if(mid == 0, bad("the member id can not be empty!"))
    found = first(db, Member, Member.role.in_(ROLES), id=mid, project_id=project.id)
    return show_member(db, need(found, missing(SAYS["member"].format(project.id, mid), "")))


@routes.add("PUT", f"{MEMBERS}/{{mid#}}", needs="member:update", body="role~ RoleRequest")
def change_member(request, db, project, mid, body):
    refuse_if(body is None, bad("role can not be empty"))
    if found := first(db, Member, id=mid, project_id=project.id):
        found.role = body.get("role_id") or 0


@routes.add("DELETE", f"{MEMBERS}/{{mid#}}", needs="member:delete")
def delete_member(request, db, project, mid):
    db.execute(delete(Member).filter_by(id=mid, project_id=project.id))


# --- quotas: one for each project, under its number -------------------------------------------------------------------

class Quotas(Kind):
    def rows(self, project_id: int = 0):
        return select(Project).where(Project.storage.is_not(None))

    def where(self, request, db, values):
        number = request.args.get("reference_id")
        return and_(super().where(request, db, values), request.args.get("reference", "project") == "project",
                    not number or cast(Project.id, String) == number)

    def view(self, request, db, row):
        owner = db.get(User, row.owner_id)
        name = owner.username if owner.id != 1 and not owner.deleted else ""
        # By number its time of change is not read.
        unread = {} if request.route_path.strip("/") == "quotas" else {"update_time": shown(None)}
        return {"id": row.id, **times(row), **unread, "ref": {"id": row.id, "name": row.name, "owner_name": name},
                "hard": {"storage": row.storage}, "used": {"storage": row.used}}


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


# --- what happened, in projects and anywhere --------------------------------------------------------------------------

def show_event(row: AuditLog) -> dict:
    return {key: getattr(row, key) for key in ("id", "operation", "username", "resource_type")} | {
        "op_time": shown(row.creation_time), "operation_description": row.description,
        "operation_result": row.successful, **lean({"resource": row.resource})}


@routes.add("GET", "/audit-logs", paged=True)
@routes.add("GET", "/auditlog-exts", paged=True)
@routes.add("GET", "/projects/{name}/logs", needs="log:list", paged=True)
@routes.add("GET", "/projects/{name}/auditlog-exts", needs="log:list", paged=True)
def list_rows(request, db, project=None):
    """Of the project, or everything, or what happened in the projects that one leads."""
    refuse_if(not request.caller.kind, Refused("UNAUTHORIZED"))
    where = AuditLog.project_id == project.id if project else true()
    if not (project or request.caller.may("audit-log", "list")):
        where = AuditLog.project_id.in_(memberships(request, role=1))
    # Nothing ever gets into the older log.
    older = request.route_path.rstrip("/").endswith("logs")
    return listed(request, db, AuditLog, show_event, and_(where, not older), sort="-op_time", keys=LOGGED)
