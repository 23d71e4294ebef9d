# What is kept: tables as small as the API's answers allow, in PostgreSQL or, for one process, in SQLite.

import contextlib
import datetime
import json
import secrets
import time

import sqlalchemy as sa
from sqlalchemy import orm

from .settings import CONFIGURATIONS

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


class User(Row):
    __tablename__ = "harbor_user"
    username: orm.Mapped[str] = orm.mapped_column(unique=True)
    email: orm.Mapped[str | None] = orm.mapped_column(unique=True)
    realname: orm.Mapped[str] = orm.mapped_column(default="")
    comment: orm.Mapped[str] = orm.mapped_column(default="")
    password: orm.Mapped[str]
    sysadmin_flag: orm.Mapped[bool] = orm.mapped_column(default=False)
    deleted: orm.Mapped[bool] = orm.mapped_column(default=False)


class Project(Row):
    __tablename__ = "project"
    name: orm.Mapped[str] = orm.mapped_column(unique=True)
    owner_id: orm.Mapped[int]
    registry_id: orm.Mapped[int | None]
    meta: orm.Mapped[dict] = orm.mapped_column(default=dict)
    allowlist: orm.Mapped[dict] = orm.mapped_column(default=dict)
    storage: orm.Mapped[int | None] = orm.mapped_column(sa.BigInteger)
    used: orm.Mapped[int] = orm.mapped_column(sa.BigInteger, default=0)


class Member(Row):
    __tablename__ = "project_member"
    project_id: orm.Mapped[int]
    entity_id: orm.Mapped[int]
    entity_type: orm.Mapped[str] = orm.mapped_column(default="u")
    role: orm.Mapped[int]
    __table_args__ = (sa.UniqueConstraint("project_id", "entity_id", "entity_type"),)


class Robot(Row):
    __tablename__ = "robot"
    name: orm.Mapped[str]
    project_id: orm.Mapped[int] = orm.mapped_column(default=0)
    description: orm.Mapped[str] = orm.mapped_column(default="")
    secret: orm.Mapped[str]
    duration: orm.Mapped[int]
    expires_at: orm.Mapped[int] = orm.mapped_column(sa.BigInteger)
    disable: orm.Mapped[bool] = orm.mapped_column("disabled", default=False)
    # Scope ("/system", "/project/*" or "/project/7") -> access.
    permissions: orm.Mapped[dict] = orm.mapped_column(default=dict)
    creator_ref: orm.Mapped[int]
    creator_type: orm.Mapped[str]
    __table_args__ = (sa.UniqueConstraint("project_id", "name"),)


class Label(Row):
    __tablename__ = "harbor_label"
    name: orm.Mapped[str]
    description: orm.Mapped[str] = orm.mapped_column(default="")
    color: orm.Mapped[str] = orm.mapped_column(default="")
    scope: orm.Mapped[str]
    project_id: orm.Mapped[int] = orm.mapped_column(default=0)
    __table_args__ = (sa.UniqueConstraint("name", "scope", "project_id"),)


class LabelUse(Row):
    __tablename__ = "label_reference"
    label_id: orm.Mapped[int]
    artifact_id: orm.Mapped[int]
    __table_args__ = (sa.UniqueConstraint("label_id", "artifact_id"),)


class Document(Row):
    """Of any kind that needs no table of its own; project 0 is the system."""
    __tablename__ = "document"
    kind: orm.Mapped[str]
    name: orm.Mapped[str]
    project_id: orm.Mapped[int] = orm.mapped_column(default=0)
    body: orm.Mapped[dict] = orm.mapped_column(default=dict)


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
    return json.loads(found.v) if found else db.info["refused"].get(key, CONFIGURATIONS[key].value)


class Repository(Row):
    __tablename__ = "repository"
    name: orm.Mapped[str] = orm.mapped_column(unique=True)
    project_id: orm.Mapped[int]
    description: orm.Mapped[str] = orm.mapped_column(default="")
    pull_count: orm.Mapped[int] = orm.mapped_column(default=0)


class Artifact(Row):
    __tablename__ = "artifact"
    repository_id: orm.Mapped[int]
    repository_name: orm.Mapped[str] = orm.mapped_column(index=True)
    project_id: orm.Mapped[int] = orm.mapped_column(index=True)
    type: orm.Mapped[str]
    digest: orm.Mapped[str]
    media_type: orm.Mapped[str]
    manifest_media_type: orm.Mapped[str]
    artifact_type: orm.Mapped[str] = orm.mapped_column(default="")
    size: orm.Mapped[int] = orm.mapped_column(sa.BigInteger, default=0)
    annotations: orm.Mapped[dict] = orm.mapped_column(default=dict)
    extra_attrs: orm.Mapped[dict] = orm.mapped_column(default=dict)
    pull_time: orm.Mapped[datetime.datetime | None]
    __table_args__ = (sa.UniqueConstraint("repository_id", "digest"),)


class Blob(Row):
    """What an artifact takes of the store: its manifest too. Of a project, equal ones count once."""
    __tablename__ = "artifact_blob"
    artifact_id: orm.Mapped[int] = orm.mapped_column(index=True)
    project_id: orm.Mapped[int] = orm.mapped_column(index=True)
    digest: orm.Mapped[str] = orm.mapped_column(index=True)
    size: orm.Mapped[int] = orm.mapped_column(sa.BigInteger)


class Reference(Row):
    """An index and one of its parts."""
    __tablename__ = "artifact_reference"
    parent_id: orm.Mapped[int] = orm.mapped_column(index=True)
    child_id: orm.Mapped[int] = orm.mapped_column(index=True)
    body: orm.Mapped[dict]


