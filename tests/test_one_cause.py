"""One finding for one root cause: what several checks see of the same slip is told once, and nothing contradicts it."""

import pytest
from submissions import DATA, form_of, official, submit, told

from xlreport.checks import check
from xlreport.data import read_data
from xlreport.filling import resolve
from xlreport.finding import Code, Role, fixes
from xlreport.form.table import Fill
from xlreport.record import replace
from xlreport.report.facts import figures
from xlreport.wording import message, note

NEW, OLD = official("2021"), official("2019")
SUQIAN = DATA.parent.parent / "samples" / "suqian-2024.csv"
SEED = DATA.parent.parent / "samples" / "zhangjiagang-gxj-2020.csv"


def report(path, form, changed, totals=Fill.TYPED):
    """A published report with some cells changed; None makes a cell blank."""
    filling = resolve(form, read_data(path.read_bytes(), path.name), as_printed=True)
    values = {str(where): value for where, value in filling.values.items()}
    typed = {i: v for i, v in (values | changed).items() if totals is Fill.TYPED or not i.startswith("三!三.7@")}
    return submit(form, typed, rest=None, totals=totals, period=2024 if form is NEW else 2020)


def errors(submission):
    return [f for f in check(submission) if f.severity.value == "error"]


def ways(finding):
    return [[(str(change.item), change.expected) for change in way] for way in fixes(finding)]


def test_a_total_added_up_from_two_mistakes_goes_with_the_first():
    changed = {"三!三.4.1@法人.商业企业": 2, "三!三.4.1@总计": 4}
    first, second = errors(report(SEED, OLD, changed))
    assert ways(first) == [[("三!三.4.1@自然人", 0), ("三!三.4.1@总计", 0)]]
    assert ways(second) == [[("三!三.4.1@法人.商业企业", 0)]]
    suspects = [str(p.item) for p in first.parts if p.role is Role.SUSPECT]
    assert suspects == ["三!三.4.1@自然人", "三!三.4.1@总计"]
    assert [f.relation for f in first.follows]  # the column 总计 hangs under it


def test_a_blank_total_is_what_it_is_once_its_part_is_right():
    submission = report(SUQIAN, NEW, {"三!三.4.1@自然人": 868, "三!三.7@自然人": None})
    wrong, blank = errors(submission)
    assert ways(wrong) == [[("三!三.4.1@自然人", 859)]]
    assert (blank.code, blank.left, blank.parts[0].expected) == (Code.B402, 3440, 3440)
    assert "现填各项之和是 3449，改正" in message(blank, submission, "zh")
    assert "868→859 以后应为 3440" in message(blank, submission, "zh")


@pytest.mark.parametrize("blank", [["自然人"], ["自然人", "总计"]])
def test_a_blank_total_is_what_every_way_to_put_its_parts_right_makes_of_it(blank):
    """18 too few in a cell and its total: which row that is, nobody can tell."""
    changed = {"三!三.3.5@自然人": 3, "三!三.3.5@总计": 3} | {f"三!三.7@{column}": None for column in blank}
    submission = report(SUQIAN, NEW, changed)
    wrong, *totals = errors(submission)
    assert wrong.facts["tie"]
    assert [ways(f) for f in totals] == [
        [[(f"三!三.7@{column}", {"自然人": 3440, "总计": 3521}[column])]] for column in blank
    ]
    assert "现填各项之和是 3422；其中填错的数无论按哪一种改法改正，它都应为 3440" in message(
        totals[0], submission, "zh"
    )
    assert "whichever way" in message(totals[0], submission, "en")


