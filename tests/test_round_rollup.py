"""The total: exact sums, the same rules, nothing silently zero, every figure traceable in the workbook."""

from __future__ import annotations

import csv
import json
import random
import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from commands import xlreport
from hypothesis import given, settings
from hypothesis import strategies as st
from libreoffice import convert
from offices import answers, filled, put, report, roster, round_of
from submissions import official, submit

import xlreport as package
from xlreport.checks import check
from xlreport.examine import examine
from xlreport.form.layout import layout
from xlreport.form.model import Form
from xlreport.form.table import Item
from xlreport.form.widened import widened
from xlreport.record import replace
from xlreport.round.folder import Round, new_round
from xlreport.round.intake import intake
from xlreport.round.issue import issue
from xlreport.round.mailbag import arrivals
from xlreport.round.rollup import rollup
from xlreport.round.settings import Settings
from xlreport.round.status import status
from xlreport.round.total import total_bytes
from xlreport.round.trouble import RoundProblems
from xlreport.round.years import add_up
from xlreport.rules.nodes import Number
from xlreport.wording import message
from xlreport.workbook.book import read_book
from xlreport.workbook.container import Container
from xlreport.workbook.poke import set_values
from xlreport.workbook.template import Issue, make

TREE = """单位代码,单位名称,单位层级,上级单位代码,邮箱,是否填报
D1,东区,县级政府,,d1@x.test,是
D2,西区,县级政府,,,否
11,东区教育局,县级部门,D1,a@x.test,是
12,东区街道,县级部门,D1,b@x.test,是
121,东区街道社区,县级部门,12,c@x.test,是
21,西区教育局,县级部门,D2,d@x.test,是
3,市直机关,市级部门,,e@x.test,是
"""


def collected(
    tmp_path: Path,
    text: str | None = None,
    wrong: Mapping[str, Mapping[Item, object]] | None = None,
    silent: Collection[str] = (),
) -> Round:
    """A round in which everybody but the silent has answered, some of them wrongly."""
    this = round_of(tmp_path / "2025", text)
    books = {code: data for code, data in answers(this).items() if code not in silent}
    for code, values in (wrong or {}).items():
        books[code] = filled(this.form, books[code], values)  # type: ignore[arg-type]
    list(intake(this, arrivals(put(tmp_path / "in", books))))
    return this


def expected(form: Form, codes: list[str]) -> dict[Item, Number]:
    """An independent sum: of every figure as it was typed, totals and all."""
    sums: dict[Item, Number] = {}
    for code in codes:
        for one, value in report(form, code).items():
            sums[one] = sums.get(one, 0) + value
    return sums


def test_a_report_in_another_unit_of_money_is_never_added_up(tmp_path: Path) -> None:
    this = round_of(tmp_path / "2025", roster(3))
    books = answers(this)
    sheets = read_book(Container(Path("x.xlsx"), books["0002"])).sheets
    (place,) = [
        (sheet.name, row, col)
        for sheet in sheets
        for (row, col), cell in sheet.cells.items()
        if cell.text == "本年收费金额（单位：万元）"
    ]
    books["0002"] = set_values(Container(Path("x.xlsx"), books["0002"]), {place: "本年收费金额（单位：元）"})
    list(intake(this, arrivals(put(tmp_path / "in", books))))
    with pytest.raises(RoundProblems) as refused:
        rollup(this, include_wrong=True)
    assert refused.value.problems[0].facts["money"] == ["市教育局"]
    made = rollup(this, allow_missing=True, include_wrong=True)
    assert [(one.unit.code, one.outcome) for one in made.incomplete] == [("0002", "money")]
    fee = Item("二.八", "行政事业性收费", "本年收费金额")
    assert made.submission.value(fee) == expected(this.form, ["0001", "0003"])[fee]
    this.close()


def test_nothing_is_never_a_form_of_zeros(tmp_path: Path) -> None:
    this = collected(tmp_path, TREE, silent={"21"})
    with pytest.raises(RoundProblems) as refused:
        rollup(this, "D2", allow_missing=True)
    assert [one.reason for one in refused.value.problems] == ["rollup-nothing"]
    done = xlreport("rollup", "2025", "--unit", "D2", "--allow-missing", "-o", "d2.xlsx", at=tmp_path)
    assert (done.code, (tmp_path / "d2.xlsx").exists()) == (2, False)
    assert "没有一个单位" in done.err
    data = total_bytes(this, rollup(this, allow_missing=True), "zh")
    (ledger,) = [s for s in read_book(Container(Path("t.xlsx"), data)).sheets if s.name == "明细 三"]
    states = [cell.text for cell in ledger.cells.values() if cell.text.startswith("小计")]
    assert states.count("小计（无一计入）") == 1
    this.close()


