# What has been pushed: repositories, artifacts, tags. Only facts of manifests; their bytes are Docker Distribution's.

import contextlib
import json
import re

from sqlalchemy import delete, exists, func, or_, select
from sqlalchemy.exc import IntegrityError

from . import audit, facts, matching, replication
from .store import Accessory, Artifact, Blob, Document, LabelUse, Project, Reference, Repository, Tag, first, now
from .web import Refused, missing, need, refuse_if

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")

# Conditions on artifacts. A root is no mere part of an index, and not attached to another one.
TAGGED = exists().where(Tag.artifact_id == Artifact.id)
CHILD = exists().where(Reference.child_id == Artifact.id)
ATTACHED = exists().where(Accessory.artifact_id == Artifact.id)
ROOT = or_(TAGGED, ~CHILD) & ~ATTACHED


def project_of(db, name: str) -> Project | None:
    return first(db, Project, name=name.split("/")[0])


def find(db, name: str, reference: str) -> Artifact:
    by_digest = DIGEST.fullmatch(reference)
    if not by_digest:
        need(first(db, Repository, name=name), missing(f"repository {name}"))
    same = Artifact.digest == reference if by_digest else TAGGED.where(Tag.name == reference)
    return need(first(db, Artifact, same, repository_name=name),
                missing(f"artifact {name}{'@' if by_digest else ':'}{reference}"))


def tags(db, artifact: Artifact) -> list[Tag]:
    return list(db.scalars(select(Tag).where(Tag.artifact_id == artifact.id).order_by(Tag.id)))


def count(db, repository_id: int) -> int:
    return db.scalar(select(func.count(Artifact.id)).where(Artifact.repository_id == repository_id, ROOT))


# --- what is pushed ---------------------------------------------------------------------------------------------------

def note(db, name: str, digest: str, media_type: str, content: bytes, tag: str) -> Artifact:
    """A manifest has come: remember it, and move the tag to it if there is one."""
    manifest, project = json.loads(content), project_of(db, name)
    config, annotations = manifest.get("config") or {}, manifest.get("annotations") or {}
    home = ensure(db, Repository(name=name, project_id=project.id), "name")
    children = [(child, find(db, name, child["digest"])) for child in manifest.get("manifests", [])]
    kind = config.get("mediaType") or annotations.get("org.opencontainers.artifactType") or media_type
    own = manifest.get("artifactType") or config.get("mediaType") or ""
    size = len(content) + sum(part.get("size", 0) for part in [config, *manifest.get("layers", [])])
    fresh = Artifact(
        repository_id=home.id, repository_name=name, project_id=project.id, digest=digest, annotations=annotations,
        media_type=kind, manifest_media_type=media_type, artifact_type=own,
        type=facts.MEDIA.get(own or kind, "UNKNOWN"), size=size + sum(row.size for dummy, row in children))
    found = ensure(db, fresh, "repository_id", "digest")
    if found is fresh:
        home.update_time = now()
        db.add_all(Blob(artifact_id=found.id, project_id=project.id, digest=key, size=size)
                   for key, size in blobs_of(digest, content).items())
        db.add_all(Reference(parent_id=found.id, child_id=row.id, body=child) for child, row in children)
        measure(db, project)
    attach(db, found, manifest, tag)
    if tag:
        move_tag(db, found, tag)
    return found


def blobs_of(digest: str, content: bytes) -> dict[str, int]:
    manifest = json.loads(content)
    parts = [part for part in [*manifest.get("layers", []), manifest.get("config")] if part]
    return {part["digest"]: part.get("size", 0) for part in parts} | {digest: len(content)}


def ensure(db, fresh, *keys: str):
    """The row that has these values of `fresh`, or else itself; another node may make the same at the same moment."""
    same = {key: getattr(fresh, key) for key in keys}
    if found := first(db, type(fresh), **same):
        return found
    with contextlib.suppress(IntegrityError), db.begin_nested():
        db.add(fresh)
        db.flush()
        return fresh
    return first(db, type(fresh), **same)


def measure(db, project: Project) -> None:
    db.flush()
    blobs = select(Blob.digest, Blob.size).where(Blob.project_id == project.id).distinct().subquery()
    project.used = db.scalar(select(func.coalesce(func.sum(blobs.c.size), 0)))


