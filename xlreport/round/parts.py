"""What a message is made of, as it was meant: its files, whatever its program says of them, and if it is a notice.

Forwarded messages are opened as deep as anybody forwards. Nothing here knows what a workbook is.
"""

from __future__ import annotations

import base64
import binascii
import email
import email.policy
import email.utils
import re
from collections.abc import Iterator
from email.message import Message

from xlreport.round.names import attachment_name

_DEEPEST = 12  # messages in messages
_CODING = re.compile(r"base64|quoted-printable|(?:x-)?uu(?:encode|e)?\b|7bit|8bit|binary", re.IGNORECASE)
_PACKED = (b"UEsDB", b"0M8R4KGx")  # how a workbook begins in base64
_FIELD = rb"[A-Za-z0-9-]{1,60}:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*"
_HEAD = re.compile(rb"(?:\xef\xbb\xbf)?(?:[ \t]*\r?\n)*((?:" + _FIELD + rb"){3,})")
_TELLING = re.compile(
    rb"(?mi)^(?:from|to|date|subject|received|return-path|message-id|mime-version|content-type|delivered-to):"
)
_BOUNDARY = re.compile(r"(?m)^--([^\s-][^\r\n]{0,69}?)[ \t]*\r?$")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|=\?[^?\s]*\?[bBqQ]\?[^?]*\?=')
_ANGLED = re.compile(r"<\s*([^<>\s]+@[^<>\s]+)\s*>")
_IN_TEXT = re.compile(rb"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,250}[A-Za-z0-9]")
_POSTMASTERS = frozenset({"mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon"})


def message_of(raw: bytes) -> Message:
    """A message read; a byte order mark or blank lines before its head are no part of it."""
    return email.message_from_bytes(raw.removeprefix(b"\xef\xbb\xbf").lstrip(), policy=email.policy.compat32)


def is_message(data: bytes) -> bool:
    """Whether bytes are a message, whatever they are called: they begin with lines that only a message has."""
    head = _HEAD.match(data[:20_000])
    return head is not None and len({one.lower() for one in _TELLING.findall(head[1])}) >= 3


