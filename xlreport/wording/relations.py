"""Sentences about relations between items: the arithmetic of both sides, and the most probable cause."""

from __future__ import annotations

from collections.abc import Sequence

from xlreport.arithmetic import quoted, scope, sides
from xlreport.finding import Change, Finding, fixes
from xlreport.rules.nodes import Op, size
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
    ways = fixes(f)
    if ways and not f.facts.get("tie"):
        return text + _suspicion(t, f, ways[0])
    if ways:
        told = t.two("；或", "; or ").join(way(t, one) for one in ways)
        return text + t.two(
            f"最可能是其中一处填错，光看数分不出是哪一处：{told}。请对照登记核对这几格。",
            f" One of these is most probably wrong, and the figures alone do not tell which: {told}. "
            "Check them against the register.",
        )
    if f.facts.get("unfinished"):
        text += t.two(
            "错的格较多，光看数找不出是哪几格；请对照登记逐格核对，改好一些以后再核对一次。",
            " Too many cells are wrong for the figures to tell which; check them against the register, and again when "
            "some are right.",
        )
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


def way(t: Teller, changes: Sequence[Change]) -> str:
    """What one way to put it right changes."""
    return t.two("，", ", ").join(change_words(t, change, t.name(change.item)) for change in changes)


def change_words(t: Teller, change: Change, place: str) -> str:
    """`place 2→0`; a blank is called so."""
    found = t.two("空", "blank") if _blank(t, change) else t.number(change.found)
    return f"{place} {found}→{plain(change.expected)}"


def _blank(t: Teller, change: Change) -> bool:
    return change.found is None or t.submission.entry(change.item).state is State.BLANK


def _suspicion(t: Teller, f: Finding, changes: Sequence[Change]) -> str:
    """The cell, what it holds, what it should be, and what then holds."""
    first, *rest = changes
    count = 1 + len(f.follows)
    if f.facts.get("alone", True):
        then = t.two(
            f"{'这个关系' if count == 1 else f'这 {count} 个关系'}就成立",
            f"{'the relation holds' if count == 1 else f'all {count} relations hold'}",
        )
    else:
        then = t.two(
            "连同别处的错误改好，这些关系就都成立", "these relations hold once the other mistakes are mended, too"
        )
    kind = f.facts.get("kind")
    if kind in {"swapped", "moved"} and len(changes) == 2:
        return _mixup(t, changes, then, swapped=kind == "swapped")
    if len(changes) > 1 and kind is None:
        return t.two(
            f"最可能填错的是这 {len(changes)} 格：{way(t, changes)}；改后{then}。请先核对这几格。",
            f" Most probably these {len(changes)} cells are wrong: {way(t, changes)}; then {then}. Check them first.",
        )
    also = way(t, rest)
    also = t.two(f"（相应地{also}）", f" (and with it {also})") if also else ""
    blank = _blank(t, first)
    now = (
        t.two("没有填", "is blank")
        if blank
        else t.two(f"现为 {t.number(first.found)}", f"holds {t.number(first.found)}")
    )
    verb = t.two("填" if blank else "改为", "with")
    name = t.name(first.item)
    return t.two(
        f"最可能填错的是{name}：{now}，{verb} {plain(first.expected)}{also or ' '}后{then}。请先核对这一格。",
        f" Most probably {name} is wrong: it {now}; {verb} {plain(first.expected)}{also} {then}. "
        "Check that cell first.",
    )


def _mixup(t: Teller, changes: Sequence[Change], then: str, *, swapped: bool) -> str:
    a, b = changes
    if swapped:
        return t.two(
            f"最可能是{t.name(a.item)}和{t.name(b.item)}两格填反了：{way(t, changes)}，改后{then}。请先核对这两格。",
            f" Most probably {t.name(a.item)} and {t.name(b.item)} stand in each other's cell: {way(t, changes)}; "
            f"then {then}. Check both first.",
        )
    source, target = (a, b) if a.expected else (b, a)
    return t.two(
        f"{t.number(target.found)} 最可能填错了格：应在{t.name(source.item)}，却填在{t.name(target.item)}"
        f"（{way(t, (source, target))}），改后{then}。请先核对这两格。",
        f" Most probably {t.number(target.found)} is in the wrong cell: it belongs in {t.name(source.item)}, not in "
        f"{t.name(target.item)} ({way(t, (source, target))}); then {then}. Check both first.",
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
