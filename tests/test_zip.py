"""An archive of workbooks: each is checked under its own name, and nothing is written outside the one folder."""

from __future__ import annotations

import io
import json
import random
import shutil
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from commands import xlreport
from conftest import ROOT
from foreign_books import areas_of, compound, tabs_of, xls, zipped
from hypothesis import given
from hypothesis import strategies as st

from xlreport.workbook.book import read_book
from xlreport.workbook.bundle import open_bundle, safe_parts
from xlreport.workbook.container import Container, Unreadable

WRONG = (ROOT / "samples" / "zhangjiagang-gxj-2020.xlsx").read_bytes()
RIGHT = (ROOT / "samples" / "shili-czj-2024.xlsx").read_bytes()


def listing(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def raw_zip(entries: list[tuple[bytes, bytes, int, bytes]]) -> bytes:
    """A zip whose names are these very bytes: name, content, flags, extra field."""
    body, directory = b"", b""
    for name, content, flags, extra in entries:
        shared = struct.pack(
            "<HHHHHIIIHH", 20, flags, 0, 0, 33, zlib.crc32(content), len(content), len(content), len(name), len(extra)
        )
        directory += b"PK\1\2" + b"\x14\0" + shared + struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + name + extra
        body += b"PK\3\4" + shared + name + extra + content
    end = struct.pack("<HHHHIIH", 0, 0, len(entries), len(entries), len(directory), len(body), 0)
    return body + directory + b"PK\5\6" + end


@pytest.fixture
def desk(tmp_path):
    """A folder inside another, so that what escapes from it is seen."""
    (tmp_path / "desk").mkdir()
    return tmp_path / "desk"


def test_every_workbook_under_its_name(desk):
    whole = read_book(Container(Path("x"), WRONG))
    old = compound({"Workbook": xls(tabs_of(whole), areas_of(whole))})
    data = zipped(
        {"市/甲.xlsx": WRONG, "市/乙.xls": old, "好.xlsx": RIGHT, "说明.txt": b"x", "市/": b"", "空.ods": b""}
    )
    (desk / "全部.zip").write_bytes(data)
    code, out, err = xlreport("check", "全部.zip", "--lang", "zh", at=desk)
    assert (code, err) == (1, "")
    heads = [
        line for line in out.splitlines() if line.startswith("× ") or (line.startswith("全部.zip") and "  " in line)
    ]
    assert [line.partition("  ")[0] for line in heads] == [
        "全部.zip/市/甲.xlsx", "全部.zip/市/乙.xls", "全部.zip/好.xlsx",
        "× 全部.zip/空.ods: 文件是空的（0 字节），多半是传输中断。请重新发送。",
    ]  # fmt: skip
    assert "共 4 份：1 份没有问题，0 份有警告，2 份有错误，1 份不能读取。" in out
    assert listing(desk) == ["全部.checked/市/乙.checked.xlsx", "全部.checked/市/甲.checked.xlsx", "全部.zip"]
    assert (desk / "全部.zip").read_bytes() == data
    done = xlreport("check", "全部.zip", "--format", "json", "--output-dir", "out", at=desk)
    shown = [(f["path"], f["annotated"]) for f in json.loads(done.out)["files"]]
    assert shown[:2] == [
        ("全部.zip/市/甲.xlsx", str(Path("out/市/甲.checked.xlsx"))),
        ("全部.zip/市/乙.xls", str(Path("out/市/乙.checked.xlsx"))),
    ]
    assert xlreport("check", "全部.zip", "--no-annotate", at=desk).code == 1
    alone = xlreport("check", "全部.zip", "-o", "x.xlsx", at=desk)
    assert (alone.code, "压缩包请用 --output-dir" in alone.err) == (2, True)


def test_in_a_folder_and_on_standard_input(desk):
    data = zipped({"甲.xlsx": WRONG})
    (desk / "全部.zip").write_bytes(data)
    assert "全部.zip/甲.xlsx" in xlreport("check", ".", "--no-annotate", at=desk).out
    piped = xlreport("check", "-", at=desk, stdin=data)
    assert piped.code == 1
    assert "-/甲.xlsx  张家港市" in piped.out
    assert listing(desk) == ["全部.zip"]


@pytest.mark.parametrize(
    "name",
    [
        "../甲.xlsx", "../../../../../../var/甲.xlsx", "/var/甲.xlsx", "//server/share/甲.xlsx", "C:/甲.xlsx",
        "C:\\Windows\\甲.xlsx", "..\\..\\甲.xlsx", "a/../../甲.xlsx", "CON.xlsx", "nul.xls.xlsx", "COM1/甲.xlsx",
        "甲.xlsx:stream.xlsx", "甲\x01\x1b[31m.xlsx", "甲\u202excod.xlsx", 'a*?<>|".xlsx', "长" * 300 + ".xlsx",
        "甲. .xlsx", "a/" * 500 + "甲.xlsx",
        " .xlsx", "a/./b//甲.xlsx", "~/甲.xlsx", "$HOME/甲.xlsx", "%TEMP%/甲.xlsx", "-o.xlsx",
    ],
)  # fmt: skip
def test_no_name_leads_outside(desk, name):
    outside = desk.parent
    (desk / "a.zip").write_bytes(zipped({name: WRONG}))
    done = xlreport("check", "a.zip", at=desk)
    assert done.code == 1
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out
    made = [path for path in listing(outside) if path != "desk/a.zip"]
    assert len(made) == 1
    assert made[0].startswith("desk/a.checked/")
    assert made[0].endswith(".checked.xlsx")
    assert ".." not in Path(made[0]).parts


def test_names_that_no_system_takes(desk):
    (desk / "a.zip").write_bytes(raw_zip([(b"a\0b.xlsx", WRONG, 0, b"")]))
    assert xlreport("check", "a.zip", at=desk).code in {0, 1}
    assert all(path.startswith("a.") for path in listing(desk))


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_safe_parts_are_safe(name):
    parts = safe_parts(name)
    assert parts
    for part in parts:
        assert part not in {"", ".", ".."}
        assert not set(part) & set('<>:"|?*\\/\0')
        assert part == part.strip()
        assert not part.endswith(".")
        assert part.isprintable()
        assert part.partition(".")[0].lower() not in {"con", "nul", "prn", "aux", "com1", "lpt9"}
        assert len(part.encode()) <= 600


@pytest.mark.parametrize(
    ("raw", "flags", "expected"),
    [
        ("市财政局.xlsx".encode("gbk"), 0, "市财政局.xlsx"),
        ("联通.xlsx".encode("gbk"), 0, "联通.xlsx"),
        ("市财政局.xlsx".encode(), 0, "市财政局.xlsx"),
        ("市财政局.xlsx".encode(), 0x800, "市财政局.xlsx"),
        ("县/汇总表.xlsx".encode("gbk"), 0, "县/汇总表.xlsx"),
        (b"plain.xlsx", 0, "plain.xlsx"),
        (b"\x81.xlsx", 0, "\xfc.xlsx"),  # neither: as zip has always had it
    ],
)
def test_names_packed_in_china(raw, flags, expected):
    bundle = open_bundle(Path("a.zip"), raw_zip([(raw, RIGHT, flags, b"")]))
    assert bundle is not None
    assert [member.name for member in bundle.members] == [expected]


def test_the_unicode_name_beside_the_other():
    raw = "市.xlsx".encode("big5")
    field = b"\1" + struct.pack("<I", zlib.crc32(raw)) + "市.xlsx".encode()
    other = b"\1" + struct.pack("<I", 7) + "错.xlsx".encode()
    extras = [struct.pack("<HH", 0x7075, len(f)) + f for f in (field, other)]
    found = [open_bundle(Path("a.zip"), raw_zip([(raw, RIGHT, 0, extra)])) for extra in (*extras, extras[0][:-3])]
    names = [bundle.members[0].name if bundle else "" for bundle in found]
    assert names[0] == "市.xlsx"
    assert "错.xlsx" not in names
    assert names[1] != "市.xlsx"


def test_two_of_one_name(desk):
    data = raw_zip([(b"a.xlsx", WRONG, 0, b""), (b"A.XLSX", WRONG, 0, b""), (b"b/../a.xlsx", WRONG, 0, b"")])
    (desk / "a.zip").write_bytes(data)
    xlreport("check", "a.zip", at=desk)
    made = [name for name in listing(desk) if name != "a.zip"]
    assert len({name.lower() for name in made}) == 3


def test_what_cannot_be_opened_is_told_and_the_rest_goes_on(desk):
    inner = zipped({"甲.xlsx": WRONG})
    data = bytearray(
        zipped({"x.zip": inner, "x.rar": b"Rar!", "secret.xlsx": RIGHT, "甲.xlsx": RIGHT, "~$甲.xlsx": b"1"})
    )
    entry = data.rindex(b"PK\1\2", 0, data.rindex(b"secret.xlsx"))
    data[entry + 8] |= 1
    (desk / "a.zip").write_bytes(bytes(data))
    code, out, err = xlreport("check", "a.zip", "__none__", at=desk)
    assert (code, err) == (2, "")
    assert "× a.zip/x.zip: 压缩包里的压缩包没有打开" in out
    assert "× a.zip/x.rar: 压缩包里的压缩包没有打开" in out
    assert "× a.zip/secret.xlsx: 压缩包里的文件设了密码" in out
    assert "a.zip/甲.xlsx  示例市财政局" in out
    assert "~$" not in out
    assert "共 5 份" in out


def test_a_locked_archive(desk):
    data = bytearray(zipped({"甲.xlsx": RIGHT}))
    data[data.rindex(b"PK\1\2") + 8] |= 1
    (desk / "a.zip").write_bytes(bytes(data))
    assert "× a.zip/甲.xlsx: 压缩包里的文件设了密码" in xlreport("check", "a.zip", at=desk).out


def test_an_archive_without_workbooks(desk):
    (desk / "a.zip").write_bytes(zipped({"甲.txt": b"1"}))
    done = xlreport("check", "a.zip", at=desk)
    assert (done.code, "里面也没有表格文件" in done.out) == (1, True)
    assert open_bundle(Path("a"), zipped({"[Content_Types].xml": b"<Types/>", "a.xlsx": RIGHT})) is None
    assert open_bundle(Path("a"), b"PK\3\4") is None
    assert open_bundle(desk / "none.zip") is None


def test_more_workbooks_than_one_workbook_has_parts(desk):
    data = zipped({f"{n}.xlsx": b"" for n in range(1001)})
    bundle = open_bundle(Path("a.zip"), data)
    assert bundle is not None
    assert len(bundle.members) == 1001
    assert open_bundle(Path("a.zip"), zipped({f"{n}.xlsx": b"" for n in range(2001)})) is None


def test_bombs(desk):
    """A member that inflates beyond what a workbook may have; many that do together."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        # Not nothing but zeros: that would be refused for being packed too tight.
        package.writestr("xl/a.xml", b"".join(random.randbytes(10) + bytes(1990) for _ in range(20_000)))
    bomb = stream.getvalue()
    bundle = open_bundle(Path("a.zip"), zipped({f"{n}.xlsx": bomb for n in range(14)}))
    assert bundle is not None
    reasons = []
    for member in bundle.members:
        try:
            bundle.content(member)
            reasons.append("")
        except Unreadable as error:
            reasons.append(error.reason)
    assert reasons == [""] + ["too-much-packed"] * 11 + ["too-big"] * 2
    (desk / "b.zip").write_bytes(zipped({"甲.xlsx": bytes(60_000_000)}))
    assert "甲.xlsx: 文件过大" in xlreport("check", "b.zip", at=desk).out


def test_a_file_where_the_folder_should_be(desk):
    (desk / "a.zip").write_bytes(zipped({"甲.xlsx": WRONG}))
    (desk / "a.checked").write_bytes(b"mine")
    done = xlreport("check", "a.zip", at=desk)
    assert done.code == 2
    assert (desk / "a.checked").read_bytes() == b"mine"
    shutil.rmtree(desk)


def test_costly_members_are_counted_together(desk):
    """Ten files with two million tags each took 15 seconds: each alone stays within the limits of one file."""
    with zipfile.ZipFile(io.BytesIO(RIGHT)) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = "xl/worksheets/sheet3.xml"
    costly = zipped({**parts, sheet: parts[sheet].replace(b"</sheetData>", b"</sheetData>" + b"<a/>" * 2_000_000)})
    archive = zipped({f"{number}.xlsx": costly for number in range(9)} | {"right.xlsx": RIGHT})
    bundle = open_bundle(desk, archive)
    assert bundle is not None
    refused = []
    for member in bundle.members:
        try:
            bundle.content(member)
        except Unreadable as error:
            refused.append((member.name, error.reason, error.facts["what"]))
    assert refused == [(f"{number}.xlsx", "too-much-packed", "members") for number in range(2, 9)]
