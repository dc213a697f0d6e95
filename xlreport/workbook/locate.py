"""Where a table's cells are in somebody's workbook: by our names, by position, else by the printed headings.

A place is believed only if the headings around it are the form's. Where a row was inserted, moved or retyped the
headings are aligned in order; what stays uncertain is told and not read. Never silently positional: one inserted row
once made another tool pass 63 shifted values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import takewhile

from xlreport.form.fold import fold
from xlreport.form.layout import GRID_TOP, Cell, Layout, Part, Placed
from xlreport.form.model import Axis, Heading, Item, Table
from xlreport.pattern import pattern
from xlreport.record import record
from xlreport.workbook.address import cell_name, column_letters
from xlreport.workbook.sheet import CellKind, Sheet

REACH_ROWS, REACH_COLUMNS = 2000, 120  # how far from the corner a form is looked for
SIMILAR = 0.6  # a retyped heading is accepted from here on, if its place is certain
ENOUGH = 0.5  # of the headings must be found for a sheet to hold the table
UNLABELLED_REACH = 4  # rows below its column headings in which the only row of a table may stand


@record
class Change:
    """Something about the structure that differs from the form as issued."""

    kind: str  # missing, moved, inserted, variant; shifted-row and shifted-column: all from here on stand elsewhere;
    # disturbed: headings and figures were moved apart; two-rows: which row holds the figures cannot be told
    label: str
    place: Cell | None = None
    was: str = ""
    now: str = ""


@record
class Located:
    """A table found: the place of each item that is certain, and what is not as issued."""

    sheet: str
    cells: Mapping[Item, Cell]
    changes: Sequence[Change]
    labels: Mapping[tuple[int, int], str]  # cells that are headings of the table
    means: str  # names, sheet (the hidden one), positions or labels


class Texts:
    """The texts of a sheet, folded, by place."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet

    @cached_property
    def at(self) -> Mapping[tuple[int, int], str]:
        """Folded text of each text cell within reach."""
        return {
            place: fold(cell.text)
            for place, cell in self.sheet.cells.items()
            if cell.kind is CellKind.TEXT
            and cell.formula is None
            and place[0] < REACH_ROWS
            and place[1] < REACH_COLUMNS
            and cell.text.strip()
        }

    @cached_property
    def words(self) -> frozenset[str]:
        """All texts of the sheet, folded."""
        return frozenset(self.at.values())

    @cached_property
    def repeated(self) -> Mapping[str, int]:
        """The texts that stand more than once on the sheet, folded, and how often."""
        if len(self.words) == len(self.at):
            return {}
        return {text: count for text, count in Counter(self.at.values()).items() if count > 1}

    def filled(self, row: int, col: int) -> bool:
        """Whether anything stands in a cell."""
        cell = self.sheet.cells.get((row, col))
        return cell is not None and (cell.formula is not None or bool(cell.text.strip()))

    def number_in(self, row: int, first: int, last: int) -> bool:
        """Whether one of these cells of a row holds a number."""
        cells = (self.sheet.cells.get((row, col)) for col in range(first, last + 1))
        return any(cell is not None and cell.kind is CellKind.NUMBER for cell in cells)

    def typed(self, row: int, first: int, last: int) -> int:
        """How many of these cells of a row hold something that is no formula."""
        cells = (self.sheet.cells.get((row, col)) for col in range(first, last + 1))
        return sum(1 for cell in cells if cell is not None and cell.formula is None and cell.text.strip())

    def raw(self, row: int, col: int) -> str:
        """The text of a cell as stored."""
        cell = self.sheet.cells.get((row, col))
        return cell.text if cell is not None else ""


def labels_of(heading: Heading) -> tuple[str, ...]:
    """Every folded form of a heading's label."""
    return heading.folded


