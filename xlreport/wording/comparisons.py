"""Sentences about last year's report, and about what the text sections say."""

from __future__ import annotations

from xlreport.finding import Finding
from xlreport.rules.sentence import plain
from xlreport.wording.teller import Teller, clip, pairs


def copied(t: Teller, f: Finding) -> str:
    """A table is last year's."""
    return t.two(
        f"{t.title(f.facts['table'])}与上年报告完全相同（{f.facts['count']} 个非零数）。请核对是不是误用了上年的数。",
        f"{t.title(f.facts['table'])} is identical to last year's ({f.facts['count']} numbers). "
        "Check that it is not a copy.",
    )


def jump(t: Teller, f: Finding) -> str:
    """A number changed more than tenfold."""
    return t.two(
        f"{t.name(f.parts[0].item)}由上年的 {t.number(f.right)} 变为 {t.number(f.left)}，"
        "相差十倍以上。请核对数字和单位。",
        f"{t.name(f.parts[0].item)} went from {t.number(f.right)} to {t.number(f.left)}, more than tenfold. Check it.",
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
        f"The text speaks of {f.facts['stated']} (“{clip(f.facts['quote'])}”); this report is for {f.facts['period']}.",
    )


def unit(t: Teller, f: Finding) -> str:
    """The text names another unit."""
    return t.two(
        f"文字部分写的单位是“{clip(f.facts['stated'])}”，本报告是“{f.facts['unit']}”的。请核对是不是抄自别处。",
        f"The text names “{clip(f.facts['stated'])}”; this report is of “{f.facts['unit']}”.",
    )
