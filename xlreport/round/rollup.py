"""The total: a report like any other, each of its figures the exact sum of the units' own.

`add_up` is pure. Everything else gathers from the register what goes in, and says what did not and why: a unit that is
missing is never a silent zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal

from xlreport.checks import check
from xlreport.checks.carry_over import of_rounding
from xlreport.finding import Code, Finding
from xlreport.form.model import Form
from xlreport.form.table import Item
from xlreport.form.widened import widened
from xlreport.record import record, replace
from xlreport.round.again import bring_over_what_can_be
from xlreport.round.compared import Above, Figures, compare
from xlreport.round.folder import Round
from xlreport.round.history import COMPUTED, number
from xlreport.round.status import Standing, Undecided, gone, status, undecided
from xlreport.round.submissions import made_of
from xlreport.round.trouble import refuse
from xlreport.round.unit import Unit
from xlreport.round.waivers import TOTAL
from xlreport.round.years import last_year, total_of, with_last_year
from xlreport.rules.nodes import Number
from xlreport.submission import State, Submission
from xlreport.wording.totals import NAMELESS

IN, MISSING, WRONG, EDITION, BLANK, MONEY = "in", "missing", "wrong", "edition", "blank", "money"
NOT_REPORTING = "group"
LEFT_OUT = (MISSING, WRONG, EDITION, BLANK, MONEY)
_GAPS_LISTED = 12
_LAST_YEAR = frozenset({Code.C501, Code.C502, Code.C503, Code.C504})


@record
class Member:
    """One unit under the total."""

    unit: Unit
    depth: int
    outcome: str  # "in", or why its figures are not
    standing: Standing | None = None
    members: int = 0  # units below it, however deep
    gaps: int = 0  # cells of a report that is in that hold no number: they add nothing
    some_gaps: Sequence[tuple[Item, str]] = ()  # the first of them and what stands there, words before blanks
    reported: Figures | None = None  # what stands in its report; of a unit with members their sum is worked out


@record
class Rollup:
    """A total with everything that belongs to it."""

    submission: Submission
    members: Sequence[Member]
    findings: Sequence[Finding]  # of the total itself, by the form's own rules
    reports: int  # reports that were added up; a unit's own may be the sum of several
    of_units: Sequence[Finding]  # RU-1: of totals that units handed in themselves
    over_years: Sequence[Finding]  # RU-7: against last year's sum over the same units
    compared: int  # units of which both years are there
    prior: Submission | None
    both: Submission | None  # this year's sum over the units of which both years are there
    undecided: Sequence[Undecided] = ()  # files kept aside that may be reports of these units, or of nobody knows whom
    gone: Sequence[tuple[str, str]] = ()  # code and name of units that reported and need not any more

    def of(self, *outcomes: str) -> list[Member]:
        """The members with one of these outcomes."""
        return [one for one in self.members if one.outcome in outcomes]

    @property
    def incomplete(self) -> list[Member]:
        """The units whose figures are not in the total although they should be."""
        return self.of(*LEFT_OUT)

    @property
    def told(self) -> list[tuple[Finding, Submission, Submission | None]]:
        """All findings, each with the figures that it is about and those of last year it is compared with."""
        return [
            *((finding, self.submission, None) for finding in (*self.findings, *self.of_units)),
            *((finding, self.both or self.submission, self.prior) for finding in self.over_years),
        ]

    @property
    def wrong_but_in(self) -> list[Member]:
        """The units with errors whose figures are in the total because somebody said so."""
        return [one for one in self.of(IN) if one.standing is not None and one.standing.state == "error"]

    @property
    def with_gaps(self) -> list[Member]:
        """The units in the total of which some cells hold no number."""
        return [one for one in self.members if one.gaps]


def rollup(
    this: Round,
    root: str = "",
    *,
    allow_missing: bool = False,
    include_wrong: bool = False,
    keep: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> Rollup:
    """The total of a unit and all below it, or of the whole roster; raises `RoundProblems` where units are missing.

    `allow_missing` goes on without them, `include_wrong` adds up reports with errors as well. `keep` keeps every
    unit's figures for the workbook.
    """
    bring_over_what_can_be(this)  # a correction of last year's since this year's came in
    standings = {one.unit.code: one for one in status(this).standings}
    tree = list(_tree(this, this.unit(root) if root else None))
    outcomes = {unit.code: _outcome(this, unit, standings.get(unit.code), include_wrong) for unit, _, _ in tree}
    left_out = [unit for unit, _, _ in tree if outcomes[unit.code] in LEFT_OUT]
    if left_out and not allow_missing:
        by = {why: [u.name for u in left_out if outcomes[u.code] == why] for why in LEFT_OUT}
        raise refuse("rollup-incomplete", count=len(left_out), **by)
    if IN not in outcomes.values():
        raise refuse("rollup-nothing", count=len(left_out))
    form, names = this.form, _items(this)
    sums: dict[Item, Number] = {item: 0 for item in form.items if not form.is_total(item)}
    same: dict[Item, Number] = dict(sums)  # over the units of which last year's report is there as well
    before: list[str] = []
    past_units = with_last_year(this)
    above = _parents(this, [unit for unit, _, below in tree if below])
    sums_below: dict[str, dict[Item, Number]] = {code: {} for code in above}
    members = []
    for n, (unit, depth, below) in enumerate(tree):
        standing = standings.get(unit.code)
        figures: Figures | None = None
        gaps: list[tuple[Item, str]] = []
        if outcomes[unit.code] == IN and standing is not None:
            figures = _figures(this, standing.submission, names)
            gaps = _gaps(form, figures)
            both = unit.code in past_units
            if both:
                before.append(unit.code)
            added = [sums_below[code] for code in _above(this, unit) if code in above]
            for item, value in figures.items():
                if item in sums and value is not None and not isinstance(value, str):
                    sums[item] += value
                    if both:
                        same[item] += value
                    for one in added:
                        one[item] = one.get(item, 0) + value
        some, kept = tuple(gaps[:_GAPS_LISTED]), figures if keep else None
        members.append(Member(unit, depth, outcomes[unit.code], standing, below, len(gaps), some, kept))
        if progress is not None:
            progress(n + 1, len(tree))
    of_units = [
        Above(
            this.by_code[code],
            total,
            _figures(this, submission, names),
            sums_below[code],
            [unit.name for unit in left_out if code in _above(this, unit)],
            [] if total else [_figures(this, version, names) for version in _earlier(this, code)],
        )
        for code, (total, submission) in above.items()
        if total or outcomes[code] == IN
    ]
    return replace(
        _checked(this, root, sums, same, before, members),
        of_units=tuple(compare(form, of_units)),
        gone=gone(this),
        undecided=tuple(one for one in undecided(this) if not one.unit or one.unit in outcomes),
    )


def _parents(this: Round, units: Sequence[Unit]) -> Mapping[str, tuple[bool, int]]:
    """Of units with others below them: whether what they handed in is a total, and its number in the register."""
    rows = this.register.db.execute(
        "SELECT unit, state, id FROM submission WHERE period = ? AND latest = 1 AND form = ? AND edition = ?",
        (this.period, this.form.id, this.form.edition),
    )
    reports = {unit.code: unit.reports for unit in units}
    return {
        code: (state == TOTAL, ident)
        for code, state, ident in rows
        if code in reports and reports[code] != (state == TOTAL)
    }


def _earlier(this: Round, code: str) -> list[int]:
    """The versions of a unit's report before the last."""
    rows = this.register.db.execute(
        "SELECT id FROM submission WHERE period = ? AND unit = ? AND latest = 0 AND state <> 'total'",
        (this.period, code),
    )
    return [row[0] for row in rows]


