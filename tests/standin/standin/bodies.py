# The types of request bodies, by the names that Harbor's messages use, and the check of a body against them. "string
# 255" is a text of at most 255 characters, "string =a|b" one of these; "uri" an address; a ! before it: it must be
# there; "[]X" a list; "map X" an object with any keys; "any" anything.

import json
import os
import re

from .settings import CONFIGURATIONS

# How Go calls the type of a value.
GO = {str: "string", bool: "bool", int: "int64"}
NAMES = {"RetentionRun": "retention.TriggerRetentionExecutionBody",
         "RetentionStop": "retention.OperateRetentionExecutionBody", "QuotaUpdateReq.hard": "models.ResourceList"}
TYPES = {
    "ProjectReq": {"project_name": "string 255", "public": "bool", "metadata": "ProjectMetadata",
                   "cve_allowlist": "CVEAllowlist", "storage_limit": "int64", "registry_id": "int64"},
    "ProjectMetadata": dict.fromkeys(
        ("public", "enable_content_trust", "enable_content_trust_cosign", "prevent_vul", "severity", "auto_scan",
         "auto_sbom_generation", "reuse_sys_cve_allowlist", "retention_id", "proxy_speed_kb", "max_upstream_conn",
         "proxy_cache_local_on_not_found"), "string"),
    "CVEAllowlist": {"id": "int64", "project_id": "int64", "expires_at": "int64", "items": "[]CVEAllowlistItem"},
    "CVEAllowlistItem": {"cve_id": "string"},
    "UserCreationReq": {"email": "string 255", "realname": "string", "comment": "string", "password": "string",
                        "username": "string 255"},
    "UserProfile": {"email": "string", "realname": "string", "comment": "string"},
    "UserSysAdminFlag": {"sysadmin_flag": "bool"}, "PasswordReq": {"old_password": "string", "new_password": "string"},
    "ProjectMember": {"role_id": "int64", "member_user": "UserEntity", "member_group": "UserGroup"},
    "RoleRequest": {"role_id": "int64"}, "UserEntity": {"user_id": "int64", "username": "string"},
    "UserGroup": {"id": "int64", "group_name": "string", "group_type": "int64", "ldap_group_dn": "string"},
    "RobotCreate": {"name": "string", "description": "string", "secret": "string", "level": "string", "disable": "bool",
                    "duration": "int64", "permissions": "[]RobotPermission"},
    "Robot": {"id": "int64", "name": "string", "description": "string", "secret": "string", "level": "string",
              "disable": "bool", "duration": "int64", "editable": "bool", "expires_at": "int64",
              "permissions": "[]RobotPermission", "creator_type": "string", "creator_ref": "int64"},
    "RobotSec": {"secret": "string"},
    "RobotPermission": {"kind": "string", "namespace": "string", "access": "[]Access"},
    "Access": {"resource": "string", "action": "string", "effect": "string"},
    "Label": {"id": "int64", "name": "string", "description": "string", "color": "string", "scope": "string",
              "project_id": "int64"},
    "Configurations": {key: GO[type(setting.value)] for key, setting in CONFIGURATIONS.items()},
    "Registry": {"id": "int64", "name": "string", "description": "string", "type": "string", "url": "string",
                 "credential": "RegistryCredential",
                 "insecure": "bool", "ca_certificate": "string", "status": "string"},
    "RegistryCredential": {"type": "string", "access_key": "string", "access_secret": "string"},
    "RegistryUpdate": {"name": "string", "description": "string", "url": "string", "credential_type": "string",
                       "access_key": "string",
                       "access_secret": "string", "insecure": "bool", "ca_certificate": "string"},
    "RegistryPing": {"id": "int64", "type": "string", "url": "string", "credential_type": "string",
                     "access_key": "string", "access_secret": "string", "insecure": "bool", "ca_certificate": "string"},
    "ReplicationPolicy": {
        "id": "int64", "name": "string", "description": "string", "src_registry": "Registry",
        "dest_registry": "Registry",
        "dest_namespace": "string", "dest_namespace_replace_count": "int8", "trigger": "ReplicationTrigger",
        "filters": "[]ReplicationFilter",
        "replicate_deletion": "bool", "deletion": "bool", "override": "bool", "enabled": "bool", "speed": "int32",
        "copy_by_chunk": "bool", "single_active_replication": "bool"},
    "ReplicationTrigger": {"type": "string", "trigger_settings": "ReplicationTriggerSettings"},
    "ReplicationTriggerSettings": {"cron": "string"},
    "ReplicationFilter": {"type": "string", "value": "any", "decoration": "string"},
    "StartReplicationExecution": {"policy_id": "int64"}, "QuotaUpdateReq": {"hard": "map int64"},
    "WebhookPolicy": {"id": "int64", "name": "string", "description": "string", "project_id": "int64",
                      "targets": "[]WebhookTargetObject",
                      "event_types": "[]string", "creator": "string", "enabled": "bool"},
    "WebhookTargetObject": {"type": "string", "address": "string", "auth_header": "string", "skip_cert_verify": "bool",
                            "payload_format": "string"},
    "ImmutableRule": {"id": "int64", "priority": "int64", "disabled": "bool", "action": "string", "template": "string",
                      "params": "any",
                      "tag_selectors": "[]ImmutableSelector", "scope_selectors": "map []ImmutableSelector"},
    "ImmutableSelector": {"kind": "string", "decoration": "string", "pattern": "string", "extras": "string"},
    "Instance": {"id": "int64", "name": "string", "description": "string", "vendor": "string", "endpoint": "string",
                 "auth_mode": "string",
                 "auth_info": "map string", "status": "string", "enabled": "bool", "default": "bool", "insecure": "bool",
                 "setup_timestamp": "int64"},
    "Schedule": {"id": "int64", "status": "string", "schedule": "ScheduleObj", "parameters": "map any"},
    "ScheduleObj": {"type": "string =Hourly|Daily|Weekly|Custom|Manual|None|Schedule", "cron": "string"},
    "RetentionPolicy": {"id": "int64", "algorithm": "string", "rules": "[]RetentionRule",
                        "trigger": "RetentionRuleTrigger", "scope": "RetentionPolicyScope"},
    "RetentionRule": {"id": "int64", "priority": "int64", "disabled": "bool", "action": "string", "template": "string",
                      "params": "map any", "tag_selectors": "[]RetentionSelector",
                      "scope_selectors": "map []RetentionSelector"},
    "RetentionRuleTrigger": {"kind": "string", "settings": "any", "references": "any"},
    "RetentionPolicyScope": {"level": "string", "ref": "int64"},
    "RetentionSelector": {"kind": "string", "decoration": "string", "pattern": "string", "extras": "string"},
    "RetentionRun": {"dry_run": "bool"}, "RetentionStop": {"action": "string"},
    "PreheatPolicy": {"id": "int64", "name": "string", "description": "string", "project_id": "int64",
                      "provider_id": "int64", "provider_name": "string", "filters": "string", "trigger": "string",
                      "enabled": "bool", "extra_attrs": "string"},
    "Execution": {"id": "int64", "status": "string"},
    "ScannerRegistrationReq": {
        "name": "!string", "description": "string", "url": "!uri", "auth": "string", "access_credential": "string",
        "skip_certVerify": "bool", "use_internal_addr": "bool", "disabled": "bool"},
    "ScannerRegistrationSettings": {"name": "!string", "url": "!uri", "auth": "string", "access_credential": "string"},
    "IsDefault": {"is_default": "bool"}, "ProjectScanner": {"uuid": "!string"},
    "ScanDataExportRequest": {"job_name": "string", "projects": "[]int64", "labels": "[]int64",
                              "repositories": "string", "cveIds": "string", "tags": "string"},
    "ActionRequest": {"action": "string =stop|pause|resume"},
    "LdapConf": {**dict.fromkeys(("ldap_url", "ldap_base_dn", "ldap_uid", "ldap_search_dn", "ldap_search_password",
                                  "ldap_filter"), "string"), "ldap_scope": "int64", "ldap_connection_timeout": "int64",
                 "ldap_verify_cert": "bool"},
    "LdapImportUsers": {"ldap_uid_list": "[]string"}, "PingOIDCBody": {"url": "string", "verify_cert": "bool"},
    "ScanType": {"scan_type": "string"}, "NewTag": {"name": "string"}, "Repository": {"description": "string"},
}
BITS = {"int64": 63, "int32": 31, "int8": 15}
WORDS = {str: "string", bool: "bool", int: "number", float: "number", list: "array", dict: "object"}


