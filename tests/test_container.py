"""A package is opened safely, and every file that is no workbook is told for what it is."""

import io
import struct
import zipfile
import zlib
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from xlreport.record import replace
from xlreport.workbook.container import LIMITS, REASONS, Container, Limits, Unreadable

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def rels(*arrows: tuple[str, str, str], mode: str = "") -> bytes:
    inner = "".join(f'<Relationship Id="{i}" Type="{t}" Target="{x}"{mode}/>' for i, t, x in arrows)
    return f'<Relationships xmlns="{RELATIONSHIPS}">{inner}</Relationships>'.encode()


def pack(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return stream.getvalue()


def document(target: str, root: bytes, **more: bytes) -> bytes:
    arrows = rels(("rId1", f"{OFFICE}/officeDocument", target))
    return pack({"[Content_Types].xml": b"<Types/>", "_rels/.rels": arrows, target: root, **more})


def compound(*streams: str) -> bytes:
    """An OLE compound file, as far as its header and directory go."""
    header = bytearray(512)
    header[:8], header[30:32] = OLE, struct.pack("<H", 9)
    names = ["Root Entry", *streams]
    return bytes(header) + b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in names)


@pytest.fixture
def save(tmp_path):
    def write(data: bytes, name: str = "报表.xlsx") -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


@pytest.fixture
def workbook(tmp_path):
    path = tmp_path / "form.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("三、依申请公开").write(0, 0, 1)
    return path


def reason(path: Path, limits: Limits = LIMITS) -> str:
    with pytest.raises(Unreadable) as caught:
        Container.open(path, limits).document()
    assert caught.value.reason in REASONS
    return caught.value.reason


def test_missing_file(tmp_path):
    assert reason(tmp_path / "none.xlsx") == "missing"
    assert reason(tmp_path / "none.xlsx" / "below") == "missing"
    assert reason(tmp_path / "nul\0.xlsx") == "missing"


def test_directory(tmp_path):
    assert reason(tmp_path) == "directory"


def test_a_name_the_disk_refuses(tmp_path):
    assert reason(tmp_path / ("长" * 2000)) == "cannot-read"


