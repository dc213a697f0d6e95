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
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from xlreport.form.evaluate import computed_items
from xlreport.form.layout import Cell, layout
from xlreport.form.model import Form
from xlreport.form.table import Item
from xlreport.record import NamedTuple
from xlreport.rules.formula import letters
from xlreport.rules.nodes import Number
from xlreport.workbook.archive import CENTRAL, LOCAL
from xlreport.workbook.checksum import Appended, appended, behind, side_by_side
from xlreport.workbook.container import Container
from xlreport.workbook.directory import END
from xlreport.workbook.following import Following
from xlreport.workbook.live import Result
from xlreport.workbook.package import Package
from xlreport.workbook.pieces import (
    BLOCK_HEAD,
    CENTRAL_CRC,
    DESCRIPTOR,
    LOCAL_CRC,
    STORED_AT_ONCE,
    STREAMED,
    cut_part,
    filled,
    head,
    hole_of,
    listed_as,
)  # fmt: skip
from xlreport.workbook.splice import escaped
from xlreport.workbook.tabs import Workbook
from xlreport.workbook.template import Issue, cover_values, footer_words, make

_CELL = re.compile(rb'<c r="([A-Z]+[0-9]+)"((?: s="[0-9]+")?)(?: t="str")?>((?:<f>[^<]*</f>)?<v>)([^<]*)</v></c>')


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
        unit=hole_of("unit"),
        unit_code=hole_of("unit_code") if issue.unit_code else "",
        issue=hole_of("issue") if issue.issue else "",
    )


class Mould:
    """A workbook made for `blanks(…)`, ready to be cast."""

    def __init__(self, data: bytes, groups: Sequence[Sequence[Cell]] = ()) -> None:
        """Cells of these groups hold another number, or show another result, in each cast."""
        self._frames: dict[tuple[int, ...], _Frame | None] = {}
        cut = _cut(data, groups) if groups else {}
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = [
                cut_part(entry.filename, cut.get(entry.filename) or package.read(entry)) for entry in package.infolist()
            ]
        # What is the same for all stands first: its bytes go through the digest once and not for every unit. So does
        # the part with the longest beginning, as every library that streams its workbooks writes an entry.
        same, varying = [part for part in parts if not part.pieces], [part for part in parts if part.pieces]
        varying.sort(key=lambda part: -len(part.pieces[0].packed))
        if varying:
            varying[0] = varying[0]._replace(streamed=True)
        self._parts = (*same, *varying)
        begun = [part.entry for part in same]
        begun += [head(part.name, (0, 0, 0), STREAMED) + part.pieces[0].packed for part in varying[:1]]
        self._same, self._begun = sum(map(len, begun)), hashlib.sha256(b"".join(begun))
        self._body, self._directory = b"".join(part.entry for part in same), b""
        offset = 0
        for part in same:
            self._directory += listed_as(part, part.central, offset)
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
        if not results and max(lengths) <= STORED_AT_ONCE:
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
                entry, central = filled(part, words, results)
                directory.append(listed_as(part, central, offset))
                body.append(entry)
                offset += len(entry)
        listed = b"".join(directory)
        count = len(self._parts)
        finish = END.pack(b"PK\x05\x06", 0, 0, count, count, len(listed), offset, 0)
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
            crc, packed, size = CENTRAL.unpack_from(package, listed)[7:10]
            begin = at
            at += LOCAL.size + len(part.name)
            rest, had = size, len(room)
            for piece in part.pieces:
                if isinstance(piece.hole, str) and zeros.get(piece.hole):
                    at += BLOCK_HEAD
                    end = at + len(zeros[piece.hole])
                    rest -= end - at
                    room.append((at, end, piece.hole))
                    effects.setdefault(piece.hole, []).append((lanes, appended(rest)))
                    at = end
                at += len(piece.packed)
                rest -= len(piece.content)
            end = begin + LOCAL.size + len(part.name) + packed
            at = end + DESCRIPTOR.size * part.streamed
            if len(room) > had:
                here = end + 4 if part.streamed else begin + LOCAL_CRC
                room += [(place, place + 4, lanes) for place in (here, listed + CENTRAL_CRC)]
                checksums |= crc << 32 * lanes
                lanes += 1
            listed += CENTRAL.size + len(part.name)
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
    kind, content = hole_of(f"{n} t").encode(), hole_of(f"{n} v").encode()
    return b'<c r="%s"%s%s>%s%s</v></c>' % (cell[1], cell[2], kind, cell[3], content)


def _words(issue: Issue) -> Mapping[str, str]:
    return {
        "unit": issue.unit,
        "unit_code": issue.unit_code,
        "issue": issue.issue,
        "footer": footer_words(issue.unit_code or issue.unit),
    }
