"""Which cell is wrong: the fewest events that explain every broken equation at once.

An event is one cell with another number, a cell together with the totals that were added up from it, or two
neighbours whose numbers stand in each other's place. Its change
shows in a fixed pattern of equations; an event fits if the pattern is exactly a set of broken ones, all off by the
amount it would change them, and if the new number may stand in the cell. What no event explains is grouped by the
cells the equations share.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from xlreport.checks.entries import NOTHING
from xlreport.form.evaluate import parts_of
from xlreport.form.model import Form, Item
from xlreport.rules.bound import Linear
from xlreport.rules.judge import Judgement, Values, Verdict
from xlreport.rules.nodes import Number
from xlreport.submission import State, Submission

SEARCH_LIMIT = 4000  # nodes of the search for a cover; a form has a handful of broken equations
TIES = 3  # as many equally good explanations are shown


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


class Change(NamedTuple):
    """What a cell holds and what it would hold if this is the mistake."""

    item: Item
    found: Number
    expected: Number


class Cause(NamedTuple):
    """One root cause: the broken equations it explains, the changes that would mend them, equally good others.

    `changes` is empty where nothing singles a cell out.
    """

    equations: tuple[Equation, ...]
    changes: tuple[Change, ...]
    alternatives: tuple[tuple[Change, ...], ...] = ()


class Event(NamedTuple):
    """A candidate: the equations (by place) it mends and the changes it means."""

    covers: frozenset[int]
    changes: tuple[Change, ...]
    cost: float


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


def find_causes(submission: Submission, equations: Sequence[Equation], values: Values) -> list[Cause]:
    """The broken equations by root cause, in the order of the form."""
    broken = {k: e for k, e in enumerate(equations) if e.broken}
    if not broken:
        return []
    events = list(_events(submission, equations, broken, values))
    covers = _best_covers(set(broken), events)
    causes: list[Cause] = []
    explained: set[int] = set()
    for group, ways in _choices(covers):
        explained |= group
        causes += _told(submission, broken, ways)
    causes += [Cause(tuple(broken[k] for k in group), ()) for group in _connected(broken, explained)]
    return sorted(causes, key=lambda cause: (cause.equations[0].rule, cause.equations[0].instance))


def _told(submission: Submission, broken: Mapping[int, Equation], ways: Sequence[tuple[Event, ...]]) -> Iterator[Cause]:
    """The causes of one stretch of equations, given every equally short way to mend it.

    One way: each of its events is a cause. Several: one cause with the ways side by side, for nothing tells which is
    right; unless one way alone fills in a cell that was left out, which is likelier than any other slip.
    """
    left_out = [way for way in ways if all(submission.entry(e.changes[0].item).state in NOTHING for e in way)]
    if len(left_out) == 1:
        ways = left_out
    if len(ways) == 1:
        for event in ways[0]:
            yield Cause(tuple(broken[k] for k in sorted(event.covers)), event.changes)
        return
    ranked = sorted(ways, key=lambda way: (sum(e.cost for e in way), [e.changes for e in way]))
    rows = tuple(broken[k] for k in sorted({k for event in ranked[0] for k in event.covers}))
    shown = tuple(tuple(change for event in way for change in event.changes) for way in ranked[:TIES])
    yield Cause(rows, (), shown if len(ranked) <= TIES else ())


def _events(
    submission: Submission, equations: Sequence[Equation], broken: Mapping[int, Equation], values: Values
) -> Iterator[Event]:
    """Every event whose pattern is a set of broken equations, each off by what the event would change."""
    form = submission.form
    used: dict[int, list[int]] = {}
    for k, equation in enumerate(equations):
        for i in equation.factors:
            used.setdefault(i, []).append(k)
    touched = {i for e in broken.values() for i in e.factors}
    seen: set[frozenset[Change]] = set()
    for i in sorted(touched):
        if not _typed(submission, i):
            continue
        for members in _members(form, submission, i):
            pattern: dict[int, Number] = {}
            for member in members:
                for k in used.get(member, ()):
                    pattern[k] = pattern.get(k, 0) + equations[k].factors[member]
            covers = frozenset(k for k, factor in pattern.items() if factor)
            if not covers or not covers <= broken.keys():
                continue
            if any(equations[k].linear.tolerance for k in covers):
                continue  # many numbers would do: none of them is "the" right one
            shifts = {
                -Decimal(broken[k].judgement.left - broken[k].judgement.right) / Decimal(pattern[k]) for k in covers
            }
            if len(shifts) != 1:
                continue
            shift = shifts.pop()
            changes = tuple(_change(form, values, member, shift) for member in members)
            if all(_may_hold(form, change) for change in changes):
                key = frozenset(changes)
                if key not in seen:
                    seen.add(key)
                    yield Event(covers, changes, _cost(changes))
    yield from _swaps(submission, equations, broken, values, used, touched)


def _swaps(
    submission: Submission,
    equations: Sequence[Equation],
    broken: Mapping[int, Equation],
    values: Values,
    used: Mapping[int, Sequence[int]],
    touched: Collection[int],
) -> Iterator[Event]:
    """Numbers of two neighbours that stand in each other's cell, if exchanging them mends what they touch."""
    form = submission.form
    for i in sorted(touched):
        for other in _neighbours(form, i):
            shift = Decimal(values.numbers[other]) - Decimal(values.numbers[i])
            if not shift or not _typed(submission, i) or not _typed(submission, other):
                continue
            effect: dict[int, Decimal] = {}
            for member, change in ((i, shift), (other, -shift)):
                for k in used.get(member, ()):
                    effect[k] = effect.get(k, Decimal(0)) + change * Decimal(equations[k].factors[member])
            covers = frozenset(k for k, size in effect.items() if size)
            if len(covers) < 2 or not covers <= broken.keys():  # one equation: any of its cells explains it
                continue
            gaps = {k: Decimal(broken[k].judgement.left - broken[k].judgement.right) for k in covers}
            changes = (_change(form, values, i, shift), _change(form, values, other, -shift))
            if all(gaps[k] == -effect[k] for k in covers) and all(_may_hold(form, change) for change in changes):
                yield Event(covers, changes, 1.0)


