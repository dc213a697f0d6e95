"""Judging rules: what holds, what fails, and what cannot be told yet.

Blank semantics, the same in the sheet's own formulas (`formula.py`):

* a blank detail counts as 0 in an equation; a blank *total* counts as the sum of its parts, so that one blank never
  switches a check off (the caller puts both into `values`);
* the sum that declares a blank total is undecided: the total is "not filled", which is told of the item itself;
* an inequality or a conditional rule that would fail is undecided while one of its items is blank;
* an item that holds something unreadable leaves every rule it stands in undecided.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum

from xlreport.record import NamedTuple
from xlreport.rules.bound import BoundComparison, BoundRule, BoundSide
from xlreport.rules.nodes import Link, Number, Op


class Verdict(Enum):
    """The outcome of one rule on one place."""

    PASS = "pass"  # noqa: S105  (a verdict, not a password)
    FAIL = "fail"
    INCOMPLETE = "incomplete"  # cannot tell yet; never counted as a pass
    NOT_APPLICABLE = "not_applicable"


class Judgement(NamedTuple):
    """The verdict of one instance, with both sides of the comparison that fails first (else of its conclusion)."""

    rule: BoundRule
    instance: int
    verdict: Verdict
    left: Number
    right: Number


Places = set[int] | frozenset[int]
"""Items, by index."""

_NONE: Places = frozenset()


class Values(NamedTuple):
    """What the items hold, by item index."""

    numbers: Sequence[Number]  # blank or unreadable detail: 0; such a total: the sum of its parts
    blank: Places
    unreadable: Places
    absent: Places  # items of last year's report that it does not have
    any_special: bool  # False: nothing blank, unreadable or absent anywhere (the fast way)
    hollow: Places = _NONE  # blank, and so is whatever they are totals of


def side_value(side: BoundSide, numbers: Sequence[Number], instance: int) -> Number:
    """The exact value of one side."""
    places = side.places[instance]
    if side.plain:
        return sum(map(numbers.__getitem__, places), side.constant)
    return sum((f * numbers[i] for f, i in zip(side.factors, places, strict=True)), side.constant)


def holds(op: Op, left: Number, right: Number, tolerance: Number) -> bool:
    """Whether `left op right` within the tolerance, which widens every sign but ≠, < and >."""
    gap = left - right
    match op:
        case Op.EQ:
            return -tolerance <= gap <= tolerance
        case Op.NE:
            return not -tolerance <= gap <= tolerance
        case Op.LE:
            return gap <= tolerance
        case Op.GE:
            return gap >= -tolerance
        case Op.LT:
            return gap < 0
        case Op.GT:
            return gap > 0


def judge(rule: BoundRule, values: Values) -> Iterator[Judgement]:
    """Every instance of a rule with its verdict."""
    for instance in range(len(rule.keys)):
        yield judge_one(rule, instance, values)


def failing(rule: BoundRule, numbers: Sequence[Number]) -> Iterator[int]:
    """The instances that fail on complete numbers: the fast way for large rule sets."""
    if not rule.balance and (rule.premise or len(rule.conclusion) > 1):
        complete = Values(numbers, _NONE, _NONE, _NONE, any_special=False)
        yield from (i for i in range(len(rule.keys)) if judge_one(rule, i, complete).verdict is Verdict.FAIL)
        return
    (comparison,) = rule.conclusion
    op, tolerance = comparison.op, rule.tolerance
    lefts, rights = _side_values(comparison.left, numbers), _side_values(comparison.right, numbers)
    if op is Op.EQ and not tolerance:
        yield from (i for i, (a, b) in enumerate(zip(lefts, rights, strict=True)) if a != b)
    else:
        yield from (i for i, (a, b) in enumerate(zip(lefts, rights, strict=True)) if not holds(op, a, b, tolerance))


def _side_values(side: BoundSide, numbers: Sequence[Number]) -> list[Number]:
    get, constant = numbers.__getitem__, side.constant
    if side.plain:
        return [sum(map(get, places), constant) for places in side.places]
    return [sum((f * get(i) for f, i in zip(side.factors, p, strict=True)), constant) for p in side.places]


def judge_one(rule: BoundRule, instance: int, values: Values) -> Judgement:
    """The verdict of one instance."""
    numbers = values.numbers
    left: Number = 0
    right: Number = 0
    if values.any_special:
        items = rule.items(instance)
        if not values.absent.isdisjoint(items):
            return Judgement(rule, instance, Verdict.NOT_APPLICABLE, left, right)
    outcome, left, right = _outcome(rule, instance, numbers)
    if values.any_special and (not values.unreadable.isdisjoint(items) or values.hollow.issuperset(items)):
        return Judgement(rule, instance, Verdict.INCOMPLETE, left, right)
    if values.any_special and rule.total is not None and rule.total[instance] in values.blank:
        return Judgement(rule, instance, Verdict.INCOMPLETE, left, right)
    undecided = (
        values.any_special and outcome is Verdict.FAIL and not rule.balance and not values.blank.isdisjoint(items)
    )
    return Judgement(rule, instance, Verdict.INCOMPLETE if undecided else outcome, left, right)


def _outcome(rule: BoundRule, instance: int, numbers: Sequence[Number]) -> tuple[Verdict, Number, Number]:
    ok, left, right = _all_hold(rule.conclusion, instance, numbers, rule.tolerance)
    if rule.link is None:
        return (Verdict.PASS if ok else Verdict.FAIL), left, right
    premise, first, second = _all_hold(rule.premise, instance, numbers, 0)
    if rule.link is Link.IFF:
        if ok and not premise:  # what fails is the other half
            return Verdict.FAIL, first, second
        return (Verdict.PASS if ok == premise else Verdict.FAIL), left, right
    if not premise:
        return Verdict.NOT_APPLICABLE, left, right
    return (Verdict.PASS if ok else Verdict.FAIL), left, right


def concluded(rule: BoundRule, instance: int, numbers: Sequence[Number]) -> tuple[Number, Number]:
    """Both sides of the first comparison of the conclusion that does not hold (else of the first), as a sheet shows."""
    _, left, right = _all_hold(rule.conclusion, instance, numbers, rule.tolerance)
    return left, right


def broken(rule: BoundRule, instance: int, numbers: Sequence[Number]) -> Op | None:
    """The sign of the comparison that `concluded` gives, where one that the rule asks for is broken."""
    if rule.link is Link.IFF:
        return None
    for part in rule.conclusion:
        left, right = side_value(part.left, numbers, instance), side_value(part.right, numbers, instance)
        if not holds(part.op, left, right, rule.tolerance):
            return part.op
    return None


def _all_hold(
    parts: Sequence[BoundComparison], instance: int, numbers: Sequence[Number], tolerance: Number
) -> tuple[bool, Number, Number]:
    """Whether all comparisons hold, with the two sides of the first that does not (else of the first)."""
    first: tuple[Number, Number] | None = None
    for part in parts:
        left, right = side_value(part.left, numbers, instance), side_value(part.right, numbers, instance)
        if not holds(part.op, left, right, tolerance):
            return False, left, right
        first = first or (left, right)
    left, right = first or (0, 0)
    return True, left, right
