# What core does for the jobservice, since it needs the database: collecting garbage, purging the audit log, applying
# retention rules.

import datetime
import json

from sqlalchemy import or_, select

from . import artifacts, executions, matching
from .api_audit import EVENTS
from .security import Caller
from .store import Artifact, AuditLog, Blob, Document, Execution, Repository, Task, now
from .web import refuse_if

RETENTION = "RETENTION"
MOST_HOURS = 240000
DECORATIONS = ("matches", "excludes", "repoMatches", "repoExcludes")


def of_task(db, number: int) -> tuple[Task, Execution]:
    task = db.get(Task, number)
    return task, db.get(Execution, task.execution_id)


class Work:
    """Stands where the request of a caller would: what is deleted is announced when the work is kept."""

    def __init__(self, app) -> None:
        self.app, self.events, self.caller = app, [], Caller("service", "harbor-jobservice")

    def done(self) -> None:
        for event in self.events:
            event()


def roots(db, *where) -> list[Artifact]:
    """Without those that are only parts of an index, or attached to another one."""
    own = select(Artifact).where(*where, or_(artifacts.TAGGED, ~artifacts.CHILD), ~artifacts.ATTACHED)
    return list(db.scalars(own.order_by(Artifact.id)))


# --- garbage collection and purging -----------------------------------------------------------------------------------

def collect(app, number: int, say) -> None:
    """Untagged artifacts go. Their bytes stay for now: they are too young; but a dry run counts them."""
    work, counts = Work(app), dict.fromkeys(("freed_space", "purged_blobs", "purged_manifests"), 0)
    with app.store.session() as db:
        dummy, execution = of_task(db, number)
        asked = execution.attrs
        say(f"Garbage Collection parameters: [{json.dumps(asked, sort_keys=True)}]")
        for row in roots(db, ~artifacts.TAGGED) if asked["delete_untagged"] else []:
            say(f"delete the untagged artifact: [repository: {row.repository_name}, digest: {row.digest}]")
            if not asked["dry_run"]:
                artifacts.discard(work, db, row)
                continue
            others = select(Blob.digest).where(Blob.artifact_id.not_in((0, row.id)))
            sizes = db.execute(select(Blob.digest, Blob.size).where(Blob.artifact_id == row.id,
                                                                    Blob.digest.not_in(others))).all()
            counts["freed_space"] += sum(size for dummy, size in sizes)
            counts["purged_manifests"] += 1
            counts["purged_blobs"] += sum(digest != row.digest for digest, dummy in sizes)
        execution.attrs = asked | counts
        say("success to run gc in job.")
    work.done()


def purge(app, number: int, say) -> None:
    """Rows that are older than so many hours, of the events that are named."""
    with app.store.session() as db:
        asked = of_task(db, number)[1].attrs
        say(f"Purge audit job start, job parameters {json.dumps(asked, sort_keys=True)}")
        hours = min(asked["audit_retention_hour"], MOST_HOURS)
        if hours in (0, -1):
            return say(f"quit purge job, retentionHour: {hours}")
        named = {name.lower() for name in asked["include_event_types"].split(",")} & set(EVENTS)
        old = AuditLog.creation_time < now() - datetime.timedelta(hours=hours)
        rows = [row for row in db.scalars(select(AuditLog).where(old))
                if f"{row.operation}_{row.resource_type}".lower() in named]
        for row in rows if not asked["dry_run"] else []:
            db.delete(row)
        say(f"{'[DRYRUN]' if asked['dry_run'] else ''}Purged {len(rows)} rows of audit log exts")


# --- retention --------------------------------------------------------------------------------------------------------

def fits(selectors: list | None, values: list[str]) -> bool:
    """All selectors; each is content with any of the values. Nothing at all fits as `extras` say."""
    def one(selector: dict) -> bool:
        decoration, extras = selector.get("decoration") or "", selector.get("extras")
        if selector.get("kind") != "doublestar" or decoration not in DECORATIONS:
            raise ValueError(f"selector {selector.get('kind')}:{decoration} is not registered")
        wanted = decoration.lower().endswith("matches")
        if not values:
            try:
                return bool(json.loads(extras).get("untagged")) == wanted if extras else True
            except ValueError:
                return True
        return any(matching.takes(selector.get("pattern") or "**", value) == wanted for value in values)
    return all(one(selector) for selector in selectors or [])