def _neighbours(form: Form, i: int) -> Iterator[int]:
    """The cell to the right and the one below, totals left out."""
    item = form.items[i]
    table = form.tables[item.table]
    if form.is_total(item):
        return
    row, column = table.rows.position[item.row], table.columns.position[item.column]
    for down, right in ((0, 1), (1, 0)):
        if row + down < len(table.rows.leaves) and column + right < len(table.columns.leaves):
            near = Item(table.id, table.rows.leaves[row + down].id, table.columns.leaves[column + right].id)
            if near in form.index and not form.is_total(near):
                yield form.index[near]


def _members(form: Form, submission: Submission, i: int) -> Iterator[tuple[int, ...]]:
    """The cells that change together: the cell alone, or with the typed totals added up from it."""
    yield (i,)
    item = form.items[i]
    table = form.tables[item.table]
    index = form.index
    across = [
        index[t]
        for c in table.columns.leaves
        if item.column in c.parts and (t := Item(item.table, item.row, c.id)) in index
    ]
    down = [
        index[t]
        for r in table.rows.leaves
        if item.row in r.parts and (t := Item(item.table, r.id, item.column)) in index
    ]
    across = [t for t in across if _typed(submission, t)]
    down = [t for t in down if _typed(submission, t)]
    if across:
        yield (i, *across)
    if down:
        yield (i, *down)
    if across and down:
        corners = [
            index[t]
            for r in table.rows.leaves
            if item.row in r.parts
            for c in table.columns.leaves
            if item.column in c.parts and (t := Item(item.table, r.id, c.id)) in index
        ]
        yield (i, *across, *down, *(t for t in corners if _typed(submission, t)))


