# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What every module that starts something and waits for it has in common."""

from __future__ import annotations


class ModuleDocFragment:
    """How it is waited for."""

    DOCUMENTATION = r"""
options:
  wait:
    description:
      - Wait until the run is over, and fail when it failed or was stopped.
      - With V(false) the module ends as soon as the run has begun. Its state is in RV(execution).
    type: bool
    default: true
  timeout:
    description: Seconds to wait, at least 1. When they are over, the module fails and the run goes on in Harbor.
    type: int
    default: 3600
  when_running:
    description:
      - What to do when the same already runs.
      - V(join) starts nothing and waits for the end of that run.
      - V(queue) waits for the end of that run, whatever comes of it, and starts another one.
      - V(fail) fails.
    type: str
    choices: [join, queue, fail]
    default: join
attributes:
  diff_mode:
    description: What is started has no before and after.
    support: none
notes:
  - After ten seconds the terminal shows how far the run is, and so does the output of AWX; not where C(become) leads to
    a user other than root, who may not write where Ansible could read it.
  - Harbor is asked after 0.5 s, then less and less often, at last every 5 s.
  - When the answer to the start is lost, the run is looked for before another one is started.
"""
