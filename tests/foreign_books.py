"""Workbooks in other formats, written by hand record by record: as small or as odd as a test wants them.

Each writer takes the same sheets; a cell is a number, a text, a truth, an `Error`, a `Day` or a `Formula` of one.
"""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from xlreport.workbook.book import Book, CellKind
from xlreport.workbook.xls import ERRORS, number_text

CODES = {text: code for code, text in ERRORS.items()}
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@dataclass(frozen=True)
class Error:
    text: str


@dataclass(frozen=True)
class Day:
    """A number shown as a date."""

    serial: float


@dataclass(frozen=True)
class Struck:
    """A value in a font that strikes it out."""

    value: object


@dataclass(frozen=True)
class Formula:
    """A formula by what it last found, and in .ods by the sheet that it names."""

    result: object
    naming: str = ""


@dataclass(frozen=True)
class Tab:
    """A sheet to be written."""

    name: str
    cells: Mapping[tuple[int, int], object]
    hidden: bool = False
    hidden_rows: Sequence[int] = ()
    merges: Sequence[tuple[int, int, int, int]] = ()


def tabs_of(book: Book) -> list[Tab]:
    """What a workbook holds, to be written in another format."""

    def value(cell):
        match cell.kind:
            case CellKind.NUMBER:
                found = Day(float(cell.text)) if book.is_date(cell.style) else float(cell.text)
            case CellKind.BOOL:
                found = cell.text == "TRUE"
            case CellKind.ERROR:
                found = Error(cell.text)
            case _:
                found = cell.text
        return found if cell.formula is None else Formula(found)

    return [
        Tab(
            s.name,
            {at: value(cell) for at, cell in sorted(s.cells.items())},
            s.visible.value != "visible",
            sorted(s.hidden_rows),
            s.merges,
        )
        for s in book.sheets
    ]


def areas_of(book: Book) -> dict[str, tuple[int, int, int, int, int]]:
    """The names of ranges: number of the sheet, first row, first column, last row, last column."""
    from xlreport.workbook.book import parse_range

    order = [s.name for s in book.sheets]
    found = {name: parse_range(text) for name, text in book.names.items()}
    return {name: (order.index(target[0]), *target[1]) for name, target in found.items() if target}


# --- .xls


def record(kind: int, content: bytes = b"") -> bytes:
    """A record; what is longer than one may be goes on in others."""
    pieces = [content[at : at + 8224] for at in range(0, len(content), 8224)] or [b""]
    kinds = [kind] + [0x3C] * len(pieces)
    return b"".join(struct.pack("<HH", k, len(piece)) + piece for k, piece in zip(kinds, pieces, strict=False))


