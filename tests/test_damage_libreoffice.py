"""Damaged workbooks, and our annotated copies, after a real LibreOffice has saved them: read as before."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import pytest
from conftest import ROOT
from damages import EDITIONS, YEARS, filled
from foreign_books import compound
from libreoffice import convert
from make_samples import run
from submissions import official
from test_damage import ALL, said, wrong_values

from xlreport.examine import Examined, examine, in_fresh_form
from xlreport.form.evaluate import computed_items
from xlreport.form.layout import layout
from xlreport.form.table import Item
from xlreport.report.annotated import marks, summary
from xlreport.rules.nodes import Number
from xlreport.workbook.annotate import annotate, strip
from xlreport.workbook.book import read_book
from xlreport.workbook.compound import Compound
from xlreport.workbook.container import Container
from xlreport.workbook.foreign import read_foreign
from xlreport.workbook.sheet import CellKind
from xlreport.workbook.template import Issue, make

pytestmark = [pytest.mark.libreoffice, pytest.mark.no_cover]  # by the hundred: tracing them is what a run waits for

FORMATS = ("xlsx", "ods", "xls")
SAVED = [
    "行-三、依申请公开-上方空行",
    "行-三-中间空行",
    "行-三-小计行",
    "行-三-删去-三.3.5",
    "列-三-删去-法人.科研机构",
    "行-三-隐藏",
    "列-四-中间空列",
    "页-三、依申请公开-改名",
    "页-移到最后",
    "页-不同副本",
    "页-填在副本上",
    "页-复制到新工作簿",
    "名-全部丢失",
    "名-隐藏页删去",
    "名-隐藏页也丢",
    "并-两格合并",
    "拆-三、依申请公开-全部拆开",
    "错-两行右移一格",
    "错-标签换了位置",
    "割-表三整体下移",
    "签-同1",
    "签-改0",
    "签-重复",
    "式-改成别的数",
    "式-没有结果",
    "检-全部有效性丢失",
    "注-批注",
    "外-右边说明",
    "填-有规则-全角",
    "填-有规则-百分比格式",
    "填-有规则-整格划掉",
    "填-无规则-划掉再写",
    "错-表二单元格左移没有检查没有名称",
    "错-表二单元格右移又填了数",
    "错-表三一列删去三格上移",
    "错-表三一列下移又填了数",
    "错-左移盖住栏目",
    "错-一列下移一格",
    "填-无规则-日期",
    "填-无规则-真假(重写)",
    "填-有规则-#REF!",
    "填-金额-噪声(重写)",
]
# What is not read of other formats: checks of input, and what formulas say (those of the hidden sheet).
LOSES = {"xlsx": set(), "ods": {"S203/validation", "S211/sheet"}, "xls": {"S203/validation", "S211/sheet"}}


def edition_of(number: int) -> str:
    """The editions take turns: one start of LibreOffice for each format is long enough as it is."""
    return EDITIONS[number % 2] if ALL[SAVED[number]].only in {"", EDITIONS[number % 2]} else ALL[SAVED[number]].only


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every sample of damage, saved in every format."""
    folder = tmp_path_factory.mktemp("damaged")
    paths = []
    for number, name in enumerate(SAVED):
        made = filled(edition_of(number))
        paths.append(folder / f"{number}.xlsx")
        paths[-1].write_bytes(ALL[name].deed(made, made.data))
    for fmt in FORMATS:
        convert(paths[0], fmt, folder / fmt, *paths[1:])
    return folder


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("number", range(len(SAVED)), ids=SAVED)
def test_damage_saved_by_libreoffice(saved: Path, number: int, fmt: str) -> None:
    damage, made = ALL[SAVED[number]], filled(edition_of(number))
    one = examine(saved / fmt / f"{number}.{fmt}")
    assert one.reading is not None
    wrong = wrong_values(made, one.reading.submission, damage.lost(made), damage.changed(made))
    # A formula that took in what was put between its parts now shows another number; that is told, item by item.
    altered = {str(p.item) for f in one.findings if f.facts.get("kind") == "altered" for p in f.parts}
    assert {item: values for item, values in wrong.items() if item not in altered} == {}
    assert set(damage.said) - LOSES[fmt] <= said(one.findings)


