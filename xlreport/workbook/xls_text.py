"""The texts of a workbook in records (.xls, .et): in one or two bytes a character, and over the ends of records."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

from xlreport.workbook.sheet import CELLS, Patched
from xlreport.workbook.unreadable import Unreadable


def characters(data: bytes, at: int, length: int, flags: int) -> str:
    """Text of one or two bytes a character."""
    if flags & 1:
        return data[at : at + 2 * length].decode("utf-16-le", "replace")
    return data[at : at + length].decode("latin-1")


class _Spread:
    """Reading on from one piece of a long record into the next."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = pieces
        self.place = self.at = 0

    @property
    def ended(self) -> bool:
        """Whether nothing is left."""
        return self.place >= len(self.pieces) - 1 and self.at >= len(self.pieces[-1])

    def take(self, count: int) -> bytes:
        """So many bytes, wherever the pieces end."""
        data = self.pieces[self.place][self.at : self.at + count]
        self.at += len(data)
        while len(data) < count:
            self._next()
            more = self.pieces[self.place][: count - len(data)]
            self.at = len(more)
            data += more
        return data

    def _next(self) -> None:
        self.place, self.at = self.place + 1, 0
        if self.place >= len(self.pieces):
            raise Unreadable("truncated")

    def text(self, length: int, flags: int) -> str:
        """So many characters; where they go on in the next piece, its first byte says anew how wide they are."""
        found = []
        while True:
            width = 2 if flags & 1 else 1
            here = min(length, (len(self.pieces[self.place]) - self.at) // width)
            found.append(characters(self.pieces[self.place], self.at, here, flags))
            self.at += here * width
            length -= here
            if not length:
                return "".join(found)
            self._next()
            (flags,) = self.take(1)


def whole_text(pieces: list[bytes]) -> str:
    """The text of a record and of those that continue it."""
    spread = _Spread(pieces)
    length, flags = struct.unpack("<HB", spread.take(3))
    return spread.text(length, flags)


def marked(text: str, runs: Sequence[tuple[int, int]], odd: Callable[[int], bool]) -> str:
    """A text of which some runs (first character, font) are patches; the text itself if none is.

    Characters count in UTF-16, as the file counts them.
    """
    if not any(odd(font) for _, font in runs):
        return text
    units = text.encode("utf-16-le")
    ends = [2 * first for first, _ in runs[1:]] + [len(units)]
    kept = units[: 2 * runs[0][0]]
    for (first, font), end in zip(runs, ends, strict=True):
        kept += b"" if odd(font) else units[2 * first : end]
    return Patched.of(text, kept.decode("utf-16-le", "replace"))


def shared_strings(pieces: list[bytes]) -> list[tuple[str, bytes]]:
    """The texts, each with the runs of its fonts."""
    spread = _Spread(pieces)
    _, count = struct.unpack("<II", spread.take(8))
    if count > CELLS:
        raise Unreadable("too-big", what="cells", limit=CELLS)
    strings = []
    for _ in range(count):
        if spread.ended:  # some writers count wrong
            break
        length, flags = struct.unpack("<HB", spread.take(3))
        runs = struct.unpack("<H", spread.take(2))[0] if flags & 8 else 0
        aids = struct.unpack("<I", spread.take(4))[0] if flags & 4 else 0
        strings.append((spread.text(length, flags), spread.take(4 * runs)))
        spread.take(aids)
    return strings
