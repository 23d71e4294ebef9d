"""No secret where others can read it: files, process lists, journals. Searched for by value, reported by name."""

import pathlib

import lab
from lab import feed, secrets

GROUP = "harbor"
# Where a role or Harbor may have put something; images and layers of the inner engine are its own.
PLACES = "/etc /opt /root /var/log /var/tmp /tmp /usr/local /data/secret /data/job_logs /srv/harbor"
READABLE = (
    f"find {PLACES} -xdev -type f -perm -o=r -size -2048k -print0 2>/dev/null | xargs -0 -r grep -lFsf /run/sought"
)


def search(name, command):
    """Lines that a command finds; the values lie in a file of root's while it looks, so that it does not find itself."""
    feed(name, "umask 077; cat >/run/sought", "\n".join(secrets().values()))
    try:
        return lab.connect(name).run(command).stdout.splitlines()
    finally:
        lab.connect(name).check_output("rm /run/sought")


def reachable(host, path):
    """Is every directory above open to others, too?"""
    return all(host.file(str(parent)).mode & 0o001 for parent in pathlib.PurePosixPath(path).parents)


def test_no_file_that_others_can_read_holds_a_secret(host, name):
    assert [path for path in search(name, READABLE) if reachable(host, path)] == []


def test_no_process_shows_a_secret(host, name):
    assert search(
        name, "for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline; echo; done 2>/dev/null | grep -cF -f /run/sought"
    ) == ["0"]


def test_no_journal_holds_a_secret(host, name):
    assert search(name, "journalctl -q --no-pager | grep -cF -f /run/sought") == ["0"]
