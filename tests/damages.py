"""What sixty departments do to a filled form, one damage at a time: the deed, and what a reader must make of it.

Every deed is done as a program does it that rewrites the workbook (openpyxl: no stored results, no rich parts left),
and where Excel would only have touched a few bytes also to the package itself (clerk). What is expected says which
items may be read, with which value; everything else must be as it was filled in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from io import BytesIO
from typing import Any, NamedTuple

import clerk
import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Font
from pens import packed, parts
from submissions import official

from xlreport.form.evaluate import computed_items, evaluate
from xlreport.form.layout import COVER_SHEET, Cell, layout
from xlreport.form.model import Form
from xlreport.form.table import Item
from xlreport.rules.nodes import Number
from xlreport.workbook.address import cell_name, column_letters, parse_range
from xlreport.workbook.identity import MARKER_SHEET
from xlreport.workbook.template import Issue, make

EDITIONS = ("2019", "2021")
YEARS = {"2019": 2020, "2021": 2024}
TWO, THREE, FOUR, TEXT = "二、主动公开", "三、依申请公开", "四、复议诉讼", "文字部分"
UNREAD = "unread"  # no number may be read there: words, an error, or no certain place


class Filled(NamedTuple):
    """A filled form in which no two cells hold the same number: a value from another place shows."""

    form: Form
    data: bytes
    values: Mapping[Item, Number]

    def at(self, item: Item) -> Cell:
        return layout(self.form).cells[item]

    def heading(self, table: str, axis: str, key: str) -> Cell:
        found = [(s.name, p) for s in layout(self.form).sheets for p in s.placed if p.heading == (table, axis, key)]
        ((sheet, placed),) = found
        return Cell(sheet, placed.row, placed.col)

    def area(self, table: str) -> tuple[int, int, int, int]:
        return layout(self.form).area(table)[1:]

    def row(self, *rows: str, table: str = "三") -> set[Item]:
        return {item for item in self.form.items if item.table == table and item.row in rows}

    def column(self, *columns: str, table: str = "三") -> set[Item]:
        return {item for item in self.form.items if item.table == table and item.column in columns}

    def on(self, *sheets: str) -> set[Item]:
        return {item for item in self.form.items if self.at(item).sheet in sheets}


KEPT: dict[tuple[str, str], Filled] = {}


def filled(edition: str, unit: str = "某某局", *, first: int = 1000, year: int | None = None) -> Filled:
    """A form of an edition, filled in for a unit."""
    key = edition, f"{unit}{first}{year}"
    if key not in KEPT:
        form = official(edition)
        computed = computed_items(form)
        values = {item: first + n for n, item in enumerate(form.items) if item not in computed}
        issue = Issue(unit, "0101", "县级部门", year or YEARS[edition], "7")
        data = make(form, issue, values=values, sections={name: f"{name}　文字" for name in form.sections})
        results = evaluate(form, values, (), computed)
        KEPT[key] = Filled(form, data, {item: results.numbers[form.index[item]] for item in form.items})
    return KEPT[key]


class Damage(NamedTuple):
    """One thing done to a workbook.

    `said` are codes, with the kind of a change of structure behind a stroke, that must be among what is told; none:
    the workbook is accepted without a word about itself. `lost` items are not read at all, `changed` ones hold
    something else than was filled in. A damage that is not `exact` may lose more, but never reads a wrong value.
    """

    name: str
    deed: Callable[[Filled, bytes], bytes]
    said: Collection[str] = ()
    lost: Callable[[Filled], Collection[Item]] = lambda _: ()
    changed: Callable[[Filled], Mapping[Item, Number | str | None]] = lambda _: {}
    exact: bool = True
    only: str = ""  # an edition


def rewritten(change: Callable[[Any, Filled], None]) -> Callable[[Filled, bytes], bytes]:
    """A deed as a program does it that loads the workbook, changes it and saves it."""

    def deed(made: Filled, data: bytes) -> bytes:
        book = openpyxl.load_workbook(BytesIO(data))
        change(book, made)
        stream = BytesIO()
        book.save(stream)
        return stream.getvalue()

    return deed


def in_package(change: Callable[[str], str], sheet: str) -> Callable[[Filled, bytes], bytes]:
    """A deed on the XML of one sheet."""

    def deed(_: Filled, data: bytes) -> bytes:
        part = clerk.sheet_part(data, sheet)
        return clerk.edited(data, lambda at, text: change(text) if at == part else text)

    return deed


def apart(sheet: Any, area: str | None = None) -> None:
    """Take merged cells apart, all of a sheet or those that touch an area."""
    for merged in list(sheet.merged_cells.ranges):
        if area is None or not merged.isdisjoint(openpyxl.worksheet.cell_range.CellRange(area)):
            sheet.unmerge_cells(str(merged))


def moved(sheet: Any, area: str, *, rows: int = 0, cols: int = 0) -> None:
    """Cut and paste: openpyxl moves values, formulas as they stand."""
    apart(sheet, area)
    sheet.move_range(area, rows=rows, cols=cols)


def cells_shifted(book: Any, sheet: str, row: int, col: int, by: int) -> None:
    """One cell of a row taken out (-1) or put in (1): names and input checks go with those right of it."""
    grid = book[sheet]
    apart(grid, f"{cell_name(row, 0)}:{cell_name(row, 40)}")
    last = grid.max_column
    for at in range(col, last) if by < 0 else range(last, col, -1):
        _taken_over(grid.cell(row + 1, at + 1), grid.cell(row + 1, at + 1 - by))
    if by > 0:
        grid.cell(row + 1, col + 1).value = None
    for check in grid.data_validations.dataValidation:
        cells = {cell for area in check.sqref.ranges for cell in area.cells}
        kept = {
            (r, c + by) if r == row + 1 and c > col else (r, c)
            for r, c in cells
            if by > 0 or (r, c) != (row + 1, col + 1)
        }
        check.sqref = openpyxl.worksheet.cell_range.MultiCellRange(" ".join(cell_name(r - 1, c - 1) for r, c in kept))
    for defined in book.defined_names.values():
        found = parse_range(defined.attr_text)
        if found is not None and found[0] == sheet and found[1].first_row == found[1].last_row == row:
            first, end = (
                at + by if at > col or (by > 0 and at == col) else at for at in (found[1].first_col, found[1].last_col)
            )
            defined.attr_text = f"'{sheet}'!${column_letters(first)}${row + 1}:${column_letters(end)}${row + 1}"


def _taken_over(cell: Any, other: Any) -> None:
    cell.value = None if isinstance(cell, openpyxl.cell.cell.MergedCell) else other.value


# --- rows, columns, sheets ---------------------------------------------------------------------------------

DATA_TOP = {"2019": 5, "2021": 5}  # 0-based first data row of table three


def lines() -> Iterator[Damage]:
    """Rows and columns put in, taken out, moved, hidden."""
    for sheet in (TWO, THREE, FOUR):
        yield Damage(f"行-{sheet}-上方空行", lambda _, d, s=sheet: clerk.row_inserted(d, s, 2), ("S203/shifted-row",))
        yield Damage(f"行-{sheet}-最上空行", lambda _, d, s=sheet: clerk.row_inserted(d, s, 0), ("S203/shifted-row",))
        yield Damage(
            f"列-{sheet}-左侧空列", lambda _, d, s=sheet: clerk.column_inserted(d, s, 0), ("S203/shifted-column",)
        )
    yield Damage(
        "行-三-中间空行",
        lambda m, d: clerk.row_inserted(d, THREE, m.heading("三", "row", "三.3.4").row),
        ("S203/shifted-row", "S211"),
    )
    yield Damage(
        "行-三-小计行",
        lambda m, d: clerk.typed(
            clerk.row_inserted(d, THREE, m.heading("三", "row", "三.4.1").row, [(2, "小计")]),
            {(THREE, m.heading("三", "row", "三.4.1").row, c): 9000 + c for c in range(3, 10)},
        ),
        ("S203/inserted", "S210"),
    )
    yield Damage(
        "行-三-再一个总计行",
        lambda m, d: clerk.row_inserted(d, THREE, m.heading("三", "row", "三.7").row, [(1, "（七）总计")]),
        ("S203/missing",),
        lost=lambda m: m.row("三.7"),
        exact=False,
    )
    for key in ("一", "三.2", "三.3.5", "三.7", "四"):
        yield Damage(
            f"行-三-删去-{key}",
            lambda m, d, k=key: clerk.row_deleted(d, THREE, m.heading("三", "row", k).row),
            ("S203/missing",),
            lost=lambda m, k=key: m.row(k),
        )
    for key in ("自然人", "法人.科研机构", "总计"):
        yield Damage(
            f"列-三-删去-{key}",
            lambda m, d, k=key: clerk.column_deleted(d, THREE, m.heading("三", "column", k).col),
            ("S203/missing",),
            lost=lambda m, k=key: m.column(k),
        )
    yield Damage(
        "列-三-小计列",
        lambda m, d: clerk.column_inserted(
            d, THREE, m.heading("三", "column", "总计").col, [(m.heading("三", "column", "总计").row + 1, "法人小计")]
        ),
        ("S203/inserted",),
        exact=False,
    )
    for name, put in (
        ("上年数", {col: 50 + col for col in range(15)}),
        ("单位", dict.fromkeys(range(15), "件")),
        ("一格", {0: 5}),
        ("文字数", {col: str(50 + col) for col in range(15)}),
        ("合计平", {4: 0, 0: 1, 9: 0}),
    ):
        yield Damage(
            f"行-四-数据行上插一行{name}",
            lambda m, d, p=put: clerk.typed(
                clerk.row_inserted(d, FOUR, m.area("四")[0]), {(FOUR, m.area("四")[0], c): v for c, v in p.items()}
            ),
            ("S203/shifted-row", "S203/inserted"),
        )
    yield Damage(
        "行-四-插一行填本年数原行空",
        lambda m, d: _four_moved_up(m, clerk.row_inserted(d, FOUR, m.area("四")[0])),
        ("S203/two-rows",),
        lost=lambda m: m.on(FOUR),
    )
    yield Damage(
        "行-四-没有名称又两行数",
        lambda m, d: _bare(
            m,
            clerk.typed(
                clerk.row_inserted(d, FOUR, m.area("四")[0]), {(FOUR, m.area("四")[0], c): 50 + c for c in range(15)}
            ),
        ),
        ("S203/two-rows",),
        lost=lambda m: m.on(FOUR),
    )
    yield Damage("列-四-中间空列", lambda _, d: clerk.column_inserted(d, FOUR, 7), ("S203/shifted-column", "S211"))
    yield Damage(
        "行-二-表间空行",
        lambda m, d: clerk.row_inserted(d, TWO, m.area("二.五")[0] - 2),
        ("S203/shifted-row",),
    )
    hidden = re.compile(r'<row r="9"')
    yield Damage(
        "行-三-隐藏", in_package(lambda t: hidden.sub('<row r="9" hidden="1"', t), THREE), ("S203/hidden-rows",)
    )
    yield Damage("行-三-隐藏(重写)", rewritten(_hide_row), ("S203/hidden-rows",))
    yield Damage("列-三-隐藏", rewritten(_hide_column), ("S203/hidden-columns",))
    yield Damage("列-二-隐藏", rewritten(_hide_column_two), ("S203/hidden-columns",))
    yield Damage(
        "行-三-库插入空行", rewritten(lambda b, _: b[THREE].insert_rows(10)), ("S203/shifted-row",), exact=False
    )
    yield Damage("行-三-库删去一行", rewritten(lambda b, _: b[THREE].delete_rows(12)), ("S203/missing",), exact=False)
    yield Damage(
        "列-三-库插入空列", rewritten(lambda b, _: b[THREE].insert_cols(6)), ("S203/shifted-column",), exact=False
    )
    yield Damage("列-三-库删去一列", rewritten(lambda b, _: b[THREE].delete_cols(7)), ("S203/missing",), exact=False)
    yield Damage("行-二-库插入空行", rewritten(lambda b, _: b[TWO].insert_rows(6)), ("S203",), exact=False)
    yield Damage("行-三-倒序", rewritten(_reversed_rows), ("S203/moved",))
    yield Damage("行-三-剪切一行到末尾", rewritten(_row_to_the_end), ("S203/moved",), exact=False)
    yield Damage("列-三-剪切一列", rewritten(_columns_swapped), ("S203/moved",))


def _four_moved_up(made: Filled, data: bytes) -> bytes:
    """The figures typed into the new row, those below it erased."""
    row = made.area("四")[0]
    items = [item for item in made.on(FOUR) if item not in computed_items(made.form)]
    data = clerk.typed(data, {(FOUR, row, made.at(item).col): made.values[item] for item in items})
    return clerk.typed(data, {(FOUR, row + 1, made.at(item).col): None for item in items})


def _hide_row(book: Any, made: Filled) -> None:
    book[THREE].row_dimensions[9].hidden = True


def _hide_column(book: Any, made: Filled) -> None:
    book[THREE].column_dimensions["F"].hidden = True


def _hide_column_two(book: Any, made: Filled) -> None:
    book[TWO].column_dimensions["C"].hidden = True


def _reversed_rows(book: Any, made: Filled) -> None:
    """Sorted downwards: the eight reasons of a group, with their figures."""
    sheet = book[THREE]
    top = made.heading("三", "row", "三.3.1").row + 1
    apart(sheet)
    rows = [[sheet.cell(r, c).value for c in range(3, 11)] for r in range(top, top + 8)]
    for r, row in enumerate(reversed(rows)):
        for c, value in enumerate(row, 3):
            sheet.cell(top + r, c).value = value


def _row_to_the_end(book: Any, made: Filled) -> None:
    sheet = book[THREE]
    row, bottom = made.heading("三", "row", "三.3.4").row + 1, made.area("三")[2] + 2
    apart(sheet)
    for col in range(3, 11):
        sheet.cell(bottom, col).value = sheet.cell(row, col).value
        sheet.cell(row, col).value = None


def _columns_swapped(book: Any, made: Filled) -> None:
    """Two columns of organisations, headings and figures, in each other's place."""
    sheet = book[THREE]
    a, b = (made.heading("三", "column", f"法人.{name}").col + 1 for name in ("商业企业", "法律服务机构"))
    top = made.heading("三", "column", "法人.商业企业").row + 1
    for row in range(top, made.area("三")[2] + 2):
        if row != made.heading("三", "row", "三.7").row + 1:
            one, other = sheet.cell(row, a), sheet.cell(row, b)
            one.value, other.value = other.value, one.value
    # Formulas of the totals stay: each adds the column above it.


