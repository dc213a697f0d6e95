"""The broken equations of a submission as systems over what was typed, one for each stretch that hangs together."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from math import lcm

from xlreport.checks.entries import NOTHING
from xlreport.form.evaluate import parts_of
from xlreport.record import NamedTuple
from xlreport.rules.bound import Linear
from xlreport.rules.judge import Judgement, Values, Verdict
from xlreport.rules.nodes import Number
from xlreport.submission import State, Submission


class Equation(NamedTuple):
    """One equation of the form, broken or not."""

    rule: int  # place in the form's list of rules
    instance: int
    linear: Linear
    judgement: Judgement
    factors: Mapping[int, Number]  # of the linear form, with totals that nobody typed replaced by their parts

    @property
    def broken(self) -> bool:
        """Whether it does not hold."""
        return self.judgement.verdict is Verdict.FAIL


class System(NamedTuple):
    """Equations that share cells: whole numbers only, amounts counted in their smallest unit."""

    equations: tuple[Equation, ...]
    columns: Mapping[int, Mapping[int, int]]  # cell (item index) → place of equation → factor
    gaps: tuple[int, ...]
    values: Mapping[int, int]  # what the cells hold
    scale: int  # how many smallest units make one
    slack: tuple[int, ...]  # by how much each gap may differ from 0

    @property
    def broken(self) -> list[int]:
        """The equations that do not hold."""
        return [k for k, gap in enumerate(self.gaps) if abs(gap) > self.slack[k]]


def derived_totals(submission: Submission) -> dict[int, tuple[int, ...]]:
    """The totals nobody typed, with their parts: worked out by formula, or blank and counted as their sum."""
    form, found = submission.form, {}
    for i, item in enumerate(form.items):
        entry = submission.entry(item)
        if entry.computed or entry.state in NOTHING:
            parts = parts_of(form, item, entry.computed)
            if parts:
                found[i] = tuple(form.index[part] for part in parts)
    return found


def typed_factors(linear: Linear, derived: Mapping[int, tuple[int, ...]]) -> Mapping[int, Number]:
    """The factors of what was typed: an error in a part shows wherever its derived total stands."""
    if not any(i in derived for i in linear.factors):
        return linear.factors
    factors: dict[int, Number] = {}
    rest = list(linear.factors.items())
    while rest:
        i, factor = rest.pop()
        if i in derived:
            rest += [(part, factor) for part in derived[i]]
        else:
            factors[i] = factors.get(i, 0) + factor
    return {i: factor for i, factor in factors.items() if factor}


def typed(submission: Submission, i: int) -> bool:
    """Whether a cell holds what somebody typed, or a blank that counts as 0; a blank total counts as its parts."""
    item = submission.form.items[i]
    entry = submission.entry(item)
    blank = entry.state in NOTHING and not submission.form.is_total(item)
    return not entry.computed and (entry.state is State.NUMBER or blank)


def systems(submission: Submission, equations: Sequence[Equation], values: Values) -> Iterator[System]:
    """The equations around each stretch of broken ones that nothing connects with another, in the order of the form."""
    cells = [[i for i in e.factors if typed(submission, i)] for e in equations]
    by_cell: dict[int, list[int]] = {}
    for k, own in enumerate(cells):
        for i in own:
            by_cell.setdefault(i, []).append(k)
    seen: set[int] = set()
    for start, equation in enumerate(equations):
        if not equation.broken or start in seen:
            continue
        group = {start}
        rest = [start]
        while rest:
            for i in cells[rest.pop()]:
                new = [k for k in by_cell[i] if k not in group]
                group.update(new)
                rest += new
        seen |= group
        yield _system(equations, sorted(group), cells, values)


def _system(
    equations: Sequence[Equation], group: Sequence[int], cells: Sequence[Collection[int]], values: Values
) -> System:
    own = [equations[k] for k in group]
    every = {i for k in group for i in cells[k]}
    numbers = [values.numbers[i] for i in every]
    numbers += [side for e in own for side in (e.judgement.left, e.judgement.right, e.linear.tolerance)]
    scale = 10 ** max(0, *(_decimals(number) for number in numbers))
    columns: dict[int, dict[int, int]] = {i: {} for i in sorted(every)}
    gaps, slack = [], []
    for place, (k, equation) in enumerate(zip(group, own, strict=True)):
        times = 1
        if any(not isinstance(f, int) for f in equation.factors.values()):
            times = lcm(*(f.as_integer_ratio()[1] for f in equation.factors.values()))
        for i in cells[k]:
            columns[i][place] = int(equation.factors[i] * times)
        whole, parts = (equation.judgement.left - equation.judgement.right).as_integer_ratio()
        gaps.append(whole * scale * times // parts)  # without rest: the scale is that of both sides
        whole, parts = equation.linear.tolerance.as_integer_ratio()
        slack.append(whole * scale * times // parts)
    held = {i: int(values.numbers[i] * scale) for i in columns}
    return System(tuple(own), columns, tuple(gaps), held, scale, tuple(slack))


def _decimals(number: Number) -> int:
    if isinstance(number, int):
        return 0
    exponent = number.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0
