"""Workbooks in other formats: read as what they are whatever the name, with the same findings, and never written to."""

from __future__ import annotations

import json
import shutil
import struct
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from commands import xlreport
from conftest import ROOT
from damages import filled
from foreign_books import (
    Day,
    Error,
    Formula,
    Struck,
    Tab,
    areas_of,
    brt,
    compound,
    ods,
    ods_of,
    record,
    tabs_of,
    wide,
    xls,
    xlsb,
    zipped,
)
from libreoffice import convert

from xlreport.examine import Examined, Status, examine, in_fresh_form
from xlreport.finding import Code
from xlreport.form.layout import PANEL_SHEET
from xlreport.report.annotated import marks, summary
from xlreport.submission import State
from xlreport.workbook.address import Range
from xlreport.workbook.annotate import annotate, is_annotated
from xlreport.workbook.book import Book, CellKind, RawCell, read_book
from xlreport.workbook.compound import Compound
from xlreport.workbook.container import Container, Unreadable
from xlreport.workbook.foreign import FORMATS, read_foreign

SAMPLES = ("zhangjiagang-gxj-2020", "shanghai-bgt-2019", "suqian-2024", "shili-czj-2024")  # both editions
ODD: dict[tuple[int, int], object] = {
    (0, 0): "一、本年新收",
    (0, 1): "１２ ",
    (1, 0): 12,
    (1, 1): 0.1,
    (1, 2): -3,
    (1, 3): 123456789012345,
    (1, 4): 72701.2578,
    (1, 5): 1e300,
    (2, 0): Day(45293),
    (2, 1): Day(45293.25),
    (3, 0): True,
    (3, 1): False,
    (4, 0): Error("#DIV/0!"),
    (4, 1): Error("#N/A"),
    (5, 0): Formula(24),
    (5, 1): Formula("x12"),
    (5, 2): Formula(Error("#REF!")),
    (5, 3): Formula(True),
    (5, 4): Formula(""),
    (6, 0): "a\nb",
    (6, 1): " 前  后 ",
    (6, 2): "<i>&amp;",
    (9, 3): "合",
}
TAB = Tab("奇'数 表", ODD, hidden_rows=[5], merges=[(9, 3, 10, 5)])
NUMBER = 'office:value-type="float" office:value="1"'
WRITERS = {
    "xls": lambda tabs, areas: compound({"Workbook": xls(tabs, areas)}),
    "bare xls": xls,
    "cut strings": lambda tabs, areas: xls(tabs, areas, room=64),
    "xls of 1995": lambda tabs, _: compound({"Book": xls(tabs, old=True)}),
    "ods": ods,
    "xlsb": xlsb,
}


def book(data: bytes) -> Book:
    """What a file in another format holds."""
    with pytest.raises(Unreadable) as refused:
        Container(Path("x"), data).document()
    if refused.value.reason not in FORMATS:
        raise refused.value
    return read_foreign(Path("x"), data, refused.value.reason)