def test_cells_without_a_number_and_wrong_units_are_named(tmp_path: Path) -> None:
    blank = Item("二.五", "行政许可", "本年处理决定数量")
    none, told = Item("二.六", "行政处罚", "本年处理决定数量"), Item("二.六", "行政强制", "本年处理决定数量")
    wrong = {"0001": {blank: None}, "0002": {none: "无"}, "0003": {told: "约300件"}}
    this = collected(tmp_path, roster(4), wrong)
    made = rollup(this, allow_missing=True, include_wrong=True)
    assert [one.unit.code for one in made.wrong_but_in] == ["0003"]
    assert {one.unit.code: one.some_gaps for one in made.with_gaps} == {
        "0001": ((blank, ""),), "0002": ((none, "无"),), "0003": ((told, "约300件"),),
    }  # fmt: skip
    sheets = read_book(Container(Path("t.xlsx"), total_bytes(this, made, "zh"))).sheets
    sheet = next(one for one in sheets if one.name == "汇总说明")
    words = [cell.text for cell in sheet.cells.values()]
    assert "已计入但还有错误的单位" in words
    assert any("“约300件”" in text for text in words)
    assert any(text.endswith("：“无”") for text in words)
    assert any(text.endswith("：空") for text in words)
    done = xlreport("rollup", "2025", "--include-wrong", "-o", "t.xlsx", at=tmp_path)
    assert "0003  市科学技术局  1 个错误" in done.out
    assert "3 个单位共 3 格没有填数" in done.out
    document = json.loads(
        xlreport("rollup", "2025", "--include-wrong", "-o", "u.xlsx", "--format", "json", at=tmp_path).out
    )
    assert document["wrong_but_included"] == ["0003"]
    assert [one["unit_code"] for one in document["without_number"]] == ["0001", "0002", "0003"]
    this.close()


@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=5), st.integers(0, 10**9))
@settings(max_examples=40, deadline=None)
def test_money_is_added_exactly(seeds: list[int], more: int) -> None:
    form = official("2021")
    fee = Item("二.八", "行政事业性收费", "本年收费金额")
    reports = [report(form, seed) | {fee: Decimal(more + n) / 10_000} for n, seed in enumerate(seeds)]
    total = add_up(form, reports, unit="市", period=2025)
    for one in form.items:
        if not form.is_total(one):
            assert total.value(one) == sum((r.get(one, 0) for r in reports), 0)
    assert total.value(fee) == sum(Decimal(more + n) for n in range(len(seeds))) / 10_000
    assert not [f for f in check(total) if f.code.name.startswith("B4")]


def test_the_sum_of_one_is_itself() -> None:
    form = official("2021")
    figures = report(form, 1)
    total = add_up(form, [figures], unit="某单位", period=2025)
    alone = submit(form, {str(i): v for i, v in figures.items()}, period=2025)
    assert [total.value(one) for one in form.items] == [alone.value(one) for one in form.items]


def test_totals_are_worked_out_anew_and_never_added() -> None:
    form = official("2021")
    wrong = report(form, 1) | {Item("三", "三.1", "总计"): 10_000}
    total = add_up(form, [wrong], unit="市", period=2025)
    assert total.value(Item("三", "三.1", "总计")) == report(form, 1)[Item("三", "三.1", "总计")]


def test_every_figure_is_the_independent_sum(tmp_path: Path) -> None:
    this = collected(tmp_path)
    made = rollup(this)
    sums = expected(this.form, [unit.code for unit in this.units])
    for one, value in sums.items():
        assert made.submission.value(one) == value, one
    assert made.findings == [] or {f.severity.value for f in made.findings} <= {"warning", "info"}
    path = tmp_path / "total.xlsx"
    path.write_bytes(total_bytes(this, made, "zh"))
    again = examine(path)
    assert again.findings == ()
    assert again.reading is not None
    for one, value in sums.items():
        assert again.reading.submission.value(one) == value
    assert again.reading.submission.unit == "示例市"
    this.close()


