"""One returned workbook judged: everything the register will want of it, plain enough to come from another process."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from xlreport.examine import Examined, examine
from xlreport.finding import Code, Finding
from xlreport.form.fold import fold
from xlreport.own_slips import use_own_slips
from xlreport.record import record, replace
from xlreport.report.facts import figures, text
from xlreport.round.history import Past, Stored, stored
from xlreport.submission import Submission
from xlreport.wording import WRITE_ANEW, message, place
from xlreport.workbook.book import Book
from xlreport.workbook.container import Container, Unreadable

_MODIFIED = re.compile(rb"<dcterms:modified[^>]*>([0-9T:.Z+-]+)<")
_PROPERTY = re.compile(rb'name="xlreport\.unit_code"[^>]*>\s*<vt:lpwstr>([^<]*)</vt:lpwstr>')
_EXPLANATION = tuple(fold(word) for word in ("情况说明", "Explanation"))
_STARTS = ("情", "E", "e")
_PLACE = tuple(fold(word) for word in ("位置", "Place"))
_CODE = tuple(fold(word) for word in ("代码", "Code"))
_MESSAGE = tuple(fold(word) for word in ("问题和改法", "What is wrong and what to do"))
_HEADED = 30  # rows in which the head of the list of findings stands


@record
class Job:
    """A file to be judged."""

    name: str
    data: bytes
    past: Past | None = None
    templates: tuple[str, ...] = ()
    peeked: str = ""  # whose it seemed to be, and so whose past that is
    now_named: str = ""  # that unit's name on the roster


@record
class Told:
    """A finding as the register keeps it."""

    code: str
    rule: str
    severity: str
    cell: str
    items: str
    label: str
    found: str
    expected: str
    zh: str
    en: str


@record
class Explained:
    """What a unit wrote beside a finding of the copy that was sent back to it."""

    code: str
    rule: str
    cell: str
    reason: str
    said: str = ""  # what the copy told there


@record
class Judged:
    """What became of a file. `trouble` is why it could not be read at all; the rest is then empty."""

    sha256: str
    trouble: str = ""
    facts: Mapping[str, object] = {}
    form: str = ""
    edition: str = ""
    peeked: str = ""  # whose report of last year it was judged against
    identity_unit: str = ""  # what the workbook was issued for
    identity_code: str = ""
    identity_period: int | None = None
    issue: str = ""
    reports: int = 0  # of a total: how many reports it was made of
    unit: str = ""  # what the cover says
    unit_code: str = ""
    period: int | None = None
    modified: str = ""
    figures: str = ""  # a digest of everything that was reported
    empty: bool = False
    entries: tuple[Stored, ...] = ()
    findings: tuple[Told, ...] = ()
    explained: tuple[Explained, ...] = ()


def judge(job: Job) -> Judged:
    """Read and check one file."""
    use_own_slips()
    digest = hashlib.sha256(job.data).hexdigest()
    templates = [Path(folder) for folder in job.templates]
    prior = job.past.submission(templates) if job.past else None
    one = examine(Path(job.name), data=job.data, prior=prior, extra=templates)
    if one.reading is None:
        assert one.trouble is not None  # noqa: S101  (a file is read or in trouble)
        return Judged(digest, one.trouble.reason, dict(one.trouble.facts))
    submission, identity = one.reading.submission, one.reading.identity
    entries = stored(submission)
    findings = tuple(f for f in one.findings if not renamed(f, job.now_named))
    return Judged(
        sha256=digest,
        peeked=job.peeked,
        form=submission.form.id,
        edition=submission.form.edition,
        identity_unit=identity.unit if identity else "",
        identity_code=identity.unit_code if identity else "",
        identity_period=identity.period if identity else None,
        issue=identity.issue if identity else "",
        reports=identity.reports if identity else 0,
        unit=submission.unit.strip(),
        unit_code=submission.unit_code.strip(),
        period=submission.period,
        modified=_modified(one.reading.container),
        figures=_digest(submission, entries),
        empty=submission.empty,
        entries=entries,
        findings=tuple(told(replace(one, findings=findings))),
        explained=tuple(explanations(one.reading.book)),
    )


def renamed(finding: Finding, name: str) -> bool:
    """Whether a finding says no more than that a unit put its new name, the roster's, on a workbook issued before."""
    of_unit = finding.code is Code.S204 and finding.facts.get("what") in {"unit", "sheet-unit"}
    return bool(name) and of_unit and fold(str(finding.facts["found"])) == fold(name)


