"""Words about changes: each cell with what it holds and what it should hold; a whole row or column in one."""

from __future__ import annotations

from collections.abc import Sequence

from xlreport.arithmetic import quoted
from xlreport.finding import Change
from xlreport.form.table import Item
from xlreport.rules.sentence import plain
from xlreport.submission import State
from xlreport.wording.teller import Teller, clip

LINE = 3  # so many cells of one row or column are told under its heading


def way(t: Teller, changes: Sequence[Change]) -> str:
    """What one way to put it right changes; many cells of one row or column under its heading."""
    words: list[str] = []
    rest = list(changes)
    while rest:
        row, column = (_line(rest, row=row) for row in (True, False))
        of_row = len(row) >= len(column)
        line = row if of_row else column
        if len(line) < LINE:
            line = rest[:1]
            words.append(change_words(t, line[0], t.name(line[0].item)))
        else:
            name, cells = _heading(t, line[0].item, row=of_row), _cells(t, line, row=of_row)
            zh, en = ("行", "row") if of_row else ("列", "column")
            words.append(t.two(f"{name}这一{zh}（{cells}）", f"the {en} {name} ({cells})"))
        rest = [change for change in rest if change not in line]
    return t.two("，", ", ").join(words)


def _line(changes: Sequence[Change], *, row: bool) -> list[Change]:
    """The changes that stand in one row or column with the first."""
    table, at_row, at_column = changes[0].item
    return [
        one
        for one in changes
        if one.item.table == table and (one.item.row == at_row if row else one.item.column == at_column)
    ]


def _cells(t: Teller, changes: Sequence[Change], *, row: bool) -> str:
    """Each cell by its other heading alone."""
    return t.two("，", ", ").join(change_words(t, change, _short(t, change.item, row=not row)) for change in changes)


def change_words(t: Teller, change: Change, place: str) -> str:
    """`place 2→0`; a blank is called so, and a word stands as it was typed."""
    found = t.two("空", "blank") if blank(t, change) else held(t, change)
    return f"{place} {found}→{plain(change.expected)}"


def blank(t: Teller, change: Change) -> bool:
    """Whether nothing stands in the cell."""
    return change.found is None or t.submission.entry(change.item).state is State.BLANK


def held(t: Teller, change: Change) -> str:
    """What a cell holds: a number, or in quotes what was typed instead of one (无)."""
    return f"“{clip(change.found)}”" if isinstance(change.found, str) else t.number(change.found)


def whole_line(t: Teller, changes: Sequence[Change], then: str) -> str:
    """The row or column by its heading, then each cell by the other heading alone."""
    row = len({change.item.row for change in changes}) == 1
    name, line = _heading(t, changes[0].item, row=row), t.two("行" if row else "列", "row" if row else "column")
    cells = _cells(t, changes, row=row)
    if all(not change.found for change in changes):
        what = t.two(f"{name}这一{line}没有填", f"the {line} {name} is not filled in")
    else:
        what = t.two(f"{name}这一{line}填错了", f"the {line} {name} is wrong")
    return t.two(
        f"最可能是{what}：{cells}；改后{then}。请先核对这一{line}。",
        f" Most probably {what}: {cells}; then {then}. Check that {line} first.",
    )


def two_lines(t: Teller, changes: Sequence[Change], then: str) -> str:
    """Both by their headings, then the numbers to be exchanged."""
    right = {change.item: change for change in changes}
    rows = list(dict.fromkeys(change.item.row for change in changes))
    row = len(rows) == 2 and all(
        right[item].expected == right[item._replace(row=rows[1])].found
        for item in right
        if item.row == rows[0] and item._replace(row=rows[1]) in right
    )
    first = [c for c in changes if (c.item.row == rows[0] if row else c.item.column == changes[0].item.column)]
    other = next(c for c in changes if c not in first)
    a, b = (_heading(t, change.item, row=row) for change in (first[0], other))
    line, lines = ("行", "rows") if row else ("列", "columns")
    cells = t.two("，", ", ").join(
        f"{_short(t, change.item, row=not row)} {t.number(change.found)} {t.two('与', 'and')} {plain(change.expected)}"
        for change in first
    )
    return t.two(
        f"最可能是{a}和{b}两{line}的数填反了，应互换：{cells}；改后{then}。请先核对这两{line}。",
        f" Most probably the {lines} {a} and {b} stand in each other's place: {cells}; then {then}. "
        f"Check both {lines} first.",
    )


def _heading(t: Teller, item: Item, *, row: bool) -> str:
    return quoted(_short(t, item, row=row), t.lang)


def _short(t: Teller, item: Item, *, row: bool) -> str:
    table = t.form.tables[item.table]
    return table.rows.short[item.row] if row else table.columns.short[item.column]
