# What core does for the jobservice, since it needs the database: collecting garbage, purging the audit log, applying
# retention rules.

import datetime
import json
import operator

from sqlalchemy import delete, func, select

from . import artifacts, executions, matching
from .facts import EVENTS, JOBS
from .security import Caller
from .store import Artifact, AuditLog, Blob, Document, Execution, Repository, Task, chosen, now
from .web import refuse_if

RETENTION = "RETENTION"


def of_task(db, number: int) -> tuple[Task, Execution]:
    return db.execute(select(Task, Execution).where(Task.id == number, Execution.id == Task.execution_id)).one()


class Work:
    """Stands where the request of a caller would: what is deleted is announced when the work is kept."""

    def __init__(self, app) -> None:
        self.app, self.events, self.caller = app, [], Caller("service", "harbor-jobservice")

    def done(self) -> None:
        for event in self.events:
            event()


def roots(db, *where) -> list[Artifact]:
    """Without those that are only parts of an index, or attached to another one."""
    return list(db.scalars(chosen(Artifact, *where, artifacts.ROOT).order_by(Artifact.id)))


# --- garbage collection and purging -----------------------------------------------------------------------------------

def collect(app, number: int, say) -> None:
    """Untagged artifacts go. Their bytes stay for now: they are too young; but a dry run counts them."""
    work, space, blobs, manifests = Work(app), 0, 0, 0
    with app.store.session() as db:
        execution = of_task(db, number)[1]
        asked = execution.attrs
        say(f"Garbage Collection parameters: [{json.dumps(asked, sort_keys=True)}]")
        for row in roots(db, ~artifacts.TAGGED) if asked["delete_untagged"] else []:
            say(f"delete the untagged artifact: [repository: {row.repository_name}, digest: {row.digest}]")
            if not asked["dry_run"]:
                artifacts.discard(work, db, row)
                continue
            others = select(Blob.digest).where(Blob.artifact_id.not_in((0, row.id)))
            sizes = dict(db.execute(select(Blob.digest, Blob.size).where(
                Blob.artifact_id == row.id, Blob.digest.not_in(others))).all())
            space, manifests = space + sum(sizes.values()), manifests + 1
            blobs += len(sizes.keys() - {row.digest})
        execution.attrs = asked | {"freed_space": space, "purged_blobs": blobs, "purged_manifests": manifests}
        say("success to run gc in job.")
    work.done()


def purge(app, number: int, say) -> None:
    """Rows that are older than so many hours, of the events that are named."""
    with app.store.session() as db:
        asked = of_task(db, number)[1].attrs
        say(f"Purge audit job start, job parameters {json.dumps(asked, sort_keys=True)}")
        hours = asked["audit_retention_hour"]
        if hours in (0, -1):
            return say(f"quit purge job, retentionHour: {hours}")
        known = {one["event_type"] for one in EVENTS}
        named = known & {name.lower() for name in asked["include_event_types"].split(",")}
        where = (AuditLog.creation_time < now() - datetime.timedelta(hours=hours),
                 func.lower(AuditLog.operation + "_" + AuditLog.resource_type).in_(named))
        rows = db.scalar(select(func.count(AuditLog.id)).where(*where))
        if not asked["dry_run"]:
            db.execute(delete(AuditLog).where(*where))
        say(f"{'[DRYRUN]' if asked['dry_run'] else ''}Purged {rows} rows of audit log exts")


# --- retention --------------------------------------------------------------------------------------------------------

def fits(selectors: list | None, values: list[str]) -> bool:
    """All selectors; each is content with any of the values. Nothing at all fits as `extras` say."""
    def one(selector: dict) -> bool:
        decoration, extras = selector.get("decoration") or "", selector.get("extras")
        if selector.get("kind") != "doublestar" or decoration not in JOBS["decorations"]:
            raise ValueError(f"selector {selector.get('kind')}:{decoration} is not registered")
        wanted = decoration.lower().endswith("matches")
        if not values:
            return not extras or bool(json.loads(extras).get("untagged")) == wanted
        return any(matching.takes(selector.get("pattern") or "**", value) == wanted for value in values)
    return all(one(selector) for selector in selectors or [])


