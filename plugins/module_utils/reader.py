# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Harbor holds, each collection read once and side by side; the documents lie here by kind and identity."""

from __future__ import annotations

import threading

from ansible_collections.anchorage.harbor.plugins.module_utils import engine
from ansible_collections.anchorage.harbor.plugins.module_utils.description import TOP, Places, get
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import ApiError

FORBIDDEN, MISSING, BROKEN = 403, 404, 500
FEW = 2  # so many names are asked for one by one, more are found in the whole list
PREFIXES = {"robot_name_prefix": "robot$"}  # as Harbor ships them


class Reader:
    """`resources` are all kinds, a kind after those that it refers to."""

    def __init__(self, transport, resources):
        self.transport, self.resources = transport, resources
        self.by_kind = {resource.kind: resource for resource in resources}
        self.found = {resource.kind: {} for resource in resources}  # kind: {identity: document}
        self.names = {resource.kind: {} for resource in resources}  # kind: {id: name}
        self.pieces = {}  # (kind, identity, field): what a request of its own told of it
        self.prefixes = {}  # setting: value; cleared when settings change
        self.learning = threading.Lock()

    def read(self, needed, parents, asked=(), apart=()):
        """`needed` maps kinds to the names that are wanted of what has no parent, or to None for all of them;
        `parents` maps kinds to the names of those below which to look; `asked` are kinds and items that are looked for
        one by one; `apart` are kinds, identities and fields that have requests of their own, of what has no parent.
        """
        kinds = [self.by_kind[kind] for kind in needed]
        for kind, documents in zip(kinds, self.transport.map(lambda one: self.top(one, needed[one.kind]), kinds)):
            self.keep(kind, documents, TOP)
        below = [
            (self.by_kind[kind], parent)
            for kind, names in parents.items()
            for parent in map(lambda name, kind=kind: self.parent_of(self.by_kind[kind], name), sorted(names))
            if parent
        ]
        looks = [(self.below, *place) for place in below]
        looks += [(self.piece, *place) for place in apart if place[1] in self.found[place[0].kind]]
        for (look, kind, *place), found in zip(looks, self.transport.each(lambda one: one[0](*one[1:]), looks)):
            if look == self.below:
                self.keep(kind, found, *place)
            else:
                self.pieces[kind.kind, place[0], place[1].name] = found
        single = [(kind, item, parent) for kind, item in asked if (parent := self.parent_of(kind, item[kind.parent]))]
        for (kind, item, parent), document in zip(single, self.transport.map(lambda place: self.look(*place), single)):
            if document:
                self.found[kind.kind][kind.identity(item)] = document

    def keep(self, resource, documents, parent):
        for document in documents:
            identity = self.identity(resource, document, parent)
            self.found[resource.kind][identity] = document
            self.names[resource.kind][get(document, resource.ident)] = identity[-1]

    def identity(self, resource, document, parent):
        item = {field.name: field.decode(get(document, field.place)) for field in resource.named_by}
        return resource.identity(item, parent[0])

    def parent_of(self, resource, name):
        """Name and id of the item above; None where Harbor has none of that name."""
        if not name:
            return TOP
        above = self.by_kind[resource.parent]
        document = self.found[above.kind].get(("", name))
        return (name, get(document, above.ident)) if document else None

    def current(self, resource, identity):
        """What was read of an object, in the words of the user."""
        found = engine.current_of(resource, self.found[resource.kind][identity], self.name_of)
        for field in resource.apart:
            if (resource.kind, identity, field.name) in self.pieces:
                told = self.pieces[resource.kind, identity, field.name]
                found[field.name] = engine.in_words(field, told, self.name_of)
        return found

    def name_of(self, kind, number):
        return self.names[kind].get(number, number)

    # Requests

    def top(self, resource, names):
        """The documents of what lies below nothing."""
        if resource.singleton:
            return [self.only(resource)]
        if names is not None:
            found = [self.view(resource, self.transport.get(resource.hidden[name]), TOP)
                     for name in names if name in resource.hidden]
            names = [name for name in names if name not in resource.hidden]
            if not names:
                return found
            if len(names) <= FEW and resource.exact:
                field = resource.field(resource.key[0])
                path, query = resource.collection(TOP)
                for name in names:
                    rows = self.transport.find(path, field.wire or field.name, name, query)
                    found += [self.view(resource, row, TOP) for row in rows]
                return found
            return found + self.rows(resource, TOP)
        return [self.view(resource, self.transport.get(path), TOP) for path in resource.hidden.values()] + self.rows(
            resource, TOP
        )

    def below(self, resource, parent):
        """The documents of what lies below a parent."""
        if not resource.via:
            return self.rows(resource, parent)
        number = get(self.found[resource.parent].get(("", parent[0]), {}), resource.via)
        if not number:
            return []
        try:
            found = self.view(resource, self.transport.get(resource.item_path(parent, number)), parent)
            return [found] if found else []
        except ApiError as error:
            # What the parent names is gone, and Harbor says so with its masked error.
            if error.status not in (MISSING, BROKEN):
                raise
            return []

    def piece(self, resource, identity, field):
        """The value of a field that the object itself does not show."""
        number = get(self.found[resource.kind][identity], resource.ident)
        return get(self.transport.get(field.part.read.format(id=number)), field.part.at)

    def rows(self, resource, parent):
        path, query = resource.collection(parent)
        query = dict(query, sort=resource.sort) if resource.sort else query
        documents = [self.view(resource, row, parent) for row in self.transport.list(path, query)]
        return [document for document in documents if document]

    def only(self, resource):
        """The document of which there is always one; {} while nothing is set."""
        try:
            return self.view(resource, self.transport.get(resource.path), TOP)
        except ApiError as error:
            if error.status not in resource.absent:
                raise
            return self.view(resource, {}, TOP)

    def view(self, resource, document, parent):
        """A document with its quirks put right."""
        if not resource.read_with:
            return document
        context = {"parent": parent[0]}
        if resource.prefix:
            context["prefix"] = self.prefix(resource.prefix)
        return resource.read_with(document, context)

    def look(self, resource, item, parent):
        """The document of one item as it is now, or None."""
        if resource.lookup:
            return self.asked(resource, item, parent)
        identity = resource.identity(item)
        if resource.via:
            above = self.by_kind[resource.parent]
            self.found[above.kind]["", parent[0]] = self.transport.get(above.item_path(TOP, parent[1]))
            documents = self.below(resource, parent)
        elif parent == TOP:
            documents = self.top(resource, [identity[-1]])
        else:
            documents = self.rows(resource, parent)
        for document in documents:
            if self.identity(resource, document, parent) == identity:
                return document
        return None

    def asked(self, resource, item, parent):
        path = resource.lookup.format_map(Places(parent, item))
        try:
            return resource.read_with(self.transport.get(path), {"item": item})
        except ApiError as error:
            if error.status != MISSING:
                raise
            return None

    def prefix(self, name):
        """What Harbor puts before names is a setting that only an administrator can read."""
        with self.learning:  # else each thread would ask
            if name not in self.prefixes:
                try:
                    found = get(self.transport.get("/configurations"), "%s.value" % name)
                except ApiError as error:
                    if error.status != FORBIDDEN:
                        raise
                    found = None
                self.prefixes[name] = PREFIXES[name] if found is None else found
        return self.prefixes[name]
