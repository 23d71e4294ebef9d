# Who is asking: passwords, sessions, the CSRF check, registry tokens, and the sealing of stored passwords with
# secretkey.

import base64
import functools
import hashlib
import hmac
import json
import re
import secrets
import time

import jwt
import redis
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from sqlalchemy import select

try:
    from cryptography.hazmat.decrepit.ciphers.modes import CFB
except ImportError:
    # Where it stood before it was called decrepit.
    from cryptography.hazmat.primitives.ciphers.modes import CFB

from . import rights
from .settings import Settings, redis_location
from .store import Member, Robot, User, setting
from .web import Broken, Refused, refuse_if

LOCK = 1.5


# --- passwords and seals ----------------------------------------------------------------------------------------------

def hashed(password: str) -> str:
    """Far fewer rounds than Harbor has: tests log in all the time."""
    salt = secrets.token_hex(8)
    return f"{salt}${hashlib.pbkdf2_hmac('sha256', password.encode(), salt.encode(), 1000).hex()}"


@functools.lru_cache(4096)
def matches(password: str, stored: str) -> bool:
    salt, dummy, digest = stored.partition("$")
    return hmac.compare_digest(hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), 1000).hex(), digest)


def strong(password: str) -> bool:
    return 8 <= len(password) <= 128 and all(re.search(part, password) for part in ("[A-Z]", "[a-z]", "[0-9]"))


def seal(text: str, key: bytes) -> str:
    """AES-CFB without a check sum: with another key it opens to rubbish, silently. A cluster must avoid just that."""
    vector = secrets.token_bytes(16)
    cipher = Cipher(algorithms.AES(key), CFB(vector)).encryptor()
    return base64.b64encode(vector + cipher.update(text.encode())).decode() if text else ""


def unseal(text: str, key: bytes) -> str:
    if not text:
        return ""
    raw = base64.b64decode(text)
    return Cipher(algorithms.AES(key), CFB(raw[:16])).decryptor().update(raw[16:]).decode(errors="replace")


# --- who is asking ----------------------------------------------------------------------------------------------------

class Caller:
    """A user, a robot, a service of Harbor's own, the bearer of a registry token, or nobody."""

    def __init__(self, kind: str = "", name: str = "", user: User | None = None, robot: Robot | None = None,
                 token: dict | None = None) -> None:
        self.kind, self.name, self.user, self.robot, self.token = kind, name, user, robot, token

    @property
    def admin(self) -> bool:
        return self.kind == "service" or bool(self.user and self.user.sysadmin_flag)

    def role(self, db, project_id: int) -> int:
        if not self.user:
            return 0
        return db.scalar(select(Member.role).where(Member.project_id == project_id, Member.entity_type == "u",
                                                   Member.entity_id == self.user.id)) or 0

    def granted(self, scopes: set[str], resource: str, action: str) -> bool:
        """What the list of a robot says of any of these scopes: one that allows, and none that denies."""
        found = {one.get("effect") or "allow" for scope, access in self.robot.permissions.items() if scope in scopes
                 for one in access if one["resource"] == resource and one["action"] in actions(self.robot, action)}
        return "allow" in found and "deny" not in found

    def may(self, resource: str, action: str) -> bool:
        return self.admin or bool(self.robot and not self.robot.project_id
                                  and self.granted({"/system"}, resource, action))

    def may_in(self, db, project, resource: str, action: str) -> bool:
        """Without a project: in one that is not there."""
        if self.token is not None:
            return any(entry["type"] == resource and entry["name"].startswith(f"{project.name}/")
                       and action in entry["actions"] for entry in self.token)
        if self.admin or project is None:
            return self.admin
        # A robot for the system alone does not know of projects, not even of public ones.
        knows = not self.robot or self.robot.project_id or set(self.robot.permissions) - {"/system"}
        if knows and project.meta.get("public") == "true" and rights.public(resource, action):
            return True
        if self.robot:
            return self.granted({"/project/*", f"/project/{project.id}"}, resource, action)
        return rights.granted(self.role(db, project.id), resource, action)


def actions(robot: Robot, action: str) -> set[str]:
    """Who may push may pull, but only a robot of a project."""
    return {action, "push"} if action == "pull" and robot.project_id else {action}


