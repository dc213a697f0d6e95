"""One workbook cast many times: everything as it is but for a few texts, packed once and copied for each unit.

The parts that hold a text that varies are cut at it; the pieces between are packed beforehand and meet again in the
unit's package with the text between them, as it is. For texts of the same lengths even that is done once: a cast then
costs a copy of the package, the texts put into it, and a checksum for each part they are in.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path

from xlreport.form.evaluate import computed_items
from xlreport.form.layout import Cell, layout
from xlreport.form.model import Form
from xlreport.form.table import Item
from xlreport.record import NamedTuple
from xlreport.rules.formula import letters
from xlreport.rules.nodes import Number
from xlreport.workbook.checksum import Appended, appended, behind, side_by_side
from xlreport.workbook.container import Container
from xlreport.workbook.following import Following
from xlreport.workbook.live import Result
from xlreport.workbook.package import Package
from xlreport.workbook.splice import escaped
from xlreport.workbook.tabs import Workbook
from xlreport.workbook.template import Issue, cover_values, footer_words, make

_BEGIN, _END = "\ue001", "\ue002"  # of the private use area: no form prints them
_HOLE = re.compile(f"{_BEGIN}(?:([a-z_]+)|([0-9]+) ([0-9]+) ([tv])){_END}".encode())
_CELL = re.compile(rb'<c r="([A-Z]+[0-9]+)"((?: s="[0-9]+")?)(?: t="str")?>((?:<f>[^<]*</f>)?<v>)([^<]*)</v></c>')
_LOCAL, _CENTRAL, _FINISH = "<4s5H3I2H", "<4s6H3I5H2I", "<4s4H2IH"
_STORED_AT_ONCE = 65_535  # bytes of one uncompressed block
_BLOCK_HEAD = 5  # bytes before an uncompressed block
_LOCAL_CRC, _CENTRAL_CRC = 14, 16  # where the checksum stands in either header
_DESCRIPTOR = "<4s3I"  # behind the content of a streamed entry: checksum, packed size, size
_STREAMED = 0x08  # the flag of such an entry: it was begun before they were known
_REMEMBERED = 500  # different results for which the bytes are kept
_DAY = 0x21  # the first of January 1980, as in every entry of a fresh workbook


# A word of the unit's; or a result: its group, its place in it, and whether it is its kind or its value.
_Hole = str | tuple[int, int, str]


class _Piece(NamedTuple):
    """Bytes of a part between two holes, and the hole before them ("" for the first)."""

    hole: _Hole
    content: bytes
    crc: int
    packed: bytes


class _Run(NamedTuple):
    """Holes that are filled together, and the bytes between them; those behind the last stand apart."""

    group: int  # of the results that fill them; -1 for the unit's own words
    pieces: tuple[_Piece, ...]
    behind: Appended  # what those behind do to a checksum
    known: dict[tuple[Result, ...], tuple[bytes, bytes]]  # what came of results before: the bytes, packed and as such


class _Part(NamedTuple):
    """One entry of the package: whole where nothing varies, else in pieces."""

    name: bytes
    pieces: tuple[_Piece, ...]
    runs: tuple[_Run, ...] = ()
    entry: bytes = b""  # local header and content
    central: tuple[int, int, int] = (0, 0, 0)  # checksum, packed size, size
    streamed: bool = False  # its checksum stands behind it, so that it begins with what is the same for all


class _Frame(NamedTuple):
    """A whole package for texts of certain lengths, in pieces: what is the same for all, and room for the rest."""

    pieces: tuple[bytes, ...]
    texts: tuple[tuple[int, str], ...]  # which piece is which text
    checksums: tuple[tuple[int, int], ...]  # which piece is the checksum of which part
    # The checksums of all parts with texts, side by side in one number of 32 bits each: for zeros, and what each text,
    # given by its name and the checksum of as many zeros, does to them.
    parts: int
    zeros: int
    effects: tuple[tuple[str, int, Appended], ...]


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

    def __init__(self, data: bytes, groups: Sequence[Sequence[Cell]] = ()) -> None:
        """Cells of these groups hold another number, or show another result, in each cast."""
        self._frames: dict[tuple[int, ...], _Frame | None] = {}
        cut = _cut(data, groups) if groups else {}
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = [
                _part(entry.filename, cut.get(entry.filename) or package.read(entry)) for entry in package.infolist()
            ]
        # What is the same for all stands first: its bytes go through the digest once and not for every unit. So does
        # the part with the longest beginning, as every library that streams its workbooks writes an entry.
        same, varying = [part for part in parts if not part.pieces], [part for part in parts if part.pieces]
        varying.sort(key=lambda part: -len(part.pieces[0].packed))
        if varying:
            varying[0] = varying[0]._replace(streamed=True)
        self._parts = (*same, *varying)
        begun = [part.entry for part in same]
        begun += [_head(part.name, (0, 0, 0), _STREAMED) + part.pieces[0].packed for part in varying[:1]]
        self._same, self._begun = sum(map(len, begun)), hashlib.sha256(b"".join(begun))
        self._body, self._directory = b"".join(part.entry for part in same), b""
        offset = 0
        for part in same:
            self._directory += _listed(part, part.central, offset)
            offset += len(part.entry)

    def digest(self, cast: bytes) -> str:
        """The SHA-256 of a cast of this mould."""
        begun = self._begun.copy()
        begun.update(memoryview(cast)[self._same :])
        return begun.hexdigest()

    def cast(self, issue: Issue, results: Sequence[tuple[Result, ...]] = ()) -> bytes:
        """The workbook of one unit, with its results for the mould's groups of cells."""
        words = {name: escaped(text).encode() for name, text in _words(issue).items()}
        lengths = tuple(map(len, words.values()))
        if not results and max(lengths) <= _STORED_AT_ONCE:
            # A frame costs as much as some twenty casts: only what comes a second time is worth it.
            again = lengths in self._frames
            frame = self._frames.get(lengths) or (self._framed(words) if again else None)
            self._frames[lengths] = frame
            if frame is not None:
                return _put(frame, words)
        return self._package(words, results)

    def _package(self, words: Mapping[str, bytes], results: Sequence[tuple[Result, ...]] = ()) -> bytes:
        body, directory = [self._body], [self._directory]
        offset = len(self._body)
        for part in self._parts:
            if part.pieces:
                entry, central = _filled(part, words, results)
                directory.append(_listed(part, central, offset))
                body.append(entry)
                offset += len(entry)
        listed = b"".join(directory)
        count = len(self._parts)
        finish = struct.pack(_FINISH, b"PK\x05\x06", 0, 0, count, count, len(listed), offset, 0)
        return b"".join((*body, listed, finish))

    def _framed(self, words: Mapping[str, bytes]) -> _Frame:
        """The package for words as long as these."""
        zeros = {name: bytes(len(text)) for name, text in words.items()}
        package = self._package(zeros)
        room: list[tuple[int, int, str | int]] = []  # from, to, and the text or the part whose checksum stands there
        effects: dict[str, list[tuple[int, Appended]]] = {}
        lanes = checksums = 0
        at, listed = 0, int.from_bytes(package[-6:-2], "little")
        for part in self._parts:
            central = _filled(part, zeros, ())[1] if part.pieces else part.central
            begin = at
            at += struct.calcsize(_LOCAL) + len(part.name)
            rest, had = central[2], len(room)
            for piece in part.pieces:
                if isinstance(piece.hole, str) and zeros.get(piece.hole):
                    at += _BLOCK_HEAD
                    end = at + len(zeros[piece.hole])
                    rest -= end - at
                    room.append((at, end, piece.hole))
                    effects.setdefault(piece.hole, []).append((lanes, appended(rest)))
                    at = end
                at += len(piece.packed)
                rest -= len(piece.content)
            end = begin + struct.calcsize(_LOCAL) + len(part.name) + central[1]
            at = end + struct.calcsize(_DESCRIPTOR) * part.streamed
            if len(room) > had:
                here = end + 4 if part.streamed else begin + _LOCAL_CRC
                room += [(place, place + 4, lanes) for place in (here, listed + _CENTRAL_CRC)]
                checksums |= central[0] << 32 * lanes
                lanes += 1
            listed += struct.calcsize(_CENTRAL) + len(part.name)
        pieces, texts, places, at = [], [], [], 0
        for start, end, what in sorted(room):
            pieces += [package[at:start], b""]
            if isinstance(what, str):
                texts.append((len(pieces) - 1, what))
            else:
                places.append((len(pieces) - 1, what))
            at = end
        known = tuple((name, zlib.crc32(zeros[name]), side_by_side(all_)) for name, all_ in effects.items())
        return _Frame((*pieces, package[at:]), tuple(texts), tuple(places), lanes, checksums, known)


