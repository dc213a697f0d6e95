"""Tables that somebody took apart: every figure is read as its own item's or not at all, and what was done is told."""

from __future__ import annotations

from copy import copy
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from openpyxl.cell.cell import MergedCell
from openpyxl.worksheet.worksheet import Worksheet
from submissions import official

from xlreport.examine import examine
from xlreport.finding import Finding
from xlreport.form.evaluate import computed_items, evaluate
from xlreport.form.layout import layout
from xlreport.form.model import Fill, Form, Item
from xlreport.submission import State, Submission
from xlreport.workbook.template import Issue, make

pytestmark = pytest.mark.no_cover

EDITIONS = ("2019", "2021")
THREE, FOUR = "三、依申请公开", "四、复议诉讼"
HEADER = 3  # the first row of the column headings, as a spreadsheet counts


def filled(edition: str, *, totals: Fill | None = Fill.TYPED) -> tuple[Form, dict[Item, int], openpyxl.Workbook]:
    """A form in which no two cells hold the same number, open in openpyxl."""
    form = official(edition)
    computed = computed_items(form, totals)
    values = {item: 1000 + n for n, item in enumerate(form.items) if item not in computed}
    results = evaluate(form, values, (), computed)
    issue = Issue("某某局", "0101", "县级部门", 2020 if edition == "2019" else 2024)
    data = make(form, issue, totals=totals, values=values, sections=dict.fromkeys(form.sections, "无"))
    numbers = {item: int(results.numbers[form.index[item]]) for item in form.items}
    return form, numbers, openpyxl.load_workbook(BytesIO(data))


def checked(book: openpyxl.Workbook) -> tuple[Submission, list[Finding]]:
    """What the check reads and tells."""
    file = BytesIO()
    book.save(file)
    one = examine(Path("back.xlsx"), data=file.getvalue())
    assert one.reading is not None
    return one.reading.submission, [f for f in one.findings if f.code.name.startswith("S")]


def copied(source: Worksheet, area: str, target: Worksheet, row: int, col: int) -> None:
    """An area with its merged cells put down elsewhere, as copying and pasting does."""
    cells = source[area]
    top, left = cells[0][0].row, cells[0][0].column
    for line in cells:
        for cell in line:
            if not isinstance(cell, MergedCell):
                there = target.cell(row + cell.row - top, col + cell.column - left, cell.value)
                there.number_format = copy(cell.number_format)
    bottom, right = cells[-1][-1].row, cells[-1][-1].column
    for merged in list(source.merged_cells.ranges):
        if merged.min_row >= top and merged.max_row <= bottom and merged.min_col >= left and merged.max_col <= right:
            corner = row + merged.min_row - top, col + merged.min_col - left
            target.merge_cells(
                start_row=corner[0],
                start_column=corner[1],
                end_row=corner[0] + merged.max_row - merged.min_row,
                end_column=corner[1] + merged.max_col - merged.min_col,
            )


def cleared(sheet: Worksheet, area: str) -> None:
    """An area emptied, and its cells no longer merged."""
    top, left, bottom, right = sheet[area][0][0].row, sheet[area][0][0].column, sheet[area][-1][-1].row, 0
    right = sheet[area][-1][-1].column
    for merged in list(sheet.merged_cells.ranges):
        if merged.min_row >= top and merged.max_row <= bottom and merged.min_col >= left and merged.max_col <= right:
            sheet.unmerge_cells(str(merged))
    for line in sheet[area]:
        for cell in line:
            if not isinstance(cell, MergedCell):
                cell.value = None


def nothing_wrong(form: Form, numbers: dict[Item, int], submission: Submission) -> set[Item]:
    """The items that were not found; every other one has its own number."""
    lost = {item for item in form.items if submission.entry(item).state is State.NOT_FOUND}
    wrong = {
        item: (submission.value(item), numbers[item])
        for item in form.items
        if item not in lost and not submission.entry(item).computed and submission.value(item) != numbers[item]
    }
    assert wrong == {}
    return lost


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("first", ["H", "L"])
def test_headings_put_below_the_figures_are_not_read_as_the_first_group(edition: str, first: str) -> None:
    """Table 四 in two, the right part below the left one and without the group over its first columns."""
    form, numbers, book = filled(edition)
    sheet = book[FOUR]
    copied(sheet, f"{first}3:O6", sheet, 12, 1)
    cleared(sheet, f"{first}3:O6")
    submission, found = checked(book)
    lost = nothing_wrong(form, numbers, submission)
    assert lost
    assert all(item.table == "四" for item in lost)
    assert any(f.severity.value == "error" for f in found)
