"""The checksum of a part that is put together from known pieces, without going through its bytes.

The checksum of A + B follows from those of A and B and the length of B: bytes behind A multiply its checksum, as a
vector of 32 bits, by a matrix. Going through 150,000 bytes of a sheet for each unit would take longer than the rest.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Sequence

# The matrix as four tables, one for each byte of the checksum.
Appended = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[int, ...]]


@functools.lru_cache(maxsize=512)
def appended(length: int) -> Appended:
    """What so many bytes behind it do to a checksum; the checksum of these bytes themselves still comes in."""
    zeros = bytes(length)
    none = zlib.crc32(zeros)
    columns = [zlib.crc32(zeros, 1 << bit) ^ none for bit in range(32)]
    return _table(columns[:8]), _table(columns[8:16]), _table(columns[16:24]), _table(columns[24:])


def side_by_side(effects: Sequence[tuple[int, Appended]]) -> Appended:
    """Several such tables in one, for checksums that stand side by side in one number: each in its lane of 32 bits.

    Looked up once for all, and not once for each: a thousand units have some sixteen thousand of them.
    """
    found = []
    for byte in range(4):
        columns = []
        for bit in range(8):
            column = 0
            for lane, tables in effects:
                column ^= tables[byte][1 << bit] << 32 * lane
            columns.append(column)
        found.append(_table(columns))
    return found[0], found[1], found[2], found[3]


def _table(columns: list[int]) -> tuple[int, ...]:
    table = [0]
    for column in columns:
        table += [one ^ column for one in table]
    return tuple(table)


def behind(tables: Appended, checksum: int) -> int:
    """A checksum once these bytes stand behind it."""
    low, second, third, high = tables
    return low[checksum & 255] ^ second[checksum >> 8 & 255] ^ third[checksum >> 16 & 255] ^ high[checksum >> 24]
