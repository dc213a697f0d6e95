"""Opening a workbook's package safely: the zip, its parts and relationships, before anything is believed.

Knows nothing of sheets or cells. Standard library only.
"""

from __future__ import annotations

import posixpath
import re
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from types import MappingProxyType
from urllib.parse import unquote
from xml.parsers import expat

from xlreport.pattern import pattern
from xlreport.record import NamedTuple
from xlreport.workbook.directory import DEFLATED, STORED, Entry, directory
from xlreport.workbook.encoded import utf8
from xlreport.workbook.limits import LIMITS, Limits, beyond, calm
from xlreport.workbook.memo import Memo
from xlreport.workbook.unreadable import REASONS, Unreadable, broken_zip, stranger

__all__ = ["LIMITS", "REASONS", "Container", "Limits", "Relationship", "Unreadable", "file_bytes"]


StartHandler = Callable[[str, dict[str, str]], None]
TextHandler = Callable[[str], None]


class Relationship(NamedTuple):
    """One arrow from a part to another part, or to something outside when `external`."""

    id: str
    type: str  # the whole URI; strict and transitional packages differ in all but its last step
    target: str  # the part's name without leading slash; as written when external
    external: bool


class Container:
    """An Office Open XML package opened for reading, part names looked up without regard to case."""

    __slots__ = ("_document", "_exact", "_folded", "_relationships", "_tags", "data", "entries", "limits", "path")

    def __init__(self, path: Path, data: bytes, limits: Limits = LIMITS, *, office: bool = True) -> None:
        """`office` False takes any zip: an OpenDocument package, an archive of workbooks, locked ones too."""
        self.path = path
        self.data = data
        self.entries: Sequence[Entry] = _directory(path, data, limits)
        if office:
            _refuse_others(data, self.entries, limits)
        self.limits = limits
        # Of two entries with one name the later counts, as for zipfile and the libraries built on it.
        self._exact = {entry.filename: entry for entry in self.entries}
        self._folded = {_fold(name): name for name in self._exact}
        self._relationships: dict[str, Mapping[str, Relationship]] = {}
        self._document = ""
        self._tags: dict[str, int] = {}  # of the parts that were read

    @classmethod
    def open(cls, path: Path, limits: Limits = LIMITS) -> Container:
        """Read a package once, whole, into memory; raises `Unreadable` whatever is wrong with it."""
        return cls(path, file_bytes(path, limits), limits)

    def names(self) -> list[str]:
        """The entries' names as stored, in the order of the central directory."""
        return [entry.filename for entry in self.entries]

    def stored_name(self, part: str) -> str | None:
        """The name of the entry that holds a part; case, leading slash, backslashes and %XX make no difference."""
        return part if part in self._exact else self._folded.get(_fold(part))

    def has(self, part: str) -> bool:
        """Whether the package holds a part."""
        return self.stored_name(part) is not None

    def read(self, part: str) -> bytes:
        """A part's exact bytes, checked against their CRC."""
        name = self.stored_name(part)
        if name is None:
            raise Unreadable("no-part", part=part)
        return _inflate(self.data, self._exact[name], self.limits)

    def content(self, entry: Entry) -> bytes:
        """The bytes of one entry, for those of whose names there are two."""
        return _inflate(self.data, entry, self.limits)

    def xml(self, part: str) -> bytes:
        """A part's XML as UTF-8 without byte order mark; any DOCTYPE is refused."""
        data = utf8(self.read(part), part)
        if b"<!DOCTYPE" in data and _DOCTYPE.match(data):
            raise Unreadable("doctype", part=part)
        calm(data, part, self.limits)
        if part not in self._tags:
            self._tags[part] = data.count(b"<")
            if sum(self._tags.values()) > self.limits.tags:
                raise beyond("tags", self.limits, part=part)
        return data

    def relationships(self, part: str = "") -> Mapping[str, Relationship]:
        """The arrows that leave a part, by id; of the package itself for the empty name."""
        known = self._relationships.get(part)
        if known is None:
            known = self._relationships[part] = MappingProxyType(self._read_relationships(part.lstrip("/")))
        return known

    def related(self, part: str, kind: str) -> str | None:
        """The first target in the package whose type ends in `kind`; arrows to what is not there count not.

        Writers name parts that they then leave out: styles, strings, properties.
        """
        ending = "/" + kind
        arrows = (a for a in self.relationships(part).values() if a.type.endswith(ending) and not a.external)
        return next((arrow.target for arrow in arrows if self.has(arrow.target)), None)

    def document(self) -> str:
        """The part that holds the workbook; raises `Unreadable` when the package is something else."""
        if not self._document:
            self._document = self._find_document()
        return self._document

    @property
    def signed(self) -> bool:
        """Whether the workbook carries a digital signature: it holds for these very bytes and no others."""
        return any(arrow.type.endswith("/digital-signature/origin") for arrow in self.relationships().values())

    def parse(
        self,
        part: str,
        start: StartHandler,
        end: TextHandler | None = None,
        text: TextHandler | None = None,
        *,
        names: Mapping[str, str] = MappingProxyType({}),
        counted: bool = True,
        data: bytes | None = None,
    ) -> None:
        """Run expat over a part's XML; elements are called `namespace name`, or what `names` has for that.

        `start` gets an element's name and attributes, `end` its name, `text` the text between, all as they come.
        `data` is parsed in place of the part's own, if given.
        Not `counted`: the handlers watch the depth themselves, where one call more per element would be felt.
        """

        def doctype(*_: object) -> None:
            raise Unreadable("doctype", part=part)

        # UTF-8 by order, not by declaration: no declared encoding can hide a DOCTYPE from us.
        # expat passes every name through the dictionary given last; that it may translate is not documented (a test
        # watches) and saves a third of the time of comparing long names.
        parser = expat.ParserCreate("utf-8", " ", dict(names))
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = doctype
        data = self.xml(part) if data is None else data
        # So few tags cannot stand too deep in one another.
        if counted and data.count(b"<") > min(self.limits.depth, self.limits.attributes):
            start, end = _counted(start, end, self.limits, part)
        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            raise Unreadable("bad-xml", part=part, line=error.lineno, what=expat.ErrorString(error.code)) from error
        except (KeyError, ValueError) as error:  # a handler missed an attribute, or the number in it
            raise Unreadable("bad-xml", part=part, line=parser.CurrentLineNumber, what=str(error)) from error

    def _read_relationships(self, part: str) -> dict[str, Relationship]:
        folder, name = posixpath.split(part)
        source = posixpath.join(folder, "_rels", f"{name}.rels")
        found: dict[str, Relationship] = {}
        arrows: list[Relationship] = []

        def start(tag: str, attributes: dict[str, str]) -> None:
            ident, target = attributes.get("Id"), attributes.get("Target")
            if ident is None or target is None or tag.rpartition(" ")[2] != "Relationship":
                return
            external = attributes.get("TargetMode", "").lower() == "external"
            arrows.append(Relationship(ident, attributes.get("Type", ""), target, external))

        if self.has(source):
            data = self.xml(source)
            known = _ARROWS.get(data)
            if known is None:
                self.parse(source, start, data=data)
                known = _ARROWS.keep(data, arrows)
            for ident, kind, target, external in known:
                target = target if external else self._resolve(part, target)
                found.setdefault(ident, Relationship(ident, kind, target, external))
        return found

    def _resolve(self, source: str, target: str) -> str:
        target = target.replace("\\", "/").partition("#")[0]
        if not target:  # "#Sheet2!A1": a place in the part itself
            return source
        name = posixpath.normpath(posixpath.join("/", posixpath.dirname(source), target)).lstrip("/")
        # Writers disagree whether entry names keep the %XX of part names: take the one that is there.
        return name if name in self._exact or "%" not in name else unquote(name)

    def _find_document(self) -> str:
        named = [
            a.target for a in self.relationships().values() if a.type.endswith("/officeDocument") and not a.external
        ]
        part = self.related("", "officeDocument")
        if part is None:
            if named:
                raise Unreadable("truncated", part=named[0])
            if self.has("[Content_Types].xml"):
                raise Unreadable("no-workbook")
            raise Unreadable("not-excel", kind="zip")
        if part.lower().endswith(".bin"):
            raise Unreadable("xlsb")
        root = _ROOT.match(self.xml(part))
        match root and root[1]:
            case b"workbook":
                return part
            case b"document":
                raise Unreadable("word")
            case b"presentation":
                raise Unreadable("powerpoint")
            case None:
                raise Unreadable("bad-xml", part=part)
            case _:
                raise Unreadable("no-workbook", part=part)


