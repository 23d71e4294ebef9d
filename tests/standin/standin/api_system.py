# The server itself: info, health, settings, permissions, statistics, search.

import time

from sqlalchemy import func, select
from werkzeug.wrappers import Response

from .api import allowlist_of, lean, shown, times
from .api_projects import show_project, visible
from .app import routes
from .artifacts import count
from .rights import permitted
from .store import Document, Project, Repository, now, setting
from .web import Refused, answer, invalid, missing, refuse_if

BUILD = "080b0220"


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
    if found["auth_mode"] == "http_auth":
        keys = {"endpoint": "endpoint", "tokenreivew_endpoint": "tokenreview_endpoint", "verify_cert": "verify_cert",
                "skip_search": "skip_search", "server_certificate": "server_certificate"}
        proxy = {key: setting(db, f"http_authproxy_{name}") for key, name in keys.items()}
        found["authproxy_settings"] = lean(proxy)
    if caller.kind:
        found |= {key: setting(db, key) for key in ("notification_enable", "project_creation_restriction", "read_only")}
        found |= {"current_time": shown(now()), "external_url": configured.external_url, "has_ca_root": False,
                  "harbor_version": f"{configured.version}-{BUILD}",
                  "registry_storage_provider_name": configured.storage,
                  "registry_url": configured.external_url.partition("://")[2]}
    return found


@routes.add("GET", "/systeminfo/volumes", needs="system-volumes:read")
def volumes(request, db):
    return {"storage": [{}]}


@routes.add("GET", "/systeminfo/getcert", produces="application/octet-stream")
def getcert(request, db):
    raise Refused("NOT_FOUND", "resource not found: cert not found in path: /etc/core/ca/ca.crt")


@routes.add("GET", "/permissions")
def permissions(request, db):
    refuse_if(not request.caller.kind, Refused("UNAUTHORIZED"))
    leads = request.caller.user and any(request.caller.role(db,
                                                            project.id) == 1 for project in db.scalars(select(Project)))
    if not (request.caller.admin or leads):
        raise Refused("FORBIDDEN", "forbidden: only admins(system and project) can access permissions")
    return {"project": permitted("project")} | {"system": permitted("system") if request.caller.admin else None}


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
    found = [show_hit(db, row, projects[row.project_id]) for row in rows if row.project_id in projects]
    return {"project": hits, "repository": found}


def show_hit(db, row: Repository, project: Project) -> dict:
    return {"project_id": project.id, "project_name": project.name, "repository_name": row.name} | lean({
        "project_public": project.meta.get("public") == "true", "artifact_count": count(db, row.id),
        "pull_count": row.pull_count})


@routes.add("GET", "/icons/{digest}")
def icon(request, db, digest):
    raise missing(f"the icon {digest}")


@routes.add("GET", "/security/summary", needs="security-hub:read")
def security_summary(request, db):
    return dict.fromkeys(("critical_cnt", "fixable_cnt", "low_cnt", "medium_cnt", "scanned_cnt",
                          "total_artifact", "total_vuls"), 0)


@routes.add("GET", "/security/vul", needs="security-hub:list", paged=True)
def security_list(request, db):
    return answer([], x_total_count=0)


# --- the list of vulnerabilities that are allowed ---------------------------------------------------------------------

ALLOWLIST = select(Document).where(Document.kind == "CVEAllowlist")


@routes.add("GET", "/system/CVEAllowlist", needs="login")
def read_allowlist(request, db):
    found = db.scalar(ALLOWLIST) or Document(id=1, creation_time=now(), update_time=now(), body={"items": []})
    return {"id": found.id, **times(found), **found.body}


@routes.add("PUT", "/system/CVEAllowlist", needs="admin", body="allowlist? CVEAllowlist")
def write_allowlist(request, db, body):
    row = db.scalar(ALLOWLIST) or Document(kind="CVEAllowlist", name="")
    row.body, row.update_time = allowlist_of(body), now()
    db.add(row)


@routes.add("GET", "/internalconfig")
def internal_settings(request, db):
    """For jobservice: proves that both sides hold the same JOBSERVICE_SECRET."""
    if request.caller.kind != "service":
        raise Refused("UNAUTHORIZED", "only internal service is allowed to call this API")
    return {"time": int(time.time())}
