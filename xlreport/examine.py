"""One returned workbook from file to findings: opened, recognised, read, checked. What cannot be is told."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from functools import lru_cache, partial
from pathlib import Path

from xlreport.catalog import UnknownForm, definitions, find_definition
from xlreport.checks import check, in_order
from xlreport.checks.carry_over import of_rounding
from xlreport.finding import Code, Finding
from xlreport.form.model import Form, Severity
from xlreport.form.widened import widened
from xlreport.record import fresh, record, replace
from xlreport.rewrites import Rewrite
from xlreport.since import Round, compare
from xlreport.submission import Submission
from xlreport.workbook.book import read_book
from xlreport.workbook.container import Container, Unreadable, file_bytes
from xlreport.workbook.identity import identity_of
from xlreport.workbook.read import Reading, read, read_form
from xlreport.workbook.recognise import NotAForm, recognise
from xlreport.workbook.results import earlier_round
from xlreport.workbook.unreadable import told_as_damaged


class Status(Enum):
    """What became of one file."""

    CLEAN = "clean"
    FINDINGS = "findings"
    UNREADABLE = "unreadable"
    UNRECOGNISED = "unrecognised"


@record
class Trouble:
    """Why a file could not be checked: a stable reason and what its sentence needs."""

    reason: str
    facts: dict[str, object] = fresh(default_factory=dict)


@record
class Examined:
    """One file examined."""

    path: Path
    status: Status
    findings: tuple[Finding, ...] = ()
    reading: Reading | None = None
    prior: Submission | None = None
    trouble: Trouble | None = None
    annotated: Path | None = None
    rewrites: tuple[Rewrite, ...] = ()  # the changes of notation made in the copy, where they were asked for
    fixed: Path | None = None  # the copy with nothing but those
    round: Round | None = None  # against the last round, if the workbook still carries its findings

    @property
    def worst(self) -> Severity | None:
        """The gravest severity told; an unusable file is an error."""
        if self.trouble is not None:
            return Severity.ERROR
        for severity in (Severity.ERROR, Severity.WARNING, Severity.INFO):
            if any(finding.severity is severity for finding in self.findings):
                return severity
        return None


def all_forms(extra: Sequence[Path] = ()) -> tuple[Form, ...]:
    """Every form there is."""
    return tuple(definition.open() for definition in definitions(extra))


def _named(form: str, edition: str, extra: Sequence[Path] = ()) -> Form | None:
    return _known(form, edition, tuple(extra))


@lru_cache(maxsize=64)  # the folders of definitions are not looked through for every file of a batch
def _known(form: str, edition: str, extra: tuple[Path, ...]) -> Form | None:
    definition = find_definition(form, edition, extra)
    return None if definition is None else definition.open()


def open_reading(
    path: Path, extra: Sequence[Path] = (), form: Form | None = None, data: bytes | None = None, password: str = ""
) -> Reading:
    """A workbook read; raises `Unreadable` or `NotAForm`. `form` reads it as that form whatever it says.

    `data` is the file's content where it does not come from a file. `password` is tried where the workbook has one.
    """
    try:
        with told_as_damaged():
            return _read(path, extra, form, data)
    except Unreadable as error:
        if error.reason != "encrypted" or error.facts.get("kind"):  # archives and OpenDocument have locks of their own
            raise
    from xlreport.workbook.unlock import unlock

    with told_as_damaged():
        opened = unlock(file_bytes(path) if data is None else data, password)
        return replace(_read(path, extra, form, opened), unlocked=True)


def _read(path: Path, extra: Sequence[Path], form: Form | None, data: bytes | None) -> Reading:
    try:
        container = Container.open(path) if data is None else Container(path, data)
        if form is None:
            return read(container, partial(all_forms, extra), partial(_named, extra=extra))
        book = read_book(container)
    except Unreadable as error:
        if error.reason not in {"old-excel", "ods", "xlsb"}:
            raise
        return _read_foreign(path, extra, form, file_bytes(path) if data is None else data, error.reason)
    return read_form(container, book, form, identity_of(book)[0], partial(all_forms, extra))


def _read_foreign(path: Path, extra: Sequence[Path], form: Form | None, data: bytes, reason: str) -> Reading:
    """A workbook in another format; a finding says what that means."""
    from xlreport.workbook.foreign import read_foreign

    book = read_foreign(path, data, reason)
    identity, _ = identity_of(book)
    if form is None and identity is not None:
        form = _named(identity.form, identity.edition, extra)
    if form is None:
        form = recognise(book, all_forms(extra), identity)
    reading = read_form(None, book, form, identity, partial(all_forms, extra))
    told = Finding(Code.S213, Severity.INFO, facts={"format": book.format})
    return replace(reading, findings=(*reading.findings, told))


def in_fresh_form(one: Examined) -> tuple[Examined, Container]:
    """A file as it can be annotated, and the package for that.

    One in a format that cannot be written to is as if it had been handed in as a fresh workbook.
    """
    assert one.reading is not None  # noqa: S101  (asked of what was read only)
    if one.reading.container is not None:
        return one, one.reading.container
    from xlreport.workbook.refill import refill

    made = refill(one.reading, one.findings)
    container = Container(one.path.with_suffix(".xlsx"), made.data)
    reading = replace(one.reading, container=container, submission=made.submission)
    return replace(one, reading=reading, findings=tuple(made.findings)), container


def examine(
    path: Path,
    *,
    data: bytes | None = None,
    prior: Submission | None = None,
    form: Form | None = None,
    extra: Sequence[Path] = (),
    strict: bool = False,
    password: str = "",
) -> Examined:
    """Check one workbook. `strict` makes blank cells errors; `password` opens it if it has one."""
    try:
        reading = open_reading(path, extra, form, data, password)
    except Unreadable as error:
        return Examined(path, Status.UNREADABLE, trouble=Trouble(error.reason, dict(error.facts)))
    except NotAForm as error:
        facts: dict[str, object] = {"closest": error.closest, "said": error.said}
        return Examined(path, Status.UNRECOGNISED, trouble=Trouble("not-a-form", facts))
    reports = reading.identity.reports if reading.identity is not None else 1
    if reports > 1:
        whole = widened(reading.submission.form, reports)
        reading = replace(reading, submission=replace(reading.submission, form=whole))
    found = check(reading.submission, prior)
    if reports > 1 and prior is not None:
        found = [f for f in found if not of_rounding(f, reading.submission.form, prior.form, reports)]
    found = _one_year([*reading.findings, *found])
    if strict:
        found = [replace(f, severity=Severity.ERROR) if f.code is Code.E301 else f for f in found]
    ordered = tuple(in_order(reading.submission, found))
    status = Status.FINDINGS if ordered else Status.CLEAN
    before = earlier_round(reading.book)
    form = reading.submission.form
    against = None if before is None else compare(ordered, form, before, prior=prior is not None)
    return Examined(path, status, ordered, reading, prior, round=against)


def _one_year(found: list[Finding]) -> list[Finding]:
    """A year on the cover that is of another edition is not told once more for being another than issued for."""
    wrong = next((f for f in found if f.code is Code.S201), None)
    other = [f for f in found if f.code is Code.S204 and f.facts.get("what") == "period"]
    if wrong is None or not other:
        return found
    return [replace(f, follows=tuple(other)) if f is wrong else f for f in found if f not in other]


__all__ = ["Examined", "Status", "Trouble", "UnknownForm", "all_forms", "examine", "in_fresh_form", "open_reading"]
