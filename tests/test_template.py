"""The workbooks we make, read back by openpyxl: an eye that is not ours."""

from __future__ import annotations

import html
import io
import json
import re
import subprocess
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from commands import xlreport
from libreoffice import convert

from xlreport.catalog import find_form
from xlreport.form.definition import read_yaml
from xlreport.form.evaluate import computed_items
from xlreport.form.layout import COVER_SHEET, PANEL_SHEET, Part, layout
from xlreport.form.load import load
from xlreport.form.model import Form
from xlreport.form.table import Fill, Item
from xlreport.rules.formula import letters
from xlreport.workbook import paper
from xlreport.workbook.book import read_book
from xlreport.workbook.container import Container
from xlreport.workbook.formulas import LONGEST
from xlreport.workbook.identity import (
    MARKER_SHEET,
    Identity,
    cover_name,
    digest,
    identities,
    identity_of,
    names,
    printed,
    section_name,
    table_name,
)
from xlreport.workbook.live import live_cells
from xlreport.workbook.panel import panel
from xlreport.workbook.table_sheets import column_widths
from xlreport.workbook.template import Issue, make

EDITIONS = ("2019", "2021")
ISSUE = Issue("某某局", "0101", "县级部门", 2020, "7", {"filled_by": "甲", "telephone": "0512"})
# What Excel 2010, WPS and LibreOffice all have, and take without a prefix in the file.
SHARED = {"IF", "IFERROR", "AND", "OR", "SUM", "COUNT", "COUNTA", "COUNTIF", "COUNTIFS", "ROUND", "ABS", "ROW", "N"}
SHARED |= {"INDEX", "LEFT", "ISNUMBER", "SUMPRODUCT", "ISTEXT", "ISLOGICAL", "ISERROR", "FIND"}
SHARED |= {"UPPER", "TRIM", "SUBSTITUTE"}

SMALL = """
form: small
edition: "1"
title: 小表
tables:
  甲:
    title: 甲表
    rows: [{a: 一}, {b: 二}, {合计: {total: formula}}]
    columns: [数, {额: {type: {amount: 元, decimals: 2}}}]
    blocked: [a@额]
    rules:
      - a@数 > 0 => b@数 > 0 且 b@额 > 0
  乙:
    title: 乙表
    unlabelled: true
    rows: [数]
    columns: [这是一个特别特别长的栏目名称需要折成好几行才能放得下, 无]
levels: [LEVELS]
"""


def form_of(edition: str) -> Form:
    return find_form(f"zfxxgk-annual@{edition}")


def small(levels: str = "甲, 乙") -> Form:
    text = SMALL.replace("LEVELS", levels)
    return load(read_yaml(text, "small.yaml"), "small.yaml", text)


def opened(data: bytes, *, data_only: bool = False) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data), data_only=data_only)


def our_book(data: bytes) -> Any:
    return read_book(Container(Path("form.xlsx"), data))


@pytest.fixture(params=EDITIONS)
def form(request: pytest.FixtureRequest) -> Form:
    return form_of(request.param)


def test_the_grid_is_the_official_one_merges_and_all(form: Form) -> None:
    book = opened(make(form))
    for sheet in layout(form).sheets:
        merged = {str(area) for area in book[sheet.name].merged_cells.ranges}
        for cell in sheet.placed:
            last = f"{letters(cell.col + cell.colspan - 1)}{cell.row + cell.rowspan}"
            first = f"{letters(cell.col)}{cell.row + 1}"
            assert (f"{first}:{last}" in merged) == (first != last), (sheet.name, first)
            if cell.item is None:
                assert (book[sheet.name][first].value or "") == cell.text


def test_every_printed_text_stands_where_the_digest_says(form: Form) -> None:
    book = opened(make(form, ISSUE))
    for cell, text in printed(form, layout(form)):
        assert (book[cell.sheet].cell(cell.row + 1, cell.col + 1).value or "") == text


