"""What a cell is likely to hold, judged by the rest of its row and its column: a number in an empty row is odd."""

from __future__ import annotations

import math
from collections.abc import Mapping

from xlreport.checks.culprit.connections import Connections
from xlreport.checks.culprit.slips import usual_rows

SPREADS = (0.3, 0.6, 1.5, 5.0, 20.0)  # counts vary more than by chance: sizes of a negative binomial, wild to tame
HEARSAY = 4.0  # as much as this many cases in the table, the usual spread over its rows counts
LEAST = 0.001  # the share of a row that is usually empty
DOUBT = 0.1  # how often a number has nothing to do with its neighbours

Line = tuple[str, str]
"""A row or a column: its table and its id."""


class Expected:
    """The chance of a number in each detail cell; totals follow from their parts and have none of their own."""

    def __init__(self, known: Connections, values: Mapping[int, int], scale: int) -> None:
        self.form, self.scale, self.may = known.form, scale, known.may
        self._rows: dict[Line, float] = {}
        self._columns: dict[Line, float] = {}
        self._tables: dict[str, float] = {}
        self._sizes: dict[str, int] = {}
        self._values: dict[int, float] = {}
        self._means: dict[int, float] = {}
        self._spread: dict[str, float] = {}
        self._usual: dict[Line, float | None] = {}
        items, totals = self.form.items, known.totals
        for i, value in values.items():
            if i in totals:
                continue
            table, row, column = items[i]
            self._values[i] = held = max(self._size(i, value), 0) / scale
            self._sizes[table] = self._sizes.get(table, 0) + 1
            if held:
                self._rows[table, row] = self._rows.get((table, row), 0.0) + held
                self._columns[table, column] = self._columns.get((table, column), 0.0) + held
                self._tables[table] = self._tables.get(table, 0.0) + held

    def mean(self, i: int) -> float:
        """What the cell would hold if its row and its column shared out alike; the cell itself left out."""
        found = self._means.get(i)
        if found is None:
            (table, row, column), own = self.form.items[i], self._values[i]
            line = table, row
            usual = self._usual[line] if line in self._usual else self._hearsay(line)
            whole = self._tables.get(table, 0.0) - own
            if usual is None:
                found = (whole + 0.3) / max(1, self._sizes[table] - 1)
            else:
                across = self._rows.get(line, 0.0) - own
                down = self._columns.get((table, column), 0.0) - own
                rest = max(0.0, whole - across - down)
                found = (down + 0.1) * (across + usual) / (rest + HEARSAY)
            self._means[i] = found
        return found

    def _hearsay(self, line: Line) -> float | None:
        """What the row's usual share of the table counts as, in cases; None in a table of one row or column."""
        table = self.form.tables[line[0]]
        found = None
        if len(table.rows.leaves) > 1 and len(table.columns.leaves) > 1:
            usual = usual_rows(self.form.id, line[0])
            share = usual.get(line[1], LEAST) if usual else 1 / len(table.rows.leaves)
            found = HEARSAY * max(share, LEAST)
        self._usual[line] = found
        return found

    def log_chance(self, i: int, value: int) -> float:
        """The logarithm of the chance that a cell holds this number; 0 for totals."""
        if i not in self._values:
            return 0.0
        table = self.form.items[i].table
        if table not in self._spread:
            self._spread[table] = self._fitted(table)
        return _log_chance(self._size(i, value) / self.scale, self.mean(i), self._spread[table])

    def _size(self, i: int, value: int) -> int:
        """What counts of a number: an increase and a decrease are as likely, so not the sign of these."""
        return abs(value) if self.may(i)[0] else value

    def _fitted(self, table: str) -> float:
        """How much the table's numbers vary around what their rows and columns suggest: the likeliest of a few."""
        items = self.form.items
        cells: dict[tuple[float, float], int] = {}  # most are alike: empty cells of empty rows
        for i, held in self._values.items():
            if items[i].table == table:
                cell = held, self.mean(i)
                cells[cell] = cells.get(cell, 0) + 1
        return max(SPREADS, key=lambda spread: sum([n * _log_chance(*cell, spread) for cell, n in cells.items()]))


def _log_chance(number: float, mean: float, spread: float) -> float:
    """A negative binomial around a mean, with some doubt whether the mean says anything."""
    mean = min(max(mean, 1e-4), 1e9)
    if number < 0:
        return math.log(DOUBT) - 2 * math.log1p(-number)
    share = spread / (spread + mean)
    if not number:
        return math.log((1 - DOUBT) * share**spread + DOUBT * 0.5)
    usual = (
        math.lgamma(number + spread)
        - math.lgamma(number + 1)
        - math.lgamma(spread)
        + spread * math.log(share)
        + number * math.log1p(-share)
    )
    return math.log((1 - DOUBT) * math.exp(usual) + DOUBT * 0.5 / (1 + number) ** 2)