def sheets() -> Iterator[Damage]:
    """Sheets renamed, moved, copied, added; marks of ours lost."""
    for sheet in (COVER_SHEET, TWO, THREE, FOUR, TEXT):
        yield Damage(f"页-{sheet}-改名", lambda _, d, s=sheet: clerk.renamed(d, s, "改过的名"), ("S203/renamed",))
    yield Damage("页-移到最后", lambda _, d: clerk.moved_last(d, TWO), ("S203/reordered",))
    yield Damage("页-移到最前(重写)", rewritten(lambda b, _: b.move_sheet(b[FOUR], -9)), ("S203/reordered",))
    yield Damage("页-加说明页", rewritten(_remarks_sheet), ("S210",))
    yield Damage("页-加隐藏草稿", rewritten(_hidden_scratch), ("S210",))
    yield Damage("页-同样副本", rewritten(lambda b, _: b.copy_worksheet(b[THREE])), ("S203/copy-same",))
    yield Damage("页-空白副本", rewritten(_blank_copy), ("S203/copy-blank",))
    yield Damage("页-不同副本", rewritten(_other_copy), ("S203/copies",), lost=lambda m: m.on(THREE))
    yield Damage("页-副本在前改了名", rewritten(_copy_in_front), ("S203/copies",), lost=lambda m: m.on(THREE))
    yield Damage("页-隐藏的不同副本", rewritten(_hidden_copy), ("S203/copy-hidden",))
    yield Damage("页-填在副本上", rewritten(_filled_copy), ("S203/copy-read",))
    yield Damage("页-二的不同副本", rewritten(_copy_of_two), ("S203/copies",), lost=lambda m: m.on(TWO), exact=False)
    yield Damage("页-四的不同副本", rewritten(_copy_of_four), ("S203/copies",), lost=lambda m: m.on(FOUR))
    yield Damage("页-复制到新工作簿", _new_book, ("S211",))
    yield Damage("页-只复制表三到新工作簿", _only_three, ("S203/table",), lost=lambda m: m.on(TWO, FOUR))
    yield Damage("名-全部丢失", lambda _, d: clerk.without_names(d), ("S211/sheet",))
    yield Damage("名-隐藏页删去", lambda _, d: clerk.without_sheet(d, MARKER_SHEET), ("S211/no-marker",))
    yield Damage("名-隐藏页也丢", _bare, ("S211/positions",))
    yield Damage("名-丢失又插行", lambda _, d: clerk.without_names(clerk.row_inserted(d, THREE, 2)), ("S211/sheet",))
    yield Damage(
        "名-全丢又插行", lambda m, d: clerk.row_inserted(_bare(m, d), THREE, 2), ("S211/labels", "S203/shifted-row")
    )
    yield Damage(
        "名-全丢又改页名", lambda m, d: clerk.renamed(_bare(m, d), THREE, "Sheet3"), ("S211/labels", "S203/renamed")
    )
    yield Damage("页-删去表四", lambda _, d: clerk.without_sheet(clerk.without_names(d), FOUR), ("S203/table",),
                 lost=lambda m: m.on(FOUR))  # fmt: skip
    yield Damage("页-隐藏表三", rewritten(_hide_sheet))


