"""What became of each finding since the last round: new, still open, or fixed.

A finding is the same again when its code, its rule and the items it is about are the same, wherever they stand now.
Pure: the last round is given as records, however its workbook came back.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from enum import Enum

from xlreport.finding import Code, Finding
from xlreport.form.model import Form, Severity
from xlreport.record import record

_BY_TABLE = frozenset(
    {Code.E301, Code.E302, Code.B404, Code.C502}
)  # told once for a table, with whatever is left of it
_SAYS_WHAT = ("title", "section", "kind", "label", "what", "means", "reason", "table", "item")
_AGAINST_PRIOR = "C"  # codes that need last year's report


class Since(Enum):
    """What became of a finding."""

    NEW = "new"
    OPEN = "open"
    FIXED = "fixed"
    UNCHECKED = "unchecked"  # it needs last year's report, which was not given this time


@record
class Earlier:
    """A finding of the last round, as the workbook that came back still tells it."""

    keys: tuple[str, ...]  # its own, then those of what followed from it
    severity: Severity
    code: str  # with its rule
    place: str
    item: str
    message: str
    explanation: str = ""  # what the filler wrote beside it


@record
class Round:
    """The findings of a check against those of the round before."""

    since: tuple[Since, ...]  # of each finding, in their order
    explanations: tuple[str, ...]  # the filler's, in the same order
    earlier: tuple[str, ...]  # what was told in the round before, in the same order; "" of what is new
    gone: tuple[tuple[Since, Earlier], ...]  # fixed or, without last year's report, not checked

    def count(self, what: Since) -> int:
        """How many findings became this."""
        return self.since.count(what) + sum(1 for since, _ in self.gone if since is what)


def finding_keys(finding: Finding, form: Form) -> tuple[str, ...]:
    """What identifies a finding from round to round, then what identifies those that follow from it."""
    own = f"{zlib.crc32(_identity(finding, form).encode()):08x}"
    return (own, *(key for other in finding.follows for key in finding_keys(other, form)))


def compare(findings: Sequence[Finding], form: Form, earlier: Sequence[Earlier], *, prior: bool) -> Round:
    """Set a check against the round before. `prior` tells whether last year's report was there to compare with."""
    keys = [set(finding_keys(finding, form)) for finding in findings]
    before: dict[str, Earlier] = {}
    for one in earlier:
        for key in one.keys:
            before.setdefault(key, one)
    matches = [_match(finding, form, before) for finding in findings]
    now = set().union(*keys)
    gone = [one for one in earlier if not now.intersection(one.keys)]
    return Round(
        tuple(
            # That it is not an .xlsx is no mistake of this round.
            Since.NEW if match is None and finding.code is not Code.S213 else Since.OPEN
            for finding, match in zip(findings, matches, strict=True)
        ),
        tuple("" if match is None else match.explanation for match in matches),
        tuple("" if match is None else match.message for match in matches),
        tuple(
            (Since.FIXED if prior or not one.code.startswith(_AGAINST_PRIOR) else Since.UNCHECKED, one) for one in gone
        ),
    )


def _match(finding: Finding, form: Form, before: dict[str, Earlier]) -> Earlier | None:
    """The earlier finding that this one was, or was a consequence of."""
    found = [before[key] for key in finding_keys(finding, form) if key in before]
    return next((one for one in found if one.explanation), found[0] if found else None)


def _identity(finding: Finding, form: Form) -> str:
    return "|".join((finding.code.name, finding.rule or "", *_about(finding, form)))


def _about(finding: Finding, form: Form) -> Iterator[str]:
    if finding.relation is not None:
        # All items of the relation, not those told: which of them is suspected changes from round to round.
        number, instance = finding.relation
        yield from (str(index) for index in sorted(form.rules[number].bound.items(instance)))
        return
    if finding.parts:
        items = {part.item.table if finding.code in _BY_TABLE else str(part.item) for part in finding.parts}
        yield from sorted(items)
        return
    said = [f"{name}={finding.facts[name]}" for name in _SAYS_WHAT if isinstance(finding.facts.get(name), str)]
    yield from said
    if not said and finding.place is not None:
        yield finding.place.sheet
