# Robot accounts, of the system and of projects.

import datetime
import re
import secrets
import string

from sqlalchemy import false, select, true

from . import audit
from .api import NAME, lean, shown, signed_in, system, times, within
from .app import routes
from .documents import Kind, register
from .facts import ROBOTS
from .security import hashed, strong
from .store import Project, Robot, now, setting
from .web import Broken, Refused, bad, missing, refuse_if, terms_of

LEVELS = ("system", "project")


class Robots(Kind):
    @staticmethod
    def may(request, db, project_id: int, action: str) -> None:
        """Those of the system are the administrators' affair, a project's those of its admins."""
        if project_id:
            within(request, db, db.get(Project, project_id), "robot", action)
        else:
            system(request, "robot", action)

    def where(self, request, db, values):
        signed_in(request)
        terms, number = terms_of(request), 0
        level = terms.get("Level", "system")
        refuse_if(level[0] in "~[{(", Broken())
        refuse_if(level not in LEVELS, bad("bad request error level input"))
        if level == "project":
            text = terms.get("ProjectID")
            refuse_if(text is None, bad("must with project ID when to query project robots"))
            refuse_if(not re.fullmatch(r"\+?0*[1-9]\d{0,17}", text), bad("ProjectID must be a positive integer"))
            number = int(text)
        if number:
            within(request, db, db.get(Project, number), "robot", "list")
        else:
            system(request, "robot", "list")
        hidden = terms.get("visible") == "false"
        return (Robot.project_id == number) & (false() if hidden else true())

    def make(self, request, db, body, values):
        name, level, caller = body.get("name") or "", body.get("level"), request.caller
        refuse_if(not re.fullmatch(NAME, name), bad("robot name is not in lower case or contains illegal characters"))
        duration = body.get("duration") or 0
        check(duration, level, body.get("permissions") or [])
        project = project_named(db, body["permissions"][0].get("namespace")) if level == "project" else None
        if level == "project":
            within(request, db, project, "robot", "create")
        else:
            system(request, "robot", "create")
        if caller.robot and not covered(body["permissions"], caller.robot.permissions, names(db)):
            raise Refused("DENIED", "permission scope is invalid. It must be equal to or more restrictive than the "
                                    f"creator robot's permissions: {caller.name}")
        refuse_if(not (caller.user or caller.robot), Refused("UNKNOWN"))
        if level == "project" and project is None:
            raise missing(f"project {body['permissions'][0].get('namespace') or ''}")
        full, number = f"{project.name}+{name}" if project else name, project.id if project else 0
        if db.scalar(select(Robot.id).where(Robot.name == full, Robot.project_id == number)):
            raise Refused("CONFLICT", f"robot account {number}:{full} already exists")
        refuse_if(len(full) > 255, Refused("UNKNOWN"))
        audit.note(request, "create", "robot", setting(db, "robot_name_prefix") + full, project_id=number)
        secret, moment = new_secret(), now()
        row = Robot(name=full, project_id=number, description=body.get("description") or "", secret=hashed(secret),
                    duration=duration, expires_at=expiry(moment, duration), creation_time=moment,
                    permissions=scoped(db, body["permissions"]), creator_ref=(caller.robot or caller.user).id,
                    creator_type="robot" if caller.robot else "local")
        return row, lambda row: {"id": row.id, "name": full_name(db, row), "secret": secret,
                                 "expires_at": row.expires_at, "creation_time": shown(row.creation_time)}

    def reach(self, request, db, values, action):
        signed_in(request)
        row = self.find(db, 0, values)
        if action != "update":
            self.may(request, db, row.project_id, action)
        return row

    def drop(self, request, db, row):
        audit.note(request, "delete", "robot", full_name(db, row), project_id=row.project_id)
        db.delete(row)

    def view(self, request, db, row):
        kept = ("creator_ref", "creator_type", "disable", "duration", "expires_at", "id")
        return lean({"description": row.description}) | {key: getattr(row, key) for key in kept} | times(row) | {
            "editable": True, "name": full_name(db, row), "level": LEVELS[bool(row.project_id)],
            "permissions": [{"kind": "system" if scope == "/system" else "project", "namespace": name, "access": access}
                            for scope, access in row.permissions.items() if (name := names(db).get(scope))]}


