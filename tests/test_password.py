"""Workbooks with a password: one sentence without it, opened in memory with it, and never a word of it anywhere."""

# ruff: noqa: S106  (the passwords are the tests' own)

from __future__ import annotations

import io
import json
import logging
import struct
import sys
from hashlib import md5
from pathlib import Path

import pytest
from commands import xlreport
from conftest import ROOT
from foreign_books import areas_of, compound, ods_of, tabs_of, xls, zipped

from xlreport.examine import Status, examine, open_reading
from xlreport.workbook.book import read_book
from xlreport.workbook.compound import Compound
from xlreport.workbook.container import REASONS, Container, Unreadable
from xlreport.workbook.unlock import unlock

SAMPLE = ROOT / "samples" / "zhangjiagang-gxj-2020.xlsx"
WORD = "汇总Xy-41"


@pytest.fixture(scope="module")
def locked() -> bytes:
    """The sample as Excel locks it: AES, 100,000 rounds."""
    ooxml = pytest.importorskip("msoffcrypto.format.ooxml")
    made = io.BytesIO()
    with SAMPLE.open("rb") as source:
        ooxml.OOXMLFile(source).encrypt(WORD, made)
    return made.getvalue()


def old_lock(password: str) -> bytes:
    """The sample as an .xls that Excel 97 locked: RC4 with a key for every 1,024 bytes."""
    from msoffcrypto.method.rc4 import DocumentRC4, _makekey

    try:
        from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
    except ImportError:
        from cryptography.hazmat.primitives.ciphers.algorithms import ARC4
    from cryptography.hazmat.primitives.ciphers import Cipher

    whole = read_book(Container.open(SAMPLE))
    plain = xls(tabs_of(whole), areas_of(whole))
    salt, verifier = bytes(range(16)), bytes(range(16, 32))
    cipher = Cipher(ARC4(_makekey(password, salt, 0)), mode=None).encryptor()  # noqa: S304
    proof = cipher.update(verifier) + cipher.update(md5(verifier).digest())  # noqa: S324  (what Excel 97 did)
    lock = struct.pack("<HHHHH", 0x2F, 54, 1, 1, 1) + salt + proof
    first = 4 + struct.unpack_from("<H", plain, 2)[0]
    plain = plain[:first] + lock + plain[first:]
    shift = len(lock)
    coded = DocumentRC4.decrypt(password, salt, io.BytesIO(plain), blocksize=1024).getvalue()
    result, at = bytearray(coded), 0
    while at + 4 <= len(plain):
        kind, size = struct.unpack_from("<HH", plain, at)
        open_ = size if kind in {0x809, 0x2F} else 4 if kind == 0x85 else 0
        result[at : at + 4 + open_] = plain[at : at + 4 + open_]
        if kind == 0x85:
            (start,) = struct.unpack_from("<I", plain, at + 4)
            struct.pack_into("<I", result, at + 4, start + shift)
        at += 4 + size
    return compound({"Workbook": bytes(result)})


def said(reading):
    return reading.submission.entries, reading.submission.sections, reading.submission.cover


def test_without_and_with_the_password(locked, tmp_path):
    (tmp_path / "甲.xlsx").write_bytes(locked)
    plain = xlreport("check", "甲.xlsx", at=tmp_path)
    assert (plain.code, plain.err) == (1, "")
    assert plain.out == "× 甲.xlsx: 文件设了打开密码。请用 --password 给出密码，或取消密码后重新报送。\n"
    wrong = xlreport("check", "甲.xlsx", "--password", "x", at=tmp_path)
    assert (wrong.code, wrong.out, wrong.err) == (1, "× 甲.xlsx: 密码不对，没有打开。\n", "")
    assert [path.name for path in tmp_path.iterdir()] == ["甲.xlsx"]
    done = xlreport("check", "甲.xlsx", "--password", WORD, at=tmp_path)
    assert done.code == 1
    assert "已标注：甲.checked.xlsx（副本没有密码）" in done.out
    assert WORD not in done.out + done.err
    assert (tmp_path / "甲.xlsx").read_bytes() == locked
    copy = (tmp_path / "甲.checked.xlsx").read_bytes()
    assert copy[:2] == b"PK"
    assert WORD.encode() not in copy
    english = xlreport("check", "甲.xlsx", "--lang", "en", env={"XLREPORT_PASSWORD": WORD}, at=tmp_path)
    assert "(the copy has no password)" in english.out
    assert said(open_reading(tmp_path / "甲.xlsx", password=WORD)) == said(open_reading(SAMPLE))


def test_the_password_from_the_environment_serves_the_shortest_command(locked, tmp_path):
    (tmp_path / "甲.xlsx").write_bytes(locked)
    done = xlreport("check", "甲.xlsx", at=tmp_path, env={"XLREPORT_PASSWORD": WORD})
    assert "三、依申请公开!D18  B401 T3-COL" in done.out
    shown = xlreport("check", "--format", "json", "甲.xlsx", at=tmp_path, env={"XLREPORT_PASSWORD": WORD})
    assert json.loads(shown.out)["files"][0]["unit"] == "张家港市工业和信息化局"
    prior = xlreport("check", str(SAMPLE), "--no-annotate", "--prior", "甲.xlsx", "--password", WORD, at=tmp_path)
    assert prior.code == 1
    assert "--prior" not in prior.err


def test_it_opens_workbooks_inside_an_archive(locked, tmp_path):
    (tmp_path / "a.zip").write_bytes(zipped({"甲.xlsx": locked, "乙.xlsx": SAMPLE.read_bytes()}))
    done = xlreport("check", "a.zip", "--password", WORD, at=tmp_path)
    assert "a.checked" in done.out
    assert done.out.count("副本没有密码") == 1


