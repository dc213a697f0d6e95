"""What departments do to a workbook before it comes back: every value read right or not at all, and told."""

from __future__ import annotations

import json
import random
import zipfile
from collections.abc import Collection, Mapping
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import clerk
import openpyxl
import pytest
from make_samples import run
from pens import packed, parts
from submissions import official

from xlreport.examine import examine
from xlreport.finding import Finding
from xlreport.form.evaluate import computed_items, evaluate, parts_of
from xlreport.form.layout import COVER_SHEET, Cell, layout
from xlreport.form.model import Form
from xlreport.form.table import Item, Table
from xlreport.rules.nodes import Number
from xlreport.submission import State, Submission
from xlreport.workbook.address import cell_name
from xlreport.workbook.identity import MARKER_SHEET
from xlreport.workbook.template import Issue, make

pytestmark = pytest.mark.no_cover  # by the hundred: tracing them is what a run waits for

EDITIONS = ("2019", "2021")
YEARS = {"2019": 2020, "2021": 2024}
TWO, THREE, FOUR, TEXT = "二、主动公开", "三、依申请公开", "四、复议诉讼", "文字部分"
LABELS, POSITIONS = ("S211", "info", None), ("S211", "info", None)
Told = tuple[str, str, str | None]
"""Code, severity, place as `sheet!cell`."""


class Base(NamedTuple):
    """A filled form in which no two cells hold the same number: a value that was shifted shows."""

    form: Form
    data: bytes
    values: Mapping[Item, Number]  # computed totals too

    def heading(self, table: str, axis: str, key: str) -> Cell:
        """Where a heading is printed."""
        found = [(s.name, p) for s in layout(self.form).sheets for p in s.placed if p.heading == (table, axis, key)]
        ((sheet, placed),) = found
        return Cell(sheet, placed.row, placed.col)

    def row(self, *rows: str, table: str = "三") -> set[Item]:
        return {item for item in self.form.items if item.table == table and item.row in rows}

    def column(self, column: str) -> set[Item]:
        return {item for item in self.form.items if item.table == "三" and item.column == column}

    def table(self, *tables: str) -> set[Item]:
        return {item for item in self.form.items if item.table in tables}


@cache
def base(edition: str) -> Base:
    form = official(edition)
    computed = computed_items(form)
    values = {item: 1000 + n for n, item in enumerate(form.items) if item not in computed}
    issue = Issue("某某局", "0101", "县级部门", YEARS[edition], "7")
    data = make(form, issue, values=values, sections={name: f"{name}　文字" for name in form.sections})
    worked_out = evaluate(form, values, (), computed)
    return Base(form, data, {item: worked_out.numbers[form.index[item]] for item in form.items})


def told(found: Collection[Finding]) -> list[Told]:
    """What is said of the workbook itself."""
    places = [(f, f.cell) for f in found if f.code.name.startswith("S")]
    return [(f.code.name, f.severity.value, f"{c.sheet}!{cell_name(c.row, c.col)}" if c else None) for f, c in places]


def returned(data: bytes, name: str = "back.xlsx") -> tuple[Submission, list[Told]]:
    one = examine(Path(name), data=data)
    assert one.reading is not None
    return one.reading.submission, sorted(told(one.findings), key=str)


def place(cell: Cell) -> str:
    return f"{cell.sheet}!{cell_name(cell.row, cell.col)}"


