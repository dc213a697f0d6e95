"""Explanations: a soft finding that the unit or the clerk gives a reason for. A hard rule is never explained away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from xlreport.record import record
from xlreport.report.facts import figures_of, same_figures
from xlreport.round.folder import Round, now
from xlreport.round.judge import Explained, Told
from xlreport.round.register import Register
from xlreport.round.trouble import refuse
from xlreport.round.unit import Unit

UNIT, CLERK, WITHDRAWN = "unit", "clerk", "withdrawn"  # who gave an explanation; the last is kept and does not hold
CLEAN, WARNING, WAIVED, ERROR = "clean", "warning", "waived", "error"
TOTAL = "total"  # of a unit that only adds up: compared with the sum of those below it, never a report of its own
_SOFT = frozenset({"warning", "info"})


@record
class Waiver:
    """An explanation as it is kept: of which finding, why, who said so, when."""

    period: int
    unit: str
    code: str
    rule: str
    items: str
    reason: str
    who: str
    source: str  # "unit" or "clerk"
    made_at: str


@record
class Accepted:
    """What a report that was taken in came to."""

    id: int
    version: int
    state: str
    errors: int
    warnings: int
    outdated: int = 0  # explanations in it that are of other figures


def settle(register: Register, submission: int) -> Accepted:
    """Tie a report's findings to what was explained, and say how it stands now. Inside a transaction."""
    db = register.db
    head = db.execute("SELECT period, unit, version, state FROM submission WHERE id = ?", (submission,)).fetchone()
    match(register, submission, head["period"], head["unit"])
    counts: dict[str, Any] = {"error": 0, "warning": 0, "info": 0}
    waived = 0
    for severity, explained in db.execute(
        "SELECT severity, waiver IS NOT NULL FROM finding WHERE submission = ?", (submission,)
    ):
        if explained:
            waived += 1
        else:
            counts[severity] += 1
    state = (
        TOTAL
        if head["state"] == TOTAL
        else ERROR
        if counts["error"]
        else WARNING
        if counts["warning"]
        else WAIVED
        if waived
        else CLEAN
    )
    db.execute(
        "UPDATE submission SET state = ?, errors = ?, warnings = ?, notes = ?, waived = ? WHERE id = ?",
        (state, counts["error"], counts["warning"], counts["info"], waived, submission),
    )
    return Accepted(submission, head["version"], state, counts["error"], counts["warning"])


def match(register: Register, submission: int, period: int, unit: str) -> None:
    """Tie the soft findings of a report to the explanations that hold for them, of this year or an earlier one.

    An explanation holds for what was told when it was given: for the same rule at the same items with the same
    figures. A reason for a difference of seven is none for one of seventy. The last word counts: one that was taken
    back this year does not come again from the year before.
    """
    register.db.create_function("figures", 1, figures_of, deterministic=True)
    register.db.execute("UPDATE finding SET waiver = NULL WHERE submission = ?", (submission,))
    register.db.execute(
        """
        UPDATE finding SET waiver = (
          SELECT CASE w.source WHEN 'withdrawn' THEN NULL ELSE w.id END FROM waiver w
          WHERE w.unit = ?1 AND w.code = finding.code AND w.rule = finding.rule
            AND w.items = finding.items AND w.period <= ?2 AND w.found = figures(finding.zh)
          ORDER BY w.period DESC LIMIT 1)
        WHERE submission = ?3 AND severity <> 'error'
        """,
        (unit, period, submission),
    )


def take_explanations(
    register: Register,
    period: int,
    unit: Unit,
    explained: Iterable[Explained],
    findings: Sequence[Told],
    *,
    again: bool = False,
) -> int:
    """What the unit wrote beside findings that are still there; beside errors it is read, and does not count.

    Nor does what was written of other figures than the report has now; how many those are. Where a report is only
    checked `again`, the unit has said nothing new: what the clerk withdrew stays so.
    """
    outdated = 0
    for one in explained:
        told = [f for f in findings if (f.code, f.rule) == (one.code, one.rule) and f.severity in _SOFT]
        here = [f for f in told if f.cell == one.cell] or (told if len(told) == 1 else [])
        for finding in here:
            if _of_other_figures(one, finding):
                outdated += 1
            else:
                who = unit.contact or unit.name
                _keep(register, period, unit.code, finding, one.reason, who, UNIT, again=again)
    return outdated


def _of_other_figures(one: Explained, finding: Told) -> bool:
    """Whether a copy told other figures where the explanation stands than are told now."""
    if not one.said:
        return False
    return not same_figures(one.said, finding.zh, finding.en)


