"""How much room a text takes on paper and screen, near enough to size a row or a note."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from xlreport.pattern import pattern

_WIDE = {"W", "F", "A"}  # ambiguous ones (“ ” — ·) are wide in the fonts Chinese text is set in
_PIECE = pattern(r"[\x21-\x7e\u00c0-\u024f]+|.", re.DOTALL)


@lru_cache(maxsize=4096)
def _mark_width(mark: str) -> int:
    return 0 if unicodedata.combining(mark) else 1 + (unicodedata.east_asian_width(mark) in _WIDE)


def display_width(text: str) -> int:
    """The width in half-width columns: a Chinese character takes two, a combining mark none."""
    return len(text) if text.isascii() else sum(map(_mark_width, text))


@lru_cache(maxsize=4096)  # the cells of one broken relation carry much the same note
def wrapped_lines(text: str, width: float) -> int:
    """How many lines a text takes when wrapped at `width` half-width columns; Latin words stay whole if they fit."""
    width = max(width, 2)
    return sum(_wrapped(line, width) for line in text.split("\n"))


def _wrapped(line: str, width: float) -> int:
    count, used = 1, 0.0
    for piece in _PIECE.findall(line):
        size = display_width(piece)
        if used + size <= width or (piece == " " and used):
            used += size
            continue
        count += 1 if used else 0
        count += int((size - 1) // width)
        used = size % width or min(size, width)
    return count
