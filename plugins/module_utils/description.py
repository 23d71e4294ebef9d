# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The vocabulary in which a kind of Harbor object is described. Pure: no Ansible, no HTTP.

A `Field` is one option of a module. A `Resource` is a kind: its paths, what names an item, its fields. Each quirk of
Harbor has one word here, so that no kind needs code of its own.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field as attribute
from functools import cached_property
from urllib.parse import quote

from ansible_collections.anchorage.harbor.plugins.module_utils.codecs import get, put
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import InputError
from ansible_collections.anchorage.harbor.plugins.module_utils.field import Field, Part, Probe

__all__ = ["Field", "Part", "Probe", "Resource", "get", "put"]
TOP = ("", 0)  # the parent of what has none: name and id


@dataclass(frozen=True)
class Resource:
    """A kind. Paths may hold {parent} and {parent_name}, the id and the name of the item above, {id}, its own, and its
    options by their names, with _path behind them where they go through Harbor's proxy, which decodes. `write` is how
    a PUT treats what it is not given: "merge" keeps it, "replace" resets it.
    """

    kind: str
    plural: str
    path: str  # of the collection; of the object itself, where there is one alone
    fields: tuple
    write: str = "merge"
    key: tuple = ("name",)  # options that name an item together; where Harbor has no names, what it holds
    ident: str = "id"  # where Harbor has an object's id
    sort: str = "id"  # an order in which pages do not shift; empty where Harbor takes none
    query: dict = attribute(default_factory=dict)  # of the collection
    parent: str = ""  # the kind under which items lie, and the option that says which
    under: str = ""  # path of the collection below a parent, where items can also stand without
    under_query: dict = attribute(default_factory=dict)
    lookup: str = ""  # path that is asked for each wanted item, where no collection can be
    via: str = ""  # place in the parent of the id of the only item below it
    one: str = ""  # path of an object, by default its collection's and {id}
    exact: bool = True  # the collection can be asked for one name
    hidden: dict = attribute(default_factory=dict)  # name: path of objects that the collection leaves out
    singleton: bool = False  # there is always exactly one; a PUT makes it and changes it
    absent: tuple = ()  # statuses of a GET of it that mean nothing is set
    echo: tuple = ()  # places that a PUT must bring back as they were
    always: tuple = ()  # places and values that every body holds
    unnumbered: bool = False  # the answer to a POST does not tell the id
    idle_without: str = ""  # option without which Harbor keeps none of the others
    taken: tuple = (409,)  # statuses of a POST that may mean that it is there already
    leftover: str = ""  # path that is deleted before a create and after a delete, else something stays behind
    mended: object = None  # (document) -> body of a PUT before which Harbor breaks when it deletes it; None: it is well
    unsure: bool = False  # a PUT of what is gone is answered with success
    fixed: bool = False  # Harbor makes and removes these by itself: only changed
    after: tuple = ()  # kinds that come first though no option names them
    protected: tuple = ()  # Harbor ships these: never pruned
    myself: str = ""  # option that nobody may take from the user of this run
    prefix: str = ""  # setting of Harbor whose value stands before each name that it shows
    locked: str = ""  # place, with {wire}, that is false for a field that Harbor does not let anybody change
    rules: tuple = ()  # functions of a whole item (wanted over current) that say what is wrong with it
    read_with: object = None  # (document, context) -> document: what no word above can say
    send_with: object = None  # (body, step, parent) -> body: the same

    def field(self, name):
        return self.by_name[name]

    @cached_property
    def by_name(self):
        return {field.name: field for field in self.fields}

    @cached_property
    def named_by(self):
        return [self.field(name) for name in self.key]

    @property
    def top(self):
        """Whether items can stand without a parent."""
        return not self.parent or bool(self.under)

    @property
    def references(self):
        kinds = {field.ref for field in self.fields} | {option.ref for field in self.fields for option in field.options}
        return sorted((kinds | {self.parent} | set(self.after)) - {""})

    @cached_property
    def secrets(self):
        return [field for field in self.fields if field.secret]

    @cached_property
    def apart(self):
        """What the object itself does not show: fields that are read by a request of their own."""
        return [field for field in self.fields if field.part and field.part.read]

    @property
    def listed(self):
        """Whether all items can be found without knowing their names."""
        return not self.lookup

    @property
    def prunable(self):
        """Whether what the list does not name may be removed: not what Harbor makes by itself, nor all images."""
        return self.listed and not self.singleton and not self.fixed

    # Paths

    def collection(self, parent, item=None):
        """Path and query of the collection below a parent (its name and id)."""
        values = Places(parent, item)
        path, query = (self.under, self.under_query) if self.under and parent[0] else (self.path, self.query)
        return path.format_map(values), {key: value.format_map(values) for key, value in query.items()}

    def item_path(self, parent, number, item=None):
        """Path of one object."""
        if self.singleton:
            return self.path
        if not self.one:
            return "%s/%s" % (self.collection(parent, item)[0], number)
        return self.one.format_map(Places(parent, item, id=number))

    # Names

    def identity(self, item, above=""):
        """What tells an item from all others of its kind: its parent's name, then its key."""
        key = [field.canonical(item.get(field.name)) or "" for field in self.named_by]
        return (
            item.get(self.parent) or above,
            *(value if isinstance(value, str) else json.dumps(value, sort_keys=True) for value in key),
        )

    def title(self, item):
        """An item's name for people."""
        return full_name(self.identity(item)) or self.kind

    def called(self, item):
        """Its kind and name; of that of which there is one, the kind alone."""
        return " ".join(dict.fromkeys((self.kind, self.title(item))))

    # Faults

    def validate(self, item):
        """Refuse values that cannot be."""
        if self.parent and not self.top and not item.get(self.parent):
            raise InputError("%s: option %s is needed." % (self.kind, self.parent))
        missing = [name for name in self.key if self.field(name).required and not item.get(name)]
        if missing or self.key and not any(item.get(name) for name in self.key):
            needed = " and ".join(missing) or " or ".join(self.key)
            raise InputError("%s: option %s is needed, it names the item." % (self.kind, needed))
        given = [name for name in self.key if item.get(name)]
        if not any(self.field(name).required for name in self.key) and len(given) > 1:
            raise InputError("%s: option %s name different items: give one." % (self.kind, " and ".join(given)))
        if self.idle_without and item.get(self.idle_without) == "":
            self.refuse_idle(name for name in item if name != self.idle_without and item[name] is not None)
        for field in self.fields:
            wrong = field.check(item[field.name]) if item.get(field.name) is not None else ""
            if wrong:
                raise InputError("%s: option %s: %s." % (self.called(item), field.name, wrong))

    def refuse_idle(self, names):
        """Refuse what Harbor would forget at once."""
        for name in names:
            if any(field.name == name for field in self.fields):
                raise InputError("%s: option %s needs %s: Harbor keeps it with that only." % (
                    self.kind, name, self.idle_without))

    def validate_whole(self, item, before=None, changes=()):
        """Refuse what the options of an item make together. What was like that before, only Harbor knows why, may stay
        while something else changes than what the sentence names.
        """
        for rule in self.rules:
            wrong = rule(item)
            if wrong and (before is None or not rule(before) or not set(changes).isdisjoint(re.findall(r"\w+", wrong))):
                raise InputError("%s: %s." % (self.called(item), wrong))


class Places(dict):
    """What paths may hold. Most hold little of it, so a value is quoted when a path asks for it."""

    def __init__(self, parent, item, **more):
        super().__init__(more, parent=parent[1])
        self.above, self.item = parent[0], item or {}

    def __missing__(self, name):
        if name == "parent_name":
            return quote(self.above, safe="")
        option = name.removesuffix("_path")
        value = self.item[name if name in self.item else option]
        if not isinstance(value, str):
            raise KeyError(name)
        value = quote(value, safe="")
        return value if name in self.item else quote(value, safe="")


def full_name(identity):
    return "/".join(part for part in identity if part)
