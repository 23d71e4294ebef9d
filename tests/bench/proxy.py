"""A proxy of TCP that makes a Harbor as far away as one likes, and counts connections and requests."""

import collections
import multiprocessing
import selectors
import socket
import time
from urllib.parse import urlsplit


class Proxy:
    """Stands before `url` in a process of its own; `milliseconds` pass before what a client sends goes on."""

    def __init__(self, url, milliseconds):
        place = urlsplit(url)
        target = (place.hostname, place.port or {"http": 80, "https": 443}[place.scheme])
        listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"{place.scheme}://127.0.0.1:{listener.getsockname()[1]}"
        self.counts = multiprocessing.Array("l", 2, lock=False)
        self.process = multiprocessing.Process(
            target=serve, args=(listener, target, milliseconds / 1000, self.counts), daemon=True)
        self.process.start()
        listener.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.terminate()
        self.process.join()

    def counted(self):
        """Connections and requests since the last call."""
        found = list(self.counts)
        self.counts[:] = [0, 0]
        return dict(zip(("connections", "requests"), found))


def serve(listener, target, delay, counts):
    """One thread for all: a request is what a client says after the other side had the word."""
    selector, other, asking, waiting = selectors.DefaultSelector(), {}, {}, collections.deque()
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, _events in selector.select(max(0, waiting[0][0] - time.monotonic()) if waiting else None):
            here = key.fileobj
            if here is listener:
                client, server = listener.accept()[0], socket.create_connection(target)
                other[client], other[server], asking[client] = server, client, False
                counts[0] += 1
                for end in (client, server):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    selector.register(end, selectors.EVENT_READ)
                continue
            if here not in other:
                continue
            data, there = receive(here), other[here]
            if not data:
                for end in (here, there):
                    selector.unregister(end)
                    end.close()
                    del other[end]
            elif here in asking:
                counts[1] += not asking[here]
                asking[here] = True
                if delay:
                    waiting.append((time.monotonic() + delay, there, data))
                else:
                    send(there, data)
            else:
                asking[there] = False
                send(there, data)
        while waiting and waiting[0][0] <= time.monotonic():
            _due, there, data = waiting.popleft()
            send(there, data)


def receive(end):
    try:
        return end.recv(1 << 18)
    except OSError:
        return b""


def send(end, data):
    try:
        end.sendall(data)
    except OSError:
        """The next receive hears of it."""
