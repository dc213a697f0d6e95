"""A table found by its headings alone, wherever they stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from xlreport.form.fold import fold
from xlreport.form.layout import Cell, Layout, Placed
from xlreport.form.table import Axis, Heading, Table
from xlreport.workbook.groups import group_words
from xlreport.workbook.headings import match
from xlreport.workbook.sheet import CellKind
from xlreport.workbook.texts import REACH_ROWS, Change, Located, Texts, labels_of, only_row, rivalled, shifted


def _region(layout: Layout, table: Table, texts: Texts) -> tuple[int, int]:
    """First and last row (exclusive) in which a table of a stack is looked for: from its caption to the next one."""
    if not table.caption:
        return 0, REACH_ROWS
    plan = layout.sheet_of(table.id).plan
    captions = [fold(t.caption) for name in plan.tables if (t := layout.form.tables[name]).caption]
    rows = sorted((row, text) for (row, _), text in texts.at.items() if text in captions)
    own = [row for row, text in rows if text == fold(table.caption)]
    if len(own) != 1:
        return 0, REACH_ROWS
    after = [row for row, _ in rows if row > own[0]]
    return own[0], min(after, default=REACH_ROWS)


def align(layout: Layout, table: Table, placed: Sequence[Placed], texts: Texts) -> Located | None:
    """The table found by its headings alone."""
    first, last = _region(layout, table, texts)
    inside = {place: text for place, text in texts.at.items() if first <= place[0] < last}
    if table.unlabelled and (below := _headed_again(table, inside, texts)) is not None:
        last = below
        inside = {place: text for place, text in inside.items() if place[0] < last}
    changes: list[Change] = []
    sheet = texts.sheet.name
    top = _first_row(table, inside)
    if top is None:
        return None
    above = {place: text for place, text in inside.items() if place[0] < top}
    aside: list[int] = []  # columns and rows of headings that are not certain
    down: list[int] = []
    heads = _once(table, placed, _column_lines(table, above, inside))
    columns = match(table.columns, heads, placed, "column", texts, above, changes, aside)
    if not columns:
        marks = {at: "" for at in texts.sheet.cells if at[1] in aside and first <= at[0] < last}
        return Located(sheet, {}, changes, marks, "labels") if columns is None else None
    if table.unlabelled:
        (leaf,) = table.rows.leaves
        rows = {leaf.id: only_row(texts, top, min(columns.values()), max(columns.values()))}
        if rows[leaf.id] != top:
            place = Cell(sheet, rows[leaf.id], min(columns.values()))
            changes.append(Change("moved", table.caption or table.title, place, f"{top + 1}", f"{place.row + 1}"))
        if rivalled(texts, rows[leaf.id], min(columns.values()), max(columns.values())):
            changes.append(Change("two-rows", table.title, Cell(sheet, rows[leaf.id], min(columns.values()))))
    else:
        first_column = min(columns.values())
        beside = {place: text for place, text in inside.items() if place[0] >= top and place[1] < first_column}
        certain = match(table.rows, _row_lines(table, beside), placed, "row", texts, beside, changes, down)
        if not certain:
            marks = {at: "" for at in texts.sheet.cells if at[0] in down}
            return Located(sheet, {}, changes, marks, "labels") if certain is None else None
        rows = certain
    columns = _data_columns(table, placed, texts, rows.values(), columns, changes)
    for along, axis, lines, others in (("row", table.rows, rows, columns), ("column", table.columns, columns, rows)):
        if lines and others and (along == "column" or not table.unlabelled):
            for key in _slid(texts, axis, lines, others.values(), along, top, changes):
                del lines[key]
    if not rows or not columns:
        return None
    if any(change.kind == "inserted" for change in changes):  # the heads of our own remarks are no rows of anybody's
        own = {fold(text) for text in (*(rule.short for rule in layout.form.rules), table.stub, table.corner) if text}
        changes = [c for c in changes if c.kind != "inserted" or fold(c.label) not in own]
    changes += _jumps(table, placed, rows, columns, changes, sheet)
    cells = {
        item: Cell(sheet, rows[item.row], columns[item.column])
        for item in table.items
        if item.row in rows and item.column in columns
    }
    first_column = min(columns.values(), default=0)
    words = {fold(text) for text in (table.stub, table.corner, table.caption, table.banner) if text}
    words |= {word for heading in table.columns.headings for word in labels_of(heading)}
    head = min((place[0] for place, text in above.items() if text in words), default=top)
    told = {(row, col) for row in rows.values() for col in aside}
    told |= {(row, col) for row in down for col in columns.values()}
    told |= {place for place in inside if head <= place[0] < top or (place[0] >= top and place[1] < first_column)}
    return Located(sheet, cells, changes, {place: texts.raw(*place) for place in told}, "labels") if cells else None


def _slid(
    texts: Texts,
    axis: Axis,
    found: Mapping[str, int],
    across: Collection[int],
    along: str,
    top: int,
    changes: list[Change],
) -> set[str]:
    """The headings that may stand beside other figures than their own: a block of headings was pasted one line off.

    Then there are figures without a heading on one side, and on the other a heading without figures or none at all.
    """

    def filled(line: int) -> bool:
        cells = (texts.sheet.cells.get((line, at) if along == "row" else (at, line)) for at in across)
        count = sum(1 for cell in cells if cell is not None and cell.kind is CellKind.NUMBER)
        return count > 0 and 2 * count >= len(across)

    lines = sorted(found.values())
    claimed = set(lines)
    least = top if along == "row" else 0
    orphans = [n for n in range(max(least, lines[0] - 1), lines[-1] + 2) if n not in claimed and filled(n)]
    if not orphans:
        return set()
    gaps: list[tuple[int, int]] = []
    for i, leaf in enumerate(axis.leaves):
        if leaf.id not in found:
            before = [found[other.id] for other in axis.leaves[:i] if other.id in found]
            after = [found[other.id] for other in axis.leaves[i + 1 :] if other.id in found]
            gaps.append((max(before, default=-1), min(after, default=lines[-1] + 2)))
    if not filled(lines[-1]):
        gaps.append((lines[-1], lines[-1] + 1))
    if not filled(lines[0]):
        gaps.append((lines[0] - 1, lines[0]))
    unsure: set[int] = set()
    for orphan in orphans:
        if any(a < orphan < b for a, b in gaps):
            continue  # the figures of the heading that is missing
        between = {n for a, b in gaps for n in lines if orphan < n <= a or b <= n < orphan}
        if between:
            unsure |= between
            place = Cell(texts.sheet.name, orphan, min(across)) if along == "row" else None
            changes.append(Change("slid", str(len(between)), place or Cell(texts.sheet.name, min(across), orphan)))
    return {key for key, line in found.items() if line in unsure}


def _jumps(
    table: Table,
    placed: Sequence[Placed],
    rows: Mapping[str, int],
    columns: Mapping[str, int],
    known: Sequence[Change],
    sheet: str,
) -> Iterator[Change]:
    """Where rows or columns stand further on than they were issued, but for what is told of them already."""
    issued = {p.item: p for p in placed if p.item is not None}
    moved = {change.label for change in known if change.kind == "moved"}  # then the lines are in no order anyway
    put_in = {c.place for c in known if c.kind == "inserted" and c.place is not None}
    if table.unlabelled and moved:
        rows = {}  # its only row: told already
    first_row, first_col = min(rows.values(), default=0), min(columns.values(), default=0)
    for along, axis, found in (("row", table.rows, rows), ("column", table.columns, columns)):
        by, previous = 0, -1
        for leaf in axis.leaves:
            if leaf.id not in found or moved.intersection(other.label for other in axis.leaves):
                continue
            was = next((p.row if along == "row" else p.col for i, p in issued.items() if leaf.id in i[1:]), None)
            if was is None:
                continue
            line = found[leaf.id]
            lines = [place.row if along == "row" else place.col for place in put_in]
            told = sum(1 for at in lines if previous < at < line) if previous >= 0 else 0
            lost = _lost_before(axis, found, leaf)
            if line - was - by != told - lost:
                place = Cell(sheet, line, first_col) if along == "row" else Cell(sheet, first_row, line)
                yield shifted(along, "/".join(leaf.path), place, line - was)
            by, previous = line - was, line


def _lost_before(axis: Axis, found: Mapping[str, int], leaf: Heading) -> int:
    """How many headings right before this one are missing."""
    count = 0
    for other in reversed(axis.leaves[: axis.position[leaf.id]]):
        if other.id in found:
            break
        count += 1
    return count


def _first_row(table: Table, inside: Mapping[tuple[int, int], str]) -> int | None:
    """The first data row: where row headings begin, or the row below the column headings."""
    if table.unlabelled:
        words = {text for heading in table.columns.headings for text in labels_of(heading)}
        found = [row for (row, _), text in inside.items() if text in words]
        return max(found) + 1 if found else None
    words = {text for heading in table.rows.headings for text in labels_of(heading)}
    # A row heading may repeat in the column headings; data begin below the first of those only.
    floor = _header_floor(table, inside)
    leaves = {text for heading in table.columns.leaves for text in labels_of(heading)}
    spots = [place for place, text in inside.items() if text in words and place[0] > floor]
    # What stands between the column headings, or right of them, is no row heading, whatever it says.
    (across, _), *_ = Counter(row for (row, _), text in inside.items() if text in leaves).most_common(1) or [(-1, 0)]
    left = min((col for (row, col), text in inside.items() if row == across and text in leaves), default=0)
    first = min((row for row, col in spots if col < left), default=min((row for row, _ in spots), default=None))
    if first is None:
        return None
    # The first heading may have been retyped: data begin right below the lowest column heading.
    return max((row for (row, _), text in inside.items() if text in leaves and row < first), default=first - 1) + 1


def _headed_again(table: Table, inside: Mapping[tuple[int, int], str], texts: Texts) -> int | None:
    """The row from which headings of an unlabelled table stand once more, below figures: part of it was put there.

    Without the groups over them nothing says whose these headings are. One such word in a row (总计) may be another
    table's, which stands above on the same sheet: the table's own headings begin where there are more.
    """
    leaves = {text for heading in table.columns.leaves for text in labels_of(heading)}
    words = {text for heading in table.columns.headings for text in labels_of(heading)}
    together = Counter(row for (row, _), text in inside.items() if text in words)
    above: dict[int, int] = {}
    for row, col in sorted(place for place, text in inside.items() if text in words):
        if col in above and any(texts.number_in(line, col, col) for line in range(above[col] + 1, row)):
            return row
        if inside[row, col] in leaves and together[row] > 1:
            above[col] = row
    return None


def _header_floor(table: Table, inside: Mapping[tuple[int, int], str]) -> int:
    """The first row that has a column heading: row headings of the table are below it."""
    leaves = {text for heading in table.columns.leaves for text in labels_of(heading)}
    return min((row for (row, _), text in inside.items() if text in leaves), default=-1)


def _column_lines(
    table: Table, above: Mapping[tuple[int, int], str], inside: Mapping[tuple[int, int], str]
) -> list[tuple[int, str]]:
    """(column, its lowest heading) from left to right."""
    lowest: dict[int, tuple[int, str]] = {}
    stub = {fold(text) for text in (table.stub, table.corner, table.caption, table.banner) if text}
    stub |= group_words(table.columns)
    groups_above = min(len(leaf.path) for leaf in table.columns.leaves) - 1
    first = _header_floor(table, inside) - groups_above
    for (row, col), text in above.items():
        if row >= first and text not in stub and (col not in lowest or row > lowest[col][0]):
            lowest[col] = (row, text)
    return [(col, text) for col, (_, text) in sorted(lowest.items())]


def _once(table: Table, placed: Sequence[Placed], lines: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """The lines, with a heading that was written into each of the columns that it covers only once."""
    spans: dict[str, int] = {}
    for p in placed:
        if p.heading is not None and p.heading[1] == "column" and p.colspan > 1:
            spans |= dict.fromkeys(labels_of(table.columns.by_id[p.heading[2]]), p.colspan)
    kept: list[tuple[int, str]] = []
    for col, text in lines:
        before = kept[-1] if kept else None
        if before is None or before[1] != text or col - before[0] >= spans.get(text, 1):
            kept.append((col, text))
    return kept


def _row_lines(table: Table, beside: Mapping[tuple[int, int], str]) -> list[tuple[int, str]]:
    """(row, its innermost heading) from top to bottom; what is none counts only in a row without any."""
    innermost: dict[int, tuple[bool, int, str]] = {}
    groups = group_words(table.rows)
    leaves = {word for heading in table.rows.leaves for word in labels_of(heading)}
    for (row, col), text in beside.items():
        if text not in groups and (row not in innermost or (text in leaves, col) > innermost[row][:2]):
            innermost[row] = (text in leaves, col, text)
    return [(row, text) for row, (_, _, text) in sorted(innermost.items())]


def _data_columns(
    table: Table,
    placed: Sequence[Placed],
    texts: Texts,
    rows: Collection[int],
    columns: Mapping[str, int],
    changes: list[Change],
) -> dict[str, int]:
    """The column of each heading's data, which need not begin where the heading does: both may cover several columns.

    A column put in between the two leaves it uncertain which one the data are in, unless there are data in one only.
    """
    headed = {p.heading[2]: p.col for p in placed if p.heading is not None and p.heading[1] == "column"}
    data = {p.item.column: p.col for p in placed if p.item is not None}
    found: dict[str, int] = {}
    leaves = table.columns.leaves
    for leaf, following in zip(leaves, [*leaves[1:], None], strict=True):
        if leaf.id not in columns:
            continue
        shift = data[leaf.id] - headed[leaf.id]
        width = headed[following.id] - headed[leaf.id] if following else 0
        if shift and following and columns.get(following.id, -1) - columns[leaf.id] != width:
            under = range(columns[leaf.id], columns.get(following.id, -1))
            filled = [col for col in under if any(texts.filled(row, col) for row in rows)]
            if len(filled) == 1:
                found[leaf.id] = filled[0]
            else:
                place = Cell(texts.sheet.name, min(rows), columns[leaf.id])
                changes.append(Change("missing", "/".join(leaf.path), place))
        else:
            found[leaf.id] = columns[leaf.id] + shift
    for leaf in leaves:  # where headings were moved apart from their figures, two of them may mean one column
        rivals = [other for other, col in found.items() if col == found.get(leaf.id) and other != leaf.id]
        if rivals and found[leaf.id] != columns[leaf.id]:
            changes.append(Change("missing", "/".join(leaf.path), Cell(texts.sheet.name, min(rows), columns[leaf.id])))
            del found[leaf.id]
    return found
