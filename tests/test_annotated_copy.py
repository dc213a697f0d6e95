"""The copy that `check` writes: the filler's own workbook, byte for byte but for what had to be put in.

What may differ between a workbook and its annotated copy, part by part:

* `[Content_Types].xml`, `xl/workbook.xml` and its relationships: there is one sheet more, and it is in front;
* `xl/styles.xml`: looks are added at the end of its lists, none is changed;
* the part of a sheet, outside <sheetData>: which tab is selected, our colours and the priorities of the other
  conditional formats, the link back, the tie to the notes;
* the relationships, the notes and the note boxes of a sheet with marks: ours come behind what is there;
* parts whose name ends in `Xlr` and a number: ours, new.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pytest
from commands import xlreport
from conftest import ROOT
from libreoffice import convert
from make_samples import run
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from pens import form as workbook_of_everything
from pens import packed, parts
from submissions import official

from xlreport.examine import examine
from xlreport.finding import Code, Finding, Part, Role
from xlreport.form.layout import Cell, layout
from xlreport.form.table import Item
from xlreport.report.annotated import NOTES_A_CELL
from xlreport.wording import ROLE_WORDS
from xlreport.workbook.address import cell_name, parse_cell
from xlreport.workbook.annotate import strip
from xlreport.workbook.container import Container
from xlreport.workbook.template import Issue, make

THREE = "三、依申请公开"
FIRST = 6  # row of the first finding in 检查结果
MAY_DIFFER = re.compile(
    r"\[Content_Types\]\.xml|xl/workbook\.xml|xl/_rels/workbook\.xml\.rels|xl/styles\.xml"
    r"|xl/worksheets/[^/]+\.xml|xl/worksheets/_rels/[^/]+\.rels|xl/(comments/)?comments?\d+\.xml"
    r"|xl/drawings/(vmlDrawing|commentsDrawing)\d+\.vml|xl/drawings/legacyDrawing\d+\.vml"
)
OURS = re.compile(r"Xlr\d+\.(xml|vml)$|/_rels/[^/]*Xlr\d+\.xml\.rels$")


def wrong_report(edition: str) -> bytes:
    """A report with something of every kind to tell."""
    form = official(edition)
    values: dict[Item, Any] = dict.fromkeys((i for i in form.items if not form.is_total(i)), 0)
    three = {"row": lambda row, column: Item("三", row, column)}["row"]
    values |= {three("一", "自然人"): 5, three("三.1", "自然人"): 3, three("一", "总计"): 5, three("三.1", "总计"): 3}
    values |= {Item("四", "数", "行政复议.结果维持"): 2, Item("四", "数", "行政复议.总计"): 7}
    values |= {three("三.2", "法人.其他"): "无", three("三.3.1", "自然人"): "２", three("三.3.2", "自然人"): "251000元"}
    values |= {three("二", "法人.科研机构"): -1, three("四", "法人.其他"): "1.5"}
    del values[three("三.4.1", "自然人")]
    for item in form.items:
        values.setdefault(item, 0) if form.is_total(item) and item.row not in {"三.7", "三.3.1", "三.5.1"} else None
    issue = Issue("某某局", "", "县级部门", {"2019": 2020, "2021": 2024}[edition])
    return make(form, issue, values=values, sections={"一": "收到政府信息公开申请 9 件。"})


def with_everything(data: bytes) -> bytes:
    """The form with a text box, a picture, a button, a chart and other people's comments, one of them on a marked cell.

    Validations, conditional formats, protection and stored results it has of itself.
    """
    guest, host = parts(workbook_of_everything()), parts(data)
    sheet = "xl/worksheets/sheet3.xml"
    for name in guest:
        if name.startswith(("xl/drawings/", "xl/charts/", "xl/media/")):
            host[name] = guest[name]
    host["xl/comments1.xml"] = guest["xl/comments1.xml"].replace(b'ref="B3"', b'ref="D10"').replace(b'"C9"', b'"E9"')
    boxes = guest["xl/drawings/vmlDrawing1.vml"]
    for old, new in ((("Row", 2), 9), (("Column", 1), 3), (("Column", 2), 4)):
        assert f"<x:{old[0]}>{old[1]}</x:{old[0]}>".encode() in boxes
        boxes = boxes.replace(f"<x:{old[0]}>{old[1]}</".encode(), f"<x:{old[0]}>{new}</".encode(), 1)
    host["xl/drawings/vmlDrawing1.vml"] = boxes
    host["xl/worksheets/_rels/sheet3.xml.rels"] = guest["xl/worksheets/_rels/sheet1.xml.rels"]
    types = re.findall(
        rb"<(?:Default|Override)[^>]*(?:png|vml|chart1|drawing1|comments1)[^>]*/>", guest["[Content_Types].xml"]
    )
    assert len(types) == 5
    host["[Content_Types].xml"] = host["[Content_Types].xml"].replace(b"</Types>", b"".join(types) + b"</Types>")
    end = b'<drawing r:id="rId1"/><legacyDrawing r:id="rId2"/></worksheet>'
    host[sheet] = host[sheet].replace(b"</worksheet>", end)
    return packed(host)


def by_another_hand(data: bytes) -> bytes:
    """The form as openpyxl writes it, with a comment and a chart of its own; stored results are lost there."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    book[THREE]["D10"].comment = Comment("原有批注", "某某")
    chart = BarChart()
    chart.add_data(Reference(book[THREE], min_col=4, min_row=6, max_row=12))
    book[THREE].add_chart(chart, "N3")
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


