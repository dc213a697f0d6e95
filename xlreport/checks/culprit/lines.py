"""A whole row or column wrong: never filled in, or meant as something else (the year's applications with last year's).

Looked at only where no few mistakes explain the gaps: then each cell of the line is put right by its own equations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from xlreport.checks.culprit.connections import Kind
from xlreport.checks.culprit.rank import EVENT, Happening, Ranker
from xlreport.checks.culprit.slips import cost
from xlreport.checks.culprit.system import System

LEAST = 3  # so many cells of a line must be wrong: one or two are mistakes of their own
LEFT_OUT = 0.03  # how often a whole line is left at 0
MEANT = 0.01  # and how often it is filled in with something else


def whole_lines(system: System, ranker: Ranker) -> Iterator[Happening]:
    """Every row or column that closes all gaps if each of its cells is put right by its own equations."""
    if any(system.slack):
        return
    for line in system.stretch.lines:
        sizes = _sizes(system, line)
        if len(sizes) < LEAST:
            continue
        effect: dict[int, int] = {}
        for i, size in sizes.items():
            for k, factor in system.columns[i].items():
                effect[k] = effect.get(k, 0) + factor * size
        if any(gap + effect.get(k, 0) for k, gap in enumerate(system.gaps)):
            continue
        right = {i: system.values[i] + size for i, size in sizes.items()}
        if all(ranker.may_hold(i, value) for i, value in right.items()):
            chance = MEANT if any(system.values[i] for i in line) else LEFT_OUT
            changed = tuple((k, size) for k, size in effect.items() if size)
            first = next(iter(sizes.values()))
            yield Happening(Kind.LINE, tuple(right), tuple(right.values()), first, EVENT + cost(chance), changed)


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