def _above(this: Round, unit: Unit) -> Iterator[str]:
    """The codes of the units that a unit is added up under."""
    at = unit.parent
    while at in this.by_code:
        yield at
        at = this.by_code[at].parent


def _checked(
    this: Round,
    root: str,
    sums: Mapping[Item, Number],
    same: Mapping[Item, Number],
    before: Sequence[str],
    members: Sequence[Member],
) -> Rollup:
    """The total by the form's own rules; against last year only over the units of which both years are there."""
    top = this.by_code.get(root) or (this.unit(root) if root else None)
    about: dict[str, object] = {
        "unit": top.name if top else this.settings.total or this.settings.office or NAMELESS,
        "level": top.level if top else this.settings.level,
        "period": this.period,
    }
    inside = made_of(this.register)
    of = {one.unit.code: inside.get(one.standing.submission, 1) for one in members if one.standing is not None}
    reports = sum(of[one.unit.code] for one in members if one.outcome == IN)
    submission = total_of(widened(this.form, reports), sums, **about)
    findings = check(_with_words(submission))
    prior = last_year(this, before, str(about["unit"]))
    over_years: list[Finding] = []
    compared = sum(of[code] for code in before)
    both = total_of(widened(this.form, compared), same, **about) if prior is not None else None
    if both is not None and prior is not None:
        of_years = [
            f
            for f in check(_with_words(both), prior)
            if f.code in _LAST_YEAR and not of_rounding(f, this.form, prior.form, compared)
        ]
        # RU-7, with a page of its own: it is about sums, and not about any unit's report.
        over_years = [replace(f, code=Code.R704) if f.code is Code.C501 else f for f in of_years]
    return Rollup(submission, members, findings, reports, (), over_years, len(before), prior, both)


