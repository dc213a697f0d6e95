"""A workbook that says nothing of itself is known by the headings that are printed, and by no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from xlreport.form.definition import read_yaml
from xlreport.form.load import load
from xlreport.workbook.book import Book, read_book
from xlreport.workbook.container import Container
from xlreport.workbook.recognise import NotAForm, recognise
from xlreport.workbook.template import make

COUNTS = """
form: counts
edition: "1"
title: 计数表
tables:
  甲:
    title: 甲表
    unlabelled: true
    rows: [{单: {label: 本年合计数}}]
    columns: [来信, 来访]
"""


def of_headings(*headings: str) -> Book:
    """A bare table with these headings over its columns, and nothing that says what form it is."""
    text = COUNTS.replace("来信, 来访", ", ".join(headings)).replace("form: counts", "form: another")
    form = load(read_yaml(text, "x.yaml"), "x.yaml", text)
    return read_book(Container(Path("x.xlsx"), make(form)))


def test_a_row_without_a_printed_label_is_not_looked_for() -> None:
    form = load(read_yaml(COUNTS, "counts.yaml"), "counts.yaml", COUNTS)
    assert recognise(of_headings("来信", "来访"), [form]) is form
    # One of two headings printed is half; with the label that nobody prints it would be a third in either case.
    with pytest.raises(NotAForm) as told:
        recognise(of_headings("来信", "电话"), [form])
    assert told.value.closest == ("counts@1", 0.5)
