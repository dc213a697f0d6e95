"""What became of the grid around the items: cells merged or taken apart, hidden lines, figures beside their places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise

from xlreport.form.layout import Cell, Layout, Placed
from xlreport.form.model import Form
from xlreport.form.table import Item
from xlreport.notation import Held, exact, understand
from xlreport.record import replace
from xlreport.rules.nodes import Number
from xlreport.submission import State
from xlreport.workbook.address import cell_name, column_letters
from xlreport.workbook.merges import Merges, beside, inside, taken_apart
from xlreport.workbook.sheet import CellKind, Sheet
from xlreport.workbook.slipped import remarked, right_ends, slipped
from xlreport.workbook.texts import Change, Located

UNSURE = frozenset({"disturbed", "two-rows"})  # changes of a whole table after which no figure of it is certain


def look(form: Form, layout: Layout, table: str, found: Located, sheet: Sheet) -> Located:
    """The table with its items that are certain, where they are; what is to be told is added to its changes."""
    placed = layout.items_of(table)
    changes: list[Change] = list(found.changes)
    lost: set[Item] = set()
    cells = dict(found.cells)
    merged = Merges(sheet)
    lost |= merged.across(cells, changes)
    if not lost:
        changes += taken_apart(layout, table, found, merged)
    for item, cell in found.cells.items():
        if item not in lost and placed[item].colspan > 1:
            at = beside(sheet, cell, placed[item], cells, merged)
            if at is None:
                lost.add(item)
                changes.append(Change("two-figures", form.label(item), cell))
            elif at != cell:
                cells[item] = at
                changes.append(Change("beside", form.label(item), at, now=cell_name(cell.row, cell.col)))
    if any(change.kind in UNSURE for change in changes):
        lost.update(cells)
    if not any(change.kind in UNSURE for change in changes):
        lost |= _off_by_cells(form, sheet, cells, placed, found, changes)
        ends = right_ends(cells)
        for change, items in (
            *slipped(layout, table, sheet, cells, placed, ends),
            *_beyond(form, sheet, cells, placed, found, ends),
        ):
            if lost.isdisjoint(items):  # else it is told already
                changes.append(change)
            lost |= items
    changes += _hidden(sheet, found.cells.values())
    kept = {item: cell for item, cell in cells.items() if item not in lost}
    unsure = {cell[1:]: "" for item, cell in found.cells.items() if item in lost}
    labels = {**found.labels, **unsure}  # what stands there is told already
    return replace(found, cells=kept, changes=tuple(changes), labels=labels)


# --- figures pushed out of the table -----------------------------------------------------------------------


def _off_by_cells(
    form: Form,
    sheet: Sheet,
    cells: Mapping[Item, Cell],
    placed: Mapping[Item, Placed],
    found: Located,
    changes: list[Change],
) -> set[Item]:
    """The items of lines in which cells were put in or taken out, so that the rest stands one cell off.

    Looked into only where a cell of the line is blank, or a formula stands where none was issued.
    """
    lost: set[Item] = set()
    raws = {item: sheet.cells.get((row, col)) for item, (_, row, col) in cells.items()}
    blanks = {
        cells[item][1:] for item, raw in raws.items() if raw is None or (raw.formula is None and not raw.text.strip())
    }
    odd = (item for item, raw in raws.items() if raw is not None and raw.formula is not None)
    if not blanks and all(form.is_total(item) for item in odd):
        return lost
    claimed = {(cell.row, cell.col) for cell in cells.values()} | set(found.labels)

    def pushed_down(col: int, row: int) -> bool:
        """Whether the figure of a row's last cell was pushed down out of the table: the row itself lost none."""
        return (row, col) not in claimed and _figure_at(form, next(iter(cells)), sheet, row, col)

    for along in (False, True):  # rows, then columns
        lines: dict[int, dict[int, Item]] = {}
        for item, cell in cells.items():
            number, at = (cell.col, cell.row) if along else (cell.row, cell.col)
            lines.setdefault(number, {})[at] = item
        checked = _Checked(sheet, along, lines)
        for number, line in lines.items():
            if len(line) < 3 and not along:
                continue
            blank = [at for at in sorted(line) if ((at, number) if along else (number, at)) in blanks]
            if along and blank and len(line) < 3:
                below = max(line) + 1, number
                if below not in claimed and _figure_at(form, line[max(line)], sheet, *below):
                    lost.update(item for at, item in line.items() if at >= blank[0])
                    changes.append(Change("pushed-out", cell_name(blank[0], number), Cell(sheet.name, *below)))
                continue
            if blank and len(blank) < len(line):
                last = line[max(line)]
                end = max(line) + (1 if along else placed[last].colspan)
                for spot, gap, before in (
                    (max(line) + 1, blank[0], False),
                    (end, blank[0], False),
                    (max(line), blank[0], False),
                    (min(line) - 1, blank[-1], True),
                ):
                    beyond = (spot, number) if along else (number, spot)
                    if spot == max(line):
                        # An input's check on a total, and none where it was: a total that is typed has its own.
                        pushed = form.is_total(last) and checked.only(number, spot) and checked.missing(number, gap)
                    else:
                        pushed = spot >= 0 and beyond not in claimed
                        pushed &= (
                            _figure_at(form, last, sheet, *beyond)
                            or (not before and checked.only(number, spot))
                            or (along and not before and _moved_on(form, last, sheet, *beyond))
                        )
                    if not pushed:
                        continue
                    behind = {at: item for at, item in line.items() if before or at >= gap}
                    if _adds_up(form, sheet, cells, line.values(), behind.values()):
                        continue
                    lost.update(item for at, item in line.items() if (at <= gap if before else at >= gap))
                    gap_name = cell_name(cells[line[gap]].row, cells[line[gap]].col)
                    changes.append(Change("pushed-out", gap_name, Cell(sheet.name, *beyond)))
                    break
            if (
                len(line) > 2
                and not lost.issuperset(line.values())
                and not (not along and blank and blank[-1] == max(line) and pushed_down(max(line), number + 1))
                and _pulled_in(form, sheet, cells, number, line, blank, checked)
            ):
                lost.update(line.values())
                first = cells[line[min(line)]]
                end_name = cell_name(*cells[line[max(line)]][1:])
                changes.append(Change("pulled-in", f"{cell_name(first.row, first.col)}:{end_name}", first))
    return lost


