"""A table in two or more parts: continued on another sheet, or below or beside itself, each part under its headings.

The parts are put together only where no item stands in two of them: else it is a copy, and which one counts is
another question. A part without headings of its own is left alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations_with_replacement, groupby

from xlreport.form.layout import Layout
from xlreport.form.table import Heading, Item, Table
from xlreport.record import replace
from xlreport.workbook.align import align
from xlreport.workbook.sheet import CellKind, Visibility
from xlreport.workbook.texts import REACH_COLUMNS, REACH_ROWS, Change, Located, Texts, labels_of

_MOST = 6  # blocks of a sheet that are looked into
_LOST = frozenset({"missing", "inserted"})  # what the other parts may answer for


def split(layout: Layout, table: Table, texts: Mapping[str, Texts], found: Located) -> tuple[Located, ...]:
    """The parts of a table of which not everything was found, that on its own sheet first; just itself if whole."""
    if len(found.cells) == len(table.items):
        return (found,)
    blocks = sorted(_blocks(layout, table, texts[found.sheet]), key=lambda part: -len(part.cells))
    candidates = [found, *blocks]
    elsewhere = [
        part
        for name, sheet in texts.items()
        if name != found.sheet
        and sheet.sheet.visible is Visibility.VISIBLE
        and _heads(table, sheet)
        and (part := _part(layout, table, sheet)) is not None
    ]
    best: tuple[Located, ...] = (found,)
    for first in candidates:
        parts = [first]
        retyped = {change.label for change in first.changes if change.kind == "missing" and change.now}
        for other in (*blocks, *elsewhere):
            if any(not _apart(other, part) for part in parts) or not _continues(parts, other, texts):
                continue
            if retyped.isdisjoint(_headings(table, other)):  # else its line is there, under another heading
                parts.append(other)
        if sum(len(part.cells) for part in parts) > sum(len(part.cells) for part in best):
            best = tuple(parts)
    issued = layout.sheet_of(table.id).name
    return tuple(sorted(best, key=lambda part: part.sheet != issued))


def together(table: Table, parts: Sequence[Located]) -> Located:
    """The parts as one table; what one of them lacks and another has is told of neither."""
    first, *others = parts
    cells = {item: cell for part in parts for item, cell in part.cells.items()}
    whole = _whole(table, cells.keys())
    changes = [change for change in first.changes if not (change.kind in _LOST and change.label in whole)]
    for part in others:
        where = min(part.cells.values())
        changes.append(Change("split", table.caption or table.title, where))
        changes += [c for c in part.changes if c.kind == "variant" or (c.kind == "missing" and c.label not in whole)]
    labels = {at: text for part in parts if part.sheet == first.sheet for at, text in part.labels.items()}
    known = {at for part in parts if part.sheet == first.sheet for at in part.labels}
    return replace(
        first,
        cells=cells,
        changes=tuple(c for c in changes if c.kind != "inserted" or c.place is None or c.place[1:] not in known),
        labels=labels,
    )


def _whole(table: Table, found: Collection[Item]) -> set[str]:
    """The headings, by their paths, of which every item was found."""
    lost = [item for item in table.items if item not in found]
    rows, columns = {item.row for item in lost}, {item.column for item in lost}
    return {"/".join(leaf.path) for leaf in table.rows.leaves if leaf.id not in rows} | {
        "/".join(leaf.path) for leaf in table.columns.leaves if leaf.id not in columns
    }


def _heads(table: Table, texts: Texts) -> bool:
    """Whether headings of the table stand on a sheet, on both sides where it has two."""
    axes = (table.columns,) if table.unlabelled else (table.rows, table.columns)
    return all(any(not texts.words.isdisjoint(labels_of(leaf)) for leaf in axis.leaves) for axis in axes)


def _part(layout: Layout, table: Table, texts: Texts) -> Located | None:
    """What of a table stands in a part of a workbook, if all of it is certain."""
    found = align(layout, table, layout.placed_of(table.id), texts)
    if found is None or not found.cells or any(change.kind == "two-rows" for change in found.changes):
        return None
    rows, columns = {item.row for item in found.cells}, {item.column for item in found.cells}
    return found if len(found.cells) == len(rows) * len(columns) else None


def _apart(one: Located, other: Located) -> bool:
    """Whether two parts have no item and no cell in common."""
    return one.cells.keys().isdisjoint(other.cells) and set(one.cells.values()).isdisjoint(other.cells.values())


def _continues(parts: Sequence[Located], other: Located, texts: Mapping[str, Texts]) -> bool:
    """Whether a part has the same rows as the others, or the same columns, and is filled in."""
    rows, columns = _sides(parts[0].cells)
    own_rows, own_columns = _sides(other.cells)
    cells = texts[other.sheet].sheet.cells
    typed = (cells.get(cell[1:]) for cell in other.cells.values())
    filled = any(cell is not None and cell.kind is not CellKind.BLANK and cell.text.strip() for cell in typed)
    return filled and (own_columns == columns or own_rows == rows)


def _headings(table: Table, part: Located) -> set[str]:
    """The headings of a part by their paths."""
    rows, columns = _sides(part.cells)
    found = [leaf for leaf in table.rows.leaves if leaf.id in rows]
    found += [leaf for leaf in table.columns.leaves if leaf.id in columns]
    return {"/".join(leaf.path) for leaf in found}


def _sides(cells: Mapping[Item, object]) -> tuple[set[str], set[str]]:
    return {item.row for item in cells}, {item.column for item in cells}


def _blocks(layout: Layout, table: Table, texts: Texts) -> Iterator[Located]:
    """What of the table stands in each block of a sheet with blank lines around it, if its headings are repeated."""
    headings: Sequence[Heading] = [*table.columns.headings, *(() if table.unlabelled else table.rows.headings)]
    if not any(not texts.repeated.keys().isdisjoint(labels_of(heading)) for heading in headings):
        return
    filled = {at for at in texts.sheet.cells if at[0] < REACH_ROWS and at[1] < REACH_COLUMNS and texts.filled(*at)}
    for axis in (0, 1):
        used = sorted({at[axis] for at in filled})
        runs = [[line for _, line in run] for _, run in groupby(enumerate(used), lambda pair: pair[1] - pair[0])]
        if not 1 < len(runs) <= _MOST:
            continue
        for first, last in combinations_with_replacement(range(len(runs)), 2):
            if last - first + 1 == len(runs):
                continue
            low, high = runs[first][0], runs[last][-1]
            cells = {at: cell for at, cell in texts.sheet.cells.items() if low <= at[axis] <= high}
            block = Texts(replace(texts.sheet, cells=cells))
            if _heads(table, block) and (part := _part(layout, table, block)) is not None:
                yield part
