"""Reports as they were really published: what is wrong with them is told, and nothing else."""

import pytest
from submissions import item, of, official, published

from xlreport.checks import check
from xlreport.data import DataProblems
from xlreport.finding import Code, Role
from xlreport.form.model import Severity
from xlreport.wording import message

NEW, OLD = official("2021"), official("2019")
UNWRITTEN = {"E308"}  # the published files quote a sentence of section 一 only


def findings(name, form):
    submission = published(name, form)
    return submission, [f for f in check(submission) if f.code.name not in UNWRITTEN]


def test_the_seed_has_one_error_and_one_warning():
    submission, found = findings("01_seed_zhangjiagang_gxj_2020", OLD)
    assert submission.unit == "张家港市工业和信息化局"
    assert [(f.code.name, f.rule, f.severity.value) for f in found] == [
        ("B401", "T3-COL", "error"),
        ("E301", "TY-1", "warning"),
    ]
    cause, blank = found
    assert (cause.left, cause.right) == (3, 1)
    assert [(f.rule, f.left, f.right) for f in cause.follows] == [("T3-COL", 3, 1)]
    parts = {part.item: part for part in cause.parts}
    for name in ("三!三.7@自然人", "三!三.7@总计"):
        assert parts[item(OLD, name)].role is Role.TOTAL
        assert parts[item(OLD, name)].value == 1
    suspect = parts[item(OLD, "三!三.4.1@自然人")]
    assert (suspect.role, suspect.value, suspect.expected) == (Role.SUSPECT, 2, 0)
    assert [str(p.item) for p in blank.parts] == [
        f"四!数@行政复议.{name}" for name in ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")
    ]
    said = message(cause, submission, "zh")
    for words in ("1 + 2 = 3", "（七）总计", "1.本机关不掌握相关政府信息"):
        assert words in said
    assert "T3-BAL" not in {f.rule for one in found for f in (one, *one.follows)}  # the printed relation holds


def test_suqian_has_nothing_to_correct():
    submission, found = findings("04_suqian_2024", NEW)
    assert submission.resolved_level == "设区的市"
    assert found == []


def test_shanghai_has_eleven_totals_not_filled_and_an_amount_in_words():
    submission, found = findings("02_shanghai_gov_office_2019", OLD)
    totals = of(found, "B402")
    assert {str(f.parts[0].item): f.left for f in totals} == {
        "三!三.1@总计": 272, "三!三.2@总计": 3, "三!三.3.1@总计": 14, "三!三.3.5@总计": 5, "三!三.3.6@总计": 4,
        "三!三.3.8@总计": 12, "三!三.4.1@总计": 265, "三!三.4.2@总计": 47, "三!三.4.3@总计": 25, "三!三.5.1@总计": 149,
        "三!三.5.2@总计": 9,
    }  # fmt: skip
    assert all(f.severity is Severity.ERROR and f.rule == "TY-1" for f in totals)
    (amount,) = of(found, "E303")
    assert (amount.parts[0].raw, amount.parts[0].expected) == ("251000元", 251000)
    assert str(amount.parts[0].item) == "二.九!政府集中采购@采购总金额"
    assert not [f for f in found if f.code in {Code.B401, Code.B403}]
    # what is stated cannot be compared with details left blank, but with what they come to
    assert {f.code.name for f in found} <= {"B402", "E303", "E301", "B404", "N601"}
    # 予以公开及部分公开258件, 无法提供265件: as the report's own list of what is wrong with it says
    assert [(f.left, f.right) for f in of(found, "N601")] == [(258, 275), (265, 337)]
    assert [f.facts["table"] for f in of(found, "E301")] == ["三", "四"]
    assert [f.facts["rules"] for f in of(found, "B404")] == [["T2-6"]]
    assert all(message(f, submission, lang) for f in found for lang in ("zh", "en"))


def test_the_old_edition_used_for_a_later_year():
    _, found = findings("31_hengdong_yanglin_town_2023_WRONG_EDITION", OLD)
    first = found[0]
    assert (first.code, first.rule, first.severity) == (Code.S201, "ED-1", Severity.ERROR)
    assert (first.facts["period"], first.facts["edition"]) == (2023, "2019")
    assert [f.rule for f in found if f.severity is Severity.ERROR] == ["ED-1"]
    rules = [f for f in found if f.rule == "T2-3"]  # a township makes no rules
    assert {p.value for f in rules for p in f.parts} == {1}
    assert [f.facts["table"] for f in of(found, "E301")] == ["二.五", "二.六", "二.八", "三", "四"]


def test_a_form_that_mixes_editions_fits_neither():
    for form, foreign in ((NEW, "本年新制作数量"), (OLD, "本年处理决定数量")):
        with pytest.raises(DataProblems) as caught:
            published("36_district_education_2021_HYBRID", form)
        assert any(foreign in problem for problem in caught.value.problems)


def test_a_report_cut_short_is_not_called_wrong_in_what_is_there():
    """Longgang's excerpt ends inside table 三: blanks and totals not filled are told, its rows themselves add up."""
    _, found = findings("11_shenzhen_longgang_dept_2024", NEW)
    assert "T3-ROW" not in {f.rule for one in found for f in (one, *one.follows)}
    assert {str(f.parts[0].item): f.left for f in of(found, "B402")} == {
        "三!三.7@自然人": 19, "三!三.7@法人.商业企业": 2, "三!三.7@总计": 21,
    }  # fmt: skip
    assert not [
        f for f in found if f.facts.get("fixes") and not f.facts["tie"]
    ]  # nothing is made out to be the culprit


def test_the_narrative_of_a_report_is_held_against_its_tables():
    for name, form in (("04_suqian_2024", NEW), ("01_seed_zhangjiagang_gxj_2020", OLD)):
        submission = published(name, form)
        assert submission.sections["一"]
        assert of(check(submission), "N601") == []
