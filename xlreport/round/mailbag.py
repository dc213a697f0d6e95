"""What lies in a folder, an archive, a message or a mailbox file: the workbooks in it and who sent them.

Everything is read in memory. A name in an archive or a message is for people to read and never a path.
"""

from __future__ import annotations

import email
import email.policy
import email.utils
import hashlib
import mailbox
import re
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

from xlreport.record import record, replace
from xlreport.round.names import attachment_name, header_text
from xlreport.workbook.bundle import SUFFIXES, open_bundle
from xlreport.workbook.container import file_bytes
from xlreport.workbook.unreadable import Unreadable

_CHECKED = re.compile(r"\.checked(\.\d+)?$")
_LITTER = frozenset({".ds_store", "thumbs.db", "desktop.ini"})  # what systems leave about
NOBODY = "-"  # the sender of a message that does not say who sent it
_DEEPEST = 5  # messages in messages
_LARGEST = 64_000_000  # bytes of one message or archive
_BOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # what a workbook begins with, whatever it is called


@record
class Arrival:
    """One file that came in, and what is known of its way here."""

    name: str
    data: bytes
    source: str  # the file or mailbox it was found in
    sender: str = ""
    message_id: str = ""
    thread: str = ""  # the messages that message answers
    subject: str = ""
    sent_at: str = ""
    trouble: str = ""  # it could not even be taken out
    mail: str = ""  # the stored message it came in, below the round's folder
    letter: str = ""  # which message it came in, by that message's bytes: not every one has an identity or a date
    kept: str = ""  # the name of what `data` is, where it could not be taken out of that: an archive, a message


def arrivals(path: Path) -> Iterator[Arrival]:
    """Everything in a folder (with its subfolders), an archive, an .eml, a mailbox file, or a single workbook."""
    if path.is_dir():
        for one in sorted(path.rglob("*"), key=_turn):
            if one.is_symlink():
                yield Arrival(one.name, b"", one.name, trouble="link")  # it may lead anywhere
            elif not one.is_dir() and not one.name.startswith("~$") and one.name.lower() not in _LITTER:
                # Whatever it is called: a form without a suffix is a form, and anything else is told.
                yield from _file(one)
        return
    yield from _file(path)


def _turn(path: Path) -> tuple[Path, str, str]:
    """A copy that we annotated comes behind what it was made from: as it is it says nothing new, corrected it does."""
    return path.parent, _CHECKED.sub("", path.stem), path.name if _CHECKED.search(path.stem) else ""


def corrects(name: str, other: str) -> bool:
    """Whether a file is, by its name, the copy that we annotated of another: it was made later."""
    stem = Path(name).stem
    return bool(_CHECKED.search(stem)) and _CHECKED.sub("", stem) == Path(other).stem


def _file(path: Path) -> Iterator[Arrival]:
    if not path.is_file():
        yield Arrival(path.name, b"", path.name, trouble="cannot-read")
        return
    suffix = path.suffix.lower()
    if suffix == ".eml":
        try:
            yield from in_message(_bytes(path), path.name)
        except Unreadable as error:
            yield Arrival(path.name, b"", path.name, trouble=error.reason)
    elif suffix == ".mbox" or _is_mbox(path):
        yield from _in_mbox(path)
    else:
        try:
            data = file_bytes(path)
        except Unreadable as error:
            if suffix != ".zip" or error.reason != "too-big":
                yield Arrival(path.name, b"", path.name, trouble=error.reason)
                return
            data = None
        yield from _opened(Arrival(path.name, data or b"", path.name), path if data is None else None)


def _bytes(path: Path) -> bytes:
    if path.stat().st_size > _LARGEST:
        raise Unreadable("too-big", limit=_LARGEST)
    return path.read_bytes()


