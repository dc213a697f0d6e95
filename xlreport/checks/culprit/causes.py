"""From explanations to causes: one for each mistake, with the equations it breaks and the other ways to mend them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import exp

from xlreport.checks.culprit.connections import Connections, Kind, connections
from xlreport.checks.culprit.evidence import Evidence
from xlreport.checks.culprit.explain import WORK, Explainer, unmistakable
from xlreport.checks.culprit.rank import Explanation, Happening
from xlreport.checks.culprit.system import Equation, System, equations_of, systems, typing_of
from xlreport.checks.entries import NOTHING
from xlreport.finding import Change
from xlreport.record import NamedTuple
from xlreport.rules.judge import Judgement, Values
from xlreport.rules.nodes import Number
from xlreport.submission import State, Submission

TIE_OF_ONE = 0.02  # the same where only one equation is broken
TIE = 0.25  # a tie, if all other ways together are more than this many times as likely as the first
EQUAL = 3.0  # explanations that differ by no more may both be true: e³ to one is no verdict
ALIKE = 1.0  # ways that differ by no more are as good as each other
SHOWN = 6.0  # what is less likely than the best by more than this is not worth a look
UNITS = 10_000  # 元 in 万元
BEST = 3  # as many ways are shown
DOUBTFUL = 16.0  # a mistake dearer than this is too far-fetched to be pointed at


class Cause(NamedTuple):
    """One root cause: the broken equations told under it and the ways to mend them, the likeliest first.

    `tie` says that the first way is hardly likelier than the second; `alone` that the equations hold once this cause
    is put right, and not only together with another. No ways: nothing was found, or (`unfinished`) not in time.
    """

    equations: tuple[Equation, ...]
    fixes: tuple[tuple[Change, ...], ...] = ()
    tie: bool = False
    alone: bool = True
    kind: Kind | None = None  # what happened, if the first way is one event
    unfinished: bool = False
    denied: bool = False  # the text of the report says otherwise
    more: tuple[tuple[Change, ...], ...] = ()  # further ways just as likely, too many to be shown


def find_causes(
    submission: Submission,
    prior: Submission | None,
    judged: Sequence[tuple[int, Judgement]],
    values: Values,
    work: int = WORK,
) -> list[Cause]:
    """The broken equations by root cause, in the order of the form.

    `judged` are the equations, as (place of the rule, judgement); `work` is how much may be tried all in all.
    """
    known = connections(submission.form)
    typing = typing_of(known, submission)
    equations = equations_of(known, judged)
    tolerant = [e for e in equations if e.linear.tolerance]
    evidence = Evidence(submission, prior, values, typing.derived, known)
    found: list[System] = []
    rest = equations
    if any(e.broken for e in tolerant):
        # Where a tolerance is exceeded, everything that hangs together with it is looked at in one.
        found = [s for s in systems(known, typing, equations, values) if any(s.slack[k] for k in s.broken)]
        loose = {(e.rule, e.instance) for system in found for e in system.equations}
        rest = [e for e in equations if (e.rule, e.instance) not in loose]
    exact = [e for e in rest if not e.linear.tolerance] if tolerant else rest
    found += systems(known, typing, exact, values)
    causes: list[Cause] = []
    for system in found:
        explainer = _explainer(submission, system, evidence, work)
        causes += _causes(submission, explainer)
        work = max(0, explainer.budget.left)
    return sorted(causes, key=lambda cause: (cause.equations[0].rule, cause.equations[0].instance))


def _explainer(submission: Submission, system: System, evidence: Evidence, work: int) -> Explainer:
    if not any(system.slack):
        return Explainer(submission, system, evidence, work)
    from xlreport.checks.culprit.tolerant import TolerantExplainer  # few forms have tolerances

    return TolerantExplainer(submission, system, evidence, work)


def _causes(submission: Submission, explainer: Explainer) -> Iterator[Cause]:
    system = explainer.system
    found = explainer.explanations()
    broken = system.broken
    left = set(broken)
    if found:
        for group, told in _groups(found, broken):
            left -= set(told)
            yield _told(submission, explainer, found, group, told)
    rest = [system.equations[k] for k in sorted(left)]
    # One equation that no number mends is an odd equation; several are more mistakes than are searched for.
    many = len(rest) > 1 or explainer.budget.spent
    yield from (Cause(group, unfinished=many) for group in _connected(rest))


def _groups(found: Sequence[Explanation], broken: Sequence[int]) -> list[tuple[tuple[Happening, ...], tuple[int, ...]]]:
    """The events of the likeliest explanation, each with the broken equations told under it.

    Events stay together if another explanation, as good, does without both, and if they show in the same equations.
    """
    top = found[0]
    groups: list[set[Happening]] = [{one} for one in top.happenings]
    for other in found[1:]:
        if other.cost - top.cost > EQUAL:
            break
        gone = [h for h in top.happenings if h not in other.happenings]
        new = [h for h in other.happenings if h not in top.happenings]
        effects = [h.effect for h in gone]
        if len(gone) > 1 and not all(h.effect in effects for h in new):
            _join(groups, gone)
    while True:
        told: list[tuple[set[Happening], list[int]]] = []
        taken: dict[int, set[Happening]] = {}
        groups.sort(key=lambda group: min((k for h in group for k, _ in h.effect if k in broken), default=-1))
        for group in groups:
            own = [k for k in broken if k not in taken and any(k == q for h in group for q, _ in h.effect)]
            taken.update(dict.fromkeys(own, group))
            told.append((group, own))
        bare = next((group for group, own in told if not own), None)
        if bare is None or len(groups) == 1:
            return [(tuple(sorted(group, key=lambda h: h.cells)), tuple(own)) for group, own in told]
        near = next((taken[k] for h in bare for k, _ in h.effect if k in taken), None)
        partner = near if near is not None else next(g for g in groups if g is not bare)
        _join(groups, [next(iter(bare)), next(iter(partner))])


def _join(groups: list[set[Happening]], members: Iterable[Happening]) -> None:
    wanted = set(members)
    merged = [group for group in groups if group & wanted]
    groups[:] = [group for group in groups if not group & wanted] + [set().union(*merged)]


def _told(
    submission: Submission,
    explainer: Explainer,
    found: Sequence[Explanation],
    group: tuple[Happening, ...],
    told: tuple[int, ...],
) -> Cause:
    """The cause behind one group of events, everything else being as the likeliest explanation has it."""
    top = found[0]
    others = tuple(h for h in top.happenings if h not in group)
    ways: dict[tuple[tuple[int, int], ...], float] = {}
    known: set[tuple[tuple[int, int], ...]] = set()

    def add(happenings: Sequence[Happening], cost: float) -> None:
        key = tuple((i, v) for h in happenings for i, v in zip(h.cells, h.right, strict=True))
        same = tuple(sorted(key))
        if same not in known:
            known.add(same)
            ways[key] = cost

    for one in found:
        if set(others) <= set(one.happenings):
            add([h for h in one.happenings if h not in others], one.cost)
    if len(group) == 1:
        for other in explainer.instead(group[0]):
            whole = explainer.exchanged(top.happenings, group[0], other)
            if whole is not None:
                add([other], whole.cost)
    first, *more = ways.items()
    ranked = [first, *sorted(more, key=lambda way: (way[1], sorted(way[0])))]
    near = [way for way, cost in ranked if cost - first[1] <= SHOWN]
    # A pair of cells comes before what takes more cells however people slip, but not before what is likelier, and what
    # cannot be told apart alone cannot be told apart in company.
    pair = unmistakable(top)
    rivals = [one for one in ranked[1:] if not pair or one[1] < first[1] or len(one[0]) <= len(first[0])]
    once = {
        way: len(group) if _sizes(way, explainer.system) == _sizes(first[0], explainer.system) else 1 for way in ways
    }
    rest = sum(exp(min(0.0, first[1] - cost) / once[way]) for way, cost in rivals)
    # One equation alone never proves a cell: only a slip that nothing else comes near to may be pointed at, or a blank.
    alike = _as_one(explainer.system, told)
    lone = alike and not _blank(submission, group)
    tie = rest > (TIE_OF_ONE if lone else TIE)
    # One way that mends several equations at once speaks for itself, however odd the slip.
    doubtful = sum(h.cost for h in group) > DOUBTFUL * len(group) and (len(near) > 1 or alike)
    system, evidence = explainer.system, explainer.ranker.evidence
    doubtful = doubtful or (len(told) == 1 and _other_unit(system, evidence.known, group, told[0]))
    number = explainer.ranker.number
    denied = evidence.denied({i: number(value) for i, value in first[0]})
    return Cause(
        tuple(system.equations[k] for k in told),
        tuple(_changes(submission, explainer, system, way) for way in near[:BEST]),
        tie or doubtful or denied,
        _alone(system, group, told),
        group[0].kind if len(group) == 1 else None,
        denied=denied,
        more=tuple(_changes(submission, explainer, system, w) for w in near[BEST:] if ways[w] - first[1] <= ALIKE),
    )


def _sizes(way: Sequence[tuple[int, int]], system: System) -> list[int]:
    """By how much a way changes its cells.

    Several mistakes that would be by as much in another column have one reason, and what speaks for this column rather
    than that counts once: a late request was put to its column and no total was worked out anew.
    """
    return sorted(value - system.values[i] for i, value in way)


def _as_one(system: System, told: Sequence[int]) -> bool:
    """Whether the equations tell no more than one of them does: all its cells show in the others as they do in it."""
    for k in told:
        cells = [system.columns[i] for i in system.stretch.rows[k]]
        if all(own.get(q, 0) * cells[0][k] == cells[0].get(q, 0) * own[k] != 0 for q in told for own in cells):
            return True
    return False


def _blank(submission: Submission, group: Sequence[Happening]) -> bool:
    items = submission.form.items
    return all(submission.entry(items[h.cells[0]]).state in NOTHING for h in group)


def _other_unit(system: System, known: Connections, group: Sequence[Happening], k: int) -> bool:
    """Whether a total and all its parts are counted in different units (元, 万元): either side may be the wrong one."""
    if len(group) != 1 or len(group[0].cells) != 1:
        return False
    (i,), (true,) = group[0].cells, group[0].right
    parts = [j for j, effect in system.columns.items() if k in effect and j != i and system.values[j]]
    held = abs(system.values[i])
    return i in known.totals and len(parts) > 1 and max(held, abs(true)) == UNITS * min(held, abs(true))


def _alone(system: System, group: Sequence[Happening], told: Sequence[int]) -> bool:
    """Whether the equations told hold once this is put right and nothing else, and none that held is broken by it."""
    after = {k: system.gaps[k] for k in told}
    for h in group:
        for k, size in h.effect:
            after[k] = after.get(k, system.gaps[k]) + size
    broken = system.broken
    return all(abs(gap) <= system.slack[k] or (k in broken and k not in told) for k, gap in after.items())


def _changes(
    submission: Submission, explainer: Explainer, system: System, way: Iterable[tuple[int, int]]
) -> tuple[Change, ...]:
    number = explainer.ranker.number

    def held(i: int) -> Number | str:
        entry = submission.entry(submission.form.items[i])
        return entry.raw.strip() if entry.state is State.PLACEHOLDER else number(system.values[i])

    return tuple(Change(submission.form.items[i], held(i), number(value)) for i, value in way)


def _connected(broken: Sequence[Equation]) -> Iterator[tuple[Equation, ...]]:
    """Broken equations that nothing explains, grouped by shared cells."""
    rest = list(broken)
    while rest:
        group = [rest.pop(0)]
        cells: set[int] = set(group[0].linear.factors)
        while near := [e for e in rest if cells & e.linear.factors.keys()]:
            for e in near:
                rest.remove(e)
                group.append(e)
                cells |= e.linear.factors.keys()
        yield tuple(sorted(group, key=lambda e: (e.rule, e.instance)))
