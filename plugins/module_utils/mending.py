# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Puts right what others left such that Harbor breaks when it deletes it, also along with what it lies under."""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils.description import get
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import ApiError

GONE = (404, 500)  # what Harbor says of an object that only its parent still names


def mend(transport, resource, above, parent):
    """The only item of a kind below a parent, whose document is `above`. Returns its path, or None where it is gone."""
    path = resource.item_path(parent, get(above, resource.via))
    try:
        body = resource.mended(transport.get(path))
    except ApiError as error:
        if error.status not in GONE:
            raise
        return None
    if body:
        transport.write("PUT", path, body)
    return path


def clear(transport, resource, above, parent):
    """Mend and delete it."""
    path = mend(transport, resource, above, parent)
    if path:
        transport.delete(path)


def mend_below(transport, resources, resource, step):
    """The same of all kinds that have it, before an item goes that they lie under."""
    for kind in resources:
        above = step.current["document"]
        if kind.mended and kind.parent == resource.kind and get(above, kind.via):
            mend(transport, kind, above, (step.name, step.current["id"]))
