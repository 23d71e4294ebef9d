# What has been pushed into projects: repositories, artifacts, tags, labels of artifacts.

import collections
import html
import json
import re
from urllib.parse import quote, unquote

from sqlalchemy import and_, or_, select
from werkzeug.wrappers import Response

from . import artifacts, audit, executions, registry, replication, scanning
from .api import lean, project_of, shown, times, within
from .api_labels import labels
from .api_projects import visible
from .app import routes
from .documents import Kind, register
from .store import Accessory, Artifact, Label, LabelUse, Project, Reference, Repository, Tag, now
from .web import API, JSON, Broken, Refused, answer, bad, created, invalid, listed, missing, refuse_if, terms_of

# Of push in q and sort.
TIMES = {"push_time": "creation_time"}
ICONS = {"IMAGE": "0048162a053eef4d4ce3fe7518615bef084403614f8bca43b40ae2e762e11e06",
         "CHART": "61cf3a178ff0f75bf08a25d96b75cf7355dc197749a9f128ed3ef34b0df05518",
         "CNAB": "089bdda265c14d8686111402c8ad629e8177a1ceb7dcd0f7f39b6480f623b3bd",
         "WASM": "badd7693bcaf115be202748241dd0ea6ee3b0524bfab9ac22d1e1c43721afec6",
         "signature.cosign": "20401d5b3a0f6dbc607c8d732eb08471af4ae6b19811a4efce8c6a724aed2882",
         "signature.notation": "3ac706e102bbe9362b400aa162df58135d35e66b9c3bee2165de92022d25fe34",
         "sbom.harbor": "c19f80c357cd7e90d2a01b9ae3e2eb62ce447a2662bb590a19177d72d550bdae"}
ADDITIONS = {"IMAGE": ["build_history"], "CHART": ["values.yaml", "readme.md", "dependencies"]}
ICON = "da834479c923584f4cbcdecc0dac61f32bef1d51e8aae598cf16bd154efab49f"
HOME = "/projects/{name}/repositories"
PLACE = f"{HOME}/{{repository}}/artifacts"
ONE = f"{PLACE}/{{reference}}"


def full_name(request, db, values: dict, resource: str, action: str) -> str:
    """Of the repository, for a caller who may; whether it is there is another question."""
    project = db.scalar(select(Project).where(Project.name == values["name"]))
    within(request, db, project, resource, action)
    return f"{values['name']}/{unquote(values['repository'])}"


# --- repositories -----------------------------------------------------------------------------------------------------

class Repositories(Kind):
    def where(self, request, db, values):
        project = db.scalar(select(Project).where(Project.name == values["name"]))
        within(request, db, project, "repository", "list")
        refuse_if(project is None, missing(f"project {values['name']}"))
        return Repository.project_id == project.id

    def reach(self, request, db, values, action):
        name = full_name(request, db, values, "repository", action)
        found = artifacts.repository(db, name)
        refuse_if(found is None, missing(f"repository {name}"))
        return found

    def drop(self, request, db, row):
        roots = and_(Artifact.repository_id == row.id, or_(artifacts.TAGGED, ~artifacts.CHILD), ~artifacts.ATTACHED)
        waiting = list(db.scalars(select(Artifact).where(roots)))
        while waiting:
            # A part with a tag of its own waits for its index.
            free = [one for one in waiting if not db.scalar(select(Reference.id).where(Reference.child_id == one.id))]
            for one in free:
                artifacts.discard(request, db, one)
            waiting = [one for one in waiting if one not in free]
        audit.note(request, "delete", "repository", row.name, project_id=row.project_id)
        db.delete(row)

    def view(self, request, db, row):
        return lean({"description": row.description}) | {
            "pull_count": row.pull_count, "id": row.id, "name": row.name, "project_id": row.project_id,
            "artifact_count": artifacts.count(db, row.id), **times(row)}


repositories = register(Repositories(
    HOME, "repository", "repository Repository", "repository", model=Repository, sort="-creation_time",
    verbs=("list", "read", "update", "delete"), keys={"repository_id": "id"},
    accept=lambda request, db, kind, body, row: {"description": escaped(body.get("description") or "")}))


def escaped(text: str) -> str:
    return html.escape(text, quote=False).replace('"', "&#34;").replace("'", "&#39;")


@routes.add("GET", "/repositories", paged=True)
def list_all_repositories(request, db):
    seen = select(Project.id).where(visible(request, db, searching=True))
    return repositories.page(request, db, Repository.project_id.in_(seen))