def _put(frame: _Frame, words: Mapping[str, bytes]) -> bytes:
    """The package with its texts. A checksum is linear: what a text adds to it for zeros only depends on the text."""
    made = list(frame.pieces)
    for n, name in frame.texts:
        made[n] = words[name]
    found = frame.zeros
    for name, zeros, effect in frame.effects:
        found ^= behind(effect, zlib.crc32(words[name]) ^ zeros)
    packed = found.to_bytes(4 * frame.parts, "little")
    for n, part in frame.checksums:
        made[n] = packed[4 * part : 4 * part + 4]
    return b"".join(made)


class KnownMould:
    """A mould for units of which some items are known: their numbers, and every result that follows from them."""

    def __init__(self, form: Form, issue: Issue, items: Sequence[Item], locked: Sequence[Item]) -> None:
        plan = layout(form)
        self._following = Following(form, plan, computed_items(form), items, cover_values(form, issue))
        data = make(form, blanks(issue), values=dict.fromkeys(items, 0), locked=locked)
        self._mould = Mould(data, [*([plan.cells[item]] for item in items), *self._following.groups])

    def cast(self, issue: Issue, numbers: Sequence[Number]) -> bytes:
        """The workbook of one unit with its numbers, in the order of the mould's items."""
        plain = [int(number) if number == int(number) else number for number in numbers]
        return self._mould.cast(issue, [*((number,) for number in plain), *self._following.results(plain)])

    def digest(self, cast: bytes) -> str:
        """The SHA-256 of a cast of this mould."""
        return self._mould.digest(cast)