def _with_words(submission: Submission) -> Submission:
    """A total has no text yet: that it is missing is nothing to be told here."""
    return replace(submission, sections=dict.fromkeys(submission.form.sections, "无"))


def _tree(this: Round, top: Unit | None) -> Iterator[tuple[Unit, int, int]]:
    """The units in order, each before what stands under it: the unit, its depth, how many stand under it."""
    below: dict[str, list[Unit]] = {}
    for unit in this.units:
        below.setdefault(unit.parent, []).append(unit)

    # Without recursion: nobody says how deep a tree of units may be.
    order: list[tuple[Unit, int]] = []
    waiting = [(unit, 0) for unit in reversed([top] if top else below.get("", []))]
    while waiting:
        unit, depth = waiting.pop()
        order.append((unit, depth))
        waiting += [(one, depth + 1) for one in reversed(below.get(unit.code, ()))]
    sizes: dict[str, int] = {}
    for unit, _ in reversed(order):
        sizes[unit.code] = sum(1 + sizes[one.code] for one in below.get(unit.code, ()))
    for unit, depth in order:
        yield unit, depth, sizes[unit.code]


def _outcome(this: Round, unit: Unit, one: Standing | None, include_wrong: bool) -> str:
    if not unit.reports or one is None:
        return NOT_REPORTING
    if not one.submission:
        return MISSING
    row = this.register.db.execute(
        "SELECT form, edition, EXISTS (SELECT 1 FROM finding WHERE submission = submission.id AND code = 'S209')"
        " AS blank, EXISTS (SELECT 1 FROM finding WHERE submission = submission.id AND code = 'S215') AS money"
        " FROM submission WHERE id = ?",
        (one.submission,),
    ).fetchone()
    if (row["form"], row["edition"]) != (this.form.id, this.form.edition):
        return EDITION
    if row["blank"]:
        return BLANK
    if row["money"]:
        return MONEY  # RU-3, also where wrong reports are added up: this one would count ten thousand times
    return IN if one.state != "error" or include_wrong else WRONG


def _items(this: Round) -> Mapping[int, Item]:
    """The items of this form by their number in the register."""
    index = this.form.index
    return {
        ident: item
        for ident, table, row, col in this.register.db.execute("SELECT id, place, row, col FROM item")
        if (item := Item(table, row, col)) in index
    }


def _figures(this: Round, submission: int, names: Mapping[int, Item]) -> Figures:
    """What stands in a report: numbers, texts as they were typed, nothing for blanks."""
    found: dict[Item, Number | str | None] = {}
    for ident, state, value, raw in this.register.db.execute(
        "SELECT item, state, value, raw FROM entry WHERE submission = ?", (submission,)
    ):
        item = names.get(ident)
        if item is not None:
            found[item] = number(value) if state in {State.NUMBER.value, COMPUTED} else raw or None
    return found


def _gaps(form: Form, figures: Figures) -> list[tuple[Item, str]]:
    """The cells without a number, and what stands there; totals are worked out anyway."""
    empty = [(item, value) for item in form.items if not isinstance(value := figures.get(item), (int, Decimal))]
    found = [(item, str(value or "")) for item, value in empty if not form.is_total(item)]
    return sorted(found, key=lambda one: not one[1])