# --- JSON -------------------------------------------------------------------------------------------------------------

PLACES = {"Expecting property name enclosed in double quotes": "looking for beginning of object key string",
          "Illegal trailing comma before end of object": "looking for beginning of object key string",
          "Expecting ':' delimiter": "after object key", "Extra data": "after top-level value",
          "Invalid control character at": "in string literal", "Invalid \\escape": "in string escape code"}


def parsed(text: str, whole: bool = False):
    """A value; ValueError in Go's words. Of a body, what follows the first value is not looked at."""
    text = text.lstrip(" \t\r\n")
    try:
        return json.loads(text) if whole else json.JSONDecoder().raw_decode(text)[0]
    except json.JSONDecodeError as error:
        raise ValueError(go_words(error, "unexpected end of JSON input" if whole else "unexpected EOF")) from None


def go_words(error: json.JSONDecodeError, ended: str) -> str:
    text, place, where = error.doc, error.pos, PLACES.get(error.msg, "looking for beginning of value")
    place += len(text[place:]) - len(text[place:].lstrip(" \t\r\n,")) if "trailing comma" in error.msg else 0
    if place >= len(text) or error.msg.startswith("Unterminated string"):
        return ended
    for word in ("null", "true", "false"):
        if error.msg == "Expecting value" and text[place] == word[0]:
            right = len(os.path.commonprefix([word, text[place:]]))
            place, where = place + right, f"in literal {word} (expecting '{word[right]}')"
            if place >= len(text):
                return ended
    if error.msg == "Expecting ',' delimiter":
        # What is closed already says nothing about where we are.
        before, count = re.sub(r'"(\\.|[^"\\])*"', "", text[:place]), 1
        while count:
            before, count = re.subn(r"\{[^][{}]*\}|\[[^][{}]*\]", "", before)
        where = "after array element" if before.rfind("[") > before.rfind("{") else "after object key:value pair"
    sign = {"'": r"\'", '"': '"'}.get(text[place]) or json.dumps(text[place], ensure_ascii=False)[1:-1]
    return f"invalid character '{sign}' {where}"