class Accessory(Row):
    """An artifact that belongs to another one, which may not be there yet."""
    __tablename__ = "artifact_accessory"
    artifact_id: orm.Mapped[int] = orm.mapped_column(index=True)
    repository: orm.Mapped[str]
    subject: orm.Mapped[str] = orm.mapped_column(index=True)
    digest: orm.Mapped[str]
    size: orm.Mapped[int] = orm.mapped_column(sa.BigInteger)
    type: orm.Mapped[str]


class Tag(Row):
    __tablename__ = "tag"
    repository_id: orm.Mapped[int]
    artifact_id: orm.Mapped[int] = orm.mapped_column(index=True)
    name: orm.Mapped[str]
    pull_time: orm.Mapped[datetime.datetime | None]
    __table_args__ = (sa.UniqueConstraint("repository_id", "name"),)


class Registry(Row):
    __tablename__ = "registry"
    name: orm.Mapped[str] = orm.mapped_column(unique=True)
    description: orm.Mapped[str] = orm.mapped_column(default="")
    type: orm.Mapped[str]
    url: orm.Mapped[str]
    credential_type: orm.Mapped[str] = orm.mapped_column(default="")
    access_key: orm.Mapped[str] = orm.mapped_column(default="")
    access_secret: orm.Mapped[str] = orm.mapped_column(default="")
    insecure: orm.Mapped[bool] = orm.mapped_column(default=False)
    ca_certificate: orm.Mapped[str] = orm.mapped_column(default="")
    status: orm.Mapped[str] = orm.mapped_column(default="healthy")


class Scanner(Row):
    __tablename__ = "scanner_registration"
    uuid: orm.Mapped[str] = orm.mapped_column(unique=True)
    name: orm.Mapped[str] = orm.mapped_column(sa.String(128), unique=True)
    url: orm.Mapped[str] = orm.mapped_column(sa.String(512), unique=True)
    description: orm.Mapped[str] = orm.mapped_column(default="")
    auth: orm.Mapped[str] = orm.mapped_column(default="")
    access_credential: orm.Mapped[str] = orm.mapped_column(default="")
    skip_certVerify: orm.Mapped[bool] = orm.mapped_column(default=False)
    use_internal_addr: orm.Mapped[bool] = orm.mapped_column(default=False)
    disabled: orm.Mapped[bool] = orm.mapped_column(default=False)
    is_default: orm.Mapped[bool] = orm.mapped_column(default=False)
    immutable: orm.Mapped[bool] = orm.mapped_column(default=False)


class Policy(Row):
    __tablename__ = "replication_policy"
    name: orm.Mapped[str] = orm.mapped_column(unique=True)
    src_registry_id: orm.Mapped[int] = orm.mapped_column(default=0)
    dest_registry_id: orm.Mapped[int] = orm.mapped_column(default=0)
    enabled: orm.Mapped[bool] = orm.mapped_column(default=False)
    body: orm.Mapped[dict] = orm.mapped_column(default=dict)


class Schedule(Row):
    """When something runs, and with what: `attrs` is shown, `params` is for the run itself."""
    __tablename__ = "schedule"
    vendor_type: orm.Mapped[str]
    vendor_id: orm.Mapped[int] = orm.mapped_column(default=0)
    cron_type: orm.Mapped[str] = orm.mapped_column(default="")
    cron: orm.Mapped[str]
    attrs: orm.Mapped[dict] = orm.mapped_column(default=dict)
    params: orm.Mapped[dict] = orm.mapped_column(default=dict)
    # When it fired last; the first node that moves it runs what is scheduled.
    last_tick: orm.Mapped[datetime.datetime] = orm.mapped_column(default=now)


class Execution(Row):
    """`vendor_id` is the policy, -1 or 0 for what the whole system has one of."""
    __tablename__ = "execution"
    vendor_type: orm.Mapped[str] = orm.mapped_column(index=True)
    vendor_id: orm.Mapped[int] = orm.mapped_column(default=0)
    trigger: orm.Mapped[str]
    status: orm.Mapped[str] = orm.mapped_column(default="Running")
    status_message: orm.Mapped[str] = orm.mapped_column(default="")
    attrs: orm.Mapped[dict] = orm.mapped_column(default=dict)
    end_time: orm.Mapped[datetime.datetime | None]


class Task(Row):
    __tablename__ = "task"
    execution_id: orm.Mapped[int] = orm.mapped_column(index=True)
    vendor_type: orm.Mapped[str]
    job_id: orm.Mapped[str] = orm.mapped_column(default=lambda: secrets.token_hex(12), index=True)
    status: orm.Mapped[str] = orm.mapped_column(default="Pending")
    attrs: orm.Mapped[dict] = orm.mapped_column(default=dict)
    log: orm.Mapped[str] = orm.mapped_column(default="")
    run_count: orm.Mapped[int] = orm.mapped_column(default=0)
    start_time: orm.Mapped[datetime.datetime | None]
    end_time: orm.Mapped[datetime.datetime | None]


class AuditLog(Row):
    __tablename__ = "audit_log_ext"
    project_id: orm.Mapped[int] = orm.mapped_column(default=0, index=True)
    operation: orm.Mapped[str]
    description: orm.Mapped[str] = orm.mapped_column(default="")
    successful: orm.Mapped[bool] = orm.mapped_column(default=True)
    resource_type: orm.Mapped[str]
    resource: orm.Mapped[str]
    username: orm.Mapped[str]


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
