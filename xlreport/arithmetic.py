"""The sums of a broken relation as a person would write them down: `1 + 2 = 3`, zeros left out of long ones."""

from __future__ import annotations

from collections.abc import Sequence

from xlreport.form.model import Form, Rule
from xlreport.rules.bound import BoundComparison, BoundSide
from xlreport.rules.nodes import Comparison, Number, Ref, size
from xlreport.rules.sentence import LISTED, Lang, Namer, plain, sentence, side

SHOWN = 8  # as many addends are written out


def quoted(text: str, lang: Lang) -> str:
    """A printed label inside a sentence."""
    return f"「{text}」" if lang == "zh" else f"“{text}”"


def namer(form: Form, rule: Rule) -> Namer:
    """What the form prints where the rule names a place."""

    def name(ref: Ref, lang: Lang) -> str:
        table = form.find_table(ref.table) if ref.table else form.tables[rule.table]
        if table is None:
            return ref.name
        prefix = ""
        if table.id != rule.table:
            prefix = f"表{table.id}" if lang == "zh" else f"table {table.id} "
        if ref.column is not None:
            row, column = table.rows.find(ref.name), table.columns.find(ref.column)
            first = table.rows.short[row.id] if row else ref.name
            words = f"{first} / {table.columns.short[column.id] if column else ref.column}"
        elif row := table.rows.find(ref.name):
            words = table.rows.short[row.id]
        else:
            heading = table.columns.find(ref.name)
            words = table.columns.short[heading.id] if heading else ref.name
        return prefix + quoted(words, lang)

    return name


def rule_sentence(form: Form, rule: Rule, lang: Lang) -> str:
    """The rule in printed words."""
    return sentence(rule.statement, namer(form, rule), lang)


def sum_text(numbers: Sequence[tuple[Number, Number]], constant: Number, total: Number) -> str:
    """`1 + 2 = 3` for (factor, number) pairs; a single number stands alone."""
    shown = [(f, n) for f, n in numbers if n] if len(numbers) > LISTED else list(numbers)
    if len(numbers) == 1 and numbers[0][0] == 1 and not constant:
        return plain(total)
    words = ""
    for factor, number in shown[:SHOWN]:
        times = size(factor)
        text = plain(number) if times == 1 else f"{plain(times)} × {plain(number)}"
        if number < 0 and (words or factor < 0):
            text = f"({text})"
        words += text if not words and factor > 0 else f" {'-' if factor < 0 else '+'} {text}"
    if len(shown) > SHOWN:
        words += " + …"
    if constant:
        words += f" {'-' if constant < 0 else '+'} {plain(size(constant))}" if words else plain(constant)
    if not words or words.strip() == plain(total):
        return plain(total)
    return f"{words.strip()} = {plain(total)}"


def sides(
    form: Form, rule: Rule, comparison: BoundComparison, instance: int, numbers: Sequence[Number], lang: Lang
) -> tuple[str, str]:
    """Both sides of a comparison of the rule, for one instance, in words with their arithmetic."""
    part = _said(rule, comparison)
    name = namer(form, rule)
    found = []
    for said, bound in ((part.left, comparison.left), (part.right, comparison.right)):
        words = side(said, name, lang)
        arithmetic = _arithmetic(bound, instance, numbers)
        if not said.terms:
            found.append(f" {words}" if lang == "zh" else words)
        else:
            found.append(f"{words}（{arithmetic}）" if lang == "zh" else f"{words} ({arithmetic})")
    return found[0], found[1]


def _said(rule: Rule, comparison: BoundComparison) -> Comparison:
    """The comparison as it is written."""
    premise = rule.statement.premise.parts if rule.statement.premise else ()
    written = zip((*premise, *rule.statement.conclusion.parts), rule.bound.comparisons(), strict=True)
    return next(said for said, bound in written if bound is comparison)


def _arithmetic(bound: BoundSide, instance: int, numbers: Sequence[Number]) -> str:
    pairs = [(f, numbers[i]) for f, i in zip(bound.factors, bound.places[instance], strict=True)]
    total = sum((f * n for f, n in pairs), bound.constant)
    return sum_text(pairs, bound.constant, total)


def scope(form: Form, rule: Rule, instance: int) -> str:
    """The row or column that an instance holds for, in printed words; empty where the rule names single cells."""
    row, column = rule.bound.keys[instance]
    table = form.tables[rule.table]
    if column is not None:
        return table.columns.short[column]
    if row is not None and len(table.rows.leaves) > 1:
        return table.rows.short[row]
    items = [form.item_at(i) for i in rule.bound.items(instance)]
    groups = {table.columns.by_id[i.column].path[:-1] for i in items if i.table == table.id}
    if len(groups) == 1 and (group := groups.pop()):
        return "/".join(group)
    return ""
