# Scanners: their registrations, which one a project uses, and what they have found in a project as a table for a
# spreadsheet.

import csv
import io
import uuid

from sqlalchemy import delete, or_, update
from werkzeug.wrappers import Response

from . import executions, scanning
from .api_registries import clean_url
from .app import routes
from .chores import of_task, roots
from .facts import COLUMNS, SCANNER
from .store import Artifact, Execution, Project, Scanner, chosen, first, now
from .web import Refused, bad, created, invalid, listed, missing, need, payload, refuse_if, shown, within

PATH, ONE = "/scanners", "/scanners/{registration_id}"
EXPORT = "SCAN_DATA_EXPORT"


# --- registrations ----------------------------------------------------------------------------------------------------

def show(row: Scanner) -> dict:
    return {**{key: getattr(row, key) for key in ("uuid", "url", "is_default", *SCANNER)}, "access_credential": "",
            "create_time": shown(row.creation_time), "update_time": shown(row.update_time),
            "capabilities": {f"support_{one.get('type')}": True for one in scanning.abilities(row)} or None}


def found(db, key: str, what: str = "scanner") -> Scanner:
    return need(first(db, Scanner, uuid=key), missing(f"{what} {key}"))


def fill(row: Scanner, body: dict) -> Scanner:
    """A secret that is not named stays. One without uuid is only asked for its health."""
    secret = row.access_credential
    for key, nothing in SCANNER.items():
        setattr(row, key, body.get(key) or nothing)
    row.access_credential = row.access_credential or (row.auth and secret)
    refuse_if(not body["name"], bad("missing registration name"))
    refuse_if(len(row.name) > 128 or len(row.description) > 1024, Refused("UNKNOWN"))
    row.url = clean_url(body["url"])
    refuse_if(row.auth not in ("", "Basic", "Bearer", "APIKey"), bad(f"auth type {row.auth} is not supported"))
    refuse_if(row.auth and not row.access_credential, bad(f"access_credential is required for auth type {row.auth}"))
    refuse_if(row.uuid and row.name == "Trivy", bad('name "Trivy" is reserved, please try a different name'))
    return row


@routes.add("GET", PATH, needs="scanner:list", paged=True)
@routes.add("GET", "/projects/{name}/scanner/candidates", needs="scanner:create", paged=True)
def list_scanners(request, db, project=None):
    where = [getattr(Scanner, key).icontains(request.args.get(key, ""), autoescape=True)
             for key in ("name", "description", "url")]
    where += [getattr(Scanner, key) == request.args[f"ex_{key}"] for key in ("name", "url")
              if request.args.get(f"ex_{key}")]
    return listed(request, db, Scanner, show, *where, keys={"create_time": "creation_time"},
                  sort="-is_default,-creation_time", fixed=True)


@routes.add("POST", PATH, needs="scanner:create", body="registration ScannerRegistrationReq")
def create_scanner(request, db, body):
    row = fill(Scanner(uuid=str(uuid.uuid4())), body)
    scanning.ping(row)
    row.is_default = first(db, Scanner) is None
    refuse_if(first(db, Scanner, or_(Scanner.name == row.name, Scanner.url == row.url)),
              Refused("UNKNOWN", "dao: create registration: registration name or url already exists", 409))
    db.add(row)
    return created(request, row.uuid)


@routes.add("POST", f"{PATH}/ping", needs="scanner:read", body="settings ScannerRegistrationSettings")
def ping_scanner(request, db, body):
    scanning.ping(fill(Scanner(), body))


@routes.add("GET", ONE, needs="scanner:read")
def read_scanner(request, db, registration_id):
    return show(found(db, registration_id))


@routes.add("PUT", ONE, needs="scanner:update", body="registration ScannerRegistrationReq")
def change_scanner(request, db, registration_id, body):
    row = fill(found(db, registration_id), body)
    refuse_if(row.is_default and row.disabled, Refused("UNKNOWN"))
    row.update_time = now()


@routes.add("PATCH", ONE, needs="scanner:update", body="payload IsDefault")
def choose_scanner(request, db, registration_id, body):
    if body.get("is_default"):
        row = found(db, registration_id, "registration")
        refuse_if(row.disabled, missing(f"registration {registration_id}"))
        db.execute(update(Scanner).values(is_default=False))
        row.is_default = True


