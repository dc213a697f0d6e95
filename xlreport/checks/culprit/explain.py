"""The likeliest explanations of one system: the fewest events first, one more where it is cheaper, then the ranking."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from xlreport.checks.culprit.connections import Event, Kind
from xlreport.checks.culprit.events import Fixed, events, fixed_events
from xlreport.checks.culprit.evidence import Evidence
from xlreport.checks.culprit.rank import EVENT, Explanation, Happening, Ranker
from xlreport.checks.culprit.system import System
from xlreport.rules.search import Budget, Solution, matrix, solutions
from xlreport.submission import Submission

MOST_EVENTS = 6
FEW = 2  # so many are likelier than that a whole row or column is wrong
LINE = 3  # of which as many cells must be wrong, and as many equations
MOST_SOLUTIONS = 3000
WORK = 800_000
USUAL = EVENT + 2.0  # a mistake of the everyday kind
EASY = EVENT - 1.0  # hardly any mistake is likelier than that


BESIDES = 80_000  # as much may be tried to find explanations by one more mistake
WEIGHED = 60  # an explanation takes as long as to touch so many rows in the search
FAR = 20.0  # what costs so much more than the likeliest is nowhere near it, whatever speaks for it
RECAST = 12  # of so many of the likeliest explanations it is asked whether some of it is one mistake
REFINED = 4  # as many of the likeliest explanations are gone over again

Found = dict[tuple[tuple[int, int], ...], Explanation]
"""Explanations by what they would change: the likeliest of those that come to the same."""


class Explainer:
    """The explanations of one system."""

    def __init__(self, submission: Submission, system: System, evidence: Evidence, work: int = WORK) -> None:
        self.system = system
        self.events: list[Event] = events(system, evidence.contradicted)
        self.fixed: list[Fixed] = fixed_events(system)
        known = system.stretch.matrix
        self.matrix = matrix([event.effect for event in self.events[len(known.columns) :]], len(known.rows), known)
        self.ranker = Ranker(submission, system, evidence)
        self.budget = Budget(work)
        self._cheapest = inf
        self._instead: dict[tuple[tuple[int, int], ...], list[Happening]] = {}

    def explanations(self) -> list[Explanation]:
        """Every explanation found, the likeliest first.

        More than a few in one row or column are one mistake: all of it is wrong. Where there are too many mistakes for
        one search, those that stand apart are taken off first; if what is left remains dark, explanations of the former
        alone are better than none.
        """
        gaps = self.system.gaps
        lines, most = self._lines()
        best = self._searched(gaps, most)
        if not best or (most < MOST_EVENTS and not self._alone(best)):
            for line in lines:
                _add(best, self.ranker.together((line,)))
        if not best:
            apart, rest = self._apart(gaps)
            if apart:
                others = self._searched(rest) if self._open(rest) else {}
                for one in sorted(others.values(), key=_order)[: MOST_SOLUTIONS // 10]:
                    _add(best, self.ranker.together((*apart, *one.happenings)))
                if not best:
                    _add(best, self.ranker.together(apart))
        if any(len(one.happenings) > 1 for one in best.values()):
            self._refine(best)
            self._recast(best)
        ranked = sorted(best.values(), key=_order)
        pair = next((one for one in ranked if unmistakable(one)), None)
        if pair is not None and len(pair.changes) < len(ranked[0].changes):
            ranked.remove(pair)
            ranked.insert(0, pair)
        return ranked

    def _lines(self) -> tuple[Sequence[Happening], int]:
        """The whole rows or columns that may be wrong, and the number of other mistakes that are likelier than that."""
        if len(self.system.broken) < LINE:
            return (), MOST_EVENTS
        from xlreport.checks.culprit.lines import of_most, whole_lines  # few workbooks are that wrong

        lines = list(whole_lines(self.system, self.ranker))
        sure = any(line.kind is Kind.LINES or of_most(self.system, line) for line in lines)
        return lines, FEW if sure else MOST_EVENTS

    def _searched(self, gaps: Sequence[int], largest: int = MOST_EVENTS) -> Found:
        """The explanations by the fewest events, and by one more where that may be likelier."""
        best: Found = {}
        found, self._cheapest = None, inf
        whole, allowed = self.budget, 0
        for size in range(1, largest + 1):
            known = 0
            if found is not None:
                least = min(e.cost for e in best.values())
                if size > found + 1 or self._alone(best) or least < size * EASY:
                    break
                # Two neighbours, or a few that were counted where nothing is, are soon gone through.
                known = size - 1 if least < size * USUAL else 0
                allowed = min(whole.left, BESIDES)
                self.budget = Budget(allowed)
            for solution in self._solutions(gaps, size, MOST_SOLUTIONS, known):
                one = self.ranker.explanation(self.events, self.fixed, solution, self._cheapest + FAR)
                if one is not None:
                    self.budget.left -= WEIGHED
                    self._cheapest = min(self._cheapest, one.cost)
                    _add(best, one)
            if best and found is None:
                found = size
            if self.budget.spent:
                break
        if self.budget is not whole:
            whole.left -= allowed - self.budget.left
            self.budget = whole
        return best

    def _apart(self, gaps: Sequence[int]) -> tuple[list[Happening], list[int]]:
        """The events that close two gaps or more and touch no other, where no other event would do; what is left."""
        taken: list[Happening] = []
        rest = list(gaps)
        while True:
            fitting: list[tuple[int, Happening]] = []
            claims: dict[int, int] = {}
            for e, event in enumerate(self.events):
                size = self._closing(event, rest)
                one = self.ranker.event(event, e, size) if size else None
                if one is not None:
                    fitting.append((e, one))
                    for k in event.effect:
                        claims[k] = claims.get(k, 0) + 1
            self.budget.left -= len(self.events)
            sole = [one for e, one in fitting if all(claims[k] == 1 for k in self.events[e].effect)]
            if not sole:
                return taken, rest
            for one in sole:
                taken.append(one)
                for k, change in one.effect:
                    rest[k] += change

    def _open(self, gaps: Sequence[int]) -> bool:
        """Whether any equation does not hold with these gaps."""
        return any(gaps)

    def _closing(self, event: Event, gaps: Sequence[int]) -> int:
        """The size with which an event closes all the gaps it shows in; 0 if there is none."""
        if len(event.effect) < 2:
            return 0
        sizes = {-gaps[k] // factor if not gaps[k] % factor else 0 for k, factor in event.effect.items()}
        return sizes.pop() if len(sizes) == 1 else 0

    def _solutions(self, gaps: Sequence[int], size: int, most: int, known: int = 0) -> list[Solution]:
        fixed = [one.effect for one in self.fixed]
        return solutions(self.matrix, gaps, fixed, size, self.budget, most, self._possible, known)

    def _possible(self, e: int, size: int) -> bool:
        return self.ranker.event(self.events[e], e, size) is not None

    def instead(self, one: Happening) -> list[Happening]:
        """Every single event that does the same to all gaps, the likeliest first."""
        if one.effect not in self._instead:
            effect = dict(one.effect)
            gaps = [-effect.get(k, 0) for k in range(len(self.system.gaps))]
            found: list[Happening] = []
            for solution in self._solutions(gaps, 1, MOST_SOLUTIONS):
                explanation = self.ranker.explanation(self.events, self.fixed, solution)
                found += explanation.happenings if explanation else ()
            self._instead[one.effect] = sorted(found, key=lambda h: (h.cost, h.cells))
        return self._instead[one.effect]

    def exchanged(self, every: Sequence[Happening], one: Happening, other: Happening) -> Explanation | None:
        """An explanation with one of its events exchanged for another that does the same; None if that cannot be."""
        return self.ranker.together([other if happening is one else happening for happening in every])

    def _refine(self, best: Found) -> None:
        """Each event of the likeliest explanations exchanged for others that do the same: the search saw not all."""
        done: set[tuple[tuple[int, int], ...]] = set()
        while True:
            top = sorted(best.items(), key=lambda entry: _order(entry[1]))[:REFINED]
            new = [(key, one) for key, one in top if key not in done]
            if not new:
                return
            for key, one in new:
                done.add(key)
                for happening in one.happenings:
                    for other in self.instead(happening)[:REFINED]:
                        _add(best, self.exchanged(one.happenings, happening, other))

    def _recast(self, best: Found) -> None:
        """Numbers in each other's cell are one mistake, whatever mistakes the search took them for.

        It looks for those two only where they close a gap, which another mistake in the same equations may keep open.
        """
        mixed: dict[int, list[Fixed]] = {}
        for pair in self.fixed:
            if pair.kind in {Kind.SWAPPED, Kind.MOVED}:
                mixed.setdefault(pair.cells[0], []).append(pair)
        alone = {event.cells[0]: e for e, event in enumerate(self.system.stretch.alone)}
        values = self.system.values
        for one in sorted(best.values(), key=_order)[:RECAST]:
            changes = one.changes
            for pair in [pair for i in changes for pair in mixed.get(i, ())]:
                if any(changes.get(i) != value for i, value in zip(pair.cells, pair.right, strict=True)):
                    continue
                split = [h for h in one.happenings if not set(h.cells).isdisjoint(pair.cells)]
                rest = [i for h in split for i in h.cells if i not in pair.cells]
                new = [self.ranker.event(self.events[k := alone[i]], k, changes[i] - values[i]) for i in rest]
                new += [self.ranker.fixed(pair), *(h for h in one.happenings if h not in split)]
                known = [h for h in new if h is not None]
                if len(split) > 1 and len(known) == len(new):
                    _add(best, self.ranker.together(known))

    @staticmethod
    def _alone(best: Found) -> bool:
        """Whether a single cell explains everything: then no second mistake is looked for."""
        return any(len(key) == 1 for key in best)


def _add(best: Found, one: Explanation | None) -> None:
    if one is not None:
        key = tuple(sorted(one.changes.items()))
        if key not in best or one.cost < best[key].cost:
            best[key] = one


def _order(one: Explanation) -> tuple[float, Sequence[tuple[int, int]]]:
    return one.cost, sorted(one.changes.items())


def unmistakable(one: Explanation) -> bool:
    """Whether an explanation is two cells that are off by different amounts.

    Such a pair comes before what takes more cells: chance would hardly bring two cells to account for everything, and
    nothing may hide that, however people usually slip.
    """
    if len(one.happenings) != 2 or any(len(h.cells) != 1 for h in one.happenings):
        return False
    a, b = (abs(h.size) for h in one.happenings)
    return a != b
