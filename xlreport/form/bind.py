"""Tying a rule's statement to a form: names become item indices, and the rule spreads over rows or columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from xlreport.form.definition import suggest
from xlreport.form.table import Ambiguous, Axis, Heading, Item, Quantity, Table
from xlreport.record import record
from xlreport.rules.bound import BoundComparison, BoundRule, BoundSide
from xlreport.rules.nodes import Comparison, Condition, Number, Op, Ref, Side, Span, Statement, Term
from xlreport.rules.parse import RuleSyntaxError


@record
class Reach:
    """What one term names: leaves of both axes; None for an axis the rule spreads over."""

    table: Table
    rows: tuple[Heading, ...] | None
    columns: tuple[Heading, ...] | None
    period: int = 0


class Binder:
    """The items of a form by number, while its rules are tied to it."""

    def __init__(self, tables: Mapping[str, Table], index: Mapping[Item, int]) -> None:
        self.tables = tables
        self.index = index
        self.priors: list[Item] = []
        self._prior_index: dict[Item, int] = {}
        self._keys: dict[tuple[str, bool], list[tuple[str | None, str | None]]] = {}

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
        if not every:
            raise RuleSyntaxError("a rule names at least one row or column", 0)
        keys = self._spread(every, table)
        return BoundRule(
            self._condition(statement.conclusion, reaches, keys),
            self._condition(statement.premise, reaches, keys) if statement.premise else (),
            statement.link,
            self._tolerance(statement, [(t, r) for s in sides for t, r in zip(s.terms, reaches[id(s)], strict=True)]),
            keys,
        )

    def totals(self, table: Table, heading: Heading, axis: str) -> Iterator[tuple[tuple[str, ...], BoundRule]]:
        """The sums that a total in the tree declares, for every heading of the other axis.

        One sum with its parts; more where blocked cells leave some headings with fewer parts than others.
        """
        other = table.columns if axis == "row" else table.rows
        by_parts: dict[tuple[str, ...], list[Heading]] = {}
        for leaf in other.leaves:
            if self._open(table, heading.id, leaf.id, axis):
                parts = tuple(part for part in heading.parts if self._open(table, part, leaf.id, axis))
                by_parts.setdefault(parts, []).append(leaf)
        for parts, leaves in by_parts.items():
            if parts:
                yield parts, self._total(table, heading.id, parts, leaves, axis)

    def _open(self, table: Table, own: str, other: str, axis: str) -> bool:
        return ((own, other) if axis == "row" else (other, own)) not in table.blocked

    def _total(self, table: Table, name: str, summed: Sequence[str], leaves: Sequence[Heading], axis: str) -> BoundRule:
        left = Side(tuple(Term(1, Ref(part)) for part in summed))
        statement = Statement(Condition((Comparison(Op.EQ, left, Side((Term(1, Ref(name)),))),)))
        own = table.rows if axis == "row" else table.columns

        def reach(name: str) -> Reach:
            found = (own.by_id[name],)
            return Reach(table, found, None) if axis == "row" else Reach(table, None, found)

        parts, whole = [reach(part) for part in summed], [reach(name)]
        keys: list[tuple[str | None, str | None]] = [
            (None, leaf.id) if axis == "row" else (leaf.id, None) for leaf in leaves
        ]
        comparison = statement.conclusion.parts[0]
        reaches = {id(comparison.left): parts, id(comparison.right): whole}
        bound = self._condition(statement.conclusion, reaches, keys)
        totals = tuple(places[0] for places in bound[0].right.places)
        return BoundRule(bound, (), None, 0, keys, totals)

    def _exists(self, reach: Reach, leaf: Heading) -> bool:
        rows, columns = reach.rows or (leaf,), reach.columns or (leaf,)
        return all(Item(reach.table.id, r.id, c.id) in self.index for r in rows for c in columns)

    def _tolerance(self, statement: Statement, terms: Sequence[tuple[Term, Reach]]) -> Number:
        """The declared tolerance; `±auto` is half a unit of the last declared decimal for every amount summed.

        Counts are exact: a rounding tolerance over integers hides real errors.
        """
        if statement.tolerance == 0:
            return 0
        widths = [abs(Decimal(term.factor)) * width for term, reach in terms for width in _rounding(reach)]
        if not any(widths):
            raise RuleSyntaxError("a tolerance is for amounts; counts are exact", statement.tolerance_offset)
        return sum(widths, Decimal(0)) if statement.tolerance is None else statement.tolerance

    def _reach(self, term: Term, home: Table) -> Reach:
        if isinstance(term.place, Span):
            return self._range(term.place, home)
        ref = term.place
        table = self._table(ref, home)
        if ref.column is not None:
            pinned_row = self._heading(ref, table.rows, ref.name, table, "row")
            pinned_column = self._heading(ref, table.columns, ref.column, table, "column")
            rows, columns = self._leaves(table.rows, pinned_row, ref), self._leaves(table.columns, pinned_column, ref)
            return Reach(table, rows, columns, ref.period)
        row, column = self._try(ref, table.rows), self._try(ref, table.columns)
        if row and column:
            message = f"{ref.name!r} is a row and a column of table {table.id}; write row@column"
            raise RuleSyntaxError(message, ref.offset)
        if row:
            rows = self._leaves(table.rows, row, ref)
            # A table of one column needs no column named, and the other way round.
            return Reach(table, rows, table.columns.leaves if len(table.columns.leaves) == 1 else None, ref.period)
        if column:
            columns = self._leaves(table.columns, column, ref)
            return Reach(table, table.rows.leaves if len(table.rows.leaves) == 1 else None, columns, ref.period)
        names = [h.id for axis in (table.rows, table.columns) for h in axis.headings]
        message = f"no row or column {ref.name!r} in table {table.id}{suggest(ref.name, names)}"
        raise RuleSyntaxError(message, ref.offset)

    def _range(self, span: Span, home: Table) -> Reach:
        first, last = span.first, span.last
        table = self._table(first, home)
        if last.table is not None and self._table(last, home) is not table:
            raise RuleSyntaxError("a range stays within one table", last.table_offset)
        if first.period != last.period or (first.column and last.column and first.column != last.column):
            raise RuleSyntaxError("both ends of a range name the same column and the same year", last.offset)
        pin = first if first.column else last
        for axis, other, along in ((table.rows, table.columns, "row"), (table.columns, table.rows, "column")):
            begin, end = self._try(first, axis), self._try(last, axis)
            if not begin or not end:
                continue
            leaves = self._between(axis, begin, end, first)
            pinned = None
            if pin.column:
                what = "column" if along == "row" else "row"
                pinned = other.leaves_under(self._heading(pin, other, pin.column, table, what))
            elif len(other.leaves) == 1:
                pinned = other.leaves
            rows, columns = (leaves, pinned) if along == "row" else (pinned, leaves)
            return Reach(table, rows, columns, first.period)
        names = [h.id for axis in (table.rows, table.columns) for h in axis.headings]
        wrong = last if any(self._try(first, axis) for axis in (table.rows, table.columns)) else first
        raise RuleSyntaxError(
            f"no rows or columns {first.name!r} to {last.name!r} in table {table.id}{suggest(wrong.name, names)}",
            wrong.offset,
        )

    def _between(self, axis: Axis, first: Heading, last: Heading, ref: Ref) -> tuple[Heading, ...]:
        """The leaves from one heading to another; a total between them would count its parts twice."""
        begin = min(axis.position[leaf.id] for leaf in axis.leaves_under(first))
        end = max(axis.position[leaf.id] for leaf in axis.leaves_under(last))
        if begin > end:
            raise RuleSyntaxError("the range ends before it begins", ref.offset)
        ends = {first.id, last.id}
        return tuple(leaf for leaf in axis.leaves[begin : end + 1] if not leaf.total or leaf.id in ends)

    def _leaves(self, axis: Axis, heading: Heading, ref: Ref) -> tuple[Heading, ...]:
        # Last year's form may have one row where this one has a group: keep the name, look it up there.
        return (heading,) if ref.period else axis.leaves_under(heading)

    def _table(self, ref: Ref, home: Table) -> Table:
        if ref.table is None:
            return home
        for table in self.tables.values():
            if ref.table in {table.id, table.alias}:
                return table
        raise RuleSyntaxError(f"no table {ref.table!r}{suggest(ref.table, self.tables)}", ref.table_offset)

    def _try(self, ref: Ref, axis: Axis) -> Heading | None:
        try:
            return axis.find(ref.name)
        except Ambiguous as error:
            options = "、".join(h.id for h in error.candidates)
            raise RuleSyntaxError(f"{ref.name!r} may be {options}; write one of them", ref.offset) from None

    def _heading(self, ref: Ref, axis: Axis, name: str, table: Table, what: str) -> Heading:
        offset = ref.column_offset if name is ref.column else ref.offset
        found = self._try(Ref(name, offset=offset), axis)
        if found is None:
            names = [h.id for h in axis.headings]
            raise RuleSyntaxError(f"no {what} {name!r} in table {table.id}{suggest(name, names)}", offset)
        return found

    def _spread(self, reaches: Sequence[Reach], home: Table) -> list[tuple[str | None, str | None]]:
        """The (row, column) of each instance: over the axis that the terms leave open."""
        by_row = any(reach.rows is None for reach in reaches)
        by_column = any(reach.columns is None for reach in reaches)
        if by_row and by_column:
            raise RuleSyntaxError("one part names only rows and another only columns; write row@column", 0)
        if not by_row and not by_column:
            return [(None, None)]
        if not home.blocked and all(reach.table is home and not reach.period for reach in reaches):
            return self._every(home, by_row=by_row)
        leaves = home.rows.leaves if by_row else home.columns.leaves
        keys: list[tuple[str | None, str | None]] = [
            (leaf.id, None) if by_row else (None, leaf.id)
            for leaf in leaves
            if all(self._reaches(reach, leaf) for reach in reaches)
        ]
        if not keys:
            raise RuleSyntaxError("no row or column has all the cells this rule names", 0)
        return keys

    def _every(self, table: Table, *, by_row: bool) -> list[tuple[str | None, str | None]]:
        """The keys of a rule that holds all over a table: one list for all such rules."""
        if (table.id, by_row) not in self._keys:
            self._keys[table.id, by_row] = (
                [(leaf.id, None) for leaf in table.rows.leaves]
                if by_row
                else [(None, leaf.id) for leaf in table.columns.leaves]
            )
        return self._keys[table.id, by_row]

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
    ) -> tuple[BoundComparison, ...]:
        return tuple(
            BoundComparison(
                part.op,
                self._side(part.left, reaches[id(part.left)], keys),
                self._side(part.right, reaches[id(part.right)], keys),
            )
            for part in condition.parts
        )

    def _side(self, side: Side, reaches: Sequence[Reach], keys: Sequence[tuple[str | None, str | None]]) -> BoundSide:
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
        if not reach.table.blocked and keys is self._keys.get((reach.table.id, reach.rows is None)):
            return self._lines(reach)
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

    def _lines(self, reach: Reach) -> list[list[int]]:
        """The same for whole rows or columns of a table without gaps, whose items are numbered row by row."""
        table = reach.table
        rows, columns = table.rows, table.columns
        first = self.index[Item(table.id, rows.leaves[0].id, columns.leaves[0].id)]
        width = len(columns.leaves)
        height = len(rows.leaves)
        if reach.columns is None:
            starts = [first + rows.position[row.id] * width for row in reach.rows or ()]
            return [list(range(start, start + width)) for start in starts]
        starts = [first + columns.position[column.id] for column in reach.columns]
        return [list(range(start, start + width * height, width)) for start in starts]

    def _prior_number(self, item: Item) -> int:
        if item not in self._prior_index:
            self._prior_index[item] = len(self.index) + len(self.priors)
            self.priors.append(item)
        return self._prior_index[item]


def _rounding(reach: Reach) -> Iterator[Decimal]:
    """Half a unit of the last declared decimal of each cell a term names; 0 for counts."""
    table = reach.table
    open_axis = reach.rows is None or reach.columns is None
    widths = []
    for row in reach.rows or table.rows.leaves:
        for column in reach.columns or table.columns.leaves:
            kind = column.type or row.type or table.type
            widths.append(Decimal(5).scaleb(-kind.decimals - 1) if kind.quantity is Quantity.AMOUNT else Decimal(0))
    if not open_axis:
        yield from widths
        return
    # Along the open axis one cell is taken at a time: the widest will do for all.
    named = reach.rows or reach.columns or ()
    yield from [max(widths)] * len(named)
