"""What this year's report takes over from last year's: numbers that a rule of the form settles entirely."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from xlreport.form.model import Carry, Form, Rule
from xlreport.form.table import Item
from xlreport.record import record
from xlreport.rules.bound import BoundSide
from xlreport.rules.nodes import Number, Op
from xlreport.submission import Submission, prior_numbers


@record
class Carried:
    """A number that is known before the unit fills anything in."""

    value: Number
    locked: bool


def carried(form: Form, prior: Submission | None) -> Mapping[Item, Carried]:
    """Every item that equals something of last year's report (`二 = 四@-1`), as far as that is known."""
    if prior is None:
        return {}
    known = prior_numbers(form, prior)
    found: dict[Item, Carried] = {}
    for rule in form.rules:
        if rule.prior:
            for item, side, instance in _settled(form, rule):
                terms = [
                    (factor, form.priors[place - len(form.items)])
                    for factor, place in zip(side.factors, side.places[instance], strict=True)
                ]
                if all(was in known for _, was in terms):
                    value = sum((factor * known[was] for factor, was in terms), side.constant)
                    found.setdefault(item, Carried(value, rule.carry is Carry.LOCKED))
    return found


def _settled(form: Form, rule: Rule) -> Iterator[tuple[Item, BoundSide, int]]:
    """The instances that say: one item of this year is this sum of last year's."""
    if not rule.bound.balance or rule.bound.tolerance:
        return
    (comparison,) = rule.bound.conclusion
    assert comparison.op is Op.EQ  # noqa: S101  (a balance)
    size = len(form.items)
    for instance in range(len(rule.bound.keys)):
        for one, other in ((comparison.left, comparison.right), (comparison.right, comparison.left)):
            mine, theirs = one.places[instance], other.places[instance]
            single = len(mine) == 1 and mine[0] < size and one.factors == (1,) and not one.constant
            if single and theirs and all(place >= size for place in theirs):
                item = form.items[mine[0]]
                if not form.computed(item):
                    yield item, other, instance
