"""OpenDocument spreadsheets (.ods): values, and which of them a formula found; of formulas the first sheet they name.

Repeated cells and rows are counted, not laid out, so a sheet that says it has 16384 × 1048576 cells costs nothing;
those that hold something are entered one by one and fall under the cap on cells.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path

from xlreport.workbook.address import LAST_COL, LAST_ROW, Range, cell_name
from xlreport.workbook.book import Book
from xlreport.workbook.container import Container
from xlreport.workbook.sheet import CELLS, CellKind, Patched, RawCell, Sheet, Visibility
from xlreport.workbook.unreadable import Unreadable

_SPACES = {
    "urn:oasis:names:tc:opendocument:xmlns:table:1.0": (
        "table",
        """table table-row table-column table-cell covered-table-cell named-range
        name style-name formula visibility display number-columns-repeated number-rows-repeated
        number-columns-spanned number-rows-spanned cell-range-address
        content-validation-name default-cell-style-name""",
    ),
    "urn:oasis:names:tc:opendocument:xmlns:office:1.0": (
        "office",
        "spreadsheet value-type value string-value boolean-value date-value time-value",
    ),
    "urn:oasis:names:tc:opendocument:xmlns:text:1.0": (
        "text",
        "p h s c tab line-break ruby-text span style-name",
    ),
    "urn:oasis:names:tc:opendocument:xmlns:style:1.0": (
        "style",
        """style table-properties name parent-style-name text-properties text-line-through-style text-line-through-type
        text-position""",
    ),
    "urn:oasis:names:tc:opendocument:xmlns:meta:1.0": ("meta", "user-defined name generator"),
    "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0": ("calcext", "value-type"),
}
NAMES = {f"{space} {local}": f"{prefix}:{local}" for space, (prefix, all_) in _SPACES.items() for local in all_.split()}
_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0 "  # links, spans and the like
_DATE_STYLE, _PERCENT_STYLE, _STRUCK_STYLE = 1, 2, 3  # the only styles that we tell apart
_CELLS = frozenset({"table:table-cell", "table:covered-table-cell"})
_INSIDE = frozenset({"text:p", "text:h"})
_ERROR = re.compile(r"#(?:DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!)|(?:Err|错误)[:：]5\d\d")
_DURATION = re.compile(r"(-?)PT?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,](\d+))?S)?")
_PARENTS = 20  # styles above a style; a ring of them would have no end
_FIRST_DAY = dt.datetime(1899, 12, 30)  # noqa: DTZ001  (a cell's date has no time zone)
_ADDRESS = re.compile(
    r"\$?('(?:[^']|'')*'|[^.'$]+)\.(\$?[A-Z]{1,3}\$?\d+)(?::(?:\$?(?:'(?:[^']|'')*'|[^.'$]*))?\.(\$?[A-Z]{1,3}\$?\d+))?"
)

_OTHER_SHEET = re.compile(r"\[\$?('(?:[^']|'')*'|[^\[\].'$#]+)\.")  # in a formula, with its closing dot


def read_ods(path: Path, data: bytes) -> Book:
    """The workbook in an OpenDocument package; raises `Unreadable`."""
    container = Container(path, data, office=False)
    manifest = container.read("META-INF/manifest.xml") if container.has("META-INF/manifest.xml") else b""
    if b"encryption-data" in manifest or container.has("encrypted-package"):
        raise Unreadable("encrypted", kind="ods")
    if not container.has("content.xml"):
        raise Unreadable("truncated", part="content.xml")
    reader = _Reader(container)
    if container.has("styles.xml") and b"line-through" in container.read("styles.xml"):
        container.parse("styles.xml", reader.looks, lambda _: None, names=NAMES)
    container.parse("content.xml", reader.start, reader.end, reader.text, names=NAMES)
    if not reader.sheets:
        raise Unreadable("no-sheets")
    properties, application = _properties(container)
    places = {sheet.name: place for place, sheet in enumerate(reader.sheets)}
    local = {(name, places[tab]): target for (name, tab), target in reader.names.items() if tab in places}
    names = {name: target for (name, tab), target in reader.names.items() if not tab}
    dates = frozenset({_DATE_STYLE})
    return Book(
        path, tuple(reader.sheets), names, local, properties, application, False, False, dates,
        odd_styles={_PERCENT_STYLE: "percent", _STRUCK_STYLE: "struck"},
    )  # fmt: skip


class _Reader:
    """What content.xml says, as its elements go by."""

    def __init__(self, container: Container) -> None:
        self.container = container
        self.sheets: list[Sheet] = []
        self.names: dict[tuple[str, str], str] = {}  # name and sheet ("" for the workbook) -> range
        self.room = CELLS
        self.hidden_styles: set[str] = set()
        self.style = ""
        self.struck: dict[str, bool] = {}  # styles that say whether their text is struck out
        self.raised: set[str] = set()  # those that raise or lower it
        self.parents: dict[str, str] = {}
        self.columns: list[tuple[int, str]] = []  # the last column of each run and its cells' style
        self.row_style = ""
        self.spans: list[bool] = []  # of the open spans whether they are patches
        self.kept: list[str] = []  # what stands outside of these
        self.tables = 0  # tables open; one may stand inside another's cell
        self.outside = 0  # elements of no concern that are open inside a table, a cell or a paragraph
        self.name = ""
        self.state = Visibility.VISIBLE
        self.cells: dict[tuple[int, int], RawCell] = {}
        self.merges: list[Range] = []
        self.validated: list[Range] = []  # where something is checked as it is typed
        self.hidden_rows: list[tuple[int, int]] = []
        self.hidden_columns: list[tuple[int, int]] = []
        self.row = self.col = self.column = 0
        self.repeated_rows = 1
        self.line: list[tuple[int, int, RawCell]] = []  # of the open row: first column, how many, what
        self.cell: Mapping[str, str] | None = None
        self.paragraphs: list[str] = []
        self.pieces: list[str] | None = None

    def looks(self, tag: str, about: dict[str, str]) -> None:
        """A style, whatever else stands around it."""
        if tag.startswith("style:"):
            self.start(tag, about)

    def start(self, tag: str, about: dict[str, str]) -> None:
        if self.outside:
            self.outside += 1
        elif self.pieces is not None:
            self._in_paragraph(tag, about)
        elif self.cell is not None:
            if tag in _INSIDE:
                self.pieces, self.spans = [], []
                self.kept.append("\n" if self.paragraphs else "")
            else:  # comments, drawings, tables inside a cell
                self.outside = 1
        elif tag == "table:table":
            self._table(about)
        elif tag == "style:style":
            self.style = about.get("style:name", "")
            self.parents[self.style] = about.get("style:parent-style-name", "")
        elif tag == "style:text-properties":
            line = about.get("style:text-line-through-style") or about.get("style:text-line-through-type")
            if line is not None:
                self.struck[self.style] = line != "none"
            if about.get("style:text-position", "0").split(" ")[0] not in {"0", "0%"}:
                self.raised.add(self.style)
        elif tag == "style:table-properties":
            if about.get("table:display") == "false":
                self.hidden_styles.add(self.style)
        elif tag == "table:named-range":
            target = _reference(about.get("table:cell-range-address", ""))
            if target:
                self.names[about.get("table:name", ""), self.name if self.tables else ""] = target
        elif not self.tables:
            return
        elif tag in _CELLS:
            self.cell, self.paragraphs, self.kept = about, [], []
        elif tag == "table:table-row":
            self.line, self.col = [], 0
            self.row_style = about.get("table:default-cell-style-name", "")
            self.repeated_rows = _count(about, "table:number-rows-repeated")
            if about.get("table:visibility", "visible") != "visible":
                self.hidden_rows.append((self.row, self.row + self.repeated_rows))
        elif tag == "table:table-column":
            count = _count(about, "table:number-columns-repeated")
            if about.get("table:visibility", "visible") != "visible":
                self.hidden_columns.append((self.column, self.column + count - 1))
            self.column += count
            self.columns.append((self.column - 1, about.get("table:default-cell-style-name", "")))

    def end(self, tag: str) -> None:
        if self.outside:
            self.outside -= 1
        elif self.pieces is not None:
            if tag in _INSIDE:
                self.paragraphs.append("".join(self.pieces))
                self.pieces = None
            elif tag == "text:span" and self.spans:
                self.spans.pop()
        elif self.cell is not None:
            if tag in _CELLS:
                self._close_cell(self.cell)
                self.cell = None
        elif tag == "table:table-row" and self.tables:
            self._close_row()
        elif tag == "table:table":
            self.tables -= 1
            if not self.tables:
                self._close_table()

    def text(self, text: str) -> None:
        if self.pieces is not None and not self.outside:
            self.pieces.append(text)
            if not any(self.spans):
                self.kept.append(text)

    def _in_paragraph(self, tag: str, about: Mapping[str, str]) -> None:
        if tag == "text:s":
            self.text(" " * min(_count(about, "text:c"), 1000))
        elif tag == "text:tab":
            self.text("\t")
        elif tag == "text:line-break":
            self.text("\n")
        elif tag == "text:span":
            name = about.get("text:style-name", "")
            self.spans.append(self._strikes(name) or name in self.raised)
        elif tag == "text:ruby-text" or not tag.startswith(("text:", _TEXT)):
            self.outside = 1

    def _strikes(self, name: str) -> bool:
        """Whether a style strikes its text out, of itself or as its parents do."""
        for _ in range(_PARENTS):
            if not name or name in self.struck:
                break
            name = self.parents.get(name, "")
        return self.struck.get(name, False)

    def _looks(self, about: Mapping[str, str]) -> str:
        """A cell's style: its own, or its row's, or its column's."""
        own = about.get("table:style-name") or self.row_style
        return own or next((style for last, style in self.columns if self.col <= last), "")

    def _table(self, about: Mapping[str, str]) -> None:
        self.tables += 1
        if self.tables > 1:
            raise Unreadable("bad-xml", part="content.xml")
        self.name = about.get("table:name", "")
        self.state = Visibility.HIDDEN if about.get("table:style-name") in self.hidden_styles else Visibility.VISIBLE
        self.cells, self.merges, self.hidden_rows, self.hidden_columns = {}, [], [], []
        self.row = self.column = 0
        self.columns, self.validated = [], []

    def _close_cell(self, about: Mapping[str, str]) -> None:
        count = _count(about, "table:number-columns-repeated")
        down, right = _count(about, "table:number-rows-spanned"), _count(about, "table:number-columns-spanned")
        if down > 1 or right > 1:
            self.merges.append(Range(self.row, self.col, self.row + down - 1, self.col + right - 1))
        if "table:content-validation-name" in about:
            bottom, end = self.row + self.repeated_rows - 1, self.col + count - 1
            self.validated.append(Range(self.row, self.col, bottom, end))
        cell = _raw(about, "\n".join(self.paragraphs))
        if cell is not None:
            if self.struck and self._strikes(self._looks(about)):
                cell = cell._replace(style=_STRUCK_STYLE)
            elif cell.kind is CellKind.TEXT and (kept := "".join(self.kept)) != "\n".join(self.paragraphs):
                cell = cell._replace(text=Patched.of(cell.text, kept))
            self.line.append((self.col, count, cell))
        self.col += count

    def _close_row(self) -> None:
        filled = sum(count for _, count, _ in self.line) * self.repeated_rows
        self.room -= filled
        if self.room < 0:
            raise Unreadable("too-big", what="cells", limit=CELLS, sheet=self.name)
        for first, count, cell in self.line:
            if first + count - 1 > LAST_COL or self.row + self.repeated_rows - 1 > LAST_ROW:
                raise Unreadable("out-of-grid", sheet=self.name, cell=cell_name(min(self.row, LAST_ROW), first))
            for row in range(self.row, self.row + self.repeated_rows):
                for col in range(first, first + count):
                    self.cells[row, col] = cell
        self.row += self.repeated_rows

    def _close_table(self) -> None:
        if "'#$" in self.name:  # what LibreOffice keeps of another workbook
            return
        tab = len(self.sheets)
        bottom = max((row for row, _ in self.cells), default=-1) + 1  # below, forms hide a million rows
        rows = frozenset(row for first, end in self.hidden_rows for row in range(first, min(end, bottom)))
        merges, columns = tuple(self.merges), tuple(self.hidden_columns)
        checked = tuple(self.validated) or None  # a program that keeps none of them says nothing of what was pasted
        self.sheets.append(Sheet(self.name, "", tab, self.state, self.cells, merges, rows, columns, checked))
        self.name = ""


