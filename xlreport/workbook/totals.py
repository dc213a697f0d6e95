"""Whether the formula of a total still is the form's: it adds its parts, all of them and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

from xlreport.form.layout import Cell
from xlreport.form.model import Form, Item
from xlreport.workbook.address import parse_cell

_AREA = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})(?::\$?([A-Z]{1,3})\$?([0-9]{1,7}))?(?![\w(!.])")
_REACH = 4000  # cells of an area that a total may name
_HARMLESS = re.compile(r"(?:SUM|IF|COUNT|ISNUMBER|SUBTOTAL\(9|IFERROR|N)\(|=0|\"\"|,0(?=\))|[-+]0(?![0-9.])|[(),+;=\s]")


def adds_its_parts(
    form: Form, item: Item, formula: str, places: Mapping[Item, Cell], filled: Callable[[int, int], bool]
) -> bool:
    """Whether a formula names exactly the cells that the total is made of, and does nothing but add them.

    Totals of totals may be taken through their parts, and a row put in between may be named if it is empty.
    """
    home = places[item].sheet
    named: set[tuple[int, int]] = set()
    rest = formula.replace(f"'{home}'!", "").replace(f"{home}!", "")
    for match in _AREA.finditer(rest):
        top, left = parse_cell(match[1] + match[2])
        bottom, right = parse_cell(match[3] + match[4]) if match[3] else (top, left)
        if (bottom - top + 1) * (right - left + 1) > _REACH:
            return False
        named |= {(row, col) for row in range(top, bottom + 1) for col in range(left, right + 1)}
    if _HARMLESS.sub("", _AREA.sub("", rest)):
        return False  # a constant, a subtraction, another sheet, another function
    for parts in _ways(form, item, places):
        wanted = {(places[part].row, places[part].col) for part in parts}
        if wanted <= named and not any(filled(*cell) for cell in named - wanted):
            return True
    return False


def _ways(form: Form, item: Item, places: Mapping[Item, Cell]) -> Collection[frozenset[Item]]:
    """The sets of items whose sum the total is: down, across, and either with the parts of its parts beside them."""
    table = form.tables[item.table]
    row, column = table.rows.by_id[item.row], table.columns.by_id[item.column]
    across = [Item(item.table, item.row, part) for part in column.parts] if column.total else []
    down = [Item(item.table, part, item.column) for part in row.parts] if row.total else []
    ways = set()
    for parts in (across, down):
        known = frozenset(part for part in parts if part in places)
        if known:
            inner = {p for part in known for p in form.total_parts(part) if p in places}
            ways |= {known, known | inner, frozenset(inner)}
    return ways