def test_blank_stays_blank_and_never_becomes_zero(form: Form) -> None:
    book = opened(make(form), data_only=True)
    for cell in layout(form).cells.values():
        assert book[cell.sheet].cell(cell.row + 1, cell.col + 1).value is None, cell


@pytest.mark.parametrize("totals", [None, *Fill])
def test_only_computed_totals_and_labels_are_locked(form: Form, totals: Fill | None) -> None:
    book, computed = opened(make(form, totals=totals)), computed_items(form, totals)
    for sheet in layout(form).sheets:
        assert book[sheet.name].protection.sheet
        assert book[sheet.name].protection.password is None
        assert not book[sheet.name].protection.formatRows
        assert not book[sheet.name].protection.formatColumns
        for placed in sheet.placed:
            cell = book[sheet.name].cell(placed.row + 1, placed.col + 1)
            assert cell.protection.locked == (placed.item is None or placed.item in computed)
            assert (cell.data_type == "f") == (placed.item in computed)


def test_typed_totals_look_unlike_inputs_and_unlike_formulas(form: Form) -> None:
    book = opened(make(form))
    fills: dict[str, set[str]] = {"input": set(), "total": set(), "formula": set()}
    for sheet in layout(form).sheets:
        for placed in sheet.placed:
            if placed.item is not None:
                kind = "formula" if form.computed(placed.item) else placed.part.value
                fills[kind].add(book[sheet.name].cell(placed.row + 1, placed.col + 1).fill.fgColor.rgb)
    assert [len(colours) for colours in fills.values()] == [1, 1, 1]
    assert len(set.union(*fills.values())) == 3


def test_every_typed_cell_is_validated_in_words_that_excel_accepts(form: Form) -> None:
    book, computed = opened(make(form)), computed_items(form)
    for sheet in layout(form).sheets:
        validations = book[sheet.name].data_validations.dataValidation
        for placed in sheet.placed:
            if placed.item is not None:
                found = [v for v in validations if f"{letters(placed.col)}{placed.row + 1}" in v.sqref]
                assert len(found) == (placed.item not in computed), placed
    for sheet in book:
        for validation in sheet.data_validations.dataValidation:
            assert 0 < len(validation.promptTitle) <= 32
            assert 0 < len(validation.prompt) <= 255
            assert validation.type is None or 0 < len(validation.error) <= 255
            assert len(validation.formula1 or "") <= 257


def test_amounts_take_decimals_and_changes_take_negatives() -> None:
    def kinds(form: Form, table: str) -> set[tuple[str, str]]:
        name = layout(form).sheet_of(table).name
        return {(v.type, v.operator) for v in opened(make(form))[name].data_validations.dataValidation}

    assert kinds(form_of("2021"), "二.八") == {("whole", "greaterThanOrEqual"), ("decimal", "greaterThanOrEqual")}
    assert ("whole", "between") in kinds(form_of("2019"), "二.五") | {("whole", "between")}


def test_values_are_written_exactly_and_texts_as_texts(form: Form) -> None:
    items = [item for item in form.items if not form.is_total(item)]
    values: dict[Item, Any] = {
        items[0]: 11398889,
        items[1]: "251000元",
        items[2]: "=1+1",
        items[3]: Decimal("59237.2449"),
    }
    values[items[4]] = 0
    values[items[5]] = ""
    book = opened(make(form, values=values))
    cells = [book[c.sheet].cell(c.row + 1, c.col + 1) for c in (layout(form).cells[item] for item in items[:6])]
    assert [cell.value for cell in cells] == [11398889, "251000元", "=1+1", 59237.2449, 0, None]
    assert [cell.data_type for cell in cells] == ["n", "s", "s", "n", "n", "n"]
    data = make(form, values=values)
    assert b"59237.2449</v>" in b"".join(_parts(data, "xl/worksheets/sheet"))


