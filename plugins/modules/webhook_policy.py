#!/usr/bin/python
# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One webhook policy of a project of Harbor, kept as wanted."""

from __future__ import annotations

DOCUMENTATION = r"""
module: webhook_policy
short_description: Keep a webhook policy of a project of Harbor
version_added: 0.1.0
description:
  - Creates, changes or removes one rule by which Harbor tells others what happens in a project. One that exists is
    taken over by its name within O(project); Harbor replaces a policy whole on each write, and the module sends
    back what is not given as it was.
  - Facts about Harbor's behaviour were seen on a running Harbor 2.15.2.
author: ["anchorage.harbor contributors (@anchorage)"]
extends_documentation_fragment: [anchorage.harbor.connection, anchorage.harbor.attributes]
notes:
  - Harbor sends nothing at all while its setting C(notification_enable) is off.
options:
  project:
    description: Name of the project.
    type: str
    required: true
  name:
    description: Name of the policy, 1 to 255 characters; upper and lower case differ.
    type: str
    required: true
  description:
    description: Text for people.
    type: str
  enabled:
    description: Let the policy send. Harbor's own default is V(false).
    type: bool
  event_types:
    description: What it tells, all of it, in any order. Needed to create one, and not empty.
    type: list
    elements: str
    choices:
      - PUSH_ARTIFACT
      - PULL_ARTIFACT
      - DELETE_ARTIFACT
      - QUOTA_EXCEED
      - QUOTA_WARNING
      - SCANNING_FAILED
      - SCANNING_STOPPED
      - SCANNING_COMPLETED
      - REPLICATION
      - TAG_RETENTION
  targets:
    description: Whom it tells, all of them, in any order. Needed to create one, and not empty.
    type: list
    elements: dict
    suboptions:
      type:
        description: V(http) for a JSON message, V(slack) for a text that Slack and what resembles it take.
        type: str
        choices: [http, slack]
        required: true
      address:
        description: Where to send it, with V(http://) or V(https://). Compared as it is, also slashes at its end.
          Results and diffs show it.
        type: str
        required: true
      auth_header:
        description:
          - Secret that Harbor sends to an O(targets[].type=http) target as header C(Authorization), such as
            V(Bearer) and a token.
          - Harbor shows it in clear to whoever may read webhooks. So it is compared, and written when it differs;
            results and diffs hide it.
          - When it is not given, a target of the same type and address keeps the one that it has. An empty text
            removes it.
        type: str
      skip_cert_verify:
        description: Accept any certificate of the target. When it is not given it is V(false).
        type: bool
      payload_format:
        description: Form of the message of an O(targets[].type=http) target; a V(slack) one takes none. When it is not
          given it is V(Default).
        type: str
        choices: [Default, CloudEvents]
  state:
    description: V(absent) removes the policy. Harbor refuses while it is sending by it.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: Tell the pipeline of each push
  anchorage.harbor.webhook_policy:
    project: web
    name: pipeline
    enabled: true
    event_types: [PUSH_ARTIFACT, SCANNING_COMPLETED]
    targets:
      - type: http
        address: https://ci.example.org/hooks/harbor
        auth_header: "Bearer {{ vault_pipeline_token }}"
        payload_format: CloudEvents

- name: Tell people when something goes wrong
  anchorage.harbor.webhook_policy:
    project: web
    name: trouble
    enabled: true
    event_types: [QUOTA_EXCEED, QUOTA_WARNING, SCANNING_FAILED]
    targets:
      - type: slack
        address: https://chat.example.org/hooks/harbor

- name: Silence for a while
  anchorage.harbor.webhook_policy:
    project: web
    name: trouble
    enabled: false
"""

RETURN = r"""
steps:
  description: What was done, or would be in check mode, in the order of the plan. Empty when nothing is to do.
  returned: success
  type: list
  elements: dict
  contains:
    action:
      description: V(create), V(update) or V(delete).
      type: str
      returned: always
    kind:
      description: Sort of the item.
      type: str
      returned: always
    name:
      description: Name of the item; behind the name of its project, where it lies in one.
      type: str
      returned: always
    changes:
      description: By option, its value C(before) and C(after). Secrets are hidden.
      type: dict
      returned: always
  sample:
    - {action: update, kind: project, name: web, changes: {severity: {before: none, after: high}}}
done:
  description: Steps that were carried out before another one failed.
  returned: failure of a step
  type: list
  elements: str
  sample: []
failed_steps:
  description: Steps that failed.
  returned: failure of a step
  type: list
  elements: str
  sample: ["update project web"]
not_tried:
  description: Steps that were left alone because an earlier one failed.
  returned: failure of a step
  type: list
  elements: str
  sample: []
"""

from ansible_collections.anchorage.harbor.plugins.module_utils.runner import run_kind
from ansible_collections.anchorage.harbor.plugins.module_utils.resources.webhook_policy import WEBHOOK_POLICY


def main():
    run_kind(WEBHOOK_POLICY)


if __name__ == "__main__":
    main()