def wide(text: str, size: str = "<H") -> bytes:
    units = text.encode("utf-16-le")
    return struct.pack(size, len(units) // 2) + b"\1" + units


def narrow(text: str, encoding: str, size: str = "<H") -> bytes:
    units = text.encode(encoding)
    return struct.pack(size, len(units)) + units


def shared_strings(texts: Sequence[str], room: int = 8224) -> bytes:
    """The SST record cut as Excel cuts it: a text goes on in the next record behind a byte that says how wide it is."""
    pieces, piece = [], bytearray(struct.pack("<II", len(texts), len(texts)))
    for text in texts:
        old, stroke, kept = text.partition("|")  # of one like `15|12` what is before the stroke is struck out
        runs = struct.pack("<4H", 0, 5, len(old), 0) if stroke else b""
        text = old + kept
        head = struct.pack("<HB", len(text.encode("utf-16-le")) // 2, 9 if runs else 1)
        head += struct.pack("<H", 2) if runs else b""
        if len(piece) + len(head) + 2 > room:
            pieces.append(bytes(piece))
            piece = bytearray()
        piece += head
        units = text.encode("utf-16-le")
        while units:
            here = (room - len(piece)) // 2 * 2
            piece += units[:here]
            units = units[here:]
            if units:
                pieces.append(bytes(piece))
                piece = bytearray(b"\1")
        piece += runs
    pieces.append(bytes(piece))
    kinds = [0xFC] + [0x3C] * (len(pieces) - 1)
    return b"".join(struct.pack("<HH", k, len(p)) + p for k, p in zip(kinds, pieces, strict=True))


def xls(
    tabs: Sequence[Tab],
    areas: Mapping[str, tuple[int, int, int, int, int]] | None = None,
    *,
    old: bool = False,
    room: int = 8224,
    date1904: bool = False,
    more: bytes = b"",
) -> bytes:
    """The bare stream of an .xls; `old` as Excel 95 wrote it, in GBK. `more` are further records of the last sheet."""
    version = 0x500 if old else 0x600
    start = record(0x809, struct.pack("<HHHH", version, 5, 0, 0) + (b"" if old else bytes(8)))
    head = record(0x42, struct.pack("<H", 936 if old else 1200)) + record(0x22, struct.pack("<H", date1904))
    for struck in (False, False, False, False, True):  # the fonts 0 to 3 and 5; there is no fourth
        head += record(0x31, struct.pack("<HHHHH", 220, 8 * struck, 0, 400, 0) + bytes(6))
    for font, number in ((0, 0), (0, 14), (5, 0)):  # the styles 0, 1 and 2
        head += record(0xE0, struct.pack("<HH", font, number) + bytes(12 if old else 16))
    texts: list[str] = []
    bodies = [_xls_sheet(tab, texts, version) for tab in tabs]
    bodies[-1] = bodies[-1][:-4] + more + bodies[-1][-4:]
    tail = b""
    if not old:
        tail = record(0x1AE, struct.pack("<HH", len(tabs), 0x401))
        tail += record(
            0x17, struct.pack("<H", len(tabs)) + b"".join(struct.pack("<3H", 0, i, i) for i in range(len(tabs)))
        )
        for name, (tab, row, col, last_row, last_col) in (areas or {}).items():
            expression = struct.pack("<B5H", 0x3B, tab, row, last_row, col, last_col)
            title = name.encode("latin-1")
            tail += record(
                0x18,
                struct.pack("<HBBHHH", 0, 0, len(title), len(expression), 0, 0) + bytes(4) + b"\0" + title + expression,
            )
        tail += shared_strings(texts, room)
    tail += record(0x0A)
    names = [narrow(t.name, "gbk", "<B") if old else wide(t.name, "<B") for t in tabs]
    at = len(start) + len(head) + sum(4 + 6 + len(name) for name in names) + len(tail)
    sheets = b""
    for tab, name, body in zip(tabs, names, bodies, strict=True):
        sheets += record(0x85, struct.pack("<IBB", at, tab.hidden, 0) + name)
        at += len(body)
    return start + head + sheets + tail + b"".join(bodies)


def _xls_sheet(tab: Tab, texts: list[str], version: int) -> bytes:
    body = [record(0x809, struct.pack("<HHHH", version, 0x10, 0, 0) + (b"" if version == 0x500 else bytes(8)))]
    body += [record(0x208, struct.pack("<HHHHHHHH", row, 0, 1, 255, 0, 0, 0x20, 0)) for row in tab.hidden_rows]
    body += [_xls_cell(row, col, value, texts, version) for (row, col), value in tab.cells.items()]
    for top, left, bottom, right in tab.merges:
        body.append(record(0xE5, struct.pack("<5H", 1, top, bottom, left, right)))
    return b"".join([*body, record(0x0A)])


def _xls_cell(row: int, col: int, value: object, texts: list[str], version: int) -> bytes:
    at = struct.pack("<HHH", row, col, 2 if isinstance(value, Struck) else int(isinstance(value, Day)))
    value = value.value if isinstance(value, Struck) else value
    match value:
        case Formula(result=bool(result)):
            return record(6, at + struct.pack("<BBBBHH", 1, 0, result, 0, 0, 0xFFFF) + bytes(8))
        case Formula(result=Error(text=text)):
            return record(6, at + struct.pack("<BBBBHH", 2, 0, CODES[text], 0, 0, 0xFFFF) + bytes(8))
        case Formula(result=""):
            return record(6, at + struct.pack("<BBHHH", 3, 0, 0, 0, 0xFFFF) + bytes(8))
        case Formula(result=str(text)):
            result = narrow(text, "gbk") if version == 0x500 else wide(text)
            shared = record(0x4BC, bytes(10))  # may stand between a formula and its text
            return record(6, at + struct.pack("<BBHHH", 0, 0, 0, 0, 0xFFFF) + bytes(8)) + shared + record(0x207, result)
        case Formula(result=number):
            number = number.serial if isinstance(number, Day) else number
            return record(6, at + struct.pack("<d", number) + bytes(8))
        case bool():
            return record(0x205, at + struct.pack("<BB", value, 0))
        case Error(text=text):
            return record(0x205, at + struct.pack("<BB", CODES[text], 1))
        case Day(serial=number) | (float(number) | int(number)):
            if number == int(number) and abs(number) < 1 << 28:
                return record(0x27E, at + struct.pack("<i", int(number) << 2 | 2))
            return record(0x203, at + struct.pack("<d", number))
        case str() if version == 0x500:
            return record(0x204, at + narrow(value, "gbk"))
        case str():
            texts.append(value)
            return record(0xFD, at + struct.pack("<I", len(texts) - 1))
    raise TypeError(value)


def compound(streams: Mapping[str, bytes]) -> bytes:
    """An OLE compound file. Streams below 4096 bytes go where small ones go."""
    small, big, starts = b"", [], {}
    for name, content in streams.items():
        if len(content) < 4096:
            starts[name] = len(small) // 64
            small += content.ljust(-(-len(content) // 64) * 64, b"\0")
        else:
            big.append(name)
    sectors: list[bytes] = []
    table: list[int] = []

    def put(content: bytes) -> int:
        first = len(sectors)
        pieces = [content[at : at + 512].ljust(512, b"\0") for at in range(0, len(content), 512)]
        sectors.extend(pieces)
        table.extend(range(first + 1, first + len(pieces)))
        table.append(0xFFFFFFFE)
        return first

    for name in big:
        starts[name] = put(streams[name])
    mini_start = put(small) if small else 0xFFFFFFFE
    chain: list[int] = []
    for content in streams.values():
        if len(content) < 4096:
            count = max(-(-len(content) // 64), 1)
            chain += [*range(len(chain) + 1, len(chain) + count), 0xFFFFFFFE]
    mini_table = put(struct.pack(f"<{len(chain)}I", *chain).ljust(512, b"\xff")) if chain else 0xFFFFFFFE
    entries = [_directory_entry("Root Entry", 5, 1 if streams else 0xFFFFFFFF, mini_start, len(small))]
    names = list(streams)
    for place, name in enumerate(names, 1):
        right = place + 1 if place < len(names) else 0xFFFFFFFF
        entries.append(_directory_entry(name, 2, 0xFFFFFFFF, starts[name], len(streams[name]), right))
    directory = put(b"".join(entries))
    count = -(-(len(table) + 2) // 127)
    first = len(sectors)
    table += [0xFFFFFFFD] * count
    packed = struct.pack(f"<{len(table)}I", *table).ljust(count * 512, b"\xff")
    sectors += [packed[at : at + 512] for at in range(0, len(packed), 512)]
    listed = [*range(first, first + count)]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<9I", 0, count, directory, 0, 4096, mini_table, int(bool(chain)), 0xFFFFFFFE, 0)
    header += struct.pack("<109I", *listed, *[0xFFFFFFFF] * (109 - count))
    return header + b"".join(sectors)


def _directory_entry(name: str, kind: int, child: int, start: int, size: int, right: int = 0xFFFFFFFF) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    head = text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, 0xFFFFFFFF, right, child)
    return head + bytes(36) + struct.pack("<III", start, size, 0)


# --- .ods

_ODF = "urn:oasis:names:tc:opendocument:xmlns:"
_SPACES = "".join(
    f' xmlns:{p}="{_ODF}{n}:1.0"'
    for p, n in (("office", "office"), ("table", "table"), ("text", "text"), ("style", "style"))
)
_CALCEXT = ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'


def ods_of(content: str, looks: str = "", **more: bytes) -> bytes:
    """A package around the content of <office:spreadsheet>; `looks` are further styles."""
    styles = (
        '<office:automatic-styles><style:style style:name="hide" style:family="table">'
        f'<style:table-properties table:display="false"/></style:style>{looks}</office:automatic-styles>'
    )
    xml = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{_SPACES}{_CALCEXT}>{styles}'
        f"<office:body><office:spreadsheet>{content}</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" '
        f'manifest:version="1.3"><manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    parts = {"mimetype": kind.encode(), "content.xml": xml.encode(), "META-INF/manifest.xml": manifest.encode()}
    return zipped({**parts, **more})


def ods(tabs: Sequence[Tab], areas: Mapping[str, tuple[int, int, int, int, int]] | None = None) -> bytes:
    """An OpenDocument spreadsheet as LibreOffice writes it, runs of empty cells and rows counted."""
    content = "".join(_ods_sheet(tab) for tab in tabs)
    names = ""
    for name, (tab, row, col, last_row, last_col) in (areas or {}).items():
        sheet = "$'" + tabs[tab].name.replace("'", "''") + "'"
        target = f"{sheet}.${_letters(col)}${row + 1}:.${_letters(last_col)}${last_row + 1}"
        names += f"<table:named-range table:name={quoteattr(name)} table:cell-range-address={quoteattr(target)}/>"
    return ods_of(content + f"<table:named-expressions>{names}</table:named-expressions>")


def _letters(col: int) -> str:
    from xlreport.workbook.book import column_letters

    return column_letters(col)


def _ods_sheet(tab: Tab) -> str:
    merged = {(top, left): (bottom - top + 1, right - left + 1) for top, left, bottom, right in tab.merges}
    rows: dict[int, dict[int, object]] = {}
    for (row, col), value in tab.cells.items():
        rows.setdefault(row, {})[col] = value
    for row in tab.hidden_rows:
        rows.setdefault(row, {})
    for top, left in merged:
        rows.setdefault(top, {}).setdefault(left, None)
    body, done = "", 0
    for row in sorted(rows):
        if row > done:
            body += f'<table:table-row table:number-rows-repeated="{row - done}"><table:table-cell/></table:table-row>'
        line, at = "", 0
        for col, value in sorted(rows[row].items()):
            if col > at:
                line += f'<table:table-cell table:number-columns-repeated="{col - at}"/>'
            line += _ods_cell(value, merged.get((row, col)))
            at = col + 1
        hide = ' table:visibility="collapse"' if row in tab.hidden_rows else ""
        body += f"<table:table-row{hide}>{line}</table:table-row>"
        done = row + 1
    style = ' table:style-name="hide"' if tab.hidden else ""
    return f"<table:table table:name={quoteattr(tab.name)}{style}>{body}</table:table>"


def _ods_cell(value: object, span: tuple[int, int] | None) -> str:
    about = ""
    if span:
        about += f' table:number-rows-spanned="{span[0]}" table:number-columns-spanned="{span[1]}"'
    if isinstance(value, Formula):
        says = f"of:=[$'{value.naming}'.B2]" if value.naming else "of:=1"
        about += f" table:formula={quoteattr(says)}"
        value = value.result
    match value:
        case None:
            return f"<table:table-cell{about}/>"
        case bool():
            about += f' office:value-type="boolean" office:boolean-value="{str(value).lower()}"'
            shown = str(value).upper()
        case Error(text=shown):
            about += ' office:value-type="string" office:string-value="" calcext:value-type="error"'
        case Day(serial=serial):
            moment = dt.datetime(1899, 12, 30) + dt.timedelta(serial)  # noqa: DTZ001
            text = moment.date().isoformat() if serial == int(serial) else moment.isoformat()
            about += f' office:value-type="date" office:date-value="{text}"'
            shown = text
        case int() | float():
            shown = f"{value:.15g}"
            about += f' office:value-type="float" office:value="{number_text(float(value))}"'
        case str():
            about += ' office:value-type="string"'
            lines = "".join(f"<text:p>{_spaced(line)}</text:p>" for line in value.split("\n"))
            return f"<table:table-cell{about}>{lines}</table:table-cell>"
        case _:
            raise TypeError(value)
    return f"<table:table-cell{about}><text:p>{escape(shown)}</text:p></table:table-cell>"


def _spaced(text: str) -> str:
    """Spaces at the ends and runs of them are elements of their own."""
    return escape(text).replace("  ", ' <text:s text:c="1"/>')


# --- .xlsb


def brt(kind: int, content: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, length = len(content), b""
    while True:
        length += bytes([size & 0x7F | (0x80 if size > 127 else 0)])
        size >>= 7
        if not size:
            return head + length + content


def long(text: str) -> bytes:
    units = text.encode("utf-16-le")
    return struct.pack("<I", len(units) // 2) + units


def xlsb(tabs: Sequence[Tab], areas: Mapping[str, tuple[int, int, int, int, int]] | None = None) -> bytes:
    """A binary package with all that Excel needs of one."""
    main = brt(131) + brt(153, bytes(8) + long("")) + brt(143)
    for number, tab in enumerate(tabs, 1):
        main += brt(156, struct.pack("<II", tab.hidden, number) + long(f"rId{number}") + long(tab.name))
    main += brt(144) + brt(353) + brt(357)
    links = b"".join(struct.pack("<Iii", 0, i, i) for i in range(len(tabs)))
    main += brt(362, struct.pack("<I", len(tabs)) + links) + brt(354)
    for name, (tab, row, col, last_row, last_col) in (areas or {}).items():
        expression = struct.pack("<BHIIHH", 0x3B, tab, row, last_row, col, last_col)
        formula = struct.pack("<I", len(expression)) + expression + struct.pack("<I", 0)
        main += brt(39, struct.pack("<IBI", 0, 0, 0xFFFFFFFF) + long(name) + formula + long(""))
    main += brt(132)
    texts: list[str] = []
    parts = {f"xl/worksheets/sheet{n}.bin": _xlsb_sheet(tab, texts) for n, tab in enumerate(tabs, 1)}
    strings = brt(159, struct.pack("<II", len(texts), len(texts)))
    strings += b"".join(brt(19, _xlsb_text(text)) for text in texts) + brt(160)
    style = struct.pack("<HHHHHBBHH", 0, 0, 0, 0, 0, 0, 0, 0, 0)
    fonts = [struct.pack("<HHHHBBBB", 220, 8 * struck, 400, 0, 0, 0, 0, 0) + bytes(9) for struck in (False, True)]
    styles = brt(278) + brt(611, struct.pack("<I", 2)) + b"".join(brt(43, font) for font in fonts) + brt(612)
    styles += brt(617, struct.pack("<I", 2)) + brt(47, style) + brt(47, style[:2] + b"\x0e\0" + style[4:])
    styles += brt(47, style[:4] + b"\1\0" + style[6:]) + brt(618) + brt(279)  # style 2 strikes out
    arrows = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.bin"/>'
        for n in range(1, len(tabs) + 1)
    )
    for kind in ("sharedStrings", "styles"):
        arrows += f'<Relationship Id="{kind}" Type="{OFFICE}/{kind}" Target="{kind}.bin"/>'
    kinds = "application/vnd.ms-excel."
    override = f'<Override PartName="/xl/workbook.bin" ContentType="{kinds}sheet.binary.macroEnabled.main"/>'
    override += "".join(f'<Override PartName="/{name}" ContentType="{kinds}worksheet"/>' for name in parts)
    override += f'<Override PartName="/xl/sharedStrings.bin" ContentType="{kinds}sharedStrings"/>'
    override += f'<Override PartName="/xl/styles.bin" ContentType="{kinds}styles"/>'
    return zipped({
        "[Content_Types].xml": (
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
            f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{override}</Types>'
        ).encode(),
        "_rels/.rels": (
            f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" '
            'Target="xl/workbook.bin"/></Relationships>'
        ).encode(),
        "xl/workbook.bin": main,
        "xl/_rels/workbook.bin.rels": f'<Relationships xmlns="{PACKAGE}">{arrows}</Relationships>'.encode(),
        "xl/sharedStrings.bin": strings,
        "xl/styles.bin": styles,
        **parts,
    })  # fmt: skip


def _xlsb_text(text: str) -> bytes:
    """A text; of one like `15|12` the characters before the stroke are struck out."""
    old, stroke, kept = text.partition("|")
    if not stroke:
        return b"\0" + long(text)
    return b"\1" + long(old + kept) + struct.pack("<IHHHH", 2, 0, 1, len(old), 0)


def _xlsb_sheet(tab: Tab, texts: list[str]) -> bytes:
    rows: dict[int, dict[int, object]] = {row: {} for row in tab.hidden_rows}
    for (row, col), value in tab.cells.items():
        rows.setdefault(row, {})[col] = value
    body = brt(129)
    corners = list(tab.cells) or [(0, 0)]
    last = max(r for r, _ in corners), max(c for _, c in corners)
    body += brt(148, struct.pack("<4I", 0, last[0], 0, last[1])) + brt(145)
    for row in sorted(rows):
        flags = 0x10 if row in tab.hidden_rows else 0
        body += brt(0, struct.pack("<IIHBBBI", row, 0, 300, 0, flags, 0, 0))
        body += b"".join(_xlsb_cell(col, value, texts) for col, value in sorted(rows[row].items()))
    body += brt(146)
    if tab.merges:
        body += brt(177, struct.pack("<I", len(tab.merges)))
        body += b"".join(
            brt(176, struct.pack("<4I", top, bottom, left, right)) for top, left, bottom, right in tab.merges
        )
        body += brt(178)
    return body + brt(130)


def _xlsb_cell(col: int, value: object, texts: list[str]) -> bytes:
    at = struct.pack("<II", col, 2 if isinstance(value, Struck) else int(isinstance(value, Day)))
    value = value.value if isinstance(value, Struck) else value
    formula = struct.pack("<HI", 0, 3) + b"\x1e\1\0" + struct.pack("<I", 0)
    match value:
        case Formula(result=bool(result)):
            return brt(10, at + struct.pack("<B", result) + formula)
        case Formula(result=Error(text=text)):
            return brt(11, at + struct.pack("<B", CODES[text]) + formula)
        case Formula(result=str(text)):
            return brt(8, at + long(text) + formula)
        case Formula(result=number):
            return brt(9, at + struct.pack("<d", number.serial if isinstance(number, Day) else number) + formula)
        case bool():
            return brt(4, at + struct.pack("<B", value))
        case Error(text=text):
            return brt(3, at + struct.pack("<B", CODES[text]))
        case Day(serial=number) | (float(number) | int(number)):
            if number == int(number) and abs(number) < 1 << 28:
                return brt(2, at + struct.pack("<i", int(number) << 2 | 2))
            return brt(5, at + struct.pack("<d", number))
        case str() if len(value) % 2:
            return brt(6, at + long(value))
        case str():
            texts.append(value)
            return brt(7, at + struct.pack("<I", len(texts) - 1))
    raise TypeError(value)


def zipped(parts: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return stream.getvalue()
