"""Where a table's cells are in somebody's workbook: by our names, by position, else by the printed headings.

A place is believed only if the headings around it are the form's. Where a row was inserted, moved or retyped the
headings are aligned in order; what stays uncertain is told and not read. Never silently positional: one inserted row
once made another tool pass 63 shifted values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from xlreport.form.fold import fold
from xlreport.form.layout import GRID_TOP, Cell, Layout, Placed
from xlreport.form.table import Heading, Table
from xlreport.workbook.address import cell_name
from xlreport.workbook.texts import (
    ENOUGH,
    SIMILAR,
    UNLABELLED_REACH,
    Change,
    Located,
    Texts,
    labels_of,
    only_row,
    rivalled,
    shifted,
)


def locate(
    layout: Layout,
    table: Table,
    texts: Mapping[str, Texts],
    anchor: tuple[str, int, int] | None,
    means: str = "names",
    size: tuple[int, int] | None = None,
) -> Located | None:
    """The table's cells, or None if no sheet has it.

    `anchor` is what a defined name says, or the hidden sheet (`means`): sheet, first row and first column of the data;
    `size` how many rows and columns the name covers, where that is known.
    A sheet of the expected name, then every other sheet, is tried where the name fails.
    """
    placed = layout.placed_of(table.id)
    name, top, left, bottom, last = layout.area(table.id)
    tries: list[tuple[str, int, int, str]] = []
    if anchor is not None and anchor[0] in texts:
        tries.append((anchor[0], anchor[1] - top, anchor[2] - left, means))
    if name in texts:
        tries.append((name, 0, 0, "positions"))
    for sheet, down, right, how in tries:
        gap = 0 if how == "positions" else _rows_between(placed, table, texts[sheet], down, right)
        if gap or _fits(placed, table, texts[sheet], down, right):
            cells = {p.item: Cell(sheet, p.row + down, p.col + right) for p in placed if p.item is not None}
            marks = {(p.row + down - gap, p.col + right): p.text for p in placed if p.item is None}
            first = Cell(sheet, top + down, left + right)
            changes = [shifted(along, table.title, first, by) for along, by in (("row", down), ("column", right)) if by]
            if gap:
                changes += _put_between(texts[sheet], first, gap, last - left, marks)
            if how == "positions":
                if anchor is not None and anchor[0] == sheet and (anchor[1], anchor[2]) != (top, left):
                    changes.append(Change("disturbed", table.title, first))
                elif table.unlabelled and anchor is None and rivalled(texts[sheet], top, left, last):
                    changes.append(Change("two-rows", table.title, first))
            elif size not in {None, (bottom - top + 1, last - left + 1)} and all(
                p.colspan == 1 for p in placed if p.item is not None
            ):  # a column put in inside a merged cell widens the name and moves no figure
                changes.append(Change("disturbed", table.title, first))
            return Located(sheet, cells, changes, marks, how)
    order = list(dict.fromkeys([t[0] for t in tries] + [name] + list(texts)))
    from xlreport.workbook.align import align  # a form as it was issued does without

    best: Located | None = None
    partly: Located | None = None  # where it was issued, most headings stand, but what few of them mean is certain
    best_score = ENOUGH
    for sheet in order:
        if sheet not in texts:
            continue
        found = align(layout, table, placed, texts[sheet])
        if found is not None and len(found.cells) / len(table.items) > best_score:
            best, best_score = found, len(found.cells) / len(table.items)
        elif found is not None and sheet in {name, anchor[0] if anchor else name} and partly is None:
            headings = [heading for axis in (table.rows, table.columns) for heading in axis.headings]
            standing = sum(1 for heading in headings if not texts[sheet].words.isdisjoint(labels_of(heading)))
            partly = found if standing >= SIMILAR * len(headings) else None
        if best is not None and best_score == 1:
            break
    return best or partly


def _fits(placed: Sequence[Placed], table: Table, texts: Texts, down: int, right: int) -> bool:
    """Whether every heading stands where it should, in its own words or a synonym, and the data with them."""
    if not _headed(placed, table, texts, down, right):
        return False
    if table.unlabelled:
        rows = [p.row + down for p in placed if p.item is not None]
        cols = [p.col + right for p in placed if p.item is not None]
        return only_row(texts, min(rows), min(cols), max(cols)) == min(rows)
    return not _stretched(placed, texts, down, right)


def _headed(placed: Sequence[Placed], table: Table, texts: Texts, down: int, right: int) -> bool:
    """Whether every heading stands where it should, in its own words or a synonym."""
    at = texts.at
    for p in placed:
        if p.heading is None or (table.unlabelled and p.heading[1] == "row"):
            continue
        found = at.get((p.row + down, p.col + right))
        if found is None:
            return False
        if found != fold(p.text) and found not in labels_of(_heading(table, p)):
            return False
    return True


def _rows_between(placed: Sequence[Placed], table: Table, texts: Texts, down: int, right: int) -> int:
    """How many rows were put in between the headings of a table without row headings and the row that is named."""
    if not table.unlabelled or _headed(placed, table, texts, down, right):
        return 0
    return next((n for n in range(1, UNLABELLED_REACH) if _headed(placed, table, texts, down - n, right)), 0)


def _put_between(
    texts: Texts, first: Cell, gap: int, width: int, marks: dict[tuple[int, int], str]
) -> Iterator[Change]:
    """What stands in the rows between headings and data; a named row without figures may not be the one filled in."""
    filled = [row for row in range(first.row - gap, first.row) if texts.typed(row, first.col, first.col + width)]
    for row in filled:
        marks.update({(row, col): "" for col in range(first.col, first.col + width + 1)})
        name = f"{cell_name(row, first.col)}:{cell_name(row, first.col + width)}"
        yield Change("inserted", name, Cell(first.sheet, row, first.col))
    if filled and not texts.typed(first.row, first.col, first.col + width):
        yield Change("two-rows", "", first)


def _stretched(placed: Sequence[Placed], texts: Texts, down: int, right: int) -> bool:
    """Whether words stand in number cells where headings should: a table that was taken apart."""
    words = {fold(p.text) for p in placed if p.item is None and p.text}
    return any(texts.at.get((p.row + down, p.col + right)) in words for p in placed if p.item is not None)


def _heading(table: Table, placed: Placed) -> Heading:
    assert placed.heading is not None  # noqa: S101  (asked of headings only)
    _, axis, key = placed.heading
    return (table.rows if axis == "row" else table.columns).by_id[key]


def known_places(layout: Layout, sheet: str) -> Iterator[tuple[int, int]]:
    """The cells of a sheet as issued that hold the form's own text or items, merged ones by their first cell."""
    for plan in layout.sheets:
        if plan.name == sheet:
            for row in range(GRID_TOP):
                for col in range(plan.width + 2):
                    yield row, col
            for p in plan.placed:
                yield p.row, p.col
