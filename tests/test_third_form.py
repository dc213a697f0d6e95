"""A new form is a definition and nothing else: from its YAML to an annotated workbook, all on the command line."""

import json
import shutil

import pytest
from commands import xlreport
from submissions import DATA

from xlreport.workbook.book import read_book
from xlreport.workbook.container import Container

TEMPLATES = DATA / "templates"
GRANTS = """\
表,行,列,值
封面,填报单位,,某县水利局
封面,填表人,,王
资金,中央资金 Central,上年结余,1.5
资金,中央,本年收入,20
资金,中央,本年支出,21.25
资金,省级,上年结余,0
资金,地方资金/省级,本年收入,3.75
资金,省级,本年支出 Spent,3.7
资金,市级,上年结余,0
资金,市级,本年收入,0
资金,市级,本年支出,0
项目,在建,个数,2
项目,在建,投资,14.95
项目,完工,个数,1
项目,完工,投资（万元）,9.97
文字部分,说明,,按计划使用。
"""


@pytest.fixture
def desk(tmp_path):
    """A folder to work in, with the three forms in `templates`."""
    shutil.copytree(TEMPLATES, tmp_path / "templates")
    return tmp_path


def run(desk, *arguments, **more):
    return xlreport(*arguments, at=desk, env={"XLREPORT_TEMPLATES": str(desk / "templates")}, **more)


def texts(path):
    """Every text of a workbook by sheet and cell."""
    book = read_book(Container.open(path))
    return {(s.name, at): cell.text for s in book.sheets for at, cell in s.cells.items()}


def test_a_new_form_from_definition_to_annotated_copy(desk):
    listed = run(desk, "forms").out.splitlines()
    assert [line.split()[0] for line in listed] == [
        "foia@2023", "grants@2022", "grants@2024", "sangong@2024", "zfxxgk-annual@2019", "zfxxgk-annual@2021",
    ]  # fmt: skip

    made = run(desk, "make", "grants", "--period", "2023", "--unit", "某县水利局", "-o", "blank.xlsx")
    assert (made.code, made.out, made.err) == (0, "已生成：blank.xlsx\n", "")
    shown = set(texts(desk / "blank.xlsx").values())
    assert {"一、资金（单位：万元）", "中央资金 Central", "地方资金", "省级", "投资（万元）"} <= shown
    assert any("财专 01 表" in text for text in shown)

    (desk / "data.csv").write_text(GRANTS, encoding="utf-8")
    filled = run(desk, "fill", "blank.xlsx", "data.csv", "-o", "right.xlsx")
    assert (filled.code, filled.out, filled.err) == (0, "已填写：right.xlsx\n", "")
    checked = run(desk, "check", "right.xlsx")
    assert checked == (
        0, "right.xlsx  某县水利局  2023  专项资金使用情况表（2022）\n  √ 没有发现问题。\n", "",
    )  # fmt: skip
    assert not (desk / "right.checked.xlsx").exists()

    wrong = GRANTS.replace("在建,投资,14.95", "在建,投资,14.85").replace("完工,个数,1", "完工,个数,")
    wrong = wrong.replace("市级,本年支出,0", "市级,本年支出,-2").replace("按计划使用。", "")
    (desk / "data.csv").write_text(wrong.replace("-2", "0.5"), encoding="gb18030")
    assert run(desk, "fill", "grants", "data.csv", "--period", "2023", "-o", "wrong.xlsx").code == 0
    checked = run(desk, "check", "wrong.xlsx", "--format", "json")
    assert checked.code == 1
    (one,) = json.loads(checked.out)["files"]
    assert (one["form"], one["edition"], one["unit"], one["period"]) == ("grants", "2022", "某县水利局", 2023)
    assert [(f["code"], f["rule"], f["severity"], f["left"], f["right"], f["gap"]) for f in one["findings"]] == [
        ("B401", "投资来自支出", "error", "24.82", "25.45", "-0.63"),
        ("B403", "不超支", "warning", "0.5", "0", "0.5"),
        ("B403", "不超支", "warning", "25.45", "25.25", "0.2"),
        ("E301", None, "warning", None, None, None),
        ("E308", None, "warning", None, None, None),
    ]
    assert [w[0]["found"] for w in one["findings"][0]["suggestions"]] == ["3.7"]  # the likeliest number within it
    assert one["annotated"] == "wrong.checked.xlsx"
    annotated = texts(desk / "wrong.checked.xlsx")
    assert any(sheet == "检查结果" and "投资来自支出" in text for (sheet, _), text in annotated.items())

    again = run(desk, "check", "wrong.checked.xlsx", "--no-annotate", "--format", "json")
    (twice,) = json.loads(again.out)["files"]
    assert [(f["code"], f["items"]) for f in twice["findings"]] == [(f["code"], f["items"]) for f in one["findings"]]


def test_values_that_do_not_fit_are_told_and_nothing_is_written(desk):
    wrong = GRANTS.replace("完工,个数,1", "完工,个数,1.5").replace("市级,本年支出,0", "市级,本年支出,-2")
    (desk / "data.csv").write_text(wrong, encoding="utf-8")
    done = run(desk, "fill", "grants", "data.csv", "--period", "2023", "-o", "x.xlsx")
    assert done.code == 2
    assert done.out == ""
    assert done.err.splitlines()[0] == "data.csv: 2 处不能填入，什么也没有写 (nothing was written):"
    assert "本年支出 Spent: -2 不能是负数" in done.err
    assert "1.5 应为整数" in done.err
    assert not (desk / "x.xlsx").exists()


