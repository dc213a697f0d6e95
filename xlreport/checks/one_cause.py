"""One finding for one root cause: what several checks found of the same mistake is told together, or not twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from xlreport.checks.entries import NOTHING
from xlreport.finding import Change, Code, Finding, Part, Role, fixes
from xlreport.form.model import Form, Severity
from xlreport.form.table import Item
from xlreport.record import replace
from xlreport.rules.nodes import Number
from xlreport.submission import Submission

_MISFITS = frozenset({Code.E304, Code.E305, Code.E309})  # a number, but none that the cell may hold


def one_cause(submission: Submission, found: list[Finding]) -> list[Finding]:
    """The findings with those of one mistake drawn together."""
    if not any(finding.code is Code.B401 for finding in found):
        return _once(submission, found)
    found = _sums_of_mistakes(submission.form, found)
    corrected = {change.item: change for f in found if _certain(f) for change in fixes(f)[0]}
    found = _totals_after(found, corrected)
    found = [kept for finding in found for kept in _still_blank(submission, finding, corrected)]
    return _once(submission, _one_slip(_borne_out(found, corrected)))


def _certain(finding: Finding) -> bool:
    """Whether it names the cells to be put right, and no others as likely."""
    return finding.code is Code.B401 and bool(fixes(finding)) and not finding.facts.get("tie")


def _sums_of_mistakes(form: Form, found: list[Finding]) -> list[Finding]:
    """A total that is off by what its parts are off by was added up from them: it goes with the first of them."""
    changes = {change.item: (k, change) for k, f in enumerate(found) if _certain(f) for change in fixes(f)[0]}
    result: dict[int, Finding] = dict(enumerate(found))
    for k, finding in enumerate(found):
        if not _certain(finding) or len(fixes(finding)[0]) != 1:
            continue
        (total,) = fixes(finding)[0]
        for parts in _sums(form, total.item):
            wrong = [changes[part] for part in parts if part in changes and changes[part][0] != k]
            if wrong and sum((_shift(change) for _, change in wrong), Decimal(0)) == _shift(total):
                lead = min(number for number, _ in wrong)
                if lead in result and k in result:
                    result[lead] = _with_total(result[lead], finding, alone=len(wrong) == 1)
                    del result[k]
                break
    return list(result.values())


def _sums(form: Form, item: Item) -> Iterator[tuple[Item, ...]]:
    """The items that a total is the sum of: across its row, down its column."""
    table = form.tables[item.table]
    row, column = table.rows.by_id[item.row], table.columns.by_id[item.column]
    yield tuple(Item(item.table, item.row, part) for part in column.parts)
    yield tuple(Item(item.table, part, item.column) for part in row.parts)


def _shift(change: Change) -> Decimal:
    found = change.found if not isinstance(change.found, str) and change.found is not None else 0
    return Decimal(change.expected) - Decimal(found)


def _with_total(lead: Finding, total: Finding, *, alone: bool) -> Finding:
    """A finding with that of the total under it; what the total should be is part of the same fix."""
    known = {part.item for part in lead.parts}
    moved = [part for part in total.parts if part.item not in known or part.role is Role.SUSPECT]
    suspects = [part for part in (*lead.parts, *moved) if part.role is Role.SUSPECT]
    rest = [p for p in (*lead.parts, *moved) if p.role is not Role.SUSPECT and p.item not in {s.item for s in suspects}]
    way = [tuple(change) for one in (lead, total) for change in fixes(one)[0]]
    facts = {**lead.facts, "fixes": [way], "alone": alone and lead.facts["alone"] and total.facts["alone"]}
    follows = (*lead.follows, replace(total, follows=(), facts={}), *total.follows)
    return replace(lead, parts=(*suspects, *rest), facts=facts, follows=follows)


Blanks = Mapping[Item, tuple[Item, ...]]
"""Totals that nobody filled in, with their parts."""


def _totals_after(found: list[Finding], corrected: Mapping[Item, Change]) -> list[Finding]:
    """The findings with what each blank total is once its parts are put right, as far as that can be told."""
    blanks = {f.parts[0].item: tuple(p.item for p in f.parts[1:]) for f in found if f.code is Code.B402}
    open_ = [f for f in found if f.code is Code.B401 and f.facts.get("tie")]
    return [_total_after(f, corrected, open_, blanks) if f.code is Code.B402 else f for f in found]


def _total_after(finding: Finding, corrected: Mapping[Item, Change], open_: list[Finding], blanks: Blanks) -> Finding:
    """A blank total with the number it has once its parts are put right.

    Where it is not known which part is wrong, all ways to put that right may come to one number; else there is none.
    """
    total, *parts = finding.parts
    if finding.left is None:
        return finding
    wrong = _in_sum(total.item, corrected, blanks)
    after = Decimal(finding.left) + sum((_shift(change) for change in wrong), Decimal(0))
    either = unsure = False
    for one in open_:
        every = [*fixes(one), *([Change(*change) for change in way] for way in one.facts["more"])]
        ways = [_in_sum(total.item, {change.item: change for change in way}, blanks) for way in every]
        if not any(ways):
            continue
        sums = {sum((_shift(change) for change in way), Decimal(0)) for way in ways}
        either, unsure = True, unsure or len(ways) == 1 or len(sums) > 1
        after += min(sums)
    if unsure:
        facts = {name: value for name, value in finding.facts.items() if name != "expected"}
        facts |= {"now": finding.left, "unsure": True}
        return replace(finding, parts=(replace(total, expected=None), *parts), facts=facts)
    if not wrong and not either:
        return finding
    number: Number = int(after) if after == int(after) else after
    facts = {**finding.facts, "expected": number, "now": finding.left, "after": [tuple(change) for change in wrong]}
    if either:
        facts["either"] = True
    return replace(finding, parts=(replace(total, expected=number), *parts), left=number, facts=facts)


def _in_sum(item: Item, changes: Mapping[Item, Change], blanks: Blanks) -> list[Change]:
    """The changes that a blank total takes in, itself or through other blank totals."""
    found: list[Change] = []
    for part in blanks.get(item, ()):
        found += [changes[part]] if part in changes else _in_sum(part, changes, blanks)
    return found


def _still_blank(submission: Submission, finding: Finding, corrected: Mapping[Item, Change]) -> Iterator[Finding]:
    """A finding about blanks without the cells of which another finding says what belongs there."""
    if finding.code not in {Code.E301, Code.E302}:
        yield finding
        return

    def open_(part: Part) -> bool:
        return part.item not in corrected or submission.entry(part.item).state not in NOTHING

    parts = tuple(part for part in finding.parts if open_(part))
    if parts:
        yield replace(finding, parts=parts, facts={**finding.facts, "count": len(parts)})


def _borne_out(found: list[Finding], corrected: Mapping[Item, Change]) -> list[Finding]:
    """The findings without numbers in the text that agree once a wrong cell is put right: that finding tells them."""
    agree: dict[Item, list[str]] = {}
    kept: list[Finding] = []
    for finding in found:
        shifts = [
            ([corrected[item] for item in items if item in corrected], value)
            for items, value in (finding.facts["sums"] if finding.code is Code.N601 else ())
        ]
        right = next((c for c, value in shifts if c and value + sum(map(_shift, c)) == finding.left), None)
        if right is None:
            kept.append(finding)
        else:
            agree.setdefault(right[0].item, []).append(str(finding.facts["quote"]))
    if not agree:
        return kept

    def told(finding: Finding) -> Finding:
        quotes = [q for c in fixes(finding)[0] for q in agree.get(c.item, ())] if _certain(finding) else []
        return replace(finding, facts={**finding.facts, "quotes": quotes}) if quotes else finding

    return [told(finding) for finding in kept]


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
                facts={**cause.facts, **finding.facts},
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
