"""The parts of a package cut at what varies in them: packed beforehand, and put together again with texts between."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from xlreport.record import NamedTuple
from xlreport.rules.nodes import Number
from xlreport.workbook.archive import CENTRAL, LOCAL
from xlreport.workbook.checksum import Appended, appended, behind
from xlreport.workbook.live import Result
from xlreport.workbook.splice import escaped

BEGIN, END = "\ue001", "\ue002"  # of the private use area: no form prints them
_HOLE = re.compile(f"{BEGIN}(?:([a-z_]+)|([0-9]+) ([0-9]+) ([tv])){END}".encode())
STORED_AT_ONCE = 65_535  # bytes of one uncompressed block
BLOCK_HEAD = 5  # bytes before an uncompressed block
LOCAL_CRC, CENTRAL_CRC = 14, 16  # where the checksum stands in either header
DESCRIPTOR = struct.Struct("<4s3L")  # behind the content of a streamed entry: checksum, packed size, size
STREAMED = 0x08  # the flag of such an entry: it was begun before they were known
_REMEMBERED = 500  # different results for which the bytes are kept
_DAY = 0x21  # the first of January 1980, as in every entry of a fresh workbook


# A word of the unit's; or a result: its group, its place in it, and whether it is its kind or its value.
Hole = str | tuple[int, int, str]


class Piece(NamedTuple):
    """Bytes of a part between two holes, and the hole before them ("" for the first)."""

    hole: Hole
    content: bytes
    crc: int
    packed: bytes


class Run(NamedTuple):
    """Holes that are filled together, and the bytes between them; those behind the last stand apart."""

    group: int  # of the results that fill them; -1 for the unit's own words
    pieces: tuple[Piece, ...]
    behind: Appended  # what those behind do to a checksum
    known: dict[tuple[Result, ...], tuple[bytes, bytes]]  # what came of results before: the bytes, packed and as such


class CutPart(NamedTuple):
    """One entry of the package: whole where nothing varies, else in pieces."""

    name: bytes
    pieces: tuple[Piece, ...]
    runs: tuple[Run, ...] = ()
    entry: bytes = b""  # local header and content
    central: tuple[int, int, int] = (0, 0, 0)  # checksum, packed size, size
    streamed: bool = False  # its checksum stands behind it, so that it begins with what is the same for all


def hole_of(name: str) -> str:
    """A hole for a word of the unit's, as it stands in a workbook that is to be cut."""
    return f"{BEGIN}{name}{END}"


def cut_part(name: str, content: bytes) -> CutPart:
    """A part of the package, cut at its holes."""
    stored = name.encode()
    cuts = list(_HOLE.finditer(content))
    if not cuts:
        packed = _pack(content, final=True)
        central = zlib.crc32(content), len(packed), len(content)
        return CutPart(stored, (), (), head(stored, central) + packed, central)
    pieces: list[Piece] = []
    at = 0
    hole: Hole = ""
    for cut in cuts:
        pieces.append(_piece(hole, content[at : cut.start()]))
        # A footer has rules of its own for digits and ampersands.
        inside = content.rfind(b"<oddFooter>", 0, cut.start()) > content.rfind(b"</oddFooter>", 0, cut.start())
        hole, at = "footer" if inside else _meant(cut), cut.end()
    pieces.append(_piece(hole, content[at:]))
    runs: list[Run] = []
    for group, together in groupby(pieces[1:], key=_group):
        these = tuple(together)
        # Words stand each by itself: what lies between two of them may be the whole of a sheet.
        runs += [_run(group, these)] if group >= 0 else [_run(group, (piece,)) for piece in these]
    return CutPart(stored, tuple(pieces), tuple(runs))


def _run(group: int, pieces: tuple[Piece, ...]) -> Run:
    return Run(group, pieces, appended(len(pieces[-1].content)), {})


def _meant(cut: re.Match[bytes]) -> Hole:
    word, group, place, what = cut.groups()
    return word.decode() if word else (int(group), int(place), what.decode())


def _group(piece: Piece) -> int:
    return -1 if isinstance(piece.hole, str) else piece.hole[0]


def _piece(hole: Hole, content: bytes) -> Piece:
    return Piece(hole, content, zlib.crc32(content), _pack(content))


def head(name: bytes, central: tuple[int, int, int], flags: int = 0) -> bytes:
    """The header before an entry; `central` is its checksum, packed size and size."""
    return LOCAL.pack(b"PK\x03\x04", 20, flags, zipfile.ZIP_DEFLATED, 0, _DAY, *central, len(name), 0) + name


def listed_as(part: CutPart, central: tuple[int, int, int], offset: int) -> bytes:
    """An entry as the directory lists it."""
    return (
        CENTRAL.pack(
            b"PK\x01\x02", 20, 20, STREAMED * part.streamed, zipfile.ZIP_DEFLATED, 0, _DAY, *central,
            len(part.name), 0, 0, 0, 0, 0x01800000, offset,
        )
        + part.name
    )  # fmt: skip


def _pack(content: bytes, *, final: bool = False) -> bytes:
    """Deflated so that other blocks may stand before and behind it."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush(zlib.Z_FINISH if final else zlib.Z_FULL_FLUSH)


def filled(
    part: CutPart, words: Mapping[str, bytes], results: Sequence[tuple[Result, ...]]
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
        behind_it = DESCRIPTOR.pack(b"PK\x07\x08", *central)
        return head(part.name, (0, 0, 0), STREAMED) + content + behind_it, central
    return head(part.name, central) + content, central


def _poured(run: Run, texts: Sequence[bytes]) -> tuple[bytes, bytes]:
    """A run with these texts, as far as the bytes behind its last hole: packed, and as such."""
    packed: list[bytes] = []
    content: list[bytes] = []
    for piece, text in zip(run.pieces, texts, strict=True):
        packed += (*_stored(text), piece.packed)
        content += (text, piece.content)
    return b"".join(packed[:-1]), b"".join(content[:-1])


def _shown(hole: Hole, results: tuple[Result, ...]) -> bytes:
    """What fills a hole of a cell: its kind, or its value."""
    assert not isinstance(hole, str)  # noqa: S101  (words have no group)
    _, place, what = hole
    result = results[place]
    if what == "t":
        return b' t="str"' if isinstance(result, str) and result else b""
    return escaped(result).encode() if isinstance(result, str) else _digits(result)


def _stored(text: bytes) -> Iterator[bytes]:
    for start in range(0, len(text), STORED_AT_ONCE):
        block = text[start : start + STORED_AT_ONCE]
        yield struct.pack("<BHH", 0, len(block), 0xFFFF ^ len(block)) + block


def _digits(number: Number) -> bytes:
    """A number as xlsxwriter writes it."""
    return b"%d" % number if isinstance(number, int) else str(float(number)).encode()
