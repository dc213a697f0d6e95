"""Several workbooks of one run looked at together: the same report, or the same issued copy, handed in twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xlreport.examine import Examined, Status
from xlreport.finding import Code, Finding
from xlreport.form.fold import fold
from xlreport.form.model import Severity
from xlreport.record import replace

Key = tuple[str, ...]


def told_of_twins(done: Sequence[Examined]) -> list[Examined]:
    """Every file, and with those that are of one unit and year, or of one issue, what is to be told of the other."""
    first: dict[Key, int] = {}
    found: dict[int, list[Finding]] = {}
    for number, one in enumerate(done):
        for key in _keys(one):
            other = first.setdefault(key, number)
            if other != number and not _told(found.get(number, ()), done[other]):
                kind = _kind(key, one, done[other])
                found.setdefault(number, []).append(_finding(kind, one, done[other]))
                found.setdefault(other, []).append(_finding(kind, done[other], one))
    return [_with(one, found.get(number, ())) for number, one in enumerate(done)]


def _keys(one: Examined) -> Iterable[Key]:
    """What no two files of a collection may share: unit and year, and the copy that was issued to somebody."""
    if one.reading is None:
        return
    submission, identity = one.reading.submission, one.reading.identity
    unit = fold(submission.unit_code or submission.unit)
    if unit and submission.period is not None:
        yield "report", submission.form.id, fold(submission.unit), unit, str(submission.period)
    if identity is not None and identity.unit and identity.issue:
        yield "issue", identity.form, fold(identity.unit), identity.unit_code, str(identity.period), identity.issue


def _kind(key: Key, one: Examined, other: Examined) -> str:
    if key[0] == "issue":
        return "issue"
    assert one.reading is not None  # noqa: S101  (only what was read has a key)
    assert other.reading is not None  # noqa: S101
    mine, theirs = one.reading.submission, other.reading.submission
    if mine.form != theirs.form:
        return "editions"
    same = all(mine.value(item) == theirs.value(item) for item in mine.form.items) and mine.sections == theirs.sections
    return "same" if same else "differs"


def _told(found: Iterable[Finding], other: Examined) -> bool:
    return any(finding.facts["other"] == str(other.path) for finding in found)


def _finding(kind: str, one: Examined, other: Examined) -> Finding:
    assert one.reading is not None  # noqa: S101
    assert other.reading is not None  # noqa: S101
    identity = one.reading.identity
    facts = {
        "kind": kind,
        "other": str(other.path),
        "unit": other.reading.submission.unit,
        "issued": identity.unit if identity else "",
        "issue": identity.issue if identity else "",
    }
    severity = Severity.INFO if kind == "same" else Severity.WARNING
    place = one.reading.submission.cover_cells.get("unit")
    return Finding(Code.S214, severity, facts=facts, place=place)


def _with(one: Examined, more: Sequence[Finding]) -> Examined:
    return replace(one, status=Status.FINDINGS, findings=(*one.findings, *more)) if more else one
