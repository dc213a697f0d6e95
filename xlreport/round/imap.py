"""The office's mailbox over IMAP: what is new in it, stored whole before the mailbox is told that we have it.

What was taken is kept in the register, by its number and by its bytes: a mailbox may number its messages anew. It is
also marked in the mailbox, for people to see, with a mark of this round alone: another may wait for the same mail.

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
import secrets
import socket
import ssl
from collections.abc import Iterator
from typing import Any

from xlreport.record import replace
from xlreport.round.folder import MAIL, Round
from xlreport.round.mailbag import Arrival, in_message
from xlreport.round.smtp import tls, words
from xlreport.round.trouble import refuse
from xlreport.workbook.write import write_atomically

_WAIT = 60.0
_NAME = '("name" "xlreport" "version" "1")'


class Mailbox:
    """A folder of the mailbox that is open. `letters` gives what is new; `done` marks a message as taken."""

    def __init__(self, this: Round, password: str) -> None:
        mail = this.settings.mail
        self._this = this
        self._known: dict[str, bytes] = {}  # the source of an arrival -> its number in the mailbox
        account = f"{mail.user or mail.address}\t{mail.imap}\t{mail.folder}"
        self._account = hashlib.sha256(account.encode()).hexdigest()[:16]
        self._mark = f"$Xlreport{_round_mark(this)}"
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
        self._validity = _text(self._imap.response("UIDVALIDITY"))
        kept = _text(self._imap.response("PERMANENTFLAGS"))
        self._keeps_marks = not kept or r"\*" in kept or self._mark in kept

    def letters(self, *, everything: bool = False) -> Iterator[list[Arrival]]:
        """What each message brought that was not taken yet, one message at a time."""
        try:
            for number in self._numbers(everything=everything):
                raw = self._fetch(number)
                if not raw:
                    # Not taken and not marked: the next run asks for it again.
                    yield [Arrival("", b"", f"UID {number.decode()}", trouble="cannot-read")]
                    continue
                digest = hashlib.sha256(raw).hexdigest()
                path = self._this.place(MAIL, f"{digest[:24]}.eml")
                self._known[path.name] = number
                if not everything and self._taken_before(path.name):
                    self.done(path.name)
                    continue
                if not path.exists():
                    write_atomically(path, raw)
                yield [replace(one, mail=f"{MAIL}/{path.name}") for one in in_message(raw, path.name)]
        except (imaplib.IMAP4.error, OSError) as error:
            raise refuse("imap-lost", told=words(_said(error))) from error

    def done(self, source: str) -> None:
        """Put on record that a message was taken, and say so in the mailbox: read, and marked where it keeps marks."""
        number = self._known.get(source)
        if number is None:
            return
        with self._this.register.transaction() as db:
            row = self._account, self._validity, int(number), source
            db.execute("INSERT OR REPLACE INTO taken VALUES (?, ?, ?, ?)", row)
        try:
            answer = "NO"
            if self._keeps_marks:
                answer, _ = self._imap.uid("STORE", number.decode(), "+FLAGS", rf"(\Seen {self._mark})")
            if answer != "OK":
                self._imap.uid("STORE", number.decode(), "+FLAGS", r"(\Seen)")
        except (imaplib.IMAP4.error, OSError) as error:
            raise refuse("imap-lost", told=words(_said(error))) from error

    def close(self) -> None:
        """Leave the mailbox."""
        with contextlib.suppress(imaplib.IMAP4.error, OSError):
            self._imap.logout()

    def _numbers(self, *, everything: bool) -> list[bytes]:
        # What a colleague has read already is new to us all the same: only what is in the register counts. Our mark
        # in the mailbox does not: a register that was restored from a backup knows less than the mailbox does.
        found = self._search("ALL") or []
        if everything:
            return found
        rows = self._this.register.db.execute(
            "SELECT uid FROM taken WHERE mailbox = ? AND validity = ?", (self._account, self._validity)
        )
        taken = {row[0] for row in rows}
        return [one for one in found if int(one) not in taken]

    def _search(self, *asked: str) -> list[bytes] | None:
        try:
            answer, found = self._imap.uid("SEARCH", *asked)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error:
            return None
        return None if answer != "OK" else found[0].split() if found and found[0] else []

    def _taken_before(self, letter: str) -> bool:
        """Whether this very message was taken under another number."""
        where = "SELECT 1 FROM taken WHERE mailbox = ? AND letter = ?"
        return self._this.register.db.execute(where, (self._account, letter)).fetchone() is not None

    def _fetch(self, number: bytes) -> bytes:
        """A whole message, without touching whether it was read."""
        answer, parts = self._imap.uid("FETCH", number.decode(), "(BODY.PEEK[])")
        if answer != "OK":
            return b""
        return next((part[1] for part in parts if isinstance(part, tuple) and len(part) > 1), b"")


def _round_mark(this: Round) -> str:
    """By which a round knows what it took itself; drawn once."""
    with this.register.transaction():
        known = this.register.fact("mailbox-mark")
        if not known:
            known = secrets.token_hex(4)
            this.register.remember("mailbox-mark", known)
    return known


def _text(answer: tuple[str, list[Any]]) -> str:
    """What a server said beside its answers; empty if it said nothing of the kind."""
    first = answer[1][0] if answer[1] else None
    return first.decode("ascii", "replace") if isinstance(first, bytes) else ""


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
