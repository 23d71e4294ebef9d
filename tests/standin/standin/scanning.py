# Scanners behind their adapters: what an adapter says of itself, and what it finds in an artifact.

import base64
import os
import time

import requests

from . import executions
from .chores import of_task, roots
from .store import Artifact, Document, Execution, Project, Scanner, first
from .web import Refused, need, refuse_if

ALL, ONE = "SCAN_ALL", "IMAGE_SCAN"
REPORT = "application/vnd.security.vulnerability.report; version=1.1"
# Row -> when it was asked, and what it can do: who asks again within so many seconds hears the same.
HEARD: dict[int, tuple[float, list]] = {}
KEEP = 0 if os.environ.get("STANDIN_QUICK") else 30


def default(db) -> Scanner | None:
    return first(db, Scanner, is_default=True)


def of_project(db, project: Project) -> Scanner | None:
    """Its own one, or the default."""
    return first(db, Scanner, uuid=project.meta.get("projectScanner")) or default(db)


# --- adapters ---------------------------------------------------------------------------------------------------------

def ask(row: Scanner, method: str, path: str, **options) -> requests.Response:
    secret = row.access_credential
    shown = {"Basic": {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"},
             "Bearer": {"Authorization": f"Bearer {secret}"}, "APIKey": {"X-ScannerAdapter-API-Key": secret}}
    found = requests.request(method, f"{row.url}/api/v1/{path}", timeout=10, allow_redirects=False,
                             headers={"Accept": f"{REPORT}, */*"} | shown.get(row.auth, {}),
                             verify=not row.skip_certVerify, **options)
    found.raise_for_status()
    return found


def metadata(row: Scanner) -> dict:
    """What the adapter says of itself; nothing when it does not answer, or not as one."""
    try:
        found = ask(row, "GET", "metadata").json()
        return found if found["capabilities"] else {}
    except (requests.RequestException, ValueError, KeyError, TypeError):
        return {}


def ping(row: Scanner) -> dict:
    return need(metadata(row) or None, Refused("UNKNOWN"))


def abilities(row: Scanner) -> list[dict]:
    heard, found = HEARD.get(row.id, (0, []))
    if time.monotonic() - heard > KEEP:
        found = metadata(row).get("capabilities", [])
        HEARD[row.id] = time.monotonic(), found
    return found


# --- scans ------------------------------------------------------------------------------------------------------------

def scan_all(db, trigger: str) -> Execution:
    return executions.begin(db, ALL, 0, trigger, {})


def launch(app, number: int) -> None:
    """One task for each artifact that its scanner can take."""
    def tasks() -> list[dict]:
        with app.store.session(write=False) as db:
            found = [(row, of_project(db, db.get(Project, row.project_id))) for row in roots(db)]
        return [{"artifact_id": row.id} for row, scanner in found if scanner and not scanner.disabled
                and any(row.manifest_media_type in one["consumes_mime_types"] for one in abilities(scanner))]
    executions.plan(app, number, ONE, tasks, "no artifact found")


def scan_one(db, artifact: Artifact) -> Execution:
    row = of_project(db, db.get(Project, artifact.project_id))
    refuse_if(row is None or row.disabled, Refused(
        "PRECONDITION", f"no available scanner for project: {artifact.project_id}"))
    return executions.begin(db, ONE, artifact.id, "MANUAL", {}, [{"artifact_id": artifact.id}])


def kept(db, artifact: Artifact) -> Document:
    """Where its report is, or will be."""
    place = {"kind": "scan report", "name": artifact.digest, "project_id": artifact.project_id}
    return first(db, Document, **place) or Document(**place)


def report_of(db, artifact: Artifact) -> dict | None:
    return kept(db, artifact).body


def scan(app, number: int, say) -> None:
    with app.store.session(write=False) as db:
        artifact = db.get(Artifact, of_task(db, number)[0].attrs["artifact_id"])
        scanner = of_project(db, db.get(Project, artifact.project_id))
    image = {"repository": artifact.repository_name, "digest": artifact.digest, "size": artifact.size,
             "mime_type": artifact.manifest_media_type}
    asked = ask(scanner, "POST", "scan", json={"registry": {"url": app.settings.external_url}, "artifact": image})
    while (answer := ask(scanner, "GET", f"scan/{asked.json()['id']}/report")).status_code == 302:
        time.sleep(1)
    with app.store.session() as db:
        report = kept(db, artifact)
        report.body = answer.json() | {"scanner": scanner.name}
        db.add(report)
    say(f"{len(answer.json().get('vulnerabilities') or [])} vulnerabilities found by {scanner.name}")


executions.WORK[ONE] = scan
executions.LAUNCH[ALL] = launch
executions.STARTERS[ALL] = lambda db, row: scan_all(db, "SCHEDULE")
