"""The wanted state of N projects, in the words of `apply`; and the requests of Harbor's API that read and write it."""

PREFIX = "bench"
USERS = 10


def wanted(size, far):
    """`far` is the address, seen from Harbor, of the registries: Harbor asks it whenever one is made."""
    projects = [f"{PREFIX}-{number:04}" for number in range(size)]
    access = [{"resource": "repository", "action": action} for action in ("pull", "push")]
    registries = [f"{PREFIX}-{number}" for number in range(max(1, size // 5))]
    return {
        "users": [{"username": user(number), "email": f"{user(number)}@example.org", "realname": "Bench",
                   "password": "Bench-" + "1user"} for number in range(USERS)],
        "registries": [{"name": name, "type": "harbor", "url": far} for name in registries],
        "projects": [{"name": name, "storage_limit": "1GiB"} for name in projects],
        "project_members": [{"project": name, "user": user(number + more), "role": ("developer", "guest")[more]}
                            for number, name in enumerate(projects) for more in (0, 1)],
        "labels": [{"project": name, "name": "stable", "color": "#0065AB"} for name in projects],
        "robots": [{"project": name, "name": "ci", "duration": -1, "secret": "Bench-" + "1robot",
                    "permissions": [{"kind": "project", "namespace": name, "access": access}]} for name in projects],
        "retention_policies": [{"project": name, "cron": "", "rules": [{"template": "latestPushedK", "count": 10}]}
                               for name in projects],
        "webhook_policies": [{"project": name, "name": "ci", "enabled": True, "event_types": ["PUSH_ARTIFACT"],
                              "targets": [{"type": "http", "address": "http://ci.example.org/hook"}]}
                             for name in projects],
        "replication_policies": [{"name": f"{PREFIX}-{number}", "dest_registry": registries[number % len(registries)],
                                  "filters": [{"type": "name", "value": "apps/**"}], "enabled": True}
                                 for number in range(size // 2)],
    }


def user(number):
    return f"{PREFIX}-{number % USERS}"


def changed(lists):
    """The same with one change: the storage limit of the last project."""
    *others, last = lists["projects"]
    return dict(lists, projects=[*others, dict(last, storage_limit="2GiB")])


# The same for programs that speak HTTP: kind, path, body of each POST. `ids` maps (kind, name) to Harbor's id.


def independent(lists):
    """What refers to nothing."""
    yield from (("user", "/users", item) for item in lists["users"])
    yield from (("registry", "/registries", item) for item in lists["registries"])
    yield from (("project", "/projects", {"project_name": item["name"], "storage_limit": 2**30})
                for item in lists["projects"])


def dependent(lists, ids):
    """What lies in a project or refers to a registry."""
    roles = {"developer": 2, "guest": 3}
    for item in lists["project_members"]:
        yield ("member", f"/projects/{ids['project', item['project']]}/members",
               {"role_id": roles[item["role"]], "member_user": {"username": item["user"]}})
    for item in lists["labels"]:
        yield ("label", "/labels", {"name": item["name"], "color": item["color"], "scope": "p",
                                    "project_id": ids["project", item["project"]]})
    for item in lists["robots"]:
        yield ("robot", "/robots", {"name": item["name"], "level": "project", "duration": -1,
                                    "permissions": item["permissions"]})
    for item in lists["retention_policies"]:
        yield "retention", "/retentions", retention(ids["project", item["project"]])
    for item in lists["webhook_policies"]:
        yield ("webhook", f"/projects/{ids['project', item['project']]}/webhook/policies",
               {"name": item["name"], "enabled": True, "event_types": item["event_types"], "targets": item["targets"]})
    for item in lists["replication_policies"]:
        yield ("policy", "/replication/policies", {
            "name": item["name"], "enabled": True, "filters": item["filters"], "trigger": {"type": "manual"},
            "dest_registry": {"id": ids["registry", item["dest_registry"]]}})


def retention(project):
    def every(decoration):
        return [{"kind": "doublestar", "decoration": decoration, "pattern": "**"}]

    return {"algorithm": "or", "scope": {"level": "project", "ref": project},
            "trigger": {"kind": "Schedule", "references": {}, "settings": {"cron": ""}},
            "rules": [{"action": "retain", "template": "latestPushedK", "params": {"latestPushedK": 10},
                       "tag_selectors": every("matches"), "scope_selectors": {"repository": every("repoMatches")}}]}


def below(number, held):
    """The paths that show all of one project: what no list of Harbor's shows."""
    yield f"/projects/{number}/summary"
    yield f"/projects/{number}/members?page_size=100"
    yield f"/robots?q=Level%3Dproject%2CProjectID%3D{number}&page_size=100"
    yield f"/labels?scope=p&project_id={number}&page_size=100"
    yield f"/retentions/{held}"
    yield f"/projects/{number}/webhook/policies?page_size=100"
