"""Sums of reports as reports, of this year and of those before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from xlreport.form.model import Form
from xlreport.form.table import Item
from xlreport.round.folder import Round
from xlreport.round.history import number
from xlreport.rules.nodes import Number
from xlreport.submission import Entry, State, Submission


def add_up(form: Form, reports: Iterable[Mapping[Item, Number]], **about: object) -> Submission:
    """The sum of reports as a report: details are added exactly, totals are worked out again from the sums (RU-1)."""
    sums: dict[Item, Number] = {item: 0 for item in form.items if not form.is_total(item)}
    for numbers in reports:
        for item, value in numbers.items():
            if item in sums:
                sums[item] += value
    return total_of(form, sums, **about)


def total_of(form: Form, sums: Mapping[Item, Number], **about: object) -> Submission:
    """A report of these details; its totals are worked out."""
    entries = {item: Entry(State.NUMBER, value, str(value)) for item, value in sums.items()}
    computed = {item: Entry(State.NUMBER, None, computed=True) for item in form.items if form.is_total(item)}
    return Submission(form, entries={**entries, **computed}, **about)  # type: ignore[arg-type]


def with_last_year(this: Round) -> frozenset[str]:
    """The codes of the units of which last year's report can be compared with."""
    rows = this.register.db.execute(
        "SELECT unit FROM submission WHERE period = ? AND latest = 1 AND state NOT IN ('error', 'total')",
        (this.period - 1,),
    )
    return frozenset(row[0] for row in rows)


def last_year(this: Round, units: Sequence[str], name: str) -> Submission | None:
    """Last year's sum over the same units; None where the edition was another, or nothing is known."""
    sums = year_sums(this, this.period - 1, frozenset(units))
    if not units or sums is None:
        return None
    return total_of(sums[0], sums[1], unit=name, period=this.period - 1)


def year_sums(
    this: Round, period: int, units: frozenset[str] | None = None
) -> tuple[Form, Mapping[Item, Number]] | None:
    """The sums of a year's last reports, of these units only; None unless all are of one edition that is known."""
    from xlreport.catalog import UnknownForm, find_form

    rows = this.register.db.execute(
        "SELECT id, unit, form, edition FROM submission WHERE period = ? AND latest = 1"
        " AND state NOT IN ('error', 'total')",
        (period,),
    ).fetchall()
    wanted = [row for row in rows if units is None or row["unit"] in units]
    editions = {f"{row['form']}@{row['edition']}" for row in wanted}
    if len(editions) != 1:
        return None
    try:
        form = find_form(editions.pop(), extra=this.templates)
    except UnknownForm:
        return None
    details = {item: 0 for item in form.items if not form.is_total(item)}
    sums: dict[Item, Number] = dict(details)
    names = {
        ident: item
        for ident, table, row, col in this.register.db.execute("SELECT id, place, row, col FROM item")
        if (item := Item(table, row, col)) in details
    }
    chosen = {row["id"] for row in wanted}
    for submission, ident, value in this.register.db.execute(
        "SELECT submission, item, value FROM entry JOIN submission s ON s.id = submission"
        " WHERE s.period = ? AND s.latest = 1 AND entry.state = 'number' AND value <> 0",
        (period,),
    ):
        named = names.get(ident)
        if named is not None and submission in chosen:
            sums[named] += number(value) or 0
    return form, sums
