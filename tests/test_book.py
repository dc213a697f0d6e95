"""A workbook is read as stored: values, formulas with their results, names, merges, whoever wrote it."""

import datetime as dt
import io
import string
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from xlreport.workbook import sheet as sheet_module
from xlreport.workbook.book import (
    Book,
    CellKind,
    Range,
    RawCell,
    Visibility,
    cell_name,
    column_letters,
    parse_cell,
    parse_range,
    read_book,
)
from xlreport.workbook.container import LIMITS, Container, Unreadable

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_OFFICE = "http://purl.oclc.org/ooxml/officeDocument/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def arrows(office: str, *targets: tuple[str, str]) -> str:
    inner = "".join(
        f'<Relationship Id="rId{n}" Type="{office}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{PACKAGE}">{inner}</Relationships>'


def pack(parts: dict[str, str]) -> Container:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return Container(Path("x.xlsx"), stream.getvalue())


def parts_of(sheet: str, strings: str | None = None, styles: str | None = None, **more: str) -> dict[str, str]:
    """A workbook around one worksheet's XML, as small as one may be."""
    parts = {
        "_rels/.rels": arrows(OFFICE, ("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="一" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": arrows(
            OFFICE,
            ("worksheet", "worksheets/sheet1.xml"),
            *([("sharedStrings", "sharedStrings.xml")] if strings is not None else []),
            *([("styles", "styles.xml")] if styles is not None else []),
        ),
        "xl/worksheets/sheet1.xml": sheet,
    }
    if strings is not None:
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{strings}</sst>'
    if styles is not None:
        parts["xl/styles.xml"] = f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>'
    return parts | more


def worksheet(rows: str, before: str = "", after: str = "") -> str:
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def book_of(rows: str, strings: str | None = None, **more: str) -> Book:
    return read_book(pack(parts_of(worksheet(rows), strings, **more)))


def cells_of(rows: str, strings: str | None = None) -> dict[str, RawCell]:
    return {cell_name(*at): cell for at, cell in book_of(rows, strings).sheets[0].cells.items()}


def one(content: str, strings: str | None = None) -> RawCell | None:
    return cells_of(f'<row r="1">{content}</row>', strings).get("A1")


def reason(parts: dict[str, str]) -> str:
    with pytest.raises(Unreadable) as caught:
        read_book(pack(parts))
    return caught.value.reason


@pytest.mark.parametrize("written", ["12", "12.0", "1.2E1", "-0.50", "+3", ".5", "5.", "1e400", "0", "-1.0E-05"])
def test_numbers_stay_as_written(written):
    assert one(f'<c r="A1"><v>{written}</v></c>') == RawCell(CellKind.NUMBER, written)
    assert one(f'<c r="A1" t="n" s="3"><v>\n {written} </v></c>') == RawCell(CellKind.NUMBER, written, None, 3)


@pytest.mark.parametrize("written", ["nan", "INF", "1_000", "١٢", "12件", "0x10"])
def test_what_is_no_number_is_text_whatever_its_type(written):
    assert one(f'<c r="A1"><v>{written}</v></c>') == RawCell(CellKind.TEXT, written)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('<c r="A1" t="b"><v>1</v></c>', RawCell(CellKind.BOOL, "TRUE")),
        ('<c r="A1" t="b"><v>0</v></c>', RawCell(CellKind.BOOL, "FALSE")),
        ('<c r="A1" t="e"><v>#REF!</v></c>', RawCell(CellKind.ERROR, "#REF!")),
        ('<c r="A1" t="d"><v>2024-01-02T00:00:00</v></c>', RawCell(CellKind.TEXT, "2024-01-02T00:00:00")),
        ('<c r="A1" t="str"><f>B1&amp;""</f><v></v></c>', RawCell(CellKind.TEXT, "", 'B1&""')),
        ('<c r="A1" t="str"><f>B1</f><v> 无 </v></c>', RawCell(CellKind.TEXT, " 无 ", "B1")),
        ('<c r="A1"><f>SUM(B1:D1)</f></c>', RawCell(CellKind.BLANK, "", "SUM(B1:D1)")),
        ('<c r="A1"><f>SUM(B1:D1)</f><v/></c>', RawCell(CellKind.BLANK, "", "SUM(B1:D1)")),
        ('<c r="A1"><f>SUM(B1:D1)</f><v>6</v></c>', RawCell(CellKind.NUMBER, "6", "SUM(B1:D1)")),
        ('<c r="A1" t="e"><f>1/0</f><v>#DIV/0!</v></c>', RawCell(CellKind.ERROR, "#DIV/0!", "1/0")),
        ('<c r="A1"><f t="array" ref="A1:A2">B1:B2</f><v>4</v></c>', RawCell(CellKind.NUMBER, "4", "B1:B2")),
        ('<c s="2" t="inlineStr" r="A1"><is><t>两件</t></is></c>', RawCell(CellKind.TEXT, "两件", None, 2)),
        ('<c r="A1" t="inlineStr"><is><t/></is></c>', RawCell(CellKind.TEXT, "")),
        ('<c r="A1" s="4"/>', None),
        ('<c r="A1"><v/></c>', None),
        ('<c r="A1" t="inlineStr"><is/></c>', None),
    ],
)
def test_kinds_of_cells(content, expected):
    assert one(content) == expected


def test_rich_text_is_joined_and_reading_aids_left_out():
    text = (
        '<r><rPr><b/></rPr><t>课</t></r><r><t xml:space="preserve"> 题 </t></r>'
        '<rPh sb="0" eb="1"><t>カ</t></rPh><phoneticPr fontId="1"/>'
    )
    expected = RawCell(CellKind.TEXT, "课 题 ")
    assert one(f'<c r="A1" t="inlineStr"><is>{text}</is></c>') == expected
    assert one('<c r="A1" t="s"><v>1</v></c>', f"<si><t>x</t></si><si>{text}</si>") == expected


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("a_x000D_\nb", "a\r\nb"),
        ("_x005F_x000D_", "_x000D_"),
        ("_xD83D__xDE00_", "😀"),
        ("_xD83D_x", "\ufffdx"),
        ("_x12", "_x12"),
        ("a&amp;b &lt;![CDATA[", "a&b <![CDATA["),
        ("<![CDATA[ <x> ]]>", " <x> "),
        ("", ""),
    ],
)
def test_text_is_what_excel_shows(stored, text):
    assert one('<c r="A1" t="s"><v>0</v></c>', f"<si><t>{stored}</t></si>") == RawCell(CellKind.TEXT, text)
    assert one(f'<c r="A1" t="inlineStr"><is><t>{stored}</t></is></c>') == RawCell(CellKind.TEXT, text)


