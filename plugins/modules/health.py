#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether Harbor is well, component by component."""

from __future__ import annotations

DOCUMENTATION = r"""
module: health
short_description: See whether Harbor is well, or wait until it is
version_added: 0.1.0
description:
  - Harbor answers with 200 also when it is ill, so what it says of each component is read.
  - An ill Harbor fails the task, unless O(fail) is V(false).
author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment: [anchorage.harbor.connection, anchorage.harbor.attributes]
options:
  components:
    description: Components that must be well, such as V(core) or V(registry). By default all that Harbor names. One that
      Harbor does not name counts as ill.
    type: list
    elements: str
  timeout:
    description: Seconds for which it is asked again while it is ill or does not answer. V(0) asks once.
    type: int
    default: 0
  fail:
    description: Whether an ill Harbor fails the task.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Go on when Harbor is well again
  anchorage.harbor.health:
    timeout: 300

- name: What a report needs
  anchorage.harbor.health:
    fail: false
  register: harbor_health
"""

RETURN = r"""
healthy:
  description: Whether all O(components) are well.
  returned: success
  type: bool
  sample: true
components:
  description: By component, what Harbor says of it; C(healthy), or else the reason.
  returned: success
  type: dict
  sample: {core: healthy, jobservice: healthy}
seconds:
  description: Seconds until this was so.
  returned: success
  type: float
  sample: 0.1
"""

import time

from ansible_collections.anchorage.harbor.plugins.module_utils.errors import ApiError, HarborError, Unwelcome
from ansible_collections.anchorage.harbor.plugins.module_utils.runner import run_connected

SPEC = {
    "components": {"type": "list", "elements": "str"},
    "timeout": {"type": "int", "default": 0},
    "fail": {"type": "bool", "default": True},
}
PAUSE = 2  # seconds from one question to the next


def look(connect):
    """What Harbor says of its components; none while it does not answer."""
    try:
        told = connect().get("/health")
    except Unwelcome:
        raise
    except ApiError as error:
        return {"core": str(error)}
    return {
        one["name"]: "healthy" if one.get("status") == "healthy" else one.get("error") or one.get("status", "unknown")
        for one in told.get("components", [])
    }


def prepare(connect, params, warn):
    """Ask until all is well or the time is over."""
    begun = time.monotonic()
    while True:
        said = look(connect)
        ill = {name: said.get(name, "not there") for name in params["components"] or said}
        ill = {name: word for name, word in ill.items() if word != "healthy"}
        seconds = time.monotonic() - begun
        if said and not ill or seconds + PAUSE > params["timeout"]:
            break
        time.sleep(PAUSE)
    healthy = bool(said) and not ill
    if not healthy and params["fail"]:
        words = "; ".join("%s: %s" % pair for pair in sorted(ill.items())) or "it names no components"
        raise HarborError("Harbor is not well after %d s: %s." % (seconds, words))
    result = {"changed": False, "healthy": healthy, "components": said, "seconds": round(seconds, 1)}
    return result, lambda tell=None: None


def main():
    run_connected(SPEC, prepare)


if __name__ == "__main__":
    main()
