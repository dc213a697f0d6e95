"""Annotating loses nothing, strip gives every byte back, and what is not ours is never taken for ours."""

import base64
import io
import json
import re
import warnings
import xml.etree.ElementTree as ET
import zlib
from pathlib import Path

import openpyxl
import pytest
from conftest import SEED
from pens import (
    MAIN,
    OFFICE,
    SHEET,
    STRICT_MAIN,
    STRICT_OFFICE,
    by_hand,
    form,
    marks,
    office_form,
    opened,
    packed,
    parts,
    summary,
)

from xlreport.examine import examine
from xlreport.workbook.annotate import Mark, Summary, SummaryCell, SummaryRow, Tone, annotate, is_annotated, strip
from xlreport.workbook.book import read_book
from xlreport.workbook.limits import LIMITS
from xlreport.workbook.notes import BEGIN, END
from xlreport.workbook.unreadable import Unreadable

WORKBOOK = "xl/workbook.xml"
HEAD = f'<worksheet xmlns="{MAIN}">'.encode()
ROW = b'<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>'
ONE = [Mark("表", 0, 0, Tone.ERROR, ("错 <b>",), suspect=True)]
STYLES = f'<styleSheet xmlns="{MAIN}"><fonts><font/></fonts><dxfs count="0"></dxfs></styleSheet>'.encode()
BOOKS = {
    "xlsxwriter": form(),
    "without comments": form(comments=False),
    "second sheet active": form(active=1),
    "openpyxl": office_form(),
}


@pytest.fixture(params=BOOKS)
def book(request) -> bytes:
    return BOOKS[request.param]


def sheet_data(part: bytes) -> bytes:
    return part[part.index(b"<sheetData") : part.rindex(b"sheetData")]


def comments(data: bytes, sheet: str = SHEET) -> dict[str, str]:
    return {cell.coordinate: cell.comment.text for row in loaded(data)[sheet] for cell in row if cell.comment}


def loaded(data: bytes) -> openpyxl.Workbook:
    with warnings.catch_warnings():  # openpyxl tells what it does not keep
        warnings.simplefilter("ignore", UserWarning)
        return openpyxl.load_workbook(io.BytesIO(data))


# -- nothing is lost -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("with_summary", [True, False])
def test_strip_gives_every_part_back_in_its_order(book: bytes, with_summary: bool):
    annotated = annotate(opened(book), marks(), summary() if with_summary else None)
    assert parts(strip(opened(annotated))) == parts(book)
    assert list(parts(strip(opened(annotated)))) == list(parts(book))


@pytest.mark.parametrize("with_summary", [True, False])
def test_annotating_twice_is_annotating_once(book: bytes, with_summary: bool):
    wanted = summary() if with_summary else None
    once = annotate(opened(book), marks(), wanted)
    assert annotate(opened(once), marks(), wanted) == once
    other = annotate(opened(book), marks()[:2], wanted)
    assert annotate(opened(other), marks(), wanted) == annotate(opened(once), marks(), wanted)


def test_cells_keep_their_bytes_and_every_part_is_still_there(book: bytes):
    before, after = parts(book), parts(annotate(opened(book), marks(), summary()))
    assert set(before) <= set(after)
    for name in before:
        if name.startswith("xl/worksheets/sheet"):
            assert sheet_data(before[name]) == sheet_data(after[name])
    touched = {name for name in before if before[name] != after[name]}
    assert all(re.search(r"Content_Types|workbook|styles|worksheets/|comments|\.vml", name) for name in touched), (
        touched
    )


def test_changed_parts_are_well_formed_and_in_schema_order(book: bytes):
    after = parts(annotate(opened(book), marks(), summary()))
    for name, data in after.items():
        if name.endswith((".xml", ".rels", ".vml")):
            ET.fromstring(data)
    order = "sheetProtection autoFilter mergeCells conditionalFormatting dataValidations drawing legacyDrawing extLst"
    found = [child.tag.rpartition("}")[2] for child in ET.fromstring(after["xl/worksheets/sheet1.xml"])]
    ranks = [order.split().index(name) for name in found if name in order.split()]
    assert ranks == sorted(ranks)


