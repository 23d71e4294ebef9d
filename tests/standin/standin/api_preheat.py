# Preheating: instances of networks that spread images, the policies of projects, and their runs.

import json
import re
import time

import requests
from sqlalchemy import select
from werkzeug.wrappers import Response

from . import artifacts, cron, executions, matching, replication, scanning
from .api import lean
from .app import routes
from .chores import Work, of_task
from .documents import Kind, register
from .executions import launched
from .kinds import taken
from .security import Caller
from .store import Artifact, Document, Execution, Label, LabelUse, Project, Task, now
from .web import Refused, answer, listed, missing, payload, refuse_if

VENDOR = "P2P_PREHEAT"
NAME = re.compile(r"[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*")
# Where a network says that it is well, and where it takes orders.
NETWORKS = {"dragonfly": ("/healthy", "/oapi/v1/jobs"), "kraken": ("/health", "/registry/notifications")}
SEVERITIES = {"None": 0, "Unknown": 1, "Negligible": 2, "Low": 3, "Medium": 4, "High": 5, "Critical": 6}
UNSCANNED = 99


# --- instances --------------------------------------------------------------------------------------------------------

class Instances(Kind):
    def drop(self, request, db, row) -> None:
        self.unused(db, row, "deleted")
        super().drop(request, db, row)

    @staticmethod
    def unused(db, row, verb: str) -> None:
        used = select(Document.body).where(Document.kind == "preheat policy")
        if any(body["provider_id"] == row.id for body in db.scalars(used)):
            raise Refused("PRECONDITION",
                          f"Provider [{row.name}] cannot be {verb} as some preheat policies are using it")


def instance(request, db, kind, body, row):
    name, endpoint, fresh = body.get("name") or "", body.get("endpoint") or "", row.id is None
    refuse_if(not NAME.fullmatch(name), Refused("UNKNOWN"))
    refuse_if(not fresh and not body.get("id"), Refused("NOT_FOUND", "instance 0 not found"))
    if fresh and taken(db, kind, row, name=name) and not taken(db, kind, row, endpoint=endpoint):
        raise Refused("CONFLICT", f"instance {name} already exists")
    if not fresh and not body.get("enabled"):
        kind.unused(db, row, "disabled")
    if fresh and taken(db, kind, row, endpoint=endpoint) or not fresh and body.get("vendor") != row.body.get("vendor"):
        raise Refused("UNKNOWN")
    if not fresh and not body.get("auth_info") and (body.get("auth_mode") or row.body.get("auth_mode")) != "NONE":
        body = body | {"auth_info": row.body.get("auth_info")}
    kept = {**body, "endpoint": endpoint, "status": "Unknown", "setup_timestamp": int(time.time()) if fresh else 0}
    return {key: value for key, value in kept.items() if key != "id"}


instances = register(Instances("/p2p/preheat/instances", "preheat_instance_name", "instance Instance",
                               "preheat-instance", instance, "instance {} not found",
                               always=("default", "enabled", "insecure"), hidden=("auth_info", "project_id")))


def ask(network: dict, method: str, path: str, **options) -> requests.Response:
    """With the credentials of the instance."""
    mode, info = network.get("auth_mode"), [*(network.get("auth_info") or {}).items(), ("", "")][0]
    # Whatever the one entry is called that there is: its name is the user or the header.
    headers = {"OAUTH": {"Authorization": f"Bearer {info[1]}"}, "CUSTOM": dict([info])}.get(mode, {})
    refuse_if(mode not in ("NONE", "BASIC", "OAUTH", "CUSTOM"), ValueError(f"unknown auth mode {mode}"))
    found = requests.request(method, (network.get("endpoint") or "").rstrip("/") + path, headers=headers, timeout=5,
                             auth=info if mode == "BASIC" else None, verify=not network.get("insecure"), **options)
    found.raise_for_status()
    return found


def check_health(network: dict) -> None:
    refuse_if(network.get("vendor") not in NETWORKS, Refused("UNKNOWN"))
    try:
        ask(network, "GET", NETWORKS[network["vendor"]][0])
    except (requests.RequestException, ValueError):
        raise Refused("UNKNOWN") from None


