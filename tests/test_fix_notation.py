"""`check --fix-notation`: only the notation changes, each change is listed, and everything else stays as it was."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import clerk
import pytest
from commands import xlreport
from damages import THREE, Filled, filled
from foreign_books import areas_of, tabs_of, xls
from habits import ALL_SAFE
from pens import parts

from xlreport.examine import examine
from xlreport.form.table import Item
from xlreport.submission import State
from xlreport.workbook.book import read_book
from xlreport.workbook.container import Container

SAFE = {("三", "一", "自然人"): ("１２", 12), ("三", "二", "自然人"): ("3件", 3), ("三", "四", "总计"): ("1,234", 1234)}
UNSAFE = {
    ("三", "三.1", "自然人"): "一百二十",
    ("三", "三.2", "自然人"): "251000元",
    ("三", "三.3.1", "自然人"): "10-12",
    ("三", "三.3.2", "自然人"): "—",
    ("三", "三.3.3", "自然人"): "1e3",
    ("三", "三.3.4", "自然人"): "12.5",
}


def typed(made: Filled) -> bytes:
    cells: dict[Any, object] = {made.at(Item(*at)): text for at, (text, _) in SAFE.items()}
    return clerk.typed(made.data, cells | {made.at(Item(*at)): text for at, text in UNSAFE.items()})


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "甲.xlsx").write_bytes(typed(filled("2021")))
    return tmp_path


def raw_cells(data: bytes) -> dict[tuple[str, int, int], tuple[object, str, str | None]]:
    book = read_book(Container(Path("x.xlsx"), data))
    return {(s.name, *at): (c.kind, c.text, c.formula) for s in book.sheets for at, c in s.cells.items()}


def test_only_the_safe_changes_are_written(desk: Path) -> None:
    made = filled("2021")
    done = xlreport("check", "甲.xlsx", "--fix-notation", "--no-annotate", "-o", "改.xlsx", at=desk)
    assert done.code == 1  # the report is wrong in other ways
    before, after = raw_cells((desk / "甲.xlsx").read_bytes()), raw_cells((desk / "改.xlsx").read_bytes())
    changed = {at: after[at][1] for at in before if before[at][2] is None and before[at] != after[at]}
    # 12.5 as a text is as safely the number 12.5; that a count is not whole is told as before.
    wanted = {made.at(Item(*at)): str(value) for at, (_, value) in SAFE.items()}
    wanted[made.at(Item("三", "三.3.4", "自然人"))] = "12.5"
    assert changed == wanted
    assert set(before) == set(after)
    listed = [line for line in done.out.splitlines() if line.startswith("  ＝ ")]
    assert [line.split()[1] for line in listed] == [
        "三、依申请公开!D6",
        "三、依申请公开!D7",
        "三、依申请公开!D13",
        "三、依申请公开!J30",
    ]
    assert "“１２”改写为 12（全角或特殊字符）" in listed[0]
    assert "已改写法：改.xlsx" in done.out
    assert "E306" not in done.out
    sheet = clerk.sheet_part((desk / "甲.xlsx").read_bytes(), THREE)
    old, new = parts((desk / "甲.xlsx").read_bytes()), parts((desk / "改.xlsx").read_bytes())
    assert {name for name in old if old[name] != new.get(name)} <= {
        sheet,
        *(n for n in old if "sheet" in n or n.endswith("workbook.xml")),
    }


def test_the_copy_is_marked_unless_that_is_not_wanted(desk: Path) -> None:
    done = xlreport("check", "甲.xlsx", "--fix-notation", "--format", "json", at=desk)
    answer = json.loads(done.out)["files"][0]
    assert answer["annotated"] == "甲.checked.xlsx"
    assert answer["fixed"] is None
    assert [(r["cell"], r["raw"], r["value"], r["notation"]) for r in answer["rewritten"][:2]] == [
        ("D6", "１２", "12", ["full-width"]), ("D7", "3件", "3", ["counting-word"]),
    ]  # fmt: skip
    one = examine(desk / "甲.checked.xlsx")
    assert one.reading is not None
    entry = one.reading.submission.entry(Item("三", "一", "自然人"))
    assert (entry.state, entry.value, entry.raw) == (State.NUMBER, 12, "12")
    assert "检查结果" in [sheet.name for sheet in one.reading.book.sheets]
    text = one.reading.submission.entry(Item("三", "三.1", "自然人"))
    assert (text.raw, text.proposal) == ("一百二十", 120)  # proposed, never written


def test_a_total_is_worked_out_again(desk: Path) -> None:
    """A number written as text did not count in the workbook's own sum; now it does, and its result is stored."""
    made = filled("2021")
    (desk / "乙.xlsx").write_bytes(clerk.typed(made.data, {made.at(Item("三", "三.1", "自然人")): "１２"}))
    xlreport("check", "乙.xlsx", "--fix-notation", "--no-annotate", at=desk)
    one = examine(desk / "乙.fixed.xlsx")
    assert one.reading is not None
    total = one.reading.submission.entry(Item("三", "三.7", "自然人"))
    assert total.stored == str(one.reading.submission.value(Item("三", "三.7", "自然人")))
    assert not [f for f in one.findings if f.code.name in {"S207", "E306"}]