def _bare(_: Filled, data: bytes) -> bytes:
    return clerk.without_names(clerk.without_sheet(clerk.without_properties(data), MARKER_SHEET))


def _hide_sheet(book: Any, made: Filled) -> None:
    book[THREE].sheet_state = "hidden"


def _remarks_sheet(book: Any, made: Filled) -> None:
    sheet = book.create_sheet("说明")
    sheet["A1"], sheet["B3"] = "以上数字含下属单位", 5


def _hidden_scratch(book: Any, made: Filled) -> None:
    sheet = book.create_sheet("Sheet1")
    sheet["A1"], sheet.sheet_state = 12, "hidden"


def _emptied(sheet: Any, made: Filled, table: str) -> None:
    top, left, bottom, right = made.area(table)
    for row in range(top + 1, bottom + 2):
        for col in range(left + 1, right + 2):
            cell = sheet.cell(row, col)
            if type(cell).__name__ != "MergedCell" and not str(cell.value).startswith("="):
                cell.value = None


def _blank_copy(book: Any, made: Filled) -> None:
    _emptied(book.copy_worksheet(book[THREE]), made, "三")


def _other_copy(book: Any, made: Filled) -> None:
    book.copy_worksheet(book[THREE])["E8"] = 7


def _copy_in_front(book: Any, made: Filled) -> None:
    copy = book.copy_worksheet(book[THREE])
    book.move_sheet(copy, -9)
    book[THREE].title = "旧"
    copy.title = THREE
    copy["E8"] = 7


def _hidden_copy(book: Any, made: Filled) -> None:
    copy = book.copy_worksheet(book[THREE])
    copy["E8"], copy.sheet_state = 7, "hidden"


def _filled_copy(book: Any, made: Filled) -> None:
    book.copy_worksheet(book[THREE])
    _emptied(book[THREE], made, "三")


def _copy_of_two(book: Any, made: Filled) -> None:
    copy = book.copy_worksheet(book[TWO])
    for table in ("二.一", "二.五", "二.六", "二.八"):
        top, left, *_ = made.area(table)
        copy.cell(top + 1, left + 1).value = 7
    if made.form.edition == "2019":
        top, left, *_ = made.area("二.九")
        copy.cell(top + 1, left + 1).value = 7


def _copy_of_four(book: Any, made: Filled) -> None:
    copy = book.copy_worksheet(book[FOUR])
    copy.cell(made.area("四")[0] + 1, 1).value = 7


def _new_book(_: Filled, data: bytes, *only: str) -> bytes:
    """Cells pasted into a new workbook: texts, numbers, results; no names, no properties, no hidden sheet."""
    source = openpyxl.load_workbook(BytesIO(data), data_only=True)
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name in only or (COVER_SHEET, TWO, THREE, FOUR, TEXT):
        sheet = book.create_sheet(name)
        for row in source[name].iter_rows():
            for cell in row:
                if cell.value is not None:
                    sheet[cell.coordinate] = cell.value
        for area in source[name].merged_cells.ranges:
            sheet.merge_cells(str(area))
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def _only_three(made: Filled, data: bytes) -> bytes:
    return _new_book(made, data, COVER_SHEET, THREE, TEXT)


# --- merged cells, blocks, tables --------------------------------------------------------------------------


