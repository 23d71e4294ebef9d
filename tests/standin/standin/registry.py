# The registry's side: /v2 is passed on to Docker Distribution with the node's own password, after asking who may do it.
# What is pushed is noted in the database; tags live only there. And /service/token, which signs what a caller may do.

import base64
import hashlib
import http.client
import json
import re
from urllib.parse import urlsplit

import requests
from sqlalchemy import select
from werkzeug.wrappers import Response

from . import artifacts, replication
from .security import Caller
from .store import Project, Tag, setting
from .web import Refused, answer, bad, compact, missing, refuse_if

VERSION = {"Docker-Distribution-Api-Version": "registry/2.0"}
NAME = re.compile(r"/v2/(?P<name>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)"
                  r"/(?P<part>manifests|blobs|tags|referrers)/(?P<reference>.*)")
ACTIONS = {"GET": "pull", "HEAD": "pull", "DELETE": "delete"}
PASSED_ON = ("Accept", "Content-Type", "Content-Range", "Range", "Host", "X-Forwarded-Proto", "User-Agent")
MANIFESTS = ", ".join(artifacts.INDEX | {"application/vnd.docker.distribution.manifest.v2+json",
                                         "application/vnd.oci.image.manifest.v1+json"})
# What an image says of itself, and what stands for nothing.
IMAGE_FACTS = {"architecture": "", "author": "", "config": {}, "created": None, "os": ""}
# Between two neighbours only, or made anew here.
DROPPED = {"connection", "transfer-encoding", "keep-alive", "date", "server", "x-content-type-options"}


def answer_v2(app, request, path: str) -> Response:
    with app.store.session(write=False) as db:
        caller = request.caller = app.gate.caller(request, db)
        given = caller.kind != "" or "Authorization" in request.headers
        if path in ("/v2/", "/v2"):
            refuse_if(not caller.kind, denied(app, request, "unauthorized", "", given))
            return Response("{}", headers=VERSION, content_type="application/json; charset=utf-8")
        if path == "/v2/_catalog":
            if not (caller.admin or caller.may("catalog", "read")):
                raise denied(app, request, "unauthorized to list catalog", "", True)
            names = list(db.scalars(select(artifacts.Repository.name).order_by(artifacts.Repository.name)))
            return plain({"repositories": names})
        match = NAME.fullmatch(path)
        refuse_if(not match, refused(f"un-recognized request: {request.method} {path}", ""))
        name = match["name"]
        if "/" not in name:
            request.new_sid = ""
            raise bad(f"bad request: invalid repository name: {name}")
        check(app, request, db, caller, name, given)
    if match["part"] in ("manifests", "tags", "referrers"):
        return HANDLERS[match["part"], request.method](app, request, name, match["reference"])
    if request.method == "PUT":
        return put_blob(app, request, name, path)
    return pass_on(app, request, path)


def put_blob(app, request, name: str, path: str) -> Response:
    """The last part of an upload; what it weighs is the quota's affair."""
    digest, size = request.args.get("digest", ""), request.content_length
    if not size:
        sent = requests.get(f"{app.settings.registry}{path}?{request.query_string.decode()}", timeout=30,
                            headers={"Authorization": basic(app.settings)}).headers.get("Range", "0--1")
        size = int(sent.partition("-")[2]) + 1
    with app.store.session(write=False) as db:
        artifacts.spend(db, artifacts.project_of(db, name), {digest: size})
    response = pass_on(app, request, path)
    if response.status_code == 201:
        with app.store.session() as db:
            project = artifacts.project_of(db, name)
            db.add(artifacts.Blob(artifact_id=0, project_id=project.id, digest=digest, size=size))
            artifacts.measure(db, project)
    return response


def check(app, request, db, caller: Caller, name: str, given: bool) -> None:
    action = ACTIONS.get(request.method, "push")
    scope = f"repository:{name}:{'pull' if action == 'pull' else 'pull,push' if action == 'push' else action}"
    project = db.scalar(select(Project).where(Project.name == name.split("/")[0]))
    if not given:
        message = "authorize header needed to send HEAD to repository" if action == "pull" else forbidden(name, action)
        raise denied(app, request, message, scope, given)
    refuse_if(project is None, refused(f"project {name.split('/')[0]} not found", ""))
    covered = caller.token is None or any(entry["name"] == name for entry in caller.token)
    if not (covered and caller.may_in(db, project, "repository", action)):
        raise denied(app, request, forbidden(name, action), scope, given)


def forbidden(name: str, action: str) -> str:
    return f"unauthorized to access repository: {name}, action: {action}"


def refused(message: str, challenge: str) -> Refused:
    return Refused("UNAUTHORIZED", f"{message}: {message}", headers={**VERSION, "WWW-Authenticate": challenge})