@pytest.mark.parametrize("number", ["1", "-1", "x", ""])
def test_a_shared_string_that_is_not_there_is_never_a_silent_blank(number):
    rows = f'<row r="1"><c r="A1" t="s"><v>{number}</v></c></row>'
    assert reason(parts_of(worksheet(rows), "<si><t>x</t></si>")) == "truncated"
    assert reason(parts_of(worksheet(rows))) == "truncated"


def test_shared_formulas():
    cells = cells_of(
        '<row r="1"><c r="A1"><f t="shared" ref="A1:A2" si="0">B1*2</f><v>2</v></c></row>'
        '<row r="2"><c r="A2"><f t="shared" si="0"/><v>4</v></c><c r="B2"><v>2</v></c></row>'
    )
    assert cells == {
        "A1": RawCell(CellKind.NUMBER, "2", "B1*2"),
        "A2": RawCell(CellKind.NUMBER, "4", "", shared=True),
        "B2": RawCell(CellKind.NUMBER, "2"),
    }


def test_rows_and_cells_without_addresses_are_counted_on():
    cells = cells_of(
        "<row><c><v>1</v></c><c/><c><v>2</v></c></row><row><c><v>3</v></c></row>"
        '<row r="7"><c r="C7"><v>4</v></c><c><v>5</v></c></row><row><c><v>6</v></c></row>'
        '<row><c r="b12"><v>7</v></c><c><v>8</v></c></row><row><c><v>9</v></c></row>'
    )
    assert {at: cell.text for at, cell in cells.items()} == {
        "A1": "1",
        "C1": "2",
        "A2": "3",
        "C7": "4",
        "D7": "5",
        "A8": "6",
        "B12": "7",
        "C12": "8",
        "A13": "9",
    }


