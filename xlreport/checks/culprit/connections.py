"""What the cells and equations of a form have to do with each other, whatever numbers stand in them.

Worked out once for each form, and each choice of cells that somebody typed: of a thousand workbooks the first pays.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from enum import Enum
from functools import cached_property
from math import lcm

from xlreport.form.model import Form
from xlreport.form.table import Item
from xlreport.record import NamedTuple
from xlreport.rules.bound import Linear, linear
from xlreport.rules.nodes import Number
from xlreport.rules.search import Matrix, matrix

FORMS = 8  # so many are kept
CHOICES = 8  # and of each so many choices of cells that were typed


class Kind(Enum):
    """What happened."""

    CELL = "cell"
    ACROSS = "carried-across"  # the cell and the totals of its row
    DOWN = "carried-down"  # the cell and the totals of its column
    BOTH = "carried-both"  # and the total of those
    SWAPPED = "swapped"
    MOVED = "moved"
    SHIFTED = "shifted"  # several neighbouring numbers of a line, each one cell off
    ADDED = "added"  # a number typed one cell off, together with what belongs there
    LINE = "line"  # a whole row or column
    LINES = "lines"  # two of them, each in the other's place


class Event(NamedTuple):
    """Cells whose numbers are wrong by one common size, and what one unit of it adds to each gap.

    Of a number added to a neighbour's, the neighbour has too much of what the first cell lacks.
    """

    kind: Kind
    cells: tuple[int, ...]
    effect: Mapping[int, int]

    def shifts(self, size: int) -> tuple[int, ...]:
        """How much each cell is put up or down."""
        return (size, -size) if self.kind is Kind.ADDED else (size,) * len(self.cells)


class Stretch:
    """Equations that hang together through the cells that somebody typed, and what may happen to these."""

    def __init__(
        self, form: Form, members: Sequence[int], cells: Mapping[int, Mapping[int, int]], times: Sequence[int]
    ) -> None:
        self.form = form
        self.members = members  # places among the equations that were looked at
        self.columns = cells  # cell (item index) → place of equation in `members` → factor
        self.times = times  # by what each equation is multiplied, so that its factors are whole
        self._near: dict[int, tuple[int, ...]] = {}
        rows: list[list[int]] = [[] for _ in members]
        for i, effect in cells.items():
            for k in effect:
                rows[k].append(i)
        self.rows = rows  # equation → cells
        self.alone = [Event(Kind.CELL, (i,), effect) for i, effect in cells.items() if effect]
        self.matrix: Matrix = matrix([event.effect for event in self.alone], len(members))

    @cached_property
    def carried(self) -> Mapping[int, Sequence[Event]]:
        """Each cell's number added up into the totals that it goes into, as far as somebody typed them."""
        columns, totals = self.columns, self.form.totals_over
        found: dict[int, Sequence[Event]] = {}
        for i in columns:
            if not any(totals[i]):
                continue
            across, down, corner = ([t for t in those if t in columns] for those in totals[i])
            own = [self._together(Kind.ACROSS, (i, *across))] if across else []
            if down:
                own.append(self._together(Kind.DOWN, (i, *down)))
                if across:
                    own.append(self._together(Kind.BOTH, (i, *across, *down, *corner)))
            found[i] = own
        return found

    @cached_property
    def lines(self) -> Sequence[Sequence[int]]:
        """The typed cells of each row and of each column, in printed order, apart where one between is not typed."""
        found: list[list[int]] = []
        for table in self.form.tables.values():
            rows, columns = [r.id for r in table.rows.leaves], [c.id for c in table.columns.leaves]
            across = [[Item(table.id, r, c) for c in columns] for r in rows]
            for line in (*across, *map(list, zip(*across, strict=True))):
                found.append([])
                for item in line:
                    i = self.form.index.get(item)
                    if i in self.columns and i is not None:
                        found[-1].append(i)
                    elif found[-1]:
                        found.append([])
        return [line for line in found if len(line) > 2]

    def _together(self, kind: Kind, cells: tuple[int, ...]) -> Event:
        effect = dict(self.columns[cells[0]])
        for i in cells[1:]:
            for k, factor in self.columns[i].items():
                both = effect.get(k, 0) + factor
                if both:
                    effect[k] = both
                else:
                    del effect[k]
        return Event(kind, cells, effect)

    def near(self, i: int) -> tuple[int, ...]:
        """The typed cells right, left, below and above."""
        if i not in self._near:
            self._near[i] = tuple(j for j in self.form.beside[i] if j in self.columns)
        return self._near[i]


