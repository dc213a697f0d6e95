"""One table on several sheets of a workbook: which of them is meant, and what is told of the others.

A department copies last year's sheet beside this year's, or fills in a copy and leaves the issued one blank. Where two
filled ones differ nobody can say which counts, so neither is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum

from xlreport.form.layout import Cell, Layout
from xlreport.form.table import Item, Table
from xlreport.record import record
from xlreport.workbook.address import cell_name
from xlreport.workbook.locate import locate
from xlreport.workbook.sheet import CellKind, RawCell, Visibility
from xlreport.workbook.texts import Change, Located, Texts, labels_of

ALIKE = 0.6  # of a table's headings stand on a sheet that may hold a copy of it


class Twin(Enum):
    """What another sheet with the same table is to the one that is read."""

    BLANK = "copy-blank"  # nothing is filled in there
    SAME = "copy-same"  # filled in alike
    HIDDEN = "copy-hidden"  # hidden, with other figures
    LEFT = "copy-read"  # the issued sheet, left blank: the other is read
    RIVAL = "copies"  # other figures: neither is read


@record
class Copy:
    """Another sheet with a table."""

    twin: Twin
    table: str
    read: str  # the sheet that is read, or would be
    other: str


def choose(
    layout: Layout, table: Table, texts: Mapping[str, Texts], found: Located, raw: Callable[[Cell], RawCell | None]
) -> tuple[Located | None, Sequence[Copy]]:
    """The one to be read of a table's copies, None if that cannot be told; and what is to be said of the others."""
    others: list[Located] = []
    unclear: list[str] = []  # sheets with its headings, but not where they belong
    for name in _alike(table, texts, found):
        other = locate(layout, table, {name: texts[name]}, None)
        if other is not None:
            others.append(other)
        elif any(cell.kind is CellKind.NUMBER for cell in texts[name].sheet.cells.values()):
            unclear.append(name)
    shown = [name for name in unclear if texts[name].sheet.visible is Visibility.VISIBLE]
    partly = bool(shown) and not others and len(found.cells) < len(table.items)
    if unclear and (partly or not any(_content(one, raw) for one in (found, *others))):
        # The figures are on a sheet that cannot be read: a blank copy of it is no answer, nor is half a one.
        return None, [Copy(Twin.RIVAL, table.id, found.sheet, name) for name in unclear]
    if not others:
        return found, ()
    everyone = [found, *others]
    content = {one.sheet: _content(one, raw) for one in everyone}
    filled = [one for one in everyone if content[one.sheet]]
    seen = [one for one in filled if texts[one.sheet].sheet.visible is Visibility.VISIBLE]
    best = next(iter(seen or filled), found)
    told: list[Copy] = []
    for one in everyone:
        if one is best:
            continue
        if not content[one.sheet]:
            twin = Twin.LEFT if one is found else Twin.BLANK
        elif content[one.sheet] == content[best.sheet]:
            twin = Twin.SAME
        else:
            twin = Twin.RIVAL if one in seen or not seen else Twin.HIDDEN
        told.append(Copy(twin, table.id, best.sheet, one.sheet))
    return (None if any(copy.twin is Twin.RIVAL for copy in told) else best), told


_AROUND = 4  # texts of ours on a sheet that belong to no table: title, 表号, what stands over the remarks


def pasted_again(layout: Layout, table: Table, texts: Texts, found: Located) -> Change | None:
    """The same table once more on the sheet of the one that is read, below it or beside it, with figures of its own."""
    sheet = layout.sheet_of(table.id)
    issued = len(sheet.placed) - sum(len(layout.form.tables[name].items) for name in sheet.plan.tables)
    own_texts = len(layout.placed_of(table.id)) - len(table.items)
    if len(texts.at) < issued + _AROUND + ALIKE * own_texts or not found.cells:
        return None
    again = texts.repeated
    words: set[str] = set()
    axes = (table.columns,) if table.unlabelled else (table.rows, table.columns)
    for axis in axes:
        own = Counter(word for heading in axis.headings for word in labels_of(heading))
        twice = {word for word in again.keys() & own.keys() if again[word] >= 2 * own[word]}
        if sum(1 for heading in axis.headings if not twice.isdisjoint(labels_of(heading))) < ALIKE * len(axis.headings):
            return None
        words |= twice
    bottom, right = (max(of) for of in zip(*(cell[1:] for cell in found.cells.values()), strict=True))
    beyond = [at for at, text in texts.at.items() if text in words and (at[0] > bottom or at[1] > right)]
    if not beyond:
        return None
    first = min(beyond)
    figures = (at for at, cell in texts.sheet.cells.items() if cell.kind is CellKind.NUMBER and cell.formula is None)
    taken = {cell[1:] for cell in found.cells.values()}
    if not any(at not in taken and at[0] >= first[0] and at[1] >= first[1] for at in figures):
        return None
    read = min(found.cells.values())
    return Change("pasted-again", table.caption or table.title, Cell(found.sheet, *first), now=cell_name(*read[1:]))


def _alike(table: Table, texts: Mapping[str, Texts], found: Located) -> Iterator[str]:
    """The other sheets on which most of a table's headings stand."""
    axes = (table.columns,) if table.unlabelled else (table.rows, table.columns)
    words: list[tuple[str, ...]] = []
    for name, one in texts.items():
        if name == found.sheet or len(one.at) < len(found.labels) // 2:
            continue
        words = words or [labels_of(heading) for axis in axes for heading in axis.headings]
        if sum(1 for each in words if not one.words.isdisjoint(each)) >= ALIKE * len(words):
            yield name


def _content(found: Located, raw: Callable[[Cell], RawCell | None]) -> dict[Item, tuple[CellKind, str]]:
    """What is filled in; a formula counts by its result, and only beside something typed."""
    cells = {item: cell for item, place in found.cells.items() if (cell := raw(place)) is not None}
    typed = {item for item, cell in cells.items() if cell.formula is None and cell.text.strip()}
    return {item: (cell.kind, cell.text.strip()) for item, cell in cells.items() if cell.text.strip()} if typed else {}