def expect(
    made: Base,
    data: bytes,
    findings: list[Told],
    *,
    lost: Collection[Item] = (),
    changed: Mapping[Item, Number | None] | None = None,
    cover: bool = True,
) -> None:
    """Exactly these findings about the workbook; every item as it was filled in but for those lost or changed."""
    submission, found = returned(data)
    # What was done to the grid and cost nothing (lines shifted, sheets renamed) is told too; see test_damage.py.
    assert [one for one in found if one[:2] != ("S203", "info")] == sorted(findings, key=str)
    form, changed = made.form, changed or {}
    assert submission.form == form
    assert {item for item in form.items if submission.entry(item).state is State.NOT_FOUND} == set(lost)
    # A computed total cannot be told while one of its parts is not known.
    unsure: set[Item] = set()
    for _ in range(2):
        computed = {item for item in form.items if submission.entry(item).computed}
        unsure = {item for item in computed if set(parts_of(form, item, computed=True)) & (set(lost) | unsure)}
    expected = {item: None if item in unsure else changed.get(item, made.values[item]) for item in form.items}
    wrong = {
        item: (submission.value(item), expected[item])
        for item in form.items
        if item not in lost and submission.value(item) != expected[item]
    }
    assert wrong == {}
    assert submission.sections == {n: f"{n}　文字" for n in form.sections}
    if cover:
        period = int(submission.cover["period"])
        assert (submission.unit, submission.unit_code, submission.level) == ("某某局", "0101", "县级部门")
        assert period == submission.period == YEARS[form.edition]


@pytest.fixture(params=EDITIONS)
def made(request: pytest.FixtureRequest) -> Base:
    return base(request.param)


def test_as_it_was_issued_nothing_is_told(made: Base) -> None:
    expect(made, made.data, [])


def test_what_the_tests_make_is_a_workbook(made: Base) -> None:
    """Whatever is done in this file to the package, openpyxl opens it without a word."""
    data = clerk.moved_last(clerk.renamed(made.data, COVER_SHEET, "改过的名"), TWO)
    data = clerk.row_deleted(clerk.row_inserted(data, THREE, 12, [(2, "其他情形")]), THREE, 7)
    data = clerk.column_inserted(clerk.row_inserted(data, FOUR, 5), FOUR, 7)
    bare = clerk.without_sheet(clerk.without_properties(clerk.without_names(data)), MARKER_SHEET)
    for one in (data, bare):
        book = openpyxl.load_workbook(BytesIO(one))
        assert book.sheetnames[0] == "改过的名"
        assert book.sheetnames[-1] == TWO
        assert (MARKER_SHEET in book.sheetnames) == (one is data)
        assert any(name.startswith("xlr_") for name in book.defined_names) == (one is data)
        row = layout(made.form).area("四")[1] + 2
        assert [book[FOUR].cell(row, col).value for col in (1, 8)] == [made.values[i] for i in _first(made, 1)] + [None]


def _first(made: Base, count: int) -> list[Item]:
    return [item for item in made.form.items if item.table == "四"][:count]


# --- sheets, names, identity -------------------------------------------------------------------------------


@pytest.mark.parametrize("sheet", [COVER_SHEET, TWO, THREE, FOUR, TEXT])
def test_a_sheet_renamed_is_found_by_its_names(made: Base, sheet: str) -> None:
    expect(made, clerk.renamed(made.data, sheet, "改过的名"), [])


@pytest.mark.parametrize("sheet", [COVER_SHEET, TWO, THREE, FOUR, TEXT])
def test_a_sheet_renamed_in_a_workbook_without_names_is_found_by_its_headings(made: Base, sheet: str) -> None:
    data = clerk.renamed(clerk.without_names(made.data), sheet, "改过的名")
    expect(made, data, [LABELS if sheet in {TWO, THREE, FOUR} else POSITIONS])


@pytest.mark.parametrize("sheet", [COVER_SHEET, TWO, THREE, FOUR, TEXT])
def test_a_sheet_moved_is_read_as_before(made: Base, sheet: str) -> None:
    expect(made, clerk.moved_last(made.data, sheet), [])
    expect(made, clerk.moved_last(clerk.without_names(made.data), sheet), [POSITIONS])


def test_names_deleted(made: Base) -> None:
    expect(made, clerk.without_names(made.data), [POSITIONS])


def test_properties_deleted_the_hidden_sheet_says_what_it_is(made: Base) -> None:
    bare = clerk.without_properties(made.data)
    expect(made, bare, [])
    other = clerk.typed(bare, {(COVER_SHEET, layout(made.form).cover["unit"].row, 2): "别的局"})
    unit = place(layout(made.form).cover["unit"])
    expect(made, other, [("S204", "error", unit)], cover=False)


def test_the_hidden_sheet_deleted_too_the_names_say_what_it_is(made: Base) -> None:
    gone = ("S211", "info", None)
    expect(made, clerk.without_sheet(clerk.without_properties(made.data), MARKER_SHEET), [gone])


