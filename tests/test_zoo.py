"""Workbooks of many makers come through the pen: nothing lost, everything given back, opened by whoever opened it."""

import io
import json
import re
import warnings
from pathlib import Path

import openpyxl
import pytest
from commands import xlreport
from libreoffice import convert
from pens import opened, parts, summary
from submissions import returned
from test_annotate import resaved
from zoo import signed, zoo

from xlreport.workbook.annotate import Mark, Tone, annotate, is_annotated, strip
from xlreport.workbook.book import read_book
from xlreport.workbook.package import Package
from xlreport.workbook.tabs import Workbook

ZOO = zoo()
TOUCHED = re.compile(
    r"\[Content_Types\]\.xml|xl[/\\](workbook|styles)\.xml|xl[/\\]s\.xml|xl[/\\]_rels[/\\]workbook\.xml\.rels"
    r"|xl[/\\](worksheets|chartsheets|dialogsheets)[/\\](_rels[/\\])?\w+\.xml(\.rels)?"
    r"|xl[/\\](comments[/\\]?\w*\.xml|drawings[/\\]\w+\.vml)"
)


def sheets(data: bytes) -> list[str]:
    container = opened(data)
    return list(Workbook.of(Package(container), container.document()).worksheets())


def marks(data: bytes) -> list[Mark]:
    """Four on every sheet: where it has comments, under its formats, inside its merged cells."""
    spots = ((0, 0, Tone.ERROR), (2, 1, Tone.ERROR), (2, 2, Tone.WARNING), (4, 1, Tone.INFO))
    return [Mark(s, r, c, t, (f"{s} {r}\n说明",), suspect=r == 2) for s in sheets(data) for r, c, t in spots]


def annotated(data: bytes) -> bytes:
    return annotate(opened(data), marks(data), summary(sheet=sheets(data)[0]))


def loaded(data: bytes) -> openpyxl.Workbook | None:
    """By openpyxl, None where it cannot."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            return openpyxl.load_workbook(io.BytesIO(data))
        except (KeyError, TypeError, AttributeError, IndexError, ValueError):
            return None


@pytest.mark.parametrize("name", ZOO)
def test_nothing_is_lost_and_everything_comes_back(name: str):
    data = ZOO[name]
    before, copy = parts(data), annotated(data)
    after = parts(copy)
    touched = {part for part in before if before[part] != after.get(part)}
    assert all(TOUCHED.fullmatch(part) for part in touched), touched
    assert annotate(opened(copy), marks(data), summary(sheet=sheets(data)[0])) == copy
    back = strip(opened(copy))
    assert parts(back) == before
    assert list(parts(back)) == list(before)


@pytest.mark.parametrize("name", ZOO)
def test_what_is_not_touched_is_copied_raw(name: str):
    data, copy = ZOO[name], annotated(ZOO[name])
    before, after = opened(data), opened(copy)
    same = [entry for entry in before.entries if before.content(entry) == after.read(entry.filename)]
    assert same
    for entry in same:
        again = next(e for e in after.entries if e.filename == entry.filename)
        assert (again.compress_type, again.compress_size, again.CRC) == (
            entry.compress_type,
            entry.compress_size,
            entry.CRC,
        )


@pytest.mark.parametrize("name", ZOO)
def test_the_reader_finds_the_same_and_the_marks_go_after_any_save(name: str):
    data, copy = ZOO[name], annotated(ZOO[name])
    before, after = read_book(opened(data)), read_book(opened(copy))
    assert [s.name for s in after.sheets][1:] == [s.name for s in before.sheets]
    assert [dict(s.cells) for s in after.sheets[1:]] == [dict(s.cells) for s in before.sheets]
    shifted = {(text, sheet + 1): target for (text, sheet), target in before.local_names.items()}
    assert {key: after.local_names.get(key) for key in shifted} == shifted
    clean = strip(opened(resaved(copy)))
    assert not is_annotated(opened(clean))
    assert read_book(opened(clean)).local_names == before.local_names
    assert [s.name for s in read_book(opened(clean)).sheets] == [s.name for s in before.sheets]


def test_another_library_opens_what_it_opened_before():
    opened_before = {name for name, data in ZOO.items() if loaded(data)}
    assert len(opened_before) > 25
    for name in opened_before:
        book, copy = loaded(ZOO[name]), loaded(annotated(ZOO[name]))
        assert copy is not None, name
        if book.sheetnames:  # of a strict workbook it finds no sheets, and says nothing
            assert copy.sheetnames[0].startswith("检查结果")
            assert copy.sheetnames[1:] == book.sheetnames


@pytest.mark.libreoffice
def test_libreoffice_opens_every_one(tmp_path: Path):
    """All but the one with backslashes for names, which it does not open unmarked either."""
    paths = []
    for name, data in ZOO.items():
        if name != "backslashes":
            paths.append(tmp_path / f"{name}.xlsx")
            paths[-1].write_bytes(annotated(data))
    convert(paths[0], "ods", tmp_path / "out", *paths[1:])
    assert len(list((tmp_path / "out").iterdir())) == len(ZOO) - 1


def test_a_sheet_that_is_new_gets_a_number_nobody_had():
    """A list of formulas that a writer left behind may name the number of a sheet that is gone."""
    for data in ZOO.values():
        book = read_parts(annotated(data))
        numbers = [int(number) for number in re.findall(r'<(?:\w+:)?sheet [^>]*sheetId="(\d+)"', book)]
        assert numbers[0] == max(numbers) == max(numbers[1:]) + 1


def read_parts(data: bytes) -> str:
    container = opened(data)
    return container.xml(container.document()).decode()


def test_that_a_signature_is_void_on_the_copy_is_told(tmp_path: Path):
    """Any edit voids it; on the original it holds as before."""
    (tmp_path / "签.xlsx").write_bytes(ZOO["signed"])
    (tmp_path / "f.json").write_text(json.dumps([{"sheet": sheets(ZOO["signed"])[0], "cell": "A1", "message": "x"}]))
    done = xlreport("annotate", "签.xlsx", "f.json", "-o", "注.xlsx", at=tmp_path)
    assert (done.code, done.err.count("签名在副本上失效")) == (0, 1)
    done = xlreport("strip", "注.xlsx", "-o", "净.xlsx", "--lang", "en", at=tmp_path)
    assert (done.code, done.err.count("void on the copy")) == (0, 1)
    assert parts((tmp_path / "净.xlsx").read_bytes()) == parts(ZOO["signed"])
    form = signed(returned("01_seed_zhangjiagang_gxj_2020", "2019"))
    (tmp_path / "表.xlsx").write_bytes(form)
    done = xlreport("check", "表.xlsx", at=tmp_path)
    assert "签名在副本上失效" in done.out
    assert "签名在副本上失效" in openpyxl.load_workbook(tmp_path / "表.checked.xlsx").worksheets[0]["A3"].value
    (answer,) = json.loads(xlreport("check", "表.xlsx", "--format", "json", at=tmp_path).out)["files"]
    assert answer["signed"] is True
    assert (tmp_path / "表.xlsx").read_bytes() == form