def blocks() -> Iterator[Damage]:
    """Cells merged and taken apart, blocks pasted one cell off, tables split, turned, pasted as text."""
    row = {"2019": 8, "2021": 8}
    yield Damage(
        "并-两格合并", rewritten(lambda b, _: b[THREE].merge_cells("D8:E8")), ("S203/merged",),
        lost=lambda m: {i for i in m.row("三.1") if i.column in {"自然人", "法人.商业企业"}},
    )  # fmt: skip
    yield Damage(
        "并-整行合并",
        rewritten(lambda b, _: b[THREE].merge_cells("D9:J9")),
        ("S203/merged",),
        lost=lambda m: m.row("三.2"),
    )
    yield Damage(
        "并-两行合并", rewritten(lambda b, _: b[THREE].merge_cells("G10:G11")), ("S203/merged",),
        lost=lambda m: {i for i in m.row("三.3.1", "三.3.2") if i.column == "法人.社会公益组织"},
    )  # fmt: skip
    yield Damage(
        "并-标签和数并成一格", rewritten(lambda b, _: b[THREE].merge_cells("C10:D10")), ("S203/merged",),
        lost=lambda m: {i for i in m.row("三.3.1") if i.column == "自然人"},
    )  # fmt: skip
    yield Damage(
        "并-两格合并(手改)",
        in_package(lambda t: t.replace("</mergeCells>", '<mergeCell ref="D8:E8"/></mergeCells>'), THREE),
        ("S203/merged",),
        lost=lambda m: {i for i in m.row("三.1") if i.column in {"自然人", "法人.商业企业"}},
    )
    for sheet in (TWO, THREE, FOUR):
        yield Damage(f"拆-{sheet}-全部拆开", rewritten(lambda b, _, s=sheet: apart(b[s])), ("S203/unmerged",))
        yield Damage(
            f"拆-{sheet}-全部拆开(手改)",
            in_package(lambda t: re.sub(r"<mergeCells.*?</mergeCells>", "", t), sheet),
            ("S203/unmerged",),
        )
    yield Damage("拆-数在旁边", rewritten(_beside), ("S203/beside",), only="2021")
    yield Damage(
        "拆-几格都有数", rewritten(_several), ("S203/two-figures",), lost=lambda m: m.row("行政许可", table="二.五"),
        only="2021",
    )  # fmt: skip
    yield Damage("拆-组名填满各行", rewritten(_groups_repeated), ("S203/unmerged",))
    yield Damage(
        "错-两行右移一格", rewritten(lambda b, _: moved(b[THREE], "D8:J9", cols=1)), ("S203/pushed-out",),
        lost=lambda m: m.row("三.1", "三.2"),
    )  # fmt: skip
    yield Damage(
        "错-半行右移一格", rewritten(lambda b, _: moved(b[THREE], "G6:J6", cols=1)), ("S203/pushed-out",),
        lost=lambda m: {i for i in m.row("一") if m.at(i).col >= 6},
    )  # fmt: skip
    yield Damage("错-表四右移一格", rewritten(_four_right), ("S203/pushed-out",), lost=lambda m: m.on(FOUR))
    yield Damage(
        "错-一列下移一格", rewritten(_column_down), ("S203/pushed-out",), lost=lambda m: m.column("法人.商业企业")
    )
    yield Damage(
        "错-数整块下移两行", rewritten(_figures_down), ("S203/pushed-out",),
        lost=lambda m: [i for i in m.on(THREE) if m.at(i).row >= m.at(next(iter(m.row("三.1")))).row], exact=False,
    )  # fmt: skip
    yield Damage(
        "错-表三一列删去三格上移", rewritten(_column_drawn_up), ("S203/slipped-column",),
        lost=lambda m: m.column("法人.商业企业"),
    )  # fmt: skip
    yield Damage(
        "错-表四表头插入一格", rewritten(_four_headings_right), ("S203",),
        lost=lambda m: {i for i in m.on(FOUR) if i.column.startswith("行政诉讼.")}, exact=False,
    )  # fmt: skip
    yield Damage(
        "错-左移盖住栏目", rewritten(lambda b, _: moved(b[THREE], "D6:J6", cols=-1)), ("S203/pushed-out",),
        lost=lambda m: m.row("一"),
        exact=False,
    )  # fmt: skip
    for name, at, by in (("左移A", 0, -1), ("左移F", 5, -1), ("右移F", 5, 1)):
        yield Damage(
            f"错-表四单元格{name}", rewritten(lambda b, m, a=at, n=by: cells_shifted(b, FOUR, m.area("四")[0], a, n)),
            ("S203/disturbed",), lost=lambda m: m.on(FOUR),
        )  # fmt: skip
    for name, by, said in (("左移", -1, "pulled-in"), ("右移", 1, "pushed-out")):
        yield Damage(
            f"错-表三单元格{name}", rewritten(lambda b, _, n=by: cells_shifted(b, THREE, 7, 3, n)), (f"S203/{said}",),
            lost=lambda m: m.row("三.1"),
        )  # fmt: skip
        yield Damage(
            f"错-表二单元格{name}",
            rewritten(lambda b, m, n=by: cells_shifted(b, TWO, m.area("二.一")[0], 1, n)),
            (f"S203/{said}",), lost=lambda m: m.row("规章", table="二.一"), only="2021",
        )  # fmt: skip
        yield Damage(
            f"错-表二单元格{name}没有检查没有名称",
            lambda m, d, n=by: _bare(m, _unchecked(m, _two_shifted(n, None)(m, d))), ("S203",),
            lost=lambda m: m.row("规章", table="二.一"), only="2021",
        )  # fmt: skip
    for name, put in (("数", 9), ("公式", "=1+1"), ("文字数", "9件")):
        yield Damage(
            f"错-表二单元格右移又填了{name}", _two_shifted(1, put), ("S203/slipped-row",),
            lost=lambda m: m.row("规章", table="二.一"), only="2021",
        )  # fmt: skip
    yield Damage(
        "错-表二右移又填了没有标记",
        lambda m, d: _unchecked(m, rewritten(_no_remarks)(m, _two_shifted(1, 9)(m, d))), ("S203/beyond",),
        lost=lambda m: m.row("规章", table="二.一"), only="2021",
    )  # fmt: skip
    yield Damage(
        "错-表二整块右移又填了一格", rewritten(_dragged_right), ("S203/beyond",),
        lost=lambda m: m.row("规章", table="二.一"), only="2021",
    )  # fmt: skip
    yield Damage("外-每行打勾", rewritten(_ticked))
    yield Damage("错-检查标记都移了一列", rewritten(_remarks_right))
    yield Damage(
        "错-表三一列下移又填了数", rewritten(_column_pushed_down), ("S203/slipped-column",),
        lost=lambda m: m.column("法人.商业企业"),
    )  # fmt: skip
    yield Damage(
        "错-表四一格下移", rewritten(_four_down), ("S203/pushed-out",),
        lost=lambda m: {i for i in m.on(FOUR) if m.at(i).col == 0},
    )  # fmt: skip
    yield Damage(
        "错-一列上移一格", rewritten(_column_up), ("S203/pulled-in",), lost=lambda m: m.column("法人.商业企业")
    )
    yield Damage(
        "错-一行文字数右移", rewritten(_text_right), ("S203/pushed-out",), lost=lambda m: m.row("三.1"),
    )  # fmt: skip
    yield Damage("错-标签换了位置", rewritten(_labels_swapped), ("S203/moved",), changed=_rows_exchanged)
    yield Damage(
        "割-下半张移到右边",
        rewritten(_split_right),
        ("S203",),
        lost=lambda m: m.row("三.4.1", "三.7", "四"),
        exact=False,
    )
    yield Damage("割-下半张移到另一页", rewritten(_split_sheet), ("S203",), exact=False)
    yield Damage("割-中间重复表头", rewritten(_split_header), ("S203",), exact=False)
    yield Damage("割-表三整体右移三列", rewritten(_table_right), ("S203/shifted-column",), exact=False)
    yield Damage("割-表三整体下移", rewritten(_table_down), ("S203/shifted-row",), exact=False)
    yield Damage("割-下方再贴一份", rewritten(_pasted_below), ("S203/pasted-again", "S210"))
    yield Damage("割-右边再贴一份", rewritten(_pasted_beside), ("S203/pasted-again", "S210"))
    yield Damage("错-栏目整块下移一行", rewritten(_headings_down), ("S203",), lost=lambda m: m.on(THREE), exact=False)
    yield Damage("错-小栏目插入一格", rewritten(_heading_put_in), ("S203",), lost=_below_put_in, exact=False)
    yield Damage("转-表四转置", rewritten(_turned), ("S203/table",), lost=lambda m: m.on(FOUR))
    yield Damage("转-表三贴成一列文字", rewritten(_as_text), ("S203/table",), lost=lambda m: m.on(THREE))
    yield Damage("转-表三贴成文字数字", rewritten(_numbers_as_text), ("E306",))
    assert row