def test_nothing_of_ours_left_the_headings_say_what_it_is(made: Base) -> None:
    bare = clerk.without_names(clerk.without_sheet(clerk.without_properties(made.data), MARKER_SHEET))
    expect(made, bare, [POSITIONS])
    for n, sheet in enumerate((COVER_SHEET, TWO, THREE, FOUR, TEXT)):
        bare = clerk.renamed(bare, sheet, f"Sheet{n + 1}")
    expect(made, bare, [LABELS])


# --- rows and columns put in and taken out -----------------------------------------------------------------

NAMED = pytest.mark.parametrize("named", [True, False], ids=["named", "unnamed"])


def with_or_without(made: Base, *, named: bool) -> bytes:
    return made.data if named else clerk.without_names(made.data)


@NAMED
@pytest.mark.parametrize(("sheet", "row"), [(TWO, 2), (THREE, 2), (FOUR, 2), (TWO, 0), (THREE, 0), (FOUR, 0)])
def test_a_row_inserted_above_a_table(made: Base, sheet: str, row: int, *, named: bool) -> None:
    source = with_or_without(made, named=named)
    expect(made, clerk.row_inserted(source, sheet, row), [] if named else [LABELS])
    word = [("S210", "info", f"{sheet}!A{row + 1}")] if row else []  # above the title stands nothing of the form
    expect(made, clerk.row_inserted(source, sheet, row, [(0, "说明")]), word + ([] if named else [LABELS]))


@NAMED
def test_a_row_inserted_inside_table_three(made: Base, *, named: bool) -> None:
    source, row = with_or_without(made, named=named), made.heading("三", "row", "三.3.4").row
    expect(made, clerk.row_inserted(source, THREE, row), [LABELS])
    data = clerk.row_inserted(source, THREE, row, [(2, "其他情形")])
    extra = ("S203", "warning", f"{THREE}!C{row + 1}")
    expect(made, data, [LABELS, extra])
    data = clerk.typed(data, {(THREE, row, 3): 5, (THREE, row, 4): 6})
    total = made.heading("三", "row", "三.7").row + 2
    added = [("S206", "warning", f"{THREE}!{column}{total}") for column in "DE"]  # their formulas take the new row in
    expect(made, data, [LABELS, extra, *added, ("S210", "info", f"{THREE}!D{row + 1}")])


@NAMED
def test_a_row_inserted_inside_a_stack_of_tables(made: Base, *, named: bool) -> None:
    source, row = with_or_without(made, named=named), made.heading("二.一", "row", "规章").row + 1
    expect(made, clerk.row_inserted(source, TWO, row), [LABELS])
    data = clerk.row_inserted(source, TWO, row, [(0, "其他文件")])
    expect(made, data, [LABELS, ("S203", "warning", f"{TWO}!A{row + 1}")])


@NAMED
def test_a_row_inserted_above_the_only_row_of_a_table_without_row_headings(made: Base, *, named: bool) -> None:
    """Its row has no heading of its own: the name or the hidden sheet says which."""
    row = layout(made.form).area("四")[1]
    data = clerk.row_inserted(with_or_without(made, named=named), FOUR, row)
    expect(made, data, [] if named else [LABELS])


@NAMED
@pytest.mark.parametrize("key", ["一", "三.1", "三.3.1", "三.3.4", "三.4.3", "四"])
def test_a_row_deleted_is_told_and_never_read_from_its_neighbour(made: Base, key: str, *, named: bool) -> None:
    row = made.heading("三", "row", key).row
    data = clerk.row_deleted(with_or_without(made, named=named), THREE, row)
    expect(made, data, [LABELS, ("S203", "error", None)], lost=made.row(key))


def test_the_only_row_of_a_table_without_row_headings_deleted(made: Base) -> None:
    """Without our names nobody could tell it from one left blank; with them it is told."""
    data = clerk.row_deleted(made.data, FOUR, layout(made.form).area("四")[1])
    expect(made, data, [("S203", "error", None)], lost=made.table("四"))


