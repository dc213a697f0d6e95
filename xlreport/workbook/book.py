"""What a workbook holds, cell by cell, exactly as stored. Does not know forms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from xlreport.workbook.container import Container, Unreadable, parse_xml

LAST_ROW, LAST_COL = 1_048_575, 16_383
CELLS = 1_000_000  # in one workbook; a form has hundreds
TRANSITIONAL = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"


class CellKind(Enum):
    """What a cell's stored content is; for a formula, what its last result was."""

    BLANK = "blank"
    NUMBER = "number"
    TEXT = "text"
    BOOL = "bool"
    ERROR = "error"


class RawCell(NamedTuple):
    """One cell as stored. A plain tuple underneath: a workbook has many of them."""

    kind: CellKind
    text: str  # a number as written ("12", "12.0", "1.2E1"); "TRUE"/"FALSE"; "#REF!"; an ISO date, kind TEXT, for t="d"
    formula: str | None = None  # without "="; "" where a shared formula is written in another cell
    style: int = 0
    shared: bool = False  # the formula's text stands in another cell


class Range(NamedTuple):
    """A rectangle of cells, 0-based, both ends included."""

    first_row: int
    first_col: int
    last_row: int
    last_col: int


class Visibility(Enum):
    """Whether a sheet's tab is shown; nobody can unhide a very hidden one from the menu."""

    VISIBLE = "visible"
    HIDDEN = "hidden"
    VERY_HIDDEN = "veryHidden"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One worksheet; `cells` has only those with a value or a formula, keyed by 0-based row and column."""

    name: str
    part: str
    tab: int  # 0-based among all tabs, chart sheets included
    visible: Visibility
    cells: Mapping[tuple[int, int], RawCell]
    merges: tuple[Range, ...]
    hidden_rows: frozenset[int]
    hidden_columns: tuple[tuple[int, int], ...]  # first and last of each run: forms hide everything to the right

    def is_hidden(self, row: int, col: int) -> bool:
        """Whether a cell's row or column is hidden, or has no height or width."""
        return row in self.hidden_rows or any(first <= col <= last for first, last in self.hidden_columns)


@dataclass(frozen=True, slots=True)
class Book:
    """What a workbook holds: its worksheets in tab order, its names and properties."""

    path: Path
    sheets: tuple[Sheet, ...]
    names: Mapping[str, str]  # workbook-wide defined name -> what it refers to, without "="
    local_names: Mapping[tuple[str, int], str]  # the same for names of one sheet; the number is its place in `sheets`
    properties: Mapping[str, str]  # custom document properties, whatever their type, as text
    application: str  # the program that says it wrote the file, "" if none
    date1904: bool
    strict: bool
    date_styles: frozenset[int]

    def is_date(self, style: int) -> bool:
        """Whether numbers in this style are shown as a date or time, as when "1-2" was taken for a day."""
        return style in self.date_styles


def read_book(container: Container) -> Book:
    """Everything a workbook holds; raises `Unreadable`."""
    part = container.document()
    outline = _read_outline(container, part)
    strings = _read_strings(container, container.related(part, "sharedStrings"))
    sheets: list[Sheet] = []
    room = CELLS
    for tab, (name, ident, state) in enumerate(outline.tabs):
        arrow = container.relationships(part).get(ident)
        if arrow is None or arrow.external or not container.has(arrow.target):
            raise Unreadable("truncated", sheet=name)
        if arrow.type.endswith("/worksheet"):  # the others are chart, dialog and macro sheets
            sheets.append(_read_sheet(container, arrow.target, name, tab, state, strings, room))
            room -= len(sheets[-1].cells)
    if not sheets:
        raise Unreadable("no-sheets")
    places = {sheet.tab: place for place, sheet in enumerate(sheets)}
    scoped = outline.scoped
    return Book(
        path=container.path,
        sheets=tuple(sheets),
        names={name: text for (name, tab), text in scoped.items() if tab is None},
        local_names={(name, places[tab]): text for (name, tab), text in scoped.items() if tab in places},
        properties=_read_properties(container),
        application=_read_application(container),
        date1904=outline.date1904,
        strict=outline.strict,
        date_styles=_read_date_styles(container, container.related(part, "styles")),
    )


# --- addresses ---------------------------------------------------------------------------------------------

