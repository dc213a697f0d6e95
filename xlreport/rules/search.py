"""The smallest sets of events that account for every gap at once: exact, whatever the equations are.

Rows are equations, `row[e]` is what event `e` adds to the equation's gap for each unit of its size. A solution is a
set of events with sizes that bring every gap to 0. The search branches on the unexplained row with the fewest events,
takes one of them, and eliminates it from all other rows by integer pivoting, so sizes stay open until they follow.
Fixed events (a swap) have a size of their own and are tried first. Knows no form, no cell and no likelihood.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import chain

from xlreport.record import NamedTuple

SIZED = 12  # to work out the sizes of the events takes as long as to touch so many rows

Row = Mapping[int, int]


Possible = Callable[[int, int], bool]
"""Whether an event of open size may have a certain size."""


class Solution(NamedTuple):
    """Events with their sizes, and the fixed events that happened besides."""

    sizes: tuple[tuple[int, int], ...]
    fixed: tuple[int, ...]


class Budget:
    """How much work may still be done: rows touched. Counted rather than timed, so that an answer can be repeated."""

    __slots__ = ("left",)

    def __init__(self, work: int) -> None:
        self.left = work

    @property
    def spent(self) -> bool:
        """Whether the search had to stop early."""
        return self.left <= 0


class Matrix(NamedTuple):
    """What events do to equations, by either."""

    rows: tuple[Row, ...]  # equation → event → factor
    columns: tuple[Row, ...]  # event → equation → factor


def matrix(effects: Sequence[Row], count: int, known: Matrix | None = None) -> Matrix:
    """The matrix of events with these effects on so many equations, behind those that are known already."""
    rows: list[dict[int, int]] = [dict(row) for row in known.rows] if known else [{} for _ in range(count)]
    before = known.columns if known else ()
    for e, effect in enumerate(effects, len(before)):
        for k, factor in effect.items():
            rows[k][e] = factor
    return Matrix(tuple(rows), (*before, *effects))


def solutions(
    open_events: Matrix,
    gaps: Sequence[int],
    fixed: Sequence[Row],
    size: int,
    budget: Budget,
    most: int,
    possible: Possible,
    known: int = 0,
) -> list[Solution]:
    """Every solution of exactly `size` events that are possible, at most `most` and as far as the budget goes.

    At least `known` of them are fixed events: a search that is much faster.
    """
    found: list[Solution] = []
    by_row: dict[int, list[int]] = {}
    for f, effect in enumerate(fixed):
        for k in effect:
            by_row.setdefault(k, []).append(f)

    longest = max((len(effect) for effect in (*open_events.columns, *fixed)), default=0)

    def with_fixed(gaps: list[int], left: int, taken: tuple[int, ...]) -> None:
        if budget.spent or len(found) >= most:
            return
        open_ = [k for k, gap in enumerate(gaps) if gap]
        budget.left -= len(open_) // 4 + 2
        if len(open_) > left * longest:
            return
        if len(taken) >= known:
            for sizes in _free(open_events, gaps, left, budget, possible):
                found.append(Solution(sizes, taken))
                if len(found) >= most:
                    return
        if not left:
            return
        last = taken[-1] if taken else -1
        for f in sorted({f for k in open_ for f in by_row.get(k, ()) if f > last}):
            effect = fixed[f]
            budget.left -= len(effect)
            if len(open_) - len(effect) > (left - 1) * longest:
                continue
            if left == 1:
                if len(taken) + 1 >= known and _closes(gaps, effect, len(open_)):
                    found.append(Solution((), (*taken, f)))
                    if len(found) >= most:
                        return
            elif _helps(gaps, effect):
                after = list(gaps)
                for k, d in effect.items():
                    after[k] += d
                with_fixed(after, left - 1, (*taken, f))

    with_fixed(list(gaps), size, ())
    return found


def _closes(gaps: Sequence[int], effect: Row, open_: int) -> bool:
    """Whether an event of known size closes every gap, of which there are so many, and opens none."""
    if len(effect) != open_:
        return False
    for k, d in effect.items():  # noqa: SIM110  (asked tens of thousands of times, and a generator is made each time)
        if gaps[k] != -d:
            return False
    return True


def _helps(gaps: Sequence[int], effect: Row) -> bool:
    """Whether an event of known size closes more gaps than it opens, or opens none and makes them smaller."""
    closed, smaller = 0, True
    for k, d in effect.items():
        gap = gaps[k]
        if not gap:
            closed -= 1
            smaller = False
        elif gap == -d:
            closed += 1
        elif abs(gap + d) >= abs(gap):
            smaller = False
    return closed > 0 or smaller


Step = tuple[int, Row, int]
"""An event taken, its row at that moment, and that row's gap."""


