# Local users.

import re

from sqlalchemy import delete, select

from .api import allow, lean, signed_in, system, times
from .api_system import permitted
from .app import routes
from .security import hashed, matches, strong
from .store import Member, User, now
from .web import Broken, Refused, answer, bad, created, invalid, listed, missing

WEAK = ("the password or secret must be 8-128, inclusively, characters long with at least 1 uppercase letter, "
        "1 lowercase letter and 1 number")
ODD = set(',"~#%$+')


def show_user(user: User) -> dict:
    return lean({"email": user.email, "comment": user.comment}) | {
        "admin_role_in_auth": False, "realname": user.realname, "sysadmin_flag": user.sysadmin_flag, "user_id": user.id,
        "username": user.username, **times(user)}


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
    given = {key: request.args[key] for key in ("username", "email") if request.args.get(key)}
    fuzzy = [getattr(User, key).icontains(part, autoescape=True) for key, part in given.items()]
    return listed(request, db, User, show_user, User.id > 1, User.deleted.is_(False), *fuzzy, sort="username",
                  keys={"userid": "id"})


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
    user = User(username=name, email=body["email"], realname=body["realname"], comment=body.get("comment") or "",
                password=hashed(body["password"]))
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
    return listed(request, db, User, lambda user: {"user_id": user.id, "username": user.username}, User.id > 1,
                  User.deleted.is_(False), hit, sort="username")


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
    user.email, user.realname, user.comment = body["email"], body["realname"], body.get("comment") or ""
    user.update_time = now()
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
