"""A total's formula that is no more the issued one is told, whatever it happens to give today."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from conftest import ROOT

from xlreport.examine import examine
from xlreport.wording import message

SAMPLE = (ROOT / "samples" / "shili-czj-2024.xlsx").read_bytes()
SHEET = "xl/worksheets/sheet3.xml"
ISSUED = r'<c r="D29"([^>]*)><f>IF\(COUNT\(D8:D28\)=0,"",SUM\(D8:D28\)\)</f><v>([0-9]+)</v></c>'


def with_formula(formula: str, result: str | None = None) -> bytes:
    """The sample with another formula in the total of 自然人, and the result that a program stored beside it."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(SAMPLE)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename == SHEET:
                text, count = re.subn(ISSUED, lambda m: cell(m, formula, result), data.decode())
                assert count == 1
                data = text.encode()
            target.writestr(entry, data)
    return out.getvalue()


def cell(match: re.Match[str], formula: str, result: str | None) -> str:
    kind = ' t="e"' if result and result.startswith("#") else ""
    return f'<c r="D29"{match[1]}{kind}><f>{formula}</f><v>{result or match[2]}</v></c>'


def told(data: bytes) -> list[tuple[str, str, str]]:
    one = examine(Path("a.xlsx"), data=data)
    assert one.reading is not None
    submission = one.reading.submission
    return [(f.code.name, str(f.cell and f.cell[1:]), message(f, submission, "zh")) for f in one.findings if f.parts]


@pytest.mark.parametrize(
    "formula", ["54", "SUM(D8:D12)", "SUM(D8:D28)-0.5+0.5", "$D$6+$D$7-$D$30", "ROUND(54.2,0)", "SUM(D6:D28)-D6-D7"]
)
def test_another_formula_is_told_though_its_result_is_right(formula):
    ((code, place, words),) = told(with_formula(formula))
    assert (code, place) == ("S206", "(28, 3)")
    assert f"不是下发时的公式（现在是 ={formula}）" in words
    assert "恢复下发时的公式" in words


@pytest.mark.parametrize(
    ("formula", "result"), [("1/0", "#DIV/0!"), ("SUM(#REF!)", "#REF!"), ("总和(D8:D28)", "#NAME?")]
)
def test_a_broken_formula_is_told_as_broken(formula, result):
    ((code, _, words),) = told(with_formula(formula, result))
    assert code == "S206"
    assert f"公式坏了（={formula}，结果是 {result}）" in words
    assert "各项相加的 54" in words


@pytest.mark.parametrize("formula", [
    'IF(COUNT(D8:D28)=0,"",SUM(D8:D28))', "SUM(D8:D28)", "SUM($D$8:$D$28)", "+".join(f"D{row}" for row in range(8, 29)),
    "SUM(D8:D10)+SUM(D11:D28)", "'三、依申请公开'!D8+SUM(D9:D28)",
])  # fmt: skip
def test_a_formula_that_adds_the_same_parts_is_none_of_our_business(formula):
    assert told(with_formula(formula)) == []


def test_a_result_nobody_worked_out_anew_is_stale_and_the_formula_is_not_blamed():
    assert [code for code, _, _ in told(with_formula("SUM(D8:D28)", "53"))] == ["S207"]
