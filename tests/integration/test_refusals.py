"""Bad input for every option of every kind: refused before the first write, by a sentence that names the kind or
the item, and the option. What the descriptions tell is generated, the rest stands in a table.
"""

import re

import pytest
from ansible_collections.anchorage.harbor.plugins.module_utils.resources import RESOURCES

from lives import filled

BY_KIND = {resource.kind: resource for resource in RESOURCES}
WRONG_TYPE = {"bool": "perhaps", "int": "many", "list": {"a": 1}, "dict": 7}
# Of a dictionary with options ansible-core itself says nothing that helps, so that one is left out.
ODD_TEXTS = (
    "",
    " ",
    "UPPER and/lower",
    "ü % +",
    "x" * 300,
    "ftp://x",
    "0 2 * * *",
    "0 0 0 31 2 *",
    "100 XB",
    "weak",
    "a\nb",
)
NOWHERE = "it-nowhere"
DIGEST = "sha256:" + 64 * "0"


def fits(field, text):
    try:
        field.codec.encode(text)
    except ValueError:
        return False
    return not field.pattern or re.fullmatch(field.pattern, text)


def bad_values(field, good):
    """Values that cannot be, each with the name of the option that is wrong."""
    if field.type in WRONG_TYPE and not (field.type == "dict" and field.options):
        yield WRONG_TYPE[field.type], field.name
    if field.options:
        entry = dict((good[:1] or [{}])[0] if isinstance(good, list) else good or {})
        for option in field.options:
            wrong = [
                (dict(entry, **{option.name: value}), name)
                for value, name in bad_values(option, entry.get(option.name))
            ]
            if option.required:
                wrong.append(({name: value for name, value in entry.items() if name != option.name}, option.name))
            yield from (([value] if field.type == "list" else value, name) for value, name in wrong)
        return
    found = [field.minimum - 1] if field.minimum is not None else []
    found += [field.maximum + 1] if field.maximum is not None else []
    if field.choices:
        found.append(["no-such"] if field.type == "list" else "no-such")
    elif field.type == "str":
        found += [text for text in (["weak"] if field.secret else ODD_TEXTS) if not fits(field, text)][:3]
        assert found or not field.pattern
    elif field.elements and field.check([" "]):
        found.append([" "])
    yield from ((value, field.name) for value in found)


def wanted_of(harbor, scanner, kind, changes):
    """The arguments of apply for an item of a kind, and for all that it needs."""
    data, resource = filled(harbor, scanner, kind), BY_KIND[kind]
    item = {name: value for name, value in dict(data["item"], **changes).items() if value is not None}
    if kind == "tag":
        item = dict(
            {"digest": DIGEST} if "digest" not in changes else {},
            **{name: item[name] for name in item if name != "digest" or "digest" in changes},
        )
    needs = (
        {"user_groups": [{"name": "it-group", "type": "oidc"}]} if "group" in changes and "user" not in changes else {}
    )
    return dict(data.get("needs", {}), **needs, **{resource.plural: item if resource.singleton else [item]})


def refused(harbor, kind, option, arguments):
    """The sentence with which apply refuses these, having written nothing."""
    resource, before = BY_KIND[kind], harbor.writes()
    result = harbor.run("apply", **arguments)
    assert result.get("failed"), arguments
    said = result["msg"]
    item = arguments[resource.plural] if resource.singleton else arguments[resource.plural][0]
    named = all(
        isinstance(item.get(name, ""), (str, list))
        and not (isinstance(item.get(name), list) and isinstance(item[name][0], str))
        for name in resource.key
    )
    title = resource.title(item) if named else ""
    # Where Ansible itself checks, it tells the list.
    places = (
        f"{kind} {title}",
        f"found in {resource.plural}",
        f"found in '{resource.plural}",
        f"module: {resource.plural}.",
    )
    assert option in said and (any(place in said for place in places) or said.startswith(f"{kind}: ")), said
    assert harbor.writes() == before and "fault of the module" not in said
    return said


GENERATED = [
    (resource.kind, field.name) for resource in RESOURCES for field in resource.fields if list(bad_values(field, None))
]


@pytest.mark.parametrize("kind, name", GENERATED)
def test_a_value_that_cannot_be(harbor, scanner, kind, name):
    field = BY_KIND[kind].field(name)
    good = filled(harbor, scanner, kind)["item"].get(name)
    for value, option in bad_values(field, good):
        refused(harbor, kind, option, wanted_of(harbor, scanner, kind, {name: value}))


# Kinds that name others, and how: by an option, by one inside a list, or by the option for what they lie under.
NAMING = [(resource.kind, field.name) for resource in RESOURCES for field in resource.fields if field.ref] + [
    (resource.kind, resource.parent) for resource in RESOURCES if resource.parent
]


@pytest.mark.parametrize("kind, name", NAMING)
def test_a_reference_that_leads_nowhere(harbor, scanner, kind, name):
    changes = {name: NOWHERE}
    if kind == "project_member":
        changes = {"user": None, "group": None, **({"user": "it-al"} if name == "project" else {}), **changes}
    if name == "src_registry":
        changes["dest_registry"] = ""
    said = refused(harbor, kind, name, wanted_of(harbor, scanner, kind, changes))
    assert f"{NOWHERE}, which neither exists nor is wanted" in said


