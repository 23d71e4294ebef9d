# What is kept: tables as small as the API's answers allow, in PostgreSQL or, for one process, in SQLite.

import contextlib
import datetime
import json
import secrets
import time

import sqlalchemy as sa
from sqlalchemy import orm

from .facts import SETTINGS, TABLES

# Harbor 2.15's schema. An older program refuses a newer database.
SCHEMA = 180


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)


class Base(orm.DeclarativeBase):
    type_annotation_map = {dict: sa.JSON, list: sa.JSON}


class Row(Base):
    """Every table has these."""
    __abstract__ = True
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    creation_time: orm.Mapped[datetime.datetime] = orm.mapped_column(default=now)
    update_time: orm.Mapped[datetime.datetime] = orm.mapped_column(default=now)


# Kind of a column -> its type, and what it holds when nobody says: a time none, a key one that is drawn.
KINDS = {"text": (str, ""), "bool": (bool, False), "int": (int, 0), "big": (int, 0), "dict": (dict, dict),
         "time": (datetime.datetime | None, None), "now": (datetime.datetime, now),
         "key": (str, lambda: secrets.token_hex(12))}


def table(name: str, of: str, columns: str, *unique: str):
    """A class for the rows of the table `of`, as facts.yml says."""
    body: dict = {"__tablename__": of, "__annotations__": {}, "__table_args__": tuple(
        sa.UniqueConstraint(*group.split()) for group in unique)}
    for column in columns.split(", "):
        key, dummy, kind = column.partition(" ")
        plain, dummy, given = kind.strip("?*!").partition("=")
        sort, default = KINDS[plain or "text"]
        body["__annotations__"][key] = orm.Mapped[sort | None if "?" in kind else sort]
        options = {} if "!" in kind or "?" in kind else {"default": given or default}
        body[key] = orm.mapped_column(*[sa.BigInteger] * (plain == "big"), index="*" in kind, unique="!" in kind,
                                      **options)
    return type(name, (Row,), body)


(User, Project, Member, Robot, Label, LabelUse, Document, Repository, Artifact, Blob, Reference, Accessory, Tag,
 Registry, Scanner, Policy, Schedule, Execution, Task, AuditLog) = (
    table(name, *text.split("; ")) for name, text in TABLES.items())


class Property(Base):
    """A setting that somebody has set, as JSON."""
    __tablename__ = "properties"
    k: orm.Mapped[str] = orm.mapped_column(primary_key=True)
    v: orm.Mapped[str]


def setting(db, key: str):
    """As set, or else as shipped. In between come values that this process was told and then refused to keep."""
    if key in db.info["overwritten"]:
        return db.info["overwritten"][key]
    found = db.get(Property, key)
    return json.loads(found.v) if found else db.info["refused"].get(key, SETTINGS[key])


def chosen(model, *where, **same):
    return sa.select(model).where(*where).filter_by(**same)


def first(db, model, *where, **same):
    """The one row that these conditions and values fit, or None."""
    return db.scalar(chosen(model, *where, **same).limit(1))


class Version(Base):
    __tablename__ = "schema_migrations"
    version: orm.Mapped[int] = orm.mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    dirty: orm.Mapped[bool] = orm.mapped_column(default=False)


# An id is never given twice, not even by SQLite after the last row is gone.
for table in [model.__table__ for model in Row.__subclasses__()]:
    table.dialect_options["sqlite"]["autoincrement"] = True


class Store:
    def __init__(self, url: str, wait: float = 0, overwritten: dict | None = None) -> None:
        self.sqlite, self.settings = url.startswith("sqlite"), {"overwritten": overwritten or {}, "refused": {}}
        options = {"pool_pre_ping": True}
        if self.sqlite:
            options = {"connect_args": {"timeout": 30, "check_same_thread": False}}
        self.engine = sa.create_engine(url, pool_size=10, max_overflow=20, **options)
        if self.sqlite:
            sa.event.listen(self.engine, "connect", self._prepare_sqlite)
        self._migrate(wait)

    @staticmethod
    def _prepare_sqlite(connection, dummy) -> None:
        # Transactions are begun below, so a writer holds its lock from the start and never has to give up half-way.
        connection.isolation_level = None
        connection.execute("pragma journal_mode=wal")
        connection.execute("pragma case_sensitive_like=on")
        # What a test keeps need not outlive a power cut.
        connection.execute("pragma synchronous=off")

    @contextlib.contextmanager
    def session(self, write: bool = True):
        """One transaction: kept when the block ends well, else undone."""
        with orm.Session(self.engine, expire_on_commit=False, info=self.settings) as db:
            if self.sqlite:
                db.execute(sa.text("begin immediate" if write else "begin"))
            yield db
            db.commit()

    def ping(self) -> None:
        with self.engine.connect() as connection:
            connection.execute(sa.text("select 1"))

    def alone(self, connection) -> None:
        """Until the end of the transaction: cores that start together wait for each other."""
        if not self.sqlite:
            connection.execute(sa.text("select pg_advisory_xact_lock(180)"))

    def _migrate(self, wait: float) -> None:
        """Make the tables, as Harbor's migrations do."""
        deadline = time.monotonic() + wait
        while True:
            try:
                self.ping()
                break
            except sa.exc.OperationalError:
                if time.monotonic() > deadline:
                    raise SystemExit("failed to connect to the database") from None
                time.sleep(1)
        with self.engine.begin() as connection:
            self.alone(connection)
            Base.metadata.create_all(connection)
            found = connection.execute(sa.select(Version.version, Version.dirty)).first()
            if found is None:
                connection.execute(sa.insert(Version).values(version=SCHEMA, dirty=False))
            elif found.dirty:
                raise SystemExit(f"Dirty database version {found.version}. Fix and force version.")
            elif found.version > SCHEMA:
                raise SystemExit(f"no migration found for version {found.version}")
