"""A short stretch of the mutator, and what longer ones have found: one sentence each, within time and memory."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import hostile
import pens
import pytest
from commands import environment, xlreport
from conftest import ROOT
from pens import MAIN, OFFICE, by_hand, opened, packed, parts

from xlreport.workbook.annotate import Mark, Tone, annotate, strip
from xlreport.workbook.book import read_book
from xlreport.workbook.container import Unreadable
from xlreport.workbook.limits import LIMITS, Limits, calm, limits_from
from xlreport.workbook.unreadable import WrongLimits, told_as_damaged

pytestmark = pytest.mark.no_cover  # by the hundred: tracing them is what a run waits for

ROW = b'<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>'
HEAD = f'<worksheet xmlns="{MAIN}">'.encode()
ONE = [Mark("表", 0, 0, Tone.ERROR, ("错",))]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processor time and memory of a child are limited with POSIX calls")
def test_a_short_stretch_of_bent_workbooks():
    """The same 600 on every run; CI with XLREPORT_REQUIRE_ALL runs 1,500."""
    count = 1_500 if os.environ.get("XLREPORT_REQUIRE_ALL") else 600
    code = (
        "import sys; sys.path[:0] = sys.argv[1:3]; import hostile\n"
        "hostile.seeds(); hostile.undergo(hostile.seeds()['2019']); hostile.undergo(hostile.seeds()['ods'])\n"
        "hostile.guard(); hostile.limit_memory()\n"
        "found = hostile.stretch(int(sys.argv[3]), int(sys.argv[4]), lambda *told: print(*told, file=sys.stderr))\n"
        "print(sum(found.values()), found['BROKEN'], len(found))"
    )
    command = [sys.executable, "-c", code, str(ROOT / "tests"), str(ROOT), "7000000", str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment(), cwd=ROOT)
    assert done.returncode == 0, done.stderr[-3000:]
    total, broken, kinds = map(int, done.stdout.split())
    assert (total, broken) == (count, 0), done.stderr[-3000:]
    assert kinds > 20  # it reaches far and wide: as many ways to end


def test_the_mutator_makes_the_same_of_the_same():
    assert hostile.victim(5) == hostile.victim(5)
    data = hostile.seeds()["2019"]
    made = {hostile.mutated(data, random.Random(seed)) for seed in range(60)}
    assert len(made) > 50
    assert data not in made or len(made) > 1


# --- what it has found


def reason(data: bytes) -> str:
    """Why a workbook cannot be read or marked; nothing if it can."""
    try:
        container = opened(data)
        read_book(container)
        annotate(container, ONE, None)
    except Unreadable as error:
        return error.reason  # never "damaged": that is the last net
    return ""


@pytest.mark.parametrize("part", ["[Content_Types].xml", "xl/worksheets/a.xml", "xl/workbook.xml", "xl/s.xml"])
@pytest.mark.parametrize("way", ["mark behind mark", "twice"])
def test_two_encodings_on_one_part(part: str, way: str):
    """The parser believes a second byte order mark, whatever encoding it was told; the pen counted other bytes then."""
    styles = f'<styleSheet xmlns="{MAIN}"/>'.encode()
    made = parts(by_hand(HEAD + ROW + b"</worksheet>", styles=styles))
    wide = made[part].decode().encode("utf-16-be")
    made[part] = b"\xef\xbb\xbf" + wide if way == "mark behind mark" else wide.decode("latin-1").encode("utf-16")
    assert reason(packed(made)) == "bad-xml"


def test_a_byte_order_mark_is_stronger_than_a_declaration():
    sheet = b'\xef\xbb\xbf<?xml version="1.0" encoding="GBK"?>' + HEAD + ROW + "<!--表-->".encode() + b"</worksheet>"
    data = by_hand(sheet)
    assert reason(data) == ""
    assert parts(strip(opened(annotate(opened(data), ONE, None)))) == parts(data)


def test_an_arrow_to_a_part_that_is_not_there():
    """The styles were named and left out: made anew, found again, and taken out again."""
    made = parts(by_hand(HEAD + ROW + b"</worksheet>", styles=f'<styleSheet xmlns="{MAIN}"/>'.encode()))
    del made["xl/s.xml"]
    data = packed(made)
    assert parts(strip(opened(annotate(opened(data), ONE, None)))) == made


def test_an_arrow_without_a_name():
    """The reader passed it over, the pen did not: they spoke of two different styles parts."""
    made = parts(by_hand(HEAD + ROW + b"</worksheet>", styles=f'<styleSheet xmlns="{MAIN}"/>'.encode()))
    arrows = made["xl/_rels/workbook.xml.rels"].replace(b'Id="r2" ', b"")
    data = packed(made | {"xl/_rels/workbook.xml.rels": arrows})
    once = annotate(opened(data), ONE, None)
    assert annotate(opened(once), ONE, None) == once
    assert parts(strip(opened(once))) == parts(data)


def with_comments(comments: bytes, drawing: bytes = b"") -> bytes:
    arrows = f'<Relationship Id="r1" Type="{OFFICE}/comments" Target="../c.xml"/>'
    end = b"</worksheet>"
    more = {"xl/c.xml": comments}
    if drawing:
        arrows += f'<Relationship Id="r2" Type="{OFFICE}/vmlDrawing" Target="../d.vml"/>'
        end = f'<legacyDrawing xmlns:r="{OFFICE}" r:id="r2"/></worksheet>'.encode()
        more["xl/d.vml"] = drawing
    return by_hand(HEAD + ROW + end, sheet_arrows=arrows, more=more)


COMMENTS = f'<comments xmlns="{MAIN}"><authors/><commentList/></comments>'.encode()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (with_comments(COMMENTS.replace(b"<authors/>", b"")), "bad-xml"),
        (with_comments(COMMENTS[:-3] + b"\xff\x80>"), "bad-xml"),
        (with_comments(COMMENTS, b"<xml>"), "bad-xml"),
        (with_comments(COMMENTS, b"<xml \x80\xec></xml>"), ""),
        (by_hand(HEAD + b'<sheetData><row r="1" ht="\x89"/></sheetData></worksheet>'), "bad-xml"),
    ],
    ids=["no authors", "bytes in comments", "no end of a drawing", "bytes in a drawing", "bytes in a height"],
)
def test_parts_that_are_no_text(data: bytes, expected: str):
    assert reason(data) == expected


def test_a_height_that_is_no_text_does_not_matter_to_the_pen():
    data = by_hand(HEAD + b'<sheetData><row r="1" ht="\x89"/></sheetData></worksheet>')
    assert parts(strip(opened(annotate(opened(data), ONE, None)))) == parts(data)


@pytest.mark.parametrize("number", ["../../../etc/passwd", "-1", "", "9" * 5000, "٣"])
def test_number_formats_that_are_no_numbers(number: str):
    styles = f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="{number}"/></cellXfs></styleSheet>'.encode()
    assert reason(by_hand(HEAD + ROW + b"</worksheet>", styles=styles)) == ""


@pytest.mark.parametrize(("said", "left"), [("检查结果", ["另"]), ("收到", ["表", "另"])])
def test_a_name_that_says_another_sheet_is_ours(said: str, left: list[str]):
    """One that looks like ours goes, and what is said of it; one that does not stays, whatever points at it."""
    row = f'<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>{said}</t></is></c></row></sheetData>'.encode()
    made = parts(by_hand(HEAD + row + b"</worksheet>", book=BOOK))
    made["xl/workbook.xml"] = made["xl/workbook.xml"].replace(
        b"</sheets>", '<sheet name="另" sheetId="9" rel:id="r9"/></sheets>'.encode()
    )
    made["xl/worksheets/b.xml"] = made["xl/worksheets/a.xml"]
    arrow = f'<Relationship Id="r9" Type="{OFFICE}/worksheet" Target="worksheets/b.xml"/></Relationships>'.encode()
    arrows = made["xl/_rels/workbook.xml.rels"].replace(b"</Relationships>", arrow)
    made["xl/_rels/workbook.xml.rels"] = arrows
    marks = [*ONE, Mark("另", 0, 0, Tone.ERROR, ("错",))]
    assert [sheet.name for sheet in read_book(opened(annotate(opened(packed(made)), marks, None))).sheets] == left
    with pytest.raises(ValueError, match="no such sheet: 无"):
        annotate(opened(packed(made)), [Mark("无", 0, 0, Tone.ERROR, ())], None)


BOOK = "<definedNames><definedName name=\"_xlreport_results\">'表'!$A$1</definedName></definedNames>".encode()


# --- the guard


def test_limits_can_be_set_and_nothing_else():
    assert limits_from("") == Limits()
    changed = limits_from(" file=100M, cells = 2k ;depth=9")
    assert (changed.file, changed.cells, changed.depth, changed.total) == (100_000_000, 2_000, 9, Limits().total)
    for wrong in ("file", "file=", "file=-1", "nothing=3", "file=1e9", "file=100MB", "__init__=1"):
        with pytest.raises(WrongLimits):
            limits_from(wrong)


LIMITED = {
    "file": "file=1k",
    "entries": "entries=3",
    "total": "total=9k",
    "part": "part=2k",
    "depth": "depth=3",
    "run": "run=20",
    "tags": "tags=50",
    "cells": "cells=10",
}


@pytest.mark.parametrize("name", LIMITED)
def test_each_limit_is_told_by_its_name(name: str, tmp_path: Path):
    (tmp_path / "表.xlsx").write_bytes(hostile.seeds()["2019"])
    for lang in ("zh", "en"):
        env = {"XLREPORT_LIMITS": LIMITED[name]}
        code, out, err = xlreport("check", "表.xlsx", "--lang", lang, at=tmp_path, env=env)
        assert (code, err, out.count("\n")) == (1, "", 1)
        assert f"XLREPORT_LIMITS={name}=" in out
    assert xlreport("check", "表.xlsx", "--no-annotate", at=tmp_path).code == 1
    assert "B401" in xlreport("check", "表.xlsx", "--no-annotate", at=tmp_path).out


def test_limits_nobody_understands(tmp_path: Path):
    (tmp_path / "表.xlsx").write_bytes(hostile.seeds()["2019"])
    code, out, err = xlreport("check", "表.xlsx", at=tmp_path, env={"XLREPORT_LIMITS": "cells=many"})
    assert (code, out) == (2, "")
    assert "“cells=many”" in err


def bomb(kind: str) -> bytes:
    many = 300_000
    sheet = {
        "attributes": b"<a " + b" ".join(b'a%d=""' % n for n in range(1_100)) + b"/>" * 1,
        "run": b"<a>" + bytes(random.Random(1).choices(b"abcdefgh", k=2_500_000)) + b"</a>",
        "tag": b'<a b="' + bytes(random.Random(1).choices(b"abc>efgh", k=2_500_000)) + b'"/>',
        "depth": b"<a>" * 400 + b"</a>" * 400,
        "frame": b"".join(b'<x n="%d"/>' % n for n in range(many + 10)),
    }[kind]
    return by_hand(HEAD + b"<!-- -->" + ROW + sheet + b"</worksheet>")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("attributes", ""), ("run", "too-big"), ("tag", "too-big"), ("depth", "too-deep"), ("frame", "too-big")],
)
def test_xml_that_would_fill_the_memory(kind: str, expected: str):
    if kind == "attributes":  # of the sheet, whose own reader counts no attributes: a thousand do no harm
        assert reason(bomb(kind)) == ""
        return
    assert reason(bomb(kind)) == expected


def test_long_stretches_are_found_wherever_they_begin():
    limits = Limits(run=100)
    for length, start in ((90, 0), (90, 7), (100, 50), (100, 333)):
        calm(b"<" * start + b"<" + b"x" * (length - 1) + b"<" * 500, "p", limits)
    for length, start in ((101, 0), (102, 49), (150, 13), (1_000, 77)):
        with pytest.raises(Unreadable):
            calm(b"<" * start + b"<" + b"x" * (length + 49) + b"<" * 500, "p", limits)


def test_a_ratio_alone_refuses_nothing():
    """A large sheet of nothing but empty cells, alike but for their names, packs tight and is honest."""
    rows = b"".join(b'<row r="%d">' % r + b'<c r="A%d" s="1"/>' % r * 1 + b"</row>" for r in range(1, 120_000))
    data = by_hand(HEAD + b"<sheetData>" + rows + b"</sheetData></worksheet>")
    assert reason(data) == ""
    tight = by_hand(HEAD + b"<sheetData>" + b"<row/>" * 2_000_000 + b"</sheetData></worksheet>")
    assert reason(tight) == "ratio"


def test_the_last_net_tells_of_the_file():
    for error in (ValueError("x"), IndexError(), ZeroDivisionError(), RecursionError(), MemoryError()):
        with pytest.raises(Unreadable, match="damaged"), told_as_damaged():
            raise error
    with pytest.raises(TypeError), told_as_damaged():  # a mistake of ours is no damage of theirs
        raise TypeError
    with pytest.raises(Unreadable, match="empty"), told_as_damaged():
        raise Unreadable("empty")


# --- nothing becomes live


NASTY = "\x1b[31m\x9b2J\u202egnp\u200b=1+1"


def test_nothing_a_terminal_would_act_on_is_printed(tmp_path: Path):
    made = pens.parts(hostile.seeds()["2019"])
    strings = made["xl/sharedStrings.xml"].decode()
    assert "张家港市工业和信息化局" in strings
    made["xl/sharedStrings.xml"] = strings.replace(
        "张家港市工业和信息化局", "_x001B_[31m\x9b2J\u202egnp\u200b=1+1&lt;b&gt;"
    ).encode()
    name = "a\x1b[31m\u202exslx.xlsx"
    (tmp_path / name).write_bytes(packed(made))
    for more in ([], ["--format", "json"], ["--lang", "en"]):
        done = xlreport("check", name, *more, at=tmp_path)
        assert done.code == 1
        for text in (done.out, done.err):
            assert not any(mark in text for mark in "\x1b\x9b\u202e\u200b")
    (answer,) = json.loads(xlreport("check", name, "--format", "json", at=tmp_path).out)["files"]
    assert answer["path"] == name  # for programs it is all there, escaped
    assert answer["unit"].startswith("\x1b[31m")
    (copy,) = tmp_path.glob("*.checked.xlsx")
    sheet = pens.parts(copy.read_bytes())["xl/worksheets/sheetXlr1.xml"].decode()
    assert "<f>" not in sheet
    assert "=1+1&lt;b&gt;" in sheet
    assert not any(mark in sheet for mark in "\x1b\x9b\u202e\u200b")


def test_complaints_are_as_harmless(tmp_path: Path):
    (tmp_path / "表.xlsx").write_bytes(hostile.seeds()["2019"])
    findings = json.dumps([{"sheet": NASTY, "cell": "A1", "message": "x"}])
    (tmp_path / "f.json").write_text(findings, encoding="utf-8")
    done = xlreport("annotate", "表.xlsx", "f.json", "-o", "x.xlsx", at=tmp_path)
    assert done.code == 2
    assert "no such sheet" in done.err
    assert not any(mark in done.err for mark in "\x1b\x9b\u202e\u200b")
    assert not (tmp_path / "x.xlsx").exists()


NO_FINDINGS = (
    *("[" * 100_000, '{"a":' * 50_000, "[1e999999]", "1" * 5000, "null", "[[]]", '{"files":{}}', '{"files":[]}'),
    *('[{"message":1,"severity":[]}]', '[{"message":"m","severity":"fatal"}]', '[{"message":{},"cell":1,"sheet":2}]'),
    *('[{"message":"m","sheet":"封面","cell":"ZZZZZ99999999"}]', '{"findings":[{"message":"m","items":[1]}]}'),
    "\ud800".encode("utf-16", "surrogatepass").decode("latin-1"),
)


@pytest.mark.parametrize("text", NO_FINDINGS)
def test_findings_that_are_none(tmp_path: Path, text: str):
    (tmp_path / "表.xlsx").write_bytes(hostile.seeds()["2019"])
    (tmp_path / "f.json").write_text(text, encoding="utf-8")
    done = xlreport("annotate", "表.xlsx", "f.json", "-o", "x.xlsx", at=tmp_path)
    assert done.code == 2
    assert done.err.count("\n") == 1
    assert not (tmp_path / "x.xlsx").exists()


def test_what_leads_outside_is_kept_and_never_followed(tmp_path: Path):
    """Links, connections and DDE stay in the copy as they were; nothing is opened and nothing started."""
    from zoo import zoo

    data = zoo()["linked"]
    code = (
        "import sys; sys.path[:0] = sys.argv[1:3]; import hostile; from pathlib import Path\n"
        "data = Path(sys.argv[3]).read_bytes(); hostile.undergo(hostile.seeds()['2019']); hostile.guard()\n"
        "print(hostile.undergo(data))"
    )
    (tmp_path / "linked.xlsx").write_bytes(data)
    command = [sys.executable, "-c", code, str(ROOT / "tests"), str(ROOT), str(tmp_path / "linked.xlsx")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    assert (done.returncode, done.stdout) == (0, "not-a-form\n"), done.stderr
    assert Limits() == LIMITS


@pytest.mark.parametrize(
    ("findings", "zh", "en"),
    [
        (None, "没有审核结果的列表", "no list of findings"),
        ({"files": [{}]}, "没有审核结果的列表", "no list of findings"),
        ([None], "第 1 项没有 message", "entry 1 has no message"),
        ([{"message": "x"}, {"message": {}}], "第 2 项没有 message", "entry 2 has no message"),
        ([{"message": "x", "severity": 1}], "第 1 项的 severity 应为", "entry 1: severity must be"),
        (
            [{"message": "x", "sheet": "封面", "cell": "A1:B2"}],
            "第 1 项的 cell 不是一个单元格: A1:B2",
            "entry 1: not a cell: A1:B2",
        ),
    ],
)
def test_findings_of_another_shape_are_told_in_words(tmp_path: Path, findings: object, zh: str, en: str):
    (tmp_path / "表.xlsx").write_bytes(hostile.seeds()["2019"])
    (tmp_path / "f.json").write_text(json.dumps(findings), encoding="utf-8")
    for lang, words in (("zh", zh), ("en", en)):
        done = xlreport("annotate", "表.xlsx", "f.json", "-o", "x.xlsx", "--lang", lang, at=tmp_path)
        assert done.code == 2
        assert words in done.err
