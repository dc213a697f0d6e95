"""What a cell is likely to hold, judged by the rest of its row and its column: a number in an empty row is odd."""

from __future__ import annotations

import math
from collections.abc import Mapping

from xlreport.checks.culprit.slips import usual_rows
from xlreport.form.model import Form, Item

SPREAD = 0.5  # counts vary much more than by chance: a negative binomial of this size
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
        mean = min(max(self.mean(i), 1e-4), 1e9)
        number = value / self.scale
        if number < 0:
            return math.log(DOUBT) - 2 * math.log1p(-number)
        none = (SPREAD / (SPREAD + mean)) ** SPREAD
        if not number:
            return math.log((1 - DOUBT) * none + DOUBT * 0.5)
        usual = math.exp(
            math.lgamma(number + SPREAD)
            - math.lgamma(number + 1)
            - math.lgamma(SPREAD)
            + SPREAD * math.log(SPREAD / (SPREAD + mean))
            + number * math.log(mean / (SPREAD + mean))
        )
        return math.log((1 - DOUBT) * usual + DOUBT * 0.5 / (1 + number) ** 2)
