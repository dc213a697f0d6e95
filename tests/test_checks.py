"""What each check tells, and what it leaves alone: one case that shows the finding, one that does not."""

import random
from decimal import Decimal

import pytest
from submissions import form_of, item, of, official, submit, told

from xlreport.checks import CHECKS, check, in_order
from xlreport.checks.relations import relations
from xlreport.finding import Code, Role
from xlreport.form.evaluate import judge_rule
from xlreport.form.model import Severity
from xlreport.form.table import Fill, Item
from xlreport.report import facts
from xlreport.rules.judge import Verdict
from xlreport.submission import Submission, find_level
from xlreport.wording import message

NEW, OLD = official("2021"), official("2019")
APPLY = {  # one request from 自然人, settled: everything holds
    "三!一@自然人": 1, "三!一@总计": 1, "三!三.1@自然人": 1, "三!三.1@总计": 1, "三!三.7@自然人": 1, "三!三.7@总计": 1,
}  # fmt: skip


def found(form, values=None, *, prior=None, **more):
    return check(submit(form, values, **more), prior)


def codes(findings):
    return [f.code.name for f in findings]


def names(finding):
    return [str(part.item) for part in finding.parts]


@pytest.mark.parametrize("form", [NEW, OLD])
def test_a_report_of_zeros_has_nothing_to_tell(form):
    assert found(form, level="县级部门") == []


@pytest.mark.parametrize("totals", [Fill.TYPED, Fill.FORMULA, None])
def test_a_right_report_has_nothing_to_tell(totals):
    values = {k: v for k, v in APPLY.items() if totals is Fill.TYPED or not k.startswith("三!三.7")}
    if totals is Fill.FORMULA:
        values = {k: v for k, v in values.items() if not k.endswith("总计")}
    assert found(NEW, values, totals=totals) == []


# --- edition and cover


def test_the_wrong_edition_is_told():
    (one,) = found(OLD, period=2023)
    assert (one.code, one.rule, one.severity) == (Code.S201, "ED-1", Severity.ERROR)
    assert one.facts == {"period": 2023, "edition": "2019", "first": 2019, "last": 2020}
    (one,) = found(NEW, period=2020)
    assert one.code is Code.S201
    assert found(OLD, period=2019) == found(OLD, period=2020) == found(NEW, period=2021) == []


def test_unit_and_year_must_be_there():
    unit, period = found(NEW, unit="  ", period=None)
    assert (unit.code, unit.rule, unit.severity, unit.facts["label"]) == (
        Code.S205, "ST-3", Severity.ERROR, "填报单位",
    )  # fmt: skip
    assert period.facts["label"] == "报告年度"


def test_a_level_the_form_does_not_know():
    (one,) = found(NEW, level="市厅")
    assert (one.code, one.severity, one.facts["level"]) == (Code.S205, Severity.WARNING, "市厅")
    assert found(NEW, level="county or district") == []
    assert find_level(NEW, " 部委 ") == "国务院部门"
    assert find_level(NEW, "Province") == "省级政府"
    assert find_level(NEW, "") is None


# --- single cells


def test_an_empty_form_is_told_once():
    result = found(NEW, rest=None)
    assert codes(result) == ["S209"]
    assert result[0].severity is Severity.ERROR
    assert codes(found(NEW, rest=None, totals=None)) == ["S209"]  # a computed total is no content
    assert "S209" not in codes(found(NEW, {"三!一@自然人": 0}, rest=None))


def test_blanks_are_told_once_per_table():
    blanks = [
        "四!行政复议.结果维持",
        "四!行政复议.结果纠正",
        "四!行政复议.其他结果",
        "四!行政复议.尚未审结",
        "四!行政复议.总计",
    ]
    result = found(NEW, dict.fromkeys([*blanks, "三!二@其他"], None))
    first, second = result
    assert (first.code, first.rule, first.severity) == (Code.E301, "TY-1", Severity.WARNING)
    assert first.facts == {"table": "三", "count": 1, "of": 175}
    assert second.facts == {"table": "四", "count": 5, "of": 15}
    assert names(second) == [str(item(NEW, name)) for name in blanks]
    assert found(NEW, dict.fromkeys(blanks, 0)) == []


def test_a_blank_total_beside_filled_parts_is_not_filled():
    result = found(NEW, {**APPLY, "三!三.1@总计": None, "四!行政复议.总计": None})
    assert codes(result) == ["B402", "E301"]
    one = result[0]
    assert (one.rule, one.severity, one.verdict, one.left) == ("TY-1", Severity.ERROR, None, 1)
    assert names(one)[0] == "三!三.1@总计"
    assert [part.role for part in one.parts] == [Role.TOTAL, *[Role.ADDEND] * 6]
    assert one.parts[0].expected == 1
    # beside zeros a blank total is a blank like any other
    assert names(result[1]) == ["四!数@行政复议.总计"]


