"""One workbook cast many times: everything as it is but for a few texts, packed once and copied for each unit.

The parts that hold a text that varies are cut at it; the pieces between are packed beforehand and meet again in the
unit's package with the text between them, as it is. For texts of the same lengths even that is done once: a cast then
costs a copy of the package, the texts put into it, and a checksum for each part they are in.
"""

from __future__ import annotations

import dataclasses
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from xlreport.form.evaluate import computed_items
from xlreport.form.layout import Cell, layout
from xlreport.form.model import Form
from xlreport.form.table import Item
from xlreport.record import NamedTuple
from xlreport.rules.formula import letters
from xlreport.rules.nodes import Number
from xlreport.workbook import panel as rows
from xlreport.workbook.checksum import Appended, appended, behind
from xlreport.workbook.container import Container
from xlreport.workbook.live import Live, Result, live_cells
from xlreport.workbook.package import Package
from xlreport.workbook.panel import panel
from xlreport.workbook.splice import escaped
from xlreport.workbook.tabs import Workbook
from xlreport.workbook.template import Issue, cover_values, footer_words, make

_BEGIN, _END = "\ue001", "\ue002"  # of the private use area: no form prints them
_HOLE = re.compile(f"{_BEGIN}([a-z_]+[0-9]*){_END}".encode())
_CELL = re.compile(rb'<c r="([A-Z]+[0-9]+)"((?: s="[0-9]+")?)(?: t="str")?>((?:<f>[^<]*</f>)?<v>)([^<]*)</v></c>')
_LOCAL, _CENTRAL, _FINISH = "<4s5H3I2H", "<4s6H3I5H2I", "<4s4H2IH"
_STORED_AT_ONCE = 65_535  # bytes of one uncompressed block
_BLOCK_HEAD = 5  # bytes before an uncompressed block
_LOCAL_CRC, _CENTRAL_CRC = 14, 16  # where the checksum stands in either header
_DAY = 0x21  # the first of January 1980, as in every entry of a fresh workbook


class _Piece(NamedTuple):
    """Bytes of a part between two holes, and the hole before them ("" for the first)."""

    hole: str
    size: int
    crc: int
    packed: bytes


class _Part(NamedTuple):
    """One entry of the package: whole where nothing varies, else in pieces."""

    name: bytes
    pieces: tuple[_Piece, ...]
    entry: bytes = b""  # local header and content
    central: tuple[int, int, int] = (0, 0, 0)  # checksum, packed size, size


class _Frame(NamedTuple):
    """A whole package for texts of certain lengths, with zeros for them."""

    package: bytes
    texts: tuple[tuple[int, int, str], ...]  # from, to, and which text stands there
    # Where a part's checksum stands, twice; what it is for zeros; what each text in the part does to it.
    checksums: tuple[tuple[int, int, int, tuple[tuple[str, Appended], ...]], ...]


def blanks(issue: Issue) -> Issue:
    """An issue with a hole wherever the unit's own words stand; a code or number that is missing stays missing."""
    return dataclasses.replace(
        issue,
        unit=_hole("unit"),
        unit_code=_hole("unit_code") if issue.unit_code else "",
        issue=_hole("issue") if issue.issue else "",
    )


def _hole(name: str) -> str:
    return f"{_BEGIN}{name}{_END}"


