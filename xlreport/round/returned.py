"""The annotated copy that goes back to a unit: its own workbook with what is still to be done marked in it."""

from __future__ import annotations

from pathlib import Path

from xlreport.examine import examine, in_fresh_form
from xlreport.record import replace
from xlreport.report.annotated import marks, summary
from xlreport.round.folder import RETURNED, Round
from xlreport.round.history import past
from xlreport.round.judge import told
from xlreport.round.roster import Unit
from xlreport.round.trouble import refuse
from xlreport.rules.sentence import Lang
from xlreport.workbook.annotate import annotate
from xlreport.workbook.bundle import safe_parts
from xlreport.workbook.write import write_atomically


def annotated_copy(this: Round, unit: Unit, submission: int, lang: Lang) -> Path:
    """Write the copy of a report and say where; what was explained is not marked again."""
    row = this.register.db.execute(
        "SELECT s.version, a.file, a.name FROM submission s JOIN arrival a ON a.id = s.arrival WHERE s.id = ?",
        (submission,),
    ).fetchone()
    if row is None or not (this.folder / row["file"]).is_file():
        raise refuse("report-lost", unit=unit.name)
    before = past(this.register, unit.code, this.period - 1)
    prior = before.submission(this.templates) if before else None
    source = this.folder / row["file"]
    one = examine(Path(row["name"]), data=source.read_bytes(), prior=prior, extra=this.templates)
    if one.reading is None:
        raise refuse("report-lost", unit=unit.name)
    explained = {
        (r["code"], r["rule"], r["items"])
        for r in this.register.db.execute(
            "SELECT code, rule, items FROM finding WHERE submission = ? AND waiver IS NOT NULL", (submission,)
        )
    }
    kept = tuple(
        finding
        for finding, said in zip(one.findings, told(one), strict=True)
        if (said.code, said.rule, said.items) not in explained
    )
    shown, container = in_fresh_form(replace(one, findings=kept))
    name = safe_parts(f"{unit.code}-{unit.name}-v{row['version']}.xlsx")[-1]
    path = this.place(RETURNED, name)
    write_atomically(path, annotate(container, marks(shown, lang), summary(shown, lang)))
    return path
