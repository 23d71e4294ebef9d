"""Is HTTP right? The transport against a server on a local socket that answers as it is told: paging, faults, lost
answers, logins.
"""

import contextlib
import datetime
import ipaddress
import json
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import (
    ApiError,
    HarborError,
    InputError,
    LostAnswer,
)
from ansible_collections.anchorage.harbor.plugins.module_utils.transport import Transport
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

VERSION = (200, {}, {"harbor_version": "v2.15.2-abc"})


class Server(ThreadingHTTPServer):
    """`answers` maps "VERB path" to a list of answers, the last of which stays; an answer is (status, headers, body)
    or "cut", or "late" (cut once `late` is set). Notes every request.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.seen, self.connections = {"GET /api/v2.0/systeminfo": [VERSION]}, [], 0
        self.late = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True, kwargs={"poll_interval": 0.01}).start()

    def get_request(self):
        self.connections += 1
        return super().get_request()

    def asked(self, verb, path):
        return [request for request in self.seen if request["verb"] == verb and request["path"] == path]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.server.seen.append(
            {
                "verb": self.command,
                "path": parts.path,
                "query": query,
                "raw": parts.query,
                "headers": dict(self.headers),
                "body": body,
            }
        )
        queue = self.server.answers.get(
            "%s %s" % (self.command, parts.path),
            [(404, {}, {"errors": [{"code": "NOT_FOUND", "message": "not there"}]})],
        )
        told = queue.pop(0) if len(queue) > 1 else queue[0]
        if told == "late":
            self.server.late.wait(30)
        if told in ("cut", "late"):
            self.close_connection = True
            return
        status, headers, content = told(query) if callable(told) else told
        content = content.encode() if isinstance(content, str) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in dict(headers, **{"Content-Length": len(content)}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        self.close_connection = "X-Then" in headers

    do_GET = do_POST = do_PUT = do_DELETE = answer

    def log_message(self, *arguments):
        """Quiet."""


@pytest.fixture(name="server")
def fixture_server():
    server = Server()
    yield server
    server.shutdown()
    server.server_close()


class Pauses(list):
    def __call__(self, seconds):
        self.append(seconds)


def connect(server, scheme="http", **more):
    connection = {
        "url": "%s://127.0.0.1:%d" % (scheme, server.server_port),
        "username": "robot$ci",
        "password": "s3cret",
        "timeout": 5,
    }
    return Transport(dict(connection, **more), pause=Pauses())


def test_pages_are_counted_and_kept_in_order(server):
    def page(query):
        start = (int(query["page"]) - 1) * 100
        return 200, {"X-Total-Count": 230}, [{"name": f"p{number}"} for number in range(start, min(start + 100, 230))]

    server.answers["GET /api/v2.0/projects"] = [page]
    rows = connect(server).list("/projects", {"sort": "name"})
    assert [row["name"] for row in rows] == [f"p{number}" for number in range(230)]
    assert sorted(request["query"]["page"] for request in server.asked("GET", "/api/v2.0/projects")) == ["1", "2", "3"]
    assert {request["query"]["page_size"] for request in server.asked("GET", "/api/v2.0/projects")} == {"100"}


def test_connections_are_kept(server):
    server.answers["GET /api/v2.0/projects"] = [(200, {}, [])]
    transport = connect(server)
    for number in range(20):
        transport.list("/projects", {"n": number})
    assert server.connections == 1
    transport.map(lambda number: transport.list("/projects"), range(100))
    assert server.connections <= 8


def test_a_connection_that_was_hung_up_meanwhile_is_not_used(server):
    server.answers["GET /api/v2.0/labels"] = [(200, {"X-Then": "hang up"}, [])]
    server.answers["POST /api/v2.0/labels"] = [(201, {"Location": "/1"}, "")]
    transport = connect(server)
    transport.list("/labels")
    line = transport.session.lines.queue[-1]
    assert urllib3.util.wait_for_read(line.sock, timeout=5)
    assert transport.post("/labels", {}) == 1 and server.connections == 2


@pytest.mark.parametrize(
    "name, raw",
    [
        ("web", "name%3Dweb"),
        ("a b+c%", "name%3Da%2520b%252Bc%2525"),
        ("~x", "name%3D%5C%257Ex"),
        ("ü", "name%3D%25C3%25BC"),
    ],
)
def test_a_query_is_escaped_twice_and_its_answer_looked_at_again(server, name, raw):
    server.answers["GET /api/v2.0/labels"] = [(200, {}, [{"name": "other"}, {"name": name, "id": 4}])]
    assert connect(server).find("/labels", "name", name) == [{"name": name, "id": 4}]
    asked = server.asked("GET", "/api/v2.0/labels")[0]["raw"]
    assert "q=%s&" % raw in asked or asked.endswith("q=%s" % raw) or raw.replace("%257E", "~") in asked


def test_a_comma_cannot_be_asked_for(server):
    server.answers["GET /api/v2.0/labels"] = [(200, {}, [{"name": "a,b"}])]
    assert connect(server).find("/labels", "name", "a,b") == [{"name": "a,b"}]
    assert "q" not in server.asked("GET", "/api/v2.0/labels")[0]["query"]


@pytest.mark.parametrize("fault", [(502, {}, "<html>"), (503, {}, ""), (504, {}, ""), (429, {}, ""), "cut"])
def test_a_read_and_a_put_outlast_a_fault(server, fault):
    server.answers["GET /api/v2.0/labels"] = [fault, fault, (200, {}, [{"name": "a"}])]
    server.answers["PUT /api/v2.0/labels/1"] = [fault, (200, {}, "")]
    transport = connect(server)
    assert transport.list("/labels") == [{"name": "a"}]
    transport.write("PUT", "/labels/1", {"name": "b"})
    assert len(server.asked("PUT", "/api/v2.0/labels/1")) == 2
    assert len(transport.pause) == 3 and 0.4 <= transport.pause[0] < transport.pause[1]


def test_a_fault_that_stays_is_an_error_with_verb_path_and_status(server):
    server.answers["GET /api/v2.0/labels"] = [(503, {}, "")]
    with pytest.raises(ApiError, match="GET /labels: 503 no reason given"):
        connect(server).list("/labels")
    assert len(server.asked("GET", "/api/v2.0/labels")) == 4


@pytest.mark.parametrize("fault", ["cut", (502, {}, "<html>"), (503, {}, ""), (504, {}, "")])
def test_a_post_is_never_sent_twice(server, fault):
    server.answers["POST /api/v2.0/labels"] = [fault]
    with pytest.raises(LostAnswer):
        connect(server).post("/labels", {"name": "a"})
    assert len(server.asked("POST", "/api/v2.0/labels")) == 1


def test_nobody_listens():
    with pytest.raises(ApiError, match="GET /systeminfo: no answer from http://127.0.0.1:1 "):
        Transport({"url": "http://127.0.0.1:1", "username": "robot$ci", "password": "x"}, pause=Pauses())


@pytest.mark.parametrize(
    "location, ident", [("/api/v2.0/labels/12", 12), ("/api/v2.0/p2p/preheat/instances/name", "name")]
)
def test_a_post_tells_the_id(server, location, ident):
    server.answers["POST /api/v2.0/labels"] = [(201, {"Location": location}, "")]
    assert connect(server).post("/labels", {}) == ident


@pytest.mark.parametrize(
    "body, said",
    [
        ({"errors": [{"code": "CONFLICT", "message": "it exists"}]}, "409 it exists"),
        ({"errors": [{"code": "CONFLICT"}]}, "409 CONFLICT"),
        ("<html>no</html>", "409 no reason given"),
        ("", "409 no reason given"),
        ("[1]", "409 no reason given"),
        ({"errors": None}, "409 no reason given"),
    ],
)
def test_errors_in_words(server, body, said):
    server.answers["POST /api/v2.0/labels"] = [(409, {}, body)]
    with pytest.raises(ApiError, match="POST /labels: " + said):
        connect(server).post("/labels", {})


def test_an_empty_answer_is_nothing(server):
    server.answers["GET /api/v2.0/system/gc/schedule"] = [(200, {}, "")]
    assert connect(server).get("/system/gc/schedule") == {}


def test_a_web_page_is_no_harbor(server):
    server.answers["GET /api/v2.0/systeminfo"] = [(200, {"Content-Type": "text/html"}, "<html>")]
    with pytest.raises(ApiError, match="the answer is no JSON"):
        connect(server)


def test_a_move_to_https_is_said(server):
    server.answers["GET /api/v2.0/systeminfo"] = [(308, {"Location": "https://h"}, "")]
    with pytest.raises(ApiError, match="308 it points to https://h"):
        connect(server)


@pytest.mark.parametrize("url", ["harbor.example.org", "http://h/api/v2.0", "http://user@h", "ftp://h", "http://"])
def test_an_address_that_cannot_be(url):
    with pytest.raises(InputError, match="harbor_url is"):
        Transport({"url": url, "username": "a", "password": "b"})


def test_a_wrong_password_is_not_an_emptier_harbor(server):
    server.answers["GET /api/v2.0/systeminfo"] = [(200, {}, {"auth_mode": "db_auth"})]
    with pytest.raises(HarborError, match=r"does not take harbor_username robot\$ci") as caught:
        connect(server)
    assert "s3cret" not in str(caught.value)


def test_a_user_who_was_locked_for_a_moment_is_let_in(server):
    server.answers["GET /api/v2.0/systeminfo"] = [(200, {}, {}), VERSION]
    assert connect(server).pause == [2.0]
    server.answers["GET /api/v2.0/registries"] = [(401, {}, ""), (200, {}, [])]
    assert connect(server).list("/registries") == []


def test_a_401_that_stays_is_an_error(server):
    server.answers["GET /api/v2.0/registries"] = [
        (401, {}, {"errors": [{"code": "UNAUTHORIZED", "message": "unauthorized"}]})
    ]
    with pytest.raises(ApiError, match="401 unauthorized"):
        connect(server).list("/registries")


def test_basic_refuses_cookies(server):
    server.answers["GET /api/v2.0/systeminfo"] = [(200, {"Set-Cookie": "sid=1; Path=/"}, VERSION[2])]
    server.answers["POST /api/v2.0/labels"] = [(201, {"Location": "/1"}, "")]
    connect(server).post("/labels", {})
    written = server.asked("POST", "/api/v2.0/labels")[0]["headers"]
    assert "Cookie" not in written and written["Authorization"].startswith("Basic ")


def as_user(server, **more):
    server.answers["GET /api/v2.0/systeminfo"] = [
        (200, {"Set-Cookie": "sid=1; Path=/"}, {}),
        (200, {"X-Harbor-CSRF-Token": "t0ken"}, {}),
        VERSION,
    ]
    server.answers.setdefault("POST /c/login", [(200, {"Set-Cookie": "sid=2; Path=/"}, "")])
    return connect(server, username="admin", **more)


def test_a_session_sends_each_write_once_with_its_token(server):
    server.answers["PUT /api/v2.0/labels/1"] = [(200, {}, "")]
    as_user(server).write("PUT", "/labels/1", {"name": "a"})
    written = server.asked("PUT", "/api/v2.0/labels/1")
    assert len(written) == 1
    assert written[0]["headers"]["X-Harbor-CSRF-Token"] == "t0ken" and "sid=2" in written[0]["headers"]["Cookie"]
    assert "Authorization" not in written[0]["headers"]
    assert server.asked("POST", "/c/login")[0]["body"] == "principal=admin&password=s3cret"


def test_a_login_that_is_locked_is_tried_once_more(server):
    server.answers["POST /c/login"] = [(401, {}, ""), (200, {}, "")]
    assert as_user(server).pause == [2.0]
    server.answers["POST /c/login"] = [(401, {}, "")]
    with pytest.raises(HarborError, match="does not take harbor_username admin"):
        as_user(server)


def test_where_no_session_can_be_had_the_password_goes_with_each_request(server):
    server.answers["POST /c/login"] = [(403, {}, {"errors": [{"code": "FORBIDDEN", "message": "CSRF token invalid"}]})]
    server.answers["PUT /api/v2.0/labels/1"] = [(200, {}, "")]
    as_user(server).write("PUT", "/labels/1", {})
    assert server.asked("PUT", "/api/v2.0/labels/1")[0]["headers"]["Authorization"].startswith("Basic ")
    with pytest.raises(ApiError, match="POST /c/login: 403 CSRF token invalid"):
        as_user(server, auth="session")


def test_a_session_that_ended_is_begun_again(server):
    transport = as_user(server)
    server.answers["GET /api/v2.0/systeminfo"] = [(200, {}, {}), (200, {"X-Harbor-CSRF-Token": "n3w"}, {}), VERSION]
    server.answers["PUT /api/v2.0/labels/1"] = [(401, {}, ""), (200, {}, "")]
    transport.write("PUT", "/labels/1", {})
    assert server.asked("PUT", "/api/v2.0/labels/1")[1]["headers"]["X-Harbor-CSRF-Token"] == "n3w"
    assert len(server.asked("POST", "/c/login")) == 2


def test_more_headers_and_letters_beyond_ascii(server):
    connect(server, headers={"X-Gate": "open"}, password="pässwört")
    headers = server.seen[0]["headers"]
    assert headers["X-Gate"] == "open" and headers["Authorization"] == "Basic cm9ib3QkY2k6cMOkc3N3w7ZydA=="


def test_what_no_header_may_hold_is_refused(server):
    with pytest.raises(InputError, match="harbor_headers"):
        connect(server, headers={"X-Gate": "open\r\nX-More: 1"})


def test_a_proxy_is_told_the_whole_address_and_who_asks(server):
    proxy = "http://jo:pass@127.0.0.1:%d" % server.server_port
    assert connect(server, url="http://harbor.invalid", proxy=proxy).version == "v2.15.2-abc"
    headers = server.seen[0]["headers"]
    assert headers["Host"] == "harbor.invalid" and headers["Proxy-Authorization"] == "Basic am86cGFzcw=="


def test_an_encrypted_connection_passes_a_proxy(server, certificate):
    """The proxy is asked for a tunnel, and sees nothing else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        threading.Thread(target=tunnel, args=(proxy, heard := []), daemon=True).start()
        more = {"ca_path": str(certificate), "proxy": "http://jo:pass@127.0.0.1:%d" % proxy.getsockname()[1]}
        assert connect(server, "https", **more).version == "v2.15.2-abc"
    assert heard[0].startswith("CONNECT 127.0.0.1:%d " % server.server_port) and "Basic am86cGFzcw==" in heard[0]
    assert "Proxy-Authorization" not in server.seen[0]["headers"]