def test_a_blank_total_of_blank_totals_is_what_all_parts_come_to():
    blank = dict.fromkeys(["三!三.1@总计", "三!三.7@总计", "三!三.7@自然人", "三!一@总计"], None)
    result = found(NEW, {**APPLY, **blank})
    assert sorted((f.left, names(f)[0]) for f in of(result, "B402")) == [
        (1, "三!一@总计"), (1, "三!三.1@总计"), (1, "三!三.7@总计"), (1, "三!三.7@自然人"),
    ]  # fmt: skip
    assert codes(result) == ["B402"] * 4


def test_a_blank_total_over_something_unreadable_is_only_blank():
    result = found(NEW, {"四!行政复议.结果维持": 3, "四!行政复议.结果纠正": "两件多", "四!行政复议.总计": None})
    assert codes(result) == ["E303", "E301", "B404"]
    assert names(result[1]) == ["四!数@行政复议.总计"]


@pytest.mark.parametrize(
    ("name", "value", "code", "rule", "severity", "expected"),
    [
        ("三!一@自然人", "—", "E302", "TY-2", "warning", None),
        ("三!一@自然人", "无", "E302", "TY-2", "warning", None),
        ("三!一@自然人", "两件左右", "E303", "TY-3", "error", None),
        ("二.八!行政事业性收费", "251000元", "E303", "TY-3", "error", Decimal("25.1")),
        ("三!二@自然人", "#REF!", "E307", "TY-3", "error", None),
        ("二.一!行政规范性文件@现行有效件数", Decimal("2.5"), "E304", "TY-4", "error", None),
        ("二.一!行政规范性文件@现行有效件数", -0, None, None, None, None),
        ("二.一!行政规范性文件@本年废止件数", -2, "E305", "TY-5", "error", None),
        ("二.八!行政事业性收费", Decimal("-0.5"), "E305", "TY-5", "error", None),
        ("二.八!行政事业性收费", Decimal("2.5"), None, None, None, None),
        ("二.一!行政规范性文件@现行有效件数", "１２", "E306", "TY-6", "info", 12),
        ("二.一!行政规范性文件@现行有效件数", "3件", "E306", "TY-6", "info", 3),
        ("二.一!行政规范性文件@现行有效件数", "减4", "E303", "TY-3", "error", None),
    ],
)
def test_single_cells(name, value, code, rule, severity, expected):
    result = [f for f in found(NEW, {name: value}) if f.code is not Code.B404]
    if code is None:
        assert result == []
        return
    (one,) = result
    assert told([one]) == [(code, rule, severity, [str(item(NEW, name))])]
    if code == "E303" and "减" not in str(value):
        assert one.parts[0].expected == expected


@pytest.mark.parametrize(
    ("value", "code"), [("减4", "E306"), ("增4", "E306"), ("+1036", "E306"), ("−8", "E306"), (-8, None)]
)
def test_the_yearly_change_takes_signs(value, code):
    result = found(
        OLD, {"二.五!行政许可@增减": value, "二.五!行政许可@上一年项目数量": 9, "二.五!行政许可@处理决定数量": 1000}
    )
    assert codes(result) == ([code] if code else [])


def test_sections_not_written():
    result = found(NEW, sections={"一": "总体情况", "五": "  "})
    assert [(f.code.name, f.severity.value, f.facts["title"]) for f in result] == [
        ("E308", "info", "五、存在的主要问题及改进情况"), ("E308", "info", "六、其他需要报告的事项"),
    ]  # fmt: skip


# --- relations: one finding for one cause


def changes(finding):
    fixes = [] if finding.facts["tie"] else finding.facts["fixes"][:1]
    return [(str(where), a, b) for fix in fixes for where, a, b in fix]


def test_the_seeds_own_error():
    values = {**APPLY, "三!三.4.1@自然人": 2, "三!三.4.1@总计": 2}
    (one,) = found(OLD, values)
    assert (one.code, one.rule, one.severity, one.verdict) == (Code.B401, "T3-COL", Severity.ERROR, Verdict.FAIL)
    assert (one.left, one.right, one.gap) == (3, 1, 2)
    assert changes(one) == [("三!三.4.1@自然人", 2, 0), ("三!三.4.1@总计", 2, 0)]
    assert [(f.rule, f.left, f.right) for f in one.follows] == [("T3-COL", 3, 1)]
    told_parts = {str(part.item): part.role for part in one.parts}
    assert told_parts["三!三.4.1@自然人"] is Role.SUSPECT
    assert told_parts["三!三.7@自然人"] is Role.TOTAL
    assert told_parts["三!三.7@总计"] is Role.TOTAL
    assert told_parts["三!三.1@自然人"] is Role.ADDEND


