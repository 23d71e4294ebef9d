# The tables of facts.yml, ready for use.

from pathlib import Path

import yaml

_FOUND = yaml.safe_load(Path(__file__).with_name("facts.yml").read_text())
SETTINGS: dict = _FOUND["settings"] | dict.fromkeys(_FOUND["empty"].split(), "")
ACCEPTED = _FOUND["accepted"]
FILLED, POSITIVE, HIDDEN = (set(_FOUND[key]) for key in ("filled", "positive", "hidden"))
MANIFESTS, REGISTRIES, RETENTION = (_FOUND[key] for key in ("manifests", "registries", "retention"))
# How Go calls the type of a value.
GO = {str: "string", bool: "bool", int: "int64"}


def _fields(text: str) -> dict[str, str]:
    parts = (part.partition(" ") for part in text.split(", "))
    return {name: kind or "string" for name, dummy, kind in parts}


def _pairs(text: str) -> list[tuple[str, str]]:
    entries = [entry.split(":") for entry in text.split(";")]
    return [(resource.strip(), word) for resource, words in entries for word in words.split()]


TYPES = {name: _fields(text) for name, text in _FOUND["types"].items()}
TYPES["Configurations"] = {key: GO[type(value)] for key, value in SETTINGS.items()}
# (resource, action) -> who may; what robots can be given, by scope; what there is to be allowed in the system.
HOLDERS = {(resource, action): who for resource, word in _pairs(_FOUND["roles"])
           for who, dummy, actions in [word.partition("=")] for action in actions.split(",")}
ROBOTS = {scope: _pairs(text) for scope, text in _FOUND["robots"].items()}
SYSTEM = _pairs(_FOUND["system"])
FIXED = _FOUND["fixed"]
LETTERS, ROLES, COUNTED, EVENTS, LOGGED, SAYS = map(_FOUND.get, "letters members counted events logged words".split())
SEVERITIES, TRUTHS, PROXY_ONLY, PROXIED = (_FOUND[key] for key in ("severities", "truths", "proxy", "proxied"))
MEDIA, ATTACHMENTS, ICONS = (_FOUND[key] for key in ("media", "attachments", "icons"))
JOBS = _FOUND["jobs"]
WEBHOOK, PROVIDERS = _FOUND["webhook"], _FOUND["providers"]
