# The audit log: what happened, and who did it. Harbor notes some events where they happen, others by the path of the
# request, whatever came of it. Nothing ever gets into the older log.

import re

from sqlalchemy.exc import OperationalError

from .store import AuditLog, User, setting
from .web import API

OPERATIONS = {"POST": "create", "PUT": "update", "DELETE": "delete"}
USERS = re.compile(API + r"/users/(\d+)(/password|/sysadmin)?")
ADDED = {"/sysadmin": ", add/remove user as system administrator", "/password": ", change user password"}


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
    good, who = response.status_code in (200, 201), request.caller.name
    operation, kind, text = OPERATIONS.get(request.method, ""), "user", ""
    if path == "/c/login" and request.method == "POST":
        given = re.search("principal=(.*?)&password", request.get_data(as_text=True, parse_form_data=False))
        resource = who = given[1] if given else "unknown"
        operation = text = "login"
    elif path == "/c/log_out" and request.method == "GET" and request.caller.name:
        operation, text, resource = "logout", "logout", who
    elif path.startswith(f"{API}/configurations") and operation == "update":
        kind = resource = "configuration"
        text = "update configuration"
    elif operation and (match := USERS.fullmatch(path)) or path == f"{API}/users" and operation == "create":
        number = match[1] if match else response.headers.get("Location", "").rpartition("/")[2]
        resource = user_name(app, number, operation == "delete" and good)
        text = f"{operation} user with name: {resource}" + ADDED.get(operation == "update" and match[2], "")
    else:
        return
    write(app, operation=operation, resource_type=kind, resource=resource, description=text,
          username=who or name_of(app, request), successful=good)


def name_of(app, request) -> str:
    """Of a caller whose request never came so far that somebody asked."""
    with app.store.session(write=False) as db:
        return app.gate.caller(request, db).name or "unknown"


def user_name(app, number: str, was: bool) -> str:
    """The number where there is no such user; the name that he had, when he is just gone."""
    with app.store.session(write=False) as db:
        row = db.get(User, int(number)) if number and int(number) < 2 ** 31 else None
        if row is None or row.deleted and not was:
            return number
        return row.username.removesuffix(f"#{row.id}") if was else row.username