def _two_shifted(by: int, put: object) -> Callable[[Filled, bytes], bytes]:
    """A cell of 规章 taken out or put in, and something typed into the hole."""

    def change(book: Any, made: Filled) -> None:
        row, col = made.area("二.一")[:2]
        cells_shifted(book, TWO, row, col, by)
        if put is not None:
            book[TWO].cell(row + 1, col + 1).value = put

    return rewritten(change)


def _unchecked(_: Filled, data: bytes) -> bytes:
    return clerk.edited(data, lambda _, text: _no_validations(text))


def _no_remarks(book: Any, made: Filled) -> None:
    for row in book[TWO].iter_rows(min_col=6):
        for cell in row:
            cell.value = None


def _ticked(book: Any, made: Filled) -> None:
    """A tick typed beside every row, also beside those that have no remark."""
    for table in ("二.一", "二.五", "二.六", "二.八"):
        top, _, bottom, right = made.area(table)
        for row in range(top, bottom + 1):
            book[TWO].cell(row + 1, right + 2).value = "√"


def _remarks_right(book: Any, made: Filled) -> None:
    """A column put in between the table and its remarks."""
    book[TWO].move_range(f"F1:F{made.area('二.八')[2] + 1}", cols=1)


def _dragged_right(book: Any, made: Filled) -> None:
    """The figures of 规章 dragged one cell on, with their input checks, and one typed where they began."""
    sheet, (row, left, _, right) = book[TWO], made.area("二.一")
    for col in range(right, left - 1, -1):
        sheet.cell(row + 1, col + 2).value = sheet.cell(row + 1, col + 1).value
    sheet.cell(row + 1, left + 1).value = 9
    whole = next(rule for rule in sheet.data_validations.dataValidation if cell_name(row, left) in str(rule.sqref))
    whole.add(cell_name(row, right + 1))


def _column_pushed_down(book: Any, made: Filled) -> None:
    """A cell put in at the top of a column, which moves what stands below the table, too; then filled in."""
    sheet, (top, _, bottom, _) = book[THREE], made.area("三")
    col = made.heading("三", "column", "法人.商业企业").col + 1
    for row in range(bottom + 6, top, -1):
        sheet.cell(row + 1, col).value = sheet.cell(row, col).value
    sheet.cell(top + 1, col).value = 9


def _figures_down(book: Any, made: Filled) -> None:
    """All figures from the first outcome on cut and pasted two rows lower, formulas among them."""
    sheet, (_, left, bottom, right) = book[THREE], made.area("三")
    top = made.heading("三", "row", "三.1").row
    for col in range(left + 1, right + 2):
        for row in range(bottom + 1, top, -1):
            sheet.cell(row + 2, col).value = sheet.cell(row, col).value
        for row in range(top + 1, top + 3):
            sheet.cell(row, col).value = None


def _column_drawn_up(book: Any, made: Filled) -> None:
    """Three cells of a column taken out: all below them, the remarks among it, comes three rows up."""
    sheet, (top, _, bottom, _) = book[THREE], made.area("三")
    col = made.heading("三", "column", "法人.商业企业").col + 1
    for row in range(top + 4, bottom + 8):
        sheet.cell(row, col).value = sheet.cell(row + 3, col).value


def _four_headings_right(book: Any, made: Filled) -> None:
    """A cell put in among the headings of the results: those right of it stand one column off their figures."""
    sheet, row = book[FOUR], made.area("四")[0]
    apart(sheet)
    for col in range(16, 4, -1):
        sheet.cell(row, col).value = sheet.cell(row, col - 1).value
    sheet.cell(row, 4).value = None


def _four_down(book: Any, made: Filled) -> None:
    row = made.area("四")[0] + 1
    sheet = book[FOUR]
    sheet.cell(row + 1, 1).value, sheet.cell(row, 1).value = sheet.cell(row, 1).value, None


def _beside(book: Any, made: Filled) -> None:
    sheet, cell = book[TWO], made.at(next(iter(made.row("行政许可", table="二.五"))))
    apart(sheet)
    sheet.cell(cell.row + 1, cell.col + 2).value = sheet.cell(cell.row + 1, cell.col + 1).value
    sheet.cell(cell.row + 1, cell.col + 1).value = None


def _several(book: Any, made: Filled) -> None:
    _beside(book, made)
    cell = made.at(next(iter(made.row("行政许可", table="二.五"))))
    book[TWO].cell(cell.row + 1, cell.col + 3).value = 3


def _groups_repeated(book: Any, made: Filled) -> None:
    sheet = book[THREE]
    apart(sheet)
    for col in (1, 2):
        word = None
        for row in range(made.area("三")[0] + 1, made.area("三")[2] + 1):
            word = sheet.cell(row, col).value or (word if sheet.cell(row, 3).value else None)
            sheet.cell(row, col).value = word


def _four_right(book: Any, made: Filled) -> None:
    row = made.area("四")[0] + 1
    moved(book[FOUR], f"A{row}:O{row}", cols=1)


def _column_down(book: Any, made: Filled) -> None:
    top, _, bottom, _ = made.area("三")
    moved(book[THREE], f"E{top + 1}:E{bottom + 1}", rows=1)


def _column_up(book: Any, made: Filled) -> None:
    """A cell taken out near the top of a column: values, formulas and input checks below it come up."""
    sheet, (top, _, bottom, _) = book[THREE], made.area("三")
    apart(sheet)
    for row in range(top + 3, bottom + 2):
        sheet.cell(row, 5).value = sheet.cell(row + 1, 5).value if row <= bottom else None
    for check in sheet.data_validations.dataValidation:
        cells = {cell for area in check.sqref.ranges for cell in area.cells}
        kept = {(r - 1, c) if c == 5 and r > top + 3 else (r, c) for r, c in cells if (r, c) != (top + 3, 5)}
        check.sqref = openpyxl.worksheet.cell_range.MultiCellRange(" ".join(cell_name(r - 1, c - 1) for r, c in kept))


def _text_right(book: Any, made: Filled) -> None:
    """A row pasted as texts with their counting words, one cell too far right."""
    sheet = book[THREE]
    values = [made.values[item] for item in made.form.items if item in made.row("三.1")]
    for col, value in enumerate([None, *(f"{value}件" for value in values)], 4):
        sheet.cell(8, col).value = value


