"""What an .xls says beside its values: which other sheets a formula names, and where input is checked as it is typed.

A formula is walked only to find the sheets in it; what it works out is not read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from xlreport.workbook.address import Range

_TEXT, _ATTRIBUTE, _CHOICE = 0x17, 0x19, 0x04
_ON_OTHER_SHEET = frozenset({0x3A, 0x3B, 0x5A, 0x5B, 0x7A, 0x7B})  # a cell, an area; as a place, a value or a list
# Bytes behind each kind of token; operators and brackets (0x03 to 0x16) have none.
_SIZES = {
    0x01: 4, 0x02: 4, 0x1C: 1, 0x1D: 1, 0x1E: 2, 0x1F: 8, 0x20: 7, 0x21: 2, 0x22: 3, 0x23: 4, 0x24: 4, 0x25: 8,
    0x26: 6, 0x27: 6, 0x28: 6, 0x29: 2, 0x2A: 4, 0x2B: 8, 0x2C: 4, 0x2D: 8, 0x39: 6, 0x3A: 6, 0x3B: 10, 0x3C: 6,
    0x3D: 10,
} | dict.fromkeys(range(0x03, 0x17), 0)  # fmt: skip
# By token, itself included; 0 where it is not the same for all. From 0x40 on the tokens from 0x20 on come twice again.
_STEPS = [1 + _SIZES.get(t if t < 0x40 else t & 0x1F | 0x20, -1) for t in range(0x80)] + [0] * 0x80
_TITLES = 4  # texts of an input check: titles and bodies of its prompt and its error


def links_of(expression: bytes) -> Iterator[int]:
    """The links to other sheets that a formula of Excel 97 to 2003 follows; as far as its tokens are known."""
    at, end = 0, len(expression)
    while at < end:
        token = expression[at]
        size = _STEPS[token]
        if not size:
            size = _varying(expression, at)
            if not size:
                return
        elif token in _ON_OTHER_SHEET and at + size <= end:
            yield expression[at + 1] | expression[at + 2] << 8
        at += size


def _varying(expression: bytes, at: int) -> int:
    """The size of a token that says itself how long it is; 0 for one that is not known."""
    token, rest = expression[at], len(expression) - at
    if token == _TEXT and rest > 2:
        return 3 + expression[at + 1] * (2 if expression[at + 2] & 1 else 1)
    if token == _ATTRIBUTE and rest > 3:
        branches = struct.unpack_from("<H", expression, at + 2)[0]
        return 4 + (2 * int(branches) + 2 if expression[at + 1] & _CHOICE else 0)
    return 0


def checked_areas(data: bytes) -> Iterator[Range]:
    """Where one input check holds; nothing where its record is shorter than it says."""
    at = 4
    try:
        for _ in range(_TITLES):
            length, flags = struct.unpack_from("<HB", data, at)
            at += 3 + length * (2 if flags & 1 else 1)
        for _ in range(2):  # its two bounds
            at += 4 + struct.unpack_from("<H", data, at)[0]
        (count,) = struct.unpack_from("<H", data, at)
        for place in range(at + 2, min(at + 2 + 8 * count, len(data) - 7), 8):
            top, bottom, left, right = struct.unpack_from("<4H", data, place)
            yield Range(top, left, bottom, right)
    except struct.error:
        return