def test_one_wrong_cell_is_one_finding_with_its_implied_equations_under_it():
    (one,) = found(NEW, {**APPLY, "三!三.1@自然人": 10})
    assert changes(one) == [("三!三.1@自然人", 10, 1)]
    assert one.rule == "T3-COL"
    assert [f.rule for f in one.follows] == ["T3-ROW"]
    assert [(f.left, f.right, f.gap) for f in (one, *one.follows)] == [(10, 1, 9), (10, 1, 9)]


@pytest.mark.parametrize(
    ("name", "value", "rules"),
    [
        ("三!一@自然人", 7, {"T3-ROW", "T3-BAL"}),
        ("三!一@总计", 7, {"T3-ROW", "T3-BAL"}),
        ("三!四@商业企业", 7, {"T3-ROW", "T3-BAL"}),
        ("三!三.7@自然人", 7, {"T3-ROW", "T3-COL", "T3-BAL"}),
        ("三!三.7@总计", 7, {"T3-ROW", "T3-COL", "T3-BAL"}),
        ("三!三.6.3@其他", 7, {"T3-ROW", "T3-COL"}),
        ("三!三.3.8@总计", 7, {"T3-ROW", "T3-COL"}),
    ],
)
def test_a_single_wrong_cell_is_found_wherever_it_stands(name, value, rules):
    (one,) = found(NEW, {**APPLY, name: value})
    assert changes(one) == [(str(item(NEW, name)), value, APPLY.get(name, 0))]
    assert {f.rule for f in (one, *one.follows)} == rules


def test_every_single_wrong_cell_of_table_three_is_found_typed_totals():
    for where in NEW.tables["三"].items:
        (one,) = found(NEW, {**APPLY, str(where): 5}, level="县级部门")
        assert changes(one) == [(str(where), 5, APPLY.get(str(where), 0))], where


def test_every_single_wrong_cell_is_found_with_the_totals_the_form_computes():
    values = {k: v for k, v in APPLY.items() if not k.startswith("三!三.7")}
    for where in NEW.tables["三"].items:
        if not NEW.computed(where):
            (one,) = found(NEW, {**values, str(where): 5}, totals=None)
            assert changes(one) == [(str(where), 5, values.get(str(where), 0))], where


def test_independent_causes_stay_apart():
    result = found(NEW, {**APPLY, "三!三.1@自然人": 10, "三!四@商业企业": 3, "四!行政复议.总计": 2})
    assert [(f.rule, changes(f)) for f in result] == [
        ("T3-COL", [("三!三.1@自然人", 10, 1)]),
        ("T3-ROW", [("三!四@法人.商业企业", 3, 0)]),
        ("T4-SUM", []),
    ]


def test_no_suspect_where_many_cells_explain_equally_well():
    """3 + 0 + 0 + 0 ≠ 2 in table 四: any of the five cells may be wrong."""
    (one,) = found(NEW, {**APPLY, "四!行政复议.结果维持": 3, "四!行政复议.总计": 2})
    assert (one.rule, one.left, one.right) == ("T4-SUM", 3, 2)
    assert changes(one) == []
    assert not any(part.role is Role.SUSPECT for part in one.parts)
    ways = [[(str(i), a, b) for i, a, b in way] for way in one.facts["fixes"]]
    assert ways == [
        [("四!数@行政复议.总计", 2, 3)], [("四!数@行政复议.结果维持", 3, 2)],
    ] or sorted(ways) == sorted([[("四!数@行政复议.总计", 2, 3)], [("四!数@行政复议.结果维持", 3, 2)]])  # fmt: skip


def test_a_blank_that_would_explain_it_comes_first():
    values = {**APPLY, "四!行政复议.结果维持": 3, "四!行政复议.其他结果": None, "四!行政复议.总计": 5}
    (one,) = found(NEW, values)  # and it is not told once more as a blank
    assert changes(one) == [("四!数@行政复议.其他结果", 0, 2)]
    two = found(NEW, {**values, "四!行政复议.尚未审结": None})[0]
    assert changes(two) == []  # which of the two blanks it is cannot be told


def test_what_many_cells_would_explain_is_a_tie_of_the_best_three():
    """Too little in the parts: three zero cells, the filled one and the total may all be wrong; none is singled out."""
    (one,) = found(NEW, {**APPLY, "四!行政复议.结果维持": 2, "四!行政复议.总计": 3})
    assert changes(one) == []
    ways = [[(str(i), a, b) for i, a, b in way] for way in one.facts["fixes"]]
    assert ways == [
        [("四!数@行政复议.总计", 3, 2)], [("四!数@行政复议.结果纠正", 0, 1)], [("四!数@行政复议.其他结果", 0, 1)],
    ]  # fmt: skip
    assert [p.role for p in one.parts].count(Role.CANDIDATE) == 3