@NAMED
def test_one_of_two_rows_deleted_leaves_the_other_read(made: Base, *, named: bool) -> None:
    row = made.heading("二.一", "row", "规章").row
    data = clerk.row_deleted(with_or_without(made, named=named), TWO, row)
    lost = {item for item in made.table("二.一") if item.row == "规章"}
    expect(made, data, [("S203", "error", None), LABELS], lost=lost)


@NAMED
def test_a_column_inserted(made: Base, *, named: bool) -> None:
    source, cell = with_or_without(made, named=named), made.heading("三", "column", "法人.科研机构")
    expect(made, clerk.column_inserted(source, THREE, cell.col), [LABELS])
    data = clerk.column_inserted(source, THREE, cell.col, [(cell.row, "个体户")])
    extra = ("S203", "warning", f"{THREE}!{cell_name(cell.row, cell.col)}")
    expect(made, data, [LABELS, extra])
    expect(made, clerk.column_inserted(source, THREE, 0), [] if named else [LABELS])
    expect(made, clerk.column_inserted(source, FOUR, 7), [LABELS])


@NAMED
def test_a_column_inserted_where_data_and_headings_do_not_begin_together(*, named: bool) -> None:
    """2019, 本年增/减: the heading covers two columns of the grid and its data stand in the second."""
    made = base("2019")
    data = clerk.column_inserted(with_or_without(made, named=named), TWO, made.heading("二.五", "column", "增减").col)
    submission, found = returned(data)
    for item in made.form.items:
        if submission.entry(item).state is not State.NOT_FOUND:
            assert submission.value(item) == made.values[item], item
    assert LABELS in found


@NAMED
@pytest.mark.parametrize("sheet", [COVER_SHEET, TEXT])
@pytest.mark.parametrize("row", [0, 2, 3, 4])
def test_a_row_inserted_on_the_cover_or_among_the_texts(made: Base, sheet: str, row: int, *, named: bool) -> None:
    data = clerk.row_inserted(with_or_without(made, named=named), sheet, row)
    expect(made, data, [] if named else [POSITIONS])


def test_whatever_is_put_in_or_taken_out_no_value_is_read_from_another_place() -> None:
    """Up to three rows and columns, put in and taken out anywhere: each item has its own value, or none and is told."""
    rng = random.Random("shifted")
    deeds = (clerk.row_inserted, clerk.row_deleted, clerk.column_inserted, clerk.column_deleted)
    read = 0
    for _ in range(50):
        made = base(rng.choice(EDITIONS))
        data, done = (made.data if rng.random() < 0.5 else clerk.without_names(made.data)), []
        for _ in range(rng.randint(1, 3)):
            sheet, deed = rng.choice([TWO, THREE, FOUR]), rng.choice(deeds)
            rows = {TWO: 18, THREE: 30, FOUR: 5}[sheet]  # the only row of table 四 stays: see above
            at = rng.randrange(rows if deed in deeds[:2] else 10)
            data = deed(data, sheet, at)
            done.append((deed.__name__, sheet, at))
            if sheet == FOUR:
                break
        submission, found = returned(data)
        lost = {item for item in made.form.items if submission.entry(item).state is State.NOT_FOUND}
        wrong = [
            (item, submission.value(item))
            for item in made.form.items
            if item not in lost and not submission.entry(item).computed and submission.value(item) != made.values[item]
        ]
        assert wrong == [], done
        assert not lost or any(code in {"S202", "S203"} and severity == "error" for code, severity, _ in found), done
        read += len(made.form.items) - len(lost)
    assert read > 5_000  # and it is not by reading nothing that nothing is read wrong


# --- headings retyped --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "axis", "key", "text"),
    [
        ("三", "row", "三.3.4", "4、保护第三方合法权益"),
        ("三", "row", "三.3.4", "4.保护\n第三方 合法权益"),
        ("三", "row", "三.3.4", "４．保护第三方合法权益 "),
        ("三", "row", "三.3.3", '3.危及"三安全一稳定"'),
        ("三", "row", "三.1", "(一)予以公开"),
        ("三", "column", "法人.商业企业", "商 业\n企 业"),
        ("四", "column", "行政复议.结果维持", "结果\r\n维持"),
        ("三", "row", "三.7", "（七） 总计："),
    ],
)
def test_a_heading_written_a_little_otherwise_is_the_same(
    made: Base, table: str, axis: str, key: str, text: str
) -> None:
    cell = made.heading(table, axis, key)
    expect(made, clerk.typed(made.data, {cell: text}), [])
    expect(made, clerk.typed(clerk.without_names(made.data), {cell: text}), [POSITIONS])


