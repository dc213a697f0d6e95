"""One worksheet of .xlsx, cell by cell, exactly as stored. Does not know the other sheets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from xlreport.workbook.address import LAST_COL, LAST_ROW, Range, cell_name, column_letters, parse_range, split_address
from xlreport.workbook.container import Container, Unreadable
from xlreport.workbook.memo import Memo
from xlreport.workbook.sheet import CELLS, CellKind, Doubled, Patched, RawCell, Sheet, Visibility, decoded

_ALIKE = 5_000  # different cells remembered to meet their like; in a register of 100,000 no two are alike
TRANSITIONAL = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"


_LOCAL = (
    "worksheet sheetData row c v f t rPh r strike vertAlign col mergeCell dataValidation "
    "workbook workbookPr sheet definedName si numFmts numFmt fonts font cellXfs xf"
)
# What Container.parse calls the elements of both namespaces. The colon keeps them apart from elements of no namespace;
# all others keep their long names. So nothing is mistaken for ours, whatever the prefixes.
NAMES = {f"{space} {local}": f"x:{local}" for space in (TRANSITIONAL, STRICT) for local in _LOCAL.split()}
TRUE = frozenset({"1", "true"})


def read_sheet(
    container: Container, part: str, name: str, tab: int, state: Visibility, strings: Mapping[str, str], room: int
) -> Sheet:
    """One pass over a worksheet. The declared dimension is not looked at: it is often wrong and may be huge.

    `room` is how many cells the workbook may still have. One closure over local names, long as it is: at 4 µs a cell,
    a method call more per element would be felt.
    """
    data = container.xml(part)
    quick = _quick_rows(data, strings, room)
    deepest = container.limits.depth
    cells: dict[tuple[int, int], RawCell] = {}
    merges: list[Range] = []
    validated: list[Range] = []
    hidden_rows: set[int] = set()
    if quick is not None:
        data, cells, hidden_rows = quick
        known = _FRAMES.get(data)
        if known is not None and len(cells) <= room:
            return Sheet(name, part, tab, state, cells, known[0], frozenset(hidden_rows), *known[1:])
    hidden_columns: list[tuple[int, int]] = []
    columns: dict[str, int] = {}  # letters already worked out
    alike: dict[tuple[str | None, str | None, str], RawCell] = {}  # most cells of a form look like another one
    rooted = framed = shared = False
    depth = spoken = 0
    row = col = -1
    row_text, letters_end = "", 0
    about: dict[str, str] = {}  # the open cell's attributes
    pieces: list[str] = []  # of the text met since it was last cleared; joined once, however many there are
    runs: list[str] = []  # of the open cell's inline text
    kept: list[str] = []  # those that are neither struck out nor raised
    patched = False  # the open run is
    doubled = within = False  # the open cell has its content twice; a value is open
    value: str | None = None
    formula: str | None = None

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth, rooted, framed, spoken, row, col, row_text, letters_end, about, value, formula, shared, patched
        nonlocal doubled, within
        depth += 1
        if depth > deepest:
            raise Unreadable("too-deep", what="depth", limit=deepest, part=part)
        if tag == "x:c":
            about = attributes
            value = formula = None
            doubled = within = False
        elif tag == "x:v" or tag == "x:t":  # noqa: PLR1714 - dearer as a set
            pieces.clear()
            within = True
        elif tag == "x:f":
            pieces.clear()
            shared = attributes.get("t") == "shared"
        elif tag == "x:row":
            row_text = attributes.get("r", "")
            row, col = int(row_text) - 1 if row_text else row + 1, -1
            letters_end = -len(row_text)
            if len(cells) > room:
                raise Unreadable("too-big", what="cells", limit=CELLS, sheet=name)
            if attributes.get("hidden") in TRUE or attributes.get("ht") == "0":
                hidden_rows.add(row)
        elif tag == "x:rPh":
            spoken += 1
        elif tag == "x:mergeCell":
            merges.append(_rectangle(attributes["ref"]))
        elif tag == "x:dataValidation":
            validated.extend(_rectangle(text) for text in attributes.get("sqref", "").split())
        elif tag.endswith("/2009/9/main dataValidation"):
            validated.append(_EVERYWHERE)  # Excel's own extension says where only further inside
        elif tag == "x:col":
            if attributes.get("hidden") in TRUE or attributes.get("width") == "0":
                hidden_columns.append((int(attributes["min"]) - 1, int(attributes["max"]) - 1))
        elif tag == "x:sheetData":
            framed = framed or depth == 2
        elif tag == "x:worksheet":
            rooted = depth == 1
        elif tag == "x:r":
            patched = False
        elif is_patch(tag, attributes):
            patched = True
        elif within or tag.endswith(" AlternateContent"):
            doubled = True

    def end(tag: str) -> None:
        nonlocal depth, spoken, row, col, value, formula, patched, doubled, within
        depth -= 1
        if tag == "x:v":
            doubled, within = doubled or value is not None, False
            value = "".join(pieces)
        elif tag == "x:c":
            if runs:
                value = "".join(runs) if len(kept) == len(runs) else Patched.of("".join(runs), "".join(kept))
                runs.clear()
                kept.clear()
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
            elif type(value) is Patched:
                cell = RawCell(_TEXT, value, None, int(about.get("s", 0)))
            else:
                key = about.get("t"), about.get("s"), value
                known_cell = alike.get(key)
                if known_cell is None:
                    kind, found = _content(key[0], value, strings)
                    if kind is _BLANK:
                        return
                    known_cell = RawCell(kind, found, None, int(key[1] or 0), False)
                    if len(alike) < _ALIKE:
                        alike[key] = known_cell
                cell = known_cell
            if col > LAST_COL or own_row > LAST_ROW:
                raise Unreadable("out-of-grid", sheet=name, cell=cell_name(own_row, col))
            if doubled:
                cell = cell._replace(kind=_TEXT, text=Doubled(cell.text))
            elif (own_row, col) in cells and cells[own_row, col] != cell:
                both = f"{cells[own_row, col].text} / {cell.text}"
                cell = cell._replace(kind=_TEXT, text=Doubled(both))
            cells[own_row, col] = cell
        elif tag == "x:f":
            formula = "".join(pieces).removeprefix("=")
        elif tag == "x:t":
            within = False
            if not spoken:
                runs.append("".join(pieces))
                if not patched:
                    kept.append(runs[-1])
        elif tag == "x:r":
            patched = False
        elif tag == "x:rPh":
            spoken -= 1

    container.parse(part, start, end, pieces.append, names=NAMES, counted=False, data=data)
    if not rooted:
        raise Unreadable("namespace", part=part)
    if len(cells) > room:
        raise Unreadable("too-big", what="cells", limit=CELLS, sheet=name)
    if not framed:  # rows somewhere else or, as it turns out, of another namespace
        cells, hidden_rows = {}, set()
    elif quick is not None:
        _FRAMES.keep(data, (tuple(merges), tuple(hidden_columns), tuple(validated)))
    found = tuple(merges), frozenset(hidden_rows), tuple(hidden_columns), tuple(validated)
    return Sheet(name, part, tab, state, cells, *found)


def is_patch(tag: str, attributes: Mapping[str, str]) -> bool:
    """Whether an element of a run's format strikes it out, raises or lowers it."""
    if tag == "x:strike":
        return attributes.get("val", "1") in TRUE
    return tag == "x:vertAlign" and attributes.get("val") in {"superscript", "subscript"}


