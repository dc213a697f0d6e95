"""What lies in a folder, an archive, a message or a mailbox file: the workbooks in it and who sent them.

Everything is read in memory. A name in an archive or a message is for people to read and never a path.
"""

from __future__ import annotations

import email.utils
import hashlib
import re
from collections.abc import Iterable, Iterator
from email.message import Message
from pathlib import Path

from xlreport.record import record, replace
from xlreport.round import tnef
from xlreport.round.names import attachment_name, decoded_name, header_text
from xlreport.round.parts import Undelivered, content, is_bounce, is_message, is_notice, leaves, message_of, sender_of
from xlreport.workbook.bundle import SUFFIXES, open_bundle
from xlreport.workbook.container import file_bytes
from xlreport.workbook.unreadable import Unreadable

_CHECKED = re.compile(r"\.checked(\.\d+)?$")
_LITTER = frozenset({".ds_store", "thumbs.db", "desktop.ini"})  # what systems leave about
NOBODY = "-"  # the sender of a message that does not say who sent it
_POSTMARK = re.compile(rb"From .*\d\d?:\d\d.*\d{4}")  # the line before each message of a mailbox file
_APPLE_NOTES = (b"\x00\x05\x16\x07", b"\x00\x05\x16\x00")
_PACKED = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\x00")
_OUTLOOK = "__nameid_version1.0".encode("utf-16-le")  # a folder that every message saved by Outlook has
_DOCUMENTS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf", b"II*\0", b"MM\0*", b"ID3", b"OggS")
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
    failed: tuple[str, ...] = ()  # of a bounce: who did not get what we sent
    answers: tuple[str, ...] = ()  # of a bounce: which messages that may have been
    kept: str = ""  # the name of what `data` is, where it could not be taken out of that: an archive, a message


def arrivals(path: Path) -> Iterator[Arrival]:
    """Everything in a folder (with its subfolders), an archive, an .eml, a mailbox file, or a single workbook."""
    if path.is_dir():
        for one in sorted(path.rglob("*"), key=_turn):
            if one.is_symlink():
                yield Arrival(shown(one.name), b"", shown(one.name), trouble="link")  # it may lead anywhere
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
    name = shown(path.name)
    if not path.is_file():
        yield Arrival(name, b"", name, trouble="cannot-read")
        return
    suffix = path.suffix.lower()
    if suffix in {".eml", ".emlx"}:
        try:
            yield from in_message(_unnumbered(_bytes(path)), name)
        except Unreadable as error:
            yield Arrival(name, b"", name, trouble=error.reason)
    elif _is_mbox(path):
        with path.open("rb") as stream:
            yield from _in_mbox(stream, name)
    else:
        try:
            data = file_bytes(path)
        except Unreadable as error:
            if suffix != ".zip" or error.reason != "too-big":
                yield Arrival(name, b"", name, trouble=error.reason)
                return
            data = None
        yield from _opened(Arrival(name, data or b"", name), path if data is None else None)


