"""Whether some numbers satisfy a few linear comparisons at once: exact, by eliminating one unknown after the other.

Fourier and Motzkin's way: fine for the handful of rules that an audit holds against each other, and given up beyond.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

MOST = 400  # as many comparisons at a time


class Limit(NamedTuple):
    """`Σ factor·unknown + constant ≤ 0`, or `< 0`."""

    factors: Mapping[int, Fraction]
    constant: Fraction
    strict: bool = False


def infeasible(limits: Sequence[Limit]) -> bool:
    """Whether nothing satisfies them all; False as well where there are too many to tell."""
    rows = list(limits)
    while True:
        if any(not r.factors and (r.constant > 0 or (r.strict and not r.constant)) for r in rows):
            return True
        rows = [r for r in rows if r.factors]
        if not rows:
            return False
        ups: dict[int, int] = {}
        downs: dict[int, int] = {}
        for row in rows:
            for i, factor in row.factors.items():
                side = ups if factor > 0 else downs
                side[i] = side.get(i, 0) + 1
        every = ups.keys() | downs.keys()
        best = min(every, key=lambda i: (ups.get(i, 0) * downs.get(i, 0) - ups.get(i, 0) - downs.get(i, 0), i))
        above = [r for r in rows if r.factors.get(best, 0) > 0]
        below = [r for r in rows if r.factors.get(best, 0) < 0]
        rows = [r for r in rows if best not in r.factors]
        if len(rows) + len(above) * len(below) > MOST:
            return False
        rows += [_without(best, a, b) for a in above for b in below]


def _without(unknown: int, above: Limit, below: Limit) -> Limit:
    """What two limits say of the rest together."""
    a, b = above.factors[unknown], -below.factors[unknown]
    factors: dict[int, Fraction] = {}
    for limit, times in ((above, b), (below, a)):
        for i, factor in limit.factors.items():
            factors[i] = factors.get(i, Fraction(0)) + factor * times
    rest = {i: factor for i, factor in factors.items() if factor}
    return Limit(rest, above.constant * b + below.constant * a, above.strict or below.strict)
