"""Notes on cells: the comments of a sheet and the boxes that show them. What others wrote there stays.

A note of ours begins and ends with a line of its own, because LibreOffice (7.4) empties the author when it saves:
what stands between the two lines is ours, what stands before or behind them is the reader's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from xlreport.pattern import pattern
from xlreport.record import record
from xlreport.workbook.address import Range, cell_name, parse_range
from xlreport.workbook.boxes import Box, draw_boxes, erase_boxes, widen_boxes
from xlreport.workbook.geometry import Geometry
from xlreport.workbook.highlight import SHADES
from xlreport.workbook.marks import Tone
from xlreport.workbook.package import Package
from xlreport.workbook.schema import COMMENTS_TYPE, Namespaces
from xlreport.workbook.splice import Edit, Element, appended, child, elements, escaped, plain
from xlreport.workbook.styles import prefixed
from xlreport.workbook.unreadable import Unreadable

AUTHOR = "xlreport"
BEGIN = "—— xlreport ——"
END = "————————"
_LINE = r"(?:\r|&#13;|&#xD;)?(?:\n|&#10;|&#xA;)"
_BREAK = rf"(?:_x000D_)?{_LINE}"
# Before our first line only the line break is ours: an escape there ends the text of somebody else.
_OURS = pattern(rf"(?:{_LINE})?{BEGIN}{_BREAK}.*?(?:{_BREAK}{END}(?={_BREAK}|\Z)|\Z)", re.DOTALL)


@record
class Note:
    """The text for one cell."""

    area: Range  # the cell, or the merged area that begins with it
    tone: Tone
    lines: tuple[str, ...]

    @property
    def reference(self) -> str:
        """The cell, as comments name it."""
        return cell_name(self.area.first_row, self.area.first_col)


def add_notes(package: Package, part: str, notes: Sequence[Note], geometry: Geometry, names: Namespaces) -> None:
    """Write notes on a sheet. A cell with a threaded comment gets none: Excel shows only the thread there."""
    arrow = package.related(part, "comments")
    comments = arrow.target if arrow is not None else _new_comments(package, part, names)
    found = elements(package.get(comments), 6)
    threaded = _threaded(package, part, found, package.get(comments))
    notes = [note for note in notes if note.reference not in threaded]
    there = {comment.attributes.get("ref", ""): comment for comment in found if comment.local == "comment"}
    new = [note for note in notes if note.reference not in there]
    grown = [
        _grown(note, package.get(comments), found, there[note.reference]) for note in notes if note.reference in there
    ]
    _write_comments(package, comments, found, notes, there)
    widen_boxes(package, part, grown, geometry)
    if new:
        boxes = [Box(note.area, note.tone, (BEGIN, *_lines(note), END)) for note in new]
        draw_boxes(package, part, boxes, geometry, names)


def _grown(note: Note, data: bytes, found: Sequence[Element], comment: Element) -> Box:
    """The box that shows a note together with what somebody else wrote on its cell."""
    texts = [_content(data, element) for element in found if element.local == "t" and comment.holds(element)]
    return Box(note.area, note.tone, (*"".join(texts).split("\n"), BEGIN, *_lines(note), END))


def _new_comments(package: Package, part: str, names: Namespaces) -> str:
    comments = package.fresh("xl/commentsXlr%d.xml")
    text = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<comments xmlns="{names.main}"><authors></authors><commentList></commentList></comments>'
    )
    package.put(comments, text.encode())
    package.declare(comments, COMMENTS_TYPE)
    package.relate(part, f"{names.relationships}/comments", comments)
    return comments


def _threaded(package: Package, part: str, found: Sequence[Element], data: bytes) -> set[str]:
    """The cells that carry a threaded comment; the comment there is a stand-in for programs that know no threads."""
    cells: set[str] = set()
    for arrow in package.relationships(part).values():
        if arrow.type.endswith("/threadedComment") and package.has(arrow.target):
            cells |= {thread.attributes.get("ref", "") for thread in elements(package.get(arrow.target))}
    authors = [_content(data, author) for author in found if author.local == "author"]
    for comment in found:
        number = comment.attributes.get("authorId", "") if comment.local == "comment" else ""
        author = authors[int(number)] if number.isdecimal() and int(number) < len(authors) else ""
        if author.startswith("tc="):
            cells.add(comment.attributes.get("ref", ""))
    return cells


def _content(data: bytes, element: Element) -> str:
    """The bare text of an element that holds nothing else; markup is left as written."""
    return data[element.tag_end : element.close].decode()


def _write_comments(
    package: Package, part: str, found: Sequence[Element], notes: Sequence[Note], there: Mapping[str, Element]
) -> None:
    data = package.get(part)
    prefix = found[0].prefix
    authors, listing = child(found, "authors"), child(found, "commentList")
    if authors is None or listing is None:  # the schema asks for both; nothing may be added to what breaks it
        raise Unreadable("bad-xml", part=part)
    new = [note for note in notes if note.reference not in there]
    author = sum(1 for element in found if element.local == "author")
    edits: list[Edit] = []
    if new:
        edits += appended(data, authors, prefixed(f"<author>{AUTHOR}</author>", prefix).encode())
        comments = "".join(
            f'<comment ref="{note.reference}" authorId="{author}"><text>{_runs(note)}</text></comment>' for note in new
        )
        edits += appended(data, listing, prefixed(comments, prefix).encode())
    for note in notes:
        if note.reference in there:
            edits += _extended(data, found, there[note.reference], note)
    package.splice(part, edits)


def _extended(data: bytes, found: Sequence[Element], comment: Element, note: Note) -> list[Edit]:
    """Put a note behind the text of a comment that is there already."""
    inside = [element for element in found if comment.holds(element)]
    text = next((element for element in inside if element.local == "text"), None)
    if text is None:
        return []
    prefix = text.prefix
    runs = prefixed(_runs(note, "\n"), prefix).encode()
    children = [element for element in inside if element.depth == text.depth + 1 and text.holds(element)]
    if not children:
        return appended(data, text, prefixed(_runs(note), prefix).encode())
    # Bare text beside runs is allowed by the schema, but programs show only one of the two.
    edits: list[Edit] = []
    for bare in (element for element in children if element.local == "t"):
        edits.append(Edit(bare.start, bare.start, f"<{prefix}r>".encode()))
        edits.append(Edit(bare.end, bare.end, f"</{prefix}r>".encode()))
    phonetic = next((element.start for element in children if element.local in {"rPh", "phoneticPr"}), text.close)
    return [*edits, Edit(phonetic, phonetic, runs)]


def _runs(note: Note, before: str = "") -> str:
    """The note as runs: the lines that frame it small and grey, its text in the ink of its tone."""
    font = '<rFont val="Microsoft YaHei"/><family val="2"/>'
    frame = f'<rPr>{font}<color rgb="FF808080"/><sz val="8"/></rPr>'
    ink = f'<rPr>{font}<color rgb="FF{SHADES[note.tone].ink}"/><sz val="9"/></rPr>'
    text = escaped("\n".join(_lines(note)))
    pieces = ((frame, f"{before}{BEGIN}\n"), (ink, text), (frame, f"\n{END}"))
    return "".join(f'<r>{look}<t xml:space="preserve">{text}</t></r>' for look, text in pieces)


def _lines(note: Note) -> list[str]:
    """The note's lines; none of them can be taken for one of the two that frame it."""
    lines = [line for text in note.lines for line in plain(text).split("\n")]
    return [f"{line} " if line in {BEGIN, END} else line for line in lines]


