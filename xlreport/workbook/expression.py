"""What an .xls says beside its values: which other sheets a formula names, and where input is checked as it is typed.

A formula is walked only to find the sheets in it; what it works out is not read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from xlreport.workbook.address import Range

_TEXT, _ATTRIBUTE, _CHOICE = 0x17, 0x19, 0x04
_ON_OTHER_SHEET = {0x3A, 0x3B}  # a cell, an area
# Bytes behind each kind of token; operators and brackets (0x03 to 0x16) have none.
_SIZES = {
    0x01: 4, 0x02: 4, 0x1C: 1, 0x1D: 1, 0x1E: 2, 0x1F: 8, 0x20: 7, 0x21: 2, 0x22: 3, 0x23: 4, 0x24: 4, 0x25: 8,
    0x26: 6, 0x27: 6, 0x28: 6, 0x29: 2, 0x2A: 4, 0x2B: 8, 0x2C: 4, 0x2D: 8, 0x39: 6, 0x3A: 6, 0x3B: 10, 0x3C: 6,
    0x3D: 10,
} | dict.fromkeys(range(0x03, 0x17), 0)  # fmt: skip
_TITLES = 4  # texts of an input check: titles and bodies of its prompt and its error


def links_of(expression: bytes) -> Iterator[int]:
    """The links to other sheets that a formula of Excel 97 to 2003 follows; as far as its tokens are known."""
    at = 0
    while at < len(expression):
        token = expression[at]
        if token >= 0x40:  # the same token where a value or a list is wanted
            token = token & 0x1F | 0x20
        size = _SIZES.get(token)
        if token == _TEXT and at + 2 < len(expression):
            size = 2 + expression[at + 1] * (2 if expression[at + 2] & 1 else 1)
        elif token == _ATTRIBUTE and at + 3 < len(expression):
            size = 3
            if expression[at + 1] & _CHOICE:
                size += 2 * struct.unpack_from("<H", expression, at + 2)[0] + 2
        if size is None or at + 1 + size > len(expression):
            return
        if token in _ON_OTHER_SHEET:
            yield struct.unpack_from("<H", expression, at + 1)[0]
        at += 1 + size


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