def _typed(submission: Submission, i: int) -> bool:
    """Whether a cell holds what somebody typed, or a blank that counts as 0; a blank total counts as its parts."""
    item = submission.form.items[i]
    entry = submission.entry(item)
    blank = entry.state in NOTHING and not submission.form.is_total(item)
    return not entry.computed and (entry.state is State.NUMBER or blank)


def _change(form: Form, values: Values, i: int, shift: Decimal) -> Change:
    found = values.numbers[i]
    expected = (Decimal(found) + shift).normalize()
    whole = expected == expected.to_integral_value()
    return Change(form.items[i], found, int(expected) if whole else expected)


def _may_hold(form: Form, change: Change) -> bool:
    kind = form.entry_type(change.item)
    if change.expected < 0 and not kind.signed:
        return False
    if kind.whole:
        return isinstance(change.expected, int)
    exponent = Decimal(change.expected).as_tuple().exponent
    return isinstance(exponent, int) and -exponent <= kind.decimals


def _cost(changes: Sequence[Change]) -> float:
    """How far-fetched a slip is: few cells first, then digits dropped, doubled or swapped, or a cell meant to be 0."""
    first = changes[0]
    found, expected = str(abs(first.found)), str(abs(first.expected))
    plausible = (
        0 in {first.found, first.expected}
        or sorted(found) == sorted(expected)
        or found.startswith(expected)
        or expected.startswith(found)
    )
    return len(changes) + (0 if plausible else 0.5)


def _best_covers(broken: set[int], events: Sequence[Event]) -> list[tuple[Event, ...]]:
    """The sets of events, fewest first, that mend every broken equation exactly once; all of the smallest size."""
    by_equation: dict[int, list[Event]] = {}
    for event in events:
        for k in event.covers:
            by_equation.setdefault(k, []).append(event)
    reachable = {k for k in broken if k in by_equation}
    best: list[tuple[Event, ...]] = []
    size = len(reachable) + 1
    nodes = 0

    def search(open_: frozenset[int], chosen: tuple[Event, ...]) -> None:
        nonlocal size, nodes
        nodes += 1
        if nodes > SEARCH_LIMIT or len(chosen) + bool(open_) > size:
            return
        if not open_:
            if len(chosen) < size:
                size = len(chosen)
                best.clear()
            best.append(chosen)
            return
        k = min(open_, key=lambda q: (len(by_equation[q]), q))
        for event in by_equation[k]:
            if event.covers <= open_:
                search(open_ - event.covers, (*chosen, event))

    search(frozenset(reachable), ())
    return best


def _choices(
    covers: Sequence[tuple[Event, ...]],
) -> Iterator[tuple[frozenset[int], list[tuple[Event, ...]]]]:
    """The stretches of equations that can be explained apart, each with every way to explain it.

    Two equations belong together if some cover mends them by one event; what no cover joins is a stretch of its own.
    """
    joined: dict[int, set[int]] = {}
    for event in dict.fromkeys(event for cover in covers for event in cover):
        stretch = set(event.covers).union(*(joined.get(k, {k}) for k in event.covers))
        for k in stretch:
            joined[k] = stretch
    for stretch in {min(group): group for group in joined.values()}.values():
        ways = dict.fromkeys(tuple(e for e in cover if e.covers <= stretch) for cover in covers)
        yield frozenset(stretch), list({frozenset(way): way for way in ways}.values())


def _connected(broken: Mapping[int, Equation], explained: set[int]) -> Iterator[tuple[int, ...]]:
    """Broken equations that nothing explains, grouped by shared cells."""
    rest = [k for k in sorted(broken) if k not in explained]
    while rest:
        group = [rest.pop(0)]
        cells = set(broken[group[0]].linear.factors)
        grown = True
        while grown:
            near = [k for k in rest if cells & broken[k].linear.factors.keys()]
            grown = bool(near)
            for k in near:
                rest.remove(k)
                group.append(k)
                cells |= broken[k].linear.factors.keys()
        yield tuple(sorted(group))