def test_the_reader_finds_the_same_cells(book: bytes):
    before, after = read_book(opened(book)), read_book(opened(annotate(opened(book), marks(), summary())))
    assert [sheet.name for sheet in after.sheets][1:] == [sheet.name for sheet in before.sheets]
    for old, new in zip(before.sheets, after.sheets[1:], strict=True):
        assert dict(old.cells) == dict(new.cells)


def test_no_marks_and_no_summary_is_stripping(book: bytes):
    annotated = annotate(opened(book), marks(), summary())
    assert annotate(opened(annotated), [], None) == strip(opened(annotated))
    assert not is_annotated(opened(strip(opened(annotated))))
    assert is_annotated(opened(annotated))
    assert not is_annotated(opened(book))


# -- notes -----------------------------------------------------------------------------------------------------------


def test_notes_are_written_and_existing_comments_kept():
    found = comments(annotate(opened(form()), marks(), None))
    assert found["C3"] == f'{BEGIN}\n另一边 <b>&"x"\n{END}'
    assert found["D5"] == f"{BEGIN}\n上年结转填 3\n\n第二条\n{END}"
    assert found["A1"] == f"{BEGIN}\n标题\n{END}"  # marked at E1, inside merged cells
    assert found["B3"].startswith("原有批注")
    assert found["B3"].endswith(f"{BEGIN}\n自然人：1 + 0 = 1 应等于 3 + 0 = 3，差 2。\n见「检查结果」第 5 行\n{END}")
    assert found["C9"] == "另一个"
    assert "C4" not in found  # a mark without lines


def test_existing_boxes_stay_and_new_ones_have_room():
    after = parts(annotate(opened(form()), marks(), None))
    drawing = after["xl/drawings/vmlDrawing1.vml"].decode()
    before = parts(form())["xl/drawings/vmlDrawing1.vml"].decode()
    gone = [shape for shape in re.findall(r"<v:shape .*?</v:shape>", before, re.DOTALL) if shape not in drawing]
    assert len(gone) == 1  # that of B3, which shows our note, too, and is made large enough for it
    assert "<x:Row>2</x:Row><x:Column>1</x:Column>" in gone[0]
    numbers = re.findall(r'id="_x0000_s(\d+)"', drawing)
    assert len(numbers) == len(set(numbers)) == before.count("<v:shape ") + 4
    for shape in re.findall(r"<v:shape .*?</v:shape>", drawing, re.DOTALL):
        left, _, top, _, right, _, bottom, _ = map(int, re.search(r"<x:Anchor>(.*?)<", shape)[1].split(","))
        assert left < right
        assert top < bottom


def test_notes_at_the_sheets_far_corner_stay_on_it():
    far = [Mark("表", 1_048_575, 16_383, Tone.INFO, ("x" * 300,)), Mark("表", 0, 16_383, Tone.INFO, ("y",))]
    after = parts(annotate(opened(by_hand(HEAD + ROW + b"</worksheet>")), far, None))
    for anchor in re.findall(rb"<x:Anchor>(.*?)<", after["xl/drawings/vmlDrawingXlr1.vml"]):
        left, _, top, _, right, _, bottom, _ = map(int, anchor.split(b","))
        assert 0 <= left < right <= 16_383
        assert 0 <= top < bottom <= 1_048_575


