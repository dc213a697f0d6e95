"""How the text of a part is dressed as bytes, so that a changed part goes out in the kind of bytes it came in."""

from __future__ import annotations

from xlreport.pattern import pattern

_DECLARATION = pattern(r"\A<\?xml[^>]*\?>")
_ENCODING = pattern(r"""\sencoding\s*=\s*["']([^"']*)["']""")


class Dress:
    """How a part's text is dressed as bytes: byte order mark, encoding and the declaration that names it."""

    __slots__ = ("_codec", "_declaration", "_mark", "narrow", "usual")

    def __init__(self, mark: bytes, codec: str, declaration: str, *, narrow: bool) -> None:
        self._mark = mark
        self._codec = codec
        self._declaration = declaration
        self.narrow = narrow  # cannot write every character
        self.usual = codec == "utf-8" and not mark and not narrow  # the bytes are the text in UTF-8

    @classmethod
    def of(cls, raw: bytes) -> Dress:
        """The dress of a part as it lies in its file."""
        mark = next((m for m in (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff") if raw.startswith(m)), b"")
        codec = "utf-8"
        if mark == b"\xff\xfe" or raw.startswith(b"<\0"):
            codec = "utf-16-le"
        elif mark == b"\xfe\xff" or raw.startswith(b"\0<"):
            codec = "utf-16-be"
        head = raw[len(mark) : 1000].decode(codec if codec != "utf-8" else "latin-1", "replace")
        found = _DECLARATION.match(head)
        declaration = found[0] if found else ""
        named = _ENCODING.search(declaration) if codec == "utf-8" and not mark else None
        name = named[1].lower() if named else "utf-8"
        narrow = name not in {"utf-8", "utf8"}
        if name in {"gb2312", "gbk", "gb18030"}:
            codec = "gb18030"  # for all of its family, as the container reads them
        elif narrow and name not in {"us-ascii", "ascii"}:  # what says it is ASCII is read as the UTF-8 it may be
            codec = name
        return cls(mark, codec, declaration, narrow=narrow)

    def on(self, data: bytes) -> bytes:
        """UTF-8 text as bytes of this part's own kind."""
        if self._codec == "utf-8":
            return self._mark + data
        text = data.decode()
        if self._declaration:
            text = _DECLARATION.sub(lambda _: self._declaration, text, count=1)
        return self._mark + text.encode(self._codec)


def ascii_only(data: bytes) -> bytes:
    """XML text with character references for everything outside ASCII."""
    return data.decode().encode("ascii", "xmlcharrefreplace")
