"""An example for a rule: a few small numbers with which it does not hold, told as a check would tell it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from xlreport.finding import Finding
from xlreport.form.model import Form, Rule
from xlreport.form.table import Item, Quantity
from xlreport.pages import rule_code
from xlreport.rules.judge import Judgement, Verdict, judge_one
from xlreport.rules.nodes import Number
from xlreport.rules.sentence import Lang
from xlreport.submission import Entry, State, Submission
from xlreport.wording.relations import equation
from xlreport.wording.teller import Teller

_NUMBERS: tuple[Number, ...] = (3, 2, 5, 1, 0)
_LESS: tuple[Number, ...] = (2, 3, -5, 0)  # where a number may be negative
_MUCH: tuple[Number, ...] = (3, 2, 5, 38500, 0)  # of money
_FILLED = 4  # so many cells hold something; the others of a long sum hold 0


def rule_example(form: Form, rule: Rule, lang: Lang) -> str:
    """Both sides with numbers that break the rule; empty if none of those tried does."""
    number = form.rules.index(rule)
    for one, prior in _reports(form, rule):
        judgement = judge_one(rule.bound, 0, one.values_with(prior))
        if judgement.verdict is Verdict.FAIL:
            said = equation(Teller(one, lang, prior), _finding(rule, number, judgement))
            return f"这样填就不成立：{said}。" if lang == "zh" else f"Filled in like this it does not hold: {said}."
    return ""


def _finding(rule: Rule, number: int, judgement: Judgement) -> Finding:
    left, right = judgement.left, judgement.right
    return Finding(rule_code(rule), rule.severity, rule.id, Verdict.FAIL, (), left, right, left - right, (number, 0))


def _reports(form: Form, rule: Rule) -> Iterator[tuple[Submission, Submission | None]]:
    """Reports that differ in the cells of the rule, with last year's where it speaks of that."""
    places = rule.bound.items(0)
    filled = places if len(places) <= _FILLED else (*places[: _FILLED // 2], *places[-(_FILLED // 2) :])
    level = next((level.id for level in form.levels if level.id not in rule.unless_level), "")
    this = [form.item_at(i) for i in places if i < len(form.items)]
    last = [form.item_at(i) for i in places if i >= len(form.items)]
    for chosen in product(*(_numbers(form, form.item_at(i)) for i in filled)):
        numbers = dict(zip(filled, chosen, strict=True))
        ours = {form.item_at(i): value for i, value in numbers.items() if i < len(form.items)}
        theirs = {form.item_at(i): value for i, value in numbers.items() if i >= len(form.items)}
        one = Submission(form, level=level if rule.unless_level else "", entries=_entries(this, ours))
        yield one, Submission(form, entries=_entries(last, theirs)) if last else None


def _numbers(form: Form, item: Item) -> Sequence[Number]:
    kind = form.entry_type(item)
    return _LESS if kind.signed else _MUCH if kind.quantity is Quantity.AMOUNT else _NUMBERS


def _entries(items: Sequence[Item], numbers: dict[Item, Number]) -> dict[Item, Entry]:
    return {item: Entry(State.NUMBER, numbers.get(item, 0)) for item in items}
