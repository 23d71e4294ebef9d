# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The vocabulary in which a kind of Harbor object is described. Pure: no Ansible, no HTTP.

A `Field` is one option of a module: its type, its place in Harbor's JSON, how it compares, what it may be. A `Resource` is a kind: its path, its key, its
fields. Each quirk of Harbor has one word here, so that no kind needs code of its own.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from ansible_collections.anchorage.harbor.plugins.module_utils.errors import InputError

UNITS = {"": 1, "B": 1, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}


@dataclass(frozen=True)
class Codec:
    """How a value of the user's (`encode`) and one of Harbor's (`decode`) become each other; what is alike has the same `decode(encode(value))`."""

    encode: object = staticmethod(lambda value: value)
    decode: object = staticmethod(lambda value: value)


def size(text):
    """Bytes of `10GiB`, `-1` (unlimited) or a bare number. Raises ValueError."""
    found = re.fullmatch(r"(-?[0-9]+)\s*([KMGT]iB|B)?", str(text).strip(), re.IGNORECASE)
    if not found:
        raise ValueError("write a size such as 20GiB or 500MiB, or -1 for no limit")
    return int(found[1]) * UNITS[(found[2] or "").upper()]


def readable(count):
    """The shortest exact way to write a number of bytes."""
    for unit in ("TiB", "GiB", "MiB", "KiB"):
        if count > 0 and count % UNITS[unit.upper()] == 0:
            return "%d%s" % (count // UNITS[unit.upper()], unit)
    return str(count)


# Harbor keeps the metadata of projects as texts.
TEXT_BOOLEAN = Codec(lambda value: "true" if value else "false", lambda value: str(value).lower() in ("true", "1", "t"))
TEXT_INTEGER = Codec(str, lambda value: int(value or 0))
SIZE = Codec(size, readable)
# Harbor cuts slashes at the end and adds http:// itself.
URL = Codec(lambda value: value.strip().rstrip("/") if "://" in value else "http://" + value.strip().rstrip("/"))
# Seconds since 1970; Harbor's "never" is null, the user's is 0.
EXPIRY = Codec(lambda value: value or None, lambda value: value or 0)
# Stored as it comes, blanks and all: compared and sent with single blanks.
CRON = Codec(lambda value: " ".join(value.split()), lambda value: " ".join((value or "").split()))
PEM = Codec(lambda value: value.replace("\r\n", "\n").strip(), lambda value: (value or "").replace("\r\n", "\n").strip())
CVE_IDS = Codec(lambda value: [{"cve_id": name} for name in sorted(set(value))], lambda value: sorted(item["cve_id"] for item in value or []))

CRON_PATTERN = r"\s*0\s+(\S+\s+){4}\S+\s*"
NAME_PATTERN = r"[a-z0-9]+(?:[._-][a-z0-9]+)*"


@dataclass(frozen=True)
class Part:
    """A piece of an object that Harbor keeps under paths of its own: read at `read`, written to row `row` of `rows`."""

    read: str  # path, with {id} of the object
    at: str  # place of the value in that answer
    rows: str  # collection that holds the row to write
    query: dict  # how to ask for the row; {id} of the object
    owner: str  # place in a row of the id of the object
    into: str  # place of the value in the body of the PUT


@dataclass(frozen=True)
class Field:
    """One option. `wire` is its place in Harbor's JSON (dots go deeper), by default its name; `wire_create` and `wire_update` where a POST or a PUT
    has it elsewhere."""

    name: str
    type: str = "str"
    wire: str = ""
    wire_create: str = ""
    wire_update: str = ""
    default: object = None  # what Harbor means when an answer leaves the field out
    codec: Codec = Codec()
    ref: str = ""  # the kind whose item is named here; Harbor has its id
    options: tuple = ()  # fields of a dict, or of each dict in a list
    elements: str = ""
    unordered: bool = False  # order means nothing
    required: bool = False  # needed to create an item
    create_only: bool = False  # Harbor never changes it afterwards
    after_create: bool = False  # ignored by the POST that creates, so a PUT follows
    secret: bool = False  # never readable, never compared, never shown
    goes_with: str = ""  # option whose change takes this secret along
    together: str = ""  # fields of one such word are always written in one piece
    part: Part | None = None
    choices: tuple = ()
    pattern: str = ""
    says: str = ""  # the remedy when `pattern` does not match
    minimum: int | None = None
    maximum: int | None = None
    since: str = ""  # first release that has it

    @property
    def place(self):
        return self.wire or self.name

    def check(self, value):
        """Say what is wrong with a value, as a remedy; empty when nothing is. Harbor itself would store most of it."""
        if self.options:
            for entry in value if self.type == "list" else [value]:
                for option in self.options:
                    if entry.get(option.name) is not None:
                        wrong = option.check(entry[option.name])
                        if wrong:
                            return "%s: %s" % (option.name, wrong)
            return ""
        try:
            encoded = self.codec.encode(value)
        except ValueError as error:
            return str(error)
        if self.choices and value not in self.choices:
            return "give one of %s" % ", ".join(self.choices)
        if self.pattern and value != "" and not re.fullmatch(self.pattern, str(value)):
            return self.says
        if self.minimum is not None and int(encoded or 0) < self.minimum or self.maximum is not None and int(encoded or 0) > self.maximum:
            return "give %s to %s" % (self.minimum, self.maximum)
        return ""

    def encode(self, value):
        """A user's value as Harbor takes it (references stay names: the planner knows ids)."""
        if self.options and self.type == "list":
            return [self.encode_one(entry) for entry in value]
        if self.options:
            return self.encode_one(value)
        return self.codec.encode(value)

    def encode_one(self, entry):
        body = {}
        for option in self.options:
            if entry.get(option.name) is not None:
                put(body, option.place, option.encode(entry[option.name]))
        return body

    def decode(self, value):
        """Harbor's value as a user writes it."""
        if value is None:
            return self.default
        if self.options and self.type == "list":
            return [self.decode_one(entry) for entry in value]
        if self.options:
            return self.decode_one(value)
        return self.codec.decode(value)

    def decode_one(self, entry):
        """Only what is there: a default that Harbor left out must not be sent back, it refuses some."""
        return {option.name: option.decode(get(entry, option.place)) for option in self.options if get(entry, option.place) is not None}

    def canonical(self, value):
        """What two values have in common exactly when they mean the same."""
        if self.options and self.type == "list":
            found = [self.canonical_one(entry) for entry in value or []]
        elif self.options:
            found = self.canonical_one(value or {})
        elif value is None or self.ref:
            return value
        else:
            found = self.codec.decode(self.codec.encode(value))
        if isinstance(found, list) and (self.unordered or self.type == "raw"):
            return sorted(found, key=lambda entry: json.dumps(entry, sort_keys=True))
        return found

    def canonical_one(self, entry):
        return {option.name: option.canonical(option.default if entry.get(option.name) is None else entry[option.name]) for option in self.options}


@dataclass(frozen=True)
class Resource:
    """A kind: where its collection is and what an item holds. `write` is how a PUT treats what it is not given: "merge" keeps it, "replace" resets it."""

    kind: str
    plural: str
    path: str
    fields: tuple
    write: str = "merge"
    key: str = "name"
    protected: tuple = ()  # Harbor ships these: never pruned
    probe: str = ""  # path that says whether the stored secret still works, given the id

    def field(self, name):
        return next(field for field in self.fields if field.name == name)

    @property
    def references(self):
        return sorted({field.ref for field in self.fields if field.ref})

    @property
    def secrets(self):
        return [field for field in self.fields if field.secret]

    def validate(self, item, where):
        """Refuse what cannot be; `where` names the item."""
        for field in self.fields:
            if item.get(field.name) is not None:
                wrong = field.check(item[field.name])
                if wrong:
                    raise InputError("%s: option %s: %s." % (where, field.name, wrong))


def get(document, place):
    """The value at a dotted place, or None."""
    for name in place.split("."):
        if not isinstance(document, dict):
            return None
        document = document.get(name)
    return document


def put(document, place, value):
    """Set the value at a dotted place."""
    *parents, last = place.split(".")
    for name in parents:
        document = document.setdefault(name, {})
    document[last] = value
