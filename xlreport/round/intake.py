"""Taking in what the units sent: matched by what is inside, checked, registered; what does not fit is kept aside.

Nothing is dropped: every file lies below `received`, under its own fingerprint, before the register knows of it.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from pathlib import PurePosixPath

from xlreport.form.fold import fold
from xlreport.record import record, replace
from xlreport.round.again import bring_over, check_again
from xlreport.round.ahead import in_order
from xlreport.round.folder import RECEIVED, Round, now
from xlreport.round.history import Past, past
from xlreport.round.judge import Job, Judged, judge, peek
from xlreport.round.mailbag import Arrival, corrects
from xlreport.round.matching import Index, matched
from xlreport.round.news import Lot, answers_us, as_issued, aside_already, newer, news, registered_already, twice
from xlreport.round.returned_mail import undelivered
from xlreport.round.status import ACCEPTABLE, DISMISSED
from xlreport.round.submissions import accept, versions
from xlreport.round.unit import Unit
from xlreport.workbook.bundle import safe_parts
from xlreport.workbook.write import write_atomically, write_quickly

_BATCH = 32  # files that one worker judges at a time, and that are registered at a stretch


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
    bring_over(this, executor)
    index, lot = Index(this), Lot()
    count = 0
    known: set[str] = set()  # units of which last year's report came in
    for batch, judged in _judged(this, found, index, executor):
        taken = []
        for arrival, one in zip(batch, judged, strict=True):
            file = _store(this, arrival, lasting=lasting)
            taken.append((arrival, one, file))
        # One transaction for a batch: what it says is either all there, with its files, or not at all.
        with this.register.transaction():
            done = [_register(this, index, lot, *each, last_year=last_year) for each in taken]
        for one_done in done:
            count += 1
            if progress is not None:
                progress(count)
            if last_year and one_done.accepted and one_done.unit is not None:
                known.add(one_done.unit.code)
            yield one_done
    check_again(this, known, executor)
    this.log("intake", files=count)


def _judged(
    this: Round, found: Iterable[Arrival], index: Index, executor: Executor | None
) -> Iterator[tuple[Sequence[Arrival], Sequence[Judged]]]:
    templates = tuple(map(str, this.templates))

    def job(arrival: Arrival) -> Job:
        code = peek(arrival.data)
        unit = index.by_code.get(code)
        before = past(this.register, unit.code, this.period - 1) if unit else None
        name = unit.name if unit else ""
        return Job(PurePosixPath(arrival.name).name or "workbook", arrival.data, before, templates, code, name)

    source = iter(found)
    batches: deque[list[Arrival]] = deque()  # those that were given away and have not come back

    def jobs() -> Iterator[list[Job | None]]:
        while batch := list(itertools.islice(source, _BATCH)):
            batches.append(batch)
            yield [None if one.trouble else job(one) for one in batch]

    for answer in in_order(executor, judge_all, jobs()):
        batch = batches.popleft()
        yield batch, [one or _untaken(arrival) for arrival, one in zip(batch, answer, strict=True)]


def judge_all(jobs: Sequence[Job | None]) -> list[Judged | None]:
    """Several files judged, perhaps in another process."""
    return [judge(one) if one else None for one in jobs]


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


def _register(
    this: Round, index: Index, lot: Lot, arrival: Arrival, one: Judged, file: str, *, last_year: bool
) -> Taken:
    found = matched(this, index, arrival, one, last_year=last_year)
    outcome, unit, remarks, detail = found.outcome, found.unit, found.remarks, found.detail
    period = this.period - 1 if last_year else this.period
    if outcome == "accepted" and unit is not None:
        known = versions(this.register, unit.code, period)
        answered, issued = answers_us(this, arrival, unit, known), as_issued(this, unit, one.sha256)
        outcome, detail = news(arrival, one, known, answered=answered, issued=issued)
        # What came with it may have been our own form, untouched.
        second = bool(known) and outcome == "accepted" and twice(this, arrival, unit)
        if second and not as_issued(this, unit, known[-1].sha256):
            outcome, detail = "two-in-one", str(known[-1].version)
        elif outcome == "accepted" and (other := lot.twice(arrival, unit)):
            if newer(one, known[-1]) or corrects(arrival.name, other):
                remarks, detail = (*remarks, "two-at-once"), other
            else:
                outcome, detail = "two-at-once", other
    if outcome in ACCEPTABLE and (known_as := registered_already(this, one.sha256, period)):
        # Somebody has said already whose it is, and it is fetched or taken in again.
        outcome, unit, detail = "duplicate", this.by_code.get(known_as.unit, unit), str(known_as.version)
    if unit is not None and outcome in {"accepted", "duplicate"}:
        lot.add(arrival, unit)
    if outcome == "bounced":
        undelivered(this, arrival)
    if outcome != "accepted" and (there := aside_already(this, arrival, one, outcome)):
        outcome = DISMISSED if there.dismissed else outcome
        return Taken(replace(arrival, data=b""), outcome, there.number, unit, detail=detail, kept=bool(file))
    number = this.register.db.execute(
        "INSERT INTO arrival (source, name, file, sha256, sender, message_id, thread, subject, sent_at, taken_at,"
        " outcome, detail, unit, submission, letter) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?)",
        (
            arrival.source, arrival.name, file, one.sha256, arrival.sender, arrival.message_id, arrival.thread,
            arrival.subject, arrival.sent_at, now(), outcome, detail or " ".join(remarks), unit.code if unit else "",
            arrival.letter,
        ),
    ).lastrowid  # fmt: skip
    light = replace(arrival, data=b"")  # thousands of these are kept to be told
    taken = Taken(light, outcome, int(number or 0), unit, remarks=remarks, detail=detail, kept=bool(file))
    if outcome != "accepted" or unit is None:
        return taken
    one = _with_past(this, unit, arrival, one, index)
    accepted = accept(this, unit, one, arrival, int(number or 0), period=period)
    if accepted.outdated:
        taken = replace(taken, remarks=(*remarks, "explained-before"))
    return replace(
        taken, state=accepted.state, errors=accepted.errors, warnings=accepted.warnings, version=accepted.version
    )


def _with_past(this: Round, unit: Unit, arrival: Arrival, one: Judged, index: Index) -> Judged:
    """Judged as the unit's, by its name and last year's report, where the workbook did not say at once whose it is."""
    if index.by_code.get(one.peeked) == unit:
        return one
    before: Past | None = past(this.register, unit.code, this.period - 1)
    if before is None and fold(one.unit) == fold(one.identity_unit):
        return one
    return judge(Job(arrival.name, arrival.data, before, tuple(map(str, this.templates)), now_named=unit.name))