def _count(about: Mapping[str, str], name: str) -> int:
    text = about.get(name, "1")
    return max(int(text), 1) if len(text) < 12 else LAST_ROW * LAST_ROW


def _sheet_in(formula: str) -> str:
    """The first other sheet that a formula names, as .xlsx would name it; else nothing."""
    found = _OTHER_SHEET.search(formula)
    return f"'{found[1].strip(chr(39))}'!" if found else ""


def _raw(about: Mapping[str, str], shown: str) -> RawCell | None:
    """What a cell holds; None for nothing."""
    said = about.get("table:formula")
    formula = None if said is None else _sheet_in(said)
    kind = about.get("office:value-type", "")
    if about.get("calcext:value-type") == "error" or (formula is not None and _ERROR.fullmatch(shown)):
        return RawCell(CellKind.ERROR, shown or "#VALUE!", formula)
    if kind == "boolean" or (shown in {"TRUE", "FALSE"} and kind == "float"):
        truth = about.get("office:boolean-value") == "true" if kind == "boolean" else shown == "TRUE"
        return RawCell(CellKind.BOOL, "TRUE" if truth else "FALSE", formula)
    if kind in {"float", "percentage", "currency"} and "office:value" in about:
        style = _PERCENT_STYLE if kind == "percentage" else 0
        return RawCell(CellKind.NUMBER, _plain(about["office:value"]), formula, style)
    if kind == "date" and "office:date-value" in about:
        return _date(about["office:date-value"], formula)
    if kind == "time" and "office:time-value" in about:
        return _date(about["office:time-value"], formula)
    text = about.get("office:string-value", shown) if kind == "string" else shown
    if not text and formula is None:
        return None
    return RawCell(CellKind.TEXT, text, formula)


