"""The files in a winmail.dat: what Outlook packs a message in when it takes its reader for another Outlook (TNEF)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

SIGNATURE = b"\x78\x9f\x3e\x22"
_NEW, _TITLE, _DATA, _PROPERTIES = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
_LONG_NAME, _SHORT_NAME, _CONTENT = 0x3707, 0x3704, 0x3701
_TEXT, _UNICODE, _BINARY, _OBJECT = 0x1E, 0x1F, 0x102, 0x0D
_DEEPEST = 12  # messages forwarded as files
_SIZES = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0xA: 4, 0xB: 4, 0x14: 8, 0x40: 8, 0x48: 16}  # of properties, padded


def files(data: bytes, depth: int = 0) -> list[tuple[str, bytes]]:
    """Names and contents of the files; as many as can be taken out of one that is damaged."""
    found: list[list[str | bytes]] = []
    for kind, body in _attributes(data):
        if kind == _NEW:
            found.append(["", b""])
        elif not found:
            continue
        elif kind == _TITLE and not found[-1][0]:
            found[-1][0] = _text(body)
        elif kind == _DATA:
            found[-1][1] = body
        elif kind == _PROPERTIES:
            for name, value in _properties(body):
                if name == _LONG_NAME and isinstance(value, str):
                    found[-1][0] = value
                elif name == _CONTENT and isinstance(value, bytes) and not found[-1][1]:
                    found[-1][1] = value
    taken: list[tuple[str, bytes]] = []
    for called, content in found:
        if not isinstance(content, bytes) or not content:
            continue
        forwarded = content.startswith(SIGNATURE) and depth < _DEEPEST
        taken += files(content, depth + 1) if forwarded else [(str(called), content)]
    return taken


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 6
    while data.startswith(SIGNATURE) and at + 9 <= len(data):
        kind, length = struct.unpack_from("<II", data, at + 1)
        if at + 9 + length > len(data):
            return
        yield kind, data[at + 9 : at + 9 + length]
        at += 9 + length + 2  # a checksum of two bytes behind each


def _properties(data: bytes) -> Iterator[tuple[int, str | bytes]]:
    """The texts and contents among the properties of a file; what cannot be followed ends them."""
    try:
        (count,) = struct.unpack_from("<I", data)
        at = 4
        for _ in range(min(count, 1_000)):
            kind, name = struct.unpack_from("<HH", data, at)
            at += 4
            if name >= 0x8000:  # a name of its own stands before the value
                at += 16
                (numbered,) = struct.unpack_from("<I", data, at)
                at += 8
                if numbered:
                    (length,) = struct.unpack_from("<I", data, at - 4)
                    at += length + -length % 4
            if kind in _SIZES:
                at += _SIZES[kind]
                continue
            if kind not in {_TEXT, _UNICODE, _BINARY, _OBJECT}:
                return
            (values,) = struct.unpack_from("<I", data, at)
            at += 4
            for _ in range(min(values, 100)):
                (length,) = struct.unpack_from("<I", data, at)
                value = data[at + 4 : at + 4 + length]
                at += 4 + length + -length % 4
                if kind == _TEXT:
                    yield name, _text(value)
                elif kind == _UNICODE:
                    yield name, value.decode("utf-16-le", "replace").rstrip("\0")
                else:
                    yield name, value[16:] if kind == _OBJECT else value
    except struct.error:
        return


def _text(data: bytes) -> str:
    raw = data.rstrip(b"\0")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")