def test_a_total_given_otherwise_than_its_parts_add_up_is_written_as_given(form: Form) -> None:
    total = next(item for item in form.items if form.computed(item))
    parts = form.computed(total)
    cell = layout(form).cells[total]
    for given, kept in ((3, "f"), (4, "n"), ("三", "s")):
        values: dict[Item, Any] = {parts[0]: 1, parts[1]: 2, total: given}
        found = opened(make(form, values=values))[cell.sheet].cell(cell.row + 1, cell.col + 1)
        assert found.data_type == kept
        assert kept == "f" or found.value == given


def test_equal_input_makes_equal_bytes(form: Form) -> None:
    assert make(form, ISSUE) == make(form, ISSUE)
    assert make(form, ISSUE) != make(form)


def test_a_template_of_no_unit_names_no_unit_and_no_machine(form: Form) -> None:
    parts = b"".join(_parts(make(form), ""))
    assert b"2000-01-01T00:00:00Z" in parts
    assert b"<dc:creator></dc:creator>" in parts or b"<dc:creator/>" in parts


def test_a4_one_page_wide_with_titles_and_footer(form: Form) -> None:
    book = opened(make(form, Issue("甲&乙局")))
    for sheet in layout(form).sheets:
        page = book[sheet.name]
        assert page.page_setup.paperSize == 9
        assert (
            page.page_setup.orientation == ("landscape" if sheet.plan.landscape else None) or not sheet.plan.landscape
        )
        assert (page.page_setup.fitToWidth or 1, page.page_setup.fitToHeight) == (1, 0)
        assert page.sheet_properties.pageSetUpPr.fitToPage
        assert form.number in page.oddFooter.left.text
        assert "&P" in page.oddFooter.center.text.replace("&amp;", "&")
        assert page.freeze_panes
        bottom = f"${letters(sheet.width - 1 if sheet.plan.tables else 7)}${sheet.bottom}"
        assert page.print_area.endswith(f"$A$1:{bottom}")
    long = layout(form).sheet_of("三").name
    assert book[long].print_title_rows == "$1:$5"
    assert book[PANEL_SHEET].print_title_rows == "$4:$4"


def test_no_function_that_the_programs_do_not_share(form: Form) -> None:
    for made in (make(form), make(small())):
        for text in b"".join(_parts(made, "xl/worksheets/sheet")).decode().split("<")[1:]:
            name, _, formula = text.partition(">")
            if re.match(r"(f|formula|formula1|formula2)\b", name):
                bare = re.sub(r"&quot;|\"[^\"]*\"", "", formula)
                assert set(re.findall(r"([A-Za-z_.]+)\(", bare)) <= SHARED
                assert len(formula) < 8192


def test_each_breach_colours_exactly_its_cells(form: Form) -> None:
    checks = panel(form, layout(form))
    book = opened(make(form))
    for sheet in layout(form).sheets:
        rules = {}
        for area in book[sheet.name].conditional_formatting:
            for rule in area.rules:
                if "xlr_results" in rule.formula[0]:
                    rules[int(re.search(r",(\d+)\)", rule.formula[0])[1])] = area.sqref
        wanted = {check.row - 3: check for check in checks.checks if any(c.sheet == sheet.name for c in check.cells)}
        assert rules.keys() == wanted.keys()
        for number, check in wanted.items():
            cells = {f"{letters(c.col)}{c.row + 1}" for c in check.cells if c.sheet == sheet.name}
            merged = book[sheet.name].merged_cells.ranges
            covered = {address for area in rules[number].ranges for row in area.rows for address in _names(row)}
            hidden = {a for m in merged for row in m.rows for a in _names(row)} - {
                m.coord.split(":")[0] for m in merged
            }
            assert covered - hidden == cells


def test_the_panel_lists_every_rule_that_needs_no_other_report(form: Form) -> None:
    sheet = opened(make(form), data_only=True)[PANEL_SHEET]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5, max_col=10)]
    wanted = [r.id for r in form.rules if not r.prior for _ in r.bound.keys]
    assert sorted(row[1] for row in rows) == sorted(wanted)
    assert {row[7] for row in rows} == {"○"}
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
    assert "与上年报告比较" in sheet["A3"].value
    assert sheet.auto_filter.ref == f"A4:J{len(rows) + 4}"