def test_tables_and_sheets_alike_in_name_have_ledgers_of_their_own(tmp_path: Path) -> None:
    text = (
        'form: alike\nedition: "1"\ntitle: 表\nsheets:\n  - {name: 汇总说明, tables: [人/员, "人:员"]}\n'
        "  - {name: 图表, tables: [甲]}\n  - {name: 明细 甲, tables: [A, a]}\ntables:\n"
    )
    for n, name in enumerate(("人/员", '"人:员"', "甲", "A", "a"), 1):
        text += f"  {name}: {{title: 第{n}表, caption: 第{n}表, rows: [行{n}], columns: [列{n}]}}\n"
    (tmp_path / "forms" / "alike").mkdir(parents=True)
    (tmp_path / "forms" / "alike" / "1.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "r.csv").write_text(roster(2), encoding="utf-8")
    forms = str(tmp_path / "forms")
    this = new_round(tmp_path / "2025", Settings("alike", 2025, total="市", templates=(forms,)), tmp_path / "r.csv")
    values = {item: 10**n for n, item in enumerate(this.form.items)}
    books = {one.unit.code: filled(this.form, one.path.read_bytes(), values) for one in issue(this)}
    list(intake(this, arrivals(put(tmp_path / "in", books))))
    path = tmp_path / "total.xlsx"
    path.write_bytes(total_bytes(this, rollup(this), "zh"))
    book = openpyxl.load_workbook(path)
    ledgers = book.sheetnames[-6:-1]
    assert len({name.casefold() for name in book.sheetnames}) == len(book.sheetnames) == 13
    assert [[book[name][f"D{row}"].value for row in (8, 9)] for name in ledgers] == [[10**n] * 2 for n in range(5)]
    plan = layout(this.form)
    for name, item in zip(ledgers, this.form.items, strict=True):
        cell = plan.cells[item]
        assert book[cell.sheet].cell(cell.row + 1, cell.col + 1).hyperlink.location.strip("'").startswith(name)
    assert examine(path, extra=[tmp_path / "forms"]).findings == ()
    this.close()


def test_a_unit_that_need_not_report_any_more_is_not_left_out_in_silence(tmp_path: Path) -> None:
    text = "单位代码,单位名称,上级单位代码,是否填报\n1,东区,,是\n11,东区教育局,1,是\n2,市直,,是\n"
    collected(tmp_path, text).close()
    (tmp_path / "2025" / "roster.csv").write_text(text.replace("东区,,是", "东区,,否"), encoding="utf-8")
    done = xlreport("rollup", "2025", "-o", "t.xlsx", at=tmp_path)
    assert "1 东区" in done.out
    assert "已改为不填报" in done.out
    sheets = read_book(Container(Path("t.xlsx"), (tmp_path / "t.xlsx").read_bytes())).sheets
    assert any("1 东区" in c.text for one in sheets if one.name == "汇总说明" for c in one.cells.values())
    (tmp_path / "2025" / "roster.csv").write_text(text.replace("市直,,是", "市直,,否"), encoding="utf-8")
    xlreport("rollup", "2025", "-o", "u.xlsx", at=tmp_path)
    notes = openpyxl.load_workbook(tmp_path / "u.xlsx")["汇总说明"]
    assert "不填报" in [row[2] for row in notes.iter_rows(values_only=True) if row[0] == "2"]


def test_a_tree_may_be_of_any_depth(tmp_path: Path) -> None:
    lines = [f"{n},第{n}局,{n - 1 if n else ''}" for n in range(1_200)]
    this = round_of(tmp_path / "2025", "单位代码,单位名称,上级单位代码\n" + "\n".join(lines) + "\n")
    (data,) = (one.path.read_bytes() for one in issue(this, ["1199"]))
    list(intake(this, arrivals(put(tmp_path / "in", {"x": filled(this.form, data, report(this.form, 1))}))))
    made = rollup(this, allow_missing=True)
    assert [made.members[n].members for n in (0, 1_199)] == [1_199, 0]
    assert made.members[1_199].depth == 1_199
    this.close()


def test_nothing_is_written_over_what_the_round_is_made_of(tmp_path: Path) -> None:
    this = collected(tmp_path, roster(2))
    (stored,) = list((this.folder / "received").iterdir())[:1]
    this.close()
    own = {path: path.read_bytes() for path in (tmp_path / "2025").rglob("*") if path.is_file()}
    for words, where in (
        (("rollup",), "2025/register.sqlite"), (("rollup",), "2025/xlreport.toml"), (("rollup",), "total.pdf"),
        (("rollup",), f"2025/received/{stored.name}"), (("export",), "2025/roster.csv"), (("export",), "x.json"),
        (("status", "--format", "html"), "2025/roster.csv"), (("status", "--format", "html"), "2025/roster.html"),
    ):  # fmt: skip
        force = () if words[0] == "status" else ("--force",)
        done = xlreport(words[0], "2025", *words[1:], "-o", where, *force, at=tmp_path)
        assert (done.code, done.out) == (2, ""), (words, where)
        assert "不能当作输出文件" in done.err or "后缀应是" in done.err
    after = {path: path.read_bytes() for path in (tmp_path / "2025").rglob("*") if path.is_file()}
    assert after == own
    with package.open_round(tmp_path / "2025") as opened, pytest.raises(RoundProblems, match="bad-ending"):
        opened.export(tmp_path / "x.json")
    assert not (tmp_path / "x.json").exists()


def test_parquet_keeps_a_figure_with_any_number_of_decimals(tmp_path: Path) -> None:
    fee = Item("二.八", "行政事业性收费", "本年收费金额")
    long, longer = Decimal("0.000000000001"), Decimal("0." + "0" * 24 + "1")
    this = collected(tmp_path, roster(3), {"0001": {fee: long}, "0002": {fee: longer}})
    this.close()
    done = xlreport("export", "2025", "-o", "x.parquet", at=tmp_path)
    assert done.code == 0
    rows = pytest.importorskip("pyarrow.parquet").read_table(tmp_path / "x.parquet").to_pylist()
    kept = {one["unit_code"]: (one["value"], one["raw"]) for one in rows if one["row"] == fee.row}
    assert kept["0001"] == (long, "")
    assert kept["0002"] == (None, str(format(longer, "f")))
    assert kept["0003"][0] == report(official("2021"), "0003")[fee]


@pytest.mark.libreoffice
def test_a_sum_may_be_off_by_all_the_tolerances_together(tmp_path: Path) -> None:
    """Each unit rounds within what the form allows: the total that is wrong for it would be nobody's mistake."""
    templates = Path(__file__).parent / "data" / "templates"
    source = tmp_path / "r.csv"
    source.write_text(roster(3), encoding="utf-8")
    this = new_round(tmp_path / "2022", Settings("grants", 2022, total="市", templates=(str(templates),)), source)
    form = this.form
    money = {item: Decimal(0) for item in form.items if not form.is_total(item)}
    money |= {
        Item("资金", "中央", "本年收入"): Decimal(10),
        Item("资金", "中央", "本年支出"): Decimal(10),
        Item("项目", "在建", "个数"): Decimal(1),
        Item("项目", "在建", "投资"): Decimal("9.95"),
    }
    books = {one.unit.code: filled(form, one.path.read_bytes(), money) for one in issue(this)}
    assert {one.state for one in intake(this, arrivals(put(tmp_path / "in", books)))} == {"clean"}
    made = rollup(this)
    assert made.submission.value(Item("项目", "在建", "投资")) == Decimal("29.85")
    assert not made.findings
    path = tmp_path / "total.xlsx"
    path.write_bytes(total_bytes(this, made, "zh"))
    assert examine(path, extra=[templates]).findings == ()
    saved = convert(path, "xlsx", tmp_path / "saved")
    assert examine(saved, extra=[templates]).findings == ()
    words = [c.text for sheet in read_book(Container(saved, saved.read_bytes())).sheets for c in sheet.cells.values()]
    assert any("± 0.15" in text for text in words)
    assert not any(text.startswith("×") and "不符" in text and "条" in text for text in words)
    again = examine(saved, extra=[templates])
    assert again.reading is not None
    wide = again.reading.submission.form
    assert [rule.bound.tolerance for rule in wide.rules if rule.bound.tolerance] == [Decimal("0.15")]
    assert widened(wide, 3) is wide
    # Whoever adds up totals adds up all that they were made of.
    (tmp_path / "above.csv").write_text("单位代码,单位名称\n9,市\n8,郊区\n", encoding="utf-8")
    above = new_round(tmp_path / "above", replace(this.settings, total="省"), tmp_path / "above.csv")
    (other,) = (one.path.read_bytes() for one in issue(above, ["8"]))
    list(intake(above, arrivals(put(tmp_path / "up", {"city": saved.read_bytes(), "b": filled(form, other, money)}))))
    assert {one.unit.code: one.state for one in status(above).standings} == {"9": "clean", "8": "clean"}
    assert not rollup(above).findings
    assert rollup(above).reports == 4
    above.close()
    # And no further: a total that is off by more is told.
    worse = {**money, Item("项目", "在建", "投资"): Decimal("9.94")}
    list(intake(this, arrivals(put(tmp_path / "in2", {"a": filled(form, books["0001"], worse)}))))
    assert [f.code.name for f in rollup(this, include_wrong=True).findings] == ["B401"]
    this.close()


def test_a_tree_adds_up_with_each_unit_itself(tmp_path: Path) -> None:
    this = collected(tmp_path, TREE)
    every = rollup(this)
    assert [(m.unit.code, m.depth, m.members) for m in every.members] == [
        ("D1", 0, 3), ("11", 1, 0), ("12", 1, 1), ("121", 2, 0), ("D2", 0, 1), ("21", 1, 0), ("3", 0, 0),
    ]  # fmt: skip
    for root, codes in (("", ["D1", "11", "12", "121", "21", "3"]), ("D1", ["D1", "11", "12", "121"]), ("D2", ["21"])):
        made = rollup(this, root)
        for one, value in expected(this.form, codes).items():
            assert made.submission.value(one) == value
    assert rollup(this, "D1").submission.unit == "东区"
    with pytest.raises(RoundProblems, match="no-such-unit"):
        rollup(this, "nobody")
    this.close()


def test_what_is_missing_wrong_or_blank_is_never_a_zero(tmp_path: Path) -> None:
    form = official("2021")
    this = collected(tmp_path, roster(4), {"0002": {Item("三", "三.1", "总计"): 999}}, silent=("0003", "0004"))
    blank = make(form, Issue("市科学技术局", "0003", "市级部门", 2025))
    old = make(official("2019"), Issue("市工业和信息化局", "0004", "市级部门", 2025))
    list(intake(this, arrivals(put(tmp_path / "in2", {"blank": blank}))))
    with pytest.raises(RoundProblems) as caught:
        rollup(this)
    (problem,) = caught.value.problems
    assert (problem.facts["wrong"], problem.facts["blank"]) == (["市教育局"], ["市科学技术局"])
    assert problem.facts["missing"] == ["市工业和信息化局"]
    assert xlreport("rollup", "2025", at=tmp_path).code == 2
    made = rollup(this, allow_missing=True)
    assert {m.unit.code: m.outcome for m in made.members} == {
        "0001": "in", "0002": "wrong", "0003": "blank", "0004": "missing",
    }  # fmt: skip
    for one, value in expected(form, ["0001"]).items():
        assert made.submission.value(one) == value
    with_wrong = rollup(this, allow_missing=True, include_wrong=True)
    assert [m.unit.code for m in with_wrong.of("in")] == ["0001", "0002"]
    list(intake(this, arrivals(put(tmp_path / "in3", {"old": old}))))
    assert {m.unit.code: m.outcome for m in rollup(this, allow_missing=True).members}["0004"] == "edition"
    path = tmp_path / "total.xlsx"
    done = xlreport("rollup", "2025", "-o", "total.xlsx", "--allow-missing", at=tmp_path)
    assert done.code == 0
    for name in ("市教育局", "市科学技术局", "市工业和信息化局"):
        assert name in done.out
    sheet = openpyxl.load_workbook(path)["汇总说明"]
    said = "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value)
    assert "汇总不全" in said
    for words in ("有错误，未计入", "空表，未计入", "版式不符，未计入"):
        assert words in said
    this.close()


def test_explanations_travel_into_the_total(tmp_path: Path) -> None:
    this = collected(tmp_path, roster(2), {
        "0001": {
            Item("二.一", "行政规范性文件", "本年制发件数"): 50,
            Item("二.一", "行政规范性文件", "现行有效件数"): 1,
        },
    })  # fmt: skip
    xlreport("waive", "2025", "0001", "T2-1", "--reason", "集中清理", "--who", "李华", at=tmp_path)
    made = rollup(this)
    data = total_bytes(this, made, "zh")
    (tmp_path / "t.xlsx").write_bytes(data)
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx")["汇总说明"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert any(row[0] == "0001" and "集中清理" in row and "李华" in row for row in rows)
    this.close()


def test_last_years_sum_is_of_the_same_units(tmp_path: Path) -> None:
    """RU-7: a unit that is new this year, or was missing last year, does not upset the comparison."""
    old = round_of(tmp_path / "2024", roster(3), period=2024)
    books = answers(old)
    del books["0003"]
    list(intake(old, arrivals(put(tmp_path / "in", books))))
    carried = {
        code: {a: int(report(old.form, code)[Item("三", "四", a)]) for a in ("自然人", "法人.其他")}
        for code in ("0001", "0002")
    }
    old.close()
    this = round_of(tmp_path / "2025", roster(4), previous="../2024")
    made = {one.unit.code: one.path.read_bytes() for one in issue(this)}
    full = {
        code: filled(this.form, made[code], _carrying(this.form, code, old_code=code if code in carried else ""))
        for code in made
    }
    list(intake(this, arrivals(put(tmp_path / "in2", full))))
    total = rollup(this)
    assert total.compared == 2
    assert [f for f in total.over_years if f.rule == "XY-1"] == []
    bad = filled(this.form, full["0001"], _carrying(this.form, "0001", old_code="", change=5))
    list(intake(this, arrivals(put(tmp_path / "in3", {"bad": bad}))))
    # A new unit that carries something over is in the total, and not in what is compared.
    new = filled(this.form, full["0004"], _carrying(this.form, "0004", old_code="", change=700))
    list(intake(this, arrivals(put(tmp_path / "in4", {"new": new}))))
    made_again = rollup(this, allow_missing=True)
    told = [f for f in made_again.over_years if f.rule == "XY-1"]
    assert told
    assert all(f.gap == 5 or f.follows for f in told)
    said = [message(f, about, "zh", prior) for f, about, prior in made_again.told if f.rule == "XY-1"]
    pairs = [re.search(r"（(\d+)）应等于上年.*?（(\d+)），差 (\d+)", text) for text in said]
    assert [int(one[1]) - int(one[2]) == int(one[3]) == 5 for one in pairs if one] == [True]
    done = xlreport("rollup", "2025", "-o", "t.xlsx", "--allow-missing", at=tmp_path)
    assert said[0] in done.out
    sheets = read_book(Container(Path("t.xlsx"), (tmp_path / "t.xlsx").read_bytes())).sheets
    assert said[0] in [c.text for one in sheets if one.name == "汇总说明" for c in one.cells.values()]
    # Years of different numbers of units are compared in a chart, and that is said in its legend.
    words = {c.text for one in sheets if one.name == "图表" for c in one.cells.values()}
    assert {"2024（2 个单位）", "2025（4 个单位）"} <= words
    drawn = openpyxl.load_workbook(tmp_path / "t.xlsx")["图表"]
    rows = {cell.row for row in drawn.iter_rows() for cell in row if str(cell.value).endswith("个单位）")}
    assert rows
    assert all((drawn.row_dimensions[row].height or 0) > 25 for row in rows)  # the name takes two lines
    this.close()


def _carrying(form: Form, code: str, *, old_code: str, change: int = 0) -> dict[Item, Number]:
    applicants = ("自然人", "法人.商业企业", "法人.科研机构", "法人.社会公益组织", "法人.法律服务机构", "法人.其他")
    last = report(form, old_code or code)
    before = {a: int(last[Item("三", "四", a)]) for a in applicants} if old_code or change else {}
    if change:
        before["自然人"] += change
    return report(form, f"this {code}", before)


# --- the workbook ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def total(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[Item, Number]]:
    folder = tmp_path_factory.mktemp("total")
    this = collected(folder, TREE)
    path = folder / "total.xlsx"
    path.write_bytes(total_bytes(this, rollup(this), "zh"))
    sums = expected(this.form, ["D1", "11", "12", "121", "21", "3"])
    this.close()
    return path, sums


def test_each_table_has_a_ledger_with_a_row_for_each_unit(total: tuple[Path, dict[Item, Number]]) -> None:
    path, sums = total
    form = official("2021")
    formulas, results = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    for table in form.tables.values():
        sheet, shown = formulas[f"明细 {table.id}"], results[f"明细 {table.id}"]
        names = [sheet.cell(row, 2).value for row in range(8, sheet.max_row + 1)]
        assert names == [
            "东区", "东区（本级）", "东区教育局", "东区街道", "东区街道（本级）", "东区街道社区",
            "西区", "西区教育局", "市直机关",
        ]  # fmt: skip
        for col, one in enumerate(table.items, 4):
            column = sheet.cell(5, col).column_letter
            assert sheet.cell(5, col).value == f"=SUBTOTAL(9,{column}8:{column}16)"
            cell = layout(form).cells[one]
            letter = openpyxl.utils.get_column_letter(cell.col + 1)
            assert sheet.cell(6, col).value == f"='{cell.sheet}'!{letter}{cell.row + 1}"
            assert Decimal(str(shown.cell(5, col).value)) == sums[one] == Decimal(str(shown.cell(6, col).value))
            assert shown.cell(7, col).value == 0
            assert sheet.cell(4, col).hyperlink.location == f"'{cell.sheet}'!{letter}{cell.row + 1}"
            if not form.computed(one):
                link = formulas[cell.sheet].cell(cell.row + 1, cell.col + 1).hyperlink
                assert link.location == f"'明细 {table.id}'!{column}5"
    assert results["明细 二.五"]["D9"].value == report(form, "D1")[Item("二.五", "行政许可", "本年处理决定数量")]


def test_the_charts_are_native_and_the_form_says_which(total: tuple[Path, dict[Item, Number]]) -> None:
    container = Container(total[0], total[0].read_bytes())
    charts = [container.xml(name).decode() for name in container.names() if name.startswith("xl/charts/chart")]
    titles = [re.search(r"<a:t>([^<]+)</a:t>", text)[1] for text in charts]  # type: ignore[index]
    assert titles == ["报送情况（单位数）", *(chart.title for chart in official("2021").charts)]


@pytest.mark.libreoffice
def test_a_real_spreadsheet_finds_the_same(total: tuple[Path, dict[Item, Number]], tmp_path: Path) -> None:
    path, sums = total
    again = convert(path, "xlsx", tmp_path / "lo")
    shown = openpyxl.load_workbook(again, data_only=True)
    form = official("2021")
    for table in form.tables.values():
        sheet = shown[f"明细 {table.id}"]
        for col, one in enumerate(table.items, 4):
            assert Decimal(str(sheet.cell(5, col).value)).quantize(Decimal("0.0001")) == sums[one]
            assert abs(sheet.cell(7, col).value) < 1e-9
    assert examine(again).worst is None or examine(again).worst.value == "info"  # type: ignore[union-attr]


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    text = '单位代码,单位名称\n=1+1,"=HYPERLINK(""http://x"")&局"\n2,<b>局\n3,＝1+1局\n'
    this = collected(tmp_path, text)
    path = tmp_path / "t.xlsx"
    path.write_bytes(total_bytes(this, rollup(this), "zh"))
    for sheet in read_book(Container(path, path.read_bytes())).sheets:
        for cell in sheet.cells.values():
            assert cell.formula is None or "HYPERLINK" not in cell.formula
    assert openpyxl.load_workbook(path)["明细 二.五"]["B8"].value == '=HYPERLINK("http://x")&局'
    assert package.open_round(tmp_path / "2025").export(tmp_path / "x.csv") == 600
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["measure"] for row in rows if row["table"] == "二.八"} == {"万元"}
    assert {row["unit_code"] for row in rows} == {"'=1+1", "2", "3"}
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "＝"))]
    assert {row["unit"] for row in rows if row["unit_code"] == "3"} == {"'＝1+1局"}
    this.close()


