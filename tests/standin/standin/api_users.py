# Accounts: users and robots.

import datetime
import re
import secrets

from sqlalchemy import and_, delete, func, select

from . import audit
from .app import routes
from .documents import Kind, register
from .facts import HOLDERS, ROBOTS, SAYS, SYSTEM
from .security import hashed, matches, strong
from .store import Member, Project, Robot, User, chosen, first, now, setting
from .web import (NAME, Broken, Refused, answer, bad, invalid, lean, link, missing, need, refuse_if, shown, signed_in,
                  system, terms_of, times, within)

EMAIL = r'[^<>()[\]\\.,;:\s@"]+(\.[^<>()[\]\\.,;:\s@"]+)*@([a-zA-Z\-0-9]+\.)+[a-zA-Z]{2,}'
LEVELS = ("system", "project")


# --- users ------------------------------------------------------------------------------------------------------------

def oneself(request, number: int) -> bool:
    return bool(request.caller.user) and request.caller.user.id == number


def check_strength(secret: str | None, what: str = "password or secret") -> None:
    refuse_if(not strong(secret or ""), bad(SAYS["strength"].format(what)))


def check_name(name: str, what: str) -> None:
    refuse_if(not 1 <= len(name.encode()) <= 255, bad(f"{what} with illegal length"))
    refuse_if(set(',"~#%$+') & set(name), bad(f"{what} contains illegal characters"))


class Users(Kind):
    def rows(self, project_id: int = 0):
        return chosen(User, deleted=False)

    def home(self, request, db, values, action):
        """Everybody may see and change himself. Where others keep the passwords, only the first administrator can."""
        mode, number, own = setting(db, "auth_mode"), values.get("user_id"), action in ("read", "update")
        if mode != "db_auth" and number != 1 and action in ("create", "update"):
            raise Refused("FORBIDDEN", SAYS[f"{action} of a user"].format(mode=mode, number=number))
        refuse_if(own and not request.caller.kind, Broken())
        if not (own and oneself(request, number)):
            system(request, "user", action)

    def where(self, request, db, values):
        parts = [(User.username, request.args.get("username", "")), (User.email, request.args.get("email", ""))]
        named = [column.icontains(part, autoescape=True) for column, part in parts]
        return and_(super().where(request, db, values), User.id > 1, *named)

    def reach(self, request, db, values, action):
        self.home(request, db, values, action)
        # Who was deleted can still be changed. That there is nobody is told after what is wrong with the body.
        return db.get(User, values["user_id"]) if action == "update" else self.one(db, values["user_id"])

    def drop(self, request, db, row):
        refuse_if(row.id == 1 or oneself(request, row.id),
                  Refused("FORBIDDEN", f"User with ID {row.id} cannot be deleted"))
        # The row stays, its name and address are free again.
        row.deleted, row.username, row.email = True, f"{row.username}#{row.id}", f"{row.email}#{row.id}"
        db.execute(delete(Member).filter_by(entity_type="u", entity_id=row.id))

    def shown(self, row):
        return lean({"email": row.email, "comment": row.comment}) | {
            "admin_role_in_auth": False, "realname": row.realname, "sysadmin_flag": row.sysadmin_flag,
            "user_id": row.id, "username": row.username, **times(row)}


def user(request, db, kind, body, row):
    fresh = request.method == "POST"
    if fresh:
        check_strength(body.get("password"))
    kept = {key: body.get(key) or "" for key in ("email", "realname", "comment")}
    refuse_if(not kept["email"], bad("email can't be empty"))
    refuse_if(not re.fullmatch(EMAIL, kept["email"]), bad("email with illegal format"))
    check_name(kept["realname"], "realname")
    refuse_if(len(kept["comment"].encode()) > 30, bad("comment with illegal length"))
    if fresh:
        name = body.get("username") or ""
        check_name(name, "username")
        taken = first(db, User, (User.username == name) | (User.email == kept["email"]))
        refuse_if(taken, Refused("CONFLICT", f"user {name} or email {kept['email']} already exists"))
        return kept | {"username": name, "password": hashed(body["password"])}
    need(row, missing(f"user with id {request.route_path.rsplit('/', 1)[-1]}"))
    refuse_if(first(db, User, User.id != row.id, email=kept["email"]), Refused("UNKNOWN"))
    return kept


users = register(Users("/users", "user_id#", "userReq UserCreationReq, profile UserProfile", "user", user,
                       "user {} not found", sort="username", model=User,
                       keys={"user_id": "id", "id": "", "deleted": "", "password": ""}))


@routes.add("GET", "/users/current", needs="login")
def current(request, db):
    return users.shown(need(request.caller.user, Refused("PRECONDITION", SAYS["current"].format(request.caller.kind))))


def permitted(pairs) -> list[dict]:
    return [{"action": action, "resource": resource} for resource, action in pairs]