def test_a_broken_balance_is_told_with_its_numbers() -> None:
    form = form_of("2021")
    row = [item for item in form.items if (item.table, item.row) == ("三", "一")]
    values = dict.fromkeys(row, 0) | {row[0]: 3, row[-1]: 1}
    live = live_cells(form, layout(form), computed_items(form), values, {})
    told = {one.cell: one.result for one in live}
    assert "× 各项之和 3，总计 1，差 2　" in told.values()
    book = opened(make(form, values=values), data_only=True)
    assert book["三、依申请公开"]["L6"].value == "× 各项之和 3，总计 1，差 2　"
    assert book["三、依申请公开"]["L1"].value.startswith("× ")


def test_identity_is_read_back_from_every_place(form: Form) -> None:
    data = make(form, ISSUE, totals=Fill.TYPED)
    wanted = Identity(
        form.id, form.edition, "某某局", "0101", "县级部门", 2020, "7", "typed", digest(form, layout(form))
    )
    book = our_book(data)
    assert identity_of(book) == (wanted, "properties")
    found = dict(identities(book, [form]))
    assert list(found) == ["properties", "sheet", "names", "number"]
    assert found["sheet"] == wanted
    assert found["names"] == Identity(form.id, form.edition, "某某局", "0101", "县级部门", 2020)
    assert (found["number"].form, found["number"].edition) == (form.id, form.edition)


def test_a_strange_workbook_has_no_identity(tmp_path: Path) -> None:
    path = tmp_path / "strange.xlsx"
    book = openpyxl.Workbook()
    book.active["A1"] = "表号：不是我们的"
    book.save(path)
    assert identity_of(read_book(Container.open(path)), [form_of("2019"), form_of("2021")]) == (None, "none")


def test_names_point_at_the_whole_data_area(form: Form) -> None:
    plan, book = layout(form), our_book(make(form))
    for name, target in names(form, plan).items():
        assert book.names[name] == target
        assert re.fullmatch(r"xlr_[A-Za-z0-9_]+", name)
    assert len({name.casefold() for name in book.names}) == len(book.names)
    assert table_name(form, "三") == "xlr_t_t3"
    assert cover_name("unit") == "xlr_cover_unit"
    assert section_name(form, "五") == "xlr_s_2"
    assert cover_name("填表人") == "xlr_cover__586b__8868__4eba_"


def test_hidden_sheet_is_hidden_but_can_be_shown(form: Form) -> None:
    book = opened(make(form))
    assert book[MARKER_SHEET].sheet_state == "hidden"
    assert [s.title for s in book if s.sheet_state == "visible"] == [
        COVER_SHEET, *(s.name for s in layout(form).sheets), PANEL_SHEET,
    ]  # fmt: skip


def test_a_list_of_levels_too_long_for_a_validation_stands_on_the_hidden_sheet() -> None:
    many = [f"很长很长的单位层级名称{i}" for i in range(40)]
    text = SMALL.replace("LEVELS", ", ".join(many)) + "cover: [unit, period, {level: {label: 单位层级}}]\n"
    form = load(read_yaml(text, "small.yaml"), "small.yaml", text)
    book = opened(make(form))
    sources = [v.formula1 for v in book[COVER_SHEET].data_validations.dataValidation if v.type == "list"]
    assert sources == ["'_xlreport'!$D$1:$D$40"]
    assert [book[MARKER_SHEET].cell(i + 1, 4).value for i in range(40)] == many


def test_a_form_without_any_adornment_is_made_too() -> None:
    form = small()
    book = opened(make(form, Issue("甲", period=2024)))
    assert book.sheetnames == ["封面", "甲表", "乙表", "勾稽检查", "_xlreport"]
    assert book["乙表"].row_dimensions[3].height > 30


def test_what_xlsxwriter_refuses_is_an_error() -> None:
    with pytest.raises(paper.RefusedError):
        make(form_of("2021"), sections={"一": "字" * 40000})


