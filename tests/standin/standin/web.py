# HTTP in Harbor's manner: which paths there are, how a body is checked, how a list is cut into pages, what an error
# looks like; and what all handlers share.

import dataclasses
import datetime
import functools
import json
import re
from collections.abc import Callable
from urllib.parse import parse_qs, unquote

import sqlalchemy as sa
from werkzeug.wrappers import Request, Response

from .bodies import check_body, parsed
from .facts import STATUS, SUFFIXES
from .store import Project, first

JSON = "application/json"
API = "/api/v2.0"
# What a list understands beside pages, by its kind; others know both.
WORDS = {"sorted": ("sort",), "plain": (), "bare": ()}


class Call(Request):
    # Of what stands twice Harbor takes the last.
    parameter_storage_class = dict


class Refused(Exception):
    """An answer of the error form. What is the server's own fault says nothing about itself."""

    def __init__(self, code: str, message: str = "", status: int = 0, headers: dict | None = None,
                 body: bool = True) -> None:
        super().__init__(message)
        self.code, self.message, self.headers, self.body = code, message, headers or {}, body
        self.status = status or STATUS[code]

    def response(self) -> Response:
        if not self.body:
            return Response(status=self.status, content_type=JSON)
        message = "internal server error" if self.status >= 500 else self.message
        body = compact({"errors": [{"code": self.code, "message": message}]})
        return Response(body, self.status, self.headers, content_type=f"{JSON}; charset=utf-8")


def compact(data) -> str:
    """As Go writes it: balancers look for `],"status":"healthy"` in the bytes."""
    return json.dumps(data, separators=(",", ":")) + "\n"


class Broken(Exception):
    """A crash of the server: 500 without a body."""


def bad(message: str) -> Refused:
    return Refused("BAD_REQUEST", message)


def invalid(message: str) -> Refused:
    return Refused("UNPROCESSABLE_ENTITY", f"validation failure list:\n{message}")


def missing(what: str, end: str = " not found") -> Refused:
    return Refused("NOT_FOUND", what + end)


def refuse_if(cause, error: Exception) -> None:
    if cause:
        raise error


def need(found, error: Exception):
    """What was found, or else the refusal."""
    refuse_if(found is None, error)
    return found


def answer(data=None, status: int = 200, media: str = JSON, **headers) -> Response:
    """A good answer, if it is not one yet; `location="/x/1"` becomes the header Location."""
    if isinstance(data, Response):
        return data
    names = {name.replace("_", "-").title(): str(value) for name, value in headers.items()}
    if data is None:
        response = Response(status=status, headers=names)
        del response.headers["Content-Type"]
        return response
    return Response(compact(data), status, names, content_type=media)


def payload(data) -> Response:
    """What may be nothing: the type is named all the same."""
    return Response(compact(data) if data is not None else b"", content_type=JSON)


def created(request: Request, key, body=None) -> Response:
    return answer(body, 201, location=f"{API}{request.route_path.rstrip('/')}/{key}")


# --- routes -----------------------------------------------------------------------------------------------------------

@dataclasses.dataclass
class Route:
    """What answers to a method at a path. In `/users/{user_id#}` a value in braces is one part of the path; # demands
    an integer."""
    function: Callable
    needs: str = ""            # "login", "admin" or "resource:action"; with {name} in the path of that `project`
    body: str = ""             # "name Type": what the request must hold
    paged: bool | str = False  # a list; one of WORDS, where it does not understand all that others do
    produces: str = JSON
    database: bool = True      # without, it answers also when that is down


class Routes:
    def __init__(self) -> None:
        self.table: dict[str, dict[str, Route]] = {}

    def add(self, method: str, path: str, **facts):
        def register(function):
            self.table.setdefault(path, {})[method] = Route(function, **facts)
            return function
        return register

    def find(self, request: Request, path: str) -> tuple[Route, dict]:
        """The route and the values in the path."""
        hits = [(match, self.table[template]) for template in self.table
                if (match := pattern(template).fullmatch(path))]
        refuse_if(not hits, Refused("NOT_FOUND", f"path {API}{unquote(path)} was not found"))
        # What is written out in a path goes before what may be anything.
        hits.sort(key=lambda hit: len(hit[0].groups()))
        match, methods = next((hit for hit in hits if request.method in hit[1]), hits[0])
        refuse_if(request.method not in methods, Refused(
            "METHOD_NOT_ALLOWED", f"method {request.method} is not allowed, but [{','.join(methods)}] are"))
        route, request.words = methods[request.method], WORDS.get(methods[request.method].paged, ("q", "sort"))
        if request.accept_mimetypes and request.accept_mimetypes.best_match([route.produces]) is None:
            raise invalid(f"unsupported media type requested, only [{route.produces}] are available")
        # A name that ends with __ is an integer's.
        values = {name.removesuffix("__"): integer(unquote(text), f"{name[:-2]} in path") if name.endswith("__")
                  else unquote(text) for name, text in match.groupdict().items()}
        if route.paged:
            request.page = page(request, route.paged == "bare")
        if route.body:
            values["body"] = read_body(request, *route.body.split(maxsplit=1))
        return route, values


