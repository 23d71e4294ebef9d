# The registry's side: /v2 is passed on to Docker Distribution with the node's own password, after asking who may do it.
# What is pushed is noted in the database; tags live only there. And /service/token, which signs what a caller may do.

import contextlib
import hashlib
import json
import re
from urllib.parse import parse_qs, urlsplit

import requests
from sqlalchemy import select, update
from werkzeug.wrappers import Response

from . import artifacts
from .facts import ACTIONS, DROPPED, IMAGE, MANIFESTS, PASSED_ON
from .store import Artifact, Blob, Project, Repository, Tag, first, now, setting
from .web import Refused, answer, bad, missing, need, refuse_if

JSON, TEXT = "application/json; charset=utf-8", "text/plain; charset=utf-8"
VERSION = {"Docker-Distribution-Api-Version": "registry/2.0"}
NAME = re.compile(r"/v2/([a-z0-9]+(?:[._/-]+[a-z0-9]+)*)/(manifests|blobs|tags)/(.*)")
BASIC = 'Basic realm="harbor"'


# --- who may ----------------------------------------------------------------------------------------------------------

def answer_v2(app, request, path: str) -> Response:
    with app.store.session(write=False) as db:
        caller = request.caller = app.gate.caller(request, db)
        # Who came without credentials is told where to get a token: at the address that he himself has used.
        realm = f"{urlsplit(app.settings.external_url).scheme}://{request.host}/service/token"
        given = caller.kind or "Authorization" in request.headers
        challenge = BASIC if given else f'Bearer realm="{realm}",service="harbor-registry"'
        if path in ("/v2/", "/v2"):
            refuse_if(not caller.kind, refused("unauthorized", challenge))
            return Response("{}", headers=VERSION, content_type=JSON)
        if path == "/v2/_catalog":
            refuse_if(not caller.may("catalog", "read"), refused("unauthorized to list catalog", BASIC))
            names = db.scalars(select(Repository.name).order_by(Repository.name)).all()
            return answer({"repositories": names}, media=JSON)
        match = need(NAME.fullmatch(path), refused(f"un-recognized request: {request.method} {path}", ""))
        name, part, reference = match.groups()
        if "/" not in name:
            request.new_sid = ""
            raise bad(f"bad request: invalid repository name: {name}")
        check(request, db, name, challenge)
    if part == "blobs":
        return pass_on(app, request, path)
    return HANDLERS[part, request.method](app, request, name, reference)


def check(request, db, name: str, challenge: str) -> None:
    action, caller, project = ACTIONS.get(request.method, "push"), request.caller, artifacts.project_of(db, name)
    forbidden = f"unauthorized to access repository: {name}, action: {action}"
    if challenge != BASIC:
        message = "authorize header needed to send HEAD to repository" if action == "pull" else forbidden
        actions = "pull,push" if action == "push" else action
        raise refused(message, f'{challenge},scope="repository:{name}:{actions}"')
    refuse_if(project is None, refused(f"project {name.split('/')[0]} not found", ""))
    covered = caller.token is None or any(entry["name"] == name for entry in caller.token)
    refuse_if(not (covered and caller.may_in(db, project, "repository", action)), refused(forbidden, BASIC))


def refused(message: str, challenge: str) -> Refused:
    return Refused("UNAUTHORIZED", f"{message}: {message}", headers={**VERSION, "WWW-Authenticate": challenge})


def token(app, request, db) -> Response:
    service = request.args.get("service", "")
    if service != "harbor-registry":
        return Response(f"Unable to handle service: {service}", 400, content_type=TEXT)
    caller, access, kind = app.gate.caller(request, db), [], "repository"
    scopes = " ".join(parse_qs(request.query_string.decode()).get("scope", []))
    for name, actions in re.findall(r"(?<!\S)repository:(\S*/\S*):(\S*)", scopes):
        project = artifacts.project_of(db, name)
        allowed = [action for action in actions.split(",") if project and caller.may_in(db, project, kind, action)]
        access.append({"type": kind, "name": name, "actions": allowed})
    return answer(app.gate.token(caller, access, setting(db, "token_expiration")), media=JSON)


# --- manifests, blobs, tags -------------------------------------------------------------------------------------------

def get_manifest(app, request, name: str, reference: str) -> Response:
    with app.store.session(write=False) as db:
        artifact = artifacts.find(db, name, reference)
    response = pass_on(app, request, f"/v2/{name}/manifests/{artifact.digest}")
    # Who copies images for replication does not count as a reader.
    reader = "harbor-replication" not in request.headers.get("User-Agent", "")
    if request.method == "GET" and response.status_code == 200 and reader:
        with app.store.session() as db:
            db.get(Repository, artifact.repository_id).pull_count = Repository.pull_count + 1
            db.get(Artifact, artifact.id).pull_time = now()
            db.execute(update(Tag).where(Tag.artifact_id == artifact.id, Tag.name == reference).values(pull_time=now()))
        artifacts.announce(request, "pull", artifact, [] if reference == artifact.digest else [reference])
    return response