def test_an_error_under_a_blank_total_is_found_as_well():
    """总计 of the row is blank: told as not filled; the wrong part still breaks its column."""
    result = found(NEW, {**APPLY, "三!三.1@自然人": 10, "三!三.1@总计": None})
    assert codes(result) == ["B401", "B402"]
    assert changes(result[0]) == [("三!三.1@自然人", 10, 1)]
    assert result[1].left == 1  # once the part is right


def test_amounts_are_explained_by_amounts_that_may_stand_there():
    form = form_of(
        """
        form: a
        edition: "1"
        title: t
        tables:
          t:
            type: {amount: 万元, decimals: 1}
            rows: [甲, 乙, {计: {total: typed}}]
            columns: [人, 企, {合: {total: typed}}]
        """
    )
    values = {"t!甲@人": Decimal("1.2"), "t!甲@合": Decimal("1.2"),
              "t!计@人": Decimal("1.7"), "t!计@合": Decimal("1.7"),
              "t!乙@人": Decimal("0.50"), "t!乙@合": Decimal("0.5")}  # fmt: skip
    assert found(form, values) == []
    (one,) = found(form, {**values, "t!甲@人": Decimal("2.10")})
    assert changes(one) == [("t!甲@人", Decimal("2.10"), Decimal("1.2"))]
    (one,) = found(form, {**values, "t!甲@人": Decimal("1.25")})
    assert changes(one) == [("t!甲@人", Decimal("1.25"), Decimal("1.2"))]


LICENCES = {"二.五!行政许可@上一年项目数量": 5, "二.五!行政许可@增减": 2}
FORCED = {"二.六!行政强制@增减": -2, "二.六!行政强制@处理决定数量": 9}


@pytest.mark.parametrize(
    ("form", "values", "rule", "instances"),
    [
        (NEW, {"二.一!行政规范性文件@本年制发件数": 2, "二.一!行政规范性文件@现行有效件数": 1}, "T2-1", 1),
        (NEW, {"二.一!行政规范性文件@本年制发件数": 2, "二.一!行政规范性文件@现行有效件数": 2}, None, 0),
        (OLD, {"二.一!规范性文件@本年新公开数量": 2}, "T2-2", 1),
        (OLD, {"二.一!规范性文件@本年新公开数量": 2, "二.一!规范性文件@对外公开总数量": 2}, None, 0),
        (OLD, {**LICENCES, "二.五!行政许可@处理决定数量": 7}, "T2-4", 1),
        (OLD, {**LICENCES, "二.五!行政许可@处理决定数量": 700}, None, 0),
        (OLD, {**FORCED, "二.六!行政强制@上一年项目数量": 1}, "T2-5", 1),
        (OLD, {**FORCED, "二.六!行政强制@上一年项目数量": 2}, None, 0),
        (OLD, {"二.九!政府集中采购@采购项目数量": 2}, "T2-6", 1),
        (OLD, {"二.九!政府集中采购@采购总金额": Decimal("2.5")}, "T2-6", 1),
        (OLD, {"二.九!政府集中采购@采购项目数量": 2, "二.九!政府集中采购@采购总金额": Decimal("2.5")}, None, 0),
        (NEW, {"四!行政复议.结果维持": 1, "四!行政复议.总计": 1}, "X34-1", 1),
        (NEW, {**APPLY, "四!行政复议.结果维持": 1, "四!行政复议.总计": 1}, None, 0),
    ],
)  # fmt: skip
def test_relations_that_are_no_sums(form, values, rule, instances):
    result = found(form, values)
    assert [f.rule for f in result] == [rule] * instances
    for one in result:
        assert one.code is Code.B403
        assert one.verdict is Verdict.FAIL
        assert one.severity is (Severity.ERROR if rule == "T2-5" else Severity.WARNING)


def test_a_blank_leaves_an_inequality_open_and_is_told_itself():
    name = "二.一!行政规范性文件@"
    result = found(NEW, {f"{name}本年制发件数": 2, f"{name}现行有效件数": None})
    assert codes(result) == ["E301"]


def test_what_cannot_be_read_leaves_its_rules_open_and_says_so():
    result = found(NEW, {**APPLY, "三!一@自然人": "一两件"})
    assert codes(result) == ["E303", "B404"]
    open_ = result[1]
    assert (open_.severity, open_.verdict) == (Severity.INFO, Verdict.INCOMPLETE)
    assert names(open_) == ["三!一@自然人"]
    assert "(T3-ROW, T3-BAL)" in message(open_, submit(NEW, {**APPLY, "三!一@自然人": "一两件"}), "en")
    assert open_.facts["count"] == 2
    assert open_.facts["rules"] == ["T3-ROW", "T3-BAL"]


RULES_MADE = {"二.一!规章@本年制发件数": 1, "二.一!规章@现行有效件数": 1}


