"""What the items amount to: totals recomputed from what was typed, blanks given their meaning.

The numbers that `rules.judge` works with. Stored formula results play no part.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from xlreport.form.layout import Layout
from xlreport.form.model import Form, Rule
from xlreport.form.table import Fill, Item
from xlreport.rules.formula import Address, Sheet
from xlreport.rules.judge import Judgement, Values, Verdict, judge_one
from xlreport.rules.nodes import Number

# What people write for "nothing here". As good as blank for the relations, in the sheet as in the check: one dash must
# not switch a check off. `notation` knows more spellings.
PLACEHOLDERS = (
    *("无", "没有", "空", "暂无", "不适用", "不涉及", "N/A", "NA"),
    *("/", "／", "-", "--", "－", "－－", "–", "—", "——", "―", "*", "…", "……", "~"),
)


def is_placeholder(text: str) -> bool:
    """Whether a text is one of the placeholders or nothing but spaces, as the sheet's own formulas compare them."""
    bare = " ".join(word for word in text.replace("\N{IDEOGRAPHIC SPACE}", " ").split(" ") if word)
    return bare.upper() in PLACEHOLDERS or not bare


def evaluate(
    form: Form,
    numbers: Mapping[Item, Number],
    unreadable: Collection[Item] = (),
    computed: Collection[Item] = (),
    priors: Mapping[Item, Number] | None = None,
) -> Values:
    """The value of every item by index.

    `numbers` has the typed items that hold a number, `unreadable` those that hold words; what is in neither is blank
    or a placeholder, which comes to the same. `computed` are the totals that the workbook works out by formula.
    `priors` has last year's items; one that is not there leaves its rules not applicable.
    """
    index, items = form.index, form.items
    results: list[Number] = [0] * len(items)
    blank: set[int] = set()
    bad: set[int] = {index[item] for item in unreadable}
    pending: list[int] = []
    computed = set(computed)
    for i, item in enumerate(items):
        number = numbers.get(item)
        if item in computed:
            pending.append(i)
        elif number is not None:
            results[i] = number
        else:
            if i not in bad:
                blank.add(i)
            if form.is_total(item):  # where words stand in its place, a formula above it takes its parts, too
                pending.append(i)
    waiting = set(pending)
    hollow = blank | bad  # without a number, and no number below it either; a formula there shows nothing

    def settle(i: int) -> None:
        waiting.discard(i)
        parts = [index[part] for part in parts_of(form, items[i], items[i] in computed)]
        for part in parts:
            if part in waiting:
                settle(part)
        results[i] = sum((results[part] for part in parts), 0)
        if any(part in bad for part in parts):
            bad.add(i)
        if any(part not in hollow for part in parts):
            hollow.discard(i)
        elif items[i] in computed and parts:
            hollow.add(i)
            blank.add(i)

    for i in pending:
        if i in waiting:
            settle(i)
    absent: set[int] = set()
    for k, item in enumerate(form.priors):
        value = (priors or {}).get(item)
        results.append(value or 0)
        if value is None:
            absent.add(len(items) + k)
    return Values(results, blank, bad, absent, any_special=bool(blank or bad or absent), hollow=hollow)


def parts_of(form: Form, item: Item, computed: bool) -> tuple[Item, ...]:
    """The parts of a total: as the workbook computes it, or as a blank one is filled in."""
    return (computed_parts(form, item) if computed else ()) or form.total_parts(item)


def computed_parts(form: Form, item: Item) -> tuple[Item, ...]:
    """What the formula of a computed total adds: down its column if its row is a total, else across its row."""
    return form.computed(item, Fill.FORMULA)


def computed_items(form: Form, totals: Fill | None = None) -> frozenset[Item]:
    """The totals that a workbook made with this choice works out by formula."""
    return frozenset(item for item in form.items if form.computed(item, totals))


def judge_rule(rule: Rule, instance: int, values: Values, level: str | None) -> Judgement:
    """One instance of a rule, with the unit's level taken into account where the rule asks for it."""
    if rule.unless_level and level and level in rule.unless_level:
        return Judgement(rule.bound, instance, Verdict.NOT_APPLICABLE, 0, 0)
    judgement = judge_one(rule.bound, instance, values)
    if rule.unless_level and not level and judgement.verdict is Verdict.FAIL:
        return judgement._replace(verdict=Verdict.INCOMPLETE)
    return judgement


def formula_sheet(
    form: Form, layout: Layout, home: str, computed: Collection[Item], places: Mapping[Item, Address] | None = None
) -> Sheet:
    """What the Excel face of the rules must know, for formulas that stand on sheet `home`."""
    items, index = form.items, form.index

    def address(i: int) -> Address:
        cell = (places or layout.cells)[items[i]]
        return Address(*cell)

    def parts(i: int) -> Sequence[int]:
        item = items[i]
        return [index[part] for part in parts_of(form, item, item in computed)]

    return Sheet(address, parts, lambda i: items[i] in computed, home, PLACEHOLDERS)
