"""What else speaks for or against a correction: the other rules, last year's report, the text, stored results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from functools import cached_property

from xlreport.checks.culprit.connections import Connections
from xlreport.checks.culprit.system import typed_factors
from xlreport.checks.narrative import stated_sums
from xlreport.form.evaluate import judge_rule
from xlreport.rules.bound import Linear
from xlreport.rules.judge import Values, Verdict
from xlreport.rules.nodes import Number, Op
from xlreport.submission import Submission

# In the units of `rank`: natural logarithms of how many times likelier something becomes.
CARRIED_OVER = 4.0  # agrees with last year's report, or no more
STATED = 12.0  # agrees with a number stated in the text, or no more: somebody counted twice
STORED = 4.0  # a formula's stored result is what it would become
STILL_WRONG = 6.0  # a rule that is broken, takes part in the change, and remains broken


class Evidence:
    """Judges changes of items by everything but the equations they are to mend."""

    def __init__(
        self,
        submission: Submission,
        prior: Submission | None,
        values: Values,
        derived: Mapping[int, tuple[int, ...]],
        known: Connections,
    ) -> None:
        self.submission, self.values = submission, values
        self.known = known
        self._feeds = _feeds(derived)
        self._stored = dict(_stored(submission, values))
        self.prior = prior
        self._before: dict[tuple[int, int], Verdict] = {}

    def weigh(self, changes: Mapping[int, Number]) -> float | None:
        """What the changes cost besides; below 0 where something speaks for them, None where they are impossible."""
        numbers = _Changed(self.values.numbers, self._with_totals(changes))
        cost = 0.0
        rules = dict.fromkeys(pair for i in numbers.changed for pair in self.known.others.get(i, ()))
        blank, hollow = self.values.blank, self.values.hollow
        if any(i in blank for i in changes):  # what is filled in is blank no more, nor are the totals it goes into
            over = {t for i in changes for totals in self.submission.form.totals_over[i] for t in totals}
            hollow = {i for i in range(len(numbers)) if i in hollow and i not in changes and i not in over}
            blank = {i for i in range(len(numbers)) if i in blank and i not in changes}
        after = self.values._replace(numbers=numbers, blank=blank, hollow=hollow)
        for number, instance in rules:
            rule = self.submission.form.rules[number]
            before = self._verdict(number, instance)
            now = judge_rule(rule, instance, after, self.submission.resolved_level).verdict
            carried = rule.prior and rule.bound.balance
            if now is Verdict.FAIL and before is not Verdict.FAIL:
                if not carried:
                    return None
                cost += CARRIED_OVER
            elif now is Verdict.FAIL and not carried:
                cost += STILL_WRONG
            elif now is Verdict.PASS and before is Verdict.FAIL:
                cost -= CARRIED_OVER
        for sums, stated in self._stated if not self.known.claimed.isdisjoint(numbers.changed) else ():
            if not any(i in numbers.changed for one in sums for i in one):
                continue
            was, is_ = (_among(sums, stated, n) for n in (self.values.numbers, numbers))
            cost += STATED * (was - is_)
        for i in numbers.changed:
            if i in self._stored and numbers[i] == self._stored[i]:
                cost -= STORED
        return cost

    @cached_property
    def _stated(self) -> list[tuple[tuple[tuple[int, ...], ...], Number]]:
        """The numbers in the text, each with the sums any of which it may be; looked for once one may be changed."""
        return list(stated_sums(self.submission))

    @cached_property
    def contradicted(self) -> frozenset[int]:
        """The items of which the text states another number."""
        if not self.known.claimed:
            return frozenset()
        unmet = [sums for sums, stated in self._stated if not _among(sums, stated, self.values.numbers)]
        return frozenset(i for sums in unmet for one in sums for i in one)

    def denied(self, changes: Mapping[int, Number]) -> bool:
        """Whether a number that the text states and the report holds would be there no more."""
        numbers = _Changed(self.values.numbers, self._with_totals(changes))
        if self.known.claimed.isdisjoint(numbers.changed):
            return False
        return any(
            _among(sums, stated, self.values.numbers) and not _among(sums, stated, numbers)
            for sums, stated in self._stated
        )

    def _verdict(self, number: int, instance: int) -> Verdict:
        key = number, instance
        if key not in self._before:
            rule = self.submission.form.rules[number]
            self._before[key] = judge_rule(rule, instance, self.values, self.submission.resolved_level).verdict
        return self._before[key]

    def _with_totals(self, changes: Mapping[int, Number]) -> dict[int, Number]:
        """The changes together with what they do to the totals nobody typed."""
        every = dict(changes)
        for i, value in changes.items():
            for total, times in self._feeds.get(i, {}).items():
                every[total] = every.get(total, self.values.numbers[total]) + times * (value - self.values.numbers[i])
        return every


def _among(sums: Sequence[Sequence[int]], stated: Number, numbers: Sequence[Number]) -> bool:
    """Whether any of these sums is what the text states."""
    return any(sum(numbers[i] for i in one) == stated for one in sums)


class _Changed(Sequence[Number]):
    """The numbers of all items, some of them changed."""

    def __init__(self, numbers: Sequence[Number], changed: Mapping[int, Number]) -> None:
        self.numbers, self.changed = numbers, changed

    def __getitem__(self, i: int) -> Number:  # type: ignore[override]
        return self.changed[i] if i in self.changed else self.numbers[i]

    def __len__(self) -> int:
        return len(self.numbers)


def _feeds(derived: Mapping[int, tuple[int, ...]]) -> dict[int, dict[int, int]]:
    """For every item the totals nobody typed that it goes into, and how often."""
    feeds: dict[int, dict[int, int]] = {}
    for total in derived:
        for i, times in typed_factors(Linear(Op.EQ, {total: 1}, 0, 0), derived).items():
            feeds.setdefault(i, {})[total] = int(times)
    return feeds


def _stored(submission: Submission, values: Values) -> list[tuple[int, Number]]:
    """The results kept beside formulas that are not what the formula comes to: made before something was changed."""
    found: list[tuple[int, Number]] = []
    index = submission.form.index
    for item, entry in submission.entries.items():
        if entry.computed and entry.stored:
            i = index[item]
            try:
                number = Decimal(entry.stored)
            except InvalidOperation:
                continue
            if number.is_finite() and number != values.numbers[i]:
                found.append((i, number))
    return found