@functools.cache
def pattern(template: str) -> re.Pattern:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template.replace("#}", "__}")) + "/?")


def integer(text: str, what: str) -> int:
    good = re.fullmatch(r"[+-]?\d+", text) and abs(int(text)) < 2 ** 63
    refuse_if(not good, invalid(f'{what} must be of type int64: "{text}"'))
    return int(text)


def read_body(request: Request, name: str, kind: str):
    """A ? behind the name: Harbor does not check, and nothing at all makes it crash; a ~: nothing is fine."""
    text = request.get_data()
    refuse_if(not text and name.endswith("?"), Broken())
    if not text and name.endswith("~"):
        return None
    name = name.rstrip("?~")
    refuse_if(not text.strip(), invalid(f"{name} in body is required"))
    if request.mimetype != JSON:
        given = request.content_type or "application/octet-stream"
        raise invalid(f'unsupported media type "{given}", only [{JSON}] are allowed')
    why = f'parsing {name} body from "" failed, because '
    try:
        data = parsed(text.decode(errors="replace"))
    except ValueError as error:
        raise invalid(f"{why}{error}") from None
    try:
        return check_body(data, kind)
    except TypeError as error:
        raise invalid(f"{why}json: {error}") from None
    except ValueError as error:
        raise invalid(f"validation failure list:\n{error}") from None


# --- lists ------------------------------------------------------------------------------------------------------------

def asked(request: Request, word: str) -> str:
    return request.args.get(word, "") if word in request.words else ""


def whole(request: Request, name: str, default: int = 0) -> int:
    text = request.args.get(name, "")
    return integer(text, f"{name} in query") if text else default


def page(request: Request, bare: bool = False) -> tuple[int, int]:
    """A few lists are bare: they show everything to who asks for no page, and know no first page."""
    number, size = whole(request, "page", 0 if bare else 1), whole(request, "page_size", 0 if bare else 10)
    refuse_if(size > 100, invalid("page_size in query should be less than or equal to 100"))
    return number, size


def link(request: Request, total: int) -> dict:
    number, size = request.page
    arguments = parse_qs(request.query_string.decode(), keep_blank_values=True)
    found = []
    for relation, other in (("prev", number - 1), ("next", number + 1)):
        if size and (number > 1 and (number - 1) * size < total if relation == "prev" else number * size < total):
            every = sorted({**arguments, "page": [other], "page_size": [size]}.items())
            query = "&".join(f"{key}={value}" for key, values in every for value in values)
            found.append(f'<{request.path_sent}?{query}>; rel="{relation}"')
    return {"link": " , ".join(found)} if found else {}


def listed(request: Request, db, model, show, *where, sort: str = "id", keys: dict | None = None, skip=(),
           fixed: bool = False, together=None) -> Response:
    """One page of a table, filtered by q, sorted (as the caller wants unless `fixed`), each row shown by `show`, or all
    of them `together`."""
    query = sa.select(model).where(*where, *conditions(request, model, keys or {}, skip))
    total = db.scalar(sa.select(sa.func.count()).select_from(query.subquery()))
    number, size = request.page
    # Keys that are not known leave the order as it is without them.
    columns = order(model, not fixed and asked(request, "sort") or sort, keys or {}) or order(model, sort, keys or {})
    query = query.order_by(*columns, model.id)
    if size > 0:
        query = query.limit(size).offset((max(number, 1) - 1) * size)
    rows = list(db.scalars(query))
    return answer(together(rows) if together else [show(row) for row in rows], x_total_count=total,
                  **link(request, total))


def cut(request: Request, rows: list, total: int | None = None) -> Response:
    """One page of a list that is no table."""
    (number, size), total = request.page, len(rows) if total is None else total
    start = (max(number, 1) - 1) * size
    return answer(rows[start:start + size] if size > 0 else rows, x_total_count=total, **link(request, total))


def column(model, key: str, keys: dict):
    """The column of a key: its name, or that in Go's spelling. Unknown keys are ignored."""
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).lower()
    found = {name: name for name in model.__mapper__.columns.keys()} | keys
    return getattr(model, found[plain]) if found.get(plain) else None


def order(model, sort: str, keys: dict) -> list:
    named = [(column(model, key.lstrip("-"), keys), key.startswith("-")) for key in sort.split(",") if key.strip("-")]
    return [found.desc() if falling else found for found, falling in named if found is not None]


