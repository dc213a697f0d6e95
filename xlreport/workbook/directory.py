"""A zip file's central directory. What is written as nearly all programs write it is read here, the rest by zipfile.

zipfile, with all that it imports, takes longer to start than a form to be read. Read here is only what leaves no doubt;
names in strange letters, 64-bit sizes, comments, anything before the first entry: zipfile says what that means.
"""

from __future__ import annotations

import struct

STORED, DEFLATED = 0, 8
END = struct.Struct("<4s4H2LH")
_CENTRAL = struct.Struct("<4s4B4H3L5H2L")
_NEWEST = 63  # version of the format, times ten, that zipfile reads
_SPEAKING = frozenset({0x0001, 0x7075})  # extra fields that change what the entry says: 64-bit sizes, another name
_UTF8_NAME = 0x800


class Entry:
    """One entry of a zip file, as its directory has it; the names of its facts are those of zipfile."""

    __slots__ = (
        *("CRC", "comment", "compress_size", "compress_type", "create_system", "create_version", "date"),
        *("external_attr", "extra", "extract_version", "file_size", "filename", "flag_bits", "header_offset"),
        *("internal_attr", "orig_filename", "time"),
    )  # fmt: skip

    def __init__(self, name: str, *, original: str | None = None) -> None:
        """A new entry, dated 1980: equal input gives an equal file."""
        self.filename = name
        self.orig_filename = name if original is None else original  # as written, NUL bytes and all
        self.comment = self.extra = b""
        self.create_system = self.flag_bits = self.internal_attr = self.external_attr = 0
        self.create_version = self.extract_version = 20
        self.compress_type = STORED
        self.date, self.time = 1 << 5 | 1, 0
        self.CRC = self.compress_size = self.file_size = self.header_offset = 0


def directory(data: bytes) -> tuple[Entry, ...]:
    """The entries of a zip file; raises what zipfile raises for one that is damaged."""
    plain = _plain(data)
    return _by_zipfile(data) if plain is None else plain


def _plain(data: bytes) -> tuple[Entry, ...] | None:
    """The entries where every byte of the directory is what it seems; None for zipfile to read."""
    at = len(data) - END.size
    if at < 20 or data[at : at + 4] != b"PK\5\6" or data[at - 20 : at - 16] == b"PK\6\7":
        return None
    *_, size, start, comment = END.unpack_from(data, at)
    if comment or start + size != at:
        return None
    found: list[Entry] = []
    end, at = at, start
    while at < end:
        if at + _CENTRAL.size > end:
            return None
        signature, *facts = _CENTRAL.unpack_from(data, at)
        name, extra, said = facts[11:14]
        behind = at + _CENTRAL.size + name
        if signature != b"PK\1\2" or behind + extra + said > end or facts[2] > _NEWEST:
            return None
        text = _name(data[at + _CENTRAL.size : behind], facts[4])
        if text is None or not _silent(data[behind : behind + extra]):
            return None
        entry = Entry(text)
        entry.create_version, entry.create_system, entry.extract_version = facts[:3]
        entry.flag_bits, entry.compress_type, entry.time, entry.date = facts[4:8]
        entry.CRC, entry.compress_size, entry.file_size = facts[8:11]
        entry.internal_attr, entry.external_attr, entry.header_offset = facts[15:]
        entry.extra = data[behind : behind + extra]
        at = behind + extra + said
        entry.comment = data[behind + extra : at]
        found.append(entry)
    return tuple(found)


def _name(raw: bytes, flags: int) -> str | None:
    """A name that is the same in every encoding, or says that it is UTF-8; without what systems see differently."""
    if b"\0" in raw or b"\\" in raw or not (raw.isascii() or flags & _UTF8_NAME):
        return None
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None


def _silent(extra: bytes) -> bool:
    """Whether the extra fields are whole, and none of them says something of the entry itself."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        at += 4 + length
        if kind in _SPEAKING or at > len(extra):
            return False
    return True


def _by_zipfile(data: bytes) -> tuple[Entry, ...]:
    import io
    import zipfile

    found: list[Entry] = []
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for info in package.infolist():
            entry = Entry(info.filename, original=info.orig_filename)
            year, month, day, hour, minute, second = info.date_time
            entry.date, entry.time = (year - 1980) << 9 | month << 5 | day, hour << 11 | minute << 5 | second // 2
            entry.CRC = info.CRC
            for name in _ALIKE:
                setattr(entry, name, getattr(info, name))
            found.append(entry)
    return tuple(found)


_ALIKE = (
    *("comment", "compress_size", "compress_type", "create_system", "create_version", "external_attr", "extra"),
    *("extract_version", "file_size", "flag_bits", "header_offset", "internal_attr"),
)
