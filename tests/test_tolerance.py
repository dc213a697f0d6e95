"""Amounts rounded to 万元: equations with a tolerance have a culprit as well, and nothing false is said of the rest."""

from decimal import Decimal

import pytest
from submissions import form_of, submit

from xlreport.checks.relations import relations
from xlreport.finding import Role, fixes
from xlreport.report.facts import figures
from xlreport.wording import message

BUDGET = form_of(
    """
    form: budget
    edition: "1"
    title: 收入支出决算总表
    tables:
      总:
        type: {amount: 万元, decimals: 2}
        rows: [拨款, 基金, 事业收入, 本年收入合计, 年初结转, 总计]
        columns: [决算数]
        rules:
          - 拨款 + 基金 + 事业收入 = 本年收入合计 ±0.02
          - 本年收入合计 + 年初结转 = 总计 ±0.02
    """
)
# The three parts make 1372.80: rounded one by one, and right all the same.
RIGHT = {"拨款": "1000.00", "基金": "200.50", "事业收入": "172.30", "本年收入合计": "1372.81", "年初结转": "27.19",
         "总计": "1400.00"}  # fmt: skip


def report(**wrong):
    return submit(BUDGET, {f"总!{row}": Decimal(text) for row, text in {**RIGHT, **wrong}.items()})


def ways(finding):
    return [[(change.item.row, change.expected) for change in way] for way in fixes(finding)]


def test_what_is_within_the_tolerance_is_no_finding():
    assert relations(report()) == []


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ("本年收入合计", "13728.1"),
        ("本年收入合计", "1327.81"),
        ("拨款", "10000"),
        ("总计", "14000"),
        ("基金", "205.00"),
    ],
)
def test_the_number_typed_wrong_is_named_and_put_right(row, wrong):
    submission = report(**{row: wrong})
    (one,) = relations(submission)
    assert ways(one)[0] == [(row, Decimal(RIGHT[row]))]
    if row in {"本年收入合计", "拨款"}:
        assert not one.facts["tie"]
        assert one.facts["alone"]
        assert one.parts[0].role is Role.SUSPECT
        assert figures(one).expected == Decimal(RIGHT[row])
        assert "允许差 0.02" in message(one, submission, "zh")


def test_two_mistakes_under_one_tolerance():
    submission = report(拨款="100.00", 年初结转="21.79")
    changes = {change for finding in relations(submission) for way in ways(finding)[:1] for change in way}
    assert changes == {("拨款", 1000), ("年初结转", Decimal("27.19"))}


def test_exact_and_tolerant_rules_have_one_cause_together():
    form = form_of(
        """
        form: tol
        edition: "1"
        title: t
        tables:
          a:
            type: {amount: 万元, decimals: 2}
            rows: [甲, 乙, 丙, 和]
            columns: [上, 下, {合: {total: typed}}]
            rules: [甲 + 乙 + 丙 = 和 ±0.02]
        """
    )
    table = {"甲": ("10.11", "1.00"), "乙": ("2.20", "2.00"), "丙": ("3.30", "3.00"), "和": ("15.62", "6.00")}
    right = {
        f"a!{row}@{column}": Decimal(text)
        for row, two in table.items()
        for column, text in zip("上下", two, strict=True)
    }
    right |= {f"a!{row}@合": Decimal(a) + Decimal(b) for row, (a, b) in table.items()}
    assert relations(submit(form, right)) == []
    for place, wrong in (("a!甲@上", "101.10"), ("a!和@上", "16.52"), ("a!丙@下", "30.00")):
        (one,) = relations(submit(form, {**right, place: Decimal(wrong)}))
        assert [[(f"a!{c.item.row}@{c.item.column}", c.expected)] for c in fixes(one)[0]] == [[(place, right[place])]]
        assert {f.rule for f in (one, *one.follows)} == {"a.1", "a.合"}


def test_an_equation_that_nothing_explains_has_no_expected_number():
    form = form_of(
        """
        form: odd
        edition: "1"
        title: t
        tables:
          t: {rows: [a, b], columns: [x], rules: [2 * a = 2 * b + 1]}
        """
    )
    (one,) = relations(submit(form, {"t!a": 3, "t!b": 3}))
    assert fixes(one) == []
    assert figures(one).expected is None
    assert figures(one).gap == -1


def test_no_way_shown_breaks_what_held():
    """A number that would do in one equation may be too much for the next: 0.02 more where 0.02 too many stand."""
    form = form_of(
        """
        form: halves
        edition: "1"
        title: 收支
        tables:
          收:
            type: {amount: 万元, decimals: 2}
            rows: [人员, 公用, 其他, 合计]
            columns: [上半年, 下半年, 全年]
            rules: [人员 + 公用 + 其他 = 合计 ±0.02, 上半年 + 下半年 = 全年 ±0.01]
        """
    )
    table = {"人员": (1000, 2000, 3000), "公用": (400, 0, 400), "其他": (0, 0, 3), "合计": (1400, 2001, 3400)}
    numbers = {
        f"收!{row}@{column}": Decimal(number) / 100
        for row, line in table.items()
        for column, number in zip(("上半年", "下半年", "全年"), line, strict=True)
    }
    found = relations(submit(form, numbers))
    shown = [way for one in found for way in fixes(one)]
    assert shown
    for way in shown:
        mended = {f"收!{c.item.row}@{c.item.column}": c.expected for c in way}
        assert relations(submit(form, numbers | mended)) == [], way
