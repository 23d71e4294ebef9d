"""Is nothing forgotten, and does everything point the right way? Laws over the source of the modules and their
descriptions.
"""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.anchorage.harbor.plugins.module_utils.resources import RESOURCES
from ansible_collections.anchorage.harbor.plugins.module_utils.spec import spec_of

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
UTILS = PLUGINS / "module_utils"
PREFIX = "ansible_collections.anchorage.harbor.plugins.module_utils"
BY_KIND = {resource.kind: resource for resource in RESOURCES}

# Who may import whom: an arrow that is not here is a missing word in description.py.
ARROWS = {
    "errors": set(),
    "codecs": set(),
    "field": {"codecs"},
    "description": {"codecs", "errors", "field"},
    "engine": {"description", "errors"},
    "body": {"description"},
    "reader": {"engine", "description", "errors"},
    "prune": {"engine", "description", "errors"},
    "stored_secret": {"description", "errors"},
    "planner": {"engine", "prune", "reader", "release", "stored_secret", "description", "errors"},
    "mending": {"description", "errors"},
    "executor": {"engine", "body", "mending", "description", "errors"},
    "pool": {"errors", "requests", "requests.adapters", "urllib3"},
    "lookup": {"description", "reader", "errors", "jmespath"},
    "exporter": {"description", "reader", "release", "errors"},
    "files": {"errors", "yaml"},
    "transport": {"pool", "errors"},
    "progress": set(),
    "action": set(),
    "actions": {"action", "errors"},
    "chores": {"action", "release", "errors"},
    "acting": {"action", "errors"},
    "patterns": {"errors"},
    "release": set(),
    "flows": {"patterns", "errors"},
    "topology": {"flows", "patterns", "errors"},
    "site_objects": {"codecs", "flows", "patterns", "errors"},
    "plain": {"transport", "pool", "errors"},
    "inventory": {"errors"},
    "history": {"inventory", "release", "errors"},
    "verdict": {"inventory"},
    "ledger": {"inventory", "errors"},
    "traffic": {"errors"},
    "site": {"flows", "history", "inventory", "plain", "traffic", "transport", "errors"},
    "comparing": {"flows", "inventory", "site", "verdict"},
    "batches": set(),
    "moving": {"acting", "action", "actions", "batches", "traffic", "errors"},
    "decisions": {"inventory", "verdict", "errors"},
    "catching_up": {"decisions", "inventory", "moving", "traffic", "errors"},
    "sites": {"comparing", "flows", "ledger", "runner", "errors"},
    "spec": set(),
    "results": set(),
    "runner": {"transport", "pool", "progress", "planner", "prune", "executor", "resources", "results", "spec", "errors",
               "ansible.module_utils.basic"},
    "resources": {"codecs", "description", "resources"},
}


