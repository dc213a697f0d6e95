"""A text that a clerk edited, in whatever encoding the editor saved it: Notepad's ANSI and Unicode as well as UTF-8."""

from __future__ import annotations

import codecs


def decoded(data: bytes) -> str:
    """The text; raises `UnicodeDecodeError` for what is none."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030")