@routes.add("DELETE", ONE, needs="scanner:delete")
def delete_scanner(request, db, registration_id):
    row = found(db, registration_id)
    db.delete(row)
    return show(row) | {"capabilities": None}


@routes.add("GET", f"{ONE}/metadata", needs="scanner:read")
def read_metadata(request, db, registration_id):
    return scanning.ping(found(db, registration_id, "registration"))


@routes.add("GET", "/projects/{name}/scanner", needs="scanner:read")
def read_project_scanner(request, db, project):
    row = scanning.of_project(db, project)
    return payload(row and show(row))


@routes.add("PUT", "/projects/{name}/scanner", needs="scanner:create", body="payload ProjectScanner")
def choose_project_scanner(request, db, project, body):
    project.meta = project.meta | {"projectScanner": body["uuid"]}


# --- exports ----------------------------------------------------------------------------------------------------------

@routes.add("POST", "/export/cve", body="criteria ScanDataExportRequest")
def begin_export(request, db, body):
    asked, projects = request.headers.get("X-Scan-Data-Type"), body.get("projects") or []
    refuse_if(not asked, invalid("X-Scan-Data-Type in header is required"))
    refuse_if(asked != scanning.REPORT, bad(f"bad request: Unsupported MIME type : {asked}"))
    refuse_if(len(projects) != 1, bad("bad request: only support export single project, invalid value: "
                                      f"[{' '.join(map(str, projects))}]"))
    project = need(db.get(Project, projects[0]), missing(f"resource not found: project {projects[0]}"))
    within(request, db, project, "export-cve", "create")
    user = need(request.caller.user, Refused("FORBIDDEN", f"User : {request.caller.name} not found"))
    attrs = {"project_id": project.id, "user_name": user.username}
    return {"id": executions.launched(request, executions.begin(db, EXPORT, user.id, "MANUAL", attrs, [{}])).id}


def export(app, number: int, say) -> None:
    with app.store.session() as db:
        execution = of_task(db, number)[1]
        rows = [[row.repository_name, row.digest, one.get("id"), one.get("package"), one.get("version"),
                 one.get("fix_version"), one.get("severity"), ",".join(one.get("cwe_ids") or []), "", report["scanner"]]
                for row in roots(db, Artifact.project_id == execution.attrs["project_id"])
                for report in [scanning.report_of(db, row) or {}] for one in report.get("vulnerabilities") or []]
        if not rows:
            execution.status_message = "No vulnerabilities found or matched"
            return say("Exported CSV file is empty, skip to push system artifact, exit job")
        sheet = io.StringIO()
        csv.writer(sheet, lineterminator="\n").writerows([COLUMNS, *rows])
        execution.attrs = execution.attrs | {"csv": sheet.getvalue()}
        say(f"Scan data export job completed, {len(rows)} records")


executions.WORK[EXPORT] = export


def show_export(row: Execution) -> dict:
    return {"id": row.id, "status": row.status, "status_text": row.status_message, "trigger": row.trigger,
            "start_time": shown(row.creation_time), "end_time": shown(row.end_time), "user_id": row.vendor_id,
            "user_name": row.attrs["user_name"], "file_present": "csv" in row.attrs}


def export_of(request, db, number: int) -> Execution:
    row = executions.found(db, number, EXPORT)
    refuse_if(row.attrs["user_name"] != request.caller.name, Refused("FORBIDDEN"))
    return row


@routes.add("GET", "/export/cve/executions", needs="login")
def list_exports(request, db):
    rows = db.scalars(chosen(Execution, vendor_type=EXPORT).order_by(Execution.id.desc()))
    return {"items": [show_export(row) for row in rows if row.attrs["user_name"] == request.caller.name]}


@routes.add("GET", "/export/cve/execution/{execution_id#}", needs="login")
def read_export(request, db, execution_id):
    return show_export(export_of(request, db, execution_id))


@routes.add("GET", "/export/cve/download/{execution_id#}", needs="login", produces="text/csv")
def download(request, db, execution_id):
    row = export_of(request, db, execution_id)
    sheet = need(row.attrs.get("csv"), Refused("NOT_FOUND", body=False))
    request.events.append(lambda: forget_export(request.app, row.id))
    name = f"scandata_export_{row.id}.csv"
    return Response(sheet, content_type="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def forget_export(app, number: int) -> None:
    """Once is all there is."""
    with app.store.session() as db:
        db.execute(delete(Execution).where(Execution.id == number))
