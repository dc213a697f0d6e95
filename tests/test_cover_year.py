"""The report year as people write it on the cover."""

from __future__ import annotations

import datetime as dt
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from pens import packed, parts
from test_split_tables import checked, filled

from xlreport.examine import examine
from xlreport.form.layout import COVER_SHEET


def with_year(value: object) -> openpyxl.Workbook:
    _, _, book = filled("2021")
    (cell,) = [cell for row in book[COVER_SHEET].iter_rows() for cell in row if cell.value == 2024]
    cell.value = value
    return book


@pytest.mark.parametrize("text", ["二〇二四年", "二○二四", "2024 年 度", "公元2024年", "'2024", "2024.0", "２０２４年"])
def test_a_year_written_otherwise(text: str) -> None:
    submission, found = checked(with_year(text))
    assert submission.period == 2024
    assert [f.code.name for f in found] == []


@pytest.mark.parametrize("text", ["202 4", "24", "2023、2024", "2024年1月", "二四"])
def test_what_is_no_year_is_told_as_it_stands(text: str) -> None:
    submission, found = checked(with_year(text))
    assert submission.period is None
    assert [(f.code.name, f.facts.get("raw")) for f in found] == [("S205", text)]


def test_a_date_is_told_as_it_is_shown() -> None:
    _, found = checked(with_year(dt.date(2024, 1, 1)))
    assert [(f.code.name, f.facts.get("raw")) for f in found] == [("S205", "2024-01-01")]


@pytest.mark.parametrize("number", ["2.024E3", "2024.0", "2.024000E+03"])
def test_a_number_as_other_programs_store_it(number: str) -> None:
    """Most write 2024; some libraries write every number with an exponent."""
    _, _, book = filled("2021")
    stream = BytesIO()
    book.save(stream)
    made = parts(stream.getvalue())
    part = "xl/worksheets/sheet1.xml"
    assert made[part].count(b"<v>2024</v>") == 1
    made[part] = made[part].replace(b"<v>2024</v>", f"<v>{number}</v>".encode())
    reading = examine(Path("x.xlsx"), data=packed(made)).reading
    assert reading is not None
    assert (reading.submission.period, reading.submission.cover["period"]) == (2024, "2024")
