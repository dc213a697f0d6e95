"""Why a file cannot be read as a workbook, and what it is instead."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from xml.parsers import expat

from xlreport.pattern import pattern

REASONS = (
    *("missing", "directory", "no-file", "no-permission", "cannot-read", "empty"),
    *("encrypted", "wrong-password", "no-crypto", "encryption"),
    *("lock-file", "not-excel", "word", "powerpoint", "old-excel", "too-old", "xml-2003", "ods", "xlsb"),
    *("archive-in-archive",),
    *("truncated", "overlapping", "compression", "ratio", "too-big", "too-many-entries", "too-much-packed", "damaged"),
    *("doctype", "bad-xml", "too-deep", "namespace", "out-of-grid", "no-workbook", "no-sheets", "no-part"),
)
"""Every reason this package gives for an unreadable workbook; each has a sentence in the wording."""


class Unreadable(Exception):  # noqa: N818 - a state of the filler's file, not an error of the program
    """The file cannot be read as a workbook; `reason` is a stable key, `facts` fill its sentence."""

    def __init__(self, reason: str, **facts: object) -> None:
        super().__init__(reason, facts)
        self.reason = reason
        self.facts: Mapping[str, object] = MappingProxyType(facts)

    def __str__(self) -> str:
        return " ".join([self.reason, *(f"{name}={value!r}" for name, value in self.facts.items())])


class WrongLimits(Exception):  # noqa: N818 - a state of the environment, not an error of the program
    """The environment sets a limit that there is not, or to what is no number."""


def broken_zip() -> tuple[type[Exception], ...]:
    """What zipfile raises for a damaged file; looked up when something was raised, as zipfile takes long to import."""
    from zipfile import BadZipFile

    return BadZipFile, struct.error, NotImplementedError, ValueError, OverflowError, OSError


def _broken() -> tuple[type[Exception], ...]:
    """What a stranger's bytes may raise below us: numbers, places and codes that are not what they should be."""
    from zipfile import BadZipFile

    return (
        *(ArithmeticError, LookupError, ValueError, RecursionError, MemoryError, EOFError),
        *(struct.error, zlib.error, BadZipFile, expat.ExpatError),
    )


@contextmanager
def told_as_damaged() -> Iterator[None]:
    """The last net around reading and marking a file: whatever its bytes set off below is told of the file.

    Every check before is more exact; what the fuzzer finds in this net is mended there.
    """
    try:
        yield
    except _broken() as error:
        raise Unreadable("damaged", was=repr(error)[:200]) from error


_SIGNATURES = (
    (b"%PDF", "pdf"),
    *((start, "picture") for start in (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")),
    *((start, "archive") for start in (b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")),
    (b"{\\rtf", "rich-text"),
)
_HTML = pattern(rb"<!doctype\s+html|<html|<table|<body|^mime-version:", re.IGNORECASE)


def stranger(name: str, data: bytes) -> Unreadable:
    """What a file is that is no zip package."""
    if not data:
        return Unreadable("empty")
    if name.startswith(("~$", ".~")):  # left beside an open workbook by Excel, WPS and LibreOffice
        return Unreadable("lock-file")
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _compound(data)
    if data[:2] == b"\x09\x08":  # Excel 5 and later, bare
        return Unreadable("old-excel")
    if data[:4] in {b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00"}:  # Excel 2 to 4
        return Unreadable("too-old")
    if not data.strip(b"\x00"):  # nothing but zeros: what a power cut leaves of a half-written file
        return Unreadable("truncated")
    for start, kind in _SIGNATURES:
        if data.startswith(start):
            return Unreadable("not-excel", kind=kind)
    head = data[:4096]
    if b"urn:schemas-microsoft-com:office:spreadsheet" in head and b"<html" not in head:
        return Unreadable("xml-2003")
    if _HTML.search(head):  # what many systems export under the name of .xls
        return Unreadable("not-excel", kind="html")
    return Unreadable("not-excel", kind="text" if b"\x00" not in head else "unknown")


_STREAMS = {
    "encrypted": pattern("EncryptedPackage\0".encode("utf-16-le")),
    "old-excel": pattern(b"(?:W\0o\0r\0k\0)?B\0o\0o\0k\0\0\0", re.IGNORECASE),
    "word": pattern("WordDocument\0".encode("utf-16-le")),
    "powerpoint": pattern("PowerPoint Document\0".encode("utf-16-le")),
}


def _compound(data: bytes) -> Unreadable:
    """Which program made an OLE compound file: the one whose stream is named first in its directory."""
    sector = 1 << min(int.from_bytes(data[30:32], "little"), 12)
    directory = sector * (1 + int.from_bytes(data[48:52], "little"))
    if len(data) > 512 and directory >= len(data):
        return Unreadable("truncated")
    for start in (directory, 0):  # 0: the header is damaged, look anywhere
        found = {name: hit.start() for name, stream in _STREAMS.items() if (hit := stream.search(data, start))}
        if found:
            return Unreadable(min(found, key=found.__getitem__))
    return Unreadable("not-excel", kind="compound")