@routes.add("POST", "/p2p/preheat/instances/ping", needs="preheat-instance:read", body="instance Instance")
def ping_instance(request, db, body):
    row = db.scalar(instances.rows().where(Document.id == body["id"])) if body.get("id") else None
    if body.get("id") and row is None:
        return answer(status=404)
    refuse_if(not (row or body.get("endpoint")), Refused("", status=400, body=False))
    refuse_if(row is None and not NAME.fullmatch(body.get("name") or ""), Refused("UNKNOWN"))
    check_health(row.body if row else body)


@routes.add("GET", "/p2p/preheat/providers", needs="preheat-instance:list")
def providers(request, db):
    rows = [("Dragonfly", "2.1.59", ["one@example.com", "two@example.com"]), ("Kraken", "0.1.3", ["one@example.com"])]
    return [{"id": name.lower(), "name": name, "icon": "https://example.com/icon.png", "maintainers": people,
             "version": version, "source": "https://example.com"} for name, version, people in rows]


@routes.add("GET", "/projects/{name}/preheat/providers", needs="preheat-policy:list")
def providers_of_project(request, db, project):
    return payload([{"id": row.id, "provider": f"{row.body.get('vendor')} {row.name}-{row.body.get('endpoint')}",
                     **lean({key: row.body.get(key) for key in ("enabled", "default")})}
                    for row in db.scalars(instances.rows())] or None)


# --- policies ---------------------------------------------------------------------------------------------------------

class Policies(Kind):
    """A change is for the one whose number the body holds, whatever the path says."""
    name = "preheat policy"

    def reach(self, request, db, values, action):
        place = self.home(request, db, values, action)
        if action != "update":
            return self.find(db, place, values)
        body = values["body"]
        provider(db, body)
        number = body.get("id") or 0
        row = db.scalar(select(Document).where(Document.kind == self.name, Document.id == number))
        if row is None:
            raise self.gone(db, place, number)
        refuse_if(row.project_id != place, missing(f"resource not found: project id {place}", " does not match"))
        return row

    def drop(self, request, db, row):
        if number := db.scalar(runs_of(row).where(Execution.status == "Running")):
            raise Refused("PRECONDITION",
                          f"execution {number} under the policy {row.name} is running, stop it and retry")
        executions.forget(db, VENDOR, row.id)
        super().drop(request, db, row)

    def view(self, request, db, row):
        return self.shown(row) | {"provider_name": db.get(Document, row.body["provider_id"]).name}


def runs_of(row: Document):
    return select(Execution.id).where(Execution.vendor_type == VENDOR, Execution.vendor_id == row.id)


def provider(db, body: dict) -> Document:
    number = body.get("provider_id") or 0
    refuse_if(not NAME.fullmatch(body.get("name") or ""), Refused("UNKNOWN"))
    found = db.scalar(instances.rows().where(Document.id == number))
    refuse_if(found is None, missing(f"instance {number}"))
    return found


def decoded(text: str | None, kind: type, needed: bool = True):
    """JSON in a text; anything else is taken for an error of the server."""
    try:
        found = json.loads(text) if text or needed else None
    except (TypeError, ValueError):
        raise Refused("UNKNOWN") from None
    refuse_if(not isinstance(found, (kind, type(None))), Refused("UNKNOWN"))
    return found or kind()


def trigger_of(body: dict) -> tuple[str, str]:
    found = decoded(body.get("trigger"), dict)
    kind, setting = found.get("type") or "", found.get("trigger_setting") or {}
    text = (setting.get("cron") or "") if isinstance(setting, dict) else None
    refuse_if(not isinstance(kind, str) or not isinstance(text, str), Refused("UNKNOWN"))
    return kind, text


def policy(request, db, kind, body, row):
    provider(db, body)
    refuse_if(any(not isinstance(one, dict) for one in decoded(body.get("filters"), list)), Refused("UNKNOWN"))
    (trigger, text), name = trigger_of(body), body["name"]
    decoded(body.get("extra_attrs"), dict, needed=False)
    timed = trigger == "scheduled" and bool(text)
    if timed:
        cron.check(text, "preheat")
    fresh = row.id is None
    if taken(db, kind, row, name=name):
        raise Refused("CONFLICT", f"policy {name} already exists") if fresh else Refused("UNKNOWN")
    refuse_if(len(name) > 255, Refused("UNKNOWN"))
    kept = {key: body.get(key) for key in ("name", "description", "provider_id", "filters", "trigger", "extra_attrs")}
    if fresh:
        kind.keep(row, kept)
        db.add(row)
        db.flush()
    if timed and fresh:
        kept["trigger"] = json.dumps({"type": trigger, "trigger_setting": {"cron": text}}, separators=(",", ":"))
    executions.unschedule(db, VENDOR, row.id)
    if timed:
        executions.schedule(db, VENDOR, row.id, text)
    return kept | {"enabled": bool(body.get("enabled"))}


