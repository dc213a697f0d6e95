"""What a form is: its tables (see `table`), sections of text, a cover, and rules.

Plain immutable data; made by `load`, read by everybody. Knows no cell address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import cached_property

from xlreport.form.fold import fold
from xlreport.form.table import EntryType, Fill, Heading, Item, Table
from xlreport.record import fresh, record
from xlreport.rules.bound import BoundRule
from xlreport.rules.nodes import Number, Statement

TYPE_CHECKING = False
if TYPE_CHECKING:  # a check starts without it
    from typing import TypeVar

    T = TypeVar("T")


class Severity(Enum):
    """How grave a finding is: must be right, may be explained, good to know."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@record
class Section:
    """A part of the report that is text."""

    id: str
    title: str
    prompt: str = ""
    required: bool = False


@record
class CoverField:
    """A line of the cover: the unit, the report year, who filled it in."""

    id: str
    label: str
    required: bool = False
    en: str = ""


@record
class Level:
    """A kind of reporting unit, for rules that hold only for some."""

    id: str
    en: str = ""
    aliases: tuple[str, ...] = ()


@record
class SheetPlan:
    """A sheet of the workbook: a stack of tables on one shared grid, or the text sections."""

    name: str
    title: str
    tables: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    grid: int | None = None
    label_columns: int = 1
    widths: tuple[float, ...] = ()
    landscape: bool = False


class Carry(Enum):
    """How a number that last year's report settles (二 = 四@-1) stands in the workbook that is issued."""

    SHOWN = "shown"  # filled in, and open to correction
    LOCKED = "locked"


class Origin(Enum):
    """Where a rule comes from: the printed totals, or a line of the definition."""

    TREE = "tree"
    LINE = "line"


@record
class Rule:
    """A named statement over items, with why it is there."""

    id: str
    severity: Severity
    text: str  # in the rule language, as in the definition (or as the tree says it)
    table: str  # the table whose rows and columns it is read in
    statement: Statement
    bound: BoundRule
    origin: Origin = Origin.LINE
    name: str = ""
    name_en: str = ""
    why: str = ""
    why_en: str = ""
    remedy: str = ""
    remedy_en: str = ""
    source: str = ""
    unless_level: frozenset[str] = frozenset()  # not for units of these levels
    prior: bool = False  # speaks of last year's report
    carry: Carry = Carry.SHOWN

    @property
    def short(self) -> str:
        """The rule in a few words, as the sheet says it: its name, else its text."""
        return self.name or (self.text if len(self.text) <= 80 else f"{self.text[:79]}…")


@record
class Policy:
    """How grave one of the checks that every form has is on this form, and its id in the form's own list."""

    severity: Severity
    rule: str | None = None
    factor: Number | None = None
    at_least: Number | None = None


@record
class Claim:
    """A number that the text sections may state, and the items that it must then agree with."""

    rule: str
    severity: Severity
    pattern: str  # a regular expression; its first group is the number
    sums: tuple[tuple[int, ...], ...]  # any of these sums of items will do
    words: tuple[str, ...]  # how each sum is written in the definition
    word: str = ""  # a text without this word makes no such claim; spares compiling the pattern


@record
class Phrase:
    """A place in the text that names the year or the unit of the report."""

    rule: str
    severity: Severity
    pattern: str
    of: str  # "year" or "unit"
    word: str = ""


class Shape(Enum):
    """How a chart is drawn."""

    COLUMN = "column"
    BAR = "bar"
    PIE = "pie"


@record
class Bar:
    """One bar of a chart: its name, and the items it adds up."""

    name: str
    items: tuple[int, ...]
    name_en: str = ""


@record
class Chart:
    """A picture of some sums of items, drawn beside a total; `years` sets it against the years before."""

    title: str
    bars: tuple[Bar, ...]
    title_en: str = ""
    shape: Shape = Shape.COLUMN
    years: bool = False


