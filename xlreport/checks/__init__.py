"""Checking a submission: pure functions from what was reported to findings. Opens no file, knows no Excel."""

from __future__ import annotations

from collections.abc import Callable

from xlreport.checks.carry_over import carry_over, unsuitable
from xlreport.checks.edition import edition
from xlreport.checks.entries import entries
from xlreport.checks.narrative import narrative
from xlreport.checks.relations import relations
from xlreport.finding import Code, Finding, Role
from xlreport.form.model import Severity
from xlreport.record import replace
from xlreport.submission import Submission

Check = Callable[[Submission, "Submission | None"], list[Finding]]

CHECKS: tuple[Check, ...] = (edition, entries, relations, carry_over, narrative)

_TEXT = frozenset({Code.E308, Code.N601, Code.N602, Code.N603})  # the text sections follow the tables
_MISFITS = frozenset({Code.E304, Code.E305, Code.E309})  # a number, but none that the cell may hold
_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def check(submission: Submission, prior: Submission | None = None) -> list[Finding]:
    """Everything there is to tell about a submission, the gravest first, in the order of the form."""
    told = list(unsuitable(submission, prior)) if prior else []
    if any(finding.facts["reason"] == "period" for finding in told):
        prior = None  # every comparison with another year's report would be told as last year's
    found = [*told, *(finding for one in CHECKS for finding in one(submission, prior))]
    if any(finding.code is Code.S209 for finding in found):
        found = [f for f in found if f.code not in {Code.E301, Code.E308}]
    return in_order(submission, _once(submission, _one_slip(found)))


def _one_slip(found: list[Finding]) -> list[Finding]:
    """A number that may not stand in its cell and the equations it breaks are one mistake: the equations follow."""
    wrong = {f.parts[0].item: f for f in found if f.code in _MISFITS}
    kept: list[Finding] = []
    for finding in found:
        suspect = finding.parts[0] if finding.code is Code.B401 and finding.parts else None
        if suspect is not None and suspect.role is Role.SUSPECT and suspect.item in wrong:
            cause = wrong[suspect.item]
            wrong[suspect.item] = replace(
                cause,
                severity=Severity.ERROR,
                parts=finding.parts,
                facts={**cause.facts, "changes": finding.facts["changes"]},
                follows=(replace(finding, follows=()), *finding.follows),
            )
        else:
            kept.append(finding)
    return [wrong[f.parts[0].item] if f.code in _MISFITS else f for f in kept]


def _once(submission: Submission, found: list[Finding]) -> list[Finding]:
    """Without the sudden jumps that a rule of the form already tells, and knows more about (元 for 万元)."""
    told = {
        part.item
        for finding in found
        if finding.code is Code.C501 and finding.relation is not None
        if not submission.form.rules[finding.relation[0]].bound.balance
        for part in finding.parts
    }
    return [f for f in found if f.code is not Code.C503 or f.parts[0].item not in told]


def in_order(submission: Submission, found: list[Finding]) -> list[Finding]:
    """Findings by severity, then by the place on the form that they are told at."""
    index = submission.form.index

    def key(finding: Finding) -> tuple[int, int, str]:
        if finding.code in _TEXT:
            return _ORDER[finding.severity], len(index), finding.code.name
        at = index.get(finding.parts[0].item, 0) if finding.parts else -1
        return _ORDER[finding.severity], at, finding.code.name

    return sorted(found, key=key)