class Mould:
    """A workbook made for `blanks(…)`, ready to be cast."""

    def __init__(self, data: bytes, cells: Sequence[Cell] = ()) -> None:
        """`cells` hold another number, or show another result, in each cast."""
        self._frames: dict[tuple[int, ...], _Frame | None] = {}
        cut = _cut(data, cells) if cells else {}
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            self._parts = tuple(
                _part(entry.filename, cut.get(entry.filename) or package.read(entry)) for entry in package.infolist()
            )

    def cast(self, issue: Issue, results: Sequence[Result] = ()) -> bytes:
        """The workbook of one unit; `results` in the order of the mould's cells."""
        words = {name: escaped(text).encode() for name, text in _words(issue).items()}
        lengths = tuple(map(len, words.values()))
        if not results and max(lengths) <= _STORED_AT_ONCE:
            # A frame costs as much as some twenty casts: only what comes a second time is worth it.
            again = lengths in self._frames
            frame = self._frames.get(lengths) or (self._framed(words) if again else None)
            self._frames[lengths] = frame
            if frame is not None:
                return _put(frame, words)
        for n, result in enumerate(results):
            words[f"t{n}"] = b' t="str"' if isinstance(result, str) and result else b""
            words[f"v{n}"] = escaped(result).encode() if isinstance(result, str) else _digits(result)
        return self._package(words)

    def _package(self, words: Mapping[str, bytes]) -> bytes:
        body: list[bytes] = []
        directory: list[bytes] = []
        offset = 0
        for part in self._parts:
            entry, central = (part.entry, part.central) if not part.pieces else _filled(part, words)
            directory.append(_listed(part.name, central, offset))
            body.append(entry)
            offset += len(entry)
        listed = b"".join(directory)
        count = len(directory)
        finish = struct.pack(_FINISH, b"PK\x05\x06", 0, 0, count, count, len(listed), offset, 0)
        return b"".join((*body, listed, finish))

    def _framed(self, words: Mapping[str, bytes]) -> _Frame:
        """The package for words as long as these."""
        zeros = {name: bytes(len(text)) for name, text in words.items()}
        package = self._package(zeros)
        texts: list[tuple[int, int, str]] = []
        checksums: list[tuple[int, int, int, tuple[tuple[str, Appended], ...]]] = []
        at, listed = 0, int.from_bytes(package[-6:-2], "little")
        for part in self._parts:
            central = _filled(part, zeros)[1] if part.pieces else part.central
            begin = at
            at += struct.calcsize(_LOCAL) + len(part.name)
            rest, effects = central[2], []
            for piece in part.pieces:
                if zeros.get(piece.hole):
                    at += _BLOCK_HEAD
                    end = at + len(zeros[piece.hole])
                    rest -= end - at
                    texts.append((at, end, piece.hole))
                    effects.append((piece.hole, appended(rest)))
                    at = end
                at += len(piece.packed)
                rest -= piece.size
            if effects:
                checksums.append((begin + _LOCAL_CRC, listed + _CENTRAL_CRC, central[0], tuple(effects)))
            at = begin + struct.calcsize(_LOCAL) + len(part.name) + central[1]
            listed += struct.calcsize(_CENTRAL) + len(part.name)
        return _Frame(package, tuple(texts), tuple(checksums))


def _put(frame: _Frame, words: Mapping[str, bytes]) -> bytes:
    """The package with its texts. A checksum is linear: what a text adds to it for zeros only depends on the text."""
    made = bytearray(frame.package)
    for start, end, name in frame.texts:
        made[start:end] = words[name]
    effects = {name: zlib.crc32(text) ^ zlib.crc32(bytes(len(text))) for name, text in words.items()}
    for local, listed, crc, holes in frame.checksums:
        for name, tables in holes:
            crc ^= behind(tables, effects[name])
        made[local : local + 4] = made[listed : listed + 4] = crc.to_bytes(4, "little")
    return bytes(made)


class KnownMould:
    """A mould for units of which some items are known: their numbers, and every result that follows from them."""

    def __init__(self, form: Form, issue: Issue, items: Sequence[Item], locked: Sequence[Item]) -> None:
        self._form, self._items = form, tuple(items)
        plan = layout(form)
        zeros = dict.fromkeys(items, 0)
        base = self._live(blanks(issue), zeros, None)
        self._formulas = {live.cell: live.formula for live in base}
        # What shows the unit's name has a hole of its own; a relation of other items comes out the same for all.
        computed = computed_items(form)
        touched = {form.index[item] for item in (*items, *computed)}
        same = {
            rows.panel_cell(check.row, col)
            for check in panel(form, plan).checks
            if touched.isdisjoint(check.rule.bound.items(check.instance))
            for col in (rows.LEFT, rows.RIGHT, rows.GAP, rows.RESULT, rows.REMARK)
        }
        self._cells = tuple(live.cell for live in base if _BEGIN not in str(live.result) and live.cell not in same)
        data = make(form, blanks(issue), values=dict(zeros), locked=locked)
        self._mould = Mould(data, (*(plan.cells[item] for item in items), *self._cells))

    def cast(self, issue: Issue, numbers: Sequence[Number]) -> bytes:
        """The workbook of one unit with its numbers, in the order of the mould's items."""
        results = {
            live.cell: live.result
            for live in self._live(issue, dict(zip(self._items, numbers, strict=True)), self._formulas)
        }
        return self._mould.cast(issue, (*numbers, *(results[cell] for cell in self._cells)))

    def _live(self, issue: Issue, values: Mapping[Item, Number], formulas: Mapping[Cell, str] | None) -> list[Live]:
        form = self._form
        cover = cover_values(form, issue)
        return live_cells(form, layout(form), computed_items(form), values, cover, formulas=formulas)


