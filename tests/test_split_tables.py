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
from xlreport.form.model import Form
from xlreport.form.table import Fill, Item
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


def ends(form: Form) -> tuple[int, int, int]:
    """The first and the last row of figures of table 三, and its last column, as a spreadsheet counts."""
    _, top, _, bottom, right = layout(form).area("三")
    return top + 1, bottom + 1, right + 1


def told(found: list[Finding]) -> list[tuple[str, str, str]]:
    """Code, severity and kind of what is told of the structure, but for the least of it."""
    return [(f.code.name, f.severity.value, str(f.facts.get("kind"))) for f in found if f.severity.value != "info"]


SPLIT = [("S203", "warning", "split")]


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("headings", [True, False])
@pytest.mark.parametrize("at", [8, 14, 22])
def test_rows_continued_on_another_sheet(edition: str, at: int, *, headings: bool) -> None:
    form, numbers, book = filled(edition)
    top, bottom, right = ends(form)
    sheet, more = book[THREE], book.create_sheet("续表")
    last = openpyxl.utils.get_column_letter(right)
    if headings:
        copied(sheet, f"A{HEADER}:{last}{top - 1}", more, 1, 1)
    copied(sheet, f"A{at}:{last}{bottom}", more, 1 + top - HEADER, 1)
    cleared(sheet, f"A{at}:{last}{bottom}")
    submission, found = checked(book)
    lost = nothing_wrong(form, numbers, submission)
    if headings and at != 14:  # there the lines of a group go on without its label, which another group's may be
        assert lost == set()
        assert told(found) == SPLIT
        assert {f.place.sheet for f in found if f.facts.get("kind") == "split" and f.place} == {"续表"}
    elif not headings:  # the lines that stayed are certain, whatever their number
        rows = {item.row for item in form.items if item.table == "三" and layout(form).cells[item].row >= at - 1}
        assert {item.row for item in lost} == rows
        assert {one[:2] for one in told(found)} == {("S203", "error")}
        assert not any(f.facts.get("kind") in {"table", "copies"} for f in found)


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("where", ["sheet", "below", "beside"])
@pytest.mark.parametrize("column", ["F", "J"])
def test_columns_continued_elsewhere_beside_the_row_headings_again(edition: str, where: str, column: str) -> None:
    form, numbers, book = filled(edition)
    _, bottom, right = ends(form)
    sheet = book[THREE]
    last = openpyxl.utils.get_column_letter(right)
    more = book.create_sheet("续表") if where == "sheet" else sheet
    row, col = {"sheet": (1, 1), "below": (bottom + 8, 1), "beside": (HEADER, right + 5)}[where]
    copied(sheet, f"A{HEADER}:C{bottom}", more, row, col)
    if column == "F":
        sheet.unmerge_cells("E4:I4")  # the group goes to both parts
        more.cell(row + 1, col + 3, sheet["E4"].value)
    copied(sheet, f"{column}{HEADER + 1}:{last}{bottom}", more, row + 1, col + 3)
    if column == "F":
        more.cell(row + 1, col + 3, sheet["E4"].value)
    cleared(sheet, f"{column}{HEADER + 1}:{last}{bottom}")
    submission, found = checked(book)
    assert nothing_wrong(form, numbers, submission) == set()
    if where == "beside":  # the same rows still: columns that stand further on
        assert any(f.facts.get("kind") == "shifted-column" for f in found)
    else:
        assert told(found) == SPLIT


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("at", [8, 22])
def test_rows_continued_beside_the_table(edition: str, at: int) -> None:
    form, numbers, book = filled(edition)
    top, bottom, right = ends(form)
    sheet = book[THREE]
    last = openpyxl.utils.get_column_letter(right)
    copied(sheet, f"A{HEADER}:{last}{top - 1}", sheet, HEADER, right + 4)
    copied(sheet, f"A{at}:{last}{bottom}", sheet, top, right + 4)
    cleared(sheet, f"A{at}:{last}{bottom}")
    submission, found = checked(book)
    assert nothing_wrong(form, numbers, submission) == set()
    assert told(found) == SPLIT


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_copy_is_not_taken_for_the_part_that_is_missing(edition: str) -> None:
    """A row whose heading was retyped here and stands in a copy of the table there: that row is not read."""
    form, numbers, book = filled(edition)
    top, _, right = ends(form)
    sheet, more = book[THREE], book.create_sheet("附表")
    last = openpyxl.utils.get_column_letter(right)
    copied(sheet, f"A{HEADER}:{last}{top - 1}", more, 1, 1)
    copied(sheet, f"A{top}:{last}{top}", more, 1 + top - HEADER, 1)
    for cell in more[1 + top - HEADER]:
        if isinstance(cell.value, int):
            cell.value += 1
    sheet[f"A{top}"].value = "其他情况说明"
    submission, found = checked(book)
    lost = nothing_wrong(form, numbers, submission)
    assert {item.row for item in lost} == {"一"}
    assert ("S203", "error", "missing") in told(found)


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_heads_of_our_own_remarks_are_no_rows_put_in(edition: str) -> None:
    """The lower part of table 三 moved down past what stands below it: all is read, and that is told once."""
    form, numbers, book = filled(edition)
    _, bottom, right = ends(form)
    sheet = book[THREE]
    last = openpyxl.utils.get_column_letter(right)
    copied(sheet, f"A22:{last}{bottom}", sheet, bottom + 7, 1)
    cleared(sheet, f"A22:{last}{bottom}")
    submission, found = checked(book)
    assert nothing_wrong(form, numbers, submission) == set()
    assert told(found) == []
    assert [f.facts.get("kind") for f in found if f.code.name == "S203"].count("shifted-row") == 1


