"""What follows from the few numbers that are known of a unit before it fills in anything: the results that differ.

A thousand workbooks of one mould differ in these numbers and in what the formulas find for them. Each relation is
judged anew only for numbers that it has not met; the others, and every cell they are told in, stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial

from xlreport.form.evaluate import evaluate
from xlreport.form.layout import Cell, Layout
from xlreport.form.model import Form
from xlreport.form.table import Item
from xlreport.rules.judge import Values
from xlreport.rules.nodes import Number
from xlreport.workbook import live
from xlreport.workbook import panel as at
from xlreport.workbook.formulas import formulas
from xlreport.workbook.live import Outcome, Result
from xlreport.workbook.panel import panel, remark_column, summary_cell

_REMEMBERED = 5_000  # different numbers for which a relation's outcome is kept
Known = tuple[Number, ...]
Told = tuple[list[Cell], Callable[[Sequence[Outcome]], tuple[Result, ...]]]  # cells, and what is said in them


class Following:
    """The results that follow from the numbers of some items, all others being blank."""

    def __init__(
        self,
        form: Form,
        layout: Layout,
        computed: Collection[Item],
        items: Sequence[Item],
        cover: Mapping[str, str | int],
    ) -> None:
        zeros = dict.fromkeys(items, 0)
        self._base = evaluate(form, zeros, (), computed)
        self._level = str(cover.get("level", ""))
        # A total is a sum of what was typed: how often a known number is in it shows where that number alone is 1.
        self._shares: dict[int, list[tuple[int, int]]] = {}
        for n, item in enumerate(items):
            for i, share in enumerate(evaluate(form, {**zeros, item: 1}, (), computed).numbers):
                if share:
                    self._shares.setdefault(i, []).append((n, int(share)))
        self._sums = [
            (layout.cells[form.items[i]], i)
            for i in self._shares
            if form.items[i] in computed and i not in self._base.blank
        ]
        written = formulas(form, layout, computed)
        self._checks = panel(form, layout).checks
        self._long = [live.is_left_to_us(check, written) for check in self._checks]
        self._outcomes = [self._judged(n, self._base) for n in range(len(self._checks))]
        self._differ: list[tuple[int, tuple[int, ...], dict[Known, Outcome]]] = []
        for n, check in enumerate(self._checks):
            among = {k for i in check.rule.bound.items(check.instance) for k, _ in self._shares.get(i, ())}
            if among and not self._long[n]:
                self._differ.append((n, tuple(sorted(among)), {}))
        self._told = self._where_told(form, layout, computed, set(items))
        self.groups = [*([cell] for cell, _ in self._sums), *(cells for cells, _ in self._told)]

    def results(self, numbers: Sequence[Number]) -> list[tuple[Result, ...]]:
        """What stands in the groups of cells that differ once the items hold these numbers: whole ones as integers."""
        values: Values | None = None
        outcomes = self._outcomes.copy()
        for n, among, known in self._differ:
            key = tuple([numbers[k] for k in among])
            outcome = known.get(key)
            if outcome is None:
                values = values or self._values(numbers)
                if len(known) >= _REMEMBERED:
                    known.clear()
                outcome = known[key] = self._judged(n, values)
            outcomes[n] = outcome
        sums = ((sum(share * numbers[k] for k, share in self._shares[i]),) for _, i in self._sums)
        return [*sums, *(said(outcomes) for _, said in self._told)]

    def _values(self, numbers: Sequence[Number]) -> Values:
        """Everything that the items amount to."""
        changed = list(self._base.numbers)
        for i, shares in self._shares.items():
            changed[i] = sum(share * numbers[k] for k, share in shares)
        return self._base._replace(numbers=changed)

    def _judged(self, n: int, values: Values) -> Outcome:
        return live.outcome_of(self._checks[n], values, self._level, left_to_us=self._long[n])

    def _where_told(
        self, form: Form, layout: Layout, computed: Collection[Item], filled: Collection[Item]
    ) -> list[Told]:
        """The cells in which the relations that differ are told, each with what is said there of the outcomes."""
        differ = [n for n, _, _ in self._differ]
        told: list[Told] = []
        for n in differ:
            # How many cells hold words is the same for all: none.
            told.append((live.panel_cells(self._checks[n])[:-1], partial(_on_panel, n)))
            below = self._checks[n].below
            if below is not None:
                told.append(([below], partial(_below, n)))
        checks = panel(form, layout)
        for sheet in layout.sheets:
            for row, group in checks.beside(sheet.name).items():
                rows = [check.row - at.FIRST for check in group]
                if not set(differ).isdisjoint(rows):
                    told.append(([Cell(sheet.name, row, remark_column(sheet))], partial(_beside, rows)))
        if differ:
            told.append(self._summaries(form, layout, computed, filled))
        return told

    def _summaries(self, form: Form, layout: Layout, computed: Collection[Item], filled: Collection[Item]) -> Told:
        """How the sheets and the whole stand: a matter of the signs alone."""
        differ = [n for n, _, _ in self._differ]
        checks = panel(form, layout)
        empty = {sheet.name: live.empty(form, sheet, computed, filled, ()) for sheet in layout.sheets}
        known: dict[tuple[str, ...], tuple[Result, ...]] = {}

        def all_of(outcomes: Sequence[Outcome]) -> dict[Cell, Result]:
            said: dict[Cell, Result] = {}
            for sheet in layout.sheets:
                own = checks.of(sheet.name)
                found = [outcomes[check.row - at.FIRST] for check in own]
                said[summary_cell(sheet)] = live.said_of(sheet, own, found, empty[sheet.name])
            said[at.panel_cell(at.SUMMARY, 0)] = live.said_of_all(checks.checks, outcomes)
            said |= live.progress(layout, said)
            return said

        def said(outcomes: Sequence[Outcome]) -> tuple[Result, ...]:
            signs = tuple([outcomes[n].sign for n in differ])
            if signs not in known:
                known[signs] = tuple(all_of(outcomes).values())
            return known[signs]

        return list(all_of(self._outcomes)), said


def _on_panel(n: int, outcomes: Sequence[Outcome]) -> tuple[Result, ...]:
    return live.panel_results(outcomes[n])[:-1]


def _below(n: int, outcomes: Sequence[Outcome]) -> tuple[Result, ...]:
    return (live.said_below(outcomes[n]),)


def _beside(rows: Sequence[int], outcomes: Sequence[Outcome]) -> tuple[Result, ...]:
    return (live.said_beside([outcomes[n] for n in rows]),)