def test_english_as_well(tmp_path: Path) -> None:
    this = collected(tmp_path, roster(2))
    this.close()
    done = xlreport("rollup", "2025", "-o", "t.xlsx", "--lang", "en", "--format", "json", at=tmp_path)
    document = json.loads(done.out)
    assert (done.code, document["included"], document["left_out"]) == (0, ["0001", "0002"], [])
    sums = expected(official("2021"), ["0001", "0002"])
    assert {name: Decimal(value) for name, value in document["values"].items()} == {str(i): v for i, v in sums.items()}
    assert "About the total" in openpyxl.load_workbook(tmp_path / "t.xlsx").sheetnames
    assert xlreport("rollup", "2025", "-o", "t.xlsx", at=tmp_path).code == 2
    assert xlreport("rollup", "2025", "-o", "t.xlsx", "--force", at=tmp_path).code == 0


# --- export and the interface for programs -----------------------------------------------------------------


def test_long_form_and_api(tmp_path: Path) -> None:
    this = collected(tmp_path, roster(3))
    this.close()
    with package.open_round(tmp_path / "2025") as opened:
        lines = list(opened.lines())
        assert len(lines) == 600
        sums = expected(opened.form, ["0001", "0002", "0003"])
        for one, value in sums.items():
            said = [x.value for x in lines if (x.table, x.row, x.column) == tuple(one)]
            assert sum(v or 0 for v in said) == value
        assert opened.status().counts["clean"] == 3
        submission = opened.submission("0002")
        assert submission is not None
        assert {i: submission.value(i) for i in submission.form.items} == report(opened.form, "0002")
        assert opened.submission("0002", 2020) is None
        made = opened.rollup()
        opened.write_total(made, tmp_path / "t.xlsx")
        assert examine(tmp_path / "t.xlsx").findings == ()
        assert opened.export(tmp_path / "x.parquet") == 600
        import pyarrow.parquet as pq

        table = pq.read_table(tmp_path / "x.parquet").to_pylist()
        fee = [row["value"] for row in table if row["table"] == "二.八"]
        assert sum(fee) == sums[Item("二.八", "行政事业性收费", "本年收费金额")]
    done = xlreport("export", "2025", "-o", "x.csv", at=tmp_path)
    assert (done.code, done.out) == (0, "已导出 600 行：x.csv\n")
    assert xlreport("export", "2025", "-o", "x.ods", at=tmp_path).code == 2
    rng = random.Random(1)
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["measure"] for row in rows if row["table"] == "二.八"} == {"万元"}
    for row in rng.sample(rows, 50):
        assert (
            Decimal(row["value"])
            == report(official("2021"), row["unit_code"])[Item(row["table"], row["row"], row["column"])]
        )


