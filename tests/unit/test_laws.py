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
from ansible_collections.anchorage.harbor.plugins.module_utils.runner import spec_of

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
UTILS = PLUGINS / "module_utils"
PREFIX = "ansible_collections.anchorage.harbor.plugins.module_utils"
BY_KIND = {resource.kind: resource for resource in RESOURCES}

# Who may import whom: an arrow that is not here is a missing word in description.py.
ARROWS = {
    "errors": set(),
    "codecs": set(),
    "description": {"codecs", "errors"},
    "engine": {"description", "errors"},
    "planner": {"engine", "description", "errors"},
    "executor": {"engine", "description", "errors"},
    "pool": {"errors", "requests", "requests.adapters"},
    "transport": {"pool", "errors"},
    "runner": {"transport", "planner", "executor", "resources", "errors", "ansible.module_utils.basic"},
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
    group = yaml.safe_load((ROOT / "meta/runtime.yml").read_text())["action_groups"]["harbor"]
    role = yaml.safe_load((ROOT / "roles/harbor_config/meta/argument_specs.yml").read_text())["argument_specs"]["main"][
        "options"
    ]
    files = {path.stem for path in (UTILS / "resources").glob("*.py")} - {"__init__"}
    assert files == set(BY_KIND)
    for resource in RESOURCES:
        assert (PLUGINS / "modules" / f"{resource.kind}.py").is_file()
        assert resource.kind in group
        assert f"harbor_config_{resource.plural}" in role
        assert f"{{{{ harbor_config_{resource.plural} }}}}" in (ROOT / "roles/harbor_config/tasks/main.yml").read_text()
        assert resource.plural in (ROOT / "roles/harbor_config/vars/main.yml").read_text()
        assert f'"{resource.kind}": "{resource.plural}"' in (ROOT / "tests/tools/generate_docs.py").read_text()
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


# Every field of Harbor 2.15.2's API that a body of these kinds can hold, less those that are described, with the
# reason.
SERVER = "Harbor's own book-keeping"
LEFT_OUT = {
    "project": {
        "project_id": SERVER,
        "owner_id": SERVER,
        "owner_name": SERVER,
        "creation_time": SERVER,
        "update_time": SERVER,
        "deleted": SERVER,
        "togglable": SERVER,
        "current_user_role_id": SERVER,
        "current_user_role_ids": SERVER,
        "repo_count": SERVER,
        "cve_allowlist.id": SERVER,
        "cve_allowlist.project_id": SERVER,
        "cve_allowlist.creation_time": SERVER,
        "cve_allowlist.update_time": SERVER,
        "public": "old form of metadata.public",
        "metadata.retention_id": "belongs to the kind of retention policies",
    },
    "registry": {"id": SERVER, "status": SERVER, "creation_time": SERVER, "update_time": SERVER},
    "replication_policy": {
        "id": SERVER,
        "creation_time": SERVER,
        "update_time": SERVER,
        "replicate_deletion": "the same as deletion, and ignored when written",
    },
}
API = {
    "project": """project_id owner_id name registry_id creation_time update_time deleted owner_name togglable
        current_user_role_id current_user_role_ids repo_count project_name public storage_limit metadata.public
        metadata.enable_content_trust metadata.enable_content_trust_cosign metadata.prevent_vul
        metadata.severity metadata.auto_scan metadata.auto_sbom_generation metadata.reuse_sys_cve_allowlist
        metadata.retention_id metadata.proxy_speed_kb metadata.max_upstream_conn
        metadata.proxy_cache_local_on_not_found cve_allowlist.id cve_allowlist.project_id
        cve_allowlist.expires_at cve_allowlist.items cve_allowlist.creation_time cve_allowlist.update_time""",
    "registry": """id url name type insecure ca_certificate description status creation_time update_time credential.type
        credential.access_key credential.access_secret credential_type access_key access_secret""",
    "replication_policy": """id name description src_registry.id dest_registry.id dest_namespace dest_namespace_replace_count
        trigger.type trigger.trigger_settings.cron filters.type filters.value filters.decoration
        replicate_deletion deletion override enabled creation_time update_time speed copy_by_chunk
        single_active_replication""",
}


def places(fields, above=""):
    for field in fields:
        for place in {field.place, field.wire_create, field.wire_update} - {""}:
            yield from places(field.options, f"{above}{place}.") if field.options else [above + place]


@pytest.mark.parametrize("kind", BY_KIND)
def test_every_field_of_the_api_is_described_or_left_out_with_a_reason(kind):
    described = set(places(BY_KIND[kind].fields))
    assert set(API[kind].split()) - described == set(LEFT_OUT[kind])
    assert described - set(API[kind].split()) == set()
