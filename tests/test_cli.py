"""What the commands print, whole, and how they end. `PRINTED=new pytest tests/test_cli.py` writes the texts anew."""

import json
import os
import re
import subprocess
import sys

import pytest
from commands import environment, xlreport
from conftest import ROOT
from submissions import DATA, returned
from typer.testing import CliRunner

import xlreport as package
from xlreport.cli.console import Language, language
from xlreport.cli.main import app

PRINTED = DATA / "printed"
BLANK = ("三!二@其他", "四!复议后起诉.结果纠正")


@pytest.fixture
def desk(tmp_path):
    """A folder to work in: a clean form, one with warnings only, a wrong one."""
    (tmp_path / "clean.xlsx").write_bytes(returned("04_suqian_2024", "2021"))
    (tmp_path / "blanks.xlsx").write_bytes(returned("04_suqian_2024", "2021", *BLANK))
    (tmp_path / "wrong.xlsx").write_bytes(returned("01_seed_zhangjiagang_gxj_2020", "2019"))
    return tmp_path


def same_as_kept(name, text):
    """Compare with the text kept for this case."""
    path = PRINTED / f"{name}.txt"
    if os.environ.get("PRINTED") == "new":
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8"), f"see {path}"


# --- check, in words


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("check-clean", ["clean.xlsx"], 0),
        ("check-clean-en", ["clean.xlsx", "--lang", "en"], 0),
        ("check-blanks", ["blanks.xlsx"], 0),
        ("check-blanks-strict", ["blanks.xlsx", "--strict", "--no-annotate"], 1),
        ("check-wrong", ["wrong.xlsx"], 1),
        ("check-wrong-en", ["wrong.xlsx", "--lang", "en"], 1),
        ("check-several", ["wrong.xlsx", "clean.xlsx", "blanks.xlsx"], 1),
        ("check-several-en", ["wrong.xlsx", "clean.xlsx", "blanks.xlsx", "--lang", "en", "--no-annotate"], 1),
    ],
)
def test_check_prints(desk, name, arguments, code):
    done = xlreport("check", *arguments, at=desk)
    assert (done.code, done.err) == (code, "")
    same_as_kept(name, done.out)


@pytest.mark.parametrize(
    ("name", "bar", "code"),
    [
        ("clean", "info", 0), ("blanks", "error", 0), ("blanks", "warning", 1), ("blanks", "info", 1),
        ("wrong", "error", 1), ("wrong", "info", 1),
    ],
)  # fmt: skip
def test_the_bar_for_the_exit_code(desk, name, bar, code):
    assert xlreport("check", f"{name}.xlsx", "--fail-on", bar, "--no-annotate", at=desk).code == code


def test_the_annotated_copy_stands_beside_the_file(desk):
    before = {path.name: path.read_bytes() for path in desk.iterdir()}
    assert xlreport("check", ".", at=desk).code == 1
    assert sorted({path.name for path in desk.iterdir()} - set(before)) == ["blanks.checked.xlsx", "wrong.checked.xlsx"]
    assert all((desk / name).read_bytes() == data for name, data in before.items())
    # copies are not taken for reports, and a copy sent back gets the next number
    assert "共 3 份" in xlreport("check", ".", at=desk).out
    assert "已标注：wrong.checked.2.xlsx" in xlreport("check", "wrong.checked.xlsx", at=desk).out


def test_where_the_annotated_copy_goes(desk):
    out = xlreport("check", "wrong.xlsx", "-o", "看.xlsx", at=desk).out
    assert "已标注：看.xlsx" in out
    assert (desk / "看.xlsx").exists()
    xlreport("check", "wrong.xlsx", "clean.xlsx", "--output-dir", "new/folder", at=desk)
    assert [path.name for path in (desk / "new" / "folder").iterdir()] == ["wrong.checked.xlsx"]
    before = sorted(path.name for path in desk.iterdir())
    out = xlreport("check", "wrong.xlsx", "--no-annotate", at=desk).out
    assert "已标注" not in out
    assert sorted(path.name for path in desk.iterdir()) == before


def test_the_same_file_named_twice_is_one(desk):
    assert xlreport("check", "clean.xlsx", "./clean.xlsx", at=desk).out.count("没有发现问题") == 1


def test_standard_input(desk):
    done = xlreport("check", "-", at=desk, stdin=(desk / "wrong.xlsx").read_bytes())
    assert done.code == 1
    assert done.out.startswith("-  张家港市工业和信息化局  2020")
    assert sorted(path.name for path in desk.iterdir()) == ["blanks.xlsx", "clean.xlsx", "wrong.xlsx"]
    assert xlreport("check", "-", at=desk, stdin=b"").code == 1


