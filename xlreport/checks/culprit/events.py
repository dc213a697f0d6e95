"""What may have happened to a table: a cell mistyped, alone or added up into its totals; two neighbours mixed up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import NamedTuple

from xlreport.checks.culprit.system import System
from xlreport.form.model import Form, Item

SMALL = 9  # a number that was counted where nothing is


class Kind(Enum):
    """What happened."""

    CELL = "cell"
    ACROSS = "carried-across"  # the cell and the totals of its row
    DOWN = "carried-down"  # the cell and the totals of its column
    BOTH = "carried-both"  # and the total of those
    SWAPPED = "swapped"
    MOVED = "moved"


class Event(NamedTuple):
    """Cells whose numbers are wrong by one common size, and what one unit of it adds to each gap."""

    kind: Kind
    cells: tuple[int, ...]
    effect: Mapping[int, int]


class Fixed(NamedTuple):
    """An event whose size is known: what the cells should hold, and what putting them right adds to each gap."""

    kind: Kind
    cells: tuple[int, ...]
    right: tuple[int, ...]
    effect: Mapping[int, int]


class Surroundings:
    """Which totals a cell goes into, and which cells stand beside it; worked out once for each cell asked about."""

    def __init__(self, form: Form, system: System) -> None:
        self.form, self.system = form, system
        self._near: dict[int, tuple[int, ...]] = {}

    def totals(self, i: int) -> tuple[list[int], list[int], list[int]]:
        """The typed totals of a detail's row, those of its column, and those where they cross."""
        item, index, known = self.form.items[i], self.form.index, self.system.columns
        table = self.form.tables[item.table]
        columns = [c.id for c in table.columns.leaves if item.column in c.parts]
        rows = [r.id for r in table.rows.leaves if item.row in r.parts]

        def those(places: Iterator[tuple[str, str]]) -> list[int]:
            found = (index.get(Item(item.table, *place)) for place in places)
            return [t for t in found if t is not None and t in known]

        return (
            those((item.row, c) for c in columns),
            those((r, item.column) for r in rows),
            those((r, c) for r in rows for c in columns),
        )

    def near(self, i: int) -> tuple[int, ...]:
        """The cells right, left, below and above that somebody typed."""
        if i not in self._near:
            item, index = self.form.items[i], self.form.index
            table = self.form.tables[item.table]
            rows, columns = table.rows.leaves, table.columns.leaves
            row, column = table.rows.position[item.row], table.columns.position[item.column]
            found = []
            for down, right in ((0, 1), (0, -1), (1, 0), (-1, 0)):
                r, c = row + down, column + right
                if 0 <= r < len(rows) and 0 <= c < len(columns):
                    j = index.get(Item(item.table, rows[r].id, columns[c].id))
                    if j is not None and j in self.system.columns:
                        found.append(j)
            self._near[i] = tuple(found)
        return self._near[i]


def events(system: System, around: Surroundings) -> list[Event]:
    """Every event of open size that some equation would show."""
    found: list[Event] = []

    def add(kind: Kind, cells: tuple[int, ...]) -> None:
        effect: dict[int, int] = {}
        for i in cells:
            for k, factor in system.columns[i].items():
                effect[k] = effect.get(k, 0) + factor
        effect = {k: factor for k, factor in effect.items() if factor}
        if effect:
            found.append(Event(kind, cells, effect))

    for i in system.columns:
        add(Kind.CELL, (i,))
    for i in system.columns:
        for kind, cells in carried(around, i):
            add(kind, (i, *cells))
    return found


def fixed_events(system: System, around: Surroundings) -> list[Fixed]:
    """Neighbours whose numbers stand in each other's cell, and small numbers that were counted where nothing is.

    The latter are events of open size as well, but two of them in one column show as one.
    """
    values = system.values
    found: list[Fixed] = []

    def add(kind: Kind, right: Mapping[int, int]) -> None:
        effect: dict[int, int] = {}
        for i, value in right.items():
            for k, factor in system.columns[i].items():
                effect[k] = effect.get(k, 0) + factor * (value - values[i])
        effect = {k: size for k, size in effect.items() if size}
        if any(system.gaps[k] for k in effect):
            found.append(Fixed(kind, tuple(right), tuple(right.values()), effect))

    for i, held in values.items():
        for j in around.near(i):
            if i < j and held != values[j]:
                add(Kind.SWAPPED if held and values[j] else Kind.MOVED, {i: values[j], j: held})
        if 0 < held <= SMALL * system.scale:
            for kind, cells in carried(around, i):
                if all(values[t] >= held for t in cells):
                    add(kind, {t: values[t] - held for t in (i, *cells)})
    return found


def carried(around: Surroundings, i: int) -> Iterator[tuple[Kind, tuple[int, ...]]]:
    """The totals that a cell's number goes into, by how far it was added up."""
    across, down, corner = around.totals(i)
    if across:
        yield Kind.ACROSS, tuple(across)
    if down:
        yield Kind.DOWN, tuple(down)
    if across and down:
        yield Kind.BOTH, (*across, *down, *corner)
