"""What there is to say about one item: where it is, what it holds, and the rules it takes part in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from xlreport.arithmetic import rule_sentence
from xlreport.checks.relations import roles
from xlreport.finding import Code, Role
from xlreport.form.evaluate import computed_items
from xlreport.form.layout import layout
from xlreport.form.model import Form, Rule
from xlreport.form.table import Item, Quantity
from xlreport.pages import LANGUAGES, rule_code, severities_on, severity_word
from xlreport.rules.formula import letters
from xlreport.rules.sentence import Lang
from xlreport.wording import ROLE_WORDS, SEVERITY_SIGNS, two


class Place(NamedTuple):
    """An item of a form."""

    form: Form
    item: Item


class Part(NamedTuple):
    """A rule that an item takes part in, and as what."""

    rule: Rule
    roles: tuple[Role, ...]


def _taking_part(place: Place) -> list[Part]:
    form, item = place
    own = {form.index[item]} | {len(form.items) + k for k, prior in enumerate(form.priors) if prior == item}
    found = []
    for rule in form.rules:
        here: dict[Role, None] = {}
        for instance in range(len(rule.bound.keys)):
            if own.isdisjoint(rule.bound.items(instance)):
                continue
            for i, role in roles(rule, instance):
                if i in own:
                    here[role if i < len(form.items) else Role.PRIOR] = None
        if here:
            found.append(Part(rule, tuple(here)))
    return found


def _role_words(part: Part, lang: Lang) -> str:
    """What an item is in a rule; a side of what is no equation is only a side."""
    words = []
    for role in part.roles:
        word = two(*ROLE_WORDS[role], lang)
        if role is Role.PRIOR:
            word = two("下一年核对时的上年数", "last year's number in next year's check", lang)
        words.append(word)
    return two("、", ", ", lang).join(words)


def _filled(place: Place) -> dict[Lang, str]:
    """What may stand in an item, and how it gets there."""
    kind = place.form.entry_type(place.item)
    zh, en = {
        Quantity.COUNT: ("0 或正整数", "0 or a positive integer"),
        Quantity.SIGNED: ("整数，减少填负数", "an integer, negative for a decrease"),
        Quantity.AMOUNT: (f"0 或正数，最多 {kind.decimals} 位小数", f"0 or more, at most {kind.decimals} decimals"),
    }[kind.quantity]
    if kind.unit:
        zh, en = f"{zh}，单位：{kind.unit}", f"{en}, in {kind.unit}"
    if place.item in computed_items(place.form):
        zh, en = f"{zh}。由公式计算，不用填", f"{en}. Computed by a formula"
    elif place.form.is_total(place.item):
        zh, en = f"{zh}。由填报人填写，应等于各项之和", f"{en}. A typed total: the sum of its parts"
    else:
        zh, en = f"{zh}。由填报人填写", f"{en}. Typed"
    return {"zh": f"{zh}。", "en": f"{en}."}


def _blank(place: Place) -> dict[Lang, str]:
    """What it means if nothing stands in an item."""
    form, item = place
    grave = {code: severities_on(form, code)[0] for code in (Code.E301, Code.B402)}
    words = {lang: {code: severity_word(s, lang) for code, s in grave.items()} for lang in LANGUAGES}
    if not form.is_total(item):
        return {
            "zh": f"按 0 参加求和，另作为没有填告知（E301，{words['zh'][Code.E301]}）。没有发生请填 0。",
            "en": f"Counts as 0 in sums and is told as blank (E301, {words['en'][Code.E301]}). "
            "Enter 0 if nothing happened.",
        }
    zh, en = ("公式被清除的，", "Where the formula was cleared: ") if item in computed_items(form) else ("", "")
    return {
        "zh": f"{zh}各项有不为 0 的数时，是总计没有填（B402，{words['zh'][Code.B402]}），其他核对按各项之和计算；"
        f"否则作为没有填告知（E301，{words['zh'][Code.E301]}）。",
        "en": f"{en}beside a part that is not 0 the total is not filled in (B402, {words['en'][Code.B402]}) and the "
        f"other checks take the sum of its parts; else it is told as blank (E301, {words['en'][Code.E301]}).",
    }


def _address(place: Place) -> tuple[str, str]:
    cell = layout(place.form).cells[place.item]
    return cell.sheet, f"{letters(cell.col)}{cell.row + 1}"


def _alias(place: Place) -> str | None:
    """The item's name with the ASCII aliases of the definition, if it has any."""
    table = place.form.tables[place.item.table]
    row, column = table.rows.by_id[place.item.row], table.columns.by_id[place.item.column]
    name = f"{table.alias or table.id}!{row.alias or row.id}@{column.alias or column.id}"
    return None if name == str(place.item) else name


def item_text(place: Place, lang: Lang) -> Iterator[str]:
    """The lines of an item's page."""
    form, item = place
    table = form.tables[item.table]
    alias = _alias(place)
    also = two(f"（{alias}）", f" ({alias})", lang) if alias else ""
    yield f"{form.name}  {item}{also}"
    sheet, cell = _address(place)
    yield two("栏目：", "Label: ", lang) + table.label(item)
    yield two("表：", "Table: ", lang) + table.title
    yield two("位置：", "Cell: ", lang) + f"{sheet}!{cell}"
    yield two("填什么：", "Holds: ", lang) + _filled(place)[lang]
    yield two("空着：", "If blank: ", lang) + _blank(place)[lang]
    parts = _taking_part(place)
    if not parts:
        yield two("规则：没有规则用到这一格。", "Rules: none uses this cell.", lang)
        return
    yield two("规则：", "Rules:", lang)
    for part in parts:
        sign, code = SEVERITY_SIGNS[part.rule.severity], rule_code(part.rule).name
        said = rule_sentence(form, part.rule, lang)
        role = _role_words(part, lang)
        yield f"  {sign} {part.rule.id} {code}  " + two(f"作为{role}：{said}。", f"as {role}: {said}.", lang)


def item_facts(place: Place) -> dict[str, Any]:
    """The same for programs."""
    form, item = place
    table, kind = form.tables[item.table], form.entry_type(item)
    sheet, cell = _address(place)
    return {
        "form": form.name,
        "item": str(item),
        "alias": _alias(place),
        "table": {"id": table.id, "title": table.title},
        "row": {"id": item.row, "path": list(table.rows.by_id[item.row].path)},
        "column": {"id": item.column, "path": list(table.columns.by_id[item.column].path)},
        "label": table.label(item),
        "sheet": sheet,
        "cell": cell,
        "type": {"quantity": kind.quantity.value, "unit": kind.unit, "decimals": kind.decimals},
        "total": form.is_total(item),
        "computed": item in computed_items(form),
        "holds": _filled(place),
        "blank": _blank(place),
        "rules": [
            {
                "id": part.rule.id,
                "severity": part.rule.severity.value,
                "code": rule_code(part.rule).name,
                "roles": [role.value for role in part.roles],
                "sentence": {lang: rule_sentence(form, part.rule, lang) for lang in LANGUAGES},
            }
            for part in _taking_part(place)
        ],
    }