def _beyond(
    form: Form,
    sheet: Sheet,
    cells: Mapping[Item, Cell],
    placed: Mapping[Item, Placed],
    found: Located,
    ends: Mapping[int, tuple[int, Item]],
) -> Iterator[tuple[Change, set[Item]]]:
    """The full rows with one figure more just outside: a cell was put in, and the hole it left filled in.

    One that is the row's sum, or in a row whose remark stands in its place, was written beside it on purpose.
    """
    checked: _Checked | None = None
    for row, (col, last) in ends.items():
        end = col + placed[last].colspan
        if (row, end) not in sheet.cells or (row, end) in found.labels:
            continue
        lines: dict[int, dict[int, Item]] = {}
        for item, cell in cells.items():
            lines.setdefault(cell.row, {})[cell.col] = item
        line = lines[row]
        if len(line) < 2:
            continue
        if not _figure_at(form, line[max(line)], sheet, row, end) or _adds_up(
            form, sheet, cells, line.values(), line.values()
        ):
            continue
        checked = checked or _Checked(sheet, False, lines)
        if not checked.only(row, end):
            figure = exact(sheet.cells[row, end].text)
            beside = figure == sum((_value(form, sheet, item, cells) for item in line.values()), Decimal(0))
            if checked.known or beside or remarked(sheet, row, end):
                continue
        name = f"{cell_name(row, min(line))}:{cell_name(row, end - 1)}"
        yield Change("beyond", name, Cell(sheet.name, row, end)), set(line.values())


def _pulled_in(
    form: Form,
    sheet: Sheet,
    cells: Mapping[Item, Cell],
    number: int,
    line: Mapping[int, Item],
    blank: Sequence[int],
    checked: _Checked,
) -> bool:
    """Whether a cell of a line seems to be taken out: what stood last has come one cell nearer, with its format."""
    order = sorted(line)
    raws = [sheet.cells.get(cells[line[at]][1:]) for at in order]
    for n, raw in enumerate(raws[:-1]):
        following = line[order[n + 1]]
        if raw is None or raw.formula is None or form.is_total(line[order[n]]) or not form.is_total(following):
            continue
        after = raws[n + 1]
        at_total = after is not None and after.formula is not None and after.kind is not CellKind.TEXT
        if not at_total and checked.missing(number, order[n]):
            return True  # the total's formula stands where the last of its parts should
    if order[-1] not in blank or len(blank) == len(order):
        return False
    hole = checked.missing(number, order[-1])
    if checked.known and hole and not any(checked.missing(number, at) for at in order[:-1]):
        sides = [other for other in (number - 1, number + 1) if order[-1] in checked.lines.get(other, ())]
        if not any(checked.missing(side, order[-1]) for side in sides):
            return not _adds_up(form, sheet, cells, line.values(), line.values())
    if checked.known and not hole:
        return False
    for at, total in pairwise(order):
        parts = set(form.total_parts(line[total]))
        if line[at] in parts and parts <= set(line.values()):
            near = _value(form, sheet, line[at], cells)
            rest = sum((_value(form, sheet, part, cells) for part in parts - {line[at]}), Decimal(0))
            if 0 < rest <= near and _value(form, sheet, line[total], cells) != rest + near:
                return True  # what stands before the total's place looks like the total
    return False


