"""Values are put into cells, and nothing else in the workbook moves."""

import re
from decimal import Decimal

import pytest
from pens import MAIN, SHEET, by_hand, form, office_form, opened, parts

from xlreport.workbook.book import CellKind, read_book
from xlreport.workbook.poke import set_values

HEAD = f'<worksheet xmlns="{MAIN}">'.encode()


def hand(rows: bytes, before: bytes = b"", **more) -> bytes:
    return by_hand(HEAD + before + b"<sheetData>" + rows + b"</sheetData><pageMargins/></worksheet>", **more)


def after(data: bytes, values=None, **more) -> bytes:
    """The sheet's part with these values in 表."""
    named = {("表", *spot): value for spot, value in (values or {}).items()}
    if "cached" in more:
        more["cached"] = {("表", *spot): value for spot, value in more["cached"].items()}
    return parts(set_values(opened(data), named, **more))["xl/worksheets/a.xml"]


def rows(part: bytes) -> bytes:
    return part[part.index(b"<sheetData>") + 11 : part.index(b"</sheetData>")]


def test_values_go_in_and_nothing_else_changes():
    before = form()
    data = set_values(opened(before), {(SHEET, 2, 1): 41, (SHEET, 3, 1): Decimal("0.10"), (SHEET, 4, 1): "两件"})
    old, new = read_book(opened(before)).sheets[0].cells, read_book(opened(data)).sheets[0].cells
    assert {spot for spot in old if old[spot] != new[spot]} <= {(2, 1), (3, 1), (4, 1)}
    assert [new[row, 1].text for row in (2, 3, 4)] == ["41", "0.10", "两件"]
    assert all(new[row, 1].style == old[row, 1].style for row in (2, 3, 4))
    changed = {name for name in parts(data) if parts(data)[name] != parts(before)[name]}
    assert changed == {"xl/worksheets/sheet1.xml"}  # xlsxwriter's workbooks recalculate on load already
    sheet, was = parts(data)["xl/worksheets/sheet1.xml"], parts(before)["xl/worksheets/sheet1.xml"]
    assert re.sub(rb"<sheetData>.*</sheetData>", b"", sheet) == re.sub(rb"<sheetData>.*</sheetData>", b"", was)


@pytest.mark.parametrize(
    ("cell", "value", "expected"),
    [
        (b'<c r="A1" s="3" t="s"><v>0</v></c>', 7, b'<c r="A1" s="3"><v>7</v></c>'),
        (b"<c r='A1' s='3'/>", 7, b"<c r='A1' s='3'><v>7</v></c>"),
        (b'<c r="A1" s="3" ><v>1</v><extLst/></c>', None, b'<c r="A1" s="3"/>'),
        (b'<c r="A1" s="3"/>', None, b'<c r="A1" s="3"/>'),
        (b'<c r="A1" t="b"><v>1</v></c>', Decimal("1E+3"), b'<c r="A1"><v>1000</v></c>'),
        (b'<c r="A1"/>', Decimal("-12345678901234567890.10"), b'<c r="A1"><v>-12345678901234567890.10</v></c>'),
        (b'<c r="A1"/>', Decimal("1E-400"), b'<c r="A1"><v>1E-400</v></c>'),
        (
            b'<c r="A1"/>',
            "=1+1 <&\x01_x000D_",
            b'<c r="A1" t="inlineStr"><is><t xml:space="preserve">=1+1 &lt;&amp;_x005F_x000D_</t></is></c>',
        ),
        (b'<c r="A1"/>', "", b'<c r="A1" t="inlineStr"><is><t xml:space="preserve"></t></is></c>'),
    ],
)
def test_a_cell_keeps_its_place_and_style(cell: bytes, value, expected: bytes):
    wrapped = b'<row r="1">' + cell + b'<c r="B1"><v>5</v></c></row>'
    assert rows(after(hand(wrapped), {(0, 0): value})) == wrapped.replace(cell, expected)


