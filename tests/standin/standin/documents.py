# Kinds of things that are made, listed, read, changed and deleted in one and the same way: a table of facts for each,
# and one set of handlers for all of them. What has no table of its own is a document (see kinds.py).

import dataclasses
import datetime
from collections.abc import Callable

from sqlalchemy import and_, select, true

from .app import routes
from .facts import METHODS
from .store import Document, now
from .web import Refused, created, lean, listed, need, project_of, system, times


@dataclasses.dataclass
class Kind:
    """`accept(request, db, kind, body, row)` answers with what is kept in `row`, or refuses as Harbor would."""
    path: str
    ident: str                            # in the path of one: a number with #, else the name is the key
    body: str                             # "name Type", and behind a comma that of a change, where it is another
    resource: str                         # what the caller must be allowed to work on
    accept: Callable | None = None
    absent: str = "{} not found"          # what a 404 says of the key
    verbs: tuple = ("list", "create", "read", "update", "delete")
    always: tuple = ()                    # shown also when zero
    hidden: tuple = ()                    # never shown
    sort: str = "id"
    paged: bool | str = True
    timed: bool = False                   # shows times, and a change forgets the first one
    filters: tuple = ()                   # plain parameters of the list that look for a part of the name
    show: Callable | None = None          # one alone, where it looks different from one of a list
    model: type = Document
    skip: tuple = ()                      # terms of q that mean something else than a column
    keys: dict = dataclasses.field(default_factory=dict)  # columns that Harbor calls otherwise

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[-1]

    def rows(self, project_id: int = 0):
        if self.model is not Document:
            return select(self.model)
        return select(Document).where(Document.kind == self.name, Document.project_id == project_id)

    def home(self, request, db, values: dict, action: str) -> int:
        """The project that the path names, 0 without one. Refuses who may not."""
        if "{name}" in self.path:
            return project_of(request, db, values["name"], self.resource, action).id
        system(request, self.resource, action)
        return 0

    def where(self, request, db, values: dict):
        """What of all there is belongs into the list."""
        where = self.rows(self.home(request, db, values, "list")).whereclause
        words = [request.args[key] for key in self.filters if request.args.get(key)]
        parts = [self.model.name.icontains(word, autoescape=True) for word in words]
        return and_(true() if where is None else where, *parts)

    def make(self, request, db, body: dict, values: dict) -> tuple:
        """A new row, not stored yet, and what its creator is told."""
        place = self.home(request, db, values, "create")
        row = Document(kind=self.name, project_id=place) if self.model is Document else self.model()
        self.keep(row, self.accept(request, db, self, body, row))
        return row, None

    def keep(self, row, kept: dict) -> None:
        if self.model is Document:
            row.name, row.body = kept.get("name", ""), {key: kept[key] for key in kept if key != "name"}
        else:
            for key, value in kept.items():
                setattr(row, key, value)

    def reach(self, request, db, values: dict, action: str):
        """The one that the path names, for a caller who may do that."""
        return self.find(db, self.home(request, db, values, action), values)

    def find(self, db, project_id: int, values: dict):
        key = values[self.ident.rstrip("#")]
        here = self.model.id == key if self.ident.endswith("#") else self.model.name == key
        row = None if isinstance(key, int) and not 0 < key < 2 ** 31 else db.scalar(self.rows(project_id).where(here))
        return need(row, row or self.gone(db, project_id, key))

    def one(self, db, number: int | None):
        """By its number, for whoever may."""
        return self.find(db, 0, {self.ident.rstrip("#"): number or 0})

    def done(self, db, row) -> None:
        """What else is to do when it is stored."""

    def drop(self, request, db, row) -> None:
        db.delete(row)

    def gone(self, db, project_id: int, key) -> Refused:
        return Refused("NOT_FOUND", self.absent.format(key))

    def page(self, request, db, *where):
        return listed(request, db, self.model, None, *where, sort=self.sort, keys=self.keys, skip=self.skip,
                      together=lambda rows: self.views(request, db, rows))

    def views(self, request, db, rows: list) -> list[dict]:
        """All of a page; where each costs questions of its own, they are asked once for all."""
        return [self.view(request, db, row) for row in rows]

    def view(self, request, db, row) -> dict:
        return self.shown(row)

    def shown(self, row) -> dict:
        found = lean({"id": row.id, "name": row.name, "project_id": row.project_id, **row.body})
        found |= {key: row.body.get(key, False) for key in self.always} | (times(row) if self.timed else {})
        return {key: value for key, value in found.items() if key not in self.hidden}

    # --- what answers to the five verbs

    def answer_list(self, request, db, **values):
        return self.page(request, db, self.where(request, db, values))

    def answer_create(self, request, db, body, **values):
        row, told = self.make(request, db, body, values)
        db.add(row)
        db.flush()
        self.done(db, row)
        return created(request, row.id if self.ident.endswith("#") else row.name, told and told(row))

    def answer_read(self, request, db, **values):
        row = self.reach(request, db, values, "read")
        return self.show(row) if self.show else self.view(request, db, row)

    def answer_update(self, request, db, body, **values):
        row = self.reach(request, db, values | {"body": body}, "update")
        kept = self.accept(request, db, self, body, row)
        row.update_time = now()
        self.keep(row, kept)
        if self.timed:
            row.creation_time = datetime.datetime.min
        self.done(db, row)

    def answer_delete(self, request, db, **values):
        self.drop(request, db, self.reach(request, db, values, "delete"))


def register(kind: Kind) -> Kind:
    bodies = kind.body.split(", ")
    facts = {"list": {"paged": kind.paged}, "create": {"body": bodies[0]}, "update": {"body": bodies[-1]}}
    for verb in kind.verbs:
        path = kind.path if verb in ("list", "create") else f"{kind.path}/{{{kind.ident}}}"
        routes.add(METHODS[verb], path, **facts.get(verb, {}))(getattr(kind, f"answer_{verb}"))
    return kind
