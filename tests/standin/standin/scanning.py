# Scanners behind their adapters: what an adapter says of itself, and what it finds in an artifact.

import base64
import os
import time

import requests
from sqlalchemy import delete, select

from . import executions
from .chores import roots
from .security import Caller
from .store import Artifact, Document, Execution, Project, Scanner, Task
from .web import Refused, refuse_if

ALL, ONE = "SCAN_ALL", "IMAGE_SCAN"
DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
REPORT = "application/vnd.security.vulnerability.report; version=1.1"
REPORTS = {REPORT, "application/vnd.scanner.adapter.vuln.report.harbor+json; version=1.0",
           "application/vnd.security.sbom.report+json; version=1.0"}
# Row -> when it was asked, and its answer: who asks again soon hears the same.
HEARD: dict[int, tuple[float, dict | None]] = {}
KEEP = 0 if os.environ.get("STANDIN_QUICK") else 30  # seconds


def default(db) -> Scanner | None:
    return db.scalar(select(Scanner).where(Scanner.is_default))


def of_project(db, project: Project) -> Scanner | None:
    """Its own one, or the default."""
    return db.scalar(select(Scanner).where(Scanner.uuid == project.meta.get("projectScanner"))) or default(db)


# --- adapters ---------------------------------------------------------------------------------------------------------

def ask(row: Scanner, method: str, path: str, **options) -> requests.Response:
    secret, headers = row.access_credential, options.pop("headers", {})
    headers |= {"Basic": {"Authorization": "Basic " + base64.b64encode(secret.encode()).decode()},
                "Bearer": {"Authorization": f"Bearer {secret}"},
                "APIKey": {"X-ScannerAdapter-API-Key": secret}}.get(row.auth, {})
    return requests.request(method, f"{row.url}/api/v1/{path}", headers=headers, timeout=10, allow_redirects=False,
                            verify=not row.skip_certVerify, **options)


def metadata(row: Scanner) -> dict | None:
    """What the adapter says of itself; None when it does not answer, or not as one."""
    heard, found = HEARD.get(row.id, (0, None))
    if row.id is None or time.monotonic() - heard > KEEP or not heard:
        try:
            answer = ask(row, "GET", "metadata")
            found = answer.json() if answer.status_code == 200 else None
        except (requests.RequestException, ValueError):
            found = None
        if row.id:
            HEARD[row.id] = time.monotonic(), found
    return found if valid(found) else None


def valid(found) -> bool:
    said = isinstance(found, dict) and found.get("scanner") or {}
    able = found.get("capabilities") if said else None
    return bool(all(said.get(key) for key in ("name", "vendor", "version")) and able) and all(
        DOCKER in one.get("consumes_mime_types", []) and REPORTS & set(one.get("produces_mime_types", []))
        for one in able)


def ping(row: Scanner) -> dict:
    found = metadata(row)
    refuse_if(found is None, Refused("UNKNOWN"))
    return found


# --- scans ------------------------------------------------------------------------------------------------------------

def scan_all(db, trigger: str) -> Execution:
    return executions.begin(db, ALL, 0, trigger, {})


def launch(app, number: int) -> None:
    """One task for each artifact that its scanner can take."""
    def tasks() -> list[dict]:
        with app.store.session(write=False) as db:
            found = roots(db)
            asked = {number: of_project(db, db.get(Project, number)) for number in {row.project_id for row in found}}
        told = {key: metadata(row) if row and not row.disabled else None for key, row in asked.items()}
        takes = [row for row in found if any(row.manifest_media_type in one["consumes_mime_types"]
                                             for one in (told[row.project_id] or {}).get("capabilities", []))]
        refuse_if(not takes and None in told.values(), RuntimeError("no scanner answers"))
        return [{"artifact_id": row.id} for row in takes]
    executions.plan(app, number, ONE, tasks, "no artifact found")


def scan_one(db, artifact: Artifact) -> Execution:
    row = of_project(db, db.get(Project, artifact.project_id))
    if row is None or row.disabled:
        raise Refused("PRECONDITION", f"no available scanner for project: {artifact.project_id}")
    return executions.begin(db, ONE, artifact.id, "MANUAL", {}, [{"artifact_id": artifact.id}])


def report_of(db, artifact: Artifact) -> dict | None:
    return db.scalar(select(Document.body).where(Document.kind == "scan report", Document.name == artifact.digest,
                                                 Document.project_id == artifact.project_id))


def scan(app, number: int, say) -> None:
    with app.store.session(write=False) as db:
        artifact = db.get(Artifact, db.get(Task, number).attrs["artifact_id"])
        project = db.get(Project, artifact.project_id)
        scanner, name = of_project(db, project), artifact.repository_name
    access = [{"type": "repository", "name": name, "actions": ["pull"]}]
    token = app.gate.token(Caller("service", "scanner"), access, 30)["token"]
    asked = ask(scanner, "POST", "scan", json={
        "registry": {"url": app.settings.core if scanner.use_internal_addr else app.settings.external_url,
                     "authorization": f"Bearer {token}"},
        "artifact": {"repository": name, "digest": artifact.digest, "mime_type": artifact.manifest_media_type,
                     "size": artifact.size}})
    if asked.status_code != 202:
        raise RuntimeError(f"the scanner answers {asked.status_code} to a scan of {name}@{artifact.digest}")
    say(f"scan of {name}@{artifact.digest} by {scanner.name}")
    answer = None
    for _each in range(120):
        answer = ask(scanner, "GET", f"scan/{asked.json()['id']}/report", headers={"Accept": REPORT})
        if answer.status_code != 302:
            break
        time.sleep(min(float(answer.headers.get("Refresh-After") or 1), 5))
    if answer is None or answer.status_code != 200:
        raise RuntimeError(f"the scanner answers {answer and answer.status_code} to a question for its report")
    with app.store.session() as db:
        mine = (Document.kind == "scan report") & (Document.name == artifact.digest)
        db.execute(delete(Document).where(mine, Document.project_id == project.id))
        db.add(Document(kind="scan report", name=artifact.digest, project_id=project.id,
                        body={**answer.json(), "scanner": scanner.name}))
    say(f"{len(answer.json().get('vulnerabilities') or [])} vulnerabilities")


executions.WORK[ONE] = scan
executions.LAUNCH[ALL] = launch
executions.STARTERS[ALL] = lambda db, row: scan_all(db, "SCHEDULE")
