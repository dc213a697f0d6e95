"""`check --apply`, `audit` and `learn` as they are used: on files, with what they print."""

import json
import re
import shutil
from pathlib import Path

import pytest
from commands import xlreport
from pens import parts
from submissions import DATA, form_of, item, of, official, returned

from xlreport import open_round, own_slips
from xlreport.checks.culprit.slips import use
from xlreport.examine import examine
from xlreport.finding import Role, fixes, identifiers
from xlreport.form.audit import audit
from xlreport.form.table import Fill
from xlreport.record import replace
from xlreport.report.annotated import marks
from xlreport.round.judge import Job, judge
from xlreport.wording import note
from xlreport.wording.audit import audit_lines
from xlreport.workbook.template import Issue, make

NEW = official("2021")


@pytest.fixture
def desk(tmp_path):
    """The seed's report, one with a tie, and one with two mistakes and totals by formula."""
    (tmp_path / "wrong.xlsx").write_bytes(returned("01_seed_zhangjiagang_gxj_2020", "2019"))
    (tmp_path / "tie.xlsx").write_bytes(filled({"四!行政复议.结果维持": 3, "四!行政复议.总计": 2}, Fill.TYPED))
    (tmp_path / "two.xlsx").write_bytes(filled({"三!三.1@自然人": 10, "三!四@法人.其他": 4}, None))
    return tmp_path


def filled(wrong, totals, unit="某局", period=2024):
    values = {one: 0 for one in NEW.items if not NEW.computed(one, totals)}
    right = {"三!一@自然人": 1, "三!一@总计": 1, "三!三.1@自然人": 1, "三!三.1@总计": 1}
    if totals is Fill.TYPED:
        right |= {"三!三.7@自然人": 1, "三!三.7@总计": 1}
    values |= {item(NEW, name): value for name, value in {**right, **wrong}.items()}
    values = {one: value for one, value in values.items() if value is not None}
    sections = dict.fromkeys(NEW.sections, "无")
    return make(NEW, Issue(unit, "", "县级部门", period), totals=totals, values=values, sections=sections)


def findings(path: Path, code: str = "B401"):
    return of(list(examine(path).findings), code)


def test_a_fix_is_made_in_a_copy_and_told(desk):
    before = (desk / "wrong.xlsx").read_bytes()
    done = xlreport("check", "wrong.xlsx", "--apply", "B401-D18", "-o", "new.xlsx", at=desk)
    assert done == (
        0,
        (
            "已改在副本里：new.xlsx\n"
            "  B401-D18  三、依申请公开!D18  1.本机关不掌握相关政府信息 / 自然人  2→0\n"
            "  B401-D18  三、依申请公开!J18  1.本机关不掌握相关政府信息 / 总计  2→0\n"
            "改后核对：→ 1 个警告\n"
        ),
        "",
    )
    assert (desk / "wrong.xlsx").read_bytes() == before
    assert findings(desk / "new.xlsx") == []
    old, new = parts(before), parts((desk / "new.xlsx").read_bytes())
    assert old.keys() == new.keys()
    changed = {name for name in old if old[name] != new[name]}
    assert {name for name in changed if "sheet" in name} <= {f"xl/worksheets/sheet{n}.xml" for n in range(1, 9)}
    read = {one: entry.value for one, entry in examine(desk / "wrong.xlsx").reading.submission.entries.items()}
    again = {one: entry.value for one, entry in examine(desk / "new.xlsx").reading.submission.entries.items()}
    assert {str(one) for one in read if read[one] != again[one]} == {"三!三.4.1@自然人", "三!三.4.1@总计"}


def test_computed_totals_are_brought_up_to_date(desk):
    names = identifiers(examine(desk / "two.xlsx").findings)
    assert names == ["B401-D8", "B401-I30"]
    done = xlreport("check", "two.xlsx", "--apply", names[0], "--apply", names[1], "-o", "new.xlsx", at=desk)
    assert done.code == 0, done
    one = examine(desk / "new.xlsx")
    assert one.findings == ()  # not even a stored result that is out of date
    assert "10→1" in done.out
    assert "4→0" in done.out
    partly = xlreport("check", "two.xlsx", "--apply", names[0], "-o", "half.xlsx", at=desk)
    assert partly.code == 1
    assert [str(f.parts[0].item) for f in findings(desk / "half.xlsx")] == ["三!四@法人.其他"]


