# A registry as a client sees it: another Harbor, a plain registry, or this Harbor itself through its own front.

import functools
import itertools
import tempfile
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import quote, urlsplit

from requests import RequestException as Trouble, Response, Session
from requests.utils import parse_dict_header
from werkzeug.datastructures import Authorization

from .facts import MANIFESTS
from .web import API, refuse_if

HARBOR = "harbor"
# What a registry is to its client.
CLIENT = ("type", "url", "access_key", "access_secret", "insecure", "ca_certificate")


class Remote:
    """What the other side refuses is Trouble, as is its silence."""

    def __init__(self, type: str, url: str, access_key: str = "", access_secret: str = "", insecure: bool = False,
                 ca_certificate: str = "", service: bool = False) -> None:
        self.type, self.url, self.session = type, url.rstrip("/"), Session()
        basic = Authorization("basic", {"username": access_key, "password": access_secret}).to_header()
        self.own = f"Harbor-Secret {access_secret}" if service else basic if access_key or access_secret else None
        self.session.headers.update({"User-Agent": "harbor-replication", "Authorization": self.own})
        self.session.trust_env = False
        self.session.verify = not insecure and (not ca_certificate or trusted(ca_certificate))
        # With a cookie of a session each write would need a CSRF token.
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def ask(self, method: str, path: str, good=(200,), **options) -> Response:
        send = functools.partial(self.session.request, method, self.url + path, timeout=(5, 120), **options)
        answer = send()
        if answer.status_code == 401 and (token := self.token(answer.headers.get("WWW-Authenticate", ""))):
            self.session.headers["Authorization"] = f"Bearer {token}"
            answer = send()
        if answer.status_code not in good:
            raise Trouble(f"http status code: {answer.status_code}, body: {answer.text.strip()[:300]}", response=answer)
        return answer

    def token(self, challenge: str) -> str | None:
        """A registry that takes no passwords says where there are tokens for them, each for one repository."""
        where = parse_dict_header(challenge.removeprefix("Bearer "))
        if not (realm := where.pop("realm", "")):
            return None
        found = self.session.get(realm, params=where, headers={"Authorization": self.own}, timeout=30).json()
        return found.get("token") or found.get("access_token")

    def check(self) -> None:
        """An adapter is made first: only that of a Harbor asks the other side."""
        if self.type == HARBOR:
            self.ask("GET", "/api/version")

    # --- what it holds

    def pages(self, path: str, **query):
        for number in itertools.count(1):
            found = self.ask("GET", API + path, params={**query, "page": number, "page_size": 100}).json()
            yield from found
            if len(found) < 100:
                return

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
            rows = self.pages(place_of(name), with_label="true", with_accessory="true", sort="id")
            return [plain(row) | {"accessories": list(self.attached(place_of(name), row))} for row in rows]
        tags = self.ask("GET", f"/v2/{name}/tags/list", (200, 404)).json().get("tags") or []
        return [{"digest": "", "tags": [tag], "labels": []} for tag in tags]

    def attached(self, place: str, row: dict):
        """Accessories, which may have some of their own."""
        own = [one["digest"] for one in row["accessories"] or []]
        for digest in own + [part["child_digest"] for part in row["references"] or []]:
            found = self.ask("GET", f"{API}{place}/{digest}?with_accessory=true").json()
            if digest in own:
                yield plain(found)
            yield from self.attached(place, found)

    def project(self, name: str) -> dict:
        rows = self.pages("/projects", q=f"name={name}") if self.type == HARBOR else []
        return next((row for row in rows if row["name"] == name), {})

    def prepare(self, homes: dict[str, str], source: "Remote") -> set[str]:
        """Makes the projects that are not there, public as those of the source; answers with those that are caches of
        another registry."""
        if self.type != HARBOR:
            return set()
        names = " ".join(f"'{name}'" for name in sorted(homes))
        known = {row["name"]: row.get("registry_id") for row in self.pages("/projects", q=f"name={{{names}}}")}
        for name in sorted(set(homes) - set(known)):
            public = source.project(homes[name]).get("metadata", {}).get("public", "false")
            self.ask("POST", f"{API}/projects", (201, 409), json={"project_name": name, "metadata": {"public": public}})
        return {name for name, cached in known.items() if cached}

    # --- manifests and blobs

    def digest(self, name: str, reference: str) -> str:
        answer = self.ask("HEAD", f"/v2/{name}/manifests/{reference}", (200, 404), headers={"Accept": MANIFESTS})
        return answer.headers.get("Docker-Content-Digest", "")

    def manifest(self, name: str, reference: str) -> Response:
        return self.ask("GET", f"/v2/{name}/manifests/{reference}", headers={"Accept": MANIFESTS})

    def put_manifest(self, name: str, reference: str, content: bytes, kind: str) -> None:
        self.ask("PUT", f"/v2/{name}/manifests/{reference}", (201,), data=content, headers={"Content-Type": kind})

    def take_blob(self, name: str, blob: dict, source: "Remote", source_name: str) -> None:
        if self.ask("HEAD", f"/v2/{name}/blobs/{blob['digest']}", (200, 404)).status_code == 200:
            return
        with source.ask("GET", f"/v2/{source_name}/blobs/{blob['digest']}", stream=True) as found:
            # On its way: requests asks for the length, and then reads.
            found.raw.len = blob["size"]
            place = urlsplit(self.ask("POST", f"/v2/{name}/blobs/uploads/", (202,)).headers["Location"])
            query = f"{place.query}&digest={blob['digest']}".lstrip("&")
            self.ask("PUT", f"{place.path}?{query}", (201,), data=found.raw,
                     headers={"Content-Type": "application/octet-stream"})

    def delete_manifest(self, name: str, digest: str) -> None:
        self.ask("DELETE", f"/v2/{name}/manifests/{digest}", (200, 202, 404))

    def delete_tag(self, name: str, tag: str) -> None:
        refuse_if(self.type != HARBOR, Trouble("the tag deletion isn't supported"))
        self.ask("DELETE", f"{API}{place_of(name)}/{tag}/tags/{tag}", (200, 404))


def place_of(repository: str) -> str:
    """Where the API has its artifacts."""
    project, rest = repository.split("/", 1)
    return f"/projects/{project}/repositories/{quote(quote(rest, safe=''))}/artifacts"


def plain(row: dict) -> dict:
    return {"digest": row["digest"], "tags": [tag["name"] for tag in row["tags"] or []],
            "labels": [label["name"] for label in row["labels"] or []]}


@functools.cache
def trusted(text: str) -> str:
    """A file with the CA, which is what the client library wants."""
    with tempfile.NamedTemporaryFile("w", suffix=".pem", delete=False) as file:
        file.write(text)
    return file.name
