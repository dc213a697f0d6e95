"""How cells and ranges are called: B21 for people, 0-based row and column inside."""

from __future__ import annotations

from xlreport.pattern import pattern
from xlreport.record import NamedTuple

LAST_ROW, LAST_COL = 1_048_575, 16_383


class Range(NamedTuple):
    """A rectangle of cells, 0-based, both ends included."""

    first_row: int
    first_col: int
    last_row: int
    last_col: int


_CELL = pattern(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})")
_REFERENCE = pattern(r"(?:(?:'((?:[^'\[\]]|'')+)'|([^'!:,\[\]#()]+))!)?([$A-Za-z0-9]+)(?::([$A-Za-z0-9]+))?")


def column_letters(col: int) -> str:
    """The letters of a 0-based column: 0 is A, 26 is AA."""
    letters = ""
    col += 1
    while col:
        col, rest = divmod(col - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_name(row: int, col: int) -> str:
    """The address people use for a 0-based row and column: (20, 1) is B21."""
    return f"{column_letters(col)}{row + 1}"


def parse_cell(text: str) -> tuple[int, int]:
    """The 0-based row and column of "B21" or "$B$21"; `ValueError` if Excel has no such cell."""
    row, col = split_address(text)
    if row > LAST_ROW or col > LAST_COL:
        raise ValueError(f"beyond the last cell: {text!r}")
    return row, col


def parse_range(text: str) -> tuple[str, Range] | None:
    """The sheet ("" if none is named) and rectangle a reference means; None for #REF!, other books, several areas."""
    match = _REFERENCE.fullmatch(text)
    if match is None:
        return None
    try:
        row, col = parse_cell(match[3])
        other_row, other_col = parse_cell(match[4] or match[3])
    except ValueError:
        return None
    sheet = match[1].replace("''", "'") if match[1] else match[2] or ""
    return sheet, Range(min(row, other_row), min(col, other_col), max(row, other_row), max(col, other_col))


def split_address(address: str) -> tuple[int, int]:
    """As `parse_cell`, but the cell may lie beyond Excel's last row and column."""
    match = _CELL.fullmatch(address)
    if match is None:
        raise ValueError(f"no cell address: {address[:40]!r}")
    col = 0
    for letter in match[1].upper():
        col = col * 26 + ord(letter) - 64
    return int(match[2]) - 1, col - 1
