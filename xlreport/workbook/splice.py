"""Where the elements of an XML part begin and end, in bytes, and how to put other bytes in their place.

Nothing is ever re-serialised: what is not spliced stays as its author wrote it. Knows nothing of workbooks, except
that the content of <sheetData> can be long and is not needed for what surrounds it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from xml.parsers import expat

from xlreport.pattern import pattern
from xlreport.record import NamedTuple
from xlreport.workbook.limits import LIMITS, beyond, calm
from xlreport.workbook.memo import Memo
from xlreport.workbook.unreadable import Unreadable


class Element:
    """One element as it stands in its part; offsets are bytes, the root has depth 0.

    `close` is where the end tag begins, of a self-closing element its end; `tag_end` is one past the start tag.
    Once read it is never changed: who asks for the same bytes gets the same elements.
    """

    __slots__ = ("attributes", "close", "depth", "end", "name", "start", "tag_end")

    def __init__(self, name: str, depth: int, attributes: Mapping[str, str], start: int, tag_end: int) -> None:
        self.name = name  # with its prefix, as written
        self.depth = depth
        self.attributes = attributes
        self.start = start
        self.tag_end = tag_end
        self.close = -1
        self.end = -1

    def moved(self, border: int, gap: int) -> Element:
        """The same element where everything from `border` on stands `gap` bytes further on."""
        tag_end = self.tag_end + gap * (self.tag_end > border)
        one = Element(self.name, self.depth, self.attributes, self.start + gap * (self.start >= border), tag_end)
        one.close = self.close + gap * (self.close >= border)
        one.end = self.end + gap * (self.end > border)
        return one

    @property
    def local(self) -> str:
        """The name without prefix."""
        return self.name.rpartition(":")[2]

    @property
    def prefix(self) -> str:
        """The prefix with its colon, or nothing."""
        return self.name[: -len(self.local)]

    @property
    def empty(self) -> bool:
        """Whether the element is self-closing."""
        return self.end == self.tag_end

    def holds(self, other: Element) -> bool:
        """Whether another element of the same part stands inside this one."""
        return self.tag_end <= other.start < self.end

    def attribute(self, local: str, default: str | None = None) -> str | None:
        """An attribute by its local name: the prefix of r:id is its author's choice."""
        for name, value in self.attributes.items():
            if name.rpartition(":")[2] == local and not name.startswith("xmlns"):
                return value
        return default


class Edit(NamedTuple):
    """Bytes start to end give way to `new`; an insertion where start is end."""

    start: int
    end: int
    new: bytes


def splice(data: bytes, edits: Iterable[Edit]) -> bytes:
    """Apply edits, all counted in the bytes as given; insertions at one place keep their order."""
    pieces: list[bytes] = []
    position = 0
    for start, end, new in _ordered(edits):
        if not position <= start <= end <= len(data):
            raise ValueError(f"edit {start}:{end} overlaps another or lies outside {len(data)} bytes")
        pieces += (data[position:start], new)
        position = end
    pieces.append(data[position:])
    return b"".join(pieces)