ONE = "/projects/{name}/preheat/policies/{preheat_policy_name}"
RUNS = f"{ONE}/executions"
policies = register(Policies("/projects/{name}/preheat/policies", "preheat_policy_name", "policy PreheatPolicy",
                             "preheat-policy", policy, "policy {} not found", always=("enabled",), timed=True,
                             sort="update_time,-id"))
executions.OWNED[policies.name] = VENDOR


# --- runs -------------------------------------------------------------------------------------------------------------

def severity(db, row: Artifact) -> int:
    report = scanning.report_of(db, row)
    return SEVERITIES.get(report.get("severity") or "None", 1) if report else UNSCANNED


def chosen(db, row: Document, *where) -> list[dict]:
    """A task for each tag of an image that passes all filters. The project's own demands go before those on safety."""
    project, filters = db.get(Project, row.project_id), json.loads(row.body["filters"]) or []
    wanted = {one.get("type"): one.get("value") for one in filters if one.get("type") not in ("signature",
                                                                                              "vulnerability")}
    if other := set(wanted) - {"repository", "tag", "label"}:
        raise Refused("UNKNOWN", f"unknown filter type: {other.pop()}")
    limit, found = UNSCANNED + 1, []
    if project.meta.get("prevent_vul") == "true" and project.meta.get("severity"):
        limit = SEVERITIES.get(project.meta["severity"].title(), 0)
    for image in db.scalars(select(Artifact).where(Artifact.project_id == project.id, Artifact.type == "IMAGE", *where,
                                                   artifacts.TAGGED, ~artifacts.ATTACHED).order_by(Artifact.id)):
        uses = select(Label.name).join(LabelUse, LabelUse.label_id == Label.id)
        labels = set(db.scalars(uses.where(LabelUse.artifact_id == image.id)))
        needed = {name.strip() for name in (wanted.get("label") or "").split(",")} - {""}
        short = image.repository_name.split("/", 1)[1]
        if not (matching.takes(wanted.get("repository") or "**", short) and needed <= labels
                and severity(db, image) < limit):
            continue
        found += [{"artifact": f"{image.repository_name}:{tag.name}", "digest": image.digest, "kind": "image"}
                  for tag in artifacts.tags(db, image) if matching.takes(wanted.get("tag") or "**", tag.name)]
    return found


def begin(db, row: Document, tasks: list[dict]) -> Execution:
    kind, text = trigger_of(row.body)
    attrs = {"totalCount": len(tasks), "trigger": kind, "triggerSetting": text if kind == "scheduled" else "-"}
    return executions.begin(db, VENDOR, row.id, kind, attrs, tasks, "no artifacts to preheat")


def enforce(db, row: Document) -> Execution:
    refuse_if(not row.body.get("enabled"), Refused("UNKNOWN"))
    check_health(db.get(Document, row.body["provider_id"]).body)
    return begin(db, row, chosen(db, row))


def react(app, event) -> None:
    """Policies that wait for a push."""
    if event.kind != "push":
        return
    work = Work(app)
    with app.store.session() as db:
        mine = select(Document).where(Document.kind == policies.name, Document.project_id == event.project_id)
        for row in db.scalars(mine).all():
            if row.body.get("enabled") and trigger_of(row.body)[0] == "event_based":
                tasks = chosen(db, row, Artifact.digest == event.digest)
                if tasks:
                    launched(work, begin(db, row, tasks))
    work.done()


