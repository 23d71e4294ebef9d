"""What the drills share: run the site's playbook and read what it did, wait with a deadline, see who is in rotation."""

import collections
import contextlib
import json
import os
import re
import subprocess
import time

import lab

Change = collections.namedtuple("Change", "host task diff")


class Run:
    """One run of site.yml: what each task did on each host."""

    def __init__(self, *words):
        environment = os.environ | {"ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json"}
        command = ["ansible-playbook", "-i", f"inventories/{lab.topology()}", "site.yml", *words]
        done = subprocess.run(command, cwd=lab.ROOT, env=environment, capture_output=True, text=True, check=False)
        self.code, self.text = done.returncode, done.stdout + done.stderr
        self.report = json.loads(done.stdout[done.stdout.index("{\n") :])

    def results(self):
        for play in self.report["plays"]:
            for task in play["tasks"]:
                for host, result in task["hosts"].items():
                    yield host, task["task"]["name"], result

    def changes(self):
        return [
            Change(host, task, json.dumps(diffs(result)))
            for host, task, result in self.results()
            if result.get("changed")
        ]

    def failures(self):
        return {(host, task): json.dumps(result) for host, task, result in self.results() if result.get("failed")}

    def changed(self):
        return {host: numbers["changed"] for host, numbers in self.report["stats"].items()}


def diffs(result):
    """What a result says it changed: its difference, and the name of each changed item when it loops."""
    parts = [part for part in [result, *result.get("results", [])] if part.get("changed")]
    items = [part[part["ansible_loop_var"]] for part in parts if "ansible_loop_var" in part]
    return [part["diff"] for part in parts if part.get("diff")] + items


def eventually(check, seconds, what):
    """Ask until it is so; answers how many seconds that took."""
    begin = time.monotonic()
    while True:
        with contextlib.suppress(subprocess.CalledProcessError, AssertionError, OSError):
            if check():
                return time.monotonic() - begin
        assert time.monotonic() - begin < seconds, f"not within {seconds} s: {what}"
        time.sleep(0.25)


def holds(check, seconds, what):
    """It stays so for that long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert check(), f"not for {seconds} s: {what}"
        time.sleep(0.25)


def say(text):
    print(f"  measured: {text}", flush=True)


def inside(name, command):
    """Output of a command on a node; an error when it fails."""
    return subprocess.run(
        ["docker", "exec", name, "sh", "-c", command], capture_output=True, text=True, check=True
    ).stdout


def engine(verb, name):
    subprocess.run(["docker", verb, name], check=True, capture_output=True)


FETCH = "import sys,urllib.request as u;print(u.urlopen(sys.argv[1], timeout=5).read().decode())"


def health(name):
    """The verdict of one node about itself."""
    out = inside(name, f"python3 -c '{FETCH}' http://127.0.0.1/api/v2.0/health")
    return json.loads(out)["status"]


def whole(seconds=180):
    """Wait until every node is healthy and in rotation on every balancer."""
    for name in lab.members("harbor_server"):
        eventually(lambda: health(name) == "healthy", seconds, f"{name} is healthy")
    for name in lab.members("harbor_balancer"):
        eventually(lambda: set(rotation(name).values()) == {"UP"}, seconds, f"{name} has every node in rotation")
    eventually(lambda: len(holders()) == 1, seconds, "one balancer holds the address")


def push():
    """A new image goes to the site and comes back; its name and digest."""
    client, name = lab.way_in()["client"], f"{lab.registry()}/library/drill"
    lab.log_in(client)
    inside(client, f"head -c 3000000 /dev/urandom >/tmp/new && tar -cC /tmp new | docker import - {name}:1")
    digest = inside(client, f"docker push {name}:1").split("digest: ")[1].split()[0]
    inside(client, f"docker rmi {name}:1 && docker pull {name}@{digest}")
    return name, digest


STATISTICS = """
import csv, socket
s = socket.socket(socket.AF_UNIX); s.connect("/run/haproxy/admin.sock"); s.sendall(b"show stat\\n")
text = b"".join(iter(lambda: s.recv(65536), b"")).decode().lstrip("# ")
for row in csv.DictReader(text.splitlines()):
    if row["svname"] not in ("FRONTEND", "BACKEND"):
        print(row["pxname"], row["svname"], row["status"].split()[0], row["scur"])
"""


def statistics(balancer):
    """(backend, Harbor node, UP or DOWN or MAINT ..., requests in flight) as one balancer sees them."""
    command = ["docker", "exec", "-i", balancer, "python3", "-"]
    out = subprocess.run(command, input=STATISTICS, capture_output=True, text=True, check=True).stdout
    return [line.split() for line in out.splitlines()]


def rotation(balancer):
    return {node: state for _backend, node, state, _requests in statistics(balancer)}


def reads_in_flight(balancer, name):
    mine = [row for row in statistics(balancer) if row[:2] == ["harbor_read", name]]
    return sum(int(count) for _backend, _node, _state, count in mine)


def holders():
    """Balancers that have the site's address."""
    ip = lab.registry().split(":")[0]
    found = []
    for name in lab.members("harbor_balancer"):
        with contextlib.suppress(subprocess.CalledProcessError):
            if f" {ip}/" in inside(name, "ip -4 -o address"):
                found.append(name)
    return found


def starts():
    """When each of Harbor's containers was started last, on every node."""
    found = {}
    for name in lab.members("harbor_server"):
        lines = inside(name, "docker ps -aq | xargs docker inspect -f '{{.Name}} {{.State.StartedAt}} {{.Id}}'")
        found |= {f"{name}{line.split()[0]}": line.split()[1:] for line in lines.splitlines()}
    return found


WRITE = re.compile(r'"(POST|PUT|PATCH|DELETE) (/api/|/v2/)')


def writes():
    """How many writes Harbor's proxies have let in so far (their access logs)."""
    return sum(
        len(WRITE.findall(inside(name, "cat /var/log/harbor/proxy.log"))) for name in lab.members("harbor_server")
    )


API = """
import base64, json, sys, urllib.request
way, method, url, body = json.load(sys.stdin)
login = base64.b64encode((way["username"] + ":" + way["password"]).encode()).decode()
request = urllib.request.Request(url, method=method, data=json.dumps(body).encode() if body else None,
                                 headers={"Authorization": "Basic " + login, "Content-Type": "application/json"})
with urllib.request.urlopen(request, timeout=20) as answer:
    print(answer.read().decode() or "null")
"""


def script(name, source, given):
    """Run Python on a node; what it needs goes in as JSON on its standard input: argv is for everybody to read."""
    command = ["docker", "exec", "-i", name, "python3", "-c", source]
    return subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=True).stdout


def api(method, path, body=None, base=None):
    """Ask Harbor's API as the admin, from the client node; base names another address than the site's."""
    way = lab.way_in()
    return json.loads(script(way["client"], API, [way, method, (base or way["url"]) + path, body]))
