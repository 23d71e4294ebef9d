# What has been pushed: repositories, artifacts, tags. Only facts of manifests; their bytes are Docker Distribution's.

import json
import re

from sqlalchemy import delete, exists, func, or_, select
from sqlalchemy.exc import IntegrityError

from . import audit, matching, replication
from .store import Accessory, Artifact, Blob, Document, LabelUse, Project, Reference, Repository, Tag, now, setting
from .web import Refused, missing, refuse_if

IMAGE = {"application/vnd.docker.container.image.v1+json", "application/vnd.oci.image.config.v1+json"}
INDEX = {"application/vnd.docker.distribution.manifest.list.v2+json", "application/vnd.oci.image.index.v1+json"}
TYPES = {**dict.fromkeys(IMAGE | INDEX, "IMAGE"), "application/vnd.cncf.helm.config.v1+json": "CHART",
         "application/vnd.cnab.manifest.v1": "CNAB", "application/vnd.wasm.config.v1+json": "WASM",
         "application/vnd.goharbor.harbor.sbom.v1": "SBOM"}
# What is attached to an artifact, by its own type.
SIGNATURES = {"application/vnd.dev.cosign.artifact.sig.v1+json": "signature.cosign",
              "application/vnd.cncf.notary.signature": "signature.notation",
              "application/vnd.goharbor.harbor.sbom.v1": "sbom.harbor"}
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")

# Conditions on artifacts.
TAGGED = exists().where(Tag.artifact_id == Artifact.id)
CHILD = exists().where(Reference.child_id == Artifact.id)
ATTACHED = exists().where(Accessory.artifact_id == Artifact.id)


def project_of(db, name: str) -> Project:
    return db.scalar(select(Project).where(Project.name == name.split("/")[0]))


def repository(db, name: str) -> Repository | None:
    return db.scalar(select(Repository).where(Repository.name == name))


def find(db, name: str, reference: str) -> Artifact:
    by_digest = DIGEST.fullmatch(reference)
    known = select(Artifact).where(Artifact.repository_name == name)
    if by_digest:
        known = known.where(Artifact.digest == reference)
    else:
        refuse_if(repository(db, name) is None, missing(f"repository {name}"))
        known = known.join(Tag, Tag.artifact_id == Artifact.id).where(Tag.name == reference)
    found = db.scalar(known)
    refuse_if(found is None, missing(f"artifact {name}{'@' if by_digest else ':'}{reference}"))
    return found


def tags(db, artifact: Artifact) -> list[Tag]:
    return list(db.scalars(select(Tag).where(Tag.artifact_id == artifact.id).order_by(Tag.id)))


# --- what is pushed ---------------------------------------------------------------------------------------------------

def note(db, name: str, digest: str, media_type: str, content: bytes, names: list[str], details: dict) -> Artifact:
    """A manifest has come: remember it, and move the tags to it."""
    manifest = json.loads(content)
    project = project_of(db, name)
    home = ensure(db, lambda: repository(db, name), Repository(name=name, project_id=project.id))
    children = [(child, find(db, name, child["digest"])) for child in manifest.get("manifests", [])]
    fresh = describe(manifest, len(content) + sum(row.size for dummy, row in children), media_type)
    fresh.repository_id, fresh.repository_name, fresh.project_id = home.id, name, project.id
    fresh.digest, fresh.extra_attrs = digest, details
    known = select(Artifact).where(Artifact.repository_id == home.id, Artifact.digest == digest)
    found = ensure(db, lambda: db.scalar(known), fresh)
    if found is fresh:
        home.update_time = now()
        db.add_all(Blob(artifact_id=found.id, project_id=project.id, digest=key, size=size)
                   for key, size in blobs_of(digest, content).items())
        measure(db, project)
        db.add_all(Reference(parent_id=found.id, child_id=row.id, body=child) for child, row in children)
    attach(db, found, manifest, names)
    for tag in names:
        move_tag(db, found, tag)
    return found


def blobs_of(digest: str, content: bytes) -> dict[str, int]:
    manifest = json.loads(content)
    parts = [part for part in [*manifest.get("layers", []), manifest.get("config")] if part]
    return {part["digest"]: part.get("size", 0) for part in parts} | {digest: len(content)}


def ensure(db, find_it, fresh):
    """What is there, or else `fresh`; another node may make the same at the same moment."""
    found = find_it()
    if found is None:
        try:
            with db.begin_nested():
                db.add(fresh)
            return fresh
        except IntegrityError:
            found = find_it()
    return found