def _plain(text: str) -> str:
    """A number as .xlsx has it: LibreOffice writes 1E+300."""
    return text.replace("E+", "E") if "E" in text else text


def _date(text: str, formula: str | None) -> RawCell:
    """A date or time as the number that .xlsx has for it; as it stands if it is neither."""
    days: float | None = None
    if match := _DURATION.fullmatch(text):
        hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:4])
        days = (hours * 3600 + minutes * 60 + seconds + float(f"0.{match[5] or 0}")) / 86400
        days = -days if match[1] else days
    else:
        try:
            days = (dt.datetime.fromisoformat(text).replace(tzinfo=None) - _FIRST_DAY) / dt.timedelta(days=1)
        except ValueError:
            return RawCell(CellKind.TEXT, text, formula)
    return RawCell(CellKind.NUMBER, str(int(days)) if days.is_integer() else repr(days), formula, _DATE_STYLE)


def _reference(text: str) -> str:
    """A range as .xlsx writes it; "" for what is no single range."""
    match = _ADDRESS.fullmatch(text)
    if match is None:
        return ""
    name = match[1] if match[1].startswith("'") else f"'{match[1]}'"
    return f"{name}!{match[2]}" + (f":{match[3]}" if match[3] and match[3] != match[2] else "")


def _properties(container: Container) -> tuple[dict[str, str], str]:
    """What the document says of itself, and the program that wrote it."""
    found: dict[str, str] = {}
    if not container.has("meta.xml"):
        return found, ""
    name = application = ""
    pieces: list[str] = []

    def start(tag: str, about: dict[str, str]) -> None:
        nonlocal name
        name = about.get("meta:name", "") if tag == "meta:user-defined" else ""
        pieces.clear()

    def end(tag: str) -> None:
        nonlocal application
        if tag == "meta:user-defined" and name:
            found[name] = "".join(pieces).strip()
        elif tag == "meta:generator":
            application = "".join(pieces).strip()

    container.parse("meta.xml", start, end, pieces.append, names=NAMES)
    return found, application
