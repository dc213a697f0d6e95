"""The relations between items: balance rules (勾稽关系), comparisons, conditions; broken ones by their root cause."""

from __future__ import annotations

from collections.abc import Sequence

from xlreport.checks.entries import part
from xlreport.finding import Code, Finding, Part, Role
from xlreport.form.evaluate import judge_rule
from xlreport.form.model import Rule, Severity
from xlreport.form.table import Item
from xlreport.record import replace
from xlreport.rules.judge import Judgement, Values, Verdict, broken, judge_one
from xlreport.submission import Submission

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xlreport.checks.culprit.causes import Cause
    from xlreport.checks.culprit.system import Equation


def relations(submission: Submission, prior: Submission | None = None) -> list[Finding]:
    """Findings about the rules: equations grouped by cause, then the other rules, then what cannot be told."""
    form = submission.form
    values = submission.values_with(prior)
    level = submission.resolved_level
    exact: list[tuple[int, Judgement]] = []
    broken: list[tuple[int, Judgement]] = []
    unknown: list[tuple[int, Judgement]] = []
    for number, rule in enumerate(form.rules):
        for instance in range(len(rule.bound.keys)):
            judgement = judge_rule(rule, instance, values, level)
            if judgement.verdict is Verdict.FAIL and not _exact(rule):
                broken.append((number, judgement))
            elif judgement.verdict is Verdict.INCOMPLETE:
                unknown.append((number, judgement))
            if judgement.verdict in {Verdict.PASS, Verdict.FAIL} and _exact(rule):
                exact.append((number, judgement))
    found: list[Finding] = []
    if any(judgement.verdict is Verdict.FAIL for _, judgement in exact):
        found += _caused(submission, prior, values, exact)
    found += _implied_under(submission, [(_relation(submission, prior, n, j), n, j) for n, j in broken])
    found += _undecided(submission, values, unknown)
    return found


def _exact(rule: Rule) -> bool:
    """Whether a rule is an equation within this one report: those are explained together."""
    return rule.bound.balance and not rule.prior and not rule.unless_level and rule.severity is Severity.ERROR


def roles(rule: Rule, instance: int) -> list[tuple[int, Role]]:
    """The items of one instance with what each is in it."""
    found: dict[int, Role] = {}
    for comparison in rule.bound.conclusion:
        if rule.bound.total is not None:
            found[rule.bound.total[instance]] = Role.TOTAL
            found.update((i, Role.ADDEND) for i in comparison.left.places[instance])
            continue
        for i in comparison.left.places[instance]:
            found.setdefault(i, Role.LEFT)
        for i in comparison.right.places[instance]:
            found.setdefault(i, Role.RIGHT)
    for comparison in rule.bound.premise:
        for side in (comparison.left, comparison.right):
            for i in side.places[instance]:
                found.setdefault(i, Role.PREMISE)
    return list(found.items())


def _parts(
    submission: Submission, rule: Rule, instance: int, priors: Values, prior: Submission | None = None
) -> tuple[Part, ...]:
    form = submission.form
    found = []
    for i, role in roles(rule, instance):
        if i < len(form.items):
            found.append(part(submission, form.items[i], role))
        elif prior is not None:
            item = form.priors[i - len(form.items)]
            found.append(Part(item, Role.PRIOR, priors.numbers[i]))
    return tuple(found)


def _relation(submission: Submission, prior: Submission | None, number: int, judgement: Judgement) -> Finding:
    form = submission.form
    rule = form.rules[number]
    values = submission.values_with(prior)
    code = Code.C501 if rule.prior else Code.B401 if judgement.rule.balance and not rule.unless_level else Code.B403
    facts: dict[str, object] = {}
    if prior is not None and rule.prior:
        facts["prior_period"] = prior.period
    if code is Code.B403 and (sign := broken(rule.bound, judgement.instance, values.numbers)):
        facts["sign"] = sign
    return Finding(
        code,
        rule.severity,
        rule.id,
        Verdict.FAIL,
        _parts(submission, rule, judgement.instance, values, prior),
        judgement.left,
        judgement.right,
        judgement.left - judgement.right,
        (number, judgement.instance),
        facts=facts,
    )


def _implied_under(submission: Submission, told: list[tuple[Finding, int, Judgement]]) -> list[Finding]:
    """The findings with those of a total hung under the parts that account for it: one cause, one finding."""
    found: dict[tuple[int, int], Finding] = {(n, j.instance): finding for finding, n, j in told}
    for finding, number, judgement in told:
        rule = submission.form.rules[number]
        table = submission.form.tables[rule.table]
        row, column = rule.bound.keys[judgement.instance]
        axis = table.columns if column else table.rows
        heading = axis.by_id.get(column or row or "")
        if heading is None or not heading.total or not rule.bound.balance:
            continue
        parts = [
            (other, j)
            for other, n, j in told
            if n == number and (rule.bound.keys[j.instance][1] or rule.bound.keys[j.instance][0]) in heading.parts
        ]
        if parts and sum((f.gap or 0 for f, _ in parts), 0) == finding.gap:
            lead = (number, parts[0][1].instance)
            found[lead] = _hang(found[lead], finding)
            del found[number, judgement.instance]
    # What a unit may not report at all is one mistake, in however many columns it stands.
    leads: dict[int, tuple[int, int]] = {}
    for key in list(found):
        if submission.form.rules[key[0]].unless_level and leads.setdefault(key[0], key) != key:
            found[leads[key[0]]] = _hang(found[leads[key[0]]], found.pop(key))
    return list(found.values())


