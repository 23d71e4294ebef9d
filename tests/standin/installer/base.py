# The file system below every image of the stand-in: a small Debian, unpacked from packages without running their
# scripts. So nothing starts, nothing is asked, and what no container needs (Perl, LLVM, manuals) is simply left out.

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SUITE = "trixie"

PACKAGES = """
    base-files bash ca-certificates coreutils curl dash findutils grep libc-bin mawk netbase openssl procps sed tar
    tzdata util-linux
    docker-registry logrotate nginx postgresql-17 redis-server rsyslog
    python3-bcrypt python3-cheroot python3-cryptography python3-flask python3-jinja2 python3-jwt python3-psycopg
    python3-psycopg-c python3-redis python3-requests python3-sqlalchemy python3-yaml
""".split()

# Packages that others depend on but whose files no image uses.
SKIP = re.compile("""
    ( adduser | apt | cron | debconf | dpkg | gawk | lib.*-perl$ | libdb5 | libllvm | libperl | libsystemd-shared
    | libz3 | locales | login$ | media-types | nginx-common | passwd | perl | postgresql-.*common | ssl-cert
    | systemd | ucf | udev )
""", re.VERBOSE)

# Paths that are not unpacked.
DROP = """
    ./etc/cron* ./etc/init.d ./etc/logrotate* ./etc/nginx ./etc/rsyslog* ./usr/lib/systemd ./usr/lib/udev
    ./usr/lib/postgresql/*/lib/bitcode ./usr/lib/postgresql/*/lib/llvmjit* ./usr/lib/x86_64-linux-gnu/perl*
    ./usr/share/bash-completion ./usr/share/doc* ./usr/share/i18n ./usr/share/info ./usr/share/lintian
    ./usr/share/locale ./usr/share/man ./usr/share/nginx ./var/cache */test */tests
""".split()

# The users of Harbor's images. The scripts that would make the packages' own have not run.
ACCOUNTS = {"root": (0, "/root"), "postgres": (999, "/var/lib/postgresql"), "harbor": (10000, "/tmp"),
            "nobody": (65534, "/nonexistent")}

# Directories that services expect, and who owns them.
DIRECTORIES = {"etc/logrotate.d": 0, "etc/nginx": 0, "etc/rsyslog.d": 0, "storage": 10000, "var/lib/postgresql": 999,
               "var/lib/postgresql/data": 999, "var/lib/redis": 999, "var/log": 0}

# What the scripts of the packages would have done.
FINISH = """set -e
ldconfig
cat /usr/share/ca-certificates/mozilla/*.crt > /etc/ssl/certs/ca-certificates.crt
ln -sf mawk /usr/bin/awk
python3 -m compileall -q --invalidation-mode unchecked-hash /usr/lib/python3.13 /usr/lib/python3/dist-packages
"""


def mirror() -> str:
    """The Debian mirror that this machine itself uses, else that of DEBIAN_MIRROR."""
    for source in [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]:
        if source.suffix in (".list", ".sources") and source.is_file():
            found = re.search(r"^(?:deb(?: \[.*?\])?|URIs:)\s+(\S+/debian/?)(?:\s|$)", source.read_text(), re.MULTILINE)
            if found:
                return found[1].rstrip("/")
    if "DEBIAN_MIRROR" not in os.environ:
        sys.exit("This machine's apt names no Debian mirror: give one as DEBIAN_MIRROR=http://.../debian")
    return os.environ["DEBIAN_MIRROR"].rstrip("/")


def download(target: Path) -> list[Path]:
    """Fetch PACKAGES with all they depend on, resolved by this machine's apt against an empty Debian."""
    for part in ("state/lists/partial", "cache/archives/partial"):
        (target / part).mkdir(parents=True)
    (target / "status").touch()
    keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    (target / "sources.list").write_text(f"deb [signed-by={keyring}] {mirror()} {SUITE} main\n")
    options = {
        "Dir::State": target / "state", "Dir::State::status": target / "status", "Dir::Cache": target / "cache",
        "Dir::Etc::sourcelist": target / "sources.list", "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferences": "/dev/null", "Dir::Etc::preferencesparts": "/dev/null",
        "APT::Architecture": "amd64", "APT::Install-Recommends": "false", "APT::Keep-Downloaded-Packages": "true",
        "APT::Sandbox::User": "root", "Acquire::Languages": "none", "pkgCacheGen::Essential": "none",
    }
    apt = ["apt-get", "-qq", "-y", *(flag for key, value in options.items() for flag in ("-o", f"{key}={value}"))]
    subprocess.run([*apt, "update"], check=True)
    subprocess.run([*apt, "--download-only", "install", *PACKAGES], check=True)
    return sorted((target / "cache/archives").glob("*.deb"))


def unpack(package: Path, tree: Path) -> None:
    content = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE)
    left_out = [f"--exclude={path}" for path in DROP]
    subprocess.run(["tar", "-x", "-C", tree, "--keep-directory-symlink", *left_out], stdin=content.stdout, check=True)
    if content.wait():
        raise RuntimeError(f"{package.name} cannot be unpacked")


def build(tree: Path) -> None:
    """Make the tree. Needs root: owners inside are real, and Python is compiled by the tree's own interpreter."""
    tree.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as temporary:
        # base-files brings the links of the merged /usr: it goes first.
        for package in sorted(download(Path(temporary)), key=lambda path: not path.name.startswith("base-files_")):
            if not SKIP.match(package.name.partition("_")[0]):
                unpack(package, tree)
    accounts = [(name, uid, home) for name, (uid, home) in ACCOUNTS.items()]
    (tree / "etc/passwd").write_text("".join(f"{name}:x:{uid}:{uid}::{home}:/bin/sh\n" for name, uid, home in accounts))
    groups = [*accounts, ("adm", 4, ""), ("tty", 5, "")]
    (tree / "etc/group").write_text("".join(f"{name}:x:{uid}:\n" for name, uid, home in groups))
    (tree / "etc/nsswitch.conf").write_text("passwd: files\ngroup: files\nhosts: files dns\n")
    for path, owner in DIRECTORIES.items():
        (tree / path).mkdir(parents=True, exist_ok=True)
        shutil.chown(tree / path, owner, owner)
    subprocess.run(["chroot", tree, "/bin/sh", "-c", FINISH], check=True)
