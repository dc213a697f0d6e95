"""The broken equations of a submission as systems over what was typed, one for each stretch that hangs together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from xlreport.checks.culprit.connections import Connections, Stretch
from xlreport.checks.entries import NOTHING
from xlreport.form.evaluate import parts_of
from xlreport.record import NamedTuple
from xlreport.rules.bound import Linear
from xlreport.rules.judge import Judgement, Values, Verdict
from xlreport.rules.nodes import Number
from xlreport.submission import BLANK, State, Submission


class Equation(NamedTuple):
    """One equation of the form, broken or not."""

    rule: int  # place in the form's list of rules
    instance: int
    linear: Linear
    judgement: Judgement

    @property
    def broken(self) -> bool:
        """Whether it does not hold."""
        return self.judgement.verdict is Verdict.FAIL


class System(NamedTuple):
    """Equations that share cells: whole numbers only, amounts counted in their smallest unit."""

    equations: tuple[Equation, ...]
    stretch: Stretch
    gaps: tuple[int, ...]
    values: Mapping[int, int]  # what the cells hold
    scale: int  # how many smallest units make one
    slack: tuple[int, ...]  # by how much each gap may differ from 0
    broken: tuple[int, ...]  # the equations that do not hold

    @property
    def columns(self) -> Mapping[int, Mapping[int, int]]:
        """Cell (item index) → place of equation → factor."""
        return self.stretch.columns


class Typing(NamedTuple):
    """Which cells hold what somebody typed."""

    derived: Mapping[int, tuple[int, ...]]  # totals nobody typed, with their parts
    untyped: frozenset[int]  # all that cannot have been mistyped: those, and what holds no number

    @property
    def key(self) -> tuple[frozenset[int], tuple[tuple[int, tuple[int, ...]], ...]]:
        """All that it says, as a key."""
        return self.untyped, tuple(self.derived.items())


def typing_of(known: Connections, submission: Submission) -> Typing:
    """What was typed: a number, or a blank that counts as 0; a blank total counts as the sum of its parts."""
    form, entries, derived, untyped = submission.form, submission.entries, {}, []
    for i, item in enumerate(form.items):
        entry = entries.get(item, BLANK)
        computed = entry.computed
        if entry.state is State.NUMBER and not computed:
            continue
        nothing = entry.state in NOTHING
        if computed or nothing:
            parts = parts_of(form, item, computed)
            if parts:
                derived[i] = tuple(form.index[part] for part in parts)
        if computed or not nothing or i in known.totals:
            untyped.append(i)
    return Typing(derived, frozenset(untyped))


def equations_of(known: Connections, judged: Sequence[tuple[int, Judgement]]) -> list[Equation]:
    """The equations among what was judged, given as (place of the rule, judgement)."""
    found = []
    for rule, judgement in judged:
        form_of = known.linear(rule, judgement.instance)
        if form_of is not None:
            found.append(Equation(rule, judgement.instance, form_of, judgement))
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


def systems(known: Connections, typing: Typing, equations: Sequence[Equation], values: Values) -> Iterator[System]:
    """The equations around each stretch of broken ones that nothing connects with another, in the order of the form."""
    broken = [k for k, equation in enumerate(equations) if equation.broken]
    if not broken:
        return
    key = typing.key, tuple([e[:2] for e in equations])
    web = known.web(key, lambda: _woven(typing, equations))
    seen: set[int] = set()
    for start in broken:
        if start not in seen:
            stretch = web.stretch(start)
            seen.update(stretch.members)
            yield _system([equations[k] for k in stretch.members], stretch, values)


def _woven(typing: Typing, equations: Sequence[Equation]) -> list[Mapping[int, Number]]:
    """The factors of each equation."""
    found = []
    for equation in equations:
        factors = typed_factors(equation.linear, typing.derived)
        if not typing.untyped.isdisjoint(factors):
            factors = {i: factor for i, factor in factors.items() if i not in typing.untyped}
        found.append(factors)
    return found


def _system(own: Sequence[Equation], stretch: Stretch, values: Values) -> System:
    numbers = values.numbers
    every = [numbers[i] for i in stretch.columns]
    sides = [side for e in own for side in (e.judgement.left, e.judgement.right, e.linear.tolerance)]
    # Sides may hold more than the cells: what was carried over, a constant.
    scale = 1 if _whole(every) and _whole(sides) else 10 ** max(map(_decimals, (*every, *sides)))
    gaps, slack = [], []
    for equation, times in zip(own, stretch.times, strict=True):
        gap, tolerance = equation.judgement.left - equation.judgement.right, equation.linear.tolerance
        whole, parts = gap.as_integer_ratio()
        gaps.append(whole * scale * times // parts)  # without rest: the scale is that of both sides
        whole, parts = tolerance.as_integer_ratio()
        slack.append(whole * scale * times // parts)
    held = {i: int(numbers[i] * scale) for i in stretch.columns}
    broken = tuple(k for k, gap in enumerate(gaps) if abs(gap) > slack[k])
    return System(tuple(own), stretch, tuple(gaps), held, scale, tuple(slack), broken)


def _whole(numbers: Sequence[Number]) -> bool:
    return all(type(number) is int for number in numbers)


def _decimals(number: Number) -> int:
    if isinstance(number, int):
        return 0
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
