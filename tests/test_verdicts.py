"""How sure a verdict is: what one equation cannot prove, causes that hide each other, what lies beyond the search."""

import random
from decimal import Decimal

import pytest
from damage import NEW, OLD, damaged, report, right_table, with_totals
from submissions import form_of, of, submit

from xlreport.checks import check
from xlreport.checks.culprit.explain import MOST_EVENTS
from xlreport.checks.relations import relations
from xlreport.finding import Role, fixes
from xlreport.report.facts import figures
from xlreport.rules.search import Budget, matrix, solutions
from xlreport.wording import message, note

NAMES = ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")


def reviewed(*numbers):
    """A report with a row of table 四, which only one equation looks at."""
    values = {f"四!行政复议.{name}": number for name, number in zip(NAMES, numbers, strict=True)}
    cases = {f"三!{row}@{column}": 50 for row in ("一", "三.1", "三.7") for column in ("自然人", "总计")}
    (one,) = of(relations(submit(NEW, {**cases, **values})), "B401")
    return one


def changes(finding, way=0):
    return [(c.item.row, c.item.column.rpartition(".")[2], c.found, c.expected) for c in fixes(finding)[way]]


@pytest.mark.parametrize(
    "numbers", [(0, 0, 8, 0, 0), (2, 3, 2, 3, 7), (1, 0, 0, 1, 10), (5, 0, 2, 3, 7), (3, 0, 0, 0, 2)]
)
def test_one_equation_proves_no_cell(numbers):
    one = reviewed(*numbers)
    assert one.facts["tie"]
    assert len(fixes(one)) > 1
    assert one.parts[0].role is Role.CANDIDATE


def test_one_equation_and_an_unmistakable_slip():
    one = reviewed(12, 0, 25, 0, 370)
    assert not one.facts["tie"]
    assert changes(one) == [("数", "总计", 370, 37)]


def table(**numbers):
    """Table 三 with these numbers of 自然人, totals added up."""
    zeros = {(r.id, c.id): 0 for r in NEW.tables["三"].rows.leaves for c in NEW.tables["三"].columns.leaves}
    return with_totals(NEW, zeros | {(row, "自然人"): number for row, number in numbers.items()})


BASE = {"一": 25, "三.1": 20, "三.4.1": 5}


def test_causes_that_cancel_in_an_equation_say_that_they_belong_together():
    """Two totals of rows off by 10, one up and one down: the column 总计 agrees, until only one is mended."""
    right = table(**{"一": 11, "三.1": 10, "三.6.2": 1})
    submission = report(NEW, right | {("三.1", "总计"): 0, ("三.6.2", "总计"): 11})
    first, second = of(relations(submission), "B401")
    assert (changes(first), changes(second)) == ([("三.1", "总计", 0, 10)], [("三.6.2", "总计", 11, 1)])
    for one in (first, second):
        assert not one.facts["alone"]
        assert "连同别处的错误改好" in message(one, submission, "zh")
    (alone,) = of(relations(report(NEW, right | {("三.1", "总计"): 17})), "B401")
    assert alone.facts["alone"]


@pytest.mark.parametrize("row", ["三.5.2", "三.6.1"])
def test_a_pair_that_something_likelier_contradicts_is_a_tie(row):
    """A digit slip and a number carried into its total: four cells, but likelier than two unrelated ones of a row."""
    right = table(**BASE)
    wrong = right | {("三.4.1", "自然人"): 8, (row, "自然人"): 5, (row, "总计"): 5}
    (one,) = of(relations(report(NEW, wrong)), "B401")
    assert one.facts["tie"]
    truth = {("三.4.1", "自然人", 8, 5), (row, "自然人", 5, 0), (row, "总计", 5, 0)}
    assert truth in [set(changes(one, n)) for n in range(len(fixes(one)))]


def test_a_number_put_to_that_of_the_next_cell():
    chance, first, tried = random.Random(3), 0, 0
    columns = [c.id for c in NEW.tables["三"].columns.leaves][:-1]
    rows = [r.id for r in NEW.tables["三"].rows.leaves]
    while tried < 60:
        right = right_table(NEW, chance.choice(["city", "county"]), chance)
        row, at = chance.choice(rows), chance.randrange(len(columns) - 1)
        here, there = (row, columns[at]), (row, columns[at + 1])
        if not right[here] or not right[there]:
            continue
        tried += 1
        submission = report(NEW, right | {here: 0, there: right[here] + right[there]})
        (one, *more) = of(relations(submission), "B401")
        wanted = {(c.item.row, c.item.column): c.expected for c in fixes(one)[0]}
        if wanted == {here: right[here], there: right[there]} and not more:
            first += 1
            if not one.facts["tie"] and one.facts["kind"] == "added":
                assert f"{right[here]} 最可能填错了格" in message(one, submission, "zh")
    assert first >= 48


def test_too_many_mistakes_are_said_to_be_too_many():
    chance = random.Random(5)
    right = right_table(OLD, "county", chance)
    seen = 0
    for _ in range(4):
        wrong, _ = damaged(OLD, right, "county", 4 * MOST_EVENTS, chance)
        submission = report(OLD, wrong)
        for one in of(relations(submission), "B401"):
            if fixes(one):
                continue
            seen += 1
            said = message(one, submission, "zh")
            assert "超出了查找的范围" in said
            assert figures(one).expected is None
            assert "too many mistakes for the search" in message(one, submission, "en")
            for rule in {f.rule for f in one.follows} - {one.rule}:
                named = next(r for r in OLD.rules if r.id == rule)
                assert said.count(f"「{named.name}」（") <= 1
    assert seen


