"""`xlreport explain` and the pages it reads: complete in both languages, true to the checks, printable anywhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.conftest import ROOT
from xlreport.catalog import definitions, open_form
from xlreport.checks import check
from xlreport.cli.explain import HEADINGS
from xlreport.cli.main import app
from xlreport.cli.named import items_named
from xlreport.cli.rule_example import rule_example
from xlreport.finding import Code
from xlreport.form.layout import layout
from xlreport.form.load import POLICIES
from xlreport.form.model import Form, Severity
from xlreport.form.table import Item
from xlreport.notation import Held, understand
from xlreport.pages import (
    LANGUAGES,
    TEXTS,
    Listed,
    codes_named,
    ids_on,
    listed_rules,
    page,
    rule_code,
    rules_table,
    severities_on,
    statement,
)
from xlreport.rules.formula import letters
from xlreport.rules.sentence import Lang
from xlreport.submission import Entry, State, Submission

SOURCE = tomllib.loads((ROOT / "xlreport" / "pages.toml").read_text(encoding="utf-8"))
FORMS = [open_form(definition.path) for definition in definitions()]
BY_EDITION = {form.edition: form for form in FORMS if form.id == "zfxxgk-annual"}


def explain(*arguments: str, lang: str = "zh") -> tuple[int, str]:
    """The exit code and everything printed; what is printed must fit a GBK console."""
    result = CliRunner().invoke(app, ["explain", *arguments, "--lang", lang])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    result.output.encode("gbk")
    return result.exit_code, result.output


def explained(*arguments: str) -> dict[str, object]:
    """The JSON answer."""
    code, output = explain(*arguments, "--format", "json")
    assert code == 0
    document = json.loads(output)
    assert document["version"] == 1
    return document


# --- the pages


def test_a_page_for_every_code_and_none_left_over() -> None:
    assert list(SOURCE) == [code.name for code in Code]


@pytest.mark.parametrize("code", Code, ids=lambda code: code.name)
def test_a_page_is_complete_in_both_languages(code: Code) -> None:
    entry = SOURCE[code.name]
    assert entry["name"] == code.value
    assert set(entry) <= {"name", "severity", "check", "rule_of", "ids", "zh", "en"}
    for lang in LANGUAGES:
        assert list(entry[lang]) == list(TEXTS)
        told = page(code, lang)
        for key in TEXTS:
            text = getattr(told, key)
            assert text == text.strip()
            assert text
            assert "\n" not in text
            text.encode("gbk")
        assert re.search(r"[\u4e00-\u9fff]", told.title) or lang == "en"
    for key in {"check", "rule_of"} & set(entry):
        assert entry[key] in POLICIES
    if "check" in entry:
        assert POLICIES[entry["check"]].severity in page(code, "zh").severities


def test_codes_named_on_a_page_exist() -> None:
    text = (ROOT / "xlreport" / "pages.toml").read_text(encoding="utf-8")
    assert set(re.findall(r"\b[FSEBCNRH]\d{3}\b", text)) <= {code.name for code in Code}
    ids = {name for form in FORMS for code in Code for name in ids_on(form, code)}
    assert set(re.findall(r"\b(?:T2|T3|T4|XY|TY|ST|ED|NAR|RU)-[A-Z0-9]+\b", text)) <= ids


def test_the_arithmetic_on_the_pages_is_right() -> None:
    sums = []
    for code in Code:
        for lang in LANGUAGES:
            for key in TEXTS:
                text = getattr(page(code, lang), key)
                sums += re.findall(r"([\d.]+(?: [-+×÷] [\d.]+)+) = ([\d.]*\d)( ?%?)", text)
    assert len(sums) >= 20
    for left, right, percent in sums:
        first, *rest = re.split(r" ([-+×÷]) ", left)
        value = Decimal(first)
        for sign, number in zip(rest[::2], rest[1::2], strict=True):
            match sign:
                case "+":
                    value += Decimal(number)
                case "-":
                    value -= Decimal(number)
                case "×":
                    value *= Decimal(number)
                case _:
                    value /= Decimal(number)
        assert value == Decimal(right) / (100 if percent.strip() else 1), f"{left} = {right}"


# --- the pages against what the checks do


def filled(form: Form, changes: dict[str, object], **more: object) -> Submission:
    """A submission of zeros with some cells changed; None leaves a cell blank, a text is what somebody typed."""
    cells = layout(form).cells
    entries = {item: understand(Held.NUMBER, "0", form.entry_type(item), cells[item]) for item in form.items}
    for name, value in changes.items():
        (item,) = items_named(form, name)
        kind, cell = form.entry_type(item), cells[item]
        if value is None:
            entries[item] = Entry(State.BLANK, cell=cell)
        else:
            held = Held.ERROR if str(value).startswith("#") else Held.TEXT if isinstance(value, str) else Held.NUMBER
            entries[item] = understand(held, str(value), kind, cell)
    return Submission(form, entries=entries, **{"unit": "市财政局", **more})  # type: ignore[arg-type]


def test_what_is_told_has_the_ids_and_severities_of_its_page() -> None:
    new, old = BY_EDITION["2021"], BY_EDITION["2019"]
    text = "现将市审计局2024年情况报告如下。2023年政府信息公开工作年度报告。共收到政府信息公开申请7件。"
    messy = filled(
        new,
        {
            "二.一/规章/本年制发件数": 3, "二.五/行政许可": 1300, "二.六/行政处罚": "1,200",
            "二.八/行政事业性收费": "251000元",
            "三!一@自然人": 2, "三!二@自然人": "无", "三!二@总计": 2, "三!三.1@自然人": "#REF!", "三!三.2@商业企业": 1,
            "三!三.2@总计": None, "三!三.5.1@科研机构": -1, "三!三.5.2@科研机构": 1.5, "三!四@科研机构": None,
            "四/行政复议/结果维持": 4,
        },
        period=2020, level="村级", sections={"一": text},
    )  # fmt: skip
    last = filled(new, {"二.五/行政许可": 120, "三!四@总计": 9}, unit="市审计局", period=2019)
    found = check(messy, last)
    found += check(filled(new, {}, period=2021), filled(old, {}, period=2020))
    found += check(filled(old, {"二.五/行政许可/上一年项目数量": 3, "二.五/行政许可/增减": -4}, period=2020))
    same = {"三!一@自然人": 1, "三!三.1@自然人": 1, "三!三.7@自然人": 1}
    found += check(filled(new, same, period=2024), filled(new, same, period=2023))
    found += check(Submission(new))
    told = {finding.code for finding in found}
    assert told >= {
        Code.S201, Code.S205, Code.S209, Code.E301, Code.E302, Code.E303, Code.E304, Code.E305, Code.E306, Code.E307,
        Code.E308, Code.B401, Code.B402, Code.B403, Code.B404, Code.C501, Code.C502, Code.C503, Code.C504, Code.C505,
        Code.N601, Code.N602, Code.N603,
    }  # fmt: skip
    for finding in found:
        form = old if finding.rule and finding.rule not in _ids(new) else new
        assert finding.severity in severities_on(form, finding.code), finding.code
        if finding.rule and finding.code is not Code.B404:
            assert finding.rule in ids_on(form, finding.code), finding.code


def _ids(form: Form) -> set[str]:
    return {name for code in Code for name in ids_on(form, code)}


def test_a_form_that_makes_blanks_errors_says_so() -> None:
    form = BY_EDITION["2021"]
    assert severities_on(form, Code.E301) == (Severity.WARNING,)
    assert severities_on(form, Code.S203) == (Severity.ERROR, Severity.WARNING, Severity.INFO)
    assert severities_on(form, Code.S207) == (Severity.INFO,)
    assert codes_named(form, "ST-4") == (Code.S206, Code.S207, Code.S212)
    assert codes_named(form, "T3-COL") == ()


# --- codes


def test_a_code_whole() -> None:
    wanted = (
        "C504  not-comparable  上下年栏目不同，不作比较\n"
        "级别：提示；编号：XY-4（zfxxgk-annual@2021）\n"
        "\n"
        "查什么\n"
        "上年报告是另一版式，而且这张表的栏目不同，就不作逐格的上下年比较（见 C502、C503）。\n"
        "\n"
        "为什么\n"
        "2019 版和 2021 版（国办公开办函〔2019〕60号、〔2021〕30号）"
        "表二的口径不同，硬比会得出错误的结论。结转规则仍然核对。\n"
        "\n"
        "举例\n"
        "2020 年报告用 2019 版填“对外公开总数量”20，"
        "2021 年报告用 2021 版填“现行有效件数”18：不是同一个口径，20 与 18 不比。\n"
        "\n"
        "怎样改\n"
        "不用处理。\n"
        "\n"
        "什么时候可以不改\n"
        "只是提示。\n"
    )
    for what in ("C504", "c504", "not-comparable", " C504 "):
        assert explain(what, "--form", "zfxxgk-annual@2021") == (0, wanted)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", Code, ids=lambda code: code.name)
def test_every_code_has_five_headings(code: Code, lang: Lang) -> None:
    status, output = explain(code.name, lang=lang)
    assert status == 0
    lines = output.splitlines()
    places = [lines.index(words[0 if lang == "zh" else 1]) for words in HEADINGS.values()]
    assert places == sorted(places)
    assert [lines[at + 1] for at in places] == [getattr(page(code, lang), key) for key in HEADINGS]


def test_without_a_name_every_code_is_listed() -> None:
    status, output = explain()
    lines = output.splitlines()
    assert status == 0
    assert [line.split()[1] for line in lines] == [code.name for code in Code]
    assert lines[0] == "× F101  unreadable-file  文件读不出来"
    assert "△ E301  blank  没有填（TY-1）" in lines


def test_a_code_as_json() -> None:
    document = explained("b401", "--form", "zfxxgk-annual@2019")
    assert {key: document[key] for key in ("kind", "code", "name", "severity", "forms")} == {
        "kind": "code",
        "code": "B401",
        "name": "balance-not-equal",
        "severity": ["error"],
        "forms": [
            {
                "form": "zfxxgk-annual@2019",
                "severity": ["error"],
                "rules": ["T3-COL", "T3-ROW", "T3-BAL", "T4-SUM"],
            }
        ],
    }
    assert document["title"] == {"zh": page(Code.B401, "zh").title, "en": page(Code.B401, "en").title}
    codes = explained()
    assert codes["kind"] == "codes"
    assert [entry["code"] for entry in codes["codes"]] == [code.name for code in Code]  # type: ignore[index, attr-defined]


# --- rules


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_every_rule_is_explained(form: Form, lang: Lang) -> None:
    for rule in form.rules:
        status, output = explain(rule.id, "--form", form.name, lang=lang)
        assert status == 0
        for text in (rule.id, rule.text, form.name, rule_code(rule).name, statement(form, rule, lang)):
            assert text in output
    for name in _ids(form):
        assert explain(name, "--form", form.name, lang=lang)[0] == 0


def test_a_rule_of_both_editions_is_told_once() -> None:
    status, output = explain("t3-bal", lang="en")
    assert status == 0
    assert output.startswith(
        "T3-BAL  item 1 plus item 2 equals item 3 plus item 4\n"
        "Severity: error; code: B401 (zfxxgk-annual@2021, zfxxgk-annual@2019)\n"
        "Table: 三、收到和处理政府信息公开申请情况\n"
        "Rule: 一 + 二 = 三.7 + 四\n"
        "\n"
        "What is checked\n"
        "In each column: “一、本年新收政府信息公开申请数量” plus “二、上年结转政府信息公开申请数量” "
        "must equal “（七）总计” plus “四、结转下年度继续办理”.\n"
        "\n"
        "Why\n"
        "The relation printed on the form: every request received or carried over is either settled or "
        "carried forward.\n"
        "Source: edition 2021, Format of the annual report (国办公开办函〔2021〕30号); "
        "Regulations on Open Government Information, art. 49 and 50\n"
    )


def test_a_check_under_the_forms_own_id_is_told_by_its_codes() -> None:
    status, output = explain("TY-3", "--form", "zfxxgk-annual@2021")
    assert status == 0
    assert [line for line in output.splitlines() if "TY-3" in line] == [
        "TY-3 → E303", "级别：错误；编号：TY-3（zfxxgk-annual@2021）",
        "TY-3 → E307", "级别：错误；编号：TY-3（zfxxgk-annual@2021）",
    ]  # fmt: skip


def test_rules_as_json_have_the_same_keys() -> None:
    rule, check_ = explained("XY-1"), explained("TY-3", "--form", "zfxxgk-annual")
    (first,) = rule["rules"]  # type: ignore[misc]
    assert first["forms"] == ["zfxxgk-annual@2021", "zfxxgk-annual@2019"]
    assert (first["severity"], first["code"], first["text"]) == ("warning", "C501", "二 = 四@-1")
    assert first["last_year"] is True
    assert [entry["code"] for entry in check_["rules"]] == ["E303", "E307"]  # type: ignore[index, attr-defined]
    assert {tuple(entry) for entry in check_["rules"]} == {tuple(first)}  # type: ignore[attr-defined]


# --- items


@pytest.mark.parametrize(
    "name",
    [
        "三!三.7@自然人", "三!三.7@自然人 ", "t3!r3_7@自然人", "三！三.7@自然人", "三/（七）总计/自然人",
        "三/(七)总计／自然人", "表三/（七）总计/自然人", "三/三、本年度办理结果/（七）总计/自然人",
        "三、收到和处理政府信息公开申请情况/（七）总计/自然人", "三、依申请公开!D29",
        "'三、依申请公开'!$D$29", "三、依申请公开/（七）总计/自然人",
    ],
)  # fmt: skip
def test_an_item_by_any_of_its_names(name: str) -> None:
    assert items_named(BY_EDITION["2021"], name) == [Item("三", "三.7", "自然人")]


@pytest.mark.parametrize(
    "name", ["三", "三!", "三!三.3@自然人", "三/自然人", "三!三.7@其他人", "三、依申请公开!A1", "D29", "", "/"]
)
def test_what_names_no_single_item(name: str) -> None:
    assert items_named(BY_EDITION["2021"], name) == []


def test_every_item_by_name_label_and_cell() -> None:
    for form in FORMS:
        for item, cell in layout(form).cells.items():
            path = f"{item.table}/{form.label(item).replace(' / ', '/')}"
            address = f"{cell.sheet}!{letters(cell.col)}{cell.row + 1}"
            assert items_named(form, str(item)) == items_named(form, path) == items_named(form, address) == [item]


def test_a_merged_cell_is_its_item_wherever_it_is_pointed_at() -> None:
    assert items_named(BY_EDITION["2021"], "二、主动公开!D9") == [Item("二.五", "行政许可", "本年处理决定数量")]


def test_an_item_whole() -> None:
    wanted = (
        "zfxxgk-annual@2021  三!四@自然人（t3!r4@自然人）\n"
        "栏目：四、结转下年度继续办理 / 自然人\n"
        "表：三、收到和处理政府信息公开申请情况\n"
        "位置：三、依申请公开!D30\n"
        "填什么：0 或正整数，单位：件。由填报人填写。\n"
        "空着：按 0 参加求和，另作为没有填告知（E301，警告）。没有发生请填 0。\n"
        "规则：\n"
        "  × T3-ROW B401  作为相加的一项：「自然人」至「法人或其他组织/其他」共 6 项之和应等于「总计」。\n"
        "  × T3-BAL B401  作为右边：「一、本年新收政府信息公开申请数量」加「二、上年结转政府信息公开申请数量」"
        "应等于「（七）总计」加「四、结转下年度继续办理」。\n"
        "  △ XY-1 C501  作为下一年核对时的上年数：「二、上年结转政府信息公开申请数量」"
        "应等于上年「四、结转下年度继续办理」。\n"
    )
    assert explain("三!四@自然人", "--form", "zfxxgk-annual@2021") == (0, wanted)


def test_every_item_is_printable_in_both_languages() -> None:
    for lang in LANGUAGES:
        for name in (
            "三!三.7@总计",
            "二.八/行政事业性收费",
            "二.五!行政许可@增减",
            "四/行政复议/总计",
            "二.一!规章@现行有效件数",
        ):
            assert explain(name, lang=lang)[0] == 0


def test_an_item_as_json() -> None:
    document = explained("t3!r3_7@总计", "--form", "zfxxgk-annual@2021")
    (item,) = document["items"]  # type: ignore[misc]
    assert document["kind"] == "item"
    assert item["item"] == "三!三.7@总计"
    assert (item["sheet"], item["cell"]) == ("三、依申请公开", "J29")
    assert item["row"] == {"id": "三.7", "path": ["三、本年度办理结果", "（七）总计"]}
    assert item["type"] == {"quantity": "count", "unit": "件", "decimals": 0}
    assert (item["total"], item["computed"]) == (True, True)
    assert [(rule["id"], rule["roles"]) for rule in item["rules"]] == [
        ("T3-COL", ["total"]),
        ("T3-ROW", ["total"]),
        ("T3-BAL", ["right"]),
    ]


@pytest.mark.parametrize("one", listed_rules(FORMS), ids=lambda one: f"{one.form.edition}-{one.rule.id}")
def test_the_example_of_a_rule_is_its_own_and_its_sums_are_right(one: Listed) -> None:
    zh, en = (rule_example(one.form, one.rule, lang) for lang in LANGUAGES)
    assert zh.startswith("这样填就不成立：")
    assert en.startswith("Filled in like this it does not hold: ")
    number = r"(?:\(-\d+\)|\d+)"
    for told in (zh, en):
        told.encode("gbk")
        sums = re.findall(rf"({number}(?: [-+×] {number})+) = (-?\d+)", told)
        assert all(eval(left.replace("×", "*")) == int(right) for left, right in sums)  # noqa: S307
        assert sums or "+" not in told
    table = one.form.tables[one.rule.table]
    assert any(f"「{short}" in zh for axis in (table.rows, table.columns) for short in axis.short.values())


def test_a_rule_that_nothing_breaks_has_the_example_of_its_code(tmp_path: Path) -> None:
    (tmp_path / "park").mkdir()
    text = (
        "form: park\nedition: '1'\ntitle: t\ntables:\n  t: {rows: [a, b], columns: [x], rules: [R: a >= 0, S: a <= b]}"
    )
    (tmp_path / "park" / "1.yaml").write_text(text, encoding="utf-8")
    _, never = explain("R", "--form", "park", "--templates", str(tmp_path))
    assert "B403 的例子：" in never
    _, often = explain("S", "--form", "park", "--templates", str(tmp_path))
    assert "这样填就不成立：「a」（3）不应大于「b」（2），差 1。" in often


# --- what means nothing


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("B410", "没有“B410”这个代码、规则或指标项。相近的有：B404、B403、B402。\n"),
        ("T3-BALL", "没有“T3-BALL”这个代码、规则或指标项。相近的有：T3-BAL、T3-COL。\n"),
        ("zzzzzz", "没有“zzzzzz”这个代码、规则或指标项。全部代码见 xlreport explain。\n"),
        ("\x1b[31m", "没有“ [31m”这个代码、规则或指标项。全部代码见 xlreport explain。\n"),
    ],
)
def test_unknown_names_get_one_sentence(what: str, said: str) -> None:
    assert explain(what) == (2, said)


@pytest.mark.parametrize(
    ("what", "near"),
    [
        ("予以公开 / 自然人", "三/（一）予以公开 / 自然人"),
        ("不掌握", "三/1.本机关不掌握相关政府信息 / 自然人、"),
        ("结果维持", "四/行政复议/结果维持、"),
    ],
)
def test_a_part_of_a_heading_leads_to_its_items(what: str, near: str) -> None:
    status, output = explain(what)
    assert status == 2
    assert f"相近的有：{near}" in output
    assert explain(near.rstrip("、"))[0] == 0


def test_a_rule_of_another_edition_is_unknown_there() -> None:
    status, output = explain("T2-6", "--form", "zfxxgk-annual@2021", lang="en")
    assert status == 2
    assert output.startswith("There is no code, rule or item “T2-6”. Near it: ")


def test_an_unknown_form() -> None:
    status, output = explain("B401", "--form", "zfxxgk-annual@2020")
    assert status == 2
    assert "zfxxgk-annual@2019" in output


def test_an_explanation_imports_nothing_heavy() -> None:
    program = (
        "import sys; sys.argv = ['xlreport', 'explain', 'T3-COL']\n"
        "from xlreport.cli.entry import run\n"
        "try: run()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "heavy = {'openpyxl', 'xlsxwriter', 'yaml', 'rich', 'pydantic', 'xlreport.workbook.book'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    for _ in range(2):  # the first may have to compile the definitions
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr


def test_a_gbk_console_shows_everything() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "utf8=0", "-m", "xlreport", "explain", "XY-2", "--lang", "zh"],
        capture_output=True, cwd=ROOT, check=False, env={"PYTHONIOENCODING": "gbk", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0
    assert "现行有效 = 上年现行有效加本年制发减本年废止" in done.stdout.decode("gbk")


# --- the README's table


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_table_has_every_rule_and_every_code(lang: Lang) -> None:
    table = rules_table(FORMS, lang)
    table.encode("gbk")
    rows = [line for line in table.splitlines() if line.startswith("|")]
    first = [line.split(" | ")[0].removeprefix("| ") for line in rows]
    assert {rule.id for form in FORMS for rule in form.rules} <= set(first)
    assert [name for name in first if re.fullmatch(r"[A-Z]\d{3}", name)] == [code.name for code in Code]
    assert {line.replace("\\|", "").count("|") for line in rows} <= {7, 8}


def test_rules_alike_in_both_editions_are_one_row() -> None:
    rows = {line.split(" | ")[0]: line for line in rules_table(FORMS, "zh").splitlines() if line.startswith("| T3-BAL")}
    assert list(rows) == ["| T3-BAL"]
    assert rows["| T3-BAL"].startswith("| T3-BAL | 错误 | B401 | 三 | 2019、2021 | 每列：")
    columns = [one for one in listed_rules(FORMS) if one.rule.id == "T3-COL"]
    assert [tuple(form.edition for form in one.forms) for one in columns] == [("2019",), ("2021",)]
    (item_rule,) = [one for one in listed_rules(FORMS) if one.rule.id == "T2-5"]
    assert item_rule.tables == ("二.五", "二.六", "二.八")
