# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Objects as Harbor shows them, filtered and queried. Secrets that it shows are left out."""

from __future__ import annotations

from urllib.parse import quote

from ansible_collections.anchorage.harbor.plugins.module_utils.description import get
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import InputError
from ansible_collections.anchorage.harbor.plugins.module_utils.reader import Reader

try:
    import jmespath
except ImportError:
    jmespath = None

# Collections that are no kind: nobody wants their objects to be so.
MORE = {
    "artifacts": "/projects/{project}/artifacts",
    "audit_logs": "/auditlog-exts",
    "quotas": "/quotas",
    "replication_executions": "/replication/executions",
    "statistics": "/statistics",
}
ARTIFACTS_OF_ONE = "/projects/{project}/repositories/{repository}/artifacts"


def rows_of(transport, resources, resource, params):
    """The objects of a kind, or of one of the other collections."""
    if resource:
        return [without_secrets(resource, row) for row in rows_of_kind(transport, resources, resource, params)]
    about, project = params["about"], params["project"]
    if about == "artifacts" and not project:
        raise InputError("option about: artifacts needs a project.")
    path = ARTIFACTS_OF_ONE if params["repository"] else MORE[about]
    # Harbor's proxy decodes a path once, and a repository's name may hold slashes.
    repository = quote(quote(params["repository"] or "", safe=""), safe="")
    path = path.format(project=quote(project or "", safe=""), repository=repository)
    return [transport.get(path)] if about == "statistics" else transport.list(path)


def rows_of_kind(transport, resources, resource, params):
    reader, project = Reader(transport, resources), params["project"]
    if project and not resource.parent:
        raise InputError("option project: %s do not lie in projects, leave it out." % resource.plural)
    if not project and not resource.top:
        raise InputError("option about: %s needs a project." % resource.plural)
    if not project:
        reader.read({resource.kind: None}, {})
        return list(reader.found[resource.kind].values())
    reader.read({resource.parent: {project}}, {resource.kind: {project}})
    if ("", project) not in reader.found[resource.parent]:
        raise InputError("option project: there is no project %s." % project)
    return list(reader.found[resource.kind].values())


def without_secrets(resource, row):
    """A copy of an object without what nobody shall see."""
    row = dict(row)
    for field in resource.fields:
        hidden = {option.place for option in field.options if option.secret}
        if hidden and isinstance(row.get(field.place), list):
            row[field.place] = [
                {name: value for name, value in entry.items() if name not in hidden} for entry in row[field.place]
            ]
    return row


def chosen(rows, filters):
    """The objects that have all of these values."""
    for place in filters:
        if rows and all(get(row, place) is None for row in rows):
            raise InputError(
                "option filters: no object has a field %s; there are %s." % (place, ", ".join(sorted(rows[0])))
            )
    return [row for row in rows if all(is_so(get(row, place), str(value)) for place, value in filters.items())]


def is_so(value, wanted):
    text = str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
    return wanted[1:].lower() in text.lower() if wanted.startswith("~") else text == wanted


def queried(rows, expression):
    """The result of a JMESPath expression."""
    if jmespath is None:
        raise InputError("option query needs the Python library jmespath: install it, or leave the option out.")
    try:
        return jmespath.search(expression, rows)
    except jmespath.exceptions.JMESPathError as error:
        raise InputError("option query: %s" % " ".join(str(error).split())) from None