_ARROWS: Memo[list[Relationship]] = Memo()
"""Relationships as their part has them, targets not yet resolved."""


def _counted(
    start: StartHandler, end: TextHandler | None, limits: Limits, part: str
) -> tuple[StartHandler, TextHandler]:
    """The handlers, refusing elements nested too deep: expat alone would fill the memory with them."""
    deep = 0
    deepest, most = limits.depth, limits.attributes

    def opened(tag: str, attributes: dict[str, str]) -> None:
        nonlocal deep
        deep += 1
        if deep > deepest:
            raise beyond("depth", limits, part=part)
        if len(attributes) > most:
            raise beyond("attributes", limits, part=part)
        start(tag, attributes)

    def closed(tag: str) -> None:
        nonlocal deep
        deep -= 1
        if end is not None:
            end(tag)

    return opened, closed


def file_bytes(path: Path, limits: Limits = LIMITS) -> bytes:
    """The file's bytes, never more than one beyond the limit."""
    try:
        kind = path.stat().st_mode
        if not (S_ISREG(kind) or S_ISDIR(kind)):  # a pipe is waited for until somebody writes into it
            raise Unreadable("no-file")
        with path.open("rb") as stream:
            data = stream.read(limits.file + 1)
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:  # ValueError: a NUL in the name
        raise Unreadable("missing") from error
    except IsADirectoryError as error:
        raise Unreadable("directory") from error
    except PermissionError as error:  # what Windows says of a directory, too
        raise Unreadable("directory" if path.is_dir() else "no-permission") from error
    except OSError as error:
        raise Unreadable("cannot-read", what=error.strerror) from error
    if len(data) > limits.file:
        raise beyond("file", limits)
    return data


