# What has been pushed into projects: repositories, artifacts, tags; and labels.

import collections
import re
from urllib.parse import quote, unquote

from markupsafe import escape
from sqlalchemy import delete, select

from . import artifacts, audit, executions, registry, scanning
from .api_projects import visible
from .app import routes
from .artifacts import TAGGED
from .documents import Kind, register
from .facts import ADDITIONS, ICONS, TERMS
from .store import Accessory, Artifact, Label, LabelUse, Project, Reference, Repository, Tag, first, now
from .web import (API, Broken, Refused, answer, bad, invalid, lean, listed, missing, need, refuse_if, shown, system,
                  terms_of, times, whole, within)

# Of push in q and sort.
TIMES = {"push_time": "creation_time"}
KEPT = ("name", "description", "color")
HOME = "/projects/{name}/repositories"
PLACE = f"{HOME}/{{repository}}/artifacts"


def full_name(request, db, values: dict, resource: str, action: str) -> str:
    """Of the repository, for a caller who may; whether there is one is another question."""
    within(request, db, first(db, Project, name=values["name"]), resource, action)
    return f"{values['name']}/{unquote(values['repository'])}"


def below(method: str, path: str, resource: str, action: str, **facts):
    """A route below an artifact. Its function gets the `row`, for a caller who may."""
    def add(function):
        @routes.add(method, f"{PLACE}/{{reference}}{path}", **facts)
        def reach(request, db, name, repository, reference, **values):
            home = full_name(request, db, {"name": name, "repository": repository}, resource, action)
            return function(request, db, artifacts.find(db, home, reference), **values)
    return add


# --- repositories -----------------------------------------------------------------------------------------------------

class Repositories(Kind):
    def where(self, request, db, values):
        project = first(db, Project, name=values["name"])
        within(request, db, project, "repository", "list")
        return Repository.project_id == need(project, missing(f"project {values['name']}")).id

    def reach(self, request, db, values, action):
        name = full_name(request, db, values, "repository", action)
        return need(first(db, Repository, name=name), missing(f"repository {name}"))

    def drop(self, request, db, row):
        # An index is younger than its parts, and a part with a tag of its own waits for it.
        roots = select(Artifact).where(Artifact.repository_id == row.id, artifacts.ROOT).order_by(Artifact.id.desc())
        for one in db.scalars(roots).all():
            artifacts.discard(request, db, one)
        audit.note(request, "delete", "repository", row.name, project_id=row.project_id)
        db.delete(row)

    def view(self, request, db, row):
        return lean({"description": row.description}) | {
            "pull_count": row.pull_count, "id": row.id, "name": row.name, "project_id": row.project_id,
            "artifact_count": artifacts.count(db, row.id), **times(row)}


repositories = register(Repositories(
    HOME, "repository", "repository Repository", "repository", model=Repository, sort="-creation_time",
    verbs=("list", "read", "update", "delete"), keys={"repository_id": "id"},
    accept=lambda request, db, kind, body, row: {"description": str(escape(body.get("description") or ""))}))


@routes.add("GET", "/repositories", paged=True)
def list_all_repositories(request, db):
    seen = select(Project.id).where(visible(request, db, searching=True))
    return repositories.page(request, db, Repository.project_id.in_(seen))


# --- artifacts --------------------------------------------------------------------------------------------------------

def wanted(request, option: str, default: str = "false") -> bool:
    return request.args.get(option, default).lower() in ("true", "1", "t")


def views(request, db, rows: list[Artifact]) -> list[dict]:
    def grouped(key, model, *where) -> dict:
        """The rows of another table by the artifact that they belong to."""
        found, numbers = collections.defaultdict(list), [row.id for row in rows]
        for number, one in db.execute(select(key, model).where(key.in_(numbers), *where).order_by(model.id)):
            found[number].append(one)
        return found

    tags, parts = grouped(Tag.artifact_id, Tag), grouped(Reference.parent_id, Reference)
    marks = grouped(LabelUse.artifact_id, Label, Label.id == LabelUse.label_id)
    added = grouped(Artifact.id, Accessory, Accessory.subject == Artifact.digest,
                    Accessory.repository == Artifact.repository_name)
    return [show(row) | {
        "labels": wanted(request, "with_label") and [labels.shown(one) for one in marks[row.id]] or None,
        "accessories": wanted(request, "with_accessory") and [
            show_accessory(row, one) for one in added[row.id]] or None,
        "references": [show_part(one) for one in parts[row.id]] or None,
        "tags": wanted(request, "with_tag", "true") and [show_tag(request, db, one) for one in tags[row.id]] or None,
    } for row in rows]


def has_history(row: Artifact) -> bool:
    return row.type == "IMAGE" and bool(row.extra_attrs)