@pytest.mark.parametrize(
    ("level", "code", "severity"),
    [("县级部门", "B403", "warning"), ("乡镇", "B403", "warning"), ("设区的市", None, None), ("省级", None, None),
     ("自治州", None, None), ("部委", None, None), ("", "B404", "info")],
)  # fmt: skip
def test_rules_are_made_by_few_levels_only(level, code, severity):
    result = found(NEW, RULES_MADE, level=level)
    every = [f for one in result for f in (one, *one.follows)]
    assert {(f.code.name, f.rule, f.severity.value) for f in every} == ({(code, "T2-3", severity)} if code else set())
    assert len(result) <= 1  # what a unit may not report at all is one mistake
    if code == "B403":
        assert [names(f)[0] for f in every] == ["二.一!规章@本年制发件数", "二.一!规章@现行有效件数"]


def test_an_unknown_level_only_matters_where_something_is_reported():
    assert found(NEW, level="") == []
    # nothing is told either where the cell is blank or an inequality holds anyway
    assert codes(found(NEW, dict.fromkeys(RULES_MADE, None), level="")) == ["E301"]


# --- last year


def test_carried_over_is_last_years_carried_forward():
    last = submit(NEW, {"三!四@自然人": 3, "三!四@总计": 3, "三!一@自然人": 3, "三!一@总计": 3}, period=2023)
    now = {
        "三!二@自然人": 3,
        "三!二@总计": 3,
        "三!三.1@自然人": 3,
        "三!三.1@总计": 3,
        "三!三.7@自然人": 3,
        "三!三.7@总计": 3,
    }
    assert found(NEW, now, prior=last) == []
    lower = dict.fromkeys(now, 2)
    result = found(NEW, lower, prior=last)
    every = [f for one in result for f in (one, *one.follows)]
    assert {(f.code.name, f.rule, f.severity.value, f.left, f.right) for f in every} == {
        ("C501", "XY-1", "warning", 2, 3)
    }
    assert [names(f) for f in every][-1] == ["三!二@总计", "三!四@总计"]
    assert [part.role for part in every[-1].parts] == [Role.LEFT, Role.PRIOR]
    assert found(NEW, lower) == []  # without last year's report


def test_a_total_that_differs_as_its_parts_do_is_told_under_them():
    last = submit(NEW, {"三!四@自然人": 3, "三!四@商业企业": 1, "三!四@总计": 4}, period=2023)

    def carried(person, firm, total):
        values = {"三!二@自然人": person, "三!二@商业企业": firm, "三!二@总计": total}
        return of(found(NEW, values, prior=last), "C501")

    def shape(findings):
        return [(names(f)[0], [names(g)[0] for g in f.follows]) for f in findings]

    assert shape(carried(2, 1, 3)) == [("三!二@自然人", ["三!二@总计"])]
    assert shape(carried(2, 3, 5)) == [("三!二@自然人", ["三!二@总计"]), ("三!二@法人.商业企业", [])]
    assert shape(carried(2, 1, 2)) == [("三!二@自然人", []), ("三!二@总计", [])]  # another mistake as well
    assert shape(carried(3, 1, 5)) == [("三!二@总计", [])]


def test_documents_in_force_follow_from_last_years():
    name = "二.一!行政规范性文件@"
    last = submit(NEW, {f"{name}现行有效件数": 30}, period=2023)
    right = {f"{name}本年制发件数": 5, f"{name}本年废止件数": 2, f"{name}现行有效件数": 33}
    assert found(NEW, right, prior=last) == []
    (one,) = found(NEW, {**right, f"{name}现行有效件数": 30}, prior=last)
    assert (one.code, one.rule, one.severity, one.left, one.right) == (Code.C501, "XY-2", Severity.WARNING, 30, 33)


def test_last_years_items_grow_by_the_change():
    last = submit(OLD, {"二.五!行政许可@上一年项目数量": 40, "二.五!行政许可@增减": -2}, period=2019)
    now = {"二.五!行政许可@上一年项目数量": 38, "二.五!行政许可@处理决定数量": 500}
    assert found(OLD, now, prior=last, period=2020) == []
    (one,) = found(OLD, {**now, "二.五!行政许可@上一年项目数量": 40}, prior=last, period=2020)
    assert (one.code, one.rule, one.left, one.right) == (Code.C501, "XY-3", 40, 38)


