"""The data of kinds.yml, with the places of the Harbor under test filled in."""

import json
from pathlib import Path

import yaml
from ansible_collections.anchorage.harbor.plugins.module_utils.resources import RESOURCES

KINDS = yaml.safe_load(Path(__file__).with_name("kinds.yml").read_text())
BY_PLURAL = {resource.plural: resource for resource in RESOURCES}


def filled(harbor, scanner, kind):
    """The data of a kind."""
    places = {"url": harbor.peer, "user": harbor.username, "password": harbor.password, "scanner": scanner}
    return with_values(KINDS[kind], places)


def with_values(data, places):
    """Data with ${name} replaced."""
    text = json.dumps(data)
    for name, value in places.items():
        text = text.replace("${%s}" % name, value)
    return json.loads(text)


def names_of(plural, item):
    """What names an item, and nothing else of it."""
    resource = BY_PLURAL[plural]
    return {name: item[name] for name in (*resource.key, resource.parent) if name in item}
