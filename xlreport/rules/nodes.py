"""What a rule is made of: the small closed set of nodes that the parser builds and every face reads."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum

from xlreport.record import NamedTuple

Number = int | Decimal


def size(value: Number) -> Number:
    """A number without its sign."""
    return -value if value < 0 else value


class Op(Enum):
    """A comparison sign, valued as it is written in a definition."""

    EQ = "="
    NE = "≠"
    LE = "≤"
    GE = "≥"
    LT = "<"
    GT = ">"


class Ref(NamedTuple):
    """A place named by a rule, still as written; `None` for an axis means "for every one of it"."""

    name: str
    column: str | None = None  # after `@`: pins the other axis
    table: str | None = None  # before `!`: another table
    period: int = 0  # -1: last year's report
    offset: int = 0  # where the name stands in the rule's text, for the caret
    column_offset: int = 0
    table_offset: int = 0


class Span(NamedTuple):
    """`sum(first : last)`: the leaves from one heading to another of the same axis."""

    first: Ref
    last: Ref


class Term(NamedTuple):
    """A signed multiple of a place, or of a range."""

    factor: Number
    place: Ref | Span


class Side(NamedTuple):
    """One side of a comparison: terms plus a constant."""

    terms: tuple[Term, ...]
    constant: Number = 0


class Comparison(NamedTuple):
    """`left op right`."""

    op: Op
    left: Side
    right: Side


class Link(Enum):
    """How the two conditions of a conditional rule hang together."""

    IMPLIES = "⇒"
    IFF = "⇔"


class Condition(NamedTuple):
    """Comparisons that must all hold (`且`)."""

    parts: tuple[Comparison, ...]


class Statement(NamedTuple):
    """A whole rule: a comparison, or a premise linked to one; and the tolerance declared for it."""

    conclusion: Condition
    premise: Condition | None = None
    link: Link | None = None
    tolerance: Number | None = 0  # None: `±auto`, the interval of the declared decimals
    tolerance_offset: int = 0  # where the ± stands in the rule's text
