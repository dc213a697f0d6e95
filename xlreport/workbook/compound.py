"""Streams of an OLE compound file: what .xls, .et and every workbook with a password are packed in.

Chains are followed with a count, never on trust: no damaged or hostile file can make them run in circles.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator

from xlreport.record import NamedTuple
from xlreport.workbook.unreadable import Unreadable

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LAST = 0xFFFFFFFA  # from here on a sector number is a mark: end of chain, free, …
_NONE = 0xFFFFFFFF  # no such directory entry
_STREAM = 2
_SMALLEST_SECTOR, _MINI_SECTOR = 9, 6  # as powers of two


class _Entry(NamedTuple):
    """A directory entry."""

    name: str
    kind: int
    left: int
    right: int
    child: int
    start: int
    size: int


class Compound:
    """An OLE compound file held in memory; raises `Unreadable` for one that is cut or bent."""

    def __init__(self, data: bytes) -> None:
        if len(data) < 512 or not data.startswith(SIGNATURE):
            raise Unreadable("truncated")
        self.data = data
        self._shift, self._mini_shift = struct.unpack_from("<HH", data, 30)
        if self._shift not in {_SMALLEST_SECTOR, 12} or self._mini_shift != _MINI_SECTOR:
            raise Unreadable("truncated")
        _, directory, _, self._cutoff, mini, _, difat, _ = struct.unpack_from("<8I", data, 44)
        self._sectors = (len(data) - 1 >> self._shift) + 1
        self._table = self._allocation(difat)
        entries = self._chain(directory)
        self._entries = [_entry(entries, at) for at in range(0, len(entries) - 127, 128)]
        if not self._entries:
            raise Unreadable("truncated")
        self._mini_table = _numbers(self._chain(mini)) if mini < _LAST else array("I")
        self._mini = b""

    def names(self) -> list[str]:
        """The streams of the root folder, in the order of its tree."""
        return [entry.name for entry in self._root()]

    def stream(self, *names: str) -> bytes | None:
        """The first of these streams that the root folder has; case makes no difference."""
        there = {entry.name.lower(): entry for entry in self._root()}
        found = next((there[name.lower()] for name in names if name.lower() in there), None)
        return None if found is None else self._content(found)

    def _root(self) -> Iterator[_Entry]:
        """The streams directly below the root: an embedded workbook lies in a folder of its own."""
        waiting, seen = [self._entries[0].child], {_NONE}
        while waiting:
            place = waiting.pop()
            if place in seen:
                continue
            seen.add(place)
            if place >= len(self._entries):
                raise Unreadable("truncated")
            entry = self._entries[place]
            if entry.kind == _STREAM:
                yield entry
            waiting += (entry.left, entry.right)

    def _content(self, entry: _Entry) -> bytes:
        if entry.size >= self._cutoff:
            return self._chain(entry.start, entry.size)
        if not self._mini and self._entries[0].start < _LAST:
            self._mini = self._chain(self._entries[0].start)
        wanted = entry.size + 63 >> _MINI_SECTOR
        starts = [sector << _MINI_SECTOR for sector in _follow(self._mini_table, entry.start, wanted)]
        return _exactly(b"".join([self._mini[at : at + (1 << _MINI_SECTOR)] for at in starts]), entry.size)

    def _chain(self, start: int, size: int | None = None) -> bytes:
        """A chain of sectors, whole or as many bytes as it is said to have."""
        wanted = self._sectors if size is None else (size + (1 << self._shift) - 1) >> self._shift
        if wanted > self._sectors:
            raise Unreadable("truncated")
        data = b"".join([self._sector(number) for number in _follow(self._table, start, wanted)])
        return data if size is None else _exactly(data, size)

    def _sector(self, number: int) -> bytes:
        start = (number + 1) << self._shift
        if start >= len(self.data):
            raise Unreadable("truncated")
        # The last sector of a file is often not filled up.
        return self.data[start : start + (1 << self._shift)].ljust(1 << self._shift, b"\0")

    def _allocation(self, more: int) -> array[int]:
        """Which sector follows which: listed by the header, and in a chain of its own for files over 7 MB."""
        sectors = list(struct.unpack_from("<109I", self.data, 76))
        for _ in range(self._sectors):
            if more >= _LAST:
                break
            *listed, more = _numbers(self._sector(more))
            sectors += listed
        table = array("I")
        for sector in sectors[: self._sectors]:
            if sector < _LAST:
                table.extend(_numbers(self._sector(sector)))
        return table


def _entry(data: bytes, at: int) -> _Entry:
    length, kind, _, left, right, child = struct.unpack_from("<HBBIII", data, at + 64)
    start, size = struct.unpack_from("<II", data, at + 116)
    name = data[at : at + max(min(length, 64) - 2, 0)].decode("utf-16-le", "replace")
    return _Entry(name, kind, left, right, child, start, size)


def _numbers(data: bytes) -> array[int]:
    numbers = array("I", data)
    if struct.pack("=H", 1) != struct.pack("<H", 1):
        numbers.byteswap()
    return numbers


def _follow(table: array[int], start: int, most: int) -> Iterator[int]:
    """The sectors of a chain, `most` at the most."""
    sector = start
    for _ in range(most):
        if sector >= _LAST:
            return
        yield sector
        if sector >= len(table):
            raise Unreadable("truncated")
        sector = table[sector]


def _exactly(data: bytes, size: int) -> bytes:
    if len(data) < size:
        raise Unreadable("truncated")
    return data[:size]
