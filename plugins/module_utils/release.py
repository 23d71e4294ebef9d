# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Releases of Harbor as numbers that compare. Pure."""

from __future__ import annotations


def release(version):
    """v2.15.2-0abc1234 is (2, 15, 2)."""
    return tuple(int(number) for number in version.lstrip("v").split("-")[0].split("."))
