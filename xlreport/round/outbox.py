"""The outbox: each message is queued once, put on record before its first byte leaves, and never sent twice.

queued → sending (committed) → sent, failed, or unknown. Exactly once cannot be had over SMTP: where a crash or a lost
connection leaves it open whether a server took a message, it is `unknown`, and a person decides.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Protocol

from xlreport.record import record
from xlreport.round.behind import looked_into, sent_some
from xlreport.round.filing import own_names, unit_file
from xlreport.round.folder import Round, now
from xlreport.round.lock import alone
from xlreport.round.message import Outgoing, message_bytes
from xlreport.round.plan import Planned, attachment
from xlreport.round.smtp import AGAIN, FAILED, SENT, UNKNOWN, Answer, CannotConnect
from xlreport.round.trouble import refuse
from xlreport.workbook.write import write_atomically

_DAY = 86_400.0
_LONGEST_WAIT = 3_600.0
_KEYS = ("period", "unit", "kind", "number")
_KEY = "period = ? AND unit = ? AND kind = ? AND number = ?"
_COLUMNS = (
    *("message_id", "mail_to", "cc", "subject", "body", "file", "file_name", "sha256"),
    *("answers", "thread"),
)


class Carrier(Protocol):
    """Who takes messages to the server."""

    def connect(self) -> None:
        """Open a session."""

    def give(
        self, sender: str, to: tuple[str, ...], cc: tuple[str, ...], content: bytes, begin: Callable[[], None],
        *, patient: bool,
    ) -> Answer:  # fmt: skip
        """Give one message; `patient`: not before all its addresses are taken or refused for good."""


@record
class Delivered:
    """What one run of `send` came to."""

    sent: int = 0
    failed: int = 0
    unknown: int = 0
    waiting: int = 0  # still queued
    refused: int = 0  # sent, but not to all that they were addressed to
    stopped: str = ""  # why it ended before the queue was empty
    told: str = ""


def queue(
    this: Round, planned: Iterable[Planned], state: str = "queued", kind: str = "", only: Collection[str] = ()
) -> int:
    """Put messages into the outbox; how many are new. One that went out, or may have, stays as it is.

    A draft, or one that failed and is planned anew, gives way. One that still waits takes what is planned now: its
    address or its words may have been corrected. Of a `kind`, what waits and is planned no longer is withdrawn: its
    unit has answered since, or left the roster.
    """
    planned = list(planned)
    keys = [(this.period, p.unit.code, p.kind, p.number) for p in planned]
    # Nobody may be sending meanwhile what is put right here.
    with alone(this.folder / ".sending", "sending-already"), this.register.transaction() as db:
        db.executemany(f"DELETE FROM message WHERE {_KEY} AND state IN ('failed', 'drafted')", keys)  # noqa: S608
        if kind:
            where, values = _these(this, [kind], only)
            waiting = db.execute(f"SELECT {', '.join(_KEYS)} FROM message WHERE state = 'queued' AND {where}", values)  # noqa: S608
            gone = {tuple(row) for row in waiting}.difference(keys)
            db.executemany(f"DELETE FROM message WHERE {_KEY} AND state = 'queued'", gone)  # noqa: S608
        rows = [
            (
                p.message_id, " ".join(p.to), " ".join(p.cc), p.subject, p.body, p.file, p.file_name, p.sha256,
                p.answers, p.thread,
            )
            for p in planned
        ]  # fmt: skip
        change = ", ".join(f"{column} = ?" for column in _COLUMNS)
        if state == "queued":
            db.executemany(
                f"UPDATE message SET {change} WHERE {_KEY} AND state = 'queued'",  # noqa: S608
                [(*row, *key) for row, key in zip(rows, keys, strict=True)],
            )
        before = db.total_changes
        columns = (*_KEYS, *_COLUMNS, "state", "queued_at")
        db.executemany(
            f"INSERT OR IGNORE INTO message ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",  # noqa: S608
            [(*key, *row, state, now()) for row, key in zip(rows, keys, strict=True)],
        )
        return db.total_changes - before


def draft(this: Round, planned: Iterable[Planned], folder: Path) -> list[Path]:
    """Write messages as files that a mail program opens for sending by hand; they are on record as drafts.

    Without an address of ours there is neither sender nor identity in them: the mail program gives them its own.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # addresses and reports lie in it
    planned = list(planned)
    own_names(one.unit for one in planned)
    written = []
    for one in planned:
        content = attachment(this, one.file, one.sha256, one.unit.code)
        if content is None:
            raise refuse("attachment-lost", unit=one.unit.name)
        ident = one.message_id if this.settings.mail.address else ""
        out = _outgoing(this, ident, one.to, one.cc, one.subject, one.body, one.file_name, content, now(), one)
        path = folder / unit_file(one.unit, f"-{one.kind}.eml")
        write_atomically(path, message_bytes(out, draft=True))
        written.append(path)
    queue(this, planned, "drafted")
    return written


