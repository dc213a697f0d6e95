"""The sheets of text sections: a title, a small prompt, and one large cell to write in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xlreport.form.layout import INFO_ROW, SECTION_ROWS, TITLE_ROW, Layout, SheetLayout
from xlreport.form.model import Form
from xlreport.workbook import paper
from xlreport.workbook.panel import SECTION_COLUMNS, summary_cell
from xlreport.workbook.paper import Formats, must, write_merged
from xlreport.workbook.table_sheets import REMARK_WIDTH, colour_signs, write_info

COLUMN = 11.0  # the width of each of the columns that a section covers
WIDTH = SECTION_COLUMNS * (COLUMN + 0.7)
_LAST = SECTION_COLUMNS - 1
_LEAST = 180.0  # points of an empty section


def write_sections(
    sheet: Any, form: Form, layout: Layout, plan: SheetLayout, looks: Formats, texts: Mapping[str, str]
) -> None:
    """A sheet of text sections, all but its formulas."""
    widths = [COLUMN] * SECTION_COLUMNS
    paper.set_widths(sheet, [*widths, 2.0, REMARK_WIDTH])
    write_merged(sheet, TITLE_ROW, 0, TITLE_ROW, _LAST, plan.plan.title, looks["title"])
    write_info(sheet, form, plan, widths, looks)
    heights = {TITLE_ROW: 34.0, INFO_ROW: 20.0}
    for name in plan.plan.sections:
        section, cell = form.sections[name], layout.sections[name]
        write_merged(sheet, cell.row - 2, 0, cell.row - 2, _LAST, section.title, looks["section-title"])
        heights[cell.row - 2] = 24.0
        write_merged(sheet, cell.row - 1, 0, cell.row - 1, _LAST, section.prompt, looks["prompt"])
        heights[cell.row - 1] = paper.text_height(section.prompt, WIDTH, paper.NOTE_SIZE)
        text = texts.get(name, "")
        rows = range(cell.row, cell.row + SECTION_ROWS)
        write_merged(sheet, rows[0], 0, rows[-1], _LAST, text, looks["section"])
        needed = max(_LEAST, paper.text_height(text, WIDTH, paper.TEXT_SIZE))
        heights |= dict.fromkeys(rows, min(needed / SECTION_ROWS, paper.HIGHEST_ROW))
        options = {
            "validate": "any",
            "input_title": section.title[:32],
            "input_message": (section.prompt or "在此写文字。")[:220] + "换行按 Alt+Enter。",
        }
        must(sheet.data_validation(cell.row, 0, cell.row, 0, options))
    paper.set_heights(sheet, heights)
    summary = summary_cell(plan)
    colour_signs(sheet, [[summary.row, summary.col, summary.row, summary.col]], looks)
    sheet.print_area(0, 0, plan.bottom - 1, _LAST)
    sheet.freeze_panes(INFO_ROW + 1, 0)