def _digits(number: Number) -> bytes:
    """A number as xlsxwriter writes it."""
    return b"%d" % number if isinstance(number, int) else str(float(number)).encode()


def _cut(data: bytes, cells: Sequence[Cell]) -> dict[str, bytes]:
    """The sheets with a hole in each of these cells: for its content, and for what kind of content that is."""
    container = Container(Path("mould.xlsx"), data)
    package = Package(container)
    sheets = Workbook.of(package, container.document()).worksheets()
    wanted: dict[str, dict[bytes, int]] = {}
    for n, cell in enumerate(cells):
        wanted.setdefault(sheets[cell.sheet].part, {})[f"{letters(cell.col)}{cell.row + 1}".encode()] = n
    found = {}
    for part, places in wanted.items():
        cut: set[int] = set()
        found[part] = _CELL.sub(partial(_cut_cell, places, cut), package.get(part))
        if len(cut) != len(places):
            raise LookupError(f"{part}: {len(places) - len(cut)} cells without a number or a result")
    return found


def _cut_cell(places: Mapping[bytes, int], cut: set[int], cell: re.Match[bytes]) -> bytes:
    n = places.get(cell[1])
    if n is None:
        return cell[0]
    cut.add(n)
    kind, content = _hole(f"t{n}").encode(), _hole(f"v{n}").encode()
    return b'<c r="%s"%s%s>%s%s</v></c>' % (cell[1], cell[2], kind, cell[3], content)


def _words(issue: Issue) -> Mapping[str, str]:
    return {
        "unit": issue.unit,
        "unit_code": issue.unit_code,
        "issue": issue.issue,
        "footer": footer_words(issue.unit_code or issue.unit),
    }


def _part(name: str, content: bytes) -> _Part:
    stored = name.encode()
    cuts = list(_HOLE.finditer(content))
    if not cuts:
        packed = _pack(content, final=True)
        central = zlib.crc32(content), len(packed), len(content)
        return _Part(stored, (), _head(stored, central) + packed, central)
    pieces, at, hole = [], 0, ""
    for cut in cuts:
        pieces.append(_piece(hole, content[at : cut.start()]))
        # A footer has rules of its own for digits and ampersands.
        inside = content.rfind(b"<oddFooter>", 0, cut.start()) > content.rfind(b"</oddFooter>", 0, cut.start())
        hole, at = "footer" if inside else cut[1].decode(), cut.end()
    pieces.append(_piece(hole, content[at:]))
    return _Part(stored, tuple(pieces))


def _piece(hole: str, content: bytes) -> _Piece:
    return _Piece(hole, len(content), zlib.crc32(content), _pack(content))


def _head(name: bytes, central: tuple[int, int, int]) -> bytes:
    return struct.pack(_LOCAL, b"PK\x03\x04", 20, 0, zipfile.ZIP_DEFLATED, 0, _DAY, *central, len(name), 0) + name


def _listed(name: bytes, central: tuple[int, int, int], offset: int) -> bytes:
    return (
        struct.pack(
            _CENTRAL, b"PK\x01\x02", 20, 20, 0, zipfile.ZIP_DEFLATED, 0, _DAY, *central, len(name), 0, 0, 0, 0,
            0x01800000, offset,
        )
        + name
    )  # fmt: skip


def _pack(content: bytes, *, final: bool = False) -> bytes:
    """Deflated so that other blocks may stand before and behind it."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush(zlib.Z_FINISH if final else zlib.Z_FULL_FLUSH)


def _filled(part: _Part, words: Mapping[str, bytes]) -> tuple[bytes, tuple[int, int, int]]:
    """A part with its texts: the entry, and its checksum, packed size and size."""
    packed: list[bytes] = []
    size = crc = 0
    for piece in part.pieces:
        if piece.hole:
            text = words[piece.hole]
            packed += _stored(text)
            crc = zlib.crc32(text, crc)
            size += len(text)
        packed.append(piece.packed)
        crc = behind(appended(piece.size), crc) ^ piece.crc if crc else piece.crc
        size += piece.size
    packed.append(b"\x03\x00")
    content = b"".join(packed)
    central = crc, len(content), size
    return _head(part.name, central) + content, central


def _stored(text: bytes) -> Iterator[bytes]:
    for start in range(0, len(text), _STORED_AT_ONCE):
        block = text[start : start + _STORED_AT_ONCE]
        yield struct.pack("<BHH", 0, len(block), 0xFFFF ^ len(block)) + block