def imported(path):
    """Names of what a file imports beyond Python's own library; within module_utils the bare name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == PREFIX:
            names = [f"{PREFIX}.{name.name}" for name in node.names]
        else:
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            if name.split(".")[0] not in sys.stdlib_module_names:
                yield name.removeprefix(PREFIX + ".").split(".")[0] if name.startswith(PREFIX) else name


@pytest.mark.parametrize("layer", ARROWS)
def test_arrows_go_one_way(layer):
    files = [UTILS / f"{layer}.py"] if layer != "resources" else sorted((UTILS / "resources").glob("*.py"))
    assert {name for path in files for name in imported(path)} <= ARROWS[layer]


def test_every_layer_has_its_arrows():
    assert {path.stem for path in UTILS.glob("*.py")} | {"resources"} == set(ARROWS)


def test_check_mode_is_asked_once():
    sources = [
        path.read_text()
        for path in [*UTILS.rglob("*.py"), *(PLUGINS / "modules" / f"{kind}.py" for kind in [*BY_KIND, "apply"])]
    ]
    assert sum(text.count(".check_mode") for text in sources) == 1


def test_lines_and_files_are_short():
    written = [*UTILS.rglob("*.py"), *(PLUGINS / "modules" / f"{kind}.py" for kind in BY_KIND)]
    assert [path.name for path in written if any(len(line) > 120 for line in path.read_text().splitlines())] == []
    assert [path.name for path in UTILS.rglob("*.py") if len(path.read_text().splitlines()) > 200] == []


def test_kinds_stand_after_what_they_refer_to():
    seen = set()
    for resource in RESOURCES:
        assert set(resource.references) - {resource.kind} <= seen
        seen.add(resource.kind)


def test_secrets_are_masked_and_nothing_else_is():
    for resource in RESOURCES:
        spec = spec_of(resource)
        assert {name for name, option in spec.items() if option.get("no_log")} == {
            field.name for field in resource.secrets
        }


def test_every_kind_is_listed_everywhere():
    runtime = yaml.safe_load((ROOT / "meta/runtime.yml").read_text())
    group, routed = runtime["action_groups"]["harbor"], runtime["plugin_routing"]["modules"]
    assert {"apply", *routed} == {"artifact_diff", "replication_catchup", *group}
    role = yaml.safe_load((ROOT / "roles/harbor_config/meta/argument_specs.yml").read_text())["argument_specs"]["main"][
        "options"
    ]
    files = {path.stem for path in (UTILS / "resources").glob("*.py")} - {"__init__"}
    assert files - {"schedules"} == {kind for kind in BY_KIND if not kind.endswith("_schedule")}
    for resource in RESOURCES:
        assert (PLUGINS / "modules" / f"{resource.kind}.py").is_file()
        assert resource.kind in group
        assert f"harbor_config_{resource.plural}" in role
        laid_over = f"{{{{ harbor_config_{resource.plural} | anchorage.harbor.with_exceptions('{resource.plural}',"
        assert laid_over in " ".join((ROOT / "roles/harbor_config/tasks/main.yml").read_text().split())
    prunable = yaml.safe_load((ROOT / "roles/harbor_config/vars/main.yml").read_text())["__harbor_config_prunable"]
    assert prunable == [kind.plural for kind in RESOURCES if kind.prunable]
    assert sorted(group) == group


@pytest.mark.parametrize("role", sorted(path.name for path in (ROOT / "roles").iterdir()))
def test_a_role_documents_each_of_its_variables(role):
    specs = yaml.safe_load((ROOT / f"roles/{role}/meta/argument_specs.yml").read_text())["argument_specs"]
    defaults = yaml.safe_load((ROOT / f"roles/{role}/defaults/main.yml").read_text()) or {}
    public = {name for name in defaults if not name.startswith(f"__{role}_")}
    assert public <= {name for spec in specs.values() for name in spec.get("options", {})}
    assert all(name.startswith(f"{role}_") for name in public)


def test_the_documentation_of_apply_is_fresh():
    done = subprocess.run(
        [sys.executable, ROOT / "tests/tools/generate_docs.py", "--check"], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_versions_are_said_in_the_manual():
    """A field that came later says so where people read about it."""
    for resource in RESOURCES:
        source = (PLUGINS / "modules" / f"{resource.kind}.py").read_text()
        options = yaml.safe_load(re.search(r'DOCUMENTATION = r"""\n(.*?)"""', source, re.DOTALL)[1])["options"]
        for field in resource.fields:
            if field.since:
                assert f"From Harbor {field.since.rpartition('.')[0]}" in str(
                    options[field.name]["description"]
                ), field.name


FIELDS = yaml.safe_load((ROOT / "tests/unit/api_fields.yml").read_text())


def places(fields, above=""):
    """The places in Harbor's JSON that options describe."""
    for field in fields:
        for place in {field.place.removesuffix(".value"), field.wire_create, field.wire_update} - {""}:
            if field.options and not field.packed:
                yield from places(field.options, f"{above}{place}.")
                yield from (f"{above}{place}.{constant}" for constant, value in field.always)
            else:
                yield above + place


@pytest.mark.parametrize("kind", BY_KIND)
def test_every_field_of_the_api_is_described_or_left_out_with_a_reason(kind):
    resource, facts = BY_KIND[kind], FIELDS[kind]
    described = {*places(resource.fields), *(place for place, value in resource.always), *resource.echo}
    left_out = " ".join(facts.get("left_out", {}).values()).split()
    assert set(facts["api"].split()) - described == set(left_out)
    assert described - set(facts["api"].split()) == set(facts.get("unnamed", "").split())


def test_every_writing_operation_is_behind_a_module_or_left_out_with_a_reason():
    facts = yaml.safe_load((ROOT / "tests/unit/operations.yml").read_text())
    operations = (ROOT / "tests/unit/operations.txt").read_text().split()
    names = [name for part in ("behind", "left_out") for text in facts[part].values() for name in text.split()]
    assert len(operations) == 88 and sorted(names) == sorted(operations)
    assert [module for module in facts["behind"] if not (PLUGINS / f"modules/{module}.py").is_file()] == []
