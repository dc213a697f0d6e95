"""What goes wrong outside: one clear sentence, the right exit code, no traceback, and nothing left behind."""

import io
import json
import os
import shutil
import socket
import zipfile

import pytest
from commands import xlreport
from conftest import ROOT
from submissions import returned

TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
ARROWS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@pytest.fixture
def desk(tmp_path):
    """A folder to work in, with a wrong form and a right one as they come back from the units."""
    (tmp_path / "wrong.xlsx").write_bytes(returned("01_seed_zhangjiagang_gxj_2020", "2019"))
    (tmp_path / "right.xlsx").write_bytes(returned("04_suqian_2024", "2021"))
    return tmp_path


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
@pytest.mark.parametrize(
    "command",
    ["check {0}", "check right.xlsx --prior {0}", "strip {0} -o out.xlsx", "upgrade {0} -o out.xlsx"],
)
def test_a_pipe_or_a_socket_is_not_waited_for(desk, command):
    os.mkfifo(desk / "pipe.xlsx")
    with socket.socket(socket.AF_UNIX) as door:
        here = os.open(".", os.O_RDONLY)
        os.chdir(desk)  # the name of a socket must be short
        try:
            door.bind("door.xlsx")
        finally:
            os.fchdir(here)
            os.close(here)
        for name in ("pipe.xlsx", "door.xlsx"):
            ran = xlreport(*command.format(name).split(), at=desk)
            assert ran.code in {1, 2}
            assert "不是普通文件" in ran.out + ran.err
    assert not (desk / "out.xlsx").exists()


def zipped(parts):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return stream.getvalue()


def word_document():
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return zipped({
        "[Content_Types].xml": f'<Types xmlns="{TYPES}"><Default Extension="rels" ContentType="application/vnd.'
        'openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{main}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{ARROWS}"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" '
        'Target="word/document.xml"/></Relationships>',
        "word/document.xml": '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        "<w:body><w:p/></w:body></w:document>",
    })  # fmt: skip


def with_password():
    """An OLE compound file whose directory holds an EncryptedPackage, as Excel wraps a workbook with a password."""
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    header[24:34] = b"\x3e\x00\x03\x00\xfe\xff\x09\x00\x06\x00"
    header[48:52] = (0).to_bytes(4, "little")  # the directory is the first sector
    entries = b""
    for name in ("Root Entry", "EncryptionInfo", "EncryptedPackage"):
        text = (name + "\0").encode("utf-16-le")
        entries += text.ljust(64, b"\0") + len(text).to_bytes(2, "little") + bytes(62)
    return bytes(header) + entries.ljust(512, b"\0") + bytes(2048)


def other_workbook():
    import xlsxwriter

    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet("工资")
        sheet.write_column(0, 0, ["姓名", "张三", "李四"])
        sheet.write_column(0, 1, ["金额", 1, 2])
    return stream.getvalue()


def macro_workbook(data):
    """The workbook with a macro project, as Excel saves it under .xlsm."""
    parts = {}
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    types = parts["[Content_Types].xml"]
    assert kind in types
    types = types.replace(kind, b"application/vnd.ms-excel.sheet.macroEnabled.main+xml")
    override = b'<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/><Override'
    parts["[Content_Types].xml"] = types.replace(b"<Override", override, 1)
    arrows = parts["xl/_rels/workbook.xml.rels"]
    arrow = b'<Relationship Id="rIdM" Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject" '
    parts["xl/_rels/workbook.xml.rels"] = arrows.replace(
        b"</Relationships>", arrow + b'Target="vbaProject.bin"/></Relationships>'
    )
    parts["xl/vbaProject.bin"] = bytes(range(256)) * 8
    return zipped(parts)


