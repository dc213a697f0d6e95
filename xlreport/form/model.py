"""What a form is: tables of items under two trees of headings, sections of text, a cover, and rules.

Plain immutable data; made by `load`, read by everybody. Knows no cell address.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from functools import cached_property

from xlreport.form.fold import fold
from xlreport.pattern import pattern
from xlreport.record import NamedTuple, fresh, record
from xlreport.rules.bound import BoundRule
from xlreport.rules.nodes import Number, Statement


class Item(NamedTuple):
    """One fillable place, named by table, row and column; never a cell address."""

    table: str
    row: str
    column: str

    def __str__(self) -> str:
        return f"{self.table}!{self.row}@{self.column}"


class Severity(Enum):
    """How grave a finding is: must be right, may be explained, good to know."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Quantity(Enum):
    """What kind of thing an item holds."""

    COUNT = "count"  # an integer, 0 or more
    SIGNED = "signed"  # an integer of either sign (本年增/减)
    AMOUNT = "amount"  # a decimal, 0 or more, in a unit of money


@record
class EntryType:
    """What may stand in an item, and in which unit."""

    quantity: Quantity = Quantity.COUNT
    unit: str | None = None
    decimals: int = 0  # most decimals that mean anything; amounts only

    @property
    def signed(self) -> bool:
        """Whether a negative number is allowed."""
        return self.quantity is Quantity.SIGNED

    @property
    def whole(self) -> bool:
        """Whether only integers are allowed."""
        return self.quantity is not Quantity.AMOUNT


class Fill(Enum):
    """How a total gets its number in the workbook we make."""

    TYPED = "typed"
    FORMULA = "formula"


@record
class Heading:
    """A row or column heading: a leaf with cells of its own, or a group of them."""

    id: str  # dotted path of the printed codes: 三.3.1
    label: str
    path: tuple[str, ...]  # labels from the outermost group to this one
    parent: str | None
    children: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()  # of a total: the leaves it sums
    fill: Fill | None = None  # of a total: how the workbook gets it by default
    alias: str | None = None
    synonyms: tuple[str, ...] = ()
    span: int | None = None  # grid columns it covers, where not one
    type: EntryType | None = None

    @cached_property
    def folded(self) -> tuple[str, ...]:
        """Every folded form of its label and synonyms."""
        return tuple(dict.fromkeys(fold(text) for text in (self.label, *self.synonyms)))

    @property
    def leaf(self) -> bool:
        """Whether it has cells of its own."""
        return not self.children

    @property
    def total(self) -> bool:
        """Whether it is a total of other leaves."""
        return bool(self.parts)


class Ambiguous(LookupError):  # noqa: N818  (a state of somebody's name for a heading)
    """A name that fits several headings; `candidates` are their ids."""

    def __init__(self, candidates: Sequence[Heading]) -> None:
        super().__init__(candidates)
        self.candidates = tuple(candidates)