def test_nothing_to_change(desk: Path) -> None:
    (desk / "好.xlsx").write_bytes(filled("2021").data)
    done = xlreport("check", "好.xlsx", "--fix-notation", "--no-annotate", "-o", "改.xlsx", at=desk)
    assert "没有可以放心改的写法" in done.err
    assert not (desk / "改.xlsx").exists()


def test_a_folder_an_archive_another_format(desk: Path) -> None:
    whole = read_book(Container.open(desk / "甲.xlsx"))
    (desk / "丙.xls").write_bytes(xls(tabs_of(whole), areas_of(whole)))
    with zipfile.ZipFile(desk / "包.zip", "w") as package:
        package.write(desk / "甲.xlsx", "甲.xlsx")
    for more, names in (
        (("--no-annotate",), ("甲.fixed.xlsx", "丙.fixed.xlsx")),
        ((), ("甲.checked.xlsx", "丙.checked.xlsx")),
    ):
        done = xlreport("check", ".", "--fix-notation", "--output-dir", "出", *more, at=desk)
        assert done.out.count("副本里“１２”改写为 12") == 3
        for name in names:
            one = examine(desk / "出" / name)
            assert one.reading is not None
            assert one.reading.submission.entry(Item("三", "一", "自然人")).raw == "12"
            assert one.reading.submission.entry(Item("三", "三.1", "自然人")).raw == "一百二十"


def test_no_input_is_overwritten(desk: Path) -> None:
    before = (desk / "甲.xlsx").read_bytes()
    assert xlreport("check", "甲.xlsx", "--fix-notation", "--no-annotate", "-o", "甲.xlsx", at=desk).code == 2
    assert (desk / "甲.xlsx").read_bytes() == before


@pytest.mark.parametrize("edition", ["2019", "2021"])
def test_every_safe_habit_is_the_same_number_afterwards(edition: str, tmp_path: Path) -> None:
    """Whatever notation is called safe: written plainly it is read as the same value, and no word is lost about it."""
    made = filled(edition)
    items = [
        item for item in made.form.items if item.table == "三" and item.row.startswith("三.3") and item.column != "总计"
    ]
    habits = dict(zip(items, ALL_SAFE, strict=False))
    assert len(habits) >= 15
    (tmp_path / "x.xlsx").write_bytes(
        clerk.typed(made.data, {made.at(item): text for item, (text, _) in habits.items()})
    )
    xlreport("check", "x.xlsx", "--fix-notation", "--no-annotate", at=tmp_path)
    one = examine(tmp_path / "x.fixed.xlsx")
    assert one.reading is not None
    for item, (text, value) in habits.items():
        entry = one.reading.submission.entry(item)
        assert (entry.value, entry.notation) == (value, ()), text
