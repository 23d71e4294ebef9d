"""Do the examples of the manuals work? Each one of every kind's module and of apply, as it stands but for addresses
and names that only the reader has: it changes something once, and nothing the second time.
"""

import json
import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.anchorage.harbor.plugins.module_utils.resources import RESOURCES

from lives import BY_PLURAL, names_of, with_values

MODULES = Path(__file__).resolve().parents[2] / "plugins" / "modules"
BY_KIND = {resource.kind: resource for resource in RESOURCES}
HERE = yaml.safe_load(Path(__file__).with_name("examples.yml").read_text())
NAMESPACE = "anchorage.harbor."


def tasks_of(module, here):
    """The examples of a module with all that a reader fills in."""
    text = re.search(r'EXAMPLES = r"""\n(.*?)"""', (MODULES / f"{module}.py").read_text(), re.DOTALL)[1]
    for found, instead in here["instead"].items():
        text = text.replace(found, instead)

    def value(match):
        name = match[1]
        assert name in here["variables"] or name.startswith("vault_"), f"nobody knows what {name} is"
        return here["variables"].get(name, f"Given-1{name}")

    return yaml.safe_load(re.sub(r"\{\{ (\w+) \}\}", value, text))


def lists_of(module, arguments):
    """The arguments of a task as items of apply, by plural."""
    if module == "apply":
        return {name: value for name, value in arguments.items() if name in BY_PLURAL}
    resource = BY_KIND[module]
    return {resource.plural: arguments if resource.singleton else [arguments]}


@pytest.fixture(name="tasks", params=[*BY_KIND, "apply"])
def fixture_tasks(harbor, scanner, request):
    """The module and its examples. What they need is there, and of all that they make nothing stays."""
    module = request.param
    places = {"url": harbor.peer, "user": harbor.username, "password": harbor.password, "scanner": scanner}
    here = with_values(HERE, places)
    needs, images = here["needs"].get(module, {}), here["images"].get(module, [])
    harbor.ok("apply", **needs)
    here = with_values(here, {image: harbor.push(image) for image in images})
    tasks = tasks_of(module, here)
    lists = [needs, *(lists_of(module, task[NAMESPACE + module]) for task in tasks)]
    ones = {plural for found in lists for plural in found if BY_PLURAL[plural].singleton}
    before = {plural: harbor.current(BY_PLURAL[plural], {}) for plural in ones}
    yield module, tasks
    for found in lists:
        for plural in set(found) & ones:
            put_back(harbor, BY_PLURAL[plural], found[plural], before[plural])
    for image in images:
        project, repository = image.split(":")[0].split("/", 1)
        harbor.ok("repository", project=project, name=repository, state="absent")
    gone = {}
    for found in lists:
        for plural in set(found) - ones:
            for item in found[plural]:
                names = names_of(plural, item)
                gone.setdefault(plural, {})[json.dumps(names, sort_keys=True)] = dict(names, state="absent")
    harbor.ok("apply", **{plural: list(items.values()) for plural, items in gone.items()})


def put_back(harbor, resource, given, before):
    """What an example gave is again what it was. Some settings take no empty text, once they had another."""
    old = {name: before[name] for name in given if before.get(name) not in (None, "")}
    if resource.idle_without and not before[resource.idle_without]:
        old = {resource.idle_without: ""}
    harbor.ok(resource.kind, **old)


def test_every_example(harbor, tasks):
    module, examples = tasks
    assert examples
    for task in examples:
        assert set(task) == {"name", NAMESPACE + module}, "only what stands here is run"
        arguments = task[NAMESPACE + module]
        if harbor.counts or not arguments.get("prune"):
            assert harbor.ok(module, **arguments)["changed"], task["name"]
            assert not harbor.ok(module, **arguments)["changed"], task["name"]
