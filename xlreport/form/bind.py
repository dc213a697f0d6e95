"""Tying a rule's statement to a form: names become item indices, and the rule spreads over rows or columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from xlreport.form.definition import suggest
from xlreport.form.model import Ambiguous, Axis, Heading, Item, Table
from xlreport.rules.bound import BoundComparison, BoundRule, BoundSide
from xlreport.rules.nodes import Comparison, Condition, Number, Op, Ref, Side, Span, Statement, Term
from xlreport.rules.parse import RuleSyntaxError


@dataclass(frozen=True, slots=True)
class Reach:
    """What one term names: leaves of both axes; None for an axis the rule spreads over."""

    table: Table
    rows: tuple[Heading, ...] | None
    columns: tuple[Heading, ...] | None
    period: int = 0


@dataclass
class Binder:
    """The items of a form by number, while its rules are tied to it."""

    tables: Mapping[str, Table]
    index: Mapping[Item, int]
    priors: list[Item] = field(default_factory=list)
    _prior_index: dict[Item, int] = field(default_factory=dict)

    def bind(self, statement: Statement, table: Table) -> BoundRule:
        """The statement over item indices; raises `RuleSyntaxError` where a name fits nothing."""
        reaches: dict[int, list[Reach]] = {}
        sides = [
            side
            for condition in (statement.premise, statement.conclusion)
            if condition
            for comparison in condition.parts
            for side in (comparison.left, comparison.right)
        ]
        for side in sides:
            reaches[id(side)] = [self._reach(term, table) for term in side.terms]
        every = [reach for found in reaches.values() for reach in found]
        keys = self._spread(every, table)
        return BoundRule(
            self._condition(statement.conclusion, reaches, keys, table),
            self._condition(statement.premise, reaches, keys, table) if statement.premise else (),
            statement.link,
            self._tolerance(statement, every),
            keys,
        )

    def total(self, table: Table, heading: Heading, axis: str) -> BoundRule:
        """The sum that a total in the tree declares, for every heading of the other axis."""
        statement = Statement(
            Condition(
                (
                    Comparison(
                        Op.EQ,
                        Side(tuple(Term(1, Ref(part)) for part in heading.parts)),
                        Side((Term(1, Ref(heading.id)),)),
                    ),
                )
            )
        )
        own, other = (table.rows, table.columns) if axis == "row" else (table.columns, table.rows)

        def reach(name: str) -> Reach:
            found = (own.by_id[name],)
            return Reach(table, found, None) if axis == "row" else Reach(table, None, found)

        parts, whole = [reach(part) for part in heading.parts], [reach(heading.id)]
        keys: list[tuple[str | None, str | None]] = [
            (None, leaf.id) if axis == "row" else (leaf.id, None)
            for leaf in other.leaves
            if not table.blocked or all(self._exists(r, leaf) for r in (*parts, *whole))
        ]
        comparison = statement.conclusion.parts[0]
        reaches = {id(comparison.left): parts, id(comparison.right): whole}
        bound = self._condition(statement.conclusion, reaches, keys, table)
        totals = tuple(places[0] for places in bound[0].right.places)
        return BoundRule(bound, (), None, 0, keys, totals)

    def _exists(self, reach: Reach, leaf: Heading) -> bool:
        rows, columns = reach.rows or (leaf,), reach.columns or (leaf,)
        return all(Item(reach.table.id, r.id, c.id) in self.index for r in rows for c in columns)

    def _tolerance(self, statement: Statement, reaches: Sequence[Reach]) -> Number:
        """The declared tolerance; `±auto` is half a unit of the last declared decimal for every item summed."""
        if statement.tolerance is not None:
            return statement.tolerance
        decimals, cells = 0, 0
        for reach in reaches:
            rows, columns = reach.rows or reach.table.rows.leaves[:1], reach.columns or reach.table.columns.leaves[:1]
            cells += len(rows) * len(columns)
            kind = columns[0].type or rows[0].type or reach.table.type
            decimals = max(decimals, kind.decimals)
        return Decimal(cells) * Decimal(5).scaleb(-decimals - 1)

    def _reach(self, term: Term, home: Table) -> Reach:
        if isinstance(term.place, Span):
            return self._range(term.place, home)
        ref = term.place
        table = self._table(ref, home)
        if ref.column is not None:
            row = self._heading(ref, table.rows, ref.name, table, "row")
            column = self._heading(ref, table.columns, ref.column, table, "column")
            return Reach(table, self._leaves(table.rows, row, ref), self._leaves(table.columns, column, ref), ref.period)
        row, column = self._try(ref, table.rows), self._try(ref, table.columns)
        if row and column:
            raise RuleSyntaxError(f"{ref.name!r} is a row and a column of table {table.id}; write row@column", ref.offset)
        if row:
            rows = self._leaves(table.rows, row, ref)
            # A table of one column needs no column named, and the other way round.
            return Reach(table, rows, table.columns.leaves if len(table.columns.leaves) == 1 else None, ref.period)
        if column:
            columns = self._leaves(table.columns, column, ref)
            return Reach(table, table.rows.leaves if len(table.rows.leaves) == 1 else None, columns, ref.period)
        names = [h.id for axis in (table.rows, table.columns) for h in axis.headings]
        raise RuleSyntaxError(f"no row or column {ref.name!r} in table {table.id}{suggest(ref.name, names)}", ref.offset)

    def _range(self, span: Span, home: Table) -> Reach:
        table = self._table(span.first, home)
        for axis, along in ((table.rows, "row"), (table.columns, "column")):
            first, last = self._try(span.first, axis), self._try(span.last, axis)
            if first and last:
                begin = axis.position[axis.leaves_under(first)[0].id]
                end = axis.position[axis.leaves_under(last)[-1].id]
                if begin > end:
                    raise RuleSyntaxError("the range ends before it begins", span.first.offset)
                leaves = axis.leaves[begin : end + 1]
                return Reach(table, leaves, None) if along == "row" else Reach(table, None, leaves)
        names = [h.id for axis in (table.rows, table.columns) for h in axis.headings]
        raise RuleSyntaxError(
            f"no rows or columns {span.first.name!r} to {span.last.name!r} in table {table.id}"
            f"{suggest(span.first.name, names)}",
            span.first.offset,
        )

    def _leaves(self, axis: Axis, heading: Heading, ref: Ref) -> tuple[Heading, ...]:
        # Last year's form may have one row where this one has a group: keep the name, look it up there.
        return (heading,) if ref.period else axis.leaves_under(heading)

    def _table(self, ref: Ref, home: Table) -> Table:
        if ref.table is None:
            return home
        for table in self.tables.values():
            if ref.table in {table.id, table.alias}:
                return table
        raise RuleSyntaxError(f"no table {ref.table!r}{suggest(ref.table, self.tables)}", ref.offset)

    def _try(self, ref: Ref, axis: Axis) -> Heading | None:
        try:
            return axis.find(ref.name)
        except Ambiguous as error:
            options = "、".join(h.id for h in error.candidates)
            raise RuleSyntaxError(f"{ref.name!r} may be {options}; write one of them", ref.offset) from None

    def _heading(self, ref: Ref, axis: Axis, name: str, table: Table, what: str) -> Heading:
        found = self._try(Ref(name, offset=ref.offset), axis)
        if found is None:
            names = [h.id for h in axis.headings]
            raise RuleSyntaxError(f"no {what} {name!r} in table {table.id}{suggest(name, names)}", ref.offset)
        return found

    def _spread(self, reaches: Sequence[Reach], home: Table) -> list[tuple[str | None, str | None]]:
        """The (row, column) of each instance: over the axis that the terms leave open."""
        by_row = any(reach.rows is None for reach in reaches)
        by_column = any(reach.columns is None for reach in reaches)
        if by_row and by_column:
            raise RuleSyntaxError("one part names only rows and another only columns; write row@column", 0)
        if not by_row and not by_column:
            return [(None, None)]
        leaves = home.rows.leaves if by_row else home.columns.leaves
        keys: list[tuple[str | None, str | None]] = []
        for leaf in leaves:
            if all(self._reaches(reach, leaf) for reach in reaches):
                keys.append((leaf.id, None) if by_row else (None, leaf.id))
        if not keys:
            raise RuleSyntaxError("no row or column has all the cells this rule names", 0)
        return keys

    def _reaches(self, reach: Reach, leaf: Heading) -> bool:
        if reach.period or (not reach.table.blocked and reach.table.id in self.tables):
            axis = reach.table.rows if reach.rows is None else reach.table.columns
            open_axis = reach.rows is None or reach.columns is None
            return not open_axis or leaf.id in axis.position
        return self._exists(reach, leaf)

    def _condition(
        self,
        condition: Condition,
        reaches: Mapping[int, Sequence[Reach]],
        keys: Sequence[tuple[str | None, str | None]],
        home: Table,
    ) -> tuple[BoundComparison, ...]:
        return tuple(
            BoundComparison(
                part.op,
                self._side(part.left, reaches[id(part.left)], keys, home),
                self._side(part.right, reaches[id(part.right)], keys, home),
            )
            for part in condition.parts
        )

    def _side(
        self, side: Side, reaches: Sequence[Reach], keys: Sequence[tuple[str | None, str | None]], home: Table
    ) -> BoundSide:
        factors: list[Number] = []
        slots: list[list[int]] = []
        for term, reach in zip(side.terms, reaches, strict=True):
            for slot in self._slots(reach, keys):
                factors.append(term.factor)
                slots.append(slot)
        places = list(zip(*slots, strict=True)) if slots else [()] * len(keys)
        return BoundSide(tuple(factors), places, side.constant, all(f == 1 for f in factors))

    def _slots(self, reach: Reach, keys: Sequence[tuple[str | None, str | None]]) -> list[list[int]]:
        """For each place that a term names, its item index in every instance."""
        number = self._prior_number if reach.period else self.index.__getitem__
        table = reach.table.id
        slots = []
        for row in reach.rows or (None,):
            for column in reach.columns or (None,):
                if row is not None and column is not None:
                    slots.append([number(Item(table, row.id, column.id))] * len(keys))
                elif row is not None:
                    slots.append([number(Item(table, row.id, str(key[1]))) for key in keys])
                elif column is not None:
                    slots.append([number(Item(table, str(key[0]), column.id)) for key in keys])
        return slots

    def _prior_number(self, item: Item) -> int:
        if item not in self._prior_index:
            self._prior_index[item] = len(self.index) + len(self.priors)
            self.priors.append(item)
        return self._prior_index[item]
