"""Where each item sits. The only place that turns items into addresses.

Positions are 0-based (row, column) on a named sheet. The grid of every table is the official form's own, merged cells
and all; above it stand a title and a line that says whose report it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from functools import cached_property

from xlreport.form.model import Form, SheetPlan
from xlreport.form.table import Axis, Heading, Item, Table
from xlreport.record import NamedTuple, record

COVER_SHEET = "封面"
PANEL_SHEET = "勾稽检查"
TITLE_ROW, INFO_ROW, GRID_TOP = 0, 1, 2
COVER_TOP, COVER_LABEL, COVER_VALUE = 4, 1, 2
SECTION_TOP = 2
SECTION_ROWS = 4  # merged into the box of a text section: no single row is as high as 1,200 characters


class Cell(NamedTuple):
    """Where an item sits in a workbook."""

    sheet: str
    row: int
    col: int


class Part(Enum):
    """What a placed cell of the grid is for."""

    LABEL = "label"
    INPUT = "input"
    TOTAL = "total"


@record
class Placed:
    """One cell of the printed grid, with the cells merged into it."""

    row: int
    col: int
    rowspan: int
    colspan: int
    text: str
    part: Part
    item: Item | None = None
    heading: tuple[str, str, str] | None = None  # (table, "row" or "column", heading id) of a label


@record
class SheetLayout:
    """One sheet of tables or of text sections."""

    plan: SheetPlan
    placed: tuple[Placed, ...]
    width: int  # grid columns
    bottom: int  # first row after the grid

    @property
    def name(self) -> str:
        """The sheet's name."""
        return self.plan.name


@record
class Layout:
    """Every place of a form's workbook."""

    form: Form
    sheets: tuple[SheetLayout, ...]

    @cached_property
    def cells(self) -> Mapping[Item, Cell]:
        """Where each item sits."""
        return {
            placed.item: Cell(sheet.name, placed.row, placed.col)
            for sheet in self.sheets
            for placed in sheet.placed
            if placed.item is not None
        }

    @cached_property
    def items(self) -> Mapping[Cell, Item]:
        """The item at each place."""
        return {cell: item for item, cell in self.cells.items()}

    @cached_property
    def cover(self) -> Mapping[str, Cell]:
        """Where each line of the cover is filled in."""
        return {f.id: Cell(COVER_SHEET, COVER_TOP + i, COVER_VALUE) for i, f in enumerate(self.form.cover)}

    @cached_property
    def sections(self) -> Mapping[str, Cell]:
        """Where each text section is written: title, prompt, then the box of its text, by its first cell."""
        return {
            section: Cell(sheet.name, SECTION_TOP + (SECTION_ROWS + 2) * i + 2, 0)
            for sheet in self.sheets
            for i, section in enumerate(sheet.plan.sections)
        }

    def sheet_of(self, table: str) -> SheetLayout:
        """The sheet a table stands on."""
        return next(s for s in self.sheets if table in s.plan.tables)

    def placed_of(self, table: str) -> Sequence[Placed]:
        """What belongs to a table: its headings and its items."""
        return self._placed[table]

    @cached_property
    def _placed(self) -> Mapping[str, Sequence[Placed]]:
        found: dict[str, list[Placed]] = {table: [] for table in self.form.tables}
        for sheet in self.sheets:
            for placed in sheet.placed:
                owner = placed.item.table if placed.item is not None else placed.heading and placed.heading[0]
                if owner in found:
                    found[owner].append(placed)
        return found

    def items_of(self, table: str) -> Mapping[Item, Placed]:
        """What is placed for each item of a table."""
        return self._items_placed[table]

    @cached_property
    def _items_placed(self) -> Mapping[str, Mapping[Item, Placed]]:
        return {table: {p.item: p for p in placed if p.item} for table, placed in self._placed.items()}

    def cells_of(self, table: str) -> Mapping[Item, Cell]:
        """Where each item of a table sits."""
        return self._cells_of[table]

    @cached_property
    def _cells_of(self) -> Mapping[str, Mapping[Item, Cell]]:
        return {table: {item: self.cells[item] for item in placed} for table, placed in self._items_placed.items()}

    def area(self, table: str) -> tuple[str, int, int, int, int]:
        """(sheet, first row, first column, last row, last column) of a table's data cells."""
        return self._areas[table]

    @cached_property
    def _areas(self) -> Mapping[str, tuple[str, int, int, int, int]]:
        found: dict[str, list[Placed]] = {}
        names: dict[str, str] = {}
        for sheet in self.sheets:
            for placed in sheet.placed:
                if placed.item is not None:
                    found.setdefault(placed.item.table, []).append(placed)
                    names.setdefault(placed.item.table, sheet.name)
        return {
            table: (
                names[table],
                min(p.row for p in cells),
                min(p.col for p in cells),
                max(p.row for p in cells),
                max(p.col + p.colspan - 1 for p in cells),
            )
            for table, cells in found.items()
        }