class Connections:
    """The equations of one form as linear forms, the stretches that they make, and the other rules, by cell."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.totals = _totals(form)
        self._linear: dict[tuple[int, int], Linear | None] = {}
        self._webs: dict[Hashable, Web] = {}
        self._others: Mapping[int, Sequence[tuple[int, int]]] | None = None
        self._may: dict[int, tuple[bool, int]] = {}

    def linear(self, rule: int, instance: int) -> Linear | None:
        """The linear form of one instance of a rule."""
        key = rule, instance
        if key not in self._linear:
            self._linear[key] = linear(self.form.rules[rule].bound, instance)
        return self._linear[key]

    @property
    def others(self) -> Mapping[int, Sequence[tuple[int, int]]]:
        """By item the rules that are no exact equations of this report alone, as (rule, instance)."""
        if self._others is None:
            found: dict[int, list[tuple[int, int]]] = {}
            for number, rule in enumerate(self.form.rules):
                if rule.bound.balance and not rule.prior and not rule.unless_level and not rule.bound.tolerance:
                    continue
                for instance in range(len(rule.bound.keys)):
                    for i in rule.bound.items(instance):
                        found.setdefault(i, []).append((number, instance))
            self._others = found
        return self._others

    @cached_property
    def claimed(self) -> frozenset[int]:
        """The items that the text of a report may speak of."""
        return frozenset(i for claim in self.form.claims for one in claim.sums for i in one)

    def may(self, i: int) -> tuple[bool, int]:
        """Whether an item may be negative, and how many of its smallest units make one."""
        if i not in self._may:
            kind = self.form.entry_type(self.form.items[i])
            self._may[i] = kind.signed, 1 if kind.whole else 10**kind.decimals
        return self._may[i]

    def web(self, key: Hashable, factors: Callable[[], Sequence[Mapping[int, Number]]]) -> Web:
        """The equations with these factors of what was typed; `key` stands for all of them."""
        found = self._webs.pop(key, None) or Web(self.form, factors())
        self._webs[key] = found  # the last used stands last
        if len(self._webs) > CHOICES:
            del self._webs[next(iter(self._webs))]
        return found


class Web:
    """Some equations of a form, and which of them hang together."""

    def __init__(self, form: Form, factors: Sequence[Mapping[int, Number]]) -> None:
        self.form, self.factors = form, factors
        self._stretches: dict[int, Stretch] = {}
        self._by_cell: dict[int, list[int]] = {}
        for k, own in enumerate(factors):
            for i in own:
                self._by_cell.setdefault(i, []).append(k)

    def stretch(self, start: int) -> Stretch:
        """All that hangs together with one equation."""
        if start not in self._stretches:
            group, rest = {start}, [start]
            while rest:
                for i in self.factors[rest.pop()]:
                    new = [k for k in self._by_cell[i] if k not in group]
                    group.update(new)
                    rest += new
            self._stretches.update(dict.fromkeys(group, self._made(sorted(group))))
        return self._stretches[start]

    def _made(self, members: Sequence[int]) -> Stretch:
        columns: dict[int, dict[int, int]] = {i: {} for i in sorted({i for k in members for i in self.factors[k]})}
        every = []
        for place, k in enumerate(members):
            factors, times = self.factors[k], 1
            if any(not isinstance(f, int) for f in factors.values()):
                times = lcm(*(f.as_integer_ratio()[1] for f in factors.values()))
            for i, factor in factors.items():
                columns[i][place] = int(factor * times)
            every.append(times)
        return Stretch(self.form, members, columns, every)


def _totals(form: Form) -> frozenset[int]:
    """The items that are declared sums of others."""
    found, start = list[int](), 0
    for table in form.tables.values():
        lines = {h.id for h in table.rows.leaves if h.total}, {h.id for h in table.columns.leaves if h.total}
        found += [i for i, item in enumerate(table.items, start) if item.row in lines[0] or item.column in lines[1]]
        start += len(table.items)
    return frozenset(found)


_KNOWN: dict[int, Connections] = {}


def connections(form: Form) -> Connections:
    """What is known of a form: kept by which form it is, for to compare forms would take longer."""
    found = _KNOWN.pop(id(form), None)
    if found is None or found.form is not form:
        found = Connections(form)
    _KNOWN[id(form)] = found
    if len(_KNOWN) > FORMS:
        del _KNOWN[next(iter(_KNOWN))]
    return found