def locate(
    layout: Layout,
    table: Table,
    texts: Mapping[str, Texts],
    anchor: tuple[str, int, int] | None,
    means: str = "names",
    size: tuple[int, int] | None = None,
) -> Located | None:
    """The table's cells, or None if no sheet has it.

    `anchor` is what a defined name says, or the hidden sheet (`means`): sheet, first row and first column of the data;
    `size` how many rows and columns the name covers, where that is known.
    A sheet of the expected name, then every other sheet, is tried where the name fails.
    """
    placed = layout.placed_of(table.id)
    name, top, left, bottom, last = layout.area(table.id)
    tries: list[tuple[str, int, int, str]] = []
    if anchor is not None and anchor[0] in texts:
        tries.append((anchor[0], anchor[1] - top, anchor[2] - left, means))
    if name in texts:
        tries.append((name, 0, 0, "positions"))
    for sheet, down, right, how in tries:
        gap = 0 if how == "positions" else _rows_between(placed, table, texts[sheet], down, right)
        if gap or _fits(placed, table, texts[sheet], down, right):
            cells = {p.item: Cell(sheet, p.row + down, p.col + right) for p in placed if p.item is not None}
            marks = {(p.row + down - gap, p.col + right): p.text for p in placed if p.item is None}
            first = Cell(sheet, top + down, left + right)
            changes = [
                _shifted(along, table.title, first, by) for along, by in (("row", down), ("column", right)) if by
            ]
            if gap:
                changes += _put_between(texts[sheet], first, gap, last - left, marks)
            if how == "positions":
                if anchor is not None and anchor[0] == sheet and (anchor[1], anchor[2]) != (top, left):
                    changes.append(Change("disturbed", table.title, first))
                elif table.unlabelled and anchor is None and _rivalled(texts[sheet], top, left, last):
                    changes.append(Change("two-rows", table.title, first))
            elif size not in {None, (bottom - top + 1, last - left + 1)} and all(
                p.colspan == 1 for p in placed if p.item is not None
            ):  # a column put in inside a merged cell widens the name and moves no figure
                changes.append(Change("disturbed", table.title, first))
            return Located(sheet, cells, changes, marks, how)
    order = list(dict.fromkeys([t[0] for t in tries] + [name] + list(texts)))
    best: Located | None = None
    partly: Located | None = None  # where it was issued, most headings stand, but what few of them mean is certain
    best_score = ENOUGH
    for sheet in order:
        if sheet not in texts:
            continue
        found = _align(layout, table, placed, texts[sheet])
        if found is not None and len(found.cells) / len(table.items) > best_score:
            best, best_score = found, len(found.cells) / len(table.items)
        elif found is not None and sheet in {name, anchor[0] if anchor else name} and partly is None:
            headings = [heading for axis in (table.rows, table.columns) for heading in axis.headings]
            standing = sum(1 for heading in headings if not texts[sheet].words.isdisjoint(labels_of(heading)))
            partly = found if standing >= SIMILAR * len(headings) else None
        if best is not None and best_score == 1:
            break
    return best or partly


def _shifted(along: str, label: str, now: Cell, by: int) -> Change:
    if along == "row":
        return Change("shifted-row", label, now, f"{now.row + 1 - by}", f"{now.row + 1}")
    return Change("shifted-column", label, now, column_letters(now.col - by), column_letters(now.col))


def _fits(placed: Sequence[Placed], table: Table, texts: Texts, down: int, right: int) -> bool:
    """Whether every heading stands where it should, in its own words or a synonym, and the data with them."""
    if not _headed(placed, table, texts, down, right):
        return False
    if table.unlabelled:
        rows = [p.row + down for p in placed if p.item is not None]
        cols = [p.col + right for p in placed if p.item is not None]
        return _only_row(texts, min(rows), min(cols), max(cols)) == min(rows)
    return not _stretched(placed, texts, down, right)


def _headed(placed: Sequence[Placed], table: Table, texts: Texts, down: int, right: int) -> bool:
    """Whether every heading stands where it should, in its own words or a synonym."""
    at = texts.at
    for p in placed:
        if p.heading is None or (table.unlabelled and p.heading[1] == "row"):
            continue
        found = at.get((p.row + down, p.col + right))
        if found is None:
            return False
        if found != fold(p.text) and found not in labels_of(_heading(table, p)):
            return False
    return True


