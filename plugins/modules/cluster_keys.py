#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The key files that all nodes of a Harbor share: made, taken over, kept, and shown by fingerprint only."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cluster_keys
short_description: Keep the keys that all nodes of a Harbor share
version_added: 0.1.0
description:
  - Looks after the key files of one node. Several nodes are one Harbor only when these files are byte-equal; with another key on a second node logins,
    pushes, web forms or replication fail on every other request.
  - A file that is there is never replaced. What is missing is taken from O(supplied), else from the environment files that a running Harbor was rendered
    with (O(rendered)), else drawn when O(generate) is true.
  - Runs on the node itself; values never travel through the result. The result shows fingerprints.
author: ["anchorage.harbor contributors (@anchorage)"]
options:
  data:
    description: Harbor's C(data_volume) on the node. C(secretkey), C(private_key.pem) and C(root.crt) lie below its C(secret) directory.
    type: path
    required: true
  directory:
    description: Directory of the other keys, readable by root only.
    type: path
    default: /etc/harbor/keys
  rendered:
    description:
      - Directory C(common/config) of an installation whose values are taken over when a key file is missing.
      - Empty takes the installation that the node's containers were started from, if there is one.
    type: path
  supplied:
    description:
      - Values by key name. An empty value means that it is not supplied.
      - A value that differs from the file that is there is refused.
    type: dict
    default: {}
  generate:
    description: Draw what is still missing.
    type: bool
    default: false
requirements:
  - C(openssl) and libxcrypt on the node, both part of every supported distribution
attributes:
  check_mode: {support: full, description: Says which files it would write.}
  diff_mode: {support: full, description: Names files; never shows values.}
"""

EXAMPLES = r"""
- name: Look at the keys of this node
  anchorage.harbor.cluster_keys:
    data: /data
  register: keys

- name: Draw what is missing on the first node
  anchorage.harbor.cluster_keys:
    data: /data
    generate: true
"""

RETURN = r"""
keys:
  description: Every key by its name.
  returned: always
  type: dict
  contains:
    path:
      description: Its file on the node.
      type: str
      returned: always
      sample: /data/secret/keys/secretkey
    origin:
      description: Where it comes from - C(file), C(supplied), C(rendered), C(drawn), or empty when it is missing.
      type: str
      returned: always
      sample: file
    fingerprint:
      description: First 16 hexadecimal digits of the SHA-256 of its content; empty when the file is missing.
      type: str
      returned: always
      sample: 9f86d081884c7d65
missing:
  description: Names of keys that the node does not have.
  returned: always
  type: list
  elements: str
  sample: []
depends:
  description: What on this node was made with a C(secretkey), and cannot be read with another one.
  returned: always
  type: list
  elements: str
  sample: [/data/database/PG_VERSION]
written:
  description: Files that were written, or would be in check mode.
  returned: always
  type: list
  elements: str
  sample: [/etc/harbor/keys/csrf_key]
"""

import ctypes
import hashlib
import os
import secrets
import string
import tempfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

HARBOR = 10000  # the user that Harbor's containers run as
ALNUM = string.ascii_letters + string.digits
PASSWD_USER = "harbor_registry_user"

# name: (place, owner, length of a drawn value, variable in core/env that holds it)
KEYS = {
    "secretkey": ("{data}/secret/keys/secretkey", HARBOR, 16, None),
    "private_key": ("{data}/secret/core/private_key.pem", HARBOR, None, None),
    "root_crt": ("{data}/secret/registry/root.crt", HARBOR, None, None),
    "core_secret": ("{directory}/core_secret", 0, 16, "CORE_SECRET"),
    "jobservice_secret": ("{directory}/jobservice_secret", 0, 16, "JOBSERVICE_SECRET"),
    "csrf_key": ("{directory}/csrf_key", 0, 32, "CSRF_KEY"),
    "robot_scanner_name_prefix": ("{directory}/robot_scanner_name_prefix", 0, 8, "ROBOT_SCANNER_NAME_PREFIX"),
    "registry_password": ("{directory}/registry_password", 0, 32, "REGISTRY_CREDENTIAL_PASSWORD"),
    "registry_passwd": ("{directory}/registry_passwd", 0, None, None),
}


class Keys:
    """The key files of this node. In check mode nothing is written, but what would be is noted."""

    def __init__(self, module):
        self.module = module
        self.paths = {name: Path(place.format(**module.params)) for name, (place, *rest) in KEYS.items()}
        self.drawn, self.written = {}, []
        self.origins = {name: "file" if path.exists() else "" for name, path in self.paths.items()}

    def keep(self, name, value, origin):
        """Write one missing key, whole or not at all."""
        path, owner = self.paths[name], KEYS[name][1]
        self.drawn[name], self.origins[name] = value, origin
        self.written.append(str(path))
        if self.module.check_mode:
            return
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True, mode=0o755 if owner else 0o700)
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "w") as file:
            file.write(value)
        os.chown(temporary, owner, owner)
        os.rename(temporary, path)

    def tend(self, name):
        """Owner and mode of a key that is there."""
        stat, owner = self.paths[name].stat(), KEYS[name][1]
        if (stat.st_uid, stat.st_gid, stat.st_mode & 0o777) != (owner, owner, 0o600):
            self.written.append(str(self.paths[name]))
            if not self.module.check_mode:
                os.chown(self.paths[name], owner, owner)
                os.chmod(self.paths[name], 0o600)

    def value(self, name):
        return self.drawn[name] if name in self.drawn else self.paths[name].read_text()

    def has(self, name):
        return name in self.drawn or self.paths[name].exists()

    def draw(self, name):
        """A fresh value; the certificate and the password file derive from the key that they belong to."""
        if self.module.check_mode:
            return ""
        if name == "private_key":
            return self.openssl("genrsa", "-traditional", "4096")
        if name == "root_crt":
            return self.openssl("req", "-x509", "-new", "-key", str(self.paths["private_key"]), "-days", "3650", "-subj", "/CN=harbor-token")
        if name == "registry_passwd":
            return "%s:%s\n" % (PASSWD_USER, bcrypt(self.value("registry_password")))
        return "".join(secrets.choice(ALNUM) for position in range(KEYS[name][2]))

    def openssl(self, *words):
        return self.module.run_command(["openssl", *words], check_rc=True)[1]


def bcrypt(password):
    """One htpasswd hash by libxcrypt, which every supported distribution has; Python has none of its own."""
    for name in ("libcrypt.so.1", "libcrypt.so.2"):
        try:
            crypt = ctypes.CDLL(name).crypt
        except OSError:
            continue
        crypt.restype = ctypes.c_char_p
        # The last of 22 letters carries two bits only: these four are the ones that every reader takes.
        salt = "".join(secrets.choice(ALNUM + "./") for position in range(21)) + secrets.choice(".Oeu")
        hashed = crypt(password.encode(), ("$2y$05$" + salt).encode())
        if hashed and hashed.startswith(b"$2y$"):
            return hashed.decode()
    raise OSError("libcrypt on this node cannot make bcrypt hashes: install libxcrypt (Debian: libcrypt1)")


def installation(module):
    """The configuration that this node's Harbor was started with: its containers remember the directory, also when they are down."""
    docker = module.get_bin_path("docker")
    label = '{{ index .Config.Labels "com.docker.compose.project.working_dir" }}'
    code, out, err = module.run_command([docker, "inspect", "--type", "container", "-f", label, "harbor-core"]) if docker else (1, "", "")
    return Path(out.strip() if code == 0 and out.strip() else "/nonexistent") / "common/config"


