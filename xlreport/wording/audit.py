"""What an audit of a form's rules found, in words for the office that issues it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xlreport.form.audit import FARTHEST, Audit, Sight
from xlreport.form.model import Form
from xlreport.form.soundness import Instance
from xlreport.form.table import Item
from xlreport.rules.sentence import Lang, several

SHOWN = 8  # as many cells, rows or rules are named
_WAYS = {
    "typed": ("总计全部填写", "all totals typed"),
    "default": ("按报表定义", "totals as the form has them"),
    "formula": ("总计全部用公式", "all totals by formula"),
}


def audit_lines(form: Form, found: Audit, lang: Lang) -> Iterator[str]:
    """The whole report."""
    zh = lang == "zh"
    extra = len(found.implied)
    yield (
        f"{form.title}（{form.edition}）：{found.cells} 格，{found.equations} 个等式，其中 {extra} 个由其余的推出。"
        if zh
        else f"{form.title_en or form.title} ({form.edition}): {several(found.cells, 'cell')}, "
        f"{several(found.equations, 'equation')}; {extra} of them can be had from the others."
    )
    yield ""
    yield (
        "改错一格，等式看得出来的占多少、指得出是哪一格的占多少；最少几格一起改错会全都看不出："
        if zh
        else "One cell wrong: how many the equations notice and name; the fewest that can be wrong unseen (distance):"
    )
    for way, sight in found.sights.items():
        yield f"  {_WAYS[way][0 if zh else 1]}{'：' if zh else ': '}{_sight(sight, zh=zh)}"
    if found.tolerant:
        yield (
            "  （有的等式允许差；在允许差以内的改动看不出来，以上按超出允许差的改动计。）"
            if zh
            else "  (Some equations allow a difference: changes within it go unseen; counted are those beyond it.)"
        )
    yield ""
    yield "分表来看：" if zh else "By table:"
    for table in found.tables:
        for way, sight in table.sights.items():
            if way == "typed" or sight != table.sights["typed"]:
                name = _WAYS[way][0 if zh else 1]
                yield f"  {table.table} {name}{'：' if zh else ': '}{_sight(sight, zh=zh)}"
    yield ""
    typed, formula = found.sights["typed"], found.sights["formula"]
    before, after = _share(typed.located, typed.cells), _share(formula.located, formula.cells)
    default = _share(found.sights["default"].located, found.sights["default"].cells)
    if before == after:
        yield (
            f"把总计锁成公式：指得出哪一格的仍是 {before}（按报表定义为 {default}）。"
            if zh
            else f"Locking totals as formulas: the share of cells named remains {before} "
            f"(as the form has them: {default})."
        )
    else:
        yield (
            f"把总计锁成公式：指得出哪一格的从 {before} 变为 {after}（按报表定义为 {default}）。"
            if zh
            else f"Locking totals as formulas: the share of cells named goes from {before} to {after} "
            f"(as the form has them: {default})."
        )
    yield from _list(zh, "没有任何规则看的格", "Cells that no rule looks at", [_item(form, i) for i in found.no_rule])
    yield from _list(
        zh, "由其他等式推出的规则", "Equations implied by others", [_rule(form, i, zh=zh) for i in found.implied]
    )
    yield from lint_lines(form, found, lang)
    alike = found.sights["typed"].alike
    pairs = sum(len(group) * (len(group) - 1) // 2 for group in alike)
    words = [_group(form, group, zh=zh) for group in alike]
    yield from _list(
        zh,
        f"分不清的格（{pairs} 对）",
        f"Cells that cannot be told apart ({several(pairs, 'pair')})",
        words,
        none=not alike,
    )
    unseen = list(_unseen(form, found, zh=zh))
    yield from _list(
        zh,
        "一份表里没有规则看得出来的（与上年报告对照的规则另算）",
        "What no rule can see within one report (rules against last year's are apart)",
        unseen,
    )


def _unseen(form: Form, found: Audit, *, zh: bool) -> Iterator[str]:
    for table in found.tables:
        if table.scaling:
            yield f"{table.table}：整张表一起放大或缩小" if zh else f"{table.table}: the whole table scaled"
        for what, groups in (
            (("行", "rows", form.tables[table.table].rows), table.swapped_rows),
            (("列", "columns", form.tables[table.table].columns), table.swapped_columns),
        ):
            for group in groups:
                names = _some([what[2].short[one] for one in group], zh=zh)
                yield f"{table.table}：{what[0]}互换 {names}" if zh else f"{table.table}: {what[1]} swapped: {names}"
    for tables in found.scaled_together:
        names = ("、" if zh else ", ").join(tables)
        yield f"{names}：几张表一起放大或缩小" if zh else f"{names}: all of them scaled alike"


def lint_lines(form: Form, found: Audit, lang: Lang) -> Iterator[str]:
    """Only what the author of the definition should mend."""
    zh = lang == "zh"
    clashes = [
        (" 与 " if zh else " against ").join(_rule(form, i, zh=zh) for i in group) for group in found.contradictory
    ]
    yield from _list(zh, "互相矛盾的规则", "Contradictory rules", clashes)
    title = "总计填对时永远不会不成立的规则", "Rules that can never fail while the totals are right"
    yield from _list(zh, *title, [_rule(form, i, zh=zh) for i in found.never])


def _sight(sight: Sight, *, zh: bool) -> str:
    far = f"> {min(FARTHEST, sight.cells)}" if sight.distance is None else str(sight.distance)
    if sight.distance is None and sight.cells <= FARTHEST:
        far = "—" if zh else "none"
    detected, located = _share(sight.detected, sight.cells), _share(sight.located, sight.cells)
    if zh:
        return f"填写 {sight.cells} 格，看得出 {detected}，指得出 {located}，" + (
            "不论几格一起改错都看得出" if far == "—" else f"最少 {far} 格"
        )
    return f"{several(sight.cells, 'cell')} typed, {detected} noticed, {located} named, distance {far}"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "—"


def _item(form: Form, item: Item) -> str:
    return f"{item.table} {form.short(item)}"


def _rule(form: Form, one: Instance, *, zh: bool) -> str:
    """A rule's id, and the row or column it is looked at for as the form prints it."""
    of = next((r for r in form.rules if one.rule in {r.id, r.short} and (one.row, one.column) in r.bound.keys), None)
    place = "@".join(part for part in (one.row, one.column) if part)
    if of is not None and place:
        table = form.tables[of.table]
        short = [table.rows.short[one.row]] if one.row else []
        place = " / ".join([*short, *([table.columns.short[one.column]] if one.column else [])])
    return (f"{one.rule}（{place}）" if zh else f"{one.rule} ({place})") if place else one.rule


def _group(form: Form, items: Sequence[Item], *, zh: bool) -> str:
    return f"{items[0].table} {_some([form.short(item) for item in items], zh=zh)}"


def _some(names: Sequence[str], *, zh: bool) -> str:
    shown = "、".join(names[:SHOWN]) if zh else ", ".join(names[:SHOWN])
    more = len(names) - SHOWN
    return shown + ((f" 等 {len(names)} 个" if zh else f" and {more} more") if more > 0 else "")


def _list(zh: bool, title: str, title_en: str, names: Sequence[str], *, none: bool = False) -> Iterator[str]:
    if not names or none:
        yield f"{title}：无" if zh else f"{title_en}: none"
        return
    yield f"{title}：" if zh else f"{title_en}:"
    yield from (f"  {name}" for name in names[: SHOWN * 3])
    if len(names) > SHOWN * 3:
        yield f"  …… 共 {len(names)} 个" if zh else f"  … {len(names)} in all"
