"""Sentences about relations between items: the arithmetic of both sides, and the most probable cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xlreport.arithmetic import quoted, scope, sides
from xlreport.finding import Change, Finding, fixes
from xlreport.form.model import Form, Rule
from xlreport.rules.bound import BoundComparison
from xlreport.rules.judge import holds, side_value
from xlreport.rules.nodes import Link, Number, Op, size
from xlreport.rules.sentence import IS, MUST, Lang, plain, several
from xlreport.wording.changes import blank, held, two_lines, way, whole_line
from xlreport.wording.teller import LISTED_CELLS, Teller, clip, strings

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
    if text.startswith(("as ", "the sum ")):  # our own words, no heading
        text = text[0].upper() + text[1:]
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
    space = " " if right[0] in "-0123456789" else ""
    return f"{left}{verb}{space}{right}" if t.zh else f"{left} {verb} {right}"


def balance(t: Teller, f: Finding) -> str:
    """An equation does not hold, with its most probable cause."""
    text = equation(t, f)
    if f.follows:
        text += t.two("；", "; ") + followers(t, f)
    text += t.two("。", ".")
    ways = fixes(f)
    if ways and not f.facts.get("tie"):
        return text + _suspicion(t, f, ways[0]) + _within(t, f) + _borne_out(t, f)
    if len(ways) == 1 and f.facts.get("denied"):
        return text + t.two(
            f"可能是{way(t, ways[0])}，但与文字部分写的数不合，不能肯定。请对照登记核对。",
            f" It may be {way(t, ways[0])}, but the text says otherwise. Check it against the register.",
        )
    if len(ways) == 1:
        return text + t.two(
            f"可能是{way(t, ways[0])}，但改动较大，光看数不能肯定。请对照登记核对。",
            f" It may be {way(t, ways[0])}, but that is an odd slip and the figures alone do not prove it. "
            "Check it against the register.",
        )
    if ways:
        told = t.two("；或", "; or ").join(way(t, one) for one in ways)
        if any(len(one) > 1 for one in ways):
            return text + t.two(
                f"最可能是下面几种改法之一，光看数分不出是哪一种：{told}。请对照登记核对这几格。",
                f" Most probably it is one of these, and the figures alone do not tell which: {told}. "
                "Check these cells against the register.",
            )
        return text + t.two(
            f"最可能是其中一处填错，光看数分不出是哪一处：{told}。请对照登记核对这几格。",
            f" One of these is most probably wrong, and the figures alone do not tell which: {told}. "
            "Check them against the register.",
        )
    if f.facts.get("unfinished"):
        return text + t.two(
            "错处太多，超出了查找的范围，没有查出是哪几格；请对照登记逐格核对这些关系里的数，改好一些以后再核对一次。",
            " There are too many mistakes for the search, which did not find out which cells are wrong; check the "
            "numbers in these relations against the register, and run the check again when some are right.",
        )
    return text + _remedy(t, f)


def followers(t: Teller, f: Finding, rest: Sequence[Finding] | None = None) -> str:
    """The other broken relations of the same cause (or these), in short; one of another kind is named."""
    alike: list[str] = []
    others: dict[str, list[str]] = {}
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
            name = quoted(t.two(rule.name, rule.name_en) or rule.short, t.lang)
            others.setdefault(name, []).append(f"{where}{column} {found}".strip())
    words = [t.two(f"{'、'.join(alike)}同样不符", f"likewise {', '.join(alike)}")] if alike else []
    if others:
        told = [
            t.two(f"{name}（{'、'.join(places)}）", f"{name} ({', '.join(places)})") for name, places in others.items()
        ]
        words.append(
            t.two(
                f"{'、'.join(told)}也不成立", f"{', '.join(told)} {'does' if len(told) == 1 else 'do'} not hold either"
            )
        )
    return t.two("；", "; ").join(words)


def _borne_out(t: Teller, f: Finding) -> str:
    """What the text sections say of the cell, where that is what it should be."""
    if not f.facts.get("quotes"):
        return ""
    quotes = t.two("、", ", ").join(quoted(clip(quote), t.lang) for quote in strings(f.facts["quotes"])[:LISTED_CELLS])
    return t.two(f"文字部分写的{quotes}与改后的数一致。", f" The text agrees with it: {quotes}.")


def relation_name(form: Form, relation: tuple[int, int], lang: Lang) -> str:
    """A rule's name and the row or column it is about."""
    rule = form.rules[relation[0]]
    name = (rule.name if lang == "zh" else rule.name_en) or rule.short
    where = scope(form, rule, relation[1])
    return (f"{name}（{where}）" if lang == "zh" else f"{name} ({where})") if where else name


