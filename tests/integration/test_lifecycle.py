"""Does a kind behave? One life for every kind: check, create, again, each option in turn, drift, remove, again. The
data stand in kinds.py.
"""

import json

import pytest
from ansible_collections.anchorage.harbor.plugins.module_utils.engine import differs
from ansible_collections.anchorage.harbor.plugins.module_utils.resources import RESOURCES

from kinds import KINDS

BY_KIND = {resource.kind: resource for resource in RESOURCES}


def filled(harbor, data):
    """Data with the names of this Harbor in place."""
    text = json.dumps(data)
    for name, value in (("url", harbor.peer), ("user", harbor.username), ("password", harbor.password)):
        text = text.replace("${%s}" % name, value)
    return json.loads(text)


@pytest.fixture(name="life", params=[resource.kind for resource in BY_KIND.values()])
def fixture_life(harbor, request):
    """The data of a kind; what it needs is there, and nothing stays behind."""
    kind, data = request.param, filled(harbor, KINDS[request.param])
    needs = data.get("needs", {})
    yield kind, data, harbor.ok("apply", **needs)
    harbor.ok(kind, name=data["item"]["name"], state="absent")
    harbor.ok(
        "apply",
        **{plural: [{"name": item["name"], "state": "absent"} for item in items] for plural, items in needs.items()}
    )


def test_a_life(harbor, life):
    kind, data, needs = life
    item, name = dict(data["item"]), {"name": data["item"]["name"]}

    checked = harbor.ok(kind, check=True, **item)
    assert checked["changed"] and [step["action"] for step in checked["steps"]] == ["create"]
    assert harbor.document(kind, item["name"]) is None
    created = harbor.ok(kind, **item)
    assert created["steps"] == checked["steps"] and created["diff"] == checked["diff"]
    first = harbor.document(kind, item["name"])
    same(harbor, kind, item)

    for option, value in data["changes"]:
        one_option(harbor, kind, name, option, value)
        item[option] = dict(item[option], **value) if isinstance(value, dict) else value
        if option == "access_key":
            item.pop("access_secret")
        same(harbor, kind, item)

    body, options = data["drift"]
    harbor.api.put(harbor.path(kind, item["name"]), json.loads(with_ids(harbor, json.dumps(body))))
    repaired = harbor.ok(kind, **item)
    assert [sorted(step["changes"]) for step in repaired["steps"]] == [options]
    same(harbor, kind, item)
    assert harbor.document(kind, item["name"])[BY_KIND[kind].ident] == first[BY_KIND[kind].ident]

    assert harbor.ok(kind, check=True, state="absent", **name)["changed"]
    assert harbor.document(kind, item["name"]) is not None
    assert harbor.ok(kind, state="absent", **name)["steps"][0]["action"] == "delete"
    assert harbor.document(kind, item["name"]) is None
    assert not harbor.ok(kind, state="absent", **name)["changed"]


def one_option(harbor, kind, name, option, value):
    """A change of one option is shown, made, and nothing else with it."""
    before = harbor.document(kind, name["name"])
    checked = harbor.ok(kind, check=True, **name, **{option: value})
    field = BY_KIND[kind].field(option)
    if option == "url":
        assert not checked["changed"], "the same address, written otherwise"
        return
    assert [list(step["changes"]) for step in checked["steps"]] == [[option]]
    assert harbor.document(kind, name["name"]) == before
    change = checked["steps"][0]["changes"][option]
    assert change["after"] == value and differs(field, value, change["before"])
    assert harbor.ok(kind, **name, **{option: value})["steps"] == checked["steps"]
    assert not harbor.ok(kind, check=True, **name, **{option: value})["changed"]


def same(harbor, kind, item):
    """A second run has nothing to do, and so has apply: a module's arguments are an item of it."""
    assert harbor.ok(kind, **item)["steps"] == []
    assert harbor.ok("apply", check=True, **{BY_KIND[kind].plural: [item]})["steps"] == []


def with_ids(harbor, text):
    for registry in harbor.api.list("/registries"):
        text = text.replace('"${%s}"' % registry["name"], str(registry["id"]))
    return text


@pytest.mark.parametrize("kind", BY_KIND)
def test_every_option_has_its_turn(kind):
    """A field without a line in kinds.py is a field that nobody tried."""
    data, options = KINDS[kind], {
        field.name for field in BY_KIND[kind].fields if field.name != "name" and not field.secret
    }
    assert options == {option for option, value in data["changes"]} | set(data["untouched"])
