"""How our workbooks look: fonts, fills, borders, and how high a row must be so that nothing is cut off.

xlsxwriter's own objects pass through here as `Any`: it is imported only when a workbook is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xlreport.workbook.measure import wrapped_lines

# Names that every Chinese Windows has; elsewhere the program's own table puts its Song or Fangsong in their place.
SONG, HEI, FANGSONG = "宋体", "黑体", "仿宋"
LABEL_SIZE, TEXT_SIZE, NOTE_SIZE = 10.0, 12.0, 9.0
INPUT_FILL, TOTAL_FILL, FORMULA_FILL, HEADING_FILL = "#FFFDE7", "#FFF3D6", "#E8E8E8", "#E3ECF5"
ERROR_INK, ERROR_FILL, WARNING_INK, WARNING_FILL = "#9C0006", "#FFC7CE", "#7F4F00", "#FFDD99"
GOOD_INK, PALE_INK = "#1E6B2E", "#666666"
HIGHEST_ROW = 409.0  # points; what Excel allows
_LINE = 1.45  # line pitch by font size; LibreOffice's substitutes for 宋体 are taller than Excel's own
_MARGIN = 4.0  # points above and below the text

Style = Mapping[str, Any]
Formats = Mapping[str, Any]

_LABEL = {"font_name": SONG, "font_size": LABEL_SIZE, "text_wrap": True, "valign": "vcenter", "border": 1}
_NUMBER = {"font_name": SONG, "font_size": 10.5, "align": "center", "valign": "vcenter", "border": 1}
_PLAIN = {"font_name": SONG, "font_size": LABEL_SIZE, "valign": "vcenter"}
_INFO = {"font_name": SONG, "font_size": NOTE_SIZE, "valign": "vcenter", "shrink": True}
_NOTE = {"font_name": SONG, "font_size": NOTE_SIZE, "valign": "vcenter", "font_color": PALE_INK}

STYLES: Mapping[str, Style] = {
    "title": {"font_name": HEI, "font_size": 16, "align": "center", "valign": "vcenter", "text_wrap": True},
    "info": _INFO,
    "info-right": {**_INFO, "align": "right"},
    "heading": {**_LABEL, "align": "center", "bold": True, "bg_color": HEADING_FILL},
    "corner": {**_LABEL, "align": "center", "bg_color": HEADING_FILL},
    "label": {**_LABEL, "align": "left", "indent": 1},
    "group": {**_LABEL, "align": "center"},
    "total-label": {**_LABEL, "align": "left", "indent": 1, "bold": True},
    "input": {**_NUMBER, "locked": False, "bg_color": INPUT_FILL},
    "total": {**_NUMBER, "locked": False, "bg_color": TOTAL_FILL, "bold": True},
    "formula": {**_NUMBER, "bg_color": FORMULA_FILL, "bold": True},
    "carried": {**_NUMBER, "bg_color": FORMULA_FILL},
    "blocked": {**_NUMBER, "bg_color": "#BFBFBF"},
    "section": {
        "font_name": FANGSONG, "font_size": TEXT_SIZE, "text_wrap": True, "valign": "top", "border": 1,
        "locked": False, "bg_color": INPUT_FILL,
    },
    "section-title": {"font_name": HEI, "font_size": 12, "valign": "vcenter"},
    "prompt": {**_NOTE, "text_wrap": True},
    "cover-title": {"font_name": HEI, "font_size": 22, "align": "center", "valign": "vcenter", "text_wrap": True},
    "cover-number": {**_PLAIN, "align": "center", "font_size": 11},
    "field": {**_LABEL, "font_size": 12, "align": "center", "bg_color": HEADING_FILL},
    "value": {
        **_LABEL, "font_size": 12, "align": "left", "indent": 1, "locked": False, "bg_color": INPUT_FILL,
        "num_format": "@",
    },
    "year": {
        **_LABEL, "font_size": 12, "align": "left", "indent": 1, "locked": False, "bg_color": INPUT_FILL,
        "num_format": "0",
    },
    "guide-title": {"font_name": HEI, "font_size": 11, "valign": "vcenter"},
    "guide": {**_PLAIN, "text_wrap": True},
    "legend-words": {**_PLAIN, "text_wrap": True, "indent": 1},
    "legend-input": {**_LABEL, "align": "center", "bg_color": INPUT_FILL},
    "legend-total": {**_LABEL, "align": "center", "bg_color": TOTAL_FILL, "bold": True},
    "legend-formula": {**_LABEL, "align": "center", "bg_color": FORMULA_FILL, "bold": True},
    "remark": {**_NOTE, "font_color": "#000000"},
    "remark-head": {**_NOTE, "bold": True, "bottom": 1},
    "below": {**_NOTE, "align": "center", "shrink": True, "font_color": "#000000"},
    "below-label": {**_NOTE, "align": "right", "shrink": True},
    "summary": {"font_name": HEI, "font_size": 11, "valign": "vcenter"},
    "link": {**_NOTE, "font_color": "#1F4E9E", "underline": 1},
    "panel-head": {**_LABEL, "align": "center", "bold": True, "bg_color": HEADING_FILL},
    "panel": {**_LABEL, "font_size": NOTE_SIZE, "align": "left"},
    "panel-middle": {**_LABEL, "font_size": NOTE_SIZE, "align": "center"},
    "panel-link": {**_LABEL, "font_size": NOTE_SIZE, "align": "center", "font_color": "#1F4E9E", "underline": 1},
    "panel-sign": {**_LABEL, "font_size": 11, "align": "center", "bold": True},
    # the sheets behind a total
    "ledger-head": {**_LABEL, "font_size": NOTE_SIZE, "align": "right", "bold": True, "bg_color": TOTAL_FILL},
    "ledger-text": {**_LABEL, "font_size": NOTE_SIZE, "text_wrap": False},
    "ledger-number": {**_NUMBER, "font_size": NOTE_SIZE},
    "ledger-aside": {**_LABEL, "font_size": NOTE_SIZE, "text_wrap": False, "font_color": ERROR_INK, "italic": True},
    "ledger-sum-text": {**_LABEL, "font_size": NOTE_SIZE, "text_wrap": False, "bold": True, "bg_color": TOTAL_FILL},
    "ledger-sum": {**_NUMBER, "font_size": NOTE_SIZE, "bold": True, "bg_color": TOTAL_FILL},
    "prompt-line": _NOTE,
    "title-line": {"font_name": HEI, "font_size": 16, "valign": "vcenter"},
    "guide-line": _PLAIN,
    # conditional formats: only what they change
    "broken": {"bg_color": ERROR_FILL, "font_color": ERROR_INK, "bold": True},
    "doubtful": {"bg_color": WARNING_FILL, "font_color": WARNING_INK, "bold": True},
    "said-bad": {"font_color": ERROR_INK, "bold": True},
    "said-good": {"font_color": GOOD_INK},
    "said-open": {"font_color": PALE_INK},
}  # fmt: skip


class RefusedError(Exception):
    """xlsxwriter would not take something; it says so only by a number."""


def must(answer: object) -> None:
    """Raise `RefusedError` where xlsxwriter returns -1, -2, … and otherwise goes on as if nothing had happened."""
    if isinstance(answer, int) and answer < 0:
        raise RefusedError(f"xlsxwriter refused a call: {answer}")


def add_sheet(workbook: Any, name: str) -> Any:
    """A sheet whose formulas are written as they are.

    xlsxwriter looks through each of them for some sixty functions that came after Excel 2010, which took more than
    half of the time a workbook took; ours are made of what every Excel has.
    """
    from xlsxwriter.worksheet import Worksheet

    class Sheet(Worksheet):  # type: ignore[misc]
        def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
            if "_xlfn." in formula:
                return str(super()._prepare_formula(formula, expand_future_functions))
            return formula.removeprefix("=")

    return workbook.add_worksheet(name, Sheet)


def formats(workbook: Any) -> Formats:
    """Every look of ours, ready for one workbook."""
    return {name: workbook.add_format(dict(style)) for name, style in STYLES.items()}


def write_merged(sheet: Any, top: int, left: int, bottom: int, right: int, text: str, look: Any) -> None:
    """A text in one cell or in several merged into one; never a number, a formula or a link."""
    if (top, left) != (bottom, right):
        must(sheet.merge_range(top, left, bottom, right, "", look))
    if text:
        must(sheet.write_string(top, left, text, look))
    else:
        must(sheet.write_blank(top, left, None, look))


@dataclass(frozen=True, slots=True)
class Box:
    """A text that needs room: where it stands and how large it is written."""

    row: int
    rowspan: int
    text: str
    columns: float  # the width of its columns together
    size: float


def text_height(text: str, columns: float, size: float) -> float:
    """The points that a text needs in so many columns of width: as many lines as it wraps into."""
    pixels = columns * 7 - 2  # Excel's column of width w is 7w + 5 pixels with Calibri 11; 5 are padding
    halves = pixels / (size * 4 / 3 / 2)
    # A line may end early, since no line begins with a closing bracket or a comma.
    tight = halves - 1 if wrapped_lines(text, halves) > 1 else halves
    return wrapped_lines(text, tight) * size * _LINE + _MARGIN


def row_heights(boxes: Iterable[Box], rows: Iterable[int], least: float) -> dict[int, float]:
    """How high each row must be: first for texts of one row, then for those merged over several."""
    heights = dict.fromkeys(rows, least)
    tall: list[Box] = []
    for box in boxes:
        if box.rowspan > 1:
            tall.append(box)
        else:
            heights[box.row] = max(heights.get(box.row, least), text_height(box.text, box.columns, box.size))
    for box in sorted(tall, key=lambda b: b.rowspan):
        span = range(box.row, box.row + box.rowspan)
        missing = text_height(box.text, box.columns, box.size) - sum(heights.get(row, least) for row in span)
        if missing > 0:
            for row in span:
                heights[row] = heights.get(row, least) + missing / box.rowspan
    return {row: min(round(height * 4) / 4, HIGHEST_ROW) for row, height in heights.items()}


def set_heights(sheet: Any, heights: Mapping[int, float]) -> None:
    """Give rows their heights, in points."""
    for row, height in sorted(heights.items()):
        must(sheet.set_row(row, height))


def set_widths(sheet: Any, widths: Sequence[float]) -> None:
    """Give the columns from A on their widths."""
    for col, width in enumerate(widths):
        must(sheet.set_column(col, col, width))


def protect(sheet: Any) -> None:
    """Lock what is not to be filled in, without a password; what people need for reading and printing stays allowed."""
    sheet.protect(
        "",
        {
            "format_cells": True,
            "format_columns": True,
            "format_rows": True,
            "objects": True,  # notes to a cell
            "autofilter": True,
            "sort": True,
        },
    )


def page(sheet: Any, footer: str, *, landscape: bool = False) -> None:
    """A4, one page wide, margins for binding, and a footer."""
    sheet.set_paper(9)
    if landscape:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.center_horizontally()
    sheet.set_margins(left=0.6, right=0.6, top=0.7, bottom=0.7)
    must(sheet.set_footer(footer))
    sheet.hide_gridlines(2)
