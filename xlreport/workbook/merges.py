"""The merged cells of a sheet: which items they cover, which were taken apart, where one is filled in beside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from xlreport.form.fold import fold
from xlreport.form.layout import Cell, Layout, Placed
from xlreport.form.table import Item
from xlreport.workbook.address import Range, cell_name
from xlreport.workbook.sheet import Sheet
from xlreport.workbook.texts import Change, Located

_LARGE = 1000  # cells of a merged area that are not listed one by one


class Merges:
    """The merged areas of a sheet."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.areas, self._small, self._large = _merged(sheet.merges)

    def of(self, row: int, col: int) -> Range | None:
        """The area that covers a cell."""
        area = self._small.get((row, col))
        if area is None and self._large:  # asked for by the hundred, and hardly ever there
            return next((large for large in self._large if inside(large, row, col)), None)
        return area

    def across(self, cells: Mapping[Item, Cell], changes: list[Change]) -> set[Item]:
        """The items that share one merged area, or are covered by one: what stands there may be anybody's."""
        lost: set[Item] = set()
        covered: dict[Range, list[Item]] = {}
        if self._large or not self._small.keys().isdisjoint([(row, col) for _, row, col in cells.values()]):
            for item, (_, row, col) in cells.items():
                area = self.of(row, col)
                if area is not None:
                    covered.setdefault(area, []).append(item)
        for area, items in covered.items():
            corner = area.first_row, area.first_col
            alone = len(items) == 1 and cells[items[0]][1:] == corner
            if alone:
                continue
            if filled_in(self.sheet, *corner):
                lost.update(items)
            name = f"{cell_name(*corner)}:{cell_name(area.last_row, area.last_col)}"
            changes.append(Change("merged", name, Cell(self.sheet.name, *corner), now=str(len(items))))
        return lost


@lru_cache(maxsize=16)  # the sheets of one issue have the same
def _merged(
    merges: tuple[Range, ...],
) -> tuple[Mapping[tuple[int, int], Range], Mapping[tuple[int, int], Range], Sequence[Range]]:
    """Merged areas by their corner, by every cell of the smaller ones, and the large ones."""
    areas = {(area.first_row, area.first_col): area for area in merges}
    small: dict[tuple[int, int], Range] = {}
    large: list[Range] = []
    for area in areas.values():
        rows, cols = range(area.first_row, area.last_row + 1), range(area.first_col, area.last_col + 1)
        if len(rows) * len(cols) > _LARGE:
            large.append(area)
        else:
            small.update(((row, col), area) for row in rows for col in cols)
    return areas, small, large


def inside(area: Range, row: int, col: int) -> bool:
    """Whether an area covers a cell."""
    return area.first_row <= row <= area.last_row and area.first_col <= col <= area.last_col


def taken_apart(layout: Layout, table: str, found: Located, merged: Merges) -> Iterator[Change]:
    """Cells of the table that were issued merged and are no more, told once; where the whole table stands as issued."""
    own = [p for p in layout.placed_of(table) if p.item is not None and p.item in found.cells]
    if not own or own[0].item is None:
        return
    first = found.cells[own[0].item]
    down, right = first.row - own[0].row, first.col - own[0].col
    if found.cells != layout.cells_of(table) and any(
        p.item and found.cells[p.item][1:] != (p.row + down, p.col + right) for p in own
    ):
        return
    parts = [p for p in layout.placed_of(table) if p.rowspan > 1 or p.colspan > 1]
    labels = ((p, found.labels.get((p.row + down, p.col + right), "")) for p in parts)
    parts = [p for p, label in labels if p.item or label == p.text or fold(label) == fold(p.text)]
    apart = [p for p in parts if (p.row + down, p.col + right) not in merged.areas]
    if apart:
        place = Cell(found.sheet, apart[0].row + down, apart[0].col + right)
        yield Change("unmerged", apart[0].text, place, now=str(len(apart)))


def beside(sheet: Sheet, cell: Cell, placed: Placed, cells: Mapping[Item, Cell], merged: Merges) -> Cell | None:
    """Where an item of several grid columns is filled in: its first cell, or the only one; None if not clear."""
    if filled_in(sheet, cell.row, cell.col) or merged.of(cell.row, cell.col) is not None:
        return cell
    taken = set(cells.values())
    spots = [cell._replace(col=cell.col + n) for n in range(1, placed.colspan)]
    used = [spot for spot in spots if filled_in(sheet, spot.row, spot.col) and spot not in taken]
    return cell if not used else used[0] if len(used) == 1 else None


def filled_in(sheet: Sheet, row: int, col: int) -> bool:
    """Whether a cell holds a formula, or more than spaces."""
    cell = sheet.cells.get((row, col))
    return cell is not None and (cell.formula is not None or bool(cell.text.strip()))