def test_the_names_are_the_same_everywhere_and_each_time(desk):
    text = xlreport("check", "tie.xlsx", "--no-annotate", at=desk).out
    body = json.loads(xlreport("check", "tie.xlsx", "--no-annotate", "--format", "json", at=desk).out)
    (told,) = body["files"][0]["findings"]
    assert told["id"] == identifiers(examine(desk / "tie.xlsx").findings)[0]
    assert [fix["id"] for fix in told["fixes"]] == [f"{told['id']}:1", f"{told['id']}:2"]
    assert all(fix["tie"] for fix in told["fixes"])
    for fix in told["fixes"]:
        (change,) = fix["changes"]
        assert f"改法 {fix['id']}: {change['cell']} {change['found']}→{change['expected']}" in text
    assert body == json.loads(xlreport("check", "tie.xlsx", "--no-annotate", "--format", "json", at=desk).out)


def test_whatever_can_be_applied_is_named_on_the_console(desk):
    """A blank total and a word for a number as well: the JSON offers their fixes too."""
    blank = {"三!三.1@总计": None, "二.八!行政事业性收费": "251000元"}
    (desk / "blank.xlsx").write_bytes(filled(blank, Fill.TYPED))
    text = xlreport("check", "blank.xlsx", "--no-annotate", at=desk).out
    body = json.loads(xlreport("check", "blank.xlsx", "--no-annotate", "--format", "json", at=desk).out)
    offered = {one["id"]: one["fixes"] for one in body["files"][0]["findings"] if one["fixes"]}
    assert set(offered) == {"E303-B16", "B402-J8"}
    assert "改法 E303-B16: B16 “251000元”→25.1" in text
    assert "改法 B402-J8: J8 空→1" in text
    done = xlreport("check", "blank.xlsx", "--apply", "E303-B16", "--apply", "B402-J8", "-o", "new.xlsx", at=desk)
    assert done.code == 0
    assert findings(desk / "new.xlsx") == []


def test_a_note_tells_its_own_equation_once_and_every_other(desk):
    """Also that of a cell whose own equation is not the one told first."""
    submission = examine(desk / "wrong.xlsx").reading.submission
    (finding,) = findings(desk / "wrong.xlsx")
    first, second, *rest = finding.parts
    assert second.role is Role.SUSPECT
    assert finding.relation != finding.follows[0].relation
    for lang, told, likewise in (
        ("zh", "总计：「（一）予以公开」至", "\n自然人列（3 ≠ 1）同样不符。\n"),
        ("en", "总计: the sum of 19 items", "\nLikewise 自然人 (3 ≠ 1).\n"),
    ):
        text = "\n".join(note(replace(finding, parts=(second, first, *rest)), second, submission, lang, 2))
        assert told in text
        assert likewise in text
        assert "总计列（3 ≠ 1）" not in text
        assert "ikewise 总计" not in text


def test_the_cells_of_a_tie_stand_out_as_a_suspect_does(desk):
    one = examine(desk / "tie.xlsx")
    dark = {mark.row * 100 + mark.col for mark in marks(one, "zh") if mark.suspect}
    (finding,) = findings(desk / "tie.xlsx")
    cells = [part.cell for part in finding.parts if part.role is Role.CANDIDATE]
    assert len(cells) == 2
    assert dark == {row * 100 + col for _, row, col in cells}