def test_across_the_switch_of_editions():
    """2020 → 2021: carried over still follows carried forward, table 二 cannot be compared."""
    last = submit(OLD, {"三!四@自然人": 2, "三!四@总计": 2, "三!三.6@自然人": 9}, period=2020)
    now = {
        "三!二@自然人": 2,
        "三!二@总计": 2,
        "三!三.6.3@自然人": 2,
        "三!三.6.3@总计": 2,
        "三!三.7@自然人": 2,
        "三!三.7@总计": 2,
    }
    result = found(NEW, now, prior=last, period=2021)
    assert {(f.code.name, f.rule, f.severity.value) for f in result} == {("C504", "XY-4", "info")}
    assert [f.facts["table"] for f in result] == ["二.一", "二.五", "二.六", "二.八"]
    assert result[0].facts == {"table": "二.一", "edition": "2021", "prior": "2019"}
    wrong = {**now, "三!二@自然人": 3, "三!三.6.3@自然人": 3, "三!三.7@自然人": 3, "三!二@商业企业": 0}
    wrong |= {name: 3 for name in wrong if name.endswith("总计")}
    told_ = [f for f in found(NEW, wrong, prior=last, period=2021) if f.code is Code.C501]
    every = [f for one in told_ for f in (one, *one.follows)]
    assert {(f.rule, f.left, f.right) for f in every} == {("XY-1", 3, 2)}


def test_a_row_that_became_a_group_is_added_up():
    """XY-4: r3_6 of 2019 is the sum of r3_6_k: a rule may name it across the switch."""
    from xlreport.submission import prior_numbers

    older = form_of("form: f\nedition: '1'\ntitle: t\ntables: {t: {rows: [甲, {乙: [一, 二, 三]}], columns: [数]}}")
    newer = form_of(
        "form: f\nedition: '2'\ntitle: t\ntables: {t: {rows: [甲, 乙], columns: [数], rules: [乙 = 乙@-1]}}"
    )
    last = submit(older, {"t!乙.一": 1, "t!乙.二": 2, "t!乙.三": 4})
    assert prior_numbers(newer, last) == {Item("t", "乙", "数"): 7}
    unread = submit(older, {"t!乙.一": "一些"})
    assert prior_numbers(newer, unread) == {}


def test_a_table_copied_from_last_year():
    filled = {**APPLY, "三!一@自然人": 3, "三!一@总计": 3, "三!四@自然人": 2, "三!四@总计": 2}
    last = submit(NEW, filled, period=2023)
    result = of(found(NEW, filled, prior=last), "C502")
    assert [(f.rule, f.severity.value, f.facts["table"], f.facts["count"]) for f in result] == [
        ("XY-5", "warning", "三", 8)
    ]
    changed = {**filled, "三!一@自然人": 4, "三!一@总计": 4}
    assert of(found(NEW, changed, prior=last), "C502") == []
    # three equal numbers are a copy, two are none
    three = {"四!行政复议.结果维持": 1, "四!行政复议.结果纠正": 1, "四!行政复议.总计": 2}
    assert len(of(found(NEW, three, prior=submit(NEW, three, period=2023)), "C502")) == 1
    few = {"四!行政复议.结果维持": 1, "四!行政复议.总计": 1}
    assert of(found(NEW, few, prior=submit(NEW, few, period=2023)), "C502") == []


@pytest.mark.parametrize(
    ("then", "now", "told_"),
    [
        (50, 501, True),
        (50, 500, False),
        (501, 50, True),
        (9, 99, False),
        (9, 100, True),
        (0, 5000, False),
        (5000, 0, False),
    ],
)
def test_jumps(then, now, told_):
    name = "二.五!行政许可"
    result = found(NEW, {name: now}, prior=submit(NEW, {name: then}, period=2023))
    assert codes(result) == (["C503"] if told_ else [])
    if told_:
        assert (result[0].rule, result[0].severity, result[0].left, result[0].right) == (
            "XY-5", Severity.WARNING, now, then,
        )  # fmt: skip


def test_yuan_for_ten_thousand_yuan():
    name = "二.八!行政事业性收费"
    last = submit(NEW, {name: Decimal("25.1")}, period=2023)
    result = found(NEW, {name: 251000}, prior=last)
    assert told(result) == [  # once: the rule knows more than "a sudden jump"
        ("C501", "TY-7", "warning", ["二.八!行政事业性收费@本年收费金额"] * 2)
    ]
    assert found(NEW, {name: Decimal("30.5")}, prior=last) == []


def test_last_years_file_that_is_not():
    result = found(NEW, prior=submit(NEW, period=2021, unit="别的单位"))
    assert [(f.code.name, f.severity.value, f.facts["reason"]) for f in result] == [
        ("C505", "warning", "period"), ("C505", "warning", "unit"),
    ]  # fmt: skip
    assert found(NEW, prior=submit(NEW, period=2023)) == []


# --- the text


def text(words, values=None, **more):
    return check(submit(NEW, values, sections={"一": words, "五": "无", "六": "无"}, **more))


RECEIVED = {
    "三!一@自然人": 30, "三!一@总计": 30, "三!二@自然人": 4, "三!二@总计": 4, "三!三.1@自然人": 20, "三!三.1@总计": 20,
    "三!三.2@自然人": 8, "三!三.2@总计": 8, "三!三.7@自然人": 28, "三!三.7@总计": 28, "三!四@自然人": 6,
    "三!四@总计": 6,
    "四!行政复议.结果维持": 5, "四!行政复议.总计": 5, "四!未经复议直接起诉.结果维持": 2, "四!未经复议直接起诉.总计": 2,
    "四!复议后起诉.结果维持": 1, "四!复议后起诉.总计": 1,
}  # fmt: skip