def tunnel(listener, heard):
    """A proxy for one connection."""
    client = listener.accept()[0]
    heard.append(client.recv(65536).decode())
    server = socket.create_connection(heard[0].split()[1].split(":"))
    client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for here, there in ((client, server), (server, client)):
        threading.Thread(target=carry, args=(here, there), daemon=True).start()


def carry(here, there):
    with contextlib.suppress(OSError):
        while data := here.recv(65536):
            there.sendall(data)


def test_a_proxy_of_the_environment_is_taken_unless_it_says_no(server, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:%d" % server.server_port)
    assert connect(server, url="http://harbor.invalid").version == "v2.15.2-abc"
    monkeypatch.setenv("no_proxy", "harbor.invalid")
    with pytest.raises(ApiError, match="no answer"):
        connect(server, url="http://harbor.invalid")


def test_a_cookie_for_https_does_not_go_in_clear(server):
    transport = as_user(server)
    transport.session.keep("sid=3; Path=/; Secure; HttpOnly")
    server.answers["PUT /api/v2.0/labels/1"] = [(200, {}, "")]
    transport.write("PUT", "/labels/1", {})
    assert "sid=2" in server.asked("PUT", "/api/v2.0/labels/1")[0]["headers"]["Cookie"]


def test_an_answer_that_takes_too_long_is_said(server):
    server.answers["GET /api/v2.0/labels"] = ["late"]
    transport = connect(server, timeout=0.3)
    with pytest.raises(ApiError, match="GET /labels: no answer within 0.3 s"):
        transport.list("/labels")
    server.late.set()


def test_a_certificate_that_is_not_trusted(server, certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with pytest.raises(HarborError, match="name its CA in harbor_ca_path"):
        connect(server, "https")
    assert connect(server, "https", ca_path=str(certificate)).version == "v2.15.2-abc"
    assert connect(server, "https", validate_certs=False).version == "v2.15.2-abc"


@pytest.fixture(name="certificate")
def fixture_certificate(tmp_path):
    """A certificate for 127.0.0.1 that signs itself, with its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.timezone.utc)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(True, None), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "server.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path