def denied(app, request, message: str, scope: str, given: bool) -> Refused:
    """Who came without credentials is told where to get a token: at the address that he himself has used."""
    if given:
        return refused(message, 'Basic realm="harbor"')
    realm = f"{urlsplit(app.settings.external_url).scheme}://{request.host}/service/token"
    challenge = f'Bearer realm="{realm}",service="harbor-registry"'
    return refused(message, challenge + (f',scope="{scope}"' if scope else ""))


def plain(data) -> Response:
    return Response(compact(data), content_type="application/json; charset=utf-8")


# --- manifests, tags --------------------------------------------------------------------------------------------------

def get_manifest(app, request, name: str, reference: str) -> Response:
    with app.store.session(write=False) as db:
        artifact = artifacts.find(db, name, reference)
        digest = artifact.digest
    response = pass_on(app, request, f"/v2/{name}/manifests/{digest}")
    # Who copies images for replication does not count as a reader.
    reader = "harbor-replication" not in request.headers.get("User-Agent", "")
    if request.method == "GET" and response.status_code == 200 and reader:
        with app.store.session() as db:
            artifacts.count_pull(db, artifact, reference)
        tags = [] if reference == digest else [reference]
        artifacts.announce(request, replication.Event("pull", name, digest, tags, artifact.project_id))
    return response


def put_manifest(app, request, name: str, reference: str) -> Response:
    content, tag = request.get_data(), "" if artifacts.DIGEST.fullmatch(reference) else reference
    with app.store.session(write=False) as db:
        home = artifacts.repository(db, name)
        known = home and db.scalar(select(Tag.id).where(Tag.repository_id == home.id, Tag.name == reference))
        if known and artifacts.frozen(db, home, reference):
            short = name.split("/", 1)[1]
            raise Refused("PRECONDITION",
                          f"Failed to process request due to '{short}:{reference}' configured as immutable.")
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        try:
            artifacts.spend(db, artifacts.project_of(db, name), artifacts.blobs_of(digest, content))
        except (ValueError, TypeError, KeyError, AttributeError):
            # Not a manifest: Docker Distribution says so.
            pass
    response = pass_on(app, request, request.path_sent, content)
    if response.status_code == 201:
        details = configuration(app, name, content)
        with app.store.session() as db:
            artifact = artifacts.note(db, name, response.headers["Docker-Content-Digest"], request.mimetype, content,
                                      [tag] if tag else [], details)
        if subject := json.loads(content).get("subject"):
            response.headers["OCI-Subject"] = subject["digest"]
        event = replication.Event("push", name, artifact.digest, [tag] if tag else [], artifact.project_id)
        artifacts.announce(request, event)
    return response


def fetch(app, name: str, part: str, reference: str) -> requests.Response:
    """From Docker Distribution, with the node's own password."""
    headers = {"Authorization": basic(app.settings), "Accept": MANIFESTS}
    return requests.get(f"{app.settings.registry}/v2/{name}/{part}/{reference}", headers=headers, timeout=30)


def copy(app, db, source: artifacts.Artifact, name: str) -> list[replication.Event]:
    """Into another repository of this Harbor, with all parts, signatures and tags."""
    manifest, events = fetch(app, source.repository_name, "manifests", source.digest), []
    content, home = manifest.json(), f"{app.settings.registry}/v2/{name}"
    parts = [artifacts.find(db, source.repository_name, part["digest"]) for part in content.get("manifests", [])]
    parts += [db.get(artifacts.Artifact, row.artifact_id) for row in artifacts.accessories(db, source)]
    for part in parts:
        if not db.scalar(select(artifacts.Artifact.id).where(artifacts.Artifact.repository_name == name,
                                                             artifacts.Artifact.digest == part.digest)):
            events += copy(app, db, part, name)
    own = {"Authorization": basic(app.settings)}
    for blob in [content["config"], *content.get("layers", [])] if "config" in content else []:
        query = {"mount": blob["digest"], "from": source.repository_name}
        requests.post(f"{home}/blobs/uploads/", params=query, headers=own, timeout=30).raise_for_status()
    kind, tags = manifest.headers["Content-Type"], [tag.name for tag in artifacts.tags(db, source)]
    requests.put(f"{home}/manifests/{source.digest}", manifest.content, headers={**own, "Content-Type": kind},
                 timeout=30).raise_for_status()
    found = artifacts.note(db, name, source.digest, kind, manifest.content, tags, source.extra_attrs)
    return [*events, replication.Event("push", name, found.digest, tags[:1], found.project_id)]


