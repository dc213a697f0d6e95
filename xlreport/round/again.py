"""Reports that are checked once more: last year's became known, or were corrected, after they had come in."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from xlreport.round.folder import Round
from xlreport.round.history import past, take_over
from xlreport.round.trouble import RoundProblems

if TYPE_CHECKING:  # most often nothing is to be checked again, and then neither is wanted
    from concurrent.futures import Executor

    from xlreport.round.judge import Job

_DONE = "checked-with"  # which state of last year's round the reports were checked with


def bring_over(this: Round, executor: Executor | None = None) -> int:
    """Take over last year's round where it has changed, and check this year's reports again; how many."""
    before = _last_year(this)
    taken = take_over(this)
    state = this.register.fact("previous")
    if state == this.register.fact(_DONE):
        return 0
    after = _last_year(this)
    # Whatever was broken off is done once more, for all.
    every = before.keys() | after.keys()
    changed = {unit for unit in every if not taken or before.get(unit) != after.get(unit)}
    count = check_again(this, changed, executor)
    from xlreport.round.waivers import settle

    with this.register.transaction() as db:
        rows = db.execute("SELECT id FROM submission WHERE period = ?", (this.period,)).fetchall()
        for row in rows:
            settle(this.register, row["id"])  # an explanation of last year may hold for them
        this.register.remember(_DONE, state)
    return count


def bring_over_what_can_be(this: Round, executor: Executor | None = None) -> None:
    """The same before something is worked out of what is there.

    A folder of last year that is gone since, or a register that can only be read, is no hindrance.
    """
    try:
        bring_over(this, executor)
    except RoundProblems as trouble:
        if not {one.reason for one in trouble.problems} <= {"no-previous", "register-read-only"}:
            raise


def _last_year(this: Round) -> Mapping[str, str]:
    """What each unit reported last year, as fingerprints."""
    rows = this.register.db.execute(
        "SELECT unit, figures FROM submission WHERE period = ? AND latest = 1 AND state <> 'total'", (this.period - 1,)
    )
    return {row["unit"]: row["figures"] for row in rows}


def check_again(this: Round, units: Collection[str], executor: Executor | None = None) -> int:
    """Check the last reports of these units again; how many there are. Their figures stay, and so does the version."""
    rows = [
        row
        for row in this.register.db.execute(
            "SELECT s.id, s.unit, a.file, a.name FROM submission s JOIN arrival a ON a.id = s.arrival"
            " WHERE s.period = ? AND s.latest = 1",
            (this.period,),
        ).fetchall()
        if row["unit"] in units and row["unit"] in this.by_code and (this.folder / row["file"]).is_file()
    ]
    if not rows:
        return 0
    from xlreport.round.ahead import in_order
    from xlreport.round.judge import judge
    from xlreport.round.submissions import put_findings
    from xlreport.round.waivers import settle, take_explanations

    for row, one in zip(rows, in_order(executor, judge, _jobs(this, rows)), strict=True):
        if one.trouble:
            continue
        with this.register.transaction() as db:
            db.execute("DELETE FROM finding WHERE submission = ?", (row["id"],))
            put_findings(this.register, row["id"], one.findings)
            unit = this.by_code[row["unit"]]
            take_explanations(this.register, this.period, unit, one.explained, one.findings, again=True)
            settle(this.register, row["id"])
    this.checked_again += len(rows)
    this.log("check-again", reports=len(rows))
    return len(rows)


def _jobs(this: Round, rows: Collection[Any]) -> Iterator[Job]:
    from xlreport.round.judge import Job

    templates = tuple(map(str, this.templates))
    for row in rows:
        data = (this.folder / row["file"]).read_bytes()
        before = past(this.register, row["unit"], this.period - 1)
        yield Job(row["name"], data, before, templates, now_named=this.by_code[row["unit"]].name)
