"""A worksheet is read as stored, by pattern or by expat, and never half."""

import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import MAIN, cells_of, one, pack, parts_of, reason, worksheet

from xlreport.record import replace
from xlreport.workbook import sheet_xml as sheet_module
from xlreport.workbook.book import CellKind, Range, RawCell, read_book
from xlreport.workbook.container import LIMITS, Container, Unreadable


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


def test_too_many_cells(monkeypatch):
    monkeypatch.setattr("xlreport.workbook.book.CELLS", 3)
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, 9))
    assert reason(parts_of(worksheet(rows))) == "too-big"


def test_cells_of_other_namespaces_are_not_ours():
    rows = '<row r="1"><c r="A1"><v>1</v></c></row>'
    after = (
        '<extLst><ext><x:c xmlns:x="urn:x" r="A1"><x:v>2</x:v></x:c><c xmlns="urn:y" r="A1"><v>3</v></c></ext></extLst>'
    )
    assert read_book(pack(parts_of(worksheet(rows, after=after)))).sheets[0].cells == {
        (0, 0): RawCell(CellKind.NUMBER, "1")
    }


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


@settings(max_examples=40, deadline=None)
@given(st.text(string.printable + "汇总_x000D_", max_size=300), st.integers(0, 600))
def test_any_rubbish_inside_a_sheet_is_read_or_unreadable(rubbish, at):
    xml = worksheet('<row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row>' * 4)
    try:
        book = read_book(pack(parts_of(xml[:at] + rubbish + xml[at:])))
    except Unreadable:
        return
    assert len(book.sheets) == 1


def both_ways(rows: str, frame: str = "", root: str = "") -> tuple[object, object]:
    """What the pattern for plainly written rows reads, and what expat reads when a comment forbids the pattern."""
    sheet = worksheet(rows, after=frame).replace("<worksheet ", f"<worksheet {root} ", 1)
    found: list[object] = []
    for xml in (sheet, sheet.replace("<sheetData>", "<!-- --><sheetData>")):
        try:
            found.append(read_book(pack(parts_of(xml, "<si><t>甲</t></si><si><t/></si>"))).sheets)
        except Unreadable as problem:
            found.append(problem.reason)
    return found[0], found[1]


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="2" spans="1:5" ht="0" x14ac:dyDescent="0.2"><c r="B2"><v>1</v></c></row><row r="3" hidden="true"/>',
        '<row r="2"><c r="B2" s="1" t="s"><v>0</v></c><c r="C2" t="s"><v>1</v></c><c r="AA2" s="7"/></row>',
        '<row r="2"><c r="B2" t="s"><v>2</v></c></row>',
        '<row r="2"><c r="B2" t="n"><f>=A1&lt;&quot;&amp;lt;&quot;</f><v>1</v></c><c r="C2"><f>A1</f><v /></c></row>',
        '<row r="2"><c r="B2" t="str"><f>A1</f><v></v></c><c r="C2" t="b"><v>1</v></c></row>',
        '<row r="2"><c r="B2" t="e"><v>#N/A</v></c><c r="C2"><f ca="1">A1</f><v>1</v></c></row>',
        '<row r="2"><c r="B2"><f t="shared" ref="B2:B9" si="0">A1</f></c><c r="C2"><f t="shared" si="0"/></c></row>',
        '<row r="2"><c r="B2" t="str"><v>a_x000A_b&amp;#10;</v></c><c r="C2"><v/></c><c r="D2"><v> 7 </v></c></row>',
        '<row r="2"><c r="B2" t="str"><v>a\r\nb\x85</v></c></row>',
        '<row r="2"><c r="B2" t="str"><v>&#65;</v></c></row>',
        '<row r="2"><c r="B2" t="str"><v>\x02</v></c></row>',
        '<row r="2"><c r="B2" t="str"><v>]]></v></c></row>',
        '<row r="2"><c r="B2" t="str"><v>\uffff</v></c></row>',
        '<row r="2"><c r="B3"><v>1</v></c></row>',
        '<row r="2"><c r="XFE2"><v>1</v></c></row>',
        '<row r="1048577"><c r="A1048577"><v>1</v></c></row>',
        '<row r="2" xmlns="urn:x"><c r="B2"><v>1</v></c></row><row r="3"><c r="A3"><v>3</v></c></row>',
        '<row r="2"><c r="B2"><v>1</v></c></row><row r="2"><c r="B2"><v>2</v></c><c r="A2"><v>3</v></c></row>',
        '<row r="2"><c r="B2"><v>1</v></c></row>\n<row r="3"/>',
        '<row r="2" r="3"><c r="B2"><v>1</v></c></row>',
        '<row r="2" a:b="3"><c r="B2"><v>1</v></c></row>',
        '<row r="2" ht="3" ht="3"><c r="B2"><v>1</v></c></row>',
    ],
)
def test_the_quick_way_reads_what_expat_reads(rows):
    quick, slow = both_ways(rows, root='xmlns:x14ac="urn:x14ac"')
    assert quick == slow


def test_the_quick_way_leaves_rows_of_other_namespaces_alone():
    row = '<row r="1"><c r="A1"><v>1</v></c></row>'
    foreign = f'<x:worksheet xmlns:x="{MAIN}" xmlns="urn:x"><sheetData>{row}</sheetData></x:worksheet>'
    deeper = worksheet("").replace("<sheetData></sheetData>", f"<a><sheetData>{row}</sheetData></a>")
    assert read_book(pack(parts_of(foreign))).sheets[0].cells == {}
    for xml in (deeper, deeper.replace("<a>", "<a><!-- -->")):
        assert read_book(pack(parts_of(xml))).sheets[0].cells == {}


@settings(max_examples=150, deadline=None)
@given(st.text('<>/="& \nrcvft123ABxs;amp#', max_size=6), st.integers(0, 200), st.integers(0, 6))
def test_changed_characters_are_read_alike_both_ways(change, at, dropped):
    rows = (
        '<row r="1" ht="9"><c r="A1" s="1" t="s"><v>0</v></c><c r="B1"><f>A2</f><v>1</v></c></row>'
        '<row r="2" hidden="1"><c r="A2" t="str"><v>&lt;x</v></c><c r="C2" s="2"/></row>'
    )
    quick, slow = both_ways(rows[:at] + change + rows[at + dropped :])
    assert quick == slow


def test_limits_of_the_container_hold_for_the_sheets():
    rows = '<row r="1"><c r="A1" t="inlineStr"><is><t>1</t></is></c></row>'
    data = pack(parts_of(worksheet(rows))).data
    with pytest.raises(Unreadable, match="too-deep"):
        read_book(Container(Path("x.xlsx"), data, replace(LIMITS, depth=5)))


def test_expat_still_translates_names():
    """The reader leans on it (Container.parse); without it every sheet would be refused, not misread."""
    names: list[str] = []
    pack(parts_of(worksheet(""))).parse(
        "xl/worksheets/sheet1.xml", lambda name, _: names.append(name), names=sheet_module.NAMES
    )
    assert names == ["x:worksheet", "x:sheetData"]