def test_the_edition_follows_the_year(desk):
    for year, edition in ((2022, "2022"), (2024, "2024"), (2030, "2024")):
        assert run(desk, "make", "grants", "--period", year, "-o", f"{year}.xlsx").code == 0
        checked = run(desk, "check", f"{year}.xlsx", "--format", "json", "--no-annotate")
        assert json.loads(checked.out)["files"][0]["edition"] == edition
    refused = run(desk, "make", "grants@2022", "--period", "2024", "-o", "x.xlsx")
    assert refused.code == 2
    assert "2024 年报告应使用 2024 版" in refused.err
    assert run(desk, "make", "grants", "--period", "2020", "-o", "x.xlsx").code == 2
    assert not (desk / "x.xlsx").exists()


def test_templates_on_the_command_line(desk):
    found = xlreport("forms", "sangong", "--templates", "templates", "--format", "json", at=desk)
    body = json.loads(found.out)
    assert (body["name"], len(body["tables"][0]["items"])) == ("sangong@2024", 6)
    assert xlreport("forms", "sangong", at=desk).code == 2


def test_requests_by_component_with_an_overall_row(desk):
    parts = {"Office A": (10, 100, 90, 20), "Office B": (0, 5, 5, 0), "Office C": (1, 2, 3, 1)}
    granted = {"Office A": (60, 20, 10, 90), "Office B": (5, 0, 0, 5), "Office C": (1, 1, 1, 3)}
    columns = ("start", "received", "processed", "end")
    results = ("Full Grants", "Full Denials Based on Exemptions", "Other", "Total")
    body = {
        "unit": "Department",
        "year": 2024,
        "tables": {
            "VA": {name: dict(zip(columns, row, strict=True)) for name, row in parts.items()},
            "VB1": {name: dict(zip(results, row, strict=True)) for name, row in granted.items()},
        },
    }
    (desk / "data.json").write_text(json.dumps(body), encoding="utf-8")
    filled = run(desk, "fill", "foia", "data.json", "-o", "f.xlsx", "--lang", "en")
    assert filled == (0, "Filled: f.xlsx\n", "")
    checked = run(desk, "check", "f.xlsx", "--lang", "en", "--no-annotate")
    assert checked.code == 1
    head, finding, *ways, result = checked.out.splitlines()
    assert [way.split(": ")[1] for way in ways] == ["C6 2→3", "E6 1→0", "B6 1→2"]  # its one equation tells no more
    assert head == "f.xlsx  Department  2024  FOIA annual report, section V（2023）"
    assert finding.startswith("  × V.A. Received, processed and pe!E6  B401 FLOW  Office C: ")
    assert "(1 + 2 - 3 = 0); off by 1; likewise Agency Overall (21 ≠ 20)" in finding
    assert result == "  → 1 error"

    body["tables"]["VA"]["Office C"]["end"] = 0
    body["tables"]["VB1"]["Office B"]["Total"] = 6
    (desk / "data.json").write_text(json.dumps(body), encoding="utf-8")
    assert run(desk, "fill", "foia", "data.json", "-o", "g.xlsx").code == 0
    checked = run(desk, "check", "g.xlsx", "--format", "json", "--no-annotate")
    (finding,) = json.loads(checked.out)["files"][0]["findings"]
    # the wrong total breaks its own row, and the agreement with table V.A for the office and overall
    assert finding["suggestions"] == [
        [{"table": "VB1", "row": "Office B", "column": "Total", "found": "6", "expected": "5"}]
    ]
    assert [f["rule"] for f in (finding, *finding["follows"])] == ["VB1.Total", "VB1.Total", "PROCESSED", "PROCESSED"]


def test_totals_that_come_first(desk):
    lines = ["table,row,column,value", "封面,填报单位,,某局", "封面,报告年度,,2024", "表,,出国,0", "表,,接待,3"]
    lines += ["表,,公务用车购置费,0", "表,,公务用车运行维护费,10.5"]
    (desk / "data.csv").write_text("\n".join([*lines, "表,,合计,13.5"]), encoding="utf-8")
    assert run(desk, "fill", "sangong", "data.csv", "-o", "s.xlsx").code == 0
    assert run(desk, "check", "s.xlsx").code == 0
    (desk / "data.csv").write_text("\n".join([*lines, "表,,合计,12.5", "表,,小计,10.5"]), encoding="utf-8")
    assert run(desk, "fill", "sangong", "data.csv", "-o", "t.xlsx").code == 0
    checked = run(desk, "check", "t.xlsx", "--no-annotate")
    assert checked.code == 1
    assert "（0 + 0 + 10.5 + 3 = 13.5）应等于「合计」（12.5），差 1" in checked.out
    assert "小计" not in checked.out


def test_a_typo_in_a_definition_is_told_to_its_author(desk):
    path = desk / "templates" / "grants" / "2022.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("上年结余 + 本年收入", "上年结余 + 本年收人"), encoding="utf-8"
    )
    done = run(desk, "make", "grants", "--period", "2022", "-o", "x.xlsx")
    assert done.code == 2
    where, line, caret = done.err.rstrip("\n").split("\n")
    assert where.startswith("报表定义有误 (mistake in a definition): grants/2022.yaml:34: rule ")
    assert "no row or column '本年收人' in table 资金; did you mean '本年收入'?" in where
    assert line.strip() == "rule: 本年支出 ≤ 上年结余 + 本年收人"
    assert caret.endswith("^")
    assert not (desk / "x.xlsx").exists()
