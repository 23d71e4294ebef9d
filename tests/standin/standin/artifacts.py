# What has been pushed: repositories, artifacts, tags. Only facts of manifests; their bytes are Docker Distribution's.

import json

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from . import audit, matching, replication
from .store import Artifact, Document, Project, Repository, Tag, now
from .web import Refused, missing

IMAGE = {"application/vnd.docker.container.image.v1+json", "application/vnd.oci.image.config.v1+json"}


def repository(db, name: str) -> Repository | None:
    return db.scalar(select(Repository).where(Repository.name == name))


def find(db, name: str, reference: str) -> Artifact:
    found, home = None, repository(db, name)
    if home and reference.startswith("sha256:"):
        found = db.scalar(select(Artifact).where(Artifact.repository_id == home.id, Artifact.digest == reference))
    elif home:
        found = db.scalar(select(Artifact).join(Tag, Tag.artifact_id == Artifact.id)
                          .where(Tag.repository_id == home.id, Tag.name == reference))
    if found is None:
        raise missing(f"artifact {name}{'@' if reference.startswith('sha256:') else ':'}{reference}")
    return found


def tags(db, artifact: Artifact) -> list[Tag]:
    return list(db.scalars(select(Tag).where(Tag.artifact_id == artifact.id).order_by(Tag.id)))


def note(db, name: str, digest: str, media_type: str, content: bytes, tag: str, details: dict) -> Artifact:
    """A manifest has been pushed: remember it, and move the tag to it."""
    project = db.scalar(select(Project).where(Project.name == name.split("/")[0]))
    home = ensure(db, lambda: repository(db, name), Repository(name=name, project_id=project.id))
    known = select(Artifact).where(Artifact.repository_id == home.id, Artifact.digest == digest)
    fresh = describe(json.loads(content), len(content), media_type)
    fresh.repository_id, fresh.project_id, fresh.digest, fresh.extra_attrs = home.id, project.id, digest, details
    found = ensure(db, lambda: db.scalar(known), fresh)
    if found is fresh:
        project.used = Project.used + found.size
    if tag:
        move_tag(db, found, tag)
    home.update_time = now()
    return found


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


def describe(manifest: dict, length: int, media_type: str) -> Artifact:
    config = manifest.get("config") or {}
    children = [{"child_digest": child["digest"], "platform": child.get("platform") or {}}
                for child in manifest.get("manifests", [])]
    return Artifact(
        media_type=config.get("mediaType") or media_type, manifest_media_type=media_type, references=children,
        artifact_type=manifest.get("artifactType") or config.get("mediaType") or media_type,
        size=length + sum(part.get("size", 0) for part in [config, *manifest.get("layers", [])]),
        subject=(manifest.get("subject") or {}).get("digest", ""))


def move_tag(db, artifact: Artifact, name: str) -> None:
    known = select(Tag).where(Tag.repository_id == artifact.repository_id, Tag.name == name)
    fresh = Tag(repository_id=artifact.repository_id, artifact_id=artifact.id, name=name)
    found = ensure(db, lambda: db.scalar(known), fresh)
    if found.artifact_id != artifact.id:
        found.artifact_id, found.creation_time = artifact.id, now()
    db.flush()


def frozen(db, home: Repository, tag: str) -> bool:
    """Whether an immutable rule of the project keeps this tag as it is."""
    def fits(selectors, value: str) -> bool:
        return all(matching.takes(one.get("pattern") or "", value) != one.get("decoration",
                                                                              "").lower().endswith("excludes")
                   for one in selectors or [])
    found = db.scalars(select(Document.body).where(Document.kind == "immutabletagrules",
                                                   Document.project_id == home.project_id))
    return any(fits(body.get("tag_selectors"), tag) and
               fits((body.get("scope_selectors") or {}).get("repository"), home.name.split("/", 1)[1])
               for body in found if not body.get("disabled"))


def keep_frozen(db, home: Repository, names: list[str]) -> None:
    if held := [name for name in names if frozen(db, home, name)]:
        raise Refused("PRECONDITION", f"the tag {held[0]} configured as immutable, cannot be deleted")


def remove(db, artifact: Artifact) -> "replication.Event":
    home = db.get(Repository, artifact.repository_id)
    names = [tag.name for tag in tags(db, artifact)]
    keep_frozen(db, home, names)
    db.execute(delete(Tag).where(Tag.artifact_id == artifact.id))
    db.get(Project, artifact.project_id).used = Project.used - artifact.size
    db.delete(artifact)
    db.flush()
    return replication.Event("delete", home.name, artifact.digest, names, home.project_id)


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


def count_pull(db, name: str) -> None:
    home = repository(db, name)
    home.pull_count = Repository.pull_count + 1


def count(db, repository_id: int) -> int:
    return db.scalar(select(func.count()).select_from(Artifact).where(Artifact.repository_id == repository_id))


def referrers(db, name: str, digest: str) -> list[dict]:
    home = repository(db, name)
    rows = db.scalars(select(Artifact).where(Artifact.repository_id == home.id,
                                             Artifact.subject == digest)) if home else []
    return [{"mediaType": row.manifest_media_type, "digest": row.digest, "size": row.size,
             "artifactType": row.artifact_type} for row in rows]