class _Checked:
    """What of a table's lines is checked as it is typed: the checks go where their cells are moved."""

    def __init__(self, sheet: Sheet, along: bool, lines: Mapping[int, Mapping[int, Item]]) -> None:
        self.lines = lines
        self.known = bool(sheet.validated)
        self._areas = sheet.validated or ()
        self._along = along

    def has(self, number: int, at: int) -> bool:
        row, col = (at, number) if self._along else (number, at)
        return any(inside(area, row, col) for area in self._areas)

    def missing(self, number: int, at: int) -> bool:
        return not self.has(number, at)

    def only(self, number: int, at: int) -> bool:
        """Whether a cell at one line is checked, and at no other line of the table."""
        others = [other for other in self.lines if other != number]
        return self.known and self.has(number, at) and bool(others) and not any(self.has(n, at) for n in others)


def _figure_at(form: Form, like: Item, sheet: Sheet, row: int, col: int) -> bool:
    """Whether a number stands in a cell, also one typed as text or with its counting word."""
    cell = sheet.cells.get((row, col))
    if cell is None or cell.formula is not None:
        return False
    return cell.kind is CellKind.NUMBER or (cell.kind is CellKind.TEXT and _read(form, like, cell.text) is not None)


def _moved_on(form: Form, like: Item, sheet: Sheet, row: int, col: int) -> bool:
    """Whether a formula that finds a number stands in a cell and a figure below it: the foot of a table moved down."""
    cell = sheet.cells.get((row, col))
    found = cell is not None and cell.formula is not None and cell.kind in {CellKind.NUMBER, CellKind.BLANK}
    return found and _figure_at(form, like, sheet, row + 1, col)


def _read(form: Form, item: Item, text: str) -> Number | None:
    entry = understand(Held.TEXT, text, form.entry_type(item))
    return entry.value if entry.state is State.NUMBER else None


def _value(form: Form, sheet: Sheet, item: Item, cells: Mapping[Item, Cell]) -> Decimal:
    cell = sheet.cells.get(cells[item][1:])
    if cell is None or cell.kind not in {CellKind.NUMBER, CellKind.TEXT}:
        return Decimal(0)
    number = exact(cell.text) if cell.kind is CellKind.NUMBER else _read(form, item, cell.text)
    return Decimal(0 if number is None else number)


def _adds_up(
    form: Form, sheet: Sheet, cells: Mapping[Item, Cell], line: Iterable[Item], behind: Iterable[Item]
) -> bool:
    """Whether every total behind a gap is the sum of its parts: then the line is believed as it stands."""
    present, after = set(line), set(behind)
    sums = [
        (_value(form, sheet, item, cells), sum((_value(form, sheet, part, cells) for part in parts), Decimal(0)))
        for item in present & after
        if (parts := set(form.total_parts(item))) and parts <= present
    ]
    return any(total for total, _ in sums) and all(total == added for total, added in sums)


# --- hidden lines ------------------------------------------------------------------------------------------


def _hidden(sheet: Sheet, cells: Iterable[Cell]) -> Iterator[Change]:
    """Rows and columns of the table that nobody sees; they are read all the same."""
    places = list(cells)
    rows = sorted({row for _, row, _ in places} & sheet.hidden_rows)
    used = {col for _, _, col in places}
    cols = sorted(col for col in used if any(first <= col <= last for first, last in sheet.hidden_columns))
    if rows:
        yield Change("hidden-rows", _list(str(row + 1) for row in rows), Cell(sheet.name, rows[0], places[0].col))
    if cols:
        yield Change("hidden-columns", _list(map(column_letters, cols)), Cell(sheet.name, places[0].row, cols[0]))


def _list(words: Iterable[str]) -> str:
    return "、".join(words)
