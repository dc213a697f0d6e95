"""Checking a submission: pure functions from what was reported to findings. Opens no file, knows no Excel."""

from __future__ import annotations

from collections.abc import Callable

from xlreport.checks.carry_over import carry_over, unsuitable
from xlreport.checks.edition import edition
from xlreport.checks.entries import entries
from xlreport.checks.narrative import narrative
from xlreport.checks.one_cause import one_cause
from xlreport.checks.relations import relations
from xlreport.finding import Code, Finding
from xlreport.form.model import Severity
from xlreport.submission import Submission

Check = Callable[[Submission, "Submission | None"], list[Finding]]

CHECKS: tuple[Check, ...] = (edition, entries, relations, carry_over, narrative)

_TEXT = frozenset({Code.E308, Code.N601, Code.N602, Code.N603})  # the text sections follow the tables
_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def check(submission: Submission, prior: Submission | None = None) -> list[Finding]:
    """Everything there is to tell about a submission, the gravest first, in the order of the form."""
    told = list(unsuitable(submission, prior)) if prior else []
    if any(finding.facts["reason"] == "period" for finding in told):
        prior = None  # every comparison with another year's report would be told as last year's
    found = [*told, *(finding for one in CHECKS for finding in one(submission, prior))]
    if any(finding.code is Code.S209 for finding in found):
        found = [f for f in found if f.code not in {Code.E301, Code.E308}]
    return in_order(submission, one_cause(submission, found))


def in_order(submission: Submission, found: list[Finding]) -> list[Finding]:
    """Findings by severity, then by the place on the form that they are told at."""
    index = submission.form.index

    def key(finding: Finding) -> tuple[int, int, str]:
        if finding.code in _TEXT:
            return _ORDER[finding.severity], len(index), finding.code.name
        at = index.get(finding.parts[0].item, 0) if finding.parts else -1
        return _ORDER[finding.severity], at, finding.code.name

    return sorted(found, key=key)