def listing(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


# name, content, what is said in Chinese and in English
UNREADABLE = [
    ("empty.xlsx", lambda _: b"", "文件是空的（0 字节）", "empty (0 bytes)"),
    ("word.xlsx", lambda _: word_document(), "这是 Word 文档，不是 Excel 表格", "Word document"),
    ("cut.xlsx", lambda data: data[: len(data) // 2], "文件不完整或已损坏", "truncated or damaged"),
    ("cut-late.xlsx", lambda data: data[:-40], "文件不完整或已损坏", "truncated or damaged"),
    ("secret.xlsx", lambda _: with_password(), "文件设了打开密码", "password"),
    ("pay.xlsx", lambda _: other_workbook(), "认不出是哪一张报表", "Not a form that is known"),
    ("note.xlsx", lambda _: "只是文字".encode(), "这不是 Excel 表格", "not an Excel workbook"),
    ("page.xlsx", lambda _: b"<html><table></table></html>", "这不是 Excel 表格", "not an Excel workbook"),
    ("zip.xlsx", lambda _: zipped({"a.txt": "a"}), "这不是 Excel 表格", "not an Excel workbook"),
    ("zeros.xlsx", lambda _: bytes(4096), "文件不完整或已损坏", "truncated or damaged"),
]


@pytest.mark.parametrize(("name", "content", "zh", "en"), UNREADABLE, ids=[row[0] for row in UNREADABLE])
def test_files_that_cannot_be_checked(desk, name, content, zh, en):
    (desk / name).write_bytes(content((desk / "right.xlsx").read_bytes()))
    before = listing(desk)
    code, out, err = xlreport("check", name, at=desk)
    assert (code, err) == (1, "")
    assert out.startswith(f"× {name}: ")
    assert out.count("\n") == 1
    assert zh in out
    assert en in xlreport("check", name, "--lang", "en", at=desk).out
    assert listing(desk) == before


def test_they_are_told_in_json_too(desk):
    (desk / "empty.xlsx").write_bytes(b"")
    (desk / "pay.xlsx").write_bytes(other_workbook())
    code, out, _ = xlreport("check", "empty.xlsx", "pay.xlsx", "--format", "json", at=desk)
    body = json.loads(out)
    assert code == 1
    assert [(f["path"], f["status"], f["error"]["reason"], f["findings"]) for f in body["files"]] == [
        ("empty.xlsx", "unreadable", "empty", []), ("pay.xlsx", "unrecognised", "not-a-form", []),
    ]  # fmt: skip
    assert all(f["form"] is None for f in body["files"])
    assert (body["summary"]["unreadable"], body["summary"]["unrecognised"]) == (1, 1)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["check", "none.xlsx"], 2, "× none.xlsx: 找不到文件"),
        (["check", "hollow"], 2, "hollow: 文件夹里没有表格文件"),
        (["check", "right.xlsx", "wrong.xlsx", "-o", "x.xlsx"], 2, "-o 只用于一个文件"),
        (["check", ".", "-o", "x.xlsx"], 2, "-o 只用于一个文件"),
        (["check", "wrong.xlsx", "-o", "wrong.xlsx"], 2, "不能覆盖输入的文件"),
        (["check", "wrong.xlsx", "-o", "hollow/../wrong.xlsx"], 2, "不能覆盖输入的文件"),
        (["check", "wrong.xlsx", "-o", "nowhere/x.xlsx"], 2, "文件夹不存在"),
        (["check", "wrong.xlsx", "-o", "hollow"], 2, "hollow: "),
        (["check", "wrong.xlsx", "--output-dir", "file"], 2, "file: "),
        (["check", "wrong.xlsx", "--output-dir", "file/below"], 2, "file/below: "),
        (["check", "right.xlsx", "--prior", "none.xlsx"], 2, "--prior none.xlsx: 找不到文件"),
        (["check", "right.xlsx", "--prior", "file"], 2, "--prior file: "),
        (["check", "right.xlsx", "--form", "nichts"], 2, "没有名为 nichts 的报表"),
        (["check", "right.xlsx", "--form", "nichts.yaml"], 2, "nichts.yaml"),
        (["forms", "nichts"], 2, "没有名为 nichts 的报表"),
        (["make", "nichts"], 2, "没有名为 nichts 的报表"),
        (["make", "zfxxgk-annual@2019", "--period", "2023"], 2, "2023 年报告应使用 2021 版"),
        (["make", "zfxxgk-annual", "--period", "2018"], 2, "没有用于 2018 年报告的版式"),
        (["make", "zfxxgk-annual", "--period", "2024", "--level", "村"], 2, "没有单位层级“村”"),
        (["make", "zfxxgk-annual", "-o", "right.xlsx"], 2, "right.xlsx 已存在"),
        (["make", "zfxxgk-annual", "-o", "nowhere/x.xlsx"], 2, "文件夹不存在"),
        (["make", "zfxxgk-annual", "-o", "file/x.xlsx"], 2, "file/x.xlsx: "),
        (["fill", "right.xlsx", "none.csv", "-o", "x.xlsx"], 2, "none.csv: 找不到文件"),
        (["fill", "right.xlsx", "hollow", "-o", "x.xlsx"], 2, "hollow: "),
        (["fill", "none.xlsx", "data.csv", "-o", "x.xlsx"], 2, "none.xlsx: 找不到文件"),
        (["fill", "empty.xlsx", "data.csv", "-o", "x.xlsx"], 1, "empty.xlsx: 文件是空的"),
        (["fill", "right.xlsx", "data.csv", "-o", "right.xlsx"], 2, "不能覆盖输入的文件"),
        (["fill", "right.xlsx", "data.csv", "-o", "right.xlsx", "--force"], 2, "不能覆盖输入的文件"),
        (["fill", "zfxxgk-annual", "data.csv", "-o", "data.csv", "--force"], 2, "不能覆盖输入的文件"),
        (["fill", "zfxxgk-annual", "data.csv", "-o", "right.xlsx"], 2, "right.xlsx 已存在"),
        (["fill", "right.xlsx", "data.csv", "-o", "x.xlsx", "--totals", "typed"], 2, "--totals 只用于新表"),
        (["fill", "zfxxgk-annual", "broken.csv", "-o", "x.xlsx"], 2, "broken.csv: 1 处不能填入"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)  # fmt: skip
def test_wrong_use_is_told_and_writes_nothing(desk, arguments, code, words):
    (desk / "hollow").mkdir()
    (desk / "file").write_bytes(b"x")
    (desk / "empty.xlsx").write_bytes(b"")
    (desk / "data.csv").write_text("table,row,column,value\n三,一,自然人,1\n", encoding="utf-8")
    (desk / "broken.csv").write_text("a,b\n", encoding="utf-8")
    before = {name: (desk / name).stat().st_mtime_ns for name in listing(desk)}
    done = xlreport(*arguments, at=desk)
    assert done.code == code
    assert words in done.out + done.err
    assert {name: (desk / name).stat().st_mtime_ns for name in listing(desk)} == before


@pytest.mark.parametrize("arguments", [[], ["bogus"], ["check"], ["check", "--bogus", "x"], ["fill", "x"], ["make"]])
def test_an_unknown_command_line(desk, arguments):
    done = xlreport(*arguments, at=desk)
    assert done.code == 2
    assert "Usage" in done.out + done.err


def test_an_unusable_file_does_not_stop_the_others(desk):
    (desk / "broken.xlsx").write_bytes(b"PK\x03\x04broken")
    code, out, err = xlreport("check", "broken.xlsx", "none.xlsx", "wrong.xlsx", "right.xlsx", at=desk)
    assert (code, err) == (2, "")  # a file that is not there is wrong use; the others are checked all the same
    for words in (
        "× broken.xlsx: ",
        "× none.xlsx: 找不到文件",
        "wrong.xlsx  张家港市工业和信息化局  2020",
        "√ 没有发现问题。",
    ):
        assert words in out
    assert "共 4 份：1 份没有问题，0 份有警告，1 份有错误，2 份不能读取。" in out
    assert (desk / "wrong.checked.xlsx").exists()
    assert xlreport("check", "broken.xlsx", "right.xlsx", at=desk).code == 1


def test_a_macro_workbook_is_checked_and_keeps_its_macros(desk):
    (desk / "macro.xlsm").write_bytes(macro_workbook((desk / "wrong.xlsx").read_bytes()))
    code, out, _ = xlreport("check", "macro.xlsm", at=desk)
    assert code == 1
    assert "已标注：macro.checked.xlsm" in out
    with zipfile.ZipFile(desk / "macro.checked.xlsm") as package:
        assert package.read("xl/vbaProject.bin") == bytes(range(256)) * 8
        assert b"macroEnabled" in package.read("[Content_Types].xml")


def test_the_same_name_from_two_folders(desk):
    for name in ("one", "two"):
        (desk / name).mkdir()
        shutil.copy(desk / "wrong.xlsx", desk / name / "表.xlsx")
    code, out, _ = xlreport("check", "one", "two", "--output-dir", "out", at=desk)
    assert code == 1
    assert listing(desk / "out") == ["表.checked.2.xlsx", "表.checked.xlsx"]
    assert out.count("已标注：") == 2


def test_a_definition_with_a_typo(desk):
    folder = desk / "templates" / "zfxxgk-annual"
    folder.mkdir(parents=True)
    text = (ROOT / "templates" / "zfxxgk-annual" / "2021.yaml").read_text(encoding="utf-8")
    (folder / "2021.yaml").write_text(text.replace("一 + 二 = 三.7 + 四", "一 + 二 = 三.8 + 四"), encoding="utf-8")
    for command in (
        ["check", "right.xlsx"], ["make", "zfxxgk-annual", "-o", "x.xlsx"], ["forms"], ["forms", "zfxxgk-annual"],
    ):  # fmt: skip
        done = xlreport(*command, "--templates", "templates", at=desk)
        assert (done.code, done.out) == (2, ""), command
        where, line, caret = done.err.rstrip("\n").split("\n")
        assert "2021.yaml:" in where
        assert "no row or column '三.8' in table 三; did you mean '三." in where
        assert line.strip() == "rule: 一 + 二 = 三.8 + 四"
        assert caret.strip() == "^"
    assert not (desk / "x.xlsx").exists()


def changed(name, edit):
    """The wrong form with one part edited."""
    with zipfile.ZipFile(io.BytesIO(returned("01_seed_zhangjiagang_gxj_2020", "2019"))) as book:
        parts = {entry: book.read(entry) for entry in book.namelist()}
    edited = edit(parts[name])
    assert edited != parts[name]
    return zipped(parts | {name: edited})


def test_what_a_cell_does_not_take_is_told(desk):
    """A traceback once."""
    array = b'<row r="300"><c r="A300"><f t="array" ref="A1:XFD1048576">1</f><v>1</v></c></row></sheetData>'
    book = changed("xl/worksheets/sheet3.xml", lambda sheet: sheet.replace(b"</sheetData>", array))
    (desk / "array.xlsx").write_bytes(book)
    (desk / "data.csv").write_text("表,行,列,值\n三,一,自然人,7\n", encoding="utf-8")
    ran = xlreport("fill", "array.xlsx", "data.csv", "-o", "out.xlsx", at=desk)
    assert ran.code == 2
    assert "三、依申请公开!D6: 是数组公式的一部分，不能单独填写" in ran.err
    assert not (desk / "out.xlsx").exists()


def test_what_cannot_be_written_to_is_told_of_the_workbook_not_of_the_data(desk):
    """Two million tags beside the cells took 8 seconds and 500 MB."""
    book = changed(
        "xl/worksheets/sheet3.xml", lambda sheet: sheet.replace(b"</sheetData>", b"</sheetData>" + b"<a/>" * 400_000)
    )
    (desk / "tags.xlsx").write_bytes(book)
    (desk / "data.csv").write_text("表,行,列,值\n三,一,自然人,7\n", encoding="utf-8")
    ran = xlreport("fill", "tags.xlsx", "data.csv", "-o", "out.xlsx", at=desk)
    assert ran.code == 1
    assert ran.err.startswith("tags.xlsx: 文件过大")
    assert "frame" in ran.err


def test_a_text_longer_than_a_cell_holds_is_poured_over_as_far_as_it_goes(desk):
    """A traceback once."""
    unit = "张家港市工业和信息化局".encode()
    (desk / "long.xlsx").write_bytes(changed("xl/sharedStrings.xml", lambda texts: texts.replace(unit, b"a" * 40_000)))
    ran = xlreport("upgrade", "long.xlsx", "-o", "out.xlsx", at=desk)
    assert ran.code == 0
    assert "过长，只留前 32,767 字：aaa" in ran.out