@pytest.mark.parametrize(
    ("table", "axis", "key", "text"),
    [
        ("三", "row", "三.3.4", "4.保护第三方的合法权益"),
        ("三", "row", "三.3.4", "保护第三方合法权益"),
        ("三", "column", "法人.商业企业", "企业"),
        ("四", "column", "行政复议.结果维持", "结果维持（件）"),
    ],
)
def test_a_heading_retyped_is_told_and_read(made: Base, table: str, axis: str, key: str, text: str) -> None:
    cell = made.heading(table, axis, key)
    expect(made, clerk.typed(made.data, {cell: text}), [LABELS, ("S208", "info", place(cell))])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("本年收费金额（单位：元）", "S215"),
        ("本年收费金额(单位: 亿元)", "S215"),
        ("本年收费金额（人民币元）", "S203"),  # so little of it is left that it is another heading
        ("本年收费的金额（单位：万元）", "S208"),
    ],
)
def test_another_unit_of_money_in_a_heading_is_no_way_of_spelling(text: str, told: str) -> None:
    form = official("2021")
    made = Base(form, make(form, Issue("市财政局", "0101", "", 2025)), {})
    cell = made.heading("二.八", "column", "本年收费金额")
    for data in (made.data, clerk.without_names(made.data)):
        one = examine(Path("x.xlsx"), data=clerk.typed(data, {cell: text}))
        found = [(f.code.name, f.severity.value) for f in one.findings if f.code.name in {"S208", "S215", "S203"}]
        assert (told, "info" if told == "S208" else "error") in found
        assert told == "S208" or ("S208", "info") not in found


@pytest.mark.parametrize("text", ["其他情形", "", None])
def test_a_heading_that_is_another_or_none_is_not_read(made: Base, text: str | None) -> None:
    cell = made.heading("三", "row", "三.3.4")
    extra = [("S203", "warning", place(cell))] if text else []
    data = clerk.typed(made.data, {cell: text})
    outside = ("S210", "info", place(cell._replace(col=3)))
    expect(
        made, data, [LABELS, ("S203", "error", place(cell) if text else None), outside, *extra], lost=made.row("三.3.4")
    )


def test_a_column_heading_gone_is_not_read(made: Base) -> None:
    cell = made.heading("三", "column", "法人.商业企业")
    first = Cell(THREE, made.heading("三", "row", "一").row, cell.col)
    found = [LABELS, ("S203", "error", None), ("S210", "info", place(first))]
    expect(made, clerk.typed(made.data, {cell: None}), found, lost=made.column("法人.商业企业"))


def test_one_heading_twice_is_read_in_neither_place(made: Base) -> None:
    """Which of the two rows is meant nobody can say."""
    four, five = made.heading("三", "row", "三.3.4"), made.heading("三", "row", "三.3.5")
    data = clerk.typed(made.data, {four: "5.属于三类内部事务信息"})
    twice = [("S203", "warning", place(cell)) for cell in (four, five)]
    gone, outside = (
        [("S203", "error", place(four)), ("S203", "error", None)],
        ("S210", "info", place(four._replace(col=3))),
    )
    expect(made, data, [LABELS, *gone, *twice, outside], lost=made.row("三.3.4", "三.3.5"))


def test_rows_whose_headings_changed_places_are_read_by_their_headings(made: Base) -> None:
    four, five = made.heading("三", "row", "三.3.4"), made.heading("三", "row", "三.3.5")
    data = clerk.typed(made.data, {four: "5.属于三类内部事务信息", five: "4.保护第三方合法权益"})
    changed = {
        Item("三", a, leaf.id): made.values[Item("三", b, leaf.id)]
        for a, b in (("三.3.4", "三.3.5"), ("三.3.5", "三.3.4"))
        for leaf in made.form.tables["三"].columns.leaves
    }
    expect(made, data, [LABELS, ("S203", "warning", place(five))], changed=changed)


