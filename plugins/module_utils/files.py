# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Items as files for an inventory, one a kind."""

from __future__ import annotations

import os
import tempfile

from ansible_collections.anchorage.harbor.plugins.module_utils.errors import InputError

try:
    import yaml
except ImportError:
    yaml = None

MODE = 0o640  # names of people and hosts are nobody else's business


def texts(items, prefix):
    """The text of each file by its name: a variable that holds the items of a kind."""
    if yaml is None:
        raise InputError("option directory needs the Python library PyYAML: install it, or leave the option out.")
    return {
        "%s.yml" % plural: yaml.safe_dump(
            {prefix + plural: found}, allow_unicode=True, sort_keys=False, width=140, explicit_start=True
        )
        for plural, found in items.items()
    }


def different(directory, wanted):
    """What of the files is not there yet, or not so."""
    if not os.path.isdir(directory):
        raise InputError("option directory: %s is no directory: make it first." % directory)
    found = {}
    for name, text in wanted.items():
        path = os.path.join(directory, name)
        if not os.path.exists(path) or read(path) != text:
            found[name] = text
    return found


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(directory, wanted):
    """Each file is replaced whole, so that nobody reads half of one."""
    for name, text in wanted.items():
        handle, path = tempfile.mkstemp(dir=directory, prefix=".%s." % name)
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
            os.fchmod(file.fileno(), MODE)
        os.replace(path, os.path.join(directory, name))
