"""Workbooks of Excel 5 to 2003 and of WPS (.xls, .et), record by record: values, and which of them a formula found.

Of what a formula says only the first other sheet in it is read. Nothing is laid out as a grid: a value in the last cell
costs no more than one in A1.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path

from xlreport.workbook.address import Range, cell_name, column_letters
from xlreport.workbook.book import Book
from xlreport.workbook.compound import SIGNATURE, Compound
from xlreport.workbook.expression import checked_areas, links_of
from xlreport.workbook.formats import is_date_format, shown_as
from xlreport.workbook.sheet import CELLS, CellKind, RawCell, Sheet, Visibility
from xlreport.workbook.unreadable import Unreadable
from xlreport.workbook.xls_text import characters, marked, shared_strings, whole_text

Record = tuple[int, int, bytes]  # kind, where it begins, content
_BOF, _EOF, _CONTINUE, _LOCKED = 0x809, 0x0A, 0x3C, 0x2F
_SHEET, _DATES, _CODEPAGE, _STRINGS, _FORMAT, _XF, _FONT = 0x85, 0x22, 0x42, 0xFC, 0x41E, 0xE0, 0x31
_BOOK, _LINKS, _NAME = 0x1AE, 0x17, 0x18
_ROW, _COLUMNS, _MERGED, _CHECKED = 0x208, 0x7D, 0xE5, 0x1BE
_NUMBER, _RK, _MANY_RK, _SHARED_TEXT, _TEXT, _RICH, _TRUTH, _RESULT = (
    0x203, 0x27E, 0xBD, 0xFD, 0x204, 0xD6, 0x205, 0x207,
)  # fmt: skip
_FORMULAS = frozenset({0x06, 0x206, 0x406})
_OLD, _NEW = 0x0500, 0x0600  # Excel 5 and 95; Excel 97 to 2003
_RECORDS = 3 * CELLS  # looked at in one workbook: many tabs may claim the same records
_PAGES = {936: "gb18030", 950: "cp950", 932: "cp932", 949: "cp949", 1200: "utf-16-le", 10000: "mac-roman"}
ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}  # fmt: skip
STATES = (Visibility.VISIBLE, Visibility.HIDDEN, Visibility.VERY_HIDDEN)


def read_xls(path: Path, data: bytes) -> Book:
    """The workbook in a compound file, or in the bare stream of one; raises `Unreadable`."""
    stream: bytes | None = data
    if data.startswith(SIGNATURE):
        stream = Compound(data).stream("Workbook", "Book")
    if stream is None:
        raise Unreadable("no-workbook")
    try:
        return _Reader(path, stream).book()
    except (struct.error, IndexError) as error:  # a record shorter than its kind
        raise Unreadable("truncated") from error


def number_text(value: float) -> str:
    """A number as .xlsx would have it: the shortest text that is exactly this number."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def packed_number(bits: int) -> float:
    """A number in four bytes: the upper half of a float or a whole number, as it is or in hundredths."""
    if bits & 2:
        value = float((bits >> 2) - (1 << 30 if bits & 0x80000000 else 0))
    else:
        (value,) = struct.unpack("<d", struct.pack("<Q", (bits & 0xFFFFFFFC) << 32))
    return value / 100 if bits & 1 else value


