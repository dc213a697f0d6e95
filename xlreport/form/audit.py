"""What a form's rules can and cannot see: which cells they detect, locate or mix up; which rules say nothing new.

The equations are a parity check, as in a code: a change of one cell shows in a fixed pattern of them, a cell whose
pattern is its own can be told, and the distance is the fewest cells that can change together unseen. All exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import gcd, lcm

from xlreport.form.evaluate import computed_items
from xlreport.form.model import Form, Rule
from xlreport.form.soundness import (
    Instance,
    balances,
    contradicting,
    dependent,
    expanded,
    factors_of,
    unsatisfiable,
    vacuous,
)
from xlreport.form.table import Axis, Fill, Item, Table
from xlreport.record import record
from xlreport.rules.bound import BoundComparison, Linear
from xlreport.rules.nodes import Op
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
    equations = list(balances(form))
    columns = {way: _columns(form, equations, fill) for way, fill in WAYS.items()}
    implied, rank, clash = dependent(equations)
    opposed = list(contradicting(form))
    clash = [group for group in clash if not any(group[-1] in pair for pair in opposed)]
    told = {one for group in (*clash, *opposed) for one in group}
    clash += [group for group in unsatisfiable(form) if not told & set(group)]
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
        tuple(vacuous(form)),
        tuple(_scaled_together(form, equations)),
        any(equation.tolerance for _, equation in equations),
    )


def _columns(form: Form, equations: Sequence[tuple[Instance, Linear]], fill: Fill | None) -> dict[int, Column]:
    """Every cell that is typed, with what it adds to each equation; whole numbers."""
    computed = computed_items(form, fill)
    found: dict[int, dict[int, int]] = {i: {} for i, item in enumerate(form.items) if item not in computed}
    for k, (_, equation) in enumerate(equations):
        factors = expanded(form, equation.factors, computed)
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
            factors = factors_of(comparison, instance)
            one = frozenset((place.get(i, i), f) for i, f in factors.items())
            constant = comparison.left.constant - comparison.right.constant
            if comparison.op in {Op.EQ, Op.NE}:  # either side may stand on the left
                mirrored = frozenset((i, -f) for i, f in one)
                found.add((comparison.op, frozenset({(one, constant), (mirrored, -constant)})))
            else:
                found.add((comparison.op, one, constant))
        return frozenset(found)

    return rule.bound.link, rule.bound.tolerance, said(rule.bound.premise), said(rule.bound.conclusion)


def _no_rule(form: Form) -> Iterator[Item]:
    seen = {i for rule in form.rules for instance in range(len(rule.bound.keys)) for i in rule.bound.items(instance)}
    seen |= {i for claim in form.claims for indices in claim.sums for i in indices}
    return (item for i, item in enumerate(form.items) if i not in seen)


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