def test_a_cell_with_a_threaded_comment_is_coloured_but_not_noted():
    threads = "http://schemas.microsoft.com/office/2017/10/relationships/threadedComment"
    placeholder = "[Threaded comment]\n…"
    data = by_hand(
        HEAD + ROW + f'<legacyDrawing xmlns:r="{OFFICE}" r:id="r2"/></worksheet>'.encode(),
        sheet_arrows=f'<Relationship Id="r1" Type="{OFFICE}/comments" Target="../c.xml"/>'
        f'<Relationship Id="r2" Type="{OFFICE}/vmlDrawing" Target="../d.vml"/>'
        f'<Relationship Id="r3" Type="{threads}" Target="../t.xml"/>',
        more={
            "xl/c.xml": f'<comments xmlns="{MAIN}"><authors><author>tc={{1}}</author></authors><commentList><comment '
            f'ref="A1" authorId="0"><text><t>{placeholder}</t></text></comment></commentList></comments>'.encode(),
            "xl/d.vml": b'<xml xmlns:v="urn:schemas-microsoft-com:vml"><br></xml>',
            "xl/t.xml": b'<ThreadedComments><threadedComment ref="A1"/><threadedComment ref="B2"/></ThreadedComments>',
        },
    )
    more = [*ONE, Mark("表", 1, 1, Tone.INFO, ("thread without stand-in",)), Mark("表", 2, 2, Tone.INFO, ("note",))]
    annotated = annotate(opened(data), more, None)
    after = parts(annotated)
    assert after["xl/c.xml"].count(BEGIN.encode()) == 1
    assert b'ref="C3"' in after["xl/c.xml"]
    assert after["xl/d.vml"].count(b"<v:shape ") == 1
    assert b'sqref="A1"' in after["xl/worksheets/a.xml"]
    assert parts(strip(opened(annotated))) == parts(data)


def test_bare_text_of_a_comment_becomes_a_run():
    """Programs show either the bare text or the runs of a comment that has both."""
    data = by_hand(
        HEAD + ROW + b"</worksheet>",
        sheet_arrows=f'<Relationship Id="r1" Type="{OFFICE}/comments" Target="../c.xml"/>',
        more={
            "xl/c.xml": f'<k:comments xmlns:k="{MAIN}"><k:authors/><k:commentList><k:comment ref="A1" authorId="0">'
            '<k:text><k:t>旧</k:t></k:text></k:comment><k:comment ref="B1" authorId="0"><k:text/></k:comment>'
            "</k:commentList></k:comments>".encode(),
        },
    )
    annotated = annotate(opened(data), [*ONE, Mark("表", 0, 1, Tone.INFO, ("空",))], None)
    written = parts(annotated)["xl/c.xml"].decode()
    assert "<k:r><k:t>旧</k:t></k:r><k:r>" in written
    assert f"{BEGIN}\n</k:t>" in written
    assert parts(strip(opened(annotated))) == parts(data)


def test_our_frame_cannot_be_forged_from_a_line():
    mark = Mark(SHEET, 4, 4, Tone.INFO, (END, "after", f"{BEGIN}"))
    annotated = annotate(opened(form()), [mark], None)
    assert comments(annotated)["E5"] == f"{BEGIN}\n{END} \nafter\n{BEGIN} \n{END}"


# -- when another program saved it -----------------------------------------------------------------------------------


def resaved(data: bytes, changes=None) -> bytes:
    """As another program leaves it: no way back recorded, and what `changes` does to parts."""
    made = parts(data)
    for name in made:
        made[name] = re.sub(rb"<!--xlreport undo.*?-->", b"", made[name])
    return packed(made | (changes(made) if changes else {}))


def test_marks_are_recognised_without_the_record(book: bytes):
    again = strip(opened(resaved(annotate(opened(book), marks(), summary()))))
    assert not is_annotated(opened(again))
    before, after = parts(book), parts(again)
    assert set(before) == set(after)
    # What only grew a list (fonts, authors) stays behind; and of the selected tabs nobody knows any more.
    same = {name for name in before if before[name] == after[name]}
    different = set(before) - same
    assert all(re.search(r"styles|comments|workbook.xml$|sheet\d.xml$|vml", name) for name in different), different
    for name in different:
        assert b"xlreport" not in after[name].replace(b"<author>xlreport</author>", b"")
    assert comments(again) == comments(book)
    names = [sheet.name for sheet in read_book(opened(again)).sheets]
    assert names == [sheet.name for sheet in read_book(opened(book)).sheets]
    assert read_book(opened(again)).local_names == read_book(opened(book)).local_names


