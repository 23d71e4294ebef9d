# Who may do what: the roles of a project, and what a robot can be given.

ROLES = {1: "projectAdmin", 2: "developer", 3: "guest", 4: "maintainer", 5: "limitedGuest"}
# "resource: who=actions"; P is everybody, in a public project.
LETTERS = {1: "A", 2: "D", 3: "G", 4: "M", 5: "L"}
GRANTED = """
    project: AMDGLP=read A=update,delete; member: AMDG=read,list A=create,update,delete;
    metadata: AM=read A=create,update,delete; log: A=list; quota: AMDGL=read; configuration: AMDGL=read A=update;
    label: AMDGP=read,list AM=create,update,delete; robot: AMDG=read,list A=create,update,delete;
    repository: AMDGLP=list,pull AMDGL=read AMD=create,update,push AM=delete; accessory: AMDGLP=list;
    artifact: AMDGLP=read,list AMD=create AM=delete; artifact-addition: AMDGLP=read; artifact-label: AMD=create,delete;
    tag: AMDGLP=list AMD=create AM=delete; scan: AMDGLP=read AM=create,stop; sbom: AMDGL=read AM=create,stop;
    scanner: AMDGLP=read A=create; tag-retention: AMD=create,read,update,delete,list,operate;
    immutable-tag: AM=create,update,delete,list; notification-policy: AM=list,read A=create,update,delete;
    preheat-policy: A=create,read,update,delete,list; export-cve: AMD=create,read,list"""
PERMISSIONS = {
    "project": """
        log: list; project: read delete update; metadata: read create delete list update;
        repository: read update delete list pull push; artifact: read create list delete; scan: create read stop;
        sbom: create stop read; tag: create list delete; accessory: list; artifact-addition: read;
        artifact-label: create delete; scanner: create read; preheat-policy: read create delete list update;
        immutable-tag: create delete list update; notification-policy: read create delete list update;
        tag-retention: read create delete list update; label: read create delete list update; quota: read;
        robot: create read list delete; export-cve: create read; member: create read update list delete""",
    "system": """
        audit-log: list; preheat-instance: read create delete list update; project: list create;
        replication-policy: read create delete list update; replication: read create list; replication-adapter: list;
        registry: read create delete list update; scan-all: read update stop create; system-volumes: read;
        garbage-collection: read create list update stop; purge-audit: read create list update stop;
        jobservice-monitor: list stop; scanner: read create delete list update; label: read create delete update;
        security-hub: read list; catalog: read; quota: read list update; robot: create read list delete;
        user: create read update list delete; ldap-user: create list; user-group: create read update list delete""",
}
# All that there is to be allowed in the system.
SYSTEM = """
    catalog: read; audit-log: list; project: create read update delete list; user: create read update delete list;
    user-group: create read update delete list; registry: create read update delete list;
    replication: create read update list delete; distribution: create read update delete list;
    garbage-collection: create read update delete list; scan-all: create read update delete list stop;
    system-volumes: read; ldap-user: create list; configuration: read update;
    jobservice-monitor: read list stop; security-hub: read list"""


def split(text: str) -> list[tuple[str, str]]:
    entries = [entry.split(":") for entry in text.split(";")]
    return [(resource.strip(), word) for resource, words in entries for word in words.split()]


HOLDERS = {(resource, action): who for resource, word in split(GRANTED)
           for who, dummy, actions in [word.partition("=")] for action in actions.split(",")}


def permitted(scope: str) -> list[dict]:
    """What a robot can be given."""
    return [{"action": action, "resource": resource} for resource, action in split(PERMISSIONS[scope])]


def granted(role: int, resource: str, action: str) -> bool:
    return bool(role) and LETTERS.get(role, "-") in HOLDERS.get((resource, action), "")


def public(resource: str, action: str) -> bool:
    return "P" in HOLDERS.get((resource, action), "")