def _labels_swapped(book: Any, made: Filled) -> None:
    sheet = book[THREE]
    a, b = (made.heading("三", "row", f"三.3.{n}") for n in (5, 7))
    one, other = sheet.cell(a.row + 1, a.col + 1), sheet.cell(b.row + 1, b.col + 1)
    one.value, other.value = other.value, one.value


def _rows_exchanged(made: Filled) -> dict[Item, Number]:
    return {
        Item("三", a, leaf.id): made.values[Item("三", b, leaf.id)]
        for a, b in (("三.3.5", "三.3.7"), ("三.3.7", "三.3.5"))
        for leaf in made.form.tables["三"].columns.leaves
    }


def _headings_down(book: Any, made: Filled) -> None:
    """The block of row headings cut and pasted one row lower, without the figures."""
    top, _, bottom, _ = made.area("三")
    moved(book[THREE], f"A{top + 1}:C{bottom + 1}", rows=1)


def _heading_put_in(book: Any, made: Filled) -> None:
    """A cell put in among the innermost headings: those below it slide, the figures do not."""
    sheet, cell = book[THREE], made.heading("三", "row", "三.3.1")
    apart(sheet)
    for row in range(made.area("三")[2] + 1, cell.row + 1, -1):
        sheet.cell(row, 3).value = sheet.cell(row - 1, 3).value
    sheet.cell(cell.row + 1, 3).value = "其他主动公开文件"


def _below_put_in(made: Filled) -> set[Item]:
    return made.row(*(f"三.3.{n}" for n in range(1, 8)))


def _split_at(made: Filled) -> int:
    return made.heading("三", "row", "三.4.1").row + 1


def _split_right(book: Any, made: Filled) -> None:
    sheet = book[THREE]
    apart(sheet)
    for row in range(_split_at(made), made.area("三")[2] + 2):
        for col in range(1, 11):
            sheet.cell(row - 10, col + 12).value = sheet.cell(row, col).value
            sheet.cell(row, col).value = None


def _split_sheet(book: Any, made: Filled) -> None:
    sheet, other = book[THREE], book.create_sheet("三（续）")
    apart(sheet)
    for row in range(1, made.area("三")[2] + 2):
        for col in range(1, 11):
            if row <= made.area("三")[0]:
                other.cell(row, col).value = sheet.cell(row, col).value
            elif row >= _split_at(made):
                other.cell(row - 10, col).value = sheet.cell(row, col).value
                sheet.cell(row, col).value = None


def _split_header(book: Any, made: Filled) -> None:
    sheet = book[THREE]
    apart(sheet)
    at, bottom, depth = _split_at(made), made.area("三")[2] + 1, made.area("三")[0] - 2
    for row in range(bottom, at - 1, -1):
        for col in range(1, 11):
            sheet.cell(row + depth, col).value = sheet.cell(row, col).value
    for row in range(depth):
        for col in range(1, 11):
            sheet.cell(at + row, col).value = sheet.cell(3 + row, col).value


def _table_right(book: Any, made: Filled) -> None:
    sheet = book[THREE]
    apart(sheet)
    sheet.delete_cols(11, 4)
    sheet.move_range(f"A3:J{made.area('三')[2] + 1}", cols=3)


def _table_down(book: Any, made: Filled) -> None:
    sheet = book[THREE]
    apart(sheet)
    bottom = made.area("三")[2] + 1
    sheet.delete_rows(bottom + 1, 5)
    sheet.move_range(f"A3:J{bottom}", rows=4)


def _pasted_below(book: Any, made: Filled) -> None:
    sheet = book[THREE]
    for row in range(3, made.area("三")[2] + 2):
        for col in range(1, 11):
            sheet.cell(row + 40, col).value = sheet.cell(row, col).value


def _pasted_beside(book: Any, made: Filled) -> None:
    sheet = book[FOUR]
    for row in range(3, made.area("四")[2] + 2):
        for col in range(1, 16):
            value = sheet.cell(row, col).value
            sheet.cell(row, col + 20).value = 7 if isinstance(value, int) else value


def _turned(book: Any, made: Filled) -> None:
    sheet = book[FOUR]
    old = [[cell.value for cell in row] for row in sheet["A1:O6"]]
    apart(sheet)
    sheet.delete_rows(1, 12)
    for r, row in enumerate(old):
        for c, value in enumerate(row):
            sheet.cell(c + 1, r + 1).value = value


def _as_text(book: Any, made: Filled) -> None:
    sheet = book[THREE]
    rows = [["" if c.value is None else str(c.value) for c in row] for row in sheet["A1:J31"]]
    apart(sheet)
    sheet.delete_rows(1, 60)
    for r, row in enumerate(rows):
        sheet.cell(r + 1, 1).value = "\t".join(row)


def _numbers_as_text(book: Any, made: Filled) -> None:
    for row in book[THREE].iter_rows(min_row=made.area("三")[0] + 1, min_col=4, max_col=10):
        for cell in row:
            if isinstance(cell.value, int):
                cell.value = str(cell.value)


# --- labels ------------------------------------------------------------------------------------------------

SAME = [  # (table, axis, heading, retyped as): no word about it
    ("三", "row", "三.3.4", "4、保护第三方合法权益"),
    ("三", "row", "三.3.4", "4.保护第三方\n合法权益"),
    ("三", "row", "三.3.4", "４．保护第三方合法权益　"),
    ("三", "row", "三.3.3", '3.危及"三安全一稳定"'),
    ("三", "row", "三.3.3", "3.危及「三安全一稳定」"),
    ("三", "row", "三.1", "(一)予以公开"),
    ("三", "row", "三.2", "（二）部分公开(区分处理的，只计这一情形，不计其他情形)"),
    ("三", "row", "一", "一、本年新收政府信息公开 申请数量："),
    ("三", "column", "法人.商业企业", "商业\r\n企业"),
    ("四", "column", "行政复议.结果维持", "结果\n维持"),
]
RETYPED = [  # told, and read
    ("三", "row", "三.3.4", "4.保护第三方的合法权益"),
    ("三", "row", "三.3.4", "保护第三方合法权益"),
    ("三", "row", "一", "本年新收政府信息公开申请数量"),
    ("三", "column", "法人.商业企业", "企业"),
    ("四", "column", "行政复议.结果维持", "结果维持（件）"),
]


