# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One option of a kind: its type, its place in Harbor's JSON, how it compares, what it may be. Pure: no Ansible, no
HTTP.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from ansible_collections.anchorage.harbor.plugins.module_utils.codecs import Codec, get, put, unpacked


@dataclass(frozen=True)
class Part:
    """A piece of an object that a request of its own writes. Paths hold {id}, that of the object."""

    write: str  # its path; {row} is the id of a row of `rows`
    into: str  # place of the value in its body
    method: str = "PUT"
    read: str = ""  # path of the value, where the object itself does not show it
    at: str = ""  # place of the value in that answer
    rows: str = ""  # collection with the row that is written
    query: dict | None = None  # how to ask for it
    owner: str = ""  # place in a row of the id of the object
    clear: str = ""  # path that is deleted where the value is empty
    myself: str = ""  # place for our own password, which Harbor wants when we change what is ours
    same: str = ""  # words with which Harbor refuses a value that it has already


@dataclass(frozen=True)
class Probe:
    """How Harbor is asked whether a stored secret still works."""

    path: str = ""  # with {id}
    body: dict | None = None  # of a POST, place: option; without one it is a GET
    fails: tuple = (400,)  # statuses that say no
    unclear: tuple = ()  # statuses that may also mean that nobody is there: then the wanted secret is tried
    wanted: str = ""  # path of a POST that tries the wanted secret
    wanted_body: dict | None = None  # of it, place: option
    works: str = ""  # place in an answer of 200 that is true when it does
    refused: str = ""  # words of its message when the secret is wrong; others tell of something else
    login: str = ""  # place of the name with which somebody can log in instead of asking
    unless: tuple = ()  # places that are true when nobody could


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
    initial: object = None  # what a POST carries when nothing is wanted
    codec: Codec = Codec()
    packed: bool = False  # travels as a text that holds JSON
    ref: str = ""  # the kind whose item is named here; Harbor has its id
    reads_name: bool = False  # of a reference, its answer has the name
    sends_name: bool = False  # of a reference, its requests have the name
    onboards: bool = False  # of a reference, Harbor asks its directory for a name that it does not know
    near: bool = False  # of a reference, it may lie below the same parent
    remade: bool = False  # Harbor cannot change it, and nothing is lost by removing and creating the item
    wild: tuple = ()  # values of a reference that name nothing
    options: tuple = ()  # fields of a dict, or of each dict in a list
    always: tuple = ()  # of a dict, places and values that Harbor wants in each and nobody needs to choose
    elements: str = ""
    unordered: bool = False  # order means nothing
    required: bool = False  # needed to create an item, and in each entry of a list
    create_only: bool = False  # Harbor never changes it afterwards
    after_create: bool = False  # ignored by the POST that creates, so a PUT follows
    secret: bool = False  # never shown, and not compared unless readable
    readable: bool = False  # a secret that Harbor shows in clear
    goes_with: str = ""  # option whose change takes this secret along
    together: str = ""  # fields of one such word are always written in one piece
    part: Part | None = None
    probe: Probe | None = None  # of a secret
    choices: tuple = ()
    pattern: str = ""
    says: str = ""  # the remedy when `pattern` does not match
    minimum: int | None = None
    maximum: int | None = None
    since: str = ""  # first release that has it
    last_when: object = None  # this value is written after everything else

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
        values = value if self.type == "list" else [value]
        if self.choices and any(one not in self.choices for one in values):
            return "give one of %s" % ", ".join(self.choices)
        if self.pattern and not re.fullmatch(self.pattern, value):
            return self.says
        if self.minimum is not None and value < self.minimum or self.maximum is not None and value > self.maximum:
            return "give %s to %s" % (self.minimum, self.maximum)
        return ""

    def encode(self, value):
        """A user's value as Harbor takes it (references stay names: the planner knows ids)."""
        if self.options and self.type == "list":
            found = [self.encode_one(entry) for entry in value]
        else:
            found = self.encode_one(value) if self.options else self.codec.encode(value)
        return json.dumps(found) if self.packed else found

    def encode_one(self, entry):
        body = dict(self.always)
        for option in self.options:
            value = option.initial if entry.get(option.name) is None else entry[option.name]
            if value is not None:
                put(body, option.place, option.encode_stored(value))
        return body

    def encode_stored(self, value):
        """A user's value has been checked by now; what we would refuse was stored by somebody else, and stays."""
        try:
            return self.encode(value)
        except ValueError:
            return value

    def decode(self, value):
        """Harbor's value as a user writes it."""
        if self.packed and isinstance(value, str):
            value = unpacked(value)
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

    def named(self, value):
        """The names in a value that refer to something, each with its kind and option."""
        if self.ref and isinstance(value, str) and value and value not in self.wild:
            yield self.ref, value, self
        for entry in (value or []) if self.options and self.type == "list" else [value or {}]:
            for option in self.options:
                yield from option.named(entry.get(option.name))