def test_the_readers_own_words_in_our_notes_stay():
    def answered(made):
        part = made["xl/comments1.xml"].decode().replace(f"\n{END}<", f"\n{END}\n已改正<").encode()
        return {"xl/comments1.xml": part}

    again = strip(opened(resaved(annotate(opened(form()), marks(), summary()), answered)))
    found = comments(again)
    assert found["C3"].strip() == "已改正"
    assert found["B3"].endswith("已改正")
    assert found["B3"].startswith("原有批注")
    assert found["C9"] == "另一个"
    assert BEGIN not in "".join(found.values())


def test_a_note_of_ours_at_no_cell_goes_with_the_others():
    def bent(made):
        return {"xl/comments1.xml": made["xl/comments1.xml"].replace(b'ref="C3"', b'ref="file:///etc/passwd"')}

    again = strip(opened(resaved(annotate(opened(form()), marks(), summary()), bent)))
    assert BEGIN.encode() not in b"".join(parts(again).values())


def test_a_record_that_no_longer_fits_is_not_used_and_goes():
    annotated = parts(annotate(opened(form()), marks(), summary()))
    annotated["xl/worksheets/sheet1.xml"] = annotated["xl/worksheets/sheet1.xml"].replace(b"<v>6</v>", b"<v>9</v>", 1)
    again = strip(opened(packed(annotated)))
    assert not is_annotated(opened(again))
    assert b"xlreport undo" not in parts(again)["xl/styles.xml"]
    assert b"<v>9</v>" in parts(again)["xl/worksheets/sheet1.xml"]


def recorded(record: object) -> bytes:
    """A form with this record in it; an unknown thing gets the checksum of what it speaks of."""
    made = parts(form())
    text = json.dumps(record)
    for name, data in made.items():
        text = text.replace(f"<{name}>", f"{zlib.crc32(data):08x}-{len(data)}")
    made["xl/styles.xml"] += b"<!--xlreport undo " + base64.b64encode(zlib.compress(text.encode())) + b"-->"
    return packed(made)


SHEET_1, STYLE = "xl/worksheets/sheet1.xml", "xl/styles.xml"
PROLOG = parts(form())[WORKBOOK].index(b"<workbook")


def _spans(part: str, words: bytes) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(words, parts(form())[part])]