def told(one: Examined) -> Iterator[Told]:
    """The findings of a file as they are kept."""
    if one.reading is None:
        return
    submission = one.reading.submission
    for finding in one.findings:
        said = figures(finding)
        yield Told(
            finding.code.name,
            finding.rule or "",
            finding.severity.value,
            place(finding),
            "\n".join(str(part.item) for part in finding.parts),
            _label(finding, submission),
            text(said.found)[:80],
            text(said.expected)[:80],
            message(finding, submission, "zh", one.prior),
            message(finding, submission, "en", one.prior),
        )


def _label(finding: Finding, submission: Submission) -> str:
    item = next((part.item for part in finding.parts if part.item in submission.form.index), None)
    return submission.form.short(item) if item else ""


def _digest(submission: Submission, entries: tuple[Stored, ...]) -> str:
    """What was reported, as a fingerprint: saving a workbook again does not change it, a figure or a word does."""
    told_ = hashlib.sha256()
    for row in entries:
        told_.update(repr(row).encode())
    for name, words in sorted({**submission.sections, **submission.cover}.items()):
        told_.update(f"{name}\t{words}\n".encode())
    return told_.hexdigest()[:32]


def _modified(container: Container | None) -> str:
    """When the workbook says it was last saved; "" if it does not say, or was only ever made by a program."""
    if container is None or not container.has("docProps/core.xml"):
        return ""
    try:
        found = _MODIFIED.search(container.read("docProps/core.xml"))
    except Unreadable:
        return ""
    when = found[1].decode() if found else ""
    return when if when > "2001" else ""


def peek(data: bytes) -> str:
    """The code of the unit that a workbook was issued to, without reading it; "" if it does not say at once."""
    if data[:2] != b"PK":
        return ""
    try:
        container = Container(Path("peek.xlsx"), data)
        found = (
            _PROPERTY.search(container.read("docProps/custom.xml")) if container.has("docProps/custom.xml") else None
        )
    except Unreadable:
        return ""
    import html

    return html.unescape(found[1].decode("utf-8", "replace")) if found else ""


def explanations(book: Book) -> Iterator[Explained]:
    """What the unit wrote in the column for explanations of the list of findings."""
    for sheet in book.sheets:
        # The heading of the explanations goes on: 情况说明（填报单位填写）.
        tops = {
            row: col
            for (row, col), cell in sheet.cells.items()
            if row < _HEADED and cell.text.startswith(_STARTS) and fold(cell.text).startswith(_EXPLANATION)
        }
        heads: dict[int, dict[str, int]] = {row: {"reason": col} for row, col in tops.items()}
        for (row, col), cell in sheet.cells.items() if tops else ():
            for name, known in (("cell", _PLACE), ("code", _CODE), ("said", _MESSAGE)):
                if row in heads and fold(cell.text) in known:
                    heads[row].setdefault(name, col)
        head = next(
            ((row, found) for row, found in sorted(heads.items()) if {"reason", "cell", "code"} <= found.keys()), None
        )
        if head is None:
            continue
        top, columns = head
        for row in sorted({at for at, col in sheet.cells if at > top and col == columns["reason"]}):
            said = {
                name: sheet.cells[row, col].text.strip() if (row, col) in sheet.cells else ""
                for name, col in columns.items()
            }
            code, _, rule = said["code"].partition(" ")
            if said["reason"].startswith(WRITE_ANEW):
                continue  # of other figures, and nobody has written it anew
            if said["reason"] and re.fullmatch(r"[A-Z]\d{3}", code):
                yield Explained(code, rule.strip(), said["cell"], said["reason"][:500], said.get("said", ""))
