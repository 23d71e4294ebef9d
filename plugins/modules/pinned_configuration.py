#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Put the cluster's keys back into what prepare rendered, and tell Compose which services' files changed."""

from __future__ import annotations

DOCUMENTATION = r"""
module: pinned_configuration
short_description: Pin the keys of a cluster in a rendered Harbor
version_added: 0.1.0
description:
  - Harbor's C(prepare) draws new secrets on every run. This module replaces them with the values of the key files of M(anchorage.harbor.cluster_keys), in
    C(core/env), C(jobservice/env), C(registryctl/env) and C(registry/passwd), and sorts C(NO_PROXY), whose order changes by chance.
  - Each variable must stand in its file exactly once; anything else means that a new release renders other files, and the module fails without writing.
  - Compose does not notice when a mounted file changes. So the module also writes C(docker-compose.override.yml), which gives each service the digest of
    its mounted files as a label, and C(docker compose up) recreates exactly the services whose files changed.
  - Runs on the node; no value is in its arguments, result or diff.
author: ["anchorage.harbor contributors (@anchorage)"]
options:
  directory:
    description: Directory of C(docker-compose.yml) and C(common/config).
    type: path
    required: true
  data:
    description: Harbor's C(data_volume).
    type: path
    required: true
  keys:
    description: Directory of the key files.
    type: path
    default: /etc/harbor/keys
attributes:
  check_mode: {support: full, description: Compares and writes nothing.}
  diff_mode: {support: full, description: Names file and variable; never shows values.}
"""

EXAMPLES = r"""
- name: Pin the keys
  anchorage.harbor.pinned_configuration:
    directory: /opt/harbor/2.15.2/harbor
    data: /data
"""

RETURN = r"""
pinned:
  description: What was changed, or would be in check mode, as file and variable.
  returned: always
  type: list
  elements: str
  sample: ["core/env JOBSERVICE_SECRET"]
services:
  description: Digest of the mounted files by service.
  returned: always
  type: dict
  sample: {"core": "5891b5b522d5df08"}
"""

import hashlib
import json
import os
import re
import tempfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

# Key file to the places of its value.
PINS = {
    "core_secret": ("CORE_SECRET", ["core/env", "jobservice/env", "registryctl/env"]),
    "jobservice_secret": ("JOBSERVICE_SECRET", ["core/env", "jobservice/env", "registryctl/env"]),
    "registry_password": ("REGISTRY_CREDENTIAL_PASSWORD", ["core/env", "jobservice/env"]),
    "csrf_key": ("CSRF_KEY", ["core/env"]),
    "robot_scanner_name_prefix": ("ROBOT_SCANNER_NAME_PREFIX", ["core/env"]),
}
# Rendered only where a proxy is configured, so it may be missing; its value is a set in any order.
PROXIED = ["core/env", "jobservice/env", "trivy-adapter/env"]
OVERRIDE = "docker-compose.override.yml"


class Rendered:
    """The rendered files, changed in memory first: nothing is written unless everything fits."""

    def __init__(self, module):
        self.module = module
        self.root = Path(module.params["directory"])
        self.config = self.root / "common/config"
        self.texts = {}
        self.pinned = []

    def text(self, path):
        return self.texts[path] if path in self.texts else path.read_text()

    def put(self, path, text, what):
        if text != (self.text(path) if path.exists() else None):
            self.texts[path] = text
            self.pinned.append("%s%s" % (path.relative_to(self.config) if self.config in path.parents else path.name, what))

    def pin(self, name, variable, value):
        path = self.config / name
        pattern = re.compile("(?m)^%s=.*$" % re.escape(variable))
        found = len(pattern.findall(self.text(path)))
        if found != 1:
            self.module.fail_json(msg="%s has %d lines %s= instead of one: this release renders its files in another way than 2.11 to 2.15 do. "
                                      "Nothing was written." % (path, found, variable))
        self.put(path, pattern.sub(lambda match: "%s=%s" % (variable, value), self.text(path)), " " + variable)

    def pin_all(self):
        keys = Path(self.module.params["keys"])
        for key, (variable, files) in PINS.items():
            for name in files:
                self.pin(name, variable, (keys / key).read_text())
        self.put(self.config / "registry/passwd", (keys / "registry_passwd").read_text(), "")
        for name in PROXIED:
            path = self.config / name
            listed = re.search("(?m)^NO_PROXY=(.*)$", self.text(path)) if path.exists() else None
            if listed:
                self.pin(name, "NO_PROXY", ",".join(sorted(listed[1].split(","))))

    def services(self):
        """Digest of the files that each service mounts from the rendered tree and from the keys; big data are none of them."""
        command = ["docker", "compose", "-p", "harbor", "-f", "docker-compose.yml", "config", "--format", "json"]
        described = json.loads(self.module.run_command(command, cwd=str(self.root), check_rc=True)[1])
        ours = (self.config, Path(self.module.params["data"]) / "secret")
        digests = {}
        for name, service in sorted(described["services"].items()):
            sums = hashlib.sha256()
            for volume in sorted(service.get("volumes", []), key=lambda volume: volume["target"]):
                source = Path(volume.get("source", "/"))
                if any(source == root or root in source.parents for root in ours):
                    sums.update(self.tree(source))
            digests[name] = sums.hexdigest()[:16]
        return digests

    def tree(self, source):
        """Names and contents. Empty files do not count: Docker leaves them as mount points inside mounted directories."""
        found = b""
        for path in sorted(source.rglob("*")) if source.is_dir() else [source]:
            if path.is_file():
                content = self.texts[path].encode() if path in self.texts else path.read_bytes()
                if content:
                    found += ("%s %s\n" % (path, hashlib.sha256(content).hexdigest())).encode()
        return found

    def write(self):
        for path, text in self.texts.items():
            stat = path.stat() if path.exists() else None
            handle, temporary = tempfile.mkstemp(dir=path.parent)
            with os.fdopen(handle, "w") as file:
                file.write(text)
            os.chown(temporary, stat.st_uid if stat else 0, stat.st_gid if stat else 0)
            os.chmod(temporary, stat.st_mode & 0o7777 if stat else 0o644)
            os.rename(temporary, path)


def override(digests):
    lines = ["# Written by anchorage.harbor: a label changes when a mounted file does, so that Compose recreates the service.", "services:"]
    lines += ['  %s: {labels: {anchorage.harbor.files: "%s"}}' % item for item in sorted(digests.items())]
    return "\n".join(lines) + "\n"


def run(module):
    rendered = Rendered(module)
    rendered.pin_all()
    digests = rendered.services()
    rendered.put(rendered.root / OVERRIDE, override(digests), "")
    if not module.check_mode:
        rendered.write()
    diff = {"before": "", "after": "".join("%s: pinned to the key of the cluster\n" % what for what in rendered.pinned)}
    module.exit_json(changed=bool(rendered.pinned), pinned=rendered.pinned, services=digests, diff=diff)


def main():
    module = AnsibleModule(
        argument_spec={
            "directory": {"type": "path", "required": True},
            "data": {"type": "path", "required": True},
            "keys": {"type": "path", "default": "/etc/harbor/keys", "no_log": False},
        },
        supports_check_mode=True,
    )
    try:
        run(module)
    except OSError as error:
        module.fail_json(msg="The rendered configuration cannot be pinned: %s" % error)


if __name__ == "__main__":
    main()
