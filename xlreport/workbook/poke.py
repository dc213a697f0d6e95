"""Putting values into cells of a workbook that exists, changing nothing else: styles, rules and pictures stay.

Only the elements of the cells themselves are replaced, so the workbook remains the one its author made.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from xlreport.record import record
from xlreport.workbook.address import Range, cell_name, parse_cell, parse_range
from xlreport.workbook.container import Container
from xlreport.workbook.package import Package
from xlreport.workbook.schema import BOOK_ORDER
from xlreport.workbook.splice import (
    Edit,
    Element,
    appended,
    child,
    elements,
    escaped,
    place,
    with_attribute,
    without_attributes,
)
from xlreport.workbook.styles import prefixed
from xlreport.workbook.tabs import Workbook

Place = tuple[str, int, int]
"""Sheet name, 0-based row and column."""
Value = str | int | Decimal | None
"""Text, an exact number, or nothing: the cell stays and is empty."""

_FORMULA = re.compile(rb"<(?:[\w.-]+:)?f[\s/>]")


class CannotSet(ValueError):  # noqa: N818 - a state of the cells, not an error of the program
    """Cells that do not take what they are given; `problems` names each with its place and why."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


def set_values(
    container: Container,
    values: Mapping[Place, Value],
    *,
    cached: Mapping[Place, str | int | Decimal] | None = None,
    allow_formulas: bool = False,
) -> bytes:
    """The workbook with these values in its cells; what was not named keeps its bytes.

    `cached` gives results for formula cells: the formula stays, and programs that do not calculate show the result.
    A workbook with formulas is told to recalculate when it is opened. `allow_formulas` lets values replace formulas,
    but never one that other cells share. Raises `CannotSet` that names all that is wrong: sheets that are missing,
    values for formula cells, results for others, numbers that are none.
    """
    cached = cached or {}
    package = Package(container)
    workbook = Workbook.of(package, container.document())
    sheets = workbook.worksheets()
    asked = {*values, *cached}
    problems = [f"no sheet {name!r}" for name in sorted({name for name, _, _ in asked} - set(sheets))]
    problems += [f"{spot[0]}!{cell_name(*spot[1:])}: both a value and a result" for spot in values if spot in cached]
    replaced = False
    for name in sorted({name for name, _, _ in asked} & set(sheets)):
        part = sheets[name].part
        grid = _Grid(package.get(part), {row for sheet, row, _ in asked if sheet == name})
        changes: dict[tuple[int, int], bytes] = {}
        for (_, row, col), value in sorted((item for item in values.items() if item[0][0] == name), key=_by_place):
            cell = grid.cells.get((row, col))
            problem = _number_problem(value) or grid.problem(row, col, allow_formulas=allow_formulas)
            if problem:
                problems.append(f"{name}!{cell_name(row, col)}: {problem}")
            elif cell is not None or value is not None:
                changes[row, col] = grid.with_value(row, col, value)
                replaced |= cell is not None and cell.formula is not None
        for (_, row, col), result in sorted((item for item in cached.items() if item[0][0] == name), key=_by_place):
            cell = grid.cells.get((row, col))
            problem = _number_problem(result) or ("" if cell and cell.formula else "holds no formula")
            if problem:
                problems.append(f"{name}!{cell_name(row, col)}: {problem}")
            elif cell is not None:
                changes[row, col] = grid.with_result(cell, result)
        package.splice(part, grid.edits(changes))
    if problems:
        raise CannotSet(problems)
    if replaced:
        _drop_calculation_chain(package, workbook.part)
    if any(_FORMULA.search(package.get(tab.part)) for tab in workbook.tabs if tab.kind == "worksheet"):
        _recalculate(package, workbook.part)
    return package.to_bytes()


def _by_place(item: tuple[Place, object]) -> Place:
    return item[0]


def _number_problem(value: Value) -> str:
    if isinstance(value, bool) or (isinstance(value, Decimal) and not value.is_finite()):
        return f"{value} is no value for a cell"
    return ""


@record
class _Cell:
    element: Element
    formula: Element | None


