# The file system below every image of the stand-in: a small Debian, unpacked from packages without running their scripts, so nothing
# starts, nothing is asked, and what a container never needs (Perl, LLVM, documentation) is simply left out.

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

SUITE = "trixie"

PACKAGES = """
    base-files bash coreutils curl dash findutils gawk grep libc-bin login.defs mawk netbase procps sed tar util-linux ca-certificates openssl tzdata
    docker-registry nginx redis-server postgresql-17 rsyslog logrotate
    python3-flask python3-sqlalchemy python3-jwt python3-cryptography python3-psycopg-c python3-psycopg python3-redis python3-bcrypt python3-yaml
    python3-jinja2 python3-requests python3-cheroot
""".split()

# Packages that others depend on but whose files no image uses.
SKIP = re.compile(r"^(perl|libperl|lib.*-perl$|libllvm|libz3|postgresql-common|postgresql-client-common|locales|debconf|systemd|udev|dpkg|apt"
                  r"|cron|ucf|ssl-cert|media-types|libsystemd-shared|libdb5|gawk|nginx-common|adduser|passwd|login$)")
# Paths that are not unpacked.
DROP = ["./usr/share/doc*", "./usr/share/man", "./usr/share/info", "./usr/share/locale", "./usr/share/i18n", "./usr/share/lintian",
        "./usr/share/bash-completion", "./usr/share/postgresql/*/man", "./usr/share/nginx", "./usr/lib/systemd", "./usr/lib/udev",
        "./usr/lib/postgresql/*/lib/bitcode", "./usr/lib/postgresql/*/lib/llvmjit*", "*/test", "*/tests", "./usr/lib/python3/dist-packages/*/testing",
        "./usr/lib/x86_64-linux-gnu/perl*", "./var/cache", "./etc/nginx", "./etc/rsyslog*", "./etc/logrotate*", "./etc/init.d", "./etc/cron*"]

ACCOUNTS = {"root": (0, "/root"), "postgres": (999, "/var/lib/postgresql"), "harbor": (10000, "/tmp"), "nobody": (65534, "/nonexistent")}

IN_CHROOT = """set -e
ldconfig
cat /usr/share/ca-certificates/mozilla/*.crt > /etc/ssl/certs/ca-certificates.crt
ln -sf mawk /usr/bin/awk
python3 -m compileall -q --invalidation-mode unchecked-hash /usr/lib/python3.13 /usr/lib/python3/dist-packages
"""


def mirror() -> str:
    """The Debian mirror that this machine itself uses, else Debian's own."""
    sources = [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]
    for source in sources:
        if source.suffix in (".list", ".sources") and source.is_file():
            found = re.search(r"^(?:deb(?: \[.*?\])?|URIs:)\s+(\S+/debian/?)(?:\s|$)", source.read_text(), re.MULTILINE)
            if found:
                return found[1].rstrip("/")
    return "http://deb.debian.org/debian"


def download(target: Path) -> list[Path]:
    """Fetch PACKAGES with all they depend on, resolved by this machine's apt against an empty Debian."""
    for part in ("state/lists/partial", "cache/archives/partial"):
        (target / part).mkdir(parents=True)
    (target / "status").touch()
    (target / "sources.list").write_text(f"deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {mirror()} {SUITE} main\n")
    options = {"Dir::State": target / "state", "Dir::State::status": target / "status", "Dir::Cache": target / "cache",
               "Dir::Etc::sourcelist": target / "sources.list", "Dir::Etc::sourceparts": "/dev/null", "Dir::Etc::preferences": "/dev/null",
               "Dir::Etc::preferencesparts": "/dev/null", "APT::Sandbox::User": "root", "APT::Install-Recommends": "false",
               "APT::Architecture": "amd64", "pkgCacheGen::Essential": "none", "Acquire::Languages": "none", "DPkg::Post-Invoke": "",
               "APT::Keep-Downloaded-Packages": "true"}
    flags = [flag for key, value in options.items() for flag in ("-o", f"{key}={value}")]
    subprocess.run(["apt-get", *flags, "-qq", "update"], check=True)
    subprocess.run(["apt-get", *flags, "-qq", "-y", "--download-only", "install", *PACKAGES], check=True)
    return sorted((target / "cache/archives").glob("*.deb"))


def build(tree: Path) -> None:
    """Make the tree. Needs root: owners inside are real, and Python is compiled by the tree's own interpreter."""
    with tempfile.TemporaryDirectory() as temporary:
        tree.mkdir(parents=True)
        packages = download(Path(temporary))
        # base-files brings the links of the merged /usr: it goes first.
        for package in sorted(packages, key=lambda path: not path.name.startswith("base-files_")):
            if not SKIP.match(package.name.partition("_")[0]):
                content = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE)
                subprocess.run(["tar", "-x", "-C", tree, "--keep-directory-symlink", *(f"--exclude={path}" for path in DROP)],
                               stdin=content.stdout, check=True)
                if content.wait():
                    raise RuntimeError(f"{package.name} cannot be unpacked")
    write_accounts(tree)
    subprocess.run(["chroot", tree, "/bin/sh", "-c", IN_CHROOT], check=True)
    for path in ("var/log", "var/lib/postgresql/data", "var/lib/redis", "etc/nginx", "etc/rsyslog.d", "etc/logrotate.d", "storage"):
        (tree / path).mkdir(parents=True, exist_ok=True)
    for path, owner in (("var/lib/postgresql", 999), ("var/lib/postgresql/data", 999), ("var/lib/redis", 999), ("storage", 10000)):
        shutil.chown(tree / path, owner, owner)


def write_accounts(tree: Path) -> None:
    """The users of Harbor's images; the packages' scripts that would make others have not run."""
    (tree / "etc/passwd").write_text("".join(f"{name}:x:{uid}:{uid}::{home}:/bin/sh\n" for name, (uid, home) in ACCOUNTS.items()))
    (tree / "etc/group").write_text("".join(f"{name}:x:{uid}:\n" for name, (uid, _) in ACCOUNTS.items()) + "adm:x:4:\ntty:x:5:\nshadow:x:42:\n")
    (tree / "etc/nsswitch.conf").write_text("passwd: files\ngroup: files\nhosts: files dns\n")
