"""Rules held against each other: comparisons that no numbers satisfy together, conditions whose conclusion follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import TypeVar

from xlreport.form.model import Form
from xlreport.form.table import Quantity
from xlreport.rules.bound import BoundComparison, BoundRule
from xlreport.rules.feasible import Limit, infeasible
from xlreport.rules.nodes import Link, Number, Op

LARGEST = 24  # rules that hang together are compared up to this many

Name = TypeVar("Name")

Expand = Callable[[Mapping[int, Number]], Mapping[int, Number]]
"""A sum with its totals replaced by their parts."""

OPPOSITE = {Op.EQ: Op.NE, Op.NE: Op.EQ, Op.LE: Op.GT, Op.GT: Op.LE, Op.GE: Op.LT, Op.LT: Op.GE}


def limits(factors: Mapping[int, Number], constant: Number, op: Op, tolerance: Number) -> list[Limit]:
    """`Σ factor·cell + constant op 0` as limits; nothing for ≠, which leaves out one value only."""
    up = {i: Fraction(f) for i, f in factors.items() if f}
    down = {i: -f for i, f in up.items()}
    base, slack = Fraction(constant), Fraction(tolerance)
    match op:
        case Op.EQ:
            return [Limit(up, base - slack), Limit(down, -base - slack)]
        case Op.LE:
            return [Limit(up, base - slack)]
        case Op.GE:
            return [Limit(down, -base - slack)]
        case Op.LT:
            return [Limit(up, base, strict=True)]
        case Op.GT:
            return [Limit(down, -base, strict=True)]
        case Op.NE:
            return []


def not_negative(form: Form, rows: Sequence[Limit]) -> list[Limit]:
    """That the cells of these limits hold 0 or more, those that may be negative aside."""
    cells = sorted({i for row in rows for i in row.factors})
    return [Limit({i: Fraction(-1)}, Fraction(0)) for i in cells if not _signed(form, i)]


def _signed(form: Form, i: int) -> bool:
    item = form.items[i] if i < len(form.items) else form.priors[i - len(form.items)]
    return item in form.index and form.entry_type(item).quantity is Quantity.SIGNED


def clashing(form: Form, rules: Sequence[tuple[Name, Sequence[Limit]]]) -> Iterator[tuple[Name, ...]]:
    """Small groups of rules that no numbers satisfy, each with a rule that no other group needs."""
    for group in _together(rules):
        while len(group) <= LARGEST and _clash(form, group):
            left = list(group)
            for one in group:
                fewer = [other for other in left if other is not one]
                if fewer and _clash(form, fewer):
                    left = fewer
            yield tuple(name for name, _ in left)
            group = [one for one in group if one is not left[-1]]


def _clash(form: Form, rules: Sequence[tuple[Name, Sequence[Limit]]]) -> bool:
    rows = [row for _, own in rules for row in own]
    return infeasible([*rows, *not_negative(form, rows)])


def _together(rules: Sequence[tuple[Name, Sequence[Limit]]]) -> Iterator[list[tuple[Name, Sequence[Limit]]]]:
    rest = [(one, {i for row in one[1] for i in row.factors}) for one in rules]
    while rest:
        one, cells = rest.pop(0)
        group = [one]
        while near := [entry for entry in rest if entry[1] & cells]:
            group += [other for other, _ in near]
            cells = cells.union(*(own for _, own in near))
            rest = [entry for entry in rest if not any(entry is taken for taken in near)]
        yield group


def follows(
    rule: BoundRule,
    factors_of: Callable[[BoundComparison], Mapping[int, Number]],
    expand: Expand,
    form: Form,
) -> bool:
    """Whether a conditional rule holds whatever is filled in: what it concludes always holds where its condition does.

    Of an "if and only if" the other way round as well. A tolerance widens the conclusion, never the condition.
    """
    if rule.link is None:
        return False

    def told(comparison: BoundComparison, tolerance: Number, *, holds: bool) -> list[list[Limit]]:
        constant = comparison.left.constant - comparison.right.constant
        return _ways(expand(factors_of(comparison)), constant, comparison.op, tolerance, holds=holds)

    def always(given: Sequence[BoundComparison], then: Sequence[BoundComparison], *, back: bool) -> bool:
        tolerances = (rule.tolerance, 0) if back else (0, rule.tolerance)
        for ways in product(*(told(c, tolerances[0], holds=True) for c in given)):
            rows = [row for way in ways for row in way]
            for comparison in then:
                for way in told(comparison, tolerances[1], holds=False):
                    every = [*rows, *way]
                    if not infeasible([*every, *not_negative(form, every)]):
                        return False
        return True

    return always(rule.premise, rule.conclusion, back=False) and (
        rule.link is not Link.IFF or always(rule.conclusion, rule.premise, back=True)
    )


def _ways(
    factors: Mapping[int, Number], constant: Number, op: Op, tolerance: Number, *, holds: bool
) -> list[list[Limit]]:
    """The ways in which a comparison may hold within a tolerance, or fail: each some limits that are true together."""
    apart = [limits(factors, constant - tolerance, Op.GT, 0), limits(factors, constant + tolerance, Op.LT, 0)]
    match op:
        case Op.EQ | Op.NE:
            return [limits(factors, constant, Op.EQ, tolerance)] if holds is (op is Op.EQ) else apart
        case Op.LE:
            return [limits(factors, constant, op, tolerance)] if holds else apart[:1]
        case Op.GE:
            return [limits(factors, constant, op, tolerance)] if holds else apart[1:]
        case Op.LT | Op.GT:  # a tolerance does not widen these
            return [limits(factors, constant, op if holds else OPPOSITE[op], 0)]
