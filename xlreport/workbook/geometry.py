"""Where on a sheet its cells lie: merged areas, column widths and row heights, in pixels at 96 dpi."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

from xlreport.pattern import pattern
from xlreport.record import NamedTuple
from xlreport.workbook.address import LAST_COL, LAST_ROW, Range, parse_range
from xlreport.workbook.splice import Element, child, elements

_ROW = pattern(rb"<(?:[\w.-]+:)?row(\s[^>]*)>")
_ATTRIBUTE = pattern(rb"""\s(r|ht|hidden)\s*=\s*["']([^"']*)["']""")
_TRUE = {"1", "true"}


class Anchor(NamedTuple):
    """A rectangle over the grid: column, pixels into it, row, pixels into it; then the same for the far corner."""

    left: int
    left_offset: int
    top: int
    top_offset: int
    right: int
    right_offset: int
    bottom: int
    bottom_offset: int


class Geometry:
    """The grid of one sheet."""

    __slots__ = ("_columns", "_data", "_heights", "_row_height", "_sheet_data", "_starts", "_width", "merges")

    def __init__(self, data: bytes) -> None:
        self._data = data
        found = elements(data, 3, {"cfRule"})  # who colours the cells will ask for these
        self._sheet_data = child(found, "sheetData")
        self._heights: dict[int, float] | None = None
        self.merges = [area for e in found if e.local == "mergeCell" and (area := _area(e.attributes.get("ref", "")))]
        settings = child(found, "sheetFormatPr")
        self._width = _characters(settings, "defaultColWidth", 9.14)
        self._row_height = _number(settings.attributes.get("defaultRowHeight"), 15.0) if settings else 15.0
        self._columns = sorted(_columns(found, self._width))
        self._starts = [first for first, _, _ in self._columns]

    def area(self, row: int, col: int) -> Range:
        """The merged area a cell belongs to, or the cell alone."""
        for area in self.merges:
            if area.first_row <= row <= area.last_row and area.first_col <= col <= area.last_col:
                return area
        return Range(row, col, row, col)

    def beside(self, area: Range, width: int, height: int) -> Anchor:
        """A place for a note: to the right of an area, a little above its top, on its left where the sheet ends."""
        left, left_offset = area.last_col + 1, 15
        if left > LAST_COL or _forward(left, left_offset + width, self.column_width, LAST_COL) is None:
            left, left_offset = _backward(area.first_col, width + 15, self.column_width)
        right = _forward(left, left_offset + width, self.column_width, LAST_COL) or (LAST_COL, 0)
        top, top_offset = (area.first_row - 1, 4) if area.first_row else (0, 2)
        if _forward(top, top_offset + height, self.row_height, LAST_ROW) is None:
            top, top_offset = _backward(LAST_ROW, height, self.row_height)
        bottom = _forward(top, top_offset + height, self.row_height, LAST_ROW) or (LAST_ROW, 0)
        return Anchor(left, left_offset, top, top_offset, *right, *bottom)

    def column_width(self, col: int) -> int:
        """The width of a column; 0 if hidden."""
        index = bisect_right(self._starts, col) - 1
        if index >= 0 and col <= self._columns[index][1]:
            return _pixels(self._columns[index][2])
        return _pixels(self._width)

    def row_height(self, row: int) -> int:
        """The height of a row; 0 if hidden."""
        if self._heights is None:
            self._heights = self._read_heights()
        return round(self._heights.get(row, self._row_height) * 4 / 3)

    def _read_heights(self) -> dict[int, float]:
        """Only the rows that say something of their height; those without number are not worth counting."""
        heights: dict[int, float] = {}
        if self._sheet_data is None:
            return heights
        for tag in _ROW.finditer(self._data, self._sheet_data.tag_end, self._sheet_data.close):
            if b"ht=" in tag[1] or b"hidden=" in tag[1]:
                facts = {name.decode(): value.decode("latin-1") for name, value in _ATTRIBUTE.findall(tag[1])}
                if facts.get("r", "").isdecimal():
                    height = _number(facts.get("ht"), self._row_height)
                    heights[int(facts["r"]) - 1] = 0.0 if facts.get("hidden") in _TRUE else height
        return heights


def _area(reference: str) -> Range | None:
    found = parse_range(reference)
    return found[1] if found else None


def _columns(found: list[Element], default: float) -> list[tuple[int, int, float]]:
    """First and last column and width of each run that says something of its width."""
    runs: list[tuple[int, int, float]] = []
    for column in (element for element in found if element.local == "col" and element.depth == 2):
        facts = column.attributes
        if facts.get("min", "").isdecimal() and facts.get("max", "").isdecimal():
            width = 0.0 if facts.get("hidden") in _TRUE else _number(facts.get("width"), default)
            runs.append((int(facts["min"]) - 1, int(facts["max"]) - 1, width))
    return runs


def _characters(settings: Element | None, name: str, default: float) -> float:
    return _number(settings.attributes.get(name), default) if settings else default


def _number(text: str | None, default: float) -> float:
    try:
        number = float(text) if text else default
    except ValueError:
        return default
    return number if 0 <= number <= 500 else default


def _pixels(characters: float) -> int:
    return int(characters * 7 + 0.5)


def _forward(start: int, distance: int, size: Callable[[int], int], last: int) -> tuple[int, int] | None:
    """The line a distance away from the start of another, and how far into it; None beyond the last."""
    while start <= last:
        step = size(start)
        if distance < step:
            return start, distance
        distance -= step
        start += 1
    return None


def _backward(start: int, distance: int, size: Callable[[int], int]) -> tuple[int, int]:
    """The line a distance before the start of another, and how far into it."""
    while distance > 0 and start > 0:
        start -= 1
        distance -= size(start)
    return start, max(-distance, 0)
