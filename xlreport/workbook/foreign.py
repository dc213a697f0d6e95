"""Workbooks in other formats than .xlsx, told by their content: values only, never to be written to."""

from __future__ import annotations

from pathlib import Path

from xlreport.record import replace
from xlreport.workbook.book import Book
from xlreport.workbook.container import Container
from xlreport.workbook.limits import LIMITS, beyond

FORMATS = {"old-excel": "xls", "ods": "ods", "xlsb": "xlsb"}
"""The reasons for which a file is no package of ours, but a workbook all the same; and what it then is."""


def read_foreign(path: Path, data: bytes, reason: str) -> Book:
    """The workbook in a file that `Container` refused for one of the reasons in `FORMATS`; raises `Unreadable`."""
    if len(data) > LIMITS.file:
        raise beyond("file")
    if reason == "old-excel":
        from xlreport.workbook.xls import read_xls

        book = read_xls(path, data)
    elif reason == "ods":
        from xlreport.workbook.ods import read_ods

        book = read_ods(path, data)
    else:
        from xlreport.workbook.xlsb import read_xlsb

        book = read_xlsb(Container(path, data))
    return replace(book, format=FORMATS[reason])
