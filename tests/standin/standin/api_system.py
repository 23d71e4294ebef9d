# The server itself: info, health, settings, permissions, statistics, search.

import time

from sqlalchemy import func, select
from werkzeug.wrappers import Response

from .api_projects import show_project, visible
from .api_users import permitted
from .app import routes
from .artifacts import count
from .facts import FIXED, ROBOTS
from .store import Document, Member, Project, Repository, first, now, setting
from .web import Refused, allowlist_of, answer, invalid, lean, refuse_if, shown, times


# --- what never changes -----------------------------------------------------------------------------------------------

def fixed(data=None, code: str = "", message: str = "", total: int | None = None, **facts):
    """A route whose answer is the same for all who may: `data`, a list with its `total`, or a refusal."""
    def handler(request, db, **values):
        refuse_if(code, Refused(code or "UNKNOWN", message.format(**values)))
        return data if total is None else answer(data, x_total_count=total)
    return facts, handler


for route, kept in FIXED.items():
    facts, handler = fixed(**kept)
    routes.add(*route.split(), **facts)(handler)


# --- the server -------------------------------------------------------------------------------------------------------

@routes.add("GET", "/ping", produces="text/plain", database=False)
def ping(request):
    return Response("Pong", headers={"Content-Type": "text/plain"})


@routes.add("GET", "/health", database=False)
def health(request):
    return request.app.health.report()


@routes.add("GET", "/systeminfo")
def systeminfo(request, db):
    caller, configured = request.caller, request.app.settings
    found = {key: setting(db, key) for key in ("auth_mode", "banner_message", "primary_auth_mode", "self_registration")}
    found["oidc_provider_name"] = setting(db, "oidc_name") if found["auth_mode"] == "oidc_auth" else ""
    if caller.kind:
        found |= {key: setting(db, key) for key in ("notification_enable", "project_creation_restriction", "read_only")}
        found |= {"current_time": shown(now()), "external_url": configured.external_url, "has_ca_root": False,
                  "harbor_version": f"{configured.version}-080b0220",
                  "registry_storage_provider_name": configured.storage,
                  "registry_url": configured.external_url.partition("://")[2]}
    return found


@routes.add("GET", "/permissions")
def permissions(request, db):
    caller = request.caller
    refuse_if(not caller.kind, Refused("UNAUTHORIZED"))
    leads = caller.user and first(db, Member, entity_type="u", entity_id=caller.user.id, role=1)
    refuse_if(not (caller.admin or leads),
              Refused("FORBIDDEN", "forbidden: only admins(system and project) can access permissions"))
    return {"project": permitted(ROBOTS["project"]), "system": permitted(ROBOTS["system"]) if caller.admin else None}


@routes.add("GET", "/statistics", needs="login")
def statistics(request, db):
    caller, projects = request.caller, list(db.scalars(select(Project)))
    per_project = select(Repository.project_id, func.count()).group_by(Repository.project_id)
    repositories = dict(db.execute(per_project).all())
    public = [project for project in projects if project.meta.get("public") == "true"]
    private = [project for project in projects if project not in public
               and (caller.admin or caller.role(db, project.id))]
    counted = {"public": public, "private": private, "total": projects if caller.admin else []}
    found = {f"{word}_project_count": len(rows) for word, rows in counted.items()}
    found |= {f"{word}_repo_count": sum(repositories.get(row.id, 0) for row in rows) for word, rows in counted.items()}
    return found | {"total_storage_consumption": sum(row.used for row in projects) if caller.admin else 0}


@routes.add("GET", "/search")
def search(request, db):
    word = request.args.get("q", "")
    refuse_if(not word, invalid("q in query is required"))
    # What a robot may list is not what it finds.
    seen = list(db.scalars(select(Project).where(visible(request, db, searching=True)).order_by(Project.name)))
    projects = {project.id: project for project in seen}
    hits = [show_project(request, db, project, brief=True) for project in seen if word in project.name]
    rows = db.scalars(select(Repository).where(Repository.name.contains(word, autoescape=True)))
    found = [{"project_id": home.id, "project_name": home.name, "repository_name": row.name, **lean({
        "project_public": home.meta.get("public") == "true", "artifact_count": count(db, row.id),
        "pull_count": row.pull_count})} for row in rows if (home := projects.get(row.project_id))]
    return {"project": hits, "repository": found}


# --- the list of vulnerabilities that are allowed ---------------------------------------------------------------------

@routes.add("GET", "/system/CVEAllowlist", needs="login")
def read_allowlist(request, db):
    nothing = Document(id=1, creation_time=now(), update_time=now(), body={"items": []})
    found = first(db, Document, kind="CVEAllowlist") or nothing
    return {"id": found.id, **times(found), **found.body}


@routes.add("PUT", "/system/CVEAllowlist", needs="admin", body="allowlist? CVEAllowlist")
def write_allowlist(request, db, body):
    row = first(db, Document, kind="CVEAllowlist") or Document(kind="CVEAllowlist", name="")
    row.body, row.update_time = allowlist_of(body), now()
    db.add(row)


@routes.add("GET", "/internalconfig")
def internal_settings(request, db):
    """For jobservice: proves that both sides hold the same JOBSERVICE_SECRET."""
    refuse_if(request.caller.kind != "service",
              Refused("UNAUTHORIZED", "only internal service is allowed to call this API"))
    return {"time": int(time.time())}