def test_a_tie_needs_a_choice(desk):
    name = identifiers(examine(desk / "tie.xlsx").findings)[0]
    refused = xlreport("check", "tie.xlsx", "--apply", name, "-o", "new.xlsx", at=desk)
    assert refused.code == 2
    assert f"{name} 有 2 种改法，请写明哪一种，如 {name}:1" in refused.err
    assert not (desk / "new.xlsx").exists()
    (finding,) = findings(desk / "tie.xlsx")
    for n, (change,) in enumerate(fixes(finding), 1):
        done = xlreport("check", "tie.xlsx", "--apply", f"{name}:{n}", "-o", "new.xlsx", "--format", "json", at=desk)
        assert done.code == 0
        body = json.loads(done.out)
        assert body["applied"][0]["changes"][0]["expected"] == str(change.expected)
        assert findings(desk / "new.xlsx") == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["wrong.xlsx", "--apply", "B401-Z9", "-o", "new.xlsx"], "没有编号为 B401-Z9 的改法。可选：B401-D18"),
        (["wrong.xlsx", "--apply", "B401-D18:2", "-o", "new.xlsx"], "B401-D18 只有 1 种改法"),
        (["wrong.xlsx", "--apply", "B401-D18:x", "-o", "new.xlsx"], "B401-D18 只有 1 种改法"),
        (["wrong.xlsx", "--apply", "B401-D18"], "--apply 要用 -o 写明新文件名"),
        (["wrong.xlsx", "--apply", "B401-D18", "-o", "wrong.xlsx"], "不能覆盖输入的文件"),
        (["wrong.xlsx", "tie.xlsx", "--apply", "B401-D18", "-o", "new.xlsx"], "一次只用于一个文件"),
        (["tie.xlsx", "--apply", "B401-E6:1", "--apply", "B401-E6:2", "-o", "new.xlsx"], "B401-E6 只能选一种改法"),
    ],
)
def test_what_cannot_be_applied_is_said_and_nothing_is_written(desk, arguments, said):
    done = xlreport("check", *arguments, at=desk)
    assert done.code == 2
    assert said in done.err
    assert done.out == ""
    assert not (desk / "new.xlsx").exists()


def test_names_in_any_case_and_the_language_asked_for(desk):
    done = xlreport("check", "wrong.xlsx", "--apply", " b401-d18", "-o", "new.xlsx", "--lang", "en", at=desk)
    assert (done.code, done.err) == (0, "")
    assert "B401-D18" in done.out
    for name, said in (("", "--apply names no fix. Choose from: B401-D18"), ("B401-Z9", "There is no fix B401-Z9.")):
        refused = xlreport("check", "wrong.xlsx", "--apply", name, "-o", "no.xlsx", "--lang", "en", at=desk)
        assert refused.code == 2
        assert refused.err.startswith(said)
        assert refused.err.isascii()
    assert "--apply 后面没有写编号" in xlreport("check", "wrong.xlsx", "--apply", "", "-o", "no.xlsx", at=desk).err


HIDING = {"三!一@自然人": 11, "三!一@总计": 11, "三!三.1@自然人": 10, "三!三.1@总计": 0, "三!三.6.2@自然人": 1,
          "三!三.6.2@总计": 11, "三!三.7@自然人": 11, "三!三.7@总计": 11}  # fmt: skip


def test_a_fix_that_breaks_what_held_is_told(desk):
    """The column 总计 agrees because one total is as much too small as the other is too large."""
    (desk / "mask.xlsx").write_bytes(filled(HIDING, Fill.TYPED))
    names = identifiers(examine(desk / "mask.xlsx").findings)
    done = xlreport("check", "mask.xlsx", "--apply", names[0], "-o", "half.xlsx", at=desk)
    assert done.code == 1
    assert "原来成立的关系不再成立：各办理结果之和等于（七）总计（总计）" in done.out
    told = json.loads(
        xlreport("check", "mask.xlsx", "--apply", names[1], "-o", "half.xlsx", "--format", "json", at=desk).out
    )
    assert told["newly_broken"] == ["各办理结果之和等于（七）总计（总计）"]
    both = xlreport("check", "mask.xlsx", "--apply", names[0], "--apply", names[1], "-o", "new.xlsx", at=desk)
    assert both.code == 0
    assert "注意" not in both.out


def test_the_marks_of_an_annotated_copy_are_of_what_it_holds_then(desk):
    (desk / "mask.xlsx").write_bytes(filled(HIDING, Fill.TYPED))
    xlreport("check", "mask.xlsx", "-o", "mask.checked.xlsx", at=desk)
    names = identifiers(examine(desk / "mask.checked.xlsx").findings)
    assert "应为 10" in all_text(desk / "mask.checked.xlsx")
    xlreport("check", "mask.checked.xlsx", "--apply", names[0], "-o", "half.xlsx", at=desk)
    half = all_text(desk / "half.xlsx")
    assert "应为 10" not in half
    assert "应为 1" in half
    xlreport("check", "mask.xlsx", "--apply", names[0], "-o", "plain.xlsx", at=desk)
    assert "应为" not in all_text(desk / "plain.xlsx")


