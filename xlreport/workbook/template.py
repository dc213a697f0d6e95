"""The workbook of a form, blank or filled: the official look, typed cells, live checks, and what it says it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from io import BytesIO
from typing import Any

from xlreport.form.evaluate import computed_items, evaluate, is_placeholder
from xlreport.form.layout import COVER_SHEET, PANEL_SHEET, Layout, layout
from xlreport.form.model import Form
from xlreport.form.table import Fill, Item
from xlreport.rules.judge import Values
from xlreport.rules.nodes import Number
from xlreport.workbook import panel as at
from xlreport.workbook import paper
from xlreport.workbook.cover_sheet import LEVEL_COLUMN, level_source, write_cover
from xlreport.workbook.identity import (
    MARKER_SHEET,
    PROPERTY,
    RESULTS_NAME,
    TABLE_PREFIX,
    Identity,
    absolute,
    digest,
    names,
    totals_word,
)
from xlreport.workbook.live import Live, live_cells
from xlreport.workbook.panel import Panel, panel
from xlreport.workbook.panel_sheet import write_panel
from xlreport.workbook.paper import Formats, must
from xlreport.workbook.table_sheets import colour_signs, write_tables
from xlreport.workbook.text_sheet import write_sections

CREATED = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)  # fixed: equal input makes equal bytes
_FOOTER_LIMIT = 255


@dataclass(frozen=True, slots=True)
class Issue:
    """What is known of a unit's report when its workbook is made."""

    unit: str = ""
    unit_code: str = ""
    level: str = ""
    period: int | None = None
    issue: str = ""
    cover: Mapping[str, str] = field(default_factory=dict)  # the other fields of the cover


def make(
    form: Form,
    issue: Issue | None = None,
    *,
    totals: Fill | None = None,
    values: Mapping[Item, Number | str] | None = None,
    sections: Mapping[str, str] | None = None,
    locked: Collection[Item] = (),
    more: Callable[[Any, Formats], None] | None = None,
) -> bytes:
    """The workbook of a form as the bytes of an .xlsx file; equal input makes equal bytes.

    `locked` are items whose value is settled and not to be typed over; `more` adds sheets of its own behind the form.

    A value that is text is written as text. A blank stays blank. A computed total for which another number (or text)
    is given than its parts add up to is written as given, in place of its formula.
    """
    import xlsxwriter

    issue, sections = issue or Issue(), sections or {}
    values = {item: value for item, value in (values or {}).items() if value != ""}
    plan, cover = layout(form), cover_values(form, issue)
    computed = _computed(form, totals, values)
    numbers = {item: value for item, value in values.items() if not isinstance(value, str)}
    words = {item: value for item, value in values.items() if isinstance(value, str)}
    checks = panel(form, plan)
    written = {name for name, text in sections.items() if text}
    live = live_cells(form, plan, computed, numbers, cover, words=words, sections=written)

    buffer = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    workbook = xlsxwriter.Workbook(buffer, options)
    looks = paper.formats(workbook)
    footer = _footer(form, issue)
    sheets: dict[str, Any] = {}
    for name in (COVER_SHEET, *(sheet.name for sheet in plan.sheets), PANEL_SHEET):
        sheets[name] = paper.add_sheet(workbook, name)
    write_cover(sheets[COVER_SHEET], form, plan, looks, cover, computed)
    paper.page(sheets[COVER_SHEET], footer)
    for sheet in plan.sheets:
        if sheet.plan.sections:
            write_sections(sheets[sheet.name], form, plan, sheet, looks, sections)
        else:
            write_tables(sheets[sheet.name], form, sheet, looks, values, computed, checks, locked)
        paper.page(sheets[sheet.name], footer, landscape=sheet.plan.landscape)
    write_panel(sheets[PANEL_SHEET], checks, looks)
    paper.page(sheets[PANEL_SHEET], footer, landscape=True)
    _colour_cover(sheets[COVER_SHEET], plan, looks)
    _write_live(sheets, plan, live, looks)
    if more is not None:
        more(workbook, looks)
    identity = _identity(form, issue, totals, plan)
    sheets[MARKER_SHEET] = _write_marker(workbook, form, plan, identity)
    for sheet_object in sheets.values():
        paper.protect(sheet_object)
    _write_names(workbook, form, plan, checks)
    for key, text in identity.texts():
        must(workbook.set_custom_property(PROPERTY + key, text, "text"))
    workbook.set_properties({"title": form.title, "subject": form.number, "created": CREATED})
    sheets[COVER_SHEET].activate()
    workbook.close()
    return buffer.getvalue()


