"""The cover: who reports for which year, how to fill the form in, and how far the filling has come."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from xlreport.form.layout import COVER_LABEL, COVER_TOP, COVER_VALUE, PANEL_SHEET, Layout
from xlreport.form.model import CoverField, Form
from xlreport.form.table import Item, Quantity
from xlreport.workbook import paper
from xlreport.workbook.identity import MARKER_SHEET, NUMBER_LABEL
from xlreport.workbook.panel import progress_cell
from xlreport.workbook.paper import Formats, must, write_merged

WIDTHS = (3.0, 20.0, 56.0, 3.0, 20.0, 34.0)
LIST_LIMIT = 255  # characters that a list validation takes; a longer list stands on the hidden sheet
LEVEL_COLUMN = 3  # of the hidden sheet
_PROMPTS: Mapping[str, str] = {
    "unit": "填写本机关全称，与公章一致。",
    "unit_code": "填写统一社会信用代码或汇总单位分配的代码，首位的 0 要保留。",
    "period": "填写报告所属的年度，四位数字，例如 {year}。",
    "level": "从列表中选择。个别审核关系因层级而不同。",
}


def write_cover(
    sheet: Any, form: Form, layout: Layout, looks: Formats, cover: Mapping[str, str | int], computed: Collection[Item]
) -> None:
    """Everything on the cover but its formulas."""
    paper.set_widths(sheet, WIDTHS)
    heights = {0: 24.0, 1: 54.0, 2: 22.0, 3: 22.0}
    write_merged(sheet, 1, COVER_LABEL, 1, COVER_VALUE, form.title, looks["cover-title"])
    write_merged(sheet, 2, COVER_LABEL, 2, COVER_VALUE, f"{NUMBER_LABEL}{form.number}", looks["cover-number"])
    for field in form.cover:
        cell = layout.cover[field.id]
        star = "（必填）" if field.required else ""
        must(sheet.write_string(cell.row, COVER_LABEL, field.label, looks["field"]))
        look = looks["year" if field.id == "period" else "value"]
        value = cover.get(field.id, "")
        heights[cell.row] = 28.0  # for every unit the same: casts of one form differ in nothing but texts
        if isinstance(value, int):
            must(sheet.write_number(cell.row, cell.col, value, look))
        elif value:
            must(sheet.write_string(cell.row, cell.col, value, look))
        else:
            must(sheet.write_blank(cell.row, cell.col, None, look))
        _validate(sheet, form, field, cell.row, cell.col, star)
    bottom = _guide(sheet, form, looks, COVER_TOP + len(form.cover) + 1, heights, computed)
    _progress(sheet, layout, looks)
    paper.set_heights(sheet, heights)
    sheet.print_area(0, 0, bottom, COVER_VALUE + 1)


def _validate(sheet: Any, form: Form, field: CoverField, row: int, col: int, star: str) -> None:
    year = form.last_period or max(form.first_period, 2024)
    options: dict[str, Any] = {
        "validate": "any",
        "input_title": f"{field.label}{star}"[:32],
        "input_message": _PROMPTS.get(field.id, f"填写{field.label}。").format(year=year)[:255],
    }
    if field.id == "period":
        last = form.last_period or 2100
        until = f"至 {form.last_period} 年" if form.last_period else "起"
        options |= {
            "validate": "integer",
            "criteria": "between",
            "minimum": form.first_period,
            "maximum": last,
            "error_title": "报告年度",
            "error_message": f"本版式用于 {form.first_period} 年{until}的报告，请填四位年份。",
        }
    if field.id == "level" and form.levels:
        options |= {
            "validate": "list",
            "source": level_source(form),
            "error_title": "单位层级",
            "error_message": "请从列表中选择；都不合适的选“其他”或留空。",
        }
    must(sheet.data_validation(row, col, row, col, options))


def level_source(form: Form) -> list[str] | str:
    """Where the list of levels is taken from: written out, or the hidden sheet if it is too long."""
    names = [level.id for level in form.levels]
    if len(",".join(names)) <= LIST_LIMIT and not any("," in name for name in names):
        return names
    return f"='{MARKER_SHEET}'!$D$1:$D${len(names)}"


def _guide(
    sheet: Any, form: Form, looks: Formats, row: int, heights: dict[int, float], computed: Collection[Item]
) -> int:
    """How to fill it in; the row of the last line."""
    must(sheet.write_string(row, COVER_LABEL, "填表说明", looks["guide-title"]))
    heights[row] = 22.0
    legend = [(paper.INPUT_FILL, "填写", "在浅黄色格中填写。没有发生的填 0，不要留空，不要填“无”或“—”。")]
    if any(form.is_total(item) and item not in computed for item in form.items):
        legend.append(
            (paper.TOTAL_FILL, "合计（填写）", "合计照底册填写，不由各项推出：两边都有，才能查出是哪一格填错。")
        )
    if computed:
        legend.append((paper.FORMULA_FILL, "合计（公式）", "由公式计算，不必填写，也不能修改。"))
    for fill, name, words in legend:
        row += 1
        must(sheet.write_string(row, COVER_LABEL, name, looks[_LEGEND[fill]]))
        must(sheet.write_string(row, COVER_VALUE, words, looks["legend-words"]))
        heights[row] = max(24.0, paper.text_height(words, WIDTHS[COVER_VALUE] - 1.5, paper.LABEL_SIZE))
    for i, words in enumerate(_notes(form), 1):
        row += 1
        text = f"{i}．{words}"
        write_merged(sheet, row, COVER_LABEL, row, COVER_VALUE, text, looks["guide"])
        heights[row] = paper.text_height(text, WIDTHS[COVER_LABEL] + WIDTHS[COVER_VALUE], paper.LABEL_SIZE)
    return row


_LEGEND = {paper.INPUT_FILL: "legend-input", paper.TOTAL_FILL: "legend-total", paper.FORMULA_FILL: "legend-formula"}


def _notes(form: Form) -> list[str]:
    kinds = {form.entry_type(item).quantity for item in form.items}
    notes = ["件数填 0 或正整数，不带单位、空格和汉字。"]
    if Quantity.SIGNED in kinds:
        notes.append("“增/减”一类的格，减少的填负数，例如 -4。")
    if Quantity.AMOUNT in kinds:
        notes.append("金额按栏目所印的单位填写，可以带小数。")
    notes.append(f"表的右边和“{PANEL_SHEET}”表随填随查：√ 成立，× 不符，○ 未填全，— 不适用。这些内容不打印。")
    notes.append("工作表加了保护但没有密码；列宽、行高和格式可以调整。请不要插入、删除行列，不要改动表样。")
    if form.source:
        notes.append(f"依据：{form.source}")
    return notes


def _progress(sheet: Any, layout: Layout, looks: Formats) -> None:
    """Links to the sheets; what each says of itself is a formula beside it."""
    first = progress_cell(0)
    must(sheet.write_string(first.row - 1, first.col - 1, "填报进度（不打印）", looks["remark-head"]))
    must(sheet.write_blank(first.row - 1, first.col, None, looks["remark-head"]))
    for i, name in enumerate([*(s.name for s in layout.sheets), PANEL_SHEET]):
        cell = progress_cell(i)
        must(sheet.write_url(cell.row, cell.col - 1, internal(name, "A1"), looks["link"], string=name))


def internal(sheet: str, cell: str) -> str:
    """A link to a cell of the same workbook."""
    return "internal:'" + sheet.replace("'", "''") + f"'!{cell}"