def test_a_cells_own_address_counts_when_its_row_says_otherwise():
    cells = cells_of('<row r="2"><c r="A2"><v>0</v></c><c r="A12"><v>1</v></c><c r="B3"><v>2</v></c></row>')
    assert {at: cell.text for at, cell in cells.items()} == {"A2": "0", "A12": "1", "B3": "2"}


@pytest.mark.parametrize(
    ("row", "cell"), [("1048577", "A1048577"), ("1", "XFE1"), ("1", "ZZZ1"), ("9999999", "A9999999")]
)
def test_cells_beyond_the_last_are_refused(row, cell):
    content = f'<row r="{row}"><c r="{cell}"><v>1</v></c></row>'
    assert reason(parts_of(worksheet(content))) == "out-of-grid"
    assert cells_of(content.replace("<v>1</v>", "")) == {}  # only formatted: harmless


def test_the_last_cell_of_all_costs_nothing():
    rows = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    book = read_book(pack(parts_of(worksheet(rows, before='<dimension ref="A1:XFD1048576"/>'))))
    assert list(book.sheets[0].cells) == [(1_048_575, 16_383)]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ('<row r="1"><c r="1A"><v>1</v></c></row>', "bad-xml"),
        ('<row r="x"/>', "bad-xml"),
        ('<row r="1"><c r="A1" s="x"><v>1</v></c></row>', "bad-xml"),
        ('<row r="1"><c r="A1"><v>1</c></row>', "bad-xml"),
        ('<row r="1"><c r="A1" t="str"><v>&e;</v></c></row>', "bad-xml"),
        ('<row r="1"><c r="A1" t="str"><v>\x01</v></c></row>', "bad-xml"),
        ("<c>" * 300 + "</c>" * 300, "too-deep"),
        ("<x>" * 300 + "</x>" * 300, "too-deep"),
    ],
)
def test_broken_sheets(rows, expected):
    assert reason(parts_of(worksheet(rows))) == expected


def test_doctype_in_any_part_is_refused():
    parts = parts_of(worksheet(""), "", "")
    for name, content in parts.items():
        assert reason(parts | {name: f"<!DOCTYPE a>{content}"}) == "doctype"


def test_too_many_cells(monkeypatch):
    monkeypatch.setattr("xlreport.workbook.book.CELLS", 3)
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, 9))
    assert reason(parts_of(worksheet(rows))) == "too-big"


@pytest.mark.parametrize("space", ["urn:other", "", STRICT_MAIN + "/2"])
def test_an_unknown_namespace_is_never_an_empty_workbook(space):
    parts = parts_of(worksheet('<row r="1"><c r="A1"><v>1</v></c></row>'))
    for name in ("xl/workbook.xml", "xl/worksheets/sheet1.xml"):
        assert reason(parts | {name: parts[name].replace(MAIN, space)}) == "namespace"


def test_cells_of_other_namespaces_are_not_ours():
    rows = '<row r="1"><c r="A1"><v>1</v></c></row>'
    after = (
        '<extLst><ext><x:c xmlns:x="urn:x" r="A1"><x:v>2</x:v></x:c><c xmlns="urn:y" r="A1"><v>3</v></c></ext></extLst>'
    )
    assert read_book(pack(parts_of(worksheet(rows, after=after)))).sheets[0].cells == {
        (0, 0): RawCell(CellKind.NUMBER, "1")
    }


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


def test_a_workbook_of_charts_only_is_told():
    parts = parts_of(worksheet(""))
    chart = arrows(OFFICE, ("chartsheet", "worksheets/sheet1.xml"))
    assert reason(parts | {"xl/_rels/workbook.xml.rels": chart}) == "no-sheets"
    bare = f'<workbook xmlns="{MAIN}"><sheets/></workbook>'
    assert reason(parts | {"xl/workbook.xml": bare}) == "no-sheets"


