"""Is what comes over a connection understood? Each answer that HTTP allows, and what is none, byte by byte."""

import socket

import pytest
from ansible_collections.anchorage.harbor.plugins.module_utils.line import Garbled, Line


@pytest.fixture(name="ends")
def fixture_ends():
    """A line, and the other side of it."""
    ours, theirs = socket.socketpair()
    ours.settimeout(5)
    line = Line(ours)
    yield line, theirs
    line.close()
    theirs.close()


def ask(ends, said, verb="GET", hang_up=False):
    line, theirs = ends
    theirs.sendall(said)
    if hang_up:
        theirs.shutdown(socket.SHUT_WR)
    return line.call(verb, b"%s / HTTP/1.1\r\n\r\n" % verb.encode(), b"")


NEXT = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext"


@pytest.mark.parametrize(
    "said, verb, status, content",
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", "GET", 200, b"[]"),
        (b"HTTP/1.1 201\r\ncontent-length: 0\r\n\r\n", "POST", 201, b""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[1\r\nA;x=y\r\n,2,3,4,5,6\r\n1\r\n]\r\n0\r\nX: y\r\n\r\n", "GET",
         200, b"[1,2,3,4,5,6]"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", "HEAD", 200, b""),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "DELETE", 204, b""),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", "GET", 304, b""),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1", "PUT", 200,
         b"1"),
        (b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\n1", "GET", 200, b"1"),
    ],
)
def test_an_answer_leaves_the_line_free_for_the_next(ends, said, verb, status, content):
    answer = ask(ends, said, verb)
    assert (answer.status_code, answer.content, ends[0].open) == (status, content, True)
    assert ask(ends, NEXT).content == b"next" and not ends[0].dropped()


@pytest.mark.parametrize(
    "said, content",
    [
        (b"HTTP/1.1 200 OK\r\n\r\nall that comes", b"all that comes"),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\n1", b"1"),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n1", b"1"),
    ],
)
def test_the_last_answer_of_a_connection(ends, said, content):
    assert ask(ends, said, hang_up=True).content == content
    assert not ends[0].open and ends[0].dropped()


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 300 + b"\r\n",
    ],
)
def test_what_is_no_answer_ends_the_line(ends, said):
    with pytest.raises(Garbled):
        ask(ends, said, hang_up=True)
    assert not ends[0].open


def test_names_of_headers_are_found_however_they_are_written(ends):
    answer = ask(ends, b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nx-TOTAL-count:  3 \r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n")
    assert answer.headers.get("X-Total-Count") == "3" and answer.headers.get("Location", "none") == "none"
    assert answer.cookies == ["a=1", "b=2"]


def test_an_answer_that_is_late(ends):
    line, _theirs = ends
    line.sock.settimeout(0.05)
    with pytest.raises(TimeoutError):
        line.call("GET", b"GET / HTTP/1.1\r\n\r\n", b"")
    assert not line.open


def test_a_refusal_before_all_is_taken_is_heard(ends):
    """A gateway that takes no more than so much answers and hangs up while the rest is still on its way."""
    line, theirs = ends
    theirs.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
    theirs.close()
    assert line.call("POST", b"POST / HTTP/1.1\r\n\r\n", b"x" * 1_000_000).status_code == 413
