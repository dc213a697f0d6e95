"""Addresses and ranges are what Excel says they are, and nothing else is one."""

import pytest

from xlreport.workbook.book import Range, cell_name, column_letters, parse_cell, parse_range


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
