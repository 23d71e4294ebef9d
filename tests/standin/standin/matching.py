# Which artifacts a replication policy takes, and what they are called on the other side.

import re

from .remote import Trouble

# In a pattern: ** as a whole part of a path, what a backslash takes as it is, one of [a-z], any other sign.
SIGN = re.compile(r"(?<![^/])\*\*(?:/|\Z)|\\.|\[(?:\\.|[^]/])+]|.", re.DOTALL)
MEANING = {"**/": "(?:[^/]*/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def alternatives(text: str) -> list[str]:
    """{a,b} written out; escaped braces are none."""
    match = re.match(r"((?:\\.|[^\\])*?)\{((?:\\.|[^\\{}])*)\}(.*)", text, re.DOTALL)
    if not match:
        return [text]
    return [whole for one in re.split(r"(?<!\\),", match[2]) for whole in alternatives(match[1] + one + match[3])]


def translated(match: re.Match) -> str:
    sign = match[0]
    return MEANING.get(sign) or (sign.replace("[^", "[^/", 1) if len(sign) > 2 else re.escape(sign[-1]))


def takes(text: str, value: str) -> bool:
    """Whether a pattern takes this; one without text takes all."""
    try:
        return not text or any(re.fullmatch(SIGN.sub(translated, one), value, re.DOTALL) for one in alternatives(text))
    except re.error:
        return False


def spelt(filters: list | None, parts: int = 0) -> list[str] | None:
    """The names that the first filter of names writes out, or their first parts; None when it leaves them open."""
    text = next((one["value"] for one in filters or [] if one["type"] == "name"), "")
    names = [name.strip() for name in alternatives("/".join(text.split("/")[:parts or None]))]
    return None if re.search(r"[][*?{}\\^]", "".join(names)) or not text else names


def named(filters: list | None, repository: str) -> bool:
    return all(takes(one["value"], repository) for one in filters or [] if one["type"] == "name")


def chosen(filters: list | None, repository: str, artifacts: list[dict]) -> list[dict]:
    """What passes all filters, with the tags that pass. An artifact without tags is one with the empty tag."""
    if not named(filters, repository):
        return []
    for one in filters or []:
        kind, value, wanted = one["type"], one["value"], one.get("decoration") != "excludes"
        if kind == "label":
            artifacts = [row for row in artifacts if (set(value) <= set(row["labels"])) == wanted]
        if kind == "tag" and value:
            passed = [(row, [tag for tag in row["tags"] or [""] if takes(value, tag) == wanted]) for row in artifacts]
            artifacts = [{**row, "tags": [tag for tag in tags if tag]} for row, tags in passed if tags]
    # Signatures go with what they sign.
    return [one for row in artifacts for one in (row, *row.get("accessories", []))]


def renamed(repository: str, namespace: str, count: int) -> str:
    """A namespace instead of so many parts; below 0: of all but the last one."""
    if not namespace:
        return repository
    parts = repository.split("/")
    if count >= len(parts):
        raise Trouble(f"the destination namespace replacement count {count} is too big for {repository}")
    return "/".join([namespace, *parts[max(count, -1):]])


def titled(repository: str, artifacts: list[dict]) -> str:
    return f"{repository} [{sum(len(row['tags']) or 1 for row in artifacts)} item(s) in total]"