ARROWS, TYPES = "xl/_rels/workbook.xml.rels", "[Content_Types].xml"
LAST_SHEET = _spans(WORKBOOK, rb"<sheet [^>]*/>")[-1]
FIRST_TARGET = _spans(ARROWS, rb"sheet1\.xml")[0]
FIRST_TYPE = _spans(TYPES, rb"<Override [^>]*sheet1\.xml[^>]*/>")[0]
FORGED = {
    "no object": [],
    "nothing": {},
    "wrong kinds": {"new": 5, "changed": 5},
    "empty": {"new": [], "changed": {}},
    "not ours to drop": {"new": [SHEET_1], "changed": {STYLE: [f"<{STYLE}>", []]}},
    "wrong checksum": {"new": [], "changed": {STYLE: ["0-0", []]}},
    "outside": {"new": [], "changed": {STYLE: [f"<{STYLE}>", [[[0, 10**9, ""]]]]}},
    "infinite": {"new": [], "changed": {STYLE: [f"<{STYLE}>", [[[0, float("inf"), ""]]]]}},
    "no XML": {"new": [], "changed": {STYLE: [f"<{STYLE}>", []], WORKBOOK: [f"<{WORKBOOK}>", [[[0, 0, "x"]]]]}},
    "a DOCTYPE": {
        "new": [],
        "changed": {STYLE: [f"<{STYLE}>", []], WORKBOOK: [f"<{WORKBOOK}>", [[[PROLOG, PROLOG, "<!DOCTYPE a>"]]]]},
    },
    "without end": {"new": [], "changed": {STYLE: [f"<{STYLE}>", []], WORKBOOK: [f"<{WORKBOOK}>", [[]] * 2_000_000]}},
    "a sheet less": {
        "new": [],
        "changed": {STYLE: [f"<{STYLE}>", []], WORKBOOK: [f"<{WORKBOOK}>", [[[*LAST_SHEET, ""]]]]},
    },
    "another part": {
        "new": [],
        "changed": {STYLE: [f"<{STYLE}>", []], ARROWS: [f"<{ARROWS}>", [[[*FIRST_TARGET, "sheet2.xml"]]]]},
    },
    "no types": {
        "new": [],
        "changed": {STYLE: [f"<{STYLE}>", []], TYPES: [f"<{TYPES}>", [[[*FIRST_TYPE, ""]]]]},
    },
    "other cells": {
        "new": [],
        "changed": {STYLE: [f"<{STYLE}>", []], SHEET_1: [f"<{SHEET_1}>", [[[3000, 3001, "7"]]]]},
    },
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_record_does_no_harm(name: str):
    assert parts(strip(opened(recorded(FORGED[name])))) == parts(form())


def test_a_workbook_of_as_many_entries_as_may_be_is_read_with_its_marks():
    made = parts(form())
    made |= {f"xl/media/more{n}.png": b"" for n in range(LIMITS.entries - len(made))}
    data = annotate(opened(packed(made)), marks(), summary())
    assert len(parts(data)) > LIMITS.entries
    assert parts(strip(opened(data))) == made
    with pytest.raises(Unreadable):
        opened(packed(made | {"xl/media/other.png": b""}))


@pytest.mark.parametrize("record", [b"AAAA", b"=", b"eJyLjgUAARUAuQ=="])
def test_a_broken_record_does_no_harm(record: bytes):
    made = parts(form())
    made[STYLE] += b"<!--xlreport undo " + record + b"-->"
    assert parts(strip(opened(packed(made)))) == parts(form())


def test_a_renamed_and_moved_summary_is_found():
    def moved(made):
        text = made[WORKBOOK].decode()
        entry = re.search(r'<sheet xmlns:r=[^>]*name="检查结果"[^>]*>', text)[0]
        text = text.replace(entry, "").replace("</sheets>", entry.replace("检查结果", "改了名") + "</sheets>")
        for old, new in (("0", "x"), ("1", "0"), ("2", "1"), ("x", "3")):
            text = text.replace(f'localSheetId="{old}"', f'localSheetId="{new}"')
        return {WORKBOOK: text.replace("'检查结果'", "改了名").replace('activeTab="0"', 'activeTab="3"').encode()}

    again = strip(opened(resaved(annotate(opened(form(active=1)), marks(), summary()), moved)))
    before, after = read_book(opened(form(active=1))), read_book(opened(again))
    assert [sheet.name for sheet in after.sheets] == [sheet.name for sheet in before.sheets]
    assert after.local_names == before.local_names
    assert b'activeTab="0"' in parts(again)[WORKBOOK]


def test_without_the_sheet_the_name_goes_alone():
    def gone(made):
        return {WORKBOOK: made[WORKBOOK].replace("'检查结果'!$A$1".encode(), b"#REF!")}

    again = strip(opened(resaved(annotate(opened(form()), marks(), summary()), gone)))
    assert "检查结果" in [sheet.name for sheet in read_book(opened(again)).sheets]
    assert b"_xlreport_results" not in parts(again)[WORKBOOK]


@pytest.mark.parametrize("shared", [False, True])
def test_a_sheet_that_our_name_was_moved_to_is_never_taken_out(shared):
    """Excel moves a name along with the cell that is cut: the title of the first sheet was pasted into the form."""
    sheet = "三、依申请公开"
    made = parts(SEED.read_bytes())
    name = f"<definedName name=\"_xlreport_results\">'{sheet}'!$L$1</definedName></definedNames>"
    made[WORKBOOK] = made[WORKBOOK].replace(b"</definedNames>", name.encode())
    pasted = '<c r="L1" t="inlineStr"><is><t>检查结果</t></is></c></row>'.encode()
    if shared:
        count = made["xl/sharedStrings.xml"].count(b"<si>")
        pasted = f'<c r="L1" t="s"><v>{count}</v></c></row>'.encode()
        made["xl/sharedStrings.xml"] = made["xl/sharedStrings.xml"].replace(
            b"</sst>", "<si><t>检查结果</t></si></sst>".encode()
        )
    made["xl/worksheets/sheet3.xml"] = made["xl/worksheets/sheet3.xml"].replace(b"</row>", pasted, 1)
    data = packed(made)
    assert strip(opened(data)) != data
    assert [one.name for one in read_book(opened(strip(opened(data)))).sheets] == [
        one.name for one in read_book(opened(data)).sheets
    ]
    read = examine(Path("x.xlsx"), data=data).reading
    assert read is not None
    assert "三" in read.means


# -- the summary -----------------------------------------------------------------------------------------------------


def test_a_sheet_of_the_users_with_our_name_is_never_touched():
    data = office_form()  # has a sheet 检查结果
    annotated = annotate(opened(data), marks(), summary())
    assert [sheet.name for sheet in read_book(opened(annotated)).sheets][:3] == ["检查结果 (2)", SHEET, "检查结果"]
    for strange in (annotated, resaved(annotated)):
        assert [sheet.name for sheet in read_book(opened(strip(opened(strange)))).sheets] == [SHEET, "检查结果"]


def test_the_workbook_opens_on_the_summary_and_only_it_is_selected():
    for active in (0, 1):
        after = parts(annotate(opened(form(active=active)), marks(), summary()))
        selected = [name for name, data in after.items() if b'tabSelected="1"' in data]
        assert selected == ["xl/worksheets/sheetXlr1.xml"]
        assert b'activeTab="1"' not in after[WORKBOOK]
        assert b'firstSheet="1"' not in after[WORKBOOK]


def test_what_counts_tabs_moves_along():
    before, after = parts(form())[WORKBOOK], parts(annotate(opened(form()), marks(), summary()))[WORKBOOK]

    def names(data):
        found = re.findall(r'<definedName name="([^"]+)" localSheetId="(\d+)"', data.decode())
        return {(name, int(tab)) for name, tab in found}

    ours = {("_xlnm._FilterDatabase", 0), ("_xlnm.Print_Titles", 0)}
    assert names(after) == {(name, tab + 1) for name, tab in names(before)} | ours
    sheets = re.findall(r'<sheet [^>]*sheetId="(\d+)"', after.decode())
    assert len(sheets) == len(set(sheets)) == 4


def test_the_summary_says_what_it_was_given_and_links_there():
    wanted = summary()
    data = annotate(opened(form()), marks(), wanted)
    sheet = loaded(data).worksheets[0]
    assert sheet["A1"].value == wanted.title
    assert [cell.value for cell in sheet[wanted.first_row - 1]] == list(wanted.header)
    first, second = sheet[wanted.first_row], sheet[wanted.first_row + 1]
    assert [cell.value for cell in first] == ["错误", "B3", "=1+1", -2.5]
    assert [cell.data_type for cell in first] == ["s", "s", "s", "n"] or first[2].data_type != "f"
    assert first[1].hyperlink.location == f"'{SHEET}'!B3"
    assert second[1].hyperlink.location == f"'{SHEET}'!A1"  # merged cells: to the first
    assert b"<v>-2.50</v>" in parts(data)["xl/worksheets/sheetXlr1.xml"]
    assert b"abc_x005F_x000D_" in parts(data)["xl/worksheets/sheetXlr1.xml"]
    assert sheet.auto_filter.ref == "A3:D5"
    assert sheet.freeze_panes == "A4"
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize, sheet.page_setup.fitToHeight) == (
        "landscape",
        9,
        0,
    )
    assert "sharedStrings" not in "".join(n for n, d in parts(data).items() if parts(form()).get(n, d) != d)


