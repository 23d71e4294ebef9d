"""A client that asks again and again through the site's address, and what it saw. Bounded in rate and time."""

import collections
import json
import subprocess

import lab

# When it was asked, how long the answer took, and its status or what went wrong.
Answer = collections.namedtuple("Answer", "clock took word")

# Runs on the client node. Four askers in turn, each with a connection of its own for every request as docker has them.
ASKER = """
import json, sys, threading, time, urllib.error, urllib.request
urls, seconds = sys.argv[2:], float(sys.argv[1])
seen, stop = [], threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
end = time.monotonic() + seconds

def ask(url):
    while not stop.is_set() and time.monotonic() < end:
        begin, clock = time.monotonic(), time.time()
        try:
            with urllib.request.urlopen(url, timeout=20) as answer:
                answer.read()
                word = answer.status
        except urllib.error.HTTPError as error:
            word = error.code
        except Exception as error:
            word = repr(error)
        seen.append([clock, time.monotonic() - begin, word])
        stop.wait(max(0, 0.2 - (time.monotonic() - begin)))

threads = [threading.Thread(target=ask, args=(url,)) for url in urls for twice in (1, 2)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(json.dumps(sorted(seen)))
"""


class Load:
    """with Load() as load: break something; then read load.failed(), load.slowest(), load.gap()."""

    def __init__(self, *paths, seconds=180):
        access = lab.way_in()
        urls = [access["url"] + path for path in paths or ("/api/v2.0/systeminfo", "/api/v2.0/projects")]
        self.command = ["docker", "exec", "-i", access["client"], "python3", "-c", ASKER, str(seconds), *urls]
        self.seen = []

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *why):
        out = self.process.communicate(timeout=60)[0]
        self.seen = [Answer(*one) for one in json.loads(out)]

    def failed(self):
        return [(round(one.clock - self.seen[0].clock, 1), one.word) for one in self.seen if one.word != 200]

    def slowest(self):
        return max(one.took for one in self.seen)

    def gap(self):
        """Longest time without a good answer."""
        good = [one.clock + one.took for one in self.seen if one.word == 200]
        ends = sorted([self.seen[0].clock, *good, max(one.clock + one.took for one in self.seen)])
        return max(later - earlier for earlier, later in zip(ends, ends[1:]))

    def summary(self):
        return (
            f"{len(self.seen)} requests, {len(self.failed())} failed, slowest {self.slowest():.2f} s, "
            f"longest time without an answer {self.gap():.2f} s"
        )
