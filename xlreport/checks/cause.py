"""Which cell is wrong: the fewest events that explain every broken equation at once.

An event is one cell with another number, or a cell together with the totals that were added up from it. Its change
shows in a fixed pattern of equations; an event fits if the pattern is exactly a set of broken ones, all off by the
amount it would change them, and if the new number may stand in the cell. What no event explains is grouped by the
cells the equations share.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

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
        if entry.computed or entry.state is State.BLANK:
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
    if covers:
        for group, choices in _slots(covers).items():
            left_out = [e for e in choices if submission.entry(e.changes[0].item).state is State.BLANK]
            # A cell not filled in at all is likelier than any other slip that would come to the same.
            ranked = left_out if len(left_out) == 1 else sorted(choices, key=lambda e: (e.cost, e.changes))
            rows = tuple(broken[k] for k in sorted(group))
            explained |= group
            unique = len(ranked) == 1
            causes.append(
                Cause(
                    rows,
                    ranked[0].changes if unique else (),
                    () if unique else tuple(event.changes for event in ranked[:TIES] if len(ranked) <= TIES),
                )
            )
    causes += [Cause(tuple(broken[k] for k in group), ()) for group in _connected(broken, explained)]
    return sorted(causes, key=lambda cause: (cause.equations[0].rule, cause.equations[0].instance))


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
    blank = entry.state is State.BLANK and not submission.form.is_total(item)
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


def _slots(covers: Sequence[tuple[Event, ...]]) -> dict[frozenset[int], list[Event]]:
    """The explanations by the equations they mend; the grouping of the most plausible cover is kept."""
    best = min(covers, key=lambda cover: (sum(event.cost for event in cover), sorted(e.changes for e in cover)))
    groups: dict[frozenset[int], list[Event]] = {event.covers: [] for event in best}
    for cover in covers:
        for event in cover:
            if event.covers in groups and event not in groups[event.covers]:
                groups[event.covers].append(event)
    return groups


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