def test_sheet_names_with_quotes_are_linked():
    row = SummaryRow(Tone.INFO, (SummaryCell("x", ("O'Brien & <Co>", 0, 0)), SummaryCell("y", ("no such", 0, 0))))
    wanted = Summary("a/b:c*d?[e]'" * 4, "", (), ("h", "i"), (5, 5), (row,))
    sheet = loaded(annotate(opened(form()), [], wanted)).worksheets[0]
    assert sheet["A3"].hyperlink.location == "'O''Brien & <Co>'!A1"
    assert sheet["B3"].hyperlink is None
    assert len(sheet.title) <= 31
    assert not set(sheet.title) & set(r"[]:*?/\\")


def test_an_empty_summary_is_a_summary():
    wanted = Summary("检查结果", "没有问题", (), ("级别",), (8,), ())
    annotated = annotate(opened(form()), [], wanted)
    assert loaded(annotated).worksheets[0]["A1"].value == "没有问题"
    assert parts(strip(opened(annotated))) == parts(form())


def test_impossible_summaries_are_refused():
    with pytest.raises(ValueError, match="width"):
        Summary("a", "", (), ("h",), (), ())
    with pytest.raises(ValueError, match="longer"):
        Summary("a", "", (), ("h",), (1,), (SummaryRow(Tone.INFO, (SummaryCell("1"), SummaryCell("2"))),))
    for number in ("=1", "1,5", "nan", "0x1", ""):
        with pytest.raises(ValueError, match="decimal"):
            SummaryCell("x", number=number)


