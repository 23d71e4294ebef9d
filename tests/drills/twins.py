"""What the drills of twin sites share: push to a site as people do, remember what was acknowledged, look at both, catch up, prove."""

import json
import os
import subprocess
import time

import drill
import lab

PROJECT = "team"
PROVE = """
- name: Prove
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Prove
      anchorage.harbor.artifact_diff: {sites: "{{ sites }}", flows: "{{ flows }}"}
"""
UNIT, TIMER = "harbor.service", "harbor-catch-up.timer"


def names():
    return sorted(lab.sites())


def node(site):
    """The one node of a site."""
    return next(name for name in lab.members("harbor_server") if name in lab.way_in()["groups"][site])


def play(book, task, *words):
    """Run a playbook of this repository or of these drills; the result of one of its tasks."""
    environment = os.environ | {"ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json"}
    command = ["ansible-playbook", "-i", f"inventories/{lab.topology()}", *words, book]
    done = subprocess.run(command, cwd=lab.ROOT, env=environment, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout[done.stdout.index("{\n") :])
    for one in report["plays"]:
        for step in one["tasks"]:
            if step["task"]["name"].endswith(task):
                return next(iter(step["hosts"].values()))
    raise AssertionError(done.stdout + done.stderr)


def catch_up(*words):
    return play("playbooks/catch_up.yml", "Copy what the sites miss of each other", *words)


def connect():
    """What repairs endpoints and robots."""
    done = drill.Run("--tags", "configure")
    assert done.code == 0, done.text[-3000:]


def ask(site, method, path, body=None):
    return drill.api(method, path, body, base=f"http://{lab.sites()[site]}")


class Twins:
    """Two sites, and all that clients were told is stored."""

    def __init__(self, directory):
        self.directory, self.told = directory, []
        for site in names():
            lab.log_in(lab.way_in()["client"], lab.sites()[site])

    def push(self, site, image, size=3000, project=PROJECT):
        """The digest of a new image, acknowledged by a site."""
        client, name = lab.way_in()["client"], f"{lab.sites()[site]}/{project}/{image}"
        drill.inside(client, f"head -c {size} /dev/urandom >/tmp/{site} && tar -cC /tmp {site} | docker import - {name}")
        digest = drill.inside(client, f"docker push {name}").split("digest: ")[1].split()[0]
        drill.inside(client, f"docker rmi {name}")
        self.told.append((site, f"{project}/{image}", digest))
        return digest

    @staticmethod
    def hold(site, project=PROJECT):
        """(repository:tag: digest) and all digests of a project."""
        rows, page = [], 1
        while found := ask(site, "GET", f"/api/v2.0/projects/{project}/artifacts?with_tag=true&page_size=100&page={page}"):
            rows, page = rows + found, page + 1
        tags = {f"{row['repository_name']}:{tag['name']}": row["digest"] for row in rows for tag in row["tags"] or []}
        return tags, {row["digest"] for row in rows}

    def missing(self, project=PROJECT):
        """Tags that one side lacks, or has otherwise."""
        one, other = (self.hold(site, project)[0] for site in names())
        return sorted({name for name, _digest in one.items() ^ other.items()})

    def prove(self):
        """The verdict of module artifact_diff, as the admin of each site."""
        access = lab.way_in()
        given = {
            "sites": [{"name": name, "url": f"http://{address}", "username": "admin", "password": access["password"]}
                      for name, address in lab.sites().items()],
            "flows": [{"from": one, "to": other, "exclude": ["scratch*"]} for one in names() for other in names() if one != other]}
        book, variables = self.directory / "prove.yml", self.directory / "given.json"
        book.write_text(PROVE)
        variables.touch(0o600)
        variables.write_text(json.dumps(given))
        return play(str(book), "Prove", "-e", f"@{variables}")

    def nothing_is_lost(self):
        """Each image that a client was told is stored is still where it was pushed, and under its tag or pushed out by a later one."""
        for project in {image.split("/")[0] for _site, image, _digest in self.told}:
            held = {site: self.hold(site, project) for site in names()}
            for site, image, digest in self.told:
                if image.startswith(project + "/"):
                    assert digest in held[site][1], f"{image} {digest} is gone from {site}"
                    later = {other for _site, name, other in self.told if name == image}
                    assert held[site][0].get(image) in later, f"{site} has {image} as nobody pushed it"

    def equal(self):
        """Catch up, and hear that all is well."""
        begin = time.monotonic()
        done = catch_up()
        assert not done.get("failed"), done["msg"]
        verdict = self.prove()
        drill.say(f"caught up in {time.monotonic() - begin:.1f} s with the proof: {done['copied']} copied, "
                  f"{done['planned']['left']} left, equal: {verdict['equal']}")
        assert verdict["equal"], verdict["differences"]
        self.nothing_is_lost()
        return done
