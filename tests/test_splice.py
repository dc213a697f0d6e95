"""Elements are found where they stand, and bytes are put in without touching others."""

import random

import pytest

from xlreport.workbook.splice import (
    Edit,
    appended,
    child,
    elements,
    escaped,
    inverse,
    place,
    quoted,
    splice,
    with_attribute,
    without_attributes,
)
from xlreport.workbook.unreadable import Unreadable

SHEET = """<?xml version="1.0"?>
<x:worksheet xmlns:x="u" a='>"'><x:sheetPr/><x:dimension ref="A1" /><x:sheetData spare="1"><x:row><x:c/></x:row>\
</x:sheetData ><x:mergeCells count="1"><x:mergeCell ref="表"/></x:mergeCells><x:hyperlinks></x:hyperlinks></x:worksheet>
""".encode()


def spots(data: bytes, **how) -> list[tuple[str, bytes]]:
    return [(element.name, data[element.start : element.end]) for element in elements(data, 3, **how)]


def test_elements_are_told_with_their_bytes():
    found = dict(spots(SHEET))
    assert found["x:sheetPr"] == b"<x:sheetPr/>"
    assert found["x:dimension"] == b'<x:dimension ref="A1" />'
    assert found["x:mergeCell"] == '<x:mergeCell ref="表"/>'.encode()
    assert found["x:hyperlinks"] == b"<x:hyperlinks></x:hyperlinks>"
    assert found["x:worksheet"] == SHEET[SHEET.index(b"<x:w") : -1]


def test_cells_are_passed_over_unless_asked_for():
    assert "x:row" not in dict(spots(SHEET))
    assert dict(spots(SHEET, cells=True))["x:row"] == b"<x:row><x:c/></x:row>"


def test_passing_over_cells_moves_no_other_element():
    whole = [spot for spot in spots(SHEET, cells=True) if spot[0] != "x:row"]
    assert spots(SHEET) == whole


@pytest.mark.parametrize(
    "sheet",
    [
        b"<w><sheetData/><a/></w>",
        b"<w><sheetData></sheetData><a/></w>",
        b"<w><!-- <sheetData> --><sheetData><row/></sheetData><a/></w>",
        b"<w><sheetData><row/></sheetData><a><!-- </sheetData> --></a></w>",
        b"<w><sheetData><row/></sheetData><a><![CDATA[</sheetData>]]></a></w>",
        b"<w><sheetData><row/></sheetData><a>/sheetData></a></w>",
        b"<w><a/></w>",
    ],
)
def test_odd_sheets_are_found_out(sheet: bytes):
    assert dict(spots(sheet))["a"].startswith(b"<a")


def test_broken_xml_is_unreadable():
    with pytest.raises(Unreadable) as caught:
        elements(b"<a><b></a>")
    assert caught.value.reason == "bad-xml"


def test_splicing_is_undone_by_its_inverse():
    rnd = random.Random(7)
    for _ in range(200):
        data = bytes(rnd.choices(b"abcdef", k=40))
        cuts = sorted(rnd.sample(range(41), 8))
        edits = [
            Edit(a, b, bytes(rnd.choices(b"XYZ", k=rnd.randrange(4)))) for a, b in zip(*[iter(cuts)] * 2, strict=True)
        ]
        rnd.shuffle(edits)
        spliced = splice(data, edits)
        assert splice(spliced, inverse(data, edits)) == data


def test_insertions_at_one_place_keep_their_order():
    assert splice(b"ad", [Edit(1, 1, b"b"), Edit(1, 1, b"c")]) == b"abcd"


@pytest.mark.parametrize("edits", [[(0, 2, b""), (1, 3, b"")], [(2, 9, b"")], [(3, 2, b"")], [(-1, 1, b"")]])
def test_impossible_edits_are_refused(edits):
    with pytest.raises(ValueError, match="edit"):
        splice(b"abcd", [Edit(*edit) for edit in edits])


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"<r><l/></r>", b'<r><l n="2"><x/></l></r>'),
        (b"<r><l n='1' /></r>", b"<r><l n='2' ><x/></l></r>"),
        (b'<r><l n="1"><y/></l></r>', b'<r><l n="2"><y/><x/></l></r>'),
        (b"<r><p:l></p:l></r>", b'<r><p:l n="2"><x/></p:l></r>'),
    ],
)
def test_appending_opens_what_is_closed(data: bytes, expected: bytes):
    parent = elements(data)[1]
    assert splice(data, appended(data, parent, b"<x/>", n="2")) == expected


def test_children_go_where_the_schema_wants_them():
    data = b"<r><a/><c/><c/><e/><strange/></r>"
    found = elements(data)
    order = ("a", "b", "c", "d", "e", "f")
    assert [data[place(found, name, order) :][:4] for name in order] == [
        b"<c/>",
        b"<c/>",
        b"<e/>",
        b"<e/>",
        b"<str",
        b"<str",
    ]
    assert place(found, "c", order, first=True) == data.index(b"<c/>")
    assert child(found, "nothing") is None


def test_attributes_are_set_in_place():
    assert with_attribute(b"<a count='1' b=\"2\" />", "count", "3") == b"<a count='3' b=\"2\" />"
    assert with_attribute(b"<a/>", "b", '"<&') == b'<a b="&quot;&lt;&amp;"/>'
    assert with_attribute(b'<a xb="1">', "b", "2") == b'<a xb="1" b="2">'
    assert without_attributes(b'<c r="A1" s="2" t="s" >', "t", "cm") == b'<c r="A1" s="2" >'


def test_text_cannot_become_markup_or_hide():
    assert escaped("<&>\x00\x1f\x85\x9b\u202e\u200b\ufeff\ud800\uffff\r\n_x000D_") == "&lt;&amp;&gt;\n_x005F_x000D_"
    assert quoted("'a\"\nb'") == '"&apos;a&quot;&#10;b&apos;"'
    assert escaped("件、 _x12_ 😀") == "件、 _x12_ 😀"
