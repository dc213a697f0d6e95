"""The likeliest explanations where equations need only hold within a tolerance (amounts rounded to 万元)."""

from __future__ import annotations

from collections.abc import Sequence

from xlreport.checks.culprit.connections import Event
from xlreport.checks.culprit.explain import MOST_EVENTS, Explainer, Found
from xlreport.checks.culprit.rank import Explanation, Happening
from xlreport.rules.search import Solution
from xlreport.rules.within import closings, open_gaps, solutions_within, span

EVERY = 64  # of so many sizes each is looked at, of more only the round ones
ROUNDED = 1.0  # a size that closes no gap exactly must be likelier by so much


class TolerantExplainer(Explainer):
    """The explanations of one system with tolerances."""

    def _searched(self, gaps: Sequence[int], largest: int = MOST_EVENTS) -> Found:
        """Of several numbers within the tolerance that would do for the same cells, the likeliest."""
        best: Found = {}
        kept: dict[tuple[int, ...], tuple[tuple[int, int], ...]] = {}
        for key, one in sorted(super()._searched(gaps, largest).items(), key=lambda entry: (entry[1].cost, entry[0])):
            if kept.setdefault(tuple(i for i, _ in key), key) == key:
                best[key] = one
        return best

    def _solutions(self, gaps: Sequence[int], size: int, most: int, known: int = 0) -> list[Solution]:
        if known:
            return []
        effects, fixed = [one.effect for one in self.events], [one.effect for one in self.fixed]
        return solutions_within(effects, fixed, gaps, self.system.slack, size, self.budget, most, self._likeliest)

    def _closing(self, event: Event, gaps: Sequence[int]) -> int:
        between = span(event.effect, gaps, self.system.slack)
        if between is None or len(event.effect) < 2 or any(abs(gaps[k]) <= self.system.slack[k] for k in event.effect):
            return 0
        return self._likeliest(self.events.index(event), *between, closings(event.effect, gaps)) or 0

    def instead(self, one: Happening) -> list[Happening]:
        """The events that do the same, as far as the tolerance lets anybody see."""
        found = super().instead(one)
        return [other for other in found if other.cells != one.cells or other.right == one.right]

    def exchanged(self, every: Sequence[Happening], one: Happening, other: Happening) -> Explanation | None:
        """As ever, if that leaves no equation open: what does the same within the tolerance may go beyond it."""
        after = [other if happening is one else happening for happening in every]
        return self.ranker.together(after) if self._left(after) <= self._left(every) else None

    def _left(self, happenings: Sequence[Happening]) -> set[int]:
        """The equations that do not hold once all this is put right."""
        gaps = list(self.system.gaps)
        for happening in happenings:
            for k, size in happening.effect:
                gaps[k] += size
        return set(open_gaps(gaps, self.system.slack))

    def _likeliest(self, e: int, low: int, high: int, exact: frozenset[int]) -> int | None:
        """The size that takes the least of a slip, one that closes a gap exactly if nothing speaks for another."""
        sizes = {size for size in exact if low <= size <= high}
        held = self.system.values[self.events[e].cells[0]]
        step = 1
        while (high - low) // step >= EVERY:
            step *= 10
        first = held + low
        sizes |= {size - held for size in range(-(-first // step) * step, held + high + 1, step)}
        self.budget.left -= len(sizes)
        priced = [
            (one.cost + (0 if size in exact else ROUNDED), abs(size - (low + high) // 2), size)
            for size in sizes
            if size and (one := self.ranker.event(self.events[e], e, size)) is not None
        ]
        return min(priced)[2] if priced else None

    def _open(self, gaps: Sequence[int]) -> bool:
        return bool(open_gaps(gaps, self.system.slack))
