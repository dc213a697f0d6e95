"""The sheet of texts as it comes back: what is read as a section's text, and what is told instead of being dropped."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from conftest import ROOT
from openpyxl.worksheet.worksheet import Worksheet

from xlreport.examine import Examined, examine
from xlreport.finding import Code

pytestmark = pytest.mark.no_cover

SAMPLE = (ROOT / "samples" / "suqian-2024.xlsx").read_bytes()
TEXTS = "文字部分"
READ = examine(Path("x.xlsx"), data=SAMPLE).reading


def changed(change: Callable[[Worksheet], object]) -> Examined:
    """The sample with its sheet of texts changed by a program that moves no names."""
    book = openpyxl.load_workbook(BytesIO(SAMPLE))
    change(book[TEXTS])
    stream = BytesIO()
    book.save(stream)
    return examine(Path("x.xlsx"), data=stream.getvalue())


def outside(one: Examined) -> list[str]:
    return [cell for f in one.findings if f.code is Code.S210 for cell in f.facts["cells"]]  # type: ignore[attr-defined]


@pytest.mark.parametrize("rows", [1, 2, 3, 6])
@pytest.mark.parametrize("at", [1, 3, 4])
def test_a_text_is_found_below_its_prompt_when_no_name_moved(rows: int, at: int):
    one = changed(lambda sheet: sheet.insert_rows(at, rows))
    assert READ is not None
    assert one.reading is not None
    assert one.reading.submission.sections == READ.submission.sections
    assert outside(one) == []


def test_what_stands_beside_the_texts_is_told():
    def written(sheet: Worksheet) -> None:
        for area in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(str(area))
        sheet["A6"], sheet["K7"], sheet["A30"] = "第二段", "旁注", "另一段"

    assert outside(changed(written)) == [f"{TEXTS}!A6", f"{TEXTS}!K7", f"{TEXTS}!A30"]


def test_a_form_as_issued_has_nothing_beside_its_texts():
    assert outside(examine(Path("x.xlsx"), data=SAMPLE)) == []