@record
class Form:
    """One edition of an official report."""

    id: str
    edition: str
    title: str
    title_en: str
    number: str  # 表号, printed on every sheet
    source: str
    source_en: str
    first_period: int
    last_period: int | None
    tables: Mapping[str, Table]
    sheets: tuple[SheetPlan, ...]
    sections: Mapping[str, Section]
    cover: tuple[CoverField, ...]
    levels: tuple[Level, ...]
    rules: tuple[Rule, ...]
    policies: Mapping[str, Policy]
    claims: tuple[Claim, ...]
    phrases: tuple[Phrase, ...]
    qualifiers: tuple[str, ...]  # words beside which a number in the text speaks of another measure
    rule_sources: Mapping[str, str] = fresh(default_factory=dict)
    priors: tuple[Item, ...] = ()  # last year's items that rules name; indices follow those of `items`
    charts: tuple[Chart, ...] = ()

    def kept(self, name: str, make: Callable[[], T]) -> T:
        """What somebody works out of the form, worked out once and kept with it under a name of theirs."""
        found: T | None = self.__dict__.get(name)
        if found is None:
            found = self.__dict__[name] = make()
        return found

    @property
    def name(self) -> str:
        """The form's name with its edition: `zfxxgk-annual@2021`."""
        return f"{self.id}@{self.edition}"

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Every item, table by table; rules name them by their place here."""
        return tuple(item for table in self.tables.values() for item in table.items)

    @cached_property
    def index(self) -> Mapping[Item, int]:
        """The place of each item in `items`."""
        return {item: i for i, item in enumerate(self.items)}

    def item_at(self, index: int) -> Item:
        """The item that a rule's number stands for; last year's follow this year's."""
        return self.items[index] if index < len(self.items) else self.priors[index - len(self.items)]

    def covers(self, period: int) -> bool:
        """Whether this edition is the one for a report year."""
        return self.first_period <= period and (self.last_period is None or period <= self.last_period)

    def entry_type(self, item: Item) -> EntryType:
        """What may stand in an item."""
        return self.tables[item.table].entry_type(item)

    def label(self, item: Item) -> str:
        """An item in the words printed on the form, within its table."""
        return self.tables[item.table].label(item)

    def short(self, item: Item) -> str:
        """An item in few printed words, within its table."""
        return self.tables[item.table].short(item)

    def total_parts(self, item: Item) -> tuple[Item, ...]:
        """The items whose sum a total is (across its row if the column is a total, else down); () for details."""
        return self._parts.get(item, ())

    def is_total(self, item: Item) -> bool:
        """Whether an item is a declared sum of others."""
        return item in self._parts

    @cached_property
    def _parts(self) -> Mapping[Item, tuple[Item, ...]]:
        found = {}
        for item in self.items:
            row, column = self._headings(item)
            if column.total or row.total:
                found[item] = self._across(item, column) if column.total else self._down(item, row)
        return found

    def _headings(self, item: Item) -> tuple[Heading, Heading]:
        table = self.tables[item.table]
        return table.rows.by_id[item.row], table.columns.by_id[item.column]

    def _across(self, item: Item, column: Heading) -> tuple[Item, ...]:
        parts = (Item(item.table, item.row, part) for part in column.parts)
        return tuple(part for part in parts if part in self.index)

    def _down(self, item: Item, row: Heading) -> tuple[Item, ...]:
        parts = (Item(item.table, part, item.column) for part in row.parts)
        return tuple(part for part in parts if part in self.index)

    @cached_property
    def totals_over(self) -> tuple[tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]], ...]:
        """For every item, by index, the totals it goes into: of its row, of its column, and where those cross."""
        found: list[tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]] = []
        for table in self.tables.values():
            at = {(row, column): i for i, (_, row, column) in enumerate(table.items, len(found))}
            over_row, over_column = (
                {h.id: [total.id for total in axis.leaves if h.id in total.parts] for h in axis.leaves}
                for axis in (table.rows, table.columns)
            )
            for row, column in at:
                rows, columns = over_row[row], over_column[column]
                across = tuple([at[row, c] for c in columns if (row, c) in at]) if columns else ()
                down = tuple([at[r, column] for r in rows if (r, column) in at]) if rows else ()
                corners = [(r, c) for r in rows for c in columns]
                found.append((across, down, tuple([at[place] for place in corners if place in at])))
        return tuple(found)

    @cached_property
    def beside(self) -> tuple[tuple[int, ...], ...]:
        """For every item, by index, the items right, left, below and above it in its table."""
        found: list[tuple[int, ...]] = []
        for table in self.tables.values():
            rows, columns = table.rows.position, table.columns.position
            at = {(rows[row], columns[column]): i for i, (_, row, column) in enumerate(table.items, len(found))}
            for r, c in at:
                found.append(tuple([at[p] for p in ((r, c + 1), (r, c - 1), (r + 1, c), (r - 1, c)) if p in at]))
        return tuple(found)

    def computed(self, item: Item, totals: Fill | None = None) -> tuple[Item, ...]:
        """The parts of a total that the workbook computes by a formula; () for what is typed.

        `totals` overrides what the form says of each heading. Down before across: a total of totals is then the
        sum of its own line and still checked against the other direction.
        """
        if totals is Fill.TYPED:
            return ()
        return (self._computed if totals is None else self._computable).get(item, ())

    @cached_property
    def _computed(self) -> Mapping[Item, tuple[Item, ...]]:
        return self._formulas(None)

    @cached_property
    def _computable(self) -> Mapping[Item, tuple[Item, ...]]:
        return self._formulas(Fill.FORMULA)

    def _formulas(self, totals: Fill | None) -> Mapping[Item, tuple[Item, ...]]:
        found = {}
        for item in self._parts:
            row, column = self._headings(item)
            if row.total and (totals or row.fill) is Fill.FORMULA:
                found[item] = self._down(item, row)
            elif column.total and (totals or column.fill) is Fill.FORMULA:
                found[item] = self._across(item, column)
        return found

    def find_table(self, name: str) -> Table | None:
        """The table of that id, alias or title."""
        for table in self.tables.values():
            if name in {table.id, table.alias}:
                return table
        wanted = fold(name)
        found = [t for t in self.tables.values() if wanted in {fold(t.title), fold(t.caption or t.title), fold(t.id)}]
        return found[0] if len(found) == 1 else None

    def rules_of(self, table: str) -> Iterator[Rule]:
        """The rules read in one table."""
        return (rule for rule in self.rules if rule.table == table)

    def policy(self, check: str) -> Policy:
        """How grave one of the built-in checks is here."""
        return self.policies[check]