def all_text(path: Path) -> str:
    return "".join(data.decode("utf-8", "replace") for data in parts(path.read_bytes()).values())


# --- audit


@pytest.mark.parametrize(
    ("edition", "cells", "equations", "detected", "located"),
    [("2019", 198, 40, "88.9 %", "81.3 %"), ("2021", 200, 42, "95.0 %", "87.5 %")],
)
def test_audit_prints_the_limits(tmp_path, edition, cells, equations, detected, located):
    name = f"zfxxgk-annual@{edition}"
    out = xlreport("audit", name, at=tmp_path).out
    assert f"{cells} 格，{equations} 个等式，其中 2 个由其余的推出" in out
    assert f"总计全部填写：填写 {cells} 格，看得出 {detected}，指得出 {located}" in out
    assert "三 总计全部填写：填写 " in out
    for words in ("三 总计全部填写", "三 按报表定义"):
        (line,) = [line for line in out.splitlines() if words in line]
        assert line.endswith("看得出 100.0 %，指得出 100.0 %，最少 4 格")
    (line,) = [line for line in out.splitlines() if "三 总计全部用公式" in line]
    assert line.endswith("看得出 100.0 %，指得出 0.0 %，最少 2 格")
    body = json.loads(xlreport("audit", name, "--format", "json", at=tmp_path).out)
    assert (body["cells"], body["equations"], body["rank"]) == (cells, equations, equations - 2)
    assert body["implied"] == [
        {"rule": "T3-ROW", "row": "三.7", "column": None}, {"rule": "T3-BAL", "row": None, "column": "总计"},
    ]  # fmt: skip
    assert (body["contradictory"], body["never_firing"]) == ([], [])
    three = next(table for table in body["tables"] if table["table"] == "三")
    assert three["unseen"]["scaling"]
    assert [len(group) for group in three["unseen"]["swapped_rows"]] == [2, {"2019": 19, "2021": 21}[edition]]
    assert [len(group) for group in three["unseen"]["swapped_columns"]] == [6]
    assert body["totals"]["typed"]["indistinguishable_pairs"] == 30  # the three sums of table 四
    assert "minimum_distance" in body["totals"]["formula"]
    english = xlreport("audit", name, "--lang", "en", at=tmp_path).out
    assert f"all totals typed: {cells} cells typed, {detected} noticed, {located} named, distance 1" in english
    assert not re.search(r"\b1 (cells|equations|pairs)\b", english)
    assert "T3-ROW (（七）总计)" in english
    assert "三：列互换 自然人、商业企业、科研机构、" in out  # as the form prints them
    assert "三.3.1" not in out


CLASHING = """
    form: clash
    edition: "1"
    title: t
    tables:
      t:
        rows: [甲, 乙, 丙, 丁, {计: {total: typed}}]
        columns: [数]
        rules:
          - 丙 = 丁
          - 丙 = 丁 + 1
          - 甲 <= 计
          - 甲 >= 0
          - 甲 > 5
          - 甲 < 3
          - 乙 + 甲 <= -1
          - 甲 < 0 => 乙 > 0
          - 乙 > 0 => 甲 > 0
    """


def test_audit_tells_rules_that_cannot_hold_or_cannot_fail():
    found = audit(form_of(CLASHING))
    assert found.faults
    assert {tuple(one.rule for one in group) for group in found.contradictory} == {
        ("t.1", "t.2"), ("t.5", "t.6"), ("t.7",),
    }  # fmt: skip
    assert [one.rule for one in found.never] == ["t.3", "t.4", "t.8"]


def ruled(*rules, more=""):
    lines = "".join(f"\n          - {rule}" for rule in rules)
    return audit(
        form_of(
            f"""
    form: ruled
    edition: "1"
    title: t
    tables:
      t:
        type: {{amount: 万元, decimals: 2}}
        rows: [a, b, c, d, {{计: {{total: typed}}}}]
        columns: [数]
        rules: {lines}
{more}"""
        )
    )


