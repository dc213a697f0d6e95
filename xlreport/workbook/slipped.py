"""Lines of a table in which cells were put in or taken out, told by our own remarks beside the row or below the column.

A remark is a formula in a locked cell outside the table. Cells put in or taken out push it along with the figures, in
every format, also where the hole was filled in afterwards. Where no remark was made (a row in no rule), the input
checks of an .xlsx or .ods and the size of the table's name may still tell (see grid.py). Where these are gone too, a
cell taken out of a row leaves nothing to see by: the file is one that a filler might have typed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from xlreport.form.layout import GRID_TOP, PANEL_SHEET, Cell, Layout, Placed
from xlreport.form.table import Item
from xlreport.workbook.address import LAST_COL, cell_name, column_letters
from xlreport.workbook.sheet import CellKind, Sheet
from xlreport.workbook.texts import Change

REMARKS_HEAD = "实时检查（不打印）"  # begins the heading over the remarks
_SIGNS = ("√", "×", "○")
_NOTHING = frozenset({"", "—"})  # what a remark says where nothing is filled in
_REACH = 6  # how far from its column a remark is looked for
_BELOW = 6  # rows below a table in which its columns' remarks stand


def right_ends(cells: dict[Item, Cell]) -> Mapping[int, tuple[int, Item]]:
    """By row the last column of the table and its item."""
    ends: dict[int, tuple[int, Item]] = {}
    for item, (_, row, col) in reversed(cells.items()):  # nearly always from the right: one assignment a row
        if row not in ends or ends[row][0] < col:
            ends[row] = col, item
    return ends


def slipped(
    layout: Layout,
    table: str,
    sheet: Sheet,
    cells: Mapping[Item, Cell],
    placed: Mapping[Item, Placed],
    ends: Mapping[int, tuple[int, Item]],
) -> Iterator[tuple[Change, set[Item]]]:
    """The rows and columns whose remark stands off its line, each with its items; `ends` are the `right_ends`."""
    issued = layout.sheet_of(table).width + 1
    yield from _rows(issued, sheet, cells, placed, ends)
    if len(ends) > 2:
        columns = {col for _, _, col in cells.values()}
        if len(columns) > 2:  # else there are no remarks below it
            yield from _columns(sheet, cells, columns, max(ends))


def _rows(
    issued: int,
    sheet: Sheet,
    cells: Mapping[Item, Cell],
    placed: Mapping[Item, Placed],
    ends: Mapping[int, tuple[int, Item]],
) -> Iterator[tuple[Change, set[Item]]]:
    off: dict[int, int] = {}  # by how many columns each row's remark stands off
    known: bool | None = None
    for row, (col, last) in ends.items():
        home = issued + col - placed[last].col
        own = sheet.cells.get((row, home))
        if own is not None and own.formula is not None:
            off[row] = 0
            continue
        if known is None:
            known = _known(sheet)
        by = _found(sheet, row, home, LAST_COL if known else col + placed[last].colspan - 1)
        if by is not None:
            off[row] = by
    if not any(off.values()):
        return
    usual = _usual(sheet, issued, off)
    for row, by in off.items():
        if by == usual:
            continue
        items = {item for item, cell in cells.items() if cell.row == row}
        col, last = ends[row]
        home = issued + col - placed[last].col + usual
        first = min(cells[item].col for item in items)
        name = f"{cell_name(row, first)}:{cell_name(row, col + placed[last].colspan - 1)}"
        place = Cell(sheet.name, row, home + by - usual)
        was, now = column_letters(home), column_letters(place.col)
        yield Change("slipped-row", name, place, was, now), items


def _known(sheet: Sheet) -> bool:
    """Whether the file says which formulas name the check panel: then no other one is a remark."""
    return any(cell.formula and PANEL_SHEET in cell.formula for cell in sheet.cells.values())


def _found(sheet: Sheet, row: int, home: int, last: int) -> int | None:
    """How far from its column a row's remark stands, where none is guessed at up to the column `last`."""
    for by in range(1, _REACH + 1):
        for at in (home - by, home + by):
            if at >= 0 and _remark(sheet, row, at, sure=at <= last):
                return at - home
    return None


def _remark(sheet: Sheet, row: int, col: int, *, sure: bool = False) -> bool:
    """Whether a cell holds one of our remarks: a formula that names the check panel, or that found what they find.

    A tick typed beside a row is none. Not `sure` is one of which the file keeps only that a formula found nothing.
    """
    cell = sheet.cells.get((row, col))
    if cell is None or cell.formula is None:
        return False
    if PANEL_SHEET in cell.formula:  # whatever it found: LibreOffice keeps 0 for it in an .xls
        return True
    if cell.kind is CellKind.NUMBER:
        return False
    if cell.text.startswith(_SIGNS):
        return True
    nothing = cell.kind is not CellKind.BOOL and (cell.kind is not CellKind.TEXT or cell.text in _NOTHING)
    return not sure and cell.formula == "" and nothing  # not .xlsx


def remarked(sheet: Sheet, row: int, right: int) -> bool:
    """Whether a remark stands in a row, right of a column."""
    return any(_remark(sheet, row, col) for col in range(right + 1, right + _REACH))


def _usual(sheet: Sheet, issued: int, off: Mapping[int, int]) -> int:
    """By how much all remarks stand off: a column was put in or taken out between the table and them."""
    for row in range(GRID_TOP + _REACH):
        for col in range(max(issued - _REACH, 0), issued + _REACH + 1):
            cell = sheet.cells.get((row, col))
            if cell is not None and cell.text.startswith(REMARKS_HEAD):
                return col - issued
    (most, count), *_ = Counter(off.values()).most_common(1)
    return most if count > 1 and 2 * count > len(off) else 0


def _columns(
    sheet: Sheet, cells: Mapping[Item, Cell], columns: Collection[int], bottom: int
) -> Iterator[tuple[Change, set[Item]]]:
    near = range(max(bottom + 1 - _BELOW, 0), bottom + _BELOW + 1)
    first, *others = columns
    usual = [row for row in near if _remark(sheet, row, first, sure=row <= bottom)]
    if usual and all(_remark(sheet, row, col) for col in others for row in usual):
        return
    known = _known(sheet)
    remarks = {
        col: tuple(row for row in near if _remark(sheet, row, col, sure=known or row <= bottom)) for col in columns
    }
    issued, count = Counter(remarks.values()).most_common(1)[0]
    if not issued or 2 * count <= len(columns):
        return
    for col, found in remarks.items():
        by = found[0] - issued[0] if found else 0
        if by and len(found) == len(issued):
            items = {item for item, cell in cells.items() if cell.col == col}
            rows = [cells[item].row for item in items]
            name = f"{cell_name(min(rows), col)}:{cell_name(max(rows), col)}"
            place = Cell(sheet.name, found[0], col)
            yield Change("slipped-column", name, place, f"{issued[0] + 1}", f"{found[0] + 1}"), items
