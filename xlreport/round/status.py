"""Where a round stands: who has not answered, whose report is wrong, clean or explained, and what was sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from xlreport.record import fresh, record, replace
from xlreport.round.folder import Round
from xlreport.round.unit import Unit

MISSING = "missing"
STATES = ("missing", "error", "warning", "waived", "clean")  # what needs the clerk most stands first
OPEN = frozenset({"missing", "error"})
DISMISSED = "dismissed"  # looked at by a person, who needs it no more
# What became of a file that nobody needs to look at.
SETTLED = ("accepted", "duplicate", "older", "beside", "notice", "own-mail", DISMISSED)
KEPT_ASIDE = f"outcome NOT IN ({', '.join(repr(outcome) for outcome in SETTLED)})"
# Why a file was kept aside that may be a report of this round all the same: a person can say so.
ACCEPTABLE = frozenset(
    {
        *("older", "wrong-unit", "unknown-unit", "unknown-sender", "stranger", "two-in-one", "two-at-once"),
        *("not-reporting", "own-total"),
    }
)


@record
class Standing:
    """How one unit stands."""

    unit: Unit
    state: str
    errors: int = 0
    warnings: int = 0
    notes: int = 0
    waived: int = 0
    version: int = 0  # how often it has reported
    taken_at: str = ""
    issued: bool = False
    aside: int = 0  # files of it that were kept aside
    sent: Mapping[str, int] = fresh(default_factory=dict)  # messages sent, by kind
    unknown: int = 0  # messages of which nobody knows whether they went out
    failed: int = 0
    overdue: bool = False
    submission: int = 0


@record
class Undecided:
    """A file kept aside that may be a report: a person must say whose it is, or that it is nothing."""

    number: int
    unit: str  # the code of whose it may be; "" where nothing tells
    name: str


@record
class Fired:
    """How often a rule was told in the last reports of a year."""

    period: int
    code: str
    rule: str
    severity: str
    units: int
    waived: int


@record
class RoundStatus:
    """The whole round."""

    period: int
    form: str
    edition: str
    deadline: dt.date | None
    days_left: int | None
    standings: Sequence[Standing]
    aside: int  # files kept aside that belong to no unit
    rules: Sequence[Fired]

    @property
    def counts(self) -> Mapping[str, int]:
        """How many units stand how."""
        return {state: sum(1 for one in self.standings if one.state == state) for state in STATES}


def undecided(this: Round) -> list[Undecided]:
    """The files kept aside that may be reports of this round, and that nobody has said anything of."""
    rows = this.register.db.execute(
        f"SELECT id, unit, name, source, outcome FROM arrival WHERE {KEPT_ASIDE} ORDER BY id"  # noqa: S608  (our own words)
    )
    return [
        Undecided(row["id"], row["unit"], row["name"] or row["source"]) for row in rows if row["outcome"] in ACCEPTABLE
    ]


def gone(this: Round) -> tuple[tuple[str, str], ...]:
    """Units whose reports are in the register and that a roster edited since no longer counts: left out, and told."""
    rows = this.register.db.execute(
        "SELECT unit, unit_name FROM submission WHERE period = ? AND latest = 1 AND state <> 'total' ORDER BY unit",
        (this.period,),
    )
    reporting = {unit.code for unit in this.reporting}
    return tuple((code, name) for code, name in rows if code not in reporting)


def status(this: Round, today: dt.date | None = None) -> RoundStatus:
    """How every reporting unit stands, in the order of the roster."""
    today = today or dt.datetime.now().astimezone().date()
    db, period, deadline = this.register.db, this.period, this.settings.deadline
    late = deadline is not None and today > deadline
    reports = {
        row["unit"]: row
        for row in db.execute(
            "SELECT * FROM submission WHERE period = ? AND latest = 1 AND state <> 'total'", (period,)
        )
    }
    issued = {row[0] for row in db.execute("SELECT unit FROM issue WHERE period = ?", (period,))}
    aside = dict(
        db.execute(
            f"SELECT unit, COUNT(*) FROM arrival WHERE {KEPT_ASIDE} GROUP BY unit"  # noqa: S608  (our own words)
        ).fetchall()
    )
    sent: dict[str, dict[str, int]] = {}
    open_: dict[tuple[str, str], int] = {}
    for unit, kind, state, count in db.execute(
        "SELECT unit, kind, state, COUNT(*) FROM message WHERE period = ? GROUP BY unit, kind, state", (period,)
    ):
        if state == "sent":
            sent.setdefault(unit, {})[kind] = count
        open_[unit, state] = open_.get((unit, state), 0) + count
    found = []
    for unit in this.reporting:
        row, code = reports.get(unit.code), unit.code
        state = str(row["state"]) if row else MISSING
        one = Standing(
            unit,
            state,
            issued=code in issued,
            aside=aside.get(code, 0),
            sent=sent.get(code, {}),
            unknown=open_.get((code, "unknown"), 0) + open_.get((code, "sending"), 0),
            failed=open_.get((code, "failed"), 0),
            overdue=late and state in OPEN,
        )
        if row is not None:
            one = replace(
                one, errors=row["errors"], warnings=row["warnings"], notes=row["notes"], waived=row["waived"],
                version=row["version"], taken_at=row["taken_at"], submission=row["id"],
            )  # fmt: skip
        found.append(one)
    return RoundStatus(
        period,
        this.form.id,
        this.form.edition,
        deadline,
        (deadline - today).days if deadline else None,
        found,
        aside.get("", 0),
        fired(this),
    )


def fired(this: Round) -> list[Fired]:
    """The rules that were told most, year by year: what next year's letter should explain."""
    rows = this.register.db.execute(
        "SELECT s.period, f.code, f.rule, MIN(f.severity), COUNT(DISTINCT s.unit), SUM(f.waiver IS NOT NULL)"
        " FROM finding f JOIN submission s ON s.id = f.submission WHERE s.latest = 1 AND s.state <> 'total'"
        " AND f.severity <> 'info'"
        " GROUP BY s.period, f.code, f.rule ORDER BY s.period DESC, COUNT(DISTINCT s.unit) DESC, f.code, f.rule"
    )
    return [Fired(*row) for row in rows]
