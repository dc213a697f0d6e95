"""Who gets what: the messages that a command would send, worked out from the register and nothing else."""

from __future__ import annotations

import datetime as dt
import hashlib
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from xlreport.record import record
from xlreport.round.folder import Round
from xlreport.round.issue import ISSUE, digests, issue
from xlreport.round.mailtext import letter
from xlreport.round.message import message_id
from xlreport.round.returned import annotated_copies
from xlreport.round.status import Standing, status
from xlreport.round.unit import Unit
from xlreport.rules.sentence import Lang

REMIND, REPLY = "remind", "reply"
_LONGEST_NAME = 80  # characters: in RFC 2231 each takes nine, and a line of mail holds 998
_LONGEST_TITLE = 50  # of the form, in the same name


@record
class Planned:
    """One message that is to be sent."""

    unit: Unit
    kind: str
    number: int
    message_id: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    subject: str
    body: str
    file: str  # below the round's folder
    file_name: str  # as the unit sees it
    sha256: str
    size: int
    answers: str = ""
    thread: str = ""


@record
class Passed:
    """A unit that gets nothing, and why."""

    unit: Unit
    reason: str


def plan(
    this: Round,
    kind: str,
    lang: Lang,
    only: Collection[str] = (),
    *,
    warnings: bool = False,
    again: bool = False,
    drafts: bool = False,
    today: dt.date | None = None,
    executor: Executor | None = None,
) -> tuple[list[Planned], list[Passed]]:
    """The messages of a kind. `warnings` answers reports that only have warnings, too.

    `again` reminds once more; of workbooks, it sends those once more that were made anew since, or all of `only`.

    `drafts` are written once more where they were written before; else a message that is a draft is passed over.
    """
    planned: list[Planned] = []
    passed: list[Passed] = []
    standings = [one for one in status(this, today).standings if not only or one.unit.code in only]
    wanted = [one for one in standings if _wanted(kind, one, warnings=warnings)]
    passed += _asked_in_vain(this, only, standings, wanted)
    with_address = [one for one in wanted if one.unit.to]
    passed += [Passed(one.unit, "no-address") for one in wanted if not one.unit.to]
    due: list[tuple[Standing, int]] = []
    made = digests(this) if kind == ISSUE else {}
    for one in with_address:
        number = _number(this, kind, one, again=again, drafts=drafts)
        if kind == ISSUE and isinstance(number, Passed):
            number = _once_more(this, number, made, again=again, named=bool(only), drafts=drafts)
        if isinstance(number, Passed):
            passed.append(number)
        else:
            due.append((one, number))
    marked = [(one.unit, one.submission) for one, _ in due if _marked(kind, one)]
    copies = annotated_copies(this, marked, lang, executor)
    plain = {one.unit.code for one, _ in due if not _marked(kind, one)}
    if plain:
        issue(this, plain, executor=executor)
    planned += [_message(this, kind, one, number, lang, copies.get(one.unit.code), today) for one, number in due]
    return planned, passed


def _asked_in_vain(
    this: Round, only: Collection[str], standings: Sequence[Standing], wanted: Sequence[Standing]
) -> list[Passed]:
    """The units that were named and get nothing, for they do not report or nothing is open with them."""
    reporting, due = ({one.unit.code for one in these} for these in (standings, wanted))
    units = [unit for unit in this.units if unit.code in only and unit.code not in due]
    return [Passed(unit, "nothing-open" if unit.code in reporting else "not-reporting") for unit in units]


def _marked(kind: str, one: Standing) -> bool:
    """Whether the unit gets its own report back, and not the workbook it was issued."""
    return kind == REPLY or (kind == REMIND and one.state == "error")


def _wanted(kind: str, one: Standing, *, warnings: bool) -> bool:
    if kind == ISSUE:
        return True
    if kind == REMIND:
        return one.state in {"missing", "error"}
    return one.state == "error" or (warnings and one.state == "warning")


def _messages(this: Round, unit: Unit, kind: str) -> Sequence[Any]:
    """The messages of a kind to a unit, by their numbers."""
    return this.register.db.execute(
        "SELECT number, state, queued_at, mail_to, cc, sha256 FROM message WHERE period = ? AND unit = ? AND kind = ?"
        " ORDER BY number",
        (this.period, unit.code, kind),
    ).fetchall()


def _number(this: Round, kind: str, one: Standing, *, again: bool, drafts: bool) -> int | Passed:
    """The number of the message that is due, or why there is none."""
    unit = one.unit
    known = _messages(this, unit, kind)
    # The form goes out once, each report is answered once, reminders are counted.
    number = 1 if kind == ISSUE else one.version if kind == REPLY else len(known) + 1
    if kind == REMIND and known and _undone(known[-1], unit, drafts=drafts):
        return int(known[-1]["number"])
    if kind == REMIND and known and not again and _recent(known[-1]):
        return Passed(unit, f"message-{state}" if (state := known[-1]["state"]) == "drafted" else "reminded-already")
    there = next((row for row in known if row["number"] == number), None)
    if there is None or _undone(there, unit, drafts=drafts):
        return number
    return Passed(unit, f"message-{there['state']}")