class Case(NamedTuple):
    """A workbook, its annotated copy, and what was told."""

    source: Path
    copy: Path
    answer: list[dict[str, Any]]  # the findings as JSON has them
    findings: tuple[Finding, ...]


MAKERS = {"plain": lambda data: data, "everything": with_everything, "openpyxl": by_another_hand}


@pytest.fixture(scope="module", params=[(e, m) for e in ("2019", "2021") for m in MAKERS], ids="-".join)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    edition, maker = request.param
    source = tmp_path_factory.mktemp("copy") / "表.xlsx"
    source.write_bytes(MAKERS[maker](wrong_report(edition)))
    before = source.read_bytes()
    (file,) = json.loads(run("check", str(source), "--format", "json", "--lang", "zh", expect=1))["files"]
    assert source.read_bytes() == before
    return Case(source, Path(file["annotated"]), file["findings"], examine(source).findings)


def test_the_report_has_something_of_every_kind(case: Case) -> None:
    told = {f["code"] for f in case.answer}
    assert told >= {"B401", "B402", "E301", "E302", "E303", "E305", "E306", "E308", "N601", "B404"}


# --- nothing of the filler's is lost -----------------------------------------------------------------------


def test_all_other_parts_are_byte_for_byte_the_same(case: Case) -> None:
    before, after = parts(case.source.read_bytes()), parts(case.copy.read_bytes())
    assert before.keys() <= after.keys()
    assert [name for name in after.keys() - before.keys() if not OURS.search(name) and not name.endswith(".rels")] == []
    changed = {name for name, data in before.items() if after[name] != data}
    assert [name for name in changed if not MAY_DIFFER.fullmatch(name)] == []
    kept = before.keys() - changed
    assert {
        name for name in before if re.search("drawing[0-9]+.xml$|chart|media|theme|docProps|sharedStrings", name)
    } <= kept


def _cells(sheet: bytes) -> bytes:
    found = re.search(rb"<sheetData.*</sheetData>", sheet, re.DOTALL)
    assert found is not None
    return found[0]