def spend(db, project: Project, blobs: dict[str, int]) -> None:
    """Whether the quota allows what is not there yet."""
    known = set(db.scalars(select(Blob.digest).where(Blob.project_id == project.id, Blob.digest.in_(blobs))))
    more, limit = sum(size for digest, size in blobs.items() if digest not in known), project.storage
    if setting(db, "quota_per_project_enable") and limit not in (None, -1) and more and project.used + more > limit:
        raise Refused("DENIED", f"adding {amount(more)} of storage resource, which when updated to current usage of "
                                f"{amount(project.used)} will exceed the configured upper limit of {amount(limit)}.")


def amount(size: int) -> str:
    power = max((size.bit_length() - 1) // 10, 0)
    return f"{size / 1024 ** power:.1f} {'KMGTPE'[power - 1]}iB" if power else f"{size} B"


def measure(db, project: Project) -> None:
    db.flush()
    blobs = select(Blob.digest, Blob.size).where(Blob.project_id == project.id).distinct().subquery()
    project.used = db.scalar(select(func.coalesce(func.sum(blobs.c.size), 0)))


def describe(manifest: dict, size: int, media_type: str) -> Artifact:
    config, annotations = manifest.get("config") or {}, manifest.get("annotations") or {}
    kind = config.get("mediaType") or annotations.get("org.opencontainers.artifactType") or media_type
    own = manifest.get("artifactType") or config.get("mediaType") or ""
    plain = re.fullmatch(r"application/vnd\.[^.]*\.(.*)\.config\.[^.]*\+json", kind)
    return Artifact(
        media_type=kind, manifest_media_type=media_type, artifact_type=own, annotations=annotations,
        type=TYPES.get(own or kind) or (plain[1].upper() if plain else "UNKNOWN"),
        size=size + sum(part.get("size", 0) for part in [config, *manifest.get("layers", [])]))


def attach(db, artifact: Artifact, manifest: dict, names: list[str]) -> None:
    """To what the manifest names as its subject or, in cosign's older way, by its tag. Either may come first."""
    old = next((match for tag in names if (match := re.fullmatch(r"sha256-([0-9a-f]{64})\.sig", tag))), None)
    signed = any(layer.get("mediaType") == "application/vnd.dev.cosign.simplesigning.v1+json"
                 for layer in manifest.get("layers", []))
    subject, kind = (manifest.get("subject") or {}).get("digest"), SIGNATURES.get(artifact.artifact_type)
    if not subject and old and signed:
        subject, kind = f"sha256:{old[1]}", "signature.cosign"
    if subject and not db.scalar(select(Accessory.id).where(Accessory.artifact_id == artifact.id)):
        db.add(Accessory(artifact_id=artifact.id, repository=artifact.repository_name, subject=subject,
                         digest=artifact.digest, size=artifact.size, type=kind or "subject.accessory"))
        db.flush()


def accessories(db, artifact: Artifact):
    return db.scalars(select(Accessory).where(Accessory.repository == artifact.repository_name,
                                              Accessory.subject == artifact.digest).order_by(Accessory.id))


def move_tag(db, artifact: Artifact, name: str) -> None:
    known = select(Tag).where(Tag.repository_id == artifact.repository_id, Tag.name == name)
    fresh = Tag(repository_id=artifact.repository_id, artifact_id=artifact.id, name=name)
    found = ensure(db, lambda: db.scalar(known), fresh)
    if found is fresh or found.artifact_id != artifact.id:
        found.artifact_id, found.creation_time = artifact.id, now()
        db.get(Repository, artifact.repository_id).update_time = now()
    db.flush()


def frozen(db, home: Repository, tag: str) -> bool:
    """Whether an immutable rule of the project keeps this tag as it is. Only the first selectors count."""
    def fits(selectors: list | None, value: str) -> bool:
        one = (selectors or [{"decoration": "excludes", "pattern": "**"}])[0]
        return matching.takes(one.get("pattern") or "", value) != one.get("decoration", "").lower().endswith("excludes")
    found = db.scalars(select(Document.body).where(Document.kind == "immutabletagrules",
                                                   Document.project_id == home.project_id))
    return any(fits(body.get("tag_selectors"), tag) and
               fits((body.get("scope_selectors") or {}).get("repository"), home.name.split("/", 1)[1])
               for body in found if not body.get("disabled"))


def keep_frozen(db, home: Repository, names: list[str], deed: str = "deleted") -> None:
    if held := [name for name in names if frozen(db, home, name)]:
        raise Refused("PRECONDITION", f"the tag {held[0]} configured as immutable, cannot be {deed}")


# --- what goes --------------------------------------------------------------------------------------------------------

def remove(db, artifact: Artifact, root: bool = True) -> "list[replication.Event]":
    """With its tags, its signatures, and those of its parts that nobody else needs. The events that others hear of."""
    names = [tag.name for tag in tags(db, artifact)]
    if not root and names:
        return []
    if db.scalar(select(Reference.id).where(Reference.child_id == artifact.id).limit(1)):
        refuse_if(root, Refused("VIOLATE_FOREIGN_KEY_CONSTRAINT", "the deleting artifact is referenced by others"))
        return []
    home, found = db.get(Repository, artifact.repository_id), []
    keep_frozen(db, home, names)
    for row in list(accessories(db, artifact)):
        found += remove(db, db.get(Artifact, row.artifact_id))
    own = select(Blob.digest).where(Blob.artifact_id == artifact.id)
    # What was uploaded for it goes too, unless another artifact of the project needs it.
    here = Blob.project_id == artifact.project_id
    needed = select(Blob.digest).where(here, Blob.artifact_id.not_in((0, artifact.id)))
    db.execute(delete(Blob).where(Blob.artifact_id == 0, here, Blob.digest.in_(own), Blob.digest.not_in(needed)))
    children = select(Artifact).join(Reference, Reference.child_id == Artifact.id)
    below = list(db.scalars(children.where(Reference.parent_id == artifact.id)))
    for model, column in ((Reference, Reference.parent_id), (Tag, Tag.artifact_id), (LabelUse, LabelUse.artifact_id),
                          (Accessory, Accessory.artifact_id), (Blob, Blob.artifact_id)):
        db.execute(delete(model).where(column == artifact.id))
    for child in below:
        found += remove(db, child, root=False)
    home.update_time = now()
    db.delete(artifact)
    measure(db, db.get(Project, artifact.project_id))
    own = replication.Event("delete", home.name, artifact.digest, names, home.project_id)
    return [*found, own] if root else found


def discard(request, db, artifact: Artifact) -> None:
    for event in remove(db, artifact):
        announce(request, event)


def announce(request, event: "replication.Event", kind: str = "") -> None:
    """To replication and to the audit log, which calls a new tag by its name and a pull too."""
    kind = kind or event.kind
    verb, what = kind.split()[0], "tag" if kind.endswith("tag") else "artifact"
    whole, tagged = f"{event.repository}@{event.digest}", f"{event.repository}:{''.join(event.tags[:1])}"
    named = what == "tag" or event.tags and verb != "delete"
    text = f"{verb} {what}: {tagged if what == 'tag' else whole}"
    audit.note(request, {"push": "create"}.get(verb, verb), what, tagged if named else whole, text, event.project_id)
    if verb != "pull":
        request.events.append(lambda: replication.react(request.app, event))


def count_pull(db, artifact: Artifact, tag: str) -> None:
    home = db.get(Repository, artifact.repository_id)
    home.pull_count, db.get(Artifact, artifact.id).pull_time = Repository.pull_count + 1, now()
    for row in tags(db, artifact):
        row.pull_time = now() if row.name == tag else row.pull_time


def count(db, repository_id: int) -> int:
    """Parts of an index and signatures do not count."""
    return db.scalar(select(func.count(Artifact.id)).where(Artifact.repository_id == repository_id,
                                                           or_(TAGGED, ~CHILD), ~ATTACHED))


def referrers(db, name: str, digest: str, kind: str) -> list[dict]:
    rows = db.execute(select(Artifact, Blob.size).join(Accessory, Accessory.artifact_id == Artifact.id)
                      .join(Blob, (Blob.artifact_id == Artifact.id) & (Blob.digest == Artifact.digest))
                      .where(Accessory.repository == name, Accessory.subject == digest).order_by(Artifact.id)).all()
    return [{"mediaType": row.manifest_media_type, "digest": row.digest, "size": size,
             "artifactType": row.artifact_type, **({"annotations": row.annotations} if row.annotations else {})}
            for row, size in rows if kind in ("", row.artifact_type)]