def test_merges_and_hidden_rows_and_columns():
    sheet = worksheet(
        '<row r="1" hidden="1"/><row r="2" ht="0" customHeight="1"/><row r="3" hidden="0"/>',
        before='<cols><col min="2" max="2" hidden="1"/><col min="4" max="16384" width="0"/>'
        '<col min="3" max="3"/></cols>',
        after='<mergeCells count="9"><mergeCell ref="A1:E2"/><mergeCell ref="B4"/></mergeCells>',
    )
    found = read_book(pack(parts_of(sheet))).sheets[0]
    assert found.merges == (Range(0, 0, 1, 4), Range(3, 1, 3, 1))
    assert found.hidden_rows == {0, 1}
    assert [found.is_hidden(2, col) for col in (0, 1, 2, 3, 16_383)] == [False, True, False, True, True]
    assert found.is_hidden(0, 0)


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


def test_addresses():
    assert [column_letters(col) for col in (0, 25, 26, 701, 702, 16_383)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]
    assert cell_name(20, 1) == "B21"
    assert parse_cell("$B$21") == parse_cell("b21") == (20, 1)
    assert parse_cell("XFD1048576") == (1_048_575, 16_383)
    for wrong in ("", "B0", "B", "21", "XFE1", "A1048577", "B２１", "B21 ", "B-1", "$$B1", "ABCD1"):
        with pytest.raises(ValueError, match="cell"):
            parse_cell(wrong)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'三、依申请公开'!$D$4:$J$31", ("三、依申请公开", Range(3, 3, 30, 9))),
        ("'It''s'!$A$1", ("It's", Range(0, 0, 0, 0))),
        ("表1!B2:A1", ("表1", Range(0, 0, 1, 1))),
        ("'a!b:c,d'!A1", ("a!b:c,d", Range(0, 0, 0, 0))),
        ("A1:B2", ("", Range(0, 0, 1, 1))),
        *(
            (text, None)
            for text in ("#REF!", "表1!#REF!", "#REF!$A$1", "'表 1'!$A$1:#REF!", "", "12", "表1!", "SUM(A1)")
        ),
        *(
            (text, None)
            for text in ("[1]表!A1", "'[b.xlsx]表'!A1", "表!$A:$C", "表!$1:$3", "表!A1,表!B2", "表1:表2!A1")
        ),
        *((text, None) for text in ("A1:B2:C3", "XFE1", "''!A1", "'a'b'!A1", "表!A1 ", '"A1"')),
    ],
)
def test_ranges(text, expected):
    assert parse_range(text) == expected


def test_letters_and_numbers_of_columns_agree():
    for col in (*range(0, 16_384, 97), 16_383):
        assert parse_cell(cell_name(col, col)) == (col, col)


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


@settings(max_examples=40, deadline=None)
@given(st.text(string.printable + "汇总_x000D_", max_size=300), st.integers(0, 600))
def test_any_rubbish_inside_a_sheet_is_read_or_unreadable(rubbish, at):
    xml = worksheet('<row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row>' * 4)
    try:
        book = read_book(pack(parts_of(xml[:at] + rubbish + xml[at:])))
    except Unreadable:
        return
    assert len(book.sheets) == 1


def test_limits_of_the_container_hold_for_the_sheets():
    data = pack(parts_of(worksheet('<row r="1"><c r="A1"><v>1</v></c></row>'))).data
    with pytest.raises(Unreadable, match="too-deep"):
        read_book(Container(Path("x.xlsx"), data, replace(LIMITS, depth=3)))


def test_expat_still_translates_names():
    """The reader leans on it (Container.parse); without it every sheet would be refused, not misread."""
    names: list[str] = []
    pack(parts_of(worksheet(""))).parse(
        "xl/worksheets/sheet1.xml", lambda name, _: names.append(name), names=sheet_module.NAMES
    )
    assert names == ["x:worksheet", f"{MAIN} sheetData"]