# --- totals that were handed in ----------------------------------------------------------------------------------

OWN = """单位代码,单位名称,单位层级,上级单位代码,是否填报
D2,西区,县级政府,,否
D3,南区,县级政府,,否
21,西区教育局,县级部门,D2,是
22,西区街道,县级部门,D2,是
31,南区教育局,县级部门,D3,是
"""


def with_totals(tmp_path: Path, silent: Collection[str] = ()) -> tuple[Round, dict[Item, Number]]:
    """A round in which the western district hands in a total of its own that is not the sum, and the southern one's."""
    this = collected(tmp_path, OWN, silent=silent)
    sums = expected(this.form, ["21", "22"])
    new = Item("三", "一", "自然人")
    wrong = {**sums, new: sums[new] + 7, Item("三", "一", "总计"): sums[Item("三", "一", "总计")] + 7}
    west = make(this.form, Issue("西区", "D2", "县级政府", 2025))
    south = make(this.form, Issue("南区", "D3", "县级政府", 2025))
    books = {
        "west": filled(this.form, west, wrong), "south": filled(this.form, south, expected(this.form, ["31"]))
    }  # fmt: skip
    got = {t.arrival.name: t for t in intake(this, arrivals(put(tmp_path / "own", books)))}
    assert {t.state for t in got.values()} == {"total"}
    return this, sums


