"""What a workbook holds, cell by cell, exactly as stored. Does not know forms."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

from xlreport.pattern import pattern
from xlreport.record import NamedTuple, fresh, record
from xlreport.workbook.address import LAST_COL, LAST_ROW, Range, cell_name, column_letters, parse_cell, parse_range
from xlreport.workbook.container import Container, Unreadable
from xlreport.workbook.formats import is_date_format, shown_as
from xlreport.workbook.memo import Memo
from xlreport.workbook.sheet import CELLS, CellKind, Doubled, Patched, RawCell, Sheet, Visibility, decoded
from xlreport.workbook.sheet_xml import (
    NAMES,
    PLAIN,
    STRICT,
    TRANSITIONAL,
    TRUE,
    is_patch,
    only_text,
    read_sheet,
    unescaped,
)

__all__ = [
    "CELLS",
    "LAST_COL",
    "LAST_ROW",
    "STRICT",
    "TRANSITIONAL",
    "Book",
    "CellKind",
    "Range",
    "RawCell",
    "Sheet",
    "Visibility",
    "cell_name",
    "column_letters",
    "custom_properties",
    "parse_cell",
    "parse_range",
    "read_book",
]


@record
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
    format: str = "xlsx"  # or xls, ods, xlsb: read as values, with formulas known to be there but not what they say
    odd_styles: Mapping[int, str] = fresh(default_factory=dict)
    """Styles that show another number, see `shown_as`, and those that strike it out: "struck"."""

    def is_date(self, style: int) -> bool:
        """Whether numbers in this style are shown as a date or time, as when "1-2" was taken for a day."""
        return style in self.date_styles


def read_book(container: Container, without: Collection[str] = ()) -> Book:
    """Everything a workbook holds, but for the cells of the sheets `without`; raises `Unreadable`."""
    part = container.document()
    data = container.xml(part)
    outline = _OUTLINES.get(data) or _OUTLINES.keep(data, _read_outline(container, part, data))
    strings = _read_strings(container, container.related(part, "sharedStrings"))
    sheets: list[Sheet] = []
    room = CELLS
    used: set[str] = set()  # no two sheets are one part
    for tab, (name, ident, state) in enumerate(outline.tabs):
        if not ident:  # so Excel lists the modules of macros that come from an .xls
            continue
        arrow = container.relationships(part).get(ident)
        if arrow is None or arrow.external or not container.has(arrow.target):
            raise Unreadable("truncated", sheet=name)
        if arrow.target in used:
            raise Unreadable("damaged", part=arrow.target)
        used.add(arrow.target)
        if name in without and arrow.type.endswith("/worksheet"):
            sheets.append(Sheet(name, arrow.target, tab, state, {}, (), frozenset(), ()))
        elif arrow.type.endswith("/worksheet"):  # the others are chart, dialog and macro sheets
            sheets.append(read_sheet(container, arrow.target, name, tab, state, strings, room))
            room -= len(sheets[-1].cells)
    if not sheets:
        raise Unreadable("no-sheets")
    places = {sheet.tab: place for place, sheet in enumerate(sheets)}
    scoped = outline.scoped
    properties, application = custom_properties(container)
    dates, odd = _read_styles(container, container.related(part, "styles"))
    return Book(
        path=container.path,
        sheets=tuple(sheets),
        names={name: text for (name, tab), text in scoped.items() if tab is None},
        local_names={(name, places[tab]): text for (name, tab), text in scoped.items() if tab in places},
        properties=properties,
        application=application,
        date1904=outline.date1904,
        strict=STRICT.encode() in data,
        date_styles=dates,
        odd_styles=odd,
    )


class _Outline(NamedTuple):
    """What the workbook part itself says."""

    tabs: list[tuple[str, str, Visibility]]  # name, relationship id, state
    scoped: dict[tuple[str, int | None], str]  # defined name and its tab -> what it refers to
    date1904: bool


_OUTLINES: Memo[_Outline] = Memo()
_STATES = {state.value: state for state in Visibility}  # home-made exporters have words of their own, like "show"


def _read_outline(container: Container, part: str, data: bytes) -> _Outline:
    tabs: list[tuple[str, str, Visibility]] = []
    scoped: dict[tuple[str, int | None], str] = {}
    rooted = date1904 = False
    key: tuple[str, int | None] = "", None
    pieces: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal rooted, date1904, key
        if tag == "x:workbook":
            rooted = True
        elif tag == "x:workbookPr":
            date1904 = attributes.get("date1904") in TRUE
        elif tag == "x:sheet":
            ident = next((text for name, text in attributes.items() if name.endswith("/relationships id")), "")
            tabs.append((attributes["name"], ident, _STATES.get(attributes.get("state", ""), Visibility.VISIBLE)))
        elif tag == "x:definedName":
            scope = attributes.get("localSheetId")
            key = attributes["name"], None if scope is None else int(scope)
            pieces.clear()

    def end(tag: str) -> None:
        if tag == "x:definedName":
            scoped[key] = "".join(pieces).strip().removeprefix("=")

    container.parse(part, start, end, pieces.append, names=NAMES, data=data)
    if not rooted:
        raise Unreadable("namespace", part=part)
    return _Outline(tabs, scoped, date1904)


def _read_strings(container: Container, part: str | None) -> dict[str, str]:
    """Shared strings by their number as text, just as cells refer to them; "-1" and "٣" then find nothing."""
    if part is None:
        return {}
    data = container.xml(part)
    plain = _quick_strings(data)
    if plain is not None:
        return plain
    strings: dict[str, str] = {}
    runs: list[str] = []
    kept: list[str] = []  # those neither struck out nor raised
    patched = doubled = False  # doubled: in two versions, of which a program shows one
    pieces: list[str] = []
    spoken = 0  # inside the reading aids printed above Japanese and Chinese words

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal spoken, patched, doubled
        if tag == "x:t":
            pieces.clear()
        elif tag == "x:si":
            doubled = False
            runs.clear()
            kept.clear()
            patched = False
        elif tag == "x:r":
            patched = False
        elif is_patch(tag, attributes):
            patched = True
        elif tag == "x:rPh":
            spoken += 1
        elif tag.endswith(" AlternateContent"):
            doubled = True

    def end(tag: str) -> None:
        nonlocal spoken
        if tag == "x:t":
            if not spoken:
                runs.append("".join(pieces))
                if not patched:
                    kept.append(runs[-1])
        elif tag == "x:si":
            whole = "".join(runs)
            if doubled:
                strings[str(len(strings))] = Doubled(decoded(whole))
                return
            strings[str(len(strings))] = decoded(whole) if len(kept) == len(runs) else Patched.of(whole, "".join(kept))
            if len(strings) > CELLS:
                raise Unreadable("too-big", what="cells", limit=CELLS, part=part)
        elif tag == "x:rPh":
            spoken -= 1

    container.parse(part, start, end, pieces.append, names=NAMES, data=data)
    return strings


_QUICK_STRING = rf'<si><t(?: xml:space="preserve")?(?:/>|>({PLAIN})</t>)</si>'


@cache
def _quick_pattern() -> re.Pattern[str]:
    return re.compile(_QUICK_STRING)


def _quick_strings(data: bytes) -> dict[str, str] | None:
    """The strings where all are written plainly, as most programs write them; None for expat to read."""
    head = _STRINGS.match(data)
    if head is None or not data.endswith(b"</sst>") or b"<!" in data:
        return None
    if not only_text(data[head.end() : -6]):
        return None
    try:
        body = data[head.end() : -6].decode()
    except UnicodeDecodeError:
        return None
    pattern = _quick_pattern()
    at, count, strings = 0, 0, {}
    for match in pattern.finditer(body):
        if match.start() != at:
            return None
        at = match.end()
        strings[str(count)] = decoded(unescaped(match[1] or ""))
        count += 1
    if at != len(body) or count > CELLS or "]]>" in body:
        return None
    return strings


def custom_properties(container: Container) -> tuple[dict[str, str], str]:
    """What the package says of itself, and the program that says it wrote it."""
    # The strict standard spells these two relationships differently.
    properties = _texts(container, ("custom-properties", "customProperties"), " property")
    return properties, _texts(container, ("extended-properties", "extendedProperties"), " Application").get("", "")


_STRINGS = pattern(
    rb'(?:<\?xml version="1.0" encoding="UTF-8"(?: standalone="yes")?\?>\s*)?'
    rb'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    rb'(?: (?:count|uniqueCount)="[0-9]+")*>'
)


def _texts(container: Container, kinds: tuple[str, str], wanted: str) -> dict[str, str]:
    """The text inside each of the wanted elements of a part, by its `name` attribute."""
    found: dict[str, str] = {}
    part = container.related("", kinds[0]) or container.related("", kinds[1])
    if part is None or not container.has(part):  # named but left out by some writers; nothing of the report is lost
        return found
    data = container.xml(part)
    known = _PROPERTIES.get(data)
    if known is not None:
        return dict(known)
    name = ""
    pieces: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal name
        if tag.endswith(wanted):
            name = attributes.get("name", "")
            pieces.clear()

    def end(tag: str) -> None:
        if tag.endswith(wanted):
            found[name] = decoded("".join(pieces).strip())

    container.parse(part, start, end, pieces.append, data=data)
    return dict(_PROPERTIES.keep(data, found))


_PROPERTIES: Memo[dict[str, str]] = Memo()


def _read_styles(container: Container, part: str | None) -> tuple[frozenset[int], dict[int, str]]:
    """The cell styles whose number format shows a date or a time, and those that show another number.

    Forms of one issue share their styles.
    """
    if part is None:
        return frozenset(), {}
    data = container.xml(part)
    known = _STYLES.get(data)
    return _STYLES.keep(data, _style_kinds(container, part)) if known is None else known


_STYLES: Memo[tuple[frozenset[int], dict[int, str]]] = Memo()


def _style_kinds(container: Container, part: str) -> tuple[frozenset[int], dict[int, str]]:
    formats: dict[str, str] = {}
    styles: list[str] = []
    written: list[str] = []  # the font of each style
    fonts = 0
    struck: set[str] = set()
    section = ""

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal section, fonts
        if tag == "x:xf" and section == "x:cellXfs":
            styles.append(attributes.get("numFmtId", "0"))
            written.append(attributes.get("fontId", "0"))
        elif tag == "x:numFmt" and section == "x:numFmts":
            formats[attributes["numFmtId"]] = attributes["formatCode"]
        elif tag in {"x:numFmts", "x:cellXfs", "x:fonts"}:
            section = tag
        elif tag == "x:font" and section == "x:fonts":
            fonts += 1
        elif tag == "x:strike" and section == "x:fonts" and is_patch(tag, attributes):
            struck.add(str(fonts - 1))

    def end(tag: str) -> None:
        nonlocal section
        if tag == section:
            section = ""

    container.parse(part, start, end, names=NAMES)
    numbers = {number for number in styles if number.isdecimal() and len(number) < 10}
    dates = {number for number in numbers if is_date_format(int(number), formats.get(number))}
    odd = {number: shown_as(int(number), formats.get(number)) for number in numbers - dates}
    return (
        frozenset(style for style, number in enumerate(styles) if number in dates),
        {style: odd[number] for style, number in enumerate(styles) if odd.get(number)}
        | {style: "struck" for style, font in enumerate(written) if font in struck},
    )
