"""Workbooks in Excel's binary package (.xlsb), record by record: values, and which of them a formula found."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from xlreport.workbook.address import LAST_COL, LAST_ROW, Range, cell_name
from xlreport.workbook.book import Book, custom_properties
from xlreport.workbook.container import Container
from xlreport.workbook.formats import is_date_format, shown_as
from xlreport.workbook.sheet import CELLS, CellKind, RawCell, Sheet, Visibility
from xlreport.workbook.unreadable import Unreadable
from xlreport.workbook.xls import ERRORS, STATES, absolute, number_text, packed_number
from xlreport.workbook.xls_text import marked

_ROW, _BLANK = 0, 1
_CELLS = frozenset(range(2, 12)) | {62}
_TAB, _PROPERTIES, _NAME = 156, 153, 39
_OWN_BOOK, _OTHER_BOOKS, _LINKS = 357, frozenset({355, 358, 667}), 362
_STRING, _FORMAT, _STYLES, _STYLES_END, _STYLE, _FONT = 19, 44, 617, 618, 47, 43
_COLUMN, _MERGED = 60, 176
_RECORDS = 3 * CELLS


def read_xlsb(container: Container) -> Book:
    """The workbook in a binary package; raises `Unreadable`."""
    try:
        return _Reader(container).book()
    except (struct.error, IndexError) as error:  # a record shorter than its kind
        raise Unreadable("truncated") from error


class _Reader:
    """One package being read."""

    def __init__(self, container: Container) -> None:
        self.container = container
        self.part = container.related("", "officeDocument") or ""
        self.room = CELLS
        self.patience = _RECORDS
        self.fonts: list[tuple[bool, bool]] = []  # whether it strikes out, and whether it raises or lowers

    def book(self) -> Book:
        tabs: list[tuple[str, str, Visibility]] = []
        named: list[tuple[str, int, bytes]] = []
        books: list[bool] = []  # whether a linked workbook is this one
        links: list[tuple[int, int]] = []
        date1904 = False
        for kind, data in self._records(self.part):
            if kind == _TAB:
                ident, at = _text(data, 8)
                tabs.append((_text(data, at)[0], ident, STATES[min(data[0] & 3, 2)]))
            elif kind == _PROPERTIES:
                date1904 = bool(data[0] & 1)
            elif kind == _OWN_BOOK or kind in _OTHER_BOOKS:
                books.append(kind == _OWN_BOOK)
            elif kind == _LINKS:
                (count,) = struct.unpack_from("<I", data)
                links += [
                    struct.unpack_from("<Ii", data, at) for at in range(4, min(4 + 12 * count, len(data) - 11), 12)
                ]
            elif kind == _NAME:
                _, _, tab = struct.unpack_from("<IBI", data)
                name, at = _text(data, 9)
                (size,) = struct.unpack_from("<I", data, at)
                named.append((name, tab, data[at + 4 : at + 4 + size]))
        sheets: list[Sheet] = []
        dates, odd = self._styles()
        strings = self._strings()
        for tab, (name, ident, state) in enumerate(tabs):
            arrow = self.container.relationships(self.part).get(ident)
            if arrow is None or arrow.external or not self.container.has(arrow.target):
                raise Unreadable("truncated", sheet=name)
            if arrow.type.endswith("/worksheet"):
                sheets.append(self._sheet(arrow.target, name, tab, state, strings))
        if not sheets:
            raise Unreadable("no-sheets")
        places = {sheet.tab: place for place, sheet in enumerate(sheets)}
        names: dict[str, str] = {}
        local: dict[tuple[str, int], str] = {}
        for name, tab, expression in named:
            target = _target(expression, [t[0] for t in tabs], books, links)
            if target and tab == 0xFFFFFFFF:
                names[name] = target
            elif target and tab in places:
                local[name, places[tab]] = target
        properties, application = custom_properties(self.container)
        return Book(
            self.container.path, tuple(sheets), names, local, properties, application, date1904, False, dates,
            odd_styles=odd,
        )  # fmt: skip

    def _records(self, part: str) -> Iterator[tuple[int, bytes]]:
        """A part's records: number and length take one to four bytes of seven bits."""
        data = self.container.read(part)
        at, end = 0, len(data)
        while at < end:
            self.patience -= 1
            if self.patience < 0:
                raise Unreadable("too-big", what="cells", limit=CELLS)
            kind = data[at]
            at += 1
            if kind & 0x80:
                kind = kind & 0x7F | (data[at] & 0x7F) << 7
                at += 1
            size = 0
            for shift in (0, 7, 14, 21):
                byte = data[at]
                at += 1
                size |= (byte & 0x7F) << shift
                if not byte & 0x80:
                    break
            if at + size > end:
                raise Unreadable("truncated", part=part)
            yield kind, data[at : at + size]
            at += size

    def _related(self, kind: str) -> str | None:
        part = self.container.related(self.part, kind)
        return part if part is not None and self.container.has(part) else None

    def _strings(self) -> list[str]:
        part = self._related("sharedStrings")
        return [self._rich(data, 0) for kind, data in self._records(part) if kind == _STRING] if part else []

    def _rich(self, data: bytes, at: int) -> str:
        """A text behind a byte that says whether runs of its fonts follow."""
        text, end = _text(data, at + 1)
        if not data[at] & 1:
            return text
        (count,) = struct.unpack_from("<I", data, end)
        runs = [struct.unpack_from("<HH", data, end + 4 + 4 * n) for n in range(min(count, (len(data) - end - 4) // 4))]
        return marked(text, runs, lambda font: font < len(self.fonts) and any(self.fonts[font]))

    def _styles(self) -> tuple[frozenset[int], dict[int, str]]:
        part = self._related("styles")
        formats: dict[int, str] = {}
        styles: list[int] = []
        written: list[int] = []
        inside = False
        for kind, data in self._records(part) if part else ():
            if kind == _FORMAT:
                formats[struct.unpack_from("<H", data)[0]] = _text(data, 2)[0]
            elif kind in {_STYLES, _STYLES_END}:
                inside = kind == _STYLES
            elif kind == _STYLE and inside:
                number, font = struct.unpack_from("<HH", data, 2)
                styles.append(number)
                written.append(font)
            elif kind == _FONT:
                self.fonts.append((bool(data[2] & 8), data[6] in {1, 2}))
        dates = frozenset(s for s, number in enumerate(styles) if is_date_format(number, formats.get(number)))
        shown = {s: shown_as(number, formats.get(number)) for s, number in enumerate(styles) if s not in dates}
        struck = {s: "struck" for s, font in enumerate(written) if font < len(self.fonts) and self.fonts[font][0]}
        return dates, {s: said for s, said in shown.items() if said} | struck

    def _sheet(self, part: str, name: str, tab: int, state: Visibility, strings: list[str]) -> Sheet:
        cells: dict[tuple[int, int], RawCell] = {}
        merges: list[Range] = []
        rows: set[int] = set()
        columns: list[tuple[int, int]] = []
        row = 0
        for kind, data in self._records(part):
            if kind == _ROW:
                (row,) = struct.unpack_from("<I", data)
                if data[11] & 0x10 or not struct.unpack_from("<H", data, 8)[0]:
                    rows.add(row)
            elif kind in _CELLS:
                col, style = struct.unpack_from("<II", data)
                if row > LAST_ROW or col > LAST_COL:
                    raise Unreadable("out-of-grid", sheet=name, cell=cell_name(row, col))
                self.room -= 1
                if self.room < 0:
                    raise Unreadable("too-big", what="cells", limit=CELLS, sheet=name)
                if kind == 62:  # a text of its own, in several fonts
                    cells[row, col] = RawCell(CellKind.TEXT, self._rich(data, 8), None, style & 0xFFFFFF)
                else:
                    cells[row, col] = _cell(kind, data, style & 0xFFFFFF, strings)
            elif kind == _COLUMN:
                first, last, width, _, flags = struct.unpack_from("<IIIIH", data)
                if flags & 1 or not width:
                    columns.append((first, last))
            elif kind == _MERGED:
                top, bottom, left, right = struct.unpack_from("<4I", data)
                merges.append(Range(top, left, bottom, right))
        return Sheet(name, part, tab, state, cells, tuple(merges), frozenset(rows), tuple(columns))


def _cell(kind: int, data: bytes, style: int, strings: list[str]) -> RawCell:
    """A cell record; 8 to 11 are formulas with what they last found."""
    formula = "" if 8 <= kind <= 11 else None
    match kind:
        case 2:
            number = packed_number(struct.unpack_from("<I", data, 8)[0])
            return RawCell(CellKind.NUMBER, number_text(number), formula, style)
        case 3 | 11:
            return RawCell(CellKind.ERROR, ERRORS.get(data[8], "#VALUE!"), formula, style)
        case 4 | 10:
            return RawCell(CellKind.BOOL, "TRUE" if data[8] else "FALSE", formula, style)
        case 5 | 9:
            return RawCell(CellKind.NUMBER, number_text(struct.unpack_from("<d", data, 8)[0]), formula, style)
        case 7:
            return RawCell(CellKind.TEXT, strings[struct.unpack_from("<I", data, 8)[0]], formula, style)
        case _:
            return RawCell(CellKind.TEXT, _text(data, 8)[0], formula, style)


def _text(data: bytes, at: int) -> tuple[str, int]:
    """A text behind four bytes of length, and where it ends."""
    (length,) = struct.unpack_from("<I", data, at)
    if length == 0xFFFFFFFF:
        return "", at + 4
    end = at + 4 + 2 * length
    if end > len(data):
        raise Unreadable("truncated")
    return data[at + 4 : end].decode("utf-16-le", "replace"), end


def _target(expression: bytes, tabs: list[str], books: list[bool], links: list[tuple[int, int]]) -> str:
    """The range a name stands for, if it is nothing else."""
    kind = expression[0] & 0x1F if expression else 0
    if kind == 0x1A and len(expression) == 9:
        link, row, col = struct.unpack_from("<HIH", expression, 1)
        corners = row, col, row, col
    elif kind == 0x1B and len(expression) == 15:
        link, row, last_row, col, last_col = struct.unpack_from("<HIIHH", expression, 1)
        corners = row, col, last_row, last_col
    else:
        return ""
    book, tab = links[link] if link < len(links) else (-1, -1)
    if not (0 <= book < len(books) and books[book] and 0 <= tab < len(tabs)):
        return ""
    return absolute(tabs[tab], corners[0], corners[1] & LAST_COL, corners[2], corners[3] & LAST_COL)