def test_a_total_that_a_unit_hands_in_is_compared_cell_by_cell(tmp_path: Path) -> None:
    this, sums = with_totals(tmp_path)
    made = rollup(this)
    # Compared, and never added: the total is the sum of those who report.
    new = Item("三", "一", "自然人")
    assert made.submission.value(new) == expected(this.form, ["21", "22", "31"])[new]
    (told,) = made.of_units  # 总计 is off because of it, and is not told again
    assert (told.code.name, told.rule, told.severity.value, told.parts[0].item) == ("R701", "RU-1", "error", new)
    assert (told.left, told.right, told.gap) == (sums[new] + 7, sums[new], 7)
    assert sum(status(this).counts.values()) == 3  # who only adds up is not one of those who report
    assert len({line.unit_code for line in package.open_round(this.folder).lines()}) == 3
    done = xlreport("rollup", "2025", "-o", "t.xlsx", "--lang", "zh", at=tmp_path)
    assert done.code == 1
    assert f"“西区”交来的汇总表：“{this.form.tables['三'].title}”" in done.out
    assert f"填 {sums[new] + 7}，它下面各单位之和是 {sums[new]}，多 7" in done.out
    notes = next(
        s
        for s in read_book(Container(Path("t.xlsx"), (tmp_path / "t.xlsx").read_bytes())).sheets
        if s.name == "汇总说明"
    )
    assert "R701" in {cell.text for cell in notes.cells.values()}
    xlreport("rollup", "2025", "-o", "t.json.xlsx", "--format", "json", at=tmp_path)
    this.close()


