"""A workbook is read as stored: sheets, names, properties and dates, whoever wrote it."""

import datetime as dt
import io
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import (
    MAIN,
    OFFICE,
    STRICT_MAIN,
    STRICT_OFFICE,
    arrows,
    book_of,
    pack,
    parts_of,
    reason,
    worksheet,
)

from xlreport.workbook.annotate import Mark, Tone, annotate
from xlreport.workbook.book import (
    CellKind,
    RawCell,
    Visibility,
    read_book,
)
from xlreport.workbook.container import Container, Unreadable
from xlreport.workbook.formats import shown_as


def test_doctype_in_any_part_is_refused():
    parts = parts_of(worksheet(""), "", "")
    for name, content in parts.items():
        assert reason(parts | {name: f"<!DOCTYPE a>{content}"}) == "doctype"


@pytest.mark.parametrize("space", ["urn:other", "", STRICT_MAIN + "/2"])
def test_an_unknown_namespace_is_never_an_empty_workbook(space):
    parts = parts_of(worksheet('<row r="1"><c r="A1"><v>1</v></c></row>'))
    for name in ("xl/workbook.xml", "xl/worksheets/sheet1.xml"):
        assert reason(parts | {name: parts[name].replace(MAIN, space)}) == "namespace"


def prefixed(xml: str) -> str:
    for tag in ("worksheet", "sheetData", "row", "c", "v", "is", "t", "mergeCells", "mergeCell"):
        xml = (
            xml.replace(f"<{tag} ", f"<x:{tag} ").replace(f"<{tag}>", f"<x:{tag}>").replace(f"</{tag}>", f"</x:{tag}>")
        )
    return xml.replace("xmlns=", "xmlns:x=")


def test_prefixes_and_strict_workbooks_read_the_same():
    rows = '<row r="2"><c r="B2"><v>1</v></c><c r="C2" t="inlineStr"><is><t>无</t></is></c></row>'
    plain = worksheet(rows, after='<mergeCells><mergeCell ref="A1:C1"/></mergeCells>')
    usual = read_book(pack(parts_of(plain)))
    assert not usual.strict
    for parts in (
        parts_of(prefixed(plain)),
        {name: xml.replace(MAIN, STRICT_MAIN).replace(OFFICE, STRICT_OFFICE) for name, xml in parts_of(plain).items()},
        parts_of(plain.replace('"', "'").replace("<c ", "<c\n  ").replace(f"='{MAIN}'", f" = '{MAIN}'")),
        parts_of(f'\ufeff<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n{plain}'),
    ):
        book = read_book(pack(parts))
        assert book.sheets == usual.sheets
        assert book.strict == (STRICT_MAIN in parts["xl/workbook.xml"])


def test_tabs_keep_their_order_and_chart_sheets_are_passed_over():
    parts = parts_of(worksheet(""))
    parts["xl/workbook.xml"] = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><workbookPr date1904="1"/><sheets>'
        '<sheet name="图" sheetId="9" r:id="rId2"/><sheet name="乙" state="veryHidden" sheetId="3" r:id="rId3"/>'
        '<sheet name="甲" state="hidden" sheetId="1" r:id="rId1"/></sheets><definedNames>'
        '<definedName name="_xlr_a">\'乙\'!$B$2</definedName><definedName name="n" '
        'localSheetId="2">=甲!$A$1</definedName>'
        '<definedName name="n" localSheetId="0">图</definedName><definedName name="bad">#REF!</definedName>'
        "</definedNames></workbook>"
    )
    parts["xl/_rels/workbook.xml.rels"] = arrows(
        OFFICE, ("worksheet", "worksheets/sheet1.xml"), ("chartsheet", "c.xml"), ("worksheet", "s2.xml")
    )
    parts |= {"xl/c.xml": "<chartsheet/>", "xl/s2.xml": worksheet('<row r="1"><c r="A1"><v>2</v></c></row>')}
    book = read_book(pack(parts))
    assert [(sheet.name, sheet.tab, sheet.visible, sheet.part) for sheet in book.sheets] == [
        ("乙", 1, Visibility.VERY_HIDDEN, "xl/s2.xml"),
        ("甲", 2, Visibility.HIDDEN, "xl/worksheets/sheet1.xml"),
    ]
    assert book.names == {"_xlr_a": "'乙'!$B$2", "bad": "#REF!"}
    assert book.local_names == {("n", 1): "甲!$A$1"}
    assert book.date1904