def reason(data: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        book(data)
    return caught.value.reason


def told(one: Examined) -> list[tuple[object, ...]]:
    """Findings but for the note on the format."""
    return [
        (f.code, f.rule, f.severity, f.place, [(p.item, p.role, p.value, p.raw, p.cell) for p in f.parts])
        for f in one.findings
        if f.code is not Code.S213
    ]


# --- what a file says beside its values


TWO = [Tab("一", {(0, 0): 1}), Tab("二'甲", {(0, 0): 2}), Tab("三", {(0, 0): 3})]


def checked(*areas: tuple[int, int, int, int], title: str = "\0") -> bytes:
    """A record of an input check for areas of rows first and last, columns first and last."""
    texts = wide(title) + wide("填") + narrow_text("x") + wide("")
    bounds = struct.pack("<HH", 3, 0) + b"\x1e\0\0" + struct.pack("<HH", 0, 0)
    refs = struct.pack("<H", len(areas)) + b"".join(struct.pack("<4H", *area) for area in areas)
    return record(0x1BE, struct.pack("<I", 1) + texts + bounds + refs)


def narrow_text(text: str) -> bytes:
    return struct.pack("<HB", len(text), 0) + text.encode("latin-1")


def test_an_xls_says_where_input_is_checked():
    first, _, last = book(xls(TWO, more=checked((4, 5, 1, 1), (8, 8, 1, 3)) + checked((0, 9, 7, 7)))).sheets
    assert first.validated is None
    assert last.validated == (Range(4, 1, 5, 1), Range(8, 1, 8, 3), Range(0, 7, 9, 7))


@pytest.mark.parametrize("size", range(0, 60, 3))
def test_an_input_check_cut_short_is_none(size):
    """Its own length says less than its texts do: never a traceback, and no area that is not there."""
    whole = checked((4, 5, 1, 1))[4:]
    (*_, last) = book(xls(TWO, more=record(0x1BE, whole[:size]))).sheets
    assert last.validated in {None, (Range(4, 1, 5, 1),)}
    assert last.validated is None or size >= len(whole)


def says(expression: bytes, result: bytes = bytes(8)) -> bytes:
    return record(6, struct.pack("<HHH", 7, 7, 0) + result + bytes(6) + struct.pack("<H", len(expression)) + expression)


AREA = struct.pack("<B5H", 0x3B, 1, 0, 9, 0, 0)
CELL = struct.pack("<BHHH", 0x5A, 0, 4, 0xC002)


@pytest.mark.parametrize(
    ("expression", "named"),
    [
        (b"\x1e\1\0", ""),
        (CELL, "'一'!"),
        (AREA, "'二''甲'!"),
        (CELL + AREA + b"\x03" + CELL, "'一'!"),
        (struct.pack("<BHHH", 0x3A, 2, 0, 0), ""),  # its own sheet
        (struct.pack("<BHHH", 0x3A, 2, 0, 0) + AREA, "'二''甲'!"),
        (struct.pack("<BHHH", 0x3A, 9, 0, 0), ""),  # a link that is not there
        (b"\x17\x04\x01" + "勾稽检查".encode("utf-16-le") + b"\x08", ""),  # a text is no name
        (b"\x17\x02\x00\x3a\x3b\x19\x02\x09\x00" + CELL, "'一'!"),
        (b"\x19\x04\x02\x00" + bytes(6) + b"\x42\x03\x01\x00" + CELL, "'一'!"),  # the branches of a choice
        (b"\x44" + bytes(4) + b"\x25" + bytes(8) + b"\x1f" + bytes(8) + CELL, "'一'!"),
        (b"\x18" + CELL, ""),  # a token that is not known
        (CELL[:4], ""),
        (b"\x17", ""),
    ],
)
def test_an_xls_says_which_sheet_a_formula_names(expression, named):
    (*_, last) = book(xls(TWO, more=says(expression))).sheets
    assert last.cells[7, 7] == RawCell(CellKind.NUMBER, "0", named, 0)
    found = says(expression, b"\0\0\0\0\0\0\xff\xff") + record(0x207, wide("√"))
    (*_, last) = book(xls(TWO, more=found)).sheets
    assert last.cells[7, 7] == RawCell(CellKind.TEXT, "√", named, 0)


@pytest.mark.parametrize(
    ("formula", "named"),
    [
        ("of:=SUM([.A1:.B2])", ""),
        ("of:=[$勾稽检查.H17]&amp;[.A1]&amp;[$勾稽检查.I17]", "'勾稽检查'!"),
        ("of:=[$'二''甲'.A1]+SUM([一.A1:.A3])", "'二''甲'!"),
        ("of:=['file:///x.ods'#$别.A1]", ""),
        ("of:=[.#REF!#REF!]", ""),
    ],
)
def test_an_ods_says_which_sheet_a_formula_names(formula, named):
    cell = f'<table:table-cell table:formula="{formula}" {NUMBER}><text:p>1</text:p></table:table-cell>'
    row = f"<table:table-row>{cell}</table:table-row>"
    (sheet,) = book(ods_of(f'<table:table table:name="表">{row}</table:table>')).sheets
    assert sheet.cells[0, 0].formula == named


def test_a_total_that_found_an_error_is_no_remark():
    """The cells below a column pushed down by two: two remarks stand off, and the total above them is none."""
    made = filled("2021")
    whole = read_book(Container(Path("x.xlsx"), made.data))
    sheet, (_, _, bottom, right) = "三、依申请公开", made.area("三")
    tabs = tabs_of(whole)
    for number, tab in enumerate(tabs):
        raws = whole.sheets[number].cells
        cells = {
            at: Formula(value.result, PANEL_SHEET)
            if isinstance(value, Formula) and PANEL_SHEET in (raws[at].formula or "")
            else value
            for at, value in tab.cells.items()
        }
        if tab.name == sheet:
            for row in range(bottom + 6, bottom - 2, -1):
                cells[row + 2, right] = cells.pop((row, right), None)
            cells[bottom + 1, right] = Formula(Error("#REF!"))
            cells[bottom - 1, right], cells[bottom, right] = 7, 8
            cells = {at: value for at, value in cells.items() if value is not None}
        tabs[number] = replace(tab, cells=cells)
    one = examine(Path("x"), data=ods(tabs, areas_of(whole)))
    assert one.reading is not None
    assert [f.facts["kind"] for f in one.findings if f.code is Code.S203] == ["slipped-column"]
    column = {item for item in made.form.items if item.table == "三" and made.at(item).col == right}
    assert {one.reading.submission.entry(item).state for item in column} == {State.NOT_FOUND}


# --- cells


@pytest.mark.parametrize("name", WRITERS)
def test_every_kind_of_cell(name):
    found = book(WRITERS[name]([TAB, Tab("藏", {}, hidden=True)], {"xlr_t_1": (0, 1, 2, 3, 4)}))
    shown, hidden = found.sheets
    expected = {
        at: (
            CellKind.NUMBER if isinstance(value, (int, float)) and not isinstance(value, bool) else CellKind.TEXT,
            value if isinstance(value, str) else float(value) if isinstance(value, (int, float)) else value,
        )
        for at, value in ODD.items()
        if not isinstance(value, (Formula, Error, Day, bool))
    }
    read = {at: (c.kind, float(c.text) if c.kind is CellKind.NUMBER else c.text) for at, c in shown.cells.items()}
    assert {at: read[at] for at in expected} == expected
    assert shown.cells[1, 0].text == "12"  # not 12.0
    assert [(shown.cells[2, c].text, found.is_date(shown.cells[2, c].style)) for c in (0, 1)] == [
        ("45293", True), ("45293.25", True),
    ]  # fmt: skip
    assert not found.is_date(shown.cells[1, 0].style)
    assert [shown.cells[3, c][:2] for c in (0, 1)] == [(CellKind.BOOL, "TRUE"), (CellKind.BOOL, "FALSE")]
    assert [shown.cells[4, c][:2] for c in (0, 1)] == [(CellKind.ERROR, "#DIV/0!"), (CellKind.ERROR, "#N/A")]
    assert [(c.kind, c.text) for (row, _), c in sorted(shown.cells.items()) if row == 5] == [
        (CellKind.NUMBER, "24"), (CellKind.TEXT, "x12"), (CellKind.ERROR, "#REF!"), (CellKind.BOOL, "TRUE"),
        (CellKind.TEXT, ""),
    ]  # fmt: skip
    assert {at[0] for at, c in shown.cells.items() if c.formula is not None} == {5}
    assert (shown.name, shown.hidden_rows, shown.merges) == ("奇'数 表", {5}, ((9, 3, 10, 5),))
    assert (hidden.name, hidden.visible.value) == ("藏", "hidden")
    assert found.names == ({} if "1995" in name else {"xlr_t_1": "'奇''数 表'!$C$2:$E$4"})
    assert found.format == {"ods": "ods", "xlsb": "xlsb"}.get(name, "xls")


def test_a_second_opinion():
    """calamine, where it can see the difference: it takes an error for a blank and has no formulas."""
    calamine = pytest.importorskip("python_calamine")
    import io

    for name in ("xls", "xlsb", "ods"):
        data = WRITERS[name]([TAB], {})
        sheet = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
        for (row, col), cell in book(data).sheets[0].cells.items():
            other = sheet.to_python(skip_empty_area=False)[row][col]
            if cell.kind is CellKind.NUMBER and not cell.style:
                assert float(cell.text) == other, (name, row, col)
            elif cell.kind is CellKind.TEXT:
                assert cell.text == other, (name, row, col)
            elif cell.kind is CellKind.ERROR:
                assert other == "", (name, row, col)


def test_numbers_packed_in_four_bytes():
    def cell(bits):
        return book(xls([Tab("a", {(0, 0): 1})], more=record(0x27E, struct.pack("<HHHI", 1, 0, 0, bits)))).sheets[0]

    words = {12 << 2 | 2: "12", 1234 << 2 | 3: "12.34", (-7 << 2 | 2) & 0xFFFFFFFF: "-7", 0x3FF80000: "1.5"}
    assert {bits: cell(bits).cells[1, 0].text for bits in words} == words
    many = struct.pack("<HH", 2, 3) + struct.pack("<HI", 0, 6) + struct.pack("<HI", 0, 10) + struct.pack("<H", 4)
    read = book(xls([Tab("a", {})], more=record(0xBD, many))).sheets[0].cells
    assert {at: c.text for at, c in read.items()} == {(2, 3): "1", (2, 4): "2"}


def test_cells_of_a_chart_on_a_sheet_are_not_the_sheet_s():
    chart = record(0x809, struct.pack("<HHHH", 0x600, 0x20, 0, 0) + bytes(8))
    chart += record(0x203, struct.pack("<HHHd", 0, 0, 0, 99)) + record(0x0A)
    assert book(xls([Tab("a", {(0, 0): 1})], more=chart)).sheets[0].cells[0, 0].text == "1"


def test_what_else_stands_in_an_ods_cell_is_not_its_text():
    cell = (
        '<table:table-cell office:value-type="string"><office:annotation><text:p>批注</text:p></office:annotation>'
        "<text:p>甲<text:span>乙</text:span><text:tab/>丙<text:line-break/>丁"
        "<text:ruby><text:ruby-base>戊</text:ruby-base><text:ruby-text>wu</text:ruby-text></text:ruby></text:p>"
        "</table:table-cell>"
    )
    tracked = (
        f"<table:tracked-changes><table:cell-content-change>{cell}</table:cell-content-change></table:tracked-changes>"
    )
    table = f'<table:table table:name="a"><table:table-row>{cell}</table:table-row></table:table>'
    other = (
        "<table:table table:name=\"'file:///c:/x.xls'#$a\"><table:table-row>"
        + cell
        + "</table:table-row></table:table>"
    )
    read = book(ods_of(tracked + table + other))
    assert [s.name for s in read.sheets] == ["a"]
    assert read.sheets[0].cells == {(0, 0): RawCell(CellKind.TEXT, "甲乙\t丙\n丁戊")}


@pytest.mark.parametrize(("reason", "writer"), [("old-excel", xls), ("xlsb", xlsb)])
def test_struck_out_in_the_cell_s_font_and_in_a_run(reason, writer):
    cells = {(0, 0): Struck(12), (0, 1): 12, (0, 2): "15|120", (0, 3): Struck("12件"), (0, 4): "15 12"}
    book = read_foreign(Path("x"), writer([Tab("a", cells)]), reason)
    assert book.odd_styles == {2: "struck"}
    found = book.sheets[0].cells
    assert [found[0, col].style for col in range(5)] == [2, 0, 0, 2, 0]
    assert [getattr(found[0, col].text, "kept", None) for col in range(5)] == [None, None, "120", None, None]
    assert [found[0, col].text for col in range(5)] == ["12", "12", "15120", "12件", "15 12"]


def test_struck_out_in_ods_of_itself_by_parent_row_column_and_run():
    line = 'style:text-line-through-style="solid"'
    looks = (
        f'<style:style style:name="s"><style:text-properties {line}/></style:style>'
        '<style:style style:name="child" style:parent-style-name="s"><style:text-properties/></style:style>'
        '<style:style style:name="plain" style:parent-style-name="s"><style:text-properties '
        'style:text-line-through-style="none"/></style:style>'
        '<style:style style:name="up"><style:text-properties style:text-position="super 58%"/></style:style>'
    )
    number = '<table:table-cell{0} office:value-type="float" office:value="12"><text:p>12</text:p></table:table-cell>'
    spans = '<text:p>1<text:span text:style-name="{0}">5</text:span>2</text:p>'
    text = '<table:table-cell office:value-type="string">{0}</table:table-cell>'
    cells = [number.format(f' table:style-name="{name}"') for name in ("s", "child", "plain")]
    cells += [text.format(spans.format(name)) for name in ("s", "up", "plain")]
    content = (
        '<table:table table:name="a"><table:table-column/><table:table-column table:number-columns-repeated="6"/>'
        f'<table:table-column table:default-cell-style-name="s"/><table:table-row>{"".join(cells)}'
        f"{number.format('')}{number.format('')}</table:table-row>"
        f'<table:table-row table:default-cell-style-name="s">{number.format("")}</table:table-row></table:table>'
    )
    book = read_foreign(Path("x.ods"), ods_of(content, looks), "ods")
    found = book.sheets[0].cells
    assert [place for place, cell in found.items() if book.odd_styles.get(cell.style) == "struck"] == [
        (0, 0), (0, 1), (0, 7), (1, 0),
    ]  # fmt: skip
    assert [getattr(found[0, col].text, "kept", None) for col in range(8)] == [None] * 3 + ["12", "12"] + [None] * 3


def test_repeated_cells_of_ods():
    cell = f'<table:table-cell table:number-columns-repeated="2" {NUMBER}/>'
    row = f'<table:table-row table:number-rows-repeated="3">{cell}</table:table-row>'
    cells = book(ods_of(f'<table:table table:name="a">{row}{row}</table:table>')).sheets[0].cells
    assert set(cells) == {(r, c) for r in range(6) for c in range(2)}


# --- whole reports


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("writer", WRITERS)
def test_the_same_findings_in_every_format(name, writer):
    path = ROOT / "samples" / f"{name}.xlsx"
    whole = read_book(Container.open(path))
    before = examine(path)
    after = examine(Path("x"), data=WRITERS[writer](tabs_of(whole), areas_of(whole)))
    assert after.reading is not None
    assert before.reading is not None
    means = [f for f in after.findings if f.code is Code.S211]
    assert len(means) == ("1995" in writer)  # Excel 95 does not keep our names
    assert [f for f in told(after) if f[0] is not Code.S211] == told(before)
    assert after.reading.submission.entries == before.reading.submission.entries
    assert after.reading.submission.sections == before.reading.submission.sections
    assert [f.facts for f in after.findings if f.code is Code.S213] == [{"format": after.reading.book.format}]


@pytest.mark.parametrize("name", SAMPLES)
def test_the_fresh_form_says_the_same(name):
    whole = read_book(Container.open(ROOT / "samples" / f"{name}.xlsx"))
    first = examine(Path("x.xls"), data=xls(tabs_of(whole), areas_of(whole)))
    fresh, container = in_fresh_form(first)
    assert told(fresh) == told(first)  # the form was as issued, so every cell is where it was
    data = annotate(container, marks(fresh, "zh"), summary(fresh, "zh"))
    assert is_annotated(Container(Path("x.xlsx"), data))
    assert told(examine(Path("x.xlsx"), data=data)) == told(first)


def rewritten(name: str, changes: dict[tuple[str, int, int], object]) -> list[Tab]:
    """A sample with some cells as they should not be."""
    tabs = tabs_of(read_book(Container.open(ROOT / "samples" / f"{name}.xlsx")))
    return [
        Tab(t.name, {**t.cells, **{at[1:]: v for at, v in changes.items() if at[0] == t.name}}, t.hidden, (), t.merges)
        for t in tabs
    ]


@pytest.mark.parametrize("writer", ["xls", "ods", "xlsb"])
def test_nothing_that_was_typed_is_lost_in_the_fresh_form(writer):
    sheet = "三、依申请公开"
    typed: list[object] = ["１２", "3件", "无", "=1+1", Error("#REF!"), True, Day(45293), "长" * 40_000, 0.5, -1, "", 7]
    written = ["１２", "3件", "无", "=1+1", "#REF!", "TRUE", "2024-01-02", "长" * 32_767, "0.5", "-1", None, "7"]
    changes = {(sheet, 7 + n, 3): value for n, value in enumerate(typed)}
    whole = read_book(Container.open(ROOT / "samples" / "suqian-2024.xlsx"))
    one = examine(Path("x"), data=WRITERS[writer](rewritten("suqian-2024", changes), areas_of(whole)))
    cells = {s.name: s for s in read_book(in_fresh_form(one)[1]).sheets}[sheet].cells
    found = [cells.get((7 + n, 3)) for n in range(len(typed))]
    assert [cell and cell.text for cell in found] == written
    assert all(cell is None or cell.formula is None for cell in found)
    assert [cell.kind for cell in found if cell and cell.kind is not CellKind.TEXT] == [CellKind.NUMBER] * 3


def test_what_xml_cannot_hold(tmp_path):
    changes = {("封面", 4, 2): "甲\x01乙\ufffe", ("三、依申请公开", 7, 3): "\ufffe", ("三、依申请公开", 8, 3): Day(3e6)}
    whole = read_book(Container.open(ROOT / "samples" / "suqian-2024.xlsx"))
    one = examine(Path("x"), data=xls(rewritten("suqian-2024", changes), areas_of(whole)))
    sheets = {s.name: s.cells for s in read_book(in_fresh_form(one)[1]).sheets}
    assert sheets["封面"][4, 2].text == "甲乙\ufffd"
    assert [sheets["三、依申请公开"][row, 3].text for row in (7, 8)] == ["\ufffd", "3000000（日期）"]


def test_totals_by_formula_stay_formulas_and_typed_ones_stay_typed():
    for name in ("shili-czj-2024", "suqian-2024"):
        whole = read_book(Container.open(ROOT / "samples" / f"{name}.xlsx"))
        again = read_book(in_fresh_form(examine(Path("x"), data=xls(tabs_of(whole), areas_of(whole))))[1])
        before, after = (
            {(s.name, at) for s in one.sheets for at, c in s.cells.items() if c.formula is not None}
            for one in (whole, again)
        )
        assert after == before


# --- the command


@pytest.fixture
def desk(tmp_path):
    whole = read_book(Container.open(ROOT / "samples" / "zhangjiagang-gxj-2020.xlsx"))
    given = tabs_of(whole), areas_of(whole)
    (tmp_path / "甲.xls").write_bytes(compound({"Workbook": xls(*given)}))
    (tmp_path / "乙.ods").write_bytes(ods(*given))
    (tmp_path / "丙.xlsx").write_bytes(xlsb(*given))  # under a name that is not its own
    (tmp_path / "丁.et").write_bytes((tmp_path / "甲.xls").read_bytes())
    return tmp_path


def test_check_writes_a_fresh_form_beside_the_file(desk):
    before = {path.name: path.read_bytes() for path in desk.iterdir()}
    done = xlreport("check", *sorted(before), "--lang", "zh", at=desk)
    assert (done.code, done.err) == (1, "")
    assert done.out.count("三、依申请公开!D18  B401 T3-COL") == 4
    assert done.out.count("S213") == 4
    for words in ("旧的 .xls（或 .et）格式", "OpenDocument（.ods）格式", "二进制的 .xlsb 格式", "不能在原文件上标注"):
        assert words in done.out
    made = sorted(path.name for path in desk.iterdir() if path.name not in before)
    assert made == sorted(["甲.checked.xlsx", "乙.checked.xlsx", "丙.checked.xlsx", "丁.checked.xlsx"])
    assert all((desk / name).read_bytes() == data for name, data in before.items())
    copy = openpyxl.load_workbook(desk / "甲.checked.xlsx")
    assert copy.sheetnames[0] == "检查结果"
    assert copy["三、依申请公开"]["D18"].comment is not None
    assert copy["三、依申请公开"]["D18"].value == 2
    shown = json.loads(xlreport("check", "甲.xls", "--format", "json", "--no-annotate", at=desk).out)
    assert {f["code"] for f in shown["files"][0]["findings"]} == {"B401", "E301", "E308", "S213"}


def test_no_copy_where_there_is_nothing_to_say_but_the_format(desk):
    whole = read_book(Container.open(ROOT / "samples" / "shili-czj-2024.xlsx"))
    (desk / "净.ods").write_bytes(ods(tabs_of(whole), areas_of(whole)))
    done = xlreport("check", "净.ods", at=desk)
    assert done.code == 0
    assert "√ 1 个提示\n" in done.out
    assert not (desk / "净.checked.xlsx").exists()


def test_last_year_s_report_in_another_format(desk):
    shutil.copy(ROOT / "samples" / "zhangjiagang-gxj-2020.xlsx", desk / "now.xlsx")
    known = [xlreport("check", "now.xlsx", "--no-annotate", "--prior", p, at=desk).out for p in ("now.xlsx", "甲.xls")]
    assert known[0] == known[1]


def test_fill_does_not_write_into_other_formats(desk):
    (desk / "data.csv").write_text("table,row,column,value\n三,一,自然人,1\n", encoding="utf-8")
    done = xlreport("fill", "甲.xls", "data.csv", "-o", "x.xlsx", at=desk)
    assert done.code == 1
    assert "只能读取，不能填写" in done.err
    assert not (desk / "x.xlsx").exists()


def test_a_true_name_for_a_copy_of_an_xlsx_under_another_name(desk):
    shutil.copy(ROOT / "samples" / "zhangjiagang-gxj-2020.xlsx", desk / "戊.xls")
    done = xlreport("check", "戊.xls", at=desk)
    assert "S213" not in done.out
    assert (desk / "戊.checked.xlsx").exists()


def with_macros(data: bytes) -> tuple[bytes, bytes]:
    """A workbook with a macro project, and the project."""
    import io
    import zipfile

    project = bytes(range(256)) * 40
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    types = parts["[Content_Types].xml"].replace(kind, b"application/vnd.ms-excel.sheet.macroEnabled.main+xml")
    default = b'<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>'
    parts["[Content_Types].xml"] = types.replace(b"<Override", default + b"<Override", 1)
    arrow = (
        b'<Relationship Id="rIdM" Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject" '
        b'Target="vbaProject.bin"/></Relationships>'
    )
    name = "xl/_rels/workbook.xml.rels"
    parts[name] = parts[name].replace(b"</Relationships>", arrow)
    parts["xl/vbaProject.bin"] = project
    return zipped(parts), project


@pytest.mark.parametrize("name", ["己.xlsm", "己.xls"])
def test_macros_are_kept_and_never_run(tmp_path, name):
    data, project = with_macros((ROOT / "samples" / "zhangjiagang-gxj-2020.xlsx").read_bytes())
    (tmp_path / name).write_bytes(data)
    assert xlreport("check", name, at=tmp_path).code == 1
    before, after = Container.open(tmp_path / name), Container.open(tmp_path / "己.checked.xlsm")
    assert after.read("xl/vbaProject.bin") == project
    entry = [next(e for e in c.entries if e.filename == "xl/vbaProject.bin") for c in (before, after)]
    packed = [
        c.data[e.header_offset + 30 + len(e.filename) :][: e.compress_size]
        for c, e in zip((before, after), entry, strict=True)
    ]
    assert packed[0] == packed[1]
    assert b"sheet.macroEnabled.main+xml" in after.read("[Content_Types].xml")
    assert b"vbaProject.bin" in after.read("xl/_rels/workbook.xml.rels")


# --- what is not as it should be


def test_the_last_cell_costs_no_more_than_the_first():
    for data, last in (
        (xls([Tab("a", {(0, 0): 1, (65535, 255): 2})]), (65535, 255)),
        (ods([Tab("a", {(0, 0): 1, (1048575, 16383): 2})]), (1048575, 16383)),
        (xlsb([Tab("a", {(0, 0): 1, (1048575, 16383): 2})]), (1048575, 16383)),
    ):
        assert set(book(data).sheets[0].cells) == {(0, 0), last}


def table(*rows: str) -> bytes:
    return ods_of(f'<table:table table:name="a">{"".join(rows)}</table:table>')


EMPTY = (
    '<table:table-row table:number-rows-repeated="999999999999999999999">'
    '<table:table-cell table:number-columns-repeated="99999999999999999999"/></table:table-row>'
)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (lambda: table(EMPTY), None),
        (lambda: table(EMPTY, f"<table:table-row><table:table-cell {NUMBER}/></table:table-row>"), "out-of-grid"),
        (
            lambda: table(
                f'<table:table-row table:number-rows-repeated="1048576"><table:table-cell {NUMBER} '
                'table:number-columns-repeated="16384"/></table:table-row>'
            ),
            "too-big",
        ),
        (
            lambda: table(
                f'<table:table-row><table:table-cell {NUMBER} table:number-columns-repeated="20000"/></table:table-row>'
            ),
            "out-of-grid",
        ),
        (lambda: table('<table:table-row table:number-rows-repeated="x"/>'), "bad-xml"),
        (lambda: ods_of(""), "no-sheets"),
        (lambda: ods_of("<a>" * 400 + "</a>" * 400), "too-deep"),
        (lambda: ods_of("", **{"content.xml": b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}), "doctype"),
        (lambda: zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}), "truncated"),
        (lambda: ods_of("", **{"META-INF/manifest.xml": b"<manifest:encryption-data/>"}), "encrypted"),
        (lambda: xls([Tab("a", {(0, 0): 1})])[:-6], "truncated"),
        (lambda: xls([Tab("a", {(0, 0): "x"})], more=record(0xFD, struct.pack("<HHHI", 1, 1, 0, 7))), "truncated"),
        (lambda: xls([Tab("a", {(0, 0): 1})], more=record(0x203, b"\0" * 5)), "truncated"),
        (lambda: xls([Tab("a", {(0, 300): 1})]), "out-of-grid"),
        (lambda: xls([Tab("a", {})]).replace(record(0x0A), record(0x2F, bytes(6)) + record(0x0A), 1), "encrypted"),
        (lambda: compound({"Workbook": b""}), "truncated"),
        (lambda: compound({"Workbook": xls([TAB])})[:1024], "truncated"),
        (lambda: compound({"Workbook": xls([TAB])}).replace(b"\xfe\xff\xff\xff", b"\0\0\0\0"), "truncated"),
        (lambda: xlsb([TAB]).replace(b"sheet1.bin", b"sheet9.bin"), "truncated"),
        (lambda: b"\x09\x00\x04\x00\x02\x00\x10\x00", "too-old"),
    ],
)  # fmt: skip
def test_hostile_and_broken_files(data, expected):
    if expected is None:
        assert not book(data()).sheets[0].cells
    else:
        assert reason(data()) == expected


