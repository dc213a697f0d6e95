"""Writing a zip file entry by entry. The standard library's zipfile can only inflate and deflate anew."""

from __future__ import annotations

import struct
import zlib

from xlreport.workbook.directory import DEFLATED, END, Entry

LOCAL = struct.Struct("<4s5H3L2H")
CENTRAL = struct.Struct("<4s6H3L5H2L")
_UTF8_NAME = 0x800
_ZIP64 = 1


def entry_for(name: str) -> Entry:
    """The entry of a new part, dated 1980: equal input gives an equal file."""
    entry = Entry(name)
    entry.flag_bits = 0 if name.isascii() else _UTF8_NAME
    return entry


class Archive:
    """A zip file being written, with entries copied raw from `source` or added."""

    __slots__ = ("_body", "_directory", "_length", "_source")

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._body: list[bytes] = []
        self._directory: list[bytes] = []
        self._length = 0

    def copy(self, entry: Entry) -> None:
        """Copy an entry's packed bytes. Sizes move from a data descriptor to the header, where all readers look."""
        start = entry.header_offset
        name, extra = struct.unpack_from("<HH", self._source, start + 26)
        begin = start + 30 + name
        local_extra = self._source[begin : begin + extra]
        packed = self._source[begin + extra : begin + extra + entry.compress_size]
        self._write(entry, packed, entry, local_extra, entry.extra)

    def add(self, entry: Entry, data: bytes) -> None:
        """Write new content under an entry's name, date and attributes."""
        deflate = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
        packed = deflate.compress(data) + deflate.flush()
        facts = Entry(entry.filename)
        facts.flag_bits, facts.compress_type = entry.flag_bits & _UTF8_NAME, DEFLATED
        facts.CRC, facts.file_size, facts.extract_version = zlib.crc32(data), len(data), 20
        self._write(entry, packed, facts, b"", b"")

    def _write(self, entry: Entry, packed: bytes, facts: Entry, local_extra: bytes, extra: bytes) -> None:
        name = entry.orig_filename.encode("utf-8" if entry.flag_bits & _UTF8_NAME else "cp437")
        local_extra, extra = _without_zip64(local_extra), _without_zip64(extra)
        flags, method, stamp = facts.flag_bits & ~8, facts.compress_type, (entry.time, entry.date)
        shared = (flags, method, *stamp, facts.CRC, len(packed), facts.file_size, len(name))
        header = LOCAL.pack(b"PK\3\4", facts.extract_version, *shared, len(local_extra))
        made_by = entry.create_version | entry.create_system << 8
        sizes = (len(extra), len(entry.comment), 0, entry.internal_attr, entry.external_attr, self._length)
        record = CENTRAL.pack(b"PK\1\2", made_by, facts.extract_version, *shared, *sizes)
        self._directory.append(record + name + extra + entry.comment)
        for piece in (header, name, local_extra, packed):
            self._body.append(piece)
            self._length += len(piece)

    def finish(self) -> bytes:
        """The file: entries, directory and the comment the source had."""
        directory = b"".join(self._directory)
        count = len(self._directory)
        comment = _comment(self._source)
        end = END.pack(b"PK\5\6", 0, 0, count, count, len(directory), self._length, len(comment))
        return b"".join((*self._body, directory, end, comment))


def _without_zip64(extra: bytes) -> bytes:
    """Extra fields but the one for 64-bit sizes: no workbook we take is that large, yet some writers always say so."""
    kept, position = b"", 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, position)
        if kind != _ZIP64:
            kept += extra[position : position + 4 + length]
        position += 4 + length
    return kept + extra[position:]


def _comment(data: bytes) -> bytes:
    position = data.rfind(b"PK\5\6")
    if position < 0 or position + END.size > len(data):
        return b""
    length = int(END.unpack_from(data, position)[-1])
    comment = data[position + END.size :]
    return comment if len(comment) == length else b""