class _Reader:
    """One stream being read."""

    def __init__(self, path: Path, stream: bytes) -> None:
        self.path = path
        self.stream = stream
        self.version = _version(stream)
        self.encoding = "cp1252"
        self.date1904 = False
        self.strings: list[str] = []
        self.tabs: list[tuple[str, Visibility, int, int]] = []  # name, state, kind, where its records begin
        self.formats: dict[int, str] = {}
        self.styles: list[int] = []  # the number format of each style
        self.written: list[int] = []  # its font
        self.fonts: list[tuple[bool, bool]] = []  # whether it strikes out, and whether it raises or lowers
        self.own_book = -1  # which of the linked workbooks is this one
        self.books = 0
        self.links: list[tuple[int, int]] = []  # linked workbook and first sheet, for references to other sheets
        self.names: list[tuple[str, int, bytes]] = []  # name, sheet's number or 0, expression
        self.room = CELLS
        self.patience = _RECORDS

    def book(self) -> Book:
        self._globals()
        sheets: list[Sheet] = []
        places: dict[int, int] = {}
        for tab, (name, state, kind, start) in enumerate(self.tabs):
            if kind == 0:
                places[tab] = len(sheets)
                sheets.append(self._sheet(name, tab, state, start))
        if not sheets:
            raise Unreadable("no-sheets")
        names: dict[str, str] = {}
        local: dict[tuple[str, int], str] = {}
        for name, tab, expression in self.names:
            target = self._target(expression)
            if target and not tab:
                names[name] = target
            elif target and tab - 1 in places:
                local[name, places[tab - 1]] = target
        dates = {style for style, number in enumerate(self.styles) if is_date_format(number, self.formats.get(number))}
        shown = {style: shown_as(number, self.formats.get(number)) for style, number in enumerate(self.styles)}
        odd = {style: said for style, said in shown.items() if said and style not in dates}
        odd |= {style: "struck" for style, font in enumerate(self.written) if self._font(font)[0]}
        return Book(
            self.path, tuple(sheets), names, local, {}, "", self.date1904, False, frozenset(dates), odd_styles=odd
        )

    def _records(self, start: int, *, nested: bool = False) -> Iterator[Record]:
        """The records from a place on; to the first end of a block unless `nested`."""
        stream, at = self.stream, start
        while at + 4 <= len(stream):
            kind, size = struct.unpack_from("<HH", stream, at)
            self.patience -= 1
            if self.patience < 0:
                raise Unreadable("too-big", what="cells", limit=CELLS)
            yield kind, at, stream[at + 4 : at + 4 + size]
            if kind == _EOF and not nested:
                return
            at += 4 + size
        raise Unreadable("truncated")

    # --- what holds for all sheets

    def _globals(self) -> None:
        kinds: dict[int, Callable[[bytes], None]] = {
            _SHEET: self._tab,
            _FORMAT: self._format,
            _XF: self._style,
            _FONT: lambda data: self.fonts.append((bool(data[2] & 8), data[8] in {1, 2})),
            _BOOK: self._linked_book,
            _LINKS: self._linked_sheets,
            _NAME: self._defined_name,
        }
        for kind, start, data in self._records(0):
            if kind == _LOCKED:
                raise Unreadable("encrypted")
            if kind == _CODEPAGE:
                page = struct.unpack_from("<H", data)[0]
                self.encoding = _PAGES.get(page, f"cp{page}" if 1250 <= page <= 1258 else "cp1252")
            elif kind == _DATES:
                self.date1904 = struct.unpack_from("<H", data)[0] == 1
            elif kind == _STRINGS:
                self.strings = [self._marked(*one) for one in shared_strings(_continued(self.stream, start))]
            elif kind in kinds and (self.version == _NEW or kind not in {_BOOK, _LINKS, _NAME}):
                kinds[kind](data)

    def _style(self, data: bytes) -> None:
        font, number = struct.unpack_from("<HH", data)
        self.written.append(font)
        self.styles.append(number)

    def _font(self, number: int) -> tuple[bool, bool]:
        """A font by the number it is called by; the fifth is called 5, and there is none called 4."""
        at = number - 1 if number > 4 else number
        return self.fonts[at] if at < len(self.fonts) else (False, False)

    def _marked(self, text: str, runs: bytes) -> str:
        """A text with what is left of it without the characters that are struck out, raised or lowered."""
        return marked(text, list(struct.iter_unpack("<HH", runs)), lambda font: any(self._font(font)))

    def _tab(self, data: bytes) -> None:
        start, state, kind = struct.unpack_from("<IBB", data)
        name = self._short(data, 6)
        self.tabs.append((name, STATES[min(state & 3, 2)], kind, start))

    def _short(self, data: bytes, at: int) -> str:
        """A text behind one byte of length."""
        length = data[at]
        if self.version == _OLD:
            return data[at + 1 : at + 1 + length].decode(self.encoding, "replace")
        return characters(data, at + 2, length, data[at + 1])

    def _format(self, data: bytes) -> None:
        (number,) = struct.unpack_from("<H", data)
        self.formats[number] = self._short(data, 2) if self.version == _OLD else self._long(data, 2)

    def _long(self, data: bytes, at: int) -> str:
        """A text behind two bytes of length."""
        (length,) = struct.unpack_from("<H", data, at)
        if self.version == _OLD:
            return data[at + 2 : at + 2 + length].decode(self.encoding, "replace")
        return characters(data, at + 3, length, data[at + 2])

    def _linked_book(self, data: bytes) -> None:
        if data[2:4] == b"\x01\x04":
            self.own_book = self.books
        self.books += 1

    def _linked_sheets(self, data: bytes) -> None:
        (count,) = struct.unpack_from("<H", data)
        for at in range(2, min(2 + 6 * count, len(data) - 5), 6):
            book, first, _ = struct.unpack_from("<HHH", data, at)
            self.links.append((book, first))

    def _defined_name(self, data: bytes) -> None:
        flags, _, length, size, _, tab = struct.unpack_from("<HBBHHH", data)
        if flags & 0x20:  # Excel's own: print areas and the like
            return
        wide = data[14]
        begin = 15 + length * (2 if wide & 1 else 1)
        self.names.append((characters(data, 15, length, wide), tab, data[begin : begin + size]))

    def _target(self, expression: bytes) -> str:
        """The range a name stands for, if it is nothing else."""
        kind = expression[0] & 0x1F if expression else 0
        if kind == 0x1A and len(expression) == 7:
            link, row, col = struct.unpack_from("<3H", expression, 1)
            corners = row, col, row, col
        elif kind == 0x1B and len(expression) == 11:
            link, row, last_row, col, last_col = struct.unpack_from("<5H", expression, 1)
            corners = row, col, last_row, last_col
        else:
            return ""
        book, tab = self.links[link] if link < len(self.links) else (-1, 0)
        if book != self.own_book or tab >= len(self.tabs):
            return ""
        return absolute(self.tabs[tab][0], corners[0], corners[1] & 0xFF, corners[2], corners[3] & 0xFF)

    # --- one sheet

    def _sheet(self, name: str, tab: int, state: Visibility, start: int) -> Sheet:
        cells: dict[tuple[int, int], RawCell] = {}
        merges: list[Range] = []
        validated: list[Range] = []  # where something is checked as it is typed
        rows: set[int] = set()
        columns: list[tuple[int, int]] = []
        waiting: tuple[int, int] | None = None  # a formula whose text comes in a record of its own
        unpack = struct.unpack_from
        deep = 0
        for kind, begin, data in self._records(start, nested=True):
            if kind == _BOF:
                deep += 1
                if deep == 1 and unpack("<H", data, 2)[0] != 0x10:  # a chart or a macro sheet, whatever the tab says
                    break
            elif kind == _EOF:
                deep -= 1
                if not deep:
                    break
            elif deep != 1:
                continue  # the cells of a chart drawn on the sheet
            elif kind == _SHARED_TEXT:
                row, col, style, number = unpack("<HHHI", data)
                self._put(cells, name, row, col, RawCell(CellKind.TEXT, self.strings[number], None, style))
            elif kind == _NUMBER:
                row, col, style, value = unpack("<HHHd", data)
                self._put(cells, name, row, col, RawCell(CellKind.NUMBER, number_text(value), None, style))
            elif kind == _RK:
                row, col, style, bits = unpack("<HHHI", data)
                text = number_text(packed_number(bits))
                self._put(cells, name, row, col, RawCell(CellKind.NUMBER, text, None, style))
            elif kind == _MANY_RK:
                row, col = unpack("<HH", data)
                for at in range(4, len(data) - 7, 6):
                    style, bits = unpack("<HI", data, at)
                    text = number_text(packed_number(bits))
                    self._put(cells, name, row, col + (at - 4) // 6, RawCell(CellKind.NUMBER, text, None, style))
            elif kind in _FORMULAS:
                row, col, style = unpack("<HHH", data)
                self._put(cells, name, row, col, _result(data, style, self._formula(data, tab)))
                waiting = (row, col) if data[12:14] == b"\xff\xff" and not data[6] else None
            elif kind == _RESULT and waiting is not None:
                text = whole_text(_continued(self.stream, begin)) if self.version == _NEW else self._long(data, 0)
                cells[waiting] = cells[waiting]._replace(kind=CellKind.TEXT, text=text)
                waiting = None
            elif kind in {_TEXT, _RICH}:
                row, col, style = unpack("<HHH", data)
                self._put(cells, name, row, col, RawCell(CellKind.TEXT, self._long(data, 6), None, style))
            elif kind == _TRUTH:
                row, col, style, number, error = unpack("<HHHBB", data)
                self._put(cells, name, row, col, _truth(number, error, style))
            elif kind == _ROW:
                row, _, _, height, _, _, flags = unpack("<HHHHHHH", data)
                if flags & 0x20 or not height & 0x7FFF:
                    rows.add(row)
            elif kind == _COLUMNS:
                first, last, width, _, flags = unpack("<HHHHH", data)
                if flags & 1 or not width:
                    columns.append((first, last))
            elif kind == _MERGED:
                (count,) = unpack("<H", data)
                for at in range(2, min(2 + 8 * count, len(data) - 7), 8):
                    top, bottom, left, right = unpack("<HHHH", data, at)
                    merges.append(Range(top, left, bottom, right))
            elif kind == _CHECKED:
                validated += checked_areas(b"".join(_continued(self.stream, begin)))
        checked = tuple(validated) or None  # a program that keeps none of them says nothing of what was pasted
        return Sheet(name, "", tab, state, cells, tuple(merges), frozenset(rows), tuple(columns), checked)

    def _formula(self, data: bytes, tab: int) -> str:
        """The first other sheet of this workbook that a formula names, as .xlsx would name it; else nothing."""
        if self.version == _OLD or len(data) < 22:
            return ""
        (size,) = struct.unpack_from("<H", data, 20)
        for link in links_of(data[22 : 22 + size]):
            book, at = self.links[link] if link < len(self.links) else (-1, 0)
            if book == self.own_book and at != tab and at < len(self.tabs):
                return "'" + self.tabs[at][0].replace("'", "''") + "'!"
        return ""

    def _put(self, cells: dict[tuple[int, int], RawCell], sheet: str, row: int, col: int, cell: RawCell) -> None:
        self.room -= 1
        if self.room < 0:
            raise Unreadable("too-big", what="cells", limit=CELLS, sheet=sheet)
        if col > 255:
            raise Unreadable("out-of-grid", sheet=sheet, cell=cell_name(row, col))
        cells[row, col] = cell


def absolute(sheet: str, row: int, col: int, last_row: int, last_col: int) -> str:
    """A range as a name in .xlsx refers to it."""
    first, last = (f"${column_letters(c)}${r + 1}" for r, c in ((row, col), (last_row, last_col)))
    return "'" + sheet.replace("'", "''") + f"'!{first}" + (f":{last}" if first != last else "")


def _version(stream: bytes) -> int:
    if len(stream) < 8:
        raise Unreadable("truncated")
    kind, _, version, what = struct.unpack_from("<HHHH", stream)
    if kind != _BOF or version not in {_OLD, _NEW} or what != 5:
        raise Unreadable("too-old")  # Excel 2 to 4: one sheet, no workbook
    return int(version)


def _continued(stream: bytes, at: int) -> list[bytes]:
    """The content of a record and of those that continue it."""
    pieces: list[bytes] = []
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        if pieces and kind != _CONTINUE:
            break
        pieces.append(stream[at + 4 : at + 4 + size])
        at += 4 + size
    return pieces


def _result(data: bytes, style: int, formula: str) -> RawCell:
    """A formula's last result; a text comes in the next record."""
    if data[12:14] != b"\xff\xff":
        return RawCell(CellKind.NUMBER, number_text(struct.unpack_from("<d", data, 6)[0]), formula, style)
    match data[6]:
        case 1:
            return RawCell(CellKind.BOOL, "TRUE" if data[8] else "FALSE", formula, style)
        case 2:
            return RawCell(CellKind.ERROR, ERRORS.get(data[8], "#VALUE!"), formula, style)
        case 3:
            return RawCell(CellKind.TEXT, "", formula, style)
        case _:
            return RawCell(CellKind.BLANK, "", formula, style)


def _truth(number: int, error: int, style: int) -> RawCell:
    if error:
        return RawCell(CellKind.ERROR, ERRORS.get(number, "#VALUE!"), None, style)
    return RawCell(CellKind.BOOL, "TRUE" if number else "FALSE", None, style)
