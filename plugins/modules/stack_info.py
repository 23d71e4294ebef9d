#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the containers of a Compose project are doing on this node, by Docker's own command line: nodes need no Python package for it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: stack_info
short_description: Look at the services of Harbor on a node
version_added: 0.1.0
description:
  - Tells of each service of a Compose project its image, state, health, start time and restarts, and which images of a release the node has.
  - Changes nothing. A node without Docker has no services.
author: ["anchorage.harbor contributors (@anchorage)"]
options:
  project:
    description: Name of the Compose project.
    type: str
    default: harbor
  images:
    description: Also list the images that match this reference.
    type: str
requirements:
  - C(docker) on the node
attributes:
  check_mode: {support: full, description: Changes nothing.}
  diff_mode: {support: none, description: Changes nothing.}
"""

EXAMPLES = r"""
- name: Look at Harbor on this node
  anchorage.harbor.stack_info:
    images: goharbor/*:v2.15.2
  register: stack
"""

RETURN = r"""
services:
  description: Services by name.
  returned: always
  type: dict
  contains:
    container:
      description: Name of its container.
      type: str
      returned: always
      sample: harbor-core
    image:
      description: Its image.
      type: str
      returned: always
      sample: goharbor/harbor-core:v2.15.2
    state:
      description: State of the container.
      type: str
      returned: always
      sample: running
    health:
      description: Verdict of the image's own check, empty when it has none.
      type: str
      returned: always
      sample: healthy
    started:
      description: When it was started last.
      type: str
      returned: always
      sample: "2026-11-21T05:00:00.000000000Z"
    restarts:
      description: How often Docker started it again after a crash.
      type: int
      returned: always
      sample: 0
images:
  description: Images that match O(images).
  returned: always
  type: list
  elements: str
  sample: ["goharbor/harbor-core:v2.15.2"]
directory:
  description: Directory that the project was started from, empty without one.
  returned: always
  type: str
  sample: /opt/harbor/2.15.2/harbor
"""

import json

from ansible.module_utils.basic import AnsibleModule


def docker(module, *words):
    """Output of a docker command; nothing when there is no docker or it does not run."""
    program = module.get_bin_path("docker")
    code, out, err = module.run_command([program, *words]) if program else (1, "", "")
    return out if code == 0 else ""


def service(container):
    state = container["State"]
    return {
        "container": container["Name"].lstrip("/"),
        "image": container["Config"]["Image"],
        "state": state["Status"],
        "health": (state.get("Health") or {}).get("Status", ""),
        "started": state["StartedAt"],
        "restarts": container["RestartCount"],
    }


def main():
    module = AnsibleModule(
        argument_spec={"project": {"type": "str", "default": "harbor"}, "images": {"type": "str"}},
        supports_check_mode=True,
    )
    label = "com.docker.compose."
    names = docker(module, "ps", "--all", "--quiet", "--filter", "label=%sproject=%s" % (label, module.params["project"])).split()
    containers = json.loads(docker(module, "inspect", *names) or "[]") if names else []
    labels = [container["Config"]["Labels"] for container in containers]
    images = docker(module, "images", "--format", "{{.Repository}}:{{.Tag}}", module.params["images"]).split() if module.params["images"] else []
    module.exit_json(
        changed=False,
        services={own[label + "service"]: service(container) for own, container in zip(labels, containers)},
        images=sorted(images),
        directory=labels[0].get(label + "project.working_dir", "") if labels else "",
    )


if __name__ == "__main__":
    main()
