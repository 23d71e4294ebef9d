# What has been pushed into projects: repositories, artifacts, tags.

import re
from urllib.parse import quote, unquote

from sqlalchemy import select

from . import artifacts, audit, replication
from .api import lean, project_of, shown, times
from .api_projects import visible
from .app import routes
from .store import Artifact, Project, Repository, Tag
from .web import API, Refused, answer, bad, invalid, listed, missing, terms_of

# Names of columns in q and sort.
TIMES = {"pushtime": "creation_time"}
# Of a container image; nobody looks at it.
ICON = "sha256:0048162a053eef4d4ce3fe7518615bef084403614f8bca43b40ae2e762e11e06"


# ------------------------------------------------------------------------------------------

def show_repository(db, row: Repository) -> dict:
    return lean({"description": row.description}) | {
        "pull_count": row.pull_count, "id": row.id, "name": row.name, "project_id": row.project_id,
        "artifact_count": artifacts.count(db, row.id), **times(row)}


def show_tag(tag: Tag, immutable: bool = False) -> dict:
    return {"id": tag.id, "name": tag.name, "artifact_id": tag.artifact_id, "repository_id": tag.repository_id,
            "immutable": immutable, "push_time": shown(tag.creation_time), "pull_time": shown(None)}


def show_artifact(request, db, row: Artifact) -> dict:
    home = db.get(Repository, row.repository_id)
    project, name = home.name.split("/", 1)
    kind = "IMAGE" if row.media_type in artifacts.IMAGE or row.references else "UNKNOWN"
    links = {}
    if kind == "IMAGE" and not row.references:
        place = f"{API}/projects/{project}/repositories/{quote(quote(name, safe=''), safe='')}/artifacts/{row.digest}"
        links["build_history"] = {"absolute": False, "href": f"{place}/additions/build_history"}
    asked = request.args.get("with_immutable_status") == "true"
    names = artifacts.tags(db, row) if request.args.get("with_tag") != "false" else []
    return {
        "id": row.id, "type": kind, "digest": row.digest, "size": row.size, "media_type": row.media_type,
        "manifest_media_type": row.manifest_media_type, "artifact_type": row.artifact_type,
        "repository_id": row.repository_id, "repository_name": home.name, "project_id": row.project_id,
        "push_time": shown(row.creation_time), "pull_time": shown(None), "icon": ICON if kind == "IMAGE" else "",
        "labels": None, "accessories": None, "references": row.references or None,
        "tags": [show_tag(tag, asked and artifacts.frozen(db, home, tag.name)) for tag in names] or None,
        "addition_links": links, "extra_attrs": row.extra_attrs}


def home_of(request, db, name: str, repository: str, resource: str, action: str) -> Repository:
    project = project_of(request, db, name, resource, action)
    full = f"{project.name}/{unquote(repository)}"
    found = artifacts.repository(db, full)
    if found is None:
        raise missing(f"repository {full}")
    return found


@routes.add("GET", "/projects/{name}/repositories", paged=True)
def list_repositories(request, db, name):
    project = project_of(request, db, name, "repository", "list")
    return listed(request, db, Repository, lambda row: show_repository(db, row), Repository.project_id == project.id,
                  sort="-creation_time")


@routes.add("GET", "/repositories", paged=True)
def list_all_repositories(request, db):
    seen = select(Project.id).where(visible(request, db))
    return listed(request, db, Repository, lambda row: show_repository(db, row), Repository.project_id.in_(seen),
                  sort="-creation_time")


@routes.add("GET", "/projects/{name}/repositories/{repository}")
def read_repository(request, db, name, repository):
    return answer(show_repository(db, home_of(request, db, name, repository, "repository", "read")))


@routes.add("PUT", "/projects/{name}/repositories/{repository}", body="repository Repository")
def change_repository(request, db, name, repository, body):
    home_of(request, db, name, repository, "repository", "update").description = body.get("description") or ""
    return answer()