@pytest.mark.parametrize(
    ("rules", "groups"),
    [
        (["a <= b", "b <= c", "c < a"], [{"t.1", "t.2", "t.3"}]),
        (["计 < a"], [{"t.1"}]),
        (["a = b", "b = c", "a = c + 1"], [{"t.1", "t.2", "t.3"}]),
        (["a = b ±0.5", "b = c ±0.5", "a = c + 1"], []),
        (["a = b ±0.5", "b = c ±0.4", "a = c + 1"], [{"t.1", "t.2", "t.3"}]),
        (["a <= b", "b <= c", "c <= a"], []),
    ],
)
def test_audit_finds_rules_that_clash_only_together(rules, groups):
    assert [{one.rule for one in group} for group in ruled(*rules).contradictory] == groups


def test_audit_adds_up_tolerances():
    """Two rules within 0.02 leave 0.04 between their ends: within 0.02 is news, within 0.05 is none."""
    assert [one.rule for one in ruled("a = b ±0.02", "b = c ±0.02", "a = c ±0.02").implied] == []
    assert [one.rule for one in ruled("a = b ±0.02", "b = c ±0.02", "a = c ±0.05").implied] == ["t.3"]
    assert [one.rule for one in ruled("a = b", "b = c", "a = c").implied] == ["t.3"]


@pytest.mark.parametrize(
    ("rule", "never"),
    [
        ("d > 5 => d > 3", True), ("a > 0 => 计 > 0", True), ("计 = 0 => a = 0", True), ("计 > 100 => 计 > 50", True),
        ("d > 3 => d > 5", False), ("计 > 0 => a > 0", False), ("a = 0 => 计 = 0", False), ("a != 0 => a > 0", True),
        ("a > 0 <=> a != 0", True), ("计 = 0 <=> a + b + c + d = 0", True), ("计 > 0 <=> a > 0", False),
        ("a > 0 <=> 计 > 0", False), ("a > 5 => a >= 5.5 ±0.5", True), ("a > 5 => a >= 5.6 ±0.5", False),
        ("a = 5 => a != 5.5 ±0.4", True), ("a = 5 => a != 5.5 ±0.5", False), ("a = 5 <=> a = 5 ±0.5", False),
        ("a = b => a = b ±0.5", True), ("a != b => 计 != 0", True), ("a != b => c != 0", False),
    ],
)  # fmt: skip
def test_audit_finds_conditions_whose_conclusion_follows(rule, never):
    assert [one.rule for one in ruled(rule).never] == (["t.1"] if never else [])


def test_audit_says_what_it_counts_and_what_is_unseen():
    two = """
      u:
        type: {amount: 万元, decimals: 2}
        rows: [e, f, {计: {total: typed}}]
        columns: [数]
        rules: [e = t!计 ±0.02, f = t!a]
"""
    found = ruled("a = b", more=two.strip("\n"))
    assert found.scaled_together == (("t", "u"),)
    form = form_of(CLASHING)
    out = "\n".join(audit_lines(form, audit(form), "zh"))
    assert "总计填对时永远不会不成立的规则：" in out
    headline = int(re.search(r"其中 (\d+) 个由其余的推出", out)[1])
    assert headline == len(audit(form).implied)
    lone = form_of("form: l\nedition: '1'\ntitle: t\ntables:\n  t: {rows: [a, b], columns: [x], rules: [a = 2 * b]}")
    out = "\n".join(audit_lines(lone, audit(lone), "zh"))
    assert "没有规则看得出来的（与上年报告对照的规则另算）：\n  t：整张表" in out
    assert "仍是" in out
    assert "> 5" not in out


def test_lint_ends_with_1_where_a_definition_must_be_mended(tmp_path):
    folder = tmp_path / "templates" / "clash"
    folder.mkdir(parents=True)
    (folder / "1.yaml").write_text("\n".join(line[4:] for line in CLASHING.splitlines()), encoding="utf-8")
    for command in (["audit", "clash", "--lint"], ["forms", "clash", "--lint"]):
        done = xlreport(*command, "--templates", "templates", at=tmp_path)
        assert done.code == 1
        assert "互相矛盾的规则：" in done.out
        assert "  t.5 与 t.6" in done.out
    for edition in ("2019", "2021"):
        assert xlreport("audit", f"zfxxgk-annual@{edition}", "--lint", at=tmp_path).code == 0