_FRAMES: Memo[tuple[tuple[Range, ...], tuple[tuple[int, int], ...], tuple[Range, ...]]] = Memo()
"""Merged cells and hidden columns by what is left of a sheet's XML without its cells."""


PLAIN = r"[^<&]*+(?:&(?:lt|gt|amp|quot|apos);[^<&]*+)*+"
_ODD = bytes((*range(9), *range(0x0B, 0x20)))


def only_text(data: bytes) -> bool:
    r"""Whether XML is without the characters that it forbids, and without \r, which it turns into \n."""
    return data == data.translate(None, _ODD) and b"\xef\xbf\xbe" not in data and b"\xef\xbf\xbf" not in data


_QUICK_NAME = r'<c r="([A-Z]{1,3})([1-9][0-9]*)"(?: s="([0-9]+)")?(?: t="(s|n|b|e|str)")? ?'
_QUICK_INSIDE = (
    rf'>(?:<f(?: t="(shared)"(?: ref="[A-Z0-9:]+")? si="[0-9]+")? ?(/>|>{PLAIN}</f>))?(<v ?/>|<v>{PLAIN}</v>)?</c>'
)
_QUICK_CELL = f"{_QUICK_NAME}(?:/>|{_QUICK_INSIDE})"
_QUICK_ROW = (
    r'<row r="([1-9][0-9]{0,6})"((?: (?!xmlns|r=)[A-Za-z0-9]+(?::[A-Za-z]+)?="[^"<&]*")*+) ?'
    rf"(?:/>|>((?:{_QUICK_CELL})*+)</row>)"
)