def _is_mbox(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(5) == b"From "
    except OSError:
        return False


def _in_mbox(path: Path) -> Iterator[Arrival]:
    box = mailbox.mbox(path, create=False)
    try:
        for key in box.keys():  # noqa: SIM118  (a mailbox iterates over messages)
            yield from in_message(box.get_bytes(key), path.name)
    finally:
        box.close()


def in_message(raw: bytes, source: str) -> Iterator[Arrival]:
    """The workbooks attached to a message, also where it was forwarded or they were packed."""
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    base = Arrival(
        "",
        b"",
        source,
        sender=sender_of(message) or NOBODY,
        message_id=_header(message, "message-id"),
        thread=f"{_header(message, 'references')} {_header(message, 'in-reply-to')}".strip(),
        subject=header_text(str(message.get("subject", "")))[:200],
        sent_at=_date(message),
        letter=hashlib.sha256(raw).hexdigest()[:32],
    )
    beside: list[Arrival] = []
    found = False
    for part in _parts(message, 0):
        name, data = attachment_name(part), _payload(part)
        suffix = Path(name).suffix.lower()
        if part.get_content_type() == "application/ms-tnef" or name.lower() == "winmail.dat":
            found = True
            yield replace(base, name=name or "winmail.dat", data=data, trouble="tnef")
        elif data and (
            suffix in {*SUFFIXES, ".zip", ".rar", ".7z"} or data.startswith(_BOOKS) or _attached(part, name)
        ):
            found = True
            yield from _opened(replace(base, name=name or "attachment.xlsx", data=data))
        elif data and _beside(part, name):
            name = name or f"attachment.{part.get_content_subtype()}"
            beside.append(replace(base, name=name, data=data, trouble="beside"))
    if not found:
        yield replace(base, data=raw, kept="message.eml", trouble="no-attachment")
    yield from beside


def _attached(part: Message, name: str) -> bool:
    """Whether a part was meant as a file of its own, and not as a picture or the text."""
    kind = part.get_content_type()
    return bool(name) and not kind.startswith(("image/", "text/", "application/pgp", "application/pkcs7"))


def _beside(part: Message, name: str) -> bool:
    """Whether a part is more than the text of the message: a picture, a text or a signature that came as a file."""
    return bool(name) or part.get_content_maintype() == "image" or part.get_content_disposition() == "attachment"


def _parts(message: Message, depth: int) -> Iterator[Message]:
    """The leaves of a message. A forwarded message is a message inside; one packed as a file is opened as well."""
    if depth > _DEEPEST:
        return
    if message.is_multipart():
        payload = message.get_payload()
        for part in payload if isinstance(payload, list) else []:
            if isinstance(part, Message):
                yield from _parts(part, depth + 1)
        return
    if attachment_name(message).lower().endswith(".eml"):
        inner = _payload(message)
        if inner:
            yield from _parts(email.message_from_bytes(inner, policy=email.policy.compat32), depth + 1)
        return
    yield message


def _payload(part: Message) -> bytes:
    try:
        data = part.get_payload(decode=True)
    except (ValueError, LookupError):
        return b""
    return data if isinstance(data, bytes) else b""


def _opened(one: Arrival, path: Path | None = None) -> Iterator[Arrival]:
    """A file, or the workbooks of an archive."""
    if Path(one.name).suffix.lower() in SUFFIXES or not (path or one.data[:2] == b"PK"):
        yield one
        return
    bundle = open_bundle(path or Path(one.name), None if path else one.data, every=True)
    if bundle is None:
        yield replace(one, trouble="too-big") if path else one
        return
    whole = _bytes(path) if path else one.data
    for member in bundle.members:
        name = f"{one.name}/{member.name}"
        try:
            data = bundle.content(member)
        except Unreadable as error:
            yield replace(one, name=name, data=whole, kept=Path(one.name).name, trouble=error.reason)
            continue
        if name.lower().endswith(".eml") and not data.startswith(_BOOKS):
            for inner in in_message(data, one.source):
                yield replace(inner, name=f"{name}/{inner.name}")
        else:
            yield replace(one, name=name, data=data)


def sender_of(message: Message) -> str:
    """The address a message came from, in small letters.

    It is read as it stands: what an encoded word says is a name, and never an address, whatever it looks like.
    """
    for header in ("from", "sender", "return-path"):
        values = message.get_all(header) or []
        if len(values) > 1:
            return ""
        if values:
            address = email.utils.parseaddr(re.sub(r"\s+", " ", str(values[0])))[1]
            if "@" in address:
                return address.strip().lower()
    return ""


def _header(message: Message, name: str) -> str:
    return " ".join(re.findall(r"<[^<>\s]{1,500}>", str(message.get(name, ""))))[:2000]


def _date(message: Message) -> str:
    try:
        when = email.utils.parsedate_to_datetime(str(message.get("date", "")))
    except (TypeError, ValueError, IndexError):
        return ""
    import datetime as dt

    if when.tzinfo is None:
        when = when.replace(tzinfo=dt.UTC)
    try:
        return when.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError):
        return ""