KEPT = (
    rb"<sheetProtection[^>]*/>", rb"<mergeCells.*?</mergeCells>", rb"<dataValidations.*?</dataValidations>",
    rb"<conditionalFormatting.*?</conditionalFormatting>", rb"<drawing [^>]*/>", rb"<cols>.*?</cols>",
    rb"<hyperlink [^>]*/>", rb"<pageSetup[^>]*/>", rb"<autoFilter.*?(?:/>|</autoFilter>)",
)  # fmt: skip


_PRIORITY = re.compile(rb' priority="[0-9]+"')


def test_every_sheet_keeps_its_cells_validations_formats_and_protection(case: Case) -> None:
    before, after = parts(case.source.read_bytes()), parts(case.copy.read_bytes())
    sheets = [name for name in before if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name)]
    assert len(sheets) >= 6
    for name in sheets:
        assert _cells(after[name]) == _cells(before[name]), name
        for pattern in KEPT:
            there, left = (
                re.findall(pattern, _PRIORITY.sub(b"", data), re.DOTALL) for data in (before[name], after[name])
            )
            assert [one for one in there if one not in left] == [], (name, pattern)
    three = after["xl/worksheets/sheet3.xml"]
    assert b"<sheetProtection" in three
    assert b"<dataValidations" in three
    assert b"<conditionalFormatting" in three


def test_comments_that_were_there_stay_and_are_written_behind(case: Case) -> None:
    notes = {(s, c): text for s, c, text in comments(case.copy)}
    for sheet, cell, text in comments(case.source):
        assert notes[sheet, cell].startswith(text), (sheet, cell)
    if comments(case.source):
        assert "xlreport" in notes[THREE, "D10"]


def test_the_copy_strips_back_to_the_original(case: Case) -> None:
    assert parts(strip(Container.open(case.copy))) == parts(case.source.read_bytes())


def test_checking_the_copy_says_the_same_and_annotating_twice_is_annotating_once(case: Case) -> None:
    (again,) = json.loads(run("check", str(case.copy), "--format", "json", "--lang", "zh", expect=1))["files"]
    became = [(finding.pop("since"), finding.pop("explanation")) for finding in again["findings"]]
    assert became == [("open", None)] * len(case.answer)
    assert again["findings"] == case.answer
    assert Path(again["annotated"]).name == "表.checked.2.xlsx"
    assert strip_of(again["annotated"]) == strip_of(case.copy)
    # From the second round on every sheet says the same again, the first one too.
    (third,) = json.loads(run("check", again["annotated"], "--format", "json", "--lang", "zh", expect=1))["files"]
    assert parts(Path(third["annotated"]).read_bytes()) == parts(Path(again["annotated"]).read_bytes())


def strip_of(copy: str | Path) -> dict[str, bytes]:
    return parts(strip(Container.open(Path(copy))))


# --- what was put in ---------------------------------------------------------------------------------------


def comments(path: Path) -> list[tuple[str, str, str]]:
    book = openpyxl.load_workbook(path)
    return [
        (sheet.title, cell.coordinate, cell.comment.text)
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.comment
    ]


def _named(part: Part, finding: Finding) -> bool:
    """Whether the note says the cell's role in a word; for the cell a finding is about it is the finding itself."""
    return not (part.role is Role.CELL or finding.code in {Code.E301, Code.B402})


def _places(findings: tuple[Finding, ...]) -> Iterator[tuple[int, Finding, Part]]:
    """Each cell's first findings, as many as one note tells, with their number in 检查结果."""
    told: dict[Cell, int] = {}
    for number, finding in enumerate(findings, 1):
        for part in finding.parts:
            if part.cell is not None:
                told[part.cell] = told.get(part.cell, 0) + 1
                if told[part.cell] <= NOTES_A_CELL:
                    yield number, finding, part