# -- colours ---------------------------------------------------------------------------------------------------------


def test_colours_come_first_and_others_move_down():
    before, after = parts(form()), parts(annotate(opened(form()), marks(), None))

    def priorities(data):
        return [int(number) for number in re.findall(rb'priority="(\d+)"', data["xl/worksheets/sheet1.xml"])]

    ours = 4  # error suspect, error, warning, info
    assert priorities(after) == [1, 2, 3, 4, *(number + ours for number in priorities(before))]
    dxfs = re.search(rb"<dxfs count=\"(\d+)\">(.*)</dxfs>", after["xl/styles.xml"])
    assert int(dxfs[1]) == dxfs[2].count(b"<dxf>") == 1 + ours
    assert dxfs[2].startswith(re.search(rb"<dxfs[^>]*>(.*)</dxfs>", before["xl/styles.xml"])[1])
    assert b'sqref="A1:H1 D6"' in after["xl/worksheets/sheet1.xml"]


def test_marks_on_unknown_sheets_are_refused():
    with pytest.raises(ValueError, match="no such sheet: 图, 没有"):
        annotate(opened(office_form()), [Mark("没有", 0, 0, Tone.INFO, ()), Mark("图", 0, 0, Tone.INFO, ())], None)


# -- strange hands ---------------------------------------------------------------------------------------------------


