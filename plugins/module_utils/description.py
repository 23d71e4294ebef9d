# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The vocabulary in which a kind of Harbor object is described. Pure: no Ansible, no HTTP.

A `Field` is one option of a module: its type, its place in Harbor's JSON, how it compares, what it may be. A
`Resource` is a kind: its path, its key, its fields. Each quirk of Harbor has one word here, so that no kind needs
code of its own.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from ansible_collections.anchorage.harbor.plugins.module_utils.codecs import Codec, get, put
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import InputError


@dataclass(frozen=True)
class Part:
    """A piece of an object that Harbor keeps under paths of its own: read at `read`, written to a row of `rows`."""

    read: str  # path, with {id} of the object
    at: str  # place of the value in that answer
    rows: str  # collection that holds the row to write
    query: dict  # how to ask for the row; {id} of the object
    owner: str  # place in a row of the id of the object
    into: str  # place of the value in the body of the PUT


@dataclass(frozen=True)
class Field:
    """One option. `wire` is its place in Harbor's JSON (dots go deeper), by default its name; `wire_create` and
    `wire_update` where a POST or a PUT has it elsewhere.
    """

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
    required: bool = False  # needed to create an item, and in each entry of a list
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
        """What is wrong with a value, as a remedy; empty when nothing is. Harbor itself would store most of it."""
        if self.options:
            for entry in value if self.type == "list" else [value]:
                for option in self.options:
                    wrong = (
                        option.check(entry[option.name])
                        if entry.get(option.name) is not None
                        else option.required and "is needed"
                    )
                    if wrong:
                        return "%s: %s" % (option.name, wrong)
            return ""
        try:
            self.codec.encode(value)
        except ValueError as error:
            return str(error)
        if self.choices and value not in self.choices:
            return "give one of %s" % ", ".join(self.choices)
        if self.pattern and not re.fullmatch(self.pattern, value):
            return self.says
        if self.minimum is not None and value < self.minimum or self.maximum is not None and value > self.maximum:
            return "give %s to %s" % (self.minimum, self.maximum)
        return ""

    def encode(self, value):
        """A user's value as Harbor takes it (references stay names: the planner knows ids)."""
        if self.options and self.type == "list":
            return [self.encode_one(entry) for entry in value]
        return self.encode_one(value) if self.options else self.codec.encode(value)

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
        return self.decode_one(value) if self.options else self.codec.decode(value)

    def decode_one(self, entry):
        """Only what is there: a default that Harbor left out must not be sent back, it refuses some."""
        return {
            option.name: option.decode(get(entry, option.place))
            for option in self.options
            if get(entry, option.place) is not None
        }

    def canonical(self, value):
        """What two values have in common exactly when they mean the same. A value that Harbor holds may be one that
        we would refuse.
        """
        if self.options and self.type == "list":
            found = [self.canonical_one(entry) for entry in value or []]
        elif self.options:
            found = self.canonical_one(value or {})
        elif value is None or self.ref:
            return value
        else:
            try:
                found = self.codec.decode(self.codec.encode(value))
            except ValueError:
                found = value
        if isinstance(found, list) and (self.unordered or self.type == "raw"):
            return sorted(found, key=lambda entry: json.dumps(entry, sort_keys=True))
        return found

    def canonical_one(self, entry):
        return {
            option.name: option.canonical(option.default if entry.get(option.name) is None else entry[option.name])
            for option in self.options
        }


@dataclass(frozen=True)
class Resource:
    """A kind: where its collection is and what an item holds. `write` is how a PUT treats what it is not given:
    "merge" keeps it, "replace" resets it.
    """

    kind: str
    plural: str
    path: str
    fields: tuple
    write: str = "merge"
    key: str = "name"
    ident: str = "id"  # where Harbor has an object's id
    sort: str = "id"  # an order in which pages do not shift
    protected: tuple = ()  # Harbor ships these: never pruned
    probe: str = ""  # path that says whether the stored secret of an id still works
    rules: tuple = ()  # functions of a whole item (wanted over current) that say what is wrong with it

    def field(self, name):
        return next(field for field in self.fields if field.name == name)

    @property
    def references(self):
        return sorted({field.ref for field in self.fields if field.ref})

    @property
    def secrets(self):
        return [field for field in self.fields if field.secret]

    def validate(self, item):
        """Refuse values that cannot be."""
        for field in self.fields:
            wrong = field.check(item[field.name]) if item.get(field.name) is not None else ""
            if wrong:
                raise InputError("%s %s: option %s: %s." % (self.kind, item[self.key], field.name, wrong))

    def validate_whole(self, item, before):
        """Refuse what the options of an item make together, unless it was like that before: then only Harbor knows
        why.
        """
        for rule in self.rules:
            wrong = rule(item)
            if wrong and (before is None or not rule(before)):
                raise InputError("%s %s: %s." % (self.kind, item[self.key], wrong))
