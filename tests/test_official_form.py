"""Both editions of the annual report: every cell, every rule and its severity, as the notices print them."""

import json

import pytest
from submissions import DATA, item, official

from xlreport.form.layout import Part, layout
from xlreport.form.model import Origin, Severity
from xlreport.form.table import Fill, Quantity
from xlreport.rules.judge import Values, Verdict, judge

LAYOUTS = json.loads((DATA / "layouts.json").read_text(encoding="utf-8"))
SHEETS = {"t2": "二、主动公开", "t3": "三、依申请公开", "t4": "四、复议诉讼"}
EDITIONS = ("2019", "2021")


def ours(edition: str, sheet: str) -> set[tuple[object, ...]]:
    """Our cells of a sheet, counted from the first."""
    (found,) = [s for s in layout(official(edition)).sheets if s.name == SHEETS[sheet]]
    top = min(p.row for p in found.placed)
    return {(p.row - top, p.col, p.rowspan, p.colspan, p.text, p.part.value) for p in found.placed}


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("sheet", SHEETS)
def test_every_cell_stands_where_the_official_form_has_it(edition, sheet):
    cells = LAYOUTS[edition][sheet]["cells"]
    theirs = {(c["r"], c["c"], c["rowspan"], c["colspan"], c.get("text", ""), c["role"]) for c in cells}
    assert len(theirs) == len(cells)
    assert ours(edition, sheet) == theirs


@pytest.mark.parametrize("edition", EDITIONS)
def test_no_two_cells_overlap(edition):
    for sheet in layout(official(edition)).sheets:
        covered = [
            (r, c)
            for p in sheet.placed
            for r in range(p.row, p.row + p.rowspan)
            for c in range(p.col, p.col + p.colspan)
        ]
        assert len(covered) == len(set(covered)), sheet.name


@pytest.mark.parametrize(
    ("edition", "table", "rows", "cells", "inputs"),
    [
        ("2021", "三", 25, 175, 144), ("2019", "三", 23, 161, 132), ("2021", "四", 1, 15, 12),
        ("2019", "四", 1, 15, 12),
        ("2021", "二.一", 2, 6, 6), ("2021", "二.五", 1, 1, 1), ("2021", "二.六", 2, 2, 2), ("2021", "二.八", 1, 1, 1),
        ("2019", "二.一", 2, 6, 6), ("2019", "二.五", 2, 6, 6), ("2019", "二.六", 2, 6, 6), ("2019", "二.八", 1, 2, 2),
        ("2019", "二.九", 1, 2, 2),
    ],
)  # fmt: skip
def test_counts_of_cells(edition, table, rows, cells, inputs):
    form = official(edition)
    place = form.tables[table]
    assert len(place.rows.leaves) == rows
    assert len(place.items) == cells
    assert sum(1 for one in place.items if not form.is_total(one)) == inputs


@pytest.mark.parametrize(("edition", "cells", "inputs"), [("2021", 10, 10), ("2019", 22, 22)])
def test_counts_of_table_two(edition, cells, inputs):
    form = official(edition)
    items = [one for one in form.items if one.table.startswith("二")]
    assert (len(items), sum(1 for one in items if not form.is_total(one))) == (cells, inputs)


# FORMS.md: the rules that look at one submission or across years, with severity and number of instances.
RULES = {
    "2021": {
        "T3-ROW": ("error", 25), "T3-COL": ("error", 7), "T3-BAL": ("error", 7), "T4-SUM": ("error", 3),
        "T2-1": ("warning", 2), "T2-3": ("warning", 3), "X34-1": ("warning", 1), "XY-1": ("warning", 7),
        "XY-2": ("warning", 2), "TY-7": ("warning", 1),
    },
    "2019": {
        "T3-ROW": ("error", 23), "T3-COL": ("error", 7), "T3-BAL": ("error", 7), "T4-SUM": ("error", 3),
        "T2-2": ("warning", 2), "T2-3": ("warning", 3), "T2-4": ("warning", 4), "T2-5": ("error", 5),
        "T2-6": ("warning", 1), "X34-1": ("warning", 1), "XY-1": ("warning", 7), "XY-3": ("warning", 5),
    },
}  # fmt: skip
CHECKS = {
    "ED-1": "error", "ED-2": "error", "ST-1": "error", "ST-2": "info", "ST-3": "error", "ST-4": "warning",
    "TY-2": "warning", "TY-3": "error", "TY-4": "error", "TY-5": "error", "TY-6": "info", "XY-4": "info",
    "XY-5": "warning",
}  # fmt: skip


@pytest.mark.parametrize("edition", EDITIONS)
def test_rules_with_their_severity_and_instances(edition):
    found: dict[str, tuple[str, int]] = {}
    for rule in official(edition).rules:
        severity, count = found.get(rule.id, (rule.severity.value, 0))
        assert severity == rule.severity.value, rule.id
        found[rule.id] = (severity, count + len(rule.bound.keys))
    assert found == RULES[edition]