def show(row: Artifact) -> dict:
    project, name = row.repository_name.split("/", 1)
    place = f"{API}/projects/{project}/repositories/{quote(quote(name, safe=''), safe='')}/artifacts/{row.digest}"
    links = has_history(row) and {"build_history": {"absolute": False, "href": f"{place}/additions/build_history"}}
    same = "id type digest size media_type manifest_media_type repository_id repository_name project_id".split()
    rare = {"addition_links": links, "annotations": row.annotations, "extra_attrs": row.extra_attrs,
            "artifact_type": row.artifact_type}
    return {key: getattr(row, key) for key in same} | {key: value for key, value in rare.items() if value} | {
        "push_time": shown(row.creation_time), "pull_time": shown(row.pull_time),
        "icon": ICONS.get(row.type, ICONS["other"])}


def show_part(row: Reference) -> dict:
    platform = row.body.get("platform")
    return {"parent_id": row.parent_id, "child_id": row.child_id, "child_digest": row.body["digest"], "urls": None,
            **({"platform": platform | {"OsFeatures": platform.get("os.features")}} if platform else {})}


def show_accessory(subject: Artifact, row: Accessory) -> dict:
    return {key: getattr(row, key) for key in ("id", "artifact_id", "size", "digest", "type")} | {
        "subject_artifact_repo": row.repository, "icon": ICONS.get(row.type, ""), "subject_artifact_id": subject.id,
        "subject_artifact_digest": row.subject, "creation_time": shown(row.creation_time)}


def show_tag(request, db, row: Tag) -> dict:
    held = wanted(request, "with_immutable_status") and artifacts.frozen(
        db, db.get(Repository, row.repository_id), row.name)
    return {"id": row.id, "name": row.name, "artifact_id": row.artifact_id, "repository_id": row.repository_id,
            "immutable": held, "push_time": shown(row.creation_time), "pull_time": shown(row.pull_time)}


def page(request, db, where):
    """Artifacts, filtered also by tags (none, any, one, a part of one), by labels, and without parts and signatures."""
    terms = {key.lower(): value for key, value in terms_of(request).items()}
    for key, (form, words) in TERMS.items():
        good = key not in terms or re.fullmatch(form, terms[key])
        refuse_if(not good, bad(f'the value of "{key}" query can only be {words}'))
    where &= ~artifacts.ATTACHED if "base" in terms else artifacts.ROOT
    if tag := terms.get("tags"):
        named = Tag.name.contains(tag[1:], autoescape=True) if tag[0] == "~" else Tag.name == tag
        where &= {"nil": ~TAGGED, "*": TAGGED}.get(tag, TAGGED.where(named))
    for number in re.findall(r"\d+", terms.get("labels", "")):
        where &= Artifact.id.in_(select(LabelUse.artifact_id).where(LabelUse.label_id == int(number)))
    return listed(request, db, Artifact, None, where, sort="-creation_time", keys=TIMES,
                  skip=("tags", "Tags", "labels", "Labels", "base"), together=lambda rows: views(request, db, rows))


@routes.add("GET", PLACE, paged=True)
def list_artifacts(request, db, **values):
    return page(request, db, Artifact.repository_name == full_name(request, db, values, "artifact", "list"))


@routes.add("GET", "/projects/{name}/artifacts", needs="artifact:list", paged=True)
def list_project_artifacts(request, db, project):
    return page(request, db, Artifact.project_id == project.id)


@below("GET", "", "artifact", "read")
def read_artifact(request, db, row):
    return views(request, db, [row])[0]


@below("DELETE", "", "artifact", "delete")
def delete_artifact(request, db, row):
    artifacts.discard(request, db, row)


@below("GET", "/accessories", "accessory", "list", paged=True)
def list_accessories(request, db, row):
    return listed(request, db, Accessory, lambda one: show_accessory(row, one),
                  Accessory.repository == row.repository_name, Accessory.subject == row.digest)


@below("GET", "/additions/vulnerabilities", "artifact-addition", "read")
def read_vulnerabilities(request, db, row):
    need(scanning.of_project(db, db.get(Project, row.project_id)),
         missing("no scanner registration configured for project: ", str(row.project_id)))
    report = scanning.report_of(db, row)
    return {scanning.REPORT: report} if report else {}


@below("GET", "/additions/{addition}", "artifact-addition", "read")
def read_addition(request, db, row, addition):
    refuse_if(addition not in ADDITIONS, invalid(f"addition in path should be one of [{' '.join(ADDITIONS)}]"))
    refused = f"addition {addition.upper()} isn't supported"
    refuse_if(not has_history(row), bad(refused))
    refuse_if(addition != "build_history", bad(f"{refused} for IMAGE(manifest version 2)"))
    manifest = registry.fetch(request.app, row.repository_name, "manifests", row.digest).json()
    config = registry.fetch(request.app, row.repository_name, "blobs", manifest["config"]["digest"]).json()
    return answer(config.get("history"), media=registry.JSON)


@below("POST", "/scan", "scan", "create", body="scanType~ ScanType")
def scan(request, db, row, body):
    executions.launched(request, scanning.scan_one(db, row))
    return answer(status=202)


