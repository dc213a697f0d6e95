"""What may have happened to a table: a cell mistyped, alone or added up into its totals; two neighbours mixed up."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise

from xlreport.checks.culprit.connections import Event, Kind
from xlreport.checks.culprit.system import System
from xlreport.record import NamedTuple

SMALL = 9  # a number that was counted where nothing is
OVERWRITTEN = 4  # so many numbers must be off before one that the others left no room for is worked out


class Fixed(NamedTuple):
    """An event whose size is known: what the cells should hold, and what putting them right adds to each gap."""

    kind: Kind
    cells: tuple[int, ...]
    right: tuple[int, ...]
    effect: Mapping[int, int]


def events(system: System, contradicted: Collection[int] = ()) -> list[Event]:
    """Every event of open size: each cell alone, and each added up into its totals where an open gap shows it.

    A cell that the text contradicts may be wrong where no gap is open: another one was made to balance with it.
    """
    stretch = system.stretch
    wrong = _wrong(system)
    found = list(stretch.alone)
    found += [
        event
        for own in stretch.carried.values()
        for event in own
        if not wrong.isdisjoint(event.effect) or (contradicted and any(i in contradicted for i in event.cells))
    ]
    found += _added(system)
    return found


def _wrong(system: System) -> set[int]:
    """The equations that do not hold to the last unit."""
    return {k for k, gap in enumerate(system.gaps) if gap}


def _added(system: System) -> Iterator[Event]:
    """A cell with nothing whose number may stand in its neighbour's: only where every gap it would leave is open."""
    broken, columns, values = set(system.broken), system.columns, system.values
    for i in sorted({i for k in broken for i in system.stretch.rows[k] if not values[i]}):
        for j in system.stretch.near(i):
            if values[j] <= 0:
                continue
            effect = dict(columns[i])
            for k, factor in columns[j].items():
                effect[k] = effect.get(k, 0) - factor
            effect = {k: factor for k, factor in effect.items() if factor}
            if len(effect) > 1 and effect.keys() <= broken:
                yield Event(Kind.ADDED, (i, j), effect)


def fixed_events(system: System) -> list[Fixed]:
    """Neighbours whose numbers stand in each other's cell, and small numbers that were counted where nothing is.

    The latter are events of open size as well, but two of them in one column show as one.
    """
    values, columns, stretch = system.values, system.columns, system.stretch
    wrong = _wrong(system)
    seen = {i for k in wrong for i in stretch.rows[k]}
    found: list[Fixed] = []

    def add(kind: Kind, right: Mapping[int, int]) -> None:
        effect: dict[int, int] = {}
        for i, value in right.items():
            by = value - values[i]
            for k, factor in columns[i].items():
                effect[k] = effect.get(k, 0) + factor * by
        effect = {k: size for k, size in effect.items() if size}
        if not wrong.isdisjoint(effect):
            found.append(Fixed(kind, tuple(right), tuple(right.values()), effect))

    for i, held in values.items():
        for j in stretch.near(i):
            if i < j and held != values[j] and (i in seen or j in seen):
                add(Kind.SWAPPED if held and values[j] else Kind.MOVED, {i: values[j], j: held})
        if 0 < held <= SMALL * system.scale:
            for kind, cells, effect in stretch.carried.get(i, ()):
                if not wrong.isdisjoint(effect) and all(values[t] >= held for t in cells):
                    add(kind, {t: values[t] - held for t in cells})
    if len(wrong) > 2:
        for line in stretch.lines:
            for along in (line, line[::-1]):
                for right in _shifted(system, along, wrong):
                    add(Kind.SHIFTED, right)
    return found


def _shifted(system: System, line: Sequence[int], wrong: set[int]) -> Iterator[Mapping[int, int]]:
    """Numbers along a line that may all stand one cell too far on: where every other sum they go into is open.

    The last of them may stand where there was nothing, or in the place of a number that is lost: what that was is as
    much as its other sum lacks.
    """
    values, columns = system.values, system.columns
    for start in range(len(line) - 2):
        if values[line[start]] or not values[line[start + 1]]:
            continue
        right: dict[int, int] = {}
        for here, after in pairwise(line[start:]):
            if values[here] != values[after] and any(k not in wrong and k not in columns[after] for k in columns[here]):
                break
            right[here] = values[after]
            if not values[after]:
                break
            if len(right) > 1 and all(k in wrong or k in columns[here] for k in columns[after]):
                yield {i: value for i, value in {**right, after: 0}.items() if value != values[i]}
                lost = _lost(system, after, here)
                changed = {i: value for i, value in {**right, after: lost}.items() if value != values[i]}
                if lost > 0 and len(changed) >= OVERWRITTEN:
                    yield changed


def _lost(system: System, i: int, before: int) -> int:
    """What a cell should hold by its only sum that the one before it is not in; 0 if that does not tell."""
    across = [(k, factor) for k, factor in system.columns[i].items() if k not in system.columns[before]]
    if len(across) != 1:
        return 0
    ((k, factor),) = across
    by, rest = divmod(-system.gaps[k], factor)
    return 0 if rest else system.values[i] + by