@pytest.mark.parametrize("folder", ["foia", "grants", "sangong"])
def test_every_form_can_be_audited(tmp_path, folder):
    shutil.copytree(DATA / "templates", tmp_path / "templates")
    body = json.loads(xlreport("audit", folder, "--templates", "templates", "--format", "json", at=tmp_path).out)
    assert 0 <= body["totals"]["typed"]["located"] <= body["totals"]["typed"]["detected"] <= body["cells"]


# --- learn


def test_learn_brings_the_shares_up_to_date(tmp_path):
    for state, wrong in (("returned", {"三!三.1@自然人": 10}), ("corrected", {})):
        (tmp_path / "data" / state).mkdir(parents=True)
        for n in range(20):
            (tmp_path / "data" / state / f"{n}.xlsx").write_bytes(filled(wrong, Fill.TYPED))
    (tmp_path / "data" / "returned" / "alone.xlsx").write_bytes(filled({}, Fill.TYPED))
    before = json.loads(
        (Path(__file__).parent.parent / "xlreport/checks/culprit/typing_errors.json").read_text("utf-8")
    )
    told = xlreport("learn", "data", at=tmp_path)
    assert told.err.count("\n") == 1
    assert f"{Path('returned', 'alone.xlsx')}: 另一个文件夹里没有同名的表，不用" in told.err
    after = json.loads(told.out)
    assert after["from"]["pairs"] == before["from"]["pairs"] + 20
    assert after["from"]["slips"] == before["from"]["slips"] + 20
    assert after["slips"]["power"] > before["slips"]["power"] * 1.5  # 1 became 10, each time
    assert after["slips"]["swapped"] < before["slips"]["swapped"]
    assert after["slips"].keys() == before["slips"].keys()
    assert sum(after["slips"].values()) == pytest.approx(sum(before["slips"].values()), abs=0.001)
    rows = after["rows"]["zfxxgk-annual"]["三"]
    assert rows["三.1"] > before["rows"]["zfxxgk-annual"]["三"]["三.1"]
    done = xlreport("learn", "data", "-o", "new.json", at=tmp_path)
    assert done.out == "已用 20 对表写成：new.json\n"
    assert json.loads((tmp_path / "new.json").read_text("utf-8")) == after


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ({"三!三.1@自然人": 0, "三!三.2@自然人": 1}, "moved"),
        ({"三!三.3.2@自然人": 2, "三!三.3.2@总计": 2}, "carried"),
        ({"三!三.1@自然人": 0}, "omitted"),
        ({"三!三.1@自然人": -1}, "sign"),
        ({"三!三.1@自然人": 100}, "power"),
    ],
)
def test_learn_knows_what_happened(tmp_path, wrong, kind):
    for state, values in (("returned", wrong), ("corrected", {})):
        (tmp_path / state).mkdir()
        for n in range(9):
            (tmp_path / state / f"{n}.xlsx").write_bytes(filled(values, Fill.TYPED))
    before = json.loads(
        (Path(__file__).parent.parent / "xlreport/checks/culprit/typing_errors.json").read_text("utf-8")
    )
    after = json.loads(xlreport("learn", ".", at=tmp_path).out)
    gains = {name: after["slips"][name] - before["slips"][name] for name in after["slips"]}
    assert max(gains, key=lambda name: gains[name]) == kind


def test_learn_takes_a_row_never_filled_in_for_no_numbers_left_out(tmp_path):
    right = {f"三!{row}@{column}": 4 for row in ("一", "三.1", "三.7") for column in ("法人.商业企业", "法人.其他")}
    right |= {f"三!{row}@总计": 9 for row in ("一", "三.1", "三.7")}
    left_out = {name: 0 for name in right if name.startswith("三!三.7")} | {"三!三.7@自然人": 0}
    for state, values in (("returned", {**right, **left_out}), ("corrected", right)):
        (tmp_path / state).mkdir()
        (tmp_path / state / "1.xlsx").write_bytes(filled(values, Fill.TYPED))
    before = json.loads(
        (Path(__file__).parent.parent / "xlreport/checks/culprit/typing_errors.json").read_text("utf-8")
    )
    after = json.loads(xlreport("learn", ".", at=tmp_path).out)
    assert after["slips"] == pytest.approx(before["slips"], abs=1e-3)
    assert after["from"]["slips"] == before["from"]["slips"]