# --- artifacts --------------------------------------------------------------------------------------------------------

def wanted(request, option: str, default: str = "false") -> bool:
    return request.args.get(option, default).lower() in ("true", "1", "t")


class Artifacts(Kind):
    def where(self, request, db, values):
        return chosen(request, Artifact.repository_name == full_name(request, db, values, "artifact", "list"))

    def reach(self, request, db, values, action):
        return artifacts.find(db, full_name(request, db, values, "artifact", action), values["reference"])

    def drop(self, request, db, row):
        artifacts.discard(request, db, row)

    def view(self, request, db, row):
        return self.views(request, db, [row])[0]

    def views(self, request, db, rows):
        numbers, digests = [row.id for row in rows], [row.digest for row in rows]
        labelled = select(LabelUse.artifact_id, Label).join(Label, Label.id == LabelUse.label_id)
        found = [grouped(db, labelled.where(LabelUse.artifact_id.in_(numbers)).order_by(Label.id)),
                 grouped(db, select(Reference.parent_id, Reference).where(Reference.parent_id.in_(numbers))
                         .order_by(Reference.id)),
                 grouped(db, select(Tag.artifact_id, Tag).where(Tag.artifact_id.in_(numbers)).order_by(Tag.id))]
        attached = grouped(db, select(Accessory.subject, Accessory).where(Accessory.subject.in_(digests))
                           .order_by(Accessory.id))
        return [self.show_one(request, db, row, *(one[row.id] for one in found), [
            one for one in attached[row.digest] if one.repository == row.repository_name]) for row in rows]

    def show_one(self, request, db, row, marks, parts, tags, attached):
        project, name = row.repository_name.split("/", 1)
        place = f"{API}/projects/{project}/repositories/{quote(quote(name, safe=''), safe='')}/artifacts/{row.digest}"
        links = {} if row.media_type in artifacts.INDEX else {
            key: {"absolute": False, "href": f"{place}/additions/{key}"} for key in ADDITIONS.get(row.type, [])}
        return {
            "id": row.id, "type": row.type, "digest": row.digest, "size": row.size, "media_type": row.media_type,
            "manifest_media_type": row.manifest_media_type, "repository_id": row.repository_id,
            "repository_name": row.repository_name, "project_id": row.project_id,
            "push_time": shown(row.creation_time), "pull_time": shown(row.pull_time),
            "labels": wanted(request, "with_label") and [labels.shown(one) for one in marks] or None,
            "accessories": wanted(request, "with_accessory") and [show_accessory(row, one) for one in attached] or None,
            "references": [show_part(one) for one in parts] or None,
            "tags": wanted(request, "with_tag", "true") and [show_tag(request, db, one) for one in tags] or None,
            **{key: value for key, value in (("addition_links", links), ("annotations", row.annotations), (
                "extra_attrs", row.extra_attrs), ("artifact_type", row.artifact_type)) if value},
            "icon": f"sha256:{ICONS.get(row.type, ICON)}"}


def grouped(db, query) -> dict:
    found = collections.defaultdict(list)
    for key, row in db.execute(query):
        found[key].append(row)
    return found


def chosen(request, where):
    """Artifacts, filtered also by tags (none, any, one, a part of one), by labels, and without parts and signatures."""
    terms = {key.lower(): value for key, value in terms_of(request).items()}
    tag, marks, base = terms.get("tags", ""), terms.get("labels", ""), terms.get("base")
    where &= ~artifacts.ATTACHED
    refuse_if(base not in (None, "*"), bad('the value of "base" query can only be exact match value with "*"'))
    if base is None:
        where &= or_(artifacts.TAGGED, ~artifacts.CHILD)
    if tag[:1] in ("[", "{", "("):
        raise bad('the value of "tags" query can only be fuzzy match value or exact match value')
    if tag:
        part = Tag.name.contains(tag[1:], autoescape=True) if tag[0] == "~" else Tag.name == tag
        where &= {"nil": ~artifacts.TAGGED, "*": artifacts.TAGGED}.get(
            tag, Artifact.id.in_(select(Tag.artifact_id).where(part)))
    if marks:
        if not re.fullmatch(r"\([\d ]+\)", marks):
            raise bad('the value of "labels" query can only be integer list with intersetion relationship')
        for number in marks[1:-1].split():
            where &= Artifact.id.in_(select(LabelUse.artifact_id).where(LabelUse.label_id == int(number)))
    return where


