"""A list as an office keeps it, CSV in any Chinese encoding or a workbook, as rows of text.

What a column means is not known here, only what a cell shows: merged cells are filled, zeros before a number stay.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path

from xlreport.record import record
from xlreport.round.trouble import RoundProblems, refuse

_DELIMITERS = (",", "\t", ";", "，", "；", "|")
_SEPARATOR = re.compile(r'"?sep=(.)"?\r?\n', re.IGNORECASE)  # a line that only Excel reads
_TEXT_FORMULA = re.compile(r'="([^"]*)"')  # how programs keep Excel from taking 01 for 1
_QUOTED_NUMBER = re.compile(r"'(?=\d)")
_COLUMNS = 50
_EXACT = 15  # digits that a number in a workbook keeps


class Shown(str):
    """A cell's text; `trouble` is why it cannot be relied on: "digits", "formula", "error"."""

    __slots__ = ("trouble",)
    trouble: str

    @classmethod
    def of(cls, text: str, trouble: str = "") -> Shown:
        """A text with its trouble."""
        made = cls(text)
        made.trouble = trouble
        return made


@record
class Row:
    """One row, and its place in the file, counted from 1."""

    line: int
    cells: tuple[str, ...]

    @property
    def filled(self) -> bool:
        """Whether anything stands in it, if only a formula without its result."""
        return any(cell.strip() or (isinstance(cell, Shown) and cell.trouble) for cell in self.cells)


def listings(data: bytes, name: str) -> Iterator[list[Row]]:
    """Every way in which a file can be read as a list: by its sheets, or by what may part its columns.

    The likeliest comes first; raises `RoundProblems` where there is none.
    """
    if data[:2] in {b"PK", b"\xd0\xcf"}:
        yield from _sheets(data, name)
        return
    text = decoded(data)
    said = _SEPARATOR.match(text)
    if said:
        yield list(_parted(text, said[1], said.end()))
        return
    first = next((line for line in text.splitlines() if line.strip()), "")
    failed: RoundProblems | None = None
    for delimiter in sorted(_DELIMITERS, key=first.count, reverse=True):
        try:
            rows = list(_parted(text, delimiter))
        except RoundProblems as error:
            failed = failed or error
        else:
            yield rows
    if failed is not None:
        raise failed


def decoded(data: bytes) -> str:
    """Text as Chinese offices save it: UTF-8 with or without a byte order mark, UTF-16, else GB18030."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", "replace")
    start = data[:200]
    if start.count(0) * 5 > len(start):  # commas and digits are half of zeros
        encodings = ["utf-16-le" if start[1::2].count(0) >= start[::2].count(0) else "utf-16-be"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise refuse("roster-encoding")


def _parted(text: str, delimiter: str, start: int = 0) -> Iterator[Row]:
    if delimiter == "，":  # whoever types these types them within a line only by mistake
        text, delimiter = text.replace("，", ","), ","
    reader = csv.reader(io.StringIO(text[start:], newline=""), delimiter=delimiter, strict=True)
    before = text.count("\n", 0, start)
    line = 1
    try:
        for row in reader:
            # A quotation mark that nobody closed takes whole lines into its cell.
            if any(delimiter in part for cell in row for part in cell.splitlines()[1:]):
                raise refuse("roster-csv", line=before + line)
            yield Row(before + line, tuple(map(_plain, row)))
            line = reader.line_num + 1
    except csv.Error as error:
        raise refuse("roster-csv", line=before + line) from error


def _plain(cell: str) -> str:
    found = _TEXT_FORMULA.fullmatch(cell.strip())
    return found[1] if found else _QUOTED_NUMBER.sub("", cell, count=1) if cell.startswith("'") else cell


def _sheets(data: bytes, name: str) -> Iterator[list[Row]]:
    from xlreport.workbook.book import read_book
    from xlreport.workbook.container import Container, Unreadable
    from xlreport.workbook.foreign import FORMATS, read_foreign
    from xlreport.workbook.zeros import padded_styles

    zeros: Mapping[int, int] = {}
    try:
        try:
            container = Container(Path(name), data)
            book, zeros = read_book(container), padded_styles(container)
        except Unreadable as error:
            if error.reason not in FORMATS:
                raise
            book = read_foreign(Path(name), data, error.reason)
    except Unreadable as error:
        raise refuse("roster-unreadable", trouble=error.reason, facts=dict(error.facts)) from error
    for sheet in book.sheets:
        rows: dict[int, dict[int, str]] = {}
        for (row, col), cell in sheet.cells.items():
            if col < _COLUMNS:
                rows.setdefault(row, {})[col] = _shown(
                    cell.kind.value, cell.text, cell.formula, zeros.get(cell.style, 0)
                )
        last = max(rows, default=0)
        for area in sheet.merges:
            value = rows.get(area.first_row, {}).get(area.first_col)
            for row in range(area.first_row, min(area.last_row, last) + 1) if value else ():
                for col in range(area.first_col, min(area.last_col, _COLUMNS - 1) + 1):
                    rows.setdefault(row, {}).setdefault(col, value or "")
        if rows:
            yield [
                Row(row + 1, tuple(cells.get(col, "") for col in range(max(cells) + 1)))
                for row, cells in sorted(rows.items())
            ]


def _shown(kind: str, text: str, formula: str | None, digits: int) -> Shown:
    text = text.strip()
    if kind == "error":
        return Shown.of(text, "error")
    if formula is not None and not text:
        return Shown.of("", "formula")
    if kind != "number":
        return Shown.of(text)
    try:
        number = Decimal(text)
    except InvalidOperation:
        return Shown.of(text)
    if number != number.to_integral_value() or abs(number) >= 10**40:
        return Shown.of(text)
    whole = f"{int(number):d}"
    return Shown.of(whole.zfill(digits), "digits" if len(whole) > _EXACT else "")