def _of_marks(entries: Sequence[Entry], limits: Limits) -> int:
    """How many entries our own marks may have added: what could be read before must be read when it comes back."""
    own = sum("Xlr" in entry.filename for entry in entries)
    return min(2 * own, limits.entries // 10)  # each may have brought a part of relationships


def _directory(path: Path, data: bytes, limits: Limits) -> tuple[Entry, ...]:
    """The package's central directory, once nothing in it looks like a trap."""
    if data[:2] != b"PK":
        raise stranger(path.name, data)
    # zipfile makes an object of every entry before it can be asked how many there are.
    # Ten times: the entries of workbooks embedded without compression are counted, too.
    if data.count(b"PK\x01\x02") > 10 * limits.entries:
        raise beyond("entries", limits)
    try:
        entries = directory(data)
    except broken_zip() as error:
        raise Unreadable("truncated") from error
    if len(entries) > limits.entries and len(entries) - _of_marks(entries, limits) > limits.entries:
        raise beyond("entries", limits)
    if sum(entry.file_size for entry in entries) > limits.total:
        raise beyond("total", limits)
    for entry in entries:
        if entry.file_size > _LARGE and entry.file_size > limits.ratio * entry.compress_size:
            raise beyond("ratio", limits, part=entry.filename)
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            raise Unreadable("overlapping", part=entry.filename)
        end = _content_offset(data, entry) + entry.compress_size
    if end > len(data):
        raise Unreadable("truncated")
    return entries


_LARGE = 10_000_000


def _content_offset(data: bytes, entry: Entry) -> int:
    """Where an entry's packed bytes begin."""
    start = entry.header_offset
    if start < 0 or data[start : start + 4] != b"PK\x03\x04" or start + 30 > len(data):
        raise Unreadable("truncated", part=entry.filename)
    name, extra = struct.unpack_from("<HH", data, start + 26)
    return start + 30 + int(name) + int(extra)


def _inflate(data: bytes, entry: Entry, limits: Limits) -> bytes:
    """An entry's content. Its declared size is a promise it is held to, so the sum of them bounds them all."""
    if entry.file_size > limits.part:
        raise beyond("part", limits, part=entry.filename)
    start = _content_offset(data, entry)
    packed = data[start : start + entry.compress_size]
    if entry.compress_type == STORED:
        content = packed
    elif entry.compress_type == DEFLATED:
        try:
            content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, entry.file_size + 1)
        except zlib.error as error:
            raise Unreadable("truncated", part=entry.filename) from error
    else:
        raise Unreadable("compression", part=entry.filename, method=entry.compress_type)
    if len(content) != entry.file_size or zlib.crc32(content) != entry.CRC:
        raise Unreadable("truncated", part=entry.filename)
    return content


_PROLOG = rb"(?>\s++|<\?(?>.*?\?>)|<!--(?>.*?-->))*+"
_DOCTYPE = pattern(_PROLOG + rb"<!DOCTYPE", re.DOTALL)
_ROOT = pattern(_PROLOG + rb"<(?:[^\s:>/]+:)?([^\s:>/]+)", re.DOTALL)


def _fold(name: str) -> str:
    """A part's name as the package's own rules compare them."""
    name = name.replace("\\", "/").lstrip("/")
    return (unquote(name) if "%" in name else name).lower()


_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument."


def _refuse_others(data: bytes, entries: Sequence[Entry], limits: Limits) -> None:
    """Zip files that are no Office Open XML package, and those with a password of their own."""
    if any(entry.flag_bits & 1 for entry in entries):
        raise Unreadable("encrypted", kind="zip")
    kind = next((entry for entry in entries if entry.filename == "mimetype"), None)
    if kind is None:
        return
    content = _inflate(data, kind, limits)
    if content.startswith(_OPEN_DOCUMENT + b"spreadsheet"):
        raise Unreadable("ods")
    if content.startswith(_OPEN_DOCUMENT):
        raise Unreadable("not-excel", kind="open-document")
