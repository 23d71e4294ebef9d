# The tables of facts.yml, ready for use.

from pathlib import Path

import yaml

_FOUND = yaml.safe_load(Path(__file__).with_name("facts.yml").read_text())
SETTINGS: dict = _FOUND["settings"] | dict.fromkeys(_FOUND["empty"].split(), "")
# How Go calls the type of a value.
GO = {str: "string", bool: "bool", int: "int64"}


def _pairs(text: str) -> list[tuple[str, str]]:
    entries = [entry.split(":") for entry in text.split(";")]
    return [(resource.strip(), word) for resource, words in entries for word in words.split()]


TYPES = {name: {field: kind or "string" for field, dummy, kind in (part.partition(" ") for part in text.split(", "))}
         for name, text in _FOUND["types"].items()}
TYPES["Configurations"] = {key: GO[type(value)] for key, value in SETTINGS.items()}
# (resource, action) -> who may; what robots can be given, by scope; what there is to be allowed in the system.
HOLDERS = {(resource, action): who for resource, word in _pairs(_FOUND["granted"])
           for who, dummy, actions in [word.partition("=")] for action in actions.split(",")}
ROBOTS = {scope: _pairs(text) for scope, text in _FOUND["robots"].items()}
SYSTEM = _pairs(_FOUND["system"])


def __getattr__(name: str):
    """Any other table, by its name in capitals."""
    if name.lower() in _FOUND:
        return _FOUND[name.lower()]
    raise AttributeError(name)