class Gate:
    """Recognises callers. Failed logins of a user lock that name for a moment, in this process only."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.failed = settings, {}
        self.sessions = RedisSessions(settings.redis) if settings.redis else Sessions()

    def caller(self, request, db) -> Caller:
        scheme, dummy, value = request.headers.get("Authorization", "").partition(" ")
        if scheme == "Harbor-Secret" and value == self.settings.jobservice_secret:
            return Caller("service", "jobservice")
        if scheme == "Bearer" and request.route == "v2":
            return self.bearer(value)
        if request.authorization and request.authorization.type == "basic":
            name, password = request.authorization.username or "", request.authorization.password or ""
            if found := self.robot(db, name, password) or self.login(db, name, password):
                return found
        if number := self.sessions.get(request.cookies.get("sid", "")).get("user"):
            user = db.get(User, number)
            return Caller("user", user.username, user) if user and not user.deleted else Caller()
        return Caller()

    def login(self, db, name: str, password: str) -> Caller | None:
        if time.monotonic() < self.failed.get(name, 0):
            return None
        user = db.scalar(select(User).where((User.username == name) | (User.email == name),
                                            User.deleted.is_(False))) if name else None
        if user and matches(password, user.password):
            return Caller("user", user.username, user)
        if name:
            self.failed[name] = time.monotonic() + LOCK
            time.sleep(LOCK)
        return None

    @staticmethod
    def robot(db, name: str, secret: str) -> Caller | None:
        prefix = setting(db, "robot_name_prefix")
        if not name.startswith(prefix):
            return None
        robot = db.scalar(select(Robot).where(Robot.name == name.removeprefix(prefix)))
        alive = robot and not robot.disable and (robot.expires_at == -1 or robot.expires_at > time.time())
        return Caller("robot", name, robot=robot) if alive and matches(secret, robot.secret) else None

    # --- registry tokens

    def token(self, caller: Caller, access: list[dict], minutes: int) -> dict:
        started, seconds, key = int(time.time()), 60 * minutes, self.settings.private_key
        refuse_if("BEGIN RSA PRIVATE KEY" not in key, Broken())
        claims = {"iss": "harbor-token-issuer", "sub": caller.name, "aud": "harbor-registry", "exp": started + seconds,
                  "nbf": started, "iat": started, "jti": secrets.token_hex(8), "access": access}
        issued = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started))
        return {"token": jwt.encode(claims, key, "RS256"), "access_token": "", "expires_in": seconds,
                "issued_at": issued}

    def bearer(self, text: str) -> Caller:
        """A token of another node is good here only if both hold the same key."""
        try:
            key = public_key(self.settings.private_key)
            claims = jwt.decode(text, key, ["RS256"], audience="harbor-registry", issuer="harbor-token-issuer",
                                leeway=60)
        except jwt.InvalidTokenError as error:
            if isinstance(error, jwt.InvalidSignatureError):
                print("token signature is invalid: crypto/rsa: verification error", flush=True)
            return Caller()
        return Caller("token", claims["sub"], token=claims["access"] or [])

    # --- CSRF

    def check_csrf(self, request) -> tuple[dict, Refused | None]:
        """Headers of the answer, and the refusal if there is one. The key of all nodes binds cookie and token."""
        refuse_if(len(self.settings.csrf_key) != 32, Broken())
        seed, headers = self.open_cookie(request.cookies.get("_gorilla_csrf", "")), {}
        refused = None
        if request.method not in ("GET", "HEAD", "OPTIONS", "TRACE"):
            given = request.headers.get("X-Harbor-CSRF-Token", "")
            nonce, dummy, proof = given.partition(".")
            if not given:
                refused = Refused("FORBIDDEN", "CSRF token not found in request")
            elif not (seed and hmac.compare_digest(proof, self.sign(f"{seed}{nonce}"))):
                refused = Refused("FORBIDDEN", "CSRF token invalid")
        if not seed:
            seed = secrets.token_hex(16)
            secure = "; Secure" if self.settings.external_url.startswith("https") else ""
            cookie = f"_gorilla_csrf={seed}.{self.sign(seed)}"
            headers["Set-Cookie"] = f"{cookie}; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict{secure}"
        nonce = secrets.token_hex(16)
        headers["X-Harbor-Csrf-Token"] = f"{nonce}.{self.sign(f'{seed}{nonce}')}"
        return headers, refused

    def open_cookie(self, text: str) -> str:
        seed, dummy, proof = text.partition(".")
        return seed if seed and hmac.compare_digest(proof, self.sign(seed)) else ""

    def sign(self, text: str) -> str:
        return hmac.new(self.settings.csrf_key, text.encode(), "sha256").hexdigest()


_keys: dict[str, object] = {}


def public_key(private: str):
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    if private not in _keys:
        _keys[private] = load_pem_private_key(private.encode(), None).public_key()
    return _keys[private]


# --- sessions ---------------------------------------------------------------------------------------------------------

class Sessions:
    """In memory."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def load(self, sid: str) -> str | None:
        return self.kept.get(sid)

    def keep(self, sid: str, text: str) -> None:
        self.kept[sid] = text

    def drop(self, sid: str) -> None:
        self.kept.pop(sid, None)

    def get(self, sid: str) -> dict:
        return json.loads(self.load(sid) or "{}") if sid else {}

    def start(self, content: dict | None = None) -> str:
        sid = secrets.token_hex(16)
        self.keep(sid, json.dumps(content or {}))
        return sid

    def ping(self) -> None:
        pass


class RedisSessions(Sessions):
    """In the Redis that all nodes share."""

    def __init__(self, url: str) -> None:
        where = redis_location(url)
        self.client = redis.Redis(**where, socket_timeout=2, socket_connect_timeout=2, decode_responses=True)

    def load(self, sid: str) -> str | None:
        return self.attempt("get", sid)

    def keep(self, sid: str, text: str) -> None:
        self.attempt("set", sid, text, ex=3600)

    def drop(self, sid: str) -> None:
        self.attempt("delete", sid)

    def attempt(self, verb: str, *values, **options):
        """Without Redis there are no sessions, but requests with a password still work, slowly."""
        try:
            return getattr(self.client, verb)(*values, **options)
        except redis.RedisError as error:
            print(f"session: {error}", flush=True)
            return None

    def ping(self) -> None:
        self.client.ping()