@pytest.mark.parametrize(
    ("there", "spot", "expected"),
    [
        (b"", (4, 2), b'<row r="5"><c r="C5"><v>9</v></c></row>'),
        (b'<row r="9"/>', (4, 2), b'<row r="5"><c r="C5"><v>9</v></c></row><row r="9"/>'),
        (b'<row r="2"/>', (4, 2), b'<row r="2"/><row r="5"><c r="C5"><v>9</v></c></row>'),
        (b'<row r="5"/>', (4, 2), b'<row r="5"><c r="C5"><v>9</v></c></row>'),
        (b'<row r="5" ht="20"></row>', (4, 2), b'<row r="5" ht="20"><c r="C5"><v>9</v></c></row>'),
        (
            b'<row r="5"><c r="B5"/><c r="D5"/></row>',
            (4, 2),
            b'<row r="5"><c r="B5"/><c r="C5"><v>9</v></c><c r="D5"/></row>',
        ),
        (
            b'<row r="5" spans="1:2"><c r="B5"/></row>',
            (4, 2),
            b'<row r="5" spans="1:3"><c r="B5"/><c r="C5"><v>9</v></c></row>',
        ),
        (b'<row r="5" spans="4:5"/>', (4, 2), b'<row r="5" spans="3:5"><c r="C5"><v>9</v></c></row>'),
        (b"<row/><row><c/><c/></row>", (1, 1), b"<row/><row><c/><c><v>9</v></c></row>"),
        (b"<row/><row><c/></row>", (1, 1), b'<row/><row><c/><c r="B2"><v>9</v></c></row>'),
        (b'<row r="4"/><row><c r="C5"/></row>', (4, 2), b'<row r="4"/><row><c r="C5"><v>9</v></c></row>'),
        (b"<row/>", (2, 0), b'<row/><row r="3"><c r="A3"><v>9</v></c></row>'),
    ],
)
def test_missing_cells_and_rows_are_put_where_they_belong(there: bytes, spot, expected: bytes):
    assert rows(after(hand(there), {spot: 9})) == expected


def test_many_new_cells_stand_in_order():
    spots = [(5, 3), (2, 1), (5, 0), (2, 0), (0, 9), (7, 7)]
    part = after(hand(b'<row r="3"><c r="C3"/></row><row r="8"/>'), dict.fromkeys(spots, 1))
    assert re.findall(rb' r="([A-Z]+\d+)"', part) == [b"J1", b"A3", b"B3", b"C3", b"A6", b"D6", b"H8"]
    assert re.findall(rb'<row r="(\d+)"', part) == [b"1", b"3", b"6", b"8"]


def test_an_empty_sheet_is_opened_and_its_size_told():
    data = by_hand(HEAD + b'<dimension ref="B2:C3"/><sheetData/></worksheet>')
    assert after(data, {(4, 0): 1}) == (
        HEAD + b'<dimension ref="A2:C5"/><sheetData><row r="5"><c r="A5"><v>1</v></c></row></sheetData></worksheet>'
    )
    assert after(data, {(4, 0): None}) == parts(data)["xl/worksheets/a.xml"]


def test_prefixes_are_followed():
    sheet = f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="1"><x:c r="A1"/></x:row></x:sheetData></x:worksheet>'
    part = after(by_hand(sheet.encode(), prefix="x"), {(0, 0): "a", (1, 0): 2})
    assert b'<x:c r="A1" t="inlineStr"><x:is><x:t xml:space="preserve">a</x:t></x:is></x:c>' in part
    assert b'<x:row r="2"><x:c r="A2"><x:v>2</x:v></x:c></x:row>' in part


FORMULAS = (
    b'<row r="1"><c r="A1" s="2"><f>B1</f><v>1</v></c><c r="B1" t="str"><f t="shared" ref="B1:B2" si="0">A1&amp;""</f>'
    b'<v>x</v></c><c r="C1" cm="1"><f t="array" ref="C1:C3">A1:A3</f><v>0</v></c></row>'
    b'<row r="2"><c r="B2"><f t="shared" si="0"/><v>3</v></c><c r="C2"><v>0</v></c></row>'
)


def test_formulas_are_refused_all_at_once():
    with pytest.raises(ValueError, match="formula") as caught:
        set_values(opened(hand(FORMULAS)), {("表", 0, 0): 1, ("表", 1, 1): 1, ("表", 1, 2): 1, ("无", 0, 0): 1})
    assert str(caught.value) == (
        "no sheet '无'; 表!A1: holds a formula; 表!B2: holds a formula; 表!C2: is part of an array formula"
    )