def test_groups_that_changed_places_are_not_read_as_each_other(made: Base) -> None:
    """The columns below 未经复议直接起诉 and 复议后起诉 have the same headings."""
    first = made.heading("四", "column", "行政诉讼.未经复议直接起诉")
    second = made.heading("四", "column", "行政诉讼.复议后起诉")
    data = clerk.typed(made.data, {first: "复议后起诉", second: "未经复议直接起诉"})
    submission, found = returned(data)
    lost = {item for item in made.table("四") if item.column.startswith("行政诉讼")}
    # Two thirds of the table are in doubt, so none of it is read.
    assert {i for i in made.form.items if submission.entry(i).state is State.NOT_FOUND} in (lost, made.table("四"))
    assert [code for code, severity, _ in found if severity == "error"] != []


def test_columns_whose_group_headings_are_gone_are_not_read_as_the_first_group(made: Base) -> None:
    """Both heading rows above the results of the lawsuits deleted: ten headings are left, of three groups."""
    data = clerk.row_deleted(clerk.row_deleted(clerk.without_names(made.data), FOUR, 2), FOUR, 2)
    found = [("S203", "error", f"{FOUR}!F3"), LABELS, ("S210", "info", f"{FOUR}!A4")]  # figures without any heading
    expect(made, data, found, lost=made.table("四"))


# --- formulas, results -------------------------------------------------------------------------------------


@pytest.mark.parametrize("same", [True, False])
def test_a_total_whose_formula_was_overwritten(made: Base, *, same: bool) -> None:
    total = min(computed_items(made.form))
    number = made.values[total] if same else 5
    cell = layout(made.form).cells[total]
    data = clerk.typed(made.data, {cell: number}, over_formulas=True)
    expect(made, data, [("S206", "warning", place(cell))], changed={total: number})


def test_a_stored_result_that_is_stale(made: Base) -> None:
    cell = layout(made.form).cells[min(computed_items(made.form))]
    expect(made, clerk.stored(made.data, *cell, "99"), [("S207", "info", place(cell))])


def test_a_result_is_not_called_stale_while_a_part_is_not_a_number(made: Base) -> None:
    part = next(i for i in made.form.items if i.row == "三.1" and i.column == "自然人")
    data = clerk.typed(made.data, {layout(made.form).cells[part]: "两件"})
    assert returned(data)[1] == []


def test_a_formula_in_an_input_cell(made: Base) -> None:
    item = made.form.items[0]
    cell = layout(made.form).cells[item]
    data = clerk.formula_in(made.data, *cell, "1+1", "2")
    expect(made, data, [("S212", "warning", place(cell))], changed={item: 2})


# --- the cover ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("field", "text"), [("unit", "别的局"), ("unit_code", "0102"), ("period", None)])
def test_another_unit_or_year_than_issued(made: Base, field: str, text: str | None) -> None:
    cell = layout(made.form).cover[field]
    year = YEARS[made.form.edition] - 1  # still of this edition
    expect(made, clerk.typed(made.data, {cell: text or year}), [("S204", "error", place(cell))], cover=False)


@pytest.mark.parametrize("text", [" 某某局 ", "某 某 局"])
def test_the_same_unit_written_a_little_otherwise(made: Base, text: str) -> None:
    cell = layout(made.form).cover["unit"]
    expect(made, clerk.typed(made.data, {cell: text}), [], cover=False)


def test_a_year_of_the_other_edition(made: Base) -> None:
    cell = layout(made.form).cover["period"]
    year = {"2019": 2023, "2021": 2019}[made.form.edition]
    expect(made, clerk.typed(made.data, {cell: year}), [("S201", "error", place(cell))], cover=False)


@pytest.mark.parametrize("text", [None, "", "　"])
def test_the_unit_left_blank(made: Base, text: str | None) -> None:
    cell = layout(made.form).cover["unit"]
    expect(made, clerk.typed(made.data, {cell: text}), [("S205", "error", place(cell))], cover=False)


