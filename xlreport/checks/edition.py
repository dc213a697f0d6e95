"""Whether the form is the right one for the report: edition, year, unit."""

from __future__ import annotations

from xlreport.finding import Code, Finding
from xlreport.form.model import Severity
from xlreport.submission import Submission


def edition(submission: Submission, prior: Submission | None = None) -> list[Finding]:  # noqa: ARG001  (one signature for all checks)
    """The report year against the edition's years, and what the cover must say."""
    form = submission.form
    found = []
    period = submission.period
    if period is not None and not form.covers(period):
        policy = form.policy("wrong-edition")
        facts = {"period": period, "edition": form.edition, "first": form.first_period, "last": form.last_period}
        place = submission.cover_cells.get("period")
        found.append(Finding(Code.S201, policy.severity, policy.rule, facts=facts, place=place))
    policy = form.policy("identity")
    missing = [f for f in form.cover if f.required and not _given(submission, f.id)]
    for line in missing:
        facts = {"label": line.label, "en": line.en or line.label, "raw": submission.cover.get(line.id, "").strip()}
        place = submission.cover_cells.get(line.id)
        found.append(Finding(Code.S205, policy.severity, policy.rule, facts=facts, place=place))
    if submission.level.strip() and form.levels and submission.resolved_level is None:
        facts = {"label": "单位层级", "level": submission.level, "known": "、".join(level.id for level in form.levels)}
        place = submission.cover_cells.get("level")
        found.append(Finding(Code.S205, Severity.WARNING, policy.rule, facts=facts, place=place))
    return found


def _given(submission: Submission, name: str) -> bool:
    if name == "unit":
        return bool(submission.unit.strip())
    if name == "period":
        # The year that the workbook was issued for is no substitute for the one its cover states.
        return submission.period is not None and bool(submission.cover.get(name, "?").strip())
    return bool(submission.cover.get(name, "").strip())