def full_name(db, row: Robot) -> str:
    return setting(db, "robot_name_prefix") + row.name


def expiry(moment: datetime.datetime, days: int) -> int:
    return -1 if days == -1 else int(moment.replace(tzinfo=datetime.timezone.utc).timestamp()) + days * 86400


def new_secret() -> str:
    letters = string.ascii_letters + string.digits
    return "Aa1" + "".join(secrets.choice(letters) for dummy in range(29))


# --- permissions: the API names projects, the table numbers them ------------------------------------------------------

def project_named(db, name: str | None) -> Project | None:
    return db.scalar(select(Project).where(Project.name == (name or "")))


def names(db) -> dict[str, str]:
    rows = db.execute(select(Project.id, Project.name)).all()
    return {"/system": "/", "/project/*": "*", **{f"/project/{number}": name for number, name in rows}}


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
    if duration != -1 and not 0 < duration < 2 ** 31 - 1:
        raise bad(f"bad request error duration input: {duration}, duration must be either -1(Never) or a positive "
                  "integer")
    refuse_if(level not in LEVELS, bad(f"bad request error level input: {level or ''}"))
    refuse_if(not permissions, bad("bad request empty permission"))
    refuse_if(not all(entry.get("access") for entry in permissions), bad("bad request empty access"))
    refuse_if(level == "project" and len(permissions) > 1, bad("bad request permission"))
    for entry in permissions:
        refuse_if(entry.get("kind") not in LEVELS, bad(f"bad request permission level: {entry.get('kind') or ''}"))
        known = ROBOTS[entry["kind"]]
        for access in entry["access"]:
            if (access.get("resource"), access.get("action")) not in known:
                raise bad(f"bad request permission: {access.get('resource') or ''}:{access.get('action') or ''}")


def covered(wanted: list[dict], own: dict[str, list], places: dict[str, str]) -> bool:
    """A robot gives away no more than it has."""
    held = {("system" if scope == "/system" else "project", places.get(scope)): access for scope, access in own.items()}
    return all(access in held.get((entry["kind"], entry.get("namespace")), held.get((entry["kind"], "*"), []))
               for entry in wanted for access in map(lean, entry["access"]))


def robot(request, db, kind, body, row):
    duration, permissions = body.get("duration"), body.get("permissions") or []
    duration = row.duration if duration is None else duration
    check(duration, body.get("level"), permissions)
    if row.project_id:
        project = project_named(db, permissions[0].get("namespace"))
        refuse_if(project is None, missing(f"project {permissions[0].get('namespace') or ''}"))
        refuse_if(project.id != row.project_id, bad("cannot update the project id of robot"))
    Robots.may(request, db, row.project_id, "update")
    if body["level"] != LEVELS[bool(row.project_id)] or body.get("name") != full_name(db, row):
        raise bad("cannot update the level or name of robot")
    # What says nothing of its effect takes over that of the one that stood at this place.
    for entry, before in zip(permissions, row.permissions.values()):
        for access, old in zip(entry["access"], before):
            access["effect"] = access.get("effect") or old.get("effect") or ""
    expires = row.expires_at if duration == row.duration else expiry(row.creation_time, duration)
    return {"description": body.get("description") or "", "disable": bool(body.get("disable")), "duration": duration,
            "expires_at": expires, "permissions": scoped(db, permissions)}


robots = register(Robots("/robots", "robot_id#", "robot RobotCreate, robot Robot", "robot", robot,
                         "robot {} not found", sort="name", model=Robot, skip=("Level", "ProjectID"),
                         keys={"disabled": "disable", "disable": "", "permissions": ""}))


@routes.add("PATCH", "/robots/{robot_id#}", body="robotSec RobotSec")
def refresh_robot(request, db, robot_id, body):
    row, given = robots.reach(request, db, {"robot_id": robot_id}, "update"), body.get("secret")
    robots.may(request, db, row.project_id, "update")
    if given and not strong(given):
        raise bad("the secret must be 8-128, inclusively, characters long with at least 1 uppercase letter, "
                  "1 lowercase letter and 1 number")
    secret = given or new_secret()
    row.secret = hashed(secret)
    return {} if given else {"secret": secret}
