"""Taking in what the units sent: matched by what is inside, checked, registered; what does not fit is kept aside.

Nothing is dropped: every file lies below `received`, under its own fingerprint, before the register knows of it.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from pathlib import PurePosixPath

from xlreport.form.fold import fold
from xlreport.record import record, replace
from xlreport.round.folder import RECEIVED, Round, now
from xlreport.round.history import Past, past, take_over
from xlreport.round.judge import Job, Judged, judge, peek
from xlreport.round.mailbag import Arrival
from xlreport.round.roster import Unit
from xlreport.round.submissions import Version, accept, versions
from xlreport.round.trouble import refuse
from xlreport.workbook.bundle import safe_parts
from xlreport.workbook.write import write_atomically, write_quickly

_BATCH = 16  # files that one worker judges at a time
_AHEAD = 8  # batches read before the first is registered


@record
class Taken:
    """What became of one file."""

    arrival: Arrival
    outcome: str  # "accepted", or why it was kept aside
    number: int = 0  # of the arrival in the register
    unit: Unit | None = None
    state: str = ""  # of an accepted report: clean, warning, waived or error
    errors: int = 0
    warnings: int = 0
    version: int = 0
    remarks: tuple[str, ...] = ()  # what is told of an accepted report's way here
    detail: str = ""
    kept: bool = True  # whether the file lies in the round's folder

    @property
    def accepted(self) -> bool:
        """Whether it is now the unit's report."""
        return self.outcome == "accepted"


def intake(
    this: Round,
    found: Iterable[Arrival],
    *,
    executor: Executor | None = None,
    last_year: bool = False,
    lasting: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Taken]:
    """Take in everything that was found. `last_year` takes reports of the year before, which nobody checks again.

    `lasting` forces each file to the disk: for what is then removed from where it came from.
    """
    take_over(this)
    index = _Index(this)
    count = 0
    for batch, judged in _judged(this, found, index, executor):
        taken = []
        for arrival, one in zip(batch, judged, strict=True):
            file = _store(this, arrival, lasting=lasting)
            taken.append((arrival, one, file))
        # One transaction for a batch: what it says is either all there, with its files, or not at all.
        with this.register.transaction():
            done = [_register(this, index, *each, last_year=last_year) for each in taken]
        for one_done in done:
            count += 1
            if progress is not None:
                progress(count)
            yield one_done
    this.log("intake", files=count)


def _judged(
    this: Round, found: Iterable[Arrival], index: _Index, executor: Executor | None
) -> Iterator[tuple[Sequence[Arrival], Sequence[Judged]]]:
    templates = tuple(map(str, this.templates))

    def job(arrival: Arrival) -> Job:
        unit = index.by_code.get(peek(arrival.data))
        before = past(this.register, unit.code, this.period - 1) if unit else None
        return Job(PurePosixPath(arrival.name).name or "workbook", arrival.data, before, templates)

    source = iter(found)
    batches: Iterator[list[Arrival]] = iter(lambda: list(itertools.islice(source, _BATCH)), [])
    if executor is None:
        for batch in batches:
            yield batch, [judge(job(one)) if not one.trouble else _untaken(one) for one in batch]
        return
    waiting = []
    for batch in batches:
        jobs = [None if one.trouble else job(one) for one in batch]
        waiting.append((batch, executor.submit(judge_all, jobs)))
        if len(waiting) > _AHEAD:
            first, answer = waiting.pop(0)
            yield first, _filled(first, answer.result())
    for first, answer in waiting:
        yield first, _filled(first, answer.result())


def judge_all(jobs: Sequence[Job | None]) -> list[Judged | None]:
    """Several files judged, in another process."""
    return [judge(one) if one else None for one in jobs]


def _filled(batch: Sequence[Arrival], judged: Sequence[Judged | None]) -> list[Judged]:
    return [one or _untaken(arrival) for arrival, one in zip(batch, judged, strict=True)]


def _untaken(arrival: Arrival) -> Judged:
    return Judged(hashlib.sha256(arrival.data).hexdigest(), arrival.trouble)


def _store(this: Round, arrival: Arrival, *, lasting: bool) -> str:
    """Where a file is kept: under its fingerprint, with as much of its name as is safe anywhere."""
    if not arrival.data or (arrival.kept and arrival.mail):
        return arrival.mail
    digest = hashlib.sha256(arrival.data).hexdigest()
    name = safe_parts(arrival.kept or arrival.name)[-1][-80:].lstrip(" .") or "workbook"
    path = this.place(RECEIVED, f"{digest[:16]}-{name}")
    if not path.exists():
        (write_atomically if lasting else write_quickly)(path, arrival.data)
    return f"{RECEIVED}/{path.name}"


