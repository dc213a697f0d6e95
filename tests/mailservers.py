"""A real Postfix and a real Dovecot on loopback, started for a test in a folder of their own and stopped after it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, NoReturn

import pytest

OFFICE = "office@city.test"
PASSWORD = "geheim 1"  # noqa: S105  (of a mailbox that lives for one test)
_MASTER = """\
127.0.0.1:{smtp} inet n - n - - smtpd
127.0.0.1:{smtps} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
tlsmgr unix - - n 1000? 1 tlsmgr
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
_MAIN = """\
compatibility_level = 3.6
queue_directory = {d}/pf/spool
data_directory = {d}/pf/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {d}/pf/mail.log
maillog_file_prefixes = {d}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = localhost
mydestination =
mynetworks =
virtual_mailbox_domains = city.test, dept.test
virtual_mailbox_maps = static:all
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
relay_domains =
default_transport = error:outside delivery is off
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{auth}
smtpd_tls_auth_only = yes
smtpd_tls_cert_file = {d}/cert.pem
smtpd_tls_key_file = {d}/key.pem
smtpd_tls_security_level = may
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
smtpd_relay_restrictions = permit_sasl_authenticated, reject
message_size_limit = 20971520
"""
_DOVECOT = """\
base_dir = {d}/run/
log_path = {d}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = required
ssl_cert = <{d}/cert.pem
ssl_key = <{d}/key.pem
mail_location = maildir:{d}/maildir/%u
first_valid_uid = 1
mail_uid = nobody
mail_gid = nogroup
auth_username_format = %Lu
auth_mechanisms = plain login
passdb {{
 driver = passwd-file
 args = scheme=PLAIN username_format=%u {d}/users
}}
userdb {{
 driver = static
 args = uid=nobody gid=nogroup home={d}/maildir/%u allow_all_users=yes
}}
service imap-login {{
  inet_listener imap {{
   port = 0
  }}
  inet_listener imaps {{
   port = {imaps}
   ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
   port = {lmtp}
  }}
}}
service auth {{
  inet_listener {{
   port = {auth}
   address = 127.0.0.1
  }}
}}
namespace inbox {{
 inbox = yes
}}
"""


class Servers(NamedTuple):
    """Where the servers listen."""

    folder: Path
    smtp: int  # STARTTLS and a login asked for
    smtps: int
    imaps: int

    @property
    def certificate(self) -> Path:
        return self.folder / "cert.pem"


def left_out(reason: str) -> NoReturn:
    if os.environ.get("XLREPORT_REQUIRE_ALL"):
        pytest.fail(reason)
    pytest.skip(reason)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


@contextlib.contextmanager
def servers(users: Mapping[str, str]) -> Iterator[Servers]:
    """Both servers, with these mailboxes."""
    for program in ("postfix", "dovecot", "openssl"):
        if shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin") is None:
            left_out(f"{program} is not installed: no mail went through real servers")
    if os.geteuid() != 0:
        left_out("Postfix starts only as root: no mail went through real servers")
    folder = Path(tempfile.mkdtemp(prefix="xlr-mail-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        with contextlib.contextmanager(_running)(folder, users) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _running(folder: Path, users: Mapping[str, str]) -> Iterator[Servers]:
    names = ("smtp", "smtps", "imaps", "lmtp", "auth")
    ports = dict(zip(names, _free_ports(len(names)), strict=True))
    words = {"d": str(folder), **ports}
    _certificate(folder)
    (folder / "users").write_text(
        "".join(f"{user}:{{PLAIN}}{word}\n" for user, word in users.items()), encoding="utf-8"
    )
    (folder / "dovecot.conf").write_text(_DOVECOT.format(**words), encoding="utf-8")
    (folder / "maildir").mkdir()
    shutil.chown(folder / "maildir", "nobody", "nogroup")
    etc = folder / "pf" / "etc"
    etc.mkdir(parents=True)
    (folder / "pf" / "spool").mkdir()
    (folder / "pf" / "data").mkdir()
    shutil.chown(folder / "pf" / "data", "postfix")
    for name in ("postfix-files", "postfix-script", "post-install", "dynamicmaps.cf"):
        for place in (Path("/etc/postfix"), Path("/usr/lib/postfix"), Path("/usr/share/postfix")):
            if (place / name).exists():
                shutil.copy(place / name, etc / name)
                break
    (etc / "main.cf").write_text(_MAIN.format(**words), encoding="utf-8")
    (etc / "master.cf").write_text(_MASTER.format(**words), encoding="utf-8")
    postfix, dovecot = ["/usr/sbin/postfix", "-c", str(etc)], ["/usr/sbin/dovecot", "-c", str(folder / "dovecot.conf")]
    _must(dovecot, folder)
    try:
        _must([*postfix, "start"], folder)
        try:
            for name in names:
                _wait_for(ports[name], folder)
            yield Servers(folder, ports["smtp"], ports["smtps"], ports["imaps"])
        finally:
            subprocess.run([*postfix, "stop"], capture_output=True, check=False, timeout=60)
    finally:
        pid = folder / "run" / "master.pid"
        if pid.exists():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid.read_text()), signal.SIGTERM)


def _certificate(folder: Path) -> None:
    command = [
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
        "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
        "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem"),
    ]  # fmt: skip
    subprocess.run(command, capture_output=True, check=True)


def _must(command: list[str], folder: Path) -> None:
    # Into a file: what a server leaves running would hold a pipe open for ever.
    said = folder / "said.log"
    with said.open("ab") as stream:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, check=False, timeout=120)
    if done.returncode:
        logs = "".join(
            p.read_text(errors="replace") for p in (folder / "pf/mail.log", folder / "dovecot.log") if p.exists()
        )
        raise AssertionError(f"{command}: {said.read_text(errors='replace')}\n{logs}")


def _wait_for(port: int, folder: Path) -> None:
    until = time.monotonic() + 30
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2):
            return
        if time.monotonic() > until:
            log = folder / "dovecot.log"
            raise AssertionError(f"nobody listens on {port}: {log.read_text() if log.exists() else ''}")
        time.sleep(0.1)
