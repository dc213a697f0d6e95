"""Whether a form's rules can all be meant: those that follow from others, contradict others, or never say anything.

All exact; what a rule compares is taken with the totals replaced by their parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from xlreport.form.clashes import OPPOSITE, clashing, follows, limits
from xlreport.form.evaluate import parts_of
from xlreport.form.model import Form, Rule, Severity
from xlreport.form.table import Item, Quantity
from xlreport.record import record
from xlreport.rules.bound import BoundComparison, Linear, linear
from xlreport.rules.feasible import Limit
from xlreport.rules.nodes import Link, Number, Op


@record
class Instance:
    """One rule at one row or column."""

    rule: str
    row: str | None
    column: str | None


def balances(form: Form) -> Iterator[tuple[Instance, Linear]]:
    """The equations that a report must satisfy, whoever files it."""
    for rule in form.rules:
        if not rule.bound.balance or rule.prior or rule.unless_level or rule.severity is not Severity.ERROR:
            continue
        for instance, key in enumerate(rule.bound.keys):
            found = linear(rule.bound, instance)
            if found is not None and found.factors:
                yield Instance(rule.id, *key), found


def expanded(form: Form, factors: Mapping[int, Number], totals: frozenset[Item]) -> dict[int, Number]:
    """Factors with these totals replaced by their parts."""
    found: dict[int, Number] = {}
    rest = list(factors.items())
    while rest:
        i, factor = rest.pop()
        if i < len(form.items) and form.items[i] in totals:
            rest += [(form.index[part], factor) for part in parts_of(form, form.items[i], computed=True)]
        else:
            found[i] = found.get(i, 0) + factor
    return {i: factor for i, factor in found.items() if factor}


def factors_of(comparison: BoundComparison, instance: int) -> dict[int, Number]:
    """What a comparison adds up, all on its left."""
    factors: dict[int, Number] = {}
    for side, sign in ((comparison.left, 1), (comparison.right, -1)):
        for factor, i in zip(side.factors, side.places[instance], strict=True):
            factors[i] = factors.get(i, 0) + sign * factor
    return {i: factor for i, factor in factors.items() if factor}


def dependent(
    equations: Sequence[tuple[Instance, Linear]],
) -> tuple[list[Instance], int, list[tuple[Instance, ...]]]:
    """The equations that follow from those before them, the rank, and those that contradict the ones before."""
    pivots: dict[int, tuple[dict[int, Fraction], Fraction, dict[Instance, Fraction]]] = {}
    implied: list[Instance] = []
    clash: list[tuple[Instance, ...]] = []
    tolerances = {instance: Fraction(equation.tolerance) for instance, equation in equations}
    # The exact ones first: what follows from others only within a tolerance follows with all of theirs together.
    for instance, equation in sorted(equations, key=lambda one: bool(one[1].tolerance)):
        row = {i: Fraction(f) for i, f in equation.factors.items()}
        constant, sum_of = Fraction(equation.constant), {instance: Fraction(1)}
        while row:
            i = min(row)
            if i not in pivots:
                lead = row[i]
                rest = {j: f / lead for j, f in row.items()}
                pivots[i] = rest, constant / lead, {one: f / lead for one, f in sum_of.items()}
                break
            base, base_constant, base_sum = pivots[i]
            times = row[i]
            _subtract(row, base, times)
            _subtract(sum_of, base_sum, times)
            constant -= times * base_constant
        else:
            others = [one for one, _ in equations if one in sum_of and one != instance]
            slack = sum((abs(sum_of[one]) * tolerances[one] for one in others), Fraction(0))
            if abs(constant) > slack + tolerances[instance]:
                clash.append((*others, instance))
            elif slack + abs(constant) <= tolerances[instance]:
                implied.append(instance)
    order = {instance: n for n, (instance, _) in enumerate(equations)}
    return sorted(implied, key=order.__getitem__), len(pivots), clash


_Key = TypeVar("_Key")


def _subtract(row: dict[_Key, Fraction], base: Mapping[_Key, Fraction], times: Fraction) -> None:
    for j, f in base.items():
        left = row.get(j, Fraction(0)) - times * f
        if left:
            row[j] = left
        else:
            row.pop(j, None)


def unsatisfiable(form: Form) -> Iterator[tuple[Instance, ...]]:
    """Unconditional rules of which any two may hold, but not all."""
    totals = frozenset(item for item in form.items if form.is_total(item))
    rules: list[tuple[Instance, list[Limit]]] = []
    for rule in form.rules:
        if rule.prior or rule.unless_level or rule.bound.total is not None:
            continue
        for instance, key in enumerate(rule.bound.keys):
            found = linear(rule.bound, instance)
            if found is not None:
                rows = limits(expanded(form, found.factors, totals), found.constant, found.op, found.tolerance)
                if rows:
                    rules.append((Instance(rule.id, *key), rows))
    return clashing(form, rules)


Bounds = tuple[Fraction | None, bool, Fraction | None, bool]
"""Least and greatest value of an expression, each with whether it may be reached; None: no bound."""


def _bound(op: Op, constant: Fraction, tolerance: Fraction) -> Bounds | None:
    """Where `expression + constant op 0` lets the expression be; None for ≠, which leaves out one value only."""
    match op:
        case Op.EQ:
            return -constant - tolerance, True, -constant + tolerance, True
        case Op.LE:
            return None, False, -constant + tolerance, True
        case Op.LT:
            return None, False, -constant, False
        case Op.GE:
            return -constant - tolerance, True, None, False
        case Op.GT:
            return -constant, False, None, False
        case Op.NE:
            return None


def _normal(
    factors: Mapping[int, Number], constant: Number, op: Op
) -> tuple[tuple[tuple[int, Fraction], ...], Fraction, Op]:
    """An expression with its first factor 1, and the comparison turned round with it."""
    first = Fraction(factors[min(factors)])
    turned = {Op.LE: Op.GE, Op.GE: Op.LE, Op.LT: Op.GT, Op.GT: Op.LT}.get(op, op) if first < 0 else op
    return tuple((i, Fraction(factors[i]) / first) for i in sorted(factors)), Fraction(constant) / first, turned


def contradicting(form: Form) -> Iterator[tuple[Instance, ...]]:
    """Unconditional rules about one expression that leave it no value, and single ones that no numbers satisfy."""
    known: dict[tuple[tuple[int, Fraction], ...], list[tuple[Instance, Bounds]]] = {}
    for rule in form.rules:
        if rule.prior or rule.unless_level:
            continue
        for instance, key in enumerate(rule.bound.keys):
            found = linear(rule.bound, instance)
            if found is None:
                continue
            here = Instance(rule.id, *key)
            least, greatest = _range(form, found.factors, found.constant)
            if _impossible(found.op, least, greatest, Fraction(found.tolerance)):
                yield (here,)
                continue
            if not found.factors:
                continue
            expression, constant, op = _normal(found.factors, found.constant, found.op)
            bounds = _bound(op, constant, Fraction(found.tolerance))
            if bounds is None:
                continue
            for other, others in known.get(expression, ()):
                if _empty(bounds, others):
                    yield other, here
            known.setdefault(expression, []).append((here, bounds))


def _empty(a: Bounds, b: Bounds) -> bool:
    lows = [(low, reached) for low, reached, _, _ in (a, b) if low is not None]
    highs = [(high, reached) for _, _, high, reached in (a, b) if high is not None]
    return any(
        low > high or (low == high and not (low_in and high_in)) for low, low_in in lows for high, high_in in highs
    )


def _range(form: Form, factors: Mapping[int, Number], constant: Number) -> tuple[Fraction | None, Fraction | None]:
    """Between what an expression can be at all, cells that cannot be negative being 0 or more."""
    least: Fraction | None = Fraction(constant)
    greatest: Fraction | None = Fraction(constant)
    for i, factor in factors.items():
        item = form.items[i] if i < len(form.items) else form.priors[i - len(form.items)]
        signed = item in form.index and form.entry_type(item).quantity is Quantity.SIGNED
        if factor > 0 or signed:
            greatest = None
        if factor < 0 or signed:
            least = None
    return least, greatest


def _impossible(op: Op, least: Fraction | None, greatest: Fraction | None, tolerance: Fraction) -> bool:
    """Whether an expression in this range can never stand in this comparison with 0."""
    match op:
        case Op.EQ:
            return (least is not None and least > tolerance) or (greatest is not None and greatest < -tolerance)
        case Op.LE:
            return least is not None and least > tolerance
        case Op.LT:
            return least is not None and least >= 0
        case Op.GE:
            return greatest is not None and greatest < -tolerance
        case Op.GT:
            return greatest is not None and greatest <= 0
        case Op.NE:
            return least == greatest == 0


def vacuous(form: Form) -> Iterator[Instance]:
    """Rules that hold whatever is filled in, the totals being the sums of their parts; or whose premise never does."""
    totals = frozenset(item for item in form.items if form.is_total(item))
    for rule in form.rules:
        if rule.bound.total is not None:
            continue
        for instance, key in enumerate(rule.bound.keys):
            never_met = any(_cannot(form, c, instance, totals, c.op, rule.bound.tolerance) for c in rule.bound.premise)
            always = all(
                _cannot(form, c, instance, totals, OPPOSITE[c.op], rule.bound.tolerance) for c in rule.bound.conclusion
            )
            # Either half of an "if and only if" may fail.
            whole = rule.bound.link is not Link.IFF and (never_met or always)
            if whole or _follows(form, rule, instance, totals):
                yield Instance(rule.id, *key)


def _follows(form: Form, rule: Rule, instance: int, totals: frozenset[Item]) -> bool:
    return follows(
        rule.bound,
        lambda comparison: factors_of(comparison, instance),
        lambda factors: expanded(form, factors, totals),
        form,
    )


def _cannot(
    form: Form, comparison: BoundComparison, instance: int, totals: frozenset[Item], op: Op, tolerance: Number
) -> bool:
    """Whether a comparison with this sign can never be true."""
    factors = factors_of(comparison, instance)
    constant = comparison.left.constant - comparison.right.constant
    least, greatest = _range(form, expanded(form, factors, totals), constant)
    slack = Fraction(Decimal(tolerance)) if op in {Op.EQ, Op.LE, Op.GE} else Fraction(0)
    return _impossible(op, least, greatest, slack)
