# The facts of kinds that are documents: what of a body is refused, what is kept, what is shown.

from sqlalchemy import delete, true

from .api_registries import clean_url
from .app import routes
from .documents import Kind, register
from .facts import WEBHOOK
from .store import Document, Member, first, setting
from .web import Refused, bad, cut, invalid, lean, missing, refuse_if, shown, signed_in


def taken(db, kind: Kind, row: Document, **same) -> bool:
    """Whether another one of the kind, at the same place, has these values."""
    others = db.scalars(kind.rows(row.project_id).where(Document.id != (row.id or 0)))
    return any(same.items() <= {**other.body, "name": other.name}.items() for other in others)


# --- webhooks ---------------------------------------------------------------------------------------------------------

def webhook(request, db, kind, body, row):
    events, targets, name = body.get("event_types") or [], body.get("targets") or [], body.get("name") or ""
    refuse_if(not events, bad("empty event type"))
    for event in events:
        refuse_if(event not in WEBHOOK["event_type"], bad(f"unsupported event type {event}"))
    refuse_if(not targets, bad(f"empty notification target with policy {name}"))
    targets = [target_of(target, name) for target in targets]
    refuse_if(taken(db, kind, row, name=name), Refused("CONFLICT", f"notification policy named {name} already exists"))
    return {"name": name, "description": body.get("description"), "creator": body.get("creator"),
            "enabled": bool(body.get("enabled")), "event_types": events, "targets": targets}


def target_of(target: dict, policy: str) -> dict:
    kind, form = target.get("type") or "", target.get("payload_format") or ""
    refuse_if(not target.get("address"), bad("empty URL"))
    try:
        clean_url(target["address"])
    except Refused as error:
        raise bad(error.message.removeprefix("invalid URL: ")) from None
    refuse_if(kind not in WEBHOOK["notify_type"], bad(f"unsupported target type {kind} with policy {policy}"))
    refuse_if(form and kind == "slack", bad("set payload format is not allowed for slack"))
    refuse_if(form not in ("", *WEBHOOK["payload_formats"][0]["formats"]),
              bad(f"unsupported payload format type: {form}"))
    return lean({**target, "payload_format": form or ("Default" if kind == "http" else "")})


class Webhooks(Kind):
    def gone(self, db, project_id, key):
        if first(db, Document, kind=self.name, id=key):
            return missing(f"resource not found: project id:{project_id}, webhook policy id: {key}")
        return super().gone(db, project_id, key)


HOOKS = "/projects/{name}/webhook"
webhooks = register(Webhooks(f"{HOOKS}/policies", "webhook_policy_id#", "policy WebhookPolicy", "notification-policy",
                             webhook, "notificationPolicy {} not found", always=("enabled",), sort="-creation_time",
                             timed=True))


@routes.add("GET", f"{HOOKS}/lasttrigger", needs="notification-policy:list")
def last_trigger(request, db, project):
    return [{"policy_name": row.name, "event_type": event, **lean({"enabled": row.body["enabled"]}),
             "creation_time": shown(row.creation_time), "last_trigger_time": shown(None)}
            for row in db.scalars(webhooks.rows(project.id).order_by(Document.id.desc()))
            for event in row.body["event_types"]]


@routes.add("GET", f"{HOOKS}/jobs", needs="notification-policy:list", paged=True)
@routes.add("GET", f"{HOOKS}/policies/{{webhook_policy_id#}}/executions", needs="notification-policy:read", paged=True)
def list_deliveries(request, db, project, **policy):
    if policy:
        webhooks.find(db, project.id, policy)
    return cut(request, [])


# --- immutable tags ---------------------------------------------------------------------------------------------------

def immutable(request, db, kind, body, row):
    """The content is the key. A change of `disabled` changes nothing else."""
    content = {key: value for key, value in body.items() if key not in ("id", "disabled")}
    if row.id is None:
        if any(lean({**other.body, "disabled": 0}) == lean(content) for other in db.scalars(kind.rows(row.project_id))):
            raise Refused("CONFLICT", "immutable rule already exists")
        return content
    if body.get("id") != row.id:
        raise bad("bad request: the immutable_rule_id doesn't match the id in the payload body of ImmutableRule")
    disabled = bool(body.get("disabled"))
    return {**(content if disabled == row.body.get("disabled", False) else row.body), "disabled": disabled}


rules = register(Kind("/projects/{name}/immutabletagrules", "immutable_rule_id#", "immutableRule ImmutableRule",
                      "immutable-tag", immutable, "immutable rule {} not found",
                      verbs=("list", "create", "update", "delete"), hidden=("project_id", "params"), keys={"name": ""}))


# --- user groups ------------------------------------------------------------------------------------------------------

def group(request, db, kind, body, row):
    name, sort = body.get("group_name") or "", body.get("group_type") or 0
    refuse_if(not name, Refused("", status=400, body=False))
    refuse_if(row.id is None and sort == 1, bad(f"LDAP Group DN is not found: DN:{body.get('ldap_group_dn') or ''}"))
    if row.id is None and taken(db, kind, row, name=name, group_type=sort):
        raise Refused("CONFLICT", f"duplicate user group, group name:{name}, group type: {sort}, ldap group DN: ")
    refuse_if(len(name) > 255 or taken(db, kind, row, name=name), Refused("UNKNOWN"))
    return {"name": name, "group_type": sort if row.id is None else row.body["group_type"]}


class Groups(Kind):
    def where(self, request, db, values):
        """Where people come from elsewhere, only the groups from there are shown."""
        kind = {"ldap_auth": 1, "http_auth": 2}.get(setting(db, "auth_mode"))
        same = Document.body["group_type"].as_integer() == kind if kind else true()
        return super().where(request, db, values) & same

    def gone(self, db, project_id, key):
        return bad("the group id should be provided") if key == 0 else super().gone(db, project_id, key)

    def shown(self, row):
        return lean({"id": row.id, "group_name": row.name, "group_type": row.body["group_type"]})


groups = register(Groups("/usergroups", "group_id#", "usergroup UserGroup", "user-group", group,
                         "the user group with id {} is not found", filters=("group_name",), paged="plain",
                         verbs=("list", "create", "read", "update"),
                         show=lambda row: lean({"group_name": row.name, "group_type": row.body["group_type"]})))


@routes.add("DELETE", "/usergroups/{group_id#}", needs="user-group:delete")
def delete_group(request, db, group_id):
    refuse_if(group_id == 0, groups.gone(db, 0, 0))
    db.execute(delete(Member).where(Member.entity_type == "g", Member.entity_id == group_id))
    db.execute(delete(Document).where(groups.rows().whereclause, Document.id == group_id))


@routes.add("GET", "/usergroups/search", paged=True)
def search_groups(request, db):
    word = request.args.get("groupname", "")
    refuse_if(not word, invalid("groupname in query is required"))
    signed_in(request)
    rows = groups.rows().where(Document.name.icontains(word, autoescape=True)).order_by(Document.name)
    return cut(request, [groups.shown(row) for row in db.scalars(rows)])