@routes.add("DELETE", "/projects/{name}/repositories/{repository}")
def delete_repository(request, db, name, repository):
    home = home_of(request, db, name, repository, "repository", "delete")
    for row in list(db.scalars(select(Artifact).where(Artifact.repository_id == home.id))):
        artifacts.announce(request, artifacts.remove(db, row))
    audit.note(request, "delete", "repository", home.name, project_id=home.project_id)
    db.delete(home)
    return answer()


@routes.add("GET", "/projects/{name}/repositories/{repository}/artifacts", paged=True)
def list_artifacts(request, db, name, repository):
    home = home_of(request, db, name, repository, "artifact", "list")
    return list_some(request, db, Artifact.repository_id == home.id)


def list_some(request, db, where):
    """Artifacts, filtered also by their tags: none (nil), any (*), one, or a part of one."""
    tagged, wanted = select(Tag.artifact_id), terms_of(request).get("tags", "")
    if wanted == "nil":
        where &= Artifact.id.not_in(tagged)
    elif wanted:
        part = Tag.name.icontains(wanted[1:], autoescape=True)
        name = True if wanted == "*" else part if wanted[0] == "~" else Tag.name == wanted
        where &= Artifact.id.in_(tagged.where(name))
    return listed(request, db, Artifact, lambda row: show_artifact(request, db, row), where, sort="-creation_time",
                  keys=TIMES, skip=("tags",))


@routes.add("GET", "/projects/{name}/artifacts", paged=True)
def list_project_artifacts(request, db, name):
    project = project_of(request, db, name, "artifact", "list")
    return list_some(request, db, Artifact.project_id == project.id)


@routes.add("GET", "/projects/{name}/repositories/{repository}/artifacts/{reference}")
def read_artifact(request, db, name, repository, reference):
    home = home_of(request, db, name, repository, "artifact", "read")
    return answer(show_artifact(request, db, artifacts.find(db, home.name, reference)))


@routes.add("DELETE", "/projects/{name}/repositories/{repository}/artifacts/{reference}")
def delete_artifact(request, db, name, repository, reference):
    home = home_of(request, db, name, repository, "artifact", "delete")
    artifacts.announce(request, artifacts.remove(db, artifacts.find(db, home.name, reference)))
    return answer()


@routes.add("GET", "/projects/{name}/repositories/{repository}/artifacts/{reference}/tags", paged=True)
def list_tags(request, db, name, repository, reference):
    home = home_of(request, db, name, repository, "tag", "list")
    row = artifacts.find(db, home.name, reference)
    return listed(request, db, Tag, show_tag, Tag.artifact_id == row.id, keys=TIMES)


@routes.add("POST", "/projects/{name}/repositories/{repository}/artifacts/{reference}/tags", body="tag NewTag")
def create_tag(request, db, name, repository, reference, body):
    wanted = body.get("name") or ""
    if not wanted:
        raise invalid("validation failure list:\nname in body is required")
    home = home_of(request, db, name, repository, "tag", "create")
    row = artifacts.find(db, home.name, reference)
    if not re.fullmatch(r"\w[\w.-]{0,127}", wanted):
        raise bad(f"bad request: invalid tag name: {wanted}")
    if db.scalar(select(Tag).where(Tag.repository_id == home.id, Tag.name == wanted)):
        raise Refused("CONFLICT", f"tag {wanted} already exists under the repository {home.id}")
    artifacts.move_tag(db, row, wanted)
    artifacts.announce(request, replication.Event("push", home.name, row.digest, [wanted], home.project_id), "create tag")
    return answer(status=201)


@routes.add("DELETE", "/projects/{name}/repositories/{repository}/artifacts/{reference}/tags/{tag}")
def delete_tag(request, db, name, repository, reference, tag):
    home = home_of(request, db, name, repository, "tag", "delete")
    row = artifacts.find(db, home.name, reference)
    found = next((one for one in artifacts.tags(db, row) if one.name == tag), None)
    if found is None:
        raise missing(f"tag {tag} attached to artifact {row.id}")
    artifacts.keep_frozen(db, home, [tag])
    db.delete(found)
    artifacts.announce(request, replication.Event("delete tag", home.name, row.digest, [tag], home.project_id))
    return answer()
