"""The annotated copy that goes back to a unit: its own workbook with what is still to be done marked in it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path

from xlreport.examine import examine, in_fresh_form
from xlreport.own_slips import use_own_slips
from xlreport.record import record, replace
from xlreport.report.annotated import marks, summary
from xlreport.round.filing import own_names, unit_file
from xlreport.round.folder import RETURNED, Round
from xlreport.round.history import Past, past
from xlreport.round.judge import renamed, told
from xlreport.round.trouble import refuse
from xlreport.round.unit import Unit
from xlreport.rules.sentence import Lang
from xlreport.workbook.annotate import annotate
from xlreport.workbook.write import write_atomically


@record
class CopyJob:
    """A report to be annotated; fit to be sent to another process."""

    name: str
    data: bytes
    past: Past | None
    explained: frozenset[tuple[str, str, str]]  # findings that are not marked again: code, rule, items
    lang: Lang
    templates: tuple[str, ...]
    unit: str = ""  # its name on the roster


def annotated_copies(
    this: Round, reports: Sequence[tuple[Unit, int]], lang: Lang, executor: Executor | None = None
) -> dict[str, tuple[Path, bytes]]:
    """Write the copies of reports, given by unit and submission: where each is and what it holds, by unit."""
    jobs = [_job(this, unit, submission, lang) for unit, submission in reports]
    made = executor.map(annotated, jobs) if executor else map(annotated, jobs)
    own_names(unit for unit, _ in reports)
    found: dict[str, tuple[Path, bytes]] = {}
    for (unit, submission), data in zip(reports, made, strict=True):
        version = this.register.db.execute("SELECT version FROM submission WHERE id = ?", (submission,)).fetchone()[0]
        path = this.place(RETURNED, unit_file(unit, f"-v{version}.xlsx"))
        write_atomically(path, data)
        found[unit.code] = path, data
    return found


def _job(this: Round, unit: Unit, submission: int, lang: Lang) -> CopyJob:
    row = this.register.db.execute(
        "SELECT a.file, a.name FROM submission s JOIN arrival a ON a.id = s.arrival WHERE s.id = ?", (submission,)
    ).fetchone()
    if row is None or not (this.folder / row["file"]).is_file():
        raise refuse("report-lost", unit=unit.name)
    explained = frozenset(
        (r["code"], r["rule"], r["items"])
        for r in this.register.db.execute(
            "SELECT code, rule, items FROM finding WHERE submission = ? AND waiver IS NOT NULL", (submission,)
        )
    )
    data = (this.folder / row["file"]).read_bytes()
    before = past(this.register, unit.code, this.period - 1)
    return CopyJob(row["name"], data, before, explained, lang, tuple(map(str, this.templates)), unit.name)


def annotated(job: CopyJob) -> bytes:
    """The annotated copy of one report."""
    use_own_slips()
    templates = [Path(folder) for folder in job.templates]
    prior = job.past.submission(templates) if job.past else None
    one = examine(Path(job.name), data=job.data, prior=prior, extra=templates)
    open_ = [
        n
        for n, (finding, said) in enumerate(zip(one.findings, told(one), strict=True))
        if (said.code, said.rule, said.items) not in job.explained and not renamed(finding, job.unit)
    ]
    against = one.round
    if against is not None:
        since, explanations, earlier = (
            tuple(each[n] for n in open_) for each in (against.since, against.explanations, against.earlier)
        )
        against = replace(against, since=since, explanations=explanations, earlier=earlier)
    kept = tuple(one.findings[n] for n in open_)
    shown, container = in_fresh_form(replace(one, findings=kept, round=against))
    sheet = summary(shown, job.lang)
    return annotate(container, marks(shown, job.lang, sheet), sheet)
