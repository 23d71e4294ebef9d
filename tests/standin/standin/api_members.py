# Members of projects: users and groups, each with a role.

from sqlalchemy import delete, select

from .api import project_of
from .app import routes
from .kinds import groups
from .rights import ROLES
from .store import Document, Member, User, setting
from .web import Refused, bad, created, cut, missing, refuse_if

PLACE, ONE = "/projects/{name}/members", "/projects/{name}/members/{mid#}"


def show_member(db, member: Member) -> dict:
    entity = db.get(User if member.entity_type == "u" else Document, member.entity_id)
    return {"id": member.id, "project_id": member.project_id, "entity_id": member.entity_id,
            "entity_type": member.entity_type, "role_id": member.role, "role_name": ROLES[member.role],
            "entity_name": entity.username if member.entity_type == "u" else entity.name}


@routes.add("GET", PLACE, paged=True)
def list_members(request, db, name):
    project, wanted = project_of(request, db, name, "member", "list"), request.args.get("entityname")
    known = list(db.scalars(select(Member).where(Member.project_id == project.id)))
    # A role that nobody knows hides the row, but it counts; so does what the filter leaves out.
    rows = [show_member(db, row) for row in known if row.role in ROLES]
    rows = sorted((row for row in rows if wanted in (None, "", row["entity_name"])), key=lambda row: row["entity_name"])
    return cut(request, rows, len(known))


@routes.add("POST", PLACE, needs="member:create", body="projectMember ProjectMember")
def create_member(request, db, project, body):
    kind, number = entity(db, body.get("member_user") or {}, body.get("member_group") or {})
    if db.scalar(select(Member).where(Member.project_id == project.id, Member.entity_id == number,
                                      Member.entity_type == kind)):
        raise Refused("CONFLICT", "The project member specified already exist")
    refuse_if(body.get("role_id") not in ROLES, bad("Failed to update project member, role is not in 1,2,3"))
    member = Member(project_id=project.id, entity_id=number, entity_type=kind, role=body["role_id"])
    db.add(member)
    db.flush()
    return created(request, member.id)


def entity(db, user: dict, group: dict) -> tuple[str, int]:
    """Who it is, by the first of five ways to say it."""
    people = select(User.id).where(~User.deleted)
    if number := user.get("user_id"):
        if not db.scalar(people.where(User.id == number)):
            raise bad(f"Failed to get user {number}: user {number} not found")
        return "u", number
    if number := group.get("id"):
        refuse_if(not db.scalar(groups.rows().where(Document.id == number)), bad(f"Group {number} not found"))
        return "g", number
    mode = setting(db, "auth_mode")
    if name := user.get("username"):
        if number := db.scalar(people.where(User.username == name)):
            return "u", number
        # Whom nobody here knows may be known where people come from.
        raise Refused("UNKNOWN") if mode in ("ldap_auth", "uaa_auth") else Refused(
            "NOT_FOUND", f"{name} not found: not supported") if mode == "oidc_auth" else missing(f"user {name} is")
    name = group.get("ldap_group_dn") or group.get("group_name")
    refuse_if(not name, Refused("UNKNOWN"))
    same = groups.rows().where(Document.name == name, Document.body["group_type"].as_integer()
                               == (group.get("group_type") or 0))
    found = None if group.get("ldap_group_dn") else db.scalar(same)
    if found is None and mode == "oidc_auth":
        found = Document(kind=groups.name, name=name, body={"group_type": 3})
        db.add(found)
        db.flush()
    if found is None:
        raise Refused("UNKNOWN") if mode in ("ldap_auth", "http_auth") else Refused(
            "NOT_FOUND", f"{name} not found: not supported")
    return "g", found.id


@routes.add("GET", ONE, needs="member:read")
def read_member(request, db, project, mid):
    refuse_if(mid == 0, bad("the member id can not be empty!"))
    found = db.get(Member, mid)
    if found is None or found.project_id != project.id or found.role not in ROLES:
        raise missing(f"the project member is not found, project id {project.id}, member id {mid}", "")
    return show_member(db, found)


@routes.add("PUT", ONE, body="role~ RoleRequest")
def change_member(request, db, name, mid, body):
    project, found = project_of(request, db, name, "member", "update"), db.get(Member, mid)
    refuse_if(body is None, bad("role can not be empty"))
    if found is not None and found.project_id == project.id:
        found.role = body.get("role_id") or 0


@routes.add("DELETE", ONE, needs="member:delete")
def delete_member(request, db, project, mid):
    db.execute(delete(Member).where(Member.id == mid, Member.project_id == project.id))
