"""One workbook cast many times: everything as it is but for a few texts, packed once and copied for each unit.

The parts that hold a text that varies are cut at it; the pieces between are packed beforehand and meet again in the
unit's package with the text between them, as it is. A cast costs a checksum and a copy.
"""

from __future__ import annotations

import dataclasses
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping

from xlreport.record import record
from xlreport.workbook.splice import escaped
from xlreport.workbook.template import Issue, footer_words

_BEGIN, _END = "\ue001", "\ue002"  # of the private use area: no form prints them
_HOLE = re.compile(f"{_BEGIN}([a-z_]+){_END}".encode())
_LOCAL, _CENTRAL, _FINISH = "<4s5H3I2H", "<4s6H3I5H2I", "<4s4H2IH"
_STORED_AT_ONCE = 65_535  # bytes of one uncompressed block
_DAY = 0x21  # the first of January 1980, as in every entry of a fresh workbook


@record
class _Piece:
    """Bytes of a part between two holes, and the hole before them ("" for the first)."""

    hole: str
    plain: bytes
    packed: bytes


@record
class _Part:
    """One entry of the package."""

    name: bytes
    pieces: tuple[_Piece, ...]
    whole: bytes = b""  # packed as one, where nothing varies
    size: int = 0
    crc: int = 0


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

    def __init__(self, data: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            self._parts = tuple(_part(entry.filename, package.read(entry)) for entry in package.infolist())

    def cast(self, issue: Issue) -> bytes:
        """The workbook of one unit."""
        words = {name: escaped(text).encode() for name, text in _words(issue).items()}
        body: list[bytes] = []
        directory: list[bytes] = []
        offset = 0
        for part in self._parts:
            packed, size, crc = _filled(part, words)
            method = zipfile.ZIP_DEFLATED
            fields = (20, 0, method, 0, _DAY, crc, len(packed), size, len(part.name), 0)
            head = struct.pack(_LOCAL, b"PK\x03\x04", *fields) + part.name
            directory.append(struct.pack(_CENTRAL, b"PK\x01\x02", 20, *fields, 0, 0, 0, 0x01800000, offset) + part.name)
            body += (head, packed)
            offset += len(head) + len(packed)
        central = b"".join(directory)
        count = len(directory)
        return (
            b"".join(body) + central + struct.pack(_FINISH, b"PK\x05\x06", 0, 0, count, count, len(central), offset, 0)
        )


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
        return _Part(stored, (), _pack(content, final=True), len(content), zlib.crc32(content))
    pieces, at, hole = [], 0, ""
    for cut in cuts:
        piece = content[at : cut.start()]
        pieces.append(_Piece(hole, piece, _pack(piece)))
        # A footer has rules of its own for digits and ampersands.
        inside = content.rfind(b"<oddFooter>", 0, cut.start()) > content.rfind(b"</oddFooter>", 0, cut.start())
        hole, at = "footer" if inside else cut[1].decode(), cut.end()
    pieces.append(_Piece(hole, content[at:], _pack(content[at:])))
    return _Part(stored, tuple(pieces))


def _pack(content: bytes, *, final: bool = False) -> bytes:
    """Deflated so that other blocks may stand before and behind it."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush(zlib.Z_FINISH if final else zlib.Z_FULL_FLUSH)


def _filled(part: _Part, words: Mapping[str, bytes]) -> tuple[bytes, int, int]:
    """An entry's packed bytes, its size and its checksum."""
    if not part.pieces:
        return part.whole, part.size, part.crc
    packed: list[bytes] = []
    size = crc = 0
    for piece in part.pieces:
        text = words[piece.hole] if piece.hole else b""
        packed += (*_stored(text), piece.packed)
        crc = zlib.crc32(piece.plain, zlib.crc32(text, crc))
        size += len(text) + len(piece.plain)
    return b"".join(packed) + b"\x03\x00", size, crc


def _stored(text: bytes) -> Iterator[bytes]:
    for at in range(0, len(text), _STORED_AT_ONCE):
        block = text[at : at + _STORED_AT_ONCE]
        yield struct.pack("<BHH", 0, len(block), 0xFFFF ^ len(block)) + block