def test_a_total_handed_in_is_not_compared_while_somebody_below_is_missing(tmp_path: Path) -> None:
    this, _ = with_totals(tmp_path, silent={"22"})
    made = rollup(this, allow_missing=True)
    assert [(f.code.name, f.severity.value, f.facts["missing"]) for f in made.of_units] == [
        ("R701", "info", ["西区街道"])
    ]
    done = xlreport("rollup", "2025", "-o", "t.xlsx", "--allow-missing", "--lang", "zh", at=tmp_path)
    assert done.code == 0
    assert "“西区”交来的汇总表没有比较：它下面的西区街道没有计入" in done.out
    assert "－ 22  西区街道  未报送  R702" in done.out
    this.close()


def test_an_own_report_that_is_the_sum_of_those_below_is_asked_about(tmp_path: Path) -> None:
    text = (
        "单位代码,单位名称,单位层级,上级单位代码,是否填报\nD,区,县级政府,,是\n1,甲局,县级部门,D,\n2,乙局,县级部门,D,\n"
    )
    this = round_of(tmp_path / "2025", text)
    books = answers(this)
    form = this.form
    same = filled(form, make(form, Issue("区", "D", "县级政府", 2025)), expected(form, ["1", "2"]))
    list(intake(this, arrivals(put(tmp_path / "in", {**books, "D": same}))))
    assert [(f.code.name, f.severity.value) for f in rollup(this).of_units] == [("R705", "warning")]
    list(intake(this, arrivals(put(tmp_path / "in2", {"D": books["D"]}))))
    assert not rollup(this).of_units
    this.close()


UPPER = "单位代码,单位名称,单位层级,上级单位代码,是否填报\nD,区,县级政府,,是\n1,甲局,县级部门,D,\n2,乙局,县级部门,D,\n"