class _Grid:
    """The rows of one sheet, and the cells of those that are asked for."""

    __slots__ = ("_arrays", "_cells_of", "_data", "_found", "_prefix", "_rows", "_sheet_data", "cells")

    def __init__(self, data: bytes, wanted: set[int]) -> None:
        self._data = data
        arrays = b"array" in data or b"dataTable" in data
        self._found = elements(data, 3, {"f"} if arrays else (), cells=True)
        self._prefix = self._found[0].prefix
        sheet_data = child(self._found, "sheetData")
        if sheet_data is None:
            raise ValueError("a sheet without <sheetData>")
        self._sheet_data = sheet_data
        self._arrays = [area for formula in self._found if (area := _array(formula))]
        self._rows: dict[int, Element] = {}
        self._cells_of: dict[int, list[int]] = {}
        self.cells: dict[tuple[int, int], _Cell] = {}
        number = -1
        for row in (element for element in self._found if element.depth == 2 and sheet_data.holds(element)):
            text = row.attributes.get("r", "")
            number = int(text) - 1 if text.isdecimal() else number + 1
            self._rows[number] = row
            if number in wanted:
                self._read_row(number, row)

    def _read_row(self, number: int, row: Element) -> None:
        """A row is small and parsed alone: expat, told nothing of namespaces, does not miss their declarations."""
        col = -1
        cell: Element | None = None
        columns = self._cells_of.setdefault(number, [])
        for inside in elements(self._data[row.start : row.end], 3, cells=True)[1:]:
            element = inside.moved(0, row.start)
            if element.depth == 1 and element.local == "c":
                reference = element.attributes.get("r")
                col = parse_cell(reference)[1] if reference else col + 1
                cell = element
                columns.append(col)
                self.cells[number, col] = _Cell(cell, None)
            elif element.local == "f" and cell is not None:
                self.cells[number, col] = _Cell(cell, element)

    def problem(self, row: int, col: int, *, allow_formulas: bool) -> str:
        """Why a cell takes no value; nothing if it does."""
        if any(_inside(area, row, col) for area in self._arrays):
            return "is part of an array formula"
        cell = self.cells.get((row, col))
        if cell is None or cell.formula is None:
            return ""
        if not allow_formulas:
            return "holds a formula"
        area = parse_range(cell.formula.attributes.get("ref", ""))
        shared = cell.formula.attributes.get("t") == "shared" and area is not None
        return "holds a formula that other cells share" if shared and area and not _single(area[1]) else ""

    def with_value(self, row: int, col: int, value: Value) -> bytes:
        """The cell's element with a value, new if there is no cell."""
        cell = self.cells.get((row, col))
        if cell is None:
            name = f"{self._prefix}c"
            tag = f'<{name} r="{cell_name(row, col)}"/>'.encode()
        else:
            name = cell.element.name
            tag = without_attributes(self._data[cell.element.start : cell.element.tag_end], "t", "cm", "vm")
        if value is None:
            return tag if tag.endswith(b"/>") else tag[:-1].rstrip() + b"/>"
        if isinstance(value, str):
            content = f'<is><t xml:space="preserve">{escaped(value)}</t></is>'
            tag = with_attribute(tag, "t", "inlineStr")
        else:
            content = f"<v>{_digits(value)}</v>"
        return _filled(tag, name, prefixed(content, self._prefix).encode())

    def with_result(self, cell: _Cell, result: str | int | Decimal) -> bytes:
        """A formula cell's element with another result."""
        tag = without_attributes(self._data[cell.element.start : cell.element.tag_end], "t")
        if isinstance(result, str):
            tag = with_attribute(tag, "t", "str")
        text = escaped(result) if isinstance(result, str) else _digits(result)
        formula = self._data[cell.formula.start : cell.formula.end] if cell.formula else b""
        return _filled(tag, cell.element.name, formula + prefixed(f"<v>{text}</v>", self._prefix).encode())

    def edits(self, changes: Mapping[tuple[int, int], bytes]) -> list[Edit]:
        """What turns the sheet into one with these cells."""
        edits: list[Edit] = []
        by_row: dict[int, dict[int, bytes]] = {}
        for (row, col), markup in sorted(changes.items()):
            cell = self.cells.get((row, col))
            if cell is not None:
                edits.append(Edit(cell.element.start, cell.element.end, markup))
            else:
                by_row.setdefault(row, {})[col] = markup
        for row in (row for row in by_row if row in self._rows):
            edits += self._new_cells(row, by_row[row])
        edits += self._new_rows({row: cells for row, cells in by_row.items() if row not in self._rows})
        return edits + self._dimension([(row, col) for row, cells in by_row.items() for col in cells])

    def _new_cells(self, number: int, new: Mapping[int, bytes]) -> list[Edit]:
        """Put cells where they belong in a row that is there."""
        row = self._rows[number]
        tag = self._data[row.start : row.tag_end]
        spans = re.fullmatch(r"(\d+):(\d+)", row.attributes.get("spans", ""))
        wider = {"spans": f"{min(int(spans[1]), min(new) + 1)}:{max(int(spans[2]), max(new) + 1)}"} if spans else {}
        if row.empty:
            return appended(self._data, row, b"".join(new.values()), **wider)
        edits = [Edit(row.start, row.tag_end, with_attribute(tag, "spans", wider["spans"]))] if wider else []
        there = self._cells_of[number]
        for col, markup in new.items():
            behind = next((self.cells[number, other].element.start for other in there if other > col), row.close)
            edits.append(Edit(behind, behind, markup))
        return edits

    def _new_rows(self, new: Mapping[int, Mapping[int, bytes]]) -> list[Edit]:
        """Put rows where they belong. One without number follows the row before it, so nothing comes between them."""
        rows = {
            number: f'<{self._prefix}row r="{number + 1}">'.encode()
            + b"".join(cells.values())
            + f"</{self._prefix}row>".encode()
            for number, cells in new.items()
        }
        if self._sheet_data.empty:
            return appended(self._data, self._sheet_data, b"".join(rows.values())) if rows else []
        edits: list[Edit] = []
        for number, markup in rows.items():
            later = (row.start for other, row in self._rows.items() if other > number)
            behind = next(later, self._sheet_data.close)
            edits.append(Edit(behind, behind, markup))
        return edits

    def _dimension(self, new: list[tuple[int, int]]) -> list[Edit]:
        """Readers that trust the declared size would not see a new cell outside it."""
        element = child(self._found, "dimension")
        area = parse_range(element.attributes.get("ref", "")) if element and new else None
        if element is None or area is None:
            return []
        first = cell_name(min(area[1].first_row, *(r for r, _ in new)), min(area[1].first_col, *(c for _, c in new)))
        last = cell_name(max(area[1].last_row, *(r for r, _ in new)), max(area[1].last_col, *(c for _, c in new)))
        tag = self._data[element.start : element.tag_end]
        return [Edit(element.start, element.tag_end, with_attribute(tag, "ref", f"{first}:{last}"))]


