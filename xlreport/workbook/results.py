"""The last round's findings, read from the first sheet of an annotated workbook that came back.

They stand in its cells, because cells are what every program keeps: LibreOffice, WPS and Excel all drop or rewrite
whatever else we might have written. Which columns are which is told by a hidden one, our own, and its head.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from xlreport.form.model import Severity
from xlreport.pattern import pattern
from xlreport.since import Earlier
from xlreport.workbook.address import parse_range
from xlreport.workbook.book import Book
from xlreport.workbook.marks import HEAD, TITLES
from xlreport.workbook.sheet import Sheet

RESULTS = "_xlreport_results"
"""The hidden defined name that tells our sheet: users rename sheets, and may have one called like ours."""

_WORDS = (*TITLES, f"{HEAD} ")
SAID = pattern("|".join(f">{re.escape(word)}" for word in _WORDS).encode())
"""What the part of such a sheet, or of the texts that it shares with others, has in some cell."""

_HEAD = pattern(rf"{HEAD} (\w+(?: \w+)*)")
_SIGNS = {"×": Severity.ERROR, "△": Severity.WARNING, "○": Severity.INFO}
_KEYS = pattern(r"(-?)([0-9a-f]{8}(?: [0-9a-f]{8})*)")
_ROWS = 20_000  # a round has some dozens of findings


def results_sheet(book: Book) -> Sheet | None:
    """The sheet that an earlier check put first: the one that our name points at, if it looks like it.

    A name follows a cell that is cut and pasted, and anybody can write one: no sheet of the form is ever taken for it.
    """
    target = parse_range(book.names.get(RESULTS, ""))
    if target is None or target[0] in named_sheets(book.names):
        return None
    sheet = next((sheet for sheet in book.sheets if sheet.name == target[0]), None)
    said = (cell.text for cell in sheet.cells.values()) if sheet is not None else ()
    return sheet if any(text.startswith(_WORDS) for text in said) else None


def named_sheets(names: Mapping[str, str]) -> set[str]:
    """The sheets that names of a form point at."""
    found = (parse_range(text) for name, text in names.items() if name.startswith("xlr_"))
    return {target[0] for target in found if target is not None}


def earlier_round(book: Book) -> tuple[Earlier, ...] | None:
    """The findings of the last round that were open then; None if the workbook does not come from a round."""
    sheet = results_sheet(book)
    head = _head(sheet) if sheet is not None else None
    if sheet is None or head is None:
        return None
    (top, own), columns = head
    found: list[Earlier] = []
    for (row, col), cell in sorted(sheet.cells.items())[: _ROWS * len(columns)]:
        keys = _KEYS.fullmatch(cell.text) if col == own and row > top else None
        if keys is not None and not keys[1]:  # a minus: it was gone already
            texts = {name: _text(sheet, row, at) for name, at in columns.items()}
            severity = _SIGNS.get(texts["severity"][:1], Severity.INFO)
            found.append(
                Earlier(
                    tuple(keys[2].split()),
                    severity,
                    texts["code"],
                    texts["place"],
                    texts["item"],
                    texts["message"],
                    texts["explanation"],
                )
            )
    return tuple(found)


def _head(sheet: Sheet) -> tuple[tuple[int, int], Mapping[str, int]] | None:
    """The cell above the column of keys, and the columns by their names."""
    for (row, col), cell in sheet.cells.items():
        match = _HEAD.fullmatch(cell.text)
        if match is not None:
            names = match[1].split()
            first = col - len(names)
            columns = {name: first + at for at, name in enumerate(names)}
            if first >= 0 and columns.keys() >= {"severity", "code", "place", "item", "message", "explanation"}:
                return (row, col), columns
    return None


def _text(sheet: Sheet, row: int, col: int) -> str:
    cell = sheet.cells.get((row, col))
    return cell.text if cell is not None else ""
