"""What a form's rules can and cannot see: which cells they detect, locate or mix up; which rules say nothing new.

The equations are a parity check, as in a code: a change of one cell shows in a fixed pattern of them, a cell whose
pattern is its own can be told, and the distance is the fewest cells that can change together unseen. All exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import gcd, lcm
from typing import TypeVar

from xlreport.form.clashes import OPPOSITE, clashing, follows, limits
from xlreport.form.evaluate import computed_items, parts_of
from xlreport.form.model import Form, Rule, Severity
from xlreport.form.table import Axis, Fill, Item, Quantity, Table
from xlreport.record import record
from xlreport.rules.bound import BoundComparison, Linear, linear
from xlreport.rules.feasible import Limit
from xlreport.rules.nodes import Link, Number, Op
from xlreport.rules.search import Budget, matrix, solutions

FARTHEST = 5  # a distance beyond this is only said to be so
WORK = 30_000_000
COMPARED_ROWS = 300  # rows or columns of a table that are compared for a swap

Column = Mapping[int, int]
"""What one unit in a cell adds to each equation, by the equation's place."""


@record
class Sight:
    """What the equations see of some cells, with totals typed or worked out in one way."""

    cells: int  # that somebody types
    detected: int  # a change of one shows
    located: int  # and shows which
    distance: int | None  # the fewest cells that can change together unseen; None: more than `FARTHEST`, or not known
    alike: tuple[tuple[Item, ...], ...]  # cells that cannot be told apart


@record
class Instance:
    """One rule at one row or column."""

    rule: str
    row: str | None
    column: str | None


@record
class TableAudit:
    """One table: what is seen of it, and what nothing sees."""

    table: str
    sights: Mapping[str, Sight]  # by way of totals: typed, default, formula
    scaling: bool  # the whole table times some factor goes unseen
    swapped_rows: tuple[tuple[str, ...], ...]
    swapped_columns: tuple[tuple[str, ...], ...]


@record
class Audit:
    """Everything there is to say about a form's rules."""

    form: str
    cells: int
    equations: int
    rank: int
    sights: Mapping[str, Sight]
    tables: tuple[TableAudit, ...]
    no_rule: tuple[Item, ...]  # cells that no rule looks at
    implied: tuple[Instance, ...]  # equations that follow from those before them
    contradictory: tuple[tuple[Instance, ...], ...]  # rules that cannot all hold
    never: tuple[Instance, ...]  # rules that nothing can break while the totals are right
    scaled_together: tuple[tuple[str, ...], ...]  # tables that go unseen if all are scaled alike, though not one alone
    tolerant: bool  # some equations allow a difference

    @property
    def faults(self) -> bool:
        """Whether the definition should be looked at again."""
        return bool(self.contradictory or self.never)


WAYS: Mapping[str, Fill | None] = {"typed": Fill.TYPED, "default": None, "formula": Fill.FORMULA}


def audit(form: Form) -> Audit:
    """What the rules of a form can and cannot do."""
    equations = list(_equations(form))
    columns = {way: _columns(form, equations, fill) for way, fill in WAYS.items()}
    implied, rank, clash = _dependent(equations)
    opposed = list(_opposed(form))
    clash = [group for group in clash if not any(group[-1] in pair for pair in opposed)]
    told = {one for group in (*clash, *opposed) for one in group}
    clash += [group for group in _clashing(form) if not told & set(group)]
    return Audit(
        form.name,
        len(form.items),
        len(equations),
        rank,
        {way: _sight(form, found) for way, found in columns.items()},
        tuple(_table(form, table, equations, columns) for table in form.tables.values()),
        tuple(_no_rule(form)),
        tuple(implied),
        (*clash, *opposed),
        tuple(_never(form)),
        tuple(_scaled_together(form, equations)),
        any(equation.tolerance for _, equation in equations),
    )


def _equations(form: Form) -> Iterator[tuple[Instance, Linear]]:
    """The equations that a report must satisfy, whoever files it."""
    for rule in form.rules:
        if not rule.bound.balance or rule.prior or rule.unless_level or rule.severity is not Severity.ERROR:
            continue
        for instance, key in enumerate(rule.bound.keys):
            found = linear(rule.bound, instance)
            if found is not None and found.factors:
                yield Instance(rule.id, *key), found


