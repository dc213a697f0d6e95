"""A rule tied to one form: every place an index into the form's items, one instance per row or column it holds for.

Kept as parallel tuples instead of objects per instance: 10,000 rules over 100,000 cells make 250,000 instances, and
only the failing ones are ever looked at one by one.
"""

from __future__ import annotations

from collections.abc import Sequence

from xlreport.record import NamedTuple
from xlreport.rules.nodes import Link, Number, Op


class BoundSide(NamedTuple):
    """One side for every instance: the same factors, other items."""

    factors: tuple[Number, ...]  # one per place in an instance
    places: Sequence[tuple[int, ...]]  # per instance: item indices, parallel to `factors`
    constant: Number
    plain: bool  # every factor is 1: the side is a plain sum


class BoundComparison(NamedTuple):
    """`left op right` for every instance."""

    op: Op
    left: BoundSide
    right: BoundSide


class BoundRule(NamedTuple):
    """A statement over item indices; instance `i` is `keys[i]`, the (row, column) it holds for, None where pinned."""

    conclusion: tuple[BoundComparison, ...]
    premise: tuple[BoundComparison, ...]
    link: Link | None
    tolerance: Number
    keys: Sequence[tuple[str | None, str | None]]
    total: Sequence[int] | None = None  # sums declared by the tree: the index of each instance's total

    @property
    def balance(self) -> bool:
        """Whether this is a reconciliation: an unconditional equation."""
        return not self.premise and len(self.conclusion) == 1 and self.conclusion[0].op is Op.EQ

    def comparisons(self) -> tuple[BoundComparison, ...]:
        """Every comparison, premise first."""
        return self.premise + self.conclusion

    def items(self, instance: int) -> tuple[int, ...]:
        """The item indices that one instance looks at, each once, in the order written."""
        seen: dict[int, None] = {}
        for comparison in self.comparisons():
            for side in (comparison.left, comparison.right):
                seen.update(dict.fromkeys(side.places[instance]))
        return tuple(seen)


class Linear(NamedTuple):
    """`Σ factor·item + constant  op  0`: the constraint that the search for a culprit works with."""

    op: Op
    factors: dict[int, Number]
    constant: Number
    tolerance: Number


def linear(rule: BoundRule, instance: int) -> Linear | None:
    """The linear form of one instance; None for a conditional rule, which only filters candidates."""
    if rule.premise or len(rule.conclusion) != 1:
        return None
    comparison = rule.conclusion[0]
    factors: dict[int, Number] = {}
    for side, sign in ((comparison.left, 1), (comparison.right, -1)):
        for factor, item in zip(side.factors, side.places[instance], strict=True):
            factors[item] = factors.get(item, 0) + sign * factor
    return Linear(
        comparison.op,
        {item: factor for item, factor in factors.items() if factor},
        comparison.left.constant - comparison.right.constant,
        rule.tolerance,
    )