def _outgoing(
    this: Round, ident: str, to: tuple[str, ...], cc: tuple[str, ...], subject: str, body: str, name: str,
    content: bytes, date: str, thread: Planned | None = None, answers: str = "", before: str = "",
) -> Outgoing:  # fmt: skip
    mail = this.settings.mail
    if thread is not None:
        answers, before = thread.answers, thread.thread
    return Outgoing(
        ident, mail.address, this.settings.office, to, cc, subject, body, name, content, date, answers, before
    )


def deliver(
    this: Round,
    carrier: Carrier,
    kinds: Collection[str],
    only: Collection[str] = (),
    *,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
    progress: Callable[[int, int], None] | None = None,
) -> Delivered:
    """Send what is queued, at the pace and up to the number a day that the provider takes."""
    mail = this.settings.mail
    with alone(this.folder / ".sending", "sending-already"):
        settled = _settle_interrupted(this)
        counts = {SENT: 0, FAILED: 0, UNKNOWN: settled}
        stopped, told, failures, began = "", "", 0, clock()
        until = clock() + mail.patience
        last = -_DAY
        try:
            while True:
                row = _next(this, kinds, only)
                if row is None:
                    break
                if _sent_today(this, clock()) >= mail.per_day:
                    stopped = "daily-limit"
                    break
                due = max(row["due_at"], last + 60.0 / mail.per_minute)
                if row["due_at"] > until:
                    stopped = "later"
                    break
                if due > clock():
                    sleep(due - clock())
                try:
                    carrier.connect()
                except CannotConnect as error:
                    failures += 1
                    told = f"{error.code or ''} {error.told}".strip()
                    wait = min(mail.retry_seconds * 2 ** (failures - 1), _LONGEST_WAIT)
                    if error.final or failures >= mail.tries or clock() + wait > until:
                        stopped = "cannot-connect"
                        break
                    sleep(wait)
                    continue
                failures = 0
                state = _send(this, carrier, row, clock)
                last = clock()
                if state in counts:
                    counts[state] += 1
                if progress is not None:
                    progress(counts[SENT], counts[SENT] + _waiting(this, kinds, only))
        finally:
            # Also of a run that is broken off: the log must know what the register knows.
            waiting = _waiting(this, kinds, only)
            run = {"run": sent_some(this)} if counts[SENT] else {}
            this.log("send", **run, sent=counts[SENT], failed=counts[FAILED], unknown=counts[UNKNOWN], waiting=waiting)
    refused = this.register.db.execute(
        "SELECT COUNT(*) FROM message WHERE state = 'sent' AND told LIKE 'refused=%' AND sent_on >= ?", (began,)
    ).fetchone()[0]
    return Delivered(counts[SENT], counts[FAILED], counts[UNKNOWN], waiting, refused, stopped, told)


