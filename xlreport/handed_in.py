"""Several workbooks of one run compared: the same report, or the same issued copy, handed in twice."""

from __future__ import annotations

from collections.abc import Iterator

from xlreport.examine import Examined
from xlreport.finding import Code, Finding
from xlreport.form.fold import fold
from xlreport.form.layout import Cell
from xlreport.form.model import Severity
from xlreport.record import record

Key = tuple[str, ...]


@record
class Seen:
    """What others are compared with of a file: little enough to be kept for thousands, and to go between processes."""

    path: str
    form: str  # with its edition
    keys: tuple[Key, ...]  # what no two files of a collection may share
    answers: str  # a digest of all that is reported
    unit: str
    issued: str
    issue: str
    place: Cell | None


def seen(one: Examined) -> Seen | None:
    """What is kept of a file; None of one that could not be read."""
    if one.reading is None:
        return None
    from hashlib import sha256

    submission, identity = one.reading.submission, one.reading.identity
    values = submission.values
    answers = [
        None if i in values.blank or i in values.unreadable else values.numbers[i]
        for i in range(len(submission.form.items))
    ]
    said = repr([None if a is None else str(a + 0) for a in answers]) + repr(sorted(submission.sections.items()))
    return Seen(
        str(one.path),
        submission.form.name,
        tuple(_keys(one)),
        sha256(said.encode("utf-8", "replace")).hexdigest(),
        submission.unit,
        identity.unit if identity else "",
        identity.issue if identity else "",
        submission.cover_cells.get("unit"),
    )


def _keys(one: Examined) -> Iterator[Key]:
    """The unit and year reported, and the copy that was issued to somebody."""
    if one.reading is None:
        return
    submission, identity = one.reading.submission, one.reading.identity
    unit = fold(submission.unit_code or submission.unit)
    if unit and submission.period is not None:
        yield "report", submission.form.id, fold(submission.unit), unit, str(submission.period)
    if identity is not None and identity.unit and identity.issue:
        yield "issue", identity.form, fold(identity.unit), identity.unit_code, str(identity.period), identity.issue


class Twins:
    """The files of a run met so far."""

    def __init__(self) -> None:
        self._first: dict[Key, tuple[int, Seen]] = {}
        self._told: set[tuple[int, int]] = set()

    def meet(self, number: int, one: Seen) -> Iterator[tuple[int, Seen, Finding]]:
        """For one more file: what is to be told of which file, of both of a pair."""
        for key in one.keys:
            other, first = self._first.setdefault(key, (number, one))
            if other != number and (other, number) not in self._told:
                self._told.add((other, number))
                kind = _kind(key, one, first)
                yield other, first, _finding(kind, first, one)
                yield number, one, _finding(kind, one, first)


def _kind(key: Key, one: Seen, other: Seen) -> str:
    if key[0] == "issue":
        return "issue"
    if one.form != other.form:
        return "editions"
    return "same" if one.answers == other.answers else "differs"


def _finding(kind: str, one: Seen, other: Seen) -> Finding:
    facts = {"kind": kind, "other": other.path, "unit": other.unit, "issued": one.issued, "issue": one.issue}
    severity = Severity.INFO if kind == "same" else Severity.WARNING
    return Finding(Code.S214, severity, facts=facts, place=one.place)


__all__ = ["Seen", "Twins", "seen"]