def test_a_total_made_here_is_not_taken_for_the_own_report_of_who_has_units_below(tmp_path: Path) -> None:
    this = collected(tmp_path, UPPER)
    (tmp_path / "own").mkdir()
    assert xlreport("rollup", "2025", "--unit", "D", "-o", "own/D.xlsx", at=tmp_path).code == 0
    done = xlreport("intake", "2025", "own", at=tmp_path)
    assert done.code == 1
    assert "是 3 份报表的汇总表，不是本级自己的表" in done.out
    assert "（H803，编号 4）" in done.out
    made = rollup(this)
    figures = expected(this.form, ["D", "1", "2"])
    assert {item: made.submission.value(item) for item in this.form.items} == figures
    assert "intake --accept" in xlreport("status", "2025", at=tmp_path).out
    this.close()


def test_an_own_report_that_became_own_and_below_is_asked_about(tmp_path: Path) -> None:
    this = collected(tmp_path, UPPER)
    typed = make(this.form, Issue("区", "D", "县级政府", 2025))  # by hand, so that nothing in it says what it is
    both = filled(this.form, typed, expected(this.form, ["D", "1", "2"]))
    list(intake(this, arrivals(put(tmp_path / "in2", {"D": both}))))
    (told,) = rollup(this).of_units
    assert (told.code.name, told.severity.value) == ("R705", "warning")
    done = xlreport("rollup", "2025", "-o", "t.xlsx", at=tmp_path)
    assert "正好是它以前报的本级数加下面各单位之和" in done.out
    assert "had reported before" in xlreport("rollup", "2025", "-o", "u.xlsx", "--lang", "en", at=tmp_path).out
    this.close()


def test_a_unit_that_left_the_roster_is_never_left_out_without_a_word(tmp_path: Path) -> None:
    this = collected(tmp_path, roster(3))
    this.close()
    path = tmp_path / "2025" / "roster.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line for line in lines if not line.startswith("0002")) + "\n", encoding="utf-8")
    done = xlreport("rollup", "2025", "-o", "t.xlsx", "--lang", "zh", at=tmp_path)
    assert done.code == 0
    assert "已汇总 2 个单位" in done.out
    assert "1 个单位的报表，这些单位已不在花名册里，或已改为不填报，没有计入：0002 市教育局" in done.out
    assert "没有计入：0002 市教育局" in xlreport("status", "2025", at=tmp_path).out
    told = json.loads(xlreport("status", "2025", "--format", "json", at=tmp_path).out)
    assert told["gone"] == [{"code": "0002", "name": "市教育局"}]
    assert xlreport("status", "2025", "--format", "html", at=tmp_path).code == 0
    assert "没有计入：0002 市教育局" in (tmp_path / "2025" / "board.html").read_text(encoding="utf-8")
    notes = read_book(Container(Path("t.xlsx"), (tmp_path / "t.xlsx").read_bytes())).sheets
    assert any(
        "0002 市教育局" in cell.text for sheet in notes if sheet.name == "汇总说明" for cell in sheet.cells.values()
    )


def test_only_what_is_missing_is_named(tmp_path: Path) -> None:
    collected(tmp_path, roster(3), silent={"0002"}).close()
    done = xlreport("rollup", "2025", "--lang", "zh", at=tmp_path)
    assert done.code == 2
    assert "有 1 个单位的数不在汇总里：未报送 市教育局。" in done.err
    assert "—" not in done.err


def test_the_total_of_a_part_does_not_take_the_place_of_the_whole(tmp_path: Path) -> None:
    """Both under the name that nobody gave, the second with `--force`."""
    this = round_of(tmp_path / "2025", roster(3, "0004,东区,县级部门,0001,,,,"))
    list(intake(this, arrivals(put(tmp_path / "in", answers(this)))))
    this.close()
    for more in ((), ("--unit", "0001", "--force"), ("--unit", "市教育局", "--force")):
        assert xlreport("rollup", "2025", *more, at=tmp_path).code == 0
    found = {path.name: read_book(Container(path, path.read_bytes())) for path in (tmp_path / "2025").glob("total-*")}
    assert set(found) == {"total-2025.xlsx", "total-2025-0001-市发展和改革局.xlsx", "total-2025-0002-市教育局.xlsx"}
    words = {c.text for sheet in found["total-2025.xlsx"].sheets for c in sheet.cells.values()}
    assert {"市科学技术局", "东区"} <= {word.strip() for word in words}


@pytest.mark.parametrize(
    "line",
    [
        ("send", "2025", "--send", "--draft", "d"),
        ("remind", "2025", "--draft", "d", "--settle", "sent"),
        ("reply", "2025", "--settle", "again", "--send"),
        ("intake", "2025", "in", "--accept", "1"),
        ("intake", "2025", "--accept", "1", "--dismiss", "2"),
        ("intake", "2025", "in", "--unit", "0001"),
        ("intake", "2025", "--imap", "--last-year"),
        ("intake", "2025", "in", "--all"),
        ("status", "2025", "--format", "json", "-o", "s.json"),
    ],
)
def test_no_option_is_forgotten_without_a_word(tmp_path: Path, line: tuple[str, ...]) -> None:
    round_of(tmp_path / "2025", roster(1)).close()
    (tmp_path / "in").mkdir()
    for lang in ("zh", "en"):
        done = xlreport(*line, "--lang", lang, at=tmp_path)
        assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert not (tmp_path / "d").exists()
