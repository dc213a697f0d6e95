"""Sentences about relations between items: the arithmetic of both sides, and the most probable cause."""

from __future__ import annotations

from collections.abc import Sequence

from xlreport.arithmetic import quoted, scope, sides
from xlreport.finding import Finding
from xlreport.form.model import Item
from xlreport.rules.nodes import Number, Op, size
from xlreport.rules.sentence import MUST, plain
from xlreport.submission import State
from xlreport.wording.teller import Teller, strings

_NOT = {Op.EQ: "≠", Op.NE: "=", Op.LE: ">", Op.GE: "<", Op.LT: "≥", Op.GT: "≤"}


def equation(t: Teller, f: Finding) -> str:
    """Scope, both sides with their arithmetic, and the difference."""
    if f.relation is None:
        return ""
    number, instance = f.relation
    rule = t.form.rules[number]
    comparison = rule.bound.conclusion[0]
    values = t.submission.values_with(t.prior)
    left, right = sides(t.form, rule, comparison, instance, values.numbers, t.lang)
    where = scope(t.form, rule, instance)
    where = f"{where}：" if where and t.zh else f"{where}: " if where else ""
    verb = MUST[comparison.op][0 if t.zh else 1]
    gap = plain(size(f.gap or 0))
    if t.zh:
        return f"{where}{left}{verb}{right}" + (f"，差 {gap}" if f.gap else "")
    return f"{where}{left} {verb} {right}" + (f"; off by {gap}" if f.gap else "")


def balance(t: Teller, f: Finding) -> str:
    """An equation does not hold, with its most probable cause."""
    text = equation(t, f)
    if f.follows:
        text += t.two("；", "; ") + followers(t, f)
    text += t.two("。", ".")
    others = [changes(a) for a in listed(f.facts.get("fixes"))]
    if others and not f.facts.get("tie"):
        return text + _suspicion(t, f, others[0])
    if others:
        ways = t.two("；或", "; or ").join(_way(t, way) for way in others)
        return text + t.two(f"可能是其中一处填错：{ways}。请核对这几格。", f" One of these may be wrong: {ways}.")
    return text + _remedy(t, f)


def followers(t: Teller, f: Finding) -> str:
    """The other broken relations of the same cause, in short; one of another kind is named."""
    alike: list[str] = []
    others: list[str] = []
    lead = t.form.rules[f.relation[0]].id if f.relation else f.rule
    for other in f.follows:
        if other.relation is None:
            continue
        number, instance = other.relation
        rule = t.form.rules[number]
        where = scope(t.form, rule, instance)
        found = f"{plain(other.left or 0)} {_NOT[rule.bound.conclusion[0].op]} {plain(other.right or 0)}"
        column = "列" if rule.bound.keys[instance][1] and t.zh else ""
        if rule.id == lead:
            alike.append(t.two(f"{where}{column}（{found}）", f"{where} ({found})"))
        else:
            name = quoted(t.two(rule.name, rule.name_en) or rule.id, t.lang)
            others.append(t.two(f"{name}（{where}{column} {found}）", f"{name} ({where} {found})").replace("（ ", "（"))
    words = [t.two(f"{'、'.join(alike)}同样不符", f"likewise {', '.join(alike)}")] if alike else []
    if others:
        words.append(t.two(f"{'、'.join(others)}也不成立", f"nor does {', '.join(others)} hold"))
    return t.two("；", "; ").join(words)


def _way(t: Teller, changes: Sequence[tuple[Item, Number, Number]]) -> str:
    return t.two("，", ", ").join(f"{t.name(i)} {plain(a)}→{plain(b)}" for i, a, b in changes)


def _suspicion(t: Teller, f: Finding, changes: Sequence[tuple[Item, Number, Number]]) -> str:
    item, found, expected = changes[0]
    rest = changes[1:]
    also = t.two("，", ", ").join(f"{t.name(i)} {plain(a)}→{plain(b)}" for i, a, b in rest)
    also = t.two(f"（相应地{also}）", f" (and with it {also})") if also else ""
    count = 1 + len(f.follows)
    blank = t.submission.entry(item).state is State.BLANK
    now = t.two("没有填", "is blank") if blank else t.two(f"现为 {plain(found)}", f"holds {plain(found)}")
    then = t.two("填" if blank else "改为", "with")
    return t.two(
        f"最可能填错的是{t.name(item)}：{now}，{then} {plain(expected)}{also or ' '}"
        f"后{'这个关系' if count == 1 else f'这 {count} 个关系'}就成立。请先核对这一格。",
        f" Most probably {t.name(item)} is wrong: it {now}; {then} {plain(expected)}{also} "
        f"{'the relation holds' if count == 1 else f'all {count} relations hold'}. Check that cell first.",
    )


def _remedy(t: Teller, f: Finding) -> str:
    if f.relation is None:
        return ""
    rule = t.form.rules[f.relation[0]]
    remedy = t.two(rule.remedy, rule.remedy_en)
    return remedy if t.zh or not remedy else f" {remedy}"


def relation(t: Teller, f: Finding) -> str:
    """A comparison or condition does not hold."""
    text = equation(t, f)
    if f.follows:
        text += t.two("；", "; ") + followers(t, f)
    return text + t.two("。", ".") + _remedy(t, f)


def total(t: Teller, f: Finding) -> str:
    """A total is blank beside filled parts."""
    addends = [plain(p.value) for p in f.parts[1:] if p.value]
    total = plain(f.left or 0)
    arithmetic = f"{' + '.join(addends[:8])}{' + …' if len(addends) > 8 else ''} = {total}"
    how = t.two(f"（{arithmetic}）", f" ({arithmetic})") if len(addends) > 1 else ""
    return t.two(
        f"{t.name(f.parts[0].item)}没有填，应为 {total}{how}。请填上。",
        f"{t.name(f.parts[0].item)} is not filled; it should be {total}{how}. Fill it in.",
    )


def undecided(t: Teller, f: Finding) -> str:
    """Relations that cannot be judged yet."""
    if f.facts["reason"] == "level":
        rule = t.form.rules[f.relation[0]] if f.relation else None
        about = t.two(rule.name, rule.name_en) if rule else ""
        item, value = t.name(f.parts[0].item), t.number(f.parts[0].value)
        return t.two(
            f"没有填（或填的不是可选的）单位层级，不能判断“{about}”（{item}为 {value}）。请在封面选择单位层级。",
            f"The unit's level is not stated (or not a known one), so “{about}” cannot be judged "
            f"({item} is {value}). Choose it on the cover.",
        )
    rules, items = "、".join(strings(f.facts["rules"])), t.some([p.item for p in f.parts])
    title, count = t.title(f.facts["table"]), f.facts["count"]
    return t.two(
        f"{title}有 {count} 个关系（{rules}）因有的格读不出数字，还不能核对：{items}。",
        f"{title}: {count} relations ({rules}) cannot be checked until these are numbers: {items}.",
    )


def changes(value: object) -> list[tuple[Item, Number, Number]]:
    """The changes that a cause means, from a finding's facts: item, found, expected."""
    return [(i, a, b) for i, a, b in value] if isinstance(value, (list, tuple)) else []


def listed(value: object) -> list[object]:
    """A list in a finding's facts."""
    return list(value) if isinstance(value, (list, tuple)) else []