def test_sheets_whose_part_is_missing():
    parts = parts_of(worksheet(""))
    assert reason({name: xml for name, xml in parts.items() if "sheet1" not in name}) == "truncated"
    assert reason(parts | {"xl/_rels/workbook.xml.rels": arrows(OFFICE)}) == "truncated"


def test_a_module_of_macros_among_the_sheets_is_passed_over():
    book = parts_of(worksheet('<row r="1"><c r="A1"><v>7</v></c></row>'))
    book["xl/workbook.xml"] = book["xl/workbook.xml"].replace(
        "</sheets>", '<sheet name="Module1" sheetId="2" state="veryHidden" r:id=""/></sheets>'
    )
    assert [sheet.name for sheet in read_book(pack(book)).sheets] == ["一"]


def test_an_unknown_state_of_a_sheet_hides_nothing():
    book = parts_of(worksheet(""))
    book["xl/workbook.xml"] = book["xl/workbook.xml"].replace("<sheet ", '<sheet state="show" ')
    assert read_book(pack(book)).sheets[0].visible is Visibility.VISIBLE


def test_no_two_sheets_are_one_part():
    """900 such sheets took 19 seconds and 2.3 GB to mark: each mark was put into one and the same part."""
    book = parts_of(worksheet(""))
    book["xl/workbook.xml"] = book["xl/workbook.xml"].replace(
        "</sheets>", '<sheet name="二" sheetId="2" r:id="rId1"/></sheets>'
    )
    assert reason(book) == "damaged"
    with pytest.raises(Unreadable, match="damaged"):
        annotate(pack(book), [Mark("二", 0, 0, Tone.ERROR, ("x",))], None)


def test_a_workbook_of_charts_only_is_told():
    parts = parts_of(worksheet(""))
    chart = arrows(OFFICE, ("chartsheet", "worksheets/sheet1.xml"))
    assert reason(parts | {"xl/_rels/workbook.xml.rels": chart}) == "no-sheets"
    bare = f'<workbook xmlns="{MAIN}"><sheets/></workbook>'
    assert reason(parts | {"xl/workbook.xml": bare}) == "no-sheets"


def test_dates_are_told_by_their_style():
    codes = {
        164: "yyyy\\-mm\\-dd",
        165: '0.0"day"',
        166: "[$-804]yyyy&quot;年&quot;m&quot;月&quot;",
        167: "[Red]0;d",
        168: "[h]:mm",
        169: "General&quot;件&quot;",
    }
    formats = "".join(f'<numFmt numFmtId="{n}" formatCode="{code}"/>' for n, code in codes.items() if n != 165)
    formats += '<numFmt numFmtId="165" formatCode=\'0.0"day"\'/>'
    order = [0, 14, 58, 1, 164, 165, 166, 167, 168, 169, 49]
    styles = (
        f'<numFmts>{formats}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>'
        + "".join(f'<xf numFmtId="{n}"/>' for n in order)
        + '</cellXfs><dxfs><dxf><numFmt numFmtId="1" formatCode="yyyy"/></dxf></dxfs>'
    )
    book = read_book(pack(parts_of(worksheet(""), None, styles)))
    assert {order[style] for style in range(-1, 20) if book.is_date(style)} == {14, 58, 164, 166, 168}
    assert not read_book(pack(parts_of(worksheet("")))).is_date(0)


def test_a_date_typed_where_a_number_belongs(tmp_path):
    path = tmp_path / "date.xlsx"
    book = openpyxl.Workbook()
    book.active["A1"], book.active["A2"] = dt.date(2024, 1, 2), 45293
    book.save(path)
    read = read_book(Container.open(path))
    cells = read.sheets[0].cells
    assert [cells[row, 0].text for row in (0, 1)] == ["45293", "45293"]
    assert [read.is_date(cells[row, 0].style) for row in (0, 1)] == [True, False]


