"""How people slip, estimated from reports as they were returned and as they were after correction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from xlreport.checks.culprit.slips import anything, shares, slip_data, stale, ways
from xlreport.form.table import Item
from xlreport.submission import Submission

TRUSTED = 100  # as many slips what is known so far counts as: a handful of pairs does not overturn it
REPORTS = 3  # and as many reports, for how a table's numbers are spread
FEW = 10  # so many numbers may be put right in any report, however few are filled in

LINE = 3  # so many wrong numbers, and most, make a whole row or column wrong

Line = tuple[str, str, str]
"""A row or a column: the table, and the id of either."""

Pair = tuple[Submission, Submission]
"""A report as it was returned, and as it was after correction."""


def learn(pairs: Iterable[Pair]) -> dict[str, Any]:
    """The data of `typing_errors.json`, brought up to date by pairs of one form each; what was known counts on."""
    known = slip_data()
    counts: dict[str, float] = dict.fromkeys(shares(), 0.0)
    spreads: dict[tuple[str, str], list[dict[str, float]]] = {}
    total = 0
    for returned, corrected in pairs:
        total += 1
        for name, share in _slips(returned, corrected):
            counts[name] += share
        for table in corrected.form.tables:
            spread = _spread(corrected, table)
            if spread:
                spreads.setdefault((corrected.form.id, table), []).append(spread)
    slips = sum(counts.values())
    old = shares()
    whole = sum(old.values())
    new = {name: (counts[name] + TRUSTED * old[name] / whole) / (slips + TRUSTED) * whole for name in old}
    rows: dict[str, dict[str, dict[str, float]]] = {
        form: {table: dict(usual) for table, usual in tables.items()} for form, tables in known["rows"].items()
    }
    for (form, table), found in spreads.items():
        usual = rows.setdefault(form, {}).get(table, {})
        rows[form][table] = _mixed(usual, found)
    source = known["from"]
    return {
        "about": known["about"],
        "from": {
            "pairs": source["pairs"] + total,
            "slips": source["slips"] + round(slips),
            "reports": source["reports"] + total,
        },
        "slips": {name: round(share, 4) for name, share in new.items()},
        "rows": rows,
    }


def corrects(returned: Submission, corrected: Submission) -> bool:
    """Whether one may be the other put right: most numbers are the same, or few are different."""
    form = returned.form
    filled = changed = 0
    for item in form.items:
        if returned.entry(item).computed or corrected.entry(item).computed:
            continue
        found, true = (one.values.numbers[form.index[item]] for one in (returned, corrected))
        filled += bool(found or true)
        changed += found != true
    return changed <= FEW or 2 * changed <= filled


def _slips(returned: Submission, corrected: Submission) -> Iterator[tuple[str, float]]:
    """Every slip between two states of a report: how it is called, and how surely it is that."""
    form = returned.form
    numbers: dict[Item, tuple[int, int]] = {}
    for item in form.items:
        if returned.entry(item).computed or corrected.entry(item).computed:
            continue
        found, true = (int(one.values.numbers[form.index[item]] * 10**4) for one in (returned, corrected))
        if found != true and form.index[item] not in returned.values.unreadable:
            scale = 1 if found % 10**4 or true % 10**4 else 10**4
            numbers[item] = found // scale, true // scale
    left = _without_lines(returned, corrected, numbers)
    for item in list(left):
        if item not in left:
            continue
        partner = _partner(form.tables[item.table].items, item, left)
        if partner is not None:
            yield ("swapped" if left[item][0] and left[partner][0] else "moved"), 1.0
            del left[item], left[partner]
    for item in list(left):
        if item not in left or form.is_total(item):
            continue
        found, true = left[item]
        table = form.tables[item.table]
        across = [item._replace(column=c.id) for c in table.columns.leaves if item.column in c.parts]
        down = [item._replace(row=r.id) for r in table.rows.leaves if item.row in r.parts]
        carried = [t for t in (*across, *down) if t in left and left[t][0] - left[t][1] == found - true]
        if carried:
            yield "carried", 1.0
            for one in (item, *carried):
                del left[one]
    for item, (found, true) in left.items():
        yield from _single(returned, item, found, true)


def _without_lines(
    returned: Submission, corrected: Submission, numbers: Mapping[Item, tuple[int, int]]
) -> dict[Item, tuple[int, int]]:
    """The numbers put right, but for whole rows and columns: one that nobody filled in is no ten numbers left out."""
    filled: dict[Line, int] = {}
    wrong: dict[Line, int] = {}
    for item, i in returned.form.index.items():
        for line in _lines_of(item):
            wrong[line] = wrong.get(line, 0) + (item in numbers)
            filled[line] = filled.get(line, 0) + any(one.values.numbers[i] for one in (returned, corrected))
    return {
        item: pair
        for item, pair in numbers.items()
        if not any(wrong[line] >= LINE and 2 * wrong[line] > filled[line] for line in _lines_of(item))
    }


def _lines_of(item: Item) -> tuple[Line, Line]:
    return (item.table, item.row, ""), (item.table, "", item.column)


def _partner(items: tuple[Item, ...], item: Item, left: Mapping[Item, tuple[int, int]]) -> Item | None:
    """Another cell of the same row or column with which this one has changed numbers."""
    found, true = left[item]
    for other in items:
        near = other.row == item.row or other.column == item.column
        if near and other != item and other in left and left[other] == (true, found):
            return other
    return None


def _single(returned: Submission, item: Item, found: int, true: int) -> Iterator[tuple[str, float]]:
    """One cell: the ways that would explain it, in proportion to how likely each is as far as is known."""
    form, weights = returned.form, shares()
    chances = {name: weights[name] * chance for name, chance in ways(found, true).items()}
    table = form.tables[item.table]
    if form.is_total(item):
        parts = [item._replace(column=part) for part in table.columns.by_id[item.column].parts]
        parts += [item._replace(row=part) for part in table.rows.by_id[item.row].parts]
        values = [int(returned.values.numbers[form.index[part]]) for part in parts if part in form.index]
        chances["stale"] = stale(found, true, values, weights)
    row, column = table.rows.position[item.row], table.columns.position[item.column]
    for other in table.items:
        distance = abs(table.rows.position[other.row] - row) + abs(table.columns.position[other.column] - column)
        if found and distance == 1 and returned.values.numbers[form.index[other]] == found:
            chances["copied"] = weights["copied"] / 4
    chances["other"] = anything(found, true, weights)
    whole = sum(chances.values())
    yield from ((name, chance / whole) for name, chance in chances.items() if chance)


def _spread(report: Submission, table: str) -> dict[str, float]:
    """How a report's numbers are spread over the rows of a table, totals left out."""
    form = report.form
    rows: dict[str, float] = {}
    for item in form.tables[table].items:
        if not form.is_total(item):
            rows[item.row] = rows.get(item.row, 0.0) + max(0.0, float(report.values.numbers[form.index[item]]))
    whole = sum(rows.values())
    return {row: value / whole for row, value in rows.items()} if whole and len(rows) > 1 else {}


def _mixed(usual: Mapping[str, float], found: list[dict[str, float]]) -> dict[str, float]:
    """The usual spread, brought up to date by some reports; a row that an edition does not have is left as it is."""
    mixed: dict[str, float] = {}
    for row in dict.fromkeys([*usual, *(row for spread in found for row in spread)]):
        shares_ = [spread[row] for spread in found if row in spread]
        weight = REPORTS if row in usual else 0
        mixed[row] = round((weight * usual.get(row, 0.0) + sum(shares_)) / (weight + len(shares_)), 4)
    return mixed
