"""One worksheet, cell by cell, exactly as stored. Does not know the other sheets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from xlreport.workbook.address import LAST_COL, LAST_ROW, Range, cell_name, column_letters, parse_range, split_address
from xlreport.workbook.container import Container, Unreadable

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


_LOCAL = (
    "worksheet row c v f t rPh col mergeCell workbook workbookPr sheet definedName si numFmts numFmt cellXfs xf dxfs"
)
# What Container.parse calls the elements of both namespaces. The colon keeps them apart from elements of no namespace;
# all others keep their long names. So nothing is mistaken for ours, whatever the prefixes.
NAMES = {f"{space} {local}": f"x:{local}" for space in (TRANSITIONAL, STRICT) for local in _LOCAL.split()}
TRUE = frozenset({"1", "true"})


def read_sheet(
    container: Container, part: str, name: str, tab: int, state: Visibility, strings: Mapping[str, str], room: int
) -> Sheet:
    """One pass over a worksheet. The declared dimension is not looked at: it is often wrong and may be huge.

    One closure over local names, long as it is: at 4 µs a cell, a method call more per element would be felt.
    """
    deepest = container.limits.depth
    cells: dict[tuple[int, int], RawCell] = {}
    merges: list[Range] = []
    hidden_rows: set[int] = set()
    hidden_columns: list[tuple[int, int]] = []
    columns: dict[str, int] = {}  # letters already worked out
    alike: dict[tuple[str | None, str | None, str], RawCell] = {}  # most cells of a form look like another one
    rooted = shared = False
    depth = spoken = 0
    row = col = -1
    row_text, letters_end = "", 0
    about: dict[str, str] = {}  # the open cell's attributes
    content = ""
    value: str | None = None
    formula: str | None = None

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth, rooted, spoken, row, col, row_text, letters_end, about, content, value, formula, shared
        depth += 1
        if depth > deepest:
            raise Unreadable("too-deep", part=part)
        if tag == "x:c":
            about = attributes
            value = formula = None
        elif tag == "x:v" or tag == "x:t":  # noqa: PLR1714 - dearer as a set
            content = ""
        elif tag == "x:f":
            content = ""
            shared = attributes.get("t") == "shared"
        elif tag == "x:row":
            row_text = attributes.get("r", "")
            row, col = int(row_text) - 1 if row_text else row + 1, -1
            letters_end = -len(row_text)
            if len(cells) > room:
                raise Unreadable("too-big", limit=CELLS, sheet=name)
            if attributes.get("hidden") in TRUE or attributes.get("ht") == "0":
                hidden_rows.add(row)
        elif tag == "x:rPh":
            spoken += 1
        elif tag == "x:mergeCell":
            merges.append(_rectangle(attributes["ref"]))
        elif tag == "x:col":
            if attributes.get("hidden") in TRUE or attributes.get("width") == "0":
                hidden_columns.append((int(attributes["min"]) - 1, int(attributes["max"]) - 1))
        elif tag == "x:worksheet":
            rooted = depth == 1

    def end(tag: str) -> None:
        nonlocal depth, spoken, row, col, value, formula
        depth -= 1
        if tag == "x:v":
            value = content
        elif tag == "x:c":
            own_row, address = row, about.get("r")
            if address is None:
                col += 1
            # Nearly always known letters before the row's own number; anything else is parsed in full.
            elif (known := columns.get(address[:letters_end])) is not None and address.endswith(row_text):
                col = known
            else:
                own_row, col = split_address(address)
                columns[column_letters(col)] = col
                if not row_text:
                    row = own_row
            if formula is not None:
                kind, found = (_BLANK, "") if value is None else _content(about.get("t"), value, strings)
                cell = RawCell(kind, found, formula, int(about.get("s", 0)), shared and not formula)
            elif value is None:
                return
            else:
                key = about.get("t"), about.get("s"), value
                known_cell = alike.get(key)
                if known_cell is None:
                    kind, found = _content(key[0], value, strings)
                    if kind is _BLANK:
                        return
                    known_cell = alike[key] = RawCell(kind, found, None, int(key[1] or 0), False)
                cell = known_cell
            if col > LAST_COL or own_row > LAST_ROW:
                raise Unreadable("out-of-grid", sheet=name, cell=cell_name(own_row, col))
            cells[own_row, col] = cell
        elif tag == "x:f":
            formula = content.removeprefix("=")
        elif tag == "x:t":
            if not spoken:
                value = (value or "") + content
        elif tag == "x:rPh":
            spoken -= 1

    def text(chunk: str) -> None:
        nonlocal content
        content += chunk

    container.parse(part, start, end, text, names=NAMES, counted=False)
    if not rooted:
        raise Unreadable("namespace", part=part)
    return Sheet(name, part, tab, state, cells, tuple(merges), frozenset(hidden_rows), tuple(hidden_columns))


_FIGURES = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?").fullmatch


# Looked up once: in Python 3.11 a member costs three times as much asked of its class.
_BLANK, _NUMBER, _TEXT, _BOOL, _ERROR = CellKind


def _content(declared: str | None, written: str, strings: Mapping[str, str]) -> tuple[CellKind, str]:
    """What a cell holds, from the type it declares and what stands between its tags."""
    if declared is None or declared == "n":
        if _FIGURES(written):
            return _NUMBER, written
        written = written.strip()
        return (_NUMBER if _FIGURES(written) else _TEXT if written else _BLANK), written
    if declared == "s":
        found = strings.get(written) or strings.get(written.strip())
        if found is None:  # never a silent blank
            raise Unreadable("truncated", what="shared string", number=written)
        return _TEXT, found
    if declared == "b":
        return _BOOL, "TRUE" if written.strip() in TRUE else "FALSE"
    if declared == "e":
        return _ERROR, written.strip()
    return _TEXT, decoded(written)  # str, inlineStr; d: a date as ISO text, which strict workbooks may use


def _rectangle(reference: str) -> Range:
    found = parse_range(reference)
    if found is None:
        raise ValueError(f"no range: {reference[:40]!r}")
    return found[1]


_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def decoded(text: str) -> str:
    """Text with Excel's own escapes, such as _x000D_ for a carriage return, undone."""
    if "_x" not in text:
        return text
    text = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    # Two escapes may make one character; half of one cannot be printed or stored anywhere.
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