def launch_retention(app, number: int) -> None:
    """One task for each repository that a rule is about, with those rules."""
    def tasks() -> list[dict]:
        with app.store.session(write=False) as db:
            execution = db.get(Execution, number)
            policy = db.get(Document, execution.vendor_id)
            found = {home: [rule for rule in policy.body.get("rules") or [] if not rule.get("disabled") and fits(
                (rule.get("scope_selectors") or {}).get("repository"), [home.name.split("/", 1)[1]])]
                for home in db.scalars(chosen(Repository, project_id=policy.project_id).order_by(Repository.id))}
        return [{"repository": home.name.split("/", 1)[1], "home": home.id, "dry_run": execution.attrs["dry_run"],
                 "rules": rules, "algorithm": policy.body.get("algorithm")} for home, rules in found.items() if rules]
    executions.plan(app, number, RETENTION, tasks, "no resources for retention")


def keeps(rule: dict, rows: list[dict]) -> list[dict]:
    name = rule["template"]
    key, number = JOBS["templates"][name]
    given = (rule.get("params") or {}).get(name)
    number = given if isinstance(given, int) and given >= 0 else number
    if name.startswith("latest"):
        return sorted(rows, key=operator.itemgetter(key), reverse=True)[:number]
    return [row for row in rows if name == "always" or row[key] >= now() - datetime.timedelta(days=number)]


def retain(app, number: int, say) -> None:
    """What no rule keeps goes, with all its tags; a frozen one stays in any case."""
    work = Work(app)
    with app.store.session() as db:
        task = db.get(Task, number)
        asked = task.attrs
        home = db.get(Repository, asked["home"])
        say(f"Run retention process.\n Repository: {home.name} \n Rule Algorithm: {asked['algorithm']} \n "
            f"Dry Run: {str(asked['dry_run']).lower()}")
        rows = [candidate(db, row) for row in roots(db, Artifact.repository_id == home.id)]
        say(f"Load {len(rows)} candidates from repository {home.name}")
        refuse_if(asked["algorithm"] != "or" and rows, ValueError(f"get processor for algorithm: {asked['algorithm']}"))
        for rule in asked["rules"]:
            if rule.get("template") not in JOBS["templates"] or rule.get("action") != "retain":
                raise ValueError(f"rule {rule.get('template')} with action {rule.get('action')} is not registered")
        judges = [rule for rule in asked["rules"] if rule.get("tag_selectors")]
        kept = {row["artifact"] for rule in judges for row in keeps(
            rule, [row for row in rows if fits(rule["tag_selectors"], row["tags"])])}
        lost = 0
        for row in rows:
            artifact, tags = row["artifact"], row["tags"]
            word = "RETAIN" if not judges or artifact in kept else "IMMUTABLE" if any(
                artifacts.frozen(db, home, tag) for tag in tags) else "DEL"
            say(f"| {artifact.digest} | {','.join(tags)} | image | {row['pushed']} | {word} |")
            lost += word == "DEL"
            if word == "DEL" and not asked["dry_run"]:
                artifacts.discard(work, db, artifact)
        task.attrs = asked | {"total": len(rows), "retained": len(rows) - lost}
    work.done()


def candidate(db, row: Artifact) -> dict:
    tags = artifacts.tags(db, row)
    pulled = [one.pull_time for one in (row, *tags) if one.pull_time]
    return {"artifact": row, "tags": [tag.name for tag in tags], "pulled": max(pulled, default=datetime.datetime.min),
            "pushed": max(one.creation_time for one in (row, *tags))}


executions.LAUNCH[RETENTION] = launch_retention
executions.OWNED["retention"] = RETENTION
executions.WORK |= {"GARBAGE_COLLECTION": collect, "PURGE_AUDIT_LOG": purge, RETENTION: retain}
