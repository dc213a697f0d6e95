"""A report read from a format that cannot be written to, put into a fresh form so that it can be annotated."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from xlreport.finding import Finding
from xlreport.form.evaluate import computed_items
from xlreport.form.layout import Cell, Layout, layout
from xlreport.form.model import Form
from xlreport.form.table import Fill, Item
from xlreport.record import record, replace
from xlreport.rules.nodes import Number
from xlreport.submission import State, Submission
from xlreport.workbook.read import Reading
from xlreport.workbook.template import Issue, make

_LONGEST = 32_767  # characters an .xlsx cell holds; one of .ods may hold more
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # these and the next XML has no way to write
_NO_CHARACTER = re.compile(r"[\ud800-\udfff\ufffe\uffff]")
_OWN = frozenset({"unit", "unit_code", "level", "period"})  # lines of every cover


@record
class Refilled:
    """The fresh workbook, the report as it stands in it, and the findings with their places there."""

    data: bytes
    submission: Submission
    findings: Sequence[Finding]


def refill(reading: Reading, findings: Sequence[Finding]) -> Refilled:
    """The report in a fresh form: every entry, text and line of the cover as it stood; what is outside is left out."""
    submission = reading.submission
    form = submission.form
    plan = layout(form)
    values = {item: value for item in form.items if (value := _value(reading, item)) is not None}
    issue = Issue(
        unit=_text(submission.unit),
        unit_code=_text(submission.unit_code),
        level=_text(submission.level),
        period=submission.period,
        issue=reading.identity.issue if reading.identity else "",
        cover={name: _text(text) for name, text in submission.cover.items() if name not in _OWN or name == "period"},
    )
    sections = {name: _text(text) for name, text in submission.sections.items()}
    data = make(form, issue, totals=_totals(reading, form), values=values, sections=sections)
    places = _places(submission, plan)
    return Refilled(data, _moved(submission, plan), [_placed(f, plan, reading.places, places) for f in findings])


def _value(reading: Reading, item: Item) -> Number | str | None:
    entry = reading.submission.entry(item)
    if entry.computed:
        return reading.submission.value(item)
    if entry.state is State.NUMBER and not entry.notation:
        return entry.value
    return _text(entry.words) or None


def _text(text: str) -> str:
    """A text as a cell of the fresh form can hold it."""
    return _NO_CHARACTER.sub("\ufffd", _CONTROL.sub("", text))[:_LONGEST]


def _totals(reading: Reading, form: Form) -> Fill | None:
    """Formulas for the totals only if all that would get one had one: what was typed stays, so does a blank."""
    word = reading.identity.totals if reading.identity else ""
    choices = (Fill(word),) if word in {"formula", "typed"} else ()
    computed = {item for item, entry in reading.submission.entries.items() if entry.computed}
    return next((choice for choice in (*choices, None) if computed_items(form, choice) <= computed), Fill.TYPED)


def _moved(submission: Submission, plan: Layout) -> Submission:
    entries = {item: replace(entry, cell=plan.cells.get(item)) for item, entry in submission.entries.items()}
    return replace(submission, entries=entries, cover_cells=plan.cover, section_cells=plan.sections)


def _places(submission: Submission, plan: Layout) -> Mapping[Cell, Cell]:
    """Where the cells of the cover and of the texts are in the fresh form."""
    found = {cell: plan.cover[name] for name, cell in submission.cover_cells.items() if name in plan.cover}
    found |= {cell: plan.sections[name] for name, cell in submission.section_cells.items() if name in plan.sections}
    return found


def _placed(finding: Finding, plan: Layout, there: Mapping[Item, Cell], places: Mapping[Cell, Cell]) -> Finding:
    """The finding with the places of the fresh form; what is only in the other workbook has none."""
    parts = tuple(
        # An item that was not found there has its cell here.
        replace(part, cell=plan.cells.get(part.item) if part.cell or part.item not in there else None)
        for part in finding.parts
    )
    follows = tuple(_placed(other, plan, there, places) for other in finding.follows)
    place = places.get(finding.place) if finding.place else None
    return replace(finding, parts=parts, follows=follows, place=place)
