"""The rule language: what a line means, where a mistake is, and its verdict, formula, sentence and linear form."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from submissions import form_of, item, submit

from xlreport.arithmetic import rule_sentence
from xlreport.form.evaluate import computed_items, formula_sheet, judge_rule
from xlreport.form.layout import layout
from xlreport.rules.bound import linear
from xlreport.rules.formula import SIGNS, Address, letters, reference, status, total
from xlreport.rules.judge import Values, Verdict, failing, holds, judge
from xlreport.rules.nodes import Comparison, Condition, Link, Op, Ref, Side, Span, Statement, Term
from xlreport.rules.parse import RuleSyntaxError, parse
from xlreport.rules.sentence import plain, sentence

# --- reading


def one(text: str) -> Comparison:
    """The single comparison of a rule without condition."""
    statement = parse(text)
    assert statement.premise is None
    assert statement.link is None
    (found,) = statement.conclusion.parts
    return found


def said(side: Side) -> tuple[list[tuple[object, str]], object]:
    """A side as ([(factor, name as written)], constant)."""

    def name(place: Ref | Span) -> str:
        if isinstance(place, Span):
            return f"{name(place.first)}:{name(place.last)}"
        table = f"{place.table}!" if place.table else ""
        column = f"@{place.column}" if place.column else ""
        return f"{table}{place.name}{column}{'@-1' if place.period else ''}"

    return [(term.factor, name(term.place)) for term in side.terms], side.constant


@pytest.mark.parametrize(
    ("sign", "op"),
    [
        ("=", Op.EQ), ("＝", Op.EQ), ("!=", Op.NE), ("≠", Op.NE), ("<=", Op.LE), ("≤", Op.LE), (">=", Op.GE),
        ("≥", Op.GE), ("<", Op.LT), ("＜", Op.LT), (">", Op.GT), ("＞", Op.GT),
    ],
)  # fmt: skip
def test_every_comparison_sign(sign, op):
    assert one(f"一 {sign} 二").op is op
    assert one(f"一{sign}二").op is op


@pytest.mark.parametrize(
    ("text", "terms", "constant"),
    [
        ("一", [(1, "一")], 0),
        ("一 + 二 - 三", [(1, "一"), (1, "二"), (-1, "三")], 0),
        ("一＋二－三", [(1, "一"), (1, "二"), (-1, "三")], 0),
        ("- 一 + 5", [(-1, "一")], 5),
        ("5 - 一 - 2", [(-1, "一")], 3),
        ("0", [], 0),
        ("12.50", [], Decimal("12.50")),
        ("三.7", [(1, "三.7")], 0),
        ("三.3.8", [(1, "三.3.8")], 0),
        ("三!一", [(1, "三!一")], 0),
        ("三！一", [(1, "三!一")], 0),
        ("三!一@总计", [(1, "三!一@总计")], 0),
        ("四@-1", [(1, "四@-1")], 0),
        ("四 @ - 1", [(1, "四@-1")], 0),
        ("四@总计@-1", [(1, "四@总计@-1")], 0),
        ("三!四@总计@-1", [(1, "三!四@总计@-1")], 0),
        ("「1.属于国家秘密」", [(1, "1.属于国家秘密")], 0),
        ('"本年增/减"', [(1, "本年增/减")], 0),
        ("「一 + 二」@「a@b」", [(1, "一 + 二@a@b")], 0),
        ("一@3", [(1, "一@3")], 0),
        ("2 * 一", [(2, "一")], 0),
        ("一 * 2", [(2, "一")], 0),
        ("一 × 2 × 3", [(6, "一")], 0),
        ("1.5 × 一", [(Decimal("1.5"), "一")], 0),
        ("一 / 4", [(Decimal("0.25"), "一")], 0),
        ("一 ÷ 8 * 4", [(Decimal("0.500"), "一")], 0),
        ("-(一 - 二)", [(-1, "一"), (1, "二")], 0),
        ("2 * (一 - 二 + 3)", [(2, "一"), (-2, "二")], 6),
        ("（一 + 二）* 3 - 一", [(3, "一"), (3, "二"), (-1, "一")], 0),
        ("sum(一 : 三.6)", [(1, "一:三.6")], 0),
        ("sum(一：三.6)", [(1, "一:三.6")], 0),
        ("合计数(三!一 : 三!四)", [(1, "三!一:三!四")], 0),
        ("sum + 1", [(1, "sum")], 1),
    ],
)  # fmt: skip
def test_sides(text, terms, constant):
    assert said(one(f"{text} = 0").left) == (terms, constant)
    assert said(one(f"0 = {text}").right) == (terms, constant)


def test_conditions():
    both = parse("一 > 0 且 二 > 0 => 三 = 1 and 四 ≠ 0")
    assert both.link is Link.IMPLIES
    assert [part.op for part in both.premise.parts] == [Op.GT, Op.GT]
    assert [part.op for part in both.conclusion.parts] == [Op.EQ, Op.NE]
    assert parse("一 > 0 ⇒ 二 > 0") == parse("一 > 0 => 二 > 0")._replace(
        conclusion=parse("一 > 0 ⇒ 二 > 0").conclusion
    )
    for sign in ("<=>", "⇔"):
        assert parse(f"一 > 0 {sign} 二 > 0").link is Link.IFF


def test_a_chain_of_signs_is_read_as_one_sign():
    assert parse("一 <= 二").conclusion.parts[0].op is Op.LE
    assert parse("一 > 0 <=> 二 > 0").link is Link.IFF
    assert parse("一 <= 0 => 二 >= 0").link is Link.IMPLIES


@pytest.mark.parametrize(("text", "tolerance"), [("", 0), ("± 0.02", Decimal("0.02")), ("±2", 2), ("± auto", None)])
def test_tolerance(text, tolerance):
    assert parse(f"一 = 二 {text}").tolerance == tolerance


@pytest.mark.parametrize(
    ("text", "offset", "words"),
    [
        ("", 0, "expected a row, a column or a number, found the end"),
        ("一", 1, "expected a comparison"),
        ("一 + 二", 5, "expected a comparison"),
        ("一 = ", 3, "expected a row"),
        ("一 == 二", 3, "expected a row"),
        ("一 = 二 = 三", 6, "unexpected '='"),
        ("一 + = 二", 4, "expected a row"),
        ("一 二 = 三", 2, "expected a comparison"),
        ("(一 + 二 = 三", 7, "closing bracket"),
        ("一 + 二) = 三", 5, "expected a comparison"),
        ("一 = 「二", 4, "cannot read '「二'"),
        ("一 = 二    「三", 9, "cannot read"),
        ("一 * 二 = 三", 4, "constants only"),
        ("一 / 0 = 三", 4, "division by zero"),
        ("一 / 3 = 二", 4, "does not come out even"),
        ("一@ = 二", 3, "expected a column"),
        ("一@甲@乙 = 二", 4, "one row and one column"),
        ("一@-2 = 二", 3, "`@-1`"),
        ("一@-1.5 = 二", 3, "`@-1`"),
        ("一@-1@-1 = 二", 6, "`@-1`"),
        ("三! = 二", 3, "after `!`"),
        ("sum(一 二) = 三", 6, "`:`"),
        ("sum(一:) = 三", 6, "last heading"),
        ("一 = 二 ± 约", 8, "a tolerance is"),
        ("一 = 二 ±", 7, "a tolerance is"),
        ("一 > 0 => 二 > 0 => 三 > 0", 15, "unexpected '=>'"),
        ("一 > 0 =>", 8, "expected a row"),
        ("一 > 0 且", 7, "expected a row"),
        ("(" * 60 + "一", 50, "too many brackets"),
    ],
)
def test_mistakes_are_told_where_they_are(text, offset, words):
    with pytest.raises(RuleSyntaxError) as caught:
        parse(text)
    assert words in caught.value.message
    assert caught.value.offset == offset


@given(st.text(alphabet='一二三.7「」"+-*/()=<>≤!@: ±且0129autosum⇒', max_size=30))
@settings(max_examples=400, deadline=None)
def test_any_text_is_a_statement_or_a_mistake_in_it(text):
    offset = 0
    try:
        parse(text)
    except RuleSyntaxError as error:
        offset = error.offset
    assert 0 <= offset <= len(text)


# --- a small form to judge on

FORM = form_of(
    """
    form: small
    edition: "1"
    title: 小表
    tables:
      甲:
        title: 甲表
        rows:
          - 收: {label: 收到}
          - 转: {label: 上年转来}
          - 办:
              label: 办结
              rows: [同意, 不同意, {计: {label: 办结计, total: formula}}]
          - 留: {label: 转下年}
        columns: [人, 企, {合: {label: 合计, total: typed}}]
        rules:
          - 平: 收 + 转 = 办.计 + 留
          - 不大: 留 ≤ 收 + 转
          - 有就有: 收 > 0 => 办.计 > 0
          - 同有: 收@人 > 0 <=> 收@企 > 0
          - 两样: 收 > 0 且 转 > 0 => 留 > 0 且 办.计 ≠ 3
          - warn 去年: 转 = 留@-1
          - 一半: 2 * 留 ≤ 收 + 1
          - 区间: sum(收:留) ≥ 收
      钱:
        title: 钱表
        type: {amount: 万元, decimals: 2}
        rows: [人员, 公用]
        columns: [金额, 其中]
        rules:
          - 近似: 人员@金额 + 公用@金额 = 人员@其中 ± 0.02
          - 舍入: 人员@金额 + 公用@金额 = 公用@其中 ± auto
    """
)
RULES = {rule.id: rule for rule in FORM.rules}


def verdict(rule, values, key=None, rest=0, prior=None):
    """The verdict of one instance: of the row or column `key`, else of the only one."""
    chosen = RULES[rule]
    keys = [row or column for row, column in chosen.bound.keys]
    instance = keys.index(key)
    submission = submit(FORM, values, rest=rest)
    return judge_rule(chosen, instance, submission.values_with(prior), None).verdict


PASS, FAIL, UNKNOWN, NONE = Verdict.PASS, Verdict.FAIL, Verdict.INCOMPLETE, Verdict.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("rule", "key", "values", "rest", "expected"),
    [
        # balance: a blank detail counts as 0, a blank total as the sum of its parts
        ("平", "人", {"甲!收@人": 3, "甲!办.计@人": 3}, 0, PASS),
        ("平", "人", {"甲!收@人": 3, "甲!办.计@人": 2}, 0, FAIL),
        ("平", "人", {"甲!收@人": 3, "甲!办.计@人": 3, "甲!转@人": None}, 0, PASS),
        ("平", "人", {"甲!收@人": 3, "甲!留@人": None}, 0, FAIL),
        ("平", "人", {"甲!收@人": 3, "甲!办.同意@人": 3, "甲!办.计@人": None}, 0, PASS),
        ("平", "人", {"甲!收@人": 3, "甲!办.同意@人": 2, "甲!办.计@人": None}, 0, FAIL),
        ("平", "人", {"甲!收@人": "两件多"}, 0, UNKNOWN),
        ("平", "人", {"甲!收@人": "—"}, 0, PASS),  # a dash is as good as 0 and switches nothing off
        ("平", "人", {"甲!收@人": "#REF!"}, 0, UNKNOWN),
        ("平", "人", {"甲!收@人": 3, "甲!办.计@人": None, "甲!办.同意@人": "三"}, 0, UNKNOWN),
        ("平", "人", {}, None, UNKNOWN),
        ("平", "人", {"甲!收@企": 1}, None, UNKNOWN),
        # a declared total
        ("甲.办.计", "人", {"甲!办.同意@人": 2, "甲!办.计@人": 2}, 0, PASS),
        ("甲.办.计", "人", {"甲!办.同意@人": 2, "甲!办.计@人": 3}, 0, FAIL),
        ("甲.办.计", "人", {"甲!办.同意@人": 2, "甲!办.计@人": 2, "甲!办.不同意@人": None}, 0, PASS),
        ("甲.办.计", "人", {"甲!办.同意@人": 2, "甲!办.计@人": None}, 0, UNKNOWN),
        ("甲.办.计", "人", {"甲!办.同意@人": "二"}, 0, UNKNOWN),
        ("甲.办.计", "人", {}, None, UNKNOWN),
        # an inequality: a blank can only excuse a failure
        ("不大", "人", {"甲!收@人": 3, "甲!留@人": 3}, 0, PASS),
        ("不大", "人", {"甲!收@人": 3, "甲!留@人": 4}, 0, FAIL),
        ("不大", "人", {"甲!收@人": 3, "甲!留@人": 4, "甲!转@人": None}, 0, UNKNOWN),
        ("不大", "人", {"甲!收@人": 3, "甲!留@人": 3, "甲!转@人": None}, 0, PASS),
        ("不大", "人", {"甲!留@人": "很多"}, 0, UNKNOWN),
        ("不大", "人", {}, None, UNKNOWN),
        # if … then
        ("有就有", "人", {"甲!收@人": 1, "甲!办.计@人": 1}, 0, PASS),
        ("有就有", "人", {"甲!收@人": 1}, 0, FAIL),
        ("有就有", "人", {}, 0, NONE),
        ("有就有", "人", {"甲!收@人": 1, "甲!办.计@人": None}, 0, UNKNOWN),
        ("有就有", "人", {"甲!收@人": None}, 0, NONE),
        ("有就有", "人", {"甲!收@人": "一"}, 0, UNKNOWN),
        ("有就有", "人", {}, None, UNKNOWN),
        # exactly when
        ("同有", None, {"甲!收@人": 1, "甲!收@企": 5}, 0, PASS),
        ("同有", None, {}, 0, PASS),
        ("同有", None, {"甲!收@人": 1}, 0, FAIL),
        ("同有", None, {"甲!收@企": 1}, 0, FAIL),
        ("同有", None, {"甲!收@人": 1, "甲!收@企": None}, 0, UNKNOWN),
        ("同有", None, {"甲!收@人": "x", "甲!收@企": 1}, 0, UNKNOWN),
        # and
        ("两样", "人", {"甲!收@人": 1, "甲!转@人": 1, "甲!留@人": 1}, 0, PASS),
        ("两样", "人", {"甲!收@人": 1, "甲!转@人": 1}, 0, FAIL),
        ("两样", "人", {"甲!收@人": 1, "甲!转@人": 1, "甲!留@人": 1, "甲!办.计@人": 3}, 0, FAIL),
        ("两样", "人", {"甲!收@人": 1, "甲!转@人": 0}, 0, NONE),
        # multiples and ranges; a total between is not added once more
        ("一半", "人", {"甲!收@人": 3, "甲!留@人": 2}, 0, PASS),
        ("一半", "人", {"甲!收@人": 2, "甲!留@人": 2}, 0, FAIL),
        ("区间", "人", {"甲!收@人": 1}, 0, PASS),
        ("区间", "人", {"甲!收@人": 5, "甲!转@人": -1, "甲!办.计@人": 9}, 0, FAIL),
        # within a tolerance, exactly to its edge
        ("近似", None, {"钱!人员@金额": Decimal("1.01"), "钱!人员@其中": Decimal("1.03")}, 0, PASS),
        ("近似", None, {"钱!人员@金额": Decimal("1.01"), "钱!人员@其中": Decimal("1.031")}, 0, FAIL),
        ("近似", None, {"钱!人员@金额": Decimal("1.01"), "钱!人员@其中": Decimal("0.99")}, 0, PASS),
        ("舍入", None, {"钱!公用@其中": Decimal("0.015")}, 0, PASS),
        ("舍入", None, {"钱!公用@其中": Decimal("0.0151")}, 0, FAIL),
    ],
)
def test_verdicts(rule, key, values, rest, expected):
    assert verdict(rule, values, key, rest) is expected


def test_a_rule_about_last_year():
    last = submit(FORM, {"甲!留@人": 4})
    assert verdict("去年", {"甲!转@人": 4}, "人", prior=last) is PASS
    assert verdict("去年", {"甲!转@人": 3}, "人", prior=last) is FAIL
    assert verdict("去年", {"甲!转@人": 4}, "人") is NONE  # without last year's report
    unread = submit(FORM, {"甲!留@人": "四"})
    assert verdict("去年", {"甲!转@人": 4}, "人", prior=unread) is NONE
    assert RULES["去年"].prior
    assert not RULES["平"].prior


def test_both_sides_are_told_of_the_first_comparison_that_fails():
    submission = submit(FORM, {"甲!收@人": 1, "甲!转@人": 1, "甲!留@人": 1, "甲!办.计@人": 3})
    found = judge_rule(RULES["两样"], 0, submission.values, None)
    assert (found.verdict, found.left, found.right) == (FAIL, 3, 3)


@pytest.mark.parametrize(
    ("op", "gap", "expected"),
    [
        (Op.EQ, 0, True), (Op.EQ, 2, True), (Op.EQ, -2, True), (Op.EQ, 3, False),
        (Op.NE, 2, False), (Op.NE, -3, True), (Op.LE, 2, True), (Op.LE, 3, False), (Op.LE, -9, True),
        (Op.GE, -2, True), (Op.GE, -3, False), (Op.GE, 9, True),
        (Op.LT, 0, False), (Op.LT, -1, True), (Op.LT, 1, False), (Op.GT, 0, False), (Op.GT, 1, True),
    ],
)  # fmt: skip
def test_a_tolerance_widens_every_sign_but_the_strict_ones(op, gap, expected):
    assert holds(op, 10 + gap, 10, 2) is expected


# --- properties

numbers = st.integers(-5, 9)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_the_fast_way_finds_what_judging_one_by_one_finds(data):
    values = [data.draw(numbers) for _ in range(len(FORM.items) + len(FORM.priors))]
    complete = Values(values, set(), set(), set(), any_special=False)
    for rule in FORM.rules:
        slow = [j.instance for j in judge(rule.bound, complete) if j.verdict is FAIL]
        assert list(failing(rule.bound, values)) == slow, rule.id


@given(st.lists(st.integers(-99, 99), min_size=3, max_size=3), st.permutations(["收", "转", "留"]))
@settings(max_examples=100, deadline=None)
def test_sums_commute(values, order):
    def left(names):
        form = form_of(
            f"""
            form: f
            edition: "1"
            title: t
            tables: {{t: {{type: signed, rows: [收, 转, 留, 计], columns: [数], rules: [{" + ".join(names)} = 计]}}}}
            """
        )
        found = submit(form, {f"t!{name}": value for name, value in zip(["收", "转", "留"], values, strict=True)})
        return judge_rule(form.rules[0], 0, found.values, None)

    assert left(order).left == left(["收", "转", "留"]).left == sum(values)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_the_linear_form_says_what_the_verdict_says(data):
    values = [data.draw(numbers) for _ in range(len(FORM.items) + len(FORM.priors))]
    complete = Values(values, set(), set(), set(), any_special=False)
    for rule in FORM.rules:
        for found in judge(rule.bound, complete):
            form = linear(rule.bound, found.instance)
            if form is None:
                assert rule.bound.premise or len(rule.bound.conclusion) > 1
                continue
            size = sum(factor * values[i] for i, factor in form.factors.items()) + form.constant
            assert holds(form.op, size, 0, form.tolerance) is (found.verdict is PASS), rule.id


# --- linear form, sentences, formulas


def factors(rule, instance=0):
    form = linear(RULES[rule].bound, instance)
    names = {str(FORM.item_at(i)): factor for i, factor in form.factors.items()}
    return form.op, names, form.constant, form.tolerance


def test_linear_forms():
    assert factors("平") == (
        Op.EQ, {"甲!收@人": 1, "甲!转@人": 1, "甲!办.计@人": -1, "甲!留@人": -1}, 0, 0,
    )  # fmt: skip
    assert factors("一半") == (Op.LE, {"甲!留@人": 2, "甲!收@人": -1}, -1, 0)
    # 收 stands on both sides and cancels out; the total 办.计 is not part of the range
    assert factors("区间") == (Op.GE, {"甲!转@人": 1, "甲!办.同意@人": 1, "甲!办.不同意@人": 1, "甲!留@人": 1}, 0, 0)
    assert factors("近似")[3] == Decimal("0.02")
    assert linear(RULES["有就有"].bound, 0) is None


@pytest.mark.parametrize(
    ("rule", "zh", "en"),
    [
        ("平", "「收到」加「上年转来」应等于「办结计」加「转下年」",
         "“收到” plus “上年转来” must equal “办结计” plus “转下年”"),
        ("不大", "「转下年」不应大于「收到」加「上年转来」", "“转下年” must not exceed “收到” plus “上年转来”"),
        ("有就有", "「收到」大于 0 时，「办结计」应大于 0",
         "where “收到” is greater than 0, “办结计” must be greater than 0"),
        ("同有", "「收到 / 人」大于 0，当且仅当「收到 / 企」大于 0",
         "“收到 / 人” is greater than 0 exactly when “收到 / 企” is greater than 0"),
        ("去年", "「上年转来」应等于上年「转下年」", "“上年转来” must equal last year's “转下年”"),
        ("一半", "2 倍的「转下年」不应大于「收到」加1", "2 times “转下年” must not exceed “收到” plus 1"),
        ("区间", "「收到」至「转下年」之和不应小于「收到」",
         "the sum from “收到” to “转下年” must not be less than “收到”"),
        ("近似", "「人员 / 金额」加「公用 / 金额」应等于「人员 / 其中」（允许相差 0.02）",
         "“人员 / 金额” plus “公用 / 金额” must equal “人员 / 其中” (within 0.02)"),
        ("舍入", "「人员 / 金额」加「公用 / 金额」应等于「公用 / 其中」（允许四舍五入的误差）",
         "“人员 / 金额” plus “公用 / 金额” must equal “公用 / 其中” (but for rounding)"),
    ],
)  # fmt: skip
def test_sentences(rule, zh, en):
    assert rule_sentence(FORM, RULES[rule], "zh") == zh
    assert rule_sentence(FORM, RULES[rule], "en") == en


def test_a_long_sum_is_told_by_its_ends():
    text = " + ".join("一二三四五") + " = 六"
    words = sentence(parse(text), lambda ref, _: ref.name, "zh")
    assert words == "一至五共 5 项之和应等于六"
    short = sentence(parse("一 + 二 + 三 + 四 = 六"), lambda ref, _: ref.name, "en")
    assert short == "一 plus 二 plus 三 plus 四 must equal 六"


def test_a_minus_at_the_head_is_said():
    assert sentence(parse("- 一 + 二 = 0 - 5"), lambda ref, _: ref.name, "zh") == "减一加二应等于 -5"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (-3, "-3"), (Decimal("2.50"), "2.5"), (Decimal("1E+3"), "1000"), (Decimal("0.0001"), "0.0001")],
)
def test_plain_numbers(value, text):
    assert plain(value) == text


def sheet():
    return formula_sheet(FORM, layout(FORM), "甲表", computed_items(FORM))


@pytest.mark.parametrize(
    ("rule", "instance", "parts"),
    [
        ("平", 0, ["ROUND(SUM(C4:C5)-(SUM(C9,IF(ISNUMBER(C8),C8,SUM(C6:C7)))),6)=0", '"√","×"']),
        ("不大", 0, ["ROUND(SUM(C9)-(SUM(C4:C5)),6)<=0", 'IF(AND(ISNUMBER(C9),ISNUMBER(C4),ISNUMBER(C5)),"×","○")']),
        ("有就有", 0, ["ROUND(SUM(C4)-(0),6)>0", '"—"']),
        ("一半", 0, ["ROUND(2*N(C9)-(SUM(C4)+1),6)<=0"]),
        ("近似", 0, ["ABS(ROUND(SUM('钱表'!B4:B5)-(SUM('钱表'!C4)),6))<=0.02"]),
    ],
)
def test_formula_text(rule, instance, parts):
    text = status(RULES[rule].bound, instance, sheet())
    assert text.startswith("IFERROR(")
    for part in parts:
        assert part in text, text


def test_a_computed_total_is_empty_while_nothing_is_filled_in():
    computed = FORM.index[item(FORM, "甲!办.计@人")]
    assert total(computed, sheet()) == 'IF(COUNT(C6:C7)=0,"",SUM(C6:C7))'


def test_a_blank_typed_total_counts_as_its_parts_in_the_sheet_too():
    text = status(RULES["平"].bound, 2, sheet())  # the column 合计, typed
    assert "IF(ISNUMBER(E4),E4,SUM(C4:D4))" in text


def test_references():
    assert [letters(i) for i in (0, 25, 26, 701, 702, 16383)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]
    assert reference(Address("甲表", 3, 1), "甲表") == "B4"
    assert reference(Address("O'Brien", 3, 1), "甲表") == "'O''Brien'!B4"


def test_every_verdict_has_a_sign_that_gbk_has():
    assert set(SIGNS) == set(Verdict)
    assert all(sign.encode("gbk") for sign in SIGNS.values())


def test_a_statement_can_be_built_and_read_alike():
    built = Statement(Condition((Comparison(Op.EQ, Side((Term(1, Ref("一")),)), Side((), 3)),)))
    assert sentence(built, lambda ref, _: ref.name, "zh") == sentence(parse("一 = 3"), lambda ref, _: ref.name, "zh")