def test_the_note_of_every_cell_states_its_role_and_the_number(case: Case) -> None:
    notes = {(s, c): text for s, c, text in comments(case.copy)}
    seen = set()
    for number, finding, part in _places(case.findings):
        assert part.cell is not None
        text = notes[part.cell.sheet, cell_name(part.cell.row, part.cell.col)]
        assert f"见「检查结果」序号 {number}" in text, (part, text)
        assert finding.code.name in text
        if _named(part, finding):
            assert ROLE_WORDS[part.role][0] in text, (part, text)
        seen.add(part.role)
    assert seen >= {Role.CELL, Role.SUSPECT, Role.TOTAL, Role.ADDEND}


def test_the_note_of_a_place_that_is_no_item_states_the_number_too(case: Case) -> None:
    notes = {(s, c): text for s, c, text in comments(case.copy)}
    rows = [(number, f.place) for number, f in enumerate(case.findings, 1) if f.place is not None and not f.parts]
    assert rows
    for number, cell in rows:
        assert f"见「检查结果」序号 {number}" in notes[cell.sheet, cell_name(cell.row, cell.col)]


def test_the_first_sheet_has_a_row_for_each_finding_with_the_numbers_of_the_json(case: Case) -> None:
    book = openpyxl.load_workbook(case.copy)
    sheet = book.worksheets[0]
    assert sheet.title == "检查结果"
    assert book.active is sheet
    rows = list(sheet.iter_rows(min_row=FIRST, values_only=True))
    assert len(rows) == len(case.answer)
    assert sheet.auto_filter.ref == f"A{FIRST - 1}:J{FIRST - 1 + len(rows)}"
    words = {"error": "× 错误", "warning": "△ 警告", "info": "○ 提示"}
    for number, (row, told) in enumerate(zip(rows, case.answer, strict=True), 1):
        _, severity, place, _, message, found, expected, gap, code, remark, _ = row
        assert row[0] == number
        assert severity == words[told["severity"]]
        assert message == told["message"]["zh"]
        assert code == told["code"] + (f" {told['rule']}" if told["rule"] else "")
        assert not remark
        assert (_text(found), _text(expected)) == (told["found"], told["expected"])
        if gap not in {None, ""}:
            assert float(told["found"]) - float(told["expected"]) == pytest.approx(gap)
        where = told["place"]
        assert (place or "").partition(":")[0] == (f"{where['sheet']}!{where['cell']}" if where else "")


def _text(value: object) -> str | None:
    return None if value in {None, ""} else f"{value:g}" if isinstance(value, float) else str(value)


def links(sheet: Any) -> dict[str, str]:
    return {cell.coordinate: cell.hyperlink.location for row in sheet for cell in row if cell.hyperlink}


def test_every_link_leads_somewhere_and_one_leads_back(case: Case) -> None:
    book = openpyxl.load_workbook(case.copy)
    sheet = book.worksheets[0]
    linked = links(sheet)
    for row, told in enumerate(case.answer, FIRST):
        if told["place"] is None:
            assert f"C{row}" not in linked
            continue
        name, _, cell = linked[f"C{row}"].rpartition("!")
        target = book[name.strip("'").replace("''", "'")]
        assert target.title == told["place"]["sheet"]
        at = parse_cell(cell)
        assert at <= parse_cell(told["place"]["cell"])  # of merged cells the first
        assert target.cell(at[0] + 1, at[1] + 1).__class__.__name__ == "Cell"
    marked = {s for s, _, _ in comments(case.copy)}
    for name in marked:
        assert links(book[name])["A1"] == "'检查结果'!A1", name


def test_notes_about_last_year_state_the_same_arithmetic_as_the_finding(tmp_path: Path) -> None:
    samples = Path(__file__).resolve().parent.parent / "samples"
    target = tmp_path / "copy.xlsx"
    prior = ["--prior", str(samples / "shili-czj-2023.xlsx")]
    answer = json.loads(
        run(
            "check", str(samples / "shili-czj-2024.xlsx"), *prior, "-o", str(target), "--format", "json", "--lang", "zh"
        )
    )
    (finding,) = [f for f in answer["files"][0]["findings"] if f["code"] == "C501"]
    told = finding["message"]["zh"].partition("，差")[0]
    assert any(told in text for _, _, text in comments(target))