_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})")
_REFERENCE = re.compile(r"(?:(?:'((?:[^'\[\]]|'')+)'|([^'!:,\[\]#()]+))!)?([$A-Za-z0-9]+)(?::([$A-Za-z0-9]+))?")


def column_letters(col: int) -> str:
    """The letters of a 0-based column: 0 is A, 26 is AA."""
    letters = ""
    col += 1
    while col:
        col, rest = divmod(col - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_name(row: int, col: int) -> str:
    """The address people use for a 0-based row and column: (20, 1) is B21."""
    return f"{column_letters(col)}{row + 1}"


def parse_cell(text: str) -> tuple[int, int]:
    """The 0-based row and column of "B21" or "$B$21"; `ValueError` if Excel has no such cell."""
    row, col = _split(text)
    if row > LAST_ROW or col > LAST_COL:
        raise ValueError(f"beyond the last cell: {text!r}")
    return row, col


def parse_range(text: str) -> tuple[str, Range] | None:
    """The sheet ("" if none is named) and rectangle a reference means; None for #REF!, other books, several areas."""
    match = _REFERENCE.fullmatch(text)
    if match is None:
        return None
    try:
        row, col = parse_cell(match[3])
        other_row, other_col = parse_cell(match[4] or match[3])
    except ValueError:
        return None
    sheet = match[1].replace("''", "'") if match[1] else match[2] or ""
    return sheet, Range(min(row, other_row), min(col, other_col), max(row, other_row), max(col, other_col))


def _split(address: str) -> tuple[int, int]:
    match = _CELL.fullmatch(address)
    if match is None:
        raise ValueError(f"no cell address: {address[:40]!r}")
    col = 0
    for letter in match[1].upper():
        col = col * 26 + ord(letter) - 64
    return int(match[2]) - 1, col - 1


# --- one worksheet -----------------------------------------------------------------------------------------

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_TRUE = frozenset({"1", "true"})


def _read_sheet(
    container: Container, part: str, name: str, tab: int, state: Visibility, strings: Mapping[str, str], room: int
) -> Sheet:
    """One pass over a worksheet. The declared dimension is not looked at: it is often wrong and may be huge.

    One closure over local names, long as it is: a method per element takes half as long again.
    """
    data = container.xml(part)
    root, row_tag, cell_tag, value_tag, text_tag, formula_tag, spoken_tag, column_tag, merge_tag = (
        f"{_main(data)} {local}" for local in ("worksheet", "row", "c", "v", "t", "f", "rPh", "col", "mergeCell")
    )
    most = container.limits.depth
    cells: dict[tuple[int, int], RawCell] = {}
    merges: list[Range] = []
    hidden_rows: set[int] = set()
    hidden_columns: list[tuple[int, int]] = []
    columns: dict[str, int] = {}  # letters already worked out
    rooted = shared = False
    depth = spoken = 0
    row = col = -1
    row_text = ""
    about: dict[str, str] = {}  # the open cell's attributes
    value: list[str] | None = None
    formula: list[str] | None = None
    sink: list[str] | None = None

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth, rooted, spoken, row, col, row_text, about, value, formula, shared, sink
        depth += 1
        if depth > most:
            raise Unreadable("too-deep", part=part)
        if tag == cell_tag:
            about = attributes
            value = formula = None
            shared = False
        elif tag == value_tag:
            sink = value = []
        elif tag == formula_tag:
            sink = formula = []
            shared = attributes.get("t") == "shared"
        elif tag == text_tag:
            if not spoken:
                sink = value = value or []
        elif tag == row_tag:
            row_text = attributes.get("r", "")
            row = int(row_text) - 1 if row_text else row + 1
            col = -1
            if attributes.get("hidden") in _TRUE or attributes.get("ht") == "0":
                hidden_rows.add(row)
        elif tag == spoken_tag:
            spoken += 1
        elif tag == merge_tag:
            merges.append(_rectangle(attributes["ref"]))
        elif tag == column_tag:
            if attributes.get("hidden") in _TRUE or attributes.get("width") == "0":
                hidden_columns.append((int(attributes["min"]) - 1, int(attributes["max"]) - 1))
        elif tag == root:
            rooted = True

    def end(tag: str) -> None:
        nonlocal depth, spoken, row, col, sink
        depth -= 1
        if tag == value_tag or tag == formula_tag or tag == text_tag:  # noqa: PLR1714 - half the time of a set
            sink = None
        elif tag == cell_tag:
            own_row = row
            address = about.get("r")
            if address is None:
                col += 1
            # Nearly always the row's own number behind known letters; anything else is parsed in full.
            elif (
                row_text
                and address.endswith(row_text)
                and (known := columns.get(address[: -len(row_text)])) is not None
            ):
                col = known
            else:
                own_row, col = _split(address)
                columns[column_letters(col)] = col
                if not row_text:
                    row = own_row
            if value is None and formula is None:
                return
            if own_row > LAST_ROW or col > LAST_COL:
                raise Unreadable("out-of-grid", sheet=name, cell=cell_name(own_row, col))
            cell = _cell(about, value, formula, shared, strings)
            if formula is not None or cell.kind is not CellKind.BLANK:
                cells[own_row, col] = cell
                if len(cells) > room:
                    raise Unreadable("too-big", limit=CELLS, sheet=name)
        elif tag == spoken_tag:
            spoken -= 1

    def text(chunk: str) -> None:
        if sink is not None:
            sink.append(chunk)

    parse_xml(data, part, start, end, text, depth=None)
    if not rooted:
        raise Unreadable("namespace", part=part)
    return Sheet(name, part, tab, state, cells, tuple(merges), frozenset(hidden_rows), tuple(hidden_columns))


def _cell(
    about: Mapping[str, str],
    value: list[str] | None,
    formula: list[str] | None,
    shared: bool,
    strings: Mapping[str, str],
) -> RawCell:
    """A cell from its attributes and the text of its parts."""
    expression = None if formula is None else "".join(formula).removeprefix("=")
    style = int(about.get("s", 0))
    shared = shared and not expression
    if value is None:
        return RawCell(CellKind.BLANK, "", expression, style, shared)
    content = "".join(value)
    match about.get("t"):
        case None | "n":
            kind, content = CellKind.NUMBER, content.strip()
            if not _NUMBER.fullmatch(content):
                kind = CellKind.TEXT if content else CellKind.BLANK
        case "s":
            kind, found = CellKind.TEXT, strings.get(content.strip())
            if found is None:  # never a silent blank
                raise Unreadable("truncated", what="shared string", cell=about.get("r", ""))
            content = found
        case "b":
            kind, content = CellKind.BOOL, "TRUE" if content.strip() in _TRUE else "FALSE"
        case "e":
            kind, content = CellKind.ERROR, content.strip()
        case _:  # str, inlineStr; d: a date as ISO text, which strict workbooks may use
            kind, content = CellKind.TEXT, _decoded(content)
    return RawCell(kind, content, expression, style, shared)


def _rectangle(reference: str) -> Range:
    found = parse_range(reference)
    if found is None:
        raise ValueError(f"no range: {reference[:40]!r}")
    return found[1]


# --- the parts around the sheets ---------------------------------------------------------------------------


class _Outline(NamedTuple):
    """What the workbook part itself says."""

    tabs: list[tuple[str, str, Visibility]]  # name, relationship id, state
    scoped: dict[tuple[str, int | None], str]  # defined name and its tab -> what it refers to
    date1904: bool
    strict: bool


def _read_outline(container: Container, part: str) -> _Outline:
    data = container.xml(part)
    main = _main(data)
    tabs: list[tuple[str, str, Visibility]] = []
    scoped: dict[tuple[str, int | None], str] = {}
    rooted = date1904 = False
    key: tuple[str, int | None] | None = None

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal rooted, date1904, key
        space, _, local = tag.rpartition(" ")
        if space != main:
            return
        if local == "workbook":
            rooted = True
        elif local == "workbookPr":
            date1904 = attributes.get("date1904") in _TRUE
        elif local == "sheet":
            ident = next((text for name, text in attributes.items() if name.endswith("/relationships id")), "")
            tabs.append((attributes["name"], ident, Visibility(attributes.get("state", "visible"))))
        elif local == "definedName":
            scope = attributes.get("localSheetId")
            key = attributes["name"], None if scope is None else int(scope)
            scoped[key] = ""

    def end(_: str) -> None:
        nonlocal key
        key = None

    def text(chunk: str) -> None:
        if key is not None:
            scoped[key] += chunk

    parse_xml(data, part, start, end, text, container.limits.depth)
    if not rooted:
        raise Unreadable("namespace", part=part)
    scoped = {key: text.strip().removeprefix("=") for key, text in scoped.items()}
    return _Outline(tabs, scoped, date1904, main == STRICT)


def _read_strings(container: Container, part: str | None) -> dict[str, str]:
    """Shared strings by their number as text, just as cells refer to them; "-1" and "٣" then find nothing."""
    strings: dict[str, str] = {}
    if part is None:
        return strings
    data = container.xml(part)
    item_tag, text_tag, spoken_tag = (f"{_main(data)} {local}" for local in ("si", "t", "rPh"))
    pieces: list[str] = []
    spoken = 0  # inside the reading aids printed above Japanese and Chinese words
    open_text = False

    def start(tag: str, _: dict[str, str]) -> None:
        nonlocal spoken, open_text
        if tag == text_tag:
            open_text = not spoken
        elif tag == item_tag:
            pieces.clear()
        elif tag == spoken_tag:
            spoken += 1

    def end(tag: str) -> None:
        nonlocal spoken, open_text
        open_text = False
        if tag == item_tag:
            strings[str(len(strings))] = _decoded("".join(pieces))
            if len(strings) > CELLS:
                raise Unreadable("too-big", limit=CELLS, part=part)
        elif tag == spoken_tag:
            spoken -= 1

    def text(chunk: str) -> None:
        if open_text:
            pieces.append(chunk)

    parse_xml(data, part, start, end, text, container.limits.depth)
    return strings


def _read_properties(container: Container) -> dict[str, str]:
    # The strict standard spells the relationship's type differently.
    part = container.related("", "custom-properties") or container.related("", "customProperties")
    return {} if part is None else _texts(container, part, "property")


def _read_application(container: Container) -> str:
    part = container.related("", "extended-properties") or container.related("", "extendedProperties")
    return "" if part is None else _texts(container, part, "Application").get("", "")


def _texts(container: Container, part: str, wanted: str) -> dict[str, str]:
    """The text inside each of the wanted elements, by its `name` attribute."""
    found: dict[str, str] = {}
    if not container.has(part):  # named and left out by some writers; nothing of the report is lost
        return found
    name: str | None = None

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal name
        if tag.rpartition(" ")[2] == wanted:
            name = attributes.get("name", "")
            found[name] = ""

    def end(tag: str) -> None:
        nonlocal name
        if tag.rpartition(" ")[2] == wanted:
            name = None

    def text(chunk: str) -> None:
        if name is not None:
            found[name] += chunk

    parse_xml(container.xml(part), part, start, end, text, container.limits.depth)
    return {name: _decoded(text.strip()) for name, text in found.items()}


# Built-in formats that show a date or time, those of the Chinese and Japanese editions included.
_DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_NOT_LETTERS = re.compile(r'"[^"]*"?|\\.|[_*].|\[(?!(?:h+|m+|s+)\])[^\]]*\]|General', re.IGNORECASE | re.DOTALL)
_DATE_LETTERS = re.compile("[dmyhs]", re.IGNORECASE)


def _read_date_styles(container: Container, part: str | None) -> frozenset[int]:
    """The cell styles whose number format shows a date or a time."""
    if part is None:
        return frozenset()
    data = container.xml(part)
    main = _main(data)
    formats: dict[str, str] = {}
    styles: list[str] = []
    section = ""

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal section
        local = tag.removeprefix(main)
        if local in {" numFmts", " cellXfs", " cellStyleXfs", " dxfs"}:
            section = local
        elif local == " numFmt" and section == " numFmts":
            formats[attributes["numFmtId"]] = attributes["formatCode"]
        elif local == " xf" and section == " cellXfs":
            styles.append(attributes.get("numFmtId", "0"))

    def is_date(number: str) -> bool:
        code = formats.get(number)
        if code is None:
            return int(number) in _DATE_FORMATS
        return _DATE_LETTERS.search(_NOT_LETTERS.sub("", code.partition(";")[0])) is not None

    parse_xml(data, part, start, depth=container.limits.depth)
    dates = {number for number in set(styles) if is_date(number)}
    return frozenset(style for style, number in enumerate(styles) if number in dates)


def _main(data: bytes) -> str:
    """Which of the two namespaces a part is written in; whoever parses it sees whether that is true."""
    return STRICT if STRICT.encode() in data[:4096] else TRANSITIONAL


_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def _decoded(text: str) -> str:
    """Text with Excel's own escapes, such as _x000D_ for a carriage return, undone."""
    if "_x" not in text:
        return text
    text = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    # Two escapes may make one character; half of one cannot be printed or stored anywhere.
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