def test_a_permission_in_a_project_that_is_nowhere(harbor, scanner):
    access = [{"resource": "repository", "action": "pull"}]
    permissions = [{"namespace": NOWHERE, "access": access}]
    said = refused(
        harbor,
        "robot",
        "permissions",
        wanted_of(harbor, scanner, "robot", {"project": None, "permissions": permissions}),
    )
    assert f"names project {NOWHERE}, which neither" in said


NEEDED = [(resource.kind, field.name) for resource in RESOURCES for field in resource.fields if field.required]


@pytest.mark.parametrize("kind, name", NEEDED)
def test_an_option_that_a_new_item_needs(harbor, scanner, kind, name):
    assert "needed" in refused(harbor, kind, name, wanted_of(harbor, scanner, kind, {name: None})).replace(
        "required", "needed"
    )


# kind, options that do not go together, what is said of them
TOGETHER = [
    ("project", {"proxy_speed_kb": 5}, "proxy_speed_kb is for proxy caches"),
    ("project", {"max_upstream_conn": 5}, "max_upstream_conn is for proxy caches"),
    ("registry", {"access_key": None}, "need access_key"),
    ("registry", {"type": "tencent-tcr"}, "begins with AKID"),
    ("project_member", {"group": "it-group"}, "option user and group name different items"),
    ("project_member", {"user": None}, "user or group is needed"),
    ("scanner", {"access_credential": None}, "auth Bearer needs access_credential"),
    ("user", {"username": "ü" * 128}, "username: give 255 bytes at most"),
    ("user", {"realname": "ü" * 128}, "realname: give 255 bytes at most"),
    ("user_group", {"type": "ldap"}, "needs ldap_group_dn"),
    (
        "robot",
        {"permissions": [{"namespace": "it-team", "kind": "system", "access": [{"resource": "a", "action": "b"}]}]},
        "kind system goes with",
    ),
    ("robot", {"permissions": [{"namespace": "*", "access": [{"resource": "a", "action": "b"}]}]}, "has one entry"),
    ("robot", {"permissions": [{"namespace": "it-team", "access": []}]}, "needs access"),
    ("robot", {"duration": 0}, "duration: give days"),
    ("retention_policy", {"rules": [{"template": "always", "count": 1}]}, "always has no count"),
    ("retention_policy", {"rules": [{"template": "latestPushedK"}]}, "needs it"),
    ("retention_policy", {"rules": [{"template": "always"}] * 2}, "two of them are the same"),
    (
        "retention_policy",
        {"rules": [{"template": "latestPushedK", "count": number} for number in range(1, 17)]},
        "15 at most",
    ),
    ("retention_policy", {"rules": [{"template": "always", "tag_selectors": []}]}, "matches nothing"),
    ("immutable_tag_rule", {"tag_selectors": [{"pattern": "a"}, {"pattern": "b"}]}, "tag_selectors: give one entry"),
    (
        "webhook_policy",
        {"targets": [{"type": "slack", "address": "https://a.example.org", "payload_format": "Default"}]},
        "takes no payload_format",
    ),
    ("preheat_policy", {"trigger": {"type": "scheduled"}}, "needs trigger.cron"),
    ("replication_policy", {"src_registry": "it-b"}, "either src_registry"),
    ("replication_policy", {"dest_registry": ""}, "either src_registry"),
    ("replication_policy", {"trigger": {"type": "scheduled"}}, "needs trigger.cron"),
    ("replication_policy", {"trigger": {"type": "event_based"}}, "does not go with"),
    ("replication_policy", {"filters": [{"type": "label", "value": "x"}]}, "list of labels"),
    ("replication_policy", {"filters": [{"type": "name", "value": ["x"]}]}, "needs a text"),
    ("replication_policy", {"filters": [{"type": "resource", "value": "chart"}]}, "image or artifact"),
    ("replication_policy", {"filters": [{"type": "name", "value": "x", "decoration": "excludes"}]}, "no decoration"),
    ("garbage_collection_schedule", {"cron": ""}, "needs cron"),
    ("audit_purge_schedule", {"cron": ""}, "needs cron"),
    ("configuration", {"skip_audit_log_database": True}, "needs audit_log_forward_endpoint"),
    ("configuration", {"ldap_group_attribute_name": ""}, "ldap_group_search_filter needs"),
]


@pytest.mark.parametrize("kind, changes, said", TOGETHER)
def test_options_that_do_not_go_together(harbor, scanner, kind, changes, said):
    assert said in refused(harbor, kind, "", wanted_of(harbor, scanner, kind, changes))


@pytest.mark.parametrize(
    "resource", [resource for resource in RESOURCES if not resource.singleton], ids=lambda resource: resource.kind
)
def test_an_item_that_stands_twice(harbor, scanner, resource):
    wanted = wanted_of(harbor, scanner, resource.kind, {})
    wanted[resource.plural] *= 2
    assert "stands twice" in refused(harbor, resource.kind, "", wanted)


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.kind)
def test_an_option_that_does_not_exist(harbor, scanner, resource):
    assert "colour" in refused(
        harbor, resource.kind, "colour", wanted_of(harbor, scanner, resource.kind, {"colour": "red"})
    )