def test_file_we_may_not_read(workbook, monkeypatch):
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert reason(workbook) == "no-permission"
    monkeypatch.setattr(Path, "is_dir", lambda _: True)  # what Windows says of a directory
    assert reason(workbook) == "directory"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "empty"),
        (bytes(4096), "truncated"),
        (compound("EncryptionInfo", "EncryptedPackage"), "encrypted"),
        (compound("Workbook", "WordDocument"), "old-excel"),
        (compound("Book"), "old-excel"),
        (compound("WordDocument", "ObjectPool", "Workbook"), "word"),
        (compound("PowerPoint Document"), "powerpoint"),
        (compound("Contents"), "not-excel"),
        (OLE, "not-excel"),
        (b"\x09\x08\x10\x00" + bytes(20), "old-excel"),
        (b"%PDF-1.7\n", "not-excel"),
        (b"\x89PNG\r\n\x1a\n", "not-excel"),
        ("<html><body>表</body></html>".encode(), "not-excel"),
        ("单位,件数\n城关镇,12\n".encode("gbk"), "not-excel"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "xml-2003"),
        (b"\x00\x01\x02\x03", "not-excel"),
        (pack({"readme.txt": b"hello"}), "not-excel"),
        (pack({}), "not-excel"),
        (pack({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<x/>"}), "ods"),
        (pack({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<x/>"}), "not-excel"),
        (pack({"[Content_Types].xml": b"<Types/>"}), "no-workbook"),
        (document("word/document.xml", b'<w:document xmlns:w="urn:w"/>'), "word"),
        (document("ppt/presentation.xml", b'<?xml version="1.0"?>\n<p:presentation xmlns:p="urn:p"/>'), "powerpoint"),
        (document("xl/workbook.bin", b"\x83\x01"), "xlsb"),
        (document("visio/document.xml", b"<VisioDocument/>"), "no-workbook"),
        (document("xl/workbook.xml", b"not xml"), "bad-xml"),
        (document("xl/workbook.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><workbook/>'), "doctype"),
    ],
)
def test_what_is_no_workbook_is_told(save, data, expected):
    assert reason(save(data)) == expected


def test_kinds_of_other_files_are_facts(save):
    for data, kind in ((b"%PDF-1.4", "pdf"), (b"a,b\n", "text"), (b"<table>", "html"), (b"Rar!\x1a", "archive")):
        with pytest.raises(Unreadable) as caught:
            Container.open(save(data))
        assert (caught.value.reason, caught.value.facts) == ("not-excel", {"kind": kind})
        assert str(caught.value) == f"not-excel kind='{kind}'"


def test_lock_file_of_an_open_workbook(save):
    assert reason(save(b"\x05Zhang" + bytes(159), "~$报表.xlsx")) == "lock-file"


@pytest.mark.parametrize("keep", [2, 30, 200, -1, -22, -40])
def test_torn_file(save, workbook, keep):
    assert reason(save(workbook.read_bytes()[:keep])) == "truncated"


def test_every_cut_and_every_damaged_byte_is_unreadable_or_whole(save, workbook):
    """No other exception than Unreadable, and never a part with other bytes than before."""
    whole = workbook.read_bytes()
    before = {name: Container.open(workbook).read(name) for name in Container.open(workbook).names()}
    reasons = set()
    variants = [whole[:n] for n in range(0, len(whole), 97)]
    variants += [whole[:n] + bytes([whole[n] ^ 0x5A]) + whole[n + 1 :] for n in range(0, len(whole), 41)]
    for data in variants:
        try:
            container = Container(Path("x.xlsx"), data)
            after = {name: container.read(name) for name in container.names()}
        except Unreadable as problem:
            reasons.add(problem.reason)
        else:
            assert set(after.values()) <= set(before.values())
    assert "truncated" in reasons
    assert reasons <= set(REASONS)


def test_damaged_part_is_told_when_it_is_read(save):
    data = pack({"a.xml": b"<a>" + b"x" * 50 + b"</a>"}, zipfile.ZIP_STORED).replace(b"xxxx", b"xxyx", 1)
    container = Container.open(save(data))
    with pytest.raises(Unreadable) as caught:
        container.read("a.xml")
    assert (caught.value.reason, caught.value.facts["part"]) == ("truncated", "a.xml")


def test_encrypted_entry(save):
    data = bytearray(pack({"a.xml": b"<a/>"}))
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    assert reason(save(bytes(data))) == "encrypted"


def test_overlapping_entries(save):
    data = pack({"a.xml": b"<a/>", "b.xml": b"<b/>"})
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1)
    lying = data[: second + 42] + struct.pack("<I", 0) + data[second + 46 :]  # both begin at 0
    assert reason(save(lying)) == "overlapping"


def test_compression_excel_does_not_know(save):
    container = Container.open(save(pack({"a.xml": b"<a/>" * 99}, zipfile.ZIP_LZMA)))
    with pytest.raises(Unreadable, match="compression"):
        container.read("a.xml")


def test_too_many_entries(save):
    data = pack({f"{n}.xml": b"" for n in range(40)})
    assert reason(save(data), replace(LIMITS, entries=39)) == "too-many-entries"
    assert reason(save(data), replace(LIMITS, entries=3)) == "too-many-entries"  # before zipfile lists them


def test_too_big(save):
    data = pack({"a.xml": bytes(1000), "b.xml": bytes(1000)})
    assert reason(save(data), replace(LIMITS, file=100)) == "too-big"
    assert reason(save(data), replace(LIMITS, total=1999)) == "too-big"
    container = Container.open(save(data), replace(LIMITS, part=999))
    with pytest.raises(Unreadable, match="too-big"):
        container.read("a.xml")


def test_part_larger_than_it_declares_is_not_inflated(save):
    bomb = bytes(5_000_000)
    data = bytearray(pack({"a.xml": bomb}))
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = struct.pack("<I", 10)
    data[entry + 16 : entry + 20] = struct.pack("<I", zlib.crc32(bytes(10)))
    container = Container.open(save(bytes(data)))
    with pytest.raises(Unreadable, match="truncated"):
        container.read("a.xml")


def test_nested_elements_have_a_floor(save):
    deep = b"<a>" * 300 + b"</a>" * 300
    data = pack({"_rels/.rels": deep})
    container = Container.open(save(data))
    with pytest.raises(Unreadable, match="too-deep"):
        container.relationships()


def test_parts_are_found_without_regard_to_case_slash_and_percent(save):
    data = pack({"XL\\Workbook.xml": b"1", "xl/sheet%201.xml": b"2", "xl/a.xml": b"3", "xl/A.xml": b"4"})
    container = Container.open(save(data))
    assert container.stored_name("/xl/workbook.XML") == "XL\\Workbook.xml"
    assert container.read("xl/Sheet 1.xml") == b"2"
    assert (container.read("xl/a.xml"), container.read("xl/A.xml")) == (b"3", b"4")
    assert not container.has("xl/other.xml")
    with pytest.raises(Unreadable, match="no-part"):
        container.read("xl/other.xml")


def test_of_two_entries_with_one_name_the_later_counts_and_both_are_listed(save):
    container = Container.open(save(pack({"a.xml": b"1", "b.xml": b"2"}).replace(b"b.xml", b"a.xml")))
    assert container.names() == ["a.xml", "a.xml"]
    assert container.read("a.xml") == b"2"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "gb2312", "iso-8859-1"])
def test_xml_comes_as_utf8_that_says_so(save, encoding):
    declared = "utf-8" if encoding == "utf-8-sig" else encoding
    letters = "é" if encoding == "iso-8859-1" else "汇总"
    text = f"<?xml version='1.0' encoding='{declared}' standalone='yes'?><a>{letters}</a>"
    got = Container.open(save(pack({"a.xml": text.encode(encoding)}))).xml("a.xml").decode()
    assert got.lower() == f"<?xml version='1.0' encoding='utf-8' standalone='yes'?><a>{letters}</a>"


@pytest.mark.parametrize(
    "data",
    [
        b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- x --><?pi <!DOCTYPE?> <!DOCTYPE a><a/>',
        "<!DOCTYPE a><a/>".encode("utf-16"),
        b"<!DOCTYPE a [" + b"<!ENTITY b 'c'>" * 9 + b"]><a/>",
    ],
)
def test_doctype_is_refused(save, data):
    container = Container.open(save(pack({"a.xml": data})))
    with pytest.raises(Unreadable, match="doctype"):
        container.xml("a.xml")


def test_words_about_a_doctype_are_only_words(save):
    data = b"<a><!-- <!DOCTYPE x> --><![CDATA[<!DOCTYPE html>]]></a>"
    assert Container.open(save(pack({"a.xml": data}))).xml("a.xml") == data


@pytest.mark.parametrize("declared", ["utf-7", "cp037", "zip"])
def test_encodings_nobody_uses_are_refused(save, declared):
    container = Container.open(save(pack({"a.xml": f'<?xml version="1.0" encoding="{declared}"?><a/>'.encode()})))
    with pytest.raises(Unreadable, match="bad-xml"):
        container.xml("a.xml")


def test_halved_utf16_is_bad_xml(save):
    container = Container.open(save(pack({"a.xml": "<a/>".encode("utf-16") + b"x"})))
    with pytest.raises(Unreadable, match="bad-xml"):
        container.xml("a.xml")


def test_relationships_are_resolved_against_their_part(save):
    arrows = rels(
        ("r1", f"{OFFICE}/worksheet", "worksheets/sheet1.xml"),
        ("r2", f"{OFFICE}/styles", "/xl/styles.xml"),
        ("r3", f"{OFFICE}/theme", "..\\theme\\theme%201.xml"),
        ("r4", f"{OFFICE}/hyperlink", "#Sheet2!A1"),
    )
    container = Container.open(
        save(pack({"xl/workbook.xml": b"", "xl/styles.xml": b"", "xl/_rels/workbook.xml.rels": arrows}))
    )
    found = {ident: arrow.target for ident, arrow in container.relationships("xl/workbook.xml").items()}
    assert found == {
        "r1": "xl/worksheets/sheet1.xml",
        "r2": "xl/styles.xml",
        "r3": "theme/theme 1.xml",
        "r4": "xl/workbook.xml",
    }
    assert container.related("xl/workbook.xml", "styles") == "xl/styles.xml"
    assert container.related("xl/workbook.xml", "comments") is None
    assert container.related("xl/workbook.xml", "theme") is None  # named, but not there
    assert container.relationships("xl/none.xml") == {}


def test_external_targets_stay_as_written(save):
    arrows = rels(("r1", f"{OFFICE}/hyperlink", "http://x.cn/../a%20b#c"), mode=' TargetMode="External"')
    container = Container.open(save(pack({"_rels/.rels": arrows})))
    assert container.relationships()["r1"] == ("r1", f"{OFFICE}/hyperlink", "http://x.cn/../a%20b#c", True)
    assert container.related("", "hyperlink") is None


def test_strict_and_prefixed_relationships(save):
    strict = "http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument"
    arrows = (
        f'<p:Relationships xmlns:p="{RELATIONSHIPS}">'
        f'<p:Relationship Target="xl/workbook.xml" Id="a" Type="{strict}"/></p:Relationships>'
    )
    parts = {"_rels/.rels": arrows.encode(), "xl/workbook.xml": b'<x:workbook xmlns:x="urn:x"/>'}
    assert Container.open(save(pack(parts))).document() == "xl/workbook.xml"


def test_workbook_part_left_out(save):
    arrows = rels(("rId1", f"{OFFICE}/officeDocument", "xl/workbook.xml"))
    assert reason(save(pack({"[Content_Types].xml": b"<Types/>", "_rels/.rels": arrows}))) == "truncated"


def test_what_excel_libraries_write_opens(workbook, tmp_path):
    other = tmp_path / "other.xlsx"
    openpyxl.Workbook().save(other)
    for path in (workbook, other):
        container = Container.open(path)
        assert container.document() == "xl/workbook.xml"
        assert container.data == path.read_bytes()
        with zipfile.ZipFile(path) as package:
            assert container.names() == package.namelist()
            assert all(container.read(name) == package.read(name) for name in package.namelist())
