"""Does a kind behave? One life for every kind: check, create, again, each option in turn, drift, remove, again. The
data stand in kinds.yml.
"""

import pytest
from ansible_collections.anchorage.harbor.plugins.module_utils.engine import HIDDEN, SENT, differs, shown
from ansible_collections.anchorage.harbor.plugins.module_utils.resources import RESOURCES

from lives import KINDS, filled, names_of, with_values

BY_KIND = {resource.kind: resource for resource in RESOURCES}
SAMPLES = {"bool": [True, False], "str": ["", "Ünïcode & <more>", "100% + a"]}


def turns(field, value, data):
    """The values that an option takes in turn; the last one stays."""
    if field.name in data.get("untouched", {}) or field.secret:
        return []
    if field.name in data.get("changes", {}):
        return data["changes"][field.name]
    if field.choices:
        samples = field.choices
    elif field.type == "int":
        samples = [field.minimum or 0, field.maximum or 1]
    else:
        samples = SAMPLES[field.type]
    return [sample for sample in samples if sample != value] or [None]


@pytest.fixture(name="life", params=KINDS)
def fixture_life(harbor, scanner, request):
    """The data of a kind; what it needs is there, and nothing stays behind."""
    resource, data = BY_KIND[request.param], filled(harbor, scanner, request.param)
    needs = data.get("needs", {})
    harbor.ok("apply", **needs)
    digests = {image: harbor.push(image) for image in data.get("images", [])}
    data = with_values(data, digests)
    before = harbor.current(resource, data["item"]) if resource.singleton else None
    yield resource, data
    if resource.singleton:
        back = {name: before[name] for name in data["item"] if before.get(name)}
        harbor.ok(resource.kind, **({"cron": before["cron"]} if resource.idle_without and not before["cron"] else back))
    else:
        harbor.ok(resource.kind, **names_of(resource.plural, data["item"]), state="absent")
    for image in data.get("images", []):
        project, repository = image.split(":")[0].split("/", 1)
        harbor.ok("repository", project=project, name=repository, state="absent")
    for plural, items in reversed(needs.items()):
        harbor.ok("apply", **{plural: [dict(names_of(plural, item), state="absent") for item in items]})


def test_a_life(harbor, life):
    resource, data = life
    item, names = dict(data["item"]), names_of(resource.plural, data["item"])
    first_action = "update" if resource.singleton or resource.fixed else "create"

    checked = harbor.ok(resource.kind, check=True, **item)
    assert checked["changed"] and [step["action"] for step in checked["steps"]] == [first_action]
    created = harbor.ok(resource.kind, **item)
    assert created["steps"] == checked["steps"] and created["diff"] == checked["diff"]
    first = harbor.document(resource, item)
    same(harbor, resource, item)
    for option, value in data.get("same", {}).items():
        assert not harbor.ok(resource.kind, check=True, **dict(names, **{option: value}))["changed"]

    for field in resource.fields:
        if field.name not in names:
            for value in turns(field, item.get(field.name), data):
                one_option(harbor, resource, names, field, value)
                item[field.name] = dict(item[field.name], **value) if field.type == "dict" and field.options else value
                for other in resource.secrets:
                    if other.goes_with == field.name:
                        item.pop(other.name, None)
                same(harbor, resource, item)

    if "drift" in data:
        drift(harbor, resource, item, data["drift"])
        repaired = harbor.ok(resource.kind, **item)
        assert [sorted(step["changes"]) for step in repaired["steps"]] == [data["drift"]["options"]]
        same(harbor, resource, item)
    if not resource.singleton and resource.ident not in ("digest",):
        assert harbor.number(resource, item) == first[resource.ident]
        removed(harbor, resource, names, item)


def removed(harbor, resource, names, item):
    assert harbor.ok(resource.kind, check=True, state="absent", **names)["changed"]
    assert harbor.document(resource, item) is not None
    assert harbor.ok(resource.kind, state="absent", **names)["steps"][0]["action"] == "delete"
    assert harbor.document(resource, item) is None
    assert not harbor.ok(resource.kind, state="absent", **names)["changed"]


def one_option(harbor, resource, names, field, value):
    """A change of one option is shown, made, and nothing else with it."""
    before = harbor.document(resource, names)
    given = dict(names, **{field.name: value})
    checked = harbor.ok(resource.kind, check=True, **given)
    assert [list(step["changes"]) for step in checked["steps"]] == [[field.name]]
    assert harbor.document(resource, names) == before
    change = checked["steps"][0]["changes"][field.name]
    assert change["after"] == shown(field, value) or differs(field, change["before"], change["after"])
    assert differs(field, value, change["before"])
    assert harbor.ok(resource.kind, **given)["steps"] == checked["steps"]
    assert not harbor.ok(resource.kind, check=True, **given)["changed"]


def same(harbor, resource, item):
    """A second run has nothing to do, and so has apply: a module's arguments are an item of it."""
    assert harbor.ok(resource.kind, **item)["steps"] == []
    assert harbor.ok("apply", check=True, **{resource.plural: item if resource.singleton else [item]})["steps"] == []


def drift(harbor, resource, item, data):
    """Change an object as somebody else would, past the modules."""
    path = harbor.path(resource, item)
    harbor.api.write("PUT", path, data["body"] if "body" in data else {**harbor.raw(resource, item), **data["over"]})


@pytest.mark.parametrize("kind", BY_KIND)
def test_every_option_has_its_turn(kind):
    """A field without a line in kinds.yml is a field that nobody tried."""
    data, resource = KINDS[kind], BY_KIND[kind]
    tried = set(data["item"]) | set(data.get("untouched", {}))
    assert {field.name for field in resource.fields} <= tried
    assert set(data.get("untouched", {})) | set(data.get("changes", {})) <= {field.name for field in resource.fields}
    for field in resource.fields:
        if field.name in data["item"] and field.name not in resource.key and not field.secret:
            values = data["item"][field.name], *turns(field, data["item"][field.name], data)
            assert field.name in data.get("untouched", {}) or len(values) > 1 and None not in values
    assert HIDDEN != SENT
