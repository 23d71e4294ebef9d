# The audit log as the API shows it.

from sqlalchemy import and_, false, select, true

from .api import lean, project_of, shown
from .app import routes
from .store import AuditLog, Project
from .web import Refused, listed, refuse_if

EVENTS = """create_artifact delete_artifact pull_artifact create_project delete_project delete_repository login_user
    logout_user create_user delete_user update_user create_robot delete_robot update_configuration""".split()
KEYS = {"op_time": "creation_time", "operation_description": "description", "op_desc": "description",
        "is_successful": "successful", "op_result": "successful"}


def show(row: AuditLog) -> dict:
    return {"id": row.id, "op_time": shown(row.creation_time), "operation": row.operation, "username": row.username,
            "operation_description": row.description, "operation_result": row.successful,
            "resource_type": row.resource_type, **lean({"resource": row.resource})}


def allowed(request, db):
    """Everything, or what happened in the projects that one leads."""
    caller = request.caller
    refuse_if(not caller.kind, Refused("UNAUTHORIZED"))
    if caller.may("audit-log", "list"):
        return true()
    mine = [project.id for project in db.scalars(select(Project)) if caller.user
            and caller.may_in(db, project, "log", "list")]
    return AuditLog.project_id.in_(mine)


def page_of(request, db, where):
    return listed(request, db, AuditLog, show, where, sort="-op_time", keys=KEYS)


@routes.add("GET", "/auditlog-exts", paged=True)
def list_all(request, db):
    return page_of(request, db, allowed(request, db))


@routes.add("GET", "/audit-logs", paged=True)
def list_old(request, db):
    return page_of(request, db, and_(false(), allowed(request, db)))


@routes.add("GET", "/projects/{name}/auditlog-exts", paged=True)
def list_some(request, db, name):
    return page_of(request, db, AuditLog.project_id == project_of(request, db, name, "log", "list").id)


@routes.add("GET", "/projects/{name}/logs", needs="log:list", paged=True)
def list_old_of_project(request, db, project):
    return page_of(request, db, false())


@routes.add("GET", "/auditlog-exts/events", needs="audit-log:list")
def list_events(request, db):
    return [{"event_type": name} for name in EVENTS]