@pytest.mark.libreoffice
def test_no_label_is_cut_off(form: Form, tmp_path: Path) -> None:
    """LibreOffice finds the height that each label needs in a cell as wide as ours; ours is at least that."""
    import xlsxwriter

    cases, path = [], tmp_path / "labels.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    made = opened(make(form))
    for plan in layout(form).sheets:
        widths = column_widths(form, plan)
        for placed in plan.placed:
            if placed.part is Part.LABEL and placed.text:
                rows = range(placed.row + 1, placed.row + placed.rowspan + 1)
                height = sum(made[plan.name].row_dimensions[row].height for row in rows)
                style = made[plan.name].cell(placed.row + 1, placed.col + 1)
                look = {"font_name": style.font.name, "font_size": style.font.size, "bold": bool(style.font.bold)}
                width = sum(widths[placed.col : placed.col + placed.colspan])
                at = len(cases)
                # One row and one column each: a height that only this label decides.
                sheet.set_column(at, at, width)
                indent = int(style.alignment.indent or 0)
                sheet.write_string(at, at, placed.text, book.add_format(look | {"text_wrap": True, "indent": indent}))
                cases.append((placed.text, height))
    book.close()
    result = openpyxl.load_workbook(convert(path, "xlsx", tmp_path / "out")).active
    clipped = [
        (text, height, result.row_dimensions[i + 1].height)
        for i, (text, height) in enumerate(cases)
        if (result.row_dimensions[i + 1].height or 0) > height
    ]
    assert clipped == []


def _parts(data: bytes, prefix: str) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [archive.read(name) for name in archive.namelist() if name.startswith(prefix)]


def _names(row: Any) -> list[str]:
    return [f"{letters(col - 1)}{number}" for number, col in row]


def formulas_of(data: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        sheets = [package.read(name).decode() for name in package.namelist() if "worksheets/sheet" in name]
    return [html.unescape(found) for sheet in sheets for found in re.findall(r"<f>([^<]*)</f>", sheet)]


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("totals", [None, Fill.FORMULA, Fill.TYPED])
def test_no_formula_is_longer_than_excel_takes(edition, totals):
    assert max(map(len, formulas_of(make(form_of(edition), ISSUE, totals=totals)))) < 7_000


def test_a_relation_too_long_for_a_formula_is_left_to_us():
    rows = ", ".join(f"项{n}" for n in range(90))
    text = f"""
form: long
edition: "1"
title: 长表
tables:
  甲:
    title: 甲表
    rows: [{rows}, {{合计: {{total: typed}}}}]
    columns: [子, 丑, 寅, {{计: {{total: typed}}}}]
"""
    form = load(read_yaml(text, "long.yaml"), "long.yaml", text)
    data = make(form, None)
    assert max(map(len, formulas_of(data))) <= LONGEST
    sheets = {sheet.name: sheet for sheet in read_book(Container(Path("a.xlsx"), data)).sheets}
    panel = sheets[PANEL_SHEET].cells.values()
    assert sum("由 xlreport 核对" in cell.text for cell in panel) == 1  # the column of row totals, each with its parts


LONG = "".join(f"{n}号事项主动公开各类信息，及时回应社会关切，推进重点领域信息公开。" for n in range(100, 170))


@pytest.mark.libreoffice
def test_a_long_text_is_printed_whole(tmp_path: Path):
    """2,500 characters: twice what the highest row of a sheet shows."""
    (tmp_path / "d.json").write_text(json.dumps({"sections": {"一": LONG, "五": "无"}}), encoding="utf-8")
    about = ["--period", "2024", "--unit", "某某局"]
    assert xlreport("fill", "zfxxgk-annual", "d.json", *about, "-o", "a.xlsx", at=tmp_path).code == 0
    printed = convert(tmp_path / "a.xlsx", "pdf", tmp_path / "out")
    text = subprocess.run(["pdftotext", printed, "-"], capture_output=True, check=True, text=True).stdout
    assert set(re.findall(r"(\d+)号事项主动公开", "".join(text.split()))) == {str(n) for n in range(100, 170)}
