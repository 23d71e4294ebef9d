# Labels, global and of projects.

from sqlalchemy import delete, select

from .api import lean, system, times, within
from .documents import Kind, register
from .store import Label, LabelUse, Project
from .web import Refused, bad, refuse_if, whole

KEPT = ("name", "description", "color")


class Labels(Kind):
    @staticmethod
    def may(request, db, scope: str, project_id: int, action: str) -> None:
        if scope == "g":
            system(request, "label", action)
        else:
            within(request, db, db.get(Project, project_id), "label", action)

    def where(self, request, db, values):
        scope, number = request.args.get("scope", ""), whole(request, "project_id")
        refuse_if(scope not in ("g", "p"), bad(f"invalid scope: {scope}"))
        if scope == "g":
            return (Label.scope == "g") & super().where(request, db, values)
        refuse_if(not number, bad("must with project ID when to query project labels"))
        self.may(request, db, scope, number, "list")
        return (Label.scope == "p") & (Label.project_id == number) & super().where(request, db, values)

    def home(self, request, db, values, action):
        return 0

    def make(self, request, db, body, values):
        scope = body.get("scope")
        refuse_if(scope not in ("g", "p"), bad("unsupported label scope"))
        row = Label(scope=scope, project_id=(body.get("project_id") or 0) if scope == "p" else 0)
        self.may(request, db, scope, row.project_id, "create")
        if body.get("id"):
            # Harbor takes the number from whoever names one.
            refuse_if(db.get(Label, body["id"]), Refused("CONFLICT", f"label {body.get('name') or ''} already exists"))
            row.id = body["id"]
        self.keep(row, self.accept(request, db, self, body, row))
        return row, None

    def reach(self, request, db, values, action):
        row = super().reach(request, db, values, action)
        self.may(request, db, row.scope, row.project_id, action)
        return row

    def drop(self, request, db, row):
        db.execute(delete(LabelUse).where(LabelUse.label_id == row.id))
        db.delete(row)

    def shown(self, row):
        return lean({key: getattr(row, key) for key in ("id", *KEPT, "scope", "project_id")}) | times(row)


def label(request, db, kind, body, row):
    kept = {key: body.get(key) or "" for key in KEPT}
    refuse_if(row.name is not None and not kept["name"], bad("cannot be empty"))
    refuse_if(row.name is not None and len(kept["name"]) > 128, bad("max length is 128"))
    refuse_if(len(kept["name"]) > 128 or len(kept["color"]) > 16, Refused("UNKNOWN"))
    same = select(Label).where(Label.name == kept["name"], Label.scope == row.scope, Label.id != (row.id or 0),
                               Label.project_id == row.project_id)
    refuse_if(db.scalar(same), Refused("CONFLICT", f"label {kept['name']} already exists"))
    return kept


labels = register(Labels("/labels", "label_id#", "label Label", "label", label, "label {} not found",
                         filters=("name",), model=Label))