@pytest.mark.parametrize(
    ("words", "stated"),
    [
        ("全年收到政府信息公开申请30件。", None),  # r1
        ("全年受理政府信息公开申请34件，", None),  # r1 + r2
        ("全年收到政府信息公开申请 31 件。", 31),
        ("全年收到政府信息公开申请３１件。", 31),
        ("全年共收到依申请公开申请1,031件。", 1031),
        ("其中网上收到申请12件。", None),
        ("全年收到政府信息公开申请30件，其中当面收到申请12件。", None),
        ("予以公开20件，部分公开8件。", None),
        ("予以公开28件。", None),  # with the partly public ones
        ("予以公开21件，部分公开8件。", 21),
        ("部分公开9件。", 9),
        ("不予公开0件，结转下年度6件。", None),
        ("结转下年度继续办理5件。", 5),
        ("政府信息公开行政复议5件、行政诉讼3件。", None),
        ("政府信息公开行政复议7件。", 7),
        ("备案政府信息公开行政复议案件134件。", None),
        ("政府信息公开行政诉讼3件。", None),
        ("政府信息公开行政诉讼2件。", None),
        ("政府信息公开行政诉讼4件。", 4),
        ("收到建议提案9件。", None),
    ],
)
def test_numbers_in_the_text(words, stated):
    result = text(words, RECEIVED)
    assert [(f.code.name, f.rule, f.severity.value, f.left) for f in result] == (
        [("N601", "NAR-1", "warning", stated)] if stated else []
    )


def test_numbers_in_the_text_are_not_held_against_blanks():
    assert codes(text("全年收到政府信息公开申请31件。", {"三!一@总计": None, "三!二@总计": None})) == ["E301"]


@pytest.mark.parametrize(
    ("words", "code", "rule"),
    [
        ("现将某单位2024年政府信息公开工作年度报告公布如下。", None, None),
        ("现将某单位2023年政府信息公开工作年度报告公布如下。", "N602", "NAR-3"),
        ("根据要求编制2024年度政府信息公开工作年度报告。", None, None),
        ("现将市政府2024年政府信息公开情况报告如下。", "N603", "NAR-4"),
        ("现将我局2024年政府信息公开情况报告如下。", None, None),
        ("现将本单位2024年情况报告如下。", None, None),
    ],
)
def test_year_and_unit_in_the_text(words, code, rule):
    result = text(words)
    assert [(f.code.name, f.rule) for f in result] == ([(code, rule)] if code else [])
    assert all(f.severity is Severity.WARNING for f in result)


@pytest.mark.parametrize(
    ("named", "unit", "same"),
    [("市工信局", "张家港市工业和信息化局", True), ("张家港市工业和信息化局", "张家港市工业和信息化局", True),
     ("市财政局", "张家港市工业和信息化局", False)],
)  # fmt: skip
def test_short_names_of_a_unit(named, unit, same):
    result = text(f"现将{named}2024年政府信息公开工作情况报告如下", unit=unit)
    assert codes(result) == ([] if same else ["N603"])


def test_a_pattern_that_finds_no_number_tells_nothing():
    form = form_of(
        """
        form: a
        edition: "1"
        title: t
        sections: {一: 一}
        tables: {t: {rows: [甲], columns: [数]}}
        narrative:
          claims: [{rule: N, pattern: '收到(.+?)件', equals: [甲@数]}]
          phrases: [{rule: Y, of: year, pattern: '(.{2,4})年'}]
        """
    )
    result = check(submit(form, sections={"一": "收到一百件，收到3件。二〇年"}, period=2024))
    assert [(f.code.name, f.left) for f in result if f.code is Code.N601] == [("N601", 3)]


# --- all together


def test_findings_come_gravest_first_and_in_the_order_of_the_form():
    result = found(
        NEW, {**APPLY, "三!三.1@自然人": 10, "二.一!行政规范性文件@现行有效件数": "１２", "四!行政复议.结果维持": None}
    )
    assert codes(result) == ["B401", "E301", "E306"]
    assert in_order(submit(NEW), list(reversed(result))) == result
    silent = found(NEW, {"二.一!行政规范性文件@现行有效件数": "１２", "四!行政复议.结果维持": "１"}, sections={})
    assert codes(silent) == ["B401", "E306", "E306", "E308", "E308", "E308"]  # the text sections come last


def test_checks_are_a_visible_list_with_one_signature():
    submission = submit(NEW)
    assert all(one(submission, None) == [] for one in CHECKS)


