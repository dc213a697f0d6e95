"""The sheet 勾稽检查: one row for each relation, with both sides, the difference and the result."""

from __future__ import annotations

from typing import Any

from xlreport.form.layout import PANEL_SHEET
from xlreport.form.model import Origin, Severity
from xlreport.rules.formula import letters
from xlreport.workbook import panel as at
from xlreport.workbook import paper
from xlreport.workbook.cover_sheet import internal
from xlreport.workbook.formulas import FAIL, OPEN, PASS, told
from xlreport.workbook.panel import FIRST, Check, Panel
from xlreport.workbook.paper import Formats, must, write_merged

_LAST = len(at.HEADINGS) - 1


def write_panel(sheet: Any, checks: Panel, looks: Formats) -> None:
    """The panel, all but its formulas."""
    paper.set_widths(sheet, at.WIDTHS)
    sheet.set_column(at.WORDS, at.WORDS, None, None, {"hidden": True})
    write_merged(sheet, at.TITLE, 0, at.TITLE, _LAST, PANEL_SHEET, looks["title"])
    must(sheet.merge_range(at.SUMMARY, 0, at.SUMMARY, _LAST, "", looks["summary"]))
    write_merged(sheet, at.NOTE, 0, at.NOTE, _LAST, _note(checks), looks["prompt"])
    for col, heading in enumerate(at.HEADINGS):
        must(sheet.write_string(at.HEADER, col, heading, looks["panel-head"]))
    heights = {at.TITLE: 32.0, at.SUMMARY: 24.0, at.HEADER: 22.0}
    heights[at.NOTE] = paper.text_height(_note(checks), sum(at.WIDTHS), paper.NOTE_SIZE)
    for check in checks.checks:
        relation = told(check.rule)
        must(sheet.write_number(check.row, at.NUMBER, check.row - FIRST + 1, looks["panel-middle"]))
        target = internal(check.anchor.sheet, f"{letters(check.anchor.col)}{check.anchor.row + 1}")
        # LibreOffice does not wrap the text of a link: the short code leads to the cell, the long place does not.
        must(sheet.write_url(check.row, at.CODE, target, looks["panel-link"], string=check.rule.id))
        must(sheet.write_string(check.row, at.PLACE, check.place, looks["panel"]))
        must(sheet.write_string(check.row, at.RELATION, relation, looks["panel"]))
        gravity = at.MUST if check.rule.severity is Severity.ERROR else at.MAY
        must(sheet.write_string(check.row, at.GRAVITY, gravity, looks["panel-middle"]))
        texts = ((check.place, at.PLACE), (relation, at.RELATION), (_sample(check), at.REMARK))
        heights[check.row] = max(paper.text_height(text, at.WIDTHS[col], paper.NOTE_SIZE) for text, col in texts)
    paper.set_heights(sheet, heights)
    sheet.freeze_panes(FIRST, 0)
    if checks.checks:
        sheet.autofilter(at.HEADER, 0, checks.last, _LAST)
        _colour(sheet, checks, looks)
    sheet.print_area(0, 0, max(checks.last, at.HEADER), _LAST)
    sheet.repeat_rows(at.HEADER)


def _sample(check: Check) -> str:
    """A remark as long as they get, so that a breach needs no higher row."""
    if check.rule.bound.link is not None:
        return f"不符：{told(check.rule)}（请核对或说明）"
    advice = "" if check.rule.severity is Severity.ERROR else "（请核对或说明）"
    if check.rule.origin is Origin.TREE:
        return f"各项之和 12345，总计 12345，差 12345{advice}"
    return f"{told(check.rule)}：左边 12345 不应小于右边 12345{advice}"


def _note(checks: Panel) -> str:
    text = "√ 成立　× 不符　○ 未填全　— 不适用。“必须”的关系应当成立；“提示”的关系不成立时请核对或说明。"
    text += "点“编号”到表中的格。"
    if checks.left_out:
        text += f"另有 {checks.left_out} 条关系要与上年报告比较，由审核时检查（xlreport check --prior），不在此列。"
    return text


def _colour(sheet: Any, checks: Panel, looks: Formats) -> None:
    sign, gravity = f"${letters(at.RESULT)}{FIRST + 1}", f"${letters(at.GRAVITY)}{FIRST + 1}"
    area = (FIRST, at.LEFT, checks.last, at.REMARK)
    for criteria, look in (
        (f'=AND({sign}="{FAIL}",{gravity}="{at.MUST}")', "broken"),
        (f'={sign}="{FAIL}"', "doubtful"),
        (f'={sign}="{PASS}"', "said-good"),
        (f'={sign}="{OPEN}"', "said-open"),
    ):
        options = {"type": "formula", "criteria": criteria, "format": looks[look], "stop_if_true": True}
        must(sheet.conditional_format(*area, options))
