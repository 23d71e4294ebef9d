# The audit log: what happened, and who did it. Harbor notes some events where they happen, others by the path of the
# request, whatever came of it.

import re

from sqlalchemy.exc import OperationalError

from .facts import ADDED, VERBS
from .store import AuditLog, User, setting
from .web import API

USERS = re.compile(API + r"/users(?:/(\d+)(/password|/sysadmin)?)?")


def note(request, operation: str, kind: str, resource: str, text: str = "", project_id: int = 0) -> None:
    """To be written when the request has ended well."""
    request.events.append(lambda: write(request.app, operation=operation, resource_type=kind, resource=resource,
                                        description=text or f"{operation} {kind}: {resource}", project_id=project_id,
                                        successful=True, username=request.caller.name or "anonymous"))


def write(app, **row) -> None:
    try:
        with app.store.session() as db:
            disabled = [name.strip().lower() for name in setting(db, "disabled_audit_log_event_types").split(",")]
            if not (f"{row['operation']}_{row['resource_type']}" in disabled or setting(db, "skip_audit_log_database")):
                db.add(AuditLog(**row))
    except OperationalError as error:
        print(f"audit log: {error}", flush=True)


def note_request(app, request, path: str, response) -> None:
    """What is known by its path: users, logins, the configuration."""
    good, who, kind, user = response.status_code in (200, 201), request.caller.name, "user", USERS.fullmatch(path)
    text = operation = VERBS.get(f"{request.method} {path}") or VERBS.get(request.method, "")
    if operation == "login":
        given = re.search("principal=(.*?)&password", request.get_data(as_text=True, parse_form_data=False))
        resource = who = given[1] if given else "unknown"
    elif operation == "logout" and who:
        resource = who
    elif operation == "update" and path.startswith(f"{API}/configurations"):
        kind, resource, text = "configuration", "configuration", "update configuration"
    elif user and operation and (user[1] or operation == "create"):
        resource = user[1] or response.headers.get("Location", "").rpartition("/")[2]
    else:
        return
    with app.store.session(write=False) as db:
        # A request that never came so far that somebody asked has its caller all the same.
        who = who or app.gate.caller(request, db).name or "unknown"
        if user:
            # The number where there is no such user; the name that he had, when he is just gone.
            row = db.get(User, int(resource)) if resource and int(resource) < 2 ** 31 else None
            if row and (not row.deleted or operation == "delete" and good):
                resource = row.username.removesuffix(f"#{row.id}")
            text = f"{operation} user with name: {resource}" + ADDED.get(operation == "update" and user[2], "")
    write(app, operation=operation, resource_type=kind, resource=resource, description=text, username=who,
          successful=good)
