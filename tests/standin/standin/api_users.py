# Local users.

import re

from sqlalchemy import delete, func, select

from .api import lean, signed_in, system, times
from .app import routes
from .documents import Kind, register
from .facts import HOLDERS, SYSTEM
from .security import hashed, matches, strong
from .store import Member, Project, User, setting
from .web import Broken, Refused, answer, bad, invalid, link, missing, refuse_if

WEAK = ("the password or secret must be 8-128, inclusively, characters long with at least 1 uppercase letter, "
        "1 lowercase letter and 1 number")
EMAIL = re.compile(r"""(([^<>()[\]\\.,;:\s@"]+(\.[^<>()[\]\\.,;:\s@"]+)*)|(".+"))"""
                   r"@((\[[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\])|(([a-zA-Z\-0-9]+\.)+[a-zA-Z]{2,}))")
ODD = set(',"~#%$+')
PEOPLE = (User.id > 1) & User.deleted.is_(False)


def oneself(request, number: int) -> bool:
    return bool(request.caller.user) and request.caller.user.id == number


def may_change(request, db, number: int) -> None:
    """Where others keep the passwords, only the first administrator's can be changed here."""
    if setting(db, "auth_mode") != "db_auth":
        refuse_if(number != 1, Refused("FORBIDDEN", f"User with ID {number} can't be updated"))
        system(request, "user", "update")
    elif not request.caller.kind:
        raise Broken
    elif not oneself(request, number):
        system(request, "user", "update")


class Users(Kind):
    def where(self, request, db, values):
        system(request, "user", "list")
        given = {key: request.args[key] for key in ("username", "email") if request.args.get(key)}
        parts = [getattr(User, key).icontains(part, autoescape=True) for key, part in given.items()]
        return PEOPLE.self_group() if not parts else PEOPLE & parts[0] & parts[-1]

    def make(self, request, db, body, values):
        mode, name = setting(db, "auth_mode"), body.get("username") or ""
        if mode != "db_auth":
            raise Refused("FORBIDDEN", f"creating local user is not allowed under auth mode: {mode}")
        if not setting(db, "self_registration"):
            system(request, "user", "create")
        elif not (request.caller.may("user", "create") or request.cookies.get("sid")):
            raise Refused("FORBIDDEN", "self-registration cannot be triggered via API")
        refuse_if(not strong(body.get("password") or ""), bad(WEAK))
        row = User(username=name, password=hashed(body["password"]))
        kept = profile(body)
        refuse_if(not 1 <= len(name.encode()) <= 255, bad("username with illegal length"))
        refuse_if(ODD & set(name), bad("username contains illegal characters"))
        if db.scalar(select(User).where((User.username == name) | (User.email == body["email"]))):
            raise Refused("CONFLICT", f"user {name} or email {body['email']} already exists")
        self.keep(row, kept)
        return row, None

    def reach(self, request, db, values, action):
        number = values["user_id"]
        if action == "update":
            may_change(request, db, number)
            # What is wrong with the body is told first.
            return found_user(db, number)
        refuse_if(action == "read" and not request.caller.kind, Broken())
        if not (action == "read" and oneself(request, number)):
            system(request, "user", action)
        return existing(db, number)

    def drop(self, request, db, row):
        if row.id == 1 or oneself(request, row.id):
            raise Refused("FORBIDDEN", f"User with ID {row.id} cannot be deleted")
        # The row stays, its name and address are free again.
        row.deleted, row.username, row.email = True, f"{row.username}#{row.id}", f"{row.email}#{row.id}"
        db.execute(delete(Member).where(Member.entity_type == "u", Member.entity_id == row.id))

    def shown(self, row):
        return lean({"email": row.email, "comment": row.comment}) | {
            "admin_role_in_auth": False, "realname": row.realname, "sysadmin_flag": row.sysadmin_flag,
            "user_id": row.id, "username": row.username, **times(row)}


def profile(body: dict) -> dict:
    kept = {key: body.get(key) or "" for key in ("email", "realname", "comment")}
    refuse_if(not kept["email"], bad("email can't be empty"))
    refuse_if(not EMAIL.fullmatch(kept["email"]), bad("email with illegal format"))
    refuse_if(not 1 <= len(kept["realname"].encode()) <= 255, bad("realname with illegal length"))
    refuse_if(ODD & set(kept["realname"]), bad("realname contains illegal characters"))
    refuse_if(len(kept["comment"].encode()) > 30, bad("comment with illegal length"))
    return kept