@routes.add("GET", "/users/current/permissions", needs="login")
def own_permissions(request, db):
    scope, found = request.args.get("scope", ""), []
    if match := re.match(r"/project/(\d+)", scope):
        project = db.get(Project, int(match[1]))
        pairs = [pair for pair in HOLDERS if request.caller.may_in(db, project, *pair)]
        found = [(f"{match[0]}/{resource}".removesuffix("/project"), action) for resource, action in pairs]
    elif scope.startswith("/system"):
        found = [pair for pair in SYSTEM if request.caller.may(*pair)]
    if request.args.get("relative", "").lower() in ("true", "1", "t"):
        found = [(path.removeprefix(scope).removeprefix("/") or ".", action) for path, action in found
                 if path.startswith(scope)]
    return permitted(found)


@routes.add("GET", "/users/search", paged=True)
def search_users(request, db):
    word = request.args.get("username")
    refuse_if(not word, invalid("username in query is required"))
    signed_in(request)
    # What is counted is not what is shown: without the first administrator, in any case, over all pages.
    counted = users.rows().where(User.id > 1, User.username.icontains(word, autoescape=True))
    total = len(db.scalars(counted).all())
    found = users.rows().where(User.username.like(f"%{word}%")).order_by(func.length(User.username), User.username)
    rows = [{"user_id": row.id, "username": row.username} for row in db.scalars(found.limit(request.page[1])) if total]
    return answer(rows, x_total_count=total, **link(request, total))


@routes.add("PUT", "/users/{user_id#}/sysadmin", needs="user:update", body="sysadminFlag UserSysAdminFlag")
def change_admin(request, db, user_id, body):
    row = need(db.get(User, user_id), missing(f"user with id {user_id}"))
    row.sysadmin_flag = bool(body.get("sysadmin_flag"))


@routes.add("PUT", "/users/{user_id#}/password", body="password PasswordReq")
def change_password(request, db, user_id, body):
    users.home(request, db, {"user_id": user_id}, "update")
    new = body.get("new_password")
    if oneself(request, user_id) and not matches(body.get("old_password") or "", request.caller.user.password):
        raise Refused("FORBIDDEN", "Current password is incorrect")
    check_strength(new)
    row = users.one(db, user_id)
    refuse_if(matches(new, row.password), bad("New password is identical to old password"))
    row.password = hashed(new)


# --- robots, of the system and of projects ----------------------------------------------------------------------------

def allow_robots(request, db, project_id: int, action: str) -> None:
    """Those of the system are the administrators' affair, a project's those of its admins."""
    if project_id:
        within(request, db, db.get(Project, project_id), "robot", action)
    else:
        system(request, "robot", action)


class Robots(Kind):
    def where(self, request, db, values):
        signed_in(request)
        terms = terms_of(request)
        level, number = terms.get("Level", "system"), 0
        refuse_if(level not in LEVELS, bad("bad request error level input"))
        if level == "project":
            text = need(terms.get("ProjectID"), bad("must with project ID when to query project robots"))
            refuse_if(not re.fullmatch(r"\+?0*[1-9]\d{0,17}", text), bad("ProjectID must be a positive integer"))
            number = int(text)
        allow_robots(request, db, number, "list")
        return and_(Robot.project_id == number, terms.get("visible") != "false")

    def make(self, request, db, body, values):
        name, wanted, duration = body.get("name") or "", body.get("permissions") or [], body.get("duration") or 0
        refuse_if(not re.fullmatch(NAME, name), bad("robot name is not in lower case or contains illegal characters"))
        check(duration, body.get("level"), wanted)
        place, number = wanted[0].get("namespace") or "", 0
        if body["level"] == "project":
            number = db.scalar(select(Project.id).filter_by(name=place)) or -1
        allow_robots(request, db, number, "create")
        maker, moment, secret = request.caller.robot or request.caller.user, now(), new_secret()
        if request.caller.robot and not covered(wanted, maker.permissions, names(db)):
            raise Refused("DENIED", SAYS["creator"].format(request.caller.name))
        refuse_if(number < 0, missing(f"project {place}"))
        row = Robot(name=f"{place}+{name}" if number else name, project_id=number, creation_time=moment,
                    description=body.get("description") or "", secret=hashed(secret), duration=duration,
                    expires_at=expiry(moment, duration), creator_ref=maker.id,
                    creator_type="robot" if request.caller.robot else "local")
        taken = first(db, Robot, name=row.name, project_id=number)
        refuse_if(taken, Refused("CONFLICT", f"robot account {number}:{row.name} already exists"))
        refuse_if(len(row.name) > 255, Refused("UNKNOWN"))
        row.permissions = scoped(db, wanted)
        audit.note(request, "create", "robot", full_name(db, row), project_id=number)
        return row, lambda row: {"id": row.id, "name": full_name(db, row), "secret": secret,
                                 "expires_at": row.expires_at, "creation_time": shown(moment)}

    def reach(self, request, db, values, action):
        signed_in(request)
        row = self.find(db, 0, values)
        if action != "update":
            allow_robots(request, db, row.project_id, action)
        return row

    def drop(self, request, db, row):
        audit.note(request, "delete", "robot", full_name(db, row), project_id=row.project_id)
        db.delete(row)

    def view(self, request, db, row):
        places, kept = names(db), ("creator_ref", "creator_type", "disable", "duration", "expires_at", "id")
        return lean({"description": row.description}) | {key: getattr(row, key) for key in kept} | times(row) | {
            "editable": True, "name": full_name(db, row), "level": LEVELS[bool(row.project_id)],
            "permissions": [{"kind": scope.split("/")[1], "namespace": places[scope], "access": access}
                            for scope, access in row.permissions.items() if scope in places]}


