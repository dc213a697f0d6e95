"""What became of the grid around the items: cells merged or taken apart, hidden lines, figures beside their places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from xlreport.form.fold import fold
from xlreport.form.layout import Cell, Layout, Placed
from xlreport.form.model import Form, Item
from xlreport.notation import exact
from xlreport.record import replace
from xlreport.rules.nodes import Number
from xlreport.workbook.address import Range, cell_name, column_letters
from xlreport.workbook.locate import Change, Located
from xlreport.workbook.sheet import CellKind, Sheet

UNSURE = frozenset({"disturbed", "two-rows"})  # changes of a whole table after which no figure of it is certain


def look(form: Form, layout: Layout, table: str, found: Located, sheet: Sheet) -> Located:
    """The table with its items that are certain, where they are; what is to be told is added to its changes."""
    wide = {p.item: p for p in layout.placed_of(table) if p.item is not None and p.colspan > 1}
    changes: list[Change] = list(found.changes)
    lost: set[Item] = set()
    cells = dict(found.cells)
    merged = _Merges(sheet)
    lost |= merged.across(cells, changes)
    if not lost:
        changes += _taken_apart(layout, table, found, merged)
    for item, cell in found.cells.items():
        if item in wide and item not in lost:
            at = _beside(sheet, cell, wide[item], cells, merged)
            if at is None:
                lost.add(item)
                changes.append(Change("two-figures", form.label(item), cell))
            elif at != cell:
                cells[item] = at
                changes.append(Change("beside", form.label(item), at, now=cell_name(cell.row, cell.col)))
    if any(change.kind in UNSURE for change in changes):
        lost.update(cells)
    lost |= _pushed_out(form, sheet, {i: c for i, c in cells.items() if i not in lost}, found, changes)
    changes += _hidden(sheet, found.cells.values())
    kept = {item: cell for item, cell in cells.items() if item not in lost}
    unsure = {cell[1:]: "" for item, cell in found.cells.items() if item in lost}
    labels = {**found.labels, **unsure}  # what stands there is told already
    return replace(found, cells=kept, changes=tuple(changes), labels=labels)


def _filled(sheet: Sheet, row: int, col: int) -> bool:
    cell = sheet.cells.get((row, col))
    return cell is not None and (cell.formula is not None or bool(cell.text.strip()))


# --- merged cells ------------------------------------------------------------------------------------------


_LARGE = 1000  # cells of a merged area that are not listed one by one


class _Merges:
    """The merged areas of a sheet."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.areas = {(area.first_row, area.first_col): area for area in sheet.merges}
        self._small: dict[tuple[int, int], Range] = {}
        self._large: list[Range] = []
        for area in self.areas.values():
            rows, cols = area.last_row - area.first_row + 1, area.last_col - area.first_col + 1
            if rows * cols > _LARGE:
                self._large.append(area)
                continue
            for row in range(area.first_row, area.last_row + 1):
                for col in range(area.first_col, area.last_col + 1):
                    self._small[row, col] = area

    def of(self, row: int, col: int) -> Range | None:
        """The area that covers a cell."""
        area = self._small.get((row, col))
        return area or next((area for area in self._large if _inside(area, row, col)), None)

    def across(self, cells: Mapping[Item, Cell], changes: list[Change]) -> set[Item]:
        """The items that share one merged area, or are covered by one: what stands there may be anybody's."""
        lost: set[Item] = set()
        covered: dict[Range, list[Item]] = {}
        if self.areas:
            for item, cell in cells.items():
                area = self.of(cell.row, cell.col)
                if area is not None:
                    covered.setdefault(area, []).append(item)
        for area, items in covered.items():
            corner = area.first_row, area.first_col
            alone = len(items) == 1 and cells[items[0]][1:] == corner
            if alone:
                continue
            if _filled(self.sheet, *corner):
                lost.update(items)
            name = f"{cell_name(*corner)}:{cell_name(area.last_row, area.last_col)}"
            changes.append(Change("merged", name, Cell(self.sheet.name, *corner), now=str(len(items))))
        return lost


def _inside(area: Range, row: int, col: int) -> bool:
    return area.first_row <= row <= area.last_row and area.first_col <= col <= area.last_col