def test_last_years_report(desk):
    samples = [ROOT / "samples" / f"shili-czj-{year}.xlsx" for year in (2024, 2023)]
    done = xlreport("check", samples[0], "--prior", samples[1], "--no-annotate", "--format", "json", at=desk)
    (carried,) = (f for f in json.loads(done.out)["files"][0]["findings"] if f["code"] == "C501")
    assert done.code == 0
    assert carried["rule"] == "XY-1"
    assert [(i["role"], i["value"]) for i in carried["items"][:2]] == [("left", "6"), ("prior", "5")]


def test_another_years_report_is_told_and_not_compared(desk):
    (desk / "last.xlsx").write_bytes(returned("01_seed_zhangjiagang_gxj_2020", "2019"))
    done = xlreport("check", "clean.xlsx", "--prior", "last.xlsx", "--no-annotate", "--format", "json", at=desk)
    findings = json.loads(done.out)["files"][0]["findings"]
    assert done.code == 0
    assert {f["code"] for f in findings if f["code"].startswith("C")} == {"C505"}
    assert "不是 2024 年的上一年，没有用它核对。请换成 2023 年的。" in json.dumps(findings, ensure_ascii=False)


@pytest.mark.parametrize(
    "options",
    [
        [], ["--no-annotate"], ["--lang", "en", "--no-annotate"], ["--format", "json", "--strict"],
        ["-o", "copy.xlsx", "--prior", "last.xlsx"], ["--output-dir", "out", "--lang", "zh"],
        ["--no-annotate", "--no-annotate"], ["--format", "xml"], ["--lang"], ["-o", "-x"], ["--prior", ""],
    ],
)  # fmt: skip
def test_the_quick_way_in_does_what_the_command_line_does(options, desk, monkeypatch):
    """`entry.everyday` spares typer's start for the usual command lines; nobody may notice."""
    (desk / "last.xlsx").write_bytes((ROOT / "samples" / "shili-czj-2023.xlsx").read_bytes())
    quick = xlreport("check", "wrong.xlsx", *options, at=desk)
    monkeypatch.chdir(desk)
    slow = CliRunner().invoke(app, ["check", "wrong.xlsx", *options], env={"LC_ALL": "zh_CN.UTF-8"})
    assert (quick.code, quick.out) == (slow.exit_code, slow.stdout)


# --- check, for programs

FILE = [
    "path", "form", "edition", "unit", "unit_code", "period", "status", "annotated", "findings", "found_by", "fixed",
    "signed", "rewritten",
]  # fmt: skip
FINDING = [
    "code", "name", "rule", "severity", "verdict", "place", "items", "left", "right", "gap", "found", "expected",
    "suggestions", "message", "follows", "id", "fixes",
]  # fmt: skip
ITEM = ["table", "row", "column", "sheet", "cell", "label", "role", "value", "raw", "expected"]
PROMISED = {  # by issue 2; what is beyond may grow, this may not change
    "file": {"path", "form", "edition", "unit", "period", "status", "annotated", "findings"},
    "finding": {"code", "rule", "severity", "verdict", "items", "left", "right", "gap", "message", "follows"},
    "item": {"table", "row", "column", "sheet", "cell", "label", "role", "value"},
}


