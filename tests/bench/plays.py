"""Runs ansible-playbook as a user does and measures it: seconds, and the peak of memory of its biggest process."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
MODULES = {"users": "user", "registries": "registry", "projects": "project", "project_members": "project_member",
           "labels": "label", "robots": "robot", "retention_policies": "retention_policy",
           "webhook_policies": "webhook_policy", "replication_policies": "replication_policy"}


class Plays:
    """Writes an inventory and playbooks to `directory`. Lists are files of JSON, as who has thousands of items keeps
    them (Ansible takes a note of file and line with each value of YAML that it reads, which costs more than Harbor's
    answers); or group_vars in YAML.
    """

    def __init__(self, directory, url, username, password):
        self.directory = directory
        (directory / "group_vars/all").mkdir(parents=True, exist_ok=True)
        # As Ansible itself has it for a localhost that stands in no inventory.
        local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        (directory / "hosts.yml").write_text(json.dumps({"all": {"hosts": {"localhost": local}}}))
        self.environment = dict(
            os.environ, HARBOR_URL=url, HARBOR_USERNAME=username, HARBOR_PASSWORD=password,
            HARBOR_VALIDATE_CERTS="false",  # the proxy has no certificate
            ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"), ANSIBLE_COLLECTIONS_PATH=str(ROOT / "collections"))

    def run(self, tasks, lists=()):
        """Seconds and MiB of a play with these tasks, for which the lists are variables of the inventory."""
        for old in (self.directory / "group_vars/all").iterdir():
            old.unlink()
        for name, items in dict(lists).items():
            with (self.directory / f"group_vars/all/{name}.yml").open("w", encoding="utf-8") as file:
                yaml.dump({name: items}, file, Dumper=yaml.CSafeDumper, sort_keys=False)
        play = self.directory / "play.yml"
        play.write_text(json.dumps([{"name": "Bench", "hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
        with (self.directory / "output").open("w+", encoding="utf-8") as output:
            begun = time.monotonic()
            with subprocess.Popen([PLAYBOOK, "-i", self.directory / "hosts.yml", play], env=self.environment, text=True,
                                  stdout=output, stderr=subprocess.STDOUT, cwd=ROOT) as process:
                _number, status, usage = os.wait4(process.pid, 0)  # of the process and of all that it started
                process.returncode = os.waitstatus_to_exitcode(status)
            seconds = time.monotonic() - begun
            output.seek(0)
            told = output.read()
        if process.returncode:
            raise SystemExit(f"{play}: {told[-3000:]}")
        return {"seconds": seconds, "mib": usage.ru_maxrss / 1024, "changed": "changed=0 " not in told}

    def nothing(self):
        """What Ansible itself takes to start, and to start a module that does nothing."""
        return self.run([task("ansible.builtin.ping")])

    def apply(self, lists):
        for name, items in lists.items():
            (self.directory / f"{name}.json").write_text(json.dumps(items), encoding="utf-8")
        options = {name: "{{ lookup('file', '%s/%s.json') | from_json }}" % (self.directory, name) for name in lists}
        return self.run([task("anchorage.harbor.apply", **options)])

    def apply_group_vars(self, lists):
        options = {name: "{{ %s }}" % name for name in lists}
        return self.run([task("anchorage.harbor.apply", **options)], lists)

    def export(self):
        return self.run([task("anchorage.harbor.export")])

    def one_by_one(self, lists):
        """A module call an object."""
        return self.run([
            dict(task("anchorage.harbor." + MODULES[name], **{option: "{{ item.%s }}" % option for option in items[0]}),
                 loop="{{ %s }}" % name, loop_control={"label": ""})
            for name, items in lists.items() if items], lists)

    def by_uri(self, calls):
        """A call of ansible.builtin.uri for each (method, path, body)."""
        items = [{"method": method, "path": path, "body": json.dumps(body) if body else ""}
                 for method, path, body in calls]
        options = {
            "url": self.environment["HARBOR_URL"] + "/api/v2.0{{ item.path }}", "method": "{{ item.method }}",
            "body": "{{ item.body }}", "headers": {"Content-Type": "application/json"}, "validate_certs": False,
            "url_username": "{{ lookup('env', 'HARBOR_USERNAME') }}", "force_basic_auth": True,
            "url_password": "{{ lookup('env', 'HARBOR_PASSWORD') }}", "status_code": [200, 201]}
        return self.run([dict(task("ansible.builtin.uri", **options), loop="{{ calls }}", loop_control={"label": ""})],
                        {"calls": items})


def task(module, **options):
    return {"name": "Measured", module: options}