def test_many_tabs_that_claim_the_same_records():
    """A thousand tabs over 100,000 records would be 100 million to look at."""
    data = bytearray(xls([Tab("a", {}), Tab("b", {})], more=record(0x203, bytes(14)) * 100_000))
    tabs = data.index(struct.pack("<HH", 0x85, 10))
    one = bytes(data[tabs : tabs + 14])
    assert one[:4] == struct.pack("<HH", 0x85, 10)
    start = struct.unpack_from("<I", data, tabs + 14 + 4)[0]
    many = one[:4] + struct.pack("<I", start + 14 * 998) + one[8:]
    assert reason(bytes(data[:tabs]) + many * 1000 + bytes(data[tabs + 28 :])) == "too-big"


def test_a_compound_file_whose_chains_and_folders_run_in_circles():
    whole = compound({"Workbook": xls([TAB]), "Big": bytes(9000)})
    assert Compound(whole).stream("big") == bytes(9000)
    assert Compound(whole).stream("none") is None
    for word in (b"\xff\xff\xff\xff", b"\xfe\xff\xff\xff", b"\x01\0\0\0", b"\x02\0\0\0"):
        at = whole.find(word, 512)
        while at >= 0:
            for other in (b"\0\0\0\0", b"\x01\0\0\0", b"\xff\xff\0\0"):
                try:
                    found = Compound(whole[:at] + other + whole[at + 4 :])
                    assert all(len(found.stream(name) or b"") <= len(whole) for name in found.names())
                except Unreadable:
                    pass
            at = whole.find(word, at + 64)


