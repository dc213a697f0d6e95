"""What a cell is likely to hold, judged by the rest of its row and its column: a number in an empty row is odd."""

from __future__ import annotations

import math
from collections.abc import Mapping

from xlreport.checks.culprit.slips import usual_rows
from xlreport.form.model import Form, Item

SPREADS = (0.3, 0.6, 1.5, 5.0, 20.0)  # counts vary more than by chance: sizes of a negative binomial, wild to tame
HEARSAY = 2.5  # as much as this many cases in the table, the usual spread over its rows counts
LEAST = 0.001  # the share of a row that is usually empty
DOUBT = 0.05  # how often a number has nothing to do with its neighbours


class Expected:
    """The chance of a number in each detail cell; totals follow from their parts and have none of their own."""

    def __init__(self, form: Form, values: Mapping[int, int], scale: int) -> None:
        self.form, self.scale = form, scale
        self._rows: dict[tuple[str, str], float] = {}
        self._columns: dict[tuple[str, str], float] = {}
        self._tables: dict[str, float] = {}
        self._sizes: dict[str, int] = {}
        self._values: dict[int, float] = {}
        self._means: dict[int, float] = {}
        self._spread: dict[str, float] = {}
        for i, value in values.items():
            item = form.items[i]
            if form.is_total(item):
                continue
            held = max(value, 0) / scale
            self._values[i] = held
            self._rows[item.table, item.row] = self._rows.get((item.table, item.row), 0.0) + held
            self._columns[item.table, item.column] = self._columns.get((item.table, item.column), 0.0) + held
            self._tables[item.table] = self._tables.get(item.table, 0.0) + held
            self._sizes[item.table] = self._sizes.get(item.table, 0) + 1

    def mean(self, i: int) -> float:
        """What the cell would hold if its row and its column shared out alike; the cell itself left out."""
        if i not in self._means:
            item, own = self.form.items[i], self._values[i]
            row = self._rows[item.table, item.row] - own
            column = self._columns[item.table, item.column] - own
            whole = self._tables[item.table] - own
            self._means[i] = self._share(item, row, column, whole)
        return self._means[i]

    def _share(self, item: Item, row: float, column: float, whole: float) -> float:
        table = self.form.tables[item.table]
        if len(table.rows.leaves) == 1 or len(table.columns.leaves) == 1:
            return (whole + 0.3) / max(1, self._sizes[item.table] - 1)
        usual = usual_rows(self.form.id, item.table)
        share = usual.get(item.row, LEAST) if usual else 1 / len(table.rows.leaves)
        rest = max(0.0, whole - row - column)
        return (column + 0.1) * (row + HEARSAY * max(share, LEAST)) / (rest + HEARSAY)

    def log_chance(self, i: int, value: int) -> float:
        """The logarithm of the chance that a cell holds this number; 0 for totals."""
        if i not in self._values:
            return 0.0
        table = self.form.items[i].table
        if table not in self._spread:
            self._spread[table] = self._fitted(table)
        return _log_chance(value / self.scale, self.mean(i), self._spread[table])

    def _fitted(self, table: str) -> float:
        """How much the table's numbers vary around what their rows and columns suggest: the likeliest of a few."""
        cells = [(held, self.mean(i)) for i, held in self._values.items() if self.form.items[i].table == table]
        return max(SPREADS, key=lambda spread: sum(_log_chance(held, mean, spread) for held, mean in cells))


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