def without_results(data: bytes) -> bytes:
    """An .xls in which every formula that found a text found 0, as LibreOffice keeps them unless it calculates anew."""
    stream = bytearray(Compound(data).stream("Workbook") or b"")
    at = zeroed = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        if kind == 0x06 and stream[at + 16 : at + 18] == b"\xff\xff" and stream[at + 10] in {0, 3}:
            stream[at + 10 : at + 18] = bytes(8)
            zeroed += 1
        at += 4 + size
    assert zeroed > 20
    return compound({"Workbook": bytes(stream)})


@pytest.mark.parametrize("number", [n for n, name in enumerate(SAVED) if name[0] == "错"])
def test_cells_moved_are_seen_by_remarks_without_results(saved: Path, number: int) -> None:
    damage, made = ALL[SAVED[number]], filled(edition_of(number))
    one = examine(Path("x.xls"), data=without_results((saved / "xls" / f"{number}.xls").read_bytes()))
    assert one.reading is not None
    assert wrong_values(made, one.reading.submission, damage.lost(made), damage.changed(made)) == {}
    assert set(damage.said) - LOSES["xls"] <= said(one.findings)


# --- undamaged


def fillings() -> Iterator[tuple[str, bytes]]:
    """Forms of both editions as they are filled in, or are not: no cell of them was ever moved."""
    for edition in EDITIONS:
        form, random = official(edition), Random(f"undamaged {edition}")
        computed = computed_items(form)
        typed = [item for item in form.items if item not in computed]
        figures = {item: random.choice([0, 0, 1, 3, 12]) for item in typed}
        places = layout(form).cells
        kinds: dict[str, dict[Item, Number]] = {
            "blank": {},
            "zeros": dict.fromkeys(typed, 0),
            "totals blank": {item: n for item, n in figures.items() if not form.is_total(item)},
            "sparse": {item: n for item, n in figures.items() if random.random() < 0.5},
            "rows blank": {item: n for item, n in figures.items() if places[item].row % 3},
            "columns blank": {item: n for item, n in figures.items() if places[item].col % 3},
            "heads": {item: n for item, n in figures.items() if places[item].col < 6},
        }
        for kind, values in kinds.items():
            issue = Issue("某某局", "0101", "县级部门", YEARS[edition], "7")
            yield f"{edition} {kind}", make(form, issue, values=values)


@pytest.mark.parametrize("anew", [True, False], ids=["calculated anew", "results kept"])
def test_undamaged_forms_say_the_same_in_every_format(tmp_path: Path, *, anew: bool) -> None:
    paths = []
    for name, data in fillings():
        paths.append(tmp_path / f"{name}.xlsx")
        paths[-1].write_bytes(data)
    told = {path.stem: lines(examine(path)) for path in paths}
    assert not any("S203" in line for found in told.values() for line in found)
    for fmt in FORMATS:
        convert(paths[0], fmt, tmp_path / fmt, *paths[1:], anew=anew)
        saved = {path.stem: lines(examine(tmp_path / fmt / f"{path.stem}.{fmt}")) for path in paths}
        assert {name: saved[name] ^ told[name] for name in told if saved[name] != told[name]} == {}, fmt


def lines(one: Examined) -> set[str]:
    """What is told, but for the format."""
    assert one.reading is not None
    return {
        str((f.code, f.severity, f.cell, f.left, f.right, [(p.item, p.role, p.value, p.cell) for p in f.parts]))
        for f in one.findings
        if f.code.name not in {"S207", "S213"}  # it calculates anew, so no result is stale any more
    }


def annotated(one: Examined) -> bytes:
    told, container = in_fresh_form(one)
    return annotate(container, marks(told, "zh"), summary(told, "zh"))