def test_an_old_lock():
    pytest.importorskip("msoffcrypto")
    data = old_lock("abc")
    assert examine(Path("x"), data=data).trouble.reason == "encrypted"
    assert examine(Path("x"), data=data, password="x").trouble.reason == "wrong-password"
    one = examine(Path("x"), data=data, password="abc")
    assert one.reading is not None
    assert one.reading.unlocked
    assert said(one.reading) == said(open_reading(SAMPLE))


def test_what_excel_opens_unasked(locked):
    """Workbooks locked with Excel's own word open without a question there, and here."""
    ooxml = pytest.importorskip("msoffcrypto.format.ooxml")
    made = io.BytesIO()
    with SAMPLE.open("rb") as source:
        ooxml.OOXMLFile(source).encrypt("VelvetSweatshop", made)
    assert examine(Path("x"), data=made.getvalue()).status is Status.FINDINGS
    assert examine(Path("x"), data=made.getvalue(), password="other").status is Status.FINDINGS
    assert examine(Path("x"), data=old_lock("VelvetSweatshop")).status is Status.FINDINGS


def test_without_the_library(locked, monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "msoffcrypto"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "msoffcrypto", None)
    assert examine(Path("x"), data=locked).trouble.reason == "encrypted"
    assert examine(Path("x"), data=locked, password="x").trouble.reason == "no-crypto"


def test_nothing_of_it_is_logged(locked, caplog, tmp_path, monkeypatch):
    import tempfile

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a temporary file")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with caplog.at_level(logging.DEBUG):
        unlock(locked, WORD)
        unlock(old_lock("abc"), "abc")
    assert WORD not in caplog.text
    assert "abc" not in caplog.text


def test_locks_that_cannot_be_opened(locked):
    info = Compound(locked).stream("EncryptionInfo") or b""
    package = Compound(locked).stream("EncryptedPackage") or b""
    for rounds in (b"1000001", b"9999999999", b"10000000"):  # minutes of hashing
        slow = compound({"EncryptionInfo": info.replace(b'"100000"', b'"%b"' % rounds), "EncryptedPackage": package})
        assert examine(Path("x"), data=slow, password=WORD).trouble.reason == "encryption"
    same = compound({"EncryptionInfo": info, "EncryptedPackage": package})
    assert examine(Path("x"), data=same, password=WORD).trouble is None
    strange = compound({"EncryptionInfo": b"\x04\0\x04\0@\0\0\0<!DOCTYPE a>", "EncryptedPackage": bytes(99)})
    assert examine(Path("x"), data=strange, password="x").trouble.reason == "encryption"
    unknown = compound({"EncryptionInfo": b"\x09\0\x09\0", "EncryptedPackage": bytes(99)})
    assert examine(Path("x"), data=unknown, password="x").trouble.reason == "encryption"
    assert examine(Path("x"), data=unknown).trouble.reason == "encrypted"


def test_other_locks_are_told(tmp_path):
    one = examine(Path("x"), data=ods_of("", **{"META-INF/manifest.xml": b"<manifest:encryption-data/>"}), password="x")
    assert (one.trouble.reason, one.trouble.facts) == ("encrypted", {"kind": "ods"})
    (tmp_path / "a.ods").write_bytes(ods_of("", **{"META-INF/manifest.xml": b"<manifest:encryption-data/>"}))
    assert "这份 .ods 设了打开密码，无法读取" in xlreport("check", "a.ods", at=tmp_path).out


def test_damaged_locks_are_told(locked):
    """Whatever the library stumbles over is the file's fault, told in one sentence."""
    reasons = set()
    info = locked.index(b"<?xml")
    quick = locked.replace(b'spinCount="100000"', b'spinCount="000001"')
    places = [*range(info - 8, info + 1200, 31), *range(512, len(locked), len(locked) // 40)]
    for at in places:
        bent = quick[:at] + bytes([quick[at] ^ 0x55]) + quick[at + 1 :]
        one = examine(Path("x"), data=bent, password=WORD)
        reasons.add(one.trouble.reason if one.trouble else "")
    for cut in range(600, len(quick), len(quick) // 20):
        one = examine(Path("x"), data=quick[:cut], password=WORD)
        reasons.add(one.trouble.reason if one.trouble else "")
    assert reasons <= {*REASONS, ""}
    assert {"encryption", "truncated"} <= reasons
    with pytest.raises(Unreadable):
        unlock(b"", "x")


@pytest.mark.parametrize(
    "command",
    [
        ["strip", "甲.xlsx", "-o", "b.xlsx"],
        ["annotate", "甲.xlsx", "f.json", "-o", "b.xlsx"],
        ["fill", "甲.xlsx", "d.csv", "-o", "b.xlsx"],
    ],
)
def test_a_command_that_takes_no_password_does_not_ask_for_one(tmp_path: Path, locked: bytes, command: list[str]):
    (tmp_path / "甲.xlsx").write_bytes(locked)
    (tmp_path / "d.csv").write_text("表,行,列,值\n三,一,自然人,5\n", encoding="utf-8")
    (tmp_path / "f.json").write_text('{"findings": []}', encoding="utf-8")
    done = xlreport(*command, at=tmp_path)
    assert done.code == 1
    assert done.err == "甲.xlsx: 文件设了打开密码，这里打不开。请先在 Excel 或 WPS 里取消密码。\n"
    assert not (tmp_path / "b.xlsx").exists()