def found_user(db, number: int) -> User | None:
    """Also one that was deleted: its row is still there to be changed."""
    refuse_if(abs(number) >= 2 ** 31, Refused("UNKNOWN"))
    return db.get(User, number)


def existing(db, number: int) -> User:
    row = found_user(db, number)
    refuse_if(row is None or row.deleted, missing(f"user {number}"))
    return row


def user(request, db, kind, body, row):
    kept = profile(body)
    refuse_if(row is None, missing(f"user with id {request.route_path.rsplit('/', 1)[-1]}"))
    refuse_if(db.scalar(select(User).where(User.email == kept["email"], User.id != row.id)), Refused("UNKNOWN"))
    return kept


users = register(Users("/users", "user_id#", "userReq UserCreationReq, profile UserProfile", "user", user,
                       sort="username", model=User, keys={"user_id": "id", "id": "", "deleted": "", "password": ""}))


@routes.add("GET", "/users/current", needs="login")
def current(request, db):
    if not request.caller.user:
        raise Refused("PRECONDITION", f"get current user not available for security context: {request.caller.kind}")
    return users.shown(request.caller.user)


@routes.add("GET", "/users/current/permissions", needs="login")
def own_permissions(request, db):
    scope, found = request.args.get("scope", ""), []
    match = re.match(r"/project/(\d+)", scope)
    if match:
        project = db.get(Project, int(match[1]))
        found = [pair for pair in HOLDERS if request.caller.may_in(db, project, *pair)]
    elif scope.startswith("/system"):
        found = [pair for pair in SYSTEM if request.caller.may(*pair)]
    whole = [(resource if not match else match[0] if resource == "project" else f"{match[0]}/{resource}", action)
             for resource, action in found]
    if request.args.get("relative", "").lower() in ("true", "1", "t"):
        whole = [(path.removeprefix(scope).removeprefix("/") or ".", action) for path, action in whole
                 if path.startswith(scope)]
    return [{"action": action, "resource": path} for path, action in whole]


@routes.add("GET", "/users/search", paged=True)
def search_users(request, db):
    refuse_if(not request.args.get("username"), invalid("username in query is required"))
    signed_in(request)
    word, size = request.args["username"], request.page[1]
    found = select(User).where(User.username.like(f"%{word}%"), User.deleted.is_(False))
    rows = db.scalars(found.order_by(func.length(User.username), User.username).limit(size))
    # What is counted is not what is shown: without the first administrator, in any case, over all pages.
    total = db.scalar(select(func.count(User.id)).where(PEOPLE, User.username.icontains(word, autoescape=True)))
    shown = [{"user_id": row.id, "username": row.username} for row in rows]
    return answer(shown if total else [], x_total_count=total, **link(request, total))


@routes.add("PUT", "/users/{user_id#}/sysadmin", needs="user:update", body="sysadminFlag UserSysAdminFlag")
def change_admin(request, db, user_id, body):
    row = found_user(db, user_id)
    refuse_if(row is None, missing(f"user with id {user_id}"))
    row.sysadmin_flag = bool(body.get("sysadmin_flag"))


@routes.add("PUT", "/users/{user_id#}/password", body="password PasswordReq")
def change_password(request, db, user_id, body):
    may_change(request, db, user_id)
    new = body.get("new_password") or ""
    if oneself(request, user_id) and not matches(body.get("old_password") or "", request.caller.user.password):
        raise Refused("FORBIDDEN", "Current password is incorrect")
    refuse_if(not strong(new), bad(WEAK))
    row = existing(db, user_id)
    refuse_if(matches(new, row.password), bad("New password is identical to old password"))
    row.password = hashed(new)


@routes.add("PUT", "/users/{user_id#}/cli_secret", body="secret RobotSec")
def change_cli_secret(request, db, user_id, body):
    mode = setting(db, "auth_mode")
    refuse_if(mode != "oidc_auth", Refused("PRECONDITION", f"unable to update CLI secret under authmode: {mode}"))
    if not oneself(request, user_id):
        system(request, "user", "update")
    refuse_if(not strong(body.get("secret") or "Aa345678"), bad(WEAK))
    # Only people who came through OIDC have one.
    raise missing(f"oidc info for user {user_id}")