def labels() -> Iterator[Damage]:
    """Headings retyped, deleted, doubled; locked texts changed."""
    for n, (table, axis, key, text) in enumerate(SAME):
        yield Damage(f"签-同{n}", lambda m, d, h=(table, axis, key), t=text: clerk.typed(d, {m.heading(*h): t}))
    for n, (table, axis, key, text) in enumerate(RETYPED):
        yield Damage(
            f"签-改{n}", lambda m, d, h=(table, axis, key), t=text: clerk.typed(d, {m.heading(*h): t}), ("S208", "S211")
        )
        yield Damage(
            f"签-改{n}(重写)",
            rewritten(lambda b, m, h=(table, axis, key), t=text: _type(b, m.heading(*h), t)),
            ("S208",),
        )
    for text in (None, "其他情形"):
        yield Damage(
            f"签-换成{text}", lambda m, d, t=text: clerk.typed(d, {m.heading("三", "row", "三.3.4"): t}),
            ("S203/missing",), lost=lambda m: m.row("三.3.4"),
        )  # fmt: skip
    yield Damage(
        "签-重复",
        lambda m, d: clerk.typed(d, {m.heading("三", "row", "三.3.4"): "5.属于三类内部事务信息"}),
        ("S203/missing",),
        lost=lambda m: m.row("三.3.4", "三.3.5"),
    )
    for text in ("上年制发件数", "本年备案件数", "本年修改件数", "本年失效件数"):
        yield Damage(
            f"签-另一个意思-{text}",
            lambda m, d, t=text: clerk.typed(d, {m.heading("二.一", "column", "本年制发件数"): t}),
            ("S203/missing",), lost=lambda m: m.column("本年制发件数", table="二.一"), only="2021",
        )  # fmt: skip
    yield Damage(
        "签-两栏都只剩开头",
        lambda m, d: clerk.typed(
            d, {m.heading("二.一", "column", key): "本年新" for key in ("本年新制作数量", "本年新公开数量")}
        ),
        ("S208",), only="2019",
    )  # fmt: skip
    yield Damage(
        "签-两栏写成别的",
        lambda m, d: clerk.typed(
            d, {m.heading("二.一", "column", key): "本年" for key in ("本年新制作数量", "本年新公开数量")}
        ),
        ("S203/missing",), lost=lambda m: m.column("本年新制作数量", "本年新公开数量", table="二.一"), only="2019",
    )  # fmt: skip
    yield Damage(
        "签-行名写成别的表的",
        lambda m, d: clerk.typed(d, {m.heading("二.六", "row", "行政处罚"): "行政许可"}),
        ("S203/missing",), lost=lambda m: m.row("行政处罚", table="二.六"),
    )  # fmt: skip
    yield Damage(
        "签-又一行规章",
        lambda m, d: clerk.row_inserted(d, TWO, m.area("二.一")[0], [(0, "规章")]),
        ("S203/missing",), lost=lambda m: m.row("规章", table="二.一"),
    )  # fmt: skip
    one, other = "行政诉讼.未经复议直接起诉", "行政诉讼.复议后起诉"
    for name, said, put in (
        ("互换", "S203/missing", {one: "复议后起诉", other: "未经复议直接起诉"}),
        ("两个同", "S203/missing", {other: "未经复议直接起诉"}),
        ("删", "S203/missing", {other: None}),
        ("改写", "S208", {other: "经复议后起诉"}),
    ):
        yield Damage(
            f"签-组名{name}",
            lambda m, d, p=put: clerk.typed(d, {m.heading("四", "column", key): text for key, text in p.items()}),
            (said,),
            lost=lambda m, n=name: [] if n == "改写" else [i for i in m.on(FOUR) if i.column.startswith("行政诉讼.")],
        )
    for name, axis, put, said, lost in (
        ("另一年", "row", {"三": "三、上年度办理结果"}, "S203/missing", "三"),
        ("另一个意思", "row", {"三.3": "（三）不予处理"}, "S203/missing", "三.3"),
        ("互换", "row", {"三.3": "（五）不予处理", "三.5": "（三）不予公开"}, "S203/missing", "三.3 三.5"),
        ("别的一类", "column", {"法人": "个体工商户"}, "S203/missing", "法人"),
        ("改写", "column", {"法人": "法人和其他组织"}, "S208", ""),
        ("改写行", "row", {"三": "三、本年度办理的结果"}, "S208", ""),
        ("删", "row", {"三": None}, "S208", ""),
        ("删列", "column", {"法人": None}, "S208", ""),
    ):
        yield Damage(
            f"签-表三组名{name}",
            lambda m, d, a=axis, p=put: clerk.typed(d, {m.heading("三", a, key): text for key, text in p.items()}),
            (said,),
            lost=lambda m, a=axis, g=lost: {i for key in g.split() for i in _grouped(m, a, key)},
        )
    for key, text in (("行政复议", "上年行政复议"), ("行政诉讼", "刑事诉讼")):
        yield Damage(
            f"签-表四组名{text}",
            lambda m, d, k=key, t=text: clerk.typed(d, {m.heading("四", "column", k): t}), ("S203/missing",),
            lost=lambda m, k=key: {i for i in m.on(FOUR) if i.column.startswith(f"{k}.")},
        )  # fmt: skip
    yield Damage("签-表头说明改了", lambda _, d: clerk.typed(d, {(THREE, 2, 0): "勾稽关系：略"}), ("S208",))
    yield Damage("签-标题改了", lambda _, d: clerk.typed(d, {(TWO, 0, 0): "主动公开情况统计"}), ("S208",))
    yield Damage("签-小标题改了", lambda _, d: clerk.typed(d, {(TWO, 2, 0): "第二十条(一)项"}), ("S208",))


def _grouped(made: Filled, axis: str, key: str) -> set[Item]:
    """The items of a group of table three."""
    return {i for i in made.on(THREE) if (i.row if axis == "row" else i.column).startswith(f"{key}.")}


def _type(book: Any, cell: Cell, value: object) -> None:
    book[cell.sheet].cell(cell.row + 1, cell.col + 1).value = value


# --- formulas, checks, comments, what stands outside -------------------------------------------------------


def _total(made: Filled) -> Item:
    return next(i for i in made.form.items if i.row == "三.7" and i.column == "自然人")


def _result(made: Filled, data: bytes, cell: str) -> bytes:
    """Another stored result: the whole <c> element of the total with `cell` between its formula and its end."""
    part, name = clerk.sheet_part(data, THREE), cell_name(*made.at(_total(made))[1:])
    pattern = rf'<c r="{name}"( s="\d+")?[^>]*>(<f>.*?</f>)<v>.*?</v></c>'
    return clerk.edited(
        data, lambda at, text: re.sub(pattern, rf'<c r="{name}"\1{cell}</c>', text, count=1) if at == part else text
    )