def _send(this: Round, carrier: Carrier, row: sqlite3.Row, clock: Callable[[], float]) -> str:
    mail, ident = this.settings.mail, row["id"]
    content = attachment(this, row["file"], row["sha256"], row["unit"])
    if content is None:
        _record(this, ident, "state = 'failed', told = 'attachment-lost'")
        return FAILED
    to, cc = tuple(row["mail_to"].split()), tuple(row["cc"].split())
    out = _outgoing(
        this, row["message_id"], to, cc, row["subject"], row["body"], row["file_name"], content, row["queued_at"],
        answers=row["answers"], before=row["thread"],
    )  # fmt: skip

    def begin() -> None:
        _record(this, ident, "state = 'sending'")

    tries = row["tries"] + 1
    answer = carrier.give(mail.address, to, cc, message_bytes(out), begin, patient=tries < mail.tries)
    if answer.state == AGAIN and tries < mail.tries:
        wait = min(mail.retry_seconds * 2 ** (tries - 1), _LONGEST_WAIT)
        _record(
            this, ident, "state = 'queued', tries = ?, code = ?, told = ?, due_at = ?",
            tries, answer.code, answer.told, clock() + wait,
        )  # fmt: skip
        return AGAIN
    state = FAILED if answer.state == AGAIN else answer.state
    told = f"refused={answer.refused}" if answer.refused else answer.told
    _record(
        this, ident, "state = ?, tries = ?, code = ?, told = ?, sent_at = ?, sent_on = ?",
        state, tries, answer.code, told, now() if state == SENT else "", clock() if state != FAILED else 0,
    )  # fmt: skip
    return state


def _record(this: Round, ident: int, change: str, *values: object) -> None:
    with this.register.transaction() as db:
        db.execute(f"UPDATE message SET {change} WHERE id = ?", (*values, ident))  # noqa: S608  (our own words)


def _next(this: Round, kinds: Collection[str], only: Collection[str]) -> sqlite3.Row | None:
    where, values = _these(this, kinds, only)
    row: sqlite3.Row | None = this.register.db.execute(
        f"SELECT * FROM message WHERE state = 'queued' AND {where} ORDER BY due_at, id LIMIT 1",  # noqa: S608
        values,
    ).fetchone()
    return row


def _waiting(this: Round, kinds: Collection[str], only: Collection[str]) -> int:
    where, values = _these(this, kinds, only)
    return int(
        this.register.db.execute(
            f"SELECT COUNT(*) FROM message WHERE state = 'queued' AND {where}",  # noqa: S608
            values,
        ).fetchone()[0]
    )


def _these(this: Round, kinds: Collection[str], only: Collection[str]) -> tuple[str, list[object]]:
    where = f"period = ? AND kind IN ({', '.join('?' * len(kinds))})"
    values: list[object] = [this.period, *kinds]
    if only:
        where += f" AND unit IN ({', '.join('?' * len(only))})"
        values += only
    return where, values


def _sent_today(this: Round, moment: float) -> int:
    """Messages of the last day, those of which nothing is known among them: the provider counts them as well."""
    row = this.register.db.execute("SELECT COUNT(*) FROM message WHERE sent_on > ?", (moment - _DAY,)).fetchone()
    return int(row[0])


def _settle_interrupted(this: Round) -> int:
    """Whoever was sending is gone: what was on its way then is unknown."""
    with this.register.transaction() as db:
        return db.execute(
            "UPDATE message SET state = 'unknown', told = 'interrupted', sent_on = ? WHERE state = 'sending'",
            (time.time(),),
        ).rowcount


def decide(this: Round, sent: bool, only: Collection[str] = (), kind: str = "") -> int:
    """What a person found out: messages that are unknown were `sent`, or are to be sent again.

    Of a kind, drafts that were sent by hand count as sent; they and what failed for good can be sent again, now to the
    addresses of the roster as it is.
    """
    change = "state = 'sent', told = 'decided'"
    if not sent:
        change = "state = 'queued', due_at = 0, tries = 0, told = 'decided'"
        for column in ("mail_to", "cc"):
            change += f", {column} = COALESCE((SELECT u.{column} FROM unit u WHERE u.code = unit), {column})"  # noqa: S608
    settled = "'drafted'" if sent else "'drafted', 'failed'"
    states = "state = 'unknown'" + (f" OR kind = ? AND state IN ({settled})" if kind else "")
    where, values = f"({states}) AND period = ?", [*([kind] if kind else []), this.period, *only]
    if only:
        where += f" AND unit IN ({', '.join('?' * len(only))})"
    with alone(this.folder / ".sending", "sending-already"), this.register.transaction() as db:
        gone = 0
        if not sent:
            # A draft is planned anew: its sender, its words and its workbook may have changed since.
            gone = db.execute(f"DELETE FROM message WHERE {where} AND state = 'drafted'", values).rowcount  # noqa: S608
        count = gone + db.execute(f"UPDATE message SET {change} WHERE {where}", values).rowcount  # noqa: S608
        looked_into(this)
    this.log("decide", sent=sent, messages=count)
    return count
