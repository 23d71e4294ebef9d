# Users, members of projects, robots.

import re
import secrets
import string
import time

from sqlalchemy import delete, select

from .api import NAME, allow, lean, project_of, shown, signed_in, system, times
from .api_system import permitted
from .app import routes
from .security import ROLES, hashed, matches, strong
from .store import Member, Project, Robot, User, now
from .web import Broken, Refused, answer, bad, created, invalid, listed, missing

WEAK = "the password or secret must be 8-128, inclusively, characters long with at least 1 uppercase letter, 1 lowercase letter and 1 number"
ODD = set(',"~#%$+')


def show_user(user: User) -> dict:
    return lean({"email": user.email, "comment": user.comment}) | {
        "admin_role_in_auth": False, "realname": user.realname, "sysadmin_flag": user.sysadmin_flag, "user_id": user.id, "username": user.username,
        **times(user)}


def user_of(db, number: int, label: str = "user") -> User:
    found = db.get(User, number) if abs(number) < 2 ** 31 else None
    if found is None or found.deleted:
        raise missing(f"{label} {number}")
    return found


def check_profile(body: dict) -> None:
    email, realname = body.get("email") or "", body.get("realname") or ""
    if not email:
        raise bad("email can't be empty")
    if not re.fullmatch(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", email):
        raise bad("email with illegal format")
    if not 1 <= len(realname) <= 255:
        raise bad("realname with illegal length")
    if ODD & set(realname):
        raise bad("realname contains illegal characters")
    if len(body.get("comment") or "") > 30:
        raise bad("comment with illegal length")


@routes.add("GET", "/users", paged=True)
def list_users(request, db):
    system(request, "user", "list")
    fuzzy = [getattr(User, key).icontains(request.args[key], autoescape=True) for key in ("username", "email") if request.args.get(key)]
    return listed(request, db, User, show_user, User.id > 1, User.deleted.is_(False), *fuzzy, sort="username", keys={"userid": "id"})


@routes.add("POST", "/users", body="userReq UserCreationReq")
def create_user(request, db, body):
    system(request, "user", "create")
    if not strong(body.get("password") or ""):
        raise bad(WEAK)
    check_profile(body)
    name = body.get("username") or ""
    if not name:
        raise bad("username with illegal length")
    if ODD & set(name):
        raise bad("username contains illegal characters")
    if db.scalar(select(User).where((User.username == name) | (User.email == body["email"]))):
        raise Refused("CONFLICT", f"user {name} or email {body['email']} already exists")
    user = User(username=name, email=body["email"], realname=body["realname"], comment=body.get("comment") or "", password=hashed(body["password"]))
    db.add(user)
    db.flush()
    return created(request, user.id)


@routes.add("GET", "/users/current")
def current(request, db):
    signed_in(request)
    if not request.caller.user:
        raise Refused("PRECONDITION", f"get current user not available for security context: {request.caller.kind}")
    return answer(show_user(request.caller.user))


@routes.add("GET", "/users/current/permissions")
def own_permissions(request, db):
    signed_in(request)
    scope = request.args.get("scope", "")
    rights = permitted("project") if request.caller.admin and scope.startswith("/project/") else []
    return answer([{"action": right["action"], "resource": f"{scope}/{right['resource']}"} for right in rights])


@routes.add("GET", "/users/search", paged=True)
def search_users(request, db):
    if not request.args.get("username"):
        raise invalid("username in query is required")
    signed_in(request)
    hit = User.username.contains(request.args["username"], autoescape=True)
    return listed(request, db, User, lambda user: {"user_id": user.id, "username": user.username}, User.id > 1, User.deleted.is_(False), hit,
                  sort="username")


@routes.add("GET", "/users/{user_id#}")
def read_user(request, db, user_id):
    if not request.caller.kind:
        raise Broken
    allow(request, request.caller.may("user", "read") or request.caller.user and request.caller.user.id == user_id)
    return answer(show_user(user_of(db, user_id)))


@routes.add("PUT", "/users/{user_id#}", body="profile UserProfile")
def change_user(request, db, user_id, body):
    signed_in(request)
    allow(request, request.caller.may("user", "update") or request.caller.user and request.caller.user.id == user_id)
    user = user_of(db, user_id, "user with id")
    check_profile(body)
    if db.scalar(select(User).where(User.email == body["email"], User.id != user.id)):
        raise Refused("UNKNOWN")
    user.email, user.realname, user.comment, user.update_time = body["email"], body["realname"], body.get("comment") or "", now()
    return answer()


@routes.add("DELETE", "/users/{user_id#}")
def delete_user(request, db, user_id):
    system(request, "user", "delete")
    user = user_of(db, user_id)
    if user.id == 1 or request.caller.user and request.caller.user.id == user.id:
        raise Refused("FORBIDDEN", f"User with ID {user.id} cannot be deleted")
    # The row stays, its name and address are free again.
    user.deleted, user.username, user.email = True, f"{user.username}#{user.id}", f"{user.email}#{user.id}"
    db.execute(delete(Member).where(Member.entity_type == "u", Member.entity_id == user.id))
    return answer()


@routes.add("PUT", "/users/{user_id#}/sysadmin", body="sysadminFlag UserSysAdminFlag")
def change_admin(request, db, user_id, body):
    system(request, "user", "update")
    user_of(db, user_id, "user with id").sysadmin_flag = bool(body.get("sysadmin_flag"))
    return answer()


@routes.add("PUT", "/users/{user_id#}/password", body="password PasswordReq")
def change_password(request, db, user_id, body):
    oneself = request.caller.user and request.caller.user.id == user_id
    allow(request, oneself or request.caller.may("user", "update"))
    user, new = user_of(db, user_id), body.get("new_password") or ""
    if oneself and not matches(body.get("old_password") or "", user.password):
        raise Refused("FORBIDDEN", "Current password is incorrect")
    if not strong(new):
        raise bad(WEAK)
    if matches(new, user.password):
        raise bad("New password is identical to old password")
    user.password = hashed(new)
    return answer()


@routes.add("PUT", "/users/{user_id#}/cli_secret", body="secret RobotSec")
def change_cli_secret(request, db, user_id, body):
    signed_in(request)
    raise Refused("PRECONDITION", "unable to update CLI secret under authmode: db_auth")


# --- members -----------------------------------------------------------------------------------------------------

def show_member(db, member: Member) -> dict:
    return {"id": member.id, "project_id": member.project_id, "entity_id": member.entity_id, "entity_type": member.entity_type,
            "entity_name": db.get(User, member.entity_id).username, "role_id": member.role, "role_name": ROLES[member.role]}


@routes.add("GET", "/projects/{name}/members", paged=True)
def list_members(request, db, name):
    project = project_of(request, db, name, "member", "list")
    return listed(request, db, Member, lambda row: show_member(db, row), Member.project_id == project.id, Member.role.in_(ROLES))


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
    if db.scalar(select(Member).where(Member.project_id == project.id, Member.entity_id == user.id, Member.entity_type == "u")):
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


# --- robots -------------------------------------------------------------------------------------------------------

def show_robot(robot: Robot) -> dict:
    return lean({"description": robot.description}) | {
        "creation_time": shown(robot.creation_time), "update_time": shown(robot.update_time), "creator_ref": robot.creator_id,
        "creator_type": robot.creator_type, "disable": robot.disable, "duration": robot.duration, "editable": True, "expires_at": robot.expires_at,
        "id": robot.id, "level": robot.level, "name": f"robot${robot.name}", "permissions": robot.permissions}


def robot_secret() -> str:
    letters = string.ascii_letters + string.digits
    return "Aa1" + "".join(secrets.choice(letters) for dummy in range(29))


def check_permissions(db, body: dict) -> list[dict]:
    if not body.get("permissions"):
        raise bad("bad request empty permission")
    for entry in body["permissions"]:
        if not entry.get("access"):
            raise bad("bad request empty access")
        known = {(right["resource"], right["action"]) for right in permitted("system" if entry.get("kind") == "system" else "project")}
        for access in entry["access"]:
            if (access.get("resource"), access.get("action")) not in known:
                raise bad(f"bad request permission: {access.get('resource')}:{access.get('action')}")
        if entry["kind"] == "project" and entry["namespace"] != "*" and not db.scalar(select(Project).where(Project.name == entry["namespace"])):
            raise missing(f"project {entry['namespace']}")
    return body["permissions"]


def may_robot(request, db, action: str, level: str, permissions: list) -> Project | None:
    """System robots are the administrators' affair, a project's those of its admins."""
    if level != "project":
        system(request, "robot", action)
        return None
    return project_of(request, db, permissions[0]["namespace"], "robot", action)


@routes.add("GET", "/robots", paged=True)
def list_robots(request, db):
    terms = dict(term.split("=", 1) for term in request.args.get("q", "").split(",") if "=" in term)
    if terms.get("Level") == "project":
        project = db.get(Project, int(terms.get("ProjectID", 0)))
        allow(request, request.caller.may_in(db, project, "robot", "list") if project else request.caller.admin)
        where = Robot.project_id == (project.id if project else -1)
    else:
        system(request, "robot", "list")
        where = Robot.level == "system"
    return listed(request, db, Robot, show_robot, where, sort="name", skip=("Level", "ProjectID"))


@routes.add("POST", "/robots", body="robot RobotCreate")
def create_robot(request, db, body):
    signed_in(request)
    name, level, duration = body.get("name") or "", body.get("level"), body.get("duration") or 0
    if not re.fullmatch(NAME, name):
        raise bad("robot name is not in lower case or contains illegal characters")
    if level not in ("system", "project"):
        raise bad("bad request error level input: " + str(level or ""))
    if duration == 0 or duration < -1:
        raise bad("bad request error duration input, duration must be either -1(Never) or a positive integer")
    permissions = check_permissions(db, body)
    project = may_robot(request, db, "create", level, permissions)
    full = f"{project.name}+{name}" if project else name
    if db.scalar(select(Robot).where(Robot.name == full)):
        raise Refused("CONFLICT", f"robot account {name} already exists")
    secret, expires = robot_secret(), -1 if duration == -1 else int(time.time()) + duration * 86400
    robot = Robot(name=full, level=level, duration=duration, expires_at=expires, description=body.get("description") or "", secret=hashed(secret),
                  permissions=permissions, project_id=project.id if project else 0)
    db.add(robot)
    db.flush()
    return created(request, robot.id, {"id": robot.id, "name": f"robot${full}", "secret": secret, "expires_at": expires,
                                       "creation_time": shown(robot.creation_time)})


def robot_of(request, db, number: int, action: str) -> Robot:
    signed_in(request)
    found = db.get(Robot, number)
    if found is None:
        raise missing(f"robot {number}")
    may_robot(request, db, action, found.level, found.permissions)
    return found


@routes.add("GET", "/robots/{robot_id#}")
def read_robot(request, db, robot_id):
    return answer(show_robot(robot_of(request, db, robot_id, "read")))


@routes.add("PUT", "/robots/{robot_id#}", body="robot Robot")
def change_robot(request, db, robot_id, body):
    robot = robot_of(request, db, robot_id, "update")
    if body.get("name") != f"robot${robot.name}":
        raise bad("cannot update the level or name of robot")
    robot.permissions, robot.description = check_permissions(db, body), body.get("description") or ""
    robot.disable, robot.update_time = bool(body.get("disable")), now()
    if body.get("duration"):
        robot.duration = body["duration"]
        created_at = int(robot.creation_time.timestamp())
        robot.expires_at = -1 if robot.duration == -1 else created_at + robot.duration * 86400
    return answer()


@routes.add("PATCH", "/robots/{robot_id#}", body="robotSec RobotSec")
def refresh_robot(request, db, robot_id, body):
    robot, given = robot_of(request, db, robot_id, "update"), body.get("secret")
    if given and not strong(given):
        raise bad(WEAK)
    secret = given or robot_secret()
    robot.secret = hashed(secret)
    return answer({} if given else {"secret": secret})


@routes.add("DELETE", "/robots/{robot_id#}")
def delete_robot(request, db, robot_id):
    db.delete(robot_of(request, db, robot_id, "delete"))
    return answer()