def preheat(app, number: int, say) -> None:
    with app.store.session(write=False) as db:
        task, execution = of_task(db, number)
        network = db.get(Document, db.get(Document, execution.vendor_id).body["provider_id"]).body
    name, tag = task.attrs["artifact"].rsplit(":", 1)
    say(f"Preheating image '{task.attrs['artifact']}@{task.attrs['digest']}' to the target preheat provider: "
        f"{network['vendor']} {network['endpoint']}")
    health, place = NETWORKS[network["vendor"]]
    ask(network, "GET", health)
    url = f"{app.settings.external_url}/v2/{name}/manifests/{tag}"
    if network["vendor"] == "kraken":
        target = {"repository": name, "digest": task.attrs["digest"], "tag": tag, "url": url}
        ask(network, "POST", place, json={"events": [{"id": task.job_id, "timestamp": now().isoformat() + "Z",
                                                      "action": "push", "target": target}]})
    else:
        access = [{"type": "repository", "name": name, "actions": ["pull"]}]
        token = app.gate.token(Caller("service", "distributor"), access, 30)["token"]
        job = ask(network, "POST", place, json={"type": "preheat", "args": {
            "type": "image", "url": url, "headers": {"Authorization": f"Bearer {token}"}}}).json()
        for _each in range(600):
            state = ask(network, "GET", f"{place}/{job['id']}").json().get("state")
            if state in ("SUCCESS", "FAILURE"):
                break
            time.sleep(1)
        refuse_if(state != "SUCCESS", RuntimeError(f"preheat failed: {state}"))
    say("Preheating is completed")


executions.WORK[VENDOR] = preheat
executions.STARTERS[VENDOR] = lambda db, row: enforce(db, db.get(Document, row.vendor_id))
replication.LISTENERS.append(react)


def moment(time) -> str:
    return f"{time.isoformat(timespec='seconds') if time else '0001-01-01T00:00:00'}Z"


def show_run(db, row: Execution) -> dict:
    counts = executions.metrics(db, row)
    told = {f"{status.lower()}_task_count": count for status, count in counts.items()}
    return {"id": row.id, "vendor_id": row.vendor_id, "vendor_type": VENDOR, "status": row.status,
            "trigger": row.trigger, "extra_attrs": row.attrs, "start_time": moment(row.creation_time),
            "end_time": moment(row.end_time), "metrics": lean({"task_count": sum(counts.values())} | told),
            **lean({"status_message": row.status_message})}


def show_task(row: Task) -> dict:
    return {"id": row.id, "execution_id": row.execution_id, "status": row.status, "extra_attrs": row.attrs,
            "creation_time": moment(row.creation_time), "update_time": moment(row.update_time),
            "start_time": moment(row.start_time), "end_time": moment(row.end_time),
            **lean({"run_count": row.run_count})}


def run_of(request, db, values: dict, action: str) -> Execution:
    row, number = policies.find(db, policies.home(request, db, values, action), values), values["execution_id"]
    found = executions.found(db, number)
    if (found.vendor_type, found.vendor_id) != (VENDOR, row.id):
        raise missing(f"resource not found: project id {row.project_id}, execution id {number}")
    return found


@routes.add("POST", ONE, body="policy PreheatPolicy")
def run(request, db, body, **values):
    row = policies.reach(request, db, values, "read")
    number = launched(request, enforce(db, row)).id
    return answer(status=201, location=f"/projects/{values['name']}/preheat/policies/{row.name}/executions/{number}")


@routes.add("GET", RUNS, paged=True)
def list_runs(request, db, **values):
    row = policies.reach(request, db, values, "list")
    return listed(request, db, Execution, lambda one: show_run(db, one), Execution.id.in_(runs_of(row)), sort="-id",
                  keys={"start_time": "creation_time"})


@routes.add("GET", f"{RUNS}/{{execution_id#}}")
def read_run(request, db, **values):
    return show_run(db, run_of(request, db, values, "read"))


@routes.add("PATCH", f"{RUNS}/{{execution_id#}}", body="execution Execution")
def stop_run(request, db, body, **values):
    row = run_of(request, db, values, "update")
    refuse_if(body.get("status") != "Stopped", Refused("UNKNOWN"))
    executions.stop(db, row)


@routes.add("GET", f"{RUNS}/{{execution_id#}}/tasks", paged=True)
def list_tasks(request, db, **values):
    row = run_of(request, db, values, "list")
    return listed(request, db, Task, show_task, Task.execution_id == row.id, sort="-id")


@routes.add("GET", f"{RUNS}/{{execution_id#}}/tasks/{{task_id#}}/logs", produces="text/plain")
def read_log(request, db, **values):
    row = run_of(request, db, values, "read")
    return Response(executions.task_of(db, row, values["task_id"]).log, content_type="text/plain")