def _rows_between(placed: Sequence[Placed], table: Table, texts: Texts, down: int, right: int) -> int:
    """How many rows were put in between the headings of a table without row headings and the row that is named."""
    if not table.unlabelled or _headed(placed, table, texts, down, right):
        return 0
    return next((n for n in range(1, UNLABELLED_REACH) if _headed(placed, table, texts, down - n, right)), 0)


def _put_between(
    texts: Texts, first: Cell, gap: int, width: int, marks: dict[tuple[int, int], str]
) -> Iterator[Change]:
    """What stands in the rows between headings and data; a named row without figures may not be the one filled in."""
    filled = [row for row in range(first.row - gap, first.row) if texts.typed(row, first.col, first.col + width)]
    for row in filled:
        marks.update({(row, col): "" for col in range(first.col, first.col + width + 1)})
        name = f"{cell_name(row, first.col)}:{cell_name(row, first.col + width)}"
        yield Change("inserted", name, Cell(first.sheet, row, first.col))
    if filled and not texts.typed(first.row, first.col, first.col + width):
        yield Change("two-rows", "", first)


def _rivalled(texts: Texts, row: int, left: int, right: int) -> bool:
    """Whether another row below the headings holds figures, as many as the one that is taken for the data or more."""
    count = texts.typed(row, left, right)
    others = (n for n in range(row + 1, row + UNLABELLED_REACH) if texts.number_in(n, left, right))
    return any(texts.typed(n, left, right) >= count for n in others)


def _only_row(texts: Texts, top: int, left: int, right: int) -> int:
    """The row of a table without row headings: the one below its column headings, or the first with numbers."""
    for row in range(top, top + UNLABELLED_REACH):
        if any(texts.filled(row, col) for col in range(left, right + 1)):
            return row if row == top or texts.number_in(row, left, right) else top
    return top


def _stretched(placed: Sequence[Placed], texts: Texts, down: int, right: int) -> bool:
    """Whether words stand in number cells where headings should: a table that was taken apart."""
    words = {fold(p.text) for p in placed if p.item is None and p.text}
    return any(texts.at.get((p.row + down, p.col + right)) in words for p in placed if p.item is not None)


def _heading(table: Table, placed: Placed) -> Heading:
    assert placed.heading is not None  # noqa: S101  (asked of headings only)
    _, axis, key = placed.heading
    return (table.rows if axis == "row" else table.columns).by_id[key]


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


def _align(layout: Layout, table: Table, placed: Sequence[Placed], texts: Texts) -> Located | None:
    """The table found by its headings alone."""
    first, last = _region(layout, table, texts)
    inside = {place: text for place, text in texts.at.items() if first <= place[0] < last}
    changes: list[Change] = []
    sheet = texts.sheet.name
    top = _first_row(table, inside)
    if top is None:
        return None
    above = {place: text for place, text in inside.items() if place[0] < top}
    aside: list[int] = []  # columns and rows of headings that are not certain
    down: list[int] = []
    columns = _match(table.columns, _column_lines(table, above, inside), placed, "column", texts, above, changes, aside)
    if not columns:
        marks = {at: "" for at in texts.sheet.cells if at[1] in aside and first <= at[0] < last}
        return Located(sheet, {}, changes, marks, "labels") if columns is None else None
    if table.unlabelled:
        (leaf,) = table.rows.leaves
        rows = {leaf.id: _only_row(texts, top, min(columns.values()), max(columns.values()))}
        if rows[leaf.id] != top:
            place = Cell(sheet, rows[leaf.id], min(columns.values()))
            changes.append(Change("moved", table.caption or table.title, place, f"{top + 1}", f"{place.row + 1}"))
        if _rivalled(texts, rows[leaf.id], min(columns.values()), max(columns.values())):
            changes.append(Change("two-rows", table.title, Cell(sheet, rows[leaf.id], min(columns.values()))))
    else:
        first_column = min(columns.values())
        beside = {place: text for place, text in inside.items() if place[0] >= top and place[1] < first_column}
        certain = _match(table.rows, _row_lines(table, beside), placed, "row", texts, beside, changes, down)
        if not certain:
            marks = {at: "" for at in texts.sheet.cells if at[0] in down}
            return Located(sheet, {}, changes, marks, "labels") if certain is None else None
        rows = certain
    columns = _data_columns(table, placed, columns, changes)
    for along, axis, lines, others in (("row", table.rows, rows, columns), ("column", table.columns, columns, rows)):
        if lines and others and (along == "column" or not table.unlabelled):
            for key in _slid(texts, axis, lines, others.values(), along, top, changes):
                del lines[key]
    if not rows or not columns:
        return None
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
    first_row, first_col = min(rows.values()), min(columns.values(), default=0)
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
                yield _shifted(along, "/".join(leaf.path), place, line - was)
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
    first = min((row for (row, _), text in inside.items() if text in words and row > floor), default=None)
    if first is None:
        return None
    # The first heading may have been retyped: data begin right below the lowest column heading.
    leaves = {text for heading in table.columns.leaves for text in labels_of(heading)}
    return max((row for (row, _), text in inside.items() if text in leaves and row < first), default=first - 1) + 1


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
    stub |= _group_words(table.columns)
    groups_above = min(len(leaf.path) for leaf in table.columns.leaves) - 1
    first = _header_floor(table, inside) - groups_above
    for (row, col), text in above.items():
        if row >= first and text not in stub and (col not in lowest or row > lowest[col][0]):
            lowest[col] = (row, text)
    return [(col, text) for col, (_, text) in sorted(lowest.items())]


