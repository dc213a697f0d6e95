"""An archive of workbooks (.zip), read member by member in memory. Nothing is ever extracted.

A member's name is for people to read; where its annotated copy goes is made of it anew, from what is safe everywhere.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from xlreport.record import record
from xlreport.workbook.container import Container, Limits, file_bytes
from xlreport.workbook.directory import Entry
from xlreport.workbook.limits import LIMITS, beyond
from xlreport.workbook.unreadable import Unreadable, told_as_damaged

SUFFIXES = frozenset({".xlsx", ".xlsm", ".xltx", ".xltm", ".xls", ".et", ".xlsb", ".ods"})
_LIMITS = Limits(file=64_000_000, entries=2_000, total=500_000_000, ratio=2_000)  # its members have limits of their own
_INFLATED = 500_000_000  # bytes inside the packages of one archive: each is small, but there may be many
# What is read of a member beyond what any form has adds up: one costly file takes a second, a hundred take minutes.
_COMMON = 1_000_000  # bytes of XML in one package
_COMMON_OTHER = 4_000_000  # bytes of a file of another format, pictures and all
_ARCHIVES = frozenset({".zip", ".rar", ".7z", ".gz", ".tar", ".tgz", ".bz2", ".xz"})
_NOT_READ = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".emf", ".wmf", ".wdp", ".svg")
_UTF8, _UNICODE_PATH = 0x800, 0x7075
_LONGEST, _DEEPEST = 180, 8  # bytes of a folder's or file's name; folders in folders
_FORBIDDEN = re.compile(r'[<>:"|?*\\/\x00-\x1f\x7f]')  # by Windows
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)", re.IGNORECASE)


@record
class Member:
    """One workbook of an archive."""

    name: str  # as its packer wrote it
    safe: tuple[str, ...]  # folders and file name for what is written about it
    entry: Entry
    archive: bool = False  # no workbook but another archive


class Bundle:
    """An archive that holds workbooks."""

    def __init__(self, container: Container, members: tuple[Member, ...]) -> None:
        self.members = members
        self._container = container
        self._inflated = 0
        self._uncommon = 0

    def content(self, member: Member) -> bytes:
        """A member's bytes; raises `Unreadable` for another archive, one with a password, a damaged one."""
        if member.archive:
            raise Unreadable("archive-in-archive")
        if member.entry.flag_bits & 1:
            raise Unreadable("encrypted", kind="zip")
        data = self._container.content(member.entry)
        if data[:2] == b"PK":
            inside = Container(Path(member.name), data, office=False)
            self._inflated += sum(entry.file_size for entry in inside.entries)
            if self._inflated > _INFLATED:
                raise Unreadable("too-big", what="total", limit=_INFLATED)
            read = sum(entry.file_size for entry in inside.entries if not entry.filename.lower().endswith(_NOT_READ))
            self._count(read - _COMMON)
        else:
            self._count(len(data) - _COMMON_OTHER)
        return data

    def _count(self, uncommon: int) -> None:
        """Refuse what is too much together with others before it; one alone has the limits of a file."""
        if uncommon <= 0:
            return
        if self._uncommon and self._uncommon + uncommon > LIMITS.members:
            raise beyond("members")
        self._uncommon += uncommon


def open_bundle(path: Path, data: bytes | None = None, *, every: bool = False) -> Bundle | None:
    """The archive in a file, if it is one of workbooks; None if it is something else or too big even for that.

    With `every`, any file in it is a member, for somebody who looks at what it is and not at what it is called.
    """
    try:
        with told_as_damaged():
            container = Container(path, file_bytes(path, _LIMITS) if data is None else data, _LIMITS, office=False)
            members = tuple(_members(container, every=every))
    except Unreadable:
        return None
    if container.has("[Content_Types].xml") or container.has("mimetype"):
        return None
    return Bundle(container, members) if members else None


def _members(container: Container, *, every: bool) -> Iterator[Member]:
    for entry in container.entries:
        name = _name(entry)
        *folders, last = re.split(r"[/\\]", name)
        if not last or "__MACOSX" in folders or last.startswith(("~$", "._", ".DS_Store")):
            continue  # folders, and what systems leave about
        if last.startswith(".") and not every:
            continue
        suffix = PurePosixPath(last).suffix.lower().rstrip()
        if every or suffix in SUFFIXES or suffix in _ARCHIVES:
            yield Member(name, safe_parts(name), entry, suffix in _ARCHIVES)


def _name(entry: Entry) -> str:
    """A member's name; Windows in China packs it in GBK and says nothing about it."""
    if entry.flag_bits & _UTF8:
        return entry.orig_filename
    raw = entry.orig_filename.encode("cp437")
    known = _unicode_path(entry.extra, raw)
    if known is not None:
        return known
    chinese = _decoded(raw, "gb18030")
    utf8 = _decoded(raw, "utf-8")
    # Chinese in UTF-8 takes three bytes a character; two bytes that happen to be UTF-8 are GBK: 联通.
    if utf8 is not None and (chinese is None or any(ch > "\u07ff" for ch in utf8) or utf8.isascii()):
        return utf8
    return chinese or entry.orig_filename


def _decoded(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _unicode_path(extra: bytes, raw: bytes) -> str | None:
    """The name in UTF-8 that some packers put beside the one in the system's encoding."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        field = extra[at + 4 : at + 4 + size]
        if kind == _UNICODE_PATH and len(field) > 5 and field[0] == 1:
            (crc,) = struct.unpack_from("<I", field, 1)
            return _decoded(field[5:], "utf-8") if crc == zlib.crc32(raw) else None
        at += 4 + size
    return None


def safe_parts(name: str) -> tuple[str, ...]:
    """Folders and file name that any system takes and that lead nowhere else: no `..`, no drive, no device."""
    parts = [part for part in re.split(r"[/\\]", name) if part not in {"", ".", ".."}][-_DEEPEST:]
    *folders, last = parts or [""]
    stem, dot, suffix = last.rpartition(".")
    named = _safe(stem if dot else last) + (f".{_safe(suffix)[:8]}" if dot else "")
    return (*map(_safe, folders), named)


def _safe(text: str) -> str:
    # Without control and format characters: some turn the direction of writing, so that `exe.slx` reads `xls.exe`.
    text = "".join(ch if ch.isprintable() else " " if ch.isspace() else "" for ch in text)
    text = _FORBIDDEN.sub("_", text).encode("utf-8", "replace")[:_LONGEST].decode("utf-8", "ignore")
    text = text.lstrip(" .~").rstrip(" .") or "_"
    return f"_{text}" if _RESERVED.match(text) else text
