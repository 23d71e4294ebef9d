# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One connection and what is said over it: HTTP/1.1, one call after another. Knows sockets and nothing else."""

from __future__ import annotations

import json
import select

LONGEST = 65536  # bytes of a line
MOST = 200  # headers
BARE = (204, 304)  # statuses without a body


class Garbled(Exception):
    """What came is no answer, or ended too early."""


class Headers(dict):
    """Values by names in small letters."""

    def get(self, name, default=None):
        return super().get(name.lower(), default)


class Answer:
    """Status, headers, cookies and body."""

    def __init__(self, status):
        self.status_code, self.headers, self.cookies, self.content = status, Headers(), [], b""

    def json(self):
        return json.loads(self.content)


class Line:
    """Over a socket that is connected, and has its timeout."""

    def __init__(self, sock):
        self.sock, self.file = sock, sock.makefile("rb")
        self.open = self.stays = True  # stays: once the answer is read to its end
        self.hearing = select.poll()
        self.hearing.register(sock, select.POLLIN)

    def dropped(self):
        """Whether the other side hung up since the last answer: nobody speaks without being asked."""
        return bool(self.hearing.poll(0))

    def close(self):
        self.open = False
        self.file.close()
        self.sock.close()

    def call(self, verb, head, body):
        """Say it, in one packet where it fits, and hear the answer."""
        self.open = False
        try:
            self.sock.sendall(head + body)
        except (BrokenPipeError, ConnectionResetError):
            """The other side may have answered before it took all."""
        answer = self.begin()
        while answer.status_code < 200:
            answer = self.begin()
        if verb != "HEAD" and answer.status_code not in BARE:
            answer.content = self.body(answer.headers)
        self.open = self.stays
        return answer

    def begin(self):
        """Status and headers."""
        version, _blank, rest = self.text().partition(" ")
        if not version.startswith("HTTP/1.") or not rest[:3].isdigit():
            raise Garbled("no HTTP")
        answer = Answer(int(rest[:3]))
        for _number in range(MOST):
            text = self.text()
            if not text:
                break
            name, _colon, value = text.partition(":")
            name, value = name.lower(), value.strip()
            if name == "set-cookie":
                answer.cookies.append(value)
            answer.headers[name] = value
        else:
            raise Garbled("too many headers")
        wish = answer.headers.get("Connection", "").lower()
        self.stays = "close" not in wish and (version != "HTTP/1.0" or "keep-alive" in wish)
        return answer

    def body(self, headers):
        if "chunked" in headers.get("Transfer-Encoding", "").lower():
            return b"".join(self.chunks())
        length = headers.get("Content-Length")
        if length is None:
            self.stays = False
            return self.file.read()
        return self.exactly(number(length, 10))

    def chunks(self):
        while True:
            size = number(self.text().partition(";")[0], 16)
            if not size:
                break
            yield self.exactly(size)
            self.text()
        while self.text():
            """What may stand behind the last one tells nothing."""

    def text(self):
        """A line, without its end."""
        found = self.file.readline(LONGEST)
        if not found.endswith(b"\n"):
            raise Garbled("cut off")
        return found.decode("latin-1").rstrip("\r\n")

    def exactly(self, size):
        found = self.file.read(size)
        if len(found) < size:
            raise Garbled("cut off")
        return found


def number(text, base):
    try:
        return int(text, base)
    except ValueError:
        raise Garbled("no length") from None