def put_manifest(app, request, name: str, reference: str) -> Response:
    content, tag = request.get_data(), "" if artifacts.DIGEST.fullmatch(reference) else reference
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    with app.store.session(write=False) as db:
        home = first(db, Repository, name=name)
        if home and first(db, Tag, repository_id=home.id, name=tag) and artifacts.frozen(db, home, tag):
            image = f"{name.split('/', 1)[1]}:{tag}"
            raise Refused("PRECONDITION", f"Failed to process request due to '{image}' configured as immutable.")
        # What is no manifest is Docker Distribution's to refuse.
        with contextlib.suppress(ValueError, TypeError, KeyError, AttributeError):
            spend(db, artifacts.project_of(db, name), artifacts.blobs_of(digest, content))
    response = pass_on(app, request, f"/v2/{name}/manifests/{reference}", content)
    if response.status_code == 201:
        config = json.loads(content).get("config") or {}
        with app.store.session() as db:
            artifact = artifacts.note(db, name, digest, request.mimetype, content, tag)
            if config.get("size") and artifact.type != "UNKNOWN":
                found = fetch(app, name, "blobs", config["digest"]).json()
                artifact.extra_attrs = found if artifact.type != "IMAGE" else {
                    key: found.get(key, empty) for key, empty in IMAGE.items()}
        artifacts.announce(request, "push", artifact, [tag] if tag else [])
    return response


def delete_manifest(app, request, name: str, reference: str) -> Response:
    refuse_if(not artifacts.DIGEST.fullmatch(reference),
              Refused("UNSUPPORTED", f"unsupported digest {reference}: invalid checksum digest format"))
    with app.store.session() as db:
        artifacts.discard(request, db, artifacts.find(db, name, reference))
    return answer(status=202)


def spend(db, project: Project, blobs: dict[str, int]) -> None:
    """Whether the quota allows what is not there yet."""
    known = set(db.scalars(select(Blob.digest).where(Blob.project_id == project.id, Blob.digest.in_(blobs))))
    more, limit = sum(size for digest, size in blobs.items() if digest not in known), project.storage
    if setting(db, "quota_per_project_enable") and limit not in (None, -1) and more and project.used + more > limit:
        raise Refused("DENIED", f"adding {amount(more)} of storage resource, which when updated to current usage of "
                                f"{amount(project.used)} will exceed the configured upper limit of {amount(limit)}.")


def amount(size: int) -> str:
    power = max((size.bit_length() - 1) // 10, 0)
    return f"{size / 1024 ** power:.1f} {'KMGTPE'[power - 1]}iB" if power else f"{size} B"


def list_tags(app, request, name: str, dummy: str) -> Response:
    limit = request.args.get("n", "")
    refuse_if(limit and not (limit.isdigit() and int(limit) > 0), bad("the N must be a positive int type"))
    with app.store.session(write=False) as db:
        home = need(first(db, Repository, name=name), missing(f"repository {name}"))
        after = (Tag.repository_id == home.id) & (Tag.name > request.args.get("last", ""))
        names = db.scalars(select(Tag.name).where(after).order_by(Tag.name)).all()
    some = names[:int(limit)] if limit else names
    more = {"link": f'</v2/{name}/tags/list?last={some[-1]}&n={limit}>; rel="next"'} if len(some) < len(names) else {}
    return answer({"name": name, "tags": some}, media=JSON, **more)


HANDLERS = {("manifests", "GET"): get_manifest, ("manifests", "HEAD"): get_manifest, ("manifests", "PUT"): put_manifest,
            ("manifests", "DELETE"): delete_manifest, ("tags", "GET"): list_tags}


# --- the way to Docker Distribution -----------------------------------------------------------------------------------

def ask(app, method: str, path: str, **options) -> requests.Response:
    """With the node's own password."""
    auth = app.settings.registry_username, app.settings.registry_password
    return requests.request(method, app.settings.registry + path, auth=auth, timeout=300, **options)


def fetch(app, name: str, part: str, reference: str) -> requests.Response:
    return ask(app, "GET", f"/v2/{name}/{part}/{reference}", headers={"Accept": MANIFESTS})


def pass_on(app, request, path: str, content: bytes | None = None) -> Response:
    headers = {name: request.headers.get(name) for name in PASSED_ON}
    if content is None and ACTIONS.get(request.method) is None:
        # The server knows where the body ends.
        content = iter(lambda: request.environ["wsgi.input"].read(1 << 16), b"")
    try:
        found = ask(app, request.method, path, params=request.query_string, data=content, headers=headers,
                    stream=True, allow_redirects=False)
    except requests.RequestException as error:
        print(f"http: proxy error: {error}", flush=True)
        return Response(status=502)
    refuse_if(found.status_code == 404 and request.method == "HEAD", missing(path))
    response = answer(status=found.status_code)
    response.headers.extend((name, value) for name, value in found.headers.items() if name.lower() not in DROPPED)
    response.response = found.raw.stream(1 << 16, decode_content=False)
    response.call_on_close(found.close)
    return response