def layout(form: Form) -> Layout:
    """The layout of a form; worked out once per form, and kept with it."""
    return form.kept("_layout", lambda: Layout(form, tuple(_sheet(form, plan) for plan in form.sheets)))


def _sheet(form: Form, plan: SheetPlan) -> SheetLayout:
    tables = [form.tables[name] for name in plan.tables]
    width = plan.grid or max((_table_width(t, plan) for t in tables), default=1)
    placed: list[Placed] = []
    row = GRID_TOP
    for table in tables:
        placed += _table(table, plan, width, row)
        row = max(p.row + p.rowspan for p in placed)
    if plan.sections:
        row = SECTION_TOP + (SECTION_ROWS + 2) * len(plan.sections)
    return SheetLayout(plan, tuple(placed), width, row)


def _label_width(table: Table, plan: SheetPlan) -> int:
    return 0 if table.unlabelled else max(plan.label_columns, table.rows.depth())


def _table_width(table: Table, plan: SheetPlan) -> int:
    return _label_width(table, plan) + sum(h.span or 1 for h in table.columns.leaves)


def _table(table: Table, plan: SheetPlan, width: int, top: int) -> Iterator[Placed]:
    labels = _label_width(table, plan)
    if table.caption:
        yield Placed(top, 0, 1, width, table.caption, Part.LABEL)
        top += 1
    depth = table.columns.depth() + (1 if table.banner else 0)
    spanned = sum(h.span or 1 for h in table.columns.leaves)
    if labels and (corner := table.corner or table.stub):
        yield Placed(top, 0, depth, labels, corner, Part.LABEL)
    elif labels:
        yield Placed(top, 0, depth, labels, "", Part.LABEL)
    heading_top = top
    if table.banner:
        yield Placed(top, labels, 1, spanned, table.banner, Part.LABEL)
        heading_top += 1
    yield from _column_headings(table, heading_top, labels)
    body = top + depth
    if labels:
        yield from _row_headings(table, body, labels)
    yield from _data(table, body, labels)


def _column_headings(table: Table, top: int, left: int) -> Iterator[Placed]:
    axis = table.columns
    depth = axis.depth()
    starts, at = {}, left
    for leaf in axis.leaves:
        starts[leaf.id] = at
        at += leaf.span or 1
    for heading in axis.headings:
        level = len(heading.path) - 1
        leaves = _all_leaves(axis, heading)
        span = sum(leaf.span or 1 for leaf in leaves)
        rows = depth - level if heading.leaf else 1
        key = (table.id, "column", heading.id)
        yield Placed(top + level, starts[leaves[0].id], rows, span, heading.label, Part.LABEL, heading=key)


def _row_headings(table: Table, top: int, labels: int) -> Iterator[Placed]:
    axis = table.rows
    for heading in axis.headings:
        level = len(heading.path) - 1
        leaves = _all_leaves(axis, heading)
        row = top + axis.position[leaves[0].id]
        span = labels - level if heading.leaf else 1
        yield Placed(row, level, len(leaves), span, heading.label, Part.LABEL, heading=(table.id, "row", heading.id))


def _all_leaves(axis: Axis, heading: Heading) -> list[Heading]:
    if heading.leaf:
        return [heading]
    return [leaf for child in heading.children for leaf in _all_leaves(axis, axis.by_id[child])]


def _data(table: Table, top: int, left: int) -> Iterator[Placed]:
    spans = table.cell_spans or tuple(h.span or 1 for h in table.columns.leaves)
    for r, row in enumerate(table.rows.leaves):
        col = left
        for span, column in zip(spans, table.columns.leaves, strict=True):
            if (row.id, column.id) not in table.blocked:
                part = Part.TOTAL if row.total or column.total else Part.INPUT
                yield Placed(top + r, col, 1, span, "", part, Item(table.id, row.id, column.id))
            col += span
