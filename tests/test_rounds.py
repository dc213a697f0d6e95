"""A corrected copy that still carries the marks of the last round: marks replaced, and each finding says what it is."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from commands import xlreport
from conftest import ROOT
from libreoffice import convert
from pens import opened, parts
from submissions import official, returned
from test_annotate import sheet_data

from xlreport.examine import examine
from xlreport.since import Earlier, Since, compare, finding_keys
from xlreport.workbook.annotate import strip
from xlreport.workbook.book import read_book
from xlreport.workbook.poke import set_values
from xlreport.workbook.results import earlier_round, results_sheet

SAMPLE = "zhangjiagang-gxj-2020"
THREE, FOUR = "三、依申请公开", "四、复议诉讼"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """The first round is over: 表.xlsx and its annotated copy."""
    (tmp_path / "表.xlsx").write_bytes((ROOT / "samples" / f"{SAMPLE}.xlsx").read_bytes())
    assert xlreport("check", "表.xlsx", at=tmp_path).code == 1
    return tmp_path


def typed(path: Path, values: dict[tuple[str, int, int], object]) -> None:
    path.write_bytes(set_values(opened(path.read_bytes()), values))


def answer(name: str, at: Path, *more: str) -> dict:
    (file,) = json.loads(xlreport("check", name, "--format", "json", *more, at=at).out)["files"]
    return file


def told(file: dict) -> list[tuple[str, str]]:
    return [(f["code"], f["since"]) for f in file["findings"]] + [(f["code"], f["since"]) for f in file["gone"]]


CORRECTED = {(THREE, 17, 3): 0, (THREE, 17, 9): 0, (FOUR, 5, 0): 0, (THREE, 18, 3): None}
"""The mistake put right, one of five blanks filled, a new blank made."""


def test_a_first_round_says_nothing_of_rounds(desk: Path):
    file = answer("表.xlsx", desk)
    assert "gone" not in file
    assert all("since" not in finding for finding in file["findings"])
    assert "上一轮" not in xlreport("check", "表.xlsx", "--no-annotate", at=desk).out


def test_each_finding_says_what_became_of_it(desk: Path):
    typed(desk / "表.checked.xlsx", CORRECTED)
    file = answer("表.checked.xlsx", desk)
    assert sorted(told(file)) == [("B401", "fixed"), ("E301", "new"), ("E301", "open"), ("E308", "open")]
    (gone,) = file["gone"]
    assert gone["rule"] == "T3-COL"
    assert gone["place"] == f"{THREE}!D18"
    assert gone["message"].startswith("自然人：")
    text = xlreport("check", "表.checked.xlsx", at=desk).out
    for words in (
        "E301 TY-1  [新发现] ",
        "E301 TY-1  [未改正] ",
        "B401 T3-COL  [已改正] ",
        "新发现 1，未改正 2，已改正 1。",
    ):
        assert words in text
    assert "1 new, 2 still open, 1 fixed" in xlreport("check", "表.checked.xlsx", "--lang", "en", at=desk).out


def test_the_first_sheet_of_the_next_copy_says_it_too(desk: Path):
    sheet = openpyxl.load_workbook(desk / "表.checked.xlsx").worksheets[0]
    row, column = next((c.row, c.column) for line in sheet for c in line if c.value == "E308")
    typed(desk / "表.checked.xlsx", {**CORRECTED, ("检查结果", row - 1, column): "今年没有其他事项\n特此说明"})
    file = answer("表.checked.xlsx", desk)
    assert [f["explanation"] for f in file["findings"] if f["code"] == "E308"] == ["今年没有其他事项\n特此说明"]
    book = openpyxl.load_workbook(desk / "表.checked.2.xlsx")
    assert [name for name in book.sheetnames if name.startswith("检查结果")] == ["检查结果"]
    rows = [[cell.value for cell in line] for line in book.worksheets[0].iter_rows(min_row=5)]
    assert rows[0][2] == "与上轮相比"
    assert [(line[9], line[2]) for line in rows[1:]] == [
        ("E301 TY-1", "新发现"),
        ("E301 TY-1", "未改正"),
        ("E308", "未改正"),
        ("B401 T3-COL", "已改正"),
    ]
    assert rows[3][10] == "今年没有其他事项\n特此说明"
    assert rows[4][1] == "√"
    assert book.worksheets[0].column_dimensions["L"].hidden
    assert "与上一轮相比：新发现 1，未改正 2，已改正 1。" in book.worksheets[0]["A3"].value
    # What is fixed is told once: in the third round it is gone for good.
    third = answer("表.checked.2.xlsx", desk)
    assert sorted(told(third)) == [("E301", "open"), ("E301", "open"), ("E308", "open")]
    assert [f["explanation"] for f in third["findings"] if f["code"] == "E308"] == ["今年没有其他事项\n特此说明"]


def test_everything_put_right_is_told_as_well(desk: Path):
    right = {(FOUR, 5, col): 0 for col in range(5)} | {(THREE, 17, 3): 0, (THREE, 17, 9): 0, ("文字部分", 16, 0): "无"}
    typed(desk / "表.checked.xlsx", right)
    done = xlreport("check", "表.checked.xlsx", at=desk)
    assert done.code == 0
    assert "√ 没有发现问题" in done.out
    assert "新发现 0，未改正 0，已改正 3。" in done.out
    assert "共 0 个问题" in openpyxl.load_workbook(desk / "表.checked.2.xlsx").worksheets[0]["A3"].value


def test_marks_are_replaced_and_the_copy_strips_to_what_was_filled_in(desk: Path):
    typed(desk / "表.checked.xlsx", CORRECTED)
    answer("表.checked.xlsx", desk)
    second = (desk / "表.checked.2.xlsx").read_bytes()
    marked = [str(f.cell) for f in examine(Path("x"), data=second).findings]
    fresh = set_values(opened((desk / "表.xlsx").read_bytes()), CORRECTED)
    assert [str(f.cell) for f in examine(Path("x"), data=fresh).findings] == marked
    back = strip(opened(second))
    for sheet in range(1, 5):
        name = f"xl/worksheets/sheet{sheet}.xml"
        assert sheet_data(parts(back)[name]) == sheet_data(parts(fresh)[name])
        assert b"xlreport" not in parts(back)[name]
    # And annotated once more it is the same, byte for byte.
    answer("表.checked.2.xlsx", desk)
    answer("表.checked.3.xlsx", desk)
    third, fourth = (parts((desk / f"表.checked.{n}.xlsx").read_bytes()) for n in (3, 4))
    assert third == fourth


@pytest.mark.libreoffice
@pytest.mark.parametrize("fmt", ["xlsx", "ods", "xls"])
def test_the_last_round_survives_another_program(desk: Path, fmt: str):
    typed(desk / "表.checked.xlsx", CORRECTED)
    saved = convert(desk / "表.checked.xlsx", fmt, desk / "saved")
    file = answer(f"saved/{saved.name}", desk)
    found = [one for one in told(file) if one[0] not in {"S211", "S213"}]
    assert sorted(found) == [("B401", "fixed"), ("E301", "new"), ("E301", "open"), ("E308", "open")]
    book = openpyxl.load_workbook(
        file["annotated"] if Path(file["annotated"]).is_absolute() else desk / file["annotated"]
    )
    assert [name for name in book.sheetnames if name.startswith("检查结果")] == ["检查结果"]


def test_last_years_findings_are_not_fixed_by_not_being_looked_for(tmp_path: Path):
    for year in ("2023", "2024"):
        (tmp_path / f"{year}.xlsx").write_bytes((ROOT / "samples" / f"shili-czj-{year}.xlsx").read_bytes())
    assert "C501" in xlreport("check", "2024.xlsx", "--prior", "2023.xlsx", at=tmp_path).out
    file = answer("2024.checked.xlsx", tmp_path)
    assert {(f["code"], f["since"]) for f in file["gone"]} == {("C501", "unchecked")}
    assert "本次未核对 1" in xlreport("check", "2024.checked.xlsx", at=tmp_path).out
    again = answer("2024.checked.2.xlsx", tmp_path, "--prior", "2023.xlsx")
    assert {(f["code"], f["since"]) for f in again["findings"]} == {("C501", "open")}


def test_what_identifies_a_finding_is_no_cell():
    form = official("2019")
    here = examine(Path("x"), data=returned("01_seed_zhangjiagang_gxj_2020", "2019"))
    keys = [finding_keys(finding, form) for finding in here.findings]
    assert len({own[0] for own in keys}) == len(keys)
    from xlreport.record import replace

    moved = [
        replace(f, place=f.place and f.place._replace(row=99), parts=tuple(replace(p, cell=None) for p in f.parts))
        for f in here.findings
    ]
    assert [finding_keys(finding, form) for finding in moved] == keys


def test_a_consequence_that_remains_is_still_open():
    """The cell was corrected, its total was not: what is left was part of the earlier finding."""
    form = official("2019")
    (finding,) = [
        f for f in examine(Path("x"), data=returned("01_seed_zhangjiagang_gxj_2020", "2019")).findings if f.follows
    ]
    earlier = [Earlier(finding_keys(finding, form), finding.severity, "B401 T3-COL", "", "", "", "因为")]
    left = finding.follows[:1]
    against = compare(left, form, earlier, prior=False)
    assert (against.since, against.explanations, against.gone) == ((Since.OPEN,), ("因为",), ())


def test_a_sheet_of_the_users_own_is_no_round(desk: Path):
    book = openpyxl.load_workbook(desk / "表.xlsx")
    sheet = book.create_sheet("检查结果", 0)
    sheet.append(["xlreport number severity place item message code explanation"])
    sheet.append(["00000000"])
    book.save(desk / "自.xlsx")
    assert earlier_round(read_book(opened((desk / "自.xlsx").read_bytes()))) is None
    assert results_sheet(read_book(opened((desk / "表.checked.xlsx").read_bytes()))).name == "检查结果"


# --- the copy of an earlier check


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_checking_an_untouched_copy_gives_that_very_copy(desk: Path, lang: str):
    xlreport("check", "表.xlsx", "--lang", lang, at=desk)
    first = (desk / "表.checked.xlsx").read_bytes()
    done = xlreport("check", "表.checked.xlsx", "-o", "again.xlsx", "--lang", lang, at=desk)
    assert ("still open" if lang == "en" else "未改正 3") in done.out
    assert (desk / "again.xlsx").read_bytes() == first
    assert (desk / "表.checked.xlsx").read_bytes() == first


def test_an_untouched_copy_in_the_other_language_is_written_anew(desk: Path):
    xlreport("check", "表.checked.xlsx", "-o", "again.xlsx", "--lang", "en", at=desk)
    assert read_book(opened((desk / "again.xlsx").read_bytes())).sheets[0].name == "Check results"


def test_the_copy_of_a_second_round_is_as_stable(desk: Path):
    typed(desk / "表.checked.xlsx", CORRECTED)
    xlreport("check", "表.checked.xlsx", "-o", "second.xlsx", at=desk)
    xlreport("check", "second.xlsx", "-o", "third.xlsx", at=desk)
    third = (desk / "third.xlsx").read_bytes()
    xlreport("check", "third.xlsx", "-o", "fourth.xlsx", at=desk)
    assert (desk / "fourth.xlsx").read_bytes() == third


def test_an_untouched_copy_is_written_over(desk: Path):
    typed(desk / "表.xlsx", {(THREE, 17, 3): 5})
    assert xlreport("check", "表.xlsx", at=desk).err == ""
    assert sorted(path.name for path in desk.iterdir()) == ["表.checked.xlsx", "表.xlsx"]
    assert "现填" in sheet_text(desk / "表.checked.xlsx")


def sheet_text(path: Path) -> str:
    sheet = read_book(opened(path.read_bytes())).sheets[0]
    return " ".join(cell.text for cell in sheet.cells.values())


@pytest.mark.parametrize("how", ["typed", "openpyxl", "explained", "foreign", "text"])
def test_a_copy_somebody_worked_in_is_never_written_over(desk: Path, how: str):
    copy = desk / "表.checked.xlsx"
    if how == "typed":
        typed(copy, {(FOUR, 5, 0): 7})
    elif how == "openpyxl":
        book = openpyxl.load_workbook(copy)
        book[FOUR]["A6"] = 7
        book.save(copy)
    elif how == "explained":
        typed(copy, {("检查结果", 5, 9): "年中机构合并"})
    elif how == "foreign":
        openpyxl.Workbook().save(copy)
    else:
        copy.write_text("我的笔记", encoding="utf-8")
    kept = copy.read_bytes()
    done = xlreport("check", "表.xlsx", at=desk)
    assert done.err == "表.checked.xlsx：不是原样的标注副本（可能有人改过），没有覆盖。\n"
    assert "已标注：表.checked.2.xlsx" in done.out
    assert copy.read_bytes() == kept
    assert answer("表.xlsx", desk)["annotated"] == "表.checked.2.xlsx"  # that one is ours, and is written over
    assert sorted(path.name for path in desk.iterdir()) == ["表.checked.2.xlsx", "表.checked.xlsx", "表.xlsx"]


def test_a_copy_that_is_out_of_date_is_told(desk: Path):
    (desk / "表.xlsx").write_bytes(returned("04_suqian_2024", "2021"))
    section = {("文字部分", row, 0): "无" for row in (4, 10, 16)}
    typed(desk / "表.xlsx", section)
    done = xlreport("check", "表.xlsx", at=desk)
    assert done.code == 0
    assert done.err == "表.checked.xlsx：是以前核对时标注的副本；现在没有要说的问题了，可以删除。\n"
    assert (desk / "表.checked.xlsx").exists()


def test_copies_of_a_workbook_and_of_its_copy_are_numbered_on(desk: Path):
    typed(desk / "表.checked.xlsx", CORRECTED)
    done = xlreport("check", "表.xlsx", "表.checked.xlsx", at=desk)
    assert done.code == 1
    names = ["表.checked.2.xlsx", "表.checked.3.xlsx", "表.checked.xlsx", "表.xlsx"]
    assert sorted(path.name for path in desk.iterdir()) == names
