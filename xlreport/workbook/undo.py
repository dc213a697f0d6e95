"""The way back: what annotating changed, kept in the annotated workbook itself, so that it can be undone byte by byte.

It is a comment behind the styles part, the one part that every annotation changes. A program that saves the workbook
anew drops it, and rightly so: then the bytes it speaks of are gone, too.
"""

from __future__ import annotations

import binascii
import json
import re
import zlib
from collections.abc import Mapping
from xml.parsers import expat

from xlreport import __version__
from xlreport.pattern import pattern
from xlreport.workbook.package import Package
from xlreport.workbook.splice import Edit, splice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_COMMENT = pattern(rb"<!--xlreport undo ([A-Za-z0-9+/=]+)-->\Z")
_OURS = pattern(r"Xlr\d+\.(xml|vml)$|_rels/[^/]+\.rels$")  # nothing else is ever added
_CELLS = pattern(rb"<(?:[\w.-]+:)?sheetData.*sheetData\s*>", re.DOTALL)
_NOT_AS_WRITTEN = (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError, zlib.error)
_LARGEST = 16_000_000  # bytes inflated; the record of a large workbook has some 10,000
_COPIED = 4_000_000_000  # bytes that all its steps together go through: a second; a form has some 1,000,000


def remember(package: Package, styles: str) -> None:
    """Write down how to undo everything done to a package since it was made or its history emptied."""
    added = package.added()
    changed = {
        part: [_checksum(package.get(part)), [[_plain(edit) for edit in step] for step in steps]]
        for part, steps in package.history.items()
        if part not in added
    }
    facts = {"new": added, "changed": changed, "all": package.checksum(without=styles), "by": __version__}
    record = json.dumps(facts, separators=(",", ":"), sort_keys=True)
    packed = binascii.b2a_base64(zlib.compress(record.encode(), 9), newline=False)
    package.put(styles, package.get(styles) + b"<!--xlreport undo " + packed + b"-->")


def undo(package: Package, styles: str) -> bool:
    """Take an annotation back exactly; False, and nothing done, when any part of it was changed since."""
    data = package.get(styles)
    found = _found(data)
    if found is None:
        return False
    bare = {styles: data[: found.start()]}
    try:
        record = _record(found[1])
        new = [part for part in record["new"] if package.has(part) and (part == styles or _OURS.search(part))]
        room = [_COPIED]
        restored = {
            part: _restored(bare.get(part) or package.get(part), facts, room)
            for part, facts in record["changed"].items()
            if package.has(part)
        }
        whole = len(restored) == len(record["changed"]) and len(new) == len(record["new"])
    except _NOT_AS_WRITTEN:
        return False
    if not whole or (styles not in restored and styles not in new):
        return False
    for part, content in restored.items():
        package.put(part, content)
    for part in new:
        package.drop(part)
    return True


def as_written(package: Package, styles: str) -> bool:
    """Whether nobody has saved or changed an annotated workbook since this version of ours wrote it."""
    data = package.get(styles)
    found = _found(data)
    if found is None:
        return False
    try:
        record = _record(found[1])
        own = record["changed"].get(styles)
        whole = own is None or own[0] == _checksum(data[: found.start()])
        return whole and (record["all"], record["by"]) == (package.checksum(without=styles), __version__)
    except _NOT_AS_WRITTEN:
        return False


def has_record(data: bytes) -> bool:
    """Whether a styles part carries the way back."""
    return _found(data) is not None


def forget(package: Package, styles: str) -> None:
    """Take the way back out, when it leads nowhere any more."""
    found = _found(package.get(styles))
    if found is not None:
        package.put(styles, package.get(styles)[: found.start()])


def _found(data: bytes) -> re.Match[bytes] | None:
    at = data.rfind(b"<!--xlreport undo")
    return None if at < 0 else _COMMENT.search(data, at)


def _plain(edit: Edit) -> list[int | str]:
    return [edit.start, edit.end, edit.new.decode()]


def _record(packed: bytes) -> Mapping[str, Any]:
    import base64

    inflate = zlib.decompressobj()
    text = inflate.decompress(base64.b64decode(packed, validate=True), _LARGEST)
    record = json.loads(text)
    if not isinstance(record, dict):
        raise TypeError(record)
    return record


def _restored(data: bytes, facts: list[object], room: list[int]) -> bytes:
    checksum, steps = facts
    if checksum != _checksum(data) or not isinstance(steps, list):
        raise ValueError(checksum)
    old = data
    for step in reversed(steps):
        room[0] -= len(data)
        if room[0] < 0:
            raise ValueError(room)
        data = splice(data, [Edit(int(start), int(end), str(new).encode()) for start, end, new in step])
    # A record is only bytes in a stranger's file. Whoever forged it, what was filled in stays what was checked, and
    # XML stays XML; boxes of comments often are none, in HTML's ways.
    if _cells(old) != _cells(data):
        raise ValueError("cells")
    if not _whole(data) and _whole(old):
        raise ValueError("xml")
    return data


def _whole(data: bytes) -> bool:
    def doctype(*_: object) -> None:
        raise ValueError("doctype")

    parser = expat.ParserCreate("utf-8")
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError):
        return False
    return True


def _cells(data: bytes) -> bytes | None:
    found = _CELLS.search(data)
    return found[0] if found else None


def _checksum(data: bytes) -> str:
    return f"{zlib.crc32(data):08x}-{len(data)}"
