"""A package is written with what changed, and with every other entry as it lay."""

import io
import os
import struct
import zipfile
from pathlib import Path

import pytest
from pens import by_hand, form, opened, packed, parts
from tiny import pack, parts_of, worksheet

from xlreport.workbook.leavings import empty_strings
from xlreport.workbook.package import Package, rels_name
from xlreport.workbook.splice import Edit
from xlreport.workbook.unreadable import Unreadable
from xlreport.workbook.write import CannotWrite, write_atomically

SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData/></worksheet>'


def raw(data: bytes, name: str) -> bytes:
    """An entry's packed bytes."""
    entry = zipfile.ZipFile(io.BytesIO(data)).getinfo(name)
    lengths = struct.unpack_from("<HH", data, entry.header_offset + 26)
    start = entry.header_offset + 30 + sum(lengths)
    return data[start : start + entry.compress_size]


def listing(data: bytes) -> list[tuple]:
    entries = zipfile.ZipFile(io.BytesIO(data)).infolist()
    return [(e.filename, e.date_time, e.external_attr, e.create_system, e.comment, e.compress_type) for e in entries]


def test_nothing_changed_is_nothing_changed():
    data = form()
    again = Package(opened(data)).to_bytes()
    assert listing(again) == listing(data)
    assert all(raw(again, name) == raw(data, name) for name in parts(data))


def test_only_what_changed_is_packed_anew():
    data = form()
    package = Package(opened(data))
    package.put("xl/workbook.xml", b"<new/>")
    package.put("xl/added.xml", b"<added/>")
    package.drop("docProps/app.xml")
    after = package.to_bytes()
    assert list(parts(after)) == [name for name in parts(data) if name != "docProps/app.xml"] + ["xl/added.xml"]
    for name in parts(after):
        if name not in {"xl/workbook.xml", "xl/added.xml"}:
            assert raw(after, name) == raw(data, name), name
    assert parts(after)["xl/workbook.xml"] == b"<new/>"
    assert zipfile.ZipFile(io.BytesIO(after)).testzip() is None
    assert zipfile.ZipFile(io.BytesIO(after)).getinfo("xl/added.xml").date_time == (1980, 1, 1, 0, 0, 0)


def test_data_descriptors_odd_names_extras_and_comments_survive():
    class Pipe(io.RawIOBase):
        """Not seekable: zipfile then writes sizes behind the content, and with force_zip64 in 64 bits."""

        def __init__(self):
            self.data = b""

        def writable(self):
            return True

        def write(self, piece):
            self.data += bytes(piece)
            return len(piece)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as package:
        package.comment = b"a comment"
        for name, content in parts(by_hand(SHEET)).items():
            entry = zipfile.ZipInfo(name.replace("worksheets/", "Worksheets\\"), (2021, 5, 6, 7, 8, 10))
            entry.external_attr, entry.comment, entry.compress_type = 0o644 << 16, b"hm", zipfile.ZIP_DEFLATED
            entry.extra = struct.pack("<HH3s", 0x7777, 3, b"abc")
            with package.open(entry, "w", force_zip64=True) as stream:
                stream.write(content)
        package.writestr("图/", b"")
    data = pipe.data
    package = Package(opened(data))
    package.put("xl/workbook.xml", package.get("xl/workbook.xml") + b"<!-- -->")
    after = package.to_bytes()
    archive = zipfile.ZipFile(io.BytesIO(after))
    assert archive.comment == b"a comment"
    assert archive.testzip() is None
    assert listing(after) == listing(data)
    kept = archive.getinfo("xl/Worksheets\\a.xml")
    assert kept.flag_bits & 8 == 0
    assert kept.extra == struct.pack("<HH3s", 0x7777, 3, b"abc")
    assert parts(after)["xl/Worksheets\\a.xml"] == SHEET
    assert Package(opened(after)).to_bytes() == after


def test_the_same_work_gives_the_same_bytes():
    def once() -> bytes:
        package = Package(opened(form()))
        package.put("xl/new.xml", b"<a/>")
        package.declare("xl/new.xml", "application/xml")
        package.relate("xl/workbook.xml", "urn:x/thing", "xl/new.xml")
        return package.to_bytes()

    assert once() == once()


def test_relationships_and_types_come_and_go():
    data = form()
    package = Package(opened(data))
    package.put("xl/new.xml", b"<a/>")
    package.declare("xl/new.xml", "application/x")
    ident = package.relate("xl/worksheets/sheet3.xml", "urn:x/thing", "xl/new.xml")
    arrow = package.relationships("xl/worksheets/sheet3.xml")[ident]
    assert arrow == package.related("xl/worksheets/sheet3.xml", "thing")
    assert (arrow.target, arrow.external) == ("xl/new.xml", False)
    assert package.relate("xl/worksheets/sheet3.xml", "urn:x/other", "xl/new.xml") != ident
    package = Package(opened(package.to_bytes()))
    for one in package.relationships("xl/worksheets/sheet3.xml"):
        package.unrelate("xl/worksheets/sheet3.xml", one)
    package.undeclare("xl/new.xml")
    package.drop("xl/new.xml")
    assert parts(package.to_bytes()) == parts(data)