def inverse(data: bytes, edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """The edits that undo `edits` on the spliced bytes."""
    undo: list[Edit] = []
    shift = 0
    for start, end, new in _ordered(edits):
        undo.append(Edit(start + shift, start + shift + len(new), data[start:end]))
        shift += len(new) - (end - start)
    return tuple(undo)


def _ordered(edits: Iterable[Edit]) -> list[Edit]:
    return sorted(edits, key=lambda edit: (edit.start, edit.end))


_TAG = pattern(rb"""<[^>"']*(?:"[^"]*"[^>"']*|'[^']*'[^>"']*)*>""")
_SHEET_DATA = pattern(rb"""<((?:[\w.-]+:)?sheetData)(?:\s[^>]*)?(?<!/)>""")


def elements(data: bytes, levels: int = 2, also: Collection[str] = (), *, cells: bool = False) -> list[Element]:
    """Elements in document order down to `levels` (1: only the root), and those named in `also` at any depth.

    What stands inside <sheetData> is passed over, unless `cells` asks for it. Raises `Unreadable` for broken XML.
    """
    if cells:
        return _parsed(data, levels, also, LIMITS.tags)
    cut = _sheet_data(data)
    if cut is None:
        return _elements(data, levels, also)
    start, end = cut
    found = _elements(data[:start] + data[end:], levels, also)
    return [element.moved(start, end - start) for element in found]


def _sheet_data(data: bytes) -> tuple[int, int] | None:
    """Start and end of the content of <sheetData>; None when that cannot be told without parsing."""
    opening = _SHEET_DATA.search(data)
    if opening is None:
        return None
    closing = b"</" + opening[1]
    end = data.find(closing, opening.end())
    # A comment or CDATA section could hold a false border.
    if end < 0 or data.find(closing, end + 1) >= 0 or b"<!" in data[: opening.end()]:
        return None
    return opening.end(), end


_FOUND: Memo[tuple[int, frozenset[str], list[Element]]] = Memo()
"""Elements by the bytes they stand in, and what was asked for: a part is looked at for one purpose after the other."""


def _elements(data: bytes, levels: int, also: Collection[str]) -> list[Element]:
    known = _FOUND.get(data)
    if known is not None and levels <= known[0] and known[1].issuperset(also):
        return [e for e in known[2] if e.depth < levels or (also and e.local in also)]
    found = _parsed(data, levels, also, LIMITS.frame)
    return list(_FOUND.keep(data, (levels, frozenset(also), found))[2])


def _parsed(data: bytes, levels: int, also: Collection[str], most: int) -> list[Element]:
    if data.count(b"<") > most:
        raise Unreadable("too-big", what="frame", limit=most)
    calm(data, "")
    parser = expat.ParserCreate("utf-8")
    found: list[Element] = []
    stack: list[Element | None] = []
    deepest = LIMITS.depth

    def start(name: str, attributes: dict[str, str]) -> None:
        depth = len(stack)
        if depth >= levels and (not also or name.rpartition(":")[2] not in also):
            if depth > deepest:
                raise beyond("depth")
            stack.append(None)
            return
        position = parser.CurrentByteIndex
        tag = _TAG.match(data, position)
        if tag is None:  # expat has just read a tag here
            raise AssertionError(position)
        element = Element(name, depth, attributes, position, tag.end())
        if len(found) >= LIMITS.frame:
            raise beyond("frame")
        found.append(element)
        stack.append(element)

    def end(_: str) -> None:
        element = stack.pop()
        if element is None:
            return
        if data[element.tag_end - 2] == 0x2F:  # "/>": expat reports no place of its own for this end
            element.close = element.end = element.tag_end
        else:
            element.close = parser.CurrentByteIndex
            element.end = data.index(b">", element.close) + 1

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise Unreadable("bad-xml", part="", line=error.lineno, what=expat.ErrorString(error.code)) from error
    return found


def child(found: Sequence[Element], local: str) -> Element | None:
    """The first child of the root with this name."""
    return next((element for element in found if element.depth == 1 and element.local == local), None)


def place(found: Sequence[Element], local: str, order: Sequence[str], *, first: bool = False) -> int:
    """Where a new child of the root belongs in the schema's order: behind its namesakes, or `first` of them."""
    rank = {name: index for index, name in enumerate(order)}
    border = rank[local] if first else rank[local] + 1
    # Children the schema does not know stay behind: extensions stand anywhere, most often at the end.
    before = [element.end for element in found if element.depth == 1 and rank.get(element.local, border) < border]
    return before[-1] if before else found[0].tag_end


def appended(data: bytes, parent: Element, new: bytes, **attributes: str) -> list[Edit]:
    """Put bytes behind the last child of an element, and set attributes of it; a self-closing one is opened."""
    old = data[parent.start : parent.tag_end]
    tag = old
    for name, value in attributes.items():
        tag = with_attribute(tag, name, value)
    if parent.empty:
        opened = tag[:-2] + b">" + new + b"</" + parent.name.encode() + b">"
        return [Edit(parent.start, parent.tag_end, opened)]
    edits = [Edit(parent.close, parent.close, new)]
    return [Edit(parent.start, parent.tag_end, tag), *edits] if tag != old else edits


def with_attribute(tag: bytes, name: str, value: str) -> bytes:
    """A start tag with one attribute set; every other byte of it stays, the quotes, too."""
    found = re.search(rb"""\s%s\s*=\s*(["'])(.*?)\1""" % name.encode(), tag, re.DOTALL)
    if found:
        return tag[: found.start(2)] + escaped(value, quotes=True).encode() + tag[found.end(2) :]
    end = re.search(rb"\s*/?>\Z", tag)
    if end is None:
        raise ValueError(f"not a tag: {tag!r}")
    return tag[: end.start()] + f" {name}={quoted(value)}".encode() + tag[end.start() :]


def without_attributes(tag: bytes, *names: str) -> bytes:
    """A start tag less some attributes."""
    for name in names:
        tag = re.sub(rb"""\s+%s\s*=\s*(?:"[^"]*"|'[^']*')""" % name.encode(), b"", tag)
    return tag


# What XML 1.0 forbids; what turns the reading direction or has no width: a name must look like what it is.
_FORBIDDEN = pattern(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff"
    "\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_EXCEL_ESCAPE = pattern("_(?=x[0-9A-Fa-f]{4}_)")


def plain(text: str) -> str:
    r"""Text without control, direction and zero-width characters, lines ended by \n alone."""
    if text.replace("\n", "").replace("\N{IDEOGRAPHIC SPACE}", "").isprintable():
        return text
    return _FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def escaped(text: str, *, quotes: bool = False) -> str:
    """Text as XML, `plain`; what Excel would take for an escaped character (_x000D_) stays the text it is."""
    text = plain(text)
    if "_x" in text:
        text = _EXCEL_ESCAPE.sub("_x005F_", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if quotes:
        text = text.replace('"', "&quot;").replace("'", "&apos;").replace("\n", "&#10;").replace("\t", "&#9;")
    return text


def quoted(text: str) -> str:
    """Text as an attribute's value, with its quotes."""
    return f'"{escaped(text, quotes=True)}"'