def test_a_year_that_is_none(made: Base) -> None:
    cell = layout(made.form).cover["period"]
    expect(made, clerk.typed(made.data, {cell: "去年"}), [("S205", "error", place(cell))], cover=False)


# --- another edition pasted in -----------------------------------------------------------------------------


def headings(made: Base, table: str, other: Table, axis: str) -> dict[Cell, str]:
    """The headings of another edition, one by one over ours."""
    ours = made.form.tables[table]
    pairs = zip(
        (ours.rows if axis == "row" else ours.columns).leaves,
        (other.rows if axis == "row" else other.columns).leaves,
        strict=False,
    )
    return {made.heading(table, axis, a.id): b.label for a, b in pairs if a.label != b.label}


@NAMED
@pytest.mark.parametrize("count", [1, 2, 3])
def test_headings_of_the_other_edition_in_a_table(made: Base, count: int, *, named: bool) -> None:
    other = official("2021" if made.form.edition == "2019" else "2019")
    pasted = dict(list(headings(made, "二.一", other.tables["二.一"], "column").items())[:count])
    data = clerk.typed(with_or_without(made, named=named), pasted)
    found = [("S202", "error", place(next(iter(pasted))))]
    expect(made, data, found if named else [*found, POSITIONS], lost=made.table("二.一"))


def test_a_whole_sheet_of_the_2019_form_in_one_of_2021() -> None:
    """The sheet 二 as the office had it in its old file: every table of it is the other edition's."""
    made, old = base("2021"), base("2019")
    mine, theirs = (parts(b.data) for b in (made, old))
    part = clerk.sheet_part(made.data, TWO)
    book = openpyxl.load_workbook(BytesIO(made.data))
    sheet, source = book[TWO], openpyxl.load_workbook(BytesIO(old.data))[TWO]
    for area in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(area))
    for row in range(3, 40):
        for col in range(1, 9):
            sheet.cell(row, col).value = source.cell(row, col).value
    stream = BytesIO()
    book.save(stream)
    assert part in mine
    assert theirs.keys() >= {part}
    submission, found = returned(stream.getvalue())
    lost = {item for item in made.form.items if submission.entry(item).state is State.NOT_FOUND}
    assert [told for told in found if told[0] == "S202"] == [("S202", "error", f"{TWO}!B4")]
    assert lost == made.table("二.一", "二.五", "二.六", "二.八")
    for item in made.form.items:
        assert item in lost or submission.entry(item).computed or submission.value(item) == made.values[item]


@NAMED
def test_table_three_of_2019_in_a_form_of_2021(*, named: bool) -> None:
    """All its headings are ours too, but three: read by their headings, the three are missing."""
    made, old = base("2021"), base("2019")
    changes: dict[Cell, object] = {}
    for sheet in layout(made.form).sheets:
        if sheet.name == THREE:
            changes |= {Cell(THREE, p.row, p.col): None for p in sheet.placed if p.col < 3 and p.row > 4}
    for sheet in layout(old.form).sheets:
        if sheet.name == THREE:
            changes |= {Cell(THREE, p.row, p.col): p.text for p in sheet.placed if p.col < 3 and p.row > 4}
            changes |= {Cell(THREE, p.row, p.col): old.values[p.item] for p in sheet.placed if p.item}
    last = layout(old.form).area("三")[3]
    changes |= {Cell(THREE, last + n, col): None for n in (1, 2) for col in range(3, 10)}
    data = clerk.typed(with_or_without(made, named=named), changes, over_formulas=True)
    submission, found = returned(data)
    lost = {item for item in made.form.items if submission.entry(item).state is State.NOT_FOUND}
    assert lost == made.row("三.6.1", "三.6.2", "三.6.3")
    for item in made.table("三") - lost:
        assert submission.value(item) == old.values[item], item
    assert found.count(("S203", "error", None)) == 3
    assert LABELS in found