def test_a_blank_total_has_no_number_while_its_parts_are_in_doubt():
    form = form_of(
        """
        form: doubt
        edition: "1"
        title: t
        tables:
          t:
            rows: [甲, 乙, {计: {total: typed}}, 丙]
            columns: [数]
            rules: [甲 = 丙]
        """
    )
    submission = submit(form, {"t!甲": 7, "t!乙": 4, "t!计": None, "t!丙": 5})
    (wrong,) = [f for f in check(submission) if f.code is Code.B401]
    (blank,) = [f for f in check(submission) if f.code is Code.B402]
    assert wrong.facts["tie"]
    assert {(("t!甲@数", 5),), (("t!丙@数", 7),)} <= set(map(tuple, ways(wrong)))
    assert (ways(blank), blank.parts[0].expected, blank.left) == ([], None, 11)
    assert figures(blank) == (None, None, None)
    assert "现填各项之和是 11，但其中可能有填错的数" in message(blank, submission, "zh")
    assert "its parts now make 11, but one of them may be wrong" in message(blank, submission, "en")


def test_a_word_for_a_number_is_told_as_it_stands():
    submission = report(SUQIAN, NEW, {"三!三.4.1@自然人": "无"})
    (one,) = errors(submission)
    assert fixes(one)[0][0].found == "无"
    assert figures(one)[:2] == ("无", 859)
    assert "填的是“无”，改为 859 后" in message(one, submission, "zh")
    assert "it holds “无”; with 859" in message(one, submission, "en")
    assert "填的是“无”，应为 859" in "".join(note(one, one.parts[0], submission, "zh", 3))


@pytest.mark.parametrize("empty", [None, "—"])
def test_a_cell_that_must_be_filled_is_not_told_as_a_blank_too(empty):
    changed = {"三!三.1@自然人": empty, "三!三.5.1@法人.其他": empty}
    found = check(report(SUQIAN, NEW, changed))
    (wrong,) = [f for f in found if f.code is Code.B401]
    assert ways(wrong) == [[("三!三.1@自然人", 1408)]]
    (blank,) = [f for f in found if f.code in {Code.E301, Code.E302}]
    assert [str(p.item) for p in blank.parts] == ["三!三.5.1@法人.其他"]
    assert blank.facts["count"] == 1


@pytest.mark.parametrize("totals", [Fill.TYPED, None])
def test_two_slips_far_apart_are_two_findings(totals):
    changed = {"三!三.4.1@自然人": 868, "三!三.1@法人.商业企业": 22}
    found = errors(report(SUQIAN, NEW, changed, totals))
    assert sorted(ways(f)[0] for f in found) == [[("三!三.1@法人.商业企业", 21)], [("三!三.4.1@自然人", 859)]]


def test_a_negative_number_leads_the_equations_it_breaks():
    submission = report(SUQIAN, NEW, {"三!三.4.1@自然人": -859})
    (one,) = errors(submission)
    assert (one.code, ways(one)) == (Code.E305, [[("三!三.4.1@自然人", 859)]])
    assert len(told([one])) == 1
    assert "改为 859 后" in message(one, submission, "zh")


def with_text(changed, quote):
    submission = replace(report(SUQIAN, NEW, changed), sections={"一": f"全年{quote}。", "五": "无", "六": "无"})
    wrong, *rest = check(submission)
    return wrong, [f for f in rest if f.code is Code.N601], submission


def test_a_number_in_the_text_that_agrees_with_the_right_one_is_no_finding_of_its_own():
    """The cell is wrong and the text right: that is one mistake."""
    wrong, rest, submission = with_text({"三!三.1@自然人": 1480, "三!三.1@总计": 1503}, "予以公开1431件")
    assert ways(wrong) == [[("三!三.1@自然人", 1408), ("三!三.1@总计", 1431)]]
    assert not rest
    assert "文字部分写的「予以公开1431件」与改后的数一致。" in message(wrong, submission, "zh")
    assert "The text agrees with it: “予以公开1431件”." in message(wrong, submission, "en")


def test_a_number_in_the_text_that_is_wrong_either_way_is_a_finding():
    wrong, rest, submission = with_text({"三!三.1@自然人": 1480}, "予以公开7件")
    assert ways(wrong) == [[("三!三.1@自然人", 1408)]]
    assert [f.left for f in rest] == [7]
    assert "文字部分" not in message(wrong, submission, "zh")