def test_every_finding_has_a_sentence_in_both_languages():
    """Everything at once: nothing that the checks can tell is left without words."""
    values = {
        **APPLY, **RULES_MADE, "三!三.1@自然人": 10, "三!三.2@总计": None, "三!三.2@自然人": 2, "三!四@其他": "—",
        "三!四@科研机构": "三件多", "三!二@其他": "#REF!", "二.一!行政规范性文件@本年制发件数": Decimal("2.5"),
        "二.一!行政规范性文件@现行有效件数": -1, "二.五!行政许可": "１２", "二.八!行政事业性收费": "251000元",
        "四!行政复议.结果维持": None,
    }  # fmt: skip
    words = "现将市政府2020年政府信息公开工作年度报告公布。收到申请99件。"
    for level in ("县级部门", ""):
        submission = submit(NEW, values, sections={"一": words}, unit="", level=level)
        prior = submit(NEW, {"二.五!行政许可": 50000}, period=2020, unit="另一个")
        result = check(submission, prior)
        assert len({f.code for f in result}) > 12
        for one in result:
            for lang in ("zh", "en"):
                said = message(one, submission, lang, prior)
                assert said
                assert "None" not in said, said


@pytest.mark.parametrize("seed", range(30))
def test_whatever_is_filled_in_can_be_told(seed):
    """Random reports, with blanks, texts, errors and last year's of either edition: findings, and words for each."""
    chance = random.Random(seed)
    held = [0, 0, 0, 1, 2, 13, None, None, "—", "３件", "减4", "251000元", "#REF!", Decimal("2.5"), -1, "约12"]

    def report(form, share, **more):
        chosen = [one for one in form.items if chance.random() < share]
        totals = chance.choice([Fill.TYPED, Fill.FORMULA, None])
        values = {str(one): chance.choice(held) for one in chosen if not form.computed(one, totals)}
        return submit(form, values, totals=totals, level=chance.choice(["", "县级部门", "省级", "?"]), **more)

    form = chance.choice([NEW, OLD])
    words = "现将某局2021年政府信息公开工作年度报告公布。收到申请9件，予以公开2件。"
    now = report(form, chance.choice([0.02, 0.2, 1]), sections={"一": words})
    prior = chance.choice([None, report(chance.choice([NEW, OLD]), 0.3, period=now.period - 1)])
    result = check(now, prior)
    assert result
    for one in (f for lead in result for f in (lead, *lead.follows)):
        assert all(message(one, now, lang, prior).strip() for lang in ("zh", "en"))
        assert one.severity in Severity
        assert all(part.item in now.form.index or part.role is Role.PRIOR for part in one.parts)
    equations = {r.id for r in form.rules if r.bound.balance and r.severity is Severity.ERROR and not r.prior}
    told_ = [f.relation for lead in result for f in (lead, *lead.follows) if f.rule in equations]
    broken = {
        (number, instance)
        for number, rule in enumerate(form.rules)
        if rule.id in equations
        for instance in range(len(rule.bound.keys))
        if judge_rule(rule, instance, now.values_with(prior), None).verdict is Verdict.FAIL
    }
    assert len(told_) == len(set(told_))  # no equation is told twice
    assert set(told_) == broken  # and none is left out


def test_a_submission_without_entries_is_blank():
    assert Submission(NEW).empty
    assert Submission(NEW).value(NEW.items[0]) is None


@pytest.mark.parametrize(
    ("rule", "values", "found"),
    [
        ("一 >= 二", {"一": 3, "二": 5}, ("3", "≥ 5", -2)),
        ("一 <= 二", {"一": 7, "二": 5}, ("7", "≤ 5", 2)),
        ("一 > 0", {"一": 0}, ("0", "> 0", None)),
        ("一 != 二", {"一": 5, "二": 5}, ("5", "≠ 5", None)),
        ("一 > 0 => 二 > 0", {"一": 1, "二": 0}, ("0", "> 0", None)),
        ("一 > 0 => 二 = 三", {"一": 1, "二": 0, "三": 4}, ("0", "4", -4)),
        ("一 > 0 <=> 二 > 0", {"一": 1, "二": 0}, ("0", "", None)),
        ("一 > 0 <=> 二 > 0", {"一": 0, "二": 2}, ("0", "", None)),
    ],
)
def test_what_a_comparison_expects_is_no_single_number(rule, values, found):
    form = form_of(f"""
        form: try
        edition: "1"
        title: 试表
        tables:
          甲:
            title: 甲表
            rows: [一, 二, 三]
            columns: [数]
            rules: [{{关系: "{rule}"}}]
        """)
    submission = submit(form, {f"甲!{row}@数": value for row, value in values.items()})
    (finding,) = relations(submission)
    told = facts.figures(finding)
    assert (facts.text(told.found), facts.text(told.expected), told.gap) == found