found = register(Artifacts(PLACE, "reference", "", "artifact", model=Artifact, sort="-creation_time", keys=TIMES,
                           skip=("tags", "Tags", "labels", "Labels", "base"), verbs=("list", "read", "delete")))


@routes.add("GET", "/projects/{name}/artifacts", paged=True)
def list_project_artifacts(request, db, name):
    return found.page(request, db, chosen(
        request, Artifact.project_id == project_of(request, db, name, "artifact", "list").id))


@routes.add("POST", PLACE)
def copy_artifact(request, db, **values):
    name = full_name(request, db, values, "artifact", "create")
    text = request.args.get("from", "")
    refuse_if(not text, invalid("from in query is required"))
    ordinary(db, values["name"])
    match = re.fullmatch(r"([a-z0-9._/-]+)(?::(\w[\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?", text)
    refuse_if(not match, bad(f"invalid input: {text}"))
    within(request, db, db.scalar(select(Project).where(Project.name == match[1].split("/")[0])), "artifact", "read")
    reference = match[3] or match[2] or ""
    try:
        source = artifacts.find(db, match[1], reference)
    except Refused:
        raise bad(f"artifact {text} not found") from None
    names = [tag.name for tag in artifacts.tags(db, source)]
    if home := artifacts.repository(db, name):
        there = db.execute(select(Tag.name, Artifact.digest).join(Artifact, Artifact.id == Tag.artifact_id)
                           .where(Tag.repository_id == home.id, Tag.name.in_(names))).all()
        artifacts.keep_frozen(db, home, [tag for tag, digest in there if digest != source.digest], "updated")
    for event in registry.copy(request.app, db, source, name):
        artifacts.announce(request, event)
    return created(request, reference)


def ordinary(db, name: str) -> Project:
    project = db.scalar(select(Project).where(Project.name == name))
    refuse_if(project is None, missing(f"project {name}"))
    if project.registry_id:
        raise Refused("METHOD_NOT_ALLOWED", "the operation isn't supported for a proxy cache project")
    return project


def show_part(row: Reference) -> dict:
    known = row.body.get("platform")
    platform = known and lean({"architecture": known.get("architecture"), "os": known.get("os"),
                               "OsVersion": known.get("os.version"), "variant": known.get("variant")})
    return {"parent_id": row.parent_id, "child_id": row.child_id, "child_digest": row.body["digest"], "urls": None,
            **({"platform": platform | {"OsFeatures": known.get("os.features")}} if known else {})}


def show_accessory(subject: Artifact, row: Accessory) -> dict:
    icon = f"sha256:{ICONS[row.type]}" if row.type in ICONS else ""
    return {"id": row.id, "artifact_id": row.artifact_id, "subject_artifact_repo": row.repository, "size": row.size,
            "digest": row.digest, "type": row.type, "icon": icon, "creation_time": shown(row.creation_time),
            "subject_artifact_digest": row.subject, "subject_artifact_id": subject.id}


@routes.add("GET", f"{ONE}/accessories", paged=True)
def list_accessories(request, db, **values):
    row = artifacts.find(db, full_name(request, db, values, "accessory", "list"), values["reference"])
    return listed(request, db, Accessory, lambda one: show_accessory(row, one),
                  (Accessory.repository == row.repository_name) & (Accessory.subject == row.digest))


@routes.add("GET", f"{ONE}/additions/vulnerabilities")
def read_vulnerabilities(request, db, **values):
    row = artifacts.find(db, full_name(request, db, values, "artifact-addition", "read"), values["reference"])
    if scanning.of_project(db, db.get(Project, row.project_id)) is None:
        raise Refused("NOT_FOUND", f"no scanner registration configured for project: {row.project_id}")
    report = scanning.report_of(db, row)
    return {scanning.REPORT: report} if report else {}


@routes.add("GET", f"{ONE}/additions/{{addition}}")
def read_addition(request, db, addition, **values):
    known = ["build_history", "values.yaml", "readme.md", "dependencies", "sbom", "license", "files"]
    refuse_if(addition not in known, invalid(f"addition in path should be one of [{' '.join(known)}]"))
    row = artifacts.find(db, full_name(request, db, values, "artifact-addition", "read"), values["reference"])
    if row.type not in artifacts.TYPES.values():
        raise bad(f"the processor for artifact {row.type} not found, cannot get the addition")
    if row.type != "IMAGE" or row.media_type in artifacts.INDEX:
        raise bad(f"addition {addition.upper()} isn't supported" + (f" for {row.type}" if row.type == "CHART" else ""))
    if addition != "build_history":
        raise bad(f"addition {addition.upper()} isn't supported for IMAGE(manifest version 2)")
    manifest = registry.fetch(request.app, row.repository_name, "manifests", row.digest).json()
    config = registry.fetch(request.app, row.repository_name, "blobs", manifest["config"]["digest"]).json()
    return Response(json.dumps(config.get("history")), content_type=f"{JSON}; charset=utf-8")