def test_allowed_formulas_give_way_but_not_shared_ones():
    part = after(hand(FORMULAS), {(0, 0): 5, (1, 1): 6}, allow_formulas=True)
    assert b'<c r="A1" s="2"><v>5</v></c>' in part
    assert b'<c r="B2"><v>6</v></c>' in part
    for spot in ((0, 1), (0, 2), (2, 2)):
        with pytest.raises(ValueError, match=r"share|array"):
            after(hand(FORMULAS), {spot: 5}, allow_formulas=True)


def test_results_are_stored_beside_their_formulas():
    part = after(hand(FORMULAS), cached={(0, 0): "零 <", (0, 1): 4, (1, 1): Decimal("2.50"), (0, 2): 8})
    assert b'<c r="A1" s="2" t="str"><f>B1</f><v>\xe9\x9b\xb6 &lt;</v></c>' in part
    assert b'<c r="B1"><f t="shared" ref="B1:B2" si="0">A1&amp;""</f><v>4</v></c>' in part
    assert b'<c r="B2"><f t="shared" si="0"/><v>2.50</v></c>' in part
    assert b'<c r="C1" cm="1"><f t="array" ref="C1:C3">A1:A3</f><v>8</v></c>' in part
    with pytest.raises(ValueError, match="C2: holds no formula"):
        after(hand(FORMULAS), cached={(1, 2): 4})
    with pytest.raises(ValueError, match="both"):
        after(hand(FORMULAS), {(0, 0): 4}, cached={(0, 0): 4}, allow_formulas=True)


@pytest.mark.parametrize("value", [True, Decimal("NaN"), Decimal("Infinity")])
def test_what_is_no_value_is_refused(value):
    with pytest.raises(ValueError, match="no value"):
        after(hand(b""), {(0, 0): value})


@pytest.mark.parametrize(
    ("book", "expected"),
    [
        (b"", b'</sheets><calcPr fullCalcOnLoad="1"/></workbook>'),
        (b'<definedNames/><calcPr calcId="1"/>', b'<definedNames/><calcPr calcId="1" fullCalcOnLoad="1"/></workbook>'),
        (b"<definedNames/><extLst/>", b'<definedNames/><calcPr fullCalcOnLoad="1"/><extLst/></workbook>'),
        (b"<calcPr fullCalcOnLoad='0'/>", b"<calcPr fullCalcOnLoad='1'/></workbook>"),
    ],
)
def test_workbooks_with_formulas_are_to_be_recalculated(book: bytes, expected: bytes):
    values = {("表", 8, 8): 1}
    written = parts(set_values(opened(hand(FORMULAS, book=book)), values))["xl/workbook.xml"]
    assert written.endswith(expected)
    without = hand(b"", book=book)
    assert parts(set_values(opened(without), values))["xl/workbook.xml"] == parts(without)["xl/workbook.xml"]


def test_the_calculation_chain_goes_with_a_formula():
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    arrows = f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/a.xml"/>'
    chain = f'<Relationship Id="r3" Type="{office}/calcChain" Target="calcChain.xml"/>'
    wrapped = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
    more = {"xl/calcChain.xml": b"<calcChain/>", "xl/_rels/workbook.xml.rels": wrapped.format(arrows + chain).encode()}
    data = hand(FORMULAS, more=more)
    assert "xl/calcChain.xml" in parts(set_values(opened(data), {("表", 8, 8): 1}))
    replaced = parts(set_values(opened(data), {("表", 0, 0): 1}, allow_formulas=True))
    assert "xl/calcChain.xml" not in replaced
    assert replaced["xl/_rels/workbook.xml.rels"] == wrapped.format(arrows).encode()


def test_another_hand_is_written_into_as_well():
    data = set_values(opened(office_form()), {(SHEET, 0, 0): 99, (SHEET, 19, 1): "新", ("检查结果", 0, 0): None})
    first, second = read_book(opened(data)).sheets
    assert (first.cells[0, 0].text, first.cells[19, 1].text) == ("99", "新")
    assert first.cells[0, 5].formula == "SUM(A1:E1)"
    assert second.cells.get((0, 0)) is None or second.cells[0, 0].kind is CellKind.BLANK
    assert set_values(opened(data), {}) == data
