"""What one unit reported for one period on one form: a flat map of items to entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from functools import cached_property

from xlreport.form.evaluate import evaluate
from xlreport.form.layout import Cell
from xlreport.form.model import Form
from xlreport.form.table import Item
from xlreport.record import fresh, record
from xlreport.rules.judge import Values
from xlreport.rules.nodes import Number


class State(Enum):
    """What was found for an item. Blank, zero, `无` and unreadable text are different things."""

    BLANK = "blank"
    NUMBER = "number"
    PLACEHOLDER = "placeholder"  # 无, —, /, 不适用: somebody said "nothing here"
    TEXT = "text"  # something that is no number
    ERROR = "error"  # #REF!, #VALUE!, …
    NOT_FOUND = "not_found"  # the workbook has no certain place for it; never taken for a blank


class Notation(Enum):
    """How a number was written other than as a plain number; harmless, and said."""

    TEXT = "text-number"  # digits stored as text
    FULL_WIDTH = "full-width"
    GROUPED = "thousands-separators"
    SPACES = "spaces"
    COUNTING_WORD = "counting-word"  # 3件
    SIGN_WORD = "sign-word"  # 减4 in a signed cell
    PLUS = "plus-sign"


class Oddity(Enum):
    """Why something in a number cell is not taken as a number."""

    WORDS = "words"
    MONEY_UNIT = "money-unit"  # 251000元
    TRUTH = "true-or-false"
    DATE = "date"  # 1-2 that became a date
    TOO_LARGE = "too-large"  # beyond what a spreadsheet keeps exactly
    EXPONENT = "exponent"
    PERCENT = "percent"  # 0.12 shown as 12%
    SCALED = "scaled"  # 12000 shown as 12, in thousands
    NO_RESULT = "no-result"  # a formula without the number it found
    OTHER_DIGITS = "other-digits"  # ١٢, Ⅻ, ①
    PATCHED = "patched"  # parts of it are struck out, raised or lowered: 15 struck out before 12, 3 with a note's ¹
    STRUCK = "struck"  # all of it is struck out
    DOUBLED = "doubled"  # the file holds the cell's content twice
    DISGUISED = "disguised"  # 12 shown as -12, 120 or not at all


@record
class Entry:
    """What was found for one item."""

    state: State
    value: Number | None = None  # of NUMBER; for TEXT see `proposal`
    raw: str = ""  # exactly as the cell held it
    cell: Cell | None = None
    notation: tuple[Notation, ...] = ()
    oddity: Oddity | None = None
    proposal: Number | None = None  # what a text most probably means; never used unasked
    computed: bool = False  # the cell holds a formula of ours: its number is worked out again from its parts
    stored: str | None = None  # the result kept beside a formula, for comparison only
    shown: str = ""  # what the filler sees, where the number format makes something else of it: 1月2日, 12%

    @property
    def words(self) -> str:
        """What stands there, as a text that is read again as what it is: no 45293 for a date, no 0.12 for 12%."""
        if self.oddity is Oddity.NO_RESULT:
            return "（公式，没有结果）"
        if self.oddity is Oddity.SCALED:
            return f"{self.raw}（格式按千位折算）"
        return self.shown or self.raw


BLANK = Entry(State.BLANK)


@record
class Submission:
    """One unit's report: entries of every item, the text sections, the cover."""

    form: Form
    unit: str = ""
    unit_code: str = ""
    level: str = ""
    period: int | None = None
    entries: Mapping[Item, Entry] = fresh(default_factory=dict)
    sections: Mapping[str, str] = fresh(default_factory=dict)
    cover: Mapping[str, str] = fresh(default_factory=dict)
    section_cells: Mapping[str, Cell] = fresh(default_factory=dict)
    cover_cells: Mapping[str, Cell] = fresh(default_factory=dict)

    def entry(self, item: Item) -> Entry:
        """What was found for an item; blank if nothing was."""
        return self.entries.get(item, BLANK)

    @cached_property
    def numbers(self) -> dict[Item, Number]:
        """The items that hold a number somebody typed."""
        return {
            item: entry.value
            for item, entry in self.entries.items()
            if entry.state is State.NUMBER and entry.value is not None and not entry.computed
        }

    @cached_property
    def values(self) -> Values:
        """The value of every item, totals recomputed; last year's items absent."""
        return self.values_with(None)

    def values_with(self, prior: Submission | None) -> Values:
        """The value of every item, last year's beside them; worked out once for each report compared with."""
        known = self._known_values
        if id(prior) not in known:
            known[id(prior)] = (prior, self._values(prior))
        return known[id(prior)][1]

    @cached_property
    def _known_values(self) -> dict[int, tuple[Submission | None, Values]]:
        return {}

    def _values(self, prior: Submission | None) -> Values:
        odd = (State.TEXT, State.ERROR, State.NOT_FOUND)
        return evaluate(
            self.form,
            self.numbers,
            [item for item, entry in self.entries.items() if entry.state in odd and not entry.computed],
            [item for item, entry in self.entries.items() if entry.computed],
            prior_numbers(self.form, prior) if prior else None,
        )

    def value(self, item: Item) -> Number | None:
        """An item's number, totals recomputed; None where there is none."""
        index = self.form.index[item]
        values = self.values
        return None if index in values.blank or index in values.unreadable else values.numbers[index]

    @cached_property
    def resolved_level(self) -> str | None:
        """The unit's level under the name the form gives it; None if it says none that the form knows."""
        return find_level(self.form, self.level)

    @property
    def empty(self) -> bool:
        """Whether nothing at all is filled in."""
        return all(entry.state is State.BLANK or entry.computed for entry in self.entries.values())


def find_level(form: Form, name: str) -> str | None:
    """A level's id by its id, alias or English name."""
    wanted = name.strip().casefold()
    for level in form.levels:
        if wanted and wanted in {level.id.casefold(), level.en.casefold(), *(a.casefold() for a in level.aliases)}:
            return level.id
    return None


def prior_numbers(form: Form, prior: Submission) -> dict[Item, Number]:
    """Last year's values of the items that this form's rules name, found by name in last year's own edition.

    A row of one edition may be a group of rows in the other: the group's leaves are added up. An item that last
    year's edition does not have, or that was not readable there, is left out: its rules do not apply.
    """
    found: dict[Item, Number] = {}
    for item, leaves in prior_leaves(form, prior.form).items():
        indices = [prior.form.index[leaf] for leaf in leaves]
        if not any(i in prior.values.unreadable for i in indices):
            value: Number = sum((prior.values.numbers[i] for i in indices), 0)
            found[item] = of_last_year(form, item, prior.form, leaves, value)
    return found


def of_last_year(form: Form, item: Item, before: Form, leaves: Sequence[Item], value: Number) -> Number:
    """What these items of last year's edition came to, in the money unit of this one."""
    return form.entry_type(item).of_edition(value, before.entry_type(leaves[0])) if item in form.index else value


def prior_leaves(form: Form, before: Form) -> dict[Item, list[Item]]:
    """Of which items of last year's edition each item of last year that the rules name is the sum."""
    found: dict[Item, list[Item]] = {}
    for item in form.priors:
        table = before.tables.get(item.table)
        row = table.rows.by_id.get(item.row) if table else None
        column = table.columns.by_id.get(item.column) if table else None
        if table is None or row is None or column is None:
            continue
        places = [(r.id, c.id) for r in table.rows.leaves_under(row) for c in table.columns.leaves_under(column)]
        if leaves := [leaf for at in places if (leaf := Item(item.table, *at)) in before.index]:
            found[item] = leaves
    return found
