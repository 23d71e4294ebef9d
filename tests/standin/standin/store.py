# What is kept: tables as small as the API's answers allow, in PostgreSQL or, for one process, in SQLite.

import contextlib
import datetime
import json
import secrets
import time

import sqlalchemy as sa
from sqlalchemy import orm

from .facts import SETTINGS

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


TIME = datetime.datetime
# Kind of a column -> its type, and what it holds when nobody says: a time none, a key one that is drawn.
KINDS = {"text": (str, ""), "bool": (bool, False), "int": (int, 0), "big": (int, 0), "dict": (dict, dict),
         "time": (TIME | None, None), "now": (TIME, now), "key": (str, lambda: secrets.token_hex(12))}


def table(name: str, of: str, columns: str, *unique: str):
    """A class for the rows of the table `of`. A column is a text unless its kind follows; "?" may be null, "*" is found
    quickly, "!" is unique, as are the groups of `unique`; "=x" holds x when nobody says."""
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


User = table("User", "harbor_user", "username !, email ?!, realname, comment, password, sysadmin_flag bool, "
             "deleted bool")
Project = table("Project", "project", "name !, owner_id int, registry_id int?, meta dict, allowlist dict, "
                "storage big?, used big")
Member = table("Member", "project_member", "project_id int, entity_id int, entity_type =u, role int",
               "project_id entity_id entity_type")
# Permissions by scope: "/system", "/project/*" or "/project/7".
Robot = table("Robot", "robot", "name, project_id int, description, secret, duration int, expires_at big, "
              "disable bool, permissions dict, creator_ref int, creator_type", "project_id name")
Label = table("Label", "harbor_label", "name, description, color, scope, project_id int", "name scope project_id")
LabelUse = table("LabelUse", "label_reference", "label_id int, artifact_id int", "label_id artifact_id")
# Of any kind that needs no table of its own; project 0 is the system.
Document = table("Document", "document", "kind, name, project_id int, body dict")
Repository = table("Repository", "repository", "name !, project_id int, description, pull_count int")
Artifact = table("Artifact", "artifact", "repository_id int, repository_name *, project_id int*, type, digest, "
                 "media_type, manifest_media_type, artifact_type, size big, annotations dict, extra_attrs dict, "
                 "pull_time time", "repository_id digest")
# What an artifact takes of the store: its manifest too. Of a project, equal ones count once.
Blob = table("Blob", "artifact_blob", "artifact_id int*, project_id int*, digest *, size big")
# An index and one of its parts.
Reference = table("Reference", "artifact_reference", "parent_id int*, child_id int*, body dict")
# An artifact that belongs to another one, which may not be there yet.
Accessory = table("Accessory", "artifact_accessory", "artifact_id int*, repository, subject *, digest, size big, type")
Tag = table("Tag", "tag", "repository_id int, artifact_id int*, name, pull_time time", "repository_id name")
Registry = table("Registry", "registry", "name !, description, type, url, credential_type, access_key, access_secret, "
                 "insecure bool, ca_certificate, status =healthy")
Scanner = table("Scanner", "scanner_registration", "uuid !, name !, url !, description, auth, access_credential, "
                "skip_certVerify bool, use_internal_addr bool, disabled bool, is_default bool, immutable bool")
Policy = table("Policy", "replication_policy", "name !, src_registry_id int, dest_registry_id int, enabled bool, "
               "body dict")
# When something runs, and with what: `attrs` is shown, `params` is for the run itself. When it fired last: the first
# node that moves it runs what is scheduled.
Schedule = table("Schedule", "schedule", "vendor_type, vendor_id int, cron_type, cron, attrs dict, params dict, "
                 "last_tick now")
# `vendor_id` is the policy, -1 or 0 for what the whole system has one of.
Execution = table("Execution", "execution", "vendor_type *, vendor_id int, trigger, status =Running, status_message, "
                  "attrs dict, end_time time")
Task = table("Task", "task", "execution_id int*, vendor_type, job_id key*, status =Pending, attrs dict, log, "
             "run_count int, start_time time, end_time time")
AuditLog = table("AuditLog", "audit_log_ext", "project_id int*, operation, description, successful bool, "
                 "resource_type, resource, username")


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
