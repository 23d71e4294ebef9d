# Preheating: instances of networks that spread images, the policies of projects, and their runs.

import json
import re
import time

import requests
from werkzeug.wrappers import Response

from . import cron, executions, matching, replication
from .app import routes
from .artifacts import tags
from .bodies import check_body
from .chores import of_task, roots
from .documents import Kind, register
from .facts import NETWORKS
from .kinds import taken
from .store import Artifact, Document, Execution, Task, chosen, first
from .web import Refused, answer, lean, listed, missing, need, payload, refuse_if

VENDOR, POLICY = "P2P_PREHEAT", "preheat policy"
NAME = re.compile(r"[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*")


# --- instances --------------------------------------------------------------------------------------------------------

class Instances(Kind):
    def drop(self, request, db, row) -> None:
        unused(db, row, "deleted")
        super().drop(request, db, row)


def unused(db, row: Document, verb: str) -> None:
    refuse_if(first(db, Document, Document.body["provider_id"].as_integer() == row.id, kind=POLICY), Refused(
        "PRECONDITION", f"Provider [{row.name}] cannot be {verb} as some preheat policies are using it"))


def check_name(body: dict) -> None:
    refuse_if(not NAME.fullmatch(body.get("name") or ""), Refused("UNKNOWN"))


def instance(request, db, kind, body, row):
    check_name(body)
    name, endpoint = body["name"], body.get("endpoint") or ""
    if row.id is None:
        refuse_if(taken(db, kind, row, endpoint=endpoint), Refused("UNKNOWN"))
        refuse_if(taken(db, kind, row, name=name), Refused("CONFLICT", f"instance {name} already exists"))
    else:
        refuse_if(not body.get("id"), missing("instance 0"))
        if not body.get("enabled"):
            unused(db, row, "disabled")
        refuse_if(body.get("vendor") != row.body.get("vendor"), Refused("UNKNOWN"))
        if not body.get("auth_info") and (body.get("auth_mode") or row.body.get("auth_mode")) != "NONE":
            body |= {"auth_info": row.body.get("auth_info")}
    kept = {key: value for key, value in body.items() if key != "id"}
    return kept | {"endpoint": endpoint, "status": "Unknown", "setup_timestamp": 0 if row.id else int(time.time())}


instances = register(Instances("/p2p/preheat/instances", "preheat_instance_name", "instance Instance",
                               "preheat-instance", instance, "instance {} not found",
                               always=("default", "enabled", "insecure"), hidden=("auth_info", "project_id")))


def ask(network: dict, order: dict | None = None) -> None:
    """Whether it is well, or to do something. All that says who asks is taken for a name and its password."""
    login = next(iter((network.get("auth_info") or {}).items()), None)
    health, orders = NETWORKS[network["vendor"]]
    requests.request("POST" if order else "GET", network["endpoint"].rstrip("/") + (orders if order else health),
                     json=order, auth=login, timeout=5, verify=not network.get("insecure")).raise_for_status()


@routes.add("POST", "/p2p/preheat/instances/ping", needs="preheat-instance:read", body="instance Instance")
def ping_instance(request, db, body):
    """One that is there, or one that might be."""
    if number := body.get("id"):
        row = first(db, Document, kind=instances.name, id=number)
        return ask(row.body) if row else answer(status=404)
    refuse_if(not body.get("endpoint"), Refused("", status=400, body=False))
    check_name(body)
    ask(body)


@routes.add("GET", "/projects/{name}/preheat/providers", needs="preheat-policy:list")
def providers_of_project(request, db, project):
    return payload([{"id": row.id, "provider": f"{row.body.get('vendor')} {row.name}-{row.body.get('endpoint')}",
                     **lean({key: row.body.get(key) for key in ("enabled", "default")})}
                    for row in db.scalars(instances.rows())] or None)


# --- policies ---------------------------------------------------------------------------------------------------------

class Policies(Kind):
    name = POLICY

    def find(self, db, project_id, values):
        """A change is for the one whose number the body holds, whatever the path says."""
        if "body" not in values:
            return super().find(db, project_id, values)
        number = values["body"].get("id") or 0
        row = need(first(db, Document, kind=self.name, id=number), self.gone(db, project_id, number))
        refuse_if(row.project_id != project_id, missing(f"resource not found: project id {project_id}",
                                                        " does not match"))
        return row

    def done(self, db, row):
        executions.unschedule(db, VENDOR, row.id)
        kind, text = trigger_of(row.body)
        if kind == "scheduled" and text:
            executions.schedule(db, VENDOR, row.id, text)

    def drop(self, request, db, row):
        executions.forget(db, VENDOR, row.id)
        super().drop(request, db, row)

    def view(self, request, db, row):
        return self.shown(row) | {"provider_name": db.get(Document, row.body["provider_id"]).name}


def decoded(text: str | None, kind: str):
    """JSON in a text; anything else is taken for an error of the server."""
    try:
        return check_body(json.loads(text or ""), kind)
    except (TypeError, ValueError):
        raise Refused("UNKNOWN") from None


def trigger_of(body: dict) -> tuple[str, str]:
    found = decoded(body.get("trigger"), "PreheatTrigger")
    return found.get("type") or "", (found.get("trigger_setting") or {}).get("cron") or ""


def policy(request, db, kind, body, row):
    check_name(body)
    number = body.get("provider_id") or 0
    need(first(db, Document, kind=instances.name, id=number), missing(f"instance {number}"))
    decoded(body.get("filters"), "[]PreheatFilter")
    (trigger, text), name = trigger_of(body), body["name"]
    kept = {key: body.get(key) for key in ("name", "description", "provider_id", "filters", "trigger", "extra_attrs")}
    if trigger == "scheduled" and text:
        cron.check(text, "preheat")
    if taken(db, kind, row, name=name):
        raise Refused("CONFLICT", f"policy {name} already exists") if row.id is None else Refused("UNKNOWN")
    refuse_if(len(name) > 255, Refused("UNKNOWN"))
    return kept | {"enabled": bool(body.get("enabled"))}


