# Members of projects.

from sqlalchemy import delete, select

from .api import project_of
from .app import routes
from .security import ROLES
from .store import Member, User
from .web import Refused, answer, bad, created, listed, missing


def show_member(db, member: Member) -> dict:
    return {"id": member.id, "project_id": member.project_id, "entity_id": member.entity_id,
            "entity_type": member.entity_type,
            "entity_name": db.get(User, member.entity_id).username, "role_id": member.role,
            "role_name": ROLES[member.role]}


@routes.add("GET", "/projects/{name}/members", paged=True)
def list_members(request, db, name):
    project = project_of(request, db, name, "member", "list")
    return listed(request, db, Member, lambda row: show_member(db, row), Member.project_id == project.id,
                  Member.role.in_(ROLES))


@routes.add("POST", "/projects/{name}/members", body="projectMember ProjectMember")
def create_member(request, db, name, body):
    project, wanted = project_of(request, db, name, "member", "create"), body.get("member_user") or {}
    if body.get("role_id") not in ROLES:
        raise bad("Failed to update project member, role is not in 1,2,3")
    if not wanted:
        raise Refused("UNKNOWN")
    by_id = wanted.get("user_id")
    user = db.get(User, by_id) if by_id else db.scalar(select(User).where(User.username == wanted.get("username")))
    if user is None or user.deleted:
        raise bad("Failed to update project member") if by_id else missing(f"user {wanted.get('username')}")
    if db.scalar(select(Member).where(Member.project_id == project.id, Member.entity_id == user.id,
                                      Member.entity_type == "u")):
        raise Refused("CONFLICT", "The project member specified already exist")
    member = Member(project_id=project.id, entity_id=user.id, role=body["role_id"])
    db.add(member)
    db.flush()
    return created(request, member.id)


@routes.add("GET", "/projects/{name}/members/{mid#}")
def read_member(request, db, name, mid):
    project, found = project_of(request, db, name, "member", "read"), db.get(Member, mid)
    if found is None or found.project_id != project.id or found.role not in ROLES:
        raise missing(f"project member {mid}")
    return answer(show_member(db, found))


@routes.add("PUT", "/projects/{name}/members/{mid#}", body="role RoleRequest")
def change_member(request, db, name, mid, body):
    project, found = project_of(request, db, name, "member", "update"), db.get(Member, mid)
    if found is not None and found.project_id == project.id:
        found.role = body.get("role_id") or 0
    return answer()


@routes.add("DELETE", "/projects/{name}/members/{mid#}")
def delete_member(request, db, name, mid):
    project = project_of(request, db, name, "member", "delete")
    db.execute(delete(Member).where(Member.id == mid, Member.project_id == project.id))
    return answer()
