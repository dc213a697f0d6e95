"""What an attachment is called: the fifteen shapes in which Chinese mail programs write it, and names we write.

The bytes are read first. Python's own parser loses names whose shape it does not know.
"""

from __future__ import annotations

import base64
import email.charset
import quopri
import re
from email.header import Header
from email.message import Message
from urllib.parse import quote, unquote_to_bytes

_CHARSETS = {
    "gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "cp936": "gb18030", "x-gbk": "gb18030",
    "euc-cn": "gb18030", "utf8": "utf-8", "utf-8-sig": "utf-8", "unknown-8bit": "utf-8",
}  # fmt: skip
_GUESSES = ("utf-8", "gb18030", "big5", "latin-1")
_WORD = re.compile(rb"=\?([^?*\s]+)(?:\*[^?]*)?\?([bBqQ])\?([^?]*)\?=")
_PARAMETER = re.compile(
    rb";\s*([A-Za-z0-9*!#$&+.^_`|~-]+)\s*=\s*"
    rb'("(?:[^"\\]|\\.)*"|(?:=\?[^?]*\?.\?[^?]*\?=\s*)+|[^;]*)',
    re.DOTALL,
)


def attachment_name(part: Message) -> str:
    """The file name of a part of a mail as its sender meant it; "" if it has none."""
    for header, parameter in (("content-disposition", b"filename"), ("content-type", b"name")):
        for key, value in part.raw_items():
            if key.lower() == header:
                # Eight-bit headers are kept by surrogates; both turn into the bytes that were sent.
                raw = str(value).encode("utf-8", "surrogateescape")
                name = _parameter(b";" + raw.partition(b";")[2], parameter)
                if name:
                    return name
    return ""


def header_text(raw: str) -> str:
    """A header's text, encoded words read, whatever it was written in."""
    return _words(raw.encode("utf-8", "surrogateescape")) if raw else ""


def _parameter(raw: bytes, name: bytes) -> str:
    """A parameter, plain, as encoded words, as RFC 2231 or in its continuations."""
    plain: bytes | None = None
    pieces: dict[int, tuple[bytes, bool]] = {}
    for match in _PARAMETER.finditer(raw):
        key, value = match[1].lower(), match[2].strip()
        if value[:1] == b'"':
            value = re.sub(rb'\\(["\\])', rb"\1", value[1:-1])
        if key == name:
            plain = value if plain is None else plain
        elif key == name + b"*":
            pieces[0] = value, True
        elif key.startswith(name + b"*"):
            rest = key[len(name) + 1 :]
            at = rest.rstrip(b"*")
            if at.isdigit() and len(at) < 4:
                pieces[int(at)] = value, rest.endswith(b"*")
    if pieces:
        return _joined(pieces)
    if plain is None:
        return ""
    return _words(re.sub(rb"\r?\n[ \t]", b" ", plain)) if b"=?" in plain else _decoded(plain)


def _joined(pieces: dict[int, tuple[bytes, bool]]) -> str:
    charset, found = None, b""
    for at in sorted(pieces):
        value, encoded = pieces[at]
        if encoded:
            if at == 0 and value.count(b"'") >= 2:
                named, _, value = value.split(b"'", 2)
                charset = named.decode("ascii", "replace") or None
            value = unquote_to_bytes(value)
        found += value
    return _words(found) if b"=?" in found else _decoded(found, charset)


def _words(raw: bytes) -> str:
    """Encoded words read; neighbours in one charset are joined before they are decoded: some cut a character in two."""
    found: list[tuple[bytes, str | None]] = []
    at, previous = 0, False
    for match in _WORD.finditer(raw):
        gap = raw[at : match.start()]
        if gap.strip() or (gap and not previous):
            found.append((gap, None))
        charset = match[1].decode("ascii", "replace").lower()
        if match[2] in b"bB":
            packed = re.sub(rb"[^A-Za-z0-9+/]", b"", match[3])
            try:
                data = base64.b64decode(packed + b"=" * (-len(packed) % 4))
            except ValueError:
                data = match[3]
        else:
            data = quopri.decodestring(match[3].replace(b"_", b" "))
        if found and found[-1][1] == charset:
            found[-1] = found[-1][0] + data, charset
        else:
            found.append((data, charset))
        at, previous = match.end(), True
    if raw[at:]:
        found.append((raw[at:], None))
    return "".join(_decoded(data, charset) for data, charset in found)


def decoded_name(raw: bytes) -> str:
    """A name in whatever Chinese encoding its bytes are."""
    return _decoded(raw)


def _decoded(raw: bytes, charset: str | None = None) -> str:
    named = [_CHARSETS.get(charset.lower(), charset)] if charset else []
    for one in (*named, *_GUESSES):
        try:
            text = raw.decode(one)
            text.encode()  # some encodings give halves of characters, which nothing can keep
        except (UnicodeError, LookupError, ValueError):
            continue
        return text
    return raw.decode("utf-8", "replace")


def written_name(name: str) -> tuple[str, str]:
    """`Content-Type` and `Content-Disposition` parameters that QQ mail, Outlook and Thunderbird all read.

    QQ mail shows `tcmime….bin` for a name in RFC 2231 alone, others take nothing else: both are written.
    """
    clean = "".join(ch if ch.isprintable() and ch not in '"\\' else "_" for ch in name)
    if clean.isascii():
        return f'name="{clean}"', f'filename="{clean}"'
    charset = email.charset.Charset("utf-8")
    charset.header_encoding = email.charset.BASE64
    word = Header(clean, charset, maxlinelen=72, continuation_ws=" ").encode(linesep="\r\n")
    starred = f"filename*=UTF-8''{quote(clean, safe='')}"
    return f'name="{word}"', f'filename="{word}";\r\n {starred}'
