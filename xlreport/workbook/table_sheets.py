"""The sheets of tables: the official grid, its typed cells, and the remarks beside it that are not printed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from xlreport.form.layout import GRID_TOP, INFO_ROW, PANEL_SHEET, TITLE_ROW, Part, Placed, SheetLayout
from xlreport.form.model import Form, Severity
from xlreport.form.table import EntryType, Item, Quantity
from xlreport.rules.formula import letters
from xlreport.rules.nodes import Number
from xlreport.workbook import paper
from xlreport.workbook.cover_sheet import internal
from xlreport.workbook.formulas import FAIL, OPEN, PASS, told
from xlreport.workbook.identity import NUMBER_LABEL, RESULTS_NAME, UNIT_LABEL
from xlreport.workbook.measure import display_width
from xlreport.workbook.panel import (
    FIRST,
    Check,
    Panel,
    below_row,
    below_rules,
    remark_header,
    summary_cell,
)
from xlreport.workbook.paper import Box, Formats, must, write_merged

REMARK_WIDTH = 44.0
_LEAST = 22.0  # points of a row of one line
_INFO_NEED = 54  # half-width columns: the unit's name, some twelve characters of it, and the year
_INDENT = 1.5  # columns that the indent of a row's label takes


def write_tables(
    sheet: Any,
    form: Form,
    plan: SheetLayout,
    looks: Formats,
    values: Mapping[Item, Number | str],
    computed: Collection[Item],
    checks: Panel,
    locked: Collection[Item] = (),
) -> None:
    """A sheet of tables, all but its formulas."""
    widths = column_widths(form, plan)
    paper.set_widths(sheet, [*widths, 2.0, REMARK_WIDTH])
    last = plan.width - 1
    write_merged(sheet, TITLE_ROW, 0, TITLE_ROW, last, plan.plan.title, looks["title"])
    write_info(sheet, form, plan, widths, looks)
    heights = paper.row_heights(_boxes(plan, widths), range(GRID_TOP, plan.bottom), _LEAST)
    heights[TITLE_ROW] = max(34.0, paper.text_height(plan.plan.title, sum(widths), 16))
    heights[INFO_ROW] = 20.0
    paper.set_heights(sheet, heights)
    for placed in plan.placed:
        _write_placed(sheet, form, placed, looks, values, computed, locked)
    _block(sheet, form, plan, looks)
    _validations(sheet, form, plan, computed)
    _remark_frame(sheet, form, plan, looks)
    highlight(sheet, plan, looks, checks)
    sheet.print_area(0, 0, plan.bottom - 1, last)
    _freeze(sheet, form, plan)


def column_widths(form: Form, plan: SheetLayout) -> list[float]:
    """The widths of the printed columns; where the definition does not say, 12, and what the labels need."""
    labels = max((_labels(form, table, plan) for table in plan.plan.tables), default=0)
    given = plan.plan.widths
    found = [_label_width(form, plan, col, labels) if col < labels else 12.0 for col in range(plan.width)]
    return [*given[: plan.width], *found[len(given) :]]


def _label_width(form: Form, plan: SheetLayout, level: int, levels: int) -> float:
    """Room for the row labels of a level; groups may be broken into lines, as they are as high as their members."""
    headings = (h for t in plan.plan.tables if not form.tables[t].unlabelled for h in form.tables[t].rows.headings)
    words = max((display_width(h.label) for h in headings if len(h.path) == level + 1), default=0)
    return float(min(max(words + 3, 8), 30 if level == levels - 1 else 14))


def _labels(form: Form, table: str, plan: SheetLayout) -> int:
    found = form.tables[table]
    return 0 if found.unlabelled else max(plan.plan.label_columns, found.rows.depth())


def write_info(sheet: Any, form: Form, plan: SheetLayout, widths: list[float], looks: Formats) -> None:
    """The line under the title: on the left a formula says whose report it is, on the right stand 表号 and unit."""
    units = dict.fromkeys(form.entry_type(p.item).unit for p in plan.placed if p.item is not None)
    text = f"{NUMBER_LABEL}{form.number}"
    if named := [unit for unit in units if unit]:
        text += f"　　{UNIT_LABEL}：{'、'.join(named)}"
    if len(widths) == 1:
        must(sheet.write_blank(INFO_ROW, 0, None, looks["info"]))
        return
    needed = display_width(text)
    split = min(range(1, len(widths)), key=lambda at: max(_INFO_NEED / sum(widths[:at]), needed / sum(widths[at:])))
    write_merged(sheet, INFO_ROW, 0, INFO_ROW, split - 1, "", looks["info"])
    write_merged(sheet, INFO_ROW, split, INFO_ROW, len(widths) - 1, text, looks["info-right"])


def _boxes(plan: SheetLayout, widths: list[float]) -> Iterable[Box]:
    for placed in plan.placed:
        if placed.text:
            columns = sum(widths[placed.col : placed.col + placed.colspan]) + 0.7 * (placed.colspan - 1)
            columns -= _INDENT if placed.heading and placed.heading[1] == "row" and placed.rowspan == 1 else 0
            yield Box(placed.row, placed.rowspan, placed.text, columns, paper.LABEL_SIZE)


def _write_placed(
    sheet: Any,
    form: Form,
    placed: Placed,
    looks: Formats,
    values: Mapping[Item, Number | str],
    computed: Collection[Item],
    locked: Collection[Item],
) -> None:
    look = looks["carried" if placed.item in locked else _look(form, placed, computed)]
    corners = (placed.row, placed.col, placed.row + placed.rowspan - 1, placed.col + placed.colspan - 1)
    if placed.item is None or placed.item in computed:
        write_merged(sheet, *corners, placed.text, look)
        return
    value = values.get(placed.item, "")
    write_merged(sheet, *corners, value if isinstance(value, str) else "", look)
    if not isinstance(value, str):
        must(sheet.write_number(placed.row, placed.col, value, look))


def _look(form: Form, placed: Placed, computed: Collection[Item]) -> str:
    if placed.item is not None:
        return "formula" if placed.item in computed else "total" if placed.part is Part.TOTAL else "input"
    if placed.heading is None:
        return "corner" if placed.row and placed.text.startswith(("（", "(")) else "heading"
    table, axis, name = placed.heading
    if axis == "column":
        return "heading"
    heading = form.tables[table].rows.by_id[name]
    return "total-label" if heading.total else "label" if heading.leaf else "group"


def _block(sheet: Any, form: Form, plan: SheetLayout, looks: Formats) -> None:
    """Grey out the places of a table that are no items."""
    for name in plan.plan.tables:
        table = form.tables[name]
        if not table.blocked:
            continue
        rows = {p.item.row: p.row for p in plan.placed if p.item is not None and p.item.table == name}
        columns = {p.item.column: p for p in plan.placed if p.item is not None and p.item.table == name}
        for row, column in sorted(table.blocked):
            if row in rows and column in columns:
                at = columns[column]
                write_merged(sheet, rows[row], at.col, rows[row], at.col + at.colspan - 1, "", looks["blocked"])


# --- validation --------------------------------------------------------------------------------------------


def _validations(sheet: Any, form: Form, plan: SheetLayout, computed: Collection[Item]) -> None:
    """One validation for all typed cells of a kind on the sheet."""
    groups: dict[tuple[EntryType, bool], list[Placed]] = {}
    for placed in plan.placed:
        if placed.item is not None and placed.item not in computed:
            key = form.entry_type(placed.item), placed.part is Part.TOTAL
            groups.setdefault(key, []).append(placed)
    for (kind, total), cells in groups.items():
        areas = runs(cells)
        first = areas[0]
        options = validation(kind, total=total) | {"other_cells": areas[1:]}
        must(sheet.data_validation(*first, options))


def runs(cells: Iterable[Placed]) -> list[list[int]]:
    """Cells as [first row, first column, last row, last column], drawn together down the columns."""
    found: list[list[int]] = []
    for placed in sorted(cells, key=lambda p: (p.col, p.row)):
        if found and found[-1][1] == placed.col and found[-1][2] + 1 == placed.row and placed.colspan == 1:
            found[-1][2] = placed.row
        else:
            found.append([placed.row, placed.col, placed.row, placed.col])
    return found


def validation(kind: EntryType, *, total: bool = False) -> dict[str, Any]:
    """What a cell takes, with its prompt and its error in words; texts within what Excel allows (32 and 255)."""
    unit = f"计量单位：{kind.unit}。" if kind.unit else ""
    options: dict[str, Any] = {"validate": "integer", "criteria": ">=", "value": 0}
    title, prompt, wrong = "填 0 或正整数", "没有发生的填 0，不要留空。", "请填 0 或正整数，例如 2。"
    if kind.quantity is Quantity.SIGNED:
        options |= {"criteria": "between", "minimum": -999_999_999, "maximum": 999_999_999}
        title, prompt = "填整数，减少填负数", "增加填正数，减少填负数，没有变化填 0，不要留空。"
        wrong = "请填整数：增加如 3，减少如 -3，没有变化填 0。"
    elif kind.quantity is Quantity.AMOUNT:
        options |= {"validate": "decimal"}
        title = "填金额（0 或正数）"
        prompt = f"没有发生的填 0，不要留空。{f'最多 {kind.decimals} 位小数。' if kind.decimals else ''}"
        wrong = "请填 0 或正数，可以带小数，例如 25.1。"
    if total:
        title, prompt = "合计：照底册填写", f"不要用各项倒推。{prompt}"
    return options | {
        "input_title": title[:32],
        "input_message": (prompt + unit)[:255],
        "error_title": "填写有误",
        "error_message": f"{wrong}不要带单位、空格或汉字。{unit}"[:255],
    }


# --- what is not printed -----------------------------------------------------------------------------------


def _remark_frame(sheet: Any, form: Form, plan: SheetLayout, looks: Formats) -> None:
    """The heading of the remarks, the labels of the lines below the grid, and the colours of what they say."""
    head, summary = remark_header(plan), summary_cell(plan)
    link = internal(PANEL_SHEET, f"A{FIRST + 1}")
    must(sheet.write_url(head.row, head.col, link, looks["link"], string=f"实时检查（不打印）　明细见“{PANEL_SHEET}”"))
    areas = [[summary.row, summary.col, summary.row, summary.col], [GRID_TOP, head.col, plan.bottom - 1, head.col]]
    rules = below_rules(form, plan)
    if rules:
        labels = _labels(form, plan.plan.tables[0], plan)
        must(sheet.set_row(plan.bottom, 8.0))
        for place, rule in enumerate(rules):
            row = below_row(plan, place)
            must(sheet.set_row(row, 16.0))
            if labels:
                write_merged(sheet, row, 0, row, labels - 1, told(rule), looks["below-label"])
        areas.append([below_row(plan, 0), labels, below_row(plan, len(rules) - 1), plan.width - 1])
    colour_signs(sheet, areas, looks)


def colour_signs(sheet: Any, areas: Iterable[Iterable[int]], looks: Formats) -> None:
    """Colour the remarks by the sign they begin with; the sign says it, too."""
    for top, left, bottom, right in areas:
        first = f"{letters(left)}{top + 1}"
        for sign, look in ((FAIL, "said-bad"), (PASS, "said-good"), (OPEN, "said-open")):
            options = {"type": "formula", "criteria": f'=LEFT({first},1)="{sign}"', "format": looks[look]}
            must(sheet.conditional_format(top, left, bottom, right, options))


def highlight(sheet: Any, plan: SheetLayout, looks: Formats, checks: Panel) -> None:
    """Colour exactly the cells of each broken relation: red if it must hold, amber if it may be explained.

    The condition names the panel's results by a defined name: Excel takes another sheet in a conditional format only
    through a name (2007) or an extension that LibreOffice and WPS read differently.
    """
    boxes = {(p.row, p.col): p for p in plan.placed if p.item is not None}
    for severity in (Severity.ERROR, Severity.WARNING, Severity.INFO):
        for check in checks.checks:
            if check.rule.severity is severity:
                _highlight(sheet, plan, looks, check, boxes)


def _highlight(
    sheet: Any, plan: SheetLayout, looks: Formats, check: Check, boxes: Mapping[tuple[int, int], Placed]
) -> None:
    cells = [boxes[cell.row, cell.col] for cell in check.cells if cell.sheet == plan.name]
    if not cells:
        return
    ranges = []
    for top, left, bottom, right in runs(cells):
        right = max(right, left + boxes[top, left].colspan - 1)
        first, last = f"{letters(left)}{top + 1}", f"{letters(right)}{bottom + 1}"
        ranges.append((top, left, bottom, right, first if first == last else f"{first}:{last}"))
    top, left, bottom, right, _ = ranges[0]
    look = looks["broken" if check.rule.severity is Severity.ERROR else "doubtful"]
    options = {
        "type": "formula",
        "criteria": f'=INDEX({RESULTS_NAME},{check.row - FIRST + 1})="{FAIL}"',
        "format": look,
        "multi_range": " ".join(text for *_, text in ranges),
    }
    must(sheet.conditional_format(top, left, bottom, right, options))


def _freeze(sheet: Any, form: Form, plan: SheetLayout) -> None:
    """Keep the headings in view: of a single table with its labels, of a stack only the title."""
    if len(plan.plan.tables) != 1:
        sheet.freeze_panes(GRID_TOP, 0)
        return
    top = min(p.row for p in plan.placed if p.item is not None)
    left = min(p.col for p in plan.placed if p.item is not None)
    widths = column_widths(form, plan)
    sheet.freeze_panes(top, left if sum(widths[:left]) < 70 else 0)
    sheet.repeat_rows(0, top - 1)