def retention_tasks(db, policy: Document, dry: bool) -> list[dict]:
    """One for each repository that a rule is about, with those rules."""
    found = []
    homes = select(Repository).where(Repository.project_id == policy.project_id)
    for home in db.scalars(homes.order_by(Repository.id)):
        short = home.name.split("/", 1)[1]
        rules = [rule for rule in policy.body.get("rules") or [] if not rule.get("disabled")
                 and fits((rule.get("scope_selectors") or {}).get("repository"), [short])]
        if rules:
            found.append({"repository": short, "home": home.id, "dry_run": dry, "rules": rules,
                          "algorithm": policy.body.get("algorithm")})
    return found


def parameter(rule: dict, default: int) -> int:
    value = (rule.get("params") or {}).get(rule["template"])
    return value if isinstance(value, int) and value >= 0 else default


def latest(key: str):
    return lambda rule, rows: sorted(rows, key=lambda row: row[key], reverse=True)[:parameter(rule, 10)]


def since(key: str):
    return lambda rule, rows: [row for row in rows
                               if row[key] >= now() - datetime.timedelta(days=parameter(rule, 30))]


TEMPLATES = {"latestPushedK": latest("pushed"), "latestPulledN": latest("pulled"),
             "nDaysSinceLastPush": since("pushed"), "nDaysSinceLastPull": since("pulled"),
             "always": lambda rule, rows: rows}


def retain(app, number: int, say) -> None:
    """What no rule keeps goes, with all its tags; a frozen one stays in any case."""
    work = Work(app)
    with app.store.session() as db:
        task = of_task(db, number)[0]
        asked = task.attrs
        home = db.get(Repository, asked["home"])
        say(f"Run retention process.\n Repository: {home.name} \n Rule Algorithm: {asked['algorithm']} \n "
            f"Dry Run: {str(asked['dry_run']).lower()}")
        rows = [candidate(db, row) for row in roots(db, Artifact.repository_id == home.id)]
        say(f"Load {len(rows)} candidates from repository {home.name}")
        refuse_if(asked["algorithm"] != "or" and rows, ValueError(f"get processor for algorithm: {asked['algorithm']}"))
        judged, kept = False, set()
        for rule in asked["rules"]:
            if rule.get("template") not in TEMPLATES or rule.get("action") != "retain":
                raise ValueError(f"rule {rule.get('template')} with action {rule.get('action')} is not registered")
            if rule.get("tag_selectors"):
                judged = True
                kept |= {row["artifact"].id for row in TEMPLATES[rule["template"]](
                    rule, [row for row in rows if fits(rule["tag_selectors"], row["tags"])])}
        lost = 0
        for row in rows:
            frozen = any(artifacts.frozen(db, home, tag) for tag in row["tags"])
            word = "RETAIN" if not judged or row["artifact"].id in kept else "IMMUTABLE" if frozen else "DEL"
            say(f"| {row['artifact'].digest} | {','.join(row['tags'])} | image | {row['pushed']} | {word} |")
            lost += word == "DEL"
            if word == "DEL" and not asked["dry_run"]:
                artifacts.discard(work, db, row["artifact"])
        task.attrs = asked | {"total": len(rows), "retained": len(rows) - lost}
    work.done()


def candidate(db, row: Artifact) -> dict:
    tags = artifacts.tags(db, row)
    pulled = [one.pull_time for one in (row, *tags) if one.pull_time]
    return {"artifact": row, "tags": [tag.name for tag in tags], "pulled": max(pulled, default=datetime.datetime.min),
            "pushed": max(one.creation_time for one in (row, *tags))}


def launch_retention(app, number: int) -> None:
    def tasks() -> list[dict]:
        with app.store.session(write=False) as db:
            execution = db.get(Execution, number)
            return retention_tasks(db, db.get(Document, execution.vendor_id), execution.attrs["dry_run"])
    executions.plan(app, number, RETENTION, tasks, "no resources for retention")


executions.LAUNCH[RETENTION] = launch_retention
executions.OWNED["retention"] = RETENTION
executions.WORK |= {"GARBAGE_COLLECTION": collect, "PURGE_AUDIT_LOG": purge, RETENTION: retain}
