"""One thing to tell the filler: a code, a rule, the items it is about with their roles, and what follows from it.

Facts only. Every sentence about a finding is made in `wording`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum

from xlreport.form.layout import Cell
from xlreport.form.model import Severity
from xlreport.form.table import Item
from xlreport.record import NamedTuple, fresh, record
from xlreport.rules.formula import letters
from xlreport.rules.judge import Verdict
from xlreport.rules.nodes import Number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Code(Enum):
    """The kinds of finding. A code is public and permanent; the name says the fault, not the cure."""

    # F: the file
    F101 = "unreadable-file"
    F102 = "not-a-form"
    # S: the workbook as a form
    S201 = "wrong-edition"
    S202 = "mixed-edition"
    S203 = "structure-changed"
    S204 = "identity-differs"
    S205 = "unit-or-year-missing"
    S206 = "formula-overwritten"
    S207 = "stale-result"
    S208 = "label-variant"
    S209 = "nothing-filled-in"
    S210 = "content-outside-form"
    S211 = "found-by-other-means"
    S212 = "formula-in-input-cell"
    S213 = "read-as-values"
    S214 = "handed-in-twice"
    S215 = "money-unit-changed"
    # E: entries
    E301 = "blank"
    E302 = "placeholder"
    E303 = "text-in-number-cell"
    E304 = "not-a-whole-number"
    E305 = "negative"
    E306 = "notation"
    E307 = "error-value"
    E308 = "section-not-written"
    E309 = "too-many-decimals"
    # B: balance and other relations between items
    B401 = "balance-not-equal"
    B402 = "total-not-filled"
    B403 = "relation-not-held"
    B404 = "cannot-tell"
    # C: against last year's report
    C501 = "carry-over-differs"
    C502 = "same-as-last-year"
    C503 = "jump"
    C504 = "not-comparable"
    C505 = "prior-unsuitable"
    # N: the text
    N601 = "number-in-text-differs"
    N602 = "year-in-text-differs"
    N603 = "unit-in-text-differs"
    # R: adding up
    R701 = "sum-differs"
    R702 = "unit-left-out"
    R703 = "cannot-be-added"
    R704 = "sum-carried-over-differs"
    R705 = "total-as-own-report"
    # H: what was handed in, in a round
    H801 = "wrong-unit"
    H802 = "unknown-origin"
    H803 = "not-this-report"
    H804 = "not-the-newest"
    H805 = "two-at-once"
    H806 = "nothing-to-read"


class Role(Enum):
    """What an item is in a finding."""

    CELL = "cell"  # the cell the finding is about
    TOTAL = "total"
    ADDEND = "addend"
    LEFT = "left"
    RIGHT = "right"
    PREMISE = "premise"
    PRIOR = "prior"  # last year's
    SUSPECT = "suspect"  # the cell that most probably is wrong
    CANDIDATE = "candidate"  # one of several, and nothing tells which


@record
class Part:
    """An item in a finding: what it is there, what it holds, and what it should hold where that is known."""

    item: Item
    role: Role
    value: Number | None = None
    raw: str = ""
    cell: Cell | None = None
    expected: Number | None = None


@record
class Finding:
    """One thing to tell. `left`, `right` and `gap` are of the first broken relation."""

    code: Code
    severity: Severity
    rule: str | None = None
    verdict: Verdict | None = None
    parts: tuple[Part, ...] = ()
    left: Number | None = None
    right: Number | None = None
    gap: Number | None = None
    relation: tuple[int, int] | None = None  # (place of the rule in the form's list, instance), for the wording
    place: Cell | None = None  # where, if it is no item's cell
    facts: Mapping[str, Any] = fresh(default_factory=dict)
    follows: tuple[Finding, ...] = ()

    @property
    def cell(self) -> Cell | None:
        """The first place the finding is about."""
        if self.place is not None:
            return self.place
        return next((part.cell for part in self.parts if part.cell is not None), None)


class Change(NamedTuple):
    """What a cell holds and what it should hold."""

    item: Item
    found: Number | str | None
    expected: Number


def fixes(finding: Finding) -> list[tuple[Change, ...]]:
    """The ways to put a finding right, the likeliest first; each is a list of changes. Never made unasked."""
    for one in (finding, *finding.follows):
        if one.facts.get("fixes"):
            return [tuple(Change(*change) for change in way) for way in one.facts["fixes"]]
    if finding.code not in {Code.B402, Code.E303} or not finding.parts:
        return []
    part = finding.parts[0]
    return [] if part.expected is None else [(Change(part.item, part.raw or None, part.expected),)]


def identifiers(findings: Sequence[Finding]) -> list[str]:
    """A name for each finding of a file, the same whenever that file is checked: its code and its cell."""
    taken: dict[str, int] = {}
    names = []
    for finding in findings:
        cell = finding.cell
        name = f"{finding.code.name}-{letters(cell.col)}{cell.row + 1}" if cell else finding.code.name
        taken[name] = taken.get(name, 0) + 1
        names.append(name if taken[name] == 1 else f"{name}.{taken[name]}")
    return names