def depending(data, rendered):
    """What was made with a secretkey: the bundled database, a rendered configuration, images."""
    return [str(path) for path in (data / "database/PG_VERSION", rendered / "core/env", data / "registry/docker") if path.exists()]


def harvest(rendered):
    """The values that a running Harbor was rendered with."""
    found, core = {}, rendered / "core/env"
    if core.exists():
        lines = dict(line.split("=", 1) for line in core.read_text().splitlines() if "=" in line)
        found = {name: lines[variable] for name, (place, owner, length, variable) in KEYS.items() if lines.get(variable)}
        passwd = rendered / "registry/passwd"
        if passwd.exists() and passwd.read_text().startswith(PASSWD_USER + ":"):
            found["registry_passwd"] = passwd.read_text()
    return found


def fingerprint(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def refuse_conflicts(keys, supplied):
    """A file that is there wins over nothing: when the user's value differs, the user decides."""
    unknown = sorted(set(supplied) - set(KEYS))
    if unknown:
        keys.module.fail_json(msg="supplied has no key called %s: use %s." % (", ".join(unknown), ", ".join(KEYS)))
    for name, value in supplied.items():
        length = KEYS[name][2]
        if length and (len(value) != length or not set(value) <= set(ALNUM)):
            keys.module.fail_json(msg="supplied: %s must be exactly %d letters and digits, without a line end." % (name, length))
        if name == "private_key" and not value.startswith("-----BEGIN RSA PRIVATE KEY-----"):
            keys.module.fail_json(msg="supplied: private_key must be an RSA key in PKCS#1 form (BEGIN RSA PRIVATE KEY): openssl rsa -traditional.")
        if keys.has(name) and keys.value(name) != value:
            keys.module.fail_json(msg="%s (fingerprint %s) differs from the supplied %s (%s): data depends on the file, so it is not replaced. "
                                      "Supply the value of the file, or none." % (keys.paths[name], fingerprint(keys.value(name)), name, fingerprint(value)))


def run(module):
    keys = Keys(module)
    rendered = Path(module.params["rendered"]) if module.params["rendered"] else installation(module)
    supplied = {name: value for name, value in module.params["supplied"].items() if value}
    refuse_conflicts(keys, supplied)
    found = harvest(rendered)
    for name in KEYS:
        if keys.has(name):
            keys.tend(name)
        elif name in supplied:
            keys.keep(name, supplied[name], "supplied")
        elif name in found:
            keys.keep(name, found[name], "rendered")
        elif module.params["generate"]:
            keys.keep(name, keys.draw(name), "drawn")
    prints = {name: fingerprint(keys.value(name)) if keys.has(name) else "" for name in KEYS}
    module.exit_json(
        changed=bool(keys.written),
        keys={name: {"path": str(path), "origin": keys.origins[name], "fingerprint": prints[name]} for name, path in keys.paths.items()},
        written=keys.written,
        missing=[name for name in KEYS if not keys.has(name)],
        depends=depending(Path(module.params["data"]), rendered),
        diff={"before": "", "after": "".join("%s\n" % path for path in keys.written)},
    )


def main():
    module = AnsibleModule(
        argument_spec={
            "data": {"type": "path", "required": True},
            "directory": {"type": "path", "default": "/etc/harbor/keys", "no_log": False},
            "rendered": {"type": "path"},
            "supplied": {"type": "dict", "default": {}, "no_log": True},
            "generate": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    try:
        run(module)
    except OSError as error:
        module.fail_json(msg="The keys of this node cannot be kept: %s" % error)


if __name__ == "__main__":
    main()