@record
class Axis:
    """The tree of one side of a table, in printed order (a group before its members)."""

    headings: tuple[Heading, ...]

    @cached_property
    def leaves(self) -> tuple[Heading, ...]:
        """The headings with cells, in printed order."""
        return tuple(h for h in self.headings if h.leaf)

    @cached_property
    def by_id(self) -> Mapping[str, Heading]:
        """Headings by id."""
        return {h.id: h for h in self.headings}

    @cached_property
    def position(self) -> Mapping[str, int]:
        """0-based place of each leaf among the leaves."""
        return {h.id: i for i, h in enumerate(self.leaves)}

    @cached_property
    def _names(self) -> Mapping[str, tuple[Heading, ...]]:
        """Every name a heading answers to: alias, any tail of its id, its label, any tail of its label path."""
        names: dict[str, list[Heading]] = {}
        for heading in self.headings:
            keys = _tails(heading.id.split("."), ".")
            keys |= {key for label in (heading.label, *heading.synonyms) for key in (fold(label),)}
            keys |= _tails([fold(label) for label in heading.path], "/")
            for key in keys:
                names.setdefault(key, []).append(heading)
        return {key: tuple(found) for key, found in names.items()}

    @cached_property
    def _exact(self) -> Mapping[str, Heading]:
        return {h.alias: h for h in self.headings if h.alias} | {h.id: h for h in self.headings}

    def find(self, name: str) -> Heading | None:
        """The heading of that id, alias, label or label path (`行政诉讼/复议后起诉/总计`); raises `Ambiguous`."""
        if exact := self._exact.get(name):
            return exact
        found = self._names.get(name) or self._names.get("/".join(fold(part) for part in name.split("/")))
        found = found or self._names.get(fold(name), ())
        if len(found) > 1:
            leaves = [h for h in found if h.leaf]
            if len(leaves) != 1:
                raise Ambiguous(found)
            return leaves[0]
        return found[0] if found else None

    def leaves_under(self, heading: Heading) -> tuple[Heading, ...]:
        """The leaves of a group, totals left out; a leaf is its own."""
        if heading.leaf:
            return (heading,)
        found: list[Heading] = []
        for child in heading.children:
            found += self.leaves_under(self.by_id[child])
        return tuple(h for h in found if not h.total)

    @cached_property
    def short(self) -> Mapping[str, str]:
        """The fewest printed words that tell each heading apart: its label, with its group's where that says little."""
        bare = [_NUMBERING.sub("", h.label) for h in self.headings]
        words = {
            h.id: 2 if bare.count(word) > 1 or len(word) < 3 else 1 for h, word in zip(self.headings, bare, strict=True)
        }
        while True:
            names = {h.id: "/".join(h.path[-words[h.id] :]) for h in self.headings}
            every = list(names.values())
            longer = [h for h in self.headings if every.count(names[h.id]) > 1 and words[h.id] < len(h.path)]
            if not longer:
                return names
            for heading in longer:
                words[heading.id] += 1

    def depth(self) -> int:
        """How many levels of headings the tree has."""
        return max(len(h.path) for h in self.headings)


_NUMBERING = pattern(r"^\d+[.、．]\s*")  # （七） tells rows apart, 3. begins anew in each group


def _tails(parts: Sequence[str], joint: str) -> set[str]:
    return {joint.join(parts[i:]) for i in range(len(parts))}


@record
class Table:
    """A grid of items: row headings by column headings."""

    id: str
    title: str
    rows: Axis
    columns: Axis
    type: EntryType
    alias: str | None = None
    caption: str | None = None  # a heading row of its own, over the whole grid
    stub: str | None = None  # the heading of the row labels
    corner: str | None = None  # the block left of the column headings, where the form prints a remark
    banner: str | None = None  # a heading over all columns
    unlabelled: bool = False  # rows without labels (table 四: one row of figures)
    cell_spans: tuple[int, ...] = ()  # grid columns of each data cell where they differ from the heading's
    blocked: frozenset[tuple[str, str]] = frozenset()  # (row, column) without a cell

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Every item, row by row."""
        return tuple(
            Item(self.id, row.id, column.id)
            for row in self.rows.leaves
            for column in self.columns.leaves
            if (row.id, column.id) not in self.blocked
        )

    def entry_type(self, item: Item) -> EntryType:
        """What may stand in the item: the column says, else the row, else the table."""
        return self.columns.by_id[item.column].type or self.rows.by_id[item.row].type or self.type

    def label(self, item: Item) -> str:
        """The item in printed words: `（七）总计／自然人`."""
        column = "/".join(self.columns.by_id[item.column].path)
        return column if self.unlabelled else f"{self.row_label(item.row)} / {column}"

    def short(self, item: Item) -> str:
        """The item in the fewest printed words that tell it apart: `1.属于国家秘密 / 自然人`."""
        column = self.columns.short[item.column]
        return column if self.unlabelled else f"{self.rows.short[item.row]} / {column}"

    def row_label(self, row: str) -> str:
        """A row's printed words with the group they stand in."""
        return "/".join(self.rows.by_id[row].path)


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
