# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a secret that Harbor has stored, and never shows, still works."""

from __future__ import annotations

from ansible_collections.anchorage.harbor.plugins.module_utils.description import get
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import ApiError

LOCKED = 2.0  # seconds for which a Harbor refuses also the right secret after a wrong one


def works(transport, field, item, current):
    """Ask Harbor as the field's probe says; ApiError when nobody can tell now."""
    probe = field.probe
    if probe.login:
        # What is switched off or has run out refuses the right secret too.
        if any(get(current["document"], place) for place in probe.unless):
            raise ApiError("GET", "/systeminfo", 0, "it is disabled or has expired, and takes no login")
        return transport.welcomes(get(current["document"], probe.login), item[field.name])
    body = filled(probe.body, item, current)
    try:
        answer = transport.request("POST" if body else "GET", probe.path.format(id=current["id"]), body=body)
        told = answer.json() if probe.works else {}
        good = not probe.works or bool(get(told, probe.works))
        if not good and probe.refused not in str(told.get("message")):
            raise ApiError("POST", probe.path, 200, told.get("message") or "no reason given")
    except ApiError as error:
        if error.status not in probe.fails and not (
                error.status in probe.unclear and wanted_works(transport, probe, item, current)):
            raise
        good = False
    if not good:
        # The far end, if it is a Harbor, has now locked the user for a moment.
        transport.pause(LOCKED)
    return good


def wanted_works(transport, probe, item, current):
    """Whether the far end takes the wanted secret: then it is there, and the stored one is what it refused."""
    try:
        transport.request("POST", probe.wanted, body=filled(probe.wanted_body, item, current))
    except ApiError:
        return False
    return True


def filled(places, item, current):
    """A body of wanted options, and of current ones where nothing is wanted."""
    if places is None:
        return None
    return {place: current.get(name) if item.get(name) is None else item[name] for place, name in places.items()}
