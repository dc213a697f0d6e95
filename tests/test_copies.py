"""The commands that turn one workbook into another: strip, annotate, upgrade."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import clerk
import pytest
from conftest import ROOT, SEED
from damages import filled
from habits import spots
from test_damage import ALL
from typer.testing import CliRunner

from xlreport.cli.main import app
from xlreport.examine import open_reading
from xlreport.form.table import Item
from xlreport.workbook.book import read_book
from xlreport.workbook.container import Container


def run(*arguments: str | Path, expect: int = 0) -> str:
    done = CliRunner().invoke(app, [str(a) for a in arguments])
    assert done.exit_code == expect, done.output
    return done.output


def parts(path: Path) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as package:
        return [(entry.filename, package.read(entry)) for entry in package.infolist()]


def test_strip_gives_back_every_part(tmp_path: Path) -> None:
    copy = tmp_path / "z.xlsx"
    copy.write_bytes(SEED.read_bytes())
    run("check", copy, expect=1)
    run("strip", tmp_path / "z.checked.xlsx", "-o", tmp_path / "clean.xlsx")
    assert parts(tmp_path / "clean.xlsx") == parts(SEED)


def test_strip_of_what_has_no_marks_changes_nothing(tmp_path: Path) -> None:
    run("strip", SEED, "-o", tmp_path / "same.xlsx")
    assert parts(tmp_path / "same.xlsx") == parts(SEED)


def test_what_check_prints_can_be_written_into_the_workbook(tmp_path: Path) -> None:
    printed = CliRunner().invoke(app, ["check", "--no-annotate", "--format", "json", str(SEED)]).output
    (tmp_path / "findings.json").write_text(printed, encoding="utf-8")
    run("annotate", SEED, tmp_path / "findings.json", "-o", tmp_path / "noted.xlsx")
    book = read_book(Container.open(tmp_path / "noted.xlsx"))
    rows = [cell.text for (row, col), cell in sorted(book.sheets[0].cells.items()) if col == 1 and row > 1]
    assert rows == [f"{f['place']['sheet']}!{f['place']['cell']}" for f in json.loads(printed)["files"][0]["findings"]]
    run("strip", tmp_path / "noted.xlsx", "-o", tmp_path / "clean.xlsx")
    assert parts(tmp_path / "clean.xlsx") == parts(SEED)


@pytest.mark.parametrize(
    "findings",
    [
        "nonsense",
        "[1, 2]",
        '[{"sheet": "没有这张", "cell": "A1", "message": "x"}]',
        '[{"sheet": "封面", "cell": "ZZZZ1", "message": "x"}]',
        '[{"sheet": "封面", "cell": "A1"}]',
        '{"files": []}',
    ],
)
def test_findings_that_cannot_be_used_are_told(tmp_path: Path, findings: str) -> None:
    (tmp_path / "findings.json").write_text(findings, encoding="utf-8")
    output = run("annotate", SEED, tmp_path / "findings.json", "-o", tmp_path / "noted.xlsx", expect=2)
    assert "Traceback" not in output
    assert not (tmp_path / "noted.xlsx").exists()


def test_a_report_on_the_wrong_edition_is_poured_into_the_right_one(tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    data.write_text(
        "表,行,列,值\n封面,填报单位,,某镇\n封面,报告年度,,2023\n三,一,自然人,7\n三,三.1,自然人,３\n"
        "三,（六）其他处理,自然人,4\n二.一,规范性文件,对外公开总数量,9\n文字部分,一、总体情况,,无\n",
        encoding="utf-8",
    )
    run("fill", "zfxxgk-annual@2019", data, "-o", tmp_path / "old.xlsx", "--as-printed", "--totals", "typed")
    output = run("upgrade", tmp_path / "old.xlsx", "-o", tmp_path / "new.xlsx", "--lang", "zh")
    # 2021 has three rows where 2019 has one 其他处理, and other columns in 二.一: nothing is guessed.
    assert output.splitlines()[1:] == [
        "  没有对应的格：二.一 规范性文件 / 对外公开总数量（9）",
        "  没有对应的格：三 （六）其他处理 / 自然人（4）",
    ]
    new = open_reading(tmp_path / "new.xlsx").submission
    assert (new.form.edition, new.unit, new.period, new.sections["一"]) == ("2021", "某镇", 2023, "无")
    assert new.entry(Item("三", "一", "自然人")).value == 7
    assert new.entry(Item("三", "三.1", "自然人")).raw == "３"


def test_nothing_turns_into_another_number_on_the_way(tmp_path: Path) -> None:
    """A date is kept as a date, 12% as 12%: their stored numbers would look like something reported."""
    made = filled("2021")
    names = ["填-有规则-日期", "填-无规则-百分比格式", "行-三-删去-三.2", "外-右边说明"]
    data = made.data
    for name in names:
        data = ALL[name].deed(made, data)
    (tmp_path / "old.xlsx").write_bytes(data)
    output = run("upgrade", tmp_path / "old.xlsx", "-o", tmp_path / "new.xlsx", "--lang", "zh")
    assert output.count("原表里找不到，没有读取：三 （二）部分公开") == 7
    assert "表外有内容" in output
    after = open_reading(tmp_path / "new.xlsx").submission
    date, percent = (spots(made)[where] for where in ("有规则", "无规则"))
    assert [(after.entry(i).state.value, after.entry(i).raw) for i in (date, percent)] == [
        ("text", "2024-01-02"), ("text", "12%"),
    ]  # fmt: skip
    kept = {i for i in made.form.items if i.row not in {"三.2", "三.7"} and i not in {date, percent}}
    assert {i: after.value(i) for i in kept} == {i: made.values[i] for i in kept}


def test_totals_of_formulas_become_typed_numbers_where_the_fresh_form_has_none(tmp_path: Path) -> None:
    """A department put =SUM() into the column of totals that is to be typed: the numbers are not lost."""
    made = filled("2021")
    total = Item("三", "一", "总计")
    parts_ = [made.values[i] for i in made.form.items if i.row == "一" and i != total]
    data = clerk.formula_in(made.data, *made.at(total), "SUM(D6:I6)", str(sum(parts_)))
    (tmp_path / "old.xlsx").write_bytes(data)
    run("upgrade", tmp_path / "old.xlsx", "-o", tmp_path / "new.xlsx")
    entry = open_reading(tmp_path / "new.xlsx").submission.entry(total)
    assert (entry.computed, entry.value) == (False, sum(parts_))


def test_a_workbook_with_a_password_is_poured_with_it(tmp_path: Path) -> None:
    office = pytest.importorskip("msoffcrypto.format.ooxml")
    import io

    stream = io.BytesIO()
    office.OOXMLFile(io.BytesIO(filled("2021").data)).encrypt("口令", stream)
    (tmp_path / "locked.xlsx").write_bytes(stream.getvalue())
    assert "--password" in run("upgrade", tmp_path / "locked.xlsx", "-o", tmp_path / "n.xlsx", "--lang", "zh", expect=1)
    run("upgrade", tmp_path / "locked.xlsx", "-o", tmp_path / "new.xlsx", "--password", "口令")
    after = open_reading(tmp_path / "new.xlsx").submission
    assert {item: after.value(item) for item in after.form.items} == dict(filled("2021").values)


def test_an_upgrade_within_the_edition_keeps_every_value(tmp_path: Path) -> None:
    sample = ROOT / "samples" / "suqian-2024.xlsx"
    run("upgrade", sample, "-o", tmp_path / "new.xlsx")
    before, after = open_reading(sample).submission, open_reading(tmp_path / "new.xlsx").submission
    assert {i: (e.state, e.value, e.raw) for i, e in before.entries.items()} == {
        i: (e.state, e.value, e.raw) for i, e in after.entries.items()
    }
    assert before.sections == after.sections


@pytest.mark.parametrize("command", ["strip", "upgrade"])
def test_no_input_is_overwritten(tmp_path: Path, command: str) -> None:
    copy = tmp_path / "z.xlsx"
    copy.write_bytes(SEED.read_bytes())
    run(command, copy, "-o", copy, "--force", expect=2)
    assert copy.read_bytes() == SEED.read_bytes()