class _Index:
    """The roster by everything that a workbook or a message can say of a unit."""

    def __init__(self, this: Round) -> None:
        self.by_code = {unit.code: unit for unit in this.units}
        self.by_name = {fold(unit.name): unit for unit in this.units}
        self.by_address: dict[str, list[Unit]] = {}
        for unit in this.units:
            for address in (*unit.to, *unit.cc):
                self.by_address.setdefault(address.lower(), []).append(unit)
        self.issues = {
            row["unit"]: row["number"]
            for row in this.register.db.execute("SELECT unit, number FROM issue WHERE period = ?", (this.period,))
        }

    def above(self, unit: Unit) -> set[str]:
        """The codes of the units that a unit is added up under, and its own."""
        found = {unit.code}
        at = unit.parent
        while at and at not in found:
            found.add(at)
            at = self.by_code[at].parent if at in self.by_code else ""
        return found


def _register(this: Round, index: _Index, arrival: Arrival, one: Judged, file: str, *, last_year: bool) -> Taken:
    outcome, unit, remarks, detail = _matched(this, index, arrival, one, last_year=last_year)
    known: Sequence[Version] = ()
    period = this.period - 1 if last_year else this.period
    if outcome == "accepted" and unit is not None:
        known = versions(this.register, unit.code, period)
        outcome, detail = _news(arrival, one, known, answered=_answers_us(this, arrival, unit, known))
        if outcome == "accepted" and _twice(this, arrival, unit):
            outcome, detail = "two-in-one", str(known[-1].version)
    if outcome != "accepted" and (there := _aside_already(this, arrival, one, outcome)):
        return Taken(replace(arrival, data=b""), outcome, there, unit, detail=detail, kept=bool(file))
    number = this.register.db.execute(
        "INSERT INTO arrival (source, name, file, sha256, sender, message_id, thread, subject, sent_at, taken_at,"
        " outcome, detail, unit, submission) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
        (
            arrival.source, arrival.name, file, one.sha256, arrival.sender, arrival.message_id, arrival.thread,
            arrival.subject, arrival.sent_at, now(), outcome, detail or " ".join(remarks), unit.code if unit else "",
        ),
    ).lastrowid  # fmt: skip
    light = replace(arrival, data=b"")  # thousands of these are kept to be told
    taken = Taken(light, outcome, int(number or 0), unit, remarks=remarks, detail=detail, kept=bool(file))
    if outcome != "accepted" or unit is None:
        return taken
    one = _with_past(this, unit, arrival, one, index)
    accepted = accept(this, unit, one, arrival, int(number or 0), period=period)
    return replace(
        taken, state=accepted.state, errors=accepted.errors, warnings=accepted.warnings, version=accepted.version
    )


def _aside_already(this: Round, arrival: Arrival, one: Judged, outcome: str) -> int:
    """The number under which the same file was kept aside before: looked at again, it is not one more."""
    row = this.register.db.execute(
        "SELECT id FROM arrival WHERE sha256 = ? AND outcome = ? AND name = ? AND source = ? AND message_id = ?",
        (one.sha256, outcome, arrival.name, arrival.source, arrival.message_id),
    ).fetchone()
    return int(row["id"]) if row else 0


def _with_past(this: Round, unit: Unit, arrival: Arrival, one: Judged, index: _Index) -> Judged:
    """Judged against last year's report, where the workbook did not say at once whose it is."""
    if index.by_code.get(peek(arrival.data)) == unit:
        return one
    before: Past | None = past(this.register, unit.code, this.period - 1)
    if before is None:
        return one
    return judge(Job(arrival.name, arrival.data, before, tuple(map(str, this.templates))))


def _matched(
    this: Round, index: _Index, arrival: Arrival, one: Judged, *, last_year: bool
) -> tuple[str, Unit | None, tuple[str, ...], str]:
    """Outcome, unit, remarks and detail of a file: by what is inside, then by its sender; never by names."""
    senders = index.by_address.get(arrival.sender, []) if arrival.sender else []
    sent_by = senders[0] if len(senders) == 1 else None
    if arrival.trouble or one.trouble:
        reason = arrival.trouble or one.trouble
        outcome = (
            "no-attachment" if reason == "no-attachment" else "not-a-form" if reason == "not-a-form" else "unreadable"
        )
        return outcome, sent_by, (), reason
    issued = index.by_code.get(one.identity_code) or index.by_name.get(fold(one.identity_unit))
    # The code stands locked on the cover; the name may be another's that was typed over it.
    named = [found for found in (index.by_name.get(fold(one.unit)), index.by_code.get(one.unit_code)) if found]
    cover = next((found for found in named if found != issued), issued) if named else None
    unit = issued or cover or (sent_by if not (one.identity_code or one.unit) else None)
    if unit is None:
        # It names somebody who is not on the roster, or nobody at all.
        return ("unknown-unit" if one.unit or one.identity_unit else "unknown-sender"), sent_by, (), one.unit
    if one.form != this.form.id:
        return "other-form", unit, (), f"{one.form}@{one.edition}"
    period = this.period - 1 if last_year else this.period
    said = one.period or one.identity_period
    if said is not None and said != period:
        return "other-period", unit, (), str(said)
    if cover and any(found != cover for found in (issued, *named) if found):
        return "wrong-unit", unit, (), cover.code
    if senders and not any(sender.code in index.above(unit) for sender in senders):
        return "wrong-unit", unit, (), senders[0].code
    if not unit.reports:
        return "not-reporting", unit, (), ""
    remarks = []
    if arrival.sender and not senders:
        # Only who was written to knows the message that is answered; anybody may have the workbook.
        if not _answers_any(this, arrival, unit):
            return "stranger", unit, (), arrival.sender
        remarks.append("unknown-sender")
    if one.issue and not last_year and one.issue != index.issues.get(unit.code, one.issue):
        remarks.append("other-issue")
    return "accepted", unit, tuple(remarks), ""