def formulas() -> Iterator[Damage]:
    """Totals overwritten, stale, without a result, in error, with another formula."""
    yield Damage(
        "式-改成同样的数",
        lambda m, d: clerk.typed(d, {m.at(_total(m)): m.values[_total(m)]}, over_formulas=True), ("S206",),
    )  # fmt: skip
    yield Damage(
        "式-改成别的数", lambda m, d: clerk.typed(d, {m.at(_total(m)): 5}, over_formulas=True), ("S206",),
        changed=lambda m: {_total(m): 5},
    )  # fmt: skip
    yield Damage(
        "式-改成空", lambda m, d: clerk.typed(d, {m.at(_total(m)): None}, over_formulas=True), ("B402",),
        changed=lambda m: {_total(m): None}, exact=False,
    )  # fmt: skip
    yield Damage("式-结果过期", lambda m, d: _result(m, d, r">\2<v>99</v>"), ("S207",))
    yield Damage("式-没有结果", lambda m, d: _result(m, d, r">\2"))
    yield Damage("式-结果是错误", lambda m, d: _result(m, d, r' t="e">\2<v>#REF!</v>'), ("S207",))
    yield Damage("式-引用丢失", lambda m, d: _result(m, d, r' t="e"><f>SUM(#REF!)</f><v>#REF!</v>'), ("S206",))
    yield Damage(
        "式-少加几行", lambda m, d: _result(m, d, r"><f>SUM(D8:D9)</f><v>2055</v>"), ("S206",),
        changed=lambda m: {_total(m): 2055},
    )  # fmt: skip
    yield Damage(
        "式-凑数减一", lambda m, d: _result(m, d, rf"><f>SUM(D8:D{m.at(_total(m)).row})-1</f><v>77</v>"), ("S206",),
        changed=lambda m: {_total(m): 77},
    )  # fmt: skip
    yield Damage(
        "式-别的公式没有结果", lambda m, d: _result(m, d, r"><f>SUM(D8:D9)</f>"), ("E303",),
        changed=lambda m: {_total(m): UNREAD},
    )  # fmt: skip
    one = lambda m: m.form.items[0]  # noqa: E731
    yield Damage(
        "式-数字格写公式", lambda m, d: clerk.formula_in(d, *m.at(one(m)), "1+1", "2"), ("S212",),
        changed=lambda m: {one(m): 2},
    )  # fmt: skip
    yield Damage(
        "式-数字格公式没有结果(重写)", rewritten(lambda b, m: _type(b, m.at(one(m)), "=1+1")), ("E303",),
        changed=lambda m: {one(m): UNREAD},
    )  # fmt: skip
    yield Damage(
        "式-数字格公式出错", in_package(lambda t: t, TWO), (),
    )  # fmt: skip
    yield Damage("检-全部有效性丢失", in_package(_no_validations, THREE), ("S203/validation",))
    yield Damage("检-全部有效性丢失(二)", in_package(_no_validations, TWO), ("S203/validation",))
    yield Damage("检-粘贴丢了一格", rewritten(_one_validation_less), ("S203/validation",))
    yield Damage("注-批注", rewritten(_commented))
    yield Damage("注-线程批注", _threaded)
    first = r'(<c r="D8"[^>]*>)(<v>.*?</v>)(</c>)'
    versions = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        '<mc:Choice Requires="x14"><v>7</v></mc:Choice><mc:Fallback><v>8</v></mc:Fallback></mc:AlternateContent>'
    )
    for name, old, new in (
        ("同一格两次", first, r"\1\2\3\1<v>77</v>\3"),
        ("同一行两次", r'(<row r="8".*?<c r="D8"[^>]*>)(<v>)(.*?</row>)', r"\1\2\3\1<v>9\3"),
        ("一格两个数", first, r"\1\2<v>77</v>\3"),
        ("两个版本", first, rf"\1{versions}\3"),
        ("数里夹着别的", first, r'\1<v>1<x xmlns="urn:x">2</x>3</v>\3'),
    ):
        yield Damage(
            f"存-{name}", in_package(lambda t, o=old, n=new: re.sub(o, n, t, count=1), THREE), ("E303",),
            changed=lambda m: {i: UNREAD for i in m.row("三.1") if i.column == "自然人"},
        )  # fmt: skip
    yield Damage("存-同一格两次一样", in_package(lambda t: re.sub(first, r"\1\2\3\1\2\3", t, count=1), THREE))
    yield Damage("外-右边说明", lambda _, d: clerk.typed(d, {(THREE, 10, 13): "说明"}), ("S210",))
    yield Damage("外-下方数字", lambda _, d: clerk.typed(d, {(THREE, 40, 1): 7}), ("S210",))
    yield Damage("外-右边核对数", lambda _, d: clerk.typed(d, {(THREE, 7, 10): 7}), ("S210",))
    yield Damage("外-加粗上色", rewritten(lambda b, _: setattr(b[THREE]["D8"], "font", Font(bold=True))))


def _no_validations(text: str) -> str:
    return re.sub(r"<dataValidations.*?</dataValidations>", "", text)


def _one_validation_less(book: Any, made: Filled) -> None:
    sheet = book[THREE]
    for rule in list(sheet.data_validations.dataValidation):
        areas = [str(area) for area in rule.sqref.ranges]
        if any(area.startswith("E") for area in areas):
            rule.sqref = openpyxl.worksheet.cell_range.MultiCellRange(" ".join(a for a in areas if a[0] != "E"))


def _commented(book: Any, made: Filled) -> None:
    book[THREE]["D8"].comment = Comment("请核对", "张三")


def _threaded(made: Filled, data: bytes) -> bytes:
    """A comment of the newer kind, by hand: parts of its own that a reader need not know."""
    content = dict(parts(data))
    part = clerk.sheet_part(data, THREE)
    folder, _, name = part.rpartition("/")
    rels = f"{folder}/_rels/{name}.rels"
    arrow = (
        '<Relationship Id="rIdT" Type="http://schemas.microsoft.com/office/2017/10/relationships/threadedComment" '
        'Target="../threadedComments/threadedComment1.xml"/>'
    )
    before = content.get(rels, b"").decode() or (
        '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        "</Relationships>"
    )
    content[rels] = before.replace("</Relationships>", arrow + "</Relationships>").encode()
    content["xl/threadedComments/threadedComment1.xml"] = (
        '<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments">'
        '<threadedComment ref="D8" dT="2024-01-02T00:00:00.00" personId="{0}" id="{1}"><text>请核对</text>'
        "</threadedComment></ThreadedComments>"
    ).encode()
    content["[Content_Types].xml"] = content["[Content_Types].xml"].replace(
        b"</Types>",
        b'<Override PartName="/xl/threadedComments/threadedComment1.xml" '
        b'ContentType="application/vnd.ms-excel.threadedcomments+xml"/></Types>',
    )
    return packed(content)


# --- whose workbook ----------------------------------------------------------------------------------------


def owners() -> Iterator[Damage]:
    """Sheets of another unit or year in this one's workbook."""
    yield Damage(
        "主-别局的表三",
        rewritten(_others_sheet("乙局", None)),
        ("S204/sheet-unit",),
        changed=_other_values,
        exact=False,
    )
    yield Damage(
        "主-去年的表三", rewritten(_others_sheet("某某局", -1)), ("S204/sheet-period",), changed=_other_values,
        exact=False,
    )  # fmt: skip
    yield Damage("主-封面换了单位", lambda m, d: clerk.typed(d, {layout(m.form).cover["unit"]: "乙局"}), ("S204/unit",))
    yield Damage("主-两份拼在一起", _two_in_one, ("S204/two-identities",))


def _others_sheet(unit: str, years: int | None) -> Callable[[Any, Filled], None]:
    def change(book: Any, made: Filled) -> None:
        year = YEARS[made.form.edition] + (years or 0)
        other = filled(made.form.edition, unit, first=5000, year=year)
        source = openpyxl.load_workbook(BytesIO(other.data), data_only=True)[THREE]
        for row in source.iter_rows():
            for cell in row:
                if cell.value is not None and type(book[THREE][cell.coordinate]).__name__ != "MergedCell":
                    book[THREE][cell.coordinate].value = cell.value

    return change


def _other_values(made: Filled) -> dict[Item, Number]:
    other = filled(made.form.edition, "乙局", first=5000)
    return {item: other.values[item] for item in made.form.items if item.table == "三"}


def _two_in_one(made: Filled, data: bytes) -> bytes:
    """The properties of one workbook and the hidden sheet of another."""
    content = dict(parts(data))
    content["docProps/custom.xml"] = parts(filled(made.form.edition, "乙局").data)["docProps/custom.xml"]
    return packed(content)


def structure() -> list[Damage]:
    """Every damage but what people type."""
    return [*lines(), *sheets(), *blocks(), *labels(), *formulas(), *owners()]