def test_json_has_the_keys_that_were_promised(desk):
    done = xlreport("check", "wrong.xlsx", "clean.xlsx", "--format", "json", at=desk)
    assert (done.code, done.err) == (1, "")
    body = json.loads(done.out)
    assert list(body) == ["version", "files", "summary"]
    assert body["version"] == 1
    wrong, clean = body["files"]
    assert list(wrong) == list(clean) == FILE
    assert PROMISED["file"] <= set(FILE)
    assert [wrong[key] for key in FILE[:8]] == [
        "wrong.xlsx", "zfxxgk-annual", "2019", "张家港市工业和信息化局", "", 2020, "findings", "wrong.checked.xlsx",
    ]  # fmt: skip
    assert [clean[key] for key in (*FILE[6:9], *FILE[10:])] == ["clean", None, [], None, False, []]
    for finding in wrong["findings"]:
        assert list(finding) == FINDING
        assert set(finding["message"]) == {"zh", "en"}
        assert all(list(item) == ITEM for item in finding["items"])
    assert PROMISED["finding"] <= set(FINDING)
    assert PROMISED["item"] <= set(ITEM)
    cause = wrong["findings"][0]
    assert [cause[key] for key in ("code", "rule", "severity", "verdict", "left", "right", "gap")] == [
        "B401", "T3-COL", "error", "fail", "3", "1", "2",
    ]  # fmt: skip
    assert [(f["rule"], f["left"], f["right"], f["follows"]) for f in cause["follows"]] == [("T3-COL", "3", "1", [])]
    suspect = cause["items"][0]
    assert suspect == {
        "table": "三", "row": "三.4.1", "column": "自然人", "sheet": "三、依申请公开", "cell": "D18",
        "label": suspect["label"], "role": "suspect", "value": "2", "raw": "2", "expected": "0",
    }  # fmt: skip
    assert body["summary"] == {
        "files": 2, "clean": 1, "findings": 1, "unreadable": 0, "unrecognised": 0,
        "by_severity": {"error": 1, "warning": 1, "info": 0},
    }  # fmt: skip


def test_json_is_the_same_in_any_language(desk):
    one, two = (xlreport("check", "wrong.xlsx", "--format", "json", "--lang", x, at=desk).out for x in ("zh", "en"))
    assert one == two


# --- the other commands


def test_version_and_help():
    run = CliRunner().invoke
    assert run(app, ["--version"]).output == f"xlreport {package.__version__}\n"
    shown = run(app, ["--help"])
    assert shown.exit_code == 0
    for command in ("forms", "make", "fill", "check", "explain"):
        assert re.search(rf"^  {command} ", shown.output, re.MULTILINE)
        body = run(app, [command, "--help"]).output
        assert f"例 Example: xlreport {command}" in " ".join(body.split())


def test_forms_prints(desk):
    same_as_kept("forms", xlreport("forms", at=desk).out)
    same_as_kept("forms-en", xlreport("forms", "--lang", "en", at=desk).out)
    same_as_kept("forms-2021", xlreport("forms", "zfxxgk-annual@2021", at=desk).out)


def test_forms_as_json(desk):
    body = json.loads(xlreport("forms", "--format", "json", at=desk).out)
    assert [form["name"] for form in body["forms"]] == ["zfxxgk-annual@2019", "zfxxgk-annual@2021"]
    body = json.loads(xlreport("forms", "zfxxgk-annual@2021", "--format", "json", at=desk).out)
    table = next(t for t in body["tables"] if t["id"] == "三")
    assert len(table["items"]) == 175
    item = next(i for i in table["items"] if (i["row"], i["column"]) == ("三.4.1", "自然人"))
    assert (item["sheet"], item["cell"], item["total"], item["locked"]) == ("三、依申请公开", "D18", False, False)
    assert item["type"] == {"quantity": "count", "unit": "件", "decimals": 0}
    total = next(i for i in table["items"] if (i["row"], i["column"]) == ("三.7", "总计"))
    assert (total["total"], total["locked"]) == (True, True)
    rule = next(r for r in body["rules"] if r["id"] == "T3-BAL")
    assert (rule["text"], rule["severity"], len(rule["instances"])) == ("一 + 二 = 三.7 + 四", "error", 7)
    assert rule["sentence"]["zh"].count("「") == 4
    assert "国办公开办函〔2021〕30号" in rule["source"]


def test_make_and_fill_print(desk):
    made = xlreport("make", "zfxxgk-annual", "--period", "2024", "--unit", "某局/某科", at=desk)
    assert made == (0, "已生成：zfxxgk-annual-2024-某局_某科.xlsx\n", "")
    (desk / "d.json").write_text('{"tables": {"三": {"一": {"自然人": 1}}}, "notes": 1}', encoding="utf-8")
    filled = xlreport("fill", "zfxxgk-annual-2024-某局_某科.xlsx", "d.json", "-o", "f.xlsx", "--lang", "en", at=desk)
    assert (filled.code, filled.out) == (0, "Filled: f.xlsx\n")
    assert "notes" in filled.err
    checked = json.loads(xlreport("check", "f.xlsx", "--format", "json", "--no-annotate", at=desk).out)
    assert (checked["files"][0]["unit"], checked["files"][0]["period"]) == ("某局/某科", 2024)


# --- the console