# --- types ------------------------------------------------------------------------------------------------------------

def check_body(data, kind: str):
    """The body with its keys in the right case; unknown keys are dropped. null is an empty object."""
    problems: list[str] = []
    found = check(data, kind, "", "", problems) or ({} if not kind.startswith("[]") else [])
    if problems:
        raise ValueError("\n".join(sorted(problems)))
    return found


def check(value, kind: str, owner: str, path: str, problems: list[str]):
    kind = kind.removeprefix("!")
    if value is None or kind == "any":
        return value
    if kind.startswith("[]"):
        wrong(value, list, f"[]*models.{kind[2:]}" if path and kind[2:] in TYPES else kind, owner, path)
        return [check(item, kind[2:], owner, path, problems) for item in value]
    if kind.startswith("map "):
        entry = kind[4:].replace("any", "interface {}").replace("[]", "[]models.")
        wrong(value, dict, NAMES.get(f"{owner}.{path}", f"map[string]{entry}"), owner, path)
        for item in filter(None, value.values()) if entry.startswith("[]") else ():
            wrong(item, list, entry, owner, path)
        return {key: check(item, kind[4:], owner, path, problems) for key, item in value.items()}
    if kind in TYPES:
        wrong(value, dict, NAMES.get(kind, f"models.{kind}"), owner, path)
        known, found = {name.lower(): name for name in TYPES[kind]}, {}
        for key, item in value.items():
            if name := known.get(key.lower()):
                found[name] = check(item, TYPES[kind][name], kind, f"{path}.{name}" if path else name, problems)
        problems += [f"{name} in body is required" for name, sort in sorted(TYPES[kind].items())
                     if sort[0] == "!" and found.get(name) is None]
        return found
    kind, dummy, limit = kind.partition(" ")
    if kind in BITS:
        integer(value, kind, owner, path)
    else:
        wrong(value, {"bool": bool}.get(kind, str), {"uri": "string"}.get(kind, kind), owner, path)
    if limit.isdigit() and len(value) > int(limit):
        problems.append(f"{path} in body should be at most {limit} chars long")
    if limit.startswith("=") and value and value not in limit[1:].split("|"):
        problems.append(f"{path} in body should be one of [{limit[1:].replace('|', ' ')}]")
    if kind == "uri" and not re.fullmatch(r"/\S*|[a-zA-Z][a-zA-Z0-9+.-]*:\S*", value):
        problems.append(f'{path} in body must be of type uri: "{value}"')
    return value


def wrong(value, wanted: type, name: str, owner: str, path: str) -> None:
    if not isinstance(value, wanted):
        refuse(WORDS.get(type(value), "number"), name, owner, path)


def integer(value, name: str, owner: str, path: str) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        refuse(WORDS[type(value)], name, owner, path)
    if not isinstance(value, int) or abs(value) >= 2 ** BITS[name]:
        refuse(f"number {value}", name, owner, path)


def refuse(what: str, name: str, owner: str, path: str) -> None:
    place = f"struct field {owner}.{path}" if path else "value"
    raise TypeError(f"cannot unmarshal {what} into Go {place} of type {name}")