def _once_more(
    this: Round, passed: Passed, made: dict[str, str], *, again: bool, named: bool, drafts: bool
) -> int | Passed:
    """The number of a workbook's next message where it was sent and was made anew since, or is asked for by name."""
    unit = passed.unit
    last = _messages(this, unit, ISSUE)[-1]
    if last["state"] != "sent":
        # One went out before, and this is the next on its way.
        due = last["number"] > 1 and _undone(last, unit, drafts=drafts)
        return int(last["number"]) if due else Passed(unit, f"message-{last['state']}")
    changed = last["sha256"] != made.get(unit.code, last["sha256"])
    if again and (changed or named):
        return int(last["number"]) + 1
    return Passed(unit, "made-anew") if changed else passed


def _undone(row: sqlite3.Row, unit: Unit, *, drafts: bool) -> bool:
    """Whether a message takes the place of one on record: a draft, or what failed for an address since put right.

    What waits to be sent is planned anew as well: it goes out as the roster and the letters are by then.
    """
    if row["state"] == "drafted":
        return drafts
    if row["state"] == "queued":
        return not drafts
    return row["state"] == "failed" and (row["mail_to"], row["cc"]) != (" ".join(unit.to), " ".join(unit.cc))


def _message(
    this: Round,
    kind: str,
    one: Standing,
    number: int,
    lang: Lang,
    copy: tuple[Path, bytes] | None,
    today: dt.date | None,
) -> Planned:
    unit = one.unit
    if copy is not None:
        path, end = copy[0], "核对结果" if lang == "zh" else "checked"
        digest, size = hashlib.sha256(copy[1]).hexdigest(), len(copy[1])
    else:
        row = this.register.db.execute(
            "SELECT file, sha256 FROM issue WHERE period = ? AND unit = ?", (this.period, unit.code)
        ).fetchone()
        path, end = this.folder / row["file"], ""
        digest, size = str(row["sha256"]), path.stat().st_size
    written = letter(this, kind, unit, lang, state=one.state, findings=list(_findings(this, one)), today=today)
    answers, thread = _answered(this, one) if kind == REPLY else ("", "")
    title = this.form.title if lang == "zh" else this.form.title_en
    domain = this.settings.mail.address.partition("@")[2] or "xlreport.invalid"
    return Planned(
        unit, kind, number, message_id(domain, this.form.name, this.period, unit.code, kind, number, _secret(this)),
        unit.to, unit.cc, written.subject, written.body, path.relative_to(this.folder).as_posix(),
        _file_name(unit, title, this.period, end), digest, size, answers, thread,
    )  # fmt: skip


def _recent(row: sqlite3.Row) -> bool:
    """Whether a reminder went out within a day: running the command twice is not a second reminder."""
    queued = dt.datetime.fromisoformat(row["queued_at"])
    return dt.datetime.now(dt.UTC) - queued < dt.timedelta(hours=20)


def _secret(this: Round) -> str:
    """So that nobody can work out the identity of a message, and two rounds never give the same one."""
    return this.register.fact("secret")


def _findings(this: Round, one: Standing) -> Iterator[dict[str, str]]:
    if not one.submission:
        return
    for row in this.register.db.execute(
        "SELECT severity, cell, zh, en FROM finding WHERE submission = ? AND waiver IS NULL AND severity <> 'info'"
        " ORDER BY seq",
        (one.submission,),
    ):
        yield dict(row)


def _answered(this: Round, one: Standing) -> tuple[str, str]:
    """The message that brought the report, and the thread it stands in."""
    row = this.register.db.execute(
        "SELECT a.message_id, a.thread FROM submission s JOIN arrival a ON a.id = s.arrival WHERE s.id = ?",
        (one.submission,),
    ).fetchone()
    return (row["message_id"], row["thread"]) if row else ("", "")


def _file_name(unit: Unit, title: str, period: int, end: str) -> str:
    """What the attachment is called: nothing that some system does not take."""
    rest = "".join(f"-{part}" for part in (str(period), title[:_LONGEST_TITLE], end) if part)
    # The unit's name gives way: what a copy is, and of what year, must be seen at its end.
    name = unit.name[: _LONGEST_NAME - 5 - len(rest)] + rest
    clean = "".join(ch if ch.isprintable() and ch not in '<>:"/\\|?*;' else "_" for ch in name)
    return f"{clean}.xlsx"


def size_of(planned: Sequence[Planned]) -> int:
    """The bytes of all attachments."""
    return sum(one.size for one in planned)


def attachment(this: Round, file: str, sha256: str, unit: str) -> bytes | None:
    """The file of a message, if it still is what was queued; a workbook that was lost is made again."""
    path: Path = this.folder / file
    for turn in range(2):
        data = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(data).hexdigest() == sha256:
            return data
        if turn == 0:
            made = issue(this, {unit}, again=True)
            path = made[0].path if made else path  # a round of an earlier version may have named it otherwise
    return None
