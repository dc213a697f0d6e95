"""Several workbooks in one run: the same report, or the same issued copy, handed in twice."""

from __future__ import annotations

import json
from pathlib import Path

import clerk
import pytest
from commands import xlreport
from damages import filled

from xlreport.form.layout import layout
from xlreport.form.table import Item


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "甲.xlsx").write_bytes(filled("2021").data)
    return tmp_path


def told(desk: Path, *names: str) -> dict[str, list[tuple[str, str, str]]]:
    done = xlreport("check", *names, "--no-annotate", "--format", "json", at=desk)
    return {
        one["path"]: [(f["code"], f["severity"], f["message"]["zh"]) for f in one["findings"] if f["code"] == "S214"]
        for one in json.loads(done.out)["files"]
    }


def test_the_same_file_twice_is_a_note(desk: Path) -> None:
    (desk / "甲（2）.xlsx").write_bytes((desk / "甲.xlsx").read_bytes())
    found = told(desk, "甲.xlsx", "甲（2）.xlsx")
    assert [(code, severity) for one in found.values() for code, severity, _ in one] == [("S214", "info")] * 2
    assert "内容相同：另一份是 甲（2）.xlsx" in found["甲.xlsx"][0][2]
    assert "另一份是 甲.xlsx" in found["甲（2）.xlsx"][0][2]


def test_two_different_reports_of_one_unit_and_year(desk: Path) -> None:
    made = filled("2021")
    (desk / "改.xlsx").write_bytes(clerk.typed(made.data, {made.at(Item("三", "一", "自然人")): 7}))
    found = told(desk, "甲.xlsx", "改.xlsx")
    assert [severity for one in found.values() for _, severity, _ in one] == ["warning"] * 2
    assert all("内容不同" in one[0][2] for one in found.values())


def test_one_issued_copy_filled_in_by_two_units(desk: Path) -> None:
    made = filled("2021")
    cover = layout(made.form).cover
    (desk / "乙.xlsx").write_bytes(clerk.typed(made.data, {cover["unit"]: "乙局", cover["unit_code"]: "0202"}))
    found = told(desk, "甲.xlsx", "乙.xlsx")
    assert "下发给“某某局”的同一份表（第 7 号）交来了两次" in found["甲.xlsx"][0][2]
    assert "封面是“乙局”" in found["甲.xlsx"][0][2]


def test_the_same_unit_on_two_editions(desk: Path) -> None:
    made = filled("2019")
    (desk / "旧.xlsx").write_bytes(clerk.typed(made.data, {layout(made.form).cover["period"]: 2024}))
    assert "版式不同" in told(desk, "甲.xlsx", "旧.xlsx")["甲.xlsx"][0][2]


def test_other_units_and_other_years_are_nobodys_twins(desk: Path) -> None:
    (desk / "旧.xlsx").write_bytes(filled("2021", year=2023).data)
    (desk / "乙.xlsx").write_bytes(filled("2021", "乙局").data)
    found = told(desk, "甲.xlsx", "旧.xlsx")
    assert found == {"甲.xlsx": [], "旧.xlsx": []}