def attach(db, artifact: Artifact, manifest: dict, tag: str) -> None:
    """To what the manifest names as its subject or, in cosign's older way, by its tag. Either may come first."""
    subject = (manifest.get("subject") or {}).get("digest")
    kind = facts.ATTACHMENTS.get(artifact.artifact_type, "subject.accessory")
    old = re.fullmatch(r"sha256-([0-9a-f]{64})\.sig", tag)
    if old and not subject:
        subject, kind = f"sha256:{old[1]}", "signature.cosign"
    if subject:
        ensure(db, Accessory(artifact_id=artifact.id, repository=artifact.repository_name, subject=subject, type=kind,
                             digest=artifact.digest, size=artifact.size), "artifact_id")


def move_tag(db, artifact: Artifact, name: str) -> None:
    fresh = Tag(repository_id=artifact.repository_id, artifact_id=artifact.id, name=name)
    found = ensure(db, fresh, "repository_id", "name")
    if found is fresh or found.artifact_id != artifact.id:
        found.artifact_id, found.creation_time = artifact.id, now()
        db.get(Repository, artifact.repository_id).update_time = now()


def frozen(db, home: Repository, tag: str) -> bool:
    """Whether an immutable rule of the project keeps this tag as it is. Only the first selectors count."""
    def fits(selectors: list | None, value: str) -> bool:
        one = (selectors or [{"decoration": "excludes", "pattern": "**"}])[0]
        return matching.takes(one.get("pattern") or "", value) != one.get("decoration", "").lower().endswith("excludes")
    found = db.scalars(select(Document.body).where(Document.kind == "immutabletagrules",
                                                   Document.project_id == home.project_id))
    return any(fits(rule.get("tag_selectors"), tag) and
               fits((rule.get("scope_selectors") or {}).get("repository"), home.name.split("/", 1)[1])
               for rule in found if not rule.get("disabled"))


def keep_frozen(db, home: Repository, names: list[str]) -> None:
    for name in names:
        refuse_if(frozen(db, home, name),
                  Refused("PRECONDITION", f"the tag {name} configured as immutable, cannot be deleted"))


# --- what goes --------------------------------------------------------------------------------------------------------

def discard(request, db, artifact: Artifact, root: bool = True) -> None:
    """With its tags, its signatures, and those of its parts that nobody else needs. Others hear of it."""
    names = [tag.name for tag in tags(db, artifact)]
    needed = first(db, Reference, child_id=artifact.id)
    if not root and (names or needed):
        return
    refuse_if(needed, Refused("VIOLATE_FOREIGN_KEY_CONSTRAINT", "the deleting artifact is referenced by others"))
    home = db.get(Repository, artifact.repository_id)
    keep_frozen(db, home, names)
    attached = select(Artifact).join(Accessory, Accessory.artifact_id == Artifact.id).where(
        Accessory.repository == home.name, Accessory.subject == artifact.digest).order_by(Accessory.id)
    for row in db.scalars(attached).all():
        discard(request, db, row)
    below = db.scalars(select(Artifact).join(Reference, Reference.child_id == Artifact.id)
                       .where(Reference.parent_id == artifact.id)).all()
    for column in (Reference.parent_id, Tag.artifact_id, LabelUse.artifact_id, Accessory.artifact_id, Blob.artifact_id):
        db.execute(delete(column.class_).where(column == artifact.id))
    for child in below:
        discard(request, db, child, root=False)
    home.update_time = now()
    db.delete(artifact)
    measure(db, db.get(Project, artifact.project_id))
    if root:
        announce(request, "delete", artifact, names)


def announce(request, kind: str, artifact: Artifact, names: list[str]) -> None:
    """To replication and to the audit log, which calls a new tag by its name and a pull too."""
    verb, what = kind.split()[0], "tag" if kind.endswith("tag") else "artifact"
    home, project_id = artifact.repository_name, artifact.project_id
    whole, tagged = f"{home}@{artifact.digest}", f"{home}:{''.join(names[:1])}"
    resource, text = tagged if names and kind != "delete" else whole, tagged if what == "tag" else whole
    audit.note(request, "create" if verb == "push" else verb, what, resource, f"{verb} {what}: {text}", project_id)
    event = replication.Event("push" if verb == "create" else kind, home, artifact.digest, names, project_id)
    if verb != "pull":
        request.events.append(lambda: replication.react(request.app, event))