def robot(request, db, kind, body, row):
    duration, wanted = body.get("duration"), body.get("permissions") or []
    duration = row.duration if duration is None else duration
    check(duration, body.get("level"), wanted)
    if row.project_id:
        place = wanted[0].get("namespace") or ""
        project = need(first(db, Project, name=place), missing(f"project {place}"))
        refuse_if(project.id != row.project_id, bad("cannot update the project id of robot"))
    allow_robots(request, db, row.project_id, "update")
    refuse_if(body["level"] != LEVELS[bool(row.project_id)] or body.get("name") != full_name(db, row),
              bad("cannot update the level or name of robot"))
    # What says nothing of its effect takes over that of the one that stood at this place.
    for entry, before in zip(wanted, row.permissions.values()):
        for access, old in zip(entry["access"], before):
            access["effect"] = access.get("effect") or old.get("effect") or ""
    return {"description": body.get("description") or "", "disable": bool(body.get("disable")), "duration": duration,
            "expires_at": expiry(row.creation_time, duration), "permissions": scoped(db, wanted)}


robots = register(Robots("/robots", "robot_id#", "robot RobotCreate, robot Robot", "robot", robot,
                         "robot {} not found", sort="name", model=Robot, skip=("Level", "ProjectID"),
                         keys={"disabled": "disable", "disable": "", "permissions": ""}))


@routes.add("PATCH", "/robots/{robot_id#}", body="robotSec RobotSec")
def refresh_robot(request, db, robot_id, body):
    row, given = robots.reach(request, db, {"robot_id": robot_id}, "update"), body.get("secret")
    allow_robots(request, db, row.project_id, "update")
    secret = given or new_secret()
    check_strength(secret, "secret")
    row.secret = hashed(secret)
    return {} if given else {"secret": secret}


def full_name(db, row: Robot) -> str:
    return setting(db, "robot_name_prefix") + row.name


def expiry(moment: datetime.datetime, days: int) -> int:
    return -1 if days == -1 else int(moment.replace(tzinfo=datetime.timezone.utc).timestamp()) + days * 86400


def new_secret() -> str:
    return "Aa12" + secrets.token_hex(14)


# The API names projects in permissions, the table numbers them.

def names(db) -> dict[str, str]:
    return {"/system": "/", "/project/*": "*"} | {f"/project/{row.id}": row.name for row in db.scalars(select(Project))}


def scoped(db, permissions: list[dict]) -> dict[str, list]:
    """By scope, without doubles; order is nobody's promise."""
    scopes, found = {name: scope for scope, name in names(db).items()}, {}
    for entry in permissions:
        name = entry.get("namespace") or ""
        refuse_if(entry["kind"] == "system" and name != "/", bad("unknown namespace"))
        refuse_if(entry["kind"] == "project" and (name == "/" or name not in scopes), missing(f"project {name}"))
        kept = found.setdefault(scopes[name], [])
        kept += [access for access in map(lean, entry["access"]) if access not in kept]
    return found


def check(duration: int, level: str | None, permissions: list[dict]) -> None:
    refuse_if(duration != -1 and not 0 < duration < 2 ** 31 - 1, bad(SAYS["duration"].format(duration)))
    refuse_if(level not in LEVELS, bad(f"bad request error level input: {level or ''}"))
    refuse_if(not permissions, bad("bad request empty permission"))
    refuse_if(not all(entry.get("access") for entry in permissions), bad("bad request empty access"))
    refuse_if(level == "project" and len(permissions) > 1, bad("bad request permission"))
    for entry in permissions:
        refuse_if(entry.get("kind") not in LEVELS, bad(f"bad request permission level: {entry.get('kind') or ''}"))
        for access in entry["access"]:
            pair = access.get("resource") or "", access.get("action") or ""
            refuse_if(pair not in ROBOTS[entry["kind"]], bad(f"bad request permission: {':'.join(pair)}"))


def covered(wanted: list[dict], own: dict[str, list], places: dict[str, str]) -> bool:
    """A robot gives away no more than it has."""
    held = {(scope.split("/")[1], places.get(scope)): access for scope, access in own.items()}
    return all(access in held.get((entry["kind"], entry.get("namespace")), held.get((entry["kind"], "*"), []))
               for entry in wanted for access in map(lean, entry["access"]))
