# Which artifacts a replication policy takes, and what they are called on the other side.

import re

from .remote import Trouble


def alternatives(text: str) -> list[str]:
    """{a,b} written out; escaped braces are none."""
    match = re.match(r"((?:\\.|[^\\])*?)\{((?:\\.|[^\\{}])*)\}(.*)", text, re.DOTALL)
    if not match:
        return [text]
    return [whole for one in re.split(r"(?<!\\),", match[2]) for whole in alternatives(match[1] + one + match[3])]


def pattern(text: str) -> re.Pattern:
    """Harbor's patterns: * and ? do not cross slashes, ** as a whole part of a path is any number of parts, [a-z] is
    one of these, {a,b} too, and a backslash takes the next sign as it is."""
    found = []
    for one in alternatives(text):
        parts = one.split("/")
        found.append("".join(
            (".*" if place == len(parts) - 1 else "(?:[^/]*/)*") if part == "**" else
            component(part) + ("/" if place < len(parts) - 1 else "") for place, part in enumerate(parts)))
    return re.compile("|".join(found), re.DOTALL)


def component(text: str) -> str:
    signs = re.findall(r"\\.|\[(?:\\.|[^\]])+\]|.", text, re.DOTALL)
    return "".join({"*": "[^/]*", "?": "[^/]"}.get(sign) or (
        sign.replace("[^", "[^/", 1) if len(sign) > 2 else re.escape(sign[-1])) for sign in signs)


def takes(text: str, value: str) -> bool:
    try:
        return not text or bool(pattern(text).fullmatch(value))
    except re.error:
        return False


def spelt(filters: list | None, parts: int = 0) -> list[str] | None:
    """The names that the first filter of names writes out, or their first parts; None when it leaves them open."""
    text = next((one["value"] for one in filters or [] if one["type"] == "name"), "")
    names = [name.strip() for name in alternatives("/".join(text.split("/")[:parts or None]))]
    return None if re.search(r"[][*?{}\\^]", "".join(names)) or not text else names


def named(filters: list | None, repository: str) -> bool:
    return all(takes(one["value"], repository) for one in filters or [] if one["type"] == "name" and one["value"])


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
    if not namespace:
        return repository
    parts = repository.split("/")
    if count < 0:
        return f"{namespace}/{parts[-1]}"
    if count >= len(parts):
        raise Trouble(f"the destination namespace replacement count {count} is too big for {repository}")
    return "/".join([namespace, *parts[count:]])


def titled(repository: str, artifacts: list[dict]) -> str:
    return f"{repository} [{sum(len(row['tags']) or 1 for row in artifacts)} item(s) in total]"