def _row_lines(table: Table, beside: Mapping[tuple[int, int], str]) -> list[tuple[int, str]]:
    """(row, its innermost heading) from top to bottom."""
    innermost: dict[int, tuple[int, str]] = {}
    groups = _group_words(table.rows)
    for (row, col), text in beside.items():
        if text not in groups and (row not in innermost or col > innermost[row][0]):
            innermost[row] = (col, text)
    return [(row, text) for row, (_, text) in sorted(innermost.items())]


def _group_words(axis: Axis) -> set[str]:
    """The labels that are groups' alone: where one stands, no line of data has its heading."""
    leaves = {word for heading in axis.leaves for word in labels_of(heading)}
    return {word for heading in axis.headings if not heading.leaf for word in labels_of(heading)} - leaves


def _data_columns(
    table: Table, placed: Sequence[Placed], columns: Mapping[str, int], changes: list[Change]
) -> dict[str, int]:
    """The column of each heading's data, which need not begin where the heading does: both may cover several columns.

    A column put in between the two leaves it uncertain which one the data are in.
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
            changes.append(Change("missing", "/".join(leaf.path)))
        else:
            found[leaf.id] = columns[leaf.id] + shift
    return found


def _match(
    axis: Axis,
    lines: Sequence[tuple[int, str]],
    placed: Sequence[Placed],
    along: str,
    texts: Texts,
    around: Mapping[tuple[int, int], str],
    changes: list[Change],
    doubtful: list[int],
) -> dict[str, int] | None:
    """The line of each leaf heading that is certain; what is not as issued goes to `changes`.

    None where headings stand there, but of none it is certain what it means; the lines of such go to `doubtful`.
    `around` are the texts of all headings of this side.
    """
    sheet = texts.sheet.name
    leaves = axis.leaves
    words = [labels_of(leaf) for leaf in leaves]
    pairs = _unambiguous(words, lines, _in_order(words, lines))
    taken = {j for _, j in pairs}
    found = {leaves[i].id: lines[j][0] for i, j in pairs}
    missing = [i for i in range(len(leaves)) if leaves[i].id not in found]
    free = [j for j in range(len(lines)) if j not in taken]
    for i in list(missing):
        # Moved: its words stand once, elsewhere.
        here = [j for j in free if lines[j][1] in words[i]]
        rivals = [k for k in missing if k != i and set(words[k]) & set(words[i])]
        if len(here) == 1 and not rivals:
            found[leaves[i].id] = lines[here[0]][0]
            free.remove(here[0])
            missing.remove(i)
            change = _moved(leaves[i], placed, along, lines[here[0]][0], sheet)
            if change.was != change.now:  # else it is the others that moved
                changes.append(change)
    for i in list(missing):
        line = _between(i, leaves, found, lines, free, missing)
        if line is None:
            continue
        text = lines[line][1]
        if any(_spelled(text, word) for word in words[i]):
            found[leaves[i].id] = lines[line][0]
            free.remove(line)
            missing.remove(i)
            place = _place(along, lines[line][0], texts, text, sheet)
            changes.append(Change("variant", leaves[i].label, place, now=texts.raw(place.row, place.col)))
    for i, line in _cut_short(leaves, words, found, lines, free, missing):
        found[leaves[i].id] = lines[line][0]
        free.remove(line)
        missing.remove(i)
        place = _place(along, lines[line][0], texts, lines[line][1], sheet)
        changes.append(Change("variant", leaves[i].label, place, now=texts.raw(place.row, place.col)))
    groups = [(place[0] if along == "row" else place[1], text) for place, text in _groups(axis, around)]
    astray = _under_others(axis, found, groups) | _of_lost_groups(axis, found, {text for _, text in groups})
    renamed = _renamed(axis, found, placed, along, around)
    told = _of_renamed_groups(axis, found, renamed, texts, changes)
    astray |= told | _of_doubtful_groups(axis, found, lines, around, sheet, along, texts, changes, renamed)
    doubtful += [found[key] for key in astray if key in found]
    missing += [i for i in range(len(leaves)) if leaves[i].id in astray - told]
    for i in sorted(missing):
        rivals = [j for j in free if lines[j][1] in words[i]]
        instead = rivals[0] if rivals else _between(i, leaves, found, lines, free, missing)
        spot = found.get(leaves[i].id, lines[instead][0] if instead is not None else None)
        where = None
        if spot is not None:
            said = lines[instead][1] if instead is not None else next(iter(words[i]))
            where = _place(along, spot, texts, said, sheet)
        said = "" if where is None or instead is None else texts.raw(where.row, where.col)
        changes.append(Change("missing", "/".join(leaves[i].path), where, now=said))
    if astray.issuperset(found) and len(found) >= ENOUGH * len(leaves):
        return None
    found = {key: line for key, line in found.items() if key not in astray}
    low, high = min(found.values(), default=0), max(found.values(), default=-1)
    for j in free:
        if low < lines[j][0] < high:
            place = _place(along, lines[j][0], texts, lines[j][1], sheet)
            changes.append(Change("inserted", texts.raw(place.row, place.col), place))
    return found


def _unambiguous(
    words: Sequence[Sequence[str]], lines: Sequence[tuple[int, str]], pairs: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """The pairs without those where another line between the same neighbours has the same words."""
    taken = {j for _, j in pairs}
    ends = [-1, *(j for _, j in pairs), len(lines)]
    return [
        (i, j)
        for n, (i, j) in enumerate(pairs, 1)
        if not any(k not in taken and lines[k][1] in words[i] for k in range(ends[n - 1] + 1, ends[n + 1]))
    ]


def _groups(axis: Axis, around: Mapping[tuple[int, int], str]) -> Iterator[tuple[tuple[int, int], str]]:
    """The labels of groups that stand exactly once, and where."""
    words = _group_words(axis)
    counted = Counter(around.values())
    return ((place, text) for place, text in around.items() if text in words and counted[text] == 1)


def _under_others(axis: Axis, found: Mapping[str, int], groups: Sequence[tuple[int, str]]) -> set[str]:
    """The leaves that stand under the label of another group than their own: same words, other meaning."""
    levels = {word: len(h.path) for h in axis.headings if not h.leaf for word in labels_of(h)}
    shared = Counter(word for leaf in axis.leaves for word in labels_of(leaf))
    astray: set[str] = set()
    for leaf in axis.leaves:
        if all(shared[word] == 1 for word in labels_of(leaf)):
            continue  # its words mean it alone, wherever they stand
        parent = axis.by_id.get(leaf.parent or "")
        while leaf.id in found and parent is not None:
            own, level = labels_of(parent), len(parent.path)
            alike = [(line, word) for line, word in groups if levels[word] == level]
            nearest = max(((line, word) for line, word in alike if line <= found[leaf.id]), default=(-1, ""))
            if any(word in own for _, word in alike) and nearest[1] not in own:
                astray.add(leaf.id)
            parent = axis.by_id.get(parent.parent or "")
    return astray


def _of_lost_groups(axis: Axis, found: Mapping[str, int], standing: set[str]) -> set[str]:
    """The leaves that another leaf, which is missing, may stand for: same words, and no label of their group."""
    missing = {word for leaf in axis.leaves if leaf.id not in found for word in labels_of(leaf)}
    return {
        leaf.id
        for leaf in axis.leaves
        if leaf.id in found
        and missing.intersection(labels_of(leaf))
        and not (leaf.parent and standing.intersection(labels_of(axis.by_id[leaf.parent])))
    }


def _renamed(
    axis: Axis,
    found: Mapping[str, int],
    placed: Sequence[Placed],
    along: str,
    around: Mapping[tuple[int, int], str],
) -> Mapping[str, tuple[int, int]]:
    """The groups of which some heading stands, but not their label, or two that changed labels; and its place."""
    issued = {p.heading[2]: p for p in placed if p.heading is not None and p.heading[1] == along}
    known = {word for heading in axis.headings for word in labels_of(heading)}
    spots: dict[str, tuple[int, int]] = {}
    for group in axis.headings:
        for n, leaf in enumerate(() if group.leaf else _inside(axis, group)):
            own = [at for at, text in around.items() if text in labels_of(leaf)]
            own = [at for at in own if leaf.id in found and at[0 if along == "row" else 1] == found[leaf.id]]
            if own:
                home, first = issued[group.id], issued[leaf.id]
                spot = own[0][0] + home.row - first.row, own[0][1] + home.col - first.col
                # The label may have gone with the first of its lines, or with the lines above the others.
                if spot[0] >= GRID_TOP and (not n or around.get(spot, "") not in known | {""}):
                    spots[group.id] = spot
                break
    standing = set(around.values())
    gone = {key for key in spots if standing.isdisjoint(labels_of(axis.by_id[key]))}
    there = {key: labels_of(axis.by_id[key]) for key in spots.keys() - gone}
    exchanged = {
        key
        for key in there
        for other in there
        if around.get(spots[key]) in there[other]
        and around.get(spots[other]) in there[key]
        and set(there[key]).isdisjoint(there[other])
    }
    return {key: at for key, at in spots.items() if key in gone or key in exchanged}


def _inside(axis: Axis, group: Heading) -> list[Heading]:
    """The leaves of a group, totals among them."""
    children = [axis.by_id[child] for child in group.children]
    return [leaf for child in children for leaf in ([child] if child.leaf else _inside(axis, child))]


def _of_renamed_groups(
    axis: Axis,
    found: Mapping[str, int],
    renamed: Mapping[str, tuple[int, int]],
    texts: Texts,
    changes: list[Change],
) -> set[str]:
    """The leaves of groups that are called something else now; a label lost or spelt differently is told and no more.

    Where others have the same words, a label that was lost is another matter: see `_of_doubtful_groups`.
    """
    shared = Counter(word for leaf in axis.leaves for word in labels_of(leaf))
    astray: set[str] = set()
    for key, at in renamed.items():
        group = axis.by_id[key]
        said = texts.at.get(at, "")
        under = [leaf for leaf in _inside(axis, group) if leaf.id in found]
        place = Cell(texts.sheet.name, max(at[0], 0), max(at[1], 0))
        if said and not any(_spelled(said, word) for word in labels_of(group)):
            if not astray.issuperset(leaf.id for leaf in under):
                changes.append(Change("missing", "/".join(group.path), place, now=texts.raw(*at)))
            astray.update(leaf.id for leaf in under)
        elif all(shared[word] == 1 for leaf in under for word in labels_of(leaf)):
            changes.append(Change("variant", "/".join(group.path), place, now=texts.raw(*at) if said else ""))
    return astray


def _of_doubtful_groups(
    axis: Axis,
    found: Mapping[str, int],
    lines: Sequence[tuple[int, str]],
    around: Mapping[tuple[int, int], str],
    sheet: str,
    along: str,
    texts: Texts,
    changes: list[Change],
    renamed: Mapping[str, tuple[int, int]],
) -> set[str]:
    """The leaves that share their words with others' and whose group's label was lost, retyped or stands twice."""
    shared = Counter(word for leaf in axis.leaves for word in labels_of(leaf))
    alike = [leaf for leaf in axis.leaves if leaf.id in found and any(shared[word] > 1 for word in labels_of(leaf))]
    if not alike:
        return set()
    known = {word for heading in axis.headings for word in labels_of(heading)}
    level = {word: len(h.path) for h in axis.headings if not h.leaf for word in labels_of(h)}
    retyped = {
        at: word
        for at, text in around.items()
        if text not in known
        for word in level
        if word not in around.values() and _spelled(text, word)
    }
    labels = {at: text for at, text in around.items() if text in level} | retyped
    for key, at in renamed.items():  # a group of another name: what stands under it stands under no other
        if at in around and labels.setdefault(at, around[at]) not in level:
            level[labels[at]] = len(axis.by_id[key].path)
    standing = sorted((at[0] if along == "row" else at[1], text, at) for at, text in labels.items())
    astray: set[str] = set()
    told: set[str] = set()
    for leaf in alike:
        parent = axis.by_id.get(leaf.parent or "")
        home = renamed.get(parent.id) if parent is not None else None
        if parent is None or (home in around and home not in retyped):
            continue  # told already
        own = labels_of(parent)
        heads = [(line, at) for line, text, at in standing if text in own]
        if not heads:
            astray.add(leaf.id)
            if parent.id not in told:
                said = next((t for t in labels_of(leaf) if t in around.values()), "")
                spot = _place(along, found[leaf.id], texts, said, sheet)
                changes.append(Change("missing", "/".join(parent.path), spot))
        elif heads[0][1] in retyped:
            if parent.id not in told:
                spot = Cell(sheet, *heads[0][1])
                changes.append(Change("variant", "/".join(parent.path), spot, now=texts.raw(spot.row, spot.col)))
        else:
            under = 0
            for line, text in lines:
                same = [w for at, w, _ in standing if level[w] == level[own[0]] and at <= line]
                under += text in labels_of(leaf) and bool(same) and same[-1] in own
            if under > 1:
                astray.add(leaf.id)
                if parent.id not in told:
                    again = Cell(sheet, *heads[-1][1])
                    changes.append(Change("missing", "/".join(parent.path), again, now=texts.raw(again.row, again.col)))
        told.add(parent.id)
    return astray


_OTHER_MEANING = pattern("[不未无非上去前下今本次新旧增减]|其中|备案|网上|累计")
_SHORT = 4  # characters of a label in which one in place of another makes another heading: 行政处罚, 行政处分


def _spelled(text: str, word: str) -> bool:
    """Whether a text is a label with characters lost or added, or single ones mistaken, and no other heading.

    上年制发件数 is not 本年制发件数, nor 本年修改件数: one word in place of another is another meaning.
    """
    import difflib

    matcher = difflib.SequenceMatcher(None, text, word, autojunk=False)
    if matcher.ratio() < SIMILAR:
        return False
    for kind, a, b, c, d in matcher.get_opcodes():
        put, lost = text[a:b], word[c:d]
        if kind == "replace" and (max(b - a, d - c) > 1 or len(word) <= _SHORT or _OTHER_MEANING.search(put + lost)):
            return False
        if kind == "insert" and _NEGATION.search(lost):
            return False  # the label's own 不 or 未 is gone
        if kind == "delete" and _OTHER_MEANING.search(put):
            return False
    return True


_NEGATION = pattern("[不未无非]")


def _place(along: str, line: int, texts: Texts, text: str, sheet: str) -> Cell:
    for (row, col), found in texts.at.items():
        if found == text and (row if along == "row" else col) == line:
            return Cell(sheet, row, col)
    return Cell(sheet, line if along == "row" else 0, 0 if along == "row" else line)


def _in_order(words: Sequence[Sequence[str]], lines: Sequence[tuple[int, str]]) -> list[tuple[int, int]]:
    """The longest run of headings found in order (a longest common subsequence)."""
    rows, cols = len(words), len(lines)
    best = [[0] * (cols + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        for j in range(cols - 1, -1, -1):
            same = best[i + 1][j + 1] + 1 if lines[j][1] in words[i] else 0
            best[i][j] = max(same, best[i + 1][j], best[i][j + 1])
    pairs = []
    i = j = 0
    while i < rows and j < cols:
        if lines[j][1] in words[i] and best[i][j] == best[i + 1][j + 1] + 1:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i + 1][j] >= best[i][j + 1]:
            i += 1
        else:
            j += 1
    return pairs


def _between(
    i: int,
    leaves: Sequence[Heading],
    found: Mapping[str, int],
    lines: Sequence[tuple[int, str]],
    free: Sequence[int],
    missing: Sequence[int],
) -> int | None:
    """The one unclaimed line between the neighbours of a missing heading, if it alone is missing there."""
    before = [found[leaf.id] for leaf in leaves[:i] if leaf.id in found]
    after = [found[leaf.id] for leaf in leaves[i + 1 :] if leaf.id in found]
    low, high = max(before, default=-1), min(after, default=1 << 30)
    previous = next((k for k in range(i - 1, -1, -1) if leaves[k].id in found), -1)
    following = next((k for k in range(i + 1, len(leaves)) if leaves[k].id in found), len(leaves))
    alike = [k for k in missing if previous < k < following]
    inside = [j for j in free if low < lines[j][0] < high]
    return inside[0] if len(alike) == 1 and len(inside) == 1 else None


def _cut_short(
    leaves: Sequence[Heading],
    words: Sequence[Sequence[str]],
    found: Mapping[str, int],
    lines: Sequence[tuple[int, str]],
    free: Sequence[int],
    missing: Sequence[int],
) -> list[tuple[int, int]]:
    """Neighbouring headings of which only the beginning is left, as many as there are lines between those around them.

    What is left may be the same of each (本年新, 本年新): the order says which is which.
    """
    pairs: list[tuple[int, int]] = []
    for first in (i for i in missing if i - 1 not in missing):
        run = list(takewhile(missing.__contains__, range(first, len(leaves))))
        low = max((found[leaf.id] for leaf in leaves[:first] if leaf.id in found), default=-1)
        high = min((found[leaf.id] for leaf in leaves[run[-1] + 1 :] if leaf.id in found), default=1 << 30)
        between = [j for j in free if low < lines[j][0] < high]
        if 1 < len(run) == len(between) and all(
            any(word.startswith(lines[j][1]) and _spelled(lines[j][1], word) for word in words[i])
            for i, j in zip(run, between, strict=True)
        ):
            pairs += zip(run, between, strict=True)
    return pairs


def _moved(leaf: Heading, placed: Sequence[Placed], along: str, line: int, sheet: str) -> Change:
    own = next(p for p in placed if p.heading is not None and p.heading[1:] == (along, leaf.id))
    if along == "row":
        return Change("moved", leaf.label, Cell(sheet, line, own.col), f"{own.row + 1}", f"{line + 1}")
    return Change("moved", leaf.label, Cell(sheet, own.row, line), column_letters(own.col), column_letters(line))


def known_places(layout: Layout, sheet: str) -> Iterator[tuple[int, int]]:
    """The cells of a sheet as issued that hold the form's own text or items, merged ones by their first cell."""
    for plan in layout.sheets:
        if plan.name == sheet:
            for row in range(GRID_TOP):
                for col in range(plan.width + 2):
                    yield row, col
            for p in plan.placed:
                yield p.row, p.col


def describe(cell: Cell) -> str:
    """A cell for a message: `三、依申请公开!B21`."""
    return f"{cell.sheet}!{cell_name(cell.row, cell.col)}"


__all__ = ["Change", "Located", "Part", "Texts", "describe", "known_places", "labels_of", "locate"]
