"""Forms and submissions for the tests, in the clerk's own notation: `三!一@自然人`."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path

from xlreport.catalog import find_form
from xlreport.data import read_data
from xlreport.filling import resolve
from xlreport.finding import Finding
from xlreport.form.definition import read_yaml
from xlreport.form.layout import layout
from xlreport.form.load import load
from xlreport.form.model import Form
from xlreport.form.table import Fill, Item
from xlreport.notation import Held, understand
from xlreport.rules.nodes import Number
from xlreport.submission import Entry, State, Submission
from xlreport.workbook.template import Issue, make

DATA = Path(__file__).with_name("data")


@cache
def official(edition: str) -> Form:
    return find_form(f"zfxxgk-annual@{edition}")


def form_of(text: str) -> Form:
    """A form from the text of its definition."""
    text = textwrap.dedent(text)
    return load(read_yaml(text, "try.yaml"), "try.yaml", text)


def item(form: Form, name: str) -> Item:
    """`三!三.7@总计` as an item; either side may be left out where the table has one of it."""
    table, _, rest = name.partition("!")
    row, _, column = rest.partition("@")
    place = form.tables[table]
    if not column and len(place.columns.leaves) > 1:
        row, column = "", row
    found = place.rows.find(row) if row else place.rows.leaves[0]
    across = place.columns.find(column) if column else place.columns.leaves[0]
    assert found is not None, name
    assert across is not None, name
    return Item(table, found.id, across.id)


def submit(
    form: Form,
    values: Mapping[str, object] | None = None,
    *,
    rest: Number | None = 0,
    totals: Fill | None = Fill.TYPED,
    **more: object,
) -> Submission:
    """A submission: `rest` in every cell but those named, None for a blank; texts as they would be typed."""
    cells = layout(form).cells
    named = {item(form, name): value for name, value in (values or {}).items()}
    entries = {}
    for one in form.items:
        value, cell = named.get(one, rest), cells[one]
        if one not in named and form.computed(one, totals):
            entries[one] = Entry(State.NUMBER, None, "", cell, computed=True)
        elif value is None:
            entries[one] = Entry(State.BLANK, cell=cell)
        elif isinstance(value, (int, Decimal)):
            entries[one] = Entry(State.NUMBER, value, str(value), cell)
        else:
            held = Held.ERROR if str(value).startswith("#") else Held.TEXT
            entries[one] = understand(held, str(value), form.entry_type(one), cell)
    about = {"unit": "某单位", "period": form.last_period or form.first_period + 3, **more}
    cover = {"unit": about["unit"], "period": str(about["period"] or "")}
    sections = about.pop("sections", dict.fromkeys(form.sections, "无"))
    return Submission(form, entries=entries, cover=cover, sections=sections, **about)  # type: ignore[arg-type]


def published(name: str, form: Form) -> Submission:
    """A published report (tests/data/reports) as it was printed."""
    data = read_data((DATA / "reports" / f"{name}.json").read_bytes(), f"{name}.json")
    filling = resolve(form, data, as_printed=True)
    entries = {}
    for one, value in filling.values.items():
        if isinstance(value, str):
            entries[one] = understand(Held.TEXT, value, form.entry_type(one))
        elif value is not None:
            entries[one] = Entry(State.NUMBER, value, str(value))
    cover = filling.cover
    about = {key: cover.get(key, "") for key in ("unit", "unit_code", "level")}
    return Submission(form, period=filling.period, entries=entries, sections=filling.sections, cover=cover, **about)


@cache
def returned(name: str, edition: str, *blank: str) -> bytes:
    """A published report as a filled-in workbook, with some more cells left blank."""
    form = official(edition)
    given = published(name, form)
    empty = {item(form, one) for one in blank}
    values = {
        one: entry.raw if entry.value is None else entry.value
        for one, entry in given.entries.items()
        if one not in empty
    }
    issue = Issue(unit=given.unit, level=given.level, period=given.period)
    return make(form, issue, totals=Fill.TYPED, values=values, sections=dict.fromkeys(form.sections, "无"))


def told(findings: list[Finding]) -> list[tuple[object, ...]]:
    """Findings in short: code, rule, severity, and the items as `table!row@column`."""
    return [(f.code.name, f.rule, f.severity.value, [str(p.item) for p in f.parts]) for f in findings]


def of(findings: list[Finding], code: str) -> list[Finding]:
    return [f for f in findings if f.code.name == code]
