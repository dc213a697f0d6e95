"""Messages as Chinese mail programs really write them, byte by byte: the shapes of attachment names, and forwarding."""

from __future__ import annotations

import base64
import quopri
import struct
from collections.abc import Mapping
from urllib.parse import quote

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _words(text: str, charset: str, kind: str = "B") -> bytes:
    data = text.encode(charset)
    if kind == "B":
        return f"=?{charset}?B?".encode() + base64.b64encode(data) + b"?="
    return (
        f"=?{charset}?Q?".encode()
        + quopri.encodestring(data, quotetabs=True).replace(b" ", b"_").replace(b"=\n", b"")
        + b"?="
    )


def shapes(name: str) -> Mapping[str, bytes]:
    """The header lines of a part that is called `name`, in fifteen shapes met in the wild."""
    half = len(name) // 2
    utf8, gbk = name.encode(), name.encode("gb18030")
    d, t = b"Content-Disposition: attachment; ", f"Content-Type: {XLSX}; ".encode()
    plain = f"Content-Type: {XLSX}".encode()
    starred = quote(name, safe="").encode()
    cut = starred.rindex(b"%", 0, len(starred) // 2 + 2)
    # Foxmail cuts at bytes: the middle character is in both words by half.
    b64 = base64.b64encode(gbk)
    at = len(gbk) // 2 | 1
    first, second = base64.b64encode(gbk[:at]), base64.b64encode(gbk[at:])
    return {
        "raw GBK": d + b'filename="' + gbk + b'"\r\n' + plain,
        "raw UTF-8": d + b'filename="' + utf8 + b'"\r\n' + plain,
        "encoded word, GBK": d + b'filename="' + _words(name, "gb18030") + b'"\r\n' + plain,
        "encoded word, called gb2312": d + b'filename="=?gb2312?B?' + b64 + b'?="\r\n' + plain,
        "encoded word, UTF-8, Q": d + b'filename="' + _words(name, "utf-8", "Q") + b'"\r\n' + plain,
        "encoded word without quotes": d + b"filename=" + _words(name, "utf-8") + b"\r\n" + plain,
        "two encoded words, folded": (
            d
            + b'\r\n filename="'
            + _words(name[:half], "utf-8")
            + b"\r\n "
            + _words(name[half:], "utf-8")
            + b'"\r\n'
            + plain
        ),
        "a character cut in two words": (
            d + b'filename="=?gbk?B?' + first + b"?=\r\n =?gbk?B?" + second + b'?="\r\n' + plain
        ),
        "RFC 2231": d + b"filename*=UTF-8''" + starred + b"\r\n" + plain,
        "RFC 2231 in GBK": d + b"filename*=gb18030''" + quote(gbk, safe="").encode() + b"\r\n" + plain,
        "RFC 2231 continued": (
            d + b"\r\n filename*0*=UTF-8''" + starred[:cut] + b";\r\n filename*1*=" + starred[cut:] + b"\r\n" + plain
        ),
        "RFC 2231 continued, out of order": (
            d + b"\r\n filename*1*=" + starred[cut:] + b";\r\n filename*0*=UTF-8''" + starred[:cut] + b"\r\n" + plain
        ),
        "both": d + b'filename="' + _words(name, "utf-8") + b"\";\r\n filename*=UTF-8''" + starred + b"\r\n" + plain,
        "only as the type's name": b"Content-Disposition: attachment\r\n"
        + t
        + b'name="'
        + _words(name, "gb18030")
        + b'"',
        "type's name in raw GBK, no disposition": t + b'name="' + gbk + b'"',
    }


def letter(
    book: bytes, head: bytes, *, sender: str = "a@dept.test", subject: bytes = b"=?gb2312?B?sai47Q==?=",
    ident: str = "<1@dept.test>", date: str = "Mon, 05 Jan 2026 09:00:00 +0800", more: bytes = b"",
) -> bytes:  # fmt: skip
    """A message with one attachment, whose header lines are given."""
    body = base64.encodebytes(book).replace(b"\n", b"\r\n")
    return (
        f"From: {sender}\r\nTo: office@city.test\r\nMessage-ID: {ident}\r\nDate: {date}\r\n".encode()
        + b"Subject: " + subject + b"\r\n" + more
        + b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b1"\r\n\r\n'
        + b"--b1\r\nContent-Type: text/plain; charset=gbk\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        + "您好，见附件。".encode("gbk")
        + b"\r\n--b1\r\nContent-Transfer-Encoding: base64\r\n" + head + b"\r\n\r\n" + body + b"\r\n--b1--\r\n"
    )  # fmt: skip


def forwarded(inner: bytes, sender: str, *, as_file: bool) -> bytes:
    """A message that has another inside: as a message, or as an .eml file."""
    if as_file:
        part = b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
        part += b'Content-Disposition: attachment; filename="fw.eml"\r\n\r\n'
        part += base64.encodebytes(inner).replace(b"\n", b"\r\n")
    else:
        part = b"Content-Type: message/rfc822\r\n\r\n" + inner
    head = f"From: {sender}\r\nTo: office@city.test\r\nMessage-ID: <fw@x>\r\nSubject: Fwd: \r\n".encode()
    return (
        head
        + b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b0"\r\n\r\n--b0\r\n'
        + part
        + b"\r\n--b0--\r\n"
    )


def winmail(*files: tuple[str, bytes]) -> bytes:
    """A winmail.dat as Outlook packs it ([MS-OXTNEF]): the short name in an attribute, the long one in a property."""

    def attribute(level: int, kind: int, body: bytes) -> bytes:
        return struct.pack("<BII", level, kind, len(body)) + body + struct.pack("<H", sum(body) & 0xFFFF)

    found = b"\x78\x9f\x3e\x22" + struct.pack("<H", 1) + attribute(1, 0x00089006, b"\0\0\1\0")
    for name, data in files:
        text = name.encode("utf-16-le") + b"\0\0"
        text_property = struct.pack("<HHII", 0x1F, 0x3707, 1, len(text)) + text + bytes(-len(text) % 4)
        number_property = struct.pack("<HHI", 3, 0x3705, 1)
        found += attribute(2, 0x00069002, bytes(14)) + attribute(2, 0x00018010, b"BAOBIA~1.XLS\0")
        found += attribute(2, 0x0006800F, data)
        found += attribute(2, 0x00069005, struct.pack("<I", 2) + number_property + text_property)
    return found


def bounce(ours: bytes, *failed: str, action: str = "failed", answers: str = "") -> bytes:
    """What a server says when it could not deliver: the message comes back inside."""
    said = "".join(
        f"Final-Recipient: rfc822; {one}\r\nAction: {action}\r\nStatus: 5.1.1\r\n\r\n" for one in failed
    ).encode()
    thread = f"In-Reply-To: {answers}\r\n".encode() if answers else b""
    return (
        b"From: Mail System <MAILER-DAEMON@city.test>\r\nTo: office@city.test\r\nMessage-ID: <dsn@city.test>\r\n"
        b"Subject: Undelivered\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n" + thread +
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="R"\r\n\r\n--R\r\n\r\nno such user\r\n'
        b"--R\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; city.test\r\n\r\n" + said +
        b"--R\r\nContent-Type: message/rfc822\r\n\r\n" + ours + b"\r\n--R--\r\n"
    )  # fmt: skip