def shown(name: str) -> str:
    """A file's name as text: where its bytes are not in the system's own encoding, in that of a Chinese archive."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return decoded_name(name.encode("utf-8", "surrogateescape"))
    return name


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST:
            raise Unreadable("too-big", limit=_LARGEST)
        return path.read_bytes()
    except OSError as error:
        raise Unreadable("cannot-read") from error


def _unnumbered(raw: bytes) -> bytes:
    """Apple Mail writes the length of a message before it, and its own notes behind."""
    count = re.match(rb"(\d{1,10})[ \t]*\r?\n", raw)
    return raw[count.end() : count.end() + int(count[1])] if count else raw


def _is_mbox(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return _POSTMARK.match(stream.readline(500)) is not None
    except OSError:
        return False


def _in_mbox(lines: Iterable[bytes], source: str) -> Iterator[Arrival]:
    """The messages of a mailbox file. A line of a text that begins with `From ` is none of its marks."""
    message: list[bytes] = []
    size, blank = 0, True
    for line in lines:
        if blank and line.startswith(b"From ") and _POSTMARK.match(line):
            yield from _letter(message, size, source)
            message, size, blank = [], 0, False
            continue
        blank = not line.strip()
        size += len(line)
        if size <= _LARGEST:
            message.append(line)
    yield from _letter(message, size, source)


def _letter(lines: list[bytes], size: int, source: str) -> Iterator[Arrival]:
    if size > _LARGEST:
        yield Arrival("", b"", source, trouble="too-big")
    elif any(map(bytes.strip, lines)):
        yield from in_message(b"".join(lines), source)


def in_message(raw: bytes, source: str) -> Iterator[Arrival]:
    """The workbooks attached to a message, also where it was forwarded or they were packed."""
    message = message_of(raw)
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
    whole = replace(base, data=raw, kept="message.eml")
    if is_bounce(message):
        said = Undelivered(message)
        if said.final:
            yield replace(whole, trouble="bounced", failed=tuple(said.recipients), answers=tuple(said.message_ids))
        else:
            yield replace(whole, trouble="notice")
        return
    files = [one for part in leaves(message) for one in _files(part)]
    with_book = any(one.book and not is_document(one.data) for one in files)
    found = False
    for one in files:
        if one.trouble or (one.book and not (with_book and (one.litter or is_document(one.data)))):
            found = True
            arrival = replace(base, name=one.name or "attachment.xlsx", data=one.data, trouble=one.trouble)
            yield from ([arrival] if one.trouble else _opened(arrival))
    if not found:
        yield replace(whole, trouble="notice" if is_notice(message) else "no-attachment")
    for one in files:
        if not one.trouble and (one.beside or (one.book and with_book and (one.litter or is_document(one.data)))):
            yield replace(base, name=one.name, data=one.data, trouble="beside")


@record
class _File:
    """A file in a message."""

    name: str
    data: bytes
    book: bool = False  # it may be a workbook, or hold some
    beside: bool = False  # it is more than the text, and no workbook
    litter: bool = False  # a system's own notes about a file, or a film
    trouble: str = ""


def _files(part: Message) -> Iterator[_File]:
    """What a part of a message brings; nothing for its text."""
    name, data = attachment_name(part), content(part)
    kind = part.get_content_type()
    if data.startswith(tnef.SIGNATURE) or kind == "application/ms-tnef" or name.lower() == "winmail.dat":
        inside = tnef.files(data)
        if not any(_is_book(called, each) for called, each in inside):
            yield _File(name or "winmail.dat", data, trouble="tnef")
        for called, each in inside:
            book = _is_book(called, each)
            yield _File(f"{name or 'winmail.dat'}/{called}", each, book=book, beside=not book)
        return
    if not data:
        return
    if _is_book(name, data) or _attached(part, name):
        litter = kind.startswith(("application/applefile", "video/", "audio/")) or data.startswith(_APPLE_NOTES)
        yield _File(name, data, book=True, litter=litter)
    elif name or kind.startswith("image/") or part.get_content_disposition() == "attachment":
        yield _File(name or f"attachment.{part.get_content_subtype()}", data, beside=True)


def _is_book(name: str, data: bytes) -> bool:
    """Whether a file may be a workbook or an archive, by what it is called or how it begins."""
    return Path(name).suffix.lower() in {*SUFFIXES, ".zip", ".rar", ".7z"} or data.startswith(_BOOKS)


def is_document(data: bytes) -> bool:
    """Whether a file is surely no table, but what is sent with one: a scan with a seal, a letter, a picture, a film."""
    if data.startswith(b"PK"):
        # A workbook may have a letter embedded in it.
        return (b"word/document.xml" in data or b"OFD.xml" in data) and b"xl/workbook" not in data
    if data.startswith(b"\xd0\xcf"):
        text, *books = (name.encode("utf-16-le") for name in ("WordDocument", "Workbook", "Book"))
        return text in data and not any(book in data for book in books)
    return data.startswith(_DOCUMENTS) or data[4:8] == b"ftyp"


def _attached(part: Message, name: str) -> bool:
    """Whether a part was meant as a file of its own, and not as a picture or the text."""
    kind = part.get_content_type()
    return bool(name) and not kind.startswith(("image/", "text/", "application/pgp", "application/pkcs7"))


def _opened(one: Arrival, path: Path | None = None) -> Iterator[Arrival]:
    """A file, or what is inside it: an archive's members, a message's attachments."""
    if one.data.startswith(_PACKED):
        yield replace(one, trouble="packed")
        return
    if one.data.startswith(_BOOKS[1]) and _OUTLOOK in one.data:
        yield replace(one, trouble="outlook-msg")
        return
    if Path(one.name).suffix.lower() in SUFFIXES:
        yield one
        return
    if not (path or one.data[:2] == b"PK"):
        yield from _read_as_mail(one)
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
        yield from _read_as_mail(replace(one, name=name, data=data))


def _read_as_mail(one: Arrival) -> Iterator[Arrival]:
    """A file as it is, or what a message or a mailbox file in its place brings; by content, whatever it is called."""
    data = one.data
    if data.startswith(_BOOKS):
        yield one
        return
    if data.startswith(b"From ") and _POSTMARK.match(data):
        found: Iterable[Arrival] = _in_mbox(data.splitlines(keepends=True), one.source)
    elif one.name.lower().endswith(".eml") or is_message(data):
        found = in_message(data, one.source)
    else:
        yield one
        return
    for inner in found:
        inside = replace(inner, name=f"{one.name}/{inner.name}") if inner.name or one.name != one.source else inner
        # Who sent the message that it came in counts, and not what a file in it says of a sender.
        yield inside if not one.sender else replace(
            inside, sender=one.sender, message_id=one.message_id, thread=one.thread, sent_at=one.sent_at,
            letter=one.letter,
        )  # fmt: skip


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