@pytest.mark.libreoffice
def test_libreoffice_opens_the_copies(tmp_path: Path) -> None:
    copies = []
    for name, maker in MAKERS.items():
        source = tmp_path / f"{name}.xlsx"
        source.write_bytes(maker(wrong_report("2021")))
        run("check", str(source), expect=1)
        copies.append(tmp_path / f"{name}.checked.xlsx")
    convert(copies[0], "pdf", tmp_path / "pdf", *copies[1:])
    for copy in copies:
        assert (tmp_path / "pdf" / f"{copy.stem}.pdf").stat().st_size > 50_000
    # And saved there it still says the same.
    saved = convert(copies[1], "xlsx", tmp_path / "saved")
    codes = [
        sorted((f.code.name, str([p.item for p in f.parts])) for f in examine(p).findings) for p in (copies[1], saved)
    ]
    assert codes[0] == codes[1]
    assert layout(official("2021")).cells


@pytest.mark.parametrize("size", [(79, 144), (900, 1200)])
def test_the_box_of_anothers_comment_is_made_large_enough_and_put_back(size: tuple[int, int], tmp_path: Path):
    book = openpyxl.load_workbook(ROOT / "samples" / "zhangjiagang-gxj-2020.xlsx")
    comment = Comment("请财政科核实", "王")
    comment.height, comment.width = size
    book["三、依申请公开"]["D18"].comment = comment
    book.save(tmp_path / "a.xlsx")
    assert xlreport("check", "a.xlsx", "-o", "b.xlsx", at=tmp_path).code == 1
    before, after = (boxes(tmp_path / name)[17, 3] for name in ("a.xlsx", "b.xlsx"))
    ours = next(box for cell, box in boxes(tmp_path / "b.xlsx").items() if cell[1] == 3 and cell != (17, 3))
    if size == (900, 1200):
        assert after == before
    else:
        assert after[0] >= ours[0] > before[0]
        assert after[1] > ours[1] > before[1]
    assert xlreport("strip", "b.xlsx", "-o", "c.xlsx", at=tmp_path).code == 0
    assert parts((tmp_path / "c.xlsx").read_bytes()) == parts((tmp_path / "a.xlsx").read_bytes())


def boxes(path: Path) -> dict[tuple[int, int], tuple[float, float]]:
    """Width and height of every note's box, in points, by its cell."""
    found = {}
    for name, data in parts(path.read_bytes()).items():
        for shape in re.findall(rb"<\w+:shape .*?</\w+:shape>", data, re.DOTALL) if name.endswith(".vml") else ():
            row, col = (int(re.search(rb":%s>(\d+)<" % what, shape)[1]) for what in (b"Row", b"Column"))
            sizes = {
                what: (size, unit) for what, size, unit in re.findall(rb"[;\s](width|height):([0-9.]+)(p[xt])", shape)
            }
            found[row, col] = tuple(
                float(size) * (0.75 if unit == b"px" else 1) for size, unit in (sizes[b"width"], sizes[b"height"])
            )
    return found


def test_the_first_sheet_counts_in_whole_words(tmp_path: Path) -> None:
    """`1 error，3 warning` stood at the head of every copy in English."""
    form = official("2021")
    data = make(form, Issue(), values={item: -1 for item in list(form.items)[:3] if not form.computed(item)})
    (tmp_path / "a.xlsx").write_bytes(data)
    xlreport("check", "a.xlsx", "-o", "b.xlsx", "--lang", "en", at=tmp_path)
    intro = openpyxl.load_workbook(tmp_path / "b.xlsx").worksheets[0]
    said = next(str(cell.value) for row in intro.iter_rows(max_row=4) for cell in row if "A click" in str(cell.value))
    assert re.match(r"\d+ errors, \d+ (warnings?|notes?)(, \d+ notes?)?\. ", said), said
