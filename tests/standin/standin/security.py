# Who is asking: passwords, sessions, the CSRF check, registry tokens, and the sealing of stored passwords with
# secretkey.

import base64
import dataclasses
import functools
import hmac
import json
import re
import secrets
import time

import jwt
import redis
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from werkzeug.security import check_password_hash, generate_password_hash

try:
    from cryptography.hazmat.decrepit.ciphers.modes import CFB
except ImportError:
    # Where it stood before it was called decrepit.
    from cryptography.hazmat.primitives.ciphers.modes import CFB

from .facts import HOLDERS, LETTERS
from .settings import Settings, redis_client
from .store import Member, Robot, User, first, setting
from .web import Broken, Refused, refuse_if

LOCK = 1.5


# --- passwords and seals ----------------------------------------------------------------------------------------------

def hashed(password: str) -> str:
    """Far fewer rounds than Harbor has: tests log in all the time."""
    return generate_password_hash(password, "pbkdf2:sha256:1000")


@functools.lru_cache(4096)
def matches(password: str, stored: str) -> bool:
    return check_password_hash(stored, password)


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

@dataclasses.dataclass
class Caller:
    """A user, a robot, a service of Harbor's own, the bearer of a registry token, or nobody."""
    kind: str = ""
    name: str = ""
    user: User | None = None
    robot: Robot | None = None
    token: list | None = None

    @property
    def admin(self) -> bool:
        return self.kind == "service" or bool(self.user and self.user.sysadmin_flag)

    def role(self, db, project_id: int) -> int:
        found = self.user and first(db, Member, project_id=project_id, entity_type="u", entity_id=self.user.id)
        return found.role if found else 0

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
        if knows and project.meta.get("public") == "true" and "P" in HOLDERS.get((resource, action), ""):
            return True
        if self.robot:
            return self.granted({"/project/*", f"/project/{project.id}"}, resource, action)
        return LETTERS.get(self.role(db, project.id), "-") in HOLDERS.get((resource, action), "")


def actions(robot: Robot, action: str) -> set[str]:
    """Who may push may pull, but only a robot of a project."""
    return {action, "push"} if action == "pull" and robot.project_id else {action}


class Gate:
    """Recognises callers. Failed logins of a user lock that name for a moment, in this process only."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.failed = settings, {}
        self.sessions = Sessions(settings.redis)

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
        session = self.sessions.get(request.cookies.get("sid", "")) or {}
        user = db.get(User, session["user"]) if "user" in session else None
        return Caller("user", user.username, user) if user and not user.deleted else Caller()

    def login(self, db, name: str, password: str) -> Caller | None:
        if time.monotonic() < self.failed.get(name, 0):
            return None
        user = first(db, User, (User.username == name) | (User.email == name), deleted=False) if name else None
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
        robot = first(db, Robot, name=name.removeprefix(prefix))
        alive = robot and not robot.disable and (robot.expires_at == -1 or robot.expires_at > time.time())
        return Caller("robot", name, robot=robot) if alive and matches(secret, robot.secret) else None

    # --- registry tokens

    def token(self, caller: Caller, access: list[dict], minutes: int) -> dict:
        started, seconds, key = int(time.time()), 60 * minutes, self.settings.private_key
        refuse_if("BEGIN RSA PRIVATE KEY" not in key, Broken())
        claims = {"iss": "harbor-token-issuer", "sub": caller.name, "aud": "harbor-registry", "exp": started + seconds,
                  "nbf": started, "iat": started, "jti": secrets.token_hex(8), "access": access}
        return {"token": jwt.encode(claims, key, "RS256"), "access_token": "", "expires_in": seconds,
                "issued_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started))}

    def bearer(self, text: str) -> Caller:
        """A token of another node is good here only if both hold the same key."""
        try:
            claims = jwt.decode(text, public_key(self.settings.private_key), ["RS256"], leeway=60,
                                audience="harbor-registry", issuer="harbor-token-issuer")
        except jwt.InvalidTokenError as error:
            if isinstance(error, jwt.InvalidSignatureError):
                print("token signature is invalid: crypto/rsa: verification error", flush=True)
            return Caller()
        return Caller("token", claims["sub"], token=claims["access"] or [])

    # --- CSRF

    def check_csrf(self, request) -> tuple[dict, Refused | None]:
        """Headers of the answer, and the refusal if there is one. The key of all nodes binds cookie and token."""
        refuse_if(len(self.settings.csrf_key) != 32, Broken())
        seed, dummy, proof = request.cookies.get("_gorilla_csrf", "").partition(".")
        seed, headers, refused = seed if self.signed(seed, proof) else "", {}, None
        if request.method not in ("GET", "HEAD", "OPTIONS", "TRACE"):
            given = request.headers.get("X-Harbor-CSRF-Token", "")
            nonce, dummy, proof = given.partition(".")
            if not (given and seed and self.signed(seed + nonce, proof)):
                refused = Refused("FORBIDDEN", f"CSRF token {'invalid' if given else 'not found in request'}")
        if not seed:
            seed = secrets.token_hex(16)
            secure = "; Secure" if self.settings.external_url.startswith("https") else ""
            cookie = f"_gorilla_csrf={seed}.{self.sign(seed)}"
            headers["Set-Cookie"] = f"{cookie}; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict{secure}"
        nonce = secrets.token_hex(16)
        headers["X-Harbor-Csrf-Token"] = f"{nonce}.{self.sign(f'{seed}{nonce}')}"
        return headers, refused

    def signed(self, text: str, proof: str) -> bool:
        return hmac.compare_digest(proof, self.sign(text))

    def sign(self, text: str) -> str:
        return hmac.new(self.settings.csrf_key, text.encode(), "sha256").hexdigest()


@functools.cache
def public_key(private: str):
    return load_pem_private_key(private.encode(), None).public_key()


# --- sessions ---------------------------------------------------------------------------------------------------------

class Memory(dict):
    """What one process keeps for itself, spoken to as to a Redis."""

    def set(self, key: str, value: str, ex: int) -> None:
        self[key] = value

    def delete(self, key: str) -> None:
        self.pop(key, None)

    def ping(self) -> None:
        pass


class Sessions:
    """In the Redis that all nodes share. Without it there are none, but requests with a password still work, slowly."""

    def __init__(self, url: str) -> None:
        options = {"socket_timeout": 2, "socket_connect_timeout": 2, "decode_responses": True}
        self.client = redis_client(url, **options) if url else Memory()

    def attempt(self, verb: str, *values, **options):
        try:
            return getattr(self.client, verb)(*values, **options)
        except redis.RedisError as error:
            print(f"session: {error}", flush=True)
            return None

    def get(self, sid: str) -> dict | None:
        text = self.attempt("get", sid) if sid else None
        return text and json.loads(text)

    def start(self, content: dict | None = None) -> str:
        sid = secrets.token_hex(16)
        self.attempt("set", sid, json.dumps(content or {}), ex=3600)
        return sid

    def drop(self, sid: str) -> None:
        self.attempt("delete", sid)