def _hang(lead: Finding, follower: Finding) -> Finding:
    """A finding with another one under it that has the same cause."""
    known = {part.item for part in lead.parts}
    more = tuple(part for part in follower.parts if part.item not in known)
    return replace(lead, parts=(*lead.parts, *more), follows=(*lead.follows, follower))


def _caused(
    submission: Submission, prior: Submission | None, values: Values, exact: Sequence[tuple[int, Judgement]]
) -> list[Finding]:
    """The findings about broken equations, one for each cause."""
    # Most reports have nothing to search for.
    from xlreport.checks.culprit.causes import find_causes

    return [_told(submission, values, cause) for cause in find_causes(submission, prior, exact, values)]


def _told(submission: Submission, values: Values, cause: Cause) -> Finding:
    """One finding for one root cause: its first broken equation leads, the others follow."""
    form = submission.form
    lead = cause.equations[0]
    rule = form.rules[lead.rule]
    parts: dict[Item, Part] = {}
    # The suspects first, then the totals of every broken equation, then the rest: the order people read in.
    if not cause.tie and cause.fixes:
        for change in cause.fixes[0]:
            parts[change.item] = part(submission, change.item, Role.SUSPECT, expected=change.expected)
    every = [p for equation in cause.equations for p in _equation_parts(submission, equation, values)]
    for wanted in (True, False):
        for p in every:
            if (p.role is Role.TOTAL) is wanted and p.item not in parts:
                parts[p.item] = p
    if cause.tie:
        candidates: dict[Item, Part] = {}
        for change in (change for way in cause.fixes for change in way):
            told = part(submission, change.item, Role.CANDIDATE, expected=change.expected)
            candidates.setdefault(change.item, told)
        # A finding is told at its first cell, which must be one to look at.
        first = next(iter(parts), None)
        parts = parts | candidates if first in candidates else candidates | {**parts, **candidates}
    follows = tuple(
        Finding(
            Code.B401,
            form.rules[e.rule].severity,
            form.rules[e.rule].id,
            Verdict.FAIL,
            tuple(_equation_parts(submission, e, values)),
            e.judgement.left,
            e.judgement.right,
            e.judgement.left - e.judgement.right,
            (e.rule, e.instance),
        )
        for e in cause.equations[1:]
    )
    fixes = [[(c.item, c.found, c.expected) for c in way] for way in cause.fixes]
    facts: dict[str, object] = {
        "fixes": fixes,
        "tie": cause.tie,
        "alone": cause.alone,
        "kind": cause.kind.value if cause.kind else None,
        "unfinished": cause.unfinished,
        "denied": cause.denied,
        "more": [[(c.item, c.found, c.expected) for c in way] for way in cause.more],
    }
    return Finding(
        Code.B401,
        max((form.rules[e.rule].severity for e in cause.equations), key=_gravity),
        rule.id,
        Verdict.FAIL,
        tuple(parts.values()),
        lead.judgement.left,
        lead.judgement.right,
        lead.judgement.left - lead.judgement.right,
        (lead.rule, lead.instance),
        facts=facts,
        follows=follows,
    )


def _gravity(severity: Severity) -> int:
    return [Severity.INFO, Severity.WARNING, Severity.ERROR].index(severity)


def _equation_parts(submission: Submission, equation: Equation, values: Values) -> Sequence[Part]:
    rule = submission.form.rules[equation.rule]
    return _parts(submission, rule, equation.instance, values)


def _undecided(submission: Submission, values: Values, unknown: Sequence[tuple[int, Judgement]]) -> list[Finding]:
    """Rules that cannot be judged because of unreadable cells, or of a level not stated; blanks are told as blanks."""
    form, level = submission.form, submission.resolved_level
    by_rule: dict[int, list[Judgement]] = {}
    by_table: dict[str, list[tuple[int, Judgement]]] = {}
    for number, judgement in unknown:
        rule = form.rules[number]
        if rule.unless_level and not level and judge_one(*judgement[:2], values).verdict is Verdict.FAIL:
            by_rule.setdefault(number, []).append(judgement)
        elif any(i in values.unreadable for i in judgement.rule.items(judgement.instance)):
            by_table.setdefault(rule.table, []).append((number, judgement))
    found = []
    for number, (lead, *others) in by_rule.items():
        items = dict.fromkeys(i for j in (lead, *others) for i in j.rule.items(j.instance) if i < len(form.items))
        found.append(
            Finding(
                Code.B404,
                Severity.INFO,
                form.rules[number].id,
                Verdict.INCOMPLETE,
                tuple(part(submission, form.items[i]) for i in items),
                lead.left,
                lead.right,
                lead.left - lead.right,
                (number, lead.instance),
                facts={"reason": "level"},
            )
        )
    for table, judgements in by_table.items():
        bad = dict.fromkeys(
            i for _, j in judgements for i in j.rule.items(j.instance) if i in values.unreadable and i < len(form.items)
        )
        parts = tuple(part(submission, form.items[i]) for i in bad)
        names = list(dict.fromkeys(form.rules[n].id for n, _ in judgements))
        facts = {"reason": "unreadable", "table": table, "count": len(judgements), "rules": names}
        found.append(Finding(Code.B404, Severity.INFO, None, Verdict.INCOMPLETE, parts, facts=facts))
    return found