ONE = "/projects/{name}/preheat/policies/{preheat_policy_name}"
RUNS = f"{ONE}/executions"
policies = register(Policies("/projects/{name}/preheat/policies", "preheat_policy_name", "policy PreheatPolicy",
                             "preheat-policy", policy, "policy {} not found", always=("enabled",), timed=True,
                             sort="update_time,-id"))
executions.OWNED[policies.name] = VENDOR


# --- runs -------------------------------------------------------------------------------------------------------------

def images(db, row: Document, *where) -> list[dict]:
    """A task for each tag that passes the filters on names and tags; others are not looked at."""
    wanted = {one.get("type"): one.get("value") for one in decoded(row.body["filters"], "[]PreheatFilter")}
    return [{"artifact": f"{image.repository_name}:{tag.name}", "digest": image.digest, "kind": "image"}
            for image in roots(db, Artifact.project_id == row.project_id, Artifact.type == "IMAGE", *where)
            if matching.takes(wanted.get("repository"), image.repository_name.split("/", 1)[1])
            for tag in tags(db, image) if matching.takes(wanted.get("tag"), tag.name)]


def begin(db, row: Document, tasks: list[dict]) -> Execution:
    kind, attrs = trigger_of(row.body)[0], {"totalCount": len(tasks)}
    return executions.begin(db, VENDOR, row.id, kind, attrs, tasks, "no artifacts to preheat")


def enforce(db, row: Document) -> Execution:
    refuse_if(not row.body.get("enabled"), Refused("UNKNOWN"))
    ask(db.get(Document, row.body["provider_id"]).body)
    return begin(db, row, images(db, row))


def react(app, event) -> None:
    """Policies that wait for a push."""
    begun = []
    with app.store.session() as db:
        for row in db.scalars(chosen(Document, kind=POLICY, project_id=event.project_id)).all():
            if event.kind == "push" and row.body["enabled"] and trigger_of(row.body)[0] == "event_based":
                if tasks := images(db, row, Artifact.digest == event.digest):
                    begun.append(begin(db, row, tasks))
    for execution in begun:
        executions.launch(app, execution)


def preheat(app, number: int, say) -> None:
    with app.store.session(write=False) as db:
        task, execution = of_task(db, number)
        network = db.get(Document, db.get(Document, execution.vendor_id).body["provider_id"]).body
    (name, tag), digest = task.attrs["artifact"].rsplit(":", 1), task.attrs["digest"]
    target = {"repository": name, "digest": digest, "tag": tag,
              "url": f"{app.settings.external_url}/v2/{name}/manifests/{tag}"}
    say(f"Preheating image '{name}:{tag}@{digest}' to {network['vendor']} {network['endpoint']}")
    ask(network, {"kraken": {"events": [{"action": "push", "target": target}]},
                  "dragonfly": {"type": "preheat", "args": {"type": "image", "url": target["url"]}}}[network["vendor"]])
    say("Preheating is completed")


executions.WORK[VENDOR] = preheat
executions.STARTERS[VENDOR] = lambda db, row: enforce(db, db.get(Document, row.vendor_id))
replication.LISTENERS.append(react)


def show(row: Execution | Task, start) -> dict:
    start, end = (f"{time.isoformat(timespec='seconds') if time else '0001-01-01T00:00:00'}Z"
                  for time in (start, row.end_time))
    return {"id": row.id, "status": row.status, "extra_attrs": row.attrs, "start_time": start, "end_time": end}


def show_run(db, row: Execution) -> dict:
    counts = executions.metrics(db, row)
    told = {f"{status.lower()}_task_count": count for status, count in counts.items()}
    return show(row, row.creation_time) | {
        "vendor_id": row.vendor_id, "vendor_type": VENDOR, "trigger": row.trigger,
        "metrics": lean({"task_count": sum(counts.values())} | told), **lean({"status_message": row.status_message})}


def run_of(request, db, values: dict) -> Execution:
    row, number = policies.reach(request, db, values, "read"), values["execution_id"]
    found = first(db, Execution, id=number, vendor_type=VENDOR, vendor_id=row.id)
    return need(found, missing(f"execution {number}"))


@routes.add("POST", ONE, body="policy PreheatPolicy")
def run(request, db, body, **values):
    row = policies.reach(request, db, values, "read")
    number = executions.launched(request, enforce(db, row)).id
    return answer(status=201, location=f"/projects/{values['name']}/preheat/policies/{row.name}/executions/{number}")


@routes.add("GET", RUNS, paged=True)
def list_runs(request, db, **values):
    row = policies.reach(request, db, values, "list")
    return listed(request, db, Execution, lambda one: show_run(db, one), Execution.vendor_type == VENDOR,
                  Execution.vendor_id == row.id, sort="-id", keys={"start_time": "creation_time"})


@routes.add("GET", f"{RUNS}/{{execution_id#}}")
def read_run(request, db, **values):
    return show_run(db, run_of(request, db, values))


@routes.add("GET", f"{RUNS}/{{execution_id#}}/tasks", paged=True)
def list_tasks(request, db, **values):
    row = run_of(request, db, values)
    return listed(request, db, Task, lambda task: show(task, task.start_time), Task.execution_id == row.id, sort="-id")


@routes.add("GET", f"{RUNS}/{{execution_id#}}/tasks/{{task_id#}}/logs", produces="text/plain")
def read_log(request, db, **values):
    task = executions.task_of(db, run_of(request, db, values), values["task_id"])
    return Response(task.log, content_type="text/plain")