def test_what_was_learnt_is_used_without_touching_the_package(desk):
    known = json.loads((Path(__file__).parent.parent / "xlreport/checks/culprit/typing_errors.json").read_text("utf-8"))
    shares = dict.fromkeys(known["slips"], 0.001) | {"stale": 0.9}
    (desk / "own.json").write_text(json.dumps({**known, "slips": shares}), encoding="utf-8")
    own = {"XLREPORT_TYPING_ERRORS": "own.json"}
    before = xlreport("check", "tie.xlsx", "--no-annotate", at=desk)
    after = xlreport("check", "tie.xlsx", "--no-annotate", at=desk, env=own)
    assert after.out != before.out
    assert after.code == before.code
    (desk / "own.json").write_text("{}", encoding="utf-8")
    refused = xlreport("check", "tie.xlsx", "--no-annotate", at=desk, env=own)
    assert (refused.code, refused.out) == (2, "")
    assert "不是 xlreport learn 写出的文件" in refused.err


def test_what_was_learnt_is_used_where_a_round_judges_its_files(desk, monkeypatch):
    known = json.loads((Path(__file__).parent.parent / "xlreport/checks/culprit/typing_errors.json").read_text("utf-8"))
    shares = dict.fromkeys(known["slips"], 0.001) | {"stale": 0.9}
    (desk / "own.json").write_text(json.dumps({**known, "slips": shares}), encoding="utf-8")
    job = Job("tie.xlsx", (desk / "tie.xlsx").read_bytes())
    before = judge(job).findings
    monkeypatch.setattr(own_slips, "_USED", [])
    try:
        monkeypatch.setenv(own_slips.VARIABLE, str(desk / "own.json"))
        assert judge(job).findings != before
        (desk / "none.json").write_text("{}", encoding="utf-8")
        monkeypatch.setenv(own_slips.VARIABLE, str(desk / "none.json"))
        with pytest.raises(own_slips.NoSlips, match=r"none\.json"):
            open_round(desk)
    finally:
        use({})
    monkeypatch.delenv(own_slips.VARIABLE)
    assert judge(job).findings == before


def test_learn_without_pairs_says_where_they_belong(tmp_path):
    done = xlreport("learn", ".", at=tmp_path)
    assert done.code == 2
    assert "returned" in done.err
    assert xlreport("learn", "nowhere", at=tmp_path).code == 2


def test_learn_takes_no_two_reports_for_one_and_its_correction(tmp_path):
    """Of two units, of two years, or with hardly a number in common: no slips are made of those."""
    other = {
        f"三!{row}@自然人": n for n, row in enumerate(("三.2", "三.3.1", "三.3.2", "三.3.3", "三.3.4", "三.3.5"), 2)
    }
    other |= {name.replace("自然人", "总计"): n for name, n in other.items()}
    pairs = {
        "good": (filled({"三!三.1@自然人": 10}, Fill.TYPED), filled({}, Fill.TYPED)),
        "units": (filled({"三!三.1@自然人": 10}, Fill.TYPED), filled({}, Fill.TYPED, unit="另一单位")),
        "years": (filled({"三!三.1@自然人": 10}, Fill.TYPED), filled({}, Fill.TYPED, period=2023)),
        "numbers": (filled(other, Fill.TYPED), filled({}, Fill.TYPED)),
    }
    for name, states in pairs.items():
        for folder, content in zip(("returned", "corrected"), states, strict=True):
            (tmp_path / folder).mkdir(exist_ok=True)
            (tmp_path / folder / f"{name}.xlsx").write_bytes(content)
    done = xlreport("learn", ".", "-o", "new.json", at=tmp_path)
    assert done.out == "已用 1 对表写成：new.json\n"
    told = dict(line.split(".xlsx: ", 1) for line in done.err.splitlines())
    assert {name: text.partition("，")[0] for name, text in told.items()} == {
        "units": "退回的是“某局”的",
        "years": "退回的是 2024 年的",
        "numbers": "两份的数大半不同",
    }
    (tmp_path / "returned" / "good.xlsx").unlink()
    assert xlreport("learn", ".", at=tmp_path).code == 2