STRANGE = {
    "no styles": by_hand(HEAD + ROW + b"</worksheet>"),
    "empty sheet": by_hand(HEAD + b"<sheetData/></worksheet>", styles=STYLES),
    "bare styles": by_hand(HEAD + ROW + b"</worksheet>", styles=f"<styleSheet xmlns='{MAIN}'/>".encode()),
    "no counts": by_hand(HEAD + ROW + b"</worksheet>", styles=STYLES),
    "prefix": by_hand(
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row><x:c><x:v>1</x:v></x:c></x:row></x:sheetData>'
        "<x:conditionalFormatting sqref='A1'><x:cfRule type='expression' priority='01'><x:formula>1</x:formula>"
        "</x:cfRule></x:conditionalFormatting></x:worksheet>".encode(),
        prefix="x",
        styles=f'<y:styleSheet xmlns:y="{MAIN}"><y:dxfs/></y:styleSheet>'.encode(),
        book=b"<x:definedNames />",
    ),
    "strict": by_hand(
        f'<worksheet xmlns="{STRICT_MAIN}">'.encode() + ROW + b"</worksheet>",
        main=STRICT_MAIN,
        office=STRICT_OFFICE,
        styles=STYLES.replace(MAIN.encode(), STRICT_MAIN.encode()),
    ),
    "UTF-16": by_hand(
        ('<?xml version="1.0" encoding="UTF-16"?>' + (HEAD + ROW).decode() + "<!--表--></worksheet>").encode("utf-16"),
        styles=b"\xef\xbb\xbf" + STYLES,
        book=b'<definedNames><definedName name="n" localSheetId="0">1</definedName></definedNames>',
    ),
    "GBK": by_hand(
        ('<?xml version="1.0" encoding="GBK"?>' + (HEAD + ROW).decode() + "<!--表--></worksheet>").encode("gbk")
    ),
    "two windows": by_hand(
        HEAD + b'<sheetViews><sheetView tabSelected="true" workbookViewId="0"/><sheetView workbookViewId=\'1\' '
        b"tabSelected='1'></sheetView></sheetViews>" + ROW + b"</worksheet>",
        book=b"<definedNames/><calcPr/><extLst/>",
    ),
    "uid and alternate content": by_hand(
        f'<worksheet xmlns="{MAIN}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
        'xmlns:xr="u" mc:Ignorable="xr" xr:uid="{1}">'.encode()
        + ROW
        + b'<drawing/><mc:AlternateContent><mc:Choice Requires="x"><controls/></mc:Choice></mc:AlternateContent>'
        b"<tableParts/><extLst><ext/></extLst></worksheet>",
    ),
    "dangling drawing": by_hand(HEAD + ROW + f'<legacyDrawing xmlns:q="{OFFICE}" q:id="zz"/></worksheet>'.encode()),
    "content types in capitals": packed(
        {n.replace("[C", "[c"): d for n, d in parts(by_hand(HEAD + ROW + b"</worksheet>")).items()}
    ),
    "protected structure": by_hand(HEAD + ROW + b"</worksheet>", book=b'<workbookProtection lockStructure="1"/>'),
}


@pytest.mark.parametrize("name", STRANGE)
def test_strange_workbooks_are_annotated_and_restored(name: str):
    data = STRANGE[name]
    wanted = summary(sheet="表")
    annotated = annotate(opened(data), ONE, wanted)
    assert annotate(opened(annotated), ONE, wanted) == annotated
    assert parts(strip(opened(annotated))) == parts(data)
    read = read_book(opened(annotated))
    assert [sheet.name for sheet in read.sheets] == ["检查结果", "表"]
    assert read.sheets[0].cells[2, 0].text == "级别"
    assert dict(read.sheets[1].cells) == dict(read_book(opened(data)).sheets[0].cells)
    after = parts(annotated)
    for part in after:
        if part.endswith((".xml", ".rels")) and part != "xl/worksheets/a.xml":
            ET.fromstring(after[part])
    recognised = strip(opened(resaved(annotated)))
    assert not is_annotated(opened(recognised))
    assert [sheet.name for sheet in read_book(opened(recognised)).sheets] == ["表"]


def test_strict_workbooks_get_strict_marks():
    after = parts(annotate(opened(STRANGE["strict"]), ONE, summary(sheet="表")))
    ours = [data for name, data in after.items() if "Xlr" in name and name.endswith(".xml")]
    assert len(ours) == 2
    assert all(STRICT_MAIN.encode() in data and MAIN.encode() not in data for data in ours)
    assert OFFICE.encode() not in b"".join(after[name] for name in after if name.endswith(".rels"))
