"""Which explanation is the likeliest: how people mistype, what the cells are likely to hold, and the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from math import inf

from xlreport.checks.culprit.connections import Event, Kind
from xlreport.checks.culprit.events import Fixed
from xlreport.checks.culprit.evidence import Evidence
from xlreport.checks.culprit.expected import Expected
from xlreport.checks.culprit.slips import anything, appeared, cost, digits_slip, shares, stale
from xlreport.checks.culprit.system import System
from xlreport.checks.entries import NOTHING
from xlreport.form.model import Form
from xlreport.record import NamedTuple
from xlreport.rules.nodes import Number
from xlreport.rules.search import Solution
from xlreport.submission import Submission

EVENT = 5.0  # what one more mistake costs: mistakes are rare
LEFT_NEGATIVE = 15.0  # an impossible negative number that an explanation leaves as it is
DIRECTIONS = {Kind.ACROSS: 0.7, Kind.DOWN: 0.15, Kind.BOTH: 0.15}  # how far a wrong number is added up
SHIFTED = 0.1  # how many of the numbers typed one cell off take their neighbours along
SIGNS = 10.0  # where numbers may be negative, a sign is lost or added so much oftener than where none may
UNTOUCHED = 30.0  # where nothing but its own sum speaks of a total of 0, it was so much oftener never filled in
ADDED = 0.5  # how many of the numbers typed one cell off were put to one that stood there already


class Happening(NamedTuple):
    """One event with its size: what each cell should hold instead."""

    kind: Kind
    cells: tuple[int, ...]
    right: tuple[int, ...]  # scaled
    size: int  # how much the first cell is put up or down
    cost: float
    effect: tuple[tuple[int, int], ...]  # by equation: what the correction adds to its gap


class Explanation(NamedTuple):
    """Events that together account for every gap."""

    happenings: tuple[Happening, ...]
    cost: float

    @property
    def changes(self) -> dict[int, int]:
        """What every wrong cell should hold."""
        return {i: v for one in self.happenings for i, v in zip(one.cells, one.right, strict=True)}


class Ranker:
    """Costs of events and explanations for one system; every event and size is judged once."""

    def __init__(self, submission: Submission, system: System, evidence: Evidence) -> None:
        self.submission, self.system, self.evidence = submission, system, evidence
        self.form: Form = submission.form
        self.weights = shares()
        self.expected = Expected(evidence.known, system.values, system.scale)
        self._known: dict[tuple[int, int], Happening | None] = {}
        self._blank_share: float | None = None
        self._parts: dict[int, list[int]] = {}
        self.negative = {i for i, v in system.values.items() if v < 0 and not evidence.known.may(i)[0]}

    def explanation(
        self, events: Sequence[Event], fixed: Sequence[Fixed], solution: Solution, most: float = inf
    ) -> Explanation | None:
        """A solution of the search with its cost; None if some cell could not hold what it says.

        None as well if it costs more than `most` before the evidence is heard.
        """
        happenings = [self.fixed(fixed[f]) for f in solution.fixed]
        happenings += [self.event(events[e], e, size) for e, size in solution.sizes]
        known = [one for one in happenings if one is not None]
        if len(known) < len(happenings) or sum([one.cost for one in known]) > most:
            return None
        return self.together(known)

    def together(self, happenings: Sequence[Happening]) -> Explanation | None:
        """Events as one explanation; None if they contradict each other or what else is known."""
        changes: dict[int, int] = {}
        for one in happenings:
            for i, value in zip(one.cells, one.right, strict=True):
                if i in changes:
                    return None
                changes[i] = value
        more = self.evidence.weigh({i: self.number(v) for i, v in changes.items()})
        if more is None:
            return None
        total = sum(one.cost for one in happenings) + more
        total += LEFT_NEGATIVE * sum(1 for i in self.negative if i not in changes)
        return Explanation(tuple(sorted(happenings, key=lambda one: one.cells)), total)

    def event(self, event: Event, e: int, size: int) -> Happening | None:
        """An event of open size, once its size is known."""
        key = (e, size)
        if key not in self._known:
            self._known[key] = self._judged(event, size)
        return self._known[key]

    def _judged(self, event: Event, size: int) -> Happening | None:
        right = tuple(self.system.values[i] + by for i, by in zip(event.cells, event.shifts(size), strict=True))
        if not all(self.may_hold(i, value) for i, value in zip(event.cells, right, strict=True)):
            return None
        i, true = event.cells[0], right[0]
        if event.kind is Kind.ADDED:
            if true <= 0 or right[1] <= 0:  # else it was moved
                return None
            price = EVENT + cost(self.weights["moved"] / 4 * ADDED) - self._gain(i, true)
            price -= self._gain(event.cells[1], right[1])
        else:
            chance = self._alone(i, true) if event.kind is Kind.CELL else self._carried(event.kind, i, true)
            price = EVENT + cost(chance) - self._gain(i, true)
        return Happening(
            event.kind, event.cells, right, size, price, tuple((k, f * size) for k, f in event.effect.items())
        )

    def fixed(self, one: Fixed) -> Happening | None:
        """An event whose size is known; None if a cell cannot hold the other's number."""
        if not all(self.may_hold(i, value) for i, value in zip(one.cells, one.right, strict=True)):
            return None
        i, true = one.cells[0], one.right[0]
        if one.kind in DIRECTIONS:
            price = EVENT + cost(self._carried(one.kind, i, true)) - self._gain(i, true)
        elif one.kind is Kind.SHIFTED:
            price = EVENT + cost(self.weights["moved"] / 4 * SHIFTED)
            price -= sum([self._gain(cell, value) for cell, value in zip(one.cells, one.right, strict=True)])
        else:
            # Any of four neighbours might have been the other one.
            chance = self.weights["moved" if one.kind is Kind.MOVED else "swapped"] / 4
            price = EVENT + cost(chance) - self._gain(i, true) - self._gain(one.cells[1], one.right[1])
        return Happening(one.kind, one.cells, one.right, true - self.system.values[i], price, tuple(one.effect.items()))

    def _gain(self, i: int, true: int) -> float:
        """How much likelier a cell is to hold `true` than what it holds."""
        return self.expected.log_chance(i, true) - self.expected.log_chance(i, self.system.values[i])

    def _alone(self, i: int, true: int) -> float:
        """How often this cell is mistyped as what it holds, if `true` is right."""
        found, weights = self.system.values[i], self.weights
        chance = self._mistyped(i, true)
        if i in self.evidence.known.totals:
            chance += stale(found, true, self._part_values(i), weights)
            if not found and len(self.system.columns[i]) == 1:
                chance *= UNTOUCHED
        near = sum(1 for j in self.system.stretch.near(i) if self.system.values[j] == found)
        if near and found:
            chance += weights["copied"] * near / 4 * (1.0 if not true else 0.2)
        if not found and self.submission.entry(self.form.items[i]).state in NOTHING:
            chance /= self._blanks()
        return chance

    def _mistyped(self, i: int, true: int) -> float:
        """How often `true` becomes what this cell holds by a slip of the hand, whatever else the cell is."""
        found, weights = self.system.values[i], self.weights
        chance = digits_slip(found, true, weights) + anything(found, true, weights)
        if found == -true and self.evidence.known.may(i)[0]:
            chance += weights["sign"] * (SIGNS - 1)
        return chance

    def _carried(self, kind: Kind, i: int, true: int) -> float:
        """How often this cell is mistyped and then added up into its totals as it stands."""
        found, weights = self.system.values[i], self.weights
        if not true:
            slip = appeared(found)
        else:
            named = sum(weights[name] for name in ("transposed", "dropped", "doubled", "digit", "power", "omitted"))
            slip = self._mistyped(i, true) / named
            if i in self.evidence.known.totals:
                slip += stale(found, true, self._part_values(i), weights)
        return weights["carried"] * DIRECTIONS[kind] * slip

    def _part_values(self, i: int) -> list[int]:
        """What the parts of a total hold, of its row and of its column."""
        if i not in self._parts:
            item, index = self.form.items[i], self.form.index
            table = self.form.tables[item.table]
            places = [(item.row, part) for part in table.columns.by_id[item.column].parts]
            places += [(part, item.column) for part in table.rows.by_id[item.row].parts]
            items = [item._replace(row=r, column=c) for r, c in places]
            self._parts[i] = [self.system.values.get(index[p], 0) for p in items if p in index]
        return self._parts[i]

    def _blanks(self) -> float:
        """The share of details with nothing or 0 that are left blank: where all are, a blank says little."""
        if self._blank_share is None:
            form, numbers = self.form, self.submission.values.numbers
            entries = [
                self.submission.entry(item)
                for i, (item, number) in enumerate(zip(form.items, numbers, strict=False))
                if not number and i not in self.evidence.known.totals
            ]
            blank = sum(1 for entry in entries if entry.state in NOTHING)
            self._blank_share = (blank + 0.1) / (len(entries) + 0.2)
        return self._blank_share

    def may_hold(self, i: int, value: int) -> bool:
        """Whether a cell may hold a number: not below 0, whole, not too many decimals."""
        signed, smallest = self.evidence.known.may(i)
        return (value >= 0 or signed) and not value * smallest % self.system.scale

    def number(self, value: int) -> Number:
        """A number as it is written, from the smallest units."""
        whole, rest = divmod(value, self.system.scale)
        return (Decimal(value) / self.system.scale).normalize() if rest else whole
