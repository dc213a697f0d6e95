"""The report year as people write it on the cover."""

from __future__ import annotations

import datetime as dt

import openpyxl
import pytest
from test_split_tables import checked, filled

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