@cache
def _quick_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A row, and a cell inside one that is not empty; compiled at first use, because that takes 2 ms."""
    return re.compile(_QUICK_ROW), re.compile(_QUICK_NAME + _QUICK_INSIDE)


_HIDDEN = re.compile(' (?:hidden="(?:1|true)"|ht="0")').search
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))


def _quick_rows(
    data: bytes, strings: Mapping[str, str], room: int
) -> tuple[bytes, dict[tuple[int, int], RawCell], set[int]] | None:
    """The sheet's XML without its cells, the cells and the hidden rows; None unless all rows are written plainly.

    Most programs write rows in one plain way, which a pattern reads in two thirds to three quarters of expat's time.
    Every character of every row must fit; one that does not, and expat reads the whole.
    """
    start = data.find(b"<sheetData>") + 11
    end = data.find(b"</sheetData>")
    # Nothing that could make the rows something other than rows: comments, CDATA, instructions.
    if not 10 < start <= end or data.count(b"sheetData") != 2 or b"<!" in data or data.count(b"<?") > 1:
        return None
    try:
        body = data[start:end].decode()
    except UnicodeDecodeError:
        return None
    if "]]>" in body or not only_text(data[start:end]):  # XML forbids them in text
        return None
    frame: list[str] = []  # of rows alike but for their number the first, without cells: expat judges attributes
    kinds: dict[str, bool] = {}  # a row's other attributes -> whether they hide it
    cells: dict[tuple[int, int], RawCell] = {}
    hidden: set[int] = set()
    columns: dict[str, int] = {}
    alike: dict[tuple[str, str, str], RawCell] = {}
    row_pattern, cell_pattern = _quick_patterns()
    at, above = 0, -1
    while at < len(body):
        match = row_pattern.match(body, at)
        if match is None:
            return None
        at = match.end()
        number, attributes, inner = match[1], match[2], match[3]
        row = int(number) - 1
        if len(cells) > room:
            raise Unreadable("too-big", what="cells", limit=CELLS)
        if row > LAST_ROW or row <= above:  # expat will come to the same end and tell it, as it will a row met twice
            return None
        above, before = row, len(cells)
        hides = kinds.get(attributes)
        if hides is None:
            hides = kinds[attributes] = _HIDDEN(attributes) is not None
            frame.append(f'<row r="{number}"{attributes}/>')
        if hides:
            hidden.add(row)
        found_cells = cell_pattern.findall(inner or "")
        for letters, digits, style, declared, shared, expression, value in found_cells:
            col = columns.get(letters)
            if col is None:
                col = columns[letters] = split_address(letters + "1")[1]
                if col > LAST_COL:
                    return None
            if digits != number:
                return None
            if expression:
                written, formula = value[3:-4], expression[1:-4]
                if "&" in written:
                    written = unescaped(written)
                if "&" in formula:
                    formula = unescaped(formula)
                formula = formula.removeprefix("=")
                kind, found = _content(declared, written, strings) if value else (_BLANK, "")
                cells[row, col] = RawCell(kind, found, formula, int(style or 0), bool(shared) and not formula)
            elif value:
                cell = alike.get((declared, style, value))
                if cell is None:
                    kind, found = _content(declared, unescaped(value[3:-4]), strings)
                    if kind is _BLANK:
                        continue
                    cell = RawCell(kind, found, None, int(style or 0), False)
                    if len(alike) < _ALIKE:
                        alike[declared, style, value] = cell
                cells[row, col] = cell
        if len(cells) - before != len(found_cells) and len({one[0] for one in found_cells}) != len(found_cells):
            return None  # a cell met twice
    return b"".join([data[:start], "".join(frame).encode(), data[end:]]), cells, hidden


def unescaped(text: str) -> str:
    """Text with the five entities undone that XML has of itself."""
    if "&" in text:
        for entity, character in _ENTITIES:
            text = text.replace(entity, character)
    return text


_FIGURES = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?").fullmatch
# Looked up once: in Python 3.11 a member costs three times as much asked of its class.
_BLANK, _NUMBER, _TEXT, _BOOL, _ERROR = CellKind


def _content(declared: str | None, written: str, strings: Mapping[str, str]) -> tuple[CellKind, str]:
    """What a cell holds, from the type it declares and what stands between its tags."""
    if not declared or declared == "n":
        if (written.isdigit() and written.isascii()) or _FIGURES(written):  # nine in ten are plain digits
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


_EVERYWHERE = Range(0, 0, LAST_ROW, LAST_COL)


def _rectangle(reference: str) -> Range:
    found = parse_range(reference)
    if found is None:
        raise ValueError(f"no range: {reference[:40]!r}")
    return found[1]
