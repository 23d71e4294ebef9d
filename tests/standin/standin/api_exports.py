# What scanners have found, as a table for a spreadsheet: made by a job, and fetched once.

import csv
import io

from sqlalchemy import select
from werkzeug.wrappers import Response

from . import executions, matching
from .api import allow, lean, shown, signed_in
from .app import routes
from .artifacts import tags
from .chores import of_task, roots
from .executions import launched
from .scanning import REPORT, report_of
from .store import Artifact, Document, Execution, LabelUse, Project
from .web import Refused, answer, bad, invalid, missing, refuse_if

VENDOR, KIND = "SCAN_DATA_EXPORT", "export"
COLUMNS = ("Repository", "Artifact Digest", "CVE", "Package", "Current Version", "Fixed in version", "Severity",
           "CWE Ids", "Additional Data", "Scanner")
EMPTY = "No vulnerabilities found or matched"


def reach(request, db, project: Project | None, action: str) -> None:
    signed_in(request)
    caller = request.caller
    allow(request, caller.admin or project and caller.may_in(db, project, "export-cve", action), "forbidden")


@routes.add("POST", "/export/cve", body="criteria ScanDataExportRequest")
def begin(request, db, body):
    asked, projects = request.headers.get("X-Scan-Data-Type"), body.get("projects") or []
    refuse_if(not asked, invalid("X-Scan-Data-Type in header is required"))
    refuse_if(asked != REPORT, bad(f"bad request: Unsupported MIME type : {asked}"))
    if len(projects) != 1:
        raise bad("bad request: only support export single project, invalid value: "
                  f"[{' '.join(str(number) for number in projects)}]")
    project = db.get(Project, projects[0]) if 0 < projects[0] < 2 ** 31 else None
    refuse_if(project is None, missing(f"resource not found: project {projects[0]}"))
    for key in ("repositories", "tags", "cveIds"):
        if " " in (body.get(key) or ""):
            raise bad(f"bad request: invalid criteria value, please remove additional spaces for input: {body[key]}")
    reach(request, db, project, "create")
    if not request.caller.user:
        return answer({"errors": [{"message": f"User : {request.caller.name} not found"}]}, 403)
    attrs = {"project_ids": projects, "job_name": body.get("job_name") or "", "user_name": request.caller.name,
             "request": body}
    row = executions.begin(db, VENDOR, request.caller.user.id, "MANUAL", attrs, [{}])
    return {"id": launched(request, row).id}


def export(app, number: int, say) -> None:
    with app.store.session() as db:
        execution = of_task(db, number)[1]
        asked = execution.attrs["request"]
        rows = [line for artifact in roots(db, Artifact.project_id == asked["projects"][0])
                if wanted(db, artifact, asked) for line in lines(db, artifact, asked)]
        if not rows:
            execution.status_message = EMPTY
            return say("Exported CSV file is empty, skip to push system artifact, exit job")
        sheet = io.StringIO()
        csv.writer(sheet, lineterminator="\n").writerows([COLUMNS, *rows])
        db.add(Document(kind=KIND, name=str(execution.id), body={"csv": sheet.getvalue()}))
        say(f"Scan data export job completed, {len(rows)} records")


def wanted(db, row: Artifact, asked: dict) -> bool:
    labels = set(db.scalars(select(LabelUse.label_id).where(LabelUse.artifact_id == row.id)))
    names = [tag.name for tag in tags(db, row)]
    return (matching.takes(asked.get("repositories") or "**", row.repository_name.split("/", 1)[1])
            and (not asked.get("tags") or any(matching.takes(asked["tags"], name) for name in names) or not names)
            and (not asked.get("labels") or bool(labels & set(asked["labels"]))))


def lines(db, row: Artifact, asked: dict) -> list[list]:
    report = report_of(db, row) or {}
    only = {name for name in (asked.get("cveIds") or "").split(",") if name}
    return [[row.repository_name, row.digest, one.get("id"), one.get("package"), one.get("version"),
             one.get("fix_version"), one.get("severity"), ",".join(one.get("cwe_ids") or []), "", report["scanner"]]
            for one in report.get("vulnerabilities") or [] if not only or one.get("id") in only]


executions.WORK[VENDOR] = export


def file_of(db, row: Execution) -> Document | None:
    return db.scalar(select(Document).where(Document.kind == KIND, Document.name == str(row.id)))


def show(db, row: Execution) -> dict:
    text = "Please contact the system administrator to check the logs of jobservice." if row.status == "Error" else ""
    return {"id": row.id, "status": row.status, "status_text": row.status_message or text, "trigger": row.trigger,
            "start_time": shown(row.creation_time), "end_time": shown(row.end_time),
            "user_name": row.attrs["user_name"], "file_present": file_of(db, row) is not None,
            **lean({"user_id": row.vendor_id})}


def found(request, db, number: int) -> Execution:
    signed_in(request)
    row = executions.found(db, number)
    for project in row.attrs.get("project_ids", []):
        reach(request, db, db.get(Project, project), "read")
    return row


@routes.add("GET", "/export/cve/executions", needs="login")
def list_exports(request, db):
    rows = db.scalars(select(Execution).where(Execution.vendor_type == VENDOR).order_by(Execution.id.desc()))
    mine = [row for row in rows if row.attrs["user_name"] == request.caller.name]
    for number in {number for row in mine for number in row.attrs["project_ids"]}:
        reach(request, db, db.get(Project, number), "read")
    return {"items": [show(db, row) for row in mine]}


@routes.add("GET", "/export/cve/execution/{execution_id#}")
def read_export(request, db, execution_id):
    row = found(request, db, execution_id)
    refuse_if(row.attrs.get("user_name") != request.caller.name, Refused("FORBIDDEN"))
    return show(db, row)


@routes.add("GET", "/export/cve/download/{execution_id#}", produces="text/csv")
def download(request, db, execution_id):
    row = found(request, db, execution_id)
    sheet = file_of(db, row)
    if row.attrs.get("user_name") != request.caller.name or sheet is None:
        status = 403 if row.attrs.get("user_name") != request.caller.name else 404
        return Response(status=status, content_type="text/csv")
    name = f"scandata_export_{row.id}.csv"
    request.events.append(lambda: fetched(request.app, row.id))
    return Response(sheet.body["csv"], content_type="text/csv",
                    headers={"Content-Disposition": f'attachment; filename="{name}"'})


def fetched(app, number: int) -> None:
    """Once is all there is."""
    with app.store.session() as db:
        row = db.get(Execution, number)
        db.delete(file_of(db, row))
        db.delete(row)
