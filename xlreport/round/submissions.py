"""The reports in the register: every version with its entries, its findings and what was explained of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from xlreport.record import record, replace
from xlreport.round.folder import Round, now
from xlreport.round.history import put_entries
from xlreport.round.judge import Judged, Told
from xlreport.round.mailbag import Arrival
from xlreport.round.register import Register
from xlreport.round.unit import Unit
from xlreport.round.waivers import TOTAL, Accepted, settle, take_explanations


@record
class Version:
    """One version of a unit's report, as far as it matters for the next."""

    id: int
    version: int
    sha256: str
    figures: str
    modified: str
    sent_at: str
    taken_at: str


def versions(register: Register, unit: str, period: int) -> Sequence[Version]:
    """Every version of a unit's report for a year, the last one last."""
    rows = register.db.execute(
        "SELECT id, version, sha256, figures, modified, sent_at, taken_at FROM submission WHERE period = ? AND unit = ?"
        " ORDER BY version",
        (period, unit),
    )
    return [Version(*row) for row in rows]


_MADE_OF = "made of "  # the fact of how many reports a total was made of that came in as a unit's report


def made_of(register: Register) -> Mapping[int, int]:
    """Of how many reports those reports are the sum that are one, by their numbers."""
    rows = register.db.execute("SELECT name, value FROM fact WHERE name LIKE ?", (f"{_MADE_OF}%",))
    return {int(name[len(_MADE_OF) :]): int(value) for name, value in rows}


def accept(this: Round, unit: Unit, one: Judged, arrival: Arrival, number: int, *, period: int) -> Accepted:
    """Make a file the unit's report. Inside a transaction."""
    register, db = this.register, this.register.db
    known = versions(register, unit.code, period)
    version = known[-1].version + 1 if known else 1
    db.execute("UPDATE submission SET latest = 0 WHERE period = ? AND unit = ? AND latest = 1", (period, unit.code))
    ident = int(
        db.execute(
            "INSERT INTO submission (period, unit, version, arrival, sha256, form, edition, unit_name, figures,"
            " modified, sent_at, taken_at, state, errors, warnings, notes, waived, latest)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 1)",
            (
                period,
                unit.code,
                version,
                number,
                one.sha256,
                one.form,
                one.edition,
                one.unit,
                one.figures,
                one.modified,
                arrival.sent_at,
                now(),
                "" if unit.reports else TOTAL,
            ),
        ).lastrowid
        or 0
    )
    db.execute("UPDATE arrival SET submission = ? WHERE id = ?", (ident, number))
    put_entries(register, ident, one.entries)
    put_findings(register, ident, one.findings)
    if one.reports > 1:
        register.remember(f"{_MADE_OF}{ident}", str(one.reports))
    outdated = take_explanations(register, period, unit, one.explained, one.findings)
    return replace(settle(register, ident), outdated=outdated)


def put_findings(register: Register, submission: int, findings: Iterable[Told]) -> None:
    """Keep the findings of a report."""
    rows = [
        (submission, n, f.code, f.rule, f.severity, f.cell, f.items, f.label, f.found, f.expected, f.zh, f.en, None)
        for n, f in enumerate(findings)
    ]
    register.db.executemany("INSERT INTO finding VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
