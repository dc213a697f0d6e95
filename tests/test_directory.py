"""The central directory of a zip file: what is read without zipfile is what zipfile reads."""

import io
import random
import zipfile
from pathlib import Path

import pytest

from xlreport.pattern import pattern
from xlreport.workbook import directory as reader
from xlreport.workbook.directory import Entry, directory

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted([*ROOT.glob("samples/*.xlsx"), *ROOT.glob("templates/*/*.xlsx")])


def facts(entries: tuple[Entry, ...]) -> list[list[object]]:
    return [[getattr(entry, name) for name in Entry.__slots__] for entry in entries]


def zipped(name: str, *, comment: bytes = b"", extra: bytes = b"") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        info = zipfile.ZipInfo(name, (2024, 5, 6, 7, 8, 10))
        info.extra = extra
        package.writestr(info, b"<x/>")
        package.comment = comment
    return stream.getvalue()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_our_own_files_are_read_without_zipfile_as_zipfile_reads_them(path):
    data = path.read_bytes()
    plain = reader._plain(data)
    assert plain
    assert facts(plain) == facts(reader._by_zipfile(data))


@pytest.mark.parametrize(
    "data",
    [
        zipped("表.xml"),
        zipped("a.xml", extra=b"\x55\x54\x01\x00\x00"),
        zipped("a.xml", comment=b"said"),
        zipped("a\\b.xml"),
        zipped("a.xml", extra=b"\x75\x70\x01\x00\x00"),
        b"before" + zipped("a.xml"),
    ],
    ids=["utf-8", "extra", "comment", "backslash", "another-name", "something-before"],
)
def test_odd_directories_come_out_the_same(data):
    assert facts(directory(data)) == facts(reader._by_zipfile(data))


def test_whatever_byte_is_damaged_nothing_is_read_that_zipfile_reads_otherwise():
    rng = random.Random(7)
    data = FILES[0].read_bytes()
    start = data.index(b"PK\x01\x02")
    doubted = 0
    for _ in range(3000):
        damaged = bytearray(data)
        for _ in range(rng.choice((1, 1, 2))):
            damaged[rng.randrange(start, len(data))] = rng.randrange(256)
        plain = reader._plain(bytes(damaged))
        if plain is None:
            doubted += 1
        else:  # and zipfile raises nothing
            assert facts(plain) == facts(reader._by_zipfile(bytes(damaged)))
    assert 0 < doubted < 3000


def test_a_pattern_waits_and_then_is_one():
    letters = pattern("[a-c]+")
    assert "fullmatch" not in vars(letters)
    assert letters.fullmatch("abc")
    assert "fullmatch" in vars(letters)
    assert letters.sub("-", "xabcx") == "x-x"
    assert letters.pattern == "[a-c]+"
