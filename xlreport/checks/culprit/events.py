"""What may have happened to a table: a cell mistyped, alone or added up into its totals; two neighbours mixed up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum

from xlreport.checks.culprit.system import System
from xlreport.form.model import Form
from xlreport.record import NamedTuple

SMALL = 9  # a number that was counted where nothing is


class Kind(Enum):
    """What happened."""

    CELL = "cell"
    ACROSS = "carried-across"  # the cell and the totals of its row
    DOWN = "carried-down"  # the cell and the totals of its column
    BOTH = "carried-both"  # and the total of those
    SWAPPED = "swapped"
    MOVED = "moved"
    ADDED = "added"  # a number typed one cell off, together with what belongs there


class Event(NamedTuple):
    """Cells whose numbers are wrong by one common size, and what one unit of it adds to each gap.

    Of a number added to a neighbour's, the neighbour has too much of what the first cell lacks.
    """

    kind: Kind
    cells: tuple[int, ...]
    effect: Mapping[int, int]

    def shifts(self, size: int) -> tuple[int, ...]:
        """How much each cell is put up or down."""
        return (size, -size) if self.kind is Kind.ADDED else (size,) * len(self.cells)


class Fixed(NamedTuple):
    """An event whose size is known: what the cells should hold, and what putting them right adds to each gap."""

    kind: Kind
    cells: tuple[int, ...]
    right: tuple[int, ...]
    effect: Mapping[int, int]


class Surroundings:
    """Which totals a cell goes into, and which cells stand beside it, as far as somebody typed them."""

    def __init__(self, form: Form, system: System) -> None:
        self._known = system.columns
        self._totals, self._beside = form.totals_over, form.beside

    def carried(self, i: int) -> Iterator[tuple[Kind, tuple[int, ...]]]:
        """The totals that a cell's number goes into, by how far it was added up."""
        across, down, corner = ([t for t in those if t in self._known] for those in self._totals[i])
        if across:
            yield Kind.ACROSS, tuple(across)
        if down:
            yield Kind.DOWN, tuple(down)
        if across and down:
            yield Kind.BOTH, (*across, *down, *corner)

    def near(self, i: int) -> Iterator[int]:
        """The cells right, left, below and above."""
        return (j for j in self._beside[i] if j in self._known)


def events(system: System, around: Surroundings) -> list[Event]:
    """Every event of open size: each cell alone, and each added up into its totals where an open gap shows it."""
    found = [Event(Kind.CELL, (i,), effect) for i, effect in system.columns.items() if effect]
    wrong = {k for k, gap in enumerate(system.gaps) if gap}
    for i, own in system.columns.items():
        for kind, cells in around.carried(i):
            if wrong.isdisjoint(own) and all(wrong.isdisjoint(system.columns[t]) for t in cells):
                continue
            effect = dict(own)
            for t in cells:
                for k, factor in system.columns[t].items():
                    both = effect.get(k, 0) + factor
                    if both:
                        effect[k] = both
                    else:
                        del effect[k]
            if not wrong.isdisjoint(effect):
                found.append(Event(kind, (i, *cells), effect))
    found += _added(system, around)
    return found


def _added(system: System, around: Surroundings) -> Iterator[Event]:
    """A cell with nothing whose number may stand in its neighbour's: only where every gap it would leave is open."""
    broken = set(system.broken)
    for i, held in system.values.items():
        if held or not broken & system.columns[i].keys():
            continue
        for j in around.near(i):
            if system.values[j] <= 0:
                continue
            effect = dict(system.columns[i])
            for k, factor in system.columns[j].items():
                effect[k] = effect.get(k, 0) - factor
            effect = {k: factor for k, factor in effect.items() if factor}
            if len(effect) > 1 and effect.keys() <= broken:
                yield Event(Kind.ADDED, (i, j), effect)


def fixed_events(system: System, around: Surroundings) -> list[Fixed]:
    """Neighbours whose numbers stand in each other's cell, and small numbers that were counted where nothing is.

    The latter are events of open size as well, but two of them in one column show as one.
    """
    values = system.values
    wrong = {k for k, gap in enumerate(system.gaps) if gap}
    found: list[Fixed] = []

    def add(kind: Kind, right: Mapping[int, int]) -> None:
        if all(wrong.isdisjoint(system.columns[i]) for i in right):
            return
        effect: dict[int, int] = {}
        for i, value in right.items():
            for k, factor in system.columns[i].items():
                effect[k] = effect.get(k, 0) + factor * (value - values[i])
        effect = {k: size for k, size in effect.items() if size}
        if not wrong.isdisjoint(effect):
            found.append(Fixed(kind, tuple(right), tuple(right.values()), effect))

    for i, held in values.items():
        for j in around.near(i):
            if i < j and held != values[j]:
                add(Kind.SWAPPED if held and values[j] else Kind.MOVED, {i: values[j], j: held})
        if 0 < held <= SMALL * system.scale:
            for kind, cells in around.carried(i):
                if all(values[t] >= held for t in cells):
                    add(kind, {t: values[t] - held for t in (i, *cells)})
    return found
