"""Sentences about last year's report, about what the text sections say, and about adding reports up."""

from __future__ import annotations

from xlreport.finding import Finding
from xlreport.rules.sentence import plain
from xlreport.wording.teller import Teller, clip, pairs, strings


def copied(t: Teller, f: Finding) -> str:
    """A table is last year's."""
    return t.two(
        f"{t.title(f.facts['table'])}与上年报告完全相同（{f.facts['count']} 个非零数）。请核对是不是误用了上年的数。",
        f"{t.title(f.facts['table'])} is identical to last year's (numbers other than 0: {f.facts['count']}). "
        "Check that last year's were not used again.",
    )


def jump(t: Teller, f: Finding) -> str:
    """A number changed more than tenfold."""
    return t.two(
        f"{t.name(f.parts[0].item)}由上年的 {t.number(f.right)} 变为 {t.number(f.left)}，"
        "相差十倍以上。请核对数字和单位。",
        f"{t.name(f.parts[0].item)} went from {t.number(f.right)} to {t.number(f.left)}, more than tenfold. "
        "Check digits and unit.",
    )


def incomparable(t: Teller, f: Finding) -> str:
    """Last year's edition has other columns."""
    return t.two(
        f"{t.title(f.facts['table'])}：上年报告是 {f.facts['prior']} 版，栏目不同，不作上下年比较。",
        f"{t.title(f.facts['table'])}: last year's edition {f.facts['prior']} has other columns; not compared.",
    )


def prior(t: Teller, f: Finding) -> str:
    """The report compared with is not last year's, or not this unit's."""
    if f.facts["reason"] == "period":
        return t.two(
            f"用来对照的是 {f.facts['prior']} 年的报告，不是 {f.facts['period']} 年的上一年，没有用它核对。"
            f"请换成 {f.facts['period'] - 1} 年的。",
            f"The report given as last year's is of {f.facts['prior']}, not of the year before {f.facts['period']}; "
            f"it was not compared. Give that of {f.facts['period'] - 1}.",
        )
    return t.two(
        f"用来对照的上年报告是“{f.facts['prior']}”的，本报告是“{f.facts['unit']}”的。请核对是不是同一单位。",
        f"Last year's report is of “{f.facts['prior']}”, this one of “{f.facts['unit']}”; is it the same unit?",
    )


def claim(t: Teller, f: Finding) -> str:
    """A number in the text is not the table's."""
    sums = [(items, value) for items, value in pairs(f.facts["sums"])]
    says = t.two("，或", ", or ").join(
        f"{' + '.join(t.name(i) for i in items)}{t.two('是 ', ' is ')}{plain(value)}" for items, value in sums
    )
    return t.two(
        f"文字部分写“{clip(f.facts['quote'])}”，表中{says}。请核对哪一处对。",
        f"The text says “{clip(f.facts['quote'])}”, but {says}. Find out which is right.",
    )


def year(t: Teller, f: Finding) -> str:
    """The text speaks of another year."""
    return t.two(
        f"文字部分写的是 {f.facts['stated']} 年（“{clip(f.facts['quote'])}”），"
        f"本报告是 {f.facts['period']} 年的。请改正。",
        f"The text speaks of {f.facts['stated']} (“{clip(f.facts['quote'])}”); this report is for {f.facts['period']}. "
        "Correct it.",
    )


def unit(t: Teller, f: Finding) -> str:
    """The text names another unit."""
    return t.two(
        f"文字部分写的单位是“{clip(f.facts['stated'])}”，本报告是“{f.facts['unit']}”的。请核对是不是抄自别处。",
        f"The text names “{clip(f.facts['stated'])}”; this report is of “{f.facts['unit']}”. "
        "Check that the text was not copied from elsewhere.",
    )


def sums(t: Teller, f: Finding) -> str:
    """A total that a unit handed in is not the sum of those below it, or cannot be compared yet."""
    unit = clip(f.facts["unit"])
    if not f.parts:
        missing = strings(f.facts["missing"])
        names = t.two("、", ", ").join(clip(name) for name in missing[:6])
        more = t.two(f"等 {len(missing)} 个单位", f" and {len(missing) - 6} more") if len(missing) > 6 else ""
        return t.two(
            f"“{unit}”交来的汇总表没有比较：它下面的{names}{more}没有计入。收齐后再汇总。",
            f"The total handed in by {unit} was not compared: {names}{more} below it are not in. "
            "Add up again when they are.",
        )
    part, gap = f.parts[0], f.gap or 0
    size = t.number(gap if gap > 0 else -gap)
    off = t.two(f"{'多' if gap > 0 else '少'} {size}", f"{size} too {'many' if gap > 0 else 'few'}")
    held = t.two(f"填 {t.number(part.value)}", f"has {t.number(part.value)}")
    if part.value is None:
        held = t.two(f"写的是“{clip(part.raw)}”", f"has “{clip(part.raw)}”") if part.raw else t.two("空着", "is blank")
    title, sum_ = t.title(part.item.table), t.number(f.right)
    return t.two(
        f"“{unit}”交来的汇总表：“{title}”{t.name(part.item)}{held}，它下面各单位之和是 {sum_}，{off}。"
        "请与该单位核对这一格；各单位的数见“明细”。",
        f"The total handed in by {unit}: {title}, {t.name(part.item)} {held}, the units below it come to "
        f"{sum_}: {off}. Go through this cell with that unit; the ledgers hold the figures of each.",
    )


def counted_twice(t: Teller, f: Finding) -> str:
    """A unit's own report is the very sum of those below it."""
    unit = clip(f.facts["unit"])
    if f.facts.get("with-own"):
        return t.two(
            f"“{unit}”报来的本级数，正好是它以前报的本级数加下面各单位之和，可能误交了汇总表，下级的数就算了两遍。请问清交来的是"
            "不是本级的表。",
            f"What {unit} reported as its own is exactly what it had reported before plus the units below it. If it"
            " handed in its total, those below count twice. Ask whether it was its own report.",
        )
    return t.two(
        f"“{unit}”报来的本级数与它下面各单位之和完全相同，可能误交了汇总表，下级的数就算了两遍。请问清交来的是不是本级的表。",
        f"What {unit} reported as its own is exactly the sum of the units below it. If it handed in its total, those"
        " below count twice. Ask whether it was its own report.",
    )