def test_a_gbk_console_shows_every_word(desk):
    """A Chinese Windows console is GBK: our own texts have nothing that it lacks."""
    kept = [xlreport("check", name, "--no-annotate", at=desk).out for name in ("wrong.xlsx", "clean.xlsx")]
    for name, text in zip(("wrong.xlsx", "clean.xlsx"), kept, strict=True):
        done = subprocess.run(
            [sys.executable, "-m", "xlreport", "check", name, "--no-annotate"], cwd=desk, capture_output=True,
            check=False, env=environment({"PYTHONUTF8": "0", "PYTHONIOENCODING": "gbk:strict"}),
        )  # fmt: skip
        shown = done.stdout.decode("gbk").replace("\r\n", "\n")
        assert "?" not in shown
        assert shown == text
        assert done.stderr == b""


def test_a_console_that_knows_no_chinese_is_not_a_reason_to_fail(desk):
    done = xlreport(
        "check", "wrong.xlsx", "--no-annotate", at=desk, env={"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii:strict"}
    )
    assert done.code == 1
    assert "B401 T3-COL" in done.out


@pytest.mark.parametrize(
    ("chosen", "env", "expected"),
    [
        (Language.en, {"LANG": "zh_CN.UTF-8"}, "en"), (Language.zh, {"LANG": "en_US.UTF-8"}, "zh"),
        (None, {"LANG": "zh_CN.UTF-8"}, "zh"), (None, {"LANG": "zh_TW"}, "zh"), (None, {"LANG": "en_US.UTF-8"}, "en"),
        (None, {"LANG": "fr_FR.UTF-8"}, "en"), (None, {"LC_ALL": "zh_CN", "LANG": "en_US"}, "zh"),
        (None, {"LC_ALL": "C", "LANG": "en_US"}, "en"), (None, {"LANG": "C.UTF-8"}, "zh"),
        (None, {"LANG": "POSIX"}, "zh"), (None, {}, "zh"), (None, {"XLREPORT_LANG": "en", "LANG": "zh_CN"}, "en"),
    ],
)  # fmt: skip
def test_the_language(monkeypatch, chosen, env, expected):
    for name in ("XLREPORT_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", "linux")  # Windows would ask the system
    assert language(chosen) == expected


# --- starting


def imported(desk, *arguments):
    """The modules that a command imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "xlreport", *arguments],
        cwd=desk, capture_output=True, check=False, env=environment(),
    )  # fmt: skip
    assert done.returncode in {0, 1}
    lines = done.stderr.decode("utf-8").splitlines()
    names = {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}
    assert "xlreport.checks" in names
    return names


@pytest.mark.parametrize("arguments", [["clean.xlsx"], ["wrong.xlsx"], ["clean.xlsx", "--lang", "zh"]])
def test_a_check_starts_without_what_it_does_not_need(desk, arguments):
    xlreport("check", *arguments, at=desk)  # the compiled form is in the cache from here on
    tops = {name.partition(".")[0] for name in imported(desk, "check", *arguments)}
    assert not tops & {"pydantic", "rich", "openpyxl", "xlsxwriter", "yaml"}
    if len(arguments) == 1:
        assert not tops & {"typer", "click", "dataclasses", "inspect"}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{", "this is no JSON."),
        ("[1]", "no usable findings. entry 1 has no message."),
        ('[{"severity": "error"}]', "no usable findings. entry 1 has no message."),
    ],
)
def test_findings_that_are_none_are_refused_in_our_own_words(desk, body, said):
    (desk / "f.json").write_text(body, encoding="utf-8")
    done = xlreport("annotate", "wrong.xlsx", "f.json", "-o", "out.xlsx", "--lang", "en", at=desk)
    assert (done.code, done.out) == (2, "")
    wanted = "Give what `xlreport check --format json` printed, or a list of sheet, cell, severity and message."
    assert done.err == f"f.json: {said} {wanted}\n"


def test_a_file_that_is_not_there_is_wrong_use_whatever_the_command(desk):
    for command in (["check"], ["strip", "-o", "o.xlsx"], ["upgrade", "-o", "o.xlsx"]):
        done = xlreport(command[0], "nowhere.xlsx", *command[1:], "--lang", "en", at=desk)
        assert done.code == 2
        assert "nowhere.xlsx: No such file. Check its name and folder." in done.out + done.err


def test_an_edition_is_told_with_the_years_it_is_for(desk):
    done = xlreport("make", "zfxxgk-annual", "--period", "1999", "-o", "o.xlsx", at=desk)
    assert done.code == 2
    assert "2019 版用于 2019—2020 年的报告，2021 版用于 2021 年起的报告" in done.err