def terms_of(request: Request) -> dict[str, str]:
    """The terms of q, which is decoded once more than other parameters."""
    terms = {}
    for term in filter(None, unquote(asked(request, "q")).split(",")):
        key, equals, value = term.partition("=")
        if not (key.strip() and equals and value):
            raise bad('the query string must contain "=" and the key/value cannot be empty')
        terms[key.strip()] = value
    return terms


def conditions(request: Request, model, keys: dict, skip=()) -> list:
    found = []
    for key, value in terms_of(request).items():
        name, dummy, suffix = key.partition("__")
        condition = compare(None if key in skip else column(model, name, keys), value, suffix)
        found += [condition] if condition is not None and suffix in SUFFIXES else []
    return found


def compare(target, value: str, suffix: str):
    last = {"[": "]", "{": "}", "(": ")"}.get(value[0], "")
    refuse_if(not value.endswith(last) or value[0] == "[" and "~" not in value,
              bad(f"invalid query string value: {value}"))
    if target is None or value[0] == "(":
        return None
    if value[0] == "~" or suffix == "icontains":
        return target.icontains(value.removeprefix("~"), autoescape=True)
    if value[0] == "[":
        low, high = (convert(target, part) for part in value[1:-1].split("~", 1))
        return sa.and_(*([target >= low] if low is not None else []), *([target <= high] if high is not None else []))
    if value[0] == "{":
        return target.in_([convert(target, part.strip("'")) for part in value[1:-1].split()])
    return target == convert(target, value.removeprefix("\\"))


def convert(target, text: str):
    """Text for a column of another type is an error of the database, not of the caller."""
    if text == "":
        return None
    kind = target.type.python_type
    try:
        if kind is bool:
            return {"true": True, "false": False}[text.lower()]
        return kind.fromisoformat(text) if hasattr(kind, "fromisoformat") else kind(text)
    except (ValueError, KeyError):
        raise Refused("UNKNOWN") from None


# --- what handlers share ----------------------------------------------------------------------------------------------

BIGGEST = 1 << 50
NAME = r"[a-z0-9]+(?:[._-][a-z0-9]+)*"


def signed_in(request) -> None:
    refuse_if(not request.caller.kind, Refused("UNAUTHORIZED", "unauthorized"))


def allow(request, allowed: bool, message: str | None = None) -> None:
    signed_in(request)
    refuse_if(not allowed, Refused("FORBIDDEN", request.caller.name if message is None else message))


def system(request, resource: str, action: str) -> None:
    allow(request, request.caller.may(resource, action))


def admin(request) -> None:
    allow(request, request.caller.admin)


def shown(time: datetime.datetime | None) -> str:
    return f"{time.isoformat(timespec='milliseconds')}Z" if time else "0001-01-01T00:00:00.000Z"


def times(row) -> dict:
    return {"creation_time": shown(row.creation_time), "update_time": shown(row.update_time)}


def lean(fields: dict) -> dict:
    """Without false, 0 and empty: Harbor leaves them out."""
    return {key: value for key, value in fields.items() if value or isinstance(value, dict)}


def project_of(request, db, name: str, resource: str = "", action: str = "read") -> Project:
    """By name, or by id where the header does not say that it is a name. Who may not know of it learns nothing."""
    by_id = name.isdigit() and request.headers.get("X-Is-Resource-Name", "false") != "true"
    found = None
    if not by_id or int(name) < 2 ** 31:
        found = first(db, Project, **{"id": int(name)} if by_id else {"name": name})
    refuse_if(" " in name, bad(f"invalid project name: '{name}'"))
    if resource:
        within(request, db, found, resource, action)
    refuse_if(by_id and int(name) >= 2 ** 31, Refused("UNKNOWN"))
    refuse_if(found is None, missing(f"project {name}"))
    return found


def within(request, db, project: Project | None, resource: str, action: str) -> None:
    if not request.caller.may_in(db, project, resource, action):
        allow(request, False, "forbidden")


def check_limit(limit: int, prefix: str = "") -> None:
    """Of a quota, in bytes."""
    refuse_if(limit != -1 and limit <= 0, bad(f"{prefix}invalid non-positive value for quota limit, value={limit}"))
    refuse_if(limit > BIGGEST, bad(f"{prefix}exceeded 1024TB, which is {BIGGEST} Bytes, value={limit}"))


def allowlist_of(body: dict) -> dict:
    items = body.get("items") or []
    ids = [(item.get("cve_id") or "").strip() for item in items]
    refuse_if(len(set(ids)) < len(ids) or "" in ids, Refused("UNKNOWN"))
    return {"items": items} | ({} if body.get("expires_at") is None else {"expires_at": body["expires_at"]})
