"""The sheets behind a total: for each table one row per unit, its sums as formulas, links both ways to the form.

A table of 3,000 units has half a million cells. The head of a sheet is made with the rest of the workbook; its rows are
put in afterwards as they stand in the file, which takes a tenth of the time and of the memory.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from xlreport.form.layout import Layout
from xlreport.form.table import Item, Table
from xlreport.record import record
from xlreport.rules.formula import letters
from xlreport.rules.nodes import Number
from xlreport.rules.sentence import plain
from xlreport.workbook import paper
from xlreport.workbook.container import Container
from xlreport.workbook.cover_sheet import internal
from xlreport.workbook.package import Package
from xlreport.workbook.paper import Formats, must, write_merged
from xlreport.workbook.splice import escaped
from xlreport.workbook.tabs import Workbook

ROW_HEADS, COLUMN_HEADS, SUM, FORM, GAP, FIRST = 2, 3, 4, 5, 6, 7  # 0-based rows
CODE, NAME, STATE, FIGURES = 0, 1, 2, 3  # 0-based columns
_LOOKS = ("ledger-text", "ledger-number", "ledger-aside", "ledger-sum-text", "ledger-sum")
_WIDTHS = (14.0, 34.0, 10.0)
_DEEPEST = 7  # levels of an outline that Excel shows


@record
class LedgerLine:
    """One unit in a ledger, or a group of units whose members stand below it."""

    code: str
    name: str
    state: str
    values: Sequence[Number | str | None]
    depth: int = 0
    members: int = 0  # lines below that belong to it; its own values are then their sums
    counts: bool = True  # False: it is listed, and not added up


@record
class Ledger:
    """The units' figures for one table, and the totals that stand in the form."""

    table: Table
    lines: Sequence[LedgerLine]
    totals: Sequence[Number]


@record
class LedgerWords:
    """What a ledger says, in the language of the workbook."""

    prefix: str
    title: str  # with {table}
    remark: str
    heads: tuple[str, str, str]
    sums: tuple[str, str, str]  # of the three lines above the units


def sheet_name(words: LedgerWords, table: Table) -> str:
    """The name of a table's ledger, as Excel takes names."""
    return re.sub(r"[\[\]:*?/\\']", "_", f"{words.prefix}{table.id}")[:31]


def add_ledger(workbook: Any, plan: Layout, table: Table, words: LedgerWords, looks: Formats, lines: int) -> None:
    """A ledger's sheet with all but its rows, and the links from the form to it."""
    name = sheet_name(words, table)
    sheet = workbook.add_worksheet(name)
    widths = [*_WIDTHS, *([11.0] * len(table.items))]
    paper.set_widths(sheet, widths)
    must(sheet.write_string(0, 0, words.title.format(table=table.title), looks["summary"]))
    must(sheet.write_string(1, 0, words.remark, looks["prompt-line"]))
    for col, text in enumerate(words.heads):
        write_merged(sheet, ROW_HEADS, col, COLUMN_HEADS, col, text, looks["panel-head"])
    for row, text in zip((SUM, FORM, GAP), words.sums, strict=True):
        write_merged(sheet, row, CODE, row, STATE, text, looks["ledger-head"])
    at = FIGURES
    for heading in table.rows.leaves:
        items = [item for item in table.items if item.row == heading.id]
        if items and not table.unlabelled:
            label = table.rows.short[heading.id]
            write_merged(sheet, ROW_HEADS, at, ROW_HEADS, at + len(items) - 1, label, looks["panel-head"])
        for item in items:
            _column(sheet, plan, table, item, at, lines, looks)
            at += 1
    sheet.set_row(ROW_HEADS, 30.0)
    sheet.set_row(COLUMN_HEADS, 42.0)
    if lines:
        for col, look in enumerate(_LOOKS):  # shows the numbers of the looks; the rows take their place
            must(sheet.write_string(FIRST, col, "x", looks[look]))
    sheet.freeze_panes(FIRST, FIGURES)
    sheet.outline_settings(True, False, True, False)
    sheet.set_landscape()
    sheet.set_paper(8)
    sheet.fit_to_pages(1 if len(table.items) < 30 else 0, 0)
    sheet.repeat_rows(ROW_HEADS, COLUMN_HEADS)
    sheet.repeat_columns(CODE, STATE)


def _column(sheet: Any, plan: Layout, table: Table, item: Item, col: int, lines: int, looks: Formats) -> None:
    cell = plan.cells[item]
    target = f"{letters(cell.col)}{cell.row + 1}"
    heading = table.columns.by_id[item.column]
    label = "/".join(heading.path) if table.unlabelled else table.columns.short[item.column]
    must(sheet.write_url(COLUMN_HEADS, col, internal(cell.sheet, target), looks["panel-link"], string=label))
    letter = letters(col)
    area = f"{letter}{FIRST + 1}:{letter}{FIRST + max(lines, 1)}"
    # SUBTOTAL passes over the SUBTOTALs of groups inside the area: no unit is added twice.
    must(sheet.write_formula(SUM, col, f"=SUBTOTAL(9,{area})", looks["ledger-sum"], 0))
    quoted = cell.sheet.replace("'", "''")
    must(sheet.write_formula(FORM, col, f"='{quoted}'!{target}", looks["ledger-sum"], 0))
    must(sheet.write_formula(GAP, col, f"={letter}{SUM + 1}-{letter}{FORM + 1}", looks["ledger-sum"], 0))


