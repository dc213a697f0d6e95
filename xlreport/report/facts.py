"""What every output says of a finding in figures: found, expected, difference. One place, so that they agree."""

from __future__ import annotations

import re

from xlreport.finding import Code, Finding, Role, fixes
from xlreport.record import NamedTuple
from xlreport.rules.judge import Verdict
from xlreport.rules.nodes import Number, Op
from xlreport.rules.sentence import plain

_FIGURES = r"\d[\d.]*"


class Figures(NamedTuple):
    """Found, expected and their difference; a number, a text as it stood, or nothing."""

    found: Number | str | None
    expected: Number | str | None
    gap: Number | None


def figures(finding: Finding) -> Figures:
    """The figures of the cell the finding points at, else of the first broken relation.

    An equation that nothing explains has no expected number: either side may be wrong; nor has one that several cells
    explain equally well. Of a comparison the left side is found, and what it must be expected: `≥ 5`.
    """
    suspect = next((p for p in finding.parts if p.role is Role.SUSPECT and p.expected is not None), None)
    if suspect is not None and suspect.expected is not None:
        word = next((c.found for way in fixes(finding)[:1] for c in way if c.item == suspect.item), None)
        if isinstance(word, str):
            return Figures(word, suspect.expected, None)
        found = suspect.value or 0
        return Figures(found, suspect.expected, found - suspect.expected)
    if finding.code is Code.B402:
        return Figures(None, finding.parts[0].expected, None)  # none while its parts are in doubt
    decided = finding.verdict is not Verdict.INCOMPLETE
    if decided and finding.left is not None and finding.right is not None:
        if finding.parts and finding.parts[0].role is Role.CANDIDATE:
            return Figures(None, None, None)
        if finding.code is Code.B401:
            total = any(part.role is Role.TOTAL for part in finding.parts)
            found, other = (finding.right, finding.left) if total else (finding.left, finding.right)
            return Figures(found, None, found - other)
        if finding.code is Code.B403:
            return _compared(finding.left, finding.right, finding.facts.get("sign"))
        return Figures(finding.left, finding.right, finding.left - finding.right)
    if len(finding.parts) == 1:
        part = finding.parts[0]
        return Figures(part.raw or part.value, part.expected, None)
    return Figures(None, None, None)


def same_figures(earlier: str, *now: str) -> bool:
    """Whether a message has the figures of an earlier one, in any language; what to do may have followed there."""
    said = re.findall(_FIGURES, earlier)
    return any(said[: len(found)] == found for found in (re.findall(_FIGURES, text) for text in now))


def figures_of(message: str) -> str:
    """Every figure that a message tells, in its order: the same where it was only worded anew."""
    return " ".join(re.findall(_FIGURES, message))


def _compared(left: Number, right: Number, sign: object) -> Figures:
    """Of a comparison that is no equation: ≥ 5 is expected, not 5."""
    if not isinstance(sign, Op):
        return Figures(left, None, None)
    if sign is Op.EQ:
        return Figures(left, right, left - right)
    return Figures(left, f"{sign.value} {plain(right)}", left - right if sign in {Op.LE, Op.GE} else None)


def text(value: Number | str | None) -> str:
    """A figure as text; empty for nothing."""
    return "" if value is None else value if isinstance(value, str) else plain(value)
