"""Formulas of a whole row of totals that gave way the same way are one cause, and told once."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import clerk
import openpyxl
import pytest
from test_split_tables import EDITIONS, THREE, ends, filled

from xlreport.examine import Examined, examine
from xlreport.wording import message

pytestmark = pytest.mark.no_cover


def checked(data: bytes | openpyxl.Workbook) -> Examined:
    if isinstance(data, openpyxl.Workbook):
        file = BytesIO()
        data.save(file)
        data = file.getvalue()
    one = examine(Path("back.xlsx"), data=data)
    assert one.reading is not None
    return one


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_row_of_formulas_moved_without_their_results_is_told_once(edition: str) -> None:
    """Openpyxl puts a row in, leaves the formulas naming the old rows and keeps no results."""
    form, numbers, book = filled(edition, totals=None)
    book[THREE].insert_rows(10)
    one = checked(book)
    assert one.reading is not None
    submission = one.reading.submission
    known = [item for item in form.items if submission.value(item) is not None]
    assert [item for item in known if submission.value(item) != numbers[item]] == []
    told = [f for f in one.findings if f.code.name == "E303"]
    assert [len(f.parts) for f in told] == [len(form.tables["三"].columns.leaves)]
    assert "等 7 格" in message(told[0], submission, "zh")
    assert not [f for f in one.findings if f.code.name == "S206"]


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("formula", [None, "SUM(D8:D9)", "SUM(#REF!)"])
def test_a_row_of_formulas_that_gave_way_is_told_once(edition: str, formula: str | None) -> None:
    form, numbers, book = filled(edition, totals=None)
    sheet, (_, bottom, _) = book[THREE], ends(form)
    total = bottom - 1
    for n, item in enumerate(item for item in form.items if item[:2] == ("三", "三.7")):
        sheet.cell(total, 4 + n, numbers[item])
    file = BytesIO()
    book.save(file)
    data = file.getvalue()
    if formula:
        for col in range(3, 10):
            data = clerk.formula_in(data, THREE, total - 1, col, formula, "7")
    one = checked(data)
    assert one.reading is not None
    (told,) = [f for f in one.findings if f.code.name == "S206"]
    assert len(told.parts) == 7
    assert "等 7 格" in message(told, one.reading.submission, "zh")
    assert "and 1 more" in message(told, one.reading.submission, "en")
