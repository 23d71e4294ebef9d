# Kinds that are little more than a document: a table of facts for each (see kinds.py), and one set of handlers for all
# of them.

import dataclasses
import datetime
from collections.abc import Callable

from sqlalchemy import select

from .api import lean, project_of, system, times
from .app import routes
from .store import Document, now
from .web import Refused, answer, created, listed


@dataclasses.dataclass
class Kind:
    """`accept(request, db, kind, body, row)` answers with what is kept in `row`, or refuses as Harbor would."""
    path: str
    ident: str                            # in the path of one: a number with #, else the name is the key
    body: str                             # "name Type"
    resource: str                         # what the caller must be allowed to work on
    accept: Callable
    absent: str = "{} not found"          # what a 404 says of the key
    verbs: tuple = ("list", "create", "read", "update", "delete")
    always: tuple = ()                    # shown also when zero
    hidden: tuple = ()                    # never shown
    sort: str = "id"
    timed: bool = False                   # shows times, and a change forgets the first one
    filters: tuple = ()                   # plain parameters of the list that look for a part of the name
    show: Callable | None = None

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[-1]

    def rows(self, project_id: int = 0):
        return select(Document).where(Document.kind == self.name, Document.project_id == project_id)

    def home(self, request, db, values: dict, action: str) -> int:
        """The project that the path names, 0 without one. Refuses who may not."""
        if "{name}" in self.path:
            return project_of(request, db, values["name"], self.resource, action).id
        system(request, self.resource, action)
        return 0

    def find(self, db, project_id: int, values: dict) -> Document:
        key = values[self.ident.rstrip("#")]
        here = Document.id == key if self.ident.endswith("#") else Document.name == key
        row = None if isinstance(key, int) and not 0 < key < 2 ** 31 else db.scalar(self.rows(project_id).where(here))
        if row is None:
            raise self.gone(db, project_id, key)
        return row

    def gone(self, db, project_id: int, key) -> Refused:
        return Refused("NOT_FOUND", self.absent.format(key))

    def shown(self, row: Document) -> dict:
        found = lean({"id": row.id, "name": row.name, "project_id": row.project_id, **row.body})
        found |= {key: row.body.get(key, False) for key in self.always} | (times(row) if self.timed else {})
        return {key: value for key, value in found.items() if key not in self.hidden}


def register(kind: Kind) -> Kind:
    one, verbs = f"{kind.path}/{{{kind.ident}}}", set(kind.verbs)

    def add(verb: str, method: str, path: str, **facts):
        return routes.add(method, path, **facts) if verb in verbs else lambda function: function

    @add("list", "GET", kind.path, paged=True)
    def show_list(request, db, **values):
        where = kind.rows(kind.home(request, db, values, "list")).whereclause
        where &= Document.name.icontains(next((request.args[key] for key in kind.filters if key in request.args), ""),
                                         autoescape=True)
        return listed(request, db, Document, kind.shown, where, sort=kind.sort)

    @add("create", "POST", kind.path, body=kind.body)
    def create(request, db, body, **values):
        place = kind.home(request, db, values, "create")
        row = Document(kind=kind.name, project_id=place)
        row.body = kind.accept(request, db, kind, body, row)
        row.name = row.body.pop("name", "")
        db.add(row)
        db.flush()
        return created(request, row.id if kind.ident.endswith("#") else row.name)

    @add("read", "GET", one)
    def read(request, db, **values):
        return answer((kind.show or kind.shown)(kind.find(db, kind.home(request, db, values, "read"), values)))

    @add("update", "PUT", one, body=kind.body)
    def update(request, db, body, **values):
        row = kind.find(db, kind.home(request, db, values, "update"), values)
        kept = dict(kind.accept(request, db, kind, body, row))
        row.name, row.body, row.update_time = kept.pop("name", ""), kept, now()
        if kind.timed:
            row.creation_time = datetime.datetime.min
        return answer()

    @add("delete", "DELETE", one)
    def delete(request, db, **values):
        db.delete(kind.find(db, kind.home(request, db, values, "delete"), values))
        return answer()

    return kind
