"""Last year's report against this year's, beyond the rules: copied tables, sudden jumps, what cannot be compared."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from xlreport.checks.entries import part
from xlreport.finding import Code, Finding, Part, Role
from xlreport.form.model import Form, Severity
from xlreport.form.table import Table
from xlreport.rules.nodes import size
from xlreport.submission import State, Submission, prior_leaves

COPIED_NONZERO = 3  # a table counts as copied only if at least this many of its equal numbers are not 0


def carry_over(submission: Submission, prior: Submission | None = None) -> list[Finding]:
    """Findings that need last year's report; none without it."""
    if prior is None:
        return []
    found: list[Finding] = []
    for table in submission.form.tables.values():
        other = prior.form.tables.get(table.id)
        if other is None or not _same_items(table, other):
            if prior.form.name != submission.form.name:
                found.append(_not_comparable(submission, table, prior.form))
            continue
        copied = _copied(submission, prior, table)
        found += copied or list(_jumps(submission, prior, table))
    return found


def unsuitable(submission: Submission, prior: Submission) -> Iterator[Finding]:
    """Last year's file that is not last year's, or not this unit's."""
    if submission.period and prior.period and prior.period != submission.period - 1:
        facts = {"reason": "period", "period": submission.period, "prior": prior.period}
        yield Finding(Code.C505, Severity.WARNING, facts=facts)
    if submission.unit.strip() and prior.unit.strip() and submission.unit.strip() != prior.unit.strip():
        facts = {"reason": "unit", "unit": submission.unit, "prior": prior.unit}
        yield Finding(Code.C505, Severity.WARNING, facts=facts)


def _same_items(table: Table, other: Table) -> bool:
    """Whether the two editions' tables have the same columns, and rows in common to compare."""
    columns = [c.id for c in table.columns.leaves]
    rows = {r.id for r in table.rows.leaves} & {r.id for r in other.rows.leaves}
    return columns == [c.id for c in other.columns.leaves] and bool(rows)


def _not_comparable(submission: Submission, table: Table, form: Form) -> Finding:
    policy = submission.form.policy("not-comparable")
    facts = {"table": table.id, "edition": submission.form.edition, "prior": form.edition}
    return Finding(Code.C504, policy.severity, policy.rule, facts=facts)


def _copied(submission: Submission, prior: Submission, table: Table) -> list[Finding]:
    policy = submission.form.policy("same-as-last-year")
    shared = [item for item in table.items if item in prior.form.index]
    pairs = [(submission.value(item), prior.value(item)) for item in shared]
    if any(a != b for a, b in pairs) or sum(1 for a, _ in pairs if a) < COPIED_NONZERO:
        return []
    parts = tuple(part(submission, item) for item in shared if submission.value(item))
    facts = {"table": table.id, "count": len(parts), "prior_period": prior.period}
    return [Finding(Code.C502, policy.severity, policy.rule, None, parts, facts=facts)]


def _jumps(submission: Submission, prior: Submission, table: Table) -> Iterator[Finding]:
    policy = submission.form.policy("jump")
    factor, least = policy.factor or 10, policy.at_least or 0
    for item in table.items:
        entry = submission.entry(item)
        if item not in prior.form.index or entry.state is not State.NUMBER or submission.form.is_total(item):
            continue
        now, then = submission.value(item), prior.value(item)
        if then:
            then = submission.form.entry_type(item).of_edition(then, prior.form.entry_type(item))
        if not now or not then or max(size(now), size(then)) < least:
            continue
        if size(now) > factor * size(then) or size(then) > factor * size(now):
            told = (part(submission, item), Part(item, Role.PRIOR, then))
            facts = {"now": now, "then": then, "prior_period": prior.period}
            yield Finding(Code.C503, policy.severity, policy.rule, None, told, now, then, now - then, facts=facts)


def of_rounding(finding: Finding, form: Form, before: Form, reports: int) -> bool:
    """Whether the sums differ by no more than so many reports lost, each carried over into another unit of money."""
    if finding.code is not Code.C501 or finding.gap is None:
        return False
    leaves = prior_leaves(form, before)
    room = Decimal(0)
    for one in finding.parts:
        if one.role is Role.PRIOR and one.item in form.index and one.item in leaves:
            now = form.entry_type(one.item)
            if now.rounds(before.entry_type(leaves[one.item][0])):
                room += Decimal(5 * (reports + 1)).scaleb(-now.decimals - 1)  # and their sum is rounded once more
    return Decimal(finding.gap).copy_abs() <= room and all(
        of_rounding(f, form, before, reports) for f in finding.follows
    )