def _array(formula: Element) -> Range | None:
    if formula.local != "f" or formula.attributes.get("t") not in {"array", "dataTable"}:
        return None
    found = parse_range(formula.attributes.get("ref", ""))
    return None if found is None or _single(found[1]) else found[1]


def _single(area: Range) -> bool:
    return area[:2] == area[2:]


def _inside(area: Range, row: int, col: int) -> bool:
    return area.first_row <= row <= area.last_row and area.first_col <= col <= area.last_col


def _digits(value: int | Decimal) -> str:
    """Every digit, and an exponent only where it saves a line of zeros."""
    if isinstance(value, Decimal) and abs(value.adjusted()) > 20:
        return str(value)
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _filled(tag: bytes, name: str, content: bytes) -> bytes:
    opened = tag[:-2].rstrip() + b">" if tag.endswith(b"/>") else tag
    return opened + content + f"</{name}>".encode()


def _drop_calculation_chain(package: Package, workbook: str) -> None:
    """The chain names each formula cell, and Excel repairs a file where one of them holds none; it makes it anew."""
    arrow = package.related(workbook, "calcChain")
    if arrow is not None:
        package.drop(arrow.target)
        package.undeclare(arrow.target)
        package.unrelate(workbook, arrow.id)


def _recalculate(package: Package, workbook: str) -> None:
    """Have Excel calculate everything when it opens the workbook."""
    data = package.get(workbook)
    found = elements(data)
    settings = child(found, "calcPr")
    if settings is not None:
        tag = with_attribute(data[settings.start : settings.tag_end], "fullCalcOnLoad", "1")
        package.splice(workbook, [Edit(settings.start, settings.tag_end, tag)])
        return
    at = place(found, "calcPr", BOOK_ORDER)
    package.splice(workbook, [Edit(at, at, f'<{found[0].prefix}calcPr fullCalcOnLoad="1"/>'.encode())])