@routes.add("POST", f"{PLACE}/{{reference}}/scan/stop", body="scanType~ ScanType")
def stop_scan(request, db, body, **values):
    raise Broken


# --- tags -------------------------------------------------------------------------------------------------------------

@below("GET", "/tags", "tag", "list", paged=True)
def list_tags(request, db, row):
    return listed(request, db, Tag, lambda one: show_tag(request, db, one), Tag.artifact_id == row.id, keys=TIMES)


@below("POST", "/tags", "tag", "create", body="tag NewTag")
def create_tag(request, db, row, body):
    name = body.get("name") or ""
    refuse_if(not name, invalid("validation failure list:\nname in body is required"))
    refuse_if(not re.fullmatch(r"\w[\w.-]{0,127}", name, re.ASCII), bad(f"bad request: invalid tag name: {name}"))
    refuse_if(first(db, Tag, repository_id=row.repository_id, name=name),
              Refused("CONFLICT", f"tag {name} already exists under the repository {row.repository_id}"))
    artifacts.move_tag(db, row, name)
    artifacts.announce(request, "create tag", row, [name])
    return answer(status=201)


@below("DELETE", "/tags/{tag}", "tag", "delete")
def delete_tag(request, db, row, tag):
    known = need(first(db, Tag, artifact_id=row.id, name=tag), missing(f"tag {tag} attached to artifact {row.id}"))
    home = db.get(Repository, row.repository_id)
    artifacts.keep_frozen(db, home, [tag])
    home.update_time = now()
    db.delete(known)
    artifacts.announce(request, "delete tag", row, [tag])


# --- labels, global and of projects -----------------------------------------------------------------------------------

def check_may(request, db, scope: str, project_id: int, action: str) -> None:
    if scope == "g":
        system(request, "label", action)
    else:
        within(request, db, db.get(Project, project_id), "label", action)


class Labels(Kind):
    def home(self, request, db, values, action):
        """No path names it. Who may is asked as soon as it is known whose label it is."""
        return 0

    def where(self, request, db, values):
        scope, number = request.args.get("scope", ""), whole(request, "project_id")
        refuse_if(scope not in ("g", "p"), bad(f"invalid scope: {scope}"))
        refuse_if(scope == "p" and not number, bad("must with project ID when to query project labels"))
        if scope == "p":
            check_may(request, db, scope, number, "list")
        mine = Label.project_id == (number if scope == "p" else 0)
        return (Label.scope == scope) & mine & super().where(request, db, values)

    def reach(self, request, db, values, action):
        row = super().reach(request, db, values, action)
        check_may(request, db, row.scope, row.project_id, action)
        return row

    def drop(self, request, db, row):
        db.execute(delete(LabelUse).where(LabelUse.label_id == row.id))
        db.delete(row)

    def shown(self, row):
        return lean({key: getattr(row, key) for key in ("id", *KEPT, "scope", "project_id")}) | times(row)


def label(request, db, kind, body, row):
    kept = {key: body.get(key) or "" for key in KEPT}
    name, twice = kept["name"], Refused("CONFLICT", f"label {body.get('name') or ''} already exists")
    if row.id is None:
        row.scope = body.get("scope")
        refuse_if(row.scope not in ("g", "p"), bad("unsupported label scope"))
        row.project_id = (body.get("project_id") or 0) if row.scope == "p" else 0
        check_may(request, db, row.scope, row.project_id, "create")
        # Harbor takes the number from whoever names one.
        row.id = body.get("id") or None
        refuse_if(row.id and db.get(Label, row.id), twice)
    else:
        refuse_if(not name, bad("cannot be empty"))
        refuse_if(len(name) > 128, bad("max length is 128"))
    refuse_if(len(name) > 128 or len(kept["color"]) > 16, Refused("UNKNOWN"))
    refuse_if(first(db, Label, Label.id != (row.id or 0), name=name, scope=row.scope, project_id=row.project_id), twice)
    return kept


labels = register(Labels("/labels", "label_id#", "label Label", "label", label, "label {} not found",
                         filters=("name",), model=Label))


@below("POST", "/labels", "artifact-label", "create", body="label Label")
def add_label(request, db, row, body):
    label = labels.one(db, body.get("id"))
    refuse_if(label.scope == "p" and label.project_id != row.project_id,
              missing(f"project id {row.project_id}, label {label.id}"))
    refuse_if(first(db, LabelUse, label_id=label.id, artifact_id=row.id),
              Refused("CONFLICT", f"label {label.id} is already added to the artifact {row.id}"))
    db.add(LabelUse(label_id=label.id, artifact_id=row.id))


@below("DELETE", "/labels/{label_id#}", "artifact-label", "delete")
def take_label(request, db, row, label_id):
    db.delete(need(first(db, LabelUse, label_id=label_id, artifact_id=row.id),
                   missing(f"reference with label {label_id} and artifact {row.id}")))