def _digits(number: Number) -> bytes:
    """A number as xlsxwriter writes it."""
    return b"%d" % number if isinstance(number, int) else str(float(number)).encode()


def _cut(data: bytes, groups: Sequence[Sequence[Cell]]) -> dict[str, bytes]:
    """The sheets with a hole in each of these cells: for its content, and for what kind of content that is."""
    container = Container(Path("mould.xlsx"), data)
    package = Package(container)
    sheets = Workbook.of(package, container.document()).worksheets()
    wanted: dict[str, dict[bytes, str]] = {}
    for n, cells in enumerate(groups):
        for k, cell in enumerate(cells):
            wanted.setdefault(sheets[cell.sheet].part, {})[f"{letters(cell.col)}{cell.row + 1}".encode()] = f"{n} {k}"
    found = {}
    for part, places in wanted.items():
        cut: set[str] = set()
        found[part] = _CELL.sub(partial(_cut_cell, places, cut), package.get(part))
        if len(cut) != len(places):
            raise LookupError(f"{part}: {len(places) - len(cut)} cells without a number or a result")
    return found


def _cut_cell(places: Mapping[bytes, str], cut: set[str], cell: re.Match[bytes]) -> bytes:
    n = places.get(cell[1])
    if n is None:
        return cell[0]
    cut.add(n)
    kind, content = _hole(f"{n} t").encode(), _hole(f"{n} v").encode()
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
        return _Part(stored, (), (), _head(stored, central) + packed, central)
    pieces: list[_Piece] = []
    at = 0
    hole: _Hole = ""
    for cut in cuts:
        pieces.append(_piece(hole, content[at : cut.start()]))
        # A footer has rules of its own for digits and ampersands.
        inside = content.rfind(b"<oddFooter>", 0, cut.start()) > content.rfind(b"</oddFooter>", 0, cut.start())
        hole, at = "footer" if inside else _meant(cut), cut.end()
    pieces.append(_piece(hole, content[at:]))
    runs: list[_Run] = []
    for group, together in groupby(pieces[1:], key=_group):
        these = tuple(together)
        # Words stand each by itself: what lies between two of them may be the whole of a sheet.
        runs += [_run(group, these)] if group >= 0 else [_run(group, (piece,)) for piece in these]
    return _Part(stored, tuple(pieces), tuple(runs))


