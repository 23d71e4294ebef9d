# Who may do what: the roles of a project, and what a robot can be given.

from .facts import HOLDERS, ROBOTS

ROLES = {1: "projectAdmin", 2: "developer", 3: "guest", 4: "maintainer", 5: "limitedGuest"}
LETTERS = {1: "A", 2: "D", 3: "G", 4: "M", 5: "L"}


def permitted(scope: str) -> list[dict]:
    """What a robot can be given."""
    return [{"action": action, "resource": resource} for resource, action in ROBOTS[scope]]


def granted(role: int, resource: str, action: str) -> bool:
    return bool(role) and LETTERS.get(role, "-") in HOLDERS.get((resource, action), "")


def public(resource: str, action: str) -> bool:
    return "P" in HOLDERS.get((resource, action), "")
