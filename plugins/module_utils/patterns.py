# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which projects flow: a project's name, or the beginning of one and an asterisk. Pure.

Harbor's filter of names is one pattern and has no word for "all but these". It has classes such as [^t], so what is
left out is walked sign by sign: all but `tmp` is {[^t]*,t{,[^m]*,m{,[^p]*,p?*}}}/**.
"""

from __future__ import annotations

import json
import re

from ansible_collections.anchorage.harbor.plugins.module_utils.errors import InputError

PATTERN = re.compile(r"[*]|[a-z0-9](?:[a-z0-9._-]{0,253}[a-z0-9])?|[a-z0-9][a-z0-9._-]{0,253}[*]")
ROOM = 1024  # signs that Harbor's database has for all filters of a policy


def check_patterns(option, patterns):
    """Refuse what could never be, or begin, the name of a project."""
    for pattern in patterns:
        if not PATTERN.fullmatch(pattern):
            raise InputError("%s: '%s' is no pattern of projects, write a project's name, the beginning of one and *, "
                             "or * alone." % (option, pattern))


def matches(pattern, project):
    return project.startswith(pattern[:-1]) if pattern.endswith("*") else project == pattern


def flows_through(include, exclude, project):
    """Whether a project is among those that are included and not among those that are excluded."""
    return any(matches(pattern, project) for pattern in include) and not any(
        matches(pattern, project) for pattern in exclude)


def name_filter(include, exclude):
    """The one pattern for Harbor that takes all repositories of exactly the projects that flow."""
    check_patterns("include", include)
    check_patterns("exclude", exclude)
    needed = [one for one in dict.fromkeys(include)
              if not any(covers(other, one) for other in include if other != one)]
    found = [written for one in needed for written in [less(one, exclude)] if written is not None]
    if not found:
        raise InputError("include %s less exclude %s leaves no project: name in include what shall flow." % (
            list(include), list(exclude)))
    pattern = "**" if found == ["*"] else either(found) + "/**"
    length = len(json.dumps([{"type": "name", "value": pattern}], separators=(",", ":")))
    if length > ROOM:
        raise InputError("include and exclude become a filter of %d signs, and Harbor keeps %d: exclude fewer or "
                         "shorter names, or write beginnings of names with *." % (length, ROOM))
    return pattern


def covers(wide, narrow):
    """Whether the first pattern takes all that the second takes."""
    return wide.endswith("*") and narrow.startswith(wide[:-1]) or wide == narrow


def less(pattern, exclude):
    """An included pattern less what is excluded, in Harbor's words; None when nothing is left."""
    if any(covers(other, pattern) for other in exclude):
        return None
    if not pattern.endswith("*"):
        return pattern
    begin = pattern[:-1]
    inside = {other[len(begin):] for other in exclude if covers(pattern, other)}
    return begin + all_but(inside, bool(begin)) if inside else pattern


def all_but(endings, may_end):
    """All names but these, from where the walk has come; `may_end` says whether a name may end here. An ending * has
    been looked at before: then nothing is left, and nobody comes here.
    """
    found = [""] if may_end and "" not in endings else []
    heads = sorted({ending[0] for ending in endings if ending})
    found.append("[^%s]*" % "".join(heads).replace("-", "\\-") if heads else "?*")
    for head in heads:
        deeper = {ending[1:] for ending in endings if ending.startswith(head)}
        if "*" not in deeper:
            found.append(head + all_but(deeper, True))
    return either(found)


def either(alternatives):
    return alternatives[0] if len(alternatives) == 1 else "{%s}" % ",".join(alternatives)


def overlaps(one, other):
    """Whether some project may flow both ways: no for certain, or yes."""
    return any(covers(*both) and not any(covers(out, both[1]) for out in one["exclude"] + other["exclude"])
               for mine in one["include"] for yours in other["include"] for both in ((mine, yours), (yours, mine)))