def test_properties_and_application(tmp_path):
    path = tmp_path / "p.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet()
        book.set_custom_property("xlreport.form", "zfxxgk-annual")
        book.set_custom_property("期", 2024)
    read = read_book(Container.open(path))
    assert read.properties == {"xlreport.form": "zfxxgk-annual", "期": "2024"}
    assert read.application == "Microsoft Excel"
    bare = book_of("")
    assert (bare.properties, bare.application) == ({}, "")


def test_strict_properties():
    parts = parts_of(worksheet(""))
    parts["_rels/.rels"] = arrows(
        STRICT_OFFICE,
        ("officeDocument", "xl/workbook.xml"),
        ("customProperties", "c.xml"),
        ("extendedProperties", "no.xml"),
    )
    parts["c.xml"] = (
        '<Properties xmlns="urn:c" xmlns:vt="urn:v"><property name="a">'
        "<vt:lpwstr>乙_x000A_</vt:lpwstr></property></Properties>"
    )
    book = read_book(pack(parts))
    assert (book.properties, book.application) == ({"a": "乙\n"}, "")


values = st.one_of(
    st.integers(-(10**15), 10**15),
    st.integers(-(10**12), 10**12).map(lambda n: n / 100),  # both writers keep 16 digits
    st.booleans(),
    # What XML cannot hold is left out, and so is a text of its own that looks like an escape of Excel's.
    st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=40).filter(lambda t: "_x" not in t),
    st.sampled_from(["a\nb", " 前后 ", "<&>\"'", "=1+1", "#N/A x", "12", "汇总\t表"]),
)
grids = st.dictionaries(st.tuples(st.integers(0, 60), st.integers(0, 30)), values, max_size=25)


def plain(cell: RawCell) -> object:
    match cell.kind:
        case CellKind.NUMBER:
            return float(cell.text)
        case CellKind.BOOL:
            return cell.text == "TRUE"
        case _:
            return cell.text


def compare(stream: io.BytesIO, grid: dict[tuple[int, int], object]) -> None:
    book = read_book(Container(Path("x.xlsx"), stream.getvalue()))
    read = {at: plain(cell) for at, cell in book.sheets[0].cells.items()}
    assert read == {at: float(v) if type(v) in {int, float} else v for at, v in grid.items()}
    oracle = openpyxl.load_workbook(stream).worksheets[0]
    assert read == {
        (cell.row - 1, cell.column - 1): cell.value for row in oracle.rows for cell in row if cell.value is not None
    }


@settings(max_examples=60, deadline=None)
@given(grids)
def test_what_xlsxwriter_writes_is_read(grid):
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for (row, col), value in grid.items():
            write = {str: sheet.write_string, bool: sheet.write_boolean}.get(type(value), sheet.write_number)
            assert write(row, col, value) == 0
    compare(stream, grid)


@settings(max_examples=60, deadline=None)
@given(grids)
def test_what_openpyxl_writes_is_read(grid):
    stream = io.BytesIO()
    book = openpyxl.Workbook()
    for (row, col), value in grid.items():
        cell = book.active.cell(row + 1, col + 1)
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"
    book.save(stream)
    compare(stream, grid)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("0;-0;0", ""),
        ("0;[Red]0", ""),
        ("0;(0)", ""),
        ('#,##0_ ;-#,##0_ ;"-"', ""),
        ('0;"负"0;"无"', ""),
        ("0;0", "negative"),
        ("0;;", "negative"),
        ("0;-0%", "negative"),
        ('0;-"1"0', "negative"),
        ('0;-0;"1"', "zero"),
        ('0;0;"5"', "negative zero"),
        ('0;"a;b"-0;"1;"', "zero"),
        ('[<10]0;0"0"', "disguised"),
        ('[>5]"共"0;0', ""),
        ("[=0]0;0%", "disguised"),
    ],
)
def test_what_the_further_sections_of_a_number_format_make_of_a_number(code: str, expected: str) -> None:
    assert shown_as(0, code) == expected