def _keep(
    register: Register, period: int, unit: str, told: Told, reason: str, who: str, source: str, *, again: bool = False
) -> None:
    """Keep an explanation, and with it every figure that was told, in `found`."""
    reason, who = _words(reason)[:500], _words(who)[:100]
    register.db.execute(
        "INSERT INTO waiver (period, unit, code, rule, items, found, expected, reason, who, source, made_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (period, unit, code, rule, items) DO UPDATE SET"
        " found = excluded.found, expected = excluded.expected, reason = excluded.reason, who = excluded.who,"
        " source = excluded.source, made_at = excluded.made_at"
        # What is handed in again in the same words was said then, not now; and the clerk has the last word.
        " WHERE excluded.source = 'clerk' OR CASE waiver.source"
        " WHEN 'withdrawn' THEN NOT ? AND (waiver.found <> excluded.found OR waiver.reason <> excluded.reason)"
        " WHEN 'unit' THEN waiver.found <> excluded.found OR waiver.reason <> excluded.reason"
        " ELSE waiver.found <> excluded.found END",
        (period, unit, told.code, told.rule, told.items, figures_of(told.zh), "", reason, who, source, now(), again),
    )


def _words(text: str) -> str:
    """Somebody's words in one line, without what no paper shows: controls, marks of direction, broken bytes."""
    return " ".join("".join(ch if ch.isprintable() else " " for ch in text).split())


def waive(this: Round, unit: Unit, rule: str, reason: str, who: str, cell: str = "") -> int:
    """Explain the findings of a rule or code in a unit's last report; how many. `cell` takes the one there."""
    rule, cell = _words(rule), cell.encode(errors="replace").decode()
    if not _words(reason) or not _words(who):
        raise refuse("waiver-incomplete")
    db = this.register.db
    head = db.execute(
        "SELECT id FROM submission WHERE period = ? AND unit = ? AND latest = 1", (this.period, unit.code)
    ).fetchone()
    if head is None:
        raise refuse("waiver-no-report", unit=unit.name)
    rows = db.execute(
        "SELECT code, rule, severity, cell, items, label, found, expected, zh, en FROM finding WHERE submission = ?"
        " AND (code = ?2 OR rule = ?2) AND (?3 = '' OR cell = ?3)",
        (head["id"], rule, cell),
    ).fetchall()
    found = [Told(**dict(row)) for row in rows]
    if not found:
        raise refuse("waiver-no-finding", unit=unit.name, rule=rule)
    soft = [one for one in found if one.severity in _SOFT]
    if not soft:
        raise refuse("waiver-hard", rule=rule)
    with this.register.transaction():
        for one in soft:
            _keep(this.register, this.period, unit.code, one, reason, who, CLERK)
        settle(this.register, head["id"])
    this.log("waive", unit=unit.code, rule=rule, findings=len(soft))
    return len(soft)


def withdraw(this: Round, unit: Unit, rule: str, cell: str = "") -> int:
    """Take back what was explained, this year or before, of a rule or code in a unit's last report; how often."""
    rule, cell = _words(rule), cell.encode(errors="replace").decode()
    db = this.register.db
    rows = db.execute(
        "SELECT f.waiver, w.period, s.id FROM finding f JOIN submission s ON s.id = f.submission"
        " JOIN waiver w ON w.id = f.waiver WHERE s.period = ?1 AND s.unit = ?2 AND s.latest = 1"
        " AND (f.code = ?3 OR f.rule = ?3) AND (?4 = '' OR f.cell = ?4)",
        (this.period, unit.code, rule, cell),
    ).fetchall()
    if not rows:
        raise refuse("waiver-not-there", unit=unit.name, rule=rule)
    with this.register.transaction():
        # Kept: a report that holds the same words is not to bring them back.
        db.executemany(
            "UPDATE waiver SET source = ?, made_at = ? WHERE id = ?",
            [(WITHDRAWN, now(), row["waiver"]) for row in rows if row["period"] == this.period],
        )
        # One of an earlier year held there, and does not here: that year's round may be gone.
        db.executemany(
            "INSERT INTO waiver (period, unit, code, rule, items, found, expected, reason, who, source, made_at)"
            " SELECT ?, unit, code, rule, items, found, expected, reason, who, ?, ? FROM waiver WHERE id = ?"
            " ON CONFLICT (period, unit, code, rule, items) DO UPDATE SET found = excluded.found,"
            " reason = excluded.reason, who = excluded.who, source = excluded.source, made_at = excluded.made_at",
            [(this.period, WITHDRAWN, now(), row["waiver"]) for row in rows if row["period"] != this.period],
        )
        settle(this.register, rows[0]["id"])
    this.log("withdraw", unit=unit.code, rule=rule, findings=len(rows))
    return len(rows)


def waivers(register: Register, period: int) -> tuple[Waiver, ...]:
    """The explanations that some last report of a year makes use of."""
    rows = register.db.execute(
        "SELECT DISTINCT w.period, w.unit, w.code, w.rule, w.items, w.reason, w.who, w.source, w.made_at FROM waiver w"
        " JOIN finding f ON f.waiver = w.id JOIN submission s ON s.id = f.submission"
        " WHERE s.period = ? AND s.latest = 1 ORDER BY w.unit, w.code, w.rule",
        (period,),
    )
    return tuple(Waiver(*row) for row in rows)