def cover_values(form: Form, issue: Issue) -> dict[str, str | int]:
    """What stands in the cover's cells: the year as a number, the rest as text."""
    known: dict[str, str | int] = {
        **issue.cover,
        "unit": issue.unit,
        "unit_code": issue.unit_code,
        "level": issue.level,
        "period": issue.cover.get("period", "") if issue.period is None else issue.period,
    }
    return {f.id: known[f.id] for f in form.cover if known.get(f.id, "") != ""}


def _computed(form: Form, totals: Fill | None, values: Mapping[Item, Number | str]) -> frozenset[Item]:
    """The totals that get a formula: those whose given value, if any, is what the formula finds."""
    computed = computed_items(form, totals)
    numbers = {item: value for item, value in values.items() if not isinstance(value, str)}
    texts = {item for item, value in values.items() if isinstance(value, str) and not is_placeholder(value)}
    while True:
        found = evaluate(form, numbers, texts - computed, computed)
        other = {item for item in computed if item in values and not _finds(found, form.index[item], values[item])}
        if not other:
            return computed
        computed -= other


def _finds(found: Values, i: int, value: Number | str) -> bool:
    """Whether a total's formula comes to the value given for it, and nobody has to guess at a part."""
    return i not in found.blank and i not in found.unreadable and found.numbers[i] == value


def _identity(form: Form, issue: Issue, totals: Fill | None, plan: Layout) -> Identity:
    return Identity(
        form=form.id,
        edition=form.edition,
        unit=issue.unit,
        unit_code=issue.unit_code,
        level=issue.level,
        period=issue.period,
        issue=issue.issue,
        totals=totals_word(totals),
        digest=digest(form, plan),
    )


def _write_live(sheets: Mapping[str, Any], plan: Layout, live: list[Live], looks: Formats) -> None:
    """Every formula with its result."""
    for one in live:
        look = looks[_look(plan, one)]
        result = float(one.result) if isinstance(one.result, Decimal) else one.result
        must(sheets[one.cell.sheet].write_formula(one.cell.row, one.cell.col, f"={one.formula}", look, result))


def _look(plan: Layout, one: Live) -> str:
    cell = one.cell
    if cell.sheet == PANEL_SHEET:
        if cell.row == at.SUMMARY:
            return "summary"
        return {at.RESULT: "panel-sign", at.REMARK: "panel"}.get(cell.col, "panel-middle")
    if cell.sheet == COVER_SHEET:
        return "remark"
    if cell in plan.items:
        return "formula"
    sheet = next(s for s in plan.sheets if s.name == cell.sheet)
    if cell == at.summary_cell(sheet):
        return "summary"
    if cell.col == at.remark_column(sheet):
        return "remark"
    return "below" if cell.row >= sheet.bottom else "info"


def _colour_cover(sheet: Any, plan: Layout, looks: Formats) -> None:
    first, last = at.progress_cell(0), at.progress_cell(len(plan.sheets))
    colour_signs(sheet, [[first.row, first.col, last.row, last.col]], looks)


def _write_marker(workbook: Any, form: Form, plan: Layout, identity: Identity) -> Any:
    """The hidden sheet: what the workbook is, where its tables are, and a list of levels too long for a validation."""
    sheet = workbook.add_worksheet(MARKER_SHEET)
    for row, (key, text) in enumerate(identity.texts()):
        must(sheet.write_string(row, 0, key))
        if text:
            must(sheet.write_string(row, 1, text))
    for name, target in names(form, plan).items():
        if name.startswith(TABLE_PREFIX):
            row += 1
            first = target.partition(":")[0]
            must(sheet.write_string(row, 0, name))
            must(sheet.write_formula(row, 1, f"=ROW({first})", None, int(first.rpartition("$")[2])))
    if isinstance(level_source(form), str):
        for line, level in enumerate(form.levels):
            must(sheet.write_string(line, LEVEL_COLUMN, level.id))
    sheet.hide()
    return sheet


def _write_names(workbook: Any, form: Form, plan: Layout, checks: Panel) -> None:
    for name, target in names(form, plan).items():
        must(workbook.define_name(name, f"={target}"))
    if checks.checks:
        area = absolute(PANEL_SHEET, at.FIRST, at.RESULT, checks.last, at.RESULT)
        must(workbook.define_name(RESULTS_NAME, f"={area}"))


def _footer(form: Form, issue: Issue) -> str:
    """表号 on the left, the page in the middle, the unit's code (else its name) on the right."""
    left, right = footer_words(form.number), footer_words(issue.unit_code or issue.unit)
    footer = f"&L&9{left}&C&9第 &P 页　共 &N 页&R&9{right}"
    return footer if len(footer) <= _FOOTER_LIMIT else f"&L&9{left[:60]}&C&9第 &P 页　共 &N 页"


def footer_words(text: str) -> str:
    """A text as a footer takes it: its own signs doubled, and no digits where they would be part of the font size."""
    return (" " if text[:1].isdigit() else "") + text.replace("&", "&&")
