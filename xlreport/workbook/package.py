"""A workbook's package with some parts changed, added or dropped; every other entry is copied as it lies in the file.

Knows parts, relationships and content types; nothing of sheets or cells.
"""

from __future__ import annotations

import posixpath
import zlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from urllib.parse import unquote

from xlreport.workbook.archive import Archive, entry_for
from xlreport.workbook.container import Container, Relationship
from xlreport.workbook.dress import Dress, ascii_only
from xlreport.workbook.splice import Edit, Element, appended, elements, inverse, quoted, splice

TYPES = "[Content_Types].xml"
_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
_NO_ARROWS = (
    f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="{_RELATIONSHIPS}"></Relationships>'
).encode()


class Package:
    """A container that can be changed; parts are named without leading slash and without regard to case."""

    __slots__ = ("_changed", "_container", "_dresses", "_dropped", "_new", "_plain", "_roots", "history")

    def __init__(self, container: Container) -> None:
        self._container = container
        self._plain: dict[str, bytes] = {}  # stored name -> UTF-8 as the container gave it
        self._dresses: dict[str, Dress] = {}
        self._changed: dict[str, bytes] = {}
        self._dropped: set[str] = set()
        self._new: dict[str, bytes] = {}
        self._roots: dict[str, tuple[bytes, Element]] = {}  # of parts that were appended to, and their content then
        self.history: dict[str, list[tuple[Edit, ...]]] = {}
        """For each part what undoes its splices, in the order they were made; None of it for parts that were `put`."""

    def has(self, part: str) -> bool:
        """Whether the package, as it is now, holds a part."""
        return self._stored(part) is not None or self._added(part) is not None

    def get(self, part: str) -> bytes:
        """A part's XML as it is now: UTF-8 whatever its file has; raises `Unreadable` when there is none."""
        added = self._added(part)
        if added is not None:
            return self._new[added]
        stored = self._stored(part) or part
        if stored in self._changed:
            return self._changed[stored]
        if stored not in self._plain:
            raw = self._container.read(stored)
            dress = self._dresses[stored] = Dress.of(raw)
            # The container inflates anew each time, and refuses any DOCTYPE.
            self._plain[stored] = raw if dress.usual and b"<!DOCTYPE" not in raw else self._container.xml(stored)
        return self._plain[stored]

    def put(self, part: str, data: bytes) -> None:
        """Give a part new content (UTF-8); a part that was not there stands at the end of the package."""
        stored = self._stored(part)
        if stored is None:
            self._new[self._added(part) or part] = data
        elif data == self._plain.get(stored):
            self._changed.pop(stored, None)
        else:
            self._changed[stored] = data

    def splice(self, part: str, edits: Iterable[Edit]) -> None:
        """Change places of a part and remember how to undo it."""
        edits = tuple(edits)
        if not edits:
            return
        data = self.get(part)
        stored = self._stored(part)
        if stored is not None and self._dress(stored).narrow:
            edits = tuple(edit._replace(new=ascii_only(edit.new)) for edit in edits)
        self.history.setdefault(part, []).append(inverse(data, edits))
        self.put(part, splice(data, edits))

    def drop(self, part: str) -> None:
        """Take a part out, with the relationships that leave it."""
        for name in (part, rels_name(part)):
            added, stored = self._added(name), self._stored(name)
            if added is not None:
                del self._new[added]
            elif stored is not None:
                self._dropped.add(stored)
                self._changed.pop(stored, None)

    def names(self) -> list[str]:
        """The names of all parts as they are now."""
        return [name for name in self._container.names() if name not in self._dropped] + list(self._new)

    def added(self) -> list[str]:
        """The names of the parts that the file does not have."""
        return list(self._new)

    def fresh(self, pattern: str) -> str:
        """A part name that is free; `pattern` has one %d."""
        number = 1
        while self.has(pattern % number):
            number += 1
        return pattern % number

    # -- relationships ---------------------------------------------------------------------------------------------

    def relationships(self, part: str = "") -> Mapping[str, Relationship]:
        """The arrows that leave a part as it is now, by id."""
        source = rels_name(part)
        if not self.has(source):
            return MappingProxyType({})
        if self._added(source) is None and self._stored(source) not in self._changed:
            return self._container.relationships(part)
        found: dict[str, Relationship] = {}
        for element in self._arrows(source):
            ident, target = element.attributes.get("Id"), element.attributes.get("Target")
            if ident is None or target is None:
                continue
            external = element.attributes.get("TargetMode", "").lower() == "external"
            target = target if external else self._resolve(part, target)
            found.setdefault(ident, Relationship(ident, element.attributes.get("Type", ""), target, external))
        return MappingProxyType(found)

    def related(self, part: str, kind: str) -> Relationship | None:
        """The first arrow to a part that is there whose type ends in `kind`, strict or transitional."""
        arrows = (a for a in self.relationships(part).values() if a.type.endswith("/" + kind) and not a.external)
        return next((arrow for arrow in arrows if self.has(arrow.target)), None)

    def relate(self, part: str, kind: str, target: str) -> str:
        """Add an arrow of a type (the whole URI) to a part of this package; its new id."""
        source = rels_name(part)
        if not self.has(source):
            self.put(source, _NO_ARROWS)
        taken = self.relationships(part)
        ident = next(name for number in range(1, len(taken) + 2) if (name := f"rIdXlr{number}") not in taken)
        root = self._root(source)
        arrow = f'<{root.prefix}Relationship Id="{ident}" Type={quoted(kind)} Target={quoted("/" + target)}/>'
        self._append(source, root, arrow.encode())
        return ident

    def unrelate(self, part: str, ident: str) -> None:
        """Take an arrow out; the last one takes its part along."""
        source = rels_name(part)
        arrows = self._arrows(source)
        mine = [arrow for arrow in arrows if arrow.attributes.get("Id") == ident]
        if len(arrows) == len(mine):
            self.drop(source)
        else:
            self.splice(source, [Edit(arrow.start, arrow.end, b"") for arrow in mine])

    def _arrows(self, source: str) -> list[Element]:
        return [element for element in elements(self.get(source)) if element.local == "Relationship"]

    def _root(self, part: str) -> Element:
        """The root of a part; what was only appended to is not parsed once more."""
        data = self.get(part)
        known = self._roots.get(part)
        return known[1] if known is not None and known[0] == data else elements(data, 1)[0]

    def _append(self, part: str, root: Element, new: bytes) -> None:
        before = self.get(part)
        self.splice(part, appended(before, root, new))
        data = self.get(part)
        if data[: root.close] == before[: root.close] and data[root.close :] == new + before[root.close :]:
            self._roots[part] = data, root.moved(root.close, len(new))

    def _resolve(self, part: str, target: str) -> str:
        target = target.replace("\\", "/").partition("#")[0]
        if not target:
            return part
        name = posixpath.normpath(posixpath.join("/", posixpath.dirname(part), target)).lstrip("/")
        return name if "%" not in name or name in self.names() else unquote(name)  # as the container does

    # -- content types ---------------------------------------------------------------------------------------------

    def declare(self, part: str, content_type: str) -> None:
        """Say what a new part is. By its own name: a Default for its ending would speak for other parts, too."""
        root = self._root(TYPES)
        entry = f"<{root.prefix}Override PartName={quoted('/' + part)} ContentType={quoted(content_type)}/>"
        self._append(TYPES, root, entry.encode())

    def undeclare(self, part: str) -> None:
        """Take back what was said of a part by name."""
        name = "/" + part.lower()
        entries = elements(self.get(TYPES))
        mine = [entry for entry in entries if entry.attributes.get("PartName", "").lower() == name]
        self.splice(TYPES, [Edit(entry.start, entry.end, b"") for entry in mine])

    def checksum(self, *, without: str) -> str:
        """Of the names and bytes of all parts but one, as `to_bytes` writes them."""
        known = {entry.filename: entry.CRC for entry in self._container.entries if entry.filename not in self._dropped}
        known |= {name: zlib.crc32(self._dress(name).on(data)) for name, data in self._changed.items()}
        known |= {name: zlib.crc32(data) for name, data in self._new.items()}
        known.pop(self._stored(without) or without, None)
        return f"{zlib.crc32(repr(sorted(known.items())).encode()):08x}"

    # -- the file --------------------------------------------------------------------------------------------------

    def to_bytes(self) -> bytes:
        """The whole file: untouched entries raw and in their order, changed ones in their place, new ones last."""
        archive = Archive(self._container.data)
        last = {entry.filename: entry for entry in self._container.entries}
        for entry in self._container.entries:
            if entry.filename in self._dropped:
                continue
            changed = self._changed.get(entry.filename) if last[entry.filename] is entry else None
            if changed is None:
                archive.copy(entry)
            else:
                archive.add(entry, self._dress(entry.filename).on(changed))
        for name, data in self._new.items():
            archive.add(entry_for(name), data)
        return archive.finish()

    def _dress(self, stored: str) -> Dress:
        return self._dresses.get(stored) or Dress.of(self._container.read(stored))

    def _stored(self, part: str) -> str | None:
        stored = self._container.stored_name(part)
        return None if stored in self._dropped else stored

    def _added(self, part: str) -> str | None:
        if part in self._new:
            return part
        wanted = part.lower()
        return next((name for name in self._new if name.lower() == wanted), None)


def rels_name(part: str) -> str:
    """The part that holds the relationships of a part, of the package for the empty name."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")
