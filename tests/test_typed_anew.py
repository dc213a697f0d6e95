"""The official form typed anew by a department: one sheet, no names, nothing hidden, the tables one below the other."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from submissions import official, published

from xlreport.examine import examine
from xlreport.form.layout import layout
from xlreport.form.model import Form
from xlreport.record import replace
from xlreport.submission import Entry, State, Submission

pytestmark = pytest.mark.no_cover

REPORTS = (("01_seed_zhangjiagang_gxj_2020", "2019"), ("04_suqian_2024", "2021"))


def typed(form: Form, values: Submission, *, gap: int, left: int, merged: bool, again: bool = False) -> bytes:
    """The tables in one sheet under their titles, `gap` rows apart, `left` columns from the edge.

    `again` writes what covers several cells into each of them, as converters of Word tables do.
    """
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.cell(1, 1, f"{values.unit}政府信息公开工作年度报告")
    row = 3
    for plan in layout(form).sheets:
        if not plan.plan.tables:
            continue
        sheet.cell(row, 1, plan.plan.title)
        top = min(p.row for p in plan.placed) - row - 1
        for p in plan.placed:
            at, col = p.row - top, p.col + left + 1
            entry = values.entries.get(p.item) if p.item is not None else None
            said = (
                p.text
                if p.item is None
                else None
                if entry is None
                else entry.raw
                if entry.value is None
                else entry.value
            )
            if said not in {None, ""}:
                sheet.cell(at, col, said)
                for n in range(1, p.rowspan * p.colspan if again else 1):
                    sheet.cell(at + n // p.colspan, col + n % p.colspan, said)
            if merged and p.rowspan * p.colspan > 1:
                sheet.merge_cells(None, at, col, at + p.rowspan - 1, col + p.colspan - 1)
        row = max(p.row + p.rowspan for p in plan.placed) - top + gap
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(("report", "edition"), REPORTS)
@pytest.mark.parametrize(
    ("gap", "left", "merged", "again"),
    [(1, 0, True, False), (0, 0, False, False), (3, 2, True, False), (1, 0, False, True), (0, 1, False, True)],
)
def test_every_figure_is_read(report: str, edition: str, gap: int, left: int, merged: bool, again: bool):
    """总计 in the headings of the table above was once taken for one of 四's, which was then not found."""
    form = official(edition)
    given = published(report, form)
    one = examine(Path("x.xlsx"), data=typed(form, given, gap=gap, left=left, merged=merged, again=again))
    assert one.reading is not None
    read = one.reading.submission
    assert read.form.edition == edition
    assert {item: entry.value for item, entry in read.entries.items() if entry.value is not None} == {
        item: entry.value for item, entry in given.entries.items() if entry.value is not None
    }


@pytest.mark.parametrize(("report", "edition"), REPORTS)
def test_a_column_headed_as_a_row_is_no_row(report: str, edition: str):
    """A column of the filler's, headed by the words of a row: the table was once taken to begin beside it."""
    form = official(edition)
    given = published(report, form)
    book = openpyxl.load_workbook(BytesIO(typed(form, given, gap=1, left=0, merged=False)))
    sheet = book.active
    (head,) = [c.row for row in sheet.iter_rows() for c in row if c.value == "商业企业"]
    sheet.insert_cols(7)
    for row in range(head, head + 20):
        sheet.cell(row, 7, "（一）予以公开" if row == head else 7000 + row)
    stream = BytesIO()
    book.save(stream)
    one = examine(Path("x.xlsx"), data=stream.getvalue())
    assert one.reading is not None
    read = one.reading.submission
    wanted = {item: entry.value for item, entry in given.entries.items() if entry.value is not None}
    three = {item: value for item, value in wanted.items() if item.table == "三"}
    assert {item: read.value(item) for item in three} == three


def test_no_two_headings_mean_one_column():
    """Two columns exchanged of which one begins left of its figures: one column was once read as both."""
    form = official("2019")
    entries = {one: Entry(State.NUMBER, 1000 + n, str(1000 + n)) for n, one in enumerate(form.items)}
    given = replace(published(REPORTS[0][0], form), entries=entries)
    book = openpyxl.load_workbook(BytesIO(typed(form, given, gap=1, left=0, merged=False)))
    sheet = book.active
    for row in range(4, 26):
        sheet.cell(row, 2).value, sheet.cell(row, 4).value = sheet.cell(row, 4).value, sheet.cell(row, 2).value
    stream = BytesIO()
    book.save(stream)
    one = examine(Path("x.xlsx"), data=stream.getvalue())
    assert one.reading is not None
    read = one.reading.submission
    wrong = {item for item, e in read.entries.items() if e.value not in {None, entries[item].value}}
    assert not wrong
    assert len(set(one.reading.places.values())) == len(one.reading.places)
