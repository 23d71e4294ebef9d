# Labels, global and of projects.

from sqlalchemy import select

from .api import admin, allow, lean, system, times
from .app import routes
from .store import Label, Project, now
from .web import Refused, answer, bad, created, listed, missing


def show_label(label: Label) -> dict:
    return lean({key: getattr(label, key) for key in ("id", "name", "description", "color", "scope",
                                                      "project_id")}) | times(label)


def may_label(request, db, label: Label, action: str) -> None:
    if label.scope == "g":
        system(request, "label", action)
    elif project := db.get(Project, label.project_id):
        allow(request, request.caller.may_in(db, project, "label", action), "forbidden")
    else:
        admin(request)


@routes.add("GET", "/labels", paged=True)
def list_labels(request, db):
    scope, number = request.args.get("scope", ""), request.args.get("project_id", "")
    if scope not in ("g", "p"):
        raise bad(f"invalid scope: {scope}")
    where = [Label.scope == scope]
    if scope == "p":
        if not number:
            raise bad("must with project ID when to query project labels")
        project = db.get(Project, int(number))
        if project:
            allow_project_labels(request, db, project)
        where.append(Label.project_id == int(number))
    if name := request.args.get("name"):
        where.append(Label.name.icontains(name, autoescape=True))
    return listed(request, db, Label, show_label, *where)


def allow_project_labels(request, db, project: Project) -> None:
    if not request.caller.may_in(db, project, "label", "list"):
        allow(request, False, "forbidden")


@routes.add("POST", "/labels", body="label Label")
def create_label(request, db, body):
    scope, name = body.get("scope"), body.get("name") or ""
    if scope not in ("g", "p"):
        raise bad("unsupported label scope")
    label = Label(name=name, scope=scope, description=body.get("description") or "", color=body.get("color") or "",
                  project_id=(body.get("project_id") or 0) if scope == "p" else 0)
    may_label(request, db, label, "create")
    if len(name) > 128 or len(label.color) > 16:
        raise Refused("UNKNOWN")
    free_label(db, label, name)
    db.add(label)
    db.flush()
    return created(request, label.id)


def free_label(db, label: Label, name: str) -> None:
    same = select(Label).where(Label.name == name, Label.scope == label.scope, Label.project_id == label.project_id,
                               Label.id != (label.id or 0))
    if db.scalar(same):
        raise Refused("CONFLICT", f"label {name} already exists")


def label_of(request, db, number: int, action: str) -> Label:
    found = db.get(Label, number) if number > 0 else None
    if found is None:
        raise missing(f"label {number}")
    may_label(request, db, found, action)
    return found


@routes.add("GET", "/labels/{label_id#}")
def read_label(request, db, label_id):
    return answer(show_label(label_of(request, db, label_id, "read")))


@routes.add("PUT", "/labels/{label_id#}", body="label Label")
def change_label(request, db, label_id, body):
    label, name = label_of(request, db, label_id, "update"), body.get("name") or ""
    if not name:
        raise bad("cannot be empty")
    if len(name) > 128:
        raise bad("max length is 128")
    free_label(db, label, name)
    label.name, label.description, label.color = name, body.get("description") or "", body.get("color") or ""
    label.update_time = now()
    return answer()


@routes.add("DELETE", "/labels/{label_id#}")
def delete_label(request, db, label_id):
    db.delete(label_of(request, db, label_id, "delete"))
    return answer()