@routes.add("POST", f"{ONE}/scan", body="scanType~ ScanType")
def scan(request, db, body, **values):
    row = artifacts.find(db, full_name(request, db, values, "scan", "create"), values["reference"])
    executions.launched(request, scanning.scan_one(db, row))
    return answer(status=202)


@routes.add("POST", f"{ONE}/scan/stop", body="scanType~ ScanType")
def stop_scan(request, db, body, **values):
    raise Broken


# --- tags and labels --------------------------------------------------------------------------------------------------

def show_tag(request, db, row: Tag) -> dict:
    held = wanted(request, "with_immutable_status") and artifacts.frozen(db, db.get(Repository, row.repository_id),
                                                                         row.name)
    return {"id": row.id, "name": row.name, "artifact_id": row.artifact_id, "repository_id": row.repository_id,
            "immutable": held, "push_time": shown(row.creation_time), "pull_time": shown(row.pull_time)}


@routes.add("GET", f"{ONE}/tags", paged=True)
def list_tags(request, db, **values):
    row = artifacts.find(db, full_name(request, db, values, "tag", "list"), values["reference"])
    return listed(request, db, Tag, lambda one: show_tag(request, db, one), Tag.artifact_id == row.id, keys=TIMES)


@routes.add("POST", f"{ONE}/tags", body="tag NewTag")
def create_tag(request, db, body, **values):
    name = body.get("name") or ""
    refuse_if(not name, invalid("validation failure list:\nname in body is required"))
    home = full_name(request, db, values, "tag", "create")
    ordinary(db, values["name"])
    row = artifacts.find(db, home, values["reference"])
    refuse_if(not re.fullmatch(r"\w[\w.-]{0,127}", name, re.ASCII), bad(f"bad request: invalid tag name: {name}"))
    if db.scalar(select(Tag).where(Tag.repository_id == row.repository_id, Tag.name == name)):
        raise Refused("CONFLICT", f"tag {name} already exists under the repository {row.repository_id}")
    artifacts.move_tag(db, row, name)
    artifacts.announce(request, replication.Event("push", home, row.digest, [name], row.project_id), "create tag")
    return answer(status=201)


@routes.add("DELETE", f"{ONE}/tags/{{tag}}")
def delete_tag(request, db, tag, **values):
    row = artifacts.find(db, full_name(request, db, values, "tag", "delete"), values["reference"])
    known = next((one for one in artifacts.tags(db, row) if one.name == tag), None)
    refuse_if(known is None, missing(f"tag {tag} attached to artifact {row.id}"))
    home = db.get(Repository, row.repository_id)
    artifacts.keep_frozen(db, home, [tag])
    home.update_time = now()
    db.delete(known)
    artifacts.announce(request, replication.Event("delete tag", home.name, row.digest, [tag], row.project_id))


@routes.add("POST", f"{ONE}/labels", body="label Label")
def add_label(request, db, body, **values):
    project = db.scalar(select(Project).where(Project.name == values["name"]))
    home, number = full_name(request, db, values, "artifact-label", "create"), body.get("id") or 0
    label = labels.find(db, 0, {"label_id": number})
    if label.scope == "p" and label.project_id != project.id:
        raise missing(f"project id {project.id}, label {number}")
    row = artifacts.find(db, home, values["reference"])
    if db.scalar(select(LabelUse).where(LabelUse.label_id == number, LabelUse.artifact_id == row.id)):
        raise Refused("CONFLICT", f"label {number} is already added to the artifact {row.id}")
    db.add(LabelUse(label_id=number, artifact_id=row.id))


@routes.add("DELETE", f"{ONE}/labels/{{label_id#}}")
def take_label(request, db, label_id, **values):
    row = artifacts.find(db, full_name(request, db, values, "artifact-label", "delete"), values["reference"])
    known = db.scalar(select(LabelUse).where(LabelUse.label_id == label_id, LabelUse.artifact_id == row.id))
    refuse_if(known is None, missing(f"reference with label {label_id} and artifact {row.id}"))
    db.delete(known)