@pytest.mark.parametrize("name", ["xls", "ods", "xlsb", "xls of 1995"])
def test_every_cut_and_every_damaged_byte_is_told(name):
    """No other exception than `Unreadable`, whatever is wrong."""
    whole = WRITERS[name]([TAB], {"xlr_t_1": (0, 1, 2, 3, 4)})
    variants = [whole[:n] for n in range(0, len(whole), max(len(whole) // 150, 1))]
    step = max(len(whole) // 400, 1)
    for flip in (0xFF, 0x01, 0x80):
        variants += [whole[:n] + bytes([whole[n] ^ flip]) + whole[n + 1 :] for n in range(0, len(whole), step)]
    for data in variants:
        one = examine(Path("x"), data=data)
        assert one.status in {Status.UNREADABLE, Status.UNRECOGNISED}


@pytest.mark.parametrize("name", ["xlsb", "ods"])
def test_damage_inside_a_package(name):
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(WRITERS[name]([TAB], {"xlr_t_1": (0, 1, 2, 3, 4)}))) as package:
        parts = {n: package.read(n) for n in package.namelist()}
    for part in [n for n in parts if n.endswith((".bin", "content.xml"))]:
        for n in range(len(parts[part])):
            for flip in (0xFF, 0x01):
                bent = parts[part][:n] + bytes([parts[part][n] ^ flip]) + parts[part][n + 1 :]
                one = examine(Path("x"), data=zipped({**parts, part: bent}))
                assert one.status in {Status.UNREADABLE, Status.UNRECOGNISED}


def test_xlsb_records_of_many_bytes():
    assert brt(0x19C, b"x" * 200)[:4] == b"\x9c\x03\xc8\x01"


def test_a_plain_check_imports_none_of_it(tmp_path):
    shutil.copy(ROOT / "samples" / "shili-czj-2024.xlsx", tmp_path / "a.xlsx")
    import subprocess
    import sys

    code = (
        "import sys; from pathlib import Path; from xlreport.cli.check import Request, check_files\n"
        "check_files(Request(files=(Path('a.xlsx'),), lang='zh'))\n"
        "names = {'xls', 'xlsb', 'ods', 'compound', 'unlock', 'bundle', 'foreign', 'refill'}\n"
        "print(sorted({n for n in sys.modules if n.rpartition('.')[2] in names and n.startswith('xlreport')}\n"
        "    | {n for n in ('msoffcrypto', 'python_calamine', 'xlsxwriter', 'datetime') if n in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True,
        env={**__import__("os").environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "[]"


# --- a real LibreOffice


@pytest.fixture(scope="module")
def converted(tmp_path_factory):
    """The samples as LibreOffice saves them in other formats."""
    folder = tmp_path_factory.mktemp("lo")
    paths = [ROOT / "samples" / f"{name}.xlsx" for name in SAMPLES]
    for fmt in ("xls", "ods"):
        convert(paths[0], fmt, folder / fmt, *paths[1:])
    return folder


@pytest.mark.libreoffice
@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("fmt", ["xls", "ods", "et"])
def test_what_libreoffice_saves_has_the_same_findings(converted, name, fmt, tmp_path):
    path = converted / fmt / f"{name}.{fmt}"
    if fmt == "et":  # WPS: the container of .xls
        path = tmp_path / f"{name}.et"
        shutil.copy(converted / "xls" / f"{name}.xls", path)
    before, after = examine(ROOT / "samples" / f"{name}.xlsx"), examine(path)
    assert told(after) == told(before)
    assert before.reading is not None
    assert after.reading is not None
    assert after.reading.submission.entries == before.reading.submission.entries
    assert after.reading.submission.cover == before.reading.submission.cover
    assert after.reading.submission.sections == before.reading.submission.sections
    assert after.reading.identity == before.reading.identity


@pytest.mark.libreoffice
@pytest.mark.parametrize("fmt", ["xls", "ods"])
def test_our_annotated_copy_saved_in_another_format(fmt, tmp_path):
    one = examine(ROOT / "samples" / "zhangjiagang-gxj-2020.xlsx")
    told_, container = in_fresh_form(one)
    (tmp_path / "a.xlsx").write_bytes(annotate(container, marks(told_, "zh"), summary(told_, "zh")))
    again = examine(convert(tmp_path / "a.xlsx", fmt, tmp_path / "out"))
    assert told(again) == told(one)