def _run(group: int, pieces: tuple[_Piece, ...]) -> _Run:
    return _Run(group, pieces, appended(len(pieces[-1].content)), {})


def _meant(cut: re.Match[bytes]) -> _Hole:
    word, group, place, what = cut.groups()
    return word.decode() if word else (int(group), int(place), what.decode())


def _group(piece: _Piece) -> int:
    return -1 if isinstance(piece.hole, str) else piece.hole[0]


def _piece(hole: _Hole, content: bytes) -> _Piece:
    return _Piece(hole, content, zlib.crc32(content), _pack(content))


def _head(name: bytes, central: tuple[int, int, int], flags: int = 0) -> bytes:
    return struct.pack(_LOCAL, b"PK\x03\x04", 20, flags, zipfile.ZIP_DEFLATED, 0, _DAY, *central, len(name), 0) + name


def _listed(part: _Part, central: tuple[int, int, int], offset: int) -> bytes:
    return (
        struct.pack(
            _CENTRAL, b"PK\x01\x02", 20, 20, _STREAMED * part.streamed, zipfile.ZIP_DEFLATED, 0, _DAY, *central,
            len(part.name), 0, 0, 0, 0, 0x01800000, offset,
        )
        + part.name
    )  # fmt: skip


def _pack(content: bytes, *, final: bool = False) -> bytes:
    """Deflated so that other blocks may stand before and behind it."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush(zlib.Z_FINISH if final else zlib.Z_FULL_FLUSH)


def _filled(
    part: _Part, words: Mapping[str, bytes], results: Sequence[tuple[Result, ...]]
) -> tuple[bytes, tuple[int, int, int]]:
    """A part with its texts: the entry, and its checksum, packed size and size."""
    first = part.pieces[0]
    packed, size, crc = [first.packed], len(first.content), first.crc
    for run in part.runs:
        if run.group < 0:
            poured = _poured(run, [words[str(piece.hole)] for piece in run.pieces])
        else:
            key = results[run.group]
            known = run.known.get(key)
            if known is None:
                if len(run.known) >= _REMEMBERED:
                    run.known.clear()
                known = run.known[key] = _poured(run, [_shown(piece.hole, key) for piece in run.pieces])
            poured = known
        tail = run.pieces[-1]
        packed += (poured[0], tail.packed)
        size += len(poured[1]) + len(tail.content)
        crc = behind(run.behind, zlib.crc32(poured[1], crc)) ^ tail.crc
    packed.append(b"\x03\x00")
    content = b"".join(packed)
    central = crc, len(content), size
    if part.streamed:
        behind_it = struct.pack(_DESCRIPTOR, b"PK\x07\x08", *central)
        return _head(part.name, (0, 0, 0), _STREAMED) + content + behind_it, central
    return _head(part.name, central) + content, central


def _poured(run: _Run, texts: Sequence[bytes]) -> tuple[bytes, bytes]:
    """A run with these texts, as far as the bytes behind its last hole: packed, and as such."""
    packed: list[bytes] = []
    content: list[bytes] = []
    for piece, text in zip(run.pieces, texts, strict=True):
        packed += (*_stored(text), piece.packed)
        content += (text, piece.content)
    return b"".join(packed[:-1]), b"".join(content[:-1])


def _shown(hole: _Hole, results: tuple[Result, ...]) -> bytes:
    """What fills a hole of a cell: its kind, or its value."""
    assert not isinstance(hole, str)  # noqa: S101  (words have no group)
    _, place, what = hole
    result = results[place]
    if what == "t":
        return b' t="str"' if isinstance(result, str) and result else b""
    return escaped(result).encode() if isinstance(result, str) else _digits(result)


def _stored(text: bytes) -> Iterator[bytes]:
    for start in range(0, len(text), _STORED_AT_ONCE):
        block = text[start : start + _STORED_AT_ONCE]
        yield struct.pack("<BHH", 0, len(block), 0xFFFF ^ len(block)) + block
