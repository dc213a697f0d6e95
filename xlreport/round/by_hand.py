"""What the clerk says of files that were kept aside: whose report one is, or that it is needed no more."""

from __future__ import annotations

from collections.abc import Collection

from xlreport.round.folder import Round
from xlreport.round.history import past
from xlreport.round.intake import Taken
from xlreport.round.judge import Job, judge
from xlreport.round.mailbag import Arrival
from xlreport.round.status import DISMISSED, SETTLED
from xlreport.round.submissions import accept
from xlreport.round.trouble import Problem, RoundProblems, refuse
from xlreport.round.unit import Unit


def accept_by_hand(this: Round, number: int, unit: Unit) -> Taken:
    """Make a file that was kept aside a unit's report, because the clerk says so."""
    row = this.register.db.execute("SELECT * FROM arrival WHERE id = ?", (number,)).fetchone()
    if row is None or not row["file"] or row["outcome"] == "accepted":
        raise refuse("no-such-arrival", number=number)
    try:
        data = (this.folder / row["file"]).read_bytes()
    except OSError as error:
        raise refuse("arrival-lost", number=number, file=row["file"]) from error
    arrival = Arrival(
        row["name"], data, row["source"], row["sender"], row["message_id"], row["thread"], row["subject"],
        row["sent_at"],
    )  # fmt: skip
    before = past(this.register, unit.code, this.period - 1)
    one = judge(Job(arrival.name, data, before, tuple(map(str, this.templates)), now_named=unit.name))
    if one.trouble or one.form != this.form.id:
        raise refuse("arrival-unfit", number=number)
    if not unit.reports and unit.code not in {one.parent for one in this.units}:
        raise refuse("arrival-not-reporting", unit=unit.name)
    said = one.period or one.identity_period
    if said is not None and said != this.period:
        raise refuse("arrival-year", number=number, year=said, period=this.period)
    with this.register.transaction() as db:
        db.execute(
            "UPDATE arrival SET outcome = 'accepted', detail = 'by-hand', unit = ? WHERE id = ?", (unit.code, number)
        )
        accepted = accept(this, unit, one, arrival, number, period=this.period)
    this.log("accept", arrival=number, unit=unit.code)
    return Taken(
        arrival,
        "accepted",
        number,
        unit,
        accepted.state,
        accepted.errors,
        accepted.warnings,
        accepted.version,
        ("by-hand",),
    )


def whose(this: Round, number: int) -> Unit:
    """The unit that a file kept aside seems to be of; raises `RoundProblems` where nothing tells."""
    row = this.register.db.execute("SELECT unit FROM arrival WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise refuse("no-such-arrival", number=number)
    unit = this.by_code.get(row["unit"])
    if unit is None:
        raise refuse("arrival-whose", number=number)
    return unit


def dismiss_files(this: Round, numbers: Collection[int]) -> int:
    """Say of files kept aside that they are needed no more; how many. They stay where they are kept."""
    unsettled = f"outcome NOT IN ({', '.join('?' * len(SETTLED))})"
    with this.register.transaction() as db:
        found = {
            number
            for number in numbers
            if db.execute(f"SELECT 1 FROM arrival WHERE id = ? AND {unsettled}", (number, *SETTLED)).fetchone()  # noqa: S608
        }
        if missing := sorted({*numbers} - found):
            raise RoundProblems(Problem("no-such-arrival", {"number": number}) for number in missing)
        db.executemany(
            "UPDATE arrival SET outcome = ?, detail = outcome WHERE id = ?",
            [(DISMISSED, number) for number in sorted(found)],
        )
    this.log("dismiss", files=len(found))
    return len(found)
