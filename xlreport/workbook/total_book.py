"""The workbook of a total: the official form, a sheet of what went into it, charts, and a ledger for each table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from decimal import Decimal
from typing import Any

from xlreport.form.layout import COVER_SHEET, PANEL_SHEET, Layout, layout
from xlreport.form.model import Form, Shape
from xlreport.form.table import Item
from xlreport.record import record, replace
from xlreport.rules.nodes import Number
from xlreport.workbook import paper
from xlreport.workbook.identity import BEHIND_NAME, MARKER_SHEET, absolute
from xlreport.workbook.ledger import Ledger, LedgerWords, add_ledger, column_link, fill_ledgers, free_name
from xlreport.workbook.paper import Formats, must
from xlreport.workbook.template import Issue, make

_COLOURS = ("#1F4E9E", "#C55A11", "#7F7F7F", "#548235", "#BF9000", "#7030A0")
_STATE_COLOURS = ("#BFBFBF", "#C00000", "#ED9D31", "#5B9BD5", "#548235")
_FIGURE = 11.0  # the width of a column of figures beside a chart
_CHART_ROWS = 17  # rows of the sheet that one chart takes
_FONT = {"name": paper.SONG, "size": 10}


@record
class Block:
    """A list on the sheet that says what went into the total."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str | int]]


@record
class Drawn:
    """A chart with its figures."""

    title: str
    shape: Shape
    names: Sequence[str]
    series: Sequence[tuple[str, Sequence[Number]]]


@record
class TotalBook:
    """Everything of the workbook besides the form."""

    notes: str  # the name of the sheet with the lists
    charts_name: str
    title: str
    intro: Sequence[str]
    blocks: Sequence[Block]
    charts: Sequence[Drawn]
    ledgers: Sequence[Ledger]
    words: LedgerWords


def total_workbook(
    form: Form,
    issue: Issue,
    values: Mapping[Item, Number],
    sections: Mapping[str, str],
    book: TotalBook,
    executor: Executor | None = None,
) -> bytes:
    """The workbook as the bytes of an .xlsx file."""
    plan, book = layout(form), _named(form, book)
    typed = {item: value for item, value in values.items() if not form.computed(item)}

    def more(workbook: Any, looks: Formats) -> None:
        _notes(workbook, book, looks)
        if book.charts:
            _charts(workbook, book, looks)
        for ledger in book.ledgers:
            add_ledger(workbook, plan, ledger, book.words, looks)
            _link_form(workbook, form, plan, ledger, typed, looks)
        behind = [book.notes, *([book.charts_name] if book.charts else [])]
        behind += [ledger.name for ledger in book.ledgers]
        for n, name in enumerate(behind, 1):
            must(workbook.define_name(f"{BEHIND_NAME}{n}", f"={absolute(name, 0, 0)}"))

    data = make(form, issue, values=dict(values), sections=sections, more=more)
    return fill_ledgers(data, book.ledgers, executor)


def _named(form: Form, book: TotalBook) -> TotalBook:
    """Every sheet behind the form under a name of its own: a form may have one called so, and two tables alike."""
    taken = {name.casefold() for name in (COVER_SHEET, PANEL_SHEET, MARKER_SHEET)}
    taken |= {sheet.name.casefold() for sheet in layout(form).sheets}
    notes, charts = free_name(book.notes, taken), free_name(book.charts_name, taken)
    ledgers = [replace(one, name=free_name(f"{book.words.prefix}{one.table.id}", taken)) for one in book.ledgers]
    return replace(book, notes=notes, charts_name=charts, ledgers=ledgers)


def _link_form(
    workbook: Any,
    form: Form,
    plan: Layout,
    ledger: Ledger,
    typed: Mapping[Item, Number],
    looks: Formats,
) -> None:
    """Lead from each figure of the form to the column it is the sum of; the figure stands as it was."""
    for place, item in enumerate(ledger.table.items):
        cell = plan.cells[item]
        sheet = workbook.get_worksheet_by_name(cell.sheet)
        value = typed.get(item)
        if value is None:
            continue  # a formula of its own: written later, and traced by Excel itself
        look = looks["total" if form.is_total(item) else "input"]
        must(sheet.write_url(cell.row, cell.col, column_link(ledger, place), look, string="x"))
        must(sheet.write_number(cell.row, cell.col, value, look))


