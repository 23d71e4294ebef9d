# What has been pushed: repositories, artifacts, tags. Only facts of manifests; their bytes are Docker Distribution's.

import json

from sqlalchemy import delete, func, select

from . import replication
from .store import Artifact, Project, Repository, Tag, now
from .web import missing

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
    home = repository(db, name)
    if home is None:
        home = Repository(name=name, project_id=project.id)
        db.add(home)
        db.flush()
    found = db.scalar(select(Artifact).where(Artifact.repository_id == home.id, Artifact.digest == digest))
    if found is None:
        manifest = json.loads(content)
        config = manifest.get("config") or {}
        parts = [config, *manifest.get("layers", [])]
        children = [{"child_digest": child["digest"], "platform": child.get("platform") or {}}
                    for child in manifest.get("manifests", [])]
        found = Artifact(
            repository_id=home.id, project_id=project.id, digest=digest,
            media_type=config.get("mediaType") or media_type,
            manifest_media_type=media_type,
            artifact_type=manifest.get("artifactType") or config.get("mediaType") or media_type,
            size=len(content) + sum(part.get("size", 0) for part in parts), references=children,
            subject=(manifest.get("subject") or {}).get("digest", ""), extra_attrs=details)
        db.add(found)
        db.flush()
        project.used += found.size
    if tag:
        move_tag(db, found, tag)
    home.update_time = now()
    return found


def move_tag(db, artifact: Artifact, name: str) -> Tag:
    found = db.scalar(select(Tag).where(Tag.repository_id == artifact.repository_id, Tag.name == name))
    if found is None:
        found = Tag(repository_id=artifact.repository_id, artifact_id=artifact.id, name=name)
        db.add(found)
    elif found.artifact_id != artifact.id:
        found.artifact_id, found.creation_time = artifact.id, now()
    db.flush()
    return found


def remove(db, artifact: Artifact) -> "replication.Event":
    home = db.get(Repository, artifact.repository_id)
    names = [tag.name for tag in tags(db, artifact)]
    db.execute(delete(Tag).where(Tag.artifact_id == artifact.id))
    db.get(Project, artifact.project_id).used -= artifact.size
    db.delete(artifact)
    db.flush()
    return replication.Event("delete", home.name, artifact.digest, names)


def count_pull(db, name: str) -> None:
    home = repository(db, name)
    home.pull_count += 1


def count(db, repository_id: int) -> int:
    return db.scalar(select(func.count()).select_from(Artifact).where(Artifact.repository_id == repository_id))


def referrers(db, name: str, digest: str) -> list[dict]:
    home = repository(db, name)
    rows = db.scalars(select(Artifact).where(Artifact.repository_id == home.id,
                                             Artifact.subject == digest)) if home else []
    return [{"mediaType": row.manifest_media_type, "digest": row.digest, "size": row.size,
             "artifactType": row.artifact_type} for row in rows]