def configuration(app, name: str, content: bytes) -> dict:
    """What an artifact says of itself."""
    manifest = json.loads(content)
    config = manifest.get("config") or {}
    kind = artifacts.describe(manifest, 0, "").type
    if not config.get("size") or kind == "UNKNOWN":
        return {}
    found = fetch(app, name, "blobs", config["digest"]).json()
    return {key: found.get(key, empty) for key, empty in IMAGE_FACTS.items()} if kind == "IMAGE" else found


def delete_manifest(app, request, name: str, reference: str) -> Response:
    if not re.fullmatch(r"sha256:[0-9a-f]{64}", reference):
        raise Refused("UNSUPPORTED", f"unsupported digest {reference}: invalid checksum digest format")
    with app.store.session() as db:
        artifacts.discard(request, db, artifacts.find(db, name, reference))
    response = Response(status=202)
    del response.headers["Content-Type"]
    return response


def list_tags(app, request, name: str, dummy: str) -> Response:
    limit = request.args.get("n", "")
    refuse_if(limit and not (limit.isdigit() and int(limit) > 0), bad("the N must be a positive int type"))
    with app.store.session(write=False) as db:
        repository = artifacts.repository(db, name)
        refuse_if(repository is None, missing(f"repository {name}"))
        after = (Tag.repository_id == repository.id) & (Tag.name > request.args.get("last", ""))
        names = list(db.scalars(select(Tag.name).where(after).order_by(Tag.name)))
    response = plain({"name": name, "tags": names[:int(limit)] if limit else names})
    if limit and len(names) > int(limit):
        response.headers["Link"] = f'</v2/{name}/tags/list?last={names[int(limit) - 1]}&n={limit}>; rel="next"'
    return response


def list_referrers(app, request, name: str, digest: str) -> Response:
    with app.store.session(write=False) as db:
        kind = request.args.get("artifactType", "")
        found, total = artifacts.referrers(db, name, digest, kind), len(artifacts.referrers(db, name, digest, ""))
    index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": found}
    return answer(index, media=index["mediaType"], x_total_count=total)


HANDLERS = {("manifests", "GET"): get_manifest, ("manifests", "HEAD"): get_manifest, ("manifests", "PUT"): put_manifest,
            ("manifests", "DELETE"): delete_manifest, ("tags", "GET"): list_tags, ("referrers", "GET"): list_referrers}


# --- the way to Docker Distribution -----------------------------------------------------------------------------------

def pass_on(app, request, path: str, content: bytes | None = None) -> Response:
    query = request.query_string.decode()
    headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
    headers["Authorization"] = basic(app.settings)
    length = request.headers.get("Content-Length")
    chunked = content is None and length is None and "chunked" in request.headers.get("Transfer-Encoding", "")
    body = content if content is not None else request.environ["wsgi.input"] if chunked or length not in (None,
                                                                                                          "0") else None
    if content is None and length is not None:
        headers["Content-Length"] = length
    if chunked:
        headers["Transfer-Encoding"] = "chunked"
    where = urlsplit(app.settings.registry)
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=300)
    try:
        connection.request(request.method, path + (f"?{query}" if query else ""), body, headers, encode_chunked=chunked)
        found = connection.getresponse()
    except OSError as error:
        print(f"http: proxy error: {error}", flush=True)
        return Response(status=502)
    refuse_if(found.status == 404 and request.method == "HEAD", missing(path))
    kept = [(name, value) for name, value in found.getheaders() if name.lower() not in DROPPED]
    response = Response(stream(found, connection), found.status, kept, direct_passthrough=True)
    if found.getheader("Content-Type") is None:
        response.headers.pop("Content-Type", None)
    return response


def stream(found, connection):
    try:
        while block := found.read(1 << 16):
            yield block
    finally:
        connection.close()


def basic(settings) -> str:
    pair = f"{settings.registry_username}:{settings.registry_password}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


# --- tokens -----------------------------------------------------------------------------------------------------------

def token(app, request, db) -> Response:
    service = request.args.get("service", "")
    if service != "harbor-registry":
        return Response(f"Unable to handle service: {service}", 400, content_type="text/plain; charset=utf-8")
    caller, access = app.gate.caller(request, db), []
    for scope in " ".join(request.args.getlist("scope")).split():
        kind, dummy, rest = scope.partition(":")
        name, dummy, actions = rest.rpartition(":")
        if kind == "repository" and "/" in name:
            project = db.scalar(select(Project).where(Project.name == name.split("/")[0]))
            allowed = [action for action in actions.split(",") if project and caller.may_in(db, project, kind, action)]
            access.append({"type": kind, "name": name, "actions": allowed})
    return plain(app.gate.token(caller, access, setting(db, "token_expiration")))