def leaves(message: Message, depth: int = 0) -> Iterator[Message]:
    """The parts that are neither messages nor bundles; a forwarded message is opened, also one packed as a file."""
    if depth > _DEEPEST:
        return
    if message.is_multipart():
        payload = message.get_payload()
        parts = [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []
        inside = message.get_content_maintype() == "message"
        if inside and len(parts) == 1 and not parts[0].keys():
            # A message inside must not be packed, but Outlook, QQ and 163 pack it: what was read as one is base64.
            packed = Message(email.policy.compat32)
            packed["Content-Transfer-Encoding"] = str(message.get("Content-Transfer-Encoding", ""))
            packed.set_payload(parts[0].get_payload())
            if is_message(data := content(packed)):
                yield from leaves(message_of(data), depth + 1)
                return
        for part in parts:
            yield from leaves(part, depth + inside)
        return
    if message.get_content_maintype() == "multipart":
        mended = _mended(message)
        if mended is not None:
            yield from leaves(mended, depth + 1)
            return
    data = content(message)
    called = attachment_name(message).lower()
    # The text of a message may quote another's head; a file with one is a message.
    a_file = called or message.get_content_maintype() != "text"
    if data and (called.endswith(".eml") or (a_file and is_message(data))):
        yield from leaves(message_of(data), depth + 1)
        return
    yield message


def _mended(message: Message) -> Message | None:
    """A bundle whose parts stand between other lines than it says."""
    body = message.get_payload()
    if not isinstance(body, str) or (found := _BOUNDARY.search(body)) is None:
        return None
    head = b'Content-Type: multipart/mixed; boundary="' + found[1].encode("ascii", "replace") + b'"\r\n\r\n'
    mended = email.message_from_bytes(head + _raw(body), policy=email.policy.compat32)
    return mended if mended.is_multipart() else None


def content(part: Message) -> bytes:
    """The bytes of a part, by what it says of their coding, or by what they look like."""
    said = _CODING.search(str(part.get("content-transfer-encoding", "")))
    del part["content-transfer-encoding"]
    if said is not None:
        part["content-transfer-encoding"] = said[0].lower()
    try:
        data = part.get_payload(decode=True)
    except (ValueError, LookupError):
        return b""
    if not isinstance(data, bytes):
        return b""
    if data.lstrip()[:8].startswith(_PACKED):
        try:
            return base64.b64decode(re.sub(rb"[^A-Za-z0-9+/]", b"", data) + b"==")
        except binascii.Error:
            return data
    return data


def _raw(text: str) -> bytes:
    return text.encode("ascii", "surrogateescape") if text.isascii() else text.encode("utf-8", "surrogateescape")


def sender_of(message: Message) -> str:
    """The address a message came from, in small letters.

    It is read as it stands: what an encoded word or a quotation says is a name, and never an address, whatever it looks
    like; what stands in angle brackets is the address, whatever stands before.
    """
    for header in ("from", "sender", "return-path"):
        values = message.get_all(header) or []
        if len(values) > 1:
            return ""
        if values:
            plain = _QUOTED.sub(" ", re.sub(r"\s+", " ", str(values[0])))
            angled = _ANGLED.findall(plain)
            if len(angled) > 1:
                return ""
            address = angled[0] if angled else email.utils.parseaddr(plain)[1]
            if "@" in address:
                return str(address).strip().lower()
    return ""


def is_bounce(message: Message) -> bool:
    """Whether a message says that another could not be delivered; what it carries is that other's, and no answer."""
    if sender_of(message).partition("@")[0] in _POSTMASTERS:
        return True
    return "message/delivery-status" in _kinds(message)


def is_notice(message: Message) -> bool:
    """Whether nobody wrote a message: somebody is away, or has opened what we sent."""
    if "message/disposition-notification" in _kinds(message):
        return True
    if str(message.get("auto-submitted", "")).strip().lower().startswith("auto-replied"):
        return True
    return any(message.get(name) is not None for name in ("x-autoreply", "x-autorespond", "x-autoresponder"))


def _kinds(message: Message) -> set[str]:
    """Of what kinds a message's own parts are: what somebody forwarded is another's."""
    payload = message.get_payload()
    parts = [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []
    return {one.get_content_type() for one in (message, *parts)}


class Undelivered:
    """What a bounce says: to whom nothing was delivered, and which message that was."""

    def __init__(self, message: Message) -> None:
        self.recipients: list[str] = []
        self.message_ids: list[str] = []
        delayed = False
        for part in message.walk():
            if "final-recipient" in part or "original-recipient" in part:
                said = str(part.get("final-recipient") or part.get("original-recipient"))
                if str(part.get("action", "failed")).strip().lower() == "failed":
                    self._add(said.rpartition(";")[2])
                else:
                    delayed = True
            elif part is not message and part.get("message-id"):
                self.message_ids += re.findall(r"<[^<>\s]{1,500}>", str(part["message-id"]))
            elif part.get_content_type() == "text/rfc822-headers":
                head = message_of(content(part))
                self.message_ids += re.findall(r"<[^<>\s]{1,500}>", str(head.get("message-id", "")))
        for one in re.split(r"[,;\s]+", str(message.get("x-failed-recipients", ""))):
            self._add(one)
        self.message_ids += re.findall(r"<[^<>\s]{1,500}>", f"{message.get('in-reply-to')} {message.get('references')}")
        self.final = bool(self.recipients) or not delayed
        if not self.recipients:
            # QQ and 163 say it to people only, in their words; whose address it is, the roster tells.
            for part in message.walk():
                if part.get_content_maintype() == "text":
                    for one in _IN_TEXT.findall(content(part)):
                        self._add(one.decode())

    def _add(self, address: str) -> None:
        address = address.strip().strip("<>").lower()
        if "@" in address and address not in self.recipients:
            self.recipients.append(address)
