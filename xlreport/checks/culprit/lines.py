"""A whole row or column wrong: never filled in, meant as something else, or standing in the next one's place.

Something else: the year's applications with last year's. Each cell of the line is put right by its own equations;
looked at only where three or more of these do not hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from xlreport.checks.culprit.connections import Kind
from xlreport.checks.culprit.rank import EVENT, Happening, Ranker
from xlreport.checks.culprit.slips import cost
from xlreport.checks.culprit.system import System
from xlreport.form.table import Item

LEAST = 3  # so many cells of a line must be wrong: one or two are mistakes of their own
LEFT_OUT = 0.03  # how often a whole line is left at 0
MEANT = 0.01  # and how often it is filled in with something else
CHANGED = 0.2  # no chance closes every gap by numbers that all stand there already, so this weighs more


def whole_lines(system: System, ranker: Ranker) -> Iterator[Happening]:
    """Every row or column that closes all gaps if each of its cells is put right by its own equations.

    Every two that do so if what is in the one belongs in the other as well.
    """
    if any(system.slack):
        return
    for line in system.stretch.lines:
        sizes = _sizes(system, line)
        if len(sizes) < LEAST:
            continue
        chance = MEANT if any(system.values[i] for i in line) else LEFT_OUT
        if (one := _happening(system, ranker, Kind.LINE, sizes, chance)) is not None:
            yield one
    for here, there in _neighbours(system):
        sizes = {i: system.values[j] - system.values[i] for i, j in zip(here + there, there + here, strict=True)}
        sizes = {i: size for i, size in sizes.items() if size}
        if len(sizes) > LEAST and (one := _happening(system, ranker, Kind.LINES, sizes, CHANGED)) is not None:
            yield one


def of_most(system: System, one: Happening) -> bool:
    """Whether most of the line is wrong, of what is or should be filled in: else it is rather some cells of it.

    One reason makes every number too small or every one too large. Where something is filled in, what was added up from
    two wrong numbers is no third one.
    """
    if len({value > system.values[i] for i, value in zip(one.cells, one.right, strict=True)}) > 1:
        return False
    line = next(line for line in system.stretch.lines if set(one.cells) <= set(line))
    own = list(one.cells)
    if any(system.values[i] for i in own):
        over = system.stretch.form.totals_over
        summed = {t for i in own for totals in over[i] for t in totals}
        own = [i for i in own if i not in summed]
    return len(own) >= LEAST and len(one.cells) > sum(1 for i in line if system.values[i] and i not in one.cells)


def _happening(system: System, ranker: Ranker, kind: Kind, sizes: Mapping[int, int], chance: float) -> Happening | None:
    """The line put right by these sizes, if that closes every gap and each cell may hold what it should."""
    effect: dict[int, int] = {}
    for i, size in sizes.items():
        for k, factor in system.columns[i].items():
            effect[k] = effect.get(k, 0) + factor * size
    if any(gap + effect.get(k, 0) for k, gap in enumerate(system.gaps)):
        return None
    right = {i: system.values[i] + size for i, size in sizes.items()}
    if not all(ranker.may_hold(i, value) for i, value in right.items()):
        return None
    changed = tuple((k, size) for k, size in effect.items() if size)
    first = next(iter(sizes.values()))
    return Happening(kind, tuple(right), tuple(right.values()), first, EVENT + cost(chance), changed)


def _neighbours(system: System) -> Iterator[tuple[list[int], list[int]]]:
    """Rows and columns that stand side by side, as far as both were typed."""
    form, columns = system.stretch.form, system.columns
    for table in form.tables.values():
        rows, heads = [r.id for r in table.rows.leaves], [c.id for c in table.columns.leaves]
        across = [[form.index.get(Item(table.id, r, c), -1) for c in heads] for r in rows]
        for lines in (across, list(map(list, zip(*across, strict=True)))):
            for here, there in pairwise(lines):
                both = [(i, j) for i, j in zip(here, there, strict=True) if i in columns and j in columns]
                if len(both) > 1:
                    yield [i for i, _ in both], [j for _, j in both]


def _sizes(system: System, line: Sequence[int]) -> Mapping[int, int]:
    """By how much each cell is off, as all equations say that run across the line; nothing where they disagree."""
    shows: dict[int, int] = {}
    for i in line:
        for k in system.columns[i]:
            shows[k] = shows.get(k, 0) + 1
    sizes: dict[int, int] = {}
    for i in line:
        asked = {divmod(-system.gaps[k], factor) for k, factor in system.columns[i].items() if shows[k] < LEAST}
        if len(asked) > 1:
            return {}
        for size, rest in asked:
            if rest:
                return {}
            if size:
                sizes[i] = size
    return sizes
