"""The tables of a form: items under two trees of headings, and what may stand in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from functools import cached_property

from xlreport.form.fold import fold
from xlreport.pattern import pattern
from xlreport.record import NamedTuple, record
from xlreport.rules.nodes import Number


class Item(NamedTuple):
    """One fillable place, named by table, row and column; never a cell address."""

    table: str
    row: str
    column: str

    def __str__(self) -> str:
        return f"{self.table}!{self.row}@{self.column}"


class Quantity(Enum):
    """What kind of thing an item holds."""

    COUNT = "count"  # an integer, 0 or more
    SIGNED = "signed"  # an integer of either sign (本年增/减)
    AMOUNT = "amount"  # a decimal, 0 or more, in a unit of money


# How many 元 each unit of money is.
MONEY = {"元": 1, "千元": 10**3, "万元": 10**4, "百万元": 10**6, "亿元": 10**8}


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

    def of_edition(self, value: Number, was: EntryType) -> Number:
        """Money of another edition in this one's unit and to its decimals: 12345.6 元 are 1.23 万元."""
        if not self.rounds(was):
            return value
        old, new = MONEY.get(was.unit or "", 1), MONEY.get(self.unit or "", 1)
        return (Decimal(value) * old / new).quantize(Decimal(1).scaleb(-self.decimals), ROUND_HALF_UP)

    def rounds(self, was: EntryType) -> bool:
        """Whether an amount of another edition is rounded here: to another unit, or to fewer decimals."""
        if self.whole or was.whole:
            return False
        return self.decimals < was.decimals if self.unit == was.unit else {self.unit, was.unit} <= MONEY.keys()


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

    @cached_property
    def units(self) -> tuple[str, ...]:
        """The units that its items are in, as they are printed."""
        units = (self.entry_type(item).unit for item in self.items)
        return tuple(dict.fromkeys(unit for unit in units if unit))

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