def _suspicion(t: Teller, f: Finding, changes: Sequence[Change]) -> str:
    """The cell, what it holds, what it should be, and what then holds."""
    first, *rest = changes
    then = _then(t, f)
    kind = f.facts.get("kind")
    if kind == "added" and len(changes) == 2:
        return _put_to(t, changes, then)
    if kind == "shifted":
        return t.two(
            f"最可能是这 {len(changes)} 格的数都错了一格：{way(t, changes)}，改后{then}。请先核对这几格。",
            f" Most probably the numbers of these {len(changes)} cells stand one cell off: {way(t, changes)}; "
            f"then {then}. Check them first.",
        )
    if kind in {"swapped", "moved"} and len(changes) == 2:
        return _mixup(t, changes, then, swapped=kind == "swapped")
    if kind in {"line", "lines"}:
        return (whole_line if kind == "line" else two_lines)(t, changes, then)
    if len(changes) > 1 and kind is None:
        return t.two(
            f"最可能填错的是这 {len(changes)} 格：{way(t, changes)}；改后{then}。请先核对这几格。",
            f" Most probably these {len(changes)} cells are wrong: {way(t, changes)}; then {then}. Check them first.",
        )
    also = way(t, rest)
    also = t.two(f"（相应地{also}）", f" (and with it {also})") if also else ""
    empty = blank(t, first)
    if empty:
        now = t.two("没有填", "is blank")
    else:
        holds_it = held(t, first)
        now = t.two(f"填的是{holds_it}" if isinstance(first.found, str) else f"现为 {holds_it}", f"holds {holds_it}")
    verb = t.two("填" if empty else "改为", "with")
    name = t.name(first.item)
    return t.two(
        f"最可能填错的是{name}：{now}，{verb} {plain(first.expected)}{also or ' '}后{then}。请先核对这一格。",
        f" Most probably {name} is wrong: it {now}; {verb} {plain(first.expected)}{also} {then}. "
        "Check that cell first.",
    )


def _within(t: Teller, f: Finding) -> str:
    """That a number found under a tolerance is one of several that would do."""
    tolerances = [t.form.rules[one.relation[0]].bound.tolerance for one in (f, *f.follows) if one.relation]
    if not tolerances or not all(tolerances):
        return ""
    allowed = plain(max(tolerances))
    return t.two(
        f"这里允许差 {allowed}，确切的数以原始资料为准。",
        f" As {allowed} of difference is allowed here, take the exact number from the source.",
    )


def _then(t: Teller, f: Finding) -> str:
    """What holds once the fix is made."""
    if not f.facts.get("alone", True):
        return t.two(
            "连同别处的错误改好，这些关系就都成立", "these relations hold once the other mistakes are mended, too"
        )
    count = (f.relation is not None) + len(f.follows)
    if count == 1:
        return t.two("这个关系就成立", "the relation holds")
    return t.two(f"这 {count} 个关系就成立", "both relations hold" if count == 2 else f"all {count} relations hold")


def _put_to(t: Teller, changes: Sequence[Change], then: str) -> str:
    """A number that was added to that of the next cell."""
    lacks, holds_it = changes
    number, a, b = plain(lacks.expected), t.name(lacks.item), t.name(holds_it.item)
    return t.two(
        f"{number} 最可能填错了格：应在{a}，却加进了{b}（{way(t, changes)}），改后{then}。请先核对这两格。",
        f" Most probably {number} is in the wrong cell: it belongs in {a} and was added to {b} ({way(t, changes)}); "
        f"then {then}. Check both first.",
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


def mending(t: Teller, f: Finding) -> str:
    """What to do about a number that may not stand in its cell; the equations it breaks tell what it should be."""
    causes = fixes(f)[0] if f.facts.get("fixes") else ()
    if not causes:
        return t.two("请核对后改正。", "Check it and correct it.")
    told = equation(t, f.follows[0])
    more = t.two("；", "; ") + followers(t, f.follows[0], f.follows[1:]) if f.follows[1:] else ""
    also, then = way(t, causes[1:]), _then(t, f)
    also = t.two(f"（相应地{also}）", f" (and with it {also})") if also else ""
    number = plain(causes[0].expected)
    return t.two(
        f"{told}{more}；改为 {number}{also or ' '}后{then}。请先核对这一格。",
        f"{told}{more}; with {number}{also} {then}. Check that cell first.",
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
    name = t.name(f.parts[0].item)
    if f.facts.get("unsure"):
        now = t.number(f.facts["now"])
        return t.two(
            f"{name}没有填；现填各项之和是 {now}，但其中可能有填错的数（见另一条），查清以后按各项之和填上。",
            f"{name} is not filled; its parts now make {now}, but one of them may be wrong (told apart). Once that is "
            "clear, fill in their sum.",
        )
    addends = [plain(p.value) for p in f.parts[1:] if p.value]
    total = plain(f.left or 0)
    arithmetic = f"{' + '.join(addends[:8])}{' + …' if len(addends) > 8 else ''} = {total}"
    how = t.two(f"（{arithmetic}）", f" ({arithmetic})") if len(addends) > 1 else ""
    after = [Change(*one) for one in f.facts.get("after", ())]
    if f.facts.get("either"):
        now = t.number(f.facts["now"])
        zh, en = (f"，改正{way(t, after)}", f" with {way(t, after)} put right,") if after else ("", "")
        return t.two(
            f"{name}没有填；现填各项之和是 {now}{zh}；其中填错的数无论按哪一种改法改正，它都应为 {total}。请填上。",
            f"{name} is not filled; its parts now make {now};{en} whichever way the wrong number among them is mended, "
            f"it should be {total}. Fill it in.",
        )
    if after:
        now = t.number(f.facts["now"])
        return t.two(
            f"{name}没有填；现填各项之和是 {now}，改正{way(t, after)} 以后应为 {total}。请填上。",
            f"{name} is not filled; its parts now make {now}, and with {way(t, after)} put right "
            f"it should be {total}. Fill it in.",
        )
    return t.two(
        f"{name}没有填，应为 {total}{how}。请填上。",
        f"{name} is not filled; it should be {total}{how}. Fill it in.",
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
    rules, items = t.two("、", ", ").join(strings(f.facts["rules"])), t.some([p.item for p in f.parts])
    title, count = t.title(f.facts["table"]), f.facts["count"]
    return t.two(
        f"{title}有 {count} 个关系（{rules}）因有的格读不出数字，还不能核对：{items}。",
        f"{title}: {several(count, 'relation')} ({rules}) cannot be checked until there are numbers in {items}.",
    )
