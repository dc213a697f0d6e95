"""The office's mailbox over IMAP: what is new in it, stored whole before the mailbox is told that we have it.

imaplib, and not imap-tools: that one stands on imaplib itself and mostly adds a reading of messages, which is what we
cannot use, for names and senders must be read from the bytes as they came (`mailbag`, `names`). Certificates, time
limits, the ID that 163 wants, UIDs and flags set only after storing would be the same calls, with one more package.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import imaplib
import re
import socket
import ssl
from collections.abc import Iterator

from xlreport.record import replace
from xlreport.round.folder import MAIL, Round
from xlreport.round.mailbag import Arrival, in_message
from xlreport.round.smtp import tls, words
from xlreport.round.trouble import refuse
from xlreport.workbook.write import write_atomically

TAKEN = "$XlreportTaken"
_WAIT = 60.0
_NAME = '("name" "xlreport" "version" "1")'


class Mailbox:
    """A folder of the mailbox that is open. `arrivals` gives what is new; `done` marks a message as taken."""

    def __init__(self, this: Round, password: str) -> None:
        mail = this.settings.mail
        self._this = this
        self._known: dict[str, bytes] = {}  # the source of an arrival -> its number in the mailbox
        try:
            if mail.security == "none":
                self._imap: imaplib.IMAP4 = imaplib.IMAP4(mail.imap, mail.imap_port, timeout=_WAIT)
            else:
                context = tls(mail, this.folder)
                self._imap = imaplib.IMAP4_SSL(mail.imap, mail.imap_port, ssl_context=context, timeout=_WAIT)
            self._imap.login(mail.user or mail.address, password)
        except UnicodeEncodeError as error:
            raise refuse("imap-login", told="non-ASCII password") from error
        except (imaplib.IMAP4.error, OSError, ssl.SSLError, socket.gaierror) as error:
            raise refuse("imap-login", told=words(_said(error), password)) from error
        try:
            self._open(mail.folder)
        except (imaplib.IMAP4.error, OSError) as error:
            self.close()
            raise refuse("imap-lost", told=words(_said(error))) from error

    def _open(self, folder: str) -> None:
        # 163 and 126 open no folder for a program that does not say its name first.
        with contextlib.suppress(imaplib.IMAP4.error):
            if "ID" in self._imap.capabilities:
                self._imap.xatom("ID", _NAME)
        answer, said = self._imap.select(f'"{modified_utf7(folder)}"')
        if answer != "OK":
            raise refuse("imap-folder", folder=folder, told=words(said[0] if said and said[0] else b""))

    def arrivals(self, *, everything: bool = False) -> Iterator[Arrival]:
        """The attachments of all messages that were not taken yet."""
        try:
            for number in self._numbers(everything=everything):
                raw = self._fetch(number)
                if not raw:
                    continue
                digest = hashlib.sha256(raw).hexdigest()
                path = self._this.place(MAIL, f"{digest[:24]}.eml")
                if not path.exists():
                    write_atomically(path, raw)
                self._known[path.name] = number
                for one in in_message(raw, path.name):
                    yield replace(one, mail=f"{MAIL}/{path.name}")
        except (imaplib.IMAP4.error, OSError) as error:
            raise refuse("imap-lost", told=words(_said(error))) from error

    def done(self, source: str) -> None:
        """Say in the mailbox that a message was taken: read, and marked; not every mailbox keeps marks of ours."""
        number = self._known.get(source)
        if number is None:
            return
        try:
            answer, _ = self._imap.uid("STORE", number.decode(), "+FLAGS", rf"(\Seen {TAKEN})")
            if answer != "OK":
                self._imap.uid("STORE", number.decode(), "+FLAGS", r"(\Seen)")
        except (imaplib.IMAP4.error, OSError) as error:
            raise refuse("imap-lost", told=words(_said(error))) from error

    def close(self) -> None:
        """Leave the mailbox."""
        with contextlib.suppress(imaplib.IMAP4.error, OSError):
            self._imap.logout()

    def _numbers(self, *, everything: bool) -> list[bytes]:
        # What a colleague has read already is new to us all the same: only our own mark counts.
        asked = ("ALL",) if everything else ("UNKEYWORD", TAKEN)
        try:
            answer, found = self._imap.uid("SEARCH", *asked)
        except imaplib.IMAP4.error:
            answer, found = "NO", []
        if answer != "OK":
            answer, found = self._imap.uid("SEARCH", "ALL" if everything else "UNSEEN")
        return found[0].split() if answer == "OK" and found and found[0] else []

    def _fetch(self, number: bytes) -> bytes:
        """A whole message, without touching whether it was read."""
        answer, parts = self._imap.uid("FETCH", number.decode(), "(BODY.PEEK[])")
        if answer != "OK":
            return b""
        return next((part[1] for part in parts if isinstance(part, tuple) and len(part) > 1), b"")


def _said(error: Exception) -> bytes | str:
    """What a server answered, as it said it: imaplib wraps its bytes."""
    first = error.args[0] if error.args else ""
    return first if isinstance(first, bytes) else str(error)


def modified_utf7(name: str) -> str:
    """A folder's name as IMAP writes it: 已处理 as `&XfJZBHQG-`."""

    def packed(match: re.Match[str]) -> str:
        data = base64.b64encode(match[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
        return f"&{data}-"

    escaped = name.replace("&", "&-").replace("\\", "\\\\").replace('"', '\\"')
    return re.sub(r"[^\x20-\x7e]+", packed, escaped)
