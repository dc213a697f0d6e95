"""The items that a name can mean: `table!row@column`, a path of printed labels, or a cell of the workbook as issued."""

from __future__ import annotations

import re
from collections.abc import Iterator

from xlreport.form.fold import fold
from xlreport.form.layout import Placed, layout
from xlreport.form.model import Form
from xlreport.form.table import Ambiguous, Axis, Heading, Item, Table
from xlreport.workbook.address import parse_cell


def items_named(form: Form, what: str) -> list[Item]:
    """Every item that a name fits; none if it fits a group, or nothing."""
    found = _at_cell(form, what)
    if not found:
        found = list(dict.fromkeys(item for table, rest in _tables(form, what) for item in _in_table(table, rest)))
    if not found:  # as `check` prints it, without its table; what stands in several is told as ambiguous
        text = what.strip().replace("／", "/").strip('「」“”"')
        every = (item for table in form.tables.values() for item in _in_table(table, text))
        words = re.split("[/@]", text)
        found = list(dict.fromkeys(every)) if len(words) > 1 and all(word.strip() for word in words) else []
    return found


def _at_cell(form: Form, what: str) -> list[Item]:
    """The item at an address such as `三、依申请公开!D28`, in a workbook as issued."""
    sheet, _, address = what.strip().replace("！", "!").rpartition("!")
    try:
        row, col = parse_cell(address.strip())
    except ValueError:
        return []
    wanted = fold(sheet.strip().strip("'"))
    placed = [p for s in layout(form).sheets if fold(s.name) == wanted for p in s.placed]
    return [p.item for p in placed if p.item is not None and _covers(p, row, col)]


def _covers(placed: Placed, row: int, col: int) -> bool:
    return 0 <= row - placed.row < placed.rowspan and 0 <= col - placed.col < placed.colspan


def _tables(form: Form, what: str) -> Iterator[tuple[Table, str]]:
    """Every way to take a name apart into a table and the rest."""
    text = what.strip().replace("！", "!").replace("／", "/")
    for match in re.finditer("[!/]", text):
        name = text[: match.start()].strip()
        table = form.find_table(name) or form.find_table(name.removeprefix("表")) or _sole_table(form, name)
        if table is not None:
            yield table, text[match.end() :]


def _sole_table(form: Form, sheet: str) -> Table | None:
    """The table of a sheet that has only one."""
    found = [plan.tables for plan in form.sheets if fold(plan.name) == fold(sheet) or fold(plan.title) == fold(sheet)]
    return form.tables[found[0][0]] if len(found) == 1 and len(found[0]) == 1 else None


def _in_table(table: Table, rest: str) -> Iterator[Item]:
    """The items that `row@column`, `row/column` or a single name mean in a table."""
    if "@" in rest:
        row, _, column = rest.partition("@")
        cuts = [(row, column)]
    else:
        words = [word.strip() for word in rest.split("/")]
        cuts = [("/".join(words[:i]), "/".join(words[i:])) for i in range(len(words) + 1)]
    for row, column in cuts:
        rows, columns = _leaf(table.rows, row), _leaf(table.columns, column)
        if rows and columns and (item := Item(table.id, rows.id, columns.id)) in table.items:
            yield item


def _leaf(axis: Axis, name: str) -> Heading | None:
    """The one heading with cells that a name means; nothing need be named where there is only one."""
    if not name.strip():
        return axis.leaves[0] if len(axis.leaves) == 1 else None
    try:
        found = axis.find(name.strip())
    except Ambiguous:
        return None
    return found if found is not None and found.leaf else None