@pytest.mark.parametrize("edition", EDITIONS)
def test_two_rows_under_one_heading_are_not_called_a_missing_table(edition: str) -> None:
    form, numbers, book = filled(edition)
    sheet = book["二、主动公开"]
    sheet["A6"].value = sheet["A5"].value
    submission, found = checked(book)
    lost = nothing_wrong(form, numbers, submission)
    assert {item.table for item in lost} == {"二.一"}
    assert "table" not in {f.facts.get("kind") for f in found}
    assert any(f.facts.get("kind") == "missing" and f.place and f.place.row in {4, 5} for f in found)


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_row_above_the_only_row_of_a_table_is_told_once(edition: str) -> None:
    form, numbers, book = filled(edition)
    for name in list(book.defined_names):
        del book.defined_names[name]
    book[FOUR].insert_rows(6)
    submission, found = checked(book)
    assert nothing_wrong(form, numbers, submission) == set()
    assert [f.facts["kind"] for f in found if f.facts.get("kind") in {"moved", "shifted-row"}] == ["moved"]


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_column_of_words_between_the_row_headings_and_the_figures(edition: str) -> None:
    form, numbers, book = filled(edition)
    top, bottom, _ = ends(form)
    sheet = book[THREE]
    for merged in list(sheet.merged_cells.ranges):
        if merged.max_col > 3:  # openpyxl would leave them where they were
            sheet.unmerge_cells(str(merged))
    sheet.insert_cols(4)
    for row in range(top, bottom + 1):
        sheet.cell(row, 4, "备注")
    submission, found = checked(book)
    assert nothing_wrong(form, numbers, submission) == set()
    assert told(found) == []
    assert {"shifted-column"} <= {f.facts.get("kind") for f in found}


def test_a_column_put_in_below_a_heading_of_several_columns() -> None:
    """The figures of 本年增/减 begin one column behind their heading; they are the only ones below it still."""
    form, numbers, book = filled("2019")
    sheet = book["二、主动公开"]
    for merged in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(merged))
    sheet.insert_cols(4)
    for row in (17, 20):  # where the heading itself stood in the fourth column
        assert sheet.cell(row, 5).value is not None
    submission, found = checked(book)
    assert nothing_wrong(form, numbers, submission) == set()
    assert told(found) == []
