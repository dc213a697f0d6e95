"""A message as it goes out: always the same bytes for the same message, to be read by any mail program."""

from __future__ import annotations

import base64
import datetime as dt
import email.charset
import email.utils
import hashlib
import textwrap
from collections.abc import Iterable
from email.header import Header
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import SMTP

from xlreport.record import record
from xlreport.round.names import written_name

_LONGEST_WORD = 75  # RFC 2047: an encoded word has no more; the library's own bound is the line's, 76
BOOK = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")


@record
class Outgoing:
    """Everything of one message but its bytes."""

    message_id: str
    sender: str
    sender_name: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    subject: str
    body: str
    file_name: str
    content: bytes
    date: str  # ISO, as the register keeps times
    answers: str = ""  # the message this one answers
    thread: str = ""


def message_id(domain: str, *words: object) -> str:
    """The identity of a message, worked out of what it is: the same message never has two."""
    digest = hashlib.sha256("\t".join(map(str, words)).encode()).hexdigest()[:32]
    return f"<xlr.{digest}@{domain}>"


def message_bytes(one: Outgoing, *, draft: bool = False) -> bytes:
    """The message in bytes. A `draft` is opened by Outlook as one that is still to be sent."""
    text = MIMEText(one.body, "plain", "utf-8")
    kind, subkind = BOOK
    part = MIMEBase(kind, subkind)
    named, disposed = written_name(one.file_name)
    # Set raw: the library would write RFC 2231 alone, which QQ mail does not read.
    del part["Content-Type"]
    part["Content-Type"] = f"{kind}/{subkind};\r\n {named}"
    part["Content-Transfer-Encoding"] = "base64"
    part["Content-Disposition"] = f"attachment;\r\n {disposed}"
    part.set_payload("\n".join(textwrap.wrap(base64.b64encode(one.content).decode(), 76)) + "\n")
    whole = MIMEMultipart("mixed", boundary=f"=_xlr_{hashlib.sha256(one.message_id.encode()).hexdigest()[:24]}")
    whole.attach(text)
    whole.attach(part)
    headers: list[tuple[str, str]] = [
        ("From", _address(one.sender_name, one.sender) if one.sender else ""),
        ("To", ", ".join(one.to)),
        ("Cc", ", ".join(one.cc)),
        (
            "Subject",
            Header(one.subject, _utf8(), maxlinelen=_LONGEST_WORD, header_name="Subject").encode(linesep="\r\n"),
        ),
        ("Date", email.utils.format_datetime(dt.datetime.fromisoformat(one.date))),
        ("Message-ID", one.message_id),
        ("In-Reply-To", one.answers),
        ("References", _references(one)),
        ("X-Unsent", "1" if draft else ""),
    ]
    for name, value in headers:
        if value:
            whole[name] = value
    return whole.as_bytes(policy=SMTP.clone(max_line_length=None, cte_type="7bit", refold_source="none"))


def _utf8() -> email.charset.Charset:
    found = email.charset.Charset("utf-8")
    found.header_encoding = email.charset.BASE64
    found.body_encoding = email.charset.BASE64
    return found


def _words(text: str, header: str) -> str:
    return Header(text, _utf8(), maxlinelen=_LONGEST_WORD, header_name=header).encode(linesep="\r\n")


def _address(name: str, address: str) -> str:
    if not name:
        return address
    if name.isascii():
        return f'"{email.utils.quote(name)}" <{address}>'
    return f"{_words(name, 'From')} <{address}>"


def _references(one: Outgoing) -> str:
    """The thread so far and what is answered, each once; a line for each, for no header may grow without end."""
    known: Iterable[str] = dict.fromkeys([*one.thread.split(), *one.answers.split()])
    return "\r\n ".join(list(known)[-20:])