# -- taking them away ------------------------------------------------------------------------------------------------


def has_notes(package: Package, part: str) -> bool:
    """Whether a sheet has notes of ours."""
    arrow = package.related(part, "comments")
    return arrow is not None and BEGIN.encode() in package.get(arrow.target)


def remove_notes(package: Package, part: str) -> None:
    """Take our notes out of a sheet, whoever saved it last; text that a reader added to one stays as a comment."""
    arrow = package.related(part, "comments")
    if arrow is None or not has_notes(package, part):
        return
    data = package.get(arrow.target)
    found = elements(data, 6)
    comments = [element for element in found if element.local == "comment"]
    edits: list[Edit] = []
    gone: list[str] = []
    for comment in comments:
        texts = [element for element in found if element.local == "t" and comment.holds(element)]
        pieces = [_content(data, text) for text in texts]
        kept = _without_ours(pieces)
        if kept == pieces:
            continue
        if not "".join(kept).strip():
            gone.append(comment.attributes.get("ref", ""))
            edits.append(Edit(comment.start, comment.end, b""))
        else:
            edits += _kept(found, texts, pieces, kept)
    package.splice(arrow.target, edits)
    places = (parse_range(reference) for reference in gone)  # one that is no cell has no box
    erase_boxes(package, part, {(place[1].first_row, place[1].first_col) for place in places if place})
    if len(gone) == len(comments):
        package.drop(arrow.target)
        package.undeclare(arrow.target)
        package.unrelate(part, arrow.id)


def _without_ours(pieces: Sequence[str]) -> list[str]:
    """The pieces of a comment's text, less what is ours; a program may have cut them elsewhere than we did."""
    whole = "".join(pieces)
    ours = [match.span() for match in _OURS.finditer(whole)]
    kept: list[str] = []
    position = 0
    for piece in pieces:
        stay = [mark for at, mark in enumerate(piece, position) if not any(start <= at < end for start, end in ours)]
        kept.append("".join(stay))
        position += len(piece)
    return kept


def _kept(found: Sequence[Element], texts: Sequence[Element], pieces: Sequence[str], kept: Sequence[str]) -> list[Edit]:
    """Shorten the texts of a comment; a run with nothing left goes."""
    edits: list[Edit] = []
    for text, before, after in zip(texts, pieces, kept, strict=True):
        run = next((element for element in found if element.local == "r" and element.holds(text)), None)
        if after == before:
            continue
        if not after and run is not None:
            edits.append(Edit(run.start, run.end, b""))
        else:
            edits.append(Edit(text.tag_end, text.close, after.encode()))
    return edits