def accept_by_hand(this: Round, number: int, unit: Unit) -> Taken:
    """Make a file that was kept aside a unit's report, because the clerk says so."""
    row = this.register.db.execute("SELECT * FROM arrival WHERE id = ?", (number,)).fetchone()
    if row is None or not row["file"] or row["outcome"] == "accepted":
        raise refuse("no-such-arrival", number=number)
    try:
        data = (this.folder / row["file"]).read_bytes()
    except OSError as error:
        raise refuse("arrival-lost", number=number, file=row["file"]) from error
    arrival = Arrival(
        row["name"],
        data,
        row["source"],
        row["sender"],
        row["message_id"],
        row["thread"],
        row["subject"],
        row["sent_at"],
    )
    before = past(this.register, unit.code, this.period - 1)
    one = judge(Job(arrival.name, data, before, tuple(map(str, this.templates))))
    if one.trouble or one.form != this.form.id:
        raise refuse("arrival-unfit", number=number)
    said = one.period or one.identity_period
    if said is not None and said != this.period:
        raise refuse("arrival-year", number=number, year=said, period=this.period)
    with this.register.transaction() as db:
        db.execute(
            "UPDATE arrival SET outcome = 'accepted', detail = 'by-hand', unit = ? WHERE id = ?", (unit.code, number)
        )
        accepted = accept(this, unit, one, arrival, number, period=this.period)
    this.log("accept", arrival=number, unit=unit.code)
    return Taken(
        arrival,
        "accepted",
        number,
        unit,
        accepted.state,
        accepted.errors,
        accepted.warnings,
        accepted.version,
        ("by-hand",),
    )


def _answers_any(this: Round, arrival: Arrival, unit: Unit) -> bool:
    """Whether a message answers one of ours to the unit."""
    rows = this.register.db.execute("SELECT message_id FROM message WHERE unit = ?", (unit.code,))
    return any(row["message_id"] in arrival.thread for row in rows)


def _twice(this: Round, arrival: Arrival, unit: Unit) -> bool:
    """Whether the same message brought a report of the unit already: nobody knows which of the two counts."""
    if not arrival.sender or not (arrival.message_id or arrival.sent_at):
        return False
    row = this.register.db.execute(
        "SELECT 1 FROM arrival WHERE unit = ? AND outcome = 'accepted' AND source = ? AND sender = ? AND sent_at = ?"
        " AND message_id = ?",
        (unit.code, arrival.source, arrival.sender, arrival.sent_at, arrival.message_id),
    ).fetchone()
    return row is not None


def _answers_us(this: Round, arrival: Arrival, unit: Unit, known: Sequence[Version]) -> bool:
    """Whether a message answers our reply to the last report: then it is the newest, whatever its clock says."""
    row = this.register.db.execute(
        "SELECT message_id FROM message WHERE period = ? AND unit = ? AND kind = 'reply' AND number = ?",
        (this.period, unit.code, known[-1].version if known else 0),
    ).fetchone()
    return row is not None and row["message_id"] in arrival.thread


def _news(arrival: Arrival, one: Judged, known: Sequence[Version], *, answered: bool) -> tuple[str, str]:
    """Whether a file says anything new, against what is there already."""
    if not known:
        return "accepted", ""
    last = known[-1]
    if one.sha256 == last.sha256 or one.figures == last.figures:
        # Explanations are not figures, but they are news.
        return ("accepted" if one.sha256 != last.sha256 and one.explained else "duplicate"), str(last.version)
    if answered:
        return "accepted", ""
    if same := next((v for v in known if one.sha256 == v.sha256 or one.figures == v.figures), None):
        return "older", str(same.version)
    sent = modified = ""
    for version in known:
        # No clock is believed that is ahead of ours; one that went back says nothing, and our own counts.
        said = min(version.sent_at, version.taken_at)
        sent = max(sent, said if said >= sent else version.taken_at) if version.sent_at else sent
        modified = max(modified, min(version.modified, version.taken_at))
    if arrival.sent_at and sent and arrival.sent_at < sent:
        return "older", str(last.version)
    if one.modified and modified and one.modified < modified:
        return "older", str(last.version)
    return "accepted", ""