def _free(
    events: Matrix, gaps: Sequence[int], size: int, budget: Budget, possible: Possible
) -> Iterator[tuple[tuple[int, int], ...]]:
    """Every way to bring the gaps to 0 by exactly `size` events of open size."""
    if not size:
        if not any(gaps):
            yield ()
        return

    def descend(
        rows: Sequence[Row],
        gaps: Sequence[int],
        left: int,
        steps: tuple[Step, ...],
        barred: frozenset[int],
        merged: frozenset[int],
    ) -> Iterator[tuple[tuple[int, int], ...]]:
        open_ = [k for k, gap in enumerate(gaps) if gap]
        if not open_ or budget.spent:
            return
        pivot = min(open_, key=lambda k: len(rows[k]))
        row, gap = rows[pivot], gaps[pivot]
        if left == 1:
            budget.left -= len(row)
            for e in _single(events, rows, gaps, open_, row, gap, merged):
                if e not in barred:
                    budget.left -= SIZED
                    sizes = _sizes((*steps, (e, row, gap)), possible)
                    if sizes is not None:
                        yield sizes
            return
        count = Counter(chain.from_iterable([rows[k] for k in open_]))
        budget.left -= sum(len(rows[k]) for k in open_) // 4 + 4
        # Each event can close no more gaps than it takes part in.
        most = sorted(count.values(), reverse=True)[:left]
        if sum(most) < len(open_):
            return
        reach = sum(most[:-1])
        here = set(barred)
        for e in sorted((e for e in row if e not in barred), key=lambda e: (-count[e], e)):
            # The gaps it does not touch stay as they are: the other events must close them.
            untouched = [k for k in open_ if e not in rows[k]]
            if len(untouched) > reach or (left == 2 and not _common(rows, gaps, untouched, budget)):
                here.add(e)
                continue
            where = {*events.columns[e], *merged} - {pivot}
            reduced = _without(rows, gaps, pivot, e, where, budget)
            if reduced is not None:
                yield from descend(*reduced, left - 1, (*steps, (e, row, gap)), frozenset(here), frozenset(where))
            here.add(e)

    yield from descend(events.rows, gaps, size, (), frozenset(), frozenset())


def _common(rows: Sequence[Row], gaps: Sequence[int], open_: Sequence[int], budget: Budget) -> bool:
    """Whether some event takes part in all these gaps in one ratio."""
    if not open_:
        return True
    first, *others = sorted(open_, key=lambda k: len(rows[k]))
    budget.left -= len(rows[first]) // 4 + 2
    shared: Collection[int] = rows[first]
    for k in others:
        row, gap, base, of = rows[k], gaps[k], rows[first], gaps[first]
        shared = [f for f in shared if f in row and row[f] * of == base[f] * gap]
        if not shared:
            return False
    return bool(shared)


def _single(
    events: Matrix,
    rows: Sequence[Row],
    gaps: Sequence[int],
    open_: Sequence[int],
    row: Row,
    gap: int,
    merged: Collection[int],
) -> Iterator[int]:
    """The events that alone close all gaps: in the same ratio in every open row, and in no other."""
    shared: Collection[int] = row
    if len(open_) > 1:
        shared = set(row)
        for k in open_:
            shared &= rows[k].keys()
    for e in shared:
        factor = row[e]
        if all(rows[k][e] * gap == gaps[k] * factor for k in open_) and not any(
            not gaps[k] and e in rows[k] for k in (*merged, *events.columns[e])
        ):
            yield e


def _without(
    rows: Sequence[Row], gaps: Sequence[int], pivot: int, e: int, where: Collection[int], budget: Budget
) -> tuple[list[Row], list[int]] | None:
    """The system with event `e` solved for in row `pivot`; None if some gap can be closed by nothing any more."""
    row, gap = rows[pivot], gaps[pivot]
    factor = row[e]
    new_rows, new_gaps = list(rows), list(gaps)
    new_rows[pivot], new_gaps[pivot] = {}, 0
    for k in where:
        other = rows[k]
        if e not in other:
            continue
        share = other[e]
        budget.left -= len(row)
        if share % factor == 0:
            times = share // factor
            merged = dict(other)
            for z, value in row.items():
                left = merged.get(z, 0) - times * value
                if left:
                    merged[z] = left
                else:
                    merged.pop(z, None)
            new_gaps[k] = gaps[k] - times * gap
        else:
            merged = {z: value * factor for z, value in other.items()}
            for z, value in row.items():
                left = merged.get(z, 0) - share * value
                if left:
                    merged[z] = left
                else:
                    merged.pop(z, None)
            new_gaps[k] = gaps[k] * factor - share * gap
        new_rows[k] = merged
        if new_gaps[k] and not merged:
            return None
    return new_rows, new_gaps


def _sizes(steps: Sequence[Step], possible: Possible) -> tuple[tuple[int, int], ...] | None:
    """The sizes that follow, last event first; None if one is 0, no whole number or not possible."""
    sizes: dict[int, int] = {}
    for e, row, gap in reversed(steps):
        rest = gap + sum(row[z] * size for z, size in sizes.items() if z in row)
        size, over = divmod(-rest, row[e])
        if over or not size or not possible(e, size):
            return None
        sizes[e] = size
    return tuple(sorted(sizes.items()))
