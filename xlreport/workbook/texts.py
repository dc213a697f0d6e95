"""The texts of a sheet as headings are looked for among them, and what is found out about a table by them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property

from xlreport.form.fold import fold
from xlreport.form.layout import Cell
from xlreport.form.table import Heading, Item
from xlreport.record import record
from xlreport.workbook.address import cell_name, column_letters
from xlreport.workbook.sheet import CellKind, Sheet

UNLABELLED_REACH = 4  # rows below its column headings in which the only row of a table may stand
SIMILAR = 0.6  # a retyped heading is accepted from here on, if its place is certain
ENOUGH = 0.5  # of the headings must be found for a sheet to hold the table
REACH_ROWS, REACH_COLUMNS = 2000, 120  # how far from the corner a form is looked for


@record
class Change:
    """Something about the structure that differs from the form as issued."""

    kind: str  # missing, moved, inserted, variant; shifted-row and shifted-column: all from here on stand elsewhere;
    # disturbed: headings and figures were moved apart; two-rows: which row holds the figures cannot be told
    label: str
    place: Cell | None = None
    was: str = ""
    now: str = ""


@record
class Located:
    """A table found: the place of each item that is certain, and what is not as issued."""

    sheet: str
    cells: Mapping[Item, Cell]
    changes: Sequence[Change]
    labels: Mapping[tuple[int, int], str]  # cells that are headings of the table
    means: str  # names, sheet (the hidden one), positions or labels


class Texts:
    """The texts of a sheet, folded, by place."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet

    @cached_property
    def at(self) -> Mapping[tuple[int, int], str]:
        """Folded text of each text cell within reach."""
        return {
            place: fold(cell.text)
            for place, cell in self.sheet.cells.items()
            if cell.kind is CellKind.TEXT
            and cell.formula is None
            and place[0] < REACH_ROWS
            and place[1] < REACH_COLUMNS
            and cell.text.strip()
        }

    @cached_property
    def words(self) -> frozenset[str]:
        """All texts of the sheet, folded."""
        return frozenset(self.at.values())

    @cached_property
    def repeated(self) -> Mapping[str, int]:
        """The texts that stand more than once on the sheet, folded, and how often."""
        if len(self.words) == len(self.at):
            return {}
        return {text: count for text, count in Counter(self.at.values()).items() if count > 1}

    def filled(self, row: int, col: int) -> bool:
        """Whether anything stands in a cell."""
        cell = self.sheet.cells.get((row, col))
        return cell is not None and (cell.formula is not None or bool(cell.text.strip()))

    def number_in(self, row: int, first: int, last: int) -> bool:
        """Whether one of these cells of a row holds a number."""
        cells = (self.sheet.cells.get((row, col)) for col in range(first, last + 1))
        return any(cell is not None and cell.kind is CellKind.NUMBER for cell in cells)

    def typed(self, row: int, first: int, last: int) -> int:
        """How many of these cells of a row hold something that is no formula."""
        cells = (self.sheet.cells.get((row, col)) for col in range(first, last + 1))
        return sum(1 for cell in cells if cell is not None and cell.formula is None and cell.text.strip())

    def raw(self, row: int, col: int) -> str:
        """The text of a cell as stored."""
        cell = self.sheet.cells.get((row, col))
        return cell.text if cell is not None else ""


def labels_of(heading: Heading) -> tuple[str, ...]:
    """Every folded form of a heading's label."""
    return heading.folded


def describe(cell: Cell) -> str:
    """A cell for a message: `三、依申请公开!B21`."""
    return f"{cell.sheet}!{cell_name(cell.row, cell.col)}"


def shifted(along: str, label: str, now: Cell, by: int) -> Change:
    """All rows or columns of a table from here on stand elsewhere."""
    if along == "row":
        return Change("shifted-row", label, now, f"{now.row + 1 - by}", f"{now.row + 1}")
    return Change("shifted-column", label, now, column_letters(now.col - by), column_letters(now.col))


def rivalled(texts: Texts, row: int, left: int, right: int) -> bool:
    """Whether another row below the headings holds figures, as many as the one that is taken for the data or more."""
    count = texts.typed(row, left, right)
    others = (n for n in range(row + 1, row + UNLABELLED_REACH) if texts.number_in(n, left, right))
    return any(texts.typed(n, left, right) >= count for n in others)


def only_row(texts: Texts, top: int, left: int, right: int) -> int:
    """The row of a table without row headings: the one below its column headings, or the first with numbers."""
    for row in range(top, top + UNLABELLED_REACH):
        if any(texts.filled(row, col) for col in range(left, right + 1)):
            return row if row == top or texts.number_in(row, left, right) else top
    return top
