"""The XML of a part in whatever encoding it is, as UTF-8."""

from __future__ import annotations

from xlreport.pattern import pattern
from xlreport.workbook.unreadable import Unreadable

_USUAL = b'<?xml version="1.0" encoding="UTF-8"'
_DECLARATION = pattern(rb"""<\?xml[^>]*?\sencoding\s*=\s*(["'])([A-Za-z0-9._-]+)\1[^>]*?\?>""")
_MARK = b"\xef\xbb\xbf"
_LITTLE, _BIG = frozenset({b"\xff\xfe", b"<\x00"}), frozenset({b"\xfe\xff", b"\x00<"})
# Home-made exporters declare these; python's own table of codecs is wider than is wise.
_ENCODINGS = {"gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "iso-8859-1": "iso-8859-1"}


def utf8(data: bytes, part: str) -> bytes:
    """XML in whatever encoding, as UTF-8 that says so."""
    if data[:2] in _LITTLE:
        encoding = "utf-16-le"
    elif data[:2] in _BIG:
        encoding = "utf-16-be"
    else:
        marked = data.startswith(_MARK)
        data = data.removeprefix(_MARK)
        if data[:2] in _LITTLE | _BIG:  # one mark behind another: expat would believe the second
            raise Unreadable("bad-xml", part=part)
        if marked:  # stronger than any declaration
            return data
        if data.startswith(_USUAL):
            return data
        declared = _DECLARATION.match(data)
        named = declared[2].decode().lower() if declared else "utf-8"
        if named in {"utf-8", "utf8", "us-ascii", "ascii"}:
            return data
        if named not in _ENCODINGS:
            raise Unreadable("bad-xml", part=part, encoding=named)
        encoding = _ENCODINGS[named]
    try:
        data = data.decode(encoding).removeprefix("\ufeff").encode()
    except UnicodeError as error:
        raise Unreadable("bad-xml", part=part, encoding=encoding) from error
    if data[:2] in _LITTLE | _BIG:
        raise Unreadable("bad-xml", part=part, encoding=encoding)
    declared = _DECLARATION.match(data)
    return data[: declared.start(2)] + b"UTF-8" + data[declared.end(2) :] if declared else data