def test_a_total_in_another_unit_than_its_parts_is_no_proof():
    form = form_of(
        """
        form: amt
        edition: "1"
        title: t
        tables:
          a: {type: {amount: 万元, decimals: 4}, rows: [甲, 乙, 丙, {计: {total: typed}}], columns: [数]}
        """
    )
    given = {"a!甲": 125000, "a!乙": 85000, "a!丙": 32500, "a!计": Decimal("24.25")}
    (one,) = relations(submit(form, given))
    assert one.facts["tie"]


def test_what_the_text_says_of_last_years_cases():
    """新 20 + 上年结转 5 against 20 done and 3 left over: without a word 5 → 3 comes first, with it the 5 stays."""
    values = {f"三!{row}@{column}": n for row, n in (("一", 20), ("二", 5), ("三.1", 20), ("三.7", 20), ("四", 3))
              for column in ("自然人", "总计")}  # fmt: skip
    for text, kept in (("无", False), ("上年结转5件", True), ("含上年度结转申请18件", False)):
        (one,) = of(check(submit(NEW, values, sections={**dict.fromkeys(NEW.sections, "无"), "一": text})), "B401")
        rows = {c.item.row for c in fixes(one)[0]}
        assert ("二" not in rows) is kept
    quarrel = check(submit(NEW, values, sections={**dict.fromkeys(NEW.sections, "无"), "一": "上年结转4件"}))
    assert len(of(quarrel, "N601")) == 1


def test_a_candidates_note_quotes_a_relation_of_its_own_or_none():
    right = table(**BASE)
    wrong = right | {("三.4.1", "自然人"): 8, ("三.5.2", "自然人"): 5, ("三.5.2", "总计"): 5}
    submission = report(NEW, wrong)
    (one,) = of(relations(submission), "B401")
    relations_of = {f.relation for f in (one, *one.follows)}
    for part in one.parts:
        if part.role is not Role.CANDIDATE:
            continue
        inside = [NEW.index[part.item] in NEW.rules[n].bound.items(k) for n, k in relations_of]
        said = "".join(note(one, part, submission, "zh", None))
        assert ("应等于" in said) is any(inside)


# --- the work that a search takes


def test_the_search_leaves_alone_what_cannot_close_the_rest():
    """Nine gaps that nothing spans two at a time: known after a glance, whatever else takes part in them."""
    events = [{k: 1, 20 + (7 * k + n) % 40: -1} for k in range(9) for n in range(40)]
    gaps = [k + 1 if k < 9 else 0 for k in range(60)]
    budget = Budget(1_000_000)
    assert solutions(matrix(events, 60), gaps, (), 6, budget, 10, lambda *_: True) == []
    assert 1_000_000 - budget.left < 200


def test_a_second_pair_of_gaps_is_looked_at_before_the_first_is_solved():
    """Four gaps, and no event in two of those that the first one leaves: nothing is eliminated."""
    events = [{0: 1, 1: 1, 10 + n: 1} for n in range(200)] + [{2: 1, 10 + n: 1} for n in range(200)]
    events += [{3: 1, 10 + n: -1} for n in range(200)]
    gaps = [5, 5, 3, 4] + [0] * 206
    budget = Budget(1_000_000)
    assert solutions(matrix(events, 210), gaps, (), 2, budget, 10, lambda *_: True) == []
    assert 1_000_000 - budget.left < 20_000


def test_two_pairs_nearly_as_likely_are_told_together():
    """Two details off by 2, or the totals of their rows: one finding with both ways, not two verdicts."""
    right = table(**{"一": 106, "三.1": 100, "三.5.1": 2, "三.5.3": 4})
    wrong = {("三.5.1", "自然人"): 4, ("三.5.3", "自然人"): 2}
    (one,) = of(relations(report(NEW, right | wrong)), "B401")
    totals, details = [set(changes(one, n)) for n in range(2)]
    assert totals == {("三.5.1", "总计", 2, 4), ("三.5.3", "总计", 4, 2)}
    assert details == {("三.5.1", "自然人", 4, 2), ("三.5.3", "自然人", 2, 4)}


def test_numbers_in_each_others_cell_are_one_mistake_among_others():
    """Moving it back closes no gap, because another mistake in the same equations keeps that open."""
    right = table(**{"一": 38, "二": 1, "三.1": 39})
    right = with_totals(NEW, right | {("一", "法人.商业企业"): 3, ("三.1", "法人.商业企业"): 3})
    wrong = {("一", "自然人"): 68, ("二", "自然人"): 0, ("二", "法人.商业企业"): 1, ("三.7", "法人.商业企业"): 2}
    found = of(relations(report(NEW, right | wrong)), "B401")
    mended = {(c.item.row, c.item.column): c.expected for one in found for c in fixes(one)[0]}
    assert mended == {place: right[place] for place in wrong}


def test_mistakes_of_one_column_in_either_direction_are_no_wrong_column():
    """Whatever makes a whole line wrong makes its numbers all too small or all too large."""
    right = table(**{"一": 6, "三.1": 2, "三.4.1": 2, "三.5.4": 2})
    wrong = {("一", "总计"): 0, ("二", "总计"): 6, ("三.4.1", "自然人"): 3, ("三.5.4", "自然人"): 0}
    found = of(relations(report(NEW, right | wrong)), "B401")
    mended = {(c.item.row, c.item.column): c.expected for one in found for c in fixes(one)[0]}
    assert mended == {place: right[place] for place in wrong}
    assert len(found) == 3