def column_link(words: LedgerWords, table: Table, place: int) -> str:
    """Where the sum of the table's item at a place stands."""
    return internal(sheet_name(words, table), f"{letters(FIGURES + place)}{SUM + 1}")


def fill_ledgers(data: bytes, words: LedgerWords, ledgers: Sequence[Ledger], executor: Executor | None = None) -> bytes:
    """The workbook with the rows of its ledgers."""
    container = Container(Path("total.xlsx"), data)
    package = Package(container)
    sheets = Workbook.of(package, container.document()).worksheets()
    for ledger in ledgers:
        part = sheets[sheet_name(words, ledger.table)].part
        package.put(part, _filled(package.get(part), ledger.lines, ledger.totals, executor))
    return package.to_bytes()


_BATCH = 500  # lines that are written at a time
_SAMPLE = re.compile(rb'<row r="%d"[^>]*>(.*?)</row>' % (FIRST + 1), re.DOTALL)
_LOOK = re.compile(rb's="(\d+)"')
_DIMENSION = re.compile(rb'<dimension ref="[^"]*"/>')


def _filled(sheet: bytes, lines: Sequence[LedgerLine], totals: Sequence[Number], executor: Executor | None) -> bytes:
    """A ledger's XML with its rows, and with the results of the formulas above them."""
    sheet = _results(sheet, lines, totals)
    sample = _SAMPLE.search(sheet)
    if sample is None:
        return sheet
    looks = tuple(one.decode() for one in _LOOK.findall(sample[1]))
    some = [(FIRST + at, tuple(lines[at : at + _BATCH]), looks) for at in range(0, len(lines), _BATCH)]
    rows = b"".join((executor.map if executor else map)(rows_of, some))
    last = f"{letters(FIGURES + len(totals) - 1)}{FIRST + len(lines)}"
    sheet = sheet[: sample.start()] + rows + sheet[sample.end() :]
    return _DIMENSION.sub(f'<dimension ref="A1:{last}"/>'.encode(), sheet, count=1)


def rows_of(some: tuple[int, Sequence[LedgerLine], Sequence[str]]) -> bytes:
    """The rows of some lines from the first on, perhaps in another process."""
    first, lines, looks = some
    return "".join(_row(first + n, line, looks) for n, line in enumerate(lines)).encode()


def _row(row: int, line: LedgerLine, looks: Sequence[str]) -> str:
    number = row + 1
    text, figure = (looks[3], looks[4]) if line.members else (looks[0], looks[1])
    if not line.counts:
        text = figure = looks[2]
    level = f' outlineLevel="{min(line.depth, _DEEPEST)}"' if line.depth else ""
    cells = [
        f'<c r="{col}{number}" s="{text}" t="inlineStr"><is><t xml:space="preserve">{escaped(said)}</t></is></c>'
        for col, said in zip("ABC", ("　" * line.depth + line.code, line.name, line.state), strict=True)
    ]
    for col, value in enumerate(line.values, FIGURES):
        where = f"{_letters(col)}{number}"
        if line.members:
            area = f"{_letters(col)}{number + 1}:{_letters(col)}{number + line.members}"
            result = plain(value) if value is not None and not isinstance(value, str) else "0"
            cells.append(f'<c r="{where}" s="{figure}"><f>SUBTOTAL(9,{area})</f><v>{result}</v></c>')
        elif value is None:
            cells.append(f'<c r="{where}" s="{figure}"/>')
        elif isinstance(value, str):
            cells.append(f'<c r="{where}" s="{figure}" t="inlineStr"><is><t>{escaped(value)}</t></is></c>')
        else:
            cells.append(f'<c r="{where}" s="{figure}"><v>{value}</v></c>')
    return f'<row r="{number}"{level}>{"".join(cells)}</row>'


_LETTERS: dict[int, str] = {}


def _letters(col: int) -> str:
    found = _LETTERS.get(col)
    if found is None:
        found = _LETTERS[col] = letters(col)
    return found


def _results(sheet: bytes, lines: Sequence[LedgerLine], totals: Sequence[Number]) -> bytes:
    """The stored results of the three lines of sums: programs that do not calculate show them."""
    for col, total in enumerate(totals):
        units = (line for line in lines if line.counts and not line.members)
        reported: Number = sum((_number(line.values[col]) for line in units), 0)
        for row, value in ((SUM, reported), (FORM, total), (GAP, reported - total)):
            where = f"{letters(FIGURES + col)}{row + 1}".encode()
            pattern = rb'(<c r="' + where + rb'"[^>]*><f>[^<]*</f><v>)[^<]*(</v>)'
            sheet = re.sub(pattern, rb"\g<1>" + plain(value).encode() + rb"\g<2>", sheet, count=1)
    return sheet


def _number(value: Number | str | None) -> Number:
    """What a cell counts for in a sum."""
    return 0 if value is None or isinstance(value, str) else value