# --- beside the form ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sheet", "row", "col", "content"),
    [(THREE, 10, 13, "说明"), (THREE, 40, 1, 7), (TWO, 30, 1, "注：以上数字含下属单位"), (FOUR, 9, 1, 0)],
)
def test_content_outside_the_form(made: Base, sheet: str, row: int, col: int, content: object) -> None:
    data = clerk.typed(made.data, {(sheet, row, col): content})
    told: list[Told] = [("S210", "info", place(Cell(sheet, row, col)))]
    expect(made, data, told)
    renamed = [(code, severity, where and where.replace(sheet, "改名")) for code, severity, where in told]
    expect(made, clerk.renamed(data, sheet, "改名"), renamed)


# --- macros ------------------------------------------------------------------------------------------------


def with_macros(data: bytes) -> bytes:
    """As Excel saves it with a macro: another content type, and the macros in a part of their own."""
    plain = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    content = parts(data)
    content["[Content_Types].xml"] = (
        content["[Content_Types].xml"]
        .replace(plain, b"application/vnd.ms-excel.sheet.macroEnabled.main+xml")
        .replace(b"</Types>", b'<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>')
    )
    content["xl/_rels/workbook.xml.rels"] = content["xl/_rels/workbook.xml.rels"].replace(
        b"</Relationships>",
        b'<Relationship Id="rIdMacros" Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject"'
        b' Target="vbaProject.bin"/></Relationships>',
    )
    content["xl/vbaProject.bin"] = bytes(range(256)) * 4
    return packed(content)


def test_a_workbook_with_macros_stays_one(made: Base, tmp_path: Path) -> None:
    source = tmp_path / "表.xlsm"
    source.write_bytes(with_macros(clerk.typed(made.data, {layout(made.form).cells[made.form.items[0]]: 5})))
    answer = json.loads(run("check", str(source), "--format", "json", expect=1))
    target = Path(answer["files"][0]["annotated"])
    assert target.name == "表.checked.xlsm"
    before, after = parts(source.read_bytes()), parts(target.read_bytes())
    assert after["xl/vbaProject.bin"] == before["xl/vbaProject.bin"]
    assert b"macroEnabled" in after["[Content_Types].xml"]
    again = json.loads(run("check", str(target), "--format", "json", "--no-annotate", expect=1))
    told = [{key: of[key] for key in of if key not in {"since", "explanation"}} for of in again["files"][0]["findings"]]
    assert told == answer["files"][0]["findings"]
    data = tmp_path / "more.csv"
    data.write_text(f"table,row,column,value\n二.一,规章,{made.form.items[0].column},6\n", "utf-8")
    filled = tmp_path / "填.xlsm"
    run("fill", str(source), str(data), "-o", str(filled))
    assert parts(filled.read_bytes())["xl/vbaProject.bin"] == before["xl/vbaProject.bin"]
    with zipfile.ZipFile(filled) as package:
        assert b"macroEnabled" in package.read("[Content_Types].xml")


@pytest.mark.parametrize(("sheet", "kind"), [(COVER_SHEET, "sheet-gone"), (TEXT, "sheet-gone")])
def test_a_sheet_without_tables_that_is_gone_is_told(made: Base, sheet: str, kind: str) -> None:
    book = openpyxl.load_workbook(BytesIO(made.data))
    del book[sheet]
    out = BytesIO()
    book.save(out)
    found = examine(Path("a.xlsx"), data=out.getvalue()).findings
    (gone,) = [f for f in found if f.facts.get("kind") == kind]
    assert (gone.code.name, gone.severity.value, gone.facts["label"]) == ("S203", "warning", sheet)


def test_a_line_of_the_cover_that_is_gone_is_told(made: Base) -> None:
    book = openpyxl.load_workbook(BytesIO(made.data))
    row = layout(made.form).cover["unit"].row + 1
    del book.defined_names["xlr_cover_unit"]
    for column in "BC":
        book[COVER_SHEET][f"{column}{row}"] = None
    out = BytesIO()
    book.save(out)
    found = examine(Path("a.xlsx"), data=out.getvalue()).findings
    (gone,) = [f for f in found if f.facts.get("kind") == "line-gone"]
    assert (gone.severity.value, gone.facts["label"]) == ("warning", "填报单位")