def _taken_apart(layout: Layout, table: str, found: Located, merged: _Merges) -> Iterator[Change]:
    """Cells of the table that were issued merged and are no more, told once; where the whole table stands as issued."""
    own = [p for p in layout.placed_of(table) if p.item is not None and p.item in found.cells]
    if not own or own[0].item is None:
        return
    first = found.cells[own[0].item]
    down, right = first.row - own[0].row, first.col - own[0].col
    if any(p.item and found.cells[p.item][1:] != (p.row + down, p.col + right) for p in own):
        return
    parts = [p for p in layout.placed_of(table) if p.rowspan * p.colspan > 1]
    parts = [p for p in parts if p.item or fold(found.labels.get((p.row + down, p.col + right), "")) == fold(p.text)]
    apart = [p for p in parts if (p.row + down, p.col + right) not in merged.areas]
    if apart:
        place = Cell(found.sheet, apart[0].row + down, apart[0].col + right)
        yield Change("unmerged", apart[0].text, place, now=str(len(apart)))


def _beside(sheet: Sheet, cell: Cell, placed: Placed, cells: Mapping[Item, Cell], merged: _Merges) -> Cell | None:
    """Where an item of several grid columns is filled in: its first cell, or the only one; None if not clear."""
    if _filled(sheet, cell.row, cell.col) or merged.of(cell.row, cell.col) is not None:
        return cell
    taken = set(cells.values())
    spots = [cell._replace(col=cell.col + n) for n in range(1, placed.colspan)]
    used = [spot for spot in spots if _filled(sheet, spot.row, spot.col) and spot not in taken]
    return cell if not used else used[0] if len(used) == 1 else None


# --- figures pushed out of the table -----------------------------------------------------------------------


def _pushed_out(
    form: Form, sheet: Sheet, cells: Mapping[Item, Cell], found: Located, changes: list[Change]
) -> set[Item]:
    """The items of lines that seem to stand one cell further on: a blank inside, and a figure just beyond the end.

    A line that adds up as it stands is believed, whatever stands beside it.
    """
    lost: set[Item] = set()
    blanks = {(cell.row, cell.col) for cell in cells.values() if not _filled(sheet, cell.row, cell.col)}
    if not blanks:
        return lost
    claimed = {(cell.row, cell.col) for cell in cells.values()} | set(found.labels)
    for along in (False, True):  # rows, then columns
        lines: dict[int, dict[int, Item]] = {}
        for item, cell in cells.items():
            number, at = (cell.col, cell.row) if along else (cell.row, cell.col)
            lines.setdefault(number, {})[at] = item
        for number, line in lines.items():
            blank = [at for at in sorted(line) if ((at, number) if along else (number, at)) in blanks]
            if not blank or len(line) < 3 or _adds_up(form, sheet, cells, line.values()):
                continue
            for spot, gap, before in ((max(line) + 1, blank[0], False), (min(line) - 1, blank[-1], True)):
                beyond = (spot, number) if along else (number, spot)
                if spot < 0 or beyond in claimed or not _number_at(sheet, *beyond):
                    continue
                lost.update(item for at, item in line.items() if (at <= gap if before else at >= gap))
                gap_name = cell_name(cells[line[gap]].row, cells[line[gap]].col)
                changes.append(Change("pushed-out", gap_name, Cell(sheet.name, *beyond)))
    return lost


def _number_at(sheet: Sheet, row: int, col: int) -> bool:
    cell = sheet.cells.get((row, col))
    return cell is not None and cell.kind is CellKind.NUMBER and cell.formula is None


def _adds_up(form: Form, sheet: Sheet, cells: Mapping[Item, Cell], line: Iterable[Item]) -> bool:
    """Whether the total of a line is the sum of what stands before it."""
    values: dict[Item, Number] = {}
    for item in line:
        cell = sheet.cells.get(cells[item][1:])
        number = exact(cell.text) if cell is not None and cell.kind is CellKind.NUMBER else None
        values[item] = 0 if number is None else number
    totals = [item for item in values if set(form.total_parts(item)) and set(form.total_parts(item)) <= values.keys()]
    sums = [
        (values[item], sum((Decimal(values[part]) for part in form.total_parts(item)), Decimal(0))) for item in totals
    ]
    return any(total == added != 0 for total, added in sums)


# --- hidden lines ------------------------------------------------------------------------------------------


def _hidden(sheet: Sheet, cells: Iterable[Cell]) -> Iterator[Change]:
    """Rows and columns of the table that nobody sees; they are read all the same."""
    places = list(cells)
    rows = sorted({cell.row for cell in places if cell.row in sheet.hidden_rows})
    cols = sorted(
        {cell.col for cell in places if any(first <= cell.col <= last for first, last in sheet.hidden_columns)}
    )
    if rows:
        yield Change("hidden-rows", _list(str(row + 1) for row in rows), Cell(sheet.name, rows[0], places[0].col))
    if cols:
        yield Change("hidden-columns", _list(map(column_letters, cols)), Cell(sheet.name, places[0].row, cols[0]))


def _list(words: Iterable[str]) -> str:
    return "、".join(words)