def _notes(workbook: Any, book: TotalBook, looks: Formats) -> None:
    sheet = workbook.add_worksheet(book.notes)
    wide = [14.0, 34.0, 12.0, 12.0, 60.0, 16.0, 20.0]
    paper.set_widths(sheet, wide)
    must(sheet.write_string(0, 0, book.title, looks["title-line"]))
    sheet.set_row(0, 24.0)
    row = 1
    for line in book.intro:
        must(sheet.write_string(row, 0, line[:32_000], looks["guide-line"]))
        row += 1
    for block in book.blocks:
        row += 1
        must(sheet.write_string(row, 0, block.title, looks["guide-title"]))
        row += 1
        for col, text in enumerate(block.header):
            must(sheet.write_string(row, col, text, looks["panel-head"]))
        row += 1
        for cells in block.rows:
            height = 18.0
            for col, value in enumerate(cells):
                if isinstance(value, int):
                    must(sheet.write_number(row, col, value, looks["panel-middle"]))
                else:
                    must(sheet.write_string(row, col, value[:32_000], looks["panel"]))
                    height = max(height, paper.text_height(value, wide[col], paper.NOTE_SIZE))
            sheet.set_row(row, min(height, paper.HIGHEST_ROW))
            row += 1
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.hide_gridlines(2)


def _charts(workbook: Any, book: TotalBook, looks: Formats) -> None:
    """Charts that Excel itself draws, each beside the figures it is drawn from."""
    sheet = workbook.add_worksheet(book.charts_name)
    paper.set_widths(sheet, [18.0, *([_FIGURE] * 8)])
    row = 0
    for drawn in book.charts:
        must(sheet.write_string(row, 0, drawn.title, looks["guide-title"]))
        height = 18.0
        for col, (name, _) in enumerate(drawn.series, 1):
            must(sheet.write_string(row + 1, col, name, looks["panel-head"]))
            height = max(height, paper.text_height(name, _FIGURE, paper.LABEL_SIZE))
        sheet.set_row(row + 1, height)
        must(sheet.write_blank(row + 1, 0, None, looks["panel-head"]))
        for n, name in enumerate(drawn.names):
            must(sheet.write_string(row + 2 + n, 0, name, looks["panel"]))
            for col, (_, values) in enumerate(drawn.series, 1):
                value = values[n]
                number = float(value) if isinstance(value, Decimal) else value
                must(sheet.write_number(row + 2 + n, col, number, looks["panel-middle"]))
        chart = _chart(workbook, book.charts_name, drawn, row)
        must(sheet.insert_chart(row, len(drawn.series) + 2, chart, {"object_position": 2}))
        row += max(_CHART_ROWS, len(drawn.names) + 4)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 1)
    sheet.hide_gridlines(2)


def _chart(workbook: Any, sheet: str, drawn: Drawn, row: int) -> Any:
    chart = workbook.add_chart({"type": drawn.shape.value})
    first, last = row + 2, row + 1 + len(drawn.names)
    for col in range(1, len(drawn.series) + 1):
        series: dict[str, Any] = {
            "name": f"={absolute(sheet, row + 1, col)}",
            "categories": f"={absolute(sheet, first, 0, last, 0)}",
            "values": f"={absolute(sheet, first, col, last, col)}",
            "data_labels": {"value": True, "font": _FONT},
            "fill": {"color": _COLOURS[(col - 1) % len(_COLOURS)]},
        }
        if drawn.shape is Shape.PIE:
            colours = _STATE_COLOURS if len(drawn.names) == len(_STATE_COLOURS) else _COLOURS
            series["points"] = [{"fill": {"color": colours[n % len(colours)]}} for n in range(len(drawn.names))]
        chart.add_series(series)
    chart.set_title({"name": drawn.title, "name_font": {**_FONT, "size": 12}})
    if len(drawn.series) > 1 or drawn.shape is Shape.PIE:
        chart.set_legend({"position": "bottom", "font": _FONT})
    else:
        chart.set_legend({"none": True})
    if drawn.shape is not Shape.PIE:
        # Every bar has its number: no axis of numbers, no lines. Bars stand in the order of the list beside them.
        names, figures = {"num_font": _FONT}, {"visible": False, "major_gridlines": {"visible": False}}
        if drawn.shape is Shape.BAR:  # its axes lie the other way round
            chart.set_x_axis(figures)
            chart.set_y_axis({**names, "reverse": True, "major_gridlines": {"visible": False}})
        else:
            chart.set_x_axis(names)
            chart.set_y_axis(figures)
    chart.set_size({"width": 620, "height": 320})
    return chart
