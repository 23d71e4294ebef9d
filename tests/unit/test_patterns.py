"""Which projects flow, and the one pattern that says so to Harbor, read by a matcher of our own."""

import json

import pytest
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import InputError
from ansible_collections.anchorage.harbor.plugins.module_utils.patterns import ROOM, flows_through, name_filter
from hypothesis import given, strategies as st

# Few letters, so that names share their beginnings.
PROJECTS = st.from_regex(r"[a-c1](?:[._-]?[a-c1]){0,5}", fullmatch=True)
BEGINNINGS = st.from_regex(r"[a-c1][a-c1._-]{0,4}[*]", fullmatch=True)
PATTERNS = st.lists(st.one_of(PROJECTS, BEGINNINGS), max_size=4)


def split(text, closing):
    """The alternatives up to the closing sign, and what follows it. A backslash takes the next sign as it is."""
    parts, depth, place = [""], 0, 0
    while depth or text[place] != closing:
        width = 2 if text[place] == "\\" else 1
        sign = text[place : place + width]
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if sign == "," and not depth:
            parts.append("")
        else:
            parts[-1] += sign
        place += width
    return parts, text[place + 1 :]


def takes(pattern, name):
    """Harbor's language of patterns, as far as it is used: {a,b} * ? [^ab] and a whole part **."""
    if pattern == "**":
        return True
    if not pattern:
        return not name
    head, rest = pattern[0], pattern[1:]
    if head == "{":
        options, rest = split(rest, "}")
        return any(takes(option + rest, name) for option in options)
    if head == "*":
        return takes(rest, name) or bool(name) and name[0] != "/" and takes(pattern, name[1:])
    if not name:
        return False
    if head == "[":
        (signs,), rest = split(rest, "]")
        assert signs[0] == "^" and "-" not in signs.replace("\\-", ""), "a class without ranges"
        return name[0] not in signs[1:].replace("\\-", "-") + "/" and takes(rest, name[1:])
    return (name[0] != "/" if head == "?" else name[0] == head) and takes(rest, name[1:])


@pytest.mark.parametrize(
    ("include", "exclude", "pattern"),
    [
        (["*"], [], "**"),
        (["web"], [], "web/**"),
        (["web", "tools", "web"], [], "{web,tools}/**"),
        (["web*", "web-1", "web-*"], [], "web*/**"),
        (["*"], ["x*"], "[^x]*/**"),
        (["*"], ["tmp"], "{[^t]*,t{,[^m]*,m{,[^p]*,p?*}}}/**"),
        (["*"], ["tmp*"], "{[^t]*,t{,[^m]*,m{,[^p]*}}}/**"),
        (["team-*"], ["team-a", "other"], "team-{,[^a]*,a?*}/**"),
        (["web", "tools"], ["web"], "tools/**"),
        (["*"], ["a-b", "a.*"], "{[^a]*,a{,[^\\-.]*,-{,[^b]*,b?*}}}/**"),
    ],
)
def test_the_pattern(include, exclude, pattern):
    assert name_filter(include, exclude) == pattern


@given(PATTERNS, PATTERNS, st.booleans(), st.lists(PROJECTS, min_size=1, max_size=20))
def test_the_pattern_takes_what_flows(include, exclude, everything, names):
    include = include + ["*"] if everything else include
    near = [one.rstrip("*").strip("._-") + end for one in include + exclude for end in ("", "a", "-1")]
    names = [name for name in names + near if name and name[0] not in "._-"]
    try:
        pattern = name_filter(include, exclude)
    except InputError as error:
        assert "leaves no project" in str(error) and not any(flows_through(include, exclude, name) for name in names)
        return
    for name in names:
        for repository in (name + "/app", name + "/group/app"):
            assert takes(pattern, repository) == flows_through(include, exclude, name), (pattern, repository)


@pytest.mark.parametrize("pattern", ["", "Web", "web/app", "*web", "we*b", "web**", "-web", "web-", "{a,b}", "w" * 256])
@pytest.mark.parametrize("option", ["include", "exclude"])
def test_what_is_no_pattern_is_refused(option, pattern):
    with pytest.raises(InputError, match=f"^{option}: .* is no pattern of projects, write a project's name"):
        name_filter(*([pattern], []) if option == "include" else (["*"], [pattern]))


def test_a_filter_that_harbor_could_not_keep_is_refused():
    names = [f"project-{number}" for number in range(100)]
    room = max(count for count in range(101) if len(json.dumps([{"type": "name", "value": "{%s}/**" % ",".join(
        names[:count])}], separators=(",", ":"))) <= ROOM)
    assert name_filter(names[:room], [])
    with pytest.raises(InputError, match="Harbor keeps 1024: exclude fewer or shorter names"):
        name_filter(names[: room + 1], [])
