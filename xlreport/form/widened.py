"""A form as the sum of many reports is checked by: each may be off by a tolerance, and the sum by all of theirs.

Twelve units that round to 万元, each within 50 元 as the form allows, are together within 600.
"""

from __future__ import annotations

from xlreport.form.model import Form, Rule
from xlreport.record import replace
from xlreport.rules.sentence import plain

_KEPT: dict[tuple[int, int], tuple[Form, Form]] = {}  # a batch of totals asks for the same again and again


def widened(form: Form, reports: int) -> Form:
    """The form with the tolerances of so many reports together; itself where it has none, or theirs already."""
    if reports < 2 or not any(rule.bound.tolerance for rule in form.rules):
        return form
    if any(form is wide for _, wide in _KEPT.values()):
        return form  # a workbook that is looked at a second time
    kept = _KEPT.get((id(form), reports))
    if kept is None or kept[0] is not form:
        rules = tuple(_widened(rule, reports) if rule.bound.tolerance else rule for rule in form.rules)
        kept = _KEPT[id(form), reports] = form, replace(form, rules=rules)
    return kept[1]


def _widened(rule: Rule, reports: int) -> Rule:
    tolerance = rule.bound.tolerance * reports
    before, sign, _ = rule.text.rpartition("±")
    return replace(
        rule,
        text=f"{before}± {plain(tolerance)}" if sign else rule.text,
        statement=rule.statement._replace(tolerance=tolerance),
        bound=rule.bound._replace(tolerance=tolerance),
    )