def notes(data: bytes) -> dict[str, int]:
    """How often our word stands in the notes of each cell."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    return {
        f"{sheet.title}!{cell.coordinate}": cell.comment.text.count("见「检查结果」")
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.comment is not None
    }


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("edition", EDITIONS)
def test_our_annotated_copy_saved_and_checked_again(tmp_path: Path, edition: str, fmt: str) -> None:
    """Identity found, old marks known and replaced, the same findings."""
    made = filled(edition)
    source = tmp_path / "表.xlsx"
    source.write_bytes(ALL["填-有规则-汉字数"].deed(made, ALL["外-右边说明"].deed(made, made.data)))
    first = examine(source)
    copy = tmp_path / "表.checked.xlsx"
    copy.write_bytes(annotated(first))
    back = convert(copy, fmt, tmp_path / "saved")
    again = examine(back)
    assert again.reading is not None
    assert first.reading is not None
    assert again.reading.identity == first.reading.identity
    assert lines(again) == lines(first)
    twice = annotated(again)
    sheets = [sheet.name for sheet in read_book(Container(Path("x.xlsx"), twice)).sheets]
    assert [name for name in sheets if name.startswith("检查结果")] == ["检查结果"]
    outside = {"三、依申请公开!N11"} if fmt != "xlsx" else set()  # what stands outside the form is not in a fresh one
    assert notes(twice) == {at: n for at, n in notes(copy.read_bytes()).items() if at not in outside}
    if fmt == "xlsx":
        clean = strip(Container(back, back.read_bytes()))
        names = [sheet.name for sheet in read_book(Container(Path("x.xlsx"), clean)).sheets]
        assert not any(name.startswith("检查结果") for name in names)
        assert notes(clean) == {}
        assert lines(examine(Path("x.xlsx"), data=clean)) == lines(first)


@pytest.mark.parametrize("fmt", ["xls", "ods"])
def test_calamine_reads_the_same_where_it_reads_at_all(tmp_path: Path, fmt: str) -> None:
    """A second reader over what LibreOffice wrote: every number and text alike; errors it turns into blanks."""
    calamine = pytest.importorskip("python_calamine")
    paths = sorted((ROOT / "samples").glob("*20*.xlsx"))
    convert(paths[0], fmt, tmp_path, *paths[1:])
    compared = 0
    for path in paths:
        data = (tmp_path / f"{path.stem}.{fmt}").read_bytes()
        other: Any = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        for sheet in read_foreign(path, data, {"xls": "old-excel", "ods": "ods"}[fmt]).sheets:
            grid = other.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
            for (row, col), cell in sheet.cells.items():
                theirs = grid[row][col]
                if cell.kind is CellKind.NUMBER:
                    assert float(cell.text) == theirs, (path.stem, sheet.name, row, col)
                elif cell.kind is CellKind.TEXT:
                    assert cell.text.replace("\r", "") == str(theirs).replace("\r", ""), (
                        path.stem,
                        sheet.name,
                        row,
                        col,
                    )
                compared += 1
            ours = {(row, col) for row, line in enumerate(grid) for col, value in enumerate(line) if value != ""}
            assert ours <= set(sheet.cells), (path.stem, sheet.name)
    assert compared > 1000


def test_a_damaged_form_saved_as_et_is_poured_into_a_fresh_one(tmp_path: Path) -> None:
    """The whole way of a form from a WPS office: .et with an inserted row, upgraded, nothing lost."""
    made = filled("2021")
    (tmp_path / "表.xlsx").write_bytes(ALL["行-三-中间空行"].deed(made, made.data))
    convert(tmp_path / "表.xlsx", "xls", tmp_path / "out").rename(tmp_path / "表.et")
    run("upgrade", str(tmp_path / "表.et"), "-o", str(tmp_path / "新.xlsx"))
    fresh = examine(tmp_path / "新.xlsx")
    assert fresh.reading is not None
    assert {item: fresh.reading.submission.value(item) for item in made.form.items} == dict(made.values)
    assert not {code for code in said(fresh.findings) if code[0] == "S"}