@pytest.mark.parametrize("edition", EDITIONS)
def test_checks_with_their_severity(edition):
    form = official(edition)
    found = {policy.rule: policy.severity.value for policy in form.policies.values()}
    assert {name: found[name] for name in CHECKS} == CHECKS
    assert (form.policies["blank"].rule, form.policies["blank"].severity) == ("TY-1", Severity.WARNING)
    assert (form.policies["total-not-filled"].rule, form.policies["total-not-filled"].severity) == (
        "TY-1",
        Severity.ERROR,
    )
    assert {(claim.rule, claim.severity.value) for claim in form.claims} == {("NAR-1", "warning")}
    assert {(p.rule, p.severity.value, p.of) for p in form.phrases} == {
        ("NAR-3", "warning", "year"),
        ("NAR-4", "warning", "unit"),
    }


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_rule_says_what_why_and_how(edition):
    for rule in official(edition).rules:
        for words in (rule.name, rule.name_en, rule.why, rule.why_en, rule.remedy, rule.remedy_en, rule.source):
            assert words, rule.id


@pytest.mark.parametrize("edition", EDITIONS)
def test_two_of_the_equations_of_table_three_follow_from_the_others(edition):
    """T3-ROW of （七）总计 follows from the others and T3-COL; T3-BAL of 总计 from the other balances."""
    form = official(edition)
    tree = [r for r in form.rules if r.table == "三" and r.id in {"T3-ROW", "T3-COL", "T3-BAL"}]
    assert sum(len(r.bound.keys) for r in tree) == {"2021": 39, "2019": 37}[edition]
    # Fill the details with anything, then the totals: every equation but the balance holds.
    numbers = [0] * (len(form.items) + len(form.priors))
    for i, one in enumerate(form.items):
        if not form.is_total(one):
            numbers[i] = (i * 7) % 11
    for axis in ("row", "column"):
        for one in form.tables["三"].items:
            row, column = form.tables["三"].rows.by_id[one.row], form.tables["三"].columns.by_id[one.column]
            total = (row if axis == "row" else column).total
            if total:
                numbers[form.index[one]] = sum(numbers[form.index[p]] for p in form.total_parts(one))
    values = Values(numbers, set(), set(), set(), any_special=False)
    for rule in tree:
        if rule.id != "T3-BAL":
            assert all(j.verdict is Verdict.PASS for j in judge(rule.bound, values)), rule.id


@pytest.mark.parametrize("edition", EDITIONS)
def test_totals_across_are_typed_and_totals_down_are_formulas(edition):
    form = official(edition)
    computed = {str(one) for one in form.items if form.computed(one)}
    assert computed == {f"三!三.7@{c.id}" for c in form.tables["三"].columns.leaves}
    assert not any(form.computed(one, Fill.TYPED) for one in form.items)
    assert sum(1 for one in form.items if form.computed(one, Fill.FORMULA)) == {"2021": 34, "2019": 32}[edition]


def test_rules_of_the_tree_and_of_the_lines():
    form = official("2021")
    assert {rule.id for rule in form.rules if rule.origin is Origin.TREE} == {"T3-ROW", "T3-COL", "T4-SUM"}
    column = next(rule for rule in form.rules if rule.id == "T3-COL")
    assert len(column.statement.conclusion.parts[0].left.terms) == 21


@pytest.mark.parametrize(
    ("edition", "name", "quantity", "unit", "decimals"),
    [
        ("2021", "三!一@自然人", Quantity.COUNT, "件", 0),
        ("2021", "二.八!行政事业性收费@本年收费金额", Quantity.AMOUNT, "万元", 4),
        ("2019", "二.五!行政许可@增减", Quantity.SIGNED, None, 0),
        ("2019", "二.八!行政事业性收费@增减", Quantity.SIGNED, None, 0),
        ("2019", "二.九!政府集中采购@采购总金额", Quantity.AMOUNT, "", 4),
        ("2019", "二.九!政府集中采购@采购项目数量", Quantity.COUNT, "项", 0),
    ],
)
def test_types(edition, name, quantity, unit, decimals):
    form = official(edition)
    kind = form.entry_type(item(form, name))
    assert (kind.quantity, kind.decimals) == (quantity, decimals)
    assert (kind.unit or None) == (unit or None)


@pytest.mark.parametrize("edition", EDITIONS)
def test_cover_and_sections(edition):
    form = official(edition)
    assert [line.id for line in form.cover] == [
        "unit", "unit_code", "level", "period", "filled_by", "telephone", "date",
    ]  # fmt: skip
    assert [line.id for line in form.cover if line.required] == ["unit", "period"]
    assert list(form.sections) == ["一", "五", "六"]


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_item_has_one_place_and_every_heading_is_found_by_its_id(edition):
    form = official(edition)
    cells = layout(form).cells
    assert len(set(cells.values())) == len(cells) == len(form.items)
    for table in form.tables.values():
        for axis in (table.rows, table.columns):
            for heading in axis.headings:
                assert axis.find(heading.id) is heading
                assert axis.find("/".join(heading.path)) is heading
                if heading.alias:
                    assert axis.find(heading.alias) is heading
    parts = [p for sheet in layout(form).sheets for p in sheet.placed if p.part is not Part.LABEL]
    assert len(parts) == len(form.items)
