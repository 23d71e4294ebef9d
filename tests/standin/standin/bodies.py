# The check of a body against its type in facts.yml, in the words of Go.

import json
import os
import re

from .facts import NAMES, PLACES, TYPES

BITS = {"int64": 63, "int32": 31, "int8": 15}
WORDS = {str: "string", bool: "bool", int: "number", float: "number", list: "array", dict: "object"}


# --- JSON -------------------------------------------------------------------------------------------------------------

def parsed(text: str, whole: bool = False):
    """A value; ValueError in Go's words. Of a body, what follows the first value is not looked at."""
    text = text.lstrip(" \t\r\n")
    try:
        return json.loads(text) if whole else json.JSONDecoder().raw_decode(text)[0]
    except json.JSONDecodeError as error:
        raise ValueError(go_words(error, "unexpected end of JSON input" if whole else "unexpected EOF")) from None


def go_words(error: json.JSONDecodeError, ended: str) -> str:
    text, place, where = error.doc, error.pos, PLACES.get(error.msg, "looking for beginning of value")
    place += len(text[place:]) - len(text[place:].lstrip(" \t\r\n,")) if "trailing comma" in error.msg else 0
    if place >= len(text) or error.msg.startswith("Unterminated string"):
        return ended
    for word in ("null", "true", "false"):
        if error.msg == "Expecting value" and text[place] == word[0]:
            right = len(os.path.commonprefix([word, text[place:]]))
            place, where = place + right, f"in literal {word} (expecting '{word[right]}')"
            if place >= len(text):
                return ended
    sign = {"'": r"\'", '"': '"'}.get(text[place]) or json.dumps(text[place], ensure_ascii=False)[1:-1]
    return f"invalid character '{sign}' {where}"


# --- types ------------------------------------------------------------------------------------------------------------

def check_body(data, kind: str):
    """The body with its keys in the right case; unknown keys are dropped. null is an empty object."""
    problems: list[str] = []
    found = check(data, kind, "", "", problems) or ({} if not kind.startswith("[]") else [])
    if problems:
        raise ValueError("\n".join(sorted(problems)))
    return found


def check(value, kind: str, owner: str, path: str, problems: list[str]):
    kind = kind.removeprefix("!")
    if value is None or kind == "any":
        return value
    if kind.startswith("[]"):
        name = f"[]*models.{kind[2:]}" if path and kind[2:] in TYPES else kind
        expect(isinstance(value, list), value, name, owner, path)
        return [check(item, kind[2:], owner, path, problems) for item in value]
    if kind.startswith("map "):
        entry = kind[4:].replace("any", "interface {}").replace("[]", "[]models.")
        expect(isinstance(value, dict), value, NAMES.get(f"{owner}.{path}", f"map[string]{entry}"), owner, path)
        for item in filter(None, value.values()) if entry.startswith("[]") else ():
            expect(isinstance(item, list), item, entry, owner, path)
        return {key: check(item, kind[4:], owner, path, problems) for key, item in value.items()}
    if kind in TYPES:
        expect(isinstance(value, dict), value, NAMES.get(kind, f"models.{kind}"), owner, path)
        known, found = {name.lower(): name for name in TYPES[kind]}, {}
        for key, item in value.items():
            if name := known.get(key.lower()):
                found[name] = check(item, TYPES[kind][name], kind, f"{path}.{name}" if path else name, problems)
        problems += [f"{name} in body is required" for name, sort in sorted(TYPES[kind].items())
                     if sort[0] == "!" and found.get(name) is None]
        return found
    kind, dummy, limit = kind.partition(" ")
    if kind in BITS:
        expect(isinstance(value, (int, float)) and not isinstance(value, bool), value, kind, owner, path)
        expect(isinstance(value, int) and abs(value) < 2 ** BITS[kind], value, kind, owner, path, f"number {value}")
    else:
        wanted = bool if kind == "bool" else str
        expect(isinstance(value, wanted), value, kind.replace("uri", "string"), owner, path)
    if limit.isdigit() and len(value) > int(limit):
        problems.append(f"{path} in body should be at most {limit} chars long")
    if limit.startswith("=") and value and value not in limit[1:].split("|"):
        problems.append(f"{path} in body should be one of [{limit[1:].replace('|', ' ')}]")
    if kind == "uri" and not re.fullmatch(r"/\S*|[a-zA-Z][a-zA-Z0-9+.-]*:\S*", value):
        problems.append(f'{path} in body must be of type uri: "{value}"')
    return value


def expect(good: bool, value, name: str, owner: str, path: str, what: str = "") -> None:
    """A value that is no `name` is refused as Go does it, by its kind or as `what`."""
    if not good:
        place = f"struct field {owner}.{path}" if path else "value"
        raise TypeError(f"cannot unmarshal {what or WORDS[type(value)]} into Go {place} of type {name}")