def test_names_are_looked_up_without_regard_to_case_and_dropped_ones_are_free():
    package = Package(opened(form()))
    assert package.get("XL/Workbook.xml") == package.get("xl/workbook.xml")
    package.drop("xl/WORKSHEETS/sheet1.xml")
    assert not package.has("xl/worksheets/sheet1.xml")
    assert not package.has(rels_name("xl/worksheets/sheet1.xml"))
    assert package.fresh("xl/worksheets/sheet%d.xml") == "xl/worksheets/sheet1.xml"
    package.put("xl/worksheets/sheet1.xml", b"<a/>")
    assert list(parts(package.to_bytes()))[-1] == "xl/worksheets/sheet1.xml"
    assert package.fresh("xl/worksheets/sheet%d.xml") == "xl/worksheets/sheet4.xml"


@pytest.mark.parametrize(
    ("encoding", "codec", "mark"),
    [
        ("UTF-16", "utf-16-le", b"\xff\xfe"),
        ("UTF-16", "utf-16-be", b"\xfe\xff"),
        ("UTF-8", "utf-8", b"\xef\xbb\xbf"),
        ("GBK", "gb18030", b""),
        ("us-ascii", "ascii", b""),
        ("GB2312", "gb18030", b""),
    ],
)
def test_a_part_goes_out_in_the_encoding_it_came_in(encoding: str, codec: str, mark: bytes):
    word = "" if codec == "ascii" else "表"
    text = f'<?xml version="1.0"  encoding="{encoding}" ?>\n<a>{word}</a>'
    data = packed(parts(by_hand(SHEET)) | {"xl/x.xml": mark + text.encode(codec)})
    package = Package(opened(data))
    plain = package.get("xl/x.xml")
    at = plain.index(b"</a>")
    package.splice("xl/x.xml", [Edit(at, at, "汉".encode())])
    after = parts(package.to_bytes())["xl/x.xml"]
    assert after.startswith(mark)
    written = after[len(mark) :].decode(codec).replace("&#27721;", "汉")
    assert written == text.replace("</a>", "汉</a>")
    package.put("xl/x.xml", plain)
    assert parts(package.to_bytes())["xl/x.xml"] == mark + text.encode(codec)


# -- writing ---------------------------------------------------------------------------------------------------------


def test_a_file_is_replaced_whole_and_keeps_its_rights(tmp_path: Path):
    target = tmp_path / "表.xlsx"
    target.write_bytes(b"old")
    target.chmod(0o640)
    write_atomically(target, b"new")
    assert target.read_bytes() == b"new"
    assert target.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == ["表.xlsx"]  # noqa: PTH208


def test_a_link_is_followed(tmp_path: Path):
    (tmp_path / "real.xlsx").write_bytes(b"old")
    link = tmp_path / "link.xlsx"
    link.symlink_to("real.xlsx")
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert (tmp_path / "real.xlsx").read_bytes() == b"new"


@pytest.mark.parametrize(
    ("number", "reason"),
    [("ENOSPC", "no-space"), ("EROFS", "read-only"), ("EBUSY", "in-use"), ("EACCES", "permission"), ("EIO", "other")],
)
def test_a_failure_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch, number: str, reason: str):
    import errno

    def fail(_: int) -> None:
        raise OSError(getattr(errno, number), "no")

    target = tmp_path / "a.xlsx"
    target.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(CannotWrite) as caught:
        write_atomically(target, b"new")
    assert (caught.value.reason, caught.value.path) == (reason, target)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


def test_a_missing_folder_and_a_folder_in_the_way_are_told(tmp_path: Path):
    with pytest.raises(CannotWrite) as caught:
        write_atomically(tmp_path / "no" / "a.xlsx", b"")
    assert caught.value.reason == "no-folder"
    with pytest.raises(CannotWrite) as caught:
        write_atomically(tmp_path, b"")
    assert caught.value.reason == "folder"


def test_an_open_workbook_is_told_as_in_use(tmp_path: Path, monkeypatch):
    def fail(*_: object) -> None:
        raise PermissionError(13, "denied")

    (tmp_path / "~$a.xlsx").write_bytes(b"")
    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(CannotWrite) as caught:
        write_atomically(tmp_path / "a.xlsx", b"new")
    assert caught.value.reason == "in-use"
    assert [path.name for path in tmp_path.iterdir()] == ["~$a.xlsx"]


def test_texts_of_a_sheet_that_is_taken_out_are_emptied_unless_another_has_them():
    def sheet(*numbers: int) -> str:
        return worksheet("<row>" + "".join(f'<c t="s"><v>{number}</v></c>' for number in numbers) + "</row>")

    texts = "".join(f"<si><t>第{number}</t></si>" for number in range(4))
    package = Package(pack(parts_of(sheet(0, 1), texts)))
    empty_strings(package, "xl/workbook.xml", sheet(1, 2).encode(), ["xl/worksheets/sheet1.xml"])
    expected = "<si><t>第0</t></si><si><t>第1</t></si><si><t/></si><si><t>第3</t></si>"
    assert expected.encode() in package.get("xl/sharedStrings.xml")


def test_a_sheet_that_is_no_xml_is_told_when_its_texts_are_looked_for():
    package = Package(pack(parts_of(worksheet("<row/>"), "<si><t>一</t></si>")))
    with pytest.raises(Unreadable) as told:
        empty_strings(package, "xl/workbook.xml", b"<worksheet><c t='s'><v>&nothing;</v></c></worksheet>", [])
    assert told.value.reason == "bad-xml"
