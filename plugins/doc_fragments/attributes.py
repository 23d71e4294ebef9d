# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What every module that keeps something in Harbor can do."""

from __future__ import annotations


class ModuleDocFragment:
    """Check mode, diff mode, and the group whose defaults hold the connection."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Can run without changing anything and say what it would do.
    support: full
  diff_mode:
    description: Shows each option that changes, before and after. Secrets are hidden.
    support: full
  action_group:
    description: Use C(module_defaults) with C(group/anchorage.harbor.harbor) to set the connection once.
    support: full
    membership: [anchorage.harbor.harbor]
"""
