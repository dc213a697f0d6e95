"""The smallest sets of events after which every equation holds within its tolerance.

The exact search (`search`) eliminates one event after the other; a tolerance leaves a little of each gap, so here the
sizes are fixed as soon as an event is taken: such that it closes a gap, and as many others with it as it can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from xlreport.rules.search import Budget, Row, Solution

Choose = Callable[[int, int, int, frozenset[int]], int | None]
"""The likeliest size of an event between two bounds, given the sizes that close a gap exactly; None: none possible."""

Span = tuple[int, int]


def open_gaps(gaps: Sequence[int], slack: Sequence[int]) -> list[int]:
    """The equations that do not hold."""
    return [k for k, gap in enumerate(gaps) if abs(gap) > slack[k]]


def span(effect: Row, gaps: Sequence[int], slack: Sequence[int]) -> Span | None:
    """Between which sizes an event leaves every equation it takes part in within its tolerance; None: nowhere."""
    low: int | None = None
    high: int | None = None
    for k, factor in effect.items():
        least, greatest = _span(factor, gaps[k], slack[k])
        low = least if low is None else max(low, least)
        high = greatest if high is None else min(high, greatest)
    return None if low is None or high is None or low > high else (low, high)


def closings(effect: Row, gaps: Sequence[int]) -> frozenset[int]:
    """The sizes with which an event closes some gap exactly."""
    return frozenset(-gaps[k] // factor for k, factor in effect.items() if not gaps[k] % factor)


def _span(factor: int, gap: int, slack: int) -> Span:
    """The sizes s with |gap + factor·s| ≤ slack."""
    ends = (-gap - slack, -gap + slack) if factor > 0 else (gap - slack, gap + slack)
    size = abs(factor)
    return -(-ends[0] // size), ends[1] // size


def solutions_within(
    effects: Sequence[Row],
    fixed: Sequence[Row],
    gaps: Sequence[int],
    slack: Sequence[int],
    size: int,
    budget: Budget,
    most: int,
    choose: Choose,
) -> list[Solution]:
    """Every solution found of exactly `size` events, at most `most` and as far as the budget goes."""
    by_row: dict[int, list[int]] = {}
    for e, effect in enumerate((*effects, *fixed)):
        for k in effect:
            by_row.setdefault(k, []).append(e)
    found: dict[Solution, None] = {}

    def sizes(e: int, gaps: Sequence[int], open_: Sequence[int], *, last: bool) -> Iterator[int]:
        effect, seen = effects[e], set[int]()
        if last:
            every = span(effect, gaps, slack)
            spans = [every] if every else []
        else:
            # To close one gap, and as many of the others as go with it.
            each = [_span(effect[k], gaps[k], slack[k]) for k in open_ if k in effect]
            spans = []
            for low, high in each:
                for least, greatest in each:
                    if max(low, least) <= min(high, greatest):
                        low, high = max(low, least), min(high, greatest)
                if low <= high:
                    spans.append((low, high))
        for low, high in dict.fromkeys(spans):
            one = choose(e, low, high, closings(effect, gaps))
            if one and one not in seen:
                seen.add(one)
                yield one

    def descend(gaps: Sequence[int], left: int, taken: tuple[tuple[int, int], ...], barred: frozenset[int]) -> None:
        open_ = open_gaps(gaps, slack)
        if not open_ or budget.spent or len(found) >= most:
            return
        pivot = min(open_, key=lambda k: len(by_row.get(k, ())))
        here = set(barred)
        for e in by_row.get(pivot, ()):
            if e in here or any(e == other for other, _ in taken):
                continue
            here.add(e)
            effect = effects[e] if e < len(effects) else fixed[e - len(effects)]
            budget.left -= len(effect) + 4
            if left == 1 and any(k not in effect for k in open_):
                continue
            tried = sizes(e, gaps, open_, last=left == 1) if e < len(effects) else iter((1,))
            for one in tried:
                after = list(gaps)
                for k, factor in effect.items():
                    after[k] += factor * one
                if left > 1:
                    descend(after, left - 1, (*taken, (e, one)), frozenset(here))
                elif not open_gaps(after, slack):
                    done = (*taken, (e, one))
                    free = tuple(sorted(pair for pair in done if pair[0] < len(effects)))
                    known = tuple(sorted(e - len(effects) for e, _ in done if e >= len(effects)))
                    found.setdefault(Solution(free, known))

    descend(gaps, size, (), frozenset())
    return list(found)
