#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write a settings file that holds secrets, with a diff that shows every line but theirs."""

from __future__ import annotations

DOCUMENTATION = r"""
module: masked_file
short_description: Write a file with secrets and show a diff without them
version_added: 0.1.0
description:
  - Writes a settings file of lines such as C(name:\ value) or C(name=value), like M(ansible.builtin.copy) with C(content), but its diff can be shown -
    the value of each line whose name speaks of a password, secret, token or key is replaced by its fingerprint.
  - So a dry run names exactly the setting that somebody changed by hand.
author: ["anchorage.harbor contributors (@anchorage)"]
options:
  path:
    description: File to write. Its directory must exist.
    type: path
    required: true
  content:
    description: Wanted content.
    type: str
    required: true
  owner:
    description: Number of the user that owns the file; its group has the same number.
    type: int
    default: 0
  mode:
    description: Mode of the file in octal digits.
    type: str
    default: "0600"
attributes:
  check_mode: {support: full, description: Compares and writes nothing.}
  diff_mode: {support: full, description: Values of secrets are replaced by fingerprints.}
"""

EXAMPLES = r"""
- name: Write harbor.yml
  anchorage.harbor.masked_file:
    path: /opt/harbor/2.15.2/harbor/harbor.yml
    content: |
      hostname: harbor.example.org
      harbor_admin_password: "{{ vault_admin_password }}"
"""

RETURN = r"""
path:
  description: The file.
  returned: always
  type: str
  sample: /opt/harbor/2.15.2/harbor/harbor.yml
"""

import hashlib
import os
import re
import tempfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

SECRET = re.compile(r"(?im)^([ \t-]*[\w.]*(?:passw|secret|token|key)[\w.]*[ \t]*[:=][ \t]*)(\S.*)$")


def masked(text):
    """The text with secrets as fingerprints, so that a reader sees that one changed but not what it is."""
    return SECRET.sub(lambda line: "%s<%s>" % (line[1], hashlib.sha256(line[2].encode()).hexdigest()[:8]), text)


def write(path, content, owner, mode):
    """Replace the file whole; it is never readable by others, not even for a moment."""
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w") as file:
        file.write(content)
    os.chown(temporary, owner, owner)
    os.chmod(temporary, mode)
    os.rename(temporary, path)


def run(module):
    path, owner, mode = Path(module.params["path"]), module.params["owner"], int(module.params["mode"], 8)
    before, state = "", "absent\n"
    if path.exists():
        stat = path.stat()
        before = path.read_text()
        state = "" if (stat.st_uid, stat.st_gid, stat.st_mode & 0o7777) == (owner, owner, mode) else "other owner or mode\n"
    changed = before != module.params["content"] or state != ""
    if changed and not module.check_mode:
        write(path, module.params["content"], owner, mode)
    diff = {"before_header": str(path), "after_header": str(path), "before": state + masked(before), "after": masked(module.params["content"])}
    module.exit_json(changed=changed, path=str(path), diff=diff)


def main():
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "content": {"type": "str", "required": True, "no_log": True},
            "owner": {"type": "int", "default": 0},
            "mode": {"type": "str", "default": "0600"},
        },
        supports_check_mode=True,
    )
    try:
        run(module)
    except (OSError, ValueError) as error:
        module.fail_json(msg="%s cannot be written: %s" % (module.params["path"], error))


if __name__ == "__main__":
    main()
