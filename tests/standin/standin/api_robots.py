# Robot accounts.

import re
import secrets
import string
import time

from sqlalchemy import select

from .api import NAME, allow, lean, project_of, shown, signed_in, system
from .api_system import permitted
from .api_users import WEAK
from .app import routes
from .security import hashed, strong
from .store import Project, Robot, now
from .web import Refused, answer, bad, created, listed, missing


def show_robot(robot: Robot) -> dict:
    return lean({"description": robot.description}) | {
        "creation_time": shown(robot.creation_time), "update_time": shown(robot.update_time),
        "creator_ref": robot.creator_id,
        "creator_type": robot.creator_type, "disable": robot.disable, "duration": robot.duration, "editable": True,
        "expires_at": robot.expires_at,
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
        scope, name = "system" if entry.get("kind") == "system" else "project", entry.get("namespace")
        known = {(right["resource"], right["action"]) for right in permitted(scope)}
        for access in entry["access"]:
            if (access.get("resource"), access.get("action")) not in known:
                raise bad(f"bad request permission: {access.get('resource')}:{access.get('action')}")
        if scope == "project" and name != "*" and not db.scalar(select(Project).where(Project.name == name)):
            raise missing(f"project {name}")
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
    robot = Robot(name=full, level=level, duration=duration, expires_at=expires,
                  description=body.get("description") or "", secret=hashed(secret),
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
