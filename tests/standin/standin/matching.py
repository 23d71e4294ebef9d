# Which artifacts a replication policy takes, and what they are called on the other side.

import re

from .remote import Trouble


def pattern(text: str) -> re.Pattern:
    """Harbor's patterns: ** crosses slashes, * and ? do not, {a,b} is one of them."""
    found, depth, position = "", 0, 0
    while position < len(text):
        sign = text[position]
        if text.startswith("**", position):
            found, position = found + ".*", position + 1
        elif sign in "{}" and (sign == "{" or depth):
            depth, found = depth + (1 if sign == "{" else -1), found + ("(?:" if sign == "{" else ")")
        else:
            found += {"*": "[^/]*", "?": "[^/]"}.get(sign) or ("|" if sign == "," and depth else re.escape(sign))
        position += 1
    # "library/**" also takes "library" itself.
    return re.compile(found.removesuffix("/.*") + "(?:/.*)?" if found.endswith("/.*") else found)


def takes(text: str, value: str) -> bool:
    try:
        return bool(pattern(text).fullmatch(value))
    except re.error:
        return False


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
    return artifacts


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
