# A registry as a client sees it: another Harbor, a plain registry, or this Harbor itself through its own front.

import base64
import functools
import os
import re
import tempfile
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import quote, urljoin, urlsplit

import requests

from .web import refuse_if

HARBOR = "harbor"
# Types whose adapter asks the other side before anything else: one that does not answer is an error and not merely
# unhealthy.
TYPES = {HARBOR, "docker-hub", "docker-registry", "aws-ecr", "azure-acr", "google-gcr", "ali-acr", "huawei-SWR",
         "tencent-tcr", "volcengine-cr", "jfrog-artifactory", "quay", "gitlab", "dtr", "github-ghcr"}
MANIFESTS = ", ".join([
    "application/vnd.docker.distribution.manifest.v2+json", "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.index.v1+json"])


class Trouble(Exception):
    """The other side said no, or nothing. `status` is what it said."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Stream:
    """A blob on its way: requests asks for its length, and then reads."""

    def __init__(self, raw, length: int) -> None:
        self.read, self.len = raw.read, length


class Remote:
    def __init__(self, type: str, url: str, key: str = "", secret: str = "", service: bool = False,
                 insecure: bool = False, ca: str = "") -> None:
        self.type, self.url = type, url.rstrip("/")
        self.named = bool(key or secret)
        self.session = requests.Session()
        self.session.trust_env, self.tokens = False, {}
        # With a cookie of a session each write would need a CSRF token.
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.session.headers["User-Agent"] = "harbor-replication"
        if service:
            self.session.headers["Authorization"] = f"Harbor-Secret {secret}"
        elif self.named:
            self.session.headers["Authorization"] = "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()
        self.session.verify = not insecure and (trusted(ca) or True)

    def ask(self, method: str, path: str, good=(200,), **options) -> requests.Response:
        answer = self.send(method, path, **options)
        if answer.status_code == 401 and self.take_token(answer.headers.get("WWW-Authenticate", "")):
            answer = self.send(method, path, **options)
        if answer.status_code not in good:
            raise Trouble(f"http status code: {answer.status_code}, body: {answer.text.strip()[:300]}",
                          answer.status_code)
        return answer

    def send(self, method: str, path: str, **options) -> requests.Response:
        if token := self.tokens.get(repository_of(path)):
            options["headers"] = options.get("headers", {}) | {"Authorization": f"Bearer {token}"}
        try:
            return self.session.request(method, urljoin(self.url + "/", path.lstrip("/")), timeout=(5, 120), **options)
        except requests.RequestException as error:
            raise Trouble(f"{method} {self.url}{path}: {error}") from None

    def take_token(self, challenge: str) -> bool:
        """A registry that takes no passwords says where there are tokens for them."""
        known = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
        if not challenge.startswith("Bearer ") or not known.get("realm", "").startswith(("http://", "https://")):
            return False
        name = known.get("scope", "::").split(":")[1]
        scope = {"scope": f"repository:{name}:pull,push"} if name else {}
        try:
            found = self.session.get(known["realm"], params={"service": known.get("service", ""), **scope}, timeout=30)
            self.tokens[name] = found.json().get("token") or found.json().get("access_token")
        except (requests.RequestException, ValueError):
            return False
        return found.status_code == 200

    def healthy(self) -> bool:
        """False is "unhealthy"; Trouble means that there is not even an adapter."""
        if self.type == HARBOR:
            self.ask("GET", "/api/version")
        try:
            status = self.ask("GET", "/v2/", (200, 401)).status_code
        except Trouble:
            return False
        return status == 200 or not self.named

    # --- what it holds

    def pages(self, path: str, **query):
        number = 1
        while True:
            found = self.ask("GET", f"/api/v2.0{path}", params={**query, "page": number, "page_size": 100}).json()
            yield from found
            if len(found) < 100:
                return
            number += 1

    def repositories(self, projects: list[str] | None, known: list[str] | None):
        """Of these projects, as far as they are there, or of all. Who has no projects is asked only for names that are
        not known already."""
        if self.type == HARBOR:
            names = [name for name in projects or [] if self.project(name)]
            for project in names or [row["name"] for row in self.pages("/projects")]:
                for row in self.pages(f"/projects/{project}/repositories", sort="name"):
                    yield row["name"]
        else:
            yield from known or self.ask("GET", "/v2/_catalog?n=1000").json()["repositories"] or []

    def artifacts(self, name: str) -> list[dict]:
        """Each with its digest (empty: not known yet), its tags, its labels and what is attached to it or a part."""
        if self.type == HARBOR:
            project, rest = name.split("/", 1)
            place = f"/projects/{project}/repositories/{quote(quote(rest, safe=''))}/artifacts"
            rows = self.pages(place, with_label="true", with_accessory="true", sort="id")
            return [plain(row) | {"accessories": [*self.attached(place, row), *(
                one for part in row["references"] or [] for one in self.attached(
                    place, self.artifact(place, part["child_digest"])))]} for row in rows]
        tags = self.ask("GET", f"/v2/{name}/tags/list", (200, 404)).json().get("tags") or []
        return [{"digest": "", "tags": [tag], "labels": []} for tag in tags]

    def artifact(self, place: str, digest: str) -> dict:
        return self.ask("GET", f"/api/v2.0{place}/{digest}?with_accessory=true").json()

    def attached(self, place: str, row: dict):
        """An accessory may have some of its own."""
        for one in row["accessories"] or []:
            found = self.artifact(place, one["digest"])
            yield plain(found)
            yield from self.attached(place, found)

    def project(self, name: str) -> dict:
        rows = self.pages("/projects", q=f"name={name}")
        return next((row for row in rows if row["name"] == name), {})

    def public(self, project: str) -> str:
        return self.project(project).get("metadata", {}).get("public", "false") if self.type == HARBOR else "false"

    def prepare(self, projects: dict[str, str]) -> set[str]:
        """Makes those that are not there, public or not; answers with those that are caches of another registry."""
        if self.type != HARBOR:
            return set()
        names = " ".join(f"'{name}'" for name in sorted(projects))
        known = {row["name"]: row.get("registry_id") for row in self.pages("/projects", q=f"name={{{names}}}")}
        for name in sorted(set(projects) - set(known)):
            self.ask("POST", "/api/v2.0/projects", (201, 409),
                     json={"project_name": name, "metadata": {"public": projects[name]}})
        return {name for name, cached in known.items() if cached}

    # --- manifests and blobs

    def digest(self, name: str, reference: str) -> str:
        answer = self.ask("HEAD", f"/v2/{name}/manifests/{reference}", (200, 404), headers={"Accept": MANIFESTS})
        return answer.headers.get("Docker-Content-Digest", "") if answer.status_code == 200 else ""

    def manifest(self, name: str, reference: str) -> requests.Response:
        return self.ask("GET", f"/v2/{name}/manifests/{reference}", headers={"Accept": MANIFESTS})

    def put_manifest(self, name: str, reference: str, content: bytes, kind: str) -> None:
        self.ask("PUT", f"/v2/{name}/manifests/{reference}", (201,), data=content, headers={"Content-Type": kind})

    def take_blob(self, name: str, blob: dict, source: "Remote", source_name: str) -> None:
        if self.ask("HEAD", f"/v2/{name}/blobs/{blob['digest']}", (200, 404)).status_code == 200:
            return
        with source.ask("GET", f"/v2/{source_name}/blobs/{blob['digest']}", stream=True) as found:
            place = self.ask("POST", f"/v2/{name}/blobs/uploads/", (202,)).headers["Location"]
            place = urlsplit(place)._replace(scheme="", netloc="").geturl()
            self.ask("PUT", place + f"{'&' if '?' in place else '?'}digest={blob['digest']}", (201,),
                     data=Stream(found.raw, blob["size"]), headers={"Content-Type": "application/octet-stream"})

    def delete_manifest(self, name: str, digest: str) -> None:
        self.ask("DELETE", f"/v2/{name}/manifests/{digest}", (200, 202, 404))

    def delete_tag(self, name: str, tag: str) -> None:
        refuse_if(self.type != HARBOR, Trouble("the tag deletion isn't supported"))
        project, rest = name.split("/", 1)
        self.ask("DELETE",
                 f"/api/v2.0/projects/{project}/repositories/{quote(quote(rest, safe=''))}/artifacts/{tag}/tags/{tag}",
                 (200, 404))


def repository_of(path: str) -> str:
    match = re.match("/v2/(.+?)/(?:manifests|blobs|tags)/", path)
    return match[1] if match else "" if path == "/v2/" else "-"


def plain(row: dict) -> dict:
    return {"digest": row["digest"], "tags": [tag["name"] for tag in row["tags"] or []],
            "labels": [label["name"] for label in row["labels"] or []]}


@functools.cache
def trusted(text: str) -> str:
    """A file with the CA, which is what the client library wants."""
    if not text:
        return ""
    handle, path = tempfile.mkstemp(suffix=".pem")
    with os.fdopen(handle, "w") as file:
        file.write(text)
    return path