def _expanded(form: Form, factors: Mapping[int, Number], totals: frozenset[Item]) -> dict[int, Number]:
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


def _columns(form: Form, equations: Sequence[tuple[Instance, Linear]], fill: Fill | None) -> dict[int, Column]:
    """Every cell that is typed, with what it adds to each equation; whole numbers."""
    computed = computed_items(form, fill)
    found: dict[int, dict[int, int]] = {i: {} for i, item in enumerate(form.items) if item not in computed}
    for k, (_, equation) in enumerate(equations):
        factors = _expanded(form, equation.factors, computed)
        times = lcm(*(Fraction(f).denominator for f in factors.values())) if factors else 1
        for i, factor in factors.items():
            found[i][k] = int(factor * times)
    return dict(found)


def _pattern(column: Column) -> tuple[tuple[int, int], ...]:
    """A column up to its size and sign."""
    if not column:
        return ()
    entries = sorted(column.items())
    common = gcd(*column.values()) * (1 if entries[0][1] > 0 else -1)
    return tuple((k, factor // common) for k, factor in entries)


def _sight(form: Form, columns: Mapping[int, Column]) -> Sight:
    patterns: dict[tuple[tuple[int, int], ...], list[int]] = {}
    for i, column in columns.items():
        patterns.setdefault(_pattern(column), []).append(i)
    unseen = patterns.pop((), [])
    alike = [tuple(form.items[i] for i in cells) for cells in patterns.values() if len(cells) > 1]
    located = sum(1 for cells in patterns.values() if len(cells) == 1)
    distance = 1 if unseen else 2 if alike else _distance(columns)
    return Sight(len(columns), len(columns) - len(unseen), located, distance, tuple(alike))


def _distance(columns: Mapping[int, Column]) -> int | None:
    """The fewest cells that can change together unseen, where any two are told apart."""
    cells = list(columns)
    count = 1 + max((k for column in columns.values() for k in column), default=-1)
    events = matrix([columns[i] for i in cells], count)
    budget = Budget(WORK)
    for size in range(2, FARTHEST):
        for e, i in enumerate(cells):
            gaps = [0] * count
            for k, factor in columns[i].items():
                gaps[k] = factor * 5040  # so that the others need no fractions
            if solutions(events, gaps, (), size, budget, 1, lambda other, _, e=e: other > e):  # type: ignore[misc]
                return size + 1
        if budget.spent:
            return None
    return None


def _table(
    form: Form, table: Table, equations: Sequence[tuple[Instance, Linear]], columns: Mapping[str, Mapping[int, Column]]
) -> TableAudit:
    own = {form.index[item] for item in table.items}
    sights = {way: _sight(form, {i: c for i, c in found.items() if i in own}) for way, found in columns.items()}
    touching = [equation for _, equation in equations if own & equation.factors.keys()]
    scaling = all(not e.constant and e.factors.keys() <= own for e in touching)
    rules = [
        (rule, k)
        for rule in form.rules
        if not rule.prior
        for k in range(len(rule.bound.keys))
        if own & set(rule.bound.items(k))
    ]
    return TableAudit(
        table.id,
        sights,
        scaling,
        tuple(_interchangeable(form, table, table.rows, rules, by_row=True)),
        tuple(_interchangeable(form, table, table.columns, rules, by_row=False)),
    )


Shape = tuple[object, ...]
"""One instance of a rule, in a way that two of them can be compared."""


def _interchangeable(
    form: Form, table: Table, axis: Axis, rules: Sequence[tuple[Rule, int]], *, by_row: bool
) -> Iterator[tuple[str, ...]]:
    """Rows (or columns) that can stand in each other's place without any rule noticing."""
    groups: list[list[str]] = []
    for leaf in [leaf.id for leaf in axis.leaves][:COMPARED_ROWS]:
        for group in groups:
            if _swappable(form, table, rules, group[0], leaf, by_row=by_row):
                group.append(leaf)
                break
        else:
            groups.append([leaf])
    return (tuple(group) for group in groups if len(group) > 1)


def _swappable(form: Form, table: Table, rules: Sequence[tuple[Rule, int]], a: str, b: str, *, by_row: bool) -> bool:
    other = {a: b, b: a}
    place: dict[int, int] = {}
    for item in table.items:
        line = item.row if by_row else item.column
        if line in other:
            twin = item._replace(row=other[line]) if by_row else item._replace(column=other[line])
            if twin not in form.index or form.entry_type(twin) != form.entry_type(item):
                return False
            place[form.index[item]] = form.index[twin]
    touched = [(rule, k) for rule, k in rules if any(i in place for i in rule.bound.items(k))]
    return {_shape(rule, k, place) for rule, k in touched} == {_shape(rule, k, {}) for rule, k in touched}


def _shape(rule: Rule, instance: int, place: Mapping[int, int]) -> Shape:
    """What an instance says of which cells, some of them in another's place."""

    def said(comparisons: Sequence[BoundComparison]) -> frozenset[object]:
        found = set[object]()
        for comparison in comparisons:
            factors = _factors(comparison, instance)
            one = frozenset((place.get(i, i), f) for i, f in factors.items())
            constant = comparison.left.constant - comparison.right.constant
            if comparison.op in {Op.EQ, Op.NE}:  # either side may stand on the left
                mirrored = frozenset((i, -f) for i, f in one)
                found.add((comparison.op, frozenset({(one, constant), (mirrored, -constant)})))
            else:
                found.add((comparison.op, one, constant))
        return frozenset(found)

    return rule.bound.link, rule.bound.tolerance, said(rule.bound.premise), said(rule.bound.conclusion)


def _factors(comparison: BoundComparison, instance: int) -> dict[int, Number]:
    """What a comparison adds up, all on its left."""
    factors: dict[int, Number] = {}
    for side, sign in ((comparison.left, 1), (comparison.right, -1)):
        for factor, i in zip(side.factors, side.places[instance], strict=True):
            factors[i] = factors.get(i, 0) + sign * factor
    return {i: factor for i, factor in factors.items() if factor}


def _no_rule(form: Form) -> Iterator[Item]:
    seen = {i for rule in form.rules for instance in range(len(rule.bound.keys)) for i in rule.bound.items(instance)}
    seen |= {i for claim in form.claims for indices in claim.sums for i in indices}
    return (item for i, item in enumerate(form.items) if i not in seen)


def _dependent(
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


def _clashing(form: Form) -> Iterator[tuple[Instance, ...]]:
    """Unconditional rules of which any two may hold, but not all."""
    totals = frozenset(item for item in form.items if form.is_total(item))
    rules: list[tuple[Instance, list[Limit]]] = []
    for rule in form.rules:
        if rule.prior or rule.unless_level or rule.bound.total is not None:
            continue
        for instance, key in enumerate(rule.bound.keys):
            found = linear(rule.bound, instance)
            if found is not None:
                rows = limits(_expanded(form, found.factors, totals), found.constant, found.op, found.tolerance)
                if rows:
                    rules.append((Instance(rule.id, *key), rows))
    return clashing(form, rules)


def _scaled_together(form: Form, equations: Sequence[tuple[Instance, Linear]]) -> Iterator[tuple[str, ...]]:
    """Tables that equations tie together, and that can all be scaled by one factor unseen."""
    tied: list[tuple[set[str], bool]] = []
    for _, equation in equations:
        tables = {form.items[i].table for i in equation.factors}
        fixed = bool(equation.constant)
        for group in [g for g in tied if g[0] & tables]:
            tied.remove(group)
            tables |= group[0]
            fixed |= group[1]
        tied.append((tables, fixed))
    return (tuple(t for t in form.tables if t in group) for group, fixed in tied if len(group) > 1 and not fixed)


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


def _opposed(form: Form) -> Iterator[tuple[Instance, ...]]:
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


def _never(form: Form) -> Iterator[Instance]:
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
        lambda comparison: _factors(comparison, instance),
        lambda factors: _expanded(form, factors, totals),
        form,
    )


def _cannot(
    form: Form, comparison: BoundComparison, instance: int, totals: frozenset[Item], op: Op, tolerance: Number
) -> bool:
    """Whether a comparison with this sign can never be true."""
    factors = _factors(comparison, instance)
    constant = comparison.left.constant - comparison.right.constant
    least, greatest = _range(form, _expanded(form, factors, totals), constant)
    slack = Fraction(Decimal(tolerance)) if op in {Op.EQ, Op.LE, Op.GE} else Fraction(0)
    return _impossible(op, least, greatest, slack)
