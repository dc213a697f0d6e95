"""Sentences about relations between items: the arithmetic of both sides, and the most probable cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xlreport.arithmetic import quoted, scope, sides
from xlreport.finding import Finding
from xlreport.form.model import Item, Rule
from xlreport.rules.bound import BoundComparison
from xlreport.rules.judge import holds, side_value
from xlreport.rules.nodes import Link, Number, Op, size
from xlreport.rules.sentence import IS, MUST, plain
from xlreport.submission import State
from xlreport.wording.teller import Teller, clip, strings

_NOT = {Op.EQ: "≠", Op.NE: "=", Op.LE: ">", Op.GE: "<", Op.LT: "≥", Op.GT: "≤"}


def equation(t: Teller, f: Finding) -> str:
    """Scope, both sides with their arithmetic, and the difference; of a conditional rule its condition first."""
    if f.relation is None:
        return ""
    number, instance = f.relation
    rule = t.form.rules[number]
    given, comparison = _broken(t, rule, instance)
    where = scope(t.form, rule, instance)
    where = f"{where}：" if where and t.zh else f"{where}: " if where else ""
    reason = t.two("，且", " and ").join(_comparison(t, rule, one, instance, IS) for one in given)
    if rule.unless_level and t.submission.level.strip():
        level = clip(t.submission.level.strip())
        reason = t.two(f"单位层级是“{level}”", f"the unit's level is “{level}”")
    reason = t.two(f"{reason}，因此", f"as {reason}, ") if reason else ""
    text = where + reason + _comparison(t, rule, comparison, instance, MUST)
    if f.gap and comparison.op not in {Op.LT, Op.GT, Op.NE}:
        text += t.two(f"，差 {plain(size(f.gap))}", f"; off by {plain(size(f.gap))}")
    return text + _not_filled(t, rule, instance)


def _not_filled(t: Teller, rule: Rule, instance: int) -> str:
    """The blank totals in an equation that stand there with what their parts come to."""
    values = t.submission.values_with(t.prior)
    words = []
    for i in rule.bound.items(instance):
        if i < len(t.form.items) and i in values.blank and values.numbers[i]:
            name, number = t.name(t.form.items[i]), plain(values.numbers[i])
            words.append(
                t.two(f"{name}没有填，按各项之和 {number} 计", f"{name} is blank and counts as its sum {number}")
            )
    return t.two(f"（{'；'.join(words)}）", f" ({'; '.join(words)})") if words else ""


def _broken(t: Teller, rule: Rule, instance: int) -> tuple[Sequence[BoundComparison], BoundComparison]:
    """What holds and therefore asks for something, and the comparison that then does not hold."""
    numbers = t.submission.values_with(t.prior).numbers
    bound = rule.bound

    def broken(parts: Sequence[BoundComparison], tolerance: Number) -> BoundComparison | None:
        for part in parts:
            left, right = side_value(part.left, numbers, instance), side_value(part.right, numbers, instance)
            if not holds(part.op, left, right, tolerance):
                return part
        return None

    first = broken(bound.conclusion, bound.tolerance)
    if first is None and bound.link is Link.IFF and (other := broken(bound.premise, 0)):
        return bound.conclusion, other
    return bound.premise, first or bound.conclusion[0]


def _comparison(
    t: Teller, rule: Rule, comparison: BoundComparison, instance: int, verbs: Mapping[Op, tuple[str, str]]
) -> str:
    numbers = t.submission.values_with(t.prior).numbers
    left, right = sides(t.form, rule, comparison, instance, numbers, t.lang)
    verb = verbs[comparison.op][0 if t.zh else 1]
    return f"{left}{verb}{right}" if t.zh else f"{left} {verb} {right}"


def balance(t: Teller, f: Finding) -> str:
    """An equation does not hold, with its most probable cause."""
    text = equation(t, f)
    if f.follows:
        text += t.two("；", "; ") + followers(t, f)
    text += t.two("。", ".")
    causes = changes(f.facts.get("changes"))
    others = [changes(a) for a in listed(f.facts.get("alternatives"))]
    if causes:
        return text + _suspicion(t, f, causes)
    if others:
        ways = t.two("；或", "; or ").join(_way(t, way) for way in others)
        return text + t.two(f"可能是其中一处填错：{ways}。请核对这几格。", f" One of these may be wrong: {ways}.")
    return text + _remedy(t, f)


def followers(t: Teller, f: Finding, rest: Sequence[Finding] | None = None) -> str:
    """The other broken relations of the same cause (or these), in short; one of another kind is named."""
    alike: list[str] = []
    others: list[str] = []
    lead = t.form.rules[f.relation[0]].id if f.relation else f.rule
    for other in f.follows if rest is None else rest:
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
    item, found, _ = changes[0]
    blank = t.submission.entry(item).state is State.BLANK
    now = t.two("没有填", "is blank") if blank else t.two(f"现为 {plain(found)}", f"holds {plain(found)}")
    then = t.two("填" if blank else "改为", "with")
    return t.two(
        f"最可能填错的是{t.name(item)}：{now}，{then}{_mended(t, changes, 1 + len(f.follows))}。请先核对这一格。",
        f" Most probably {t.name(item)} is wrong: it {now}; {then}{_mended(t, changes, 1 + len(f.follows))}."
        " Check that cell first.",
    )


def _mended(t: Teller, changes: Sequence[tuple[Item, Number, Number]], count: int) -> str:
    """The number expected, what changes with it, and how many relations then hold."""
    also = t.two("，", ", ").join(f"{t.name(i)} {plain(a)}→{plain(b)}" for i, a, b in changes[1:])
    also = t.two(f"（相应地{also}）", f" (and with it {also})") if also else ""
    return t.two(
        f" {plain(changes[0][2])}{also or ' '}后{'这个关系' if count == 1 else f'这 {count} 个关系'}就成立",
        f" {plain(changes[0][2])}{also} {'the relation holds' if count == 1 else f'all {count} relations hold'}",
    )


def mending(t: Teller, f: Finding) -> str:
    """What to do about a number that may not stand in its cell; the equations it breaks tell what it should be."""
    causes = changes(f.facts.get("changes"))
    if not causes:
        return t.two("请核对后改正。", "Check it and correct it.")
    told = equation(t, f.follows[0])
    more = t.two("；", "; ") + followers(t, f.follows[0], f.follows[1:]) if f.follows[1:] else ""
    mended = _mended(t, causes, len(f.follows))
    return t.two(f"{told}{more}；改为{mended}。请先核对这一格。", f"{told}{more}; with{mended}. Check that cell first.")


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
